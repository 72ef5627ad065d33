"""Which form an answer has, by what is asked for."""

from __future__ import annotations

import pytest
from fastapi import Request

from api.negotiation import chosen_form
from api.problems import ProblemError


def _asking(accept: str | None) -> Request:
    """A request with an Accept header, or without one."""
    headers = [] if accept is None else [(b"accept", accept.encode())]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, "json"),
        ("", "json"),
        ("*/*", "json"),
        ("text/csv", "csv"),
        ("text/*", "csv"),
        ("text/csv;q=0.5, application/json;q=0.4", "csv"),
        ("text/csv;q=0.4, application/json;q=0.5", "json"),
        ("application/json;q=0, */*", "csv"),
        ("*/*;q=0.1, text/html", "html"),
        ("TEXT/CSV ; Q=1", "csv"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
        ("nonsense, text/csv", "csv"),
    ],
)
def test_the_form_that_is_wanted_most_is_chosen(accept: str | None, form: str) -> None:
    """Quality decides; a type's own range counts before wider ones; equals go by our order."""
    assert chosen_form(_asking(accept), None, "json", "csv", "html") == form


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "text/csv;q=x", "json"])
def test_what_is_not_to_be_had_is_refused(accept: str) -> None:
    """A client that takes none of the forms hears which there are."""
    with pytest.raises(ProblemError, match="application/json") as refused:
        chosen_form(_asking(accept), None, "json", "html")

    assert (refused.value.status, refused.value.code) == (406, "not_acceptable")


def test_a_form_by_name_wins_over_accept() -> None:
    """Browsers cannot set Accept in a link."""
    assert chosen_form(_asking("text/html"), "csv", "json", "csv") == "csv"

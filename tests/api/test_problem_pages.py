"""What is refused or not there: a page for people, a problem document for programs."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from allocator.documents import error_document
from allocator.errors import DataError, Issue
from allocator.issue_codes_zh import ISSUE_ABOUT_ZH
from allocator.service_settings import ServiceSettings
from allocator.store.database import Database
from allocator.store.runs import StoredRun, find_run
from api.access.limits import MOST_ADDRESS_BYTES
from api.access.rules import may_use
from api.access.safe_headers import PAGE_POLICY
from api.main import create_app
from api.negotiation import wants_page
from api.pages.language import LANGUAGE_COOKIE
from api.pages.problem_words import PROBLEM_WORDS, problem_sentences
from api.problems import PROBLEM_TYPE, ProblemError
from tests.api.conftest import HERE, Solved, acting, client_here
from tests.api.doors import key_for, sent, with_keys

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"}

PROGRAMS = ({}, {"Accept": "*/*"}, {"Accept": "application/json"}, {"Accept": ""})


def looked_at(client: TestClient, address: str, lang: str = "en", **headers: str) -> Any:
    """The answer to a browser that has not chosen a language yet."""
    client.cookies.delete(LANGUAGE_COOKIE)
    return client.get(address, headers={**BROWSER, "Accept-Language": lang, **headers})


def check_page(answer: Any, status: int, code: str, lang: str = "en") -> None:
    """Check status, language, policy, the three sentences and a way back."""
    what, why, then = problem_sentences(code, "zh" if lang == "zh" else "en")
    text = html.unescape(answer.text)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == PAGE_POLICY
    assert f'<html lang="{lang}">' in text
    assert f"<h1>{what}</h1>" in text
    assert f"<p>{why}</p>" in text
    assert f"<strong>{then}</strong>" in text
    assert 'class="button" href="/"' in text
    assert f"{status} {code}: " in text
    assert "Traceback" not in text


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("address", ["/foo", "/runs/r0000", "/cases/c0000", "/static/x/no.js"])
def test_an_address_that_is_not_there_is_a_page(solved: Solved, address: str, lang: str) -> None:
    """Whether no route has the address or nothing is under it, a person reads the same."""
    check_page(looked_at(solved.client, address, lang), 404, "not_found", lang)


@pytest.mark.parametrize("address", ["/foo", "/runs/r0000", "/v1/foo", "/v1/runs/r0000"])
def test_programs_get_the_document(solved: Solved, address: str) -> None:
    """Who does not ask for a page by its name gets what a program can read."""
    for headers in PROGRAMS:
        answer = solved.client.get(address, headers=headers)
        assert answer.headers["content-type"] == PROBLEM_TYPE
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("address", ["/v1/foo", "/v1/runs/r0000"])
def test_addresses_of_programs_never_answer_with_a_page(solved: Solved, address: str) -> None:
    """Even a browser sees there what a program would."""
    assert looked_at(solved.client, address).headers["content-type"] == PROBLEM_TYPE


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        ([BROWSER["Accept"]], True),
        (["text/html"], True),
        (["application/json;q=0.5, text/html"], True),
        ([], False),
        (["*/*"], False),
        (["text/*"], False),
        (["text/html;q=0"], False),
        (["text/html, application/problem+json"], False),
        (["application/json", "text/html;q=0.9"], False),
        (["text/html;q=x"], False),
    ],
)
def test_a_page_is_asked_for_by_name(accept: list[str], is_page: bool) -> None:
    """Anything will do is not a wish for a page; a document that is wanted as much goes first."""
    assert wants_page(accept) is is_page


def test_a_piece_of_a_page_fails_as_a_document(solved: Solved) -> None:
    """The script that puts pieces into a page reads what went wrong."""
    headers = {"Accept": "text/html, application/problem+json"}
    answer = solved.client.get("/runs/r0000/outcome", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_run_of_another_province_looks_like_one_that_is_not_there(solved: Solved) -> None:
    """Its page tells as little as the document."""
    with acting(solved.client, name="b", role="planner", provinces=frozenset({"11"})):
        foreign = looked_at(solved.client, f"/runs/{solved.run_id}")
        unknown = looked_at(solved.client, "/runs/r0000")

    check_page(foreign, 404, "not_found")
    assert foreign.text.replace(solved.run_id, "r0000") == unknown.text


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    """Settings of a service that asks for keys."""
    return with_keys(ServiceSettings(data_folder=tmp_path_factory.mktemp("door")))


@pytest.fixture(scope="module")
def guarded(door: ServiceSettings) -> Iterator[TestClient]:
    """A client of a service that asks for keys."""
    application = create_app(door)
    application.add_api_route("/look", lambda: None, dependencies=[may_use("admin")])
    with TestClient(application) as client:
        yield client


def test_a_role_that_may_not_sees_whose_page_it_is(
    guarded: TestClient, door: ServiceSettings
) -> None:
    """The page names the caller and offers the way out, to log in with another key."""
    answer = looked_at(guarded, "/look", "zh", **sent(key_for(door, "planner", name="李梅")))
    check_page(answer, 403, "role_not_allowed", "zh")
    assert '<form method="post" action="/logout">' in answer.text
    assert "李梅" in answer.text


def test_without_a_key_everything_leads_to_the_login(guarded: TestClient) -> None:
    """Nobody learns from outside what there is and what not."""
    answer = guarded.get("/foo", headers=BROWSER, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/foo")


def test_who_asks_too_often_reads_when_to_come_again(
    guarded: TestClient, door: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seconds of Retry-After stand on the page, beside the way to try again."""
    key = sent(key_for(door, "planner", name="bo"))
    doorkeeper: Any = guarded.app.state.doorkeeper  # type: ignore[attr-defined]
    monkeypatch.setattr(doorkeeper._requests, "take", lambda _name: 6.2)

    answer = looked_at(guarded, "/runs?status=failed", **key)

    check_page(answer, 429, "too_many_requests")
    assert answer.headers["retry-after"] == "7"
    assert "Possible again in 7 s." in answer.text
    assert 'href="/runs?status=failed"' in answer.text


def test_a_form_from_elsewhere_is_refused_on_a_page(guarded: TestClient) -> None:
    """A browser that was sent here by another page reads why nothing happened."""
    headers = {**BROWSER, "Origin": "http://evil.example", "Referer": "http://evil.example/x"}
    answer = guarded.post("/login", data={"key": "x"}, headers=headers)
    check_page(answer, 403, "other_origin")
    assert "evil.example" not in answer.text
    assert ">Try again<" not in answer.text


def test_a_body_too_large_is_a_page(guarded: TestClient) -> None:
    """Who pastes a file into the log-in is told that it is too large."""
    answer = guarded.post("/login", data={"key": "x" * 5_000_000}, headers=BROWSER)
    check_page(answer, 413, "too_large")


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/runs?status=" + "x" * MOST_ADDRESS_BYTES, 414, "address_too_long"),
        ("/runs/%00", 400, "bad_address"),
        ("/runs?case=%00", 400, "bad_address"),
        ("/compare?base=" + "x" * 65, 422, "invalid_request"),
        ("/runs/new?kind=plan&kind=place", 422, "parameter_twice"),
        ("/runs/%ff%fe", 404, "not_found"),
        ("/%E4%B8%AD", 404, "not_found"),
    ],
)
def test_addresses_that_make_no_sense_are_pages(
    solved: Solved, address: str, status: int, code: str
) -> None:
    """However odd an address is, its page can be drawn."""
    answer = looked_at(solved.client, address)
    check_page(answer, status, code)
    # What the gate refuses before it knows who asks has no way to the lists.
    assert ("<nav" in answer.text) is (status in (404, 422))


def test_no_address_makes_a_link_that_leads_away(solved: Solved) -> None:
    """``//elsewhere`` as a path of ours stays one; markup in it stays text."""
    answer = solved.client.get("http://127.0.0.1//evil.example/<b>", headers=BROWSER)
    check_page(answer, 404, "not_found")
    assert '="//evil' not in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize(
    ("referer", "is_shown"),
    [
        ("http://127.0.0.1/runs?status=failed", True),
        ("http://127.0.0.1/foo", False),
        ("http://evil.example/runs?status=failed", False),
        ("http://127.0.0.1//evil.example", False),
        ("", False),
    ],
)
def test_the_way_back_leads_to_a_page_of_ours(solved: Solved, referer: str, is_shown: bool) -> None:
    """It is there if one came from another page of the service."""
    answer = looked_at(solved.client, "/foo", Referer=referer)
    assert ('href="/runs?status=failed">Back to the page before' in answer.text) is is_shown
    assert "evil" not in answer.text


def broken_database(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let every look into a database fail."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Database, "reading", fail)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_database_that_is_away_is_a_page(
    solved: Solved, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    """The person reads that it may come back, and tries again from the page."""
    broken_database(monkeypatch, OperationalError("x", {}, Exception("database is locked")))

    answer = looked_at(solved.client, "/runs", lang)

    check_page(answer, 503, "database_unavailable", lang)
    assert 'class="button main" href="/runs"' in answer.text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_nobody_foresaw_is_a_page_without_its_trace(
    solved: Solved, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    """The page has the number under which the log tells more, and the policy of all pages."""
    broken_database(monkeypatch, KeyError("secret"))
    with TestClient(create_app(solved.settings), **HERE, raise_server_exceptions=False) as client:
        answer = looked_at(client, "/runs", lang)
        document = client.get("/runs")

    check_page(answer, 500, "unforeseen", lang)
    assert answer.headers["x-request-id"] in answer.text
    assert "secret" not in answer.text
    assert document.json()["code"] == "unforeseen"
    assert document.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("status", "code"), [(409, "conflict"), (418, "never_heard_of")])
def test_a_route_that_refuses_is_a_page(solved: Solved, status: int, code: str) -> None:
    """A code without words of its own has those of all others, and its detail stays text."""
    with client_here(solved.settings) as client:

        def refuse() -> None:
            raise ProblemError(status, code, "<i>no</i>")

        client.app.add_api_route("/look", refuse)  # type: ignore[attr-defined]
        answer = looked_at(client, "/look")

    check_page(answer, status, code)
    assert "<i>no" not in answer.text


def test_every_problem_has_words_in_both_languages() -> None:
    """Three sentences each, none of them the same in both languages, and none twice in one code."""
    for key, told in PROBLEM_WORDS.items():
        assert all(told), key
        assert told[0] != told[1], key
        assert told[0].isascii(), key


def test_scripts_find_what_codes_mean(solved: Solved) -> None:
    """Codes of problems, of faults in a workbook and of fields of a form, in both languages."""
    for lang in ("en", "zh"):
        answer = solved.client.get(f"/problem-words/{lang}")
        words = answer.json()
        assert answer.status_code == 200
        assert set(words) == {"problems", "issues"}
        assert {"queue_full", "conflict", "faults_in_data"} <= set(words["problems"])
        assert {"out_of_range", "district_cut_off", "greater_than"} <= set(words["issues"])
        told = [*words["problems"].values(), *words["issues"].values()]
        assert all(told)
        assert all(one.isascii() == (lang == "en") for one in told)
    assert solved.client.get("/problem-words/fr").status_code == 422


def test_a_failed_run_tells_its_faults_in_chinese_first(
    solved: Solved, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the code means stands above the service's own sentence, which is marked as English."""
    issue = Issue(
        "change_contradicts", "error", "Changes", "A3", "", "", "<b>no.</b>", "Maybe yes."
    )
    error = error_document(DataError([issue]))

    def failed(*given: Any) -> StoredRun:
        return replace(find_run(*given), status="failed", document=None, error=error)

    monkeypatch.setattr("api.pages.endpoints.find_run", failed)
    chinese, english = (
        looked_at(solved.client, f"/runs/{solved.run_id}", lang).text for lang in ("zh", "en")
    )

    original = '<span class="in-english" lang="en">&lt;b&gt;no.&lt;/b&gt;</span>'
    assert f"{ISSUE_ABOUT_ZH['change_contradicts']}{original}" in chinese
    assert "<p>输入有错误，每处均已指明位置。</p>" in chinese
    assert ISSUE_ABOUT_ZH["change_contradicts"] not in english
    assert "in-english" not in english
    assert "&lt;b&gt;no.&lt;/b&gt;" in english

"""Query of a row resource: a model of exactly the filters that it takes, and what it looks for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, create_model

from allocator.store.results import EQUAL_FILTERS, RowQuery
from allocator.store.runs import StoredRun
from allocator.store.scope import province_of
from api.models import Request as Asked
from api.models import SafeText
from api.results.resources import RowResource

__all__ = [
    "MOST_ON_PAGE",
    "PAGE",
    "Cursor",
    "RowsAsked",
    "cursor_of",
    "query_model",
    "row_query",
]

MOST_ON_PAGE: Final = 1000

PAGE: Final = 100
"""Rows on a page where nobody says how many."""

Code = Annotated[SafeText, Field(min_length=1, max_length=64)]
Hours = Annotated[float, Field(ge=0, le=1e6)]


class RowsAsked(Asked):
    """What every row resource may be asked."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)

    after: Annotated[
        str | None, Field(max_length=40, pattern=r"^[0-9a-f]{12}-[0-9]{1,9}-[0-9]{1,9}$")
    ] = Field(default=None, description="`next` of the page before.")
    limit: Annotated[int, Field(ge=1, le=MOST_ON_PAGE)] | None = Field(
        default=None, description="Rows on a page: 100 if not given; files have all rows then."
    )
    lang: Literal["en", "zh"] = Field(default="en", description="Language of a file's headers.")


_PROVINCE = Annotated[str, Field(pattern=r"^[0-9]{2}([0-9]{4})?$")]

_FILTERS: Final[dict[str, tuple[Any, str, str]]] = {
    "scenario": (Code, "Code of a scenario.", "flood"),
    "warehouse": (Code, "Code of a warehouse, or of a hub that something leaves.", "W1"),
    "district": (Code, "Six digits of a district.", "450101"),
    "hub": (Code, "Code of a hub.", "W1"),
    "province": (
        _PROVINCE,
        "Two digits of a province, or a six-digit code in it, at either end.",
        "45",
    ),
    "item": (Code, "Code of an item, of a trip one it carries.", "TENT"),
    "fleet": (Code, "Code of a vehicle kind.", "TRUCK"),
    "trip": (Code, "Code of a trip.", "flood-0001"),
    "state": (Code, "State, such as planned or left.", "planned"),
}
"""Type, meaning and example of the filters; the examples are codes of the data set tiny."""

_HOURS: Final = {
    "from_hours": "Only what ends at or after this hour of the event. [h]",
    "to_hours": "Only what begins before this hour of the event. [h]",
}


def query_model(resource: RowResource) -> type[RowsAsked]:
    """Make the model of the query of a resource; a filter that it does not take is refused."""
    found: dict[str, Any] = {}
    for name in resource.filters:
        if name == "hours":
            for bound, about in _HOURS.items():
                found[bound] = (Hours | None, Field(default=None, description=about))
            continue
        kind, about, example = _FILTERS[name]
        found[name] = (kind | None, Field(default=None, description=about, examples=[example]))
    forms: Any = Literal[resource.forms]
    about = "Form of the answer, for those who cannot set Accept."
    found["format"] = (forms | None, Field(default=None, description=about))
    name = "".join(part.capitalize() for part in resource.path.replace("/", "-").split("-"))
    return create_model(f"{name}Asked", __base__=RowsAsked, **found)


def row_query(
    resource: RowResource, run_id: str, provinces: frozenset[str], asked: RowsAsked
) -> RowQuery:
    """What a query looks for in the rows of a run."""
    given = asked.model_dump(exclude_none=True)
    equal: dict[str, str] = {name: given[name] for name in EQUAL_FILTERS if name in given}
    if "hub" in given:
        equal["district"] = given["hub"]
    cargo_item = equal.pop("item", None) if resource.has_lines else None
    return RowQuery(
        run_id=run_id,
        sheet=resource.kind.sheet,
        provinces=provinces,
        equal=equal,
        cargo_item=cargo_item,
        province=province_of(given["province"]) if "province" in given else None,
        from_hours=given.get("from_hours"),
        to_hours=given.get("to_hours"),
    )


@dataclass(frozen=True)
class Cursor:
    """Where a page begins, as ``next`` says it.

    Parameters
    ----------
    position
        Behind which row.
    total
        Rows in all, so that they are counted once for all pages; None: to be counted.
    """

    position: int = -1
    total: int | None = None

    def text(self, run: StoredRun, query: RowQuery) -> str:
        """As it goes out: bound to a plan and a question."""
        return f"{_bond(run, query)}-{self.position}-{self.total}"


def cursor_of(asked: RowsAsked, run: StoredRun, query: RowQuery) -> Cursor | None:
    """Where a page begins; None if the cursor is of another plan or question."""
    if asked.after is None:
        return Cursor()
    bond, position, total = asked.after.split("-")
    return Cursor(int(position), int(total)) if bond == _bond(run, query) else None


def _bond(run: StoredRun, query: RowQuery) -> str:
    """What tells the rows of a plan and a question from all others."""
    parts = (run.run_id, run.plan_digest, run.finished_at, sorted(query.provinces))
    asked = replace(query, provinces=frozenset(), equal=dict(sorted(query.equal.items())))
    return hashlib.sha256(repr((parts, asked)).encode()).hexdigest()[:12]

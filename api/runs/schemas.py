"""Bodies of the runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from allocator.store.runs import StoredRun
from api.models import Answer, Moment, Request, SafeText

__all__ = [
    "EventAnswer",
    "FileAnswer",
    "LogAnswer",
    "RunAnswer",
    "RunList",
    "RunOptionsBody",
    "RunRequest",
]

Name = Annotated[SafeText, Field(max_length=200)]
Code = Annotated[SafeText, Field(min_length=1, max_length=64)]
Hours = Annotated[float, Field(ge=0, le=10_000)]


class RunOptionsBody(Request):
    """What a run may be told; what is left out is taken from the case's settings."""

    gap: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None, description="Relative gap at which a solve may stop."
    )
    time_limit_seconds: Annotated[float, Field(ge=1, le=3000)] | None = Field(
        default=None, description="Solving time of the whole run. [s]"
    )
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    threads: Annotated[int, Field(ge=1, le=8)] | None = None
    workers: Annotated[int, Field(ge=1, le=8)] | None = Field(
        default=None, description="Processes that solve side by side."
    )
    objective: (
        Literal["lives", "social", "cost", "cover-all", "cover-most", "median", "center"] | None
    ) = None
    reduce_to: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="Representative scenarios to place on."
    )
    sites: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="Open warehouses, for the classical questions."
    )
    within_hours: Annotated[float, Field(gt=0, le=10_000)] | None = Field(
        default=None, description="Reach from the order, for the questions of cover. [h]"
    )
    at_hours: Hours | None = Field(default=None, description="Hour of a re-plan. [h]")
    move_price_hours: Annotated[float, Field(ge=0, le=1e9)] | None = Field(
        default=None, description="Weighted unit-hours that moving a trip must save."
    )
    district: Code | None = Field(default=None, description="Explain only this district.")
    item: Code | None = Field(default=None, description="Explain only this item.")
    why: Code | None = Field(default=None, description="Why this warehouse.")
    why_not: Code | None = Field(default=None, description="Why not this warehouse.")
    samples: Annotated[int, Field(ge=10, le=100_000)] | None = Field(
        default=None, description="Courses of the sign-offs that coordination simulates."
    )
    lang: Literal["en", "zh"] | None = None


_OWN_OPTIONS = {
    "place": {"reduce_to", "sites", "within_hours"},
    "plan": {"reduce_to"},
    "dispatch": set[str](),
    "replan": {"at_hours", "move_price_hours"},
    "explain": {"district", "item", "why", "why_not"},
    "coordination": {"samples"},
}
"""Options that only some kinds take; all others go with every kind."""


_EXAMPLES: tuple[JsonValue, ...] = (
    {"kind": "plan", "case_id": "c0123456789abcdef0123", "options": {"gap": 0.01}},
    {
        "kind": "replan",
        "base_run": "r0123456789abcdef0123",
        "options": {"at_hours": 6},
        "changes": [{"kind": "road_closed", "district": "450602"}],
    },
    {"kind": "coordination", "case_id": "c0123456789abcdef0123", "scenario": "flood"},
)


class RunRequest(Request):
    """A run to be carried out."""

    model_config = ConfigDict(json_schema_extra={"examples": list(_EXAMPLES)})

    kind: Literal["place", "dispatch", "plan", "replan", "explain", "coordination"]
    case_id: Code | None = Field(
        default=None, description="May be left out where base_run is given."
    )
    base_run: Code | None = Field(
        default=None,
        description="Run to start from: the placement of a dispatch, the plan of a re-plan, "
        "what is to be explained, or whose stock and shortages coordination is about.",
    )
    scenario: Code | None = None
    name: Name = ""
    options: RunOptionsBody = RunOptionsBody()
    changes: Annotated[list[dict[SafeText, Any]], Field(max_length=2000)] | None = Field(
        default=None,
        description="Rows of the sheet Changes, for a re-plan; see docs/sheets.md.",
    )

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.case_id is None and self.base_run is None:
            raise ValueError("case_id or base_run must be given")
        if self.kind in ("replan", "explain") and self.base_run is None:
            raise ValueError(f"{self.kind} needs base_run, the run whose plan it starts from")
        if self.kind == "dispatch" and self.scenario is None:
            raise ValueError("dispatch needs scenario")
        if self.kind in ("place", "plan") and (self.base_run or self.scenario):
            raise ValueError(f"{self.kind} takes neither base_run nor scenario")
        if self.changes is not None and self.kind != "replan":
            raise ValueError("changes go with replan only")
        given = self.options.model_dump(exclude_none=True)
        special = set().union(*_OWN_OPTIONS.values())
        unfit = sorted(set(given) & special - _OWN_OPTIONS[self.kind])
        if unfit:
            raise ValueError(f"{self.kind} takes no {', '.join(unfit)}")
        if self.kind != "place" and given.get("objective", "lives") not in _PLAN_OBJECTIVES:
            raise ValueError(f"objective {given['objective']} goes with place only")
        return self


_PLAN_OBJECTIVES = ("lives", "social", "cost")


class FileAnswer(Answer):
    """A file of a run."""

    name: str
    media_type: str
    url: str


class RunAnswer(Answer):
    """A run as it stands."""

    run_id: str = Field(examples=["r0123456789abcdef0123"])
    number: int
    name: str
    kind: str
    status: Literal["queued", "running", "finished", "failed", "cancelled"]
    phase: str = Field(description="Of a running one: starting, reading, solving, publishing.")
    outcome: str | None = Field(
        description="How the solve ended: optimal, within_gap, time_limit, ..."
    )
    case_id: str
    case_name: str
    case_digest: str
    base_run: str | None
    scenario: str | None
    options: dict[str, Any]
    progress: dict[str, Any] | None = Field(
        description="Part, stage, seconds, incumbent, bound, gap."
    )
    gap: float | None = Field(
        description="Controllable gap of the plan there is; before, as the solve reports it."
    )
    has_plan: bool = Field(description="Whether there is a certified plan, maybe a first one.")
    error: dict[str, Any] | None
    plan_digest: str | None
    attempts: int
    stops_asked: int
    is_cancel_asked: bool
    created_at: Moment
    created_by: str
    started_at: Moment | None
    finished_at: Moment | None

    @classmethod
    def of(cls, run: StoredRun) -> Self:
        """Show a run."""
        made = ("gap", "has_plan")
        own = {name: getattr(run, name) for name in cls.model_fields if name not in made}
        reached, reported = run.document or {}, run.progress or {}
        gap = reached.get("controllable_gap") if run.document else reported.get("gap")
        return cls(**own, gap=gap, has_plan=run.document is not None)


class RunList(Answer):
    """Runs, the newest first."""

    runs: list[RunAnswer]
    before: int | None = Field(
        default=None, description="Ask with this number for the next page; null: there is none."
    )


class EventAnswer(Answer):
    """One thing that happened to a run."""

    event_id: int
    at: Moment
    kind: str
    body: dict[str, Any]


class LogAnswer(Answer):
    """The log of a run."""

    run_id: str
    events: list[EventAnswer]
    after: int | None = Field(
        default=None, description="Ask with this number for more; null: that is all so far."
    )

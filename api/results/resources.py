"""Which rows of a run may be asked for, under which name, by which filters: declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from allocator.schema.changes import Change, TripChange
from allocator.schema.coordination import (
    DelayCost,
    Duty,
    Owner,
    PaperAndWheels,
    Reform,
    ReleaseHours,
    SignOffStep,
    SpeedLoss,
    VariantResult,
)
from allocator.schema.explanations import Certificate, Choice, Explanation, RepairOption
from allocator.schema.records import LegRecord, SignOffRow, TripRecord
from allocator.schema.results import (
    Allocation,
    Arrival,
    CoverageResult,
    LoadingLine,
    LossResult,
    OpenWarehouse,
    Purchase,
    ReductionError,
    Responsible,
    RunInfo,
    ScenarioReduction,
    ServedByHour,
    Shortage,
    Stage,
    StockPlan,
    SummaryLine,
)
from allocator.schema.risks import LossAccount
from allocator.schema.row import Row
from allocator.schema.worth import WorthLine

__all__ = ["ROW_RESOURCES", "RowResource", "Source"]

Source = Literal["plan", "reasons", "choices", "coordination"]


@dataclass(frozen=True)
class RowResource:
    """Rows of one sheet of a result.

    Parameters
    ----------
    path
        Last part of the address, below the run.
    kind
        Row class of what is given out.
    filters
        Names of the filters it takes: ``scenario``, ``warehouse``, ``district``, ``hub``,
        ``province``, ``item``, ``fleet``, ``trip``, ``state``, ``hours`` (from and to).
    about
        One sentence for the OpenAPI document.
    source
        ``plan``: the run itself; ``reasons``, ``choices``: the newest run that explains it;
        ``coordination``: the run itself where it is one, else the newest one about it.
    """

    path: str
    kind: type[Row]
    filters: tuple[str, ...]
    about: str
    source: Source = "plan"

    @property
    def has_lines(self) -> bool:
        """Whether its rows are lines on a map."""
        return "line" in self.kind.model_fields

    @property
    def has_places(self) -> bool:
        """Whether its rows belong to places, so that each province has its own."""
        return not {"warehouse", "district"}.isdisjoint(self.filters)

    @property
    def forms(self) -> tuple[str, ...]:
        """Forms it may be had in, the default first."""
        return ("json", "csv", "xlsx", *(("geojson",) if self.has_lines else ()))


def _resource(
    path: str,
    kind: type[Row],
    filters: str,
    about: str,
    source: Source = "plan",
) -> RowResource:
    return RowResource(path, kind, tuple(filters.split()), about, source)


_TRIP: Final = "scenario warehouse {to} province item fleet state hours"

ROW_RESOURCES: Final = (
    _resource("trips", TripRecord, _TRIP.format(to="district"), "Trips to districts."),
    _resource(
        "legs",
        LegRecord,
        "scenario warehouse hub province item fleet hours",
        "Trips to hubs; what goes on from there is in trips.",
    ),
    _resource(
        "loads",
        LoadingLine,
        "scenario warehouse district province item fleet trip hours",
        "Load lists of all trips, a line for each item and lot.",
    ),
    _resource(
        "approvals",
        SignOffRow,
        "scenario warehouse district province state hours",
        "Who must sign by when, for each lane with trips.",
    ),
    _resource(
        "arrivals",
        Arrival,
        "scenario district province item hours",
        "Units in hand by district, item and hour.",
    ),
    _resource(
        "shortages", Shortage, "scenario district province item", "Need that is not met, and why."
    ),
    _resource(
        "owners",
        Owner,
        "scenario district province item",
        "Who answers for the binding cause of each shortage and late arrival.",
    ),
    _resource("served", ServedByHour, "scenario hours", "Share of the need in hand, by hour."),
    _resource("warehouses", OpenWarehouse, "warehouse province", "What becomes of each warehouse."),
    _resource("stock", StockPlan, "warehouse province item", "Stock under the plan."),
    _resource("coverage", CoverageResult, "district province item", "Promised stock within reach."),
    _resource("losses", LossResult, "scenario", "What each loss does to the plan."),
    _resource(
        "responsible",
        Responsible,
        "warehouse district province",
        "Which warehouse answers for which district, for the classical questions.",
    ),
    _resource(
        "allocations",
        Allocation,
        "scenario warehouse district province item",
        "Flows that the placement assumes.",
    ),
    _resource(
        "purchases",
        Purchase,
        "scenario district province item",
        "Emergency purchases that the placement assumes.",
    ),
    _resource(
        "changes",
        Change,
        "warehouse district province item fleet trip",
        "What the re-plans behind this plan were told.",
    ),
    _resource(
        "trip-changes",
        TripChange,
        "warehouse district province fleet trip",
        "What the re-plans changed of the trips, and why.",
    ),
    _resource(
        "loss-accounts",
        LossAccount,
        "scenario",
        "Disaster losses of the scenarios (any: expected), by class, place and hours.",
    ),
    _resource("summary", SummaryLine, "", "Key figures and sentences."),
    _resource("stages", Stage, "", "Objective, bound and gap of every stage."),
    _resource("worth", WorthLine, "", "The plan against simpler plans."),
    _resource("reduction", ScenarioReduction, "scenario", "Scenarios that the search was kept to."),
    _resource("reduction-errors", ReductionError, "", "What keeping to few scenarios costs."),
    _resource("run-info", RunInfo, "", "Versions, digests and options."),
    _resource(
        "explanation",
        Explanation,
        "scenario district province item",
        "Reasons of shortages, found by solving again (POST /v1/runs with kind explain).",
        "reasons",
    ),
    _resource(
        "explanation/repairs",
        RepairOption,
        "scenario district province item",
        "What would let missing units come, and how much of it.",
        "reasons",
    ),
    _resource(
        "explanation/certificates",
        Certificate,
        "scenario district province item",
        "Counts that show what is missing under every plan.",
        "reasons",
    ),
    _resource(
        "explanation/choices",
        Choice,
        "scenario warehouse district province",
        "Answers to why this warehouse, why not that one.",
        "choices",
    ),
    _resource(
        "coordination/delay-cost",
        DelayCost,
        "scenario",
        "What each department's delay costs (POST /v1/runs with kind coordination).",
        "coordination",
    ),
    _resource(
        "coordination/speeds",
        SpeedLoss,
        "scenario",
        "Loss of the best dispatch at each speed of the sign-offs.",
        "coordination",
    ),
    _resource(
        "coordination/steps",
        SignOffStep,
        "scenario",
        "Begin, end, criticality, slack and latest end of each step.",
        "coordination",
    ),
    _resource(
        "coordination/release",
        ReleaseHours,
        "scenario",
        "When sign-offs release goods, by kind of lane.",
        "coordination",
    ),
    _resource(
        "coordination/wheels",
        PaperAndWheels,
        "scenario",
        "Hours on paper, waiting, loading, driving and unloading.",
        "coordination",
    ),
    _resource(
        "coordination/reforms",
        Reform,
        "scenario",
        "Best sets of changes to the procedures, priced.",
        "coordination",
    ),
    _resource(
        "coordination/variants",
        VariantResult,
        "",
        "Variants of the rules on common scenarios.",
        "coordination",
    ),
    _resource(
        "coordination/owners",
        Owner,
        "scenario district province item",
        "Who answers for each shortage and late arrival.",
        "coordination",
    ),
    _resource(
        "coordination/duties",
        Duty,
        "",
        "What each department has to do, by when, handed to whom.",
        "coordination",
    ),
    _resource(
        "coordination/loss-accounts",
        LossAccount,
        "scenario",
        "Direct, insured and secondary losses of the risk elements.",
        "coordination",
    ),
)
"""All of them, in the order of the OpenAPI document."""

"""A plan: the tables of a result, as solved, as exported, as read back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from allocator.errors import ConflictError
from allocator.schema.changes import Change, TripChange
from allocator.schema.legs import LegTrip
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
    Trip,
)
from allocator.schema.risks import LossAccount
from allocator.schema.worth import WorthLine
from allocator.tables import TableSet

__all__ = ["LOCATION_PART", "PLACEMENT_PART", "Plan", "loads_by_trip"]

PLACEMENT_PART = "placement"
"""Name of the placement in the ``Stages`` sheet; dispatches go by their scenario."""

LOCATION_PART = "location"
"""Name of the answer to a classical location question in the ``Stages`` sheet."""


def loads_by_trip(lines: Iterable[LoadingLine]) -> dict[str, dict[str, float]]:
    """Units on board by trip and item, lots put together. [units]

    Parameters
    ----------
    lines
        Rows of ``Loading_List``.
    """
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for line in lines:
        load = found[line.trip]
        load[line.item] = load.get(line.item, 0.0) + line.load_units
    return found


@dataclass(frozen=True)
class Plan(TableSet):
    """Rows of every result sheet; what the replay checks and the reports show.

    A plan holds a placement, dispatches, or both; absent parts are empty tables.
    """

    def check_case(self, digest: str) -> None:
        """Refuse a plan that says it was made from another case.

        Parameters
        ----------
        digest
            ``Case.digest`` of the case at hand.

        Raises
        ------
        ConflictError
            If ``Run_Info`` names another digest.
        """
        told = self.run_info.get("case_digest", "")
        if told not in ("", digest):
            raise ConflictError(
                f"the plan was made from another case ({told[:12]}) than this one "
                f"({digest[:12]}). Maybe give the case it was made from, or plan again."
            )

    @property
    def open_warehouses(self) -> tuple[OpenWarehouse, ...]:
        """What becomes of each warehouse."""
        return self.rows(OpenWarehouse)

    @property
    def stock_plan(self) -> tuple[StockPlan, ...]:
        """Stock under the plan."""
        return self.rows(StockPlan)

    @property
    def coverage_results(self) -> tuple[CoverageResult, ...]:
        """Promises kept and broken."""
        return self.rows(CoverageResult)

    @property
    def loss_results(self) -> tuple[LossResult, ...]:
        """Losses that were tested, the one that hurts most first."""
        return self.rows(LossResult)

    @property
    def responsible(self) -> tuple[Responsible, ...]:
        """Warehouse that answers for each district, of a location question."""
        return self.rows(Responsible)

    @property
    def allocations(self) -> tuple[Allocation, ...]:
        """Placement's flows by scenario."""
        return self.rows(Allocation)

    @property
    def purchases(self) -> tuple[Purchase, ...]:
        """Placement's emergency purchases by scenario."""
        return self.rows(Purchase)

    @property
    def scenario_reduction(self) -> tuple[ScenarioReduction, ...]:
        """Which scenarios the placement was searched on; empty where on all."""
        return self.rows(ScenarioReduction)

    @property
    def reduction_errors(self) -> tuple[ReductionError, ...]:
        """What the reduction of the scenarios costs in exactness."""
        return self.rows(ReductionError)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was told by all re-plans of the dispatch, in their order."""
        return self.rows(Change)

    @property
    def trip_changes(self) -> tuple[TripChange, ...]:
        """What the re-plans changed of the trips, in their order."""
        return self.rows(TripChange)

    @property
    def last_trip_changes(self) -> tuple[TripChange, ...]:
        """What the last re-plan changed of the trips."""
        last = max((row.at_hours or 0.0 for row in self.changes), default=0.0)
        return tuple(row for row in self.trip_changes if row.at_hours == last)

    @property
    def loss_accounts(self) -> tuple[LossAccount, ...]:
        """Losses of the scenarios, by every grouping."""
        return self.rows(LossAccount)

    @property
    def trips(self) -> tuple[Trip, ...]:
        """Every vehicle journey to a district."""
        return self.rows(Trip)

    @property
    def leg_trips(self) -> tuple[LegTrip, ...]:
        """Every vehicle journey to a hub."""
        return self.rows(LegTrip)

    @property
    def loading_lines(self) -> tuple[LoadingLine, ...]:
        """Load lists of all trips."""
        return self.rows(LoadingLine)

    @property
    def arrivals(self) -> tuple[Arrival, ...]:
        """Units in hand by hour."""
        return self.rows(Arrival)

    @property
    def served_by_hour(self) -> tuple[ServedByHour, ...]:
        """Served share by hour and scenario."""
        return self.rows(ServedByHour)

    @property
    def shortages(self) -> tuple[Shortage, ...]:
        """Need that dispatch leaves unmet."""
        return self.rows(Shortage)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Objective, bound and gap by part and stage."""
        return self.rows(Stage)

    @property
    def worth(self) -> tuple[WorthLine, ...]:
        """The plan against simpler plans."""
        return self.rows(WorthLine)

    @property
    def summary(self) -> tuple[SummaryLine, ...]:
        """Key figures and sentences."""
        return self.rows(SummaryLine)

    @cached_property
    def run_info(self) -> dict[str, str]:
        """Versions, digest, options by name."""
        return {row.name: row.text for row in self.rows(RunInfo)}

    @cached_property
    def has_placement(self) -> bool:
        """Whether the plan decides where reserves are kept."""
        return any(stage.part == PLACEMENT_PART for stage in self.stages)

    @cached_property
    def dispatched_scenarios(self) -> tuple[str, ...]:
        """Scenarios with a dispatch, in the order of the ``Stages`` sheet."""
        named = {PLACEMENT_PART, LOCATION_PART}
        parts = (stage.part for stage in self.stages if stage.part not in named)
        return tuple(dict.fromkeys(parts))

"""What the dispatch of a scenario comes to: vehicles, and how good each stage is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from allocator.solver import relative_gap
from models.dispatch_data import DispatchData
from models.dispatch_values import DispatchResult, dispatch_values
from models.trip_table import TripTable

__all__ = ["DispatchOutcome", "StageOutcome"]


@dataclass(frozen=True)
class StageOutcome:
    """Value, proof and time of one stage.

    Parameters
    ----------
    stage
        One of ``models.dispatch_values.DISPATCH_STAGES``.
    objective
        Value of the plan.
    bound
        No plan that keeps the earlier stages is better.
    seconds
        Time taken. [s]
    """

    stage: str
    objective: float
    bound: float
    seconds: float

    @property
    def gap(self) -> float:
        """Relative gap."""
        return relative_gap(self.objective, self.bound) or 0.0


@dataclass(frozen=True)
class DispatchOutcome:
    """A plan of trips with its stages.

    Parameters
    ----------
    table
        The departures that ``result`` refers to.
    result
        Vehicles that drive.
    stages
        In the order in which they count.
    is_stalled
        Whether planning ended before its time limit, for want of a step that made it better.
    """

    table: TripTable
    result: DispatchResult
    stages: tuple[StageOutcome, ...]
    is_stalled: bool = False

    @classmethod
    def of(
        cls,
        data: DispatchData,
        table: TripTable,
        result: DispatchResult,
        stages: Sequence[StageOutcome],
    ) -> DispatchOutcome:
        """Make an outcome whose objectives are those of the plan itself.

        A bound that passes the objective by rounding is moved onto it.
        """
        values = dispatch_values(data, table, result)
        exact = [
            replace(
                each,
                objective=values[each.stage],
                bound=min(max(each.bound, 0.0), values[each.stage]),
            )
            for each in stages
        ]
        return cls(table, result, tuple(exact))

"""The master problem of a case with a promise under losses: every solve keeps the promise.

What breaks the promise is found in a fraction of the time that a look at the scenarios takes, so
that rows against it are added at once and the scenarios are only asked about what keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from allocator.engine.losses import LossGuard
from allocator.engine.master import Master
from allocator.solver import ProgressCallback, SolveOptions, SolveResult, Status
from models.placement_data import Criterion, PlacementData

__all__ = ["PromisedMaster"]

Floats = NDArray[np.float64]

_ROUNDS = 8
"""Rounds of rows in one solve; what is left comes with the next one."""

_BROKEN = 1e-6
"""A row that is broken by less is left out, scaled."""


class PromisedMaster(Master):
    """A master problem with the promise.

    Parameters
    ----------
    data, block_scenario, criteria
        As for ``Master``.
    guard
        The promise.
    """

    def __init__(
        self,
        data: PlacementData,
        block_scenario: Sequence[int],
        criteria: Sequence[Criterion],
        guard: LossGuard,
    ) -> None:
        super().__init__(data, block_scenario, criteria)
        self._guard = guard

    def solve(
        self,
        options: SolveOptions,
        *,
        stage: str = "",
        progress: ProgressCallback | None = None,
        start: Floats | None = None,
    ) -> SolveResult:
        """Solve the relaxation as it stands, with rows of the promise added as it breaks them."""
        solved = super().solve(options, stage=stage, progress=progress, start=start)
        for _ in range(_ROUNDS):
            if solved.status is not Status.OPTIMAL or solved.values is None:
                break
            point = self.point(solved.values)
            cuts = self._guard.cuts(point.stock_units, point.is_open)
            broken = [cut for cut in cuts if self.violation(cut, point) > _BROKEN]
            if not broken:
                break
            self.add_cuts(broken)
            solved = super().solve(options, stage=stage, progress=progress)
        return solved

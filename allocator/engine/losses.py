"""The promise under losses on top of a scenario: which plans keep it, and cuts against the others.

The prices of need at one first stage bound the unmet need at every other one (Benders 1962): a
promise that is not kept there becomes a row on stock and choices, added only when a plan breaks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.loss_list import Loss
from allocator.engine.loss_unmet import LossUnmet
from allocator.engine.recourse_cuts import BlockCut
from models.placement_data import PlacementData
from models.shortage import MOST_GROUPS

__all__ = ["LossCut", "LossGuard"]

Floats = NDArray[np.float64]

_CUT, _KEPT = 1e-7, 1e-6
"""Excess over a promise that is worth a cut, and that which is rounding, in thousandths of need."""

_CUTS_PER_SCENARIO = 4
"""Losses of one scenario that are cut off at once, the worst ones: they bring the others along."""


@dataclass(frozen=True)
class LossCut:
    """A promise that a first stage does not keep.

    Parameters
    ----------
    scenario, loss
        Positions; loss -1 is none.
    cut
        Bound of the weighted unmet need, scaled, without the promise.
    need
        Weighted need of the scenario, scaled.
    share
        Served share that the first stage reaches.
    """

    scenario: int
    loss: int
    cut: BlockCut
    need: float
    share: float


class LossGuard:
    """The promise under losses: which plans keep it, and cuts against those that do not.

    Parameters
    ----------
    data
        The placement problem.
    losses
        Losses that the promise is about.
    served_share
        Weighted share of each scenario's need that must be served under any of them.
    most_groups
        As for ``LossUnmet``.
    """

    def __init__(
        self,
        data: PlacementData,
        losses: Sequence[Loss],
        served_share: float,
        most_groups: int = MOST_GROUPS,
    ) -> None:
        self.unmet = LossUnmet(data, losses, most_groups)
        self.served_share = served_share
        self._key = b""
        self._found: list[LossCut] = []
        self._excess = 0.0

    def cuts(self, stock_units: Floats, is_open: Floats) -> list[BlockCut]:
        """Cuts for the master that a first stage breaks, worst first.

        Parameters
        ----------
        stock_units
            Shape (warehouse, item). [units]
        is_open
            Shape (warehouse,), 0 to 1.
        """
        self._look(stock_units, is_open)
        return [
            replace(own.cut, constant=own.cut.constant - (1.0 - self.served_share) * own.need)
            for own in self._found
        ]

    def is_kept(self, stock_units: Floats, is_open: Floats) -> bool:
        """Whether a first stage, as in ``cuts``, keeps the promise."""
        self._look(stock_units, is_open)
        return bool(self._excess <= _KEPT)

    def _look(self, stock_units: Floats, is_open: Floats) -> None:
        """Look at a first stage, unless it is the last one again."""
        key = stock_units.tobytes() + is_open.tobytes()
        if key != self._key:
            self._key = key
            self._found, self._excess = self.broken(stock_units, is_open, self.served_share)

    def broken(
        self, stock_units: Floats, is_open: Floats, served_share: float
    ) -> tuple[list[LossCut], float]:
        """Return what a first stage breaks, worst first, and the largest excess, scaled.

        Parameters
        ----------
        stock_units, is_open
            As in ``cuts``.
        served_share
            The share that is promised.
        """
        tested, found, worst = self.unmet, [], 0.0
        for s, need in enumerate(tested.need.tolist()):
            room = (1.0 - served_share) * need
            whole, after = tested.unmet(s, stock_units, is_open, room)
            excess = (np.array([whole, *after.tolist()]) - room) / tested.scale
            worst = max(worst, float(excess.max()))
            order = np.argsort(-excess, kind="stable")[:_CUTS_PER_SCENARIO]
            for q in (order[excess[order] > _CUT] - 1).tolist():
                unmet = whole if q < 0 else float(after[q])
                cut = tested.cut(s, q, stock_units, is_open)
                found.append(LossCut(s, q, cut, need / tested.scale, 1.0 - unmet / need))
        return sorted(found, key=_badness), worst

    def worst(self, stock_units: Floats, is_open: Floats) -> LossCut | None:
        """What a first stage, as in ``cuts``, serves worst; None if nothing is needed."""
        tested, found = self.unmet, []
        for s, need in enumerate(tested.need.tolist()):
            if need <= 0.0:
                continue
            whole, after = tested.unmet(s, stock_units, is_open)
            shares = 1.0 - np.array([*after.tolist(), whole]) / need
            # Of equal ones a loss says more than none, which comes last.
            q = int(np.argmin(np.round(shares, 7)))
            found.append((float(shares[q]), s, q if q < len(after) else -1))
        if not found:
            return None
        share, s, q = min(found)
        cut = tested.cut(s, q, stock_units, is_open)
        return LossCut(s, q, cut, float(tested.need[s]) / tested.scale, share)


def _badness(cut: LossCut) -> tuple[float, bool]:
    """Order of broken promises, worst first; of equal ones a loss says more than none."""
    return round(cut.share, 7), cut.loss < 0

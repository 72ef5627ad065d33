"""The recourse of a scenario under losses of stock as a linear program that stays warm.

A loss of stock changes only right-hand sides. Losses that the spare stock of the flows without any
loss makes up for are not asked about.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.engine.recourse_cuts import BlockCut, full_units
from allocator.engine.recourse_program import ScenarioProgram
from models.placement_data import PlacementData

__all__ = ["LossRecourse"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class LossRecourse:
    """The least weighted unmet need of one scenario, by linear programs.

    Parameters
    ----------
    data
        The placement problem, with the lanes that are left.
    scenario
        Position.
    scale
        Unit of the values. [weighted units]
    """

    def __init__(self, data: PlacementData, scenario: int, scale: float) -> None:
        self._data, self._scenario, self._scale = data, scenario, scale
        self._program = ScenarioProgram(data, scenario, ("unmet",), 0)
        weights, demand = data.weights(scenario), data.scenarios[scenario].demand_units
        self._heaviest = (weights * (demand > 0)).max(axis=0, initial=0.0)

    def unmet(self, stock_units: Floats, is_open: Floats) -> float:
        """Least weighted unmet need, for stock that is left, shape (warehouse, item)."""
        answers = self._program.solve(stock_units, is_open)
        return self._scale * sum(float(answer.values[0]) for answer in answers)

    def cuts(self, stock_units: Floats, is_open: Floats) -> list[BlockCut]:
        """Return the bounds of the unmet need that are tight here, scaled, by item."""
        full = full_units(stock_units, is_open)
        answers = self._program.solve(stock_units, is_open)
        return [self._program.cut(k, answer, full) for k, answer in enumerate(answers)]

    def under_losses(
        self, stock_units: Floats, is_open: Floats, lost: Flags, enough: float
    ) -> tuple[float, Floats]:
        """Least weighted unmet need without a loss and under each of them.

        Parameters
        ----------
        stock_units
            Shape (warehouse, item), >= 0. [units]
        is_open
            Shape (warehouse,), 0 to 1.
        lost
            Whether the stock of the warehouse is lost, shape (loss, warehouse).
        enough
            What is proven to be no more than this may be too high. [weighted units]

        Returns
        -------
        tuple
            One value, and one by loss, shape (loss,). [weighted units]
        """
        whole = self.unmet(stock_units, is_open)
        after = whole + self._most_added(stock_units, is_open, lost)
        for q in np.flatnonzero((after > whole) & (after > enough)).tolist():
            after[q] = self.unmet(stock_units * ~lost[q][:, None], is_open * ~lost[q])
        return whole, after

    def _most_added(self, stock_units: Floats, is_open: Floats, lost: Flags) -> Floats:
        """Most weighted unmet need that each loss can add to the last flows, shape (loss,).

        Without what is lost the flows are short of no more than what is beyond the spare units,
        which are counted once where several warehouses are lost.
        """
        usable = self._data.scenarios[self._scenario].usable_share[:, None] * stock_units
        spare = self._spare_units(stock_units, is_open)
        added = np.zeros(len(lost))
        for q, gone in enumerate(lost):
            if gone.any():
                least = spare[gone].min(axis=0)
                missing = np.maximum(usable[gone].sum(axis=0) - least, 0.0)
                added[q] = float(missing @ self._heaviest)
        return added

    def _spare_units(self, stock_units: Floats, is_open: Floats) -> Floats:
        """Units of a warehouse's kind that the last flows leave unused, shape (warehouse, item).

        Infinite where no lane leads to a need; none where a home reserve makes stock of two sorts.
        """
        spare = np.full(stock_units.shape, np.inf)
        for k, network in enumerate(self._program.networks):
            flows, item = self._program.flows(k)[0], network.item
            offered, _ = network.supplies(stock_units[:, item], is_open)
            used = np.bincount(flows.source, flows.ship_units, minlength=network.source_count)
            unused = np.where(network.holds_back, 0.0, np.maximum(offered - used, 0.0))
            known = network.source >= 0
            spare[known, item] = unused[network.source[known]]
        return spare

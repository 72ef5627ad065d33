"""What losses leave unmet in each scenario, and the bounds that prove it for every other stock.

Where the districts of a scenario form few groups that are reached alike, all losses of stock are
answered at once in closed form (``models.shortage``). Else a linear program answers: a loss of
stock changes only its right-hand sides, so that all losses of a scenario share one that stays warm,
and losses that the spare stock makes up for are not asked about. A loss of lanes has groups or a
program of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.loss_list import Loss
from allocator.engine.loss_recourse import LossRecourse
from allocator.engine.recourse_cuts import BlockAnswer, BlockCut, block_cut, full_units
from allocator.engine.recourse_program import needed_items
from models.contingency import Contingency
from models.losses import scenario_under_loss
from models.placement_data import PlacementData
from models.recourse import combined_values, value_scale
from models.recourse_network import recourse_network
from models.shortage import MOST_GROUPS, ScenarioShortage, scenario_shortage

__all__ = ["LossUnmet"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Key = tuple[int, int]

_EMPTY_UNITS = 1e-9
"""A warehouse with less is empty. [units]"""


class LossUnmet:
    """The least weighted unmet need under losses, by scenario.

    Parameters
    ----------
    data
        The placement problem.
    losses
        What may be lost.
    most_groups
        With more groups of districts than so many, linear programs are asked.
    """

    def __init__(
        self, data: PlacementData, losses: Sequence[Loss], most_groups: int = MOST_GROUPS
    ) -> None:
        self.data, self.losses = data, tuple(losses)
        self.scale = value_scale(data, "unmet")
        self.need = np.array(
            [
                float((data.weights(s) * scenario.demand_units).sum())
                for s, scenario in enumerate(data.scenarios)
            ]
        )
        self._most_groups = most_groups
        count = data.first_stage.warehouse_count
        self._lost = np.array([loss.warehouse for loss in losses], dtype=bool).reshape(-1, count)
        self._alone = np.where(self._lost.sum(axis=1) == 1, self._lost.argmax(axis=1), -1)
        self._has_lanes = np.array([loss.closed is not None for loss in losses], dtype=bool)
        self._data: dict[Key, PlacementData] = {}
        self._closed_form: dict[Key, ScenarioShortage | None] = {}
        self._programs: dict[Key, LossRecourse] = {}

    def contingency(self, scenario: int, loss: int, least_share: float) -> Contingency:
        """Return a loss (-1: none) on top of a scenario as data of a model."""
        district = self.data.scenarios[scenario].district
        closed = self.losses[loss].closed if loss >= 0 else None
        if closed is None:
            lanes = np.zeros((self.data.first_stage.warehouse_count, len(district)), dtype=bool)
        else:
            lanes = np.asarray(closed[:, district])
        return Contingency(scenario, self._gone(loss), lanes, least_share)

    def _gone(self, loss: int) -> Flags:
        """Whether the stock of each warehouse is lost, shape (warehouse,)."""
        if loss < 0:
            return np.zeros(self.data.first_stage.warehouse_count, dtype=bool)
        return np.asarray(self._lost[loss])

    def may_matter(self, loss: int, stock_units: Floats) -> bool:
        """Whether a loss can change anything for this stock, shape (warehouse, item)."""
        return bool(self._has_lanes[loss] or (stock_units[self._gone(loss)] > _EMPTY_UNITS).any())

    def unmet(
        self, scenario: int, stock_units: Floats, is_open: Floats, enough: float = -np.inf
    ) -> tuple[float, Floats]:
        """Least weighted unmet need without a loss and under each of them.

        Parameters
        ----------
        scenario
            Position.
        stock_units
            Shape (warehouse, item), >= 0. [units]
        is_open
            Shape (warehouse,), 0 to 1.
        enough
            A value that is proven to be no more than this may be too high. [weighted units]

        Returns
        -------
        tuple
            One value, and one by loss, shape (loss,). [weighted units]
        """
        after = np.zeros(len(self.losses))
        plain = np.flatnonzero(~self._has_lanes)
        closed_form = self._shortage((scenario, -1))
        if closed_form is None:
            program, lost = self._program((scenario, -1)), self._lost[plain]
            whole, after[plain] = program.under_losses(stock_units, is_open, lost, enough)
        else:
            supplies = closed_form.supplies(stock_units, is_open)
            short = closed_form.short_units(supplies)
            whole = float(closed_form.unmet(short))
            after[plain] = closed_form.unmet(short[:, None] + self._sent(supplies, plain))
        for q in np.flatnonzero(self._has_lanes).tolist():
            after[q] = self._unmet_without(q, scenario, stock_units, is_open)
        return whole, after

    def _sent(self, supplies: Floats, losses: Integers) -> Floats:
        """What would be lost of the supplies, shape (group, warehouse), by loss."""
        sent = np.zeros((len(supplies), len(losses)))
        alone = self._alone[losses]
        sent[:, alone >= 0] = supplies[:, alone[alone >= 0]]
        many = losses[alone < 0]
        sent[:, alone < 0] = supplies @ self._lost[many].T
        return sent

    def _unmet_without(
        self, loss: int, scenario: int, stock_units: Floats, is_open: Floats
    ) -> float:
        """Least weighted unmet need under a loss that takes lanes."""
        stays, key = ~self._lost[loss], (scenario, loss)
        left, opened = stock_units * stays[:, None], is_open * stays
        closed_form = self._shortage(key)
        if closed_form is None:
            return self._program(key).unmet(left, opened)
        return float(closed_form.unmet(closed_form.short_units(closed_form.supplies(left, opened))))

    def cut(self, scenario: int, loss: int, stock_units: Floats, is_open: Floats) -> BlockCut:
        """Return the bound of the unmet need, all items in one, that is tight at a first stage.

        Parameters
        ----------
        scenario, loss
            Positions; loss -1 is none.
        stock_units, is_open
            As in ``unmet``.
        """
        key, gone = self._key(scenario, loss), self._gone(loss)
        left, opened = stock_units * ~gone[:, None], is_open * ~gone
        closed_form = self._shortage(key)
        if closed_form is None:
            parts = self._program(key).cuts(left, opened)
        else:
            parts = self._priced(key, closed_form, left, opened)
        # What is lost neither serves nor holds back anything.
        return BlockCut(
            block=0,
            items=tuple(item for part in parts for item in part.items),
            weights={},
            constant=sum(part.constant for part in parts),
            stock=np.concatenate([part.stock for part in parts]) * ~gone,
            open=np.sum([part.open for part in parts], axis=0) * ~gone,
        )

    def _priced(
        self, key: Key, closed_form: ScenarioShortage, stock_units: Floats, is_open: Floats
    ) -> list[BlockCut]:
        """Return the bounds, by item, that are tight for stock that is left."""
        data, full = self._data_of(key), full_units(stock_units, is_open)
        short = closed_form.short_units(closed_form.supplies(stock_units, is_open))
        need_prices = closed_form.need_prices(short)
        parts = []
        for network, prices in zip(closed_form.networks, need_prices, strict=True):
            scaled = combined_values(
                {"unmet": network.values["unmet"]}, {"unmet": 1.0 / self.scale}
            )
            parts.append(
                block_cut(
                    data,
                    [network],
                    [scaled],
                    BlockAnswer(np.zeros(1), (prices / self.scale,), np.zeros(0)),
                    block=0,
                    weights={},
                    floor_rate=0.0,
                    full_units=full,
                )
            )
        return parts

    # --- networks ---------------------------------------------------------------------------

    def _key(self, scenario: int, loss: int) -> Key:
        """Scenario with the loss of lanes that changes its networks, -1 for none."""
        return scenario, loss if loss >= 0 and self._has_lanes[loss] else -1

    def _data_of(self, key: Key) -> PlacementData:
        """Return the placement problem with the lanes that a loss leaves."""
        if key[1] < 0:
            return self.data
        if key not in self._data:
            s = key[0]
            lossy = scenario_under_loss(self.data.scenarios[s], self.contingency(*key, 0.0))
            rows = list(self.data.scenarios)
            rows[s] = lossy
            self._data[key] = replace(self.data, scenarios=tuple(rows))
        return self._data[key]

    def _program(self, key: Key) -> LossRecourse:
        if key not in self._programs:
            self._programs[key] = LossRecourse(self._data_of(key), key[0], self.scale)
        return self._programs[key]

    def _shortage(self, key: Key) -> ScenarioShortage | None:
        """Shortages in closed form; None where linear programs must be asked."""
        if key not in self._closed_form:
            data, s = self._data_of(key), key[0]
            networks = [recourse_network(data, s, i, ["unmet"]) for i in needed_items(data, s)]
            self._closed_form[key] = scenario_shortage(networks, self._most_groups)
        return self._closed_form[key]

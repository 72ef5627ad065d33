"""Losses on top of a scenario: what they leave unmet, and the cuts that say so.

A loss of stock changes only the right-hand sides of a scenario's recourse, so all of them share
one program that stays warm; a loss of lanes has a program of its own. The prices of need at one
first stage bound the unmet need at every other one (Benders 1962): a promise that is not kept
there becomes a row on stock and choices, added only when a plan breaks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.loss_list import Loss
from allocator.engine.recourse_cuts import BlockAnswer, BlockCut, full_units
from allocator.engine.recourse_program import ScenarioProgram
from models.contingency import Contingency
from models.losses import scenario_under_loss
from models.placement_data import PlacementData
from models.recourse import value_scale

__all__ = ["LossCut", "LossGuard", "LossPrograms"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_CUT, _KEPT = 1e-7, 1e-6
"""Excess over a promise that is worth a cut, and that which is rounding, in thousandths of need."""

_CUTS_PER_SCENARIO = 4
"""Losses of one scenario that are cut off at once, the worst ones: they bring the others along."""

_EMPTY_UNITS = 1e-9
"""A warehouse with less is empty. [units]"""


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


class LossPrograms:
    """The recourse under losses, valued by the weighted unmet need.

    Parameters
    ----------
    data
        The placement problem.
    losses
        What may be lost.
    """

    def __init__(self, data: PlacementData, losses: Sequence[Loss]) -> None:
        self.data, self.losses = data, tuple(losses)
        self.scale = value_scale(data, "unmet")
        self.need = np.array(
            [
                float((data.weights(s) * scenario.demand_units).sum())
                for s, scenario in enumerate(data.scenarios)
            ]
        )
        self._programs: dict[tuple[int, int], ScenarioProgram] = {}
        self._alone = np.array(
            [
                int(np.argmax(loss.warehouse))
                if loss.closed is None and loss.warehouse.sum() == 1
                else -1
                for loss in self.losses
            ],
            dtype=np.int64,
        )
        self._heaviest = [
            (data.weights(s) * (scenario.demand_units > 0)).max(axis=0, initial=0.0)
            for s, scenario in enumerate(data.scenarios)
        ]

    def contingency(self, scenario: int, loss: int, least_share: float) -> Contingency:
        """Return a loss (-1: none) on top of a scenario as data of a model."""
        district = self.data.scenarios[scenario].district
        count = self.data.first_stage.warehouse_count
        lost = self.losses[loss].warehouse if loss >= 0 else np.zeros(count, dtype=bool)
        return Contingency(scenario, lost, self._closed(scenario, loss, len(district)), least_share)

    def _closed(self, scenario: int, loss: int, districts: int) -> Flags:
        """Lanes that a loss closes under a scenario, shape (warehouse, district in need)."""
        closed = self.losses[loss].closed if loss >= 0 else None
        if closed is None:
            return np.zeros((self.data.first_stage.warehouse_count, districts), dtype=bool)
        return np.asarray(closed[:, self.data.scenarios[scenario].district])

    def _program(self, scenario: int, loss: int) -> ScenarioProgram:
        """Program of a scenario, with the lanes that a loss leaves."""
        has_lanes = loss < 0 or self.losses[loss].closed is None
        key = (scenario, -1 if has_lanes else loss)
        if key not in self._programs:
            data = self.data
            if key[1] >= 0:
                lossy = scenario_under_loss(
                    data.scenarios[scenario], self.contingency(scenario, loss, 0.0)
                )
                rows = [lossy if s == scenario else own for s, own in enumerate(data.scenarios)]
                data = replace(data, scenarios=tuple(rows))
            self._programs[key] = ScenarioProgram(data, scenario, ("unmet",), 0)
        return self._programs[key]

    def may_matter(self, loss: int, stock_units: Floats) -> bool:
        """Whether a loss can change anything for this stock, shape (warehouse, item)."""
        if self.losses[loss].closed is not None:
            return True
        return bool((stock_units[self.losses[loss].warehouse] > _EMPTY_UNITS).any())

    def spare_units(self, scenario: int, stock_units: Floats, is_open: Floats) -> Floats:
        """Units of a warehouse's kind that the last flows without a loss leave unused.

        Parameters
        ----------
        scenario
            Position; ``unmet`` was asked for it last, without a loss.
        stock_units, is_open
            The first stage it was asked for.

        Returns
        -------
        Array
            Shape (warehouse, item); infinite where no lane leads to a need; none where a home
            reserve makes stock of two sorts. [units]
        """
        program = self._program(scenario, -1)
        spare = np.full(stock_units.shape, np.inf)
        for k, network in enumerate(program.networks):
            flows, item = program.flows(k)[0], network.item
            offered, _ = network.supplies(stock_units[:, item], is_open)
            used = np.bincount(flows.source, flows.ship_units, minlength=network.source_count)
            unused = np.where(network.holds_back, 0.0, np.maximum(offered - used, 0.0))
            known = network.source >= 0
            spare[known, item] = unused[network.source[known]]
        return spare

    def most_added(self, scenario: int, stock_units: Floats, spare_units: Floats) -> Floats:
        """Most weighted unmet need that each loss can add; infinite where lanes are lost.

        Without what is lost the flows of ``spare_units`` are short of no more than what is beyond
        the spare units, which are counted once where several warehouses are lost.

        Parameters
        ----------
        scenario
            Position.
        stock_units, spare_units
            Shape (warehouse, item). [units]

        Returns
        -------
        Array
            Shape (loss,). [weighted units]
        """
        usable = self.data.scenarios[scenario].usable_share[:, None] * stock_units
        added = np.full(len(self.losses), np.inf)
        alone = self._alone >= 0
        missing = np.maximum(usable - spare_units, 0.0)[self._alone[alone]]
        added[alone] = missing @ self._heaviest[scenario]
        for q in np.flatnonzero(~alone).tolist():
            if self.losses[q].closed is None:
                lost = self.losses[q].warehouse
                gone = usable[lost].sum(axis=0)
                gone = np.maximum(gone - spare_units[lost].min(axis=0, initial=np.inf), 0.0)
                added[q] = float(gone @ self._heaviest[scenario])
        return added

    def unmet(
        self, scenario: int, loss: int, stock_units: Floats, is_open: Floats
    ) -> tuple[float, list[BlockAnswer]]:
        """Least weighted unmet need under a loss (-1: none), and the answers of the items.

        Parameters
        ----------
        scenario, loss
            Positions.
        stock_units
            Shape (warehouse, item), >= 0. [units]
        is_open
            Shape (warehouse,), 0 to 1.
        """
        stays = ~self.contingency(scenario, loss, 0.0).lost
        answers = self._program(scenario, loss).solve(stock_units * stays[:, None], is_open * stays)
        return self.scale * sum(float(answer.values[0]) for answer in answers), answers

    def cut(
        self,
        scenario: int,
        loss: int,
        answers: Sequence[BlockAnswer],
        stock_units: Floats,
        is_open: Floats,
    ) -> BlockCut:
        """Return the bound of the unmet need that the last answers prove, all items in one."""
        program = self._program(scenario, loss)
        stays = ~self.contingency(scenario, loss, 0.0).lost
        full = full_units(stock_units, is_open)
        parts = [program.cut(k, answer, full) for k, answer in enumerate(answers)]
        # What is lost neither serves nor holds back anything.
        return BlockCut(
            block=0,
            items=tuple(item for part in parts for item in part.items),
            weights={},
            constant=sum(part.constant for part in parts),
            stock=np.concatenate([part.stock for part in parts]) * stays,
            open=np.sum([part.open for part in parts], axis=0) * stays,
        )


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
    """

    def __init__(self, data: PlacementData, losses: Sequence[Loss], served_share: float) -> None:
        self.programs = LossPrograms(data, losses)
        self.served_share = served_share
        self.tested = 0
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
        programs, found, worst = self.programs, [], 0.0
        matters = [q for q in range(len(programs.losses)) if programs.may_matter(q, stock_units)]
        for s, need in enumerate(programs.need.tolist()):
            room = (1.0 - served_share) * need
            whole = 0.0
            added = np.zeros(len(programs.losses))
            own: list[LossCut] = []
            for q in (-1, *matters):
                if q >= 0 and whole + added[q] <= room:
                    continue
                self.tested += 1
                unmet, answers = programs.unmet(s, q, stock_units, is_open)
                if q < 0:
                    spare = programs.spare_units(s, stock_units, is_open)
                    whole, added = unmet, programs.most_added(s, stock_units, spare)
                excess = (unmet - room) / programs.scale
                worst = max(worst, excess)
                if excess > _CUT:
                    cut = programs.cut(s, q, answers, stock_units, is_open)
                    own.append(LossCut(s, q, cut, need / programs.scale, 1.0 - unmet / need))
                    if q < 0 and excess > _KEPT:
                        # What is short without any loss must be mended first.
                        break
            found += sorted(own, key=_badness)[:_CUTS_PER_SCENARIO]
        return sorted(found, key=_badness), worst

    def worst(self, stock_units: Floats, is_open: Floats) -> LossCut | None:
        """What a first stage, as in ``cuts``, serves worst; None if nothing is needed."""
        programs, found = self.programs, []
        matters = [q for q in range(len(programs.losses)) if programs.may_matter(q, stock_units)]
        for s, need in enumerate(programs.need.tolist()):
            for q in (-1, *matters):
                unmet, answers = programs.unmet(s, q, stock_units, is_open)
                cut = programs.cut(s, q, answers, stock_units, is_open)
                found.append(LossCut(s, q, cut, need / programs.scale, 1.0 - unmet / need))
        return min(found, key=_badness, default=None)


def _badness(cut: LossCut) -> tuple[float, bool]:
    """Order of broken promises, worst first; of equal ones a loss says more than none."""
    return round(cut.share, 7), cut.loss < 0

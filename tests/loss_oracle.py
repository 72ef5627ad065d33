"""Placement under a promise about losses by enumeration, with flows of their own for every loss."""

from __future__ import annotations

import dataclasses

import numpy as np

from allocator.engine.placement_data import PlacementProblem
from allocator.schema.disaster import Loss
from tests.placement_oracle import Oracle

__all__ = ["LossOracle"]


class LossOracle(Oracle):
    """All plans that keep the promise; rows are written from docs/model.md.

    Parameters
    ----------
    problem
        A small case, without coverage and single sourcing.
    share
        The served share that is promised.
    """

    def __init__(self, problem: PlacementProblem, share: float) -> None:
        data = problem.data
        count = len(data.scenarios)
        losses = [(frozenset[str](), list[Loss]()), *self._losses(problem)]
        shadows = [
            self._shadow(problem, s, gone, closed) for s in range(count) for gone, closed in losses
        ]
        # The shadows have no probability, so that no stage counts them.
        everything = dataclasses.replace(data, scenarios=(*data.scenarios, *shadows))
        super().__init__(everything, floors=[(s, d) for s in range(count) for d in range(99)])
        for k in range(count, count + len(shadows)):
            terms = {
                column: weight
                for (s, _), missing in self.missing.items()
                if s == k
                for column, weight in missing.items()
            }
            need = float((everything.weights(k) * everything.scenarios[k].demand_units).sum())
            self.rows.append((terms, -np.inf, (1.0 - share) * need + 1e-6))

    def _losses(self, problem: PlacementProblem) -> list[tuple[frozenset[str], list[Loss]]]:
        """Warehouses and lanes that are lost together."""
        asked = problem.case.settings.n1_losses
        found: list[tuple[frozenset[str], list[Loss]]] = []
        if asked != "listed":
            found += [(frozenset({row.warehouse}), []) for row in problem.warehouses]
        if asked != "each_warehouse":
            for code in dict.fromkeys(row.loss for row in problem.case.losses):
                rows = [row for row in problem.case.losses if row.loss == code]
                gone = frozenset(row.warehouse for row in rows if row.warehouse)
                found.append((gone, [row for row in rows if row.kind != "warehouse"]))
        return found

    def _shadow(
        self, problem: PlacementProblem, s: int, gone: frozenset[str], closed: list[Loss]
    ) -> object:
        """Scenario with what is lost."""
        scenario = problem.data.scenarios[s]
        usable, band = scenario.usable_share.copy(), scenario.band_hours.copy()
        home = {row.district: row for row in problem.case.districts}
        for w, row in enumerate(problem.warehouses):
            if row.warehouse in gone:
                usable[w] = 0.0
            own = home.get(row.district or "")
            here = {
                "corridor": row.prefecture or (own.prefecture if own else ""),
                "province_pair": row.province or (own.province if own else ""),
            }
            for d, position in enumerate(scenario.district.tolist()):
                place = problem.case.districts[position]
                there = {"corridor": place.prefecture, "province_pair": place.province}
                for loss in closed:
                    ends = [loss.from_place, loss.to_place]
                    if [here[loss.kind], there[loss.kind]] in (ends, ends[::-1]):
                        band[:, w, d] = np.inf
        return dataclasses.replace(scenario, probability=0.0, usable_share=usable, band_hours=band)

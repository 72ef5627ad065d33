"""Placement by enumeration: every choice of sizes, and a small integer program for the rest.

Written from docs/model.md, apart from the product's models and its decomposition; only the arrays
are shared, and those the replay checks.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from models.placement_data import Criterion, PlacementData, StageRule
from models.recourse import unit_values

__all__ = ["Oracle"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Column:
    """Position of one unknown and what it adds to the criteria of its scenario."""

    scenario: int
    values: dict[str, float]


class Oracle:
    """All plans of a small placement problem.

    Parameters
    ----------
    data
        The problem, without coverage and single sourcing.
    floors
        Scenario and district of the minimum served shares that count; None for all.
    """

    def __init__(
        self, data: PlacementData, floors: Collection[tuple[int, int]] | None = None
    ) -> None:
        self.data = data
        first = data.first_stage
        self.W, self.I = first.today_units.shape
        self.stock = np.arange(self.W * self.I).reshape(self.W, self.I)
        self.buy = self.stock + self.W * self.I
        self.size = 2 * self.W * self.I
        self.rows: list[tuple[dict[int, float], float, float]] = []
        self.columns: dict[int, _Column] = {}
        self.missing: dict[tuple[int, int], dict[int, float]] = {}
        self._balance()
        for s in range(len(data.scenarios)):
            for i in range(self.I):
                self._flows(s, i)
        self._floor(floors)

    def _new(self, scenario: int, values: dict[str, float]) -> int:
        self.columns[self.size] = _Column(scenario, values)
        self.size += 1
        return self.size - 1

    def _balance(self) -> None:
        """A warehouse holds no more than it has today and buys."""
        today = self.data.first_stage.today_units
        for w, i in np.ndindex(today.shape):
            terms = {int(self.stock[w, i]): 1.0, int(self.buy[w, i]): -1.0}
            self.rows.append((terms, -np.inf, float(today[w, i])))

    def _flows(self, s: int, i: int) -> None:
        """Unknowns and rows of one scenario and item; supply rows know the stock."""
        data, scenario = self.data, self.data.scenarios[s]
        criteria: list[Criterion] = ["unmet", "waiting", "delivery", "delivery_and_unmet", "social"]
        values = {c: unit_values(data, s, i, c) for c in criteria}
        lanes = np.isfinite(values["unmet"].ship)
        out: dict[int, dict[int, float]] = {w: {} for w in range(self.W)}
        away: dict[int, dict[int, float]] = {w: {} for w in range(self.W)}
        bought: dict[int, float] = {}
        for d in range(len(scenario.district)):
            need = float(scenario.demand_units[d, i])
            if need <= 0:
                continue
            got: dict[int, float] = {}
            for w in np.flatnonzero(lanes[:, d]).tolist():
                column = self._new(s, {c: float(values[c].ship[w, d]) for c in criteria})
                got[column] = out[w][column] = 1.0
                if scenario.is_abroad[w, d]:
                    away[w][column] = 1.0
            if np.isfinite(values["unmet"].purchase[d]):
                column = self._new(s, {c: float(values[c].purchase[d]) for c in criteria})
                got[column] = bought[column] = 1.0
            missing = self._new(s, {c: float(values[c].unmet[d]) for c in criteria})
            got[missing] = 1.0
            self.missing.setdefault((s, d), {})[missing] = float(data.weights(s)[d, i])
            self.rows.append((got, need, need))
        if bought:
            self.rows.append((bought, -np.inf, float(data.values.purchase_available_units[i])))
        reserve = data.first_stage.reserve_units
        for w in range(self.W):
            share = float(scenario.usable_share[w])
            stock = int(self.stock[w, i])
            if out[w]:
                self.rows.append(({**out[w], stock: -share}, -np.inf, 0.0))
            if away[w] and reserve[w, i] > 0:
                limit = -share * float(reserve[w, i])
                self.rows.append(({**away[w], stock: -share}, -np.inf, limit))

    def _floor(self, floors: Collection[tuple[int, int]] | None) -> None:
        """Every district gets its share in every scenario, items counted by their weight."""
        share = self.data.risk.min_served_share
        if share <= 0.0:
            return
        for (s, d), terms in self.missing.items():
            if floors is not None and (s, d) not in floors:
                continue
            demand = self.data.scenarios[s].demand_units[d]
            need = float(self.data.weights(s)[d] @ demand)
            self.rows.append((terms, -np.inf, (1.0 - share) * need + 1e-6))

    def best(self, rule: StageRule, limits: dict[str, float]) -> float | None:
        """Least value of a stage over all choices, earlier values kept; None if there is none."""
        found = [
            self._solve(choice, rule, limits)
            for choice in itertools.product(*self.data.first_stage.options_of)
        ]
        values = [value for value in found if value is not None]
        return min(values) if values else None

    def _solve(
        self, choice: tuple[int, ...], rule: StageRule, limits: dict[str, float]
    ) -> float | None:
        """Solve what is left once the sizes are chosen."""
        first = self.data.first_stage
        rows = list(self.rows)
        lower, upper = np.zeros(self.size), np.full(self.size, np.inf)
        running = one_off = 0.0
        for w, option in enumerate(choice):
            is_open = bool(first.option_is_open[option])
            stock = self.stock[w]
            if not first.is_decided[w]:
                lower[stock] = upper[stock] = first.today_units[w]
                upper[self.buy[w]] = 0.0
                continue
            running += float(first.option_annual_cny[option])
            one_off += float(first.option_one_off_cny[option])
            if is_open:
                lower[stock] = first.reserve_units[w]
                terms = dict(zip(stock.tolist(), first.unit_volume_m3.tolist(), strict=True))
                rows.append((terms, -np.inf, float(first.option_volume_m3[option])))
            else:
                upper[stock] = 0.0
        own = [w for w in range(self.W) if first.is_decided[w]]
        buying = {
            int(self.buy[w, i]): float(first.price_cny[i]) for w in own for i in range(self.I)
        }
        keeping = {
            int(self.stock[w, i]): float(first.keeping_cny[i]) for w in own for i in range(self.I)
        }
        rows.append((buying, -np.inf, first.capital_budget_cny - one_off))
        rows.append((keeping, -np.inf, first.annual_budget_cny - running))
        for criterion, limit in limits.items():
            rows.append((self._expected(criterion), -np.inf, limit))
        cost = np.zeros(self.size)
        factor = first.disasters_per_year if rule.counts_first_stage else 1.0
        for column, value in self._expected(rule.criterion).items():
            cost[column] += factor * value
        constant = 0.0
        if rule.counts_first_stage:
            constant = running + one_off / first.amortisation_years
            for column, value in keeping.items():
                cost[column] += value
            for column, value in buying.items():
                cost[column] += value / first.amortisation_years
        whole = np.zeros(self.size)
        for w in own:
            whole[self.stock[w][first.is_whole[w]]] = 1
        answer = self._program(rows, cost, (lower, upper), whole)
        return None if answer is None else answer + constant

    def _expected(self, criterion: str) -> dict[int, float]:
        """Expected value of a criterion by unknown."""
        probability = self.data.probability
        return {
            column: float(probability[entry.scenario]) * entry.values[criterion]
            for column, entry in self.columns.items()
        }

    def _program(
        self,
        rows: list[tuple[dict[int, float], float, float]],
        cost: Floats,
        bounds: tuple[Floats, Floats],
        whole: Floats,
    ) -> float | None:
        """Solve one small integer program."""
        place = [(r, c, v) for r, (terms, _, _) in enumerate(rows) for c, v in terms.items()]
        entry = np.array(place)
        matrix = sparse.csr_array(
            (entry[:, 2], (entry[:, 0].astype(int), entry[:, 1].astype(int))),
            shape=(len(rows), self.size),
        )
        limits = optimize.LinearConstraint(matrix, [r[1] for r in rows], [r[2] for r in rows])
        # Scaled, because absolute tolerances mean little to millions of CNY.
        scale = max(float(np.abs(cost).max()), 1e-9)
        answer = optimize.milp(
            cost / scale,
            constraints=limits,
            bounds=optimize.Bounds(*bounds),
            integrality=whole,
            options={"mip_rel_gap": 1e-9},
        )
        return float(answer.fun) * scale if answer.status == 0 else None

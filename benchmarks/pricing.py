"""The recourse of a placement priced once more, by linear programs that share nothing with it.

For the stock of a plan each scenario is one linear program over all lanes within the deadline.
Hours, costs and supply come from the replay, the programs are solved by SciPy; no code of the
models or the engine is used. What the plan's own flows cost must equal the optimum::

    python -m benchmarks.pricing south5 --time-limit 60 --gap 0.05

The objective is ``social`` (one sum in CNY), so that scenarios do not hang together. Exit code 1 if
a scenario differs by more than 1e-6, 2 without a case or a plan.
"""

from __future__ import annotations

import argparse
import functools
import math
import sys
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from allocator.case import Case
from allocator.engine.placement import place
from allocator.errors import AllocatorError
from allocator.intake import read_case
from allocator.plan import Plan
from allocator.replay.ground import Ground
from allocator.replay.network import Network, network_planned
from allocator.replay.reading import read_tables
from allocator.replay.recourse import Bands, Outcome, check_recourse
from allocator.schema.procedure import Settings
from allocator.solver import SolveOptions
from benchmarks.placement import Quiet

__all__ = ["Priced", "main", "price_plan"]

#: Relative difference that counts as none.
TOLERANCE = 1e-6

#: Hours by which an arrival may pass the deadline.
_NOISE_HOURS = 1e-6


@dataclass(frozen=True)
class Priced:
    """One scenario.

    Parameters
    ----------
    scenario
        Its code.
    planned_cny, least_cny
        What the plan's flows cost, with waiting and need not met, and the least possible. [CNY]
    lanes_count
        Columns of the program that are flows.
    """

    scenario: str
    planned_cny: float
    least_cny: float
    lanes_count: int

    @property
    def difference(self) -> float:
        """Relative difference; above 0 where the plan is dearer than it need be."""
        return (self.planned_cny - self.least_cny) / max(1.0, abs(self.least_cny))


def price_plan(case: Case, plan: Plan) -> list[Priced]:
    """Price every scenario of a placement by its own linear program.

    Parameters
    ----------
    case, plan
        With the objective ``social``, without promises beyond the scenario.
    """
    ground = Ground(case)
    tables = read_tables(plan, ground.facts, ground.findings)
    network = network_planned(ground.facts, tables, ground.findings)
    outcomes = check_recourse(ground, network, tables)
    return [_priced(ground, network, code, outcome) for code, outcome in outcomes.items()]


def _priced(ground: Ground, network: Network, scenario: str, outcome: Outcome) -> Priced:
    """Price one scenario."""
    sums = (outcome.logistics_cny, outcome.waiting_cny, outcome.unmet_cny)
    planned = sum(tally.score.value for tally in sums)
    program = _Program(ground, network, scenario)
    return Priced(scenario, planned, program.least_cny(), program.lanes_count)


class _Program:
    """The linear program of a scenario: flows, purchases and what stays unmet."""

    def __init__(self, ground: Ground, network: Network, scenario: str) -> None:
        self.ground, self.network, self.scenario = ground, network, scenario
        self.facts = ground.facts
        self.bands = Bands(ground.facts)
        self.start = self.facts.clock_start_hours(scenario)
        self.deadline = self.facts.deadline_hours(scenario)
        self.demand = {
            pair: units for pair, units in self.facts.demand_units[scenario].items() if units > 0
        }
        self.cost: list[float] = []
        self.rows: list[int] = []
        self.columns: list[int] = []
        self.limit: dict[tuple[str, ...], tuple[int, float]] = {}
        self.lanes_count = 0
        self._add_flows()
        self._add_purchases()
        self.needs = list(self.demand)
        for district, item in self.needs:
            priority = self.facts.districts[district].priority_weight
            self.cost.append(self.facts.items[item].unmet_cost_cny * priority)

    def least_cny(self) -> float:
        """Return the optimum. [CNY]"""
        count = len(self.cost)
        number = {pair: row for row, pair in enumerate(self.needs)}
        unmet = np.arange(count - len(self.needs), count)
        row = np.array([number[pair] for pair in self.served], dtype=int)
        balance = sparse.coo_array(
            (
                np.ones(count),
                (
                    np.concatenate([row, np.arange(len(self.needs))]),
                    np.concatenate([np.arange(row.size), unmet]),
                ),
            ),
            shape=(len(self.needs), count),
        )
        shape = (len(self.limit), count)
        most = sparse.coo_array((np.ones(len(self.rows)), (self.rows, self.columns)), shape=shape)
        # In thousands of CNY, so that the solver's tolerances mean little money.
        # The stubs know no sparse rows.
        solve: Any = linprog
        answer = solve(
            np.array(self.cost) / 1000.0,
            A_ub=most.tocsr() if self.limit else None,
            b_ub=np.array([units for _, units in self.limit.values()]) if self.limit else None,
            A_eq=balance.tocsr(),
            b_eq=np.array([self.demand[pair] for pair in self.needs]),
            method="highs",
            options={"dual_feasibility_tolerance": 1e-9, "primal_feasibility_tolerance": 1e-9},
        )
        if answer.status != 0:
            raise RuntimeError(f"scenario {self.scenario}: {answer.message}")
        return 1000.0 * float(answer.fun)

    def _add_flows(self) -> None:
        """Add a column for every lane of an open warehouse within the deadline."""
        self.served: list[tuple[str, str]] = []
        arrival = functools.cache(self._arrival_hours)
        facts, ground = self.facts, self.ground
        for (warehouse, item), stock in self.network.stock_units.items():
            share = facts.usable_share(self.scenario, warehouse)
            if not self.network.is_open(warehouse) or share * stock <= 0.0:
                continue
            reserve = facts.home_reserve_units.get((warehouse, item), 0.0)
            for district, wanted in self.demand:
                if wanted != item:
                    continue
                release = ground.sign_offs.release_hours(self.scenario, warehouse, district, item)
                hour = arrival(warehouse, district, release)
                if hour > self.deadline + _NOISE_HOURS:
                    continue
                transport = ground.clock.unit_transport_cny(
                    self.scenario, warehouse, district, item
                )
                self._add((district, item), transport, hour)
                self.lanes_count += 1
                self._restrict(("stock", warehouse, item), share * stock)
                if facts.is_abroad(warehouse, district):
                    abroad = share * max(0.0, stock - reserve)
                    self._restrict(("abroad", warehouse, item), abroad)

    def _arrival_hours(self, warehouse: str, district: str, release: float) -> float:
        clock = self.ground.clock
        hours = (
            clock.arrival_hours(self.scenario, warehouse, district, fleet, release)
            for fleet in self.facts.fleets[warehouse]
        )
        return min(hours, default=math.inf)

    def _add_purchases(self) -> None:
        """Add a column for every purchase that comes in time."""
        for district, item in self.demand:
            row = self.facts.items[item]
            if row.purchase_price_cny is None or row.purchase_available_units <= 0.0:
                continue
            if row.purchase_hours <= self.deadline + _NOISE_HOURS:
                self._add((district, item), row.purchase_price_cny, row.purchase_hours)
                self._restrict(("market", item), row.purchase_available_units)

    def _add(self, pair: tuple[str, str], cost_cny: float, arrival_hours: float) -> None:
        """Add a column that serves a need at some cost, and what waiting for it costs."""
        district, item = pair
        counted = self.bands.deprivation_hours(arrival_hours - self.start)
        hourly = self.facts.items[item].waiting_cost_cny_per_hour
        priority = self.facts.districts[district].priority_weight
        self.cost.append(cost_cny + hourly * priority * counted)
        self.served.append(pair)

    def _restrict(self, name: tuple[str, ...], units: float) -> None:
        """Count the last column in a row with a limit."""
        row, _ = self.limit.setdefault(name, (len(self.limit), units))
        self.rows.append(row)
        self.columns.append(len(self.cost) - 1)


def main(words: list[str] | None = None) -> int:
    """Place a case, price its scenarios and print the largest difference."""
    parser = argparse.ArgumentParser(prog="benchmarks.pricing", description=__doc__)
    parser.add_argument("case", help="data set or file")
    parser.add_argument("--time-limit", type=float, default=60.0, help="of the placement (60) [s]")
    parser.add_argument("--gap", type=float, default=0.05, help="of the placement (0.05)")
    asked = parser.parse_args(words)
    try:
        return _measure(asked)
    except AllocatorError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _measure(asked: argparse.Namespace) -> int:
    """Place, price, print; return the exit code."""
    case = read_case(asked.case)
    settings = case.settings.model_copy(update={"objective": "social", "cvar_weight": 0.0})
    case = case.replace(Settings, (settings,))
    options = SolveOptions(gap=asked.gap, time_limit_seconds=asked.time_limit)
    plan = place(case, options, Quiet())
    begun = time.perf_counter()
    priced = price_plan(case, plan)
    seconds = time.perf_counter() - begun
    worst = max(priced, key=lambda one: abs(one.difference))
    print(
        f"{asked.case}: {len(priced)} scenarios, {sum(one.lanes_count for one in priced)} lanes, "
        f"{seconds:.0f} s; largest difference {worst.difference:.2e} ({worst.scenario}: "
        f"{worst.planned_cny:.6g} CNY planned, {worst.least_cny:.6g} CNY least)"
    )
    return 1 if abs(worst.difference) > TOLERANCE else 0


if __name__ == "__main__":
    sys.exit(main())

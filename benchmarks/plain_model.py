"""Placement as a good analyst would write it in an afternoon: one Pyomo model, appsi_highs.

Same numbers as the product's placement (coverage prices left out, which only makes it easier),
indexed rules, dictionaries, one solve for each stage. It is what the product is measured against.

The solver is called as ``Highs()``, not through ``SolverFactory``: the factory's ``solve`` sets
``config.time_limit`` anew from its own argument, so that a limit put there never holds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.timing import HierarchicalTimer
from pyomo.contrib.appsi.solvers import Highs

from allocator.engine.placement_data import PlacementProblem
from models.recourse import UnitValues, unit_values

__all__ = ["PlainStage", "build_plain", "solve_plain"]

Need = tuple[int, int, int]
Flow = tuple[int, int, int, int]

STAGES = ("unmet", "waiting")


@dataclass(frozen=True)
class PlainStage:
    """What the plain model reached in a stage.

    Parameters
    ----------
    stage
        Its name.
    objective, bound
        As the solver tells them; None where there is none.
    build_seconds
        Pyomo components of the stage. [s]
    handover_seconds
        From Pyomo to HiGHS. [s]
    solve_seconds
        Inside HiGHS, limited. [s]
    """

    stage: str
    objective: float | None
    bound: float | None
    build_seconds: float
    handover_seconds: float
    solve_seconds: float

    @property
    def seconds(self) -> float:
        """All of it. [s]"""
        return self.build_seconds + self.handover_seconds + self.solve_seconds

    @property
    def gap(self) -> float | None:
        """Relative gap, None without a plan or a bound."""
        if self.objective is None or self.bound is None:
            return None
        return (self.objective - self.bound) / max(abs(self.objective), 1e-10)


class _Recourse:
    """Who can send what to whom, in lists and dictionaries."""

    def __init__(self, problem: PlacementProblem) -> None:
        data = self.data = problem.data
        self.values: dict[tuple[int, int, str], UnitValues] = {
            (s, i, c): unit_values(data, s, i, c)  # type: ignore[arg-type]
            for s in range(len(data.scenarios))
            for i in range(data.first_stage.item_count)
            for c in STAGES
        }
        self.flows: list[Flow] = []
        self.needs: list[Need] = []
        for s, scenario in enumerate(data.scenarios):
            for i in range(data.first_stage.item_count):
                ship = self.values[s, i, "unmet"].ship
                for d in range(len(scenario.district)):
                    if scenario.demand_units[d, i] > 0:
                        self.needs.append((s, d, i))
                        lanes = np.flatnonzero(np.isfinite(ship[:, d]))
                        self.flows += [(s, int(w), d, i) for w in lanes]
        self.into: dict[Need, list[int]] = {}
        self.out: dict[Need, list[int]] = {}
        for s, w, d, i in self.flows:
            self.into.setdefault((s, d, i), []).append(w)
            self.out.setdefault((s, w, i), []).append(d)


def build_plain(problem: PlacementProblem) -> pyo.ConcreteModel:
    """Build the whole two-stage model with plain rules."""
    first = problem.data.first_stage
    recourse = _Recourse(problem)
    m: Any = pyo.ConcreteModel()
    m.W, m.I = pyo.RangeSet(0, first.warehouse_count - 1), pyo.RangeSet(0, first.item_count - 1)
    m.O = pyo.RangeSet(0, len(first.option_warehouse) - 1)
    m.choose = pyo.Var(m.O, domain=pyo.Binary)
    m.stock = pyo.Var(m.W, m.I, domain=pyo.NonNegativeReals)
    m.buy = pyo.Var(m.W, m.I, domain=pyo.NonNegativeReals)
    m.F = pyo.Set(initialize=recourse.flows, dimen=4)
    m.N = pyo.Set(initialize=recourse.needs, dimen=3)
    m.ship = pyo.Var(m.F, domain=pyo.NonNegativeReals)
    m.purchase = pyo.Var(m.N, domain=pyo.NonNegativeReals)
    m.unmet = pyo.Var(m.N, domain=pyo.NonNegativeReals)
    _add_first_stage(m, problem)
    _add_recourse(m, problem, recourse)
    m.value_unmet = pyo.Expression(expr=_value(m, recourse, "unmet"))
    m.value_waiting = pyo.Expression(expr=_value(m, recourse, "waiting"))
    return m


def _add_first_stage(m: Any, problem: PlacementProblem) -> None:
    """Sizes, volume, stock, budgets."""
    first = problem.data.first_stage

    def one_size(m: Any, w: int) -> Any:
        return sum(m.choose[o] for o in first.options_of[w]) == 1

    def volume(m: Any, w: int) -> Any:
        if not first.is_decided[w]:
            return pyo.Constraint.Skip
        room = sum(first.option_volume_m3[o] * m.choose[o] for o in first.options_of[w])
        return sum(first.unit_volume_m3[i] * m.stock[w, i] for i in m.I) <= room

    def stock(m: Any, w: int, i: int) -> Any:
        if not first.is_decided[w]:
            return m.stock[w, i] == first.today_units[w, i]
        return m.stock[w, i] <= first.today_units[w, i] + m.buy[w, i]

    def keeps_home(m: Any, w: int, i: int) -> Any:
        if first.reserve_units[w, i] <= 0:
            return pyo.Constraint.Skip
        opened = sum(m.choose[o] for o in first.options_of[w] if first.option_is_open[o])
        return m.stock[w, i] >= first.reserve_units[w, i] * opened

    m.one_size = pyo.Constraint(m.W, rule=one_size)
    m.volume = pyo.Constraint(m.W, rule=volume)
    m.stock_balance = pyo.Constraint(m.W, m.I, rule=stock)
    m.keeps_home = pyo.Constraint(m.W, m.I, rule=keeps_home)
    if np.isfinite(first.capital_budget_cny):
        opening = sum(first.option_one_off_cny[o] * m.choose[o] for o in m.O)
        buying = sum(first.price_cny[i] * m.buy[w, i] for w in m.W for i in m.I)
        m.capital = pyo.Constraint(expr=opening + buying <= first.capital_budget_cny)
    if np.isfinite(first.annual_budget_cny):
        own = [w for w in m.W if first.is_decided[w]]
        keeping = sum(first.keeping_cny[i] * m.stock[w, i] for w in own for i in m.I)
        running = sum(first.option_annual_cny[o] * m.choose[o] for o in m.O)
        m.annual = pyo.Constraint(expr=running + keeping <= first.annual_budget_cny)


def _add_recourse(m: Any, problem: PlacementProblem, recourse: _Recourse) -> None:
    """Balances, supply, home reserve and market of every scenario."""
    data, first = problem.data, problem.data.first_stage
    out, into = recourse.out, recourse.into

    def balance(m: Any, s: int, d: int, i: int) -> Any:
        shipped = sum(m.ship[s, w, d, i] for w in into.get((s, d, i), []))
        need = data.scenarios[s].demand_units[d, i]
        return shipped + m.purchase[s, d, i] + m.unmet[s, d, i] == need

    def supply(m: Any, s: int, w: int, i: int) -> Any:
        share = data.scenarios[s].usable_share[w]
        return sum(m.ship[s, w, d, i] for d in out[s, w, i]) <= share * m.stock[w, i]

    def at_home(m: Any, s: int, w: int, i: int) -> Any:
        scenario = data.scenarios[s]
        abroad = [d for d in out[s, w, i] if scenario.is_abroad[w, d]]
        if first.reserve_units[w, i] <= 0 or not abroad:
            return pyo.Constraint.Skip
        opened = sum(m.choose[o] for o in first.options_of[w] if first.option_is_open[o])
        left = m.stock[w, i] - first.reserve_units[w, i] * opened
        return sum(m.ship[s, w, d, i] for d in abroad) <= scenario.usable_share[w] * left

    def market(m: Any, s: int, i: int) -> Any:
        wanted = [m.purchase[n] for n in m.N if n[0] == s and n[2] == i]
        can_buy = np.isfinite(recourse.values[s, i, "unmet"].purchase).all()
        most = data.values.purchase_available_units[i] if can_buy else 0.0
        return sum(wanted) <= most if wanted else pyo.Constraint.Skip

    m.balance = pyo.Constraint(m.N, rule=balance)
    m.supply = pyo.Constraint(list(out), rule=supply)
    m.at_home = pyo.Constraint(list(out), rule=at_home)
    m.market = pyo.Constraint(range(len(data.scenarios)), m.I, rule=market)


def _value(m: Any, recourse: _Recourse, criterion: str) -> Any:
    """Expected value of all flows under a criterion."""
    probability = recourse.data.probability
    total: Any = 0
    for s, w, d, i in recourse.flows:
        worth = float(recourse.values[s, i, criterion].ship[w, d])
        if worth:
            total += probability[s] * worth * m.ship[s, w, d, i]
    for s, d, i in recourse.needs:
        values = recourse.values[s, i, criterion]
        total += probability[s] * float(values.unmet[d]) * m.unmet[s, d, i]
        if np.isfinite(values.purchase[d]) and values.purchase[d]:
            total += probability[s] * float(values.purchase[d]) * m.purchase[s, d, i]
    return total


def _finite(value: float | None) -> float | None:
    """A number of the solver, None where it has none."""
    return None if value is None or not np.isfinite(value) else float(value)


def solve_plain(problem: PlacementProblem, gap: float, limit_seconds: float) -> list[PlainStage]:
    """Build, then solve unmet and waiting one after the other.

    Parameters
    ----------
    problem
        The placement problem.
    gap
        Relative gap at which a stage may stop.
    limit_seconds
        Limit of HiGHS on each stage; building and handing over come on top. [s]
    """
    began = time.perf_counter()
    model = build_plain(problem)
    built = time.perf_counter() - began
    found: list[PlainStage] = []
    for stage in STAGES:
        begun = time.perf_counter()
        model.del_component("objective")
        model.objective = pyo.Objective(expr=getattr(model, f"value_{stage}"))
        if found and found[-1].objective is not None:
            most = found[-1].objective * (1 + 1e-4)
            model.limit = pyo.Constraint(expr=model.value_unmet <= most)
        built += time.perf_counter() - begun
        solver = Highs()
        solver.config.load_solution = False
        solver.config.time_limit = limit_seconds
        solver.highs_options = {"mip_rel_gap": gap, "threads": 1}
        timer = HierarchicalTimer()
        begun = time.perf_counter()
        answer = solver.solve(model, timer=timer)
        solved = timer.get_total_time("optimize")
        handed = time.perf_counter() - begun - solved
        best, bound = _finite(answer.best_feasible_objective), _finite(answer.best_objective_bound)
        found.append(PlainStage(stage, best, bound, built, handed, solved))
        built = 0.0
        if best is None:
            break
    return found

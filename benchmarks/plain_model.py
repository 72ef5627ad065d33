"""Placement as a good analyst would write it in an afternoon: one Pyomo model, appsi_highs.

Same numbers as the product's placement (coverage prices left out, which only makes it easier),
indexed rules, dictionaries, one solve for each stage. It is what the product is measured against.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from allocator.engine.placement_data import PlacementProblem
from models.recourse import unit_values

__all__ = ["PlainStage", "build_plain", "solve_plain"]


@dataclass(frozen=True)
class PlainStage:
    """What the plain model reached in a stage; seconds include its building."""

    stage: str
    objective: float | None
    bound: float | None
    seconds: float


def build_plain(problem: PlacementProblem) -> pyo.ConcreteModel:
    """Build the whole two-stage model with plain rules."""
    data, first = problem.data, problem.data.first_stage
    values = {
        (s, i, c): unit_values(data, s, i, c)
        for s in range(len(data.scenarios))
        for i in range(first.item_count)
        for c in ("unmet", "waiting")
    }
    m: Any = pyo.ConcreteModel()
    m.W, m.I = pyo.RangeSet(0, first.warehouse_count - 1), pyo.RangeSet(0, first.item_count - 1)
    m.O = pyo.RangeSet(0, len(first.option_warehouse) - 1)
    m.choose = pyo.Var(m.O, domain=pyo.Binary)
    m.stock = pyo.Var(m.W, m.I, domain=pyo.NonNegativeReals)
    m.buy = pyo.Var(m.W, m.I, domain=pyo.NonNegativeReals)
    flows, needs = [], []
    for s, scenario in enumerate(data.scenarios):
        for i in range(first.item_count):
            ship = values[s, i, "unmet"].ship
            for d in range(len(scenario.district)):
                if scenario.demand_units[d, i] > 0:
                    needs.append((s, d, i))
                    flows += [(s, int(w), d, i) for w in np.flatnonzero(np.isfinite(ship[:, d]))]
    m.F, m.N = pyo.Set(initialize=flows, dimen=4), pyo.Set(initialize=needs, dimen=3)
    m.ship = pyo.Var(m.F, domain=pyo.NonNegativeReals)
    m.purchase = pyo.Var(m.N, domain=pyo.NonNegativeReals)
    m.unmet = pyo.Var(m.N, domain=pyo.NonNegativeReals)
    _add_first_stage(m, problem)
    into: dict[tuple[int, int, int], list[int]] = {}
    out: dict[tuple[int, int, int], list[int]] = {}
    for s, w, d, i in flows:
        into.setdefault((s, d, i), []).append(w)
        out.setdefault((s, w, i), []).append(d)

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
        can_buy = np.isfinite(values[s, i, "unmet"].purchase).all()
        most = data.values.purchase_available_units[i] if can_buy else 0.0
        return sum(wanted) <= most if wanted else pyo.Constraint.Skip

    m.balance = pyo.Constraint(m.N, rule=balance)
    m.supply = pyo.Constraint(list(out), rule=supply)
    m.at_home = pyo.Constraint(list(out), rule=at_home)
    m.market = pyo.Constraint(range(len(data.scenarios)), m.I, rule=market)

    def value(criterion: str) -> Any:
        total: Any = 0
        for s, w, d, i in flows:
            worth = float(values[s, i, criterion].ship[w, d])
            if worth:
                total += data.probability[s] * worth * m.ship[s, w, d, i]
        for s, d, i in needs:
            worth = values[s, i, criterion]
            total += data.probability[s] * float(worth.unmet[d]) * m.unmet[s, d, i]
            if np.isfinite(worth.purchase[d]) and worth.purchase[d]:
                total += data.probability[s] * float(worth.purchase[d]) * m.purchase[s, d, i]
        return total

    m.value_unmet = pyo.Expression(expr=value("unmet"))
    m.value_waiting = pyo.Expression(expr=value("waiting"))
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


def solve_plain(problem: PlacementProblem, gap: float, limit_seconds: float) -> list[PlainStage]:
    """Build, then solve unmet and waiting one after the other, each within its limit."""
    began = time.perf_counter()
    model = build_plain(problem)
    built = time.perf_counter() - began
    found = []
    for stage in ("unmet", "waiting"):
        start = time.perf_counter()
        model.del_component("objective")
        model.objective = pyo.Objective(expr=getattr(model, f"value_{stage}"))
        solver = pyo.SolverFactory("appsi_highs")
        solver.config.load_solution = False
        solver.config.time_limit = limit_seconds
        solver.highs_options = {"mip_rel_gap": gap, "threads": 1}
        answer = solver.solve(model, load_solutions=False)
        problem_facts = answer.problem
        best, bound = problem_facts.upper_bound, problem_facts.lower_bound
        seconds = time.perf_counter() - start + (built if stage == "unmet" else 0.0)
        is_found = best is not None and np.isfinite(best)
        found.append(
            PlainStage(stage, float(best) if is_found else None, float(bound), round(seconds, 1))
        )
        if not is_found:
            break
        model.limit = pyo.Constraint(expr=model.value_unmet <= float(best) * (1 + 1e-4))
    return found

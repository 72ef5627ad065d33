"""Why this warehouse, why not that one: the plan against one in which the choice is forced."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.case import Case
from allocator.engine.dispatch import STAGES
from allocator.engine.dispatch_method import Method
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import dispatch_problem
from allocator.engine.dispatch_restricted import Restricted
from allocator.errors import ConflictError, NotFoundError
from allocator.explain.grounds import Grounds
from allocator.explain.present import present_trips
from allocator.explain.rearranging import Rearranged, Standing, rearrange
from allocator.explain.things import CONVOY, THINGS
from allocator.plan import Plan
from allocator.schema.explanations import Choice
from allocator.solver import LinearProgram, SolveOptions
from allocator.travel import fleet_counts
from models.dispatch_data import TripTable
from models.dispatch_values import DispatchResult, delivered_units

__all__ = ["Asked", "answer_choice"]

Integers = NDArray[np.int64]

_LOCAL_SHARE, _LOCAL_MOST = 0.4, 10.0
"""Part of the time for the plan re-arranged, and its most. [s]"""

_NEIGHBOURS, _OFFERED = 6, 600
"""Further warehouses whose vehicles are free, and departures offered, at most."""

_NAMED = 6
"""Losers and gainers named at most."""


@dataclass(frozen=True)
class Asked:
    """A question about one warehouse and one district.

    Parameters
    ----------
    question
        ``why`` or ``why_not``.
    warehouse, district
        Positions in the case.
    """

    question: str
    warehouse: int
    district: int


def answer_choice(
    case: Case, plan: Plan, scenario: str, asked: Asked, seconds: float
) -> list[Choice]:
    """Force a choice and say what that changes, stage by stage.

    Parameters
    ----------
    case, plan
        The case and a certified plan of it.
    scenario
        Code of the scenario.
    asked
        The question.
    seconds
        Time limit. [s]

    Raises
    ------
    ConflictError
        If the plan does already, or does not, what the question takes for granted.
    """
    placement = plan if plan.has_placement else None
    present = present_trips(case, plan, scenario)
    _check_asked(case, asked, present.warehouse, present.district)
    needs = {(row.district, row.item) for row in case.scenario_demand if row.scenario == scenario}
    grounds = Grounds(case, placement, scenario, needs, present)
    objective = plan.run_info.get("objective", case.settings.objective)
    standing = Standing.of(grounds.true, present, objective)
    home, to = (
        int(np.searchsorted(chosen, place)) if place in chosen else -1
        for chosen, place in (
            (grounds.true.warehouse, asked.warehouse),
            (grounds.true.district, asked.district),
        )
    )
    problem = standing.problem
    trips = np.flatnonzero((problem.warehouse == home) & (problem.district == to))
    if asked.question == "why_not" and len(trips) == 0:
        return [_impossible(case, plan, scenario, asked, _obstacles(grounds, asked))]
    found = _forced(standing, asked.question, home, to, trips, seconds)
    return _rows(case, plan, scenario, asked, standing, found)


def _check_asked(case: Case, asked: Asked, homes: Integers, places: Integers) -> None:
    """Refuse a question whose premise the plan does not fulfil."""
    to = {case.warehouses[w].warehouse for w in homes[places == asked.district].tolist()}
    home = case.warehouses[asked.warehouse].warehouse
    district = case.districts[asked.district].district
    served = ", ".join(sorted(to)) or "none"
    if asked.question == "why" and home not in to:
        raise ConflictError(
            f"warehouse {home!r} sends nothing to district {district!r} under the plan "
            f"(those that do: {served}). Maybe ask --why-not {home}."
        )
    if asked.question == "why_not" and home in to:
        raise ConflictError(
            f"warehouse {home!r} does serve district {district!r} under the plan. "
            f"Maybe ask --why {home}."
        )


@dataclass(frozen=True)
class _Forced:
    """Best forced plan, and what is proven about such plans, by stage."""

    result: DispatchResult | None
    values: dict[str, float]
    bounds: dict[str, float]


def _forced(
    standing: Standing, question: str, home: int, to: int, trips: Integers, seconds: float
) -> _Forced:
    """Find the best plan that does as forced."""
    problem = standing.problem
    begun = time.monotonic()
    free = _free_warehouses(standing, home, to)
    offered = np.flatnonzero((problem.district == to) & np.isin(problem.warehouse, free))
    if len(offered) > _OFFERED:
        offered = offered[np.linspace(0, len(offered) - 1, _OFFERED).astype(np.int64)]
    joined = np.setdiff1d if question == "why" else np.union1d
    offered = joined(offered, trips)

    def force(restricted: Restricted) -> LinearProgram:
        is_asked = np.isin(restricted.trip, trips)
        program = restricted.program
        if question == "why":
            upper = program.column_upper.copy()
            upper[np.flatnonzero(is_asked)] = 0.0
            return replace(program, column_upper=upper)
        return _with_a_load(restricted, is_asked)

    local = min(_LOCAL_SHARE * seconds, _LOCAL_MOST)
    nothing = np.zeros(0, dtype=np.int64)
    near = rearrange(standing, free, offered, nothing, force, local)
    if question == "why_not":
        if near is None or not np.isin(near.result.trip, trips).any():
            return _Forced(None, {}, {})
        return _Forced(near.result, near.values, {})
    return _without_lane(standing, home, to, near, seconds - (time.monotonic() - begun))


def _with_a_load(restricted: Restricted, is_asked: NDArray[np.bool_]) -> LinearProgram:
    """Add the row that at least one unit goes by the trips asked for."""
    program = restricted.program
    count = len(restricted.trip)
    columns = count + np.flatnonzero(is_asked[restricted.load_trip])
    ones = np.ones(len(columns))
    shape = (1, len(program.cost))
    row = sparse.csc_array((ones, (np.zeros(len(columns), dtype=np.int64), columns)), shape=shape)
    return replace(
        program,
        matrix=sparse.vstack([program.matrix, row], format="csc"),
        row_lower=np.append(program.row_lower, 1.0),
        row_upper=np.append(program.row_upper, np.inf),
    )


def _free_warehouses(standing: Standing, home: int, to: int) -> Integers:
    """The warehouse asked about and those that can be at the district first."""
    problem = standing.problem
    trips = np.flatnonzero(problem.district == to)
    first = np.full(problem.data.warehouse_count, np.inf)
    np.minimum.at(first, problem.warehouse[trips], problem.table.unload_end_hours[trips])
    order = np.argsort(first, kind="stable")
    order = order[np.isfinite(first[order])]
    return np.union1d(order[:_NEIGHBOURS], [home])


def _without_lane(
    standing: Standing, home: int, to: int, near: Rearranged | None, seconds: float
) -> _Forced:
    """Plan anew without the lane, and take the better of both plans."""
    data = standing.problem.data
    lane = (data.lane_warehouse == home) & (data.lane_district == to)
    drive = np.where(lane[:, None], np.inf, data.drive_hours)
    problem = dispatch_problem(replace(data, drive_hours=drive))
    heard: list[DispatchOutcome] = []
    options = SolveOptions(gap=0.01, time_limit_seconds=max(1.0, seconds))
    method = Method(problem, STAGES[standing.objective], options, lambda _: None, heard.append)
    outcome = method.run()
    values = {each.stage: each.objective for each in outcome.stages}
    bounds = {each.stage: each.bound for each in outcome.stages}
    if near is not None and _is_better(standing, near.values, values):
        return _Forced(near.result, near.values, bounds)
    result = DispatchResult(
        _same_trips(standing, problem.table, outcome.result.trip), outcome.result.load_units
    )
    return _Forced(result, standing.values_of(result), bounds)


def _same_trips(standing: Standing, table: TripTable, trip: Integers) -> Integers:
    """Positions in the problem of trips of one with fewer lanes."""
    fleets, periods = standing.problem.data.fleet_count, standing.problem.period_count

    def keys(of: TripTable) -> Integers:
        return (of.lane * fleets + of.fleet) * periods + of.start_period

    return np.searchsorted(keys(standing.problem.table), keys(table)[trip])


def _is_better(standing: Standing, one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether one plan's values are better than another's, stage by stage."""
    for stage in STAGES[standing.objective]:
        if abs(one[stage] - other[stage]) > 1e-9 * max(1.0, abs(other[stage])):
            return one[stage] < other[stage]
    return False


def _rows(
    case: Case, plan: Plan, scenario: str, asked: Asked, standing: Standing, found: _Forced
) -> list[Choice]:
    """One row for each stage of the plan."""
    losers = gainers = ""
    if found.result is not None:
        problem = standing.problem
        after = delivered_units(problem.data, problem.table, found.result)
        losers, gainers = changed(case, standing, after - standing.delivered)
    rows = []
    for stage in (row for row in plan.stages if row.part == scenario):
        name = "served_cost" if standing.objective == "cost" else stage.stage
        value = found.values.get(name)
        bound = found.bounds.get(name, stage.bound)
        if value is not None and bound is not None:
            bound = min(value, max(bound, stage.bound or 0.0))
        rows.append(
            Choice(
                scenario=scenario,
                question="why" if asked.question == "why" else "why_not",
                warehouse=case.warehouses[asked.warehouse].warehouse,
                district=case.districts[asked.district].district,
                stage=stage.stage,
                plan_value=stage.objective,
                plan_bound=stage.bound,
                forced_value=value,
                forced_bound=None if value is None else bound,
                difference=None if value is None else value - stage.objective,
                is_distinguishable=_told_apart(stage.objective, value, bound),
                losers=losers,
                gainers=gainers,
            )
        )
    return rows


def _told_apart(plan_value: float, value: float | None, bound: float | None) -> bool | None:
    """Whether the forced plan is known to be worse, or is better."""
    if value is None:
        return None
    slack = 1e-6 * max(1.0, abs(plan_value))
    return value < plan_value - slack or (bound is not None and bound > plan_value + slack)


def changed(case: Case, standing: Standing, change: NDArray[np.float64]) -> tuple[str, str]:
    """Name who gets less and who gets more, the most first.

    Parameters
    ----------
    case
        The case.
    standing
        The plan compared with.
    change
        Units more than under the plan, shape (district, item). [units]
    """
    texts = []
    for sign in (-1.0, 1.0):
        amount = sign * change
        pairs = sorted(np.argwhere(amount > 0.5).tolist(), key=lambda pair: -amount[tuple(pair)])
        named = [
            f"{case.districts[standing.inputs.district[d]].district} {case.items[i].item} "
            f"{amount[d, i]:,.6g}"
            for d, i in pairs[:_NAMED]
        ]
        more = len(pairs) - len(named)
        texts.append("; ".join([*named, f"+{more}"] if more > 0 else named))
    return texts[0], texts[1]


def _obstacles(grounds: Grounds, asked: Asked) -> list[str]:
    """Things whose relaxation alone makes a trip possible."""
    found = []
    if _is_kept_by_convoys(grounds, asked):
        return [CONVOY]
    for thing in THINGS:
        if thing == CONVOY:
            continue
        ground = grounds.get((thing,))
        home, to = ground.warehouse_place[asked.warehouse], ground.district_place[asked.district]
        if home < 0 or to < 0:
            continue
        problem = ground.problem
        trips = np.flatnonzero((problem.warehouse == home) & (problem.district == to))
        stock = grounds.true.held.usable_units[asked.warehouse] > 0
        if len(trips) and problem.leaves[trips[0]] and thing != "home_reserve":
            stock = stock & (grounds.true.held.outside_units[asked.warehouse] > 0)
        fleet = np.asarray(_has_vehicles(grounds, asked.warehouse))
        if thing == "stock":
            stock = np.ones_like(stock)
        if thing == "vehicles":
            fleet = np.ones_like(fleet)
        carries = problem.table.carries[trips][:, stock].any(axis=1)
        if (carries & fleet[problem.table.fleet[trips]]).any():
            found.append(thing)
    return found


def _is_kept_by_convoys(grounds: Grounds, asked: Asked) -> bool:
    """Whether there would be a trip if nobody needed company."""
    true = grounds.true
    if true.data.convoys is None or asked.warehouse not in true.warehouse:
        return False
    home = int(np.searchsorted(true.warehouse, asked.warehouse))
    to = int(np.searchsorted(true.district, asked.district))
    alone = dispatch_problem(replace(true.data, convoys=None))
    return bool(((alone.warehouse == home) & (alone.district == to)).any())


def _has_vehicles(grounds: Grounds, warehouse: int) -> NDArray[np.bool_]:
    """Whether a warehouse has each vehicle kind, shape (fleet,)."""
    return np.asarray(fleet_counts(grounds.case)[0][warehouse] >= 1)


def _impossible(case: Case, plan: Plan, scenario: str, asked: Asked, things: list[str]) -> Choice:
    """Say that no trip is possible, and what would make one."""
    leading = next((row for row in plan.stages if row.part == scenario), None)
    if leading is None:
        raise NotFoundError(f"scenario {scenario!r} has no stages in the plan.")
    return Choice(
        scenario=scenario,
        question="why_not",
        warehouse=case.warehouses[asked.warehouse].warehouse,
        district=case.districts[asked.district].district,
        stage=leading.stage,
        plan_value=leading.objective,
        plan_bound=leading.bound,
        sentence="; ".join(things),
    )

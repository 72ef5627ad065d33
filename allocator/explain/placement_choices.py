"""Why a warehouse is open, or as large as it is, and why not: placements with it held otherwise."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from allocator.case import Case
from allocator.child import ChildOutcome, Ending, run_many
from allocator.engine.crew_options import CrewOptions
from allocator.engine.placement_data import placement_problem
from allocator.engine.placement_options import Option, options_of
from allocator.engine.run_options import RunOptions, engine_case, limit_seconds, solve_options
from allocator.engine.run_tasks import Task, place_task
from allocator.engine.supervision import OnProgress
from allocator.errors import ConflictError, InfeasibleError, NoPlanError, SolveError
from allocator.explain.choices import SLACK
from allocator.plan import PLACEMENT_PART, Plan
from allocator.replay.placement_value import value_placement
from allocator.schema.explanations import Choice
from allocator.schema.network import Warehouse
from allocator.schema.results import Stage
from allocator.solver import Progress
from models.recourse import unit_values

__all__ = ["answer_placement", "by_district_of"]

Alternative = Literal["closed", "other_size", "open"]
Held = frozenset[tuple[str | None, str | None]]

_NAMED = 6
"""Losers and gainers named at most."""

_NOISE = 1e-6
"""Share of all waiting below which a district counts as unchanged."""


def answer_placement(
    case: Case,
    plan: Plan,
    question: Literal["why", "why_not"],
    warehouse: str,
    options: RunOptions,
    on_progress: OnProgress | None = None,
) -> list[Choice]:
    """Place again with one warehouse held otherwise, the rest free.

    Parameters
    ----------
    case, plan
        The case and a certified placement of it.
    question
        ``why``: closed, and at any other size; ``why_not``: open.
    warehouse
        Code of the warehouse.
    options
        Gap, time limit of all solves together, seed, threads, processes.
    on_progress
        Hears which solve runs, and how far it is.

    Returns
    -------
    list
        A row for each alternative and stage.

    Raises
    ------
    ConflictError
        If nothing is decided about the warehouse, or the plan has not what the question says.
    """
    facts = plan.run_info
    reduced = len([row for row in plan.scenario_reduction if row.is_kept]) or None
    asked = replace(options, objective=facts.get("objective"), reduce_to=reduced)
    work = engine_case(case, asked)
    row = case.warehouses[case.warehouse_index()[warehouse]]
    classes = {size.size_class: size for size in case.size_classes}
    chosen = _chosen(plan, row, options_of(row, classes, {}))
    alternatives = _alternatives(row, question, chosen, options_of(row, classes, {}))
    limit = limit_seconds(case, asked, "place")
    side_by_side = min(options.workers, len(alternatives))
    solve = solve_options(case, asked, limit * side_by_side / len(alternatives))
    crew = CrewOptions(max(1, options.workers // side_by_side))
    tasks = [
        Task(work, solve, crew=crew, allowed={warehouse: held}) for held in alternatives.values()
    ]
    names = [f"{warehouse} {name.replace('_', ' ')}" for name in alternatives]

    outcomes = _solved(tasks, names, side_by_side, on_progress)
    bare = _bare(question, warehouse, _standing(plan, chosen, warehouse))
    rows: list[Choice] = []
    for index, alternative in enumerate(alternatives):
        found, reason = _found(work, outcomes[index])
        base = bare.model_copy(update={"alternative": alternative, "reason": reason})
        rows += _rows(work, plan, base, found)
    return rows


def _solved(
    tasks: Sequence[Task], names: Sequence[str], workers: int, on_progress: OnProgress | None
) -> dict[int, ChildOutcome]:
    """Run placements side by side; outcomes by number."""

    def listen(index: int, news: Any) -> None:
        if isinstance(news, Progress) and on_progress is not None:
            on_progress(names[index], news)

    outcomes: dict[int, ChildOutcome] = {}
    running = run_many(
        place_task,
        tasks,
        workers=workers,
        time_limit_seconds=tasks[0].options.time_limit_seconds,
        on_report=listen,
    )
    with contextlib.closing(running):
        for outcome in running:
            outcomes[outcome.index] = outcome
    return outcomes


def _chosen(plan: Plan, row: Warehouse, options: tuple[Option, ...]) -> Option:
    """What the plan makes of a warehouse."""
    if row.state in ("closed", "external"):
        why = {
            "closed": "closed in the case, so it cannot be opened. Maybe make it a candidate",
            "external": "external, so nothing is decided about it. Maybe add --scenario to ask "
            "what it sends",
        }[row.state]
        raise ConflictError(f"warehouse {row.warehouse!r} is {why}.")
    found = [one for one in plan.open_warehouses if one.warehouse == row.warehouse]
    wanted = (found[0].decision, found[0].size_class) if found else (None, None)
    return next(one for one in options if (one.decision, one.size_class) == wanted)


def _alternatives(
    row: Warehouse, question: str, chosen: Option, options: tuple[Option, ...]
) -> dict[Alternative, Held]:
    """What the warehouse is held to, by name."""
    if question == "why_not":
        if chosen.is_open:
            raise ConflictError(
                f"warehouse {row.warehouse!r} is open under the plan. "
                f"Maybe ask --why {row.warehouse}."
            )
        return {"open": _held(one for one in options if one.is_open)}
    if not chosen.is_open:
        raise ConflictError(
            f"warehouse {row.warehouse!r} is not open under the plan. "
            f"Maybe ask --why-not {row.warehouse}."
        )
    found: dict[Alternative, Held] = {
        "closed": _held(one for one in options if not one.is_open),
        "other_size": _held(
            one for one in options if one.is_open and one.volume_m3 != chosen.volume_m3
        ),
    }
    found = {name: held for name, held in found.items() if held}
    if not found:
        raise ConflictError(
            f"warehouse {row.warehouse!r} may neither close nor have another size (can_close, "
            "max_size_class), so that there is no other choice."
        )
    return found


def _held(options: Any) -> Held:
    """Options as they are named."""
    return frozenset((one.decision, one.size_class) for one in options)


def _standing(plan: Plan, chosen: Option, warehouse: str) -> str:
    """What the plan makes of a warehouse: ``open D2 3,150 m3; TENT 30``."""
    if not chosen.is_open:
        return "closed" if chosen.decision == "close" else "not open"
    size = " ".join(filter(None, (chosen.decision, chosen.size_class)))
    stock = [
        f"{row.item} {row.stock_units:,.6g}"
        for row in plan.stock_plan
        if row.warehouse == warehouse and row.stock_units > 0
    ]
    return "; ".join([f"{size} {chosen.volume_m3:,.6g} m3", *stock])


def _found(case: Case, outcome: ChildOutcome) -> tuple[Plan | None, str]:
    """Plan of a solve; else what keeps it from being."""
    if isinstance(outcome.error, InfeasibleError):
        return None, "hard_rules"
    if outcome.error is not None and not isinstance(outcome.error, NoPlanError):
        raise outcome.error
    plan = outcome.result if outcome.result is not None else outcome.best
    if not isinstance(plan, Plan) or not plan.stages:
        if outcome.ending is Ending.CRASHED:
            raise SolveError(f"explain: {outcome.message}")
        return None, ""
    violations = value_placement(case, plan).violations
    if violations:
        raise SolveError(f"explain: a forced placement breaks a rule: {violations[0]}")
    return plan, ""


def _bare(question: Literal["why", "why_not"], warehouse: str, standing: str) -> Choice:
    """What is the same in every row."""
    return Choice(
        question=question,
        warehouse=warehouse,
        alternative="open",
        stage="unmet",
        plan_value=0.0,
        sends=standing,
    )


def _rows(case: Case, plan: Plan, base: Choice, found: Plan | None) -> list[Choice]:
    """One row for each stage of the placement."""
    losers = gainers = ""
    forced = {}
    if found is not None:
        losers, gainers = _changed(case, plan, found)
        forced = {row.stage: row for row in found.stages if row.part == PLACEMENT_PART}
    rows: list[Choice] = []
    for stage in (row for row in plan.stages if row.part == PLACEMENT_PART):
        other = forced.get(stage.stage)
        value = None if other is None else other.objective
        bound = None if other is None else other.bound
        if bound is not None and value is not None:
            # What is forced can only narrow the choice.
            bound = min(value, max(bound, stage.bound or bound)) if not rows else bound
        update = {
            "stage": stage.stage,
            "plan_value": stage.objective,
            "plan_bound": stage.bound,
            "forced_value": value,
            "forced_bound": bound,
            "difference": None if value is None else value - stage.objective,
            "is_distinguishable": _is_apart(stage, value, bound, rows),
            "losers": losers,
            "gainers": gainers,
        }
        rows.append(base.model_copy(update=update))
    return rows if found is not None else rows[:1]


def _is_apart(
    stage: Stage, value: float | None, bound: float | None, earlier: list[Choice]
) -> bool | None:
    """Whether what is proven of plan and forced plan leaves no value to both of them.

    A later stage is bounded for plans that keep the earlier ones: where the forced plan is better
    there, that says nothing of plans like the one asked about.
    """
    if value is None:
        return None
    if any((row.difference or 0.0) < -SLACK * max(1.0, abs(row.plan_value)) for row in earlier):
        return False
    slack = SLACK * max(1.0, abs(stage.objective))
    return bound is not None and bound > stage.objective + slack


def _changed(case: Case, plan: Plan, found: Plan) -> tuple[str, str]:
    """Name the districts that lose and gain most by a forced placement."""
    before, after = by_district_of(case, plan), by_district_of(case, found)
    change = {
        district: (
            after[district][0] - before[district][0],
            after[district][1] - before[district][1],
        )
        for district in {**before, **after}
    }
    least = _NOISE * max(1.0, sum(hours for _, hours in before.values()))
    texts = []
    for sign in (1.0, -1.0):
        named = [
            (district, units, hours)
            for district, (units, hours) in change.items()
            if sign * hours > least
        ]
        named.sort(key=lambda each: (-sign * each[2], each[0]))
        shown = [_told(*each) for each in named[:_NAMED]]
        more = len(named) - len(shown)
        texts.append("; ".join([*shown, f"+{more}"] if more > 0 else shown))
    return texts[0], texts[1]


def _told(district: str, units: float, hours: float) -> str:
    """One district's change; no units where they are the same."""
    goods = f" {units:+,.1f} units" if abs(units) >= 0.05 else ""
    return f"{district}{goods} {hours:+,.0f} unit-h"


def by_district_of(case: Case, plan: Plan) -> Mapping[str, tuple[float, float]]:
    """Return expected units served and weighted unit-hours of waiting per disaster, by district.

    Parameters
    ----------
    case, plan
        The case and a placement of it, with flows of all scenarios. Where it was searched on few of
        many scenarios, only need that is never met counts as waiting.
    """
    served: dict[tuple[str, str, str], float] = defaultdict(float)
    for row in plan.allocations:
        served[row.scenario, row.district, row.item] += row.ship_units
    for bought in plan.purchases:
        served[bought.scenario, bought.district, bought.item] += bought.purchase_units
    chance = {row.scenario: row.probability for row in case.scenarios}
    weight = {row.district: row.priority_weight for row in case.districts}
    worth = {row.item: row.priority_weight for row in case.items}
    need: dict[tuple[str, str, str], float] = defaultdict(float)
    for want in case.scenario_demand:
        need[want.scenario, want.district, want.item] += want.demand_units
    total = {row.district: [0.0, 0.0] for row in case.districts}
    for (scenario, district, item), demand in need.items():
        units = served.get((scenario, district, item), 0.0)
        missing = max(0.0, demand - units) * weight[district] * worth[item]
        total[district][0] += chance[scenario] * units
        total[district][1] += chance[scenario] * missing * case.settings.unmet_hours
    if not plan.scenario_reduction:
        for district, hours in _waited(case, plan):
            total[district][1] += hours
    return {code: (units, hours) for code, (units, hours) in total.items()}


def _waited(case: Case, plan: Plan) -> Iterator[tuple[str, float]]:
    """District and expected weighted unit-hours until each flow of a placement arrives."""
    problem = placement_problem(case)
    data, item = problem.data, case.item_index()
    place = {row.warehouse: w for w, row in enumerate(problem.warehouses)}
    index = case.district_index()
    number = {row.scenario: s for s, row in enumerate(case.scenarios)}
    column = [{int(d): k for k, d in enumerate(one.district)} for one in data.scenarios]
    values = {
        (s, i): unit_values(data, s, i, "waiting")
        for s in range(len(case.scenarios))
        for i in range(len(case.items))
    }
    for flow in plan.allocations:
        s, i = number[flow.scenario], item[flow.item]
        d = column[s][index[flow.district]]
        hours = float(values[s, i].ship[place[flow.warehouse], d])
        yield flow.district, data.scenarios[s].probability * flow.ship_units * hours
    for buy in plan.purchases:
        s, i = number[buy.scenario], item[buy.item]
        hours = float(values[s, i].purchase[column[s][index[buy.district]]])
        yield buy.district, data.scenarios[s].probability * buy.purchase_units * hours

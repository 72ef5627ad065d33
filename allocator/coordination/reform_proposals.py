"""Sets of reforms that a model proposes: networks of all scenarios, against prices of an hour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import comb

import numpy as np

from allocator.coordination.guard_rails import GuardRails
from allocator.coordination.loss import Loss
from allocator.coordination.reform_tables import ReformTables, Table
from allocator.coordination.reformed import Reforms, StepReform, mildness
from allocator.errors import SolveError
from allocator.solver import SolveOptions, solve_model
from models.reforms import (
    LatenessPrice,
    ReformChoice,
    ReformData,
    TimedStep,
    build_reforms,
    exclude,
    lower_envelope,
    read_reforms,
    reformed_end_hours,
)

__all__ = ["lateness_prices", "proposed_reforms"]

_SHIFTS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""By how much releases are moved to find what an hour is worth. [h]"""


def lateness_prices(
    tables: ReformTables, earliest: Table, is_over: Callable[[], bool] = lambda: False
) -> dict[int, LatenessPrice]:
    """What the hours of each release cost, by moving it alone and solving again.

    Parameters
    ----------
    tables
        Hours of release and losses.
    earliest
        No set of reforms releases anything earlier. [h]
    is_over
        Whether time is up; then one move of each release must do.

    Returns
    -------
    dict
        By place in a table: the largest convex function below what was found. Only the relevant
        range is looked at: from ``earliest`` to today.
    """
    prices = {}
    today = tables.today
    for place, (first, now) in enumerate(zip(earliest, today, strict=True)):
        if first >= now:
            continue
        moved = {now - shift for shift in _SHIFTS if now - shift > first} | {first}
        if is_over():
            moved = {first}
        moves = {hour: (*today[:place], hour, *today[place + 1 :]) for hour in moved}
        tables.price(list(moves.values()))
        points = {hour: _worth(tables.loss(table)) for hour, table in moves.items()}
        points[now] = _worth(tables.loss(today))
        hours = np.array(sorted(points))
        prices[place] = lower_envelope(hours, np.array([points[hour] for hour in hours]))
    return prices


def _worth(loss: Loss) -> float:
    """Value that differences are best taken of. [CNY]."""
    return loss.high_cny if loss.relaxed_cny is None else loss.relaxed_cny


def proposed_reforms(
    tables: ReformTables,
    rails: GuardRails,
    allowed: Sequence[StepReform],
    sizes: Iterable[int],
    proposals: int,
    options: SolveOptions,
    is_over: Callable[[], bool] = lambda: False,
) -> list[Reforms]:
    """Return sets that the model proposes.

    Parameters
    ----------
    tables
        Networks, and losses to price an hour of each release with.
    rails
        Guard rails for sets.
    allowed
        Reforms that may be made.
    sizes
        Numbers of changes.
    proposals
        How many sets of at most each size.
    options
        Of the solver.
    is_over
        Whether time is up; then prices of an hour are rougher.

    Raises
    ------
    SolveError
        If the solver fails.
    """
    if not allowed:
        return []
    data, step_of = _reform_data(tables, rails, allowed)
    prices = lateness_prices(tables, _earliest(tables, data, step_of), is_over)
    placed = tuple(
        LatenessPrice(step_of[place], price.slopes, price.intercepts)
        for place, price in prices.items()
    )
    data = ReformData(data.steps, data.choices, placed, data.limits)
    found: list[Reforms] = []
    for most in sizes:
        model = build_reforms(data, most)
        count = sum(comb(len(allowed), size) for size in range(most + 1))
        for _ in range(min(proposals, count)):
            solved = solve_model(model, options)
            if solved.values is None:
                if solved.message:
                    raise SolveError(f"the choice of reforms failed: {solved.message}.")
                break
            made = read_reforms(model)
            found.append(_needed(tables, frozenset(allowed[c] for c in made)))
            exclude(model, made)
    return [one for one in dict.fromkeys(found) if one]


def _needed(tables: ReformTables, reforms: Reforms) -> Reforms:
    """Leave out changes without which everything is released just as early."""
    table = tables.table(reforms)
    for one in sorted(reforms, key=mildness, reverse=True):
        if tables.table(reforms - {one}) == table:
            reforms -= {one}
    return reforms


def _reform_data(
    tables: ReformTables, rails: GuardRails, allowed: Sequence[StepReform]
) -> tuple[ReformData, dict[int, int]]:
    """Networks of all scenarios as arrays, and the step of each place in a table."""
    steps: list[TimedStep] = []
    copies: dict[tuple[str, str], list[int]] = {}
    step_of: dict[int, int] = {}
    for k in range(len(tables.views)):
        places = tables.positions(k)
        for name in tables.procedures:
            network, hours = tables.network(name), tables.present_hours(name)[:, k]
            position = {node.place: len(steps) + n for n, node in enumerate(network.nodes)}
            for node in network.nodes:
                steps.append(
                    TimedStep(
                        float(hours[node.place]) if node.is_enabled else 0.0,
                        tuple(position[one] for one in node.before),
                        node.is_any,
                        tuple(position[one] for one in node.stand_ins),
                    )
                )
                key = name, network.codes[node.place]
                copies.setdefault(key, []).append(position[node.place])
                if key in places:
                    step_of[places[key]] = position[node.place]
    groups = {key: n for n, key in enumerate(copies)}
    choices = tuple(
        ReformChoice(
            groups[one.key],
            tuple(copies[one.key]),
            () if one.kind == "parallel" else _hours(tables, one),
            one.kind == "parallel",
        )
        for one in allowed
    )
    return ReformData(tuple(steps), choices, (), _limits(rails, allowed)), step_of


def _hours(tables: ReformTables, reform: StepReform) -> tuple[float, ...]:
    """Hours of a step after its reform, scenario by scenario. [h]."""
    if reform.kind == "inform":
        return (0.0,) * len(tables.views)
    return tuple(tables.hours_after(reform).tolist())


def _limits(rails: GuardRails, allowed: Sequence[StepReform]) -> tuple[frozenset[int], ...]:
    """Sets of changes that would leave nobody to decide before a release."""
    told = {one.key: c for c, one in enumerate(allowed) if one.kind == "inform"}
    return tuple(
        frozenset(told[last.procedure, step] for step in last.steps)
        for last in rails.last_decisions
        if len(last.steps) > 1 and all((last.procedure, step) in told for step in last.steps)
    )


def _earliest(tables: ReformTables, data: ReformData, step_of: dict[int, int]) -> Table:
    """Hours of release that no set of reforms betters: every step at its shortest, side by side."""
    shortest = [step.duration_hours for step in data.steps]
    beside: set[int] = set()
    for choice in data.choices:
        if choice.is_beside:
            beside.update(choice.steps)
        for n, hours in zip(choice.steps, choice.hours, strict=not choice.is_beside):
            shortest[n] = min(shortest[n], hours)
    quick = ReformData(
        tuple(
            TimedStep(hours, step.before, step.is_any, step.stand_ins)
            for hours, step in zip(shortest, data.steps, strict=True)
        ),
        tuple(ReformChoice(n, (n,), is_beside=True) for n in sorted(beside)),
        (),
    )
    ends = reformed_end_hours(quick, range(len(quick.choices)))
    return tuple(min(now, float(ends[step_of[place]])) for place, now in enumerate(tables.today))

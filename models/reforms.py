"""Which few changes to sign-offs bring goods forward most: timing of networks as linear rows.

AND waits for the latest step before, OR for the first, a bypass may end a step earlier, and a step
beside those before it begins when they begin. All hours only have lower bounds and the price of an
hour is never negative, so that a best solution times the network exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from models.parts.linear import linear

__all__ = [
    "LatenessPrice",
    "ReformChoice",
    "ReformData",
    "TimedStep",
    "build_reforms",
    "exclude",
    "lower_envelope",
    "read_reforms",
    "reformed_end_hours",
]

Floats = NDArray[np.float64]

_SLOPE_NOISE = 1e-12
"""Prices of an hour so much below 0, as a share of the largest, are rounding."""


@dataclass(frozen=True)
class TimedStep:
    """One step of a network.

    Parameters
    ----------
    duration_hours
        As things are, >= 0. [h]
    before
        Positions of the steps it waits for; each smaller than its own.
    is_any
        Whether the first of them will do.
    stand_ins
        Positions of steps that may end it earlier; each smaller than its own.
    """

    duration_hours: float
    before: tuple[int, ...] = ()
    is_any: bool = False
    stand_ins: tuple[int, ...] = ()


@dataclass(frozen=True)
class ReformChoice:
    """One change that may be made, in every copy of its step.

    Parameters
    ----------
    group
        Step that it changes; of one group at most one change is made.
    steps
        Positions of the copies of that step (one a scenario).
    hours
        Duration of each copy after it, 0 to the present one; empty for ``is_beside``. [h]
    is_beside
        Whether the step then begins when the steps before it begin.
    """

    group: int
    steps: tuple[int, ...]
    hours: tuple[float, ...] = ()
    is_beside: bool = False


@dataclass(frozen=True)
class LatenessPrice:
    """What the end of a step costs: a convex, piecewise linear function that never falls.

    Parameters
    ----------
    step
        Position of the step.
    slopes, intercepts
        The cost is the largest of ``slope x hours + intercept``; shapes (piece,), slopes >= 0.
        [CNY/h], [CNY]
    """

    step: int
    slopes: Floats
    intercepts: Floats

    def cost(self, hours: float) -> float:
        """Cost of an end. [CNY]."""
        return float((self.slopes * hours + self.intercepts).max())


@dataclass(frozen=True)
class ReformData:
    """The choice of reforms.

    Parameters
    ----------
    steps
        All steps, each after all that it looks at.
    choices
        Changes that may be made.
    prices
        What ends of steps cost.
    limits
        Sets of changes of which not all may be made.

    Raises
    ------
    ValueError
        If a step looks at a later one, or a change makes a step longer.
    """

    steps: tuple[TimedStep, ...]
    choices: tuple[ReformChoice, ...]
    prices: tuple[LatenessPrice, ...]
    limits: tuple[frozenset[int], ...] = ()

    def __post_init__(self) -> None:
        for n, step in enumerate(self.steps):
            if any(other >= n for other in (*step.before, *step.stand_ins)):
                raise ValueError(f"step {n} looks at one that is not before it. Maybe sort them.")
        for c, choice in enumerate(self.choices):
            for n, hours in zip(choice.steps, choice.hours, strict=not choice.is_beside):
                if hours > self.steps[n].duration_hours:
                    raise ValueError(
                        f"change {c} makes step {n} longer ({hours} h instead of "
                        f"{self.steps[n].duration_hours} h). Maybe leave it out."
                    )

    def is_allowed(self, made: Collection[int]) -> bool:
        """Whether a set of changes has one a step at most and keeps the limits."""
        groups = [self.choices[c].group for c in made]
        return len(set(groups)) == len(groups) and not any(
            limit <= set(made) for limit in self.limits
        )

    def cost(self, made: Collection[int]) -> float:
        """Cost of the ends under a set of changes. [CNY]."""
        ends = reformed_end_hours(self, made)
        return float(sum(price.cost(float(ends[price.step])) for price in self.prices))


def lower_envelope(hours: Floats, costs: Floats, step: int = 0) -> LatenessPrice:
    """Largest convex function that never falls and lies nowhere above some points.

    Parameters
    ----------
    hours, costs
        Points, shape (point,), hours strictly ascending. [h], [CNY]
    step
        Position of the step it is about.
    """
    # What comes later never costs less: a point above a later one is not believed.
    rising = np.minimum.accumulate(costs[::-1])[::-1]
    hull: list[tuple[float, float]] = []
    for point in zip(hours.tolist(), rising.tolist(), strict=True):
        while len(hull) > 1 and _turn(hull[-2], hull[-1], point) <= 0.0:
            hull.pop()
        hull.append(point)
    slopes, intercepts = [0.0], [hull[0][1]]
    for (begin, low), (end, high) in pairwise(hull):
        slope = (high - low) / (end - begin)
        slopes.append(slope)
        intercepts.append(low - slope * begin)
    return LatenessPrice(step, np.array(slopes), np.array(intercepts))


def _turn(first: tuple[float, float], mid: tuple[float, float], last: tuple[float, float]) -> float:
    """Above 0 if the way over three points bends up."""
    rise, run = mid[1] - first[1], mid[0] - first[0]
    return run * (last[1] - first[1]) - rise * (last[0] - first[0])


def reformed_end_hours(data: ReformData, made: Collection[int]) -> Floats:
    """End of each step under a set of changes, shape (step,). [h].

    Parameters
    ----------
    data
        Steps and changes.
    made
        Positions of the changes that are made.
    """
    durations = [step.duration_hours for step in data.steps]
    beside: set[int] = set()
    for c in made:
        choice = data.choices[c]
        if choice.is_beside:
            beside.update(choice.steps)
        for n, hours in zip(choice.steps, choice.hours, strict=not choice.is_beside):
            durations[n] = hours
    begin, end = np.zeros(len(durations)), np.zeros(len(durations))
    for n, step in enumerate(data.steps):
        choose = min if step.is_any else max
        gate = choose((end[p] for p in step.before), default=0.0)
        early = choose((begin[p] for p in step.before), default=0.0) if n in beside else gate
        end[n] = min([max(gate, early + durations[n]), *(end[s] for s in step.stand_ins)])
        begin[n] = min(early, end[n])
    return end


def build_reforms(data: ReformData, most: int) -> pyo.ConcreteModel:
    """Build the choice of at most so many changes that make lateness cheapest.

    Parameters
    ----------
    data
        Steps, changes and prices.
    most
        How many changes may be made.

    Returns
    -------
    ConcreteModel
        With the binaries ``make[c]``; its objective is in units of ``price_unit`` CNY.
    """
    model = pyo.ConcreteModel()
    model.make = pyo.Var(range(len(data.choices)), domain=pyo.Binary)
    model.kept_rules = pyo.ConstraintList()
    model.timing = pyo.ConstraintList()
    model.either = pyo.VarList(domain=pyo.Binary)
    model.gate_hours = pyo.Var(range(len(data.steps)), domain=pyo.NonNegativeReals)
    model.begin_hours = pyo.Var(range(len(data.steps)), domain=pyo.NonNegativeReals)
    model.end_hours = pyo.Var(range(len(data.steps)), domain=pyo.NonNegativeReals)
    _add_limits(model, data, most)
    latest = reformed_end_hours(data, ())
    for n in range(len(data.steps)):
        _add_step(model, data, latest, n)
    _add_lateness(model, data)
    return model


def _add_limits(model: pyo.ConcreteModel, data: ReformData, most: int) -> None:
    """Add ``sum make <= most``, one change a step, and the limits."""
    if not data.choices:
        return
    model.kept_rules.add(sum(model.make[c] for c in model.make) <= most)
    groups: dict[int, list[int]] = {}
    for c, choice in enumerate(data.choices):
        groups.setdefault(choice.group, []).append(c)
    for members in groups.values():
        if len(members) > 1:
            model.kept_rules.add(sum(model.make[c] for c in members) <= 1)
    for limit in data.limits:
        model.kept_rules.add(sum(model.make[c] for c in limit) <= len(limit) - 1)


def _add_step(model: pyo.ConcreteModel, data: ReformData, latest: Floats, n: int) -> None:
    """Add the rows that time one step.

    ``gate >= end of those before``, ``begin >= gate`` (or their begin, if it is beside them),
    ``own >= begin + duration - what the changes save``, ``own >= gate``, ``end >= own`` (or the end
    of a stand-in).
    """
    step, gate, begin = data.steps[n], model.gate_hours[n], model.begin_hours[n]
    if not step.before:
        gate.fix(0.0)
    ends = [model.end_hours[p] for p in step.before]
    _add_join(model, gate, ends, latest[list(step.before)], step)
    changes = [
        (c, choice, choice.steps.index(n))
        for c, choice in enumerate(data.choices)
        if n in choice.steps
    ]
    beside = [model.make[c] for c, choice, _ in changes if choice.is_beside]
    if beside and step.before:
        # Without a change no gate is later than the latest end before it.
        bound = float(latest[list(step.before)].max())
        model.timing.add(begin >= gate - bound * sum(beside))
        begun = [_begun(model, data, latest, p) for p in step.before]
        _add_join(model, begin, begun, latest[list(step.before)], step)
    else:
        model.timing.add(begin >= gate)
    saved = [
        (step.duration_hours - choice.hours[k], model.make[c])
        for c, choice, k in changes
        if not choice.is_beside
    ]
    coefficients, variables = [hours for hours, _ in saved], [made for _, made in saved]
    own: Any = model.end_hours[n]
    if step.stand_ins:
        own = _own_end(model, latest, n, step)
    model.timing.add(
        linear([1.0, -1.0, *coefficients], [own, begin, *variables]) >= step.duration_hours
    )
    model.timing.add(linear([1.0, -1.0], [own, gate]) >= 0.0)


def _own_end(model: pyo.ConcreteModel, latest: Floats, n: int, step: TimedStep) -> Any:
    """Variable of a step's own end, where the end is the earlier of it and of the stand-ins."""
    name = f"own_end_{n}"
    model.add_component(name, pyo.Var(domain=pyo.NonNegativeReals))
    own = model.component(name)
    ends = [own, *(model.end_hours[s] for s in step.stand_ins)]
    # Its own end may be far after the stand-in's; what bounds it is the way without changes.
    bounds = [_latest_own(latest, n, step), *(float(latest[s]) for s in step.stand_ins)]
    _add_first(model, model.end_hours[n], ends, bounds)
    return own


def _latest_own(latest: Floats, n: int, step: TimedStep) -> float:
    """Upper bound of a step's own end: all before it at their latest, and its duration."""
    before = float(latest[list(step.before)].max(initial=0.0))
    return max(before + step.duration_hours, float(latest[n]))


def _begun(model: pyo.ConcreteModel, data: ReformData, latest: Floats, p: int) -> Any:
    """Begin of a step as those beside it see it: a bypass may end it before it has begun."""
    if not data.steps[p].stand_ins:
        return model.begin_hours[p]
    name = f"begun_{p}"
    if model.component(name) is None:
        model.add_component(name, pyo.Var(domain=pyo.NonNegativeReals))
        before = float(latest[list(data.steps[p].before)].max(initial=0.0))
        ends = [model.begin_hours[p], model.end_hours[p]]
        _add_first(model, model.component(name), ends, [before, float(latest[p])])
    return model.component(name)


def _add_join(
    model: pyo.ConcreteModel, hour: Any, awaited: Sequence[Any], bounds: Floats, step: TimedStep
) -> None:
    """Add that an hour is not before all that is awaited, or not before the first of it."""
    if step.is_any and len(awaited) > 1:
        _add_first(model, hour, awaited, bounds.tolist())
        return
    for one in awaited:
        model.timing.add(linear([1.0, -1.0], [hour, one]) >= 0.0)


def _add_first(
    model: pyo.ConcreteModel, hour: Any, awaited: Sequence[Any], bounds: Sequence[float]
) -> None:
    """Add that an hour is not before one of several: ``hour >= one - bound x (1 - either)``."""
    chosen = [model.either.add() for _ in awaited]
    for one, bound, is_it in zip(awaited, bounds, chosen, strict=True):
        model.timing.add(linear([1.0, -1.0, -bound], [hour, one, is_it]) >= -bound)
    model.timing.add(sum(chosen) == 1)


def _add_lateness(model: pyo.ConcreteModel, data: ReformData) -> None:
    """Add ``lateness >= slope x end + intercept`` for every piece, and the sum as the aim."""
    steepest = max((float(price.slopes.max()) for price in data.prices), default=0.0)
    unit = steepest if steepest > 0.0 else 1.0
    model.price_unit = pyo.Param(initialize=unit)
    model.lateness = pyo.Var(range(len(data.prices)), domain=pyo.Reals)
    for k, price in enumerate(data.prices):
        pieces = zip(
            (price.slopes / unit).tolist(), (price.intercepts / unit).tolist(), strict=True
        )
        for slope, intercept in pieces:
            end = model.end_hours[price.step]
            steepness = 0.0 if abs(slope) <= _SLOPE_NOISE else slope
            model.timing.add(linear([1.0, -steepness], [model.lateness[k], end]) >= intercept)
    variables = [model.lateness[k] for k in model.lateness]
    model.aim = pyo.Objective(expr=linear([1.0] * len(variables), variables))


def exclude(model: pyo.ConcreteModel, made: Collection[int]) -> None:
    """Forbid one set of changes, so that the next best is found.

    ``sum (1 - make[c], c made) + sum (make[c], c not made) >= 1``

    Parameters
    ----------
    model
        As built by ``build_reforms``.
    made
        Positions of the changes of the set.
    """
    chosen = set(made)
    signs = [-1.0 if c in chosen else 1.0 for c in model.make]
    variables = [model.make[c] for c in model.make]
    model.kept_rules.add(linear(signs, variables, float(len(chosen))) >= 1.0)


def read_reforms(model: pyo.ConcreteModel) -> tuple[int, ...]:
    """Return the changes that are made, ascending, from a solved model."""
    return tuple(c for c in model.make if pyo.value(model.make[c]) > 0.5)

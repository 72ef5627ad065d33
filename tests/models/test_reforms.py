"""The choice of reforms: timing against the networks, optima against all subsets."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.approvals import Network
from allocator.schema.procedure import ApprovalStep
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

EXACT = SolveOptions(gap=0.0)

HOURS = st.integers(0, 12).map(lambda quarters: quarters / 4)


@st.composite
def reform_problems(draw: st.DrawFn) -> ReformData:
    """Small networks with AND, OR and stand-ins, changes of every sort, and convex prices."""
    steps: list[TimedStep] = []
    for n in range(draw(st.integers(2, 7))):
        earlier = st.lists(st.integers(0, n - 1), max_size=3, unique=True) if n else st.just([])
        before = tuple(sorted(draw(earlier)))
        stand_ins = draw(st.lists(st.integers(0, n - 1), max_size=1)) if n > 1 else []
        steps.append(
            TimedStep(draw(HOURS), before, draw(st.booleans()) and bool(before), tuple(stand_ins))
        )
    choices = [
        ReformChoice(n, (n,), (draw(st.integers(0, 3)) / 4 * step.duration_hours,))
        for n, step in enumerate(steps)
        if draw(st.booleans())
    ]
    choices += [
        ReformChoice(n, (n,), is_beside=True)
        for n, step in enumerate(steps)
        if step.before and draw(st.booleans())
    ]
    prices = tuple(
        LatenessPrice(
            n, np.cumsum([0.0, draw(HOURS), draw(HOURS)]), np.array([0.0, 0.0, -draw(HOURS)])
        )
        for n in sorted({len(steps) - 1, draw(st.integers(0, len(steps) - 1))})
    )
    limits = (frozenset({0, 1}),) if len(choices) > 2 and draw(st.booleans()) else ()
    return ReformData(tuple(steps), tuple(choices), prices, limits)


def best_by_hand(data: ReformData, most: int) -> float:
    """Least cost over all allowed sets of at most so many changes."""
    return min(
        data.cost(made)
        for size in range(most + 1)
        for made in combinations(range(len(data.choices)), size)
        if data.is_allowed(made)
    )


def solved(data: ReformData, most: int) -> tuple[float, tuple[int, ...]]:
    """Cost that the model promises, and the changes it makes."""
    model = build_reforms(data, most)
    result = solve_model(model, EXACT)
    assert result.objective is not None
    return result.objective * float(model.price_unit.value), read_reforms(model)


@settings(max_examples=60)
@given(reform_problems(), st.integers(1, 3))
def test_the_choice_is_the_best_of_all_subsets(data: ReformData, most: int) -> None:
    """The model promises what enumeration finds, and its changes keep that promise."""
    promised, made = solved(data, most)
    best = best_by_hand(data, most)
    assert promised == pytest.approx(best, abs=1e-5)
    assert data.is_allowed(made)
    assert len(made) <= most
    assert data.cost(made) == pytest.approx(best, abs=1e-5)


@settings(max_examples=20)
@given(reform_problems())
def test_exclusions_lead_through_all_sets_by_cost(data: ReformData) -> None:
    """Solving again without the sets found gives the next best, until none is left."""
    allowed = [
        made
        for size in range(3)
        for made in combinations(range(len(data.choices)), size)
        if data.is_allowed(made)
    ]
    costs = sorted(data.cost(made) for made in allowed)
    model, found = build_reforms(data, 2), []
    for _ in costs[:6]:
        if found:
            exclude(model, found[-1])
        solve_model(model, EXACT)
        found.append(read_reforms(model))
    assert len(set(found)) == len(found)
    assert [data.cost(made) for made in found] == pytest.approx(costs[:6], abs=1e-5)


@given(reform_problems(), st.data())
def test_ends_are_those_of_the_sign_off_network(data: ReformData, draw: st.DataObject) -> None:
    """The arrays time a network as ``Network`` does, also with steps beside those before them."""
    made = draw.draw(
        st.sets(st.sampled_from(range(len(data.choices))) if data.choices else st.nothing())
    )
    made = {c for c in made if data.is_allowed({c})}
    groups = {data.choices[c].group: c for c in made}
    assert reformed_end_hours(data, groups.values()) == pytest.approx(
        ends_by_network(data, groups.values())
    )


def ends_by_network(data: ReformData, made: Collection[int]) -> np.ndarray:
    """Ends by the compiled network; a stand-in is a bypass of the one step it ends."""
    rows = [
        ApprovalStep(
            procedure="P",
            step=str(n),
            name=str(n),
            department="D",
            predecessors=";".join(map(str, step.before)),
            join="OR" if step.is_any else "AND",
            duration_hours=step.duration_hours,
        )
        for n, step in enumerate(data.steps)
    ]
    # A step that is a stand-in keeps its own join, which BYPASS would make an AND: a step of no
    # duration behind it stands in.
    rows += [
        ApprovalStep(
            procedure="P",
            step=f"{s}x{n}",
            name="bypass",
            department="D",
            predecessors=str(s),
            join="BYPASS",
            bypasses=str(n),
            duration_hours=0.0,
        )
        for n, step in enumerate(data.steps)
        for s in step.stand_ins
    ]
    hours = {row.step: row.duration_hours for row in rows}
    beside = []
    for c in made:
        choice = data.choices[c]
        if choice.is_beside:
            beside += [str(n) for n in choice.steps]
        hours.update({str(n): h for n, h in zip(choice.steps, choice.hours, strict=False)})
    network = Network(rows, beside)
    ends = network.finish_hours(network.durations(hours))
    return ends[: len(data.steps)]


def test_the_metro_bottleneck_is_the_slowest_of_three_signatures() -> None:
    """Trigger 0.6, three signatures of 1.4, 1.2 and 2 h side by side, notice 0.7: release at 3.3.

    Telling publicity instead of asking it saves 0.6 h, what it takes more than transport; telling
    transport saves nothing; with two changes transport follows, and 0.8 h are saved.
    """
    steps = (
        TimedStep(0.6),
        TimedStep(1.4, (0,)),
        TimedStep(1.2, (0,)),
        TimedStep(2.0, (0,)),
        TimedStep(0.7, (1, 2, 3)),
    )
    choices = tuple(ReformChoice(n, (n,), (0.0,)) for n in (1, 2, 3))
    price = LatenessPrice(4, np.array([100.0]), np.array([0.0]))
    data = ReformData(steps, choices, (price,))
    assert data.cost(()) == pytest.approx(330.0)
    cost, made = solved(data, 1)
    assert (cost, made) == (pytest.approx(270.0), (2,))
    assert data.cost((0,)) == pytest.approx(330.0)
    cost, made = solved(data, 2)
    assert (cost, made) == (pytest.approx(250.0), (0, 2))


def test_a_step_beside_a_bypassed_one_need_not_wait_for_it_to_begin() -> None:
    """Step 2 would begin at 5 and is bypassed at 1; beside it and step 3 (3 h) the last ends at 3.

    One after the other it begins at 3 and takes 2 h.
    """
    steps = (
        TimedStep(5.0),
        TimedStep(1.0),
        TimedStep(1.0, (0,), stand_ins=(1,)),
        TimedStep(3.0),
        TimedStep(2.0, (2, 3)),
    )
    price = LatenessPrice(4, np.array([1.0]), np.array([0.0]))
    data = ReformData(steps, (ReformChoice(4, (4,), is_beside=True),), (price,))
    assert data.cost(()) == pytest.approx(5.0)
    assert solved(data, 1) == (pytest.approx(3.0), (0,))


def test_the_envelope_lies_under_all_points_and_touches_the_convex_ones() -> None:
    """A point above the line of its neighbours is passed below; a fall with the hours is cut."""
    hours, costs = np.array([0.0, 1.0, 2.0, 4.0]), np.array([1.0, 5.0, 3.0, 9.0])
    price = lower_envelope(hours, costs)
    assert [price.cost(hour) for hour in hours] == pytest.approx([1.0, 2.0, 3.0, 9.0])
    assert price.cost(3.0) == pytest.approx(6.0)
    flat = lower_envelope(np.array([0.0, 1.0]), np.array([2.0, 1.0]))
    assert flat.cost(0.0) == pytest.approx(1.0)


def test_a_change_that_takes_longer_is_refused() -> None:
    """Bounds of the model rest on changes that make nothing longer."""
    with pytest.raises(ValueError, match="makes step 0 longer"):
        ReformData((TimedStep(1.0),), (ReformChoice(0, (0,), (2.0,)),), ())

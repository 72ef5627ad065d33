"""Choosing the vehicles of some warehouses anew, by an integer program over few departures."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from allocator.engine import dispatch_reselect
from allocator.engine.dispatch_draft import (
    Draft,
    draft_value,
    empty_draft,
    residual,
    startable,
)
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem, stage_prices
from allocator.engine.dispatch_relaxation import Relaxation
from allocator.engine.dispatch_reselect import reselect
from allocator.engine.dispatch_restricted import restricted_program
from allocator.solver import SolveOptions, solve_program
from models.convoy_rules import ANY_FLEET
from tests.allocator.regional_drafts import (
    SEEDS,
    dived,
    no_resource_is_overdrawn,
    regional,
    relaxed,
)
from tests.models.test_convoys import convoys


def chosen_anew(
    problem: DispatchProblem,
    draft: Draft,
    relaxation: Relaxation,
    warehouses: np.ndarray | None = None,
    heard: list[float] | None = None,
) -> Draft:
    """Better a draft until nothing helps."""
    return reselect(
        problem,
        stage_prices(problem.data, "waiting"),
        draft,
        relaxation,
        target=-np.inf,
        until=time.monotonic() + 60,
        options=SolveOptions(),
        warehouses=warehouses,
        on_better=None if heard is None else heard.append,
    )


def least_value(problem: DispatchProblem) -> float:
    """Value of the best of all drafts."""
    left, trip = residual(problem, empty_draft(problem)), np.arange(problem.trip_count)
    most = startable(problem, left, trip)
    prices = stage_prices(problem.data, "waiting")
    program = restricted_program(problem, prices, left, trip, most, whole=True)
    result = solve_program(program.program, SolveOptions(gap=1e-7))
    assert result.objective is not None
    return result.objective + problem.rest_price(prices)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_better_draft_is_heard_and_keeps_to_the_resources(seed: int) -> None:
    """From nothing whole vehicles come to drive, none without stock, dock or room to unload."""
    problem = regional(seed)
    prices = stage_prices(problem.data, "waiting")
    heard: list[float] = []
    found = chosen_anew(problem, empty_draft(problem), relaxed(problem), heard=heard)
    value = draft_value(problem, prices, found)
    assert value < draft_value(problem, prices, empty_draft(problem))
    assert value >= least_value(problem) * (1 - 1e-6)
    assert heard == sorted(heard, reverse=True)
    assert heard[-1] == pytest.approx(value)
    assert no_resource_is_overdrawn(problem, found)
    assert np.array_equal(found.vehicles, np.rint(found.vehicles))


@pytest.mark.parametrize("seed", SEEDS)
def test_with_everything_to_choose_from_it_finds_the_best_of_all_drafts(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no departure and no load is left out the integer program is the whole problem."""
    for name, everything in (("_USED", -1.0), ("_DEAR", np.inf), ("_CLOSED", 0.0)):
        monkeypatch.setattr(dispatch_reselect, name, everything)
    problem = regional(seed)
    prices = stage_prices(problem.data, "waiting")
    found = chosen_anew(problem, empty_draft(problem), relaxed(problem))
    assert draft_value(problem, prices, found) == pytest.approx(least_value(problem), rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_draft_never_gets_worse(seed: int) -> None:
    """What a dive found is at least as good afterwards."""
    problem = regional(seed)
    prices = stage_prices(problem.data, "waiting")
    relaxation = relaxed(problem)
    draft = dived(problem, relaxation)
    found = chosen_anew(problem, draft, relaxation)
    assert draft_value(problem, prices, found) <= draft_value(problem, prices, draft) * (1 + 1e-9)
    assert no_resource_is_overdrawn(problem, found)


@pytest.mark.parametrize("seed", SEEDS)
def test_vehicles_of_other_warehouses_stay(seed: int) -> None:
    """Where only some warehouses may be chosen anew, the vehicles of the others all drive."""
    problem = regional(seed)
    relaxation = relaxed(problem)
    draft = dived(problem, relaxation)
    homes = problem.warehouse[draft.trip]
    allowed = np.arange(problem.data.warehouse_count) == homes[0]
    found = chosen_anew(problem, draft, relaxation, allowed)
    stay = draft.only(~allowed[homes])
    after = found.only(~allowed[problem.warehouse[found.trip]])
    assert after.trip.tolist() == stay.trip.tolist()
    assert after.vehicles.tolist() == stay.vehicles.tolist()


def test_only_departures_that_matter_are_chosen_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """The integer program has the departures that the linear one uses, and the draft's."""
    sizes: list[tuple[bool, int]] = []
    build = dispatch_reselect.restricted_program

    def noted(*given: object, whole: bool) -> object:
        made = build(*given, whole=whole)  # type: ignore[arg-type]
        sizes.append((whole, len(made.trip)))
        return made

    monkeypatch.setattr(dispatch_reselect, "restricted_program", noted)
    problem = regional(3)
    chosen_anew(problem, empty_draft(problem), relaxed(problem))
    assert sizes[0] == (False, max(size for _, size in sizes))
    assert max(size for whole, size in sizes if whole) < sizes[0][1]


def test_a_draft_that_is_good_enough_comes_back_as_it_is() -> None:
    """At the target, without time, and where no warehouse may be chosen nothing is done."""
    problem = regional(3)
    prices = stage_prices(problem.data, "waiting")
    relaxation = relaxed(problem)
    draft = dived(problem, relaxation)
    value = draft_value(problem, prices, draft)
    rest = {"options": SolveOptions()}
    later, nobody = time.monotonic() + 60, np.zeros(problem.data.warehouse_count, dtype=bool)
    for given in (
        {"target": value, "until": later},
        {"target": -np.inf, "until": 0.0},
        {"target": -np.inf, "until": later, "warehouses": nobody},
    ):
        assert reselect(problem, prices, draft, relaxation, **given, **rest) is draft


def test_convoys_stay_large_enough() -> None:
    """Vehicles that need company are chosen with it, or not at all."""
    data = regional(5).data
    twos = convoys(
        replace(data, vehicles_count=2 * data.vehicles_count, docks=2 * data.docks),
        (ANY_FLEET, 0.0, np.inf, 2),
    )
    problem = dispatch_problem(twos)
    found = chosen_anew(problem, empty_draft(problem), relaxed(problem))
    assert len(found.trip), "somebody must drive, or the test says nothing"
    assert len(problem.convoys) > 0
    assert len(problem.convoys.short(found.departures())) == 0

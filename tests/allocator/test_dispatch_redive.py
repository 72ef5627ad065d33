"""Planning the trips of single warehouses anew, and where a draft falls short of the bound."""

from __future__ import annotations

import time

import numpy as np
import pytest

from allocator.engine import dispatch_redive
from allocator.engine.dispatch_draft import draft_value, empty_draft, residual
from allocator.engine.dispatch_neighbourhoods import Attention, gap_by_warehouse
from allocator.engine.dispatch_problem import stage_prices
from allocator.engine.dispatch_redive import redive
from allocator.solver import SolveOptions
from tests.allocator.regional_drafts import (
    SEEDS,
    dived,
    no_resource_is_overdrawn,
    regional,
    relaxed,
)


@pytest.mark.parametrize("seed", SEEDS)
def test_vehicles_that_are_kept_drive_in_any_case(seed: int) -> None:
    """A dive beside kept vehicles has them all, and books no dock or vehicle twice."""
    problem = regional(seed)
    relaxation = relaxed(problem)
    whole = dived(problem, relaxation)
    kept = whole.only(problem.warehouse[whole.trip] == problem.warehouse[whole.trip[0]])
    found = dived(problem, relaxation, kept)
    place = np.searchsorted(found.trip, kept.trip)
    assert found.trip[place].tolist() == kept.trip.tolist()
    assert found.vehicles[place].tolist() == kept.vehicles.tolist()
    assert no_resource_is_overdrawn(problem, found)


@pytest.mark.parametrize("seed", SEEDS)
def test_redive_replaces_a_warehouse_that_was_left_out(seed: int) -> None:
    """From a plan without the vehicles of one warehouse it finds one as good as the whole."""
    problem = regional(seed)
    prices = stage_prices(problem.data, "waiting")
    relaxation = relaxed(problem)
    whole = dived(problem, relaxation)
    homes = problem.warehouse[whole.trip]
    busiest = np.bincount(homes).argmax()
    poor = whole.only(homes != busiest)
    heard: list[float] = []
    found = redive(
        problem,
        prices,
        poor,
        relaxation,
        target=0.0,
        until=time.monotonic() + 60,
        options=SolveOptions(),
        on_better=heard.append,
    )
    values = [draft_value(problem, prices, draft) for draft in (poor, whole, found)]
    assert values[0] > values[1] * 1.01, "the warehouse must matter, or the test says nothing"
    assert values[2] <= values[1] * (1 + 1e-3)
    assert heard == sorted(heard, reverse=True)
    assert heard[-1] == pytest.approx(values[2])
    assert no_resource_is_overdrawn(problem, found)


def test_where_dives_gain_nothing_integer_programs_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a single dive the plan gets better all the same."""
    monkeypatch.setattr(dispatch_redive, "_TURNS", 0)
    problem = regional(3)
    prices = stage_prices(problem.data, "waiting")
    relaxation, poor = relaxed(problem), empty_draft(problem)
    options, until = SolveOptions(), time.monotonic() + 60
    found = redive(problem, prices, poor, relaxation, target=0.0, until=until, options=options)
    assert draft_value(problem, prices, found) < draft_value(problem, prices, poor)


def test_redive_stops_at_the_target() -> None:
    """A draft that is good enough comes back as it is."""
    problem = regional(3)
    prices = stage_prices(problem.data, "waiting")
    relaxation = relaxed(problem)
    draft = dived(problem, relaxation)
    value = draft_value(problem, prices, draft)
    options, until = SolveOptions(), time.monotonic() + 60
    found = redive(problem, prices, draft, relaxation, target=value, until=until, options=options)
    assert found is draft


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("is_empty", [False, True])
def test_warehouses_and_unmet_need_account_for_the_whole_gap(seed: int, *, is_empty: bool) -> None:
    """Value less bound is that of warehouses, unused receiving, and need unmet below its price."""
    problem = regional(seed)
    prices = stage_prices(problem.data, "waiting")
    relaxation = relaxed(problem)
    draft = empty_draft(problem) if is_empty else dived(problem, relaxation)
    left, duals = residual(problem, draft), relaxation.duals
    below = float(((prices.lost - duals.need) * left.need).sum())
    below += float((duals.receive * np.where(np.isfinite(left.receive), left.receive, 0.0)).sum())
    gap = draft_value(problem, prices, draft) - relaxation.bound()
    parts = float(gap_by_warehouse(problem, prices, draft, duals).sum())
    # The rest is what repairs the prices.
    assert parts + below == pytest.approx(gap, rel=0.02, abs=2e-3 * relaxation.value)


def test_places_tried_in_vain_get_their_turn_less_often() -> None:
    """The chance of a place falls with failures, and all of them failing ends the search."""
    attention = Attention(np.array([100.0, 1.0, 1.0]), seed=0)
    first = [int(attention.choose(1)[0]) for _ in range(20)]
    assert first.count(0) > 15
    for _ in range(12):
        attention.learn(np.array([0]), is_better=False)
    later = [int(attention.choose(1)[0]) for _ in range(20)]
    assert later.count(0) < 10
    assert not attention.is_exhausted
    for _ in range(12):
        attention.learn(np.array([1, 2]), is_better=False)
    assert attention.is_exhausted
    attention.learn(np.array([1]), is_better=True)
    assert not attention.is_exhausted

"""The unmet need in closed form: by hand, and against linear programs on random networks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import optimize

from models.recourse import UnitValues
from models.recourse_network import RecourseNetwork
from models.shortage import scenario_shortage

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def network(
    reach: Flags,
    weight: Floats,
    demand: Floats,
    *,
    abroad: Flags | None = None,
    reserve: Floats | None = None,
    market_units: float = 0.0,
) -> RecourseNetwork:
    """One item; every warehouse is a source and every district a sink."""
    warehouses, districts = reach.shape
    away = np.zeros(reach.shape, dtype=bool) if abroad is None else abroad & reach
    kept = np.zeros(warehouses) if reserve is None else reserve
    has_home = (reach & ~away).any(axis=1)
    split = (kept > 0) & has_home & away.any(axis=1)
    ship = np.where(reach, 0.0, np.inf)
    can_buy = 0.0 if market_units else np.inf
    return RecourseNetwork(
        scenario=0,
        item=0,
        district=np.arange(districts),
        demand_units=demand,
        sink=np.arange(districts),
        sink_units=demand,
        source=np.where(reach.any(axis=1), np.arange(warehouses), -1),
        holds_back=(kept > 0) & (split | ~has_home),
        has_home=has_home,
        is_abroad=away & split[:, None],
        values={"unmet": UnitValues(ship, np.full(districts, can_buy), weight)},
        usable_share=np.ones(warehouses),
        reserve_units=kept,
        market_units=market_units,
    )


def least_unmet(reach: Flags, own: RecourseNetwork, abroad: Flags, stock: Floats) -> float:
    """The same by a linear program, rows from docs/model.md: one column a lane, then purchases."""
    warehouses, districts = reach.shape
    weight = own.values["unmet"].unmet
    lanes = [(w, d) for w in range(warehouses) for d in range(districts) if reach[w, d]]
    columns = [*(d for _, d in lanes), *range(districts)]
    rows, limits = [], []
    for d in range(districts):
        rows.append([float(column == d) for column in columns])
        limits.append(float(own.demand_units[d]))
    for w in range(warehouses):
        free = max(0.0, float(stock[w] - own.reserve_units[w]))
        for kind, limit in ((reach[w], float(stock[w])), (reach[w] & abroad[w], free)):
            rows.append([float(v == w and bool(kind[d])) for v, d in lanes] + [0.0] * districts)
            limits.append(limit)
    rows.append([0.0] * len(lanes) + [1.0] * districts)
    limits.append(own.market_units)
    solved = optimize.linprog([-float(weight[d]) for d in columns], A_ub=rows, b_ub=limits)
    return float(weight @ own.demand_units) + float(solved.fun)


def test_nested_reach_by_hand() -> None:
    """A near warehouse with 30 and one for all with 20 leave 50 of 100, the light 40 first.

    Districts A (60, weight 3; reached by both) and B (40, weight 1; reached by the second alone):
    30 + 20 go to A, so that 10 of A and all of B are unmet: 3 x 10 + 1 x 40 = 70.
    """
    reach = np.array([[True, False], [True, True]])
    own = network(reach, np.array([3.0, 1.0]), np.array([60.0, 40.0]))
    form = scenario_shortage([own])
    assert form is not None
    supplies = form.supplies(np.array([[30.0], [20.0]]), np.ones(2))
    short = form.short_units(supplies)
    assert form.unmet(short) == pytest.approx(70.0)
    # Without the first 40 of A lack, without the second 30; B has nothing either way.
    after = form.unmet(short[:, None] + supplies)
    assert after == pytest.approx([3.0 * 40 + 40, 3.0 * 30 + 40])
    assert form.need_prices(short)[0] == pytest.approx([3.0, 1.0])


def test_too_many_groups_are_left_to_linear_programs() -> None:
    """Six districts with a warehouse each form 64 groups."""
    own = network(np.eye(6, dtype=bool), np.ones(6), np.ones(6))
    assert scenario_shortage([own], 63) is None
    assert scenario_shortage([own], 64) is not None


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000))
def test_the_closed_form_is_the_optimum_and_its_prices_bound_every_stock(seed: int) -> None:
    """It equals a linear program under every loss; its prices never pass the unmet need."""
    draw = np.random.default_rng(seed)
    warehouses, districts = int(draw.integers(1, 5)), int(draw.integers(1, 5))
    reach = draw.random((warehouses, districts)) < 0.6
    abroad = draw.random((warehouses, districts)) < 0.5
    demand = draw.integers(1, 40, districts).astype(float)
    weight = draw.choice([1.0, 2.0, 3.5], districts)
    reserve = draw.integers(0, 12, warehouses) * (draw.random(warehouses) < 0.5)
    bought = float(draw.integers(0, 15)) * float(draw.random() < 0.5)
    own = network(
        reach, weight, demand, abroad=abroad, reserve=reserve.astype(float), market_units=bought
    )
    form = scenario_shortage([own])
    assert form is not None
    stocks = [reserve + draw.integers(0, 50, warehouses).astype(float) for _ in range(3)]
    for stock in stocks:
        supplies = form.supplies(stock[:, None], np.ones(warehouses))
        short = form.short_units(supplies)
        assert form.unmet(short) == pytest.approx(least_unmet(reach, own, abroad, stock), abs=1e-6)
        after = form.unmet(short[:, None] + supplies)
        for w in range(warehouses):
            left = np.where(np.arange(warehouses) == w, 0.0, stock)
            assert after[w] == pytest.approx(least_unmet(reach, own, abroad, left), abs=1e-6)
        price = form.need_prices(short)[0]
        for other in stocks:
            # Weak duality: what a unit of stock is worth at these prices, anywhere and abroad.
            gain = np.where(reach, price, 0.0)
            home = np.where(abroad, 0.0, gain).max(axis=1, initial=0.0)
            away = np.maximum(gain.max(axis=1, initial=0.0) - home, 0.0)
            bound = price @ demand - home @ other - away @ np.maximum(other - reserve, 0.0)
            bound -= bought * price.max(initial=0.0)
            assert bound <= least_unmet(reach, own, abroad, other) + 1e-6

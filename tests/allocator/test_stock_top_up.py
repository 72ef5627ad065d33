"""Whole units bought back after rounding down: within room and budgets, and worth it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.engine.loss_promise import LossPromise
from allocator.engine.placement_data import placement_problem
from allocator.engine.placement_points import plan_point
from allocator.engine.recourse import Recourse
from allocator.engine.stock_top_up import top_up, topped_up
from models.placement_data import PlacementData
from models.valuation import FirstStagePlan, annual_cost_cny, one_off_cost_cny
from tests.random_cases import random_case


def data_of(seed: int) -> PlacementData:
    """A random case with room and money for some more units."""
    data = placement_problem(random_case(seed)).data
    first = dataclasses.replace(
        data.first_stage,
        is_whole=np.ones_like(data.first_stage.is_whole),
        option_volume_m3=data.first_stage.option_volume_m3 + 3.0,
    )
    return dataclasses.replace(data, first_stage=first)


def today(data: PlacementData) -> FirstStagePlan:
    """Today's sizes and half of today's stock, whole."""
    first = data.first_stage
    option = np.array([own[0] for own in first.options_of], dtype=np.int64)
    return FirstStagePlan(option, np.floor(first.today_units / 2))


@given(st.integers(0, 400), st.integers(0, 2**31))
def test_what_is_added_is_whole_affordable_and_no_more_than_was_lost(seed: int, draw: int) -> None:
    """Room and both budgets hold, and items have no more units than were lost."""
    data, random = data_of(seed % 40), np.random.default_rng(draw)
    plan, first = today(data), data.first_stage
    data = dataclasses.replace(
        data,
        first_stage=dataclasses.replace(
            first,
            capital_budget_cny=one_off_cost_cny(data, plan) + random.uniform(0.0, 5000.0),
            annual_budget_cny=annual_cost_cny(data, plan) + random.uniform(0.0, 500.0),
        ),
    )
    lost = random.uniform(0.0, 20.0, first.item_count)
    value = random.uniform(0.0, 1.0, plan.stock_units.shape)
    value *= first.is_decided[:, None] & (random.random(value.shape) < 0.5)
    stock = top_up(data, plan.option, plan.stock_units, lost, value)
    added = stock - plan.stock_units
    assert (added >= 0.0).all()
    assert (added == np.rint(added)).all()
    assert (added[value == 0.0] == 0.0).all()
    assert (added.sum(axis=0) <= np.ceil(lost)).all()
    after = FirstStagePlan(plan.option, stock)
    assert one_off_cost_cny(data, after) <= data.first_stage.capital_budget_cny
    assert annual_cost_cny(data, after) <= data.first_stage.annual_budget_cny
    grown = added.sum(axis=1) > 0
    used = stock @ first.unit_volume_m3
    assert (used <= first.option_volume_m3[plan.option] * (1 + 1e-8))[grown].all()


def test_the_best_unit_for_its_price_comes_first() -> None:
    """Four of 4.2 lost units are bought back, all where they are worth twice as much."""
    data = data_of(3)
    plan, first = today(data), data.first_stage
    ours = np.flatnonzero(first.is_decided)[:2]
    value = np.zeros(plan.stock_units.shape)
    value[ours[0], 0], value[ours[1], 0] = 1.0, 2.0
    free = dataclasses.replace(
        data,
        first_stage=dataclasses.replace(
            first,
            option_volume_m3=first.option_volume_m3 + 1e6,
            capital_budget_cny=np.inf,
            annual_budget_cny=np.inf,
        ),
    )
    lost = np.zeros(first.item_count)
    lost[0] = 4.2
    added = top_up(free, plan.option, plan.stock_units, lost, value) - plan.stock_units
    assert added[ours[1], 0] == 4.0
    assert added.sum() == 4.0


@pytest.mark.parametrize("seed", range(8))
def test_topping_up_never_leaves_more_unmet(seed: int) -> None:
    """Stock only grows, and with it what is served."""
    problem = placement_problem(random_case(seed))
    data = problem.data
    master = LossPromise(problem).master(
        Recourse(data, ["unmet"]).block_scenario.tolist(), ["unmet"]
    )
    plan = today(data)
    whole = plan_point(data, master, plan)
    exact = dataclasses.replace(whole, stock_units=plan.stock_units + 0.6)
    recourse = Recourse(data, ["unmet"])
    after = topped_up(recourse, exact, whole)
    weights = [{"unmet": 1.0}] * len(data.scenarios)
    before, better = recourse.evaluate(whole, weights), recourse.evaluate(after, weights)
    assert better.values.sum() <= before.values.sum() + 1e-9
    assert (after.stock_units >= whole.stock_units).all()

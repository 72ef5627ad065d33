"""Losses of a dispatch under many tables of release hours: exact, rising, and few solves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.approvals import Release, release
from allocator.case import Case
from allocator.coordination.loss import Loss
from allocator.coordination.losses import DispatchLosses
from allocator.coordination.solved_tables import SolvedTables
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_again import DispatchAgain, TableSolution
from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.engine.dispatch_faults import dispatch_faults
from allocator.engine.dispatch_problem import dispatch_problem
from allocator.engine.release_starts import ReleaseStarts
from allocator.engine.run_options import RunOptions
from allocator.schema.procedure import Settings
from allocator.solver import SolveOptions, solve_model
from models.dispatch import build_dispatch
from models.dispatch_data import DispatchData
from models.dispatch_values import DispatchResult
from tests.hub_cases import hand_tables
from tests.random_cases import random_dispatch_case
from tests.tiny import build_case

_HERE = RunOptions(workers=1)


def _table(case: Case, own: float, inside: float, across: float) -> Release:
    """Lanes of the only scenario, released at given hours."""
    hours = {("LOCAL", "1"): own, ("LOCAL", "2"): inside, ("CROSS", "3"): across}
    return release(case, case.scenarios[0]).with_rule_hours(hours)


def _data(case: Case, table: Release) -> DispatchData:
    """The scenario under a table, built from nothing."""
    return build_dispatch_inputs(case, case.scenarios[0].scenario, rules=table).data


def _exact(case: Case, table: Release) -> float:
    """Least loss by the whole model, built from nothing. [CNY]."""
    model = build_dispatch(_data(case, table), "social", {})
    solved = solve_model(model, SolveOptions(gap=1e-9), stage="social")
    assert solved.objective is not None
    return solved.objective


def _losses(case: Case, options: RunOptions = _HERE) -> DispatchLosses:
    """Who knows the losses of the only scenario."""
    return DispatchLosses(case, case.scenarios[0].scenario, None, options)


def _is_exact(loss: Loss, value: float) -> bool:
    """Whether a loss is one value, and that one."""
    ends = [loss.low_cny, loss.high_cny, loss.relaxed_cny]
    return ends == pytest.approx([value] * 3, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_losses_equal_exact_models_that_are_built_anew_for_every_table(seed: int) -> None:
    """One warm session says of each table what the whole model says of it alone."""
    case = random_dispatch_case(seed)
    hours = ((0, 0, 0), (1.2, 3.4, 6), (1.2, 0, 9.5), (4, 5, 6), (30, 30, 30), (0, 8, 1))
    tables = [_table(case, *each) for each in hours]
    found = _losses(case).many(tables)
    assert all(
        _is_exact(each, _exact(case, table)) for each, table in zip(found, tables, strict=True)
    )


_hours = st.floats(0, 12).map(lambda hours: round(hours, 1))
_late = st.lists(st.tuples(_hours, _hours, _hours), min_size=2, max_size=5)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 50), _late)
def test_losses_rise_with_the_hours_of_release(
    seed: int, hours: list[tuple[float, float, float]]
) -> None:
    """Of two tables the one that is nowhere earlier loses at least as much, to the last bit."""
    case = random_dispatch_case(seed)
    found = _losses(case).many([_table(case, *each) for each in hours])
    for one, earlier in zip(hours, found, strict=True):
        for other, later in zip(hours, found, strict=True):
            if all(a <= b for a, b in zip(one, other, strict=True)):
                assert earlier.low_cny <= later.low_cny
                assert earlier.high_cny <= later.high_cny
                assert earlier.relaxed_cny is not None
                assert later.relaxed_cny is not None
                assert earlier.relaxed_cny <= later.relaxed_cny


def test_tables_that_allow_the_same_trips_are_one_solve() -> None:
    """Hours within a period, and hours after the last departure, make no difference."""
    case = random_dispatch_case(1)
    losses = _losses(case)
    same = [(0.4, 1.1, 2.3), (1.0, 1.9, 2.9), (0.1, 2.0, 3.0)]
    found = losses.many([_table(case, *each) for each in same])
    assert (losses.asked, losses.solves) == (3, 1)
    assert found[0] == found[1] == found[2]
    losses(_table(case, 90, 91, 92))
    losses(_table(case, 95, 99, 93))
    assert (losses.asked, losses.solves) == (5, 2)


def test_a_table_whose_loss_follows_from_its_neighbours_is_not_solved() -> None:
    """A plan that waits long enough is best for later releases, too."""
    case = random_dispatch_case(1)
    losses = _losses(case)
    first = losses(_table(case, 90, 90, 90))
    between = losses(_table(case, 80, 90, 90))
    assert losses.solves <= 2
    assert between.high_cny <= first.high_cny


def test_warm_relaxations_equal_cold_ones() -> None:
    """Closing and opening departures of one program gives each table's own relaxed value."""
    case = build_case()
    code = case.scenarios[0].scenario
    row = case.scenarios[0]
    at_once = build_dispatch_inputs(case, code, rules=release(case, row).at_once())
    problem = dispatch_problem(at_once.data)
    starts = ReleaseStarts(at_once, problem)

    def session() -> DispatchAgain:
        again = DispatchAgain(problem, starts, SolveOptions(gap=1e-4))
        again.is_small = False
        return again

    warm = session()
    for hours in ((0, 0, 0), (2, 3, 8), (1, 6, 2), (0, 0, 0), (9, 9, 9), (0, 1, 5)):
        table = starts.of(_table(case, *hours))
        found = warm.solve(table, None, 0.1)
        alone = session().solve(table, None, 0.1)
        assert found.relaxed_cny == pytest.approx(alone.relaxed_cny, rel=1e-6)
        assert found.bound_cny == pytest.approx(found.relaxed_cny, rel=1e-6)
        assert found.bound_cny <= alone.value_cny


def test_departures_of_a_table_are_those_of_the_scenario_built_with_it() -> None:
    """What is closed in the arrays at hand is what does not exist in arrays built anew."""
    case = random_dispatch_case(3)
    row = case.scenarios[0]
    at_once = build_dispatch_inputs(case, row.scenario, rules=release(case, row).at_once())
    starts = ReleaseStarts(at_once, dispatch_problem(at_once.data))
    for hours in ((0, 0, 0), (1.5, 2.5, 7.2), (40, 1, 3)):
        table = _table(case, *hours)
        own = starts.problem(starts.of(table)).table
        is_there = own.carries.any(axis=1)
        alone = dispatch_problem(_data(case, table)).table
        assert np.array_equal(own.start_period[is_there], alone.start_period)
        assert np.array_equal(own.carries[is_there], alone.carries)


def test_a_case_with_hubs_is_dispatched_table_by_table() -> None:
    """The example of the docs: 124 tent-hours of waiting by train and truck."""
    tables = hand_tables()
    tables["Settings"][0]["objective"] = "social"
    case = build_case(tables)
    row = case.scenarios[0]
    losses = _losses(case)
    planned = losses(release(case, row))
    cold = dispatch(case, row.scenario, options=SolveOptions(gap=1e-4, time_limit_seconds=10))
    stage = next(row for row in cold.stages if row.stage == "social")
    assert planned.high_cny == pytest.approx(stage.objective, rel=1e-4)
    assert planned.relaxed_cny is None
    assert planned.waiting_person_hours == pytest.approx(124)
    assert losses.solves == 1


def test_processes_beside_find_the_same_losses() -> None:
    """Two processes from both ends of the tables say what one says."""
    case = random_dispatch_case(2)
    tables = [_table(case, own, inside, 6) for own in (0, 2) for inside in (0, 3, 5)]
    beside = _losses(case, RunOptions(workers=2))
    beside._longest_seconds = 100.0
    beside._workers = 2
    found = beside.many(tables)
    assert len(beside._crew.members) == 2
    beside.close()
    for one, other in zip(found, _losses(case).many(tables), strict=True):
        assert one.high_cny == pytest.approx(other.high_cny, rel=1e-7)
        assert one.low_cny == pytest.approx(other.low_cny, rel=1e-7)


def test_a_process_that_is_lost_leaves_its_tables_to_others() -> None:
    """A table whose process ends before it answers is solved all the same."""
    case = random_dispatch_case(2)
    tables = [_table(case, own, inside, 6) for own in (0, 2) for inside in (0, 3, 5)]
    losses = _losses(case, RunOptions(workers=2))
    losses._longest_seconds = 100.0
    losses._workers = 2
    losses.many(tables[:4])
    for member in losses._crew.members:
        member._child.process.kill()
    found = losses.many(tables)
    losses.close()
    assert all(
        _is_exact(each, _exact(case, table)) for each, table in zip(found, tables, strict=True)
    )


def test_intervals_stand_when_time_is_over() -> None:
    """Without any time every interval still holds the exact loss."""
    case = random_dispatch_case(0)
    losses = _losses(case, RunOptions(workers=1, time_limit_seconds=1e-9))
    tables = [_table(case, own, own, own) for own in (0, 1, 2, 3, 4, 5, 6)]
    found = losses.many(tables)
    assert losses.solves < len(tables)
    for each, table in zip(found, tables, strict=True):
        value = _exact(case, table)
        assert each.low_cny <= value * (1 + 1e-6)
        assert each.high_cny >= value * (1 - 1e-6)


def test_people_wait_by_units_per_person() -> None:
    """Two units that one person waits for are one person's waiting."""
    case = random_dispatch_case(1)
    table = _table(case, 2, 2, 2)
    single = _losses(case)(table)
    items = [row.model_copy(update={"need_units_per_person": 2.0}) for row in case.items]
    double = _losses(case.replace(type(case.items[0]), tuple(items)))(table)
    assert single.waiting_person_hours == pytest.approx(2 * double.waiting_person_hours)
    assert 0 <= single.served_share <= 1


def _solution(bound: float, value: float, *starts: int) -> TableSolution:
    """A made-up solution whose plan leaves at given periods."""
    cells = np.array(starts, dtype=np.int16)
    return TableSolution(bound, value, bound, cells, cells, None, np.zeros(1), value)


def test_bounds_go_to_later_tables_and_plans_to_earlier_ones() -> None:
    """Intervals by hand: two solved tables, and three others that they enclose."""
    solved = SolvedTables(_solution(0, 100, 99, 99))
    early, late = np.array([1, 1], dtype=np.int16), np.array([4, 3], dtype=np.int16)
    solved.add(early, _solution(20, 30, 2, 3))
    solved.add(late, _solution(40, 50, 4, 6))
    intervals = {
        (1, 1): (20, 30),
        (2, 3): (20, 30),
        (3, 1): (20, 50),
        (4, 6): (40, 50),
        (5, 1): (20, 100),
    }
    for starts, (low, high) in intervals.items():
        closed = solved.closed(np.array(starts, dtype=np.int16))
        assert (closed.low_cny, closed.high_cny) == (low, high)
    assert solved.is_enclosed(np.array([3, 2], dtype=np.int16))
    assert not solved.is_enclosed(np.array([5, 1], dtype=np.int16))


def test_a_plan_that_breaks_a_limit_is_found_out() -> None:
    """Each limit is broken by a plan of its own, and named."""
    case = build_case()
    row = case.scenarios[0]
    problem = dispatch_problem(_data(case, _table(case, 0, 0, 0)))
    data, table = problem.data, problem.table
    at_once = build_dispatch_inputs(case, row.scenario, rules=release(case, row).at_once())
    starts = ReleaseStarts(at_once, problem)
    again = DispatchAgain(problem, starts, SolveOptions(gap=1e-4))
    again.is_small = False
    plan = again.solve(starts.of(_table(case, 0, 0, 0)), None, 0.3).result
    assert plan is not None
    assert dispatch_faults(data, table, plan) == []
    late = replace(data, release_hours=data.release_hours + 30)
    assert "release" in dispatch_faults(late, table, plan)
    full = DispatchResult(plan.trip, plan.load_units * 50)
    broken = {"payload", "room", "stock", "home reserve", "need", "receiving"}
    assert broken <= set(dispatch_faults(data, table, full))
    crowd = DispatchResult(np.repeat(plan.trip, 40), np.repeat(plan.load_units, 40, axis=0))
    assert {"docks", "vehicles"} <= set(dispatch_faults(data, table, crowd))
    short = replace(data, deadline_hours=1.0)
    assert "deadline" in dispatch_faults(short, table, plan)


def test_losses_are_those_of_the_objective_social_whatever_the_case_has() -> None:
    """A case that puts lives first loses the same money."""
    case = random_dispatch_case(2)
    lives = case.replace(Settings, (case.settings.model_copy(update={"objective": "lives"}),))
    table = _table(case, 1, 2, 3)
    assert _losses(lives)(table) == _losses(case)(table)

"""Parts of the search for a placement: prices of limits, and moves from one plan to the next."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyomo.environ as pyo
import pytest
from numpy.typing import NDArray

from allocator.engine import branch_and_cut, master, pace, placement, rounding
from allocator.engine.branching import Branch
from allocator.engine.decomposition import StageSearch
from allocator.engine.loss_promise import LossPromise
from allocator.engine.master import Master
from allocator.engine.placement_data import placement_problem
from allocator.engine.placement_points import today_point
from allocator.engine.polishing import polish
from allocator.engine.recourse import Recourse
from allocator.engine.rounding import Rounding
from allocator.engine.site_moves import site_moves
from allocator.solver import SolveOptions, compile_model
from models.first_stage import build_first_stage
from models.placement_data import OBJECTIVES, Criterion, PlacementData
from models.regions import option_regions
from tests.random_cases import random_case


def _waiting_stage(data: PlacementData, limit: float) -> StageSearch:
    """The stage ``waiting`` under a limit on ``unmet``, scaled."""
    criteria: list[Criterion] = ["unmet", "waiting"]
    limits: dict[Criterion, float] = {"unmet": limit}
    recourse, rule = Recourse(data, criteria), OBJECTIVES["lives"][1]
    master = Master(data, recourse.block_scenario.tolist(), criteria)
    master.set_stage(rule, limits)
    return StageSearch(data, master, recourse, rule, limits, 1e-6, np.inf, SolveOptions())


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_kept_limit_has_no_price(is_kept: bool) -> None:
    """Prices of the master stay, but that of a limit the last flows kept is nil."""
    data = placement_problem(random_case(1)).data
    search = _waiting_stage(data, 1e6 if is_kept else -1.0)
    nothing = np.zeros(search.master.session.column_count)
    search.harvest(search.master.point(nothing), search.weights)
    search.master.set_limits({"unmet": 1e6})
    solved = search.solve()
    assert solved is not None
    given = search.master.weights(solved, search.rule)
    for known, own in zip(given, search.prices(solved), strict=True):
        assert own["waiting"] == known["waiting"]
        assert own["unmet"] == (0.0 if is_kept else known["unmet"])


@pytest.mark.parametrize("seed", range(8))
def test_moves_change_one_site_or_exchange_two(seed: int) -> None:
    """Every single change that can be paid for is there; an exchange keeps what was bought."""
    first = placement_problem(random_case(seed)).data.first_stage
    figures = np.stack(
        [first.option_volume_m3, first.option_one_off_cny, first.option_annual_cny], axis=1
    )
    option = np.array([options[-1] for options in first.options_of])
    moves = site_moves(first, option, np.ones(len(figures)))
    for moved in moves:
        assert figures[moved, 1].sum() <= first.capital_budget_cny
        assert figures[moved, 2].sum() <= first.annual_budget_cny
        places = np.flatnonzero(moved != option)
        assert len(places) in (1, 2)
        if len(places) == 2:
            before, after = figures[option[places]], figures[moved[places]]
            assert (before[0] == after[1]).all() or (before[1] == after[0]).all()
    singles = {tuple(moved.tolist()) for moved in moves if (moved != option).sum() == 1}
    for k, w in enumerate(first.option_warehouse.tolist()):
        other = option.copy()
        other[w] = k
        is_paid = figures[other, 1].sum() <= first.capital_budget_cny
        is_paid &= figures[other, 2].sum() <= first.annual_budget_cny
        assert (tuple(other.tolist()) in singles) == bool(is_paid and k != option[w])


def test_moves_stay_where_the_relaxation_is() -> None:
    """Sites that the relaxation leaves as they are get nothing."""
    first = placement_problem(random_case(3)).data.first_stage
    option = np.array([options[0] for options in first.options_of])
    relaxed = np.zeros(len(first.option_warehouse))
    relaxed[option] = 1.0
    assert len(site_moves(first, option, relaxed)) == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_warehouse_kept_in_part_keeps_no_more_of_its_stock(seed: int) -> None:
    """Half open means half of today's stock at most, or half of what has room; whole means all."""
    data = placement_problem(random_case(seed)).data
    first = data.first_stage
    closing = [
        w
        for w, options in enumerate(first.options_of)
        if first.today_units[w].any() and not first.option_is_open[list(options)].all()
    ]
    assert closing
    for w in closing:
        kept = {share: _most_kept(data, w, share) for share in (0.0, 0.5, 1.0)}
        assert (kept[0.0] <= 1e-9).all()
        assert kept[1.0] == pytest.approx(first.today_units[w])
        assert kept[0.5] == pytest.approx(0.5 * kept[1.0])


def _most_kept(data: PlacementData, w: int, share: float) -> NDArray[np.float64]:
    """Most of each item that a warehouse open in part may keep without buying, shape (item,)."""
    first = data.first_stage
    model = build_first_stage(data, [0], ["unmet"])
    today = next(o for o in first.options_of[w] if first.option_is_open[o])
    shut = next(o for o in first.options_of[w] if not first.option_is_open[o])
    for o in first.options_of[w]:
        model.choose_option[o].fix(0.0)
    model.choose_option[today].fix(share)
    model.choose_option[shut].fix(1.0 - share)
    most = []
    for i in range(first.item_count):
        if (w, i) not in model.stock_balance:
            most.append(0.0)
            continue
        model.stock_units[w, i].set_value(0.0)
        model.buy_units[w, i].set_value(0.0)
        most.append(-float(pyo.value(model.stock_balance[w, i].body)))
    return np.array(most)


@pytest.mark.parametrize("seed", range(6))
def test_large_cases_search_otherwise_and_find_the_same(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With plans from rounding alone both stages reach the values of the usual search."""
    problem = placement_problem(random_case(seed))
    promise, options = LossPromise(problem), SolveOptions(gap=1e-6, time_limit_seconds=20.0)
    found = []
    for smallest in (10**9, 0):
        monkeypatch.setattr(branch_and_cut, "_LARGE_COLUMNS", smallest)
        monkeypatch.setattr(master, "_NARROWED_COLUMNS", smallest)
        rules = OBJECTIVES["lives"][:2]
        *_, last = placement._decomposed(problem, promise, rules, options, _Silence(), ())
        found.append(placement._stages(problem.data, last, 1e-6))
    for usual, large in zip(*found, strict=True):
        room = 2 * placement.KEPT * max(1.0, abs(usual.objective))
        assert large.objective == pytest.approx(usual.objective, abs=room), usual.stage


@pytest.mark.parametrize("seed", range(4))
def test_a_relaxation_begun_again_ends_the_same(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Every one is cut short at once, its basis given back, and then it has the time it needs."""
    problem = placement_problem(random_case(seed))
    promise, options = LossPromise(problem), SolveOptions(gap=1e-6, time_limit_seconds=20.0)
    found = []
    for usual in (1e6, 1e-9):
        monkeypatch.setattr(pace, "_SECONDS", usual)
        monkeypatch.setattr(pace, "_TIMES", 0.0)
        rules = OBJECTIVES["lives"][:2]
        *_, last = placement._decomposed(problem, promise, rules, options, _Silence(), ())
        found.append(placement._stages(problem.data, last, 1e-6))
    for patient, hasty in zip(*found, strict=True):
        room = 2 * placement.KEPT * max(1.0, abs(patient.objective))
        assert hasty.objective == pytest.approx(patient.objective, abs=room), patient.stage


def test_a_stage_that_could_only_begin_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second stage took long to begin and little time is left, there is no third one."""
    problem = placement_problem(random_case(1))
    promise, options = LossPromise(problem), SolveOptions(gap=1e-6, time_limit_seconds=20.0)
    monkeypatch.setattr(placement, "_BEGINNING", 1e9)
    rules = OBJECTIVES["lives"]
    found = list(placement._decomposed(problem, promise, rules, options, _Silence(), ()))
    assert [stage.rule.stage for stage in found[-1].reached] == ["unmet", "waiting"]


@pytest.mark.parametrize("seed", range(4))
def test_what_a_column_moves_is_the_region_around_it(seed: int) -> None:
    """Every region lies in the one around it, which is of its kind and twice its size."""
    problem = placement_problem(random_case(seed))
    master = Master(problem.data, [0], ["unmet"])
    first, columns = problem.data.first_stage, master.branching
    regions = option_regions(first)
    for column, around in enumerate(columns.around):
        single = int(columns.option[column])
        own = {single} if single >= 0 else set(regions[column].options)
        assert own <= set(around.tolist())
        assert len(set(first.option_volume_m3[around].tolist())) == 1
        if single >= 0:
            # No smaller region has it, and without any it stands alone.
            sizes = [len(region.options) for region in regions if single in region.options]
            assert len(around) == min(sizes, default=1)
        else:
            is_whole_map = regions[column].level == 0
            assert len(around) == len(own) if is_whole_map else len(around) // 2 <= len(own)


@pytest.mark.parametrize("seed", range(4))
def test_columns_settled_side_by_side_do_not_touch(seed: int) -> None:
    """Of nested regions the first is settled, and no two halves of one region."""
    search = _waiting_stage(placement_problem(random_case(seed)).data, 1e6)
    columns = search.master.branching
    apart = Rounding(search).apart(np.argsort(-columns.weight, kind="stable"))
    moved = np.concatenate([columns.around[k] for k in apart.tolist()])
    assert len(moved) == len(set(moved.tolist()))
    assert set(apart.tolist()) >= set(np.flatnonzero(columns.total).tolist())


def test_a_stage_gives_way_by_half_the_gap() -> None:
    """With a wide gap unmet need may rise for the next stage, but not beyond what was asked."""
    problem = placement_problem(random_case(2))
    promise = LossPromise(problem)
    rules, gap = OBJECTIVES["lives"][:2], 0.2
    tight = SolveOptions(gap=1e-6, time_limit_seconds=20.0)
    wide = SolveOptions(gap=gap, time_limit_seconds=20.0)
    *_, strict = placement._decomposed(problem, promise, rules, tight, _Silence(), ())
    *_, loose = placement._decomposed(problem, promise, rules, wide, _Silence(), ())
    first = placement._stages(problem.data, loose, gap)[0]
    best = placement._stages(problem.data, strict, 1e-6)[0].objective
    assert first.gap is not None
    assert first.gap <= gap
    assert first.objective <= best * (1.0 + placement.GIVES_WAY * gap + 1e-3) + 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_a_master_speaks_in_units_of_the_items(seed: int) -> None:
    """Whatever the solver counts in: values keep the Pyomo rows, and the bound is that of HiGHS."""
    search = _waiting_stage(placement_problem(random_case(seed)).data, 1e6)
    search.relax(None)
    master_ = search.master
    solved = search.solve()
    assert solved is not None
    assert solved.values is not None
    program = compile_model(
        build_first_stage(search.data, search.recourse.block_scenario.tolist(), master_.criteria)
    ).program
    rows = program.matrix @ solved.values
    slack = 1e-6 * (1.0 + abs(program.matrix) @ np.abs(solved.values))
    assert (rows >= program.row_lower - slack).all()
    assert (rows <= program.row_upper + slack).all()
    assert (solved.values <= program.column_upper * (1.0 + 1e-6) + 1e-6).all()
    # The prices that cuts are made at are those of the rows as they are written.
    assert solved.row_duals is not None
    prices = -solved.row_duals[master_.value_row][:, master_.criteria.index("waiting")]
    assert prices.sum() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_columns_settled_together_keep_their_sum(seed: int) -> None:
    """Of each kind as many go up as the shares add up to; one alone goes to the nearest."""
    search = _waiting_stage(placement_problem(random_case(seed)).data, 1e6)
    columns, rng = search.master.branching, np.random.default_rng(seed)
    options = np.flatnonzero(columns.option >= 0)
    chosen = rng.uniform(0.05, 0.95, len(options))
    values = np.zeros(search.master.session.column_count)
    values[search.master.option_column[columns.option[options]]] = chosen
    root = Branch(-np.inf, np.zeros(len(columns.upper)), columns.upper.copy(), 0)
    step = rounding._Step(root, values, options, len(options), 0.0, None)
    settled = Rounding(search)._settle(step)
    assert (settled.lower[options] == settled.upper[options]).all()
    for kind in np.unique(columns.kind[options]):
        alike = columns.kind[options] == kind
        ups = settled.lower[options][alike].sum()
        assert abs(ups - chosen[alike].sum()) <= 0.5 + 1e-9
        assert sorted(chosen[alike][settled.lower[options][alike] > 0.5]) == sorted(
            np.sort(chosen[alike])[len(chosen[alike]) - int(ups) :].tolist()
        )
    single = Rounding(search)._settle(replace(step, count=1))
    assert single.lower[options[0]] == float(chosen[0] >= 0.5)


@pytest.mark.parametrize("seed", range(6))
def test_polishing_from_a_known_plan_never_ends_without_one(seed: int) -> None:
    """Half of the way from a plan that keeps the limits: the first round already has a plan."""
    problem = placement_problem(random_case(seed))
    search = _waiting_stage(problem.data, 1e6)
    known = today_point(problem, search.master)
    assert known is not None
    search.consider(known, search.weights)
    before = search.ceiling()
    search.deadline = 0.0
    polish(search, np.rint(known.choice), known)
    assert search.ceiling() <= before
    assert search.best is not None
    held = search.best.priced.point
    search.deadline = np.inf
    polish(search, np.rint(known.choice), held)
    best = search.ceiling()
    fresh = _waiting_stage(problem.data, 1e6)
    fresh.consider(known, fresh.weights)
    polish(fresh, np.rint(known.choice))
    assert best <= fresh.ceiling() * 1.02 + 1e-6


class _Silence:
    """Report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Forget it."""

    def best(self, plan: object) -> None:
        """Forget it."""

"""Parts of the search for a placement: prices of limits, and moves from one plan to the next."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.engine.decomposition import StageSearch
from allocator.engine.master import Master
from allocator.engine.placement_data import placement_problem
from allocator.engine.recourse import Recourse
from allocator.engine.site_moves import site_moves
from allocator.solver import SolveOptions
from models.placement_data import OBJECTIVES, Criterion, PlacementData
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

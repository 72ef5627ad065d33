"""Scenarios held back, and the expected scenario."""

from __future__ import annotations

import pytest

from allocator.case import Case
from allocator.engine.held_back import only_scenarios, split_scenarios
from allocator.engine.mean_value import MEAN_SCENARIO, mean_case
from allocator.errors import AllocatorError
from allocator.schema.disaster import ScenarioDemand


def test_mean_scenario_has_mean_need_and_mean_damage(tiny_case: Case) -> None:
    """0.6 of the flood and 0.4 of the quake; roads count only where something is needed."""
    mean = mean_case(tiny_case)
    need = {(row.district, row.item): row.demand_units for row in mean.scenario_demand}
    assert need["450102", "TENT"] == pytest.approx(0.6 * 30 + 0.4 * 60)
    assert need["450101", "WATER"] == pytest.approx(0.6 * 400)
    damage = {row.warehouse or row.district: row for row in mean.scenario_damage}
    assert damage["W1"].usable_share == pytest.approx(0.6 + 0.4 * 0.5)
    assert damage["450102"].road_time_factor == pytest.approx(0.6 + 0.4 * 1.5)
    assert not damage["450102"].is_cut_off
    assert [row.scenario for row in mean.scenarios] == [MEAN_SCENARIO]
    assert mean.scenarios[0].order_hours == pytest.approx(
        0.6 * tiny_case.settings.order_hours + 0.4
    )


def test_a_held_back_scenario_leaves_nothing_in_what_is_planned(tiny_case: Case) -> None:
    """Need, damage and probability of the others are gone; the rest adds up to 1."""
    kept = only_scenarios(tiny_case, ["flood"])
    more = [
        row.model_copy(update={"demand_units": 9 * row.demand_units})
        if row.scenario == "quake"
        else row
        for row in tiny_case.scenario_demand
    ]
    changed = tiny_case.replace(ScenarioDemand, more)
    assert only_scenarios(changed, ["flood"]).digest == kept.digest
    assert changed.digest != tiny_case.digest
    assert [row.probability for row in kept.scenarios] == [1.0]
    assert not [row for row in kept.scenario_damage if row.scenario != "flood"]


@pytest.mark.parametrize("folds", [2, 3, 7])
def test_folds_hold_back_each_scenario_once(folds: int) -> None:
    """Every scenario is judged once, by a plan made without it."""
    codes = [f"s{k}" for k in range(7)]
    splits = split_scenarios(codes, hold_back=None, folds=folds, seed=3)
    assert sorted(code for split in splits for code in split.held_back) == codes
    for split in splits:
        assert sorted((*split.planned, *split.held_back)) == codes
        assert split.planned


@pytest.mark.parametrize(
    ("share", "folds", "words"),
    [
        (0.9, None, "leaves none to plan with"),
        (1.0, None, "must be > 0 and < 1"),
        (None, 1, "must be >= 2"),
        (None, 4, "number of scenarios"),
        (0.5, 2, "exclude each other"),
    ],
)
def test_splits_that_cannot_be_are_refused(
    share: float | None, folds: int | None, words: str
) -> None:
    """What cannot be held back is said, with what can."""
    with pytest.raises(AllocatorError, match=words):
        split_scenarios(["a", "b", "c"], hold_back=share, folds=folds, seed=0)

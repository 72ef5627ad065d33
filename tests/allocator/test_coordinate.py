"""All tables of coordination of one case: beside the delay cost, from a plan, in time."""

from __future__ import annotations

from math import fsum

import pytest

from allocator.case import Case
from allocator.coordination import CoordinationOptions, coordinate
from allocator.engine.run_options import RunOptions
from allocator.errors import ConflictError
from allocator.schema import COORDINATION_SHEETS
from allocator.schema.coordination import (
    DelayCost,
    Duty,
    Owner,
    PaperAndWheels,
    ReleaseHours,
    SignOffStep,
    SpeedLoss,
)
from allocator.schema.procedure import Department
from allocator.schema.results import RunInfo
from allocator.solver import Progress
from tests.allocator.coordination_cases import ToyLosses
from tests.allocator.replay_example import build_plan, example_case

QUICK = CoordinationOptions(plans_trips=False, samples=50)


@pytest.fixture(scope="module")
def late_case() -> Case:
    """The tiny case, whose province's offices are late by 1.5 and 2 h."""
    delays = {"CITY_DEM": 0.0, "PROV_DEM": 1.5, "PROV_GOV": 2.0}
    case = example_case()
    return case.replace(
        Department,
        [
            row.model_copy(update={"delay_mean_hours": delays[row.department]})
            for row in case.departments
        ],
    )


def test_every_sheet_comes_in_its_order_with_the_rows_of_all_parts(late_case: Case) -> None:
    """Steps, releases, owners, duties, and paper and wheels of a plan beside the delay cost."""
    plan = build_plan().replace(RunInfo, [RunInfo(name="case_digest", text=late_case.digest)])
    tables = coordinate(late_case, None, plan, QUICK, losses_of=lambda *_: ToyLosses())
    assert [sheet for sheet in COORDINATION_SHEETS if sheet in tables.tables] == list(tables.tables)
    for kind in (DelayCost, SpeedLoss, SignOffStep, ReleaseHours, PaperAndWheels, Owner, Duty):
        assert tables.rows(kind), kind.sheet
    assert {row.scenario for row in tables.rows(Owner)} == {"flood", "quake"}
    critical = {
        row.department: row.criticality
        for row in tables.rows(DelayCost)
        if row.scenario == "any" and row.department in ("CITY_DEM", "PROV_DEM", "PROV_GOV")
    }
    assert critical["CITY_DEM"] == 1.0


def test_cross_province_delay_is_charged_to_both_offices(late_case: Case) -> None:
    """Side by side 2 + 1.5 and 3 + 2 h, then 1 + 2 h: 4 h over, 2 + 2 h of them the government's.

    Release of CROSS/3: 1 + max(2, 3) + 1 = 5 h at the limits, 1 + max(3.5, 5) + 3 = 9 h as it is.
    Within the province nobody is late. PROV_DEM alone: 1 + max(3.5, 3) + 1 = 5.5, loaded at 6 h;
    with PROV_GOV late it changes nothing: half of its 100 CNY.
    """
    tables = coordinate(late_case, ["flood"], None, QUICK, losses_of=lambda *_: ToyLosses())
    rows = {row.department: row for row in tables.rows(DelayCost)}
    assert rows["TOTAL"].share_cny == 400.0
    assert rows["PROV_DEM"].share_cny == pytest.approx(50.0)
    assert rows["PROV_GOV"].share_cny == pytest.approx(350.0)
    assert rows["CITY_DEM"].share_cny == 0.0
    assert rows["PROV_GOV"].overrun_hours == 4.0


def test_a_plan_of_another_case_is_refused(late_case: Case) -> None:
    """The plan says which case it was made from."""
    plan = build_plan().replace(RunInfo, [RunInfo(name="case_digest", text="0" * 64)])
    with pytest.raises(ConflictError, match="another case"):
        coordinate(late_case, None, plan, QUICK, losses_of=lambda *_: ToyLosses())


def test_time_that_is_up_leaves_scenarios_out_and_says_so(late_case: Case) -> None:
    """With no time at all the first scenario has its speeds, the second is left out."""
    said: list[str] = []

    def hear(_part: str, progress: Progress) -> None:
        said.append(progress.note)

    options = CoordinationOptions(time_limit_seconds=1e-6, plans_trips=False, samples=50)
    tables = coordinate(late_case, None, None, options, hear, lambda *_: ToyLosses())
    assert {row.scenario for row in tables.rows(DelayCost)} == {"flood"}
    assert any("1 of 2 scenarios" in note for note in said)
    facts = {row.name: row.text for row in tables.rows(RunInfo)}
    assert "1 of 2 scenarios" in facts["notes"]
    assert int(facts["solved"]) < int(facts["wanted"])


def test_options_of_any_run_will_do() -> None:
    """What they do not say is as usual."""
    told = CoordinationOptions.of(RunOptions(seed=7, workers=1))
    assert (told.seed, told.workers, told.lang) == (7, 1, "en")
    assert CoordinationOptions.of(None) == CoordinationOptions()


def test_dispatches_planned_anew_give_losses_that_rise_and_shares_that_add_up(
    late_case: Case,
) -> None:
    """The tiny quake by the engine itself: speeds in order, shares exact, waiting rises, too."""
    options = CoordinationOptions(plans_trips=False, samples=50, workers=1)
    tables = coordinate(late_case, ["quake"], None, options)
    speeds = tables.rows(SpeedLoss)
    losses = [row.loss_cny for row in speeds]
    assert losses == sorted(losses)
    assert all(row.loss_low_cny <= row.loss_cny <= row.loss_high_cny for row in speeds)
    rows = {row.department: row for row in tables.rows(DelayCost)}
    total = rows.pop("TOTAL")
    assert total.share_cny == losses[2] - losses[1] > 0.0
    assert fsum(row.share_cny for row in rows.values()) == total.share_cny
    assert total.share_person_hours > 0.0
    assert all(row.plus_one_hour_cny is not None for row in rows.values() if row.name)

"""What the reports derive from a case and its plan."""

from __future__ import annotations

import pytest

from allocator.plan import LOCATION_PART, Plan
from allocator.report.assumptions import assumed_rows, assumption_lines
from allocator.report.facts import Facts
from allocator.report.summary import summarise
from allocator.schema.results import Allocation, Responsible, RunInfo, Shortage, Stage
from tests.allocator.report_example import STOCK_UNITS, example_case, needs
from tests.allocator.report_plan_example import example_plan


@pytest.fixture(scope="module")
def facts() -> Facts:
    """The example case and plan."""
    case = example_case()
    return Facts(case, example_plan(case))


def test_served_share_weighs_items_by_priority(facts: Facts) -> None:
    """Weighted by hand from the shortage rows: tents 3.5, water 2, quilts 1."""
    weight = {"TENT12S": 3.5, "QUILT": 1.0, "WATER": 2.0}
    total = sum(weight[item] * units for (_, item), units in needs("rammasun2014").items())
    missing = sum(
        weight[row.item] * row.unmet_units
        for row in facts.plan.shortages
        if row.scenario == "rammasun2014"
    )
    assert facts.served_shares["rammasun2014"] == pytest.approx(1 - missing / total)
    assert facts.served_shares["nesat2011"] == pytest.approx(1.0)
    assert facts.expected_served_share == pytest.approx(
        0.4 * facts.served_shares["rammasun2014"] + 0.6
    )


def test_served_share_without_dispatch_comes_from_allocations() -> None:
    """With 9 of 2600 quilts allocated and nothing else, only those 9 are served."""
    case = example_case()
    placed = Plan(
        {
            Allocation.sheet: (
                Allocation(
                    scenario="nesat2011",
                    warehouse="W450702",
                    district="450521",
                    item="QUILT",
                    ship_units=9,
                ),
            )
        }
    )
    found = Facts(case, placed)
    assert found.scenarios == ("nesat2011",)
    weight = {"TENT12S": 3.5, "QUILT": 1.0, "WATER": 2.0}
    total = sum(weight[item] * units for (_, item), units in needs("nesat2011").items())
    assert found.served_share("nesat2011") == pytest.approx(9 / total)


def test_flows_hold_the_cargo_of_all_trips(facts: Facts) -> None:
    """Volume, trips and hours of the flows add up to those of the trips."""
    flows = facts.flows("rammasun2014")
    trips = facts.trips("rammasun2014")
    assert sum(flow.trips_count for flow in flows) == len(trips)
    assert sum(flow.volume_m3 for flow in flows) == pytest.approx(sum(t.volume_m3 for t in trips))
    assert max(flow.last_hours or 0 for flow in flows) == max(t.unload_end_hours for t in trips)
    assert [flow.volume_m3 for flow in flows] == sorted((f.volume_m3 for f in flows), reverse=True)


def test_closed_and_shut_warehouses_hold_no_stock(facts: Facts) -> None:
    """A closed warehouse shows no stock, an open one its planned volume."""
    by_code = {row.warehouse: row for row in facts.warehouses}
    assert by_code["W451002"].decision == "close"
    assert not by_code["W451002"].holds_stock
    stock = STOCK_UNITS["W450702"]
    expected = 0.22 * stock["TENT12S"] + 0.03 * stock["QUILT"] + 0.015 * stock["WATER"]
    assert by_code["W450702"].used_m3 == pytest.approx(expected)


def test_a_candidate_the_plan_does_not_name_is_shut() -> None:
    """Without decisions, candidates are shut and existing warehouses kept."""
    found = {row.warehouse: row.decision for row in Facts(example_case(), Plan({})).warehouses}
    assert found["W450702"] == "shut"
    assert found["W450103"] == "keep"


def test_equal_trips_make_one_group(facts: Facts) -> None:
    """The groups of a scenario stand for all its trips."""
    groups = facts.trip_groups("rammasun2014")
    count = sum(group.vehicles_count for rows in groups.values() for group in rows)
    assert count == len(facts.trips("rammasun2014"))
    equal = [group for rows in groups.values() for group in rows if group.vehicles_count > 1]
    assert equal


def test_summary_says_certified_only_if_the_replay_did() -> None:
    """Without the mark of the replay, the first line warns."""
    case = example_case()
    plan = example_plan(case)
    assert summarise(Facts(case, plan), "en")[0].figure == "Certified"
    unmarked = plan.replace(RunInfo, [])
    assert summarise(Facts(case, unmarked), "en")[0].figure == "Not certified"
    assert summarise(Facts(case, unmarked), "zh")[0].figure == "未核验"


def test_summary_has_the_same_lines_in_both_languages(facts: Facts) -> None:
    """Neither language leaves out a line or a figure."""
    english, chinese = summarise(facts, "en"), summarise(facts, "zh")
    assert len(english) == len(chinese)
    assert all(line.sentence for line in (*english, *chinese))


def test_summary_counts_shortages_by_reason(facts: Facts) -> None:
    """Thirteen pairs are short, all for want of vehicles."""
    short = [row for row in facts.plan.rows(Shortage) if row.unmet_units > 0]
    line = next(row for row in summarise(facts, "en") if row.topic == "Shortages")
    assert line.figure == f"pairs: {len(short)}"
    assert f"vehicles {len(short)}" in line.sentence


def test_reasons_that_nobody_looked_for_are_not_other_ones(facts: Facts) -> None:
    """A search that is stopped by force leaves no reasons; that is what is said."""
    rows = [row.model_copy(update={"reason": None}) for row in facts.plan.rows(Shortage)]
    told = Facts(facts.case, facts.plan.replace(Shortage, rows))
    line = next(row for row in summarise(told, "en") if row.topic == "Shortages")
    assert "not looked into, as the search was cut short" in line.sentence


def test_assumptions_name_rows_and_single_figures() -> None:
    """Candidates, size classes, items and fleets are assumptions, and so is the price."""
    case = example_case()
    counts = assumed_rows(case)
    assert counts == {"Warehouses": 2, "Size_Classes": 3, "Items": 3, "Fleets": 5}
    lines = assumption_lines(case, "zh")
    price = next(line for line in lines if line.field == "单价")
    assert price.table == "物资"
    assert price.source == "S90 示例来源; S91"
    assert price.note == "市场询价前的估计"
    fleets = next(line for line in lines if line.table == "运力")
    assert "W450103|MT68" in fleets.row_key


def test_an_answered_location_question_is_summed_up() -> None:
    """Two districts of 300,000 and 100,000 people, the larger covered: three quarters."""
    rows = [
        Responsible(
            district="450304",
            warehouse="W450702",
            reach_hours=5.0,
            population_people=300_000,
            is_covered=True,
        ),
        Responsible(district="450181", population_people=100_000, is_covered=False),
    ]
    stage = Stage(part=LOCATION_PART, stage="median", objective=1.0, status="optimal", seconds=0.1)
    found = Facts(example_case(), Plan({"Responsible_Warehouses": tuple(rows), "Stages": (stage,)}))
    assert {r.warehouse: r.decision for r in found.warehouses}["W450702"] == "open"
    assert found.scenarios == ()
    lines = summarise(found, "en")
    covered = next(line for line in lines if line.topic == "Covered people")
    assert covered.figure == "300,000"
    assert "75.0%" in covered.sentence
    assert any("least person-hours" in line.topic for line in lines)

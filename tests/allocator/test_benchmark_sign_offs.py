"""The back-test of sign-off hours: its cases, what it reads off plans, its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from allocator.approvals import release
from allocator.intake import read_case
from allocator.plan import Plan
from allocator.schema.procedure import ApprovalStep
from allocator.schema.results import LoadingLine, Trip
from benchmarks import run
from benchmarks.arguments import DocumentError
from benchmarks.machine import machine_of_today
from benchmarks.sign_off_backtest import VERB, read_sign_offs, way_run
from benchmarks.sign_off_figure import sign_off_figure
from benchmarks.sign_off_hours import CENTRAL_RELEASE, network_hours, sign_off_variants
from benchmarks.sign_off_page import sign_off_page
from benchmarks.wenchuan_case import ARRIVALS, ORDERS, SCENARIO, WAYS, Way, wenchuan_case
from tests.allocator.backtest_runs import base, record

CASE = read_case("jishishan")

RAIL = next(way for way in WAYS if way.rail_share)


def test_orders_are_those_of_the_log() -> None:
    """5,000 tents at 1.5 h, 45,650 at 6.5 h, 10,600 at 12.5 h."""
    found: dict[float, int] = {}
    for order in ORDERS:
        found[order.hours] = found.get(order.hours, 0) + order.tents
    assert found == {1.5: 5_000, 6.5: 45_650, 12.5: 10_600}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_every_way_sends_all_tents_from_the_hour_of_their_order(way: Way) -> None:
    """Stock and need are the orders; rows are valid; nothing is there before its order."""
    case = wenchuan_case(CASE, way)
    whole = sum(order.tents for order in ORDERS)
    assert sum(lot.stock_units for lot in case.stock) == whole
    assert [row.demand_units for row in case.scenario_demand] == [whole]
    for rows in case.tables.values():
        assert [type(row).model_validate(row.model_dump()) for row in rows] == list(rows)
    hours = {f"D{k}": order.hours for k, order in enumerate(ORDERS, start=1)}
    assert all(row.available_from_hours == hours[row.warehouse.rstrip("R")] for row in case.fleets)
    assert release(case, case.scenario(SCENARIO)).rules == ()


def test_what_goes_by_rail_has_trains_alone() -> None:
    """Three quarters of the tents lie where no lorry is; trains know their way and stay there."""
    case = wenchuan_case(CASE, RAIL)
    fleets = {(row.warehouse[-1] == "R", row.fleet) for row in case.fleets}
    assert fleets == {(False, "MT68"), (False, "HT96"), (True, "TRAIN")}
    by_rail = sum(lot.stock_units for lot in case.stock if lot.warehouse.endswith("R"))
    whole = sum(order.tents for order in ORDERS)
    assert by_rail == pytest.approx(0.75 * whole, abs=len(ORDERS))
    xian = next(row for row in case.lanes if row.warehouse == "D1R")
    # 610 km as the crow flies, 1.3 times that by rail, at 50 km/h.
    assert xian.drive_hours == pytest.approx(1.3 * 610 / 50, rel=0.01)


def test_the_network_knows_the_planned_hour_of_the_shipped_case() -> None:
    """4.4 h as planned; simulated hours rise with their share; early orders are rare in it."""
    found = network_hours(CASE)
    assert found.hours["planned"][CENTRAL_RELEASE] == pytest.approx(4.4)
    rising = [found.hours[name][CENTRAL_RELEASE] for name in ("p10", "p50", "p90")]
    assert rising == sorted(rising)
    assert found.share_by(rising[0]) == pytest.approx(0.1, abs=0.01)
    assert found.share_by(0.0) == 0.0


def test_spoken_hours_are_told_where_the_case_has_them() -> None:
    """With 0.1 h for a spoken report of the township the release is 0.4 h earlier; else no row."""
    rows = [
        row.model_copy(update={"verbal_hours": 0.1 if row.step == "1" else None})
        for row in CASE.approval_steps
    ]
    told = network_hours(CASE.replace(ApprovalStep, rows)).hours
    assert told["planned"][CENTRAL_RELEASE] - told["spoken"][CENTRAL_RELEASE] == pytest.approx(0.4)
    silent = [row.model_copy(update={"verbal_hours": None}) for row in rows]
    assert "spoken" not in network_hours(CASE.replace(ApprovalStep, silent)).hours
    page = document()
    page["hours"]["spoken"] = {" ".join(key): hour for key, hour in told["spoken"].items()}
    text = " ".join(sign_off_page(page, record()).split())
    assert "(4.0 h where everybody speaks first)" in text


def test_variants_release_at_the_hours_they_say() -> None:
    """By the network all batches wait for its hour alone; recorded ones keep theirs beside it."""
    found = network_hours(CASE)
    variants = {one.name: one.of(base()) for one in sign_off_variants(found)}
    for name in ("actual", "p10", "p90"):
        hour = found.hours[name][CENTRAL_RELEASE]
        for prefix, later in (("network", 0.0), ("first", 17.0)):
            given = variants[f"{prefix}-{name}"]
            told = release(given.case, given.case.scenarios[0])
            hours = {
                (rule.procedure, rule.release_step): end
                for rule, end in zip(told.rules, told.rule_hours.tolist(), strict=True)
            }
            assert hours[CENTRAL_RELEASE] == pytest.approx(hour)
            assert max(row.available_from_hours for row in given.case.fleets) == later
    assert variants["recorded"].case == base().case


def lorry(name: str, end_hours: float, tents: float) -> tuple[Trip, LoadingLine]:
    """A trip of Wenchuan and its load."""
    fields: dict[str, Any] = dict.fromkeys(
        ("release", "load_start", "depart", "arrive", "return", "latest_load_start"), 0.0
    )
    trip = Trip(
        trip=name,
        scenario=SCENARIO,
        warehouse="D1",
        district="510104",
        fleet="HT96",
        unload_end_hours=end_hours,
        distance_km=1,
        cost_cny=1,
        weight_kg=1,
        volume_m3=1,
        **{f"{key}_hours": hour for key, hour in fields.items()},
    )
    line = LoadingLine(
        trip=name, scenario=SCENARIO, item="TENT12C", load_units=tents, weight_kg=1, volume_m3=1
    )
    return trip, line


def test_tents_are_counted_when_they_are_unloaded() -> None:
    """100 at 24.5 h, 40 more at 24.7 h: counted at the half hour, not before."""
    trips, lines = zip(lorry("a", 24.7, 40), lorry("b", 24.5, 100), strict=True)
    plan = Plan({"Dispatch_Trips": trips, "Loading_List": lines})
    told = way_run(WAYS[0], plan, 1.0)
    assert told.first_hours == 24.5
    assert [told.by(hour) for hour in (24.0, 24.5, 25.0, 120.0)] == [0.0, 100.0, 140.0, 140.0]


def document() -> dict[str, Any]:
    """What the verb prints, with curves that are known."""
    found = network_hours(CASE)
    runs = [
        {
            "name": one.name,
            "about": one.about,
            "seconds": 1.0,
            "gap": 0.01,
            "trips": 9,
            "home": [0.0] + [96_622.5] * 96,
            "central": [0.0] + [133_550.0] * 96,
            "since_order": [0.0] * 97,
            "ordered": [0.0] * 97,
            "by_item": {},
            "vehicles": 5,
            "delay": {"ordered": 2.0},
            "early": [],
        }
        for one in sign_off_variants(found)
    ]
    ways = [
        {
            "name": way.name,
            "about": way.about,
            "seconds": 1.0,
            "trips": 3,
            "first_hours": 21.0,
            "tents": [1_000.0] * 241,
        }
        for way in WAYS
    ]
    return {
        "command": VERB,
        "words": "python benchmarks/run.py sign-offs",
        "case": "jishishan",
        "time_limit_seconds": 20.0,
        "machine": machine_of_today(),
        "hours": {
            speed: {" ".join(key): hour for key, hour in hours.items()}
            for speed, hours in found.hours.items()
        },
        "by_order": {"1.5": 0.0, "9": 0.25},
        "jishishan": runs,
        "wenchuan": ways,
    }


def test_the_page_sets_records_beside_plans() -> None:
    """75 % where the record has 57 %; 1,000 tents where 13,500 had arrived."""
    page = " ".join(sign_off_page(document(), record()).split())
    assert "75 % of Gansu's pieces in hand 33 h after the event, against 57 %" in page
    assert "57 % in the record (+31 %)" in page
    assert "49.5 h: 1,000 by road (-93 %), 1,000 to 1,000 mostly by rail (-93 % to -93 %)" in page
    assert "1.5 h: 0 %, 9 h: 25 %" in page
    for hour, tents in ARRIVALS:
        assert f"{hour:g} h" in page
        assert f"**{tents:,}**" in page


def test_the_picture_shows_what_was_planned_and_what_arrived() -> None:
    """Each record's counts stand at their hours, beside the plan with real order hours."""
    made = document()
    traces = sign_off_figure(read_sign_offs(made), record())["data"]
    points = [
        dict(zip(one["x"], one["y"], strict=True)) for one in traces if one["name"] == "record"
    ]
    assert points[0][33.0] == pytest.approx(57.1, abs=0.1)
    assert points[1] == {hour: float(tents) for hour, tents in ARRIVALS}
    plan = next(one for one in traces if one["name"] == "real order hours")
    assert plan["y"][33] == pytest.approx(75.0)
    ordered = next(one for one in traces if one["name"] == "ordered")
    assert (ordered["x"][-1], ordered["y"][-1]) == (120.0, 61_250.0)


def test_a_document_without_a_part_is_refused() -> None:
    """What lacks Wenchuan is no document of the verb."""
    made = document()
    del made["wenchuan"]
    with pytest.raises(DocumentError, match="wenchuan"):
        read_sign_offs(made)


def test_the_verb_writes_the_page_anew_without_planning(tmp_path: Path) -> None:
    """With --read the page is made of what was measured before."""
    source, page = tmp_path / "runs.json", tmp_path / "page.md"
    source.write_text(json.dumps(document()), encoding="utf-8")
    words = [VERB, "--read", str(source), "--output", str(page), "--no-pictures"]
    assert run.main(words) == 0
    assert page.read_text(encoding="utf-8").startswith("# Back-test of sign-off hours")

"""Figures asked for of dispatch: parts of a case, what is judged, what is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import run, verbs
from benchmarks.case_parts import nearest_part, read_part
from benchmarks.orders_command import OrdersRow, orders_verdict
from benchmarks.target_rows import DISPATCH_TARGETS, Target
from benchmarks.targets import TargetRow, command_verdict

_ASKED = Target(
    "tiny",
    "tiny",
    "3 districts",
    0.05,
    60.0,
    20.0,
    2.0,
    "It is too small.",
    verb="dispatch",
    words=("--scenario", "quake"),
    stages=("waiting",),
    is_whole=False,
)


def row(**changes: object) -> TargetRow:
    """What a command reached."""
    reached = TargetRow(_ASKED, 9.0, 0.3, True, {"waiting": 0.04}, {"waiting": 0.049})
    return replace(reached, **changes)  # type: ignore[arg-type]


def test_a_part_has_districts_of_middling_need_and_the_warehouses_nearest_to_them() -> None:
    """Twenty of fifty districts, forty of two hundred warehouses, all lanes of the others gone."""
    whole = read_part("hongshui")
    part = read_part("hongshui/20x40")
    volume = {item.item: item.volume_m3 for item in whole.items}
    need: dict[str, float] = {}
    for one in whole.scenario_demand:
        need[one.district] = need.get(one.district, 0.0) + one.demand_units * volume[one.item]
    ranked = sorted(need, key=lambda code: -need[code])
    assert {one.district for one in part.districts} == set(ranked[15:35])
    assert len(part.warehouses) == 40
    kept = {one.warehouse for one in part.warehouses}
    assert {one.warehouse for one in part.stock} <= kept
    assert {one.warehouse for one in part.fleets} == kept
    assert {one.district for one in part.scenario_demand} == set(ranked[15:35])
    # Those that stand elsewhere are called on from outside, with a place of their own.
    inside = {one.district for one in part.districts}
    for one in part.warehouses:
        assert one.district in inside or (one.lon is not None and one.state == "external")
    places = {one.district: (one.lon, one.lat) for one in whole.districts}
    points = np.array([places[code] for code in ranked[15:35]])

    def away(code: str) -> float:
        one = next(w for w in whole.warehouses if w.warehouse == code)
        lon, lat = (one.lon, one.lat) if one.lon is not None else places[one.district or ""]
        scale = np.cos(np.radians(lat or 0.0))
        steps = np.hypot((points[:, 0] - (lon or 0.0)) * scale, points[:, 1] - (lat or 0.0))
        return float(steps.mean())

    farthest = max(away(code) for code in kept)
    others = [one.warehouse for one in whole.warehouses if one.warehouse not in kept]
    assert min(away(code) for code in others) >= 0.97 * farthest


def test_a_part_as_large_as_the_case_is_the_case() -> None:
    """Nothing is left out where there is no more."""
    whole = read_part("tiny")
    part = nearest_part(whole, 100, 100)
    assert {one.warehouse for one in part.warehouses} == {one.warehouse for one in whole.warehouses}
    needy = {one.district for one in whole.scenario_demand}
    assert {one.district for one in part.districts} == needy


def test_a_controllable_gap_is_judged_where_it_is_what_is_asked() -> None:
    """The whole gap may be within it or not: that of what a plan can change counts."""
    assert row().is_reached
    (words,) = row(controllable_gaps={"waiting": 0.062}).shortfalls()
    assert words == "waiting controllable 6.2 % instead of 5 %"
    verdict = command_verdict(row())
    assert verdict.asked == "5 % controllable in 60 s, 2 GB"
    assert "waiting controllable 4.9 %" in verdict.found


def test_the_verb_writes_a_page_of_what_commands_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row asked for is one command run, with the scenario and the limit of its row."""
    asked: list[Target] = []

    def measured(target: Target, _tell: object) -> TargetRow:
        asked.append(target)
        return row(target=target)

    monkeypatch.setattr(verbs, "measure_target", measured)
    page = tmp_path / "dispatch.md"
    assert run.main(["dispatch", "--row", "50x200-60s", "--output", str(page)]) == 0
    (target,) = asked
    assert target in DISPATCH_TARGETS
    assert target.verb == "dispatch"
    assert target.words == ("--scenario", "hongshui")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Dispatch: what was asked")
    assert "| 50x200-60s | `hongshui`, 50 districts" in text


def test_orders_are_judged_by_time_trips_and_replay() -> None:
    """Seconds beside what is asked, and whatever else was not as it should be."""
    reached = OrdersRow(10_000, 10_000, 2475, 24.3, 23.0, 0.55, True)
    verdict = orders_verdict(reached)
    assert verdict.found == "10,000 trips on 2,475 pages, 24 s (23 s of CPU), 0.55 GB"
    assert (verdict.asked, verdict.missed) == ("30 s", "")
    slow = replace(reached, seconds=60.0, trips=9_000, certified=False)
    assert orders_verdict(slow).missed == (
        "2.0 x the time; 9,000 trips instead of 10,000; not certified by the replay"
    )
    assert orders_verdict(replace(reached, error="disk full")).missed == "no orders: disk full"


def test_the_verb_measures_orders_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the row of the orders no dispatch runs, and the page has its line."""
    asked: list[int] = []

    def measured(trips: int, _tell: object) -> OrdersRow:
        asked.append(trips)
        return OrdersRow(trips, trips, 2475, 24.3, 23.0, 0.55, True)

    monkeypatch.setattr(verbs, "measure_orders", measured)
    page = tmp_path / "dispatch.md"
    assert run.main(["dispatch", "--row", "orders", "--output", str(page)]) == 0
    assert asked == [10_000]
    text = page.read_text(encoding="utf-8")
    assert "| 30 s | 10,000 trips on 2,475 pages, 24 s (23 s of CPU), 0.55 GB | reached |" in text
    assert "## The commands" not in text


def test_a_small_command_is_measured_whole() -> None:
    """The real command on the tiny case, with its seconds by part."""
    small = replace(_ASKED, case="tiny/3x3", words=("--scenario", "flood", "--no-pictures"))
    scenario = read_part("tiny").scenarios[0].scenario
    small = replace(small, words=("--scenario", scenario, "--no-pictures"), limit_seconds=3.0)
    found = verbs.measure_target(small, lambda _: None)
    assert found.error == ""
    assert found.certified
    assert found.gaps["waiting"] is not None
    assert set(found.notes) >= {"solving_seconds", "publishing_seconds"}

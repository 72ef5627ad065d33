"""The replay's own roads, hours, sign-offs and tails, by hand and against the engine's."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.approvals import finish_hours
from allocator.replay.clock import clock_fault
from allocator.replay.ground import Ground
from allocator.replay.scores import Score, conditional_value_at_risk, join_scenarios
from allocator.schema.procedure import ApprovalStep
from allocator.travel import build_lanes
from tests.tiny import Tables, build_case, build_tables
from tests.tiny_sign_offs import step


def ground(**lanes_of: Any) -> Ground:
    """Ground of the tiny case with other lines in some sheets."""
    return Ground(build_case({**build_tables(), **lanes_of}))


ROADS = [
    # warehouse, district, fleet, distance [km], driving with rests [h]
    ("W1", "450101", "TRUCK", 10, 1 / 6),
    ("W1", "450101", "VAN", 10, 1 / 8),
    ("W1", "450102", "TRUCK", 120, 2),
    ("W1", "450201", "VAN", 320, 6),
    ("W2", "450101", "TRUCK", 300, 5.5),
    ("W3", "450102", "TRUCK", 660, 12),
    ("W3", "450201", "TRUCK", 840, 15.5),
]


@pytest.mark.parametrize(("warehouse", "district", "fleet", "km", "hours"), ROADS)
def test_distances_and_hours_are_those_of_the_table(
    warehouse: str, district: str, fleet: str, km: float, hours: float
) -> None:
    """Great circle times circuity, local distance, rests and told lanes, as listed for tiny."""
    clock = ground().clock
    assert clock.distance_km(warehouse, district, fleet) == pytest.approx(km)
    assert clock.drive_hours(warehouse, district, fleet) == pytest.approx(hours)


def test_a_rest_falls_due_only_before_more_driving() -> None:
    """Exactly two blocks of driving need one rest, a little more needs two."""
    for km, rests in ((480.0, 1), (480.1, 2), (240.0, 0)):
        lane = {"warehouse": "W1", "district": "450201", "distance_km": km}
        clock = ground(Lanes=[lane]).clock
        hours = clock.drive_hours("W1", "450201", "TRUCK")
        assert hours == pytest.approx(km / 60 + 0.5 * rests)


def test_a_lanes_row_with_a_fleet_beats_one_without() -> None:
    """The van's own distance gives its hours; the truck keeps the row without a fleet."""
    both = {"warehouse": "W1", "district": "450201"}
    clock = ground(
        Lanes=[
            {**both, "distance_km": 320, "drive_hours": 6},
            {**both, "fleet": "VAN", "distance_km": 160},
        ]
    ).clock
    assert clock.distance_km("W1", "450201", "VAN") == 160
    assert clock.drive_hours("W1", "450201", "VAN") == 2
    assert clock.drive_hours("W1", "450201", "TRUCK") == 6


def test_rail_needs_a_row_and_is_not_slowed_by_damaged_roads() -> None:
    """A train goes only where a row names it, at the told hours, whatever the roads are like."""
    tables = build_tables()
    tables["Vehicles"][1]["mode"] = "rail"
    tables["Scenario_Damage"][1]["is_cut_off"] = True
    tables["Lanes"].append(
        {"warehouse": "W1", "district": "450102", "fleet": "VAN", "drive_hours": 9}
    )
    clock = Ground(build_case(tables)).clock
    assert not clock.has_lane("W1", "450101", "VAN")
    assert clock.has_lane("W1", "450102", "VAN", "quake")
    assert not clock.has_lane("W1", "450102", "TRUCK", "quake")
    assert clock.has_lane("W1", "450102", "TRUCK", "flood")
    assert clock.drive_hours("W1", "450102", "VAN", "quake") == 9


def test_a_vehicle_leaves_as_a_closure_ends() -> None:
    """Loaded while the lane is closed, away at hour 8, in hand at 24.5; never if it stays shut."""
    clock = ground().clock
    assert clock.is_closed("W3", "450201", "TRUCK", 7)
    assert not clock.is_closed("W3", "450201", "TRUCK", 8)
    assert clock.arrival_hours("flood", "W3", "450201", "TRUCK", 5) == pytest.approx(24.5)
    assert clock.arrival_hours("flood", "W3", "450201", "TRUCK", 9) == pytest.approx(26.5)
    shut = ground(Lanes=[{"warehouse": "W3", "district": "450201", "closed_from_hours": 7}]).clock
    assert math.isinf(shut.arrival_hours("flood", "W3", "450201", "TRUCK", 6))
    assert shut.arrival_hours("flood", "W3", "450201", "TRUCK", 0) == math.inf


def test_without_a_fleets_sheet_every_vehicle_is_everywhere() -> None:
    """A case that says nothing of fleets lets vans leave from W3 at once."""
    clock = ground(Fleets=[]).clock
    arrival = clock.arrival_hours("flood", "W3", "450101", "VAN", 0)
    assert arrival == pytest.approx(1 + 540 / 80)


RELEASES = [
    ("W1", "450101", 0.5),
    ("W1", "450102", 1.5),
    ("W1", "450201", 1.5),
    ("W3", "450101", 5.0),
]


@pytest.mark.parametrize(("warehouse", "district", "hours"), RELEASES)
def test_releases_are_those_of_the_table(warehouse: str, district: str, hours: float) -> None:
    """The narrowest relation picks the procedure, the network gives the hours."""
    assert ground().sign_offs.release_hours("flood", warehouse, district, "TENT") == hours


def test_the_first_fitting_rule_counts_and_none_means_at_once() -> None:
    """Rules are read from the top; level and item group must fit as well."""
    local = {"procedure": "LOCAL", "release_step": "2"}
    rules = [
        {"warehouse_level": "county", "receiver": "any", **local},
        {"warehouse_level": "any", "receiver": "any", "item_group": "food", **local},
        {"warehouse_level": "city", "receiver": "any", "procedure": "CROSS", "release_step": "1"},
        {"warehouse_level": "city", "receiver": "any", **local},
    ]
    sign_offs = ground(Approval_Rules=rules).sign_offs
    assert sign_offs.release_hours("flood", "W2", "450201", "TENT") == 1.5
    assert sign_offs.release_hours("flood", "W1", "450201", "TENT") == 1
    assert sign_offs.release_hours("flood", "W3", "450201", "TENT") == 0


def finish(*steps: dict[str, Any]) -> dict[str, float]:
    """Finish of the steps of one procedure."""
    return ground(Approval_Steps=list(steps)).sign_offs.finish_hours("P")


def sign(code: str, hours: float, before: str = "", join: str = "AND", **more: Any) -> Any:
    """One step of the procedure P."""
    return step("P", code, code, "CITY_DEM", hours, predecessors=before, join=join, **more)


def test_joins_of_sign_offs() -> None:
    """AND waits for the last, OR for the first, START for nobody."""
    base = (sign("a", 1), sign("b", 3, join="START", before="a"))
    assert finish(*base, sign("c", 1, "a;b"))["c"] == 4
    assert finish(*base, sign("c", 1, "a;b", "OR"))["c"] == 2
    assert finish(*base)["b"] == 3


def test_a_bypass_ends_the_last_step_it_stands_in_for() -> None:
    """The bypass takes 2.5 h after a; what follows the bypassed chain begins then."""
    chain = (sign("a", 1), sign("b", 3, "a"), sign("c", 1, "b"), sign("d", 1, "c"))
    assert finish(*chain)["d"] == 6
    by = {"bypasses": "b;c", "join": "BYPASS", "before": "a"}
    found = finish(*chain, sign("x", 2.5, **by))
    assert (found["b"], found["c"], found["d"]) == (4, 3.5, 4.5)
    assert finish(*chain, sign("x", 9, **by))["d"] == 6
    assert finish(*chain, sign("x", 2.5, is_enabled=False, **by))["d"] == 6


def test_a_disabled_step_keeps_its_place_but_takes_no_time() -> None:
    """AND still waits for what comes before; OR leaves it out unless nothing else is left."""
    steps = (sign("a", 1), sign("b", 3, "a", is_enabled=False), sign("e", 5))
    assert finish(*steps, sign("c", 1, "b"))["c"] == 2
    assert finish(*steps, sign("c", 1, "b;e", "OR"))["c"] == 6
    assert finish(*steps, sign("c", 1, "b", "OR"))["c"] == 2


def test_steps_that_wait_for_each_other_never_finish() -> None:
    """A circle gives no release instead of a traceback."""
    assert math.isinf(finish(sign("a", 1, "b"), sign("b", 1, "a"))["a"])


@st.composite
def networks(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Sign-off networks of up to eight steps whose predecessors come before them."""
    steps = []
    count = draw(st.integers(1, 8))
    for k in range(count):
        before = draw(st.sets(st.integers(0, k - 1), max_size=3)) if k else set()
        join = draw(st.sampled_from(["AND", "OR", "START"]))
        steps.append(
            sign(
                str(k),
                draw(st.integers(0, 9)) / 2,
                ";".join(str(b) for b in sorted(before)),
                join,
                is_enabled=draw(st.booleans()),
            )
        )
    return steps


@given(networks())
def test_sign_offs_agree_with_the_engine(steps: list[dict[str, Any]]) -> None:
    """Two independent readings of the network give the same hours."""
    theirs = finish_hours([ApprovalStep.model_validate(line) for line in steps])
    assert finish(*steps) == theirs


@st.composite
def geographies(draw: st.DrawFn) -> Tables:
    """The tiny case with other speeds, damage, rows of lanes, closures and waits."""
    tables = build_tables()
    quarter = st.integers(0, 40).map(lambda k: k / 4)
    for line in tables["Vehicles"]:
        line.update(speed_kmh=draw(st.integers(30, 90)), load_hours=draw(quarter) / 4)
        line.update(driving_block_hours=draw(st.sampled_from([0, 2, 4])))
        line.update(mode=draw(st.sampled_from(["road", "rail"])))
    for line in tables["Fleets"]:
        line.update(available_from_hours=draw(quarter), vehicles_count=draw(st.integers(0, 2)))
    tables["Scenario_Damage"][1].update(
        road_time_factor=1 + draw(quarter) / 10, is_cut_off=draw(st.booleans())
    )
    lanes = []
    keys = set()
    for _ in range(draw(st.integers(0, 4))):
        warehouse = draw(st.sampled_from(["W1", "W2", "W3"]))
        district = draw(st.sampled_from(["450101", "450102", "450201"]))
        fleet = draw(st.sampled_from([None, "TRUCK", "VAN"]))
        if (warehouse, district, fleet) in keys:
            continue
        keys.add((warehouse, district, fleet))
        start = draw(st.none() | quarter)
        lanes.append(
            {
                "warehouse": warehouse,
                "district": district,
                "fleet": fleet,
                "distance_km": draw(st.none() | st.integers(20, 900)),
                "drive_hours": draw(st.none() | quarter.map(lambda hours: hours + 0.25)),
                "closed_from_hours": start,
                "closed_to_hours": None if start is None else start + draw(quarter),
            }
        )
    tables["Lanes"] = lanes
    return tables


@given(geographies())
def test_lanes_and_arrivals_agree_with_the_engine(tables: Tables) -> None:
    """Two independent readings of roads, closures and waits give the same lanes and arrivals."""
    case = build_case(tables)
    found = Ground(case)
    for scenario in case.scenarios:
        lanes = build_lanes(case, scenario)
        arrivals = lanes.arrival_hours()
        theirs = {
            (int(w), int(d)): float(arrivals[k].min())
            for k, (w, d) in enumerate(zip(lanes.warehouse, lanes.district, strict=True))
        }
        for w, warehouse in enumerate(case.warehouses):
            for d, district in enumerate(case.districts):
                pair = (warehouse.warehouse, district.district)
                release = found.sign_offs.release_hours(scenario.scenario, *pair, "TENT")
                arrival = min(
                    (
                        found.clock.arrival_hours(scenario.scenario, *pair, fleet, release)
                        for fleet in found.facts.fleets[warehouse.warehouse]
                    ),
                    default=math.inf,
                )
                if arrival <= case.deadline_hours(scenario):
                    assert theirs[w, d] == pytest.approx(arrival, abs=1e-9), (scenario, pair)
                else:
                    assert (w, d) not in theirs


@given(geographies())
def test_whole_rows_of_hours_agree_with_single_lanes(tables: Tables) -> None:
    """The row of door-to-door hours of a district is what the scalar clock says of each lane."""
    found = Ground(build_case(tables))
    for district in found.facts.districts:
        row = found.reach.door_hours(district)
        for warehouse, position in found.reach.position.items():
            hours = [
                found.clock.door_hours(warehouse, district, fleet)
                for fleet in found.facts.fleets[warehouse]
                if found.clock.has_lane(warehouse, district, fleet)
            ]
            assert row[position] == pytest.approx(min(hours, default=math.inf), abs=1e-9)


EVENT = datetime(2026, 7, 1, 8, 0, tzinfo=timezone(timedelta(hours=8)))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2026-07-01 08:00", 0),
        ("2026-07-02 08:00", 24),
        ("2026-07-01 08:20", 1 / 3),
        ("2026-07-01 10:07", 2.125),
        ("2026-07-01 10:08", 2.125),
    ],
)
def test_clock_texts_are_rounded_to_the_minute(text: str, hours: float) -> None:
    """Texts within half a minute of the hour are right, half minutes either way."""
    assert clock_fault(text, EVENT, hours) is None
    assert clock_fault(text, EVENT.astimezone(UTC), hours) is None


@pytest.mark.parametrize("text", ["2026-07-01 08:01", "", "08:00", "2026-07-01T08:00", "noon"])
def test_wrong_clock_texts_are_wrong(text: str) -> None:
    """A minute off, another form, or nothing at all."""
    assert clock_fault(text, EVENT, 0) is not None


@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(1, 9)), min_size=1, max_size=8),
    st.sampled_from([0, 0.5, 0.75, 0.9]),
)
def test_the_tail_is_the_mean_of_the_worst_outcomes(
    outcomes: list[tuple[float, int]], alpha: float
) -> None:
    """Filling the worst share of probability with the largest outcomes gives the same tail."""
    total = sum(count for _, count in outcomes)
    left = 1 - alpha
    tail = 0.0
    for value, count in sorted(outcomes, reverse=True):
        taken = min(left, count / total)
        tail += taken * value
        left -= taken
    values = [value for value, _ in outcomes]
    weights = [count / total for _, count in outcomes]
    found = conditional_value_at_risk(values, weights, alpha)
    assert found == pytest.approx(tail / (1 - alpha), abs=1e-9)


def test_rounding_is_joined_like_the_scores() -> None:
    """The room of a joint score grows with what was rounded in each scenario."""
    scores = {"a": Score(10.0, 0.1), "b": Score(20.0, 0.3)}
    joint = join_scenarios(scores, {"a": 0.5, "b": 0.5}, 0.5, 0.5)
    assert joint.value == pytest.approx(0.5 * 15 + 0.5 * 20)
    assert joint.rounding == pytest.approx(0.5 * 0.2 + 0.5 * 0.3)
    assert np.isclose(joint.room, 1e-6 + 17.5e-9 + joint.rounding)

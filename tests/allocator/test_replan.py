"""Re-plans of whole cases against every plan of trips in which what has left is as it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from allocator.case import Case
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_data import DispatchInputs, build_dispatch_inputs
from allocator.engine.dispatch_exact import LEXICOGRAPHIC
from allocator.engine.first_replan import first_replan
from allocator.engine.plan_parts import merge_plans
from allocator.engine.replan import replan
from allocator.plan import Plan
from allocator.replay import verify
from allocator.revisions import revised_cases, revisions
from allocator.schema.changes import Change
from allocator.solver import SolveOptions
from tests.models.dispatch_cases import Best, Vehicle, brute_force
from tests.random_cases import random_dispatch_case
from tests.tiny import build_case, build_tables

EXACT = SolveOptions(gap=LEXICOGRAPHIC, time_limit_seconds=60.0)
SETTINGS = build_tables()["Settings"][0]
CASES = 12
"""Cases of a block."""


class Silence:
    """A report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Forget it."""

    def best(self, plan: object) -> None:
        """Forget it."""


def replanned(case: Case, plan: Plan, rows: list[Change], **options: Any) -> Plan:
    """Re-plan of the flood after some changes."""
    former = plan.replace(Change, (*plan.changes, *rows))
    options.setdefault("options", EXACT)
    return merge_plans([replan(case, former, "flood", report=Silence(), **options)])


def first_planned(case: Case, plan: Plan, rows: list[Change]) -> Plan:
    """What a re-plan begins with."""
    return merge_plans([first_replan(case, plan.replace(Change, rows), "flood")])


def left_vehicles(inputs: DispatchInputs, plan: Plan, at_hours: float) -> list[Vehicle]:
    """Vehicles of a plan that started before an hour, in the numbers of a problem."""
    case = inputs.case
    warehouse = {case.warehouses[int(w)].warehouse: k for k, w in enumerate(inputs.warehouse)}
    district = {case.districts[int(d)].district: k for k, d in enumerate(inputs.district)}
    fleet = {row.fleet: k for k, row in enumerate(case.vehicles)}
    item = case.item_index()
    loads: dict[str, list[int]] = defaultdict(lambda: [0] * len(item))
    for line in plan.loading_lines:
        loads[line.trip][item[line.item]] += round(line.load_units)
    return [
        (
            warehouse[trip.warehouse],
            district[trip.district],
            fleet[trip.fleet],
            round(trip.load_start_hours),
            tuple(loads[trip.trip]),
        )
        for trip in plan.trips
        if trip.load_start_hours < at_hours
    ]


def random_changes(case: Case, seed: int, at_hours: float) -> list[Change]:
    """Draw changes that leave what has left possible."""
    draw = np.random.default_rng(seed)
    demand = [row for row in case.scenario_demand if row.scenario == "flood"]
    need = demand[int(draw.integers(len(demand)))]
    fleet = case.fleets[int(draw.integers(len(case.fleets)))]
    choices: list[dict[str, object]] = [
        {"kind": "no_change"},
        {
            "kind": "demand",
            "district": need.district,
            "item": need.item,
            "amount": need.demand_units + float(draw.integers(1, 3)),
        },
        {
            "kind": "vehicle_added",
            "warehouse": fleet.warehouse,
            "fleet": fleet.fleet,
            "amount": 1,
            "from_hours": at_hours + float(draw.integers(0, 2)),
        },
        {
            "kind": "road_closed",
            "warehouse": fleet.warehouse,
            "district": need.district,
            "from_hours": at_hours + 1.5,
            "to_hours": at_hours + 3.0,
        },
        {"kind": "signature_late", "procedure": "LOCAL", "step": "2", "amount": 1.0},
    ]
    chosen = draw.choice(len(choices), size=int(draw.integers(1, 3)), replace=False)
    return [Change.model_validate({"at_hours": at_hours, **choices[int(k)]}) for k in chosen]


def enumerable_replans(
    first: int,
) -> Iterator[tuple[int, Case, Plan, list[Change], Best]]:
    """Seed, case, plan, changes, and values of all plans that go on from it."""
    found, seed = 0, first
    while found < CASES:
        seed += 1
        case = random_dispatch_case(seed, objective="lives")
        at_hours = 1.0 + seed % 2
        rows = random_changes(case, seed, at_hours)
        last = revised_cases(case, "flood", revisions(rows))[-1]
        if len(last.scenario_demand) == 0:
            continue
        inputs = build_dispatch_inputs(last, "flood")
        if brute_force(inputs.data) is None:
            continue
        plan = merge_plans([dispatch(case, "flood", options=EXACT)])
        try:
            left = left_vehicles(inputs, plan, at_hours)
        except KeyError:
            continue  # a district whose need or lane is gone
        best = brute_force(inputs.data, before=(at_hours, left))
        if best is not None and len(best.plans) > 1 and left:
            found += 1
            yield seed, case, plan, rows, best


@pytest.mark.parametrize("block", range(3))
def test_replans_of_random_cases_equal_brute_force(block: int) -> None:
    """In 36 cases unmet, then waiting, is that of the best plan that goes on from what has left."""
    for seed, case, plan, rows, best in enumerable_replans(90_000 + 1000 * block):
        found = replanned(case, plan, rows, move_price=0.0)
        unmet, waiting, _ = found.stages
        least = best.least("unmet")
        assert unmet.objective == pytest.approx(least, rel=2 * LEXICOGRAPHIC, abs=1e-5), seed
        limit = unmet.objective * (1 + LEXICOGRAPHIC) + 1e-6
        least = best.least("waiting", unmet=limit)
        assert waiting.objective == pytest.approx(least, rel=2 * LEXICOGRAPHIC, abs=1e-5), seed
        assert waiting.bound is not None
        assert waiting.bound <= least * (1 + 1e-9) + 1e-6, seed
        assert waiting.floor is None or waiting.floor <= least * (1 + 1e-9) + 1e-6, seed
        assert verify(case, found).violations == (), seed
        first = first_planned(case, plan, rows)
        assert verify(case, first).violations == (), seed
        assert first.stages[0].objective >= best.least("unmet") - 1e-6, seed


def tiny_plan(case: Case) -> Plan:
    """Dispatch of the flood from today's stock."""
    return merge_plans([dispatch(case, "flood", options=EXACT)])


def told(**row: object) -> list[Change]:
    """One change that becomes known at hour 3."""
    return [Change.model_validate({"at_hours": 3.0, **row})]


@pytest.fixture(scope="module")
def case() -> Case:
    """The tiny case."""
    return build_case()


@pytest.fixture(scope="module")
def plan(case: Case) -> Plan:
    """Its dispatch of the flood."""
    return tiny_plan(case)


def test_where_nothing_changed_nothing_is_moved(case: Case, plan: Plan) -> None:
    """A re-plan of the best plan without a change is that plan, and moves no trip."""
    found = replanned(case, plan, told(kind="no_change"))
    assert found.trip_changes == ()
    assert [s.objective for s in found.stages[:2]] == pytest.approx(
        [s.objective for s in plan.stages[:2]], rel=1e-4
    )
    assert {t.trip: t.load_start_hours for t in found.trips} == {
        t.trip: t.load_start_hours for t in plan.trips
    }
    assert {t.state for t in found.trips if t.load_start_hours < 3} == {"left"}
    assert {t.state for t in found.trips if t.load_start_hours >= 3} <= {"planned"}
    assert verify(case, found).violations == ()


KINDS: list[dict[str, object]] = [
    {"kind": "road_closed", "district": "450102"},
    {"kind": "road_slow", "district": "450102", "amount": 3},
    {"kind": "vehicle_lost", "warehouse": "W1", "fleet": "TRUCK", "amount": 1},
    {"kind": "vehicle_added", "warehouse": "W1", "fleet": "TRUCK", "amount": 2},
    {"kind": "demand", "district": "450102", "item": "TENT", "amount": 300},
    {"kind": "demand", "district": "450102", "item": "TENT", "amount": 0},
    {"kind": "receiving", "district": "450201", "amount": 4},
    {"kind": "docks", "warehouse": "W3", "amount": 1},
    {"kind": "signature_late", "procedure": "CROSS", "step": "3", "amount": 4},
    {"kind": "signature_early", "procedure": "CROSS", "step": "3", "amount": 0.5},
    {"kind": "warehouse_lost", "warehouse": "W3"},
    {"kind": "stock_lost", "warehouse": "W3", "item": "TENT", "amount": 40},
    {"kind": "stock_found", "warehouse": "W1", "item": "TENT", "amount": 40},
]


@pytest.mark.parametrize("row", KINDS, ids=lambda row: f"{row['kind']}-{row.get('amount', '')}")
def test_every_kind_of_change_is_planned_for_and_certified(
    case: Case, plan: Plan, row: dict[str, object]
) -> None:
    """Each kind gives a plan that survives its replay, at once and when it is solved."""
    rows = told(**row)
    found, first = replanned(case, plan, rows), first_planned(case, plan, rows)
    assert verify(case, first).violations == ()
    assert verify(case, found).violations == ()
    assert found.changes == tuple(rows)
    unmet, before = found.stages[0].objective, plan.stages[0].objective
    if row["kind"] in {"vehicle_added", "signature_early", "stock_found"}:
        assert unmet <= before + 1e-6
    if row["kind"] in {"road_closed", "vehicle_lost", "warehouse_lost", "stock_lost"}:
        assert unmet >= before - 1e-6


@pytest.mark.parametrize("kind", ["trip_lost", "trip_late", "trip_held"])
def test_what_is_told_of_a_trip_that_was_to_have_left(case: Case, plan: Plan, kind: str) -> None:
    """Lost goods are missing, late ones come late, and held ones may be sent again."""
    trip = next(t for t in plan.trips if t.load_start_hours < 3)
    amount = {"amount": trip.unload_end_hours + 5} if kind == "trip_late" else {}
    found = replanned(case, plan, told(kind=kind, trip=trip.trip, **amount))
    assert verify(case, found).violations == ()
    now = {t.trip: t for t in found.trips}.get(trip.trip)
    if kind == "trip_held":
        assert now is None or now.load_start_hours >= 3
        return
    assert now is not None
    assert now.state == kind.removeprefix("trip_")
    assert [row.change for row in found.trip_changes if row.trip == trip.trip] == [now.state]
    if kind == "trip_late":
        assert now.unload_end_hours == pytest.approx(trip.unload_end_hours + 5)


def test_a_trip_that_left_early_stays(case: Case, plan: Plan) -> None:
    """A trip that was due later and has left is fixed with the hours that are told."""
    trip = next(t for t in plan.trips if t.load_start_hours >= 4)
    found = replanned(case, plan, told(kind="trip_left", trip=trip.trip, from_hours=2.5))
    now = {t.trip: t for t in found.trips}[trip.trip]
    assert (now.state, now.load_start_hours) == ("left", 2.5)
    assert now.unload_end_hours == pytest.approx(
        trip.unload_end_hours - trip.load_start_hours + 2.5
    )
    assert verify(case, found).violations == ()


@pytest.mark.parametrize(("from_hours", "factor"), [(2.5, 1), (3.0, 3)])
def test_a_trip_that_left_drives_on_the_roads_of_its_hour(
    case: Case, plan: Plan, from_hours: float, factor: int
) -> None:
    """Who left at the hour of the re-plan meets the slow road it tells of, who left before not."""
    trip = next(t for t in plan.trips if t.load_start_hours >= 4)
    rows = [
        *told(kind="road_slow", district=trip.district, amount=3),
        *told(kind="trip_left", trip=trip.trip, from_hours=from_hours),
    ]
    found = replanned(case, plan, rows)
    now = {t.trip: t for t in found.trips}[trip.trip]
    drive = factor * (trip.arrive_hours - trip.depart_hours)
    assert now.arrive_hours - now.depart_hours == pytest.approx(drive)
    assert now.return_hours - now.unload_end_hours == pytest.approx(drive)
    assert verify(case, found).violations == ()
    row = next(row for row in found.trip_changes if row.trip == trip.trip)
    assert (row.was_load_start_hours, row.load_start_hours) == (trip.load_start_hours, from_hours)


def test_a_trip_left_before_the_roads_of_its_replan_were_slow(case: Case, plan: Plan) -> None:
    """A trip that was planned for slow roads and had left before drove on whole ones."""
    trip = next(t for t in plan.trips if t.load_start_hours >= 4)
    one = replanned(case, plan, told(kind="road_slow", district=trip.district, amount=2))
    slow = next(t for t in one.trips if t.state == "planned" and t.district == trip.district)
    told_left = Change(at_hours=5, kind="trip_left", trip=slow.trip, from_hours=2)
    two = replanned(case, one, [told_left])
    now = {t.trip: t for t in two.trips}[slow.trip]
    assert slow.arrive_hours - slow.depart_hours == pytest.approx(
        2 * (now.arrive_hours - now.depart_hours)
    )
    assert verify(case, two).violations == ()


def test_a_trip_that_left_may_have_taken_of_the_home_reserve(case: Case, plan: Plan) -> None:
    """Where stock is lost and a trip has left abroad, no more may leave, and that is no fault."""
    trip = max((t for t in plan.trips if t.warehouse == "W3"), key=lambda t: t.volume_m3)
    rows = [
        *told(kind="stock_lost", warehouse="W3", item="TENT", amount=95),
        *told(kind="trip_left", trip=trip.trip),
    ]
    found = replanned(case, plan, rows)
    assert verify(case, found).violations == ()
    assert [t.trip for t in found.trips if t.warehouse == "W3"] == [trip.trip]


def test_goods_that_were_found_may_have_left_before(case: Case, plan: Plan) -> None:
    """Stock counted at hour 3 may turn out, at hour 5, to have left at hour 2 already."""
    rows = [
        *told(kind="demand", district="450102", item="TENT", amount=300),
        *told(kind="stock_found", warehouse="W1", item="TENT", amount=60),
    ]
    one = replanned(case, plan, rows)
    loads = {line.trip: line.load_units for line in one.loading_lines if line.item == "TENT"}
    trips = [t for t in one.trips if t.warehouse == "W1" and t.load_start_hours >= 3]
    trip = max(trips, key=lambda t: loads.get(t.trip, 0))
    gone = [t for t in one.trips if t.warehouse == "W1" and t.load_start_hours < 3]
    taken = sum(loads.get(t.trip, 0) for t in gone)
    assert taken + loads[trip.trip] > 50, "more than there was at the beginning"
    left = Change(at_hours=5, kind="trip_left", trip=trip.trip, from_hours=2)
    assert verify(case, replanned(case, one, [left])).violations == ()


def test_a_replan_can_be_planned_anew(case: Case, plan: Plan) -> None:
    """The second re-plan has both changes, keeps what had left by then, and is certified."""
    one = replanned(case, plan, told(kind="road_closed", district="450102", to_hours=6))
    lost = Change(at_hours=8, kind="stock_lost", warehouse="W3", item="TENT", amount=10)
    two = replanned(case, one, [lost])
    assert [row.at_hours for row in two.changes] == [3.0, 8.0]
    before = {t.trip: t.load_start_hours for t in one.trips if t.load_start_hours < 8}
    assert {t.trip: t.load_start_hours for t in two.trips if t.state == "left"} == before
    assert verify(case, two).violations == ()


@pytest.mark.parametrize("objective", ["lives", "social", "cost"])
@pytest.mark.parametrize("what", ["need", "stock"])
def test_nothing_left_to_plan_is_no_fault(plan: Plan, objective: str, what: str) -> None:
    """Where no need is left, or no stock, the re-plan is what has left, and certified."""
    case = build_case({**build_tables(), "Settings": [{**SETTINGS, "objective": objective}]})
    rows = [
        {"kind": "demand", "district": need.district, "item": need.item, "amount": 0}
        for need in case.scenario_demand
        if need.scenario == "flood"
    ]
    if what == "stock":
        rows = [{"kind": "warehouse_lost", "warehouse": f"W{n}"} for n in (1, 2, 3)]
    changes = [change for row in rows for change in told(**row)]
    for found in (first_planned(case, plan, changes), replanned(case, plan, changes)):
        assert verify(case, found).violations == ()
        assert [t.trip for t in found.trips] == [
            t.trip for t in plan.trips if t.load_start_hours < 3
        ]


def test_no_number_of_a_trip_is_used_again(case: Case, plan: Plan) -> None:
    """Orders of cancelled trips are out: later trips get other numbers, and what was stays told."""
    needs = [row for row in case.scenario_demand if row.scenario == "flood"]
    off, on = (
        [
            Change(at_hours=hour, kind="demand", district=n.district, item=n.item, amount=amount)
            for n in needs
            for amount in ([0] if hour == 3 else [n.demand_units])
        ]
        for hour in (3, 4)
    )
    one = replanned(case, plan, off)
    two = replanned(case, one, on)
    assert {row.change for row in one.trip_changes} == {"cancelled"}
    cancelled = {row.trip for row in one.trip_changes}
    assert two.trip_changes[: len(cancelled)] == one.trip_changes
    assert {row.change for row in two.last_trip_changes} == {"new"}
    assert cancelled.isdisjoint(t.trip for t in two.trips)
    assert verify(case, two).violations == ()


def test_a_high_price_keeps_trips_where_they_are(case: Case, plan: Plan) -> None:
    """With no price more trips start anew than with one that nothing is worth."""
    rows = told(kind="vehicle_added", warehouse="W1", fleet="TRUCK", amount=2)

    def moved(price: float) -> int:
        found = replanned(case, plan, rows, move_price=price)
        kept = {(t.warehouse, t.district, t.fleet, t.load_start_hours) for t in plan.trips}
        now = {(t.warehouse, t.district, t.fleet, t.load_start_hours) for t in found.trips}
        return len(now - kept)

    assert moved(1e9) <= moved(0.0)

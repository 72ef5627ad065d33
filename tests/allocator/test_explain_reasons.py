"""Reasons of shortages: the true one in hand-made cases, confirmed by the exact model."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest

from allocator.case import Case
from allocator.engine.dispatch import dispatch
from allocator.explain.grounds import Ground, Grounds
from allocator.explain.least_amount import least_amount, most_units
from allocator.explain.present import present_trips
from allocator.explain.reasons import WORDS, Reason, Reasons, shortfalls
from allocator.explain.standing import Standing
from allocator.explain.things import THINGS
from allocator.explain.ways import Brought, way_to
from allocator.plan import Plan
from allocator.schema.results import LoadingLine, Trip
from tests.allocator.explain_cases import (
    CLASSES,
    QUICK,
    emptied,
    in_company,
    least_unmet,
    planned,
    relaxed_by_hand,
    tables,
)
from tests.models.dispatch_cases import keeps_all_rules
from tests.tiny import Tables, build_case, build_tables

NAMES = tuple(WORDS.get(thing, thing) for thing in THINGS)
"""Reasons that stand for one thing."""


def found(raw: Tables) -> Reason:
    """Reason of the only shortage of a case."""
    case, plan = planned(raw)
    (wanted,) = shortfalls(case, plan, "s")
    return Reasons(case, plan, "s", [wanted]).explain(wanted, 1.0)


@cache
def reason_of(name: str) -> Reason:
    """Reason found in one of the classes."""
    return found(CLASSES[name])


@pytest.mark.parametrize("name", CLASSES)
def test_each_case_has_the_reason_it_was_made_for(name: str) -> None:
    """Every class of reason is found where it is the true one."""
    assert "+".join(reason_of(name).words) == name


@pytest.mark.parametrize("name", [name for name in CLASSES if name != "whole_units"])
def test_exact_model_confirms_which_things_repair(name: str) -> None:
    """With a thing plentiful the exact model serves all if, and only if, that thing is named."""
    reason, raw = reason_of(name), CLASSES[name]
    named = {*reason.words, *reason.also} & set(NAMES)
    if reason.together:
        named -= set(reason.words)
    repairing = {thing for thing in NAMES if least_unmet(relaxed_by_hand(raw, thing)) < 1e-6}
    assert repairing == named


@pytest.mark.parametrize(
    ("raw", "able"),
    [
        # The one truck finds no company; a second one gives it, or nobody asks for it.
        (in_company(tables(need=10, trucks=1)), {"vehicles", "convoy"}),
        # One load start an hour: two trucks never depart together.
        (in_company(tables(need=10, docks=1)), {"docks", "convoy"}),
        # Two trucks and two tents are a convoy; with three to a convoy they are none.
        (in_company(tables(need=2), 3), {"convoy"}),
    ],
)
def test_company_is_counted_with_what_repairs(raw: Tables, able: set[str]) -> None:
    """Things repair where the convoy can then be filled, as the exact model confirms."""
    reason = found(raw)
    assert {*reason.words, *reason.also} == able
    assert reason.now_units == 0
    for thing in NAMES:
        assert (least_unmet(relaxed_by_hand(raw, thing)) < 1e-6) == (thing in able)
    repairs = {each.thing: each.amount for each in reason.repairs}
    assert set(repairs) == able
    assert repairs["convoy"] == 1


def test_a_convoy_that_can_still_be_filled_is_no_reason() -> None:
    """A plan without trips: two trucks could leave with 20 tents, so the plan was not good."""
    case, plan = planned(in_company(tables()))
    empty = emptied(plan, 20)
    (wanted,) = shortfalls(case, empty, "s")
    reason = Reasons(case, empty, "s", [wanted]).explain(wanted, 1.0)
    assert reason.words == ("within_gap",)
    assert reason.now_units == 20


def test_a_further_truck_joins_a_convoy_of_the_plan() -> None:
    """Two trucks leave with 20 of 30 tents; a third one that joins them needs no third company."""
    raw = in_company(tables(need=30, docks=3))
    case, plan = planned(raw)
    trips = sorted(plan.trips, key=lambda trip: trip.trip)
    assert len(trips) == 3
    shorter = plan.replace(Trip, trips[:2]).replace(
        LoadingLine, [line for line in plan.loading_lines if line.trip != trips[2].trip]
    )
    present = present_trips(case, shorter, "s")
    ground = Grounds(case, None, "s", [("450102", "TENT")], present).get()
    way = way_to(ground, present, 1, 0, ())
    alone = way.lacking.may_leave_alone(len(way.trip))
    starts = ground.problem.table.start_period[way.trip[alone]].tolist()
    assert starts == [round(trips[0].load_start_hours)]
    assert most_units(way, 10, 5.0).units == 10


def test_things_needed_together_repair_together_only() -> None:
    """More trucks and more load starts serve all; neither does alone."""
    raw = CLASSES["vehicles+docks"]
    both = relaxed_by_hand(relaxed_by_hand(raw, "vehicles"), "docks")
    assert least_unmet(both) == pytest.approx(0.0)
    assert reason_of("vehicles+docks").together == ("vehicles", "docks")


AMOUNTS = {
    "vehicles": ("Fleets", "vehicles_count", 1.0),
    "docks": ("Warehouses", "docks_per_hour", 1.0),
    "receiving": ("Districts", "receive_m3_per_hour", 2.0),
    "home_reserve": ("Stock", "home_reserve_units", 10.0),
    "no_stock": ("Stock", "stock_units", 10.0),
}
"""Where the amount of each thing stands, and by hand how much more is needed."""


@pytest.mark.parametrize("name", AMOUNTS)
def test_least_amount_repairs_and_less_does_not(name: str) -> None:
    """The amount told is that found by hand; the exact model needs all of it."""
    sheet, field, by_hand = AMOUNTS[name]
    reason = reason_of(name)
    repair = next(each for each in reason.repairs if WORDS.get(each.thing, each.thing) == name)
    assert (repair.amount, repair.is_smallest) == (pytest.approx(by_hand), True)
    for share, is_enough in ((1.0, True), (0.5, False)):
        raw = relaxed_by_hand(CLASSES[name], "")
        sign = -1 if name == "home_reserve" else 1
        more = sign * by_hand * share
        for row in raw[sheet]:
            if row.get(field) is not None:
                row[field] += int(more) if name == "vehicles" else more
        assert (least_unmet(raw) < 1e-6) == is_enough


def test_costs_are_trips_and_goods_bought() -> None:
    """A further truck over 120 km costs 100 + 2 x 120 x 5 CNY; ten tents 10,000 CNY besides."""
    (truck,) = (each for each in reason_of("vehicles").repairs if each.thing == "vehicles")
    assert truck.cost_cny == pytest.approx(1300)
    (bought,) = (each for each in reason_of("no_stock").repairs if each.thing == "stock")
    assert bought.cost_cny == pytest.approx(11300)


def test_signature_is_wanted_as_much_earlier_as_the_deadline_asks() -> None:
    """Loading must start at 0, two hours before the signature of step 1 of P by GOV."""
    (paper,) = (each for each in reason_of("paper").repairs if each.thing == "paper")
    assert (paper.amount, paper.unit, paper.place) == (2.0, "h", "P/1 GOV 2")


def test_goods_out_of_reach_are_told_late_by_their_hours() -> None:
    """Two trucks at once are unloaded at 4, an hour after the deadline of 3."""
    assert reason_of("out_of_reach").late_hours == pytest.approx(1.0)


def test_who_loses_is_known_where_another_comes_first() -> None:
    """Ten tents for 450102 are those of 450101, which weighs twice as much: ten units worse."""
    first = reason_of("lower_priority").first
    assert first is not None
    assert (first.units, first.is_no_worse) == (10.0, False)
    assert first.rearranged.change_units[:, 0].tolist() == [-10.0, 10.0]
    assert first.rearranged.values["unmet"] == pytest.approx(20.0)


def test_shortage_that_the_plan_need_not_have_is_within_the_gap() -> None:
    """A plan without any trip could be better with nothing relaxed."""
    case, plan = planned(tables())
    bare = emptied(plan, 20.0)
    (wanted,) = shortfalls(case, bare, "s")
    reason = Reasons(case, bare, "s", [wanted]).explain(wanted, 1.0)
    assert (reason.words, reason.now_units, reason.repairs) == (("within_gap",), 20.0, ())


def test_one_load_start_is_shared_by_all_kinds_of_vehicles() -> None:
    """A truck and a van at one dock, one useful hour: ten tents, however many vehicles wait."""
    raw = relaxed_by_hand(CLASSES["docks"], "")
    raw["Vehicles"].append({**raw["Vehicles"][0], "fleet": "VAN", "name": "面包车"})
    raw["Fleets"].append({**raw["Fleets"][0], "fleet": "VAN"})
    reason = found(raw)
    assert (reason.words, reason.now_units, reason.alone_units) == (("docks",), 0.0, 10.0)


def test_vehicles_that_come_too_late_are_missing_vehicles() -> None:
    """Trucks from hour 3 on are too late by an hour; one from hour 0 would load all day."""
    raw = relaxed_by_hand(CLASSES["vehicles"], "")
    raw["Fleets"][0]["available_from_hours"] = 3
    reason = found(raw)
    assert (reason.words, reason.now_units, reason.alone_units) == (("vehicles",), 0.0, 0.0)
    (truck,) = (each for each in reason.repairs if each.thing == "vehicles")
    assert (truck.amount, truck.brought_units) == (2.0, 20.0)


def test_exchange_that_costs_nothing_is_within_the_gap() -> None:
    """Two districts of one weight and one supply: that another got it is no one's reason."""
    raw = relaxed_by_hand(CLASSES["lower_priority"], "")
    raw["Districts"][0]["priority_weight"] = 1
    raw["Warehouses"][0] |= {"district": None, "lon": 110.0, "lat": raw["Districts"][0]["lat"]}
    raw["Districts"][0]["lat"] = raw["Districts"][1]["lat"]
    reason = found(raw)
    assert reason.words == ("within_gap",)
    assert reason.first is not None
    assert reason.first.is_no_worse


@cache
def tight(scenario: str, hours: float = 7) -> tuple[Case, Plan]:
    """The tiny case within a few hours, which leaves much unmet, and its plan."""
    raw = build_tables()
    raw["Settings"][0]["horizon_hours"] = hours
    case = build_case(raw)
    return case, dispatch(case, scenario, options=QUICK)


@pytest.mark.parametrize("scenario", ["flood", "quake"])
def test_relaxing_more_never_brings_less(scenario: str) -> None:
    """Of any two sets of things, the larger one brings as much as the smaller one."""
    case, plan = tight(scenario)
    wanted = shortfalls(case, plan, scenario)
    assert len(wanted) > 1
    reasons = Reasons(case, plan, scenario, wanted)
    for shortfall in wanted:
        units = {(): most_units(reasons._way(shortfall, ()), shortfall.units, 0.5).units}
        for size in (1, 2):
            for things in combinations(THINGS, size):
                way = reasons._way(shortfall, things)
                units[things] = most_units(way, shortfall.units, 0.5).units
                for fewer in combinations(things, size - 1):
                    assert units[fewer] <= units[things] + 1e-6


def pairs(case: Case, scenario: str) -> list[tuple[str, str]]:
    """District and item of each need of a scenario."""
    return [(row.district, row.item) for row in case.scenario_demand if row.scenario == scenario]


@pytest.mark.parametrize("scenario", ["flood", "quake"])
def test_most_that_can_come_alone_is_that_of_the_exact_model(scenario: str) -> None:
    """With nothing else sent, each need is met as far as the exact model meets it, by itself."""
    raw = build_tables()
    raw["Settings"][0]["horizon_hours"] = 7
    case = build_case(raw)
    nobody = present_trips(case, Plan({}), scenario)
    grounds = Grounds(case, None, scenario, pairs(case, scenario), nobody)
    districts, items = case.district_index(), case.item_index()
    for row in (row for row in case.scenario_demand if row.scenario == scenario):
        way = way_to(grounds.get(), nobody, districts[row.district], items[row.item], ())
        units = most_units(way, row.demand_units, 5.0).units
        alone = {**raw, "Scenario_Demand": [row.model_dump()]}
        weight = case.districts[districts[row.district]].priority_weight
        weight *= case.items[items[row.item]].priority_weight
        unmet = least_unmet(alone, scenario) / weight
        assert units == pytest.approx(row.demand_units - unmet)


@pytest.mark.parametrize("scenario", ["flood", "quake"])
@pytest.mark.parametrize("kept", [0, 1, 2])
def test_what_comes_on_top_of_a_plan_keeps_all_rules(scenario: str, kept: int) -> None:
    """Trips of a plan, one in three left out, with what could still come: no rule is broken."""
    case, plan = tight(scenario)
    trips = [trip for k, trip in enumerate(plan.trips) if k % 3 != kept]
    left = {trip.trip for trip in trips}
    lines = [line for line in plan.loading_lines if line.trip in left]
    plan = plan.replace(Trip, trips).replace(LoadingLine, lines)
    present = present_trips(case, plan, scenario)
    grounds = Grounds(case, None, scenario, pairs(case, scenario), present)
    standing = Standing.of(grounds.true, present, "lives")
    data, ground = standing.problem.data, grounds.get()
    for district, item in pairs(case, scenario):
        d, i = case.district_index()[district], case.item_index()[item]
        here = int(np.searchsorted(grounds.true.district, d))
        missing = data.whole_demand_units[here, i] - standing.delivered[here, i]
        way = way_to(ground, present, d, i, ())
        brought = most_units(way, float(missing), 5.0)
        assert brought.units <= missing
        driving = _planned(standing)
        for vehicle, units in zip(way.rooms.vehicle, brought.room, strict=True):
            driving[vehicle][3][i] += int(units)
        driving += _vehicles_of(grounds, ground, brought, i)
        assert keeps_all_rules(data, driving)


def _planned(standing: Standing) -> list[tuple[int, int, int, list[int]]]:
    """Vehicles of a plan as lane, fleet, start, units by item."""
    table, result = standing.problem.table, standing.result
    return [
        (int(table.lane[t]), int(table.fleet[t]), int(table.start_period[t]), load.tolist())
        for t, load in zip(result.trip, result.load_units, strict=True)
    ]


def _vehicles_of(
    grounds: Grounds, ground: Ground, brought: Brought, item: int
) -> list[tuple[int, int, int, list[int]]]:
    """Further vehicles, each on the lane of the true problem."""
    data, wide, table = grounds.true.data, ground.problem.data, ground.problem.table
    found = []
    for trip, vehicles, load in zip(brought.trip, brought.vehicles, brought.load, strict=True):
        lane = table.lane[trip]
        home = np.searchsorted(
            grounds.true.warehouse, ground.inputs.warehouse[wide.lane_warehouse[lane]]
        )
        to = np.searchsorted(
            grounds.true.district, ground.inputs.district[wide.lane_district[lane]]
        )
        (mine,) = np.flatnonzero((data.lane_warehouse == home) & (data.lane_district == to))
        for k in range(int(vehicles)):
            units = [0] * len(grounds.case.items)
            units[item] = int(load * (k + 1) // vehicles) - int(load * k // vehicles)
            found.append((int(mine), int(table.fleet[trip]), int(table.start_period[trip]), units))
    return found


@pytest.mark.parametrize("hours", [10, 12, 18])
def test_plan_in_which_a_need_comes_first_keeps_all_rules(hours: float) -> None:
    """Every re-arranged plan obeys the rules that the enumeration obeys, and serves that need."""
    case, plan = tight("flood", hours)
    wanted = shortfalls(case, plan, "flood")
    reasons = Reasons(case, plan, "flood", wanted)
    served = 0
    for shortfall in wanted:
        first = reasons.explain(shortfall, 1.0).first
        if first is not None:
            served += 1
            assert first.units == shortfall.units
            moved = replace(reasons.standing, result=first.rearranged.result)
            assert keeps_all_rules(reasons.standing.problem.data, _planned(moved))
    assert served


def test_a_reserve_is_freed_only_where_there_is_one() -> None:
    """W1 has sent its 5 tents and reserves none: the 15 missing are of W3, and need a vehicle."""
    raw = build_tables()
    raw["Stock"] = [
        {"warehouse": "W1", "item": "TENT", "stock_units": 5},
        {"warehouse": "W3", "item": "TENT", "stock_units": 100, "home_reserve_units": 100},
    ]
    raw["Fleets"] = [row for row in raw["Fleets"] if row["warehouse"] == "W1"]
    raw["Scenario_Demand"] = [
        {"scenario": "flood", "district": "450101", "item": "TENT", "demand_units": 20}
    ]
    case = build_case(raw)
    plan = dispatch(case, "flood", options=QUICK)
    grounds = Grounds(case, None, "flood", {("450101", "TENT")}, present_trips(case, plan, "flood"))
    things = ("vehicles", "home_reserve")
    ground = grounds.get()
    place = case.district_index()["450101"], case.item_index()["TENT"]
    way, limited = (way_to(ground, grounds.present, *place, each) for each in (things, ()))
    least = least_amount(way, limited, 15.0, things, 5.0)
    homes = [case.warehouses[int(w)].warehouse for w in ground.inputs.warehouse]
    freed = {homes[k]: units for k, units in least.amount["home_reserve"].items()}
    assert freed == {"W3": 15}
    assert sum(least.amount["vehicles"].values()) == 1

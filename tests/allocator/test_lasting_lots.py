"""Lots that expire within the horizon: sent where they last, and never where they do not."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import numpy as np

from allocator.case import Case
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_lots import expiry_hours
from allocator.engine.dispatch_stock import Lasting, holdings
from allocator.engine.plan_parts import merge_plans
from allocator.engine.replan import replan
from allocator.errors import ConflictError
from allocator.replay import verify
from allocator.replay.ground import Ground
from allocator.replay.ledger import Ledger
from allocator.replay.network import network_today
from allocator.schema.changes import Change
from allocator.schema.network import Stock
from allocator.schema.results import LoadingLine
from tests.allocator.test_lots import LATER, ROUGH, Silence, exchanged, lot, stocked, usable
from tests.random_cases import random_dispatch_case, with_random_lots
from tests.tiny import build_case


def test_what_expires_on_the_way_lasts_to_the_end_of_its_day() -> None:
    """A lot of 30 June has expired; of 7 + 5 + 3 units 8 last beyond hour 40."""
    case = stocked(
        lot("x", 9, date(2026, 6, 30)),
        lot("a", 7, date(2026, 7, 2), home_reserve_units=6),
        lot("b", 5, date(2026, 7, 3)),
        lot("c", 3),
    )
    assert usable(case) == [("a", 7), ("b", 5), ("c", 3)]
    held = holdings(case, case.scenario("flood"), None)
    assert held.outside_units[0, 0] == 15 - 6
    assert held.limits == (Lasting(0, 0, 40.0, 8, 8 - 6),)
    quake = holdings(case, case.scenario("quake"), None)
    assert quake.limits == (), "in January none of them expires before the deadline"


def test_a_dispatch_says_lots_and_is_certified() -> None:
    """In 30 random cases loads are of good lots, those first that expire first."""
    several = late = 0
    for seed in range(30):
        case = with_random_lots(random_dispatch_case(seed + 500), np.random.default_rng(seed))
        plan = merge_plans([dispatch(case, "flood", options=ROUGH)])
        assert verify(case, plan).violations == (), seed
        held = holdings(case, case.scenario("flood"), None)
        start = {trip.trip: trip for trip in plan.trips}
        by_place: dict[tuple[str, str], list[LoadingLine]] = defaultdict(list)
        for line in plan.loading_lines:
            by_place[start[line.trip].warehouse, line.item].append(line)
        for (w, i), lines in by_place.items():
            lots = held.lots[case.warehouse_index()[w], case.item_index()[i]]
            expiry = {one.code: one.expiry or date.max for one in lots}
            left = {one.code: one.units for one in lots}
            by_start: dict[float, list[LoadingLine]] = defaultdict(list)
            for line in lines:
                by_start[start[line.trip].load_start_hours].append(line)
            for _, at_once in sorted(by_start.items()):
                for line in at_once:
                    left[line.lot] -= line.load_units
                for line in at_once:
                    end = start[line.trip].unload_end_hours
                    flood = case.scenario("flood")
                    good = {
                        code for code, day in expiry.items()
                        if expiry_hours(case, flood, day) >= end - 1e-6
                    }  # fmt: skip
                    assert line.lot in good, (seed, w, i)
                    first = [
                        code for code in good
                        if left[code] > 0 and expiry[code] < expiry[line.lot]
                    ]  # fmt: skip
                    assert not first, (seed, w, i)
            assert min(left.values()) >= 0
            late += any(one.expiry == date(2026, 7, 1) and left[one.code] for one in lots)
            several += len({line.lot for line in lines}) > 1
    assert several >= 5
    assert late >= 1, "nothing ever came too late for a lot"


def early(day: date = date(2026, 7, 1)) -> Case:
    """The tents of W1 go bad at hour 16 but for 4; the rest of the case is as it is."""
    case = build_case()
    water = [row for row in case.stock if row.item != "TENT"]
    return case.replace(Stock, [lot("a", 86, day), lot("b", 4), *water])


def test_what_lasts_long_enough_is_sent() -> None:
    """Trips of the first 16 hours take the lot that goes bad, later ones no more than the 4."""
    case = early()
    plan = merge_plans([dispatch(case, "flood", options=ROUGH)])
    assert verify(case, plan).violations == ()
    end = {trip.trip: trip.unload_end_hours for trip in plan.trips}
    tents = [line for line in plan.loading_lines if line.item == "TENT"]
    assert {line.lot for line in tents if end[line.trip] <= 16} >= {"a"}
    assert all(line.lot == "b" for line in tents if end[line.trip] > 16)
    strict = early(date(2026, 6, 30))
    less = merge_plans([dispatch(strict, "flood", options=ROUGH)])
    assert sum(line.load_units for line in less.loading_lines if line.item == "TENT") == 4
    assert sum(line.load_units for line in tents) > 4


def test_goods_that_would_have_gone_bad_are_refused() -> None:
    """A plan for tents that last is refused where they expire before some trips are unloaded."""
    lasting, bad = early(LATER), early()
    plan = merge_plans([dispatch(lasting, "flood", options=ROUGH)])
    end = {trip.trip: trip.unload_end_hours for trip in plan.trips}
    late = sum(
        line.load_units
        for line in plan.loading_lines
        if line.item == "TENT" and end[line.trip] > 16
    )
    assert late > 4, "breaking the rule must pay"
    rules = {each.rule for each in verify(bad, plan).violations}
    assert rules >= {"lot_good", "lasting_stock"}
    bare = exchanged(plan, dict.fromkeys(["a", "b"], ""))
    assert "lasting_stock" in {each.rule for each in verify(bad, bare).violations}


def test_the_home_reserve_must_last() -> None:
    """Of 30 units 20 go bad at hour 16 and 10 are reserved: nothing leaves the province later."""
    case = stocked(lot("a", 20, date(2026, 7, 1), home_reserve_units=10), lot("b", 10))
    held = holdings(case, case.scenario("flood"), None)
    assert held.outside_units[0, 0] == 20
    assert held.limits == (Lasting(0, 0, 16.0, 10, 0),)
    shelves = Ledger(Ground(case).facts, network_today(Ground(case).facts), "flood")
    assert (shelves.left("W1", "TENT"), shelves.leaving("W1", "TENT")) == (30, 20)
    assert shelves.leaving_after("W1", "TENT") == {16.0: 0}


def test_replans_of_stock_that_goes_bad_are_certified() -> None:
    """In 8 random cases with lots of all ages a re-plan after hour 2 keeps every rule."""
    several = 0
    for seed in range(8):
        case = with_random_lots(random_dispatch_case(seed + 900), np.random.default_rng(seed))
        plan = merge_plans([dispatch(case, "flood", options=ROUGH)])
        if not plan.trips:
            continue
        first = min(plan.trips, key=lambda trip: (trip.load_start_hours, trip.trip))
        kinds: list[dict[str, Any]] = [
            {"kind": "no_change"},
            {"kind": "trip_late", "trip": first.trip, "amount": first.unload_end_hours + 9},
            {"kind": "stock_found", "warehouse": first.warehouse, "item": "TENT", "amount": 1},
        ]
        at_hours = first.load_start_hours + 2
        for row in kinds[: 1 + seed % 3] if seed % 3 != 2 else kinds[2:]:
            told = Change.model_validate({"at_hours": at_hours, **row})
            former = plan.replace(Change, [told])
            try:
                found = merge_plans(
                    [replan(case, former, "flood", report=Silence(), options=ROUGH)]
                )
            except ConflictError:
                continue
            assert verify(case, found).violations == (), (seed, row)
            several += 1
    assert several >= 6

"""Lots: what has expired is not sent, what expires first goes first, and loads say their lot."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import numpy as np
import pytest

from allocator.case import Case
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_lots import Lot, LotBook, expiry_hours, good_lots, whole_lots
from allocator.engine.dispatch_stock import holdings
from allocator.engine.plan_parts import merge_plans
from allocator.engine.replan import replan
from allocator.plan import Plan
from allocator.replay import verify
from allocator.replay.ground import Ground
from allocator.replay.lots import LotShelves
from allocator.report.order_books import order_books
from allocator.report.order_sheets import order_sheets
from allocator.report.trip_lines import trip_lines
from allocator.schema.changes import Change
from allocator.schema.network import Stock
from allocator.schema.results import LoadingLine, StockPlan
from allocator.solver import SolveOptions
from tests.random_cases import with_random_lots
from tests.tiny import build_case

ROUGH = SolveOptions(gap=0.5, time_limit_seconds=0.5)

SOON, LATER = date(2026, 7, 10), date(2027, 1, 31)
"""The flood is on 1 July 2026 at 08:00 and its deadline two days later."""


class Silence:
    """A report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Forget it."""

    def best(self, plan: object) -> None:
        """Forget it."""


def lot(code: str, units: float, expiry: date | None = None, **cells: Any) -> Stock:
    """A lot of tents at W1."""
    given = {"warehouse": "W1", "item": "TENT", **cells}
    return Stock(lot=code, stock_units=units, expiry_date=expiry, **given)


def stocked(*lots: Stock) -> Case:
    """The tiny case with these lots and no others."""
    return build_case().replace(Stock, lots)


def usable(
    case: Case, placement: Plan | None = None, scenario: str = "flood"
) -> list[tuple[Any, ...]]:
    """Code and whole units of the lots of tents at W1."""
    held = holdings(case, case.scenario(scenario), placement)
    assert held.usable_units[0, 0] == sum(each.units for each in held.lots.get((0, 0), ()))
    return [(each.code, each.units) for each in held.lots.get((0, 0), ())]


def test_a_lot_is_good_to_the_end_of_its_day_in_shanghai() -> None:
    """From 1 July 08:00 to the end of 3 July are 64 hours; without a date or a clock for ever."""
    case = build_case()
    flood = case.scenario("flood")
    assert expiry_hours(case, flood, date(2026, 7, 3)) == 64
    assert expiry_hours(case, flood, date(2026, 6, 30)) == -8
    assert expiry_hours(case, flood, None) == np.inf


def test_what_damage_leaves_is_shared_by_all_lots() -> None:
    """Half of 3, then of 3 + 4, then of 3 + 4 + 2, in whole units: 1, 2 and 1."""
    case = stocked(lot("x", 2), lot("a", 3, SOON), lot("b", 4, LATER))
    assert usable(case, scenario="quake") == [("a", 1), ("b", 2), ("x", 1)]


def test_the_home_reserve_is_kept_from_good_lots() -> None:
    """Of 10 good tents and 20 expired ones, 4 are reserved: 6 may leave the province."""
    case = stocked(lot("a", 20, date(2026, 1, 1), home_reserve_units=4), lot("b", 10))
    held = holdings(case, case.scenario("flood"), None)
    assert (held.usable_units[0, 0], held.outside_units[0, 0]) == (10, 6)


@pytest.mark.parametrize(
    ("stock", "lots"),
    [
        (15, [("a", 6), ("b", 4), ("(new)", 5)]),
        (10, [("a", 6), ("b", 4)]),
        (7, [("a", 3), ("b", 4)]),
        (2, [("b", 2)]),
    ],
)
def test_a_placement_withdraws_what_expires_first_and_buys_what_does_not(
    stock: float, lots: list[tuple[str, float]]
) -> None:
    """Of 6 tents that expire and 4 that do not, a plan keeps the last; what is more is new."""
    case = stocked(lot("a", 6, SOON), lot("b", 4))
    raw: dict[str, Any] = {
        "Stock_Plan": (
            StockPlan(
                warehouse="W1",
                item="TENT",
                today_units=10,
                stock_units=stock,
                buy_units=0,
                withdraw_units=0,
            ),
        ),
    }
    assert sorted(usable(case, Plan(raw))) == sorted(lots)


def test_engine_and_replay_have_the_same_lots() -> None:
    """In 200 random stocks, today's and a placement's, both have the same units of each lot."""
    for seed in range(200):
        draw = np.random.default_rng(seed)
        case = with_random_lots(build_case(), draw)
        scenario = case.scenarios[seed % 2]
        warehouse, item = case.warehouse_index(), case.item_index()
        stock = np.zeros((len(warehouse), len(item)))
        for row in case.stock:
            stock[warehouse[row.warehouse], item[row.item]] += row.stock_units
        if seed % 3:
            stock = np.maximum(stock + draw.integers(-4, 5, stock.shape), 0)
        told = {(w, i): float(stock[warehouse[w], item[i]]) for w in warehouse for i in item}
        facts = Ground(case).facts
        shelves = LotShelves(facts, told, scenario.scenario)
        good = good_lots(case, scenario, stock)
        for w in warehouse:
            share = facts.usable_share(scenario.scenario, w)
            for i in item:
                each = whole_lots(good.get((warehouse[w], item[i]), ()), share)
                found = {code: units for code, units in shelves._shelf(w, i).items() if units > 0}
                assert found == {one.code: one.units for one in each}, (seed, w, i)


@pytest.fixture(scope="module")
def case() -> Case:
    """Tents in three lots, one of them expired, and water."""
    return stocked(
        lot("old", 9, date(2026, 6, 1)),
        lot("b", 25, LATER),
        lot("a", 15, SOON),
        lot("c", 40),
        lot("w", 1000, item="WATER"),
    )


@pytest.fixture(scope="module")
def plan(case: Case) -> Plan:
    """Its dispatch of the flood."""
    return merge_plans([dispatch(case, "flood", options=ROUGH)])


def of_tents(plan: Plan) -> dict[str, float]:
    """Units by lot."""
    found: dict[str, float] = defaultdict(float)
    for line in plan.loading_lines:
        if line.item == "TENT":
            found[line.lot] += line.load_units
    return dict(found)


def test_the_first_lots_are_used_up_before_the_last(case: Case, plan: Plan) -> None:
    """Of 80 good tents all are needed but what cannot come: a and b go whole before c is opened."""
    found = of_tents(plan)
    assert "old" not in found
    assert found["a"] == 15
    assert found["b"] == 25
    assert 0 < found["c"] <= 40
    assert verify(case, plan).violations == ()


def exchanged(plan: Plan, change: dict[str, str]) -> Plan:
    """The plan with lots called otherwise."""
    lines = (
        line.model_copy(update={"lot": change.get(line.lot, line.lot)})
        for line in plan.loading_lines
    )
    return plan.replace(LoadingLine, lines)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"a": "old"}, "lot_known"),
        ({"a": "z"}, "lot_known"),
        ({"a": "b"}, "lot_units"),
        ({"a": "c"}, "lot_order"),
        ({"a": ""}, "lot_told"),
    ],
)
def test_each_broken_rule_of_lots_is_named(
    case: Case, plan: Plan, change: dict[str, str], rule: str
) -> None:
    """An expired or unknown lot, too much of one, a later one first, and a lot left out."""
    assert rule in {each.rule for each in verify(case, exchanged(plan, change)).violations}


def test_a_result_without_lots_is_checked_for_its_units(case: Case, plan: Plan) -> None:
    """No lot at all is no fault, but what is sent must lie in good lots."""
    merged: dict[tuple[str, str], LoadingLine] = {}
    for line in exchanged(plan, dict.fromkeys(["a", "b", "c", "w"], "")).loading_lines:
        before = merged.get((line.trip, line.item))
        names = ("load_units", "weight_kg", "volume_m3")
        total = {
            name: getattr(line, name) + (0 if before is None else getattr(before, name))
            for name in names
        }
        merged[line.trip, line.item] = line.model_copy(update=total)
    bare = plan.replace(LoadingLine, merged.values())
    assert verify(case, bare).violations == ()
    spoilt = case.replace(
        Stock,
        [
            row.model_copy(update={"expiry_date": date(2026, 6, 30)}) if row.lot == "b" else row
            for row in case.stock
        ],
    )
    assert "warehouse_stock" in {each.rule for each in verify(spoilt, bare).violations}


@pytest.mark.parametrize(
    "rows",
    [
        [
            {"kind": "stock_lost", "warehouse": "W1", "item": "TENT", "amount": 6},
            {"kind": "stock_found", "warehouse": "W1", "item": "TENT", "amount": 2},
        ],
        [{"kind": "trip_held"}],
        [{"kind": "warehouse_lost", "warehouse": "W1"}],
    ],
)
def test_a_replan_keeps_lots_of_what_has_left(
    case: Case, plan: Plan, rows: list[dict[str, Any]]
) -> None:
    """Lots of trips that have left stay as they were, the rest goes by expiry."""
    first = min(plan.trips, key=lambda trip: (trip.load_start_hours, trip.trip))
    at_hours = first.load_start_hours + 1
    told = [
        Change.model_validate(
            {
                "at_hours": at_hours,
                **row,
                **({"trip": first.trip} if str(row["kind"]).startswith("trip") else {}),
            }
        )
        for row in rows
    ]
    former = plan.replace(Change, told)
    found = merge_plans([replan(case, former, "flood", report=Silence(), options=ROUGH)])
    assert verify(case, found).violations == ()
    left = {trip.trip for trip in found.trips if trip.state != "planned"}
    before = [line for line in plan.loading_lines if line.trip in left]
    assert [line for line in found.loading_lines if line.trip in left] == before


def test_units_that_a_lot_has_not_are_taken_from_the_first() -> None:
    """Of 5 units of a lot of 3, two are of what expires first; losses and finds go along."""
    book = LotBook({(0, 0): [Lot("b", LATER, 4.0), Lot("a", SOON, 3.0)]})
    book.take((0, 0), "b", 5)
    assert [(one.code, one.units) for one in book.left()[0, 0]] == [("a", 2.0)]
    book.find((0, 0), 3)
    book.lose((0, 0), 4)
    assert [(one.code, one.units) for one in book.left()[0, 0]] == [("(found)", 1.0)]
    book.clear(0)
    assert book.left() == {(0, 0): ()}


def test_orders_say_the_lot(case: Case, plan: Plan) -> None:
    """The manifest has a line for each lot, the lines on the map the sums and the lots."""
    (book,) = order_books(case, plan, ("flood",))
    loads = [load for order in book.trips for load in order.loads if load.item.item == "TENT"]
    assert {load.lot for load in loads} == {"a", "b", "c"}
    told: dict[str, float] = defaultdict(float)
    for feature in trip_lines(book, "en")["features"]:
        properties = feature["properties"]
        for each in properties["lot_units"]:
            if each["item"] == "TENT":
                told[each["lot"]] += each["load_units"]
        per_item: dict[str, float] = defaultdict(float)
        for each in properties["lot_units"]:
            per_item[each["item"]] += each["load_units"]
        assert dict(per_item) == properties["load_units"]
    assert dict(told) == of_tents(plan)
    manifest = next(sheet for sheet in order_sheets(book, "en") if sheet.title == "By_Warehouse")
    place = [column.header for column in manifest.columns].index("lot")
    cells = [line.cells for line in manifest.lines if len(line.cells) > place]
    assert {"a", "b", "c", "w"} <= {line[place] for line in cells}

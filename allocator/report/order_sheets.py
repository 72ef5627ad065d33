"""The sheets of the orders of a scenario: trips, by warehouse, by district, docks, sign-offs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from allocator.report.order_arrivals import Standing, arrivals, standings
from allocator.report.order_columns import (
    both_clocks,
    clock_column,
    code_and_name,
    has_left,
    moment,
    on_both_clocks,
    state_words,
)
from allocator.report.order_convoys import convoy_words
from allocator.report.order_rests import RestStops, crew_words, rest_words
from allocator.report.order_table import (
    BLOCK,
    DATA,
    FIRST,
    SIGN,
    SUM,
    OrderColumn,
    OrderSheet,
    added,
    declared,
)
from allocator.report.order_waits import docks_sheet, sign_offs_sheet
from allocator.report.order_words import order_word
from allocator.report.orders import OrderBook, TripOrder, sums_by_item
from allocator.report.words import Language
from allocator.schema.disaster import ScenarioDemand, Vehicle
from allocator.schema.network import Item
from allocator.schema.results import LoadingLine, Shortage, Trip

__all__ = ["district_line", "order_sheets", "warehouse_line"]

TRIP_HOURS = (
    "release_hours",
    "load_start_hours",
    "depart_hours",
    "arrive_hours",
    "unload_end_hours",
    "return_hours",
    "latest_load_start_hours",
)
"""Columns of a trip that are told on both clocks."""


def order_sheets(book: OrderBook, lang: Language) -> tuple[OrderSheet, ...]:
    """Return all sheets of the orders of one scenario, or those that a part of it has.

    Parameters
    ----------
    book
        Facts of the scenario's trips.
    lang
        Language of names, heads and sentences.
    """
    makers: tuple[Callable[[OrderBook, Language], OrderSheet], ...] = (
        _trips,
        _by_warehouse,
        _by_district,
        docks_sheet,
        sign_offs_sheet,
    )
    if book.is_part:
        makers = (_trips, _by_warehouse, sign_offs_sheet)
    return tuple(make(book, lang) for make in makers)


def _trips(book: OrderBook, lang: Language) -> OrderSheet:
    """One line a trip, in the order of loading; a second page has the hours."""
    # A first plan has no trips that have left, and no use for a column that says so.
    states = [declared(Trip, "state", lang, form="text")] if book.facts.plan.changes else []
    shown: list[OrderColumn] = [
        declared(Trip, "trip", lang),
        *states,
        *code_and_name("warehouse", lang),
        added("dock_order", lang),
        *code_and_name("fleet", lang),
        declared(Vehicle, "drivers", lang),
        *code_and_name("district", lang),
        *(clock_column(name, lang) for name in TRIP_HOURS),
        added("slack", lang, "hours", "h"),
    ]
    tight = len(shown) - 1
    for clock in ("unit.from_event", "unit.from_order"):
        for k, name in enumerate(TRIP_HOURS):
            starts = k == 0 and clock == "unit.from_event"
            shown.append(declared(Trip, name, lang, unit=clock, is_page_start=starts))
    shown += [
        declared(Trip, name, lang)
        for name in ("distance_km", "weight_kg", "volume_m3", "approvals")
    ]
    company = _company(book, lang)
    shown += company
    last, crews = _crews(book, lang)
    shown += last
    sheet = OrderSheet(order_word("sheet.trips", lang), tuple(shown), tight=tight)
    for orders in book.by_warehouse.values():
        for order in orders:
            trip = order.trip
            hours = [getattr(trip, name) for name in TRIP_HOURS]
            sheet.add(
                FIRST if order.dock_order == 1 else DATA,
                trip.trip,
                *(state_words(order, lang) for _ in states),
                trip.warehouse,
                order.warehouse_name,
                order.dock_order,
                trip.fleet,
                order.fleet_name,
                order.drivers,
                trip.district,
                order.district_name,
                *(book.clock(value) for value in hours),
                order.slack_hours,
                *hours,
                *(value - book.order_hours for value in hours),
                trip.distance_km,
                trip.weight_kg,
                trip.volume_m3,
                "; ".join(chain.label for chain in order.chains),
                *(convoy_words(book.convoys, trip.trip, lang) for _ in company),
                *crews[trip.trip],
            )
    return sheet


def _company(book: OrderBook, lang: Language) -> list[OrderColumn]:
    """A column for convoys, where there are any."""
    return [added("convoy", lang, "text")] if book.convoys else []


def _crews(
    book: OrderBook, lang: Language
) -> tuple[tuple[OrderColumn, ...], dict[str, tuple[str, ...]]]:
    """Columns of crew rule and rest stops, and what each trip has there."""
    stops = RestStops(book.case, book.scenario)
    rule = {row.fleet: crew_words(row, lang) for row in book.case.vehicles}
    rests = {order.trip.trip: rest_words(book, stops, order, lang) for order in book.trips}
    crew = added("crew", lang, "text")
    if not any(rests.values()):
        # Where nobody rests there is no use for a page that says so.
        return (crew,), {order.trip.trip: (rule[order.trip.fleet],) for order in book.trips}
    columns = replace(crew, is_page_start=True), added("rests", lang, "text", "min")
    return columns, {
        order.trip.trip: (rule[order.trip.fleet], rests[order.trip.trip]) for order in book.trips
    }


def _item_columns(lang: Language) -> tuple[OrderColumn, ...]:
    return (
        declared(LoadingLine, "item", lang),
        declared(LoadingLine, "item", lang, is_name=True),
        declared(LoadingLine, "load_units", lang, unit=None),
        declared(Item, "unit", lang),
    )


def _by_warehouse(book: OrderBook, lang: Language) -> OrderSheet:
    """A manifest for each warehouse: trips item by item, sums, signatures."""
    shown = (
        declared(Trip, "trip", lang),
        added("dock_order", lang),
        *both_clocks("load_start_hours", lang),
        clock_column("depart_hours", lang),
        *code_and_name("fleet", lang),
        declared(Vehicle, "drivers", lang),
        *code_and_name("district", lang),
        *_item_columns(lang),
        declared(LoadingLine, "weight_kg", lang),
        declared(LoadingLine, "volume_m3", lang),
        declared(LoadingLine, "lot", lang),
        added("done", lang, "text"),
    )
    company = _company(book, lang)
    sheet = OrderSheet(order_word("sheet.by_warehouse", lang), (*shown, *company))
    for code, orders in book.by_warehouse.items():
        sheet.add(BLOCK, warehouse_line(book, code, orders, lang))
        for order in orders:
            trip = order.trip
            head: tuple[object, ...] = (
                trip.trip,
                order.dock_order,
                *on_both_clocks(book, trip.load_start_hours),
                book.clock(trip.depart_hours),
                trip.fleet,
                order.fleet_name,
                order.drivers,
                trip.district,
                order.district_name,
            )
            kind = FIRST
            done = state_words(order, lang) if has_left(order) else "□"
            together = [convoy_words(book.convoys, trip.trip, lang) for _ in company]
            for load in order.loads:
                item, units = load.item, load.load_units
                sheet.add(kind, *head, item.item, item.name, units, item.unit, load.weight_kg,
                          load.volume_m3, load.lot, done, *together)  # fmt: skip
                head, kind, together = (None,) * len(head), DATA, []
        _add_sums(sheet, code, orders, len(shown) - 8, lang)
        sheet.add(SIGN, order_word("line.sign_warehouse", lang))
        sheet.end_page()
    return sheet


def warehouse_line(book: OrderBook, code: str, orders: Sequence[TripOrder], lang: Language) -> str:
    """Say of a warehouse how much it sends, from when to when, and how many docks it has."""
    starts = [order.trip.load_start_hours for order in orders]
    docks = book.docks.at(code, min(starts))
    limit = "line.no_limit" if docks is None else "line.docks"
    if book.docks.differ(code):
        limit = "line.docks_by_hour"
    return order_word(
        "line.warehouse",
        lang,
        code=code,
        name=orders[0].warehouse_name,
        trips=len(orders),
        kg=f"{sum(order.trip.weight_kg for order in orders):,.0f}",
        m3=f"{sum(order.trip.volume_m3 for order in orders):,.2f}",
        first=moment(book, min(starts)),
        last=moment(book, max(starts)),
        docks=order_word(limit, lang, docks=docks),
    )


def _add_sums(
    sheet: OrderSheet, code: str, orders: Sequence[TripOrder], before: int, lang: Language
) -> None:
    """Add a line of sums for each item, and one of all cargo, with the code for a second page."""
    sums = sums_by_item(orders)
    blank = (None,) * (before - 1)
    label = order_word("line.sum", lang, code=code)
    for load in sums:
        item = load.item
        sheet.add(SUM, label, *blank, item.item, item.name, load.load_units, item.unit,
                  load.weight_kg, load.volume_m3)  # fmt: skip
    kg, m3 = sum(load.weight_kg for load in sums), sum(load.volume_m3 for load in sums)
    sheet.add(SUM, label, *blank, None, order_word("line.total", lang), None, None, kg, m3)


def _by_district(book: OrderBook, lang: Language) -> OrderSheet:
    """For each district what arrives when and from whom, against its need."""
    shown = (
        declared(Trip, "trip", lang),
        *both_clocks("unload_end_hours", lang),
        *code_and_name("warehouse", lang),
        *code_and_name("fleet", lang),
        *_item_columns(lang),
        added("so_far", lang),
        declared(ScenarioDemand, "demand_units", lang),
        added("of_need", lang, "share"),
        declared(Shortage, "unmet_units", lang),
        added("done", lang, "text"),
    )
    sheet = OrderSheet(order_word("sheet.by_district", lang), shown)
    for code, orders in book.by_district.items():
        sheet.add(BLOCK, district_line(book, code, orders, lang))
        for order, lines in arrivals(book, code):
            trip = order.trip
            head: tuple[object, ...] = (
                trip.trip,
                *on_both_clocks(book, trip.unload_end_hours),
                trip.warehouse,
                order.warehouse_name,
                trip.fleet,
                order.fleet_name,
            )
            kind = FIRST
            for load, standing in lines:
                item = load.item
                sheet.add(kind, *head, item.item, item.name, load.load_units, item.unit,
                          *_against(standing), "□")  # fmt: skip
                head, kind = (None,) * len(head), DATA
        foot = (order_word("line.sum", lang, code=code), *(None,) * 7)
        for standing in standings(book, code):
            item = standing.item
            sheet.add(SUM, *foot, item.item, item.name, standing.units, item.unit,
                      *_against(standing))  # fmt: skip
        sheet.add(SIGN, order_word("line.sign_district", lang))
        sheet.end_page()
    return sheet


def _against(standing: Standing) -> tuple[float, float, float | None, float]:
    """Units so far, need, their ratio, and what is still missing."""
    return standing.units, standing.need_units, standing.share, standing.missing_units


def district_line(book: OrderBook, code: str, orders: Sequence[TripOrder], lang: Language) -> str:
    """Say of a district how many trips come, from when to when."""
    name = book.facts.district_name(code)
    if not orders:
        return order_word("line.nothing", lang, code=code, name=name)
    return order_word(
        "line.district",
        lang,
        code=code,
        name=name,
        trips=len(orders),
        first=moment(book, orders[0].trip.unload_end_hours),
        last=moment(book, orders[-1].trip.unload_end_hours),
    )

"""The tables of the printable orders: manifests, arrivals, docks, sign-offs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from allocator.report.order_arrivals import Standing, arrivals, standings
from allocator.report.order_columns import has_left, hundredths, state_words
from allocator.report.order_convoys import convoy_words
from allocator.report.order_paper_cells import (
    Clocks,
    amount_text,
    hours_column,
    item_columns,
    item_text,
    load_text,
    named_column,
    number_text,
    paper_column,
)
from allocator.report.order_rests import RestStops, rest_words
from allocator.report.order_sheets import district_line, warehouse_line
from allocator.report.order_table import (
    DATA,
    SIGN,
    SUM,
    OrderColumn,
    added,
    declared,
)
from allocator.report.order_waits import chain_line, dock_hours
from allocator.report.order_words import order_word
from allocator.report.order_workbook import TIGHT_HOURS
from allocator.report.orders import OrderBook, SignOffChain, TripOrder, sums_by_item
from allocator.report.paper import ROOM
from allocator.report.paper_table import TICK, PaperColumn, PaperTable
from allocator.report.words import Language
from allocator.schema.disaster import ScenarioDemand
from allocator.schema.network import Warehouse
from allocator.schema.procedure import ApprovalStep
from allocator.schema.results import ServedByHour, Shortage, Trip
from allocator.schema.words import YES_NO

__all__ = ["district_tables", "manifest_tables", "sign_off_tables"]


# Manifests -------------------------------------------------------------------------------------


def manifest_tables(
    book: OrderBook, lang: Language
) -> Iterator[tuple[str, tuple[PaperTable, ...]]]:
    """Yield each warehouse with its title, its trips in the order of loading, and its docks.

    A part of the orders says nothing of docks.
    """
    clocks = Clocks(book)
    stops = RestStops(book.case, book.scenario)
    made = {code: _manifest(book, (clocks, stops), code, lang) for code in book.by_warehouse}
    whole = () if book.is_part else made
    docks = {code: _docks(book, clocks, code, lang) for code in whole}
    _fit_alike(made.values())
    _fit_alike(docks.values())
    for code, table in made.items():
        yield code, (table, docks[code]) if code in docks else (table,)


def _fit_alike(tables: Any) -> None:
    """Give tables with the same columns the same widths."""
    every = list(tables)
    if every:
        every[0].fit(ROOM, every[1:])


def _manifest(
    book: OrderBook, made: tuple[Clocks, RestStops], code: str, lang: Language
) -> PaperTable:
    latest = 3
    clocks, stops = made
    orders = book.by_warehouse[code]
    table = PaperTable(
        (
            paper_column(declared(Trip, "trip", lang)),
            paper_column(added("dock_order", lang)),
            hours_column("load_start_hours", lang),
            hours_column("latest_load_start_hours", lang),
            paper_column(declared(Trip, "depart_hours", lang, unit="unit.clock", form="text")),
            hours_column("unload_end_hours", lang),
            named_column(Trip, "fleet", lang),
            named_column(Trip, "district", lang),
            *item_columns(lang),
            paper_column(declared(Trip, "approvals", lang), is_flexible=True),
        ),
        title=warehouse_line(book, code, orders, lang),
    )
    for order in orders:
        trip, loads = order.trip, order.loads
        slack = order_word("paper.slack", lang, hours=hundredths(order.slack_hours))
        table.add(
            DATA,
            f"{trip.trip}\n{state_words(order, lang)}" if has_left(order) else trip.trip,
            str(order.dock_order),
            clocks.both(trip.load_start_hours),
            f"{clocks.both(trip.latest_load_start_hours)}\n{slack}",
            clocks.short(trip.depart_hours),
            clocks.both(trip.unload_end_hours),
            order_word(
                "paper.vehicle",
                lang,
                code=trip.fleet,
                name=order.fleet_name,
                drivers=order.drivers,
                kg=number_text(trip.weight_kg),
                m3=number_text(trip.volume_m3, 2),
            )
            + _convoy(book, trip.trip, lang),
            f"{trip.district} {order.district_name}\n"
            + order_word("paper.way", lang, km=number_text(trip.distance_km, 1))
            + _rests(book, stops, order, lang),
            ("" if has_left(order) else TICK,) * len(loads),
            tuple(load_text(load, lang) for load in loads),
            tuple(amount_text(load.load_units) for load in loads),
            tuple(load.item.unit for load in loads),
            "\n".join(_wait(clocks, chain, lang) for chain in order.chains),
            tight=(latest,) if order.slack_hours < TIGHT_HOURS else (),
        )
    _add_sums(table, orders, lang)
    table.add(SIGN, order_word("line.sign_warehouse", lang))
    return table


def _rests(book: OrderBook, stops: RestStops, order: TripOrder, lang: Language) -> str:
    """Line of the rests of a trip, if it has any."""
    told = rest_words(book, stops, order, lang)
    return "\n" + order_word("paper.rests", lang, rests=told) if told else ""


def _convoy(book: OrderBook, trip: str, lang: Language) -> str:
    """With whom a trip leaves, on a line of its own; nothing where it may leave alone."""
    told = convoy_words(book.convoys, trip, lang)
    return f"\n{told}" if told else ""


def _wait(clocks: Clocks, chain: SignOffChain, lang: Language) -> str:
    through = clocks.short(chain.release_hours)
    return order_word("paper.waits", lang, chain=chain.label, through=through)


def _add_sums(table: PaperTable, orders: Sequence[TripOrder], lang: Language) -> None:
    """Add the sum of all cargo, item by item."""
    sums = sums_by_item(orders)
    kg, m3 = sum(load.weight_kg for load in sums), sum(load.volume_m3 for load in sums)
    code = orders[0].trip.warehouse
    table.add(
        SUM,
        order_word("line.sum", lang, code=code),
        *("",) * 5,
        f"{number_text(kg)} kg\n{number_text(m3, 2)} m3",
        "",
        (),
        tuple(item_text(load.item) for load in sums),
        tuple(amount_text(load.load_units) for load in sums),
        tuple(load.item.unit for load in sums),
        "",
    )


def _docks(book: OrderBook, clocks: Clocks, code: str, lang: Language) -> PaperTable:
    """Load starts and vehicles under way of one warehouse, where something changes."""
    orders = book.by_warehouse[code]
    fleets = sorted({order.trip.fleet for order in orders})
    table = PaperTable(
        (
            hours_column("hour", lang, ServedByHour),
            paper_column(added("load_starts", lang)),
            paper_column(declared(Warehouse, "docks_per_hour", lang, unit=None)),
            paper_column(added("under_way", lang, "text"), is_flexible=True),
        ),
        title=order_word("paper.docks", lang),
    )
    names = {fleet: book.facts.fleet_name(fleet) for fleet in fleets}
    for hour, starts, busy in dock_hours(orders, fleets):
        away = [
            order_word("paper.each", lang, fleet=fleet, name=names[fleet], count=count)
            for fleet, count in zip(fleets, busy, strict=True)
            if count
        ]
        limit = book.docks.at(code, hour)
        told = order_word("line.no_limit", lang) if limit is None else str(limit)
        table.add(DATA, clocks.line(hour), str(starts), told, "; ".join(away) or "0")
    return table


# Arrivals --------------------------------------------------------------------------------------


def district_tables(
    book: OrderBook, lang: Language
) -> Iterator[tuple[str, tuple[PaperTable, ...]]]:
    """Yield each district with its title and what arrives when, against its need."""
    clocks = Clocks(book)
    made = {code: _arrivals(book, clocks, code, lang) for code in book.by_district}
    _fit_alike(made.values())
    for code, table in made.items():
        yield code, (table,)


def _arrivals(book: OrderBook, clocks: Clocks, code: str, lang: Language) -> PaperTable:
    table = PaperTable(
        (
            paper_column(declared(Trip, "trip", lang)),
            paper_column(declared(Trip, "arrive_hours", lang, unit="unit.clock", form="text")),
            hours_column("unload_end_hours", lang),
            named_column(Trip, "warehouse", lang),
            named_column(Trip, "fleet", lang),
            *item_columns(lang),
            paper_column(added("so_far", lang)),
            paper_column(declared(ScenarioDemand, "demand_units", lang)),
            paper_column(added("of_need", lang, "share")),
            paper_column(declared(Shortage, "unmet_units", lang)),
        ),
        title=district_line(book, code, book.by_district[code], lang),
    )
    for order, lines in arrivals(book, code):
        trip = order.trip
        table.add(
            DATA,
            trip.trip,
            clocks.short(trip.arrive_hours),
            clocks.both(trip.unload_end_hours),
            f"{trip.warehouse} {order.warehouse_name}",
            f"{trip.fleet} {order.fleet_name}",
            (TICK,) * len(lines),
            tuple(item_text(load.item) for load, _ in lines),
            tuple(amount_text(load.load_units) for load, _ in lines),
            tuple(load.item.unit for load, _ in lines),
            *_against([standing for _, standing in lines]),
        )
    ends = standings(book, code)
    table.add(
        SUM,
        order_word("line.sum", lang, code=code),
        *("",) * 4,
        (),
        tuple(item_text(one.item) for one in ends),
        tuple(amount_text(one.units) for one in ends),
        tuple(one.item.unit for one in ends),
        *_against(ends),
    )
    table.add(SIGN, order_word("line.sign_district", lang))
    return table


def _against(lines: Sequence[Standing]) -> tuple[tuple[str, ...], ...]:
    """Units so far, need, their ratio, and what is still missing, by column."""
    return (
        tuple(amount_text(one.units) for one in lines),
        tuple(amount_text(one.need_units) for one in lines),
        tuple(_percent(one) for one in lines),
        tuple(amount_text(one.missing_units) for one in lines),
    )


def _percent(standing: Standing) -> str:
    """Share of the need; all of it only where nothing is missing."""
    if standing.share is None:
        return "-"
    percent = round(100 * standing.share)
    return f"{min(percent, 99) if standing.missing_units > 0 else percent}%"


# Sign-offs -------------------------------------------------------------------------------------


def sign_off_tables(
    book: OrderBook, lang: Language
) -> Iterator[tuple[SignOffChain, tuple[PaperTable, ...]]]:
    """Yield each chain with when it must be through, its steps, and the trips that wait."""
    clocks = Clocks(book)
    steps = {chain: _steps(book, clocks, chain, lang) for chain in book.by_chain}
    waiting = {chain: _waiting(book, clocks, chain, lang) for chain in book.by_chain}
    _fit_alike(steps.values())
    _fit_alike(waiting.values())
    for chain in book.by_chain:
        yield chain, (steps[chain], waiting[chain])


def _steps(book: OrderBook, clocks: Clocks, chain: SignOffChain, lang: Language) -> PaperTable:
    through = OrderColumn(
        order_word("through", lang), order_word("unit.both_clocks", lang), "", "text"
    )
    table = PaperTable(
        (
            PaperColumn(""),
            paper_column(declared(ApprovalStep, "step", lang, form="text"), is_flexible=True),
            paper_column(declared(ApprovalStep, "name", lang), is_flexible=True),
            paper_column(declared(ApprovalStep, "department", lang), is_flexible=True),
            PaperColumn(order_word("verbal", lang)),
            paper_column(through),
        ),
        title=chain_line(book, chain, book.by_chain[chain], lang),
    )
    for step in chain.steps:
        table.add(
            DATA,
            TICK,
            step.step,
            step.name,
            step.department,
            YES_NO[lang][step.is_verbal_allowed],
            clocks.line(step.through_hours),
        )
    return table


def _waiting(book: OrderBook, clocks: Clocks, chain: SignOffChain, lang: Language) -> PaperTable:
    latest = 5
    table = PaperTable(
        (
            paper_column(declared(Trip, "trip", lang)),
            named_column(Trip, "warehouse", lang),
            named_column(Trip, "district", lang),
            hours_column("load_start_hours", lang),
            paper_column(added("spare", lang, "hours", "h")),
            hours_column("latest_load_start_hours", lang),
        ),
        title=order_word("line.waiting", lang),
    )
    for order in book.by_chain[chain]:
        trip = order.trip
        table.add(
            DATA,
            trip.trip,
            f"{trip.warehouse} {order.warehouse_name}",
            f"{trip.district} {order.district_name}",
            clocks.line(trip.load_start_hours),
            hundredths(trip.load_start_hours - chain.release_hours),
            clocks.line(trip.latest_load_start_hours),
            tight=(latest,) if order.slack_hours < TIGHT_HOURS else (),
        )
    return table

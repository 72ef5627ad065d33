"""The tables of the printable orders: manifests, arrivals, docks, sign-offs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

from allocator.report.order_arrivals import Standing, arrivals, standings
from allocator.report.order_columns import has_left, hundredths, state_words
from allocator.report.order_convoys import convoy_words
from allocator.report.order_sheets import district_line, warehouse_line
from allocator.report.order_table import (
    CODE_ZH,
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
from allocator.report.orders import Load, OrderBook, SignOffChain, TripOrder, sums_by_item
from allocator.report.paper import ROOM
from allocator.report.paper_table import TICK, PaperColumn, PaperTable
from allocator.report.words import Language
from allocator.schema.disaster import ScenarioDemand
from allocator.schema.network import Item, Warehouse
from allocator.schema.procedure import ApprovalStep
from allocator.schema.results import LoadingLine, ServedByHour, Shortage, Trip
from allocator.schema.row import Row
from allocator.schema.words import YES_NO

__all__ = ["district_tables", "manifest_tables", "sign_off_tables"]

Side = Literal["left", "center", "right"]


def _column(shown: OrderColumn, *, is_flexible: bool = False) -> PaperColumn:
    """Column with the head it has in the workbook."""
    side: Side = "left" if shown.form == "text" else "right"
    return PaperColumn(shown.header, shown.unit, side, is_flexible)


def _named_column(kind: type[Row], name: str, lang: Language) -> PaperColumn:
    """Column of a code with its name behind it."""
    shown = _column(declared(kind, name, lang), is_flexible=True)
    return replace(shown, header=shown.header.removesuffix(CODE_ZH))


def _hours_column(name: str, lang: Language, kind: type[Row] = Trip) -> PaperColumn:
    """Column of an hour on both clocks, one below the other."""
    return _column(declared(kind, name, lang, unit="unit.both_clocks", form="text"))


class _Clocks:
    """Hours as they are printed, each made once.

    Parameters
    ----------
    book
        Facts of the scenario's trips.
    """

    def __init__(self, book: OrderBook) -> None:
        self._book = book
        self._told: dict[float, str] = {}

    def both(self, hours: float) -> str:
        """Clock time, then hours from the event and from the order. [h]"""
        if hours not in self._told:
            clock = self._book.clock(hours)
            told = f"{hundredths(hours)} / {hundredths(hours - self._book.order_hours)}"
            self._told[hours] = told if clock is None else f"{clock:%m-%d %H:%M}\n{told}"
        return self._told[hours]

    def line(self, hours: float) -> str:
        """The same in one line. [h]"""
        return self.both(hours).replace("\n", "  ")

    def short(self, hours: float) -> str:
        """Clock time alone where there is one. [h]"""
        return self.both(hours).split("\n", maxsplit=1)[0]


def _number(value: float, digits: int = 0) -> str:
    return f"{value:,.{digits}f}"


def _amount(units: float) -> str:
    """Units, with what is behind the point only where there is something."""
    return _number(units) if float(units).is_integer() else _number(units, 2)


def _item_columns(lang: Language) -> tuple[PaperColumn, ...]:
    """Tick, code and name of the item, units, and what a unit is; values follow in entries."""
    return (
        PaperColumn(""),
        _named_column(LoadingLine, "item", lang),
        _column(declared(LoadingLine, "load_units", lang, unit=None)),
        _column(declared(Item, "unit", lang)),
    )


def _item(item: Item) -> str:
    return f"{item.item} {item.name}"


def _loaded(load: Load, lang: Language) -> str:
    """Item of a load, with its lot where that is told."""
    lot = order_word("paper.lot", lang, lot=load.lot) if load.lot else ""
    return f"{_item(load.item)}{lot}"


# Manifests -------------------------------------------------------------------------------------


def manifest_tables(
    book: OrderBook, lang: Language
) -> Iterator[tuple[str, tuple[PaperTable, ...]]]:
    """Yield each warehouse with its title, its trips in the order of loading, and its docks."""
    clocks = _Clocks(book)
    made = {code: _manifest(book, clocks, code, lang) for code in book.by_warehouse}
    docks = {code: _docks(book, clocks, code, lang) for code in made}
    _fit_alike(made.values())
    _fit_alike(docks.values())
    for code, table in made.items():
        yield code, (table, docks[code])


def _fit_alike(tables: Any) -> None:
    """Give tables with the same columns the same widths."""
    every = list(tables)
    if every:
        every[0].fit(ROOM, every[1:])


def _manifest(book: OrderBook, clocks: _Clocks, code: str, lang: Language) -> PaperTable:
    latest = 3
    orders = book.by_warehouse[code]
    table = PaperTable(
        (
            _column(declared(Trip, "trip", lang)),
            _column(added("dock_order", lang)),
            _hours_column("load_start_hours", lang),
            _hours_column("latest_load_start_hours", lang),
            _column(declared(Trip, "depart_hours", lang, unit="unit.clock", form="text")),
            _hours_column("unload_end_hours", lang),
            _named_column(Trip, "fleet", lang),
            _named_column(Trip, "district", lang),
            *_item_columns(lang),
            _column(declared(Trip, "approvals", lang), is_flexible=True),
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
                kg=_number(trip.weight_kg),
                m3=_number(trip.volume_m3, 2),
            )
            + _convoy(book, trip.trip, lang),
            f"{trip.district} {order.district_name}\n"
            + order_word("paper.way", lang, km=_number(trip.distance_km, 1)),
            ("" if has_left(order) else TICK,) * len(loads),
            tuple(_loaded(load, lang) for load in loads),
            tuple(_amount(load.load_units) for load in loads),
            tuple(load.item.unit for load in loads),
            "\n".join(_wait(clocks, chain, lang) for chain in order.chains),
            tight=(latest,) if order.slack_hours < TIGHT_HOURS else (),
        )
    _add_sums(table, orders, lang)
    table.add(SIGN, order_word("line.sign_warehouse", lang))
    return table


def _convoy(book: OrderBook, trip: str, lang: Language) -> str:
    """With whom a trip leaves, on a line of its own; nothing where it may leave alone."""
    told = convoy_words(book.convoys, trip, lang)
    return f"\n{told}" if told else ""


def _wait(clocks: _Clocks, chain: SignOffChain, lang: Language) -> str:
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
        f"{_number(kg)} kg\n{_number(m3, 2)} m3",
        "",
        (),
        tuple(_item(load.item) for load in sums),
        tuple(_amount(load.load_units) for load in sums),
        tuple(load.item.unit for load in sums),
        "",
    )


def _docks(book: OrderBook, clocks: _Clocks, code: str, lang: Language) -> PaperTable:
    """Load starts and vehicles under way of one warehouse, where something changes."""
    orders = book.by_warehouse[code]
    fleets = sorted({order.trip.fleet for order in orders})
    table = PaperTable(
        (
            _hours_column("hour", lang, ServedByHour),
            _column(added("load_starts", lang)),
            _column(declared(Warehouse, "docks_per_hour", lang, unit=None)),
            _column(added("under_way", lang, "text"), is_flexible=True),
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
    clocks = _Clocks(book)
    made = {code: _arrivals(book, clocks, code, lang) for code in book.by_district}
    _fit_alike(made.values())
    for code, table in made.items():
        yield code, (table,)


def _arrivals(book: OrderBook, clocks: _Clocks, code: str, lang: Language) -> PaperTable:
    table = PaperTable(
        (
            _column(declared(Trip, "trip", lang)),
            _column(declared(Trip, "arrive_hours", lang, unit="unit.clock", form="text")),
            _hours_column("unload_end_hours", lang),
            _named_column(Trip, "warehouse", lang),
            _named_column(Trip, "fleet", lang),
            *_item_columns(lang),
            _column(added("so_far", lang)),
            _column(declared(ScenarioDemand, "demand_units", lang)),
            _column(added("of_need", lang, "share")),
            _column(declared(Shortage, "unmet_units", lang)),
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
            tuple(_item(load.item) for load, _ in lines),
            tuple(_amount(load.load_units) for load, _ in lines),
            tuple(load.item.unit for load, _ in lines),
            *_against([standing for _, standing in lines]),
        )
    ends = standings(book, code)
    table.add(
        SUM,
        order_word("line.sum", lang, code=code),
        *("",) * 4,
        (),
        tuple(_item(one.item) for one in ends),
        tuple(_amount(one.units) for one in ends),
        tuple(one.item.unit for one in ends),
        *_against(ends),
    )
    table.add(SIGN, order_word("line.sign_district", lang))
    return table


def _against(lines: Sequence[Standing]) -> tuple[tuple[str, ...], ...]:
    """Units so far, need, their ratio, and what is still missing, by column."""
    return (
        tuple(_amount(one.units) for one in lines),
        tuple(_amount(one.need_units) for one in lines),
        tuple(_percent(one) for one in lines),
        tuple(_amount(one.missing_units) for one in lines),
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
    clocks = _Clocks(book)
    steps = {chain: _steps(book, clocks, chain, lang) for chain in book.by_chain}
    waiting = {chain: _waiting(book, clocks, chain, lang) for chain in book.by_chain}
    _fit_alike(steps.values())
    _fit_alike(waiting.values())
    for chain in book.by_chain:
        yield chain, (steps[chain], waiting[chain])


def _steps(book: OrderBook, clocks: _Clocks, chain: SignOffChain, lang: Language) -> PaperTable:
    through = OrderColumn(
        order_word("through", lang), order_word("unit.both_clocks", lang), "", "text"
    )
    table = PaperTable(
        (
            PaperColumn(""),
            _column(declared(ApprovalStep, "step", lang, form="text"), is_flexible=True),
            _column(declared(ApprovalStep, "name", lang), is_flexible=True),
            _column(declared(ApprovalStep, "department", lang), is_flexible=True),
            PaperColumn(order_word("verbal", lang)),
            _column(through),
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


def _waiting(book: OrderBook, clocks: _Clocks, chain: SignOffChain, lang: Language) -> PaperTable:
    latest = 5
    table = PaperTable(
        (
            _column(declared(Trip, "trip", lang)),
            _named_column(Trip, "warehouse", lang),
            _named_column(Trip, "district", lang),
            _hours_column("load_start_hours", lang),
            _column(added("spare", lang, "hours", "h")),
            _hours_column("latest_load_start_hours", lang),
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

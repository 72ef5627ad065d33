"""What loading waits for: the docks of each warehouse hour by hour, and the sign-offs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import ceil, floor

from allocator.report.order_columns import both_clocks, code_and_name, moment, on_both_clocks
from allocator.report.order_docks import PERIOD_HOURS, WHOLE_NOISE
from allocator.report.order_table import (
    BLOCK,
    DATA,
    FIRST,
    HEAD,
    OrderColumn,
    OrderSheet,
    added,
    declared,
)
from allocator.report.order_words import order_word
from allocator.report.orders import OrderBook, SignOffChain, TripOrder
from allocator.report.words import Language
from allocator.schema.network import Warehouse
from allocator.schema.procedure import ApprovalStep
from allocator.schema.results import ServedByHour, Trip
from allocator.schema.words import YES_NO

__all__ = ["chain_line", "dock_hours", "docks_sheet", "sign_offs_sheet"]


def docks_sheet(book: OrderBook, lang: Language) -> OrderSheet:
    """Load starts and vehicles under way by warehouse and hour, where something changes."""
    fleets = sorted({order.trip.fleet for order in book.trips})
    under_way = added("under_way", lang)
    shown = (
        *code_and_name("warehouse", lang),
        *both_clocks("hour", lang, ServedByHour),
        added("load_starts", lang),
        declared(Warehouse, "docks_per_hour", lang, unit=None),
        *(
            OrderColumn(
                f"{under_way.header} {fleet} {book.facts.fleet_name(fleet)}",
                declared(Trip, "fleet", lang).unit,
                under_way.about,
                "units",
            )
            for fleet in fleets
        ),
    )
    sheet = OrderSheet(order_word("sheet.docks", lang), shown)
    for code, orders in book.by_warehouse.items():
        name = orders[0].warehouse_name
        kind = FIRST
        for hour, starts, busy in dock_hours(orders, fleets):
            limit = book.docks.at(code, hour)
            limit_told = order_word("line.no_limit", lang) if limit is None else limit
            sheet.add(kind, code, name, *on_both_clocks(book, hour), starts, limit_told, *busy)
            kind = DATA
    return sheet


def dock_hours(
    orders: Sequence[TripOrder], fleets: Sequence[str]
) -> list[tuple[float, int, tuple[int, ...]]]:
    """Hours at which loading starts or the vehicles under way change, with both figures."""
    starts: Counter[int] = Counter()
    change: dict[int, Counter[str]] = defaultdict(Counter)
    for order in orders:
        trip = order.trip
        begun = floor(trip.load_start_hours / PERIOD_HOURS + WHOLE_NOISE)
        back = ceil(trip.return_hours / PERIOD_HOURS - WHOLE_NOISE)
        starts[begun] += 1
        change[begun][trip.fleet] += 1
        change[back][trip.fleet] -= 1
    found = []
    busy: Counter[str] = Counter()
    for period in sorted(change):
        busy.update(change[period])
        now = tuple(busy[fleet] for fleet in fleets)
        found.append((period * PERIOD_HOURS, starts[period], now))
    return found


def sign_offs_sheet(book: OrderBook, lang: Language) -> OrderSheet:
    """For each chain its steps, when it must be through, and the trips that wait for it."""
    shown = (
        declared(Trip, "trip", lang),
        *code_and_name("warehouse", lang),
        *code_and_name("district", lang),
        *both_clocks("load_start_hours", lang),
        added("spare", lang, "hours", "h"),
        *both_clocks("latest_load_start_hours", lang),
    )
    sheet = OrderSheet(order_word("sheet.sign_offs", lang), shown)
    for chain, orders in book.by_chain.items():
        sheet.add(BLOCK, chain_line(book, chain, orders, lang))
        _add_steps(sheet, book, chain, lang)
        sheet.add(HEAD, order_word("line.waiting", lang))
        for order in orders:
            trip = order.trip
            sheet.add(
                DATA,
                trip.trip,
                trip.warehouse,
                order.warehouse_name,
                trip.district,
                order.district_name,
                *on_both_clocks(book, trip.load_start_hours),
                trip.load_start_hours - chain.release_hours,
                *on_both_clocks(book, trip.latest_load_start_hours),
            )
        sheet.end_page()
    if not sheet.lines:
        sheet.add(BLOCK, order_word("line.no_chain", lang))
    return sheet


def chain_line(
    book: OrderBook, chain: SignOffChain, orders: Sequence[TripOrder], lang: Language
) -> str:
    """Say of a chain when it is planned through, when it must be, and how many trips wait."""
    first = orders[0].trip
    return order_word(
        "line.chain",
        lang,
        chain=chain.label,
        through=moment(book, chain.release_hours),
        due=moment(book, first.load_start_hours),
        trip=first.trip,
        spare=f"{first.load_start_hours - chain.release_hours:.2f}",
        trips=len(orders),
    )


def _add_steps(sheet: OrderSheet, book: OrderBook, chain: SignOffChain, lang: Language) -> None:
    """Add the steps of a chain with who answers for them and when they are through."""
    step, name, department = (
        declared(ApprovalStep, field, lang).header for field in ("step", "name", "department")
    )
    verbal, through = order_word("verbal", lang), order_word("through", lang)
    sheet.add(HEAD, step, None, name, verbal, department, through, through, through)
    for row in chain.steps:
        sheet.add(
            DATA,
            row.step,
            None,
            row.name,
            YES_NO[lang][row.is_verbal_allowed],
            row.department,
            *on_both_clocks(book, row.through_hours),
        )

"""The printable orders of a scenario: cover, manifests, arrivals, sign-offs, as PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from allocator.report.order_columns import hundredths, moment
from allocator.report.order_paper_tables import (
    district_tables,
    manifest_tables,
    sign_off_tables,
)
from allocator.report.order_table import DATA, declared
from allocator.report.order_words import order_word
from allocator.report.orders import OrderBook
from allocator.report.paper import ROOM, PaperSection, PaperWords, write_paper
from allocator.report.paper_table import PaperColumn, PaperTable
from allocator.report.words import Language
from allocator.schema.results import Trip

__all__ = ["write_order_paper"]

DIGEST_LETTERS = 16
"""Of a digest at the foot of a page; the cover has it in full."""


def write_order_paper(book: OrderBook, path: Path, lang: Language) -> None:
    """Write the orders of one scenario for people in the field.

    Every warehouse, district and chain of sign-offs begins on a new page, so that its sheets can be
    handed out by themselves.

    Parameters
    ----------
    book
        Facts of the scenario's trips.
    path
        PDF file to write.
    lang
        Language of heads and sentences.
    """
    districts = [] if book.is_part else _districts(book, lang)
    sections = [*_warehouses(book, lang), *districts, *_chains(book, lang)]

    def contents(starts: Mapping[str, int]) -> PaperSection:
        return _front(book, lang, starts)

    words = PaperWords(
        title=order_word(
            "paper.running", lang, plan=book.case.settings.plan_name, scenario=_scenario(book)
        ),
        foot=order_word(
            "paper.foot",
            lang,
            plan=book.digest[:DIGEST_LETTERS],
            case=book.case.digest[:DIGEST_LETTERS],
        ),
        page=order_word("paper.page", lang),
        sheet=order_word("paper.sheet", lang),
    )
    write_paper(path, words, contents, sections)


def _scenario(book: OrderBook) -> str:
    return book.scenario if book.name == book.scenario else f"{book.scenario} {book.name}"


def _named(kind: str, lang: Language, *parts: str) -> str:
    return order_word(kind, lang, name=" ".join(parts))


def _warehouses(book: OrderBook, lang: Language) -> list[PaperSection]:
    return [
        PaperSection(
            f"warehouse {code}",
            _named("paper.kind_warehouse", lang, code, book.facts.warehouse_name(code)),
            tables,
        )
        for code, tables in manifest_tables(book, lang)
    ]


def _districts(book: OrderBook, lang: Language) -> list[PaperSection]:
    return [
        PaperSection(
            f"district {code}",
            _named("paper.kind_district", lang, code, book.facts.district_name(code)),
            tables,
        )
        for code, tables in district_tables(book, lang)
    ]


def _chains(book: OrderBook, lang: Language) -> list[PaperSection]:
    return [
        PaperSection(
            f"chain {chain.procedure} {chain.release_step}",
            _named("paper.kind_chain", lang, chain.procedure, chain.release_step),
            tables,
        )
        for chain, tables in sign_off_tables(book, lang)
    ]


def _front(book: OrderBook, lang: Language, starts: Mapping[str, int]) -> PaperSection:
    """Cover and contents, given the first pages of the sections."""
    title = order_word("paper.title", lang)
    return PaperSection("front", title, (_cover(book, lang), _contents(book, lang, starts)))


def _cover(book: OrderBook, lang: Language) -> PaperTable:
    steps = [step for chain in book.by_chain for step in chain.steps]
    departments = "; ".join(dict.fromkeys(step.department for step in steps))
    whom = "paper.for_whom" if departments else "paper.for_whom_unsigned"
    table = PaperTable(
        (
            PaperColumn(order_word("paper.what", lang)),
            PaperColumn(order_word("paper.value", lang), is_flexible=True),
        )
    )
    certificate = order_word("paper.certificate", lang, plan=book.digest, case=book.case.digest)
    for key, text in (
        ("scenario", _scenario(book)),
        ("plan", book.case.settings.plan_name),
        ("event", _clock_and_hours(book, 0.0, lang)),
        ("order", _clock_and_hours(book, book.order_hours, lang)),
        ("deadline", _clock_and_hours(book, book.deadline_hours, lang)),
        ("amount", _amounts(book, lang)),
        ("for", order_word(whom, lang, departments=departments)),
        ("certified", certificate),
        ("how", order_word("paper.reading", lang)),
    ):
        table.add(DATA, order_word(f"paper.{key}", lang), text)
    least, _ = table.natural_widths()[0]
    table.widths = (least, ROOM - least)
    return table


def _amounts(book: OrderBook, lang: Language) -> str:
    """How much is brought to districts; what goes to a hub first is not counted twice."""
    trips = [order.trip for order in book.trips]
    onward = [trip for trip in trips if trip.district not in book.hubs]
    legs = [trip for trip in trips if trip.district in book.hubs]

    def told(key: str, some: Sequence[Trip], **places: int) -> str:
        return order_word(
            key,
            lang,
            trips=f"{len(some):,}",
            kg=f"{sum(trip.weight_kg for trip in some):,.0f}",
            m3=f"{sum(trip.volume_m3 for trip in some):,.2f}",
            **places,
        )

    places = {"warehouses": len(book.by_warehouse), "districts": len(book.districts)}
    amounts = told("paper.amounts", onward, **places)
    return amounts + told("paper.hub_amounts", legs) if legs else amounts


def _clock_and_hours(book: OrderBook, hours: float, lang: Language) -> str:
    clock = book.clock(hours)
    told = order_word("paper.no_clock", lang) if clock is None else f"{clock:%Y-%m-%d %H:%M}"
    return order_word(
        "paper.clock_and_hours",
        lang,
        clock=told,
        event=hundredths(hours),
        order=hundredths(hours - book.order_hours),
    )


def _contents(book: OrderBook, lang: Language, starts: Mapping[str, int]) -> PaperTable:
    """One line a section, with its trips, its first and last hour and its page."""
    load_start, in_hand = (
        declared(Trip, name, lang).header for name in ("load_start_hours", "unload_end_hours")
    )
    first, last = order_word("paper.first", lang), order_word("paper.last", lang)
    table = PaperTable(
        (
            PaperColumn(order_word("paper.contents", lang), is_flexible=True),
            PaperColumn(order_word("sheet.trips", lang), side="right"),
            PaperColumn("", is_flexible=True),
            PaperColumn(first),
            PaperColumn(last),
            PaperColumn(order_word("paper.on_page", lang), side="right"),
        )
    )

    def add(key: str, name: str, what: str, hours: list[float]) -> None:
        told = [moment(book, hour) for hour in (hours[0], hours[-1])] if hours else ["-", "-"]
        table.add(DATA, name, f"{len(hours):,}", what, *told, f"{starts[key]:,}")

    for code, orders in book.by_warehouse.items():
        name = _named("paper.kind_warehouse", lang, code, orders[0].warehouse_name)
        hours = [order.trip.load_start_hours for order in orders]
        add(f"warehouse {code}", name, load_start, hours)
    districts = {} if book.is_part else book.by_district
    for code, orders in districts.items():
        name = _named("paper.kind_district", lang, code, book.facts.district_name(code))
        hours = [order.trip.unload_end_hours for order in orders]
        add(f"district {code}", name, in_hand, hours)
    for chain, orders in book.by_chain.items():
        name = _named("paper.kind_chain", lang, chain.label)
        hours = [order.trip.load_start_hours for order in orders]
        add(f"chain {chain.procedure} {chain.release_step}", name, load_start, hours)
    table.fit(ROOM)
    return table

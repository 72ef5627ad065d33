"""Columns and cells that the tables of the printable orders share."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from allocator.report.order_columns import hundredths
from allocator.report.order_table import CODE_ZH, OrderColumn, declared
from allocator.report.order_words import order_word
from allocator.report.orders import Load, OrderBook
from allocator.report.paper_table import PaperColumn
from allocator.report.words import Language
from allocator.schema.network import Item
from allocator.schema.results import LoadingLine, Trip
from allocator.schema.row import Row

__all__ = [
    "Clocks",
    "amount_text",
    "hours_column",
    "item_columns",
    "item_text",
    "load_text",
    "named_column",
    "number_text",
    "paper_column",
]

Side = Literal["left", "center", "right"]


def paper_column(shown: OrderColumn, *, is_flexible: bool = False) -> PaperColumn:
    """Column with the head it has in the workbook."""
    side: Side = "left" if shown.form == "text" else "right"
    return PaperColumn(shown.header, shown.unit, side, is_flexible)


def named_column(kind: type[Row], name: str, lang: Language) -> PaperColumn:
    """Column of a code with its name behind it."""
    shown = paper_column(declared(kind, name, lang), is_flexible=True)
    return replace(shown, header=shown.header.removesuffix(CODE_ZH))


def hours_column(name: str, lang: Language, kind: type[Row] = Trip) -> PaperColumn:
    """Column of an hour on both clocks, one below the other."""
    return paper_column(declared(kind, name, lang, unit="unit.both_clocks", form="text"))


class Clocks:
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


def number_text(value: float, digits: int = 0) -> str:
    """A number with thousands apart."""
    return f"{value:,.{digits}f}"


def amount_text(units: float) -> str:
    """Units, with what is behind the point only where there is something."""
    return number_text(units) if float(units).is_integer() else number_text(units, 2)


def item_columns(lang: Language) -> tuple[PaperColumn, ...]:
    """Tick, code and name of the item, units, and what a unit is; values follow in entries."""
    return (
        PaperColumn(""),
        named_column(LoadingLine, "item", lang),
        paper_column(declared(LoadingLine, "load_units", lang, unit=None)),
        paper_column(declared(Item, "unit", lang)),
    )


def item_text(item: Item) -> str:
    """Code and name of an item."""
    return f"{item.item} {item.name}"


def load_text(load: Load, lang: Language) -> str:
    """Item of a load, with its lot where that is told."""
    lot = order_word("paper.lot", lang, lot=load.lot) if load.lot else ""
    return f"{item_text(load.item)}{lot}"

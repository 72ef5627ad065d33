"""Columns that several sheets of orders share, and the values that go into them."""

from __future__ import annotations

from datetime import datetime

from allocator.report.order_table import OrderColumn, declared
from allocator.report.order_words import order_word
from allocator.report.orders import OrderBook, TripOrder
from allocator.report.words import Language
from allocator.schema.results import Trip
from allocator.schema.row import Row

__all__ = [
    "both_clocks",
    "clock_column",
    "code_and_name",
    "has_left",
    "hundredths",
    "moment",
    "on_both_clocks",
    "state_words",
]


def clock_column(name: str, lang: Language) -> OrderColumn:
    """Column of an hour of a trip as a clock time."""
    return declared(Trip, name, lang, unit="unit.clock", form="clock")


def both_clocks(
    name: str, lang: Language, kind: type[Row] = Trip
) -> tuple[OrderColumn, OrderColumn, OrderColumn]:
    """Columns of an hour: clock, from the event, from the order."""
    return (
        declared(kind, name, lang, unit="unit.clock", form="clock"),
        declared(kind, name, lang, unit="unit.from_event", form="hours"),
        declared(kind, name, lang, unit="unit.from_order", form="hours"),
    )


def on_both_clocks(book: OrderBook, hours: float) -> tuple[datetime | None, float, float]:
    """Values of the columns of ``both_clocks``."""
    return book.clock(hours), hours, hours - book.order_hours


def code_and_name(name: str, lang: Language) -> tuple[OrderColumn, ...]:
    """Columns of a code and its name."""
    return declared(Trip, name, lang), declared(Trip, name, lang, is_name=True)


def has_left(order: TripOrder) -> bool:
    """Whether a trip had left when it was planned anew: then its order is no order any more."""
    return order.trip.state != "planned"


def state_words(order: TripOrder, lang: Language) -> str:
    """Whether a trip is to go or has left."""
    return order_word(f"state.{order.trip.state}", lang)


def hundredths(hours: float) -> str:
    """Hours to the hundredth, and never a zero with a sign. [h]"""
    return f"{round(hours, 2) + 0.0:.2f}"


def moment(book: OrderBook, hours: float) -> str:
    """An hour in a sentence, on both clocks."""
    clock = book.clock(hours)
    told = hundredths(hours)
    return f"{told} h" if clock is None else f"{clock:%m-%d %H:%M} ({told} h)"

"""Orders of a part of a scenario: one warehouse, or one trip, for those who have to do with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from allocator.report.orders import OrderBook, TripOrder

__all__ = ["part_of_book"]


def part_of_book(book: OrderBook, is_wanted: Callable[[TripOrder], bool]) -> OrderBook:
    """Return a book with some of the trips.

    Who gets a part reads neither what arrives in a district in all nor how busy the docks are: both
    would be short of the trips that are left out. Who sets off together is told as ever.

    Parameters
    ----------
    book
        Orders of a scenario.
    is_wanted
        Whether a trip is in the part.
    """
    part = replace(
        book, trips=tuple(order for order in book.trips if is_wanted(order)), is_part=True
    )
    part.__dict__["convoys"] = book.convoys
    return part

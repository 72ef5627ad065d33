"""What a district has in hand of each item, load by load, against its need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from allocator.report.orders import Load, OrderBook, TripOrder
from allocator.schema.network import Item

__all__ = ["Standing", "arrivals", "served_steps", "standings"]


@dataclass(frozen=True)
class Standing:
    """How a district stands with an item.

    Parameters
    ----------
    item
        Its row in the case.
    units
        In hand so far. [units]
    need_units
        Needed. [units]
    """

    item: Item
    units: float
    need_units: float

    @property
    def share(self) -> float | None:
        """Units so far over the need; None without a need."""
        return self.units / self.need_units if self.need_units > 0 else None

    @property
    def missing_units(self) -> float:
        """What is still missing. [units]"""
        return max(0.0, self.need_units - self.units)


def arrivals(
    book: OrderBook, district: str
) -> Iterator[tuple[TripOrder, list[tuple[Load, Standing]]]]:
    """Yield the trips to a district in the order of unloading, and how it stands after each load.

    Parameters
    ----------
    book
        Facts of the scenario's trips.
    district
        One of those in ``book.by_district``.
    """
    need = book.need_units.get(district, {})
    so_far: dict[str, float] = defaultdict(float)
    for order in book.by_district[district]:
        lines = []
        for load in order.loads:
            code = load.item.item
            so_far[code] += load.load_units
            lines.append((load, Standing(load.item, so_far[code], need.get(code, 0.0))))
        yield order, lines


def standings(book: OrderBook, district: str) -> list[Standing]:
    """How a district stands at the end, by the codes of all items it needs or gets."""
    need = book.need_units.get(district, {})
    so_far: dict[str, float] = defaultdict(float)
    for order in book.by_district[district]:
        for load in order.loads:
            so_far[load.item.item] += load.load_units
    return [
        Standing(book.facts.items[code], so_far.get(code, 0.0), need.get(code, 0.0))
        for code in sorted({*need, *so_far})
    ]


def served_steps(book: OrderBook, district: str) -> list[tuple[float, float]]:
    """Hours at which a district gets something, and the weighted share of its need from then on.

    Parameters
    ----------
    book
        Facts of the scenario's trips.
    district
        One of those in ``book.by_district``; without a need it has no share.
    """
    items = book.facts.items
    need = book.need_units.get(district, {})
    total = sum(items[code].priority_weight * units for code, units in need.items())
    if total <= 0:
        return []
    served: dict[str, float] = {}
    steps: list[tuple[float, float]] = []
    for order, lines in arrivals(book, district):
        for load, standing in lines:
            served[load.item.item] = min(standing.units, standing.need_units)
        share = sum(items[code].priority_weight * units for code, units in served.items()) / total
        hours = order.trip.unload_end_hours
        if steps and steps[-1][0] == hours:
            steps.pop()
        steps.append((hours, share))
    return steps

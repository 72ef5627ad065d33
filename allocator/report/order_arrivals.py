"""What a district has in hand of each item, load by load, against its need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from allocator.report.orders import Load, OrderBook, TripOrder
from allocator.schema.network import Item

__all__ = ["Standing", "arrivals", "served_steps", "share_steps", "standings"]


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
    loads = [
        (order.trip.unload_end_hours, load.item.item, load.load_units)
        for order in book.by_district[district]
        for load in order.loads
    ]
    return share_steps(book.facts.items, book.need_units.get(district, {}), loads)


def share_steps(
    items: Mapping[str, Item], need: Mapping[str, float], loads: Iterable[tuple[float, str, float]]
) -> list[tuple[float, float]]:
    """Hours at which something comes, and the weighted share of the need from then on.

    Parameters
    ----------
    items
        Rows of the items by code.
    need
        Need by item; without any there are no steps. [units]
    loads
        Hour, item and units of what comes, in the order of the hours.
    """
    total = sum(items[code].priority_weight * units for code, units in need.items())
    if total <= 0:
        return []
    so_far: dict[str, float] = defaultdict(float)
    steps: list[tuple[float, float]] = []
    for hours, item, units in loads:
        so_far[item] += units
        served = {code: min(have, need.get(code, 0.0)) for code, have in so_far.items()}
        share = sum(items[code].priority_weight * have for code, have in served.items()) / total
        if steps and steps[-1][0] == hours:
            steps.pop()
        steps.append((hours, share))
    return steps

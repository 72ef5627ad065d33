"""The variants a back-test is planned under: what the record leaves open, what could have been."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from allocator.schema.disaster import Fleet, ScenarioDemand, Vehicle
from allocator.schema.network import District, Stock, Warehouse
from allocator.schema.procedure import ApprovalStep
from allocator.travel import great_circle_km
from benchmarks.backtest_case import (
    Backtest,
    first_order_hours,
    later_order_hours,
    with_orders,
)

__all__ = ["BAND", "CENTRAL", "KNOWN_THEN", "TOGETHER", "WHAT_IF", "Variant", "variants"]

ENOUGH = 10
"""So many times the vehicles and docks are never waited for."""

SLOW_SPEED, FAST_SPEED = 0.75, 1.25
"""Of the assumed driving speeds: 46 and 77 instead of 62 km/h for a middle lorry."""

MUSTER_HOURS = 6.0
"""Planning duration of the step 'goods out and loaded' of the central procedure (range 2 to
22.5 h, seen at Zhengzhou in 2013 and Beijing in 2014: S13, S14, S16). [h]"""


@dataclass(frozen=True)
class Variant:
    """One way to plan.

    Parameters
    ----------
    name, about
        Code and words.
    changes
        Applied one after the other.
    """

    name: str
    about: str
    changes: tuple[Callable[[Backtest], Backtest], ...] = ()

    def of(self, given: Backtest) -> Backtest:
        """Return the back-test under this variant."""
        for change in self.changes:
            given = change(given)
        return given


def order_with_the_first(given: Backtest) -> Backtest:
    """Let all central batches be ordered with the first one."""
    first = first_order_hours(given)
    senders = {
        code: replace(sender, order_hours=min(first, sender.order_hours))
        if sender.order_hours is not None
        else sender
        for code, sender in given.senders.items()
    }
    return with_orders(given, senders)


def sign_nothing(given: Backtest) -> Backtest:
    """Let no order wait for a signature; later batches keep the hour of their order."""
    steps = [row.model_copy(update={"is_enabled": False}) for row in given.case.approval_steps]
    return replace(given, case=given.case.replace(ApprovalStep, steps))


def drive(factor: float) -> Callable[[Backtest], Backtest]:
    """Change of all driving speeds."""

    def change(given: Backtest) -> Backtest:
        rows = [
            row.model_copy(update={"speed_kmh": row.speed_kmh * factor})
            for row in given.case.vehicles
        ]
        return replace(given, case=given.case.replace(Vehicle, rows))

    return change


def vehicles(factor: float) -> Callable[[Backtest], Backtest]:
    """Change of all numbers of vehicles; at least one of a kind stays."""

    def change(given: Backtest) -> Backtest:
        rows = [
            row.model_copy(update={"vehicles_count": max(1, int(row.vehicles_count * factor))})
            for row in given.case.fleets
        ]
        return replace(given, case=given.case.replace(Fleet, rows))

    return change


def load(factor: float, muster_hours: float = 0.0) -> Callable[[Backtest], Backtest]:
    """Change of loading and unloading; hours that central depots take before they load. [h]."""

    def change(given: Backtest) -> Backtest:
        rows = [
            row.model_copy(
                update={
                    "load_hours": row.load_hours * factor,
                    "unload_hours": row.unload_hours * factor,
                }
            )
            for row in given.case.vehicles
        ]
        first = first_order_hours(given)
        fleets = [
            row.model_copy(
                update={"available_from_hours": max(first, row.available_from_hours) + muster_hours}
            )
            if muster_hours and given.senders[row.warehouse].is_central
            else row
            for row in given.case.fleets
        ]
        case = given.case.replace(Vehicle, rows).replace(Fleet, fleets)
        return replace(given, case=case)

    return change


def receive(factor: float | None) -> Callable[[Backtest], Backtest]:
    """Change of what districts can receive in an hour; None: without limit."""

    def change(given: Backtest) -> Backtest:
        rows = [
            row.model_copy(
                update={
                    "receive_m3_per_hour": None
                    if factor is None or row.receive_m3_per_hour is None
                    else row.receive_m3_per_hour * factor
                }
            )
            for row in given.case.districts
        ]
        return replace(given, case=given.case.replace(District, rows))

    return change


def docks(factor: float) -> Callable[[Backtest], Backtest]:
    """Change of how many vehicles can begin to load in an hour."""

    def change(given: Backtest) -> Backtest:
        usual = {row.size_class: row.docks_per_hour for row in given.case.size_classes}
        rows = [
            row.model_copy(
                update={
                    "docks_per_hour": factor
                    * (row.docks_per_hour or usual.get(row.size_class or "", 1.0))
                }
            )
            for row in given.case.warehouses
        ]
        return replace(given, case=given.case.replace(Warehouse, rows))

    return change


def depots(*, is_near: bool) -> Callable[[Backtest], Backtest]:
    """Let all central batches come from the nearest, or the farthest, of their four depots."""

    def change(given: Backtest) -> Backtest:
        need: dict[str, float] = {}
        for row in given.case.scenario_demand:
            need[row.district] = need.get(row.district, 0.0) + row.demand_units
        most = max(need, key=lambda code: need[code])
        middle = next(row for row in given.case.districts if row.district == most)
        central = [row for row in given.case.warehouses if given.senders[row.warehouse].is_central]
        away = great_circle_km(
            np.array([middle.lon]),
            np.array([middle.lat]),
            np.array([row.lon or 0.0 for row in central]),
            np.array([row.lat or 0.0 for row in central]),
        )
        chosen = central[int(np.argmin(away) if is_near else np.argmax(away))]
        rows = [
            row.model_copy(update={"lon": chosen.lon, "lat": chosen.lat}) if row in central else row
            for row in given.case.warehouses
        ]
        return replace(given, case=given.case.replace(Warehouse, rows))

    return change


def own_late(given: Backtest) -> Backtest:
    """Let the province's warehouse wait for the last central order; the prefecture's does not."""
    last = later_order_hours(given)[-1]
    levels = {row.warehouse: row.level for row in given.case.warehouses}
    senders = {
        code: replace(sender, order_hours=last)
        if not sender.is_central and levels[code] == "province"
        else sender
        for code, sender in given.senders.items()
    }
    return with_orders(given, senders)


def know_before(rank: int) -> Callable[[Backtest], Backtest]:
    """Leave out every central order from the later one of this rank on: nobody knows of it yet."""

    def change(given: Backtest) -> Backtest:
        hour = later_order_hours(given)[rank]
        kept = {
            code
            for code, sender in given.senders.items()
            if sender.order_hours is None or sender.order_hours < hour
        }
        stock = [lot for lot in given.case.stock if lot.warehouse in kept]
        items = {lot.item for lot in stock}
        need = [row for row in given.case.scenario_demand if row.item in items]
        case = given.case.replace(Stock, stock).replace(ScenarioDemand, need)
        return replace(given, case=case)

    return change


CENTRAL = Variant("central", "as shipped: every assumption at its planning value")

_SLOW = (drive(SLOW_SPEED), vehicles(0.5), load(2.0, MUSTER_HOURS), receive(0.5))
_FAST = (drive(FAST_SPEED), vehicles(2.0), load(0.5), receive(2.0))

BAND: Sequence[Variant] = (
    Variant("roads-slow", f"driving at {SLOW_SPEED:g} of the speeds (winter)", _SLOW[:1]),
    Variant("roads-fast", f"driving at {FAST_SPEED:g} of the speeds", _FAST[:1]),
    Variant("vehicles-half", "half the vehicles", _SLOW[1:2]),
    Variant("vehicles-double", "twice the vehicles", _FAST[1:2]),
    Variant(
        "loading-slow",
        f"central depots begin {MUSTER_HOURS:g} h after the order; twice as long to load, unload",
        _SLOW[2:3],
    ),
    Variant("loading-fast", "loading and unloading in half the time", _FAST[2:3]),
    Variant("receiving-half", "districts receive half as much an hour", _SLOW[3:4]),
    Variant("receiving-double", "districts receive twice as much an hour", _FAST[3:4]),
    Variant(
        "depots-far",
        "all central goods from the farthest of the four depots",
        (depots(is_near=False),),
    ),
    Variant("depots-near", "all central goods from the nearest of them", (depots(is_near=True),)),
    Variant("own-late", "Gansu's warehouse ordered with the last central batch", (own_late,)),
    Variant("all-slow", "roads, vehicles, loading, receiving slow at once", _SLOW),
    Variant("all-fast", "roads, vehicles, loading, receiving fast at once", _FAST),
)
"""What the record does not say, one after the other and together."""

_AT_ONCE = (sign_nothing, order_with_the_first)

WHAT_IF: Sequence[Variant] = (
    Variant("no-sign-offs", "no order waits for a signature", (sign_nothing,)),
    Variant("one-order", "all central batches ordered with the first", (order_with_the_first,)),
    Variant("no-paper", "everything ordered at hour 0", _AT_ONCE),
    Variant("more-receiving", "no limit to receiving", (receive(None),)),
    Variant(
        "no-paper-more-vehicles",
        "both: ordered at hour 0, twice the vehicles",
        (*_AT_ONCE, vehicles(2.0)),
    ),
    Variant(
        "wheels",
        "ordered at hour 0, no vehicle, dock or district waited for: loading and driving only",
        (*_AT_ONCE, vehicles(ENOUGH), docks(ENOUGH), receive(None)),
    ),
    Variant(
        "paper-and-wheels",
        "orders as recorded, no vehicle, dock or district waited for",
        (vehicles(ENOUGH), docks(ENOUGH), receive(None)),
    ),
)
"""What might have been done otherwise."""

KNOWN_THEN: Sequence[Variant] = (
    Variant("known-first", "nothing known of batches 2 and 3", (know_before(0),)),
    Variant("known-second", "nothing known of batch 3", (know_before(1),)),
)
"""Plans of those who knew only what had been ordered before the next order, by its rank."""

TOGETHER = ("all-slow", "all-fast")
"""Variants of the band that change everything at once."""


def variants() -> list[Variant]:
    """Return every way the case is planned, the central one first."""
    return [CENTRAL, *BAND, *WHAT_IF, *KNOWN_THEN]

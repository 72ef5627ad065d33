"""Facts of every trip of a certified plan, ready to be written as an order.

Only what the replay has checked is taken from the plan; the sign-offs, which are a note there, are
read from the case once more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cached_property

from allocator.case import Case
from allocator.replay import PLAN_DIGEST, plan_digest
from allocator.report.facts import Facts
from allocator.report.order_convoys import convoys_of
from allocator.report.order_docks import DockHours
from allocator.schema.network import Item
from allocator.schema.results import Trip

__all__ = ["SHANGHAI", "Load", "OrderBook", "SignOff", "SignOffChain", "TripOrder", "sums_by_item"]

SHANGHAI = timezone(timedelta(hours=8), "+08:00")
"""Asia/Shanghai, which has kept +08:00 without summer time since 1992."""


@dataclass(frozen=True)
class Load:
    """One item on board of a trip.

    Parameters
    ----------
    item
        Its row in the case.
    load_units, weight_kg, volume_m3
        How much of it. [units, kg, m3]
    lot
        Lot it is of; empty where that is not told, and for sums.
    """

    item: Item
    load_units: float
    weight_kg: float
    volume_m3: float
    lot: str = ""


@dataclass(frozen=True)
class SignOff:
    """One step of a chain.

    Parameters
    ----------
    step, name, department
        Code and name of the step, name of the department that answers for it.
    through_hours
        Planned end, from the event. [h]
    is_verbal_allowed
        Whether a spoken consent will do first.
    """

    step: str
    name: str
    department: str
    through_hours: float
    is_verbal_allowed: bool


@dataclass(frozen=True)
class SignOffChain:
    """Sign-offs that must be through before loading.

    Parameters
    ----------
    procedure, release_step
        Which procedure, and the step whose end releases the goods.
    release_hours
        Planned end of that step, from the event. [h]
    steps
        Those on the way to it, in the order of their ends.
    """

    procedure: str
    release_step: str
    release_hours: float
    steps: tuple[SignOff, ...]

    @property
    def label(self) -> str:
        """The chain in a few letters: the procedure and the codes of its steps."""
        return f"{self.procedure}: {', '.join(step.step for step in self.steps)}"


@dataclass(frozen=True)
class TripOrder:
    """One trip with the names, loads and sign-offs that people need to carry it out.

    Parameters
    ----------
    trip
        Its row in the plan; of a trip to a hub with the hub's code as its district.
    warehouse_name, district_name, fleet_name
        Names of its codes.
    drivers
        How many drive.
    dock_order
        Place among the trips that its warehouse loads from the same hour on; the one with the
        least slack comes first.
    loads
        What is on board, in the order of the case's items.
    chains
        Sign-offs it waits for.
    """

    trip: Trip
    warehouse_name: str
    district_name: str
    fleet_name: str
    drivers: int
    dock_order: int
    loads: tuple[Load, ...]
    chains: tuple[SignOffChain, ...]

    @property
    def slack_hours(self) -> float:
        """How much later loading may start and still meet the horizon. [h]"""
        return self.trip.latest_load_start_hours - self.trip.load_start_hours


@dataclass(frozen=True)
class OrderBook:
    """The orders of one scenario.

    Parameters
    ----------
    facts
        The case and its certified plan.
    scenario
        Code of the scenario.
    trips
        By warehouse, load start and dock order.
    is_part
        Whether trips are left out, so that sums over districts and docks say nothing.
    """

    facts: Facts
    scenario: str
    trips: tuple[TripOrder, ...]
    is_part: bool = False
    _clocks: dict[float, datetime] = field(default_factory=dict, repr=False)

    @property
    def case(self) -> Case:
        """The case."""
        return self.facts.case

    @cached_property
    def name(self) -> str:
        """Name of the scenario, or its code."""
        return self.facts.scenario_name(self.scenario)

    @cached_property
    def digest(self) -> str:
        """What tells the certified plan from every other one."""
        plan = self.facts.plan
        # Where the plan names its own, the replay has checked it.
        return plan.run_info.get(PLAN_DIGEST) or plan_digest(plan)

    @cached_property
    def event_time(self) -> datetime | None:
        """Start of the clock in Shanghai; None where the case gives none."""
        start = self.case.event_time(self.case.scenario(self.scenario))
        if start is None:
            return None
        return (
            start.replace(tzinfo=SHANGHAI) if start.tzinfo is None else start.astimezone(SHANGHAI)
        )

    @cached_property
    def order_hours(self) -> float:
        """Hours from the event to the order. [h]"""
        return self.case.order_hours(self.case.scenario(self.scenario))

    @cached_property
    def deadline_hours(self) -> float:
        """Hour by which goods must be in hand, from the event. [h]"""
        return self.case.deadline_hours(self.case.scenario(self.scenario))

    def clock(self, hours: float) -> datetime | None:
        """Clock time in Shanghai of an hour from the event, to the nearest minute.

        Parameters
        ----------
        hours
            From the event. [h]
        """
        if self.event_time is None:
            return None
        if hours not in self._clocks:
            moment = self.event_time + timedelta(hours=hours, seconds=30)
            self._clocks[hours] = moment.replace(second=0, microsecond=0)
        return self._clocks[hours]

    @cached_property
    def by_warehouse(self) -> dict[str, tuple[TripOrder, ...]]:
        """Trips by warehouse, in the order of loading."""
        found: dict[str, list[TripOrder]] = defaultdict(list)
        for order in self.trips:
            found[order.trip.warehouse].append(order)
        return {code: tuple(found[code]) for code in sorted(found)}

    @cached_property
    def by_district(self) -> dict[str, tuple[TripOrder, ...]]:
        """Trips by district and hub, in the order of unloading; also needs without any trip."""
        found: dict[str, list[TripOrder]] = {code: [] for code in self.need_units}
        for order in self.trips:
            found.setdefault(order.trip.district, []).append(order)
        return {
            code: tuple(
                sorted(
                    found[code], key=lambda order: (order.trip.unload_end_hours, order.trip.trip)
                )
            )
            for code in sorted(found)
        }

    @cached_property
    def hubs(self) -> tuple[str, ...]:
        """Hubs to which trips go, by code."""
        known = self.case.district_index()
        return tuple(code for code in self.by_district if code not in known)

    @cached_property
    def districts(self) -> tuple[str, ...]:
        """Districts to which trips go, by code."""
        return tuple(
            code for code, orders in self.by_district.items() if orders and code not in self.hubs
        )

    @cached_property
    def by_chain(self) -> dict[SignOffChain, tuple[TripOrder, ...]]:
        """Trips by the chain they wait for, first load start first; chains by their first trip."""
        found: dict[SignOffChain, list[TripOrder]] = defaultdict(list)
        for order in sorted(
            self.trips, key=lambda order: (order.trip.load_start_hours, order.trip.trip)
        ):
            for chain in order.chains:
                found[chain].append(order)
        return {chain: tuple(orders) for chain, orders in found.items()}

    @cached_property
    def need_units(self) -> dict[str, dict[str, float]]:
        """Need by district and item. [units]"""
        return self.facts.need_units(self.scenario)

    @cached_property
    def convoys(self) -> dict[str, tuple[str, ...]]:
        """The others of its convoy, by trip that must not set off alone."""
        return convoys_of(self.case, self.scenario, [order.trip for order in self.trips])

    @cached_property
    def docks(self) -> DockHours:
        """Load starts that each hour allows."""
        return DockHours(self.case, self.scenario, self.facts.plan)


def sums_by_item(orders: Sequence[TripOrder]) -> tuple[Load, ...]:
    """Return what some trips carry together, by item in the order of their codes."""
    units: dict[str, float] = defaultdict(float)
    items: dict[str, Item] = {}
    for order in orders:
        for load in order.loads:
            units[load.item.item] += load.load_units
            items[load.item.item] = load.item
    return tuple(
        Load(items[code], units[code], items[code].weight_kg * units[code],
             items[code].volume_m3 * units[code])
        for code in sorted(units)
    )  # fmt: skip

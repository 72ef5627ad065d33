"""What the service knows of a trip beside its row: names, cargo, sign-offs, rests, both ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from allocator.case import Case
from allocator.plan import Plan
from allocator.report.order_books import order_books
from allocator.report.order_columns import has_left
from allocator.report.order_rests import RestStops
from allocator.report.orders import Load, OrderBook, SignOffChain, TripOrder
from allocator.revisions import shown_case
from allocator.schema.records import (
    CargoLine,
    ChainOfTrip,
    JourneyFacts,
    RestStopRecord,
    SignOffRow,
)

__all__ = ["Journeys", "journeys_of"]

_DIGITS: Final = 6

Line = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Journeys:
    """Facts of trips and legs, and the sign-offs they wait for.

    Parameters
    ----------
    facts
        By trip: what its record has beside its row.
    sign_offs
        Steps by lane, in the order in which they are due.
    """

    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    sign_offs: list[SignOffRow] = field(default_factory=list)


def journeys_of(case: Case, plan: Plan) -> Journeys:
    """Gather what is known of the trips of a certified plan.

    Parameters
    ----------
    case
        As it was before any change.
    plan
        Its plan, maybe planned anew.
    """
    found = Journeys()
    with_trips = {row.scenario for row in plan.trips} | {row.scenario for row in plan.leg_trips}
    if not with_trips:
        return found
    shown = shown_case(case, plan)
    told_hours = max((row.at_hours or 0.0 for row in plan.changes), default=0.0)
    scenarios = [row.scenario for row in shown.scenarios if row.scenario in with_trips]
    for book in order_books(shown, plan, scenarios):
        ends = _ends(book)
        stops = RestStops(book.case, book.scenario)
        for order in book.trips:
            found.facts[order.trip.trip] = _facts(book, stops, ends, order)
        found.sign_offs.extend(_sign_offs(book, told_hours))
    return found


def _ends(book: OrderBook) -> dict[str, tuple[float, float] | None]:
    """Longitude and latitude of all places."""
    places = {row.warehouse: book.facts.place(row) for row in book.case.warehouses}
    return places | {row.district: (row.lon, row.lat) for row in book.case.districts}


def _facts(
    book: OrderBook,
    stops: RestStops,
    ends: Mapping[str, tuple[float, float] | None],
    order: TripOrder,
) -> dict[str, Any]:
    trip = order.trip
    latest = trip.latest_load_start_hours + trip.depart_hours - trip.load_start_hours
    rests = None if has_left(order) else stops.of(trip)
    facts = JourneyFacts(
        warehouse_name=order.warehouse_name,
        fleet_name=order.fleet_name,
        drivers=order.drivers,
        dock_order=order.dock_order,
        latest_depart_hours=latest,
        order_hours=book.order_hours,
        release_time=_clock(book, trip.release_hours),
        arrive_time=_clock(book, trip.arrive_hours),
        return_time=_clock(book, trip.return_hours),
        latest_depart_time=_clock(book, latest),
        convoy=book.convoys.get(trip.trip, ()),
        cargo=tuple(_cargo(load) for load in order.loads),
        chains=tuple(
            ChainOfTrip(
                procedure=chain.procedure,
                release_step=chain.release_step,
                release_hours=chain.release_hours,
            )
            for chain in order.chains
        ),
        rest_stops=None
        if rests is None
        else tuple(
            RestStopRecord(
                begin_hours=round(stop.begin_hours, _DIGITS),
                end_hours=round(stop.end_hours, _DIGITS),
                begin_time=_clock(book, stop.begin_hours),
                is_back=stop.is_back,
            )
            for stop in rests
        ),
        line=_line(ends.get(trip.warehouse), ends.get(trip.district)),
    )
    name = "hub_name" if trip.district in book.hubs else "district_name"
    return {**facts.model_dump(mode="json"), name: order.district_name}


def _line(start: tuple[float, float] | None, end: tuple[float, float] | None) -> Line | None:
    if start is None or end is None:
        return None
    return (
        (round(start[0], _DIGITS), round(start[1], _DIGITS)),
        (round(end[0], _DIGITS), round(end[1], _DIGITS)),
    )


def _cargo(load: Load) -> CargoLine:
    return CargoLine(
        item=load.item.item,
        name=load.item.name,
        lot=load.lot,
        load_units=load.load_units,
        unit=load.item.unit,
        weight_kg=load.weight_kg,
        volume_m3=load.volume_m3,
    )


def _clock(book: OrderBook, hours: float) -> str:
    """Clock time of an hour from the event as a result has it; empty without a clock."""
    clock = book.clock(hours)
    return "" if clock is None else f"{clock:%Y-%m-%d %H:%M}"


def _sign_offs(book: OrderBook, told_hours: float) -> Iterator[SignOffRow]:
    """Steps that the trips of each lane wait for."""
    lanes: dict[tuple[str, str, SignOffChain], list[TripOrder]] = defaultdict(list)
    for order in book.trips:
        for chain in order.chains:
            lanes[order.trip.warehouse, order.trip.district, chain].append(order)
    for (warehouse, district, chain), orders in sorted(lanes.items(), key=_by_lane):
        for step in chain.steps:
            yield SignOffRow(
                scenario=book.scenario,
                warehouse=warehouse,
                warehouse_name=orders[0].warehouse_name,
                district=district,
                district_name=orders[0].district_name,
                procedure=chain.procedure,
                release_step=chain.release_step,
                step=step.step,
                name=step.name,
                department=step.department,
                is_verbal_allowed=step.is_verbal_allowed,
                due_hours=step.through_hours,
                due_time=_clock(book, step.through_hours),
                state="through" if step.through_hours <= told_hours else "due",
                trips_count=len(orders),
                first_load_start_hours=min(order.trip.load_start_hours for order in orders),
            )


def _by_lane(
    entry: tuple[tuple[str, str, SignOffChain], list[TripOrder]],
) -> tuple[str, str, str, str]:
    warehouse, district, chain = entry[0]
    return warehouse, district, chain.procedure, chain.release_step

"""What the dispatch of one scenario needs to know, as arrays, and the table of its possible trips.

Sizes used below: warehouse W, district D, item I, fleet F, lane P, closure C, need N, trip T.
Vehicles, docks and receiving may be given once for all hours, or hour by hour: then the last one
given holds on to the end.
A need is what one district lacks of one item from one hour on; a lane is a pair of a warehouse and
a district that at least one fleet can serve by the deadline. The rules are in ``docs/model.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.convoy_rules import ConvoyRules

__all__ = ["HOUR_TOLERANCE", "DispatchData", "TripTable", "by_hour", "trip_table", "unmet_hours"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

HOUR_TOLERANCE = 1e-7
"""Hours closer than this are the same hour: sums of driving times carry rounding noise. [h]"""


@dataclass(frozen=True)
class DispatchData:
    """One scenario's dispatch problem.

    Parameters
    ----------
    period_hours
        Length of a period; loading starts at whole multiples of it, > 0. [h]
    deadline_hours
        Unloading ends at or before this hour of the event, >= 0. [h]
    item_weight_kg, item_volume_m3
        Of one unit, shape (item,), > 0. [kg], [m3]
    payload_kg, vehicle_volume_m3
        Room of a vehicle, shape (fleet,), > 0. [kg], [m3]
    load_hours, unload_hours
        Handling of a vehicle, shape (fleet,), >= 0. [h]
    is_one_way
        Whether a vehicle makes one trip and does not come back, shape (fleet,).
    lane_warehouse, lane_district
        Shape (lane,), whole numbers.
    leaves_province
        Whether the lane leads to another province, shape (lane,).
    drive_hours
        One way with rests, shape (lane, fleet); infinite where that fleet has no way. [h]
    trip_cost_cny
        Out and back, or one way, shape (lane, fleet), >= 0. [CNY]
    release_hours
        Sign-offs through, shape (lane, item), >= 0. [h]
    closure_lane, closure_fleet
        Shape (closure,), whole numbers.
    closure_from_hours, closure_to_hours
        No departure in ``[from, to)``, shape (closure,). [h]
    vehicles_count
        Vehicles that are there, shape (warehouse, fleet) or (warehouse, fleet, period), >= 0, not
        falling with the period, infinite for no limit. [vehicles]
    docks
        Load starts in one period, shape (warehouse,) or (warehouse, period), >= 0, infinite for no
        limit. [vehicles]
    stock_units
        Usable stock, shape (warehouse, item), whole, >= 0. [units]
    outside_units
        Part of it that may leave the province, same shape, whole, 0 to ``stock_units``. [units]
    receive_m3_per_hour
        What is unloaded in ``(k, k + 1]``, shape (district,) or (district, hour k), >= 0, infinite
        for no limit. [m3/h]
    need_district, need_item
        Shape (need,), whole numbers; no two needs share district, item and hour.
    need_from_hours
        When the need arises, shape (need,), >= 0. [h]
    need_units
        Shape (need,), > 0, fractions allowed. [units]
    need_weight
        Priority of one unit, shape (need,), > 0. [weighted units/unit]
    need_waiting_cny
        Cost of one unit one hour late, shape (need,), >= 0. [CNY/unit/h]
    need_unmet_cny
        Cost of one unit that never comes, shape (need,), >= 0. [CNY/unit]
    segregated
        Whether two items must not share a vehicle, symmetric, shape (item, item); None where all
        may.
    convoys
        Hours in which vehicles set off in company only; None for none.

    Raises
    ------
    ValueError
        If shapes do not fit together.
    """

    period_hours: float
    deadline_hours: float
    item_weight_kg: Floats
    item_volume_m3: Floats
    payload_kg: Floats
    vehicle_volume_m3: Floats
    load_hours: Floats
    unload_hours: Floats
    is_one_way: Flags
    lane_warehouse: Integers
    lane_district: Integers
    leaves_province: Flags
    drive_hours: Floats
    trip_cost_cny: Floats
    release_hours: Floats
    closure_lane: Integers
    closure_fleet: Integers
    closure_from_hours: Floats
    closure_to_hours: Floats
    vehicles_count: Floats
    docks: Floats
    stock_units: Integers
    outside_units: Integers
    receive_m3_per_hour: Floats
    need_district: Integers
    need_item: Integers
    need_from_hours: Floats
    need_units: Floats
    need_weight: Floats
    need_waiting_cny: Floats
    need_unmet_cny: Floats
    segregated: Flags | None = None
    convoys: ConvoyRules | None = None

    def __post_init__(self) -> None:
        warehouses, items = self.warehouse_count, self.item_count
        lane, item, fleet = (self.lane_count,), (items,), (self.fleet_count,)
        closure, need = (len(self.closure_lane),), (self.need_count,)
        shapes: dict[str, tuple[int, ...]] = {
            "item_volume_m3": item,
            "vehicle_volume_m3": fleet,
            "load_hours": fleet,
            "unload_hours": fleet,
            "is_one_way": fleet,
            "lane_district": lane,
            "leaves_province": lane,
            "drive_hours": lane + fleet,
            "trip_cost_cny": lane + fleet,
            "release_hours": lane + item,
            "closure_fleet": closure,
            "closure_from_hours": closure,
            "closure_to_hours": closure,
            "stock_units": (warehouses, items),
            "outside_units": (warehouses, items),
            "need_item": need,
            "need_from_hours": need,
            "need_units": need,
            "need_weight": need,
            "need_waiting_cny": need,
            "need_unmet_cny": need,
        }
        hourly: dict[str, tuple[int, ...]] = {
            "vehicles_count": (warehouses, self.fleet_count),
            "docks": (warehouses,),
            "receive_m3_per_hour": (self.district_count,),
        }
        for name, shape in (hourly | shapes).items():
            found = getattr(self, name).shape
            is_by_hour = name in hourly and len(found) == len(shape) + 1
            if found != shape and not (is_by_hour and found[:-1] == shape):
                or_by_hour = ", or that by hour" if name in hourly else ""
                raise ValueError(f"{name} has shape {found}, must be {shape}{or_by_hour}.")
        if self.segregated is not None and self.segregated.shape != (items, items):
            raise ValueError(f"segregated must have shape ({items}, {items}).")

    @property
    def item_count(self) -> int:
        """Number of items."""
        return len(self.item_weight_kg)

    @property
    def fleet_count(self) -> int:
        """Number of vehicle kinds."""
        return len(self.payload_kg)

    @property
    def lane_count(self) -> int:
        """Number of lanes."""
        return len(self.lane_warehouse)

    @property
    def warehouse_count(self) -> int:
        """Number of warehouses."""
        return len(self.docks)

    @property
    def district_count(self) -> int:
        """Number of districts."""
        return len(self.receive_m3_per_hour)

    @property
    def need_count(self) -> int:
        """Number of needs."""
        return len(self.need_district)

    @property
    def period_count(self) -> int:
        """Number of periods in which loading may start."""
        return int(np.floor(self.deadline_hours / self.period_hours + HOUR_TOLERANCE)) + 1

    @property
    def receive_count(self) -> int:
        """Number of hours in which unloading may end."""
        return int(np.ceil(self.deadline_hours)) + 1

    @cached_property
    def vehicles_by_period(self) -> Floats:
        """Vehicles that are there, shape (warehouse, fleet, period). [vehicles]."""
        return by_hour(self.vehicles_count, 2, self.period_count)

    @cached_property
    def docks_by_period(self) -> Floats:
        """Load starts in each period, shape (warehouse, period). [vehicles]."""
        return by_hour(self.docks, 1, self.period_count)

    @cached_property
    def receive_m3_by_hour(self) -> Floats:
        """What is unloaded in each ``(k, k + 1]``, shape (district, k). [m3]."""
        return by_hour(self.receive_m3_per_hour, 1, self.receive_count)

    @cached_property
    def demand_units(self) -> Floats:
        """Need of all hours together, shape (district, item). [units]."""
        total = np.zeros((self.district_count, self.item_count))
        np.add.at(total, (self.need_district, self.need_item), self.need_units)
        return total

    @cached_property
    def whole_demand_units(self) -> Integers:
        """Most whole units that may be delivered, shape (district, item). [units]."""
        return np.floor(self.demand_units + 1e-6).astype(np.int64)


@dataclass(frozen=True)
class TripTable:
    """Every departure that keeps release, closures and deadline, sorted by lane, fleet, start.

    Parameters
    ----------
    lane, fleet
        Shape (trip,).
    start_period
        Loading starts at ``start_period x period_hours``, shape (trip,).
    busy_until_period
        First period in which the vehicle is free again, past the last one if it never is, shape
        (trip,).
    unload_end_hours
        Shape (trip,). [h]
    return_hours
        End of unloading where the vehicle does not come back, shape (trip,). [h]
    receive_hour
        ``k`` where unloading ends in ``(k, k + 1]``, shape (trip,).
    carries
        Which items are released by the start, shape (trip, item).
    """

    lane: Integers
    fleet: Integers
    start_period: Integers
    busy_until_period: Integers
    unload_end_hours: Floats
    return_hours: Floats
    receive_hour: Integers
    carries: Flags

    def __len__(self) -> int:
        return len(self.lane)


def by_hour(limit: Floats, dimensions: int, count: int) -> Floats:
    """Write out a limit hour by hour; what is given once, or last, holds on.

    Parameters
    ----------
    limit
        Shape (...), or (..., hour).
    dimensions
        Dimensions of a limit that is given once.
    count
        Hours wanted.

    Returns
    -------
    Array
        Shape (..., hour).
    """
    if limit.ndim == dimensions:
        limit = limit[..., None]
    return limit[..., np.minimum(np.arange(count), limit.shape[-1] - 1)]


def _whole_up(values: Floats) -> Integers:
    """Smallest whole number at or above, noise left aside."""
    return np.ceil(values - HOUR_TOLERANCE).astype(np.int64)


def trip_table(data: DispatchData) -> TripTable:
    """List every possible trip of the hourly problem.

    A trip exists where the lane's district needs an item that the warehouse holds and that is
    released by then, a vehicle is there, a dock takes it, the departure is not in a closure, and
    unloading ends by the deadline in an hour in which the district takes anything in.
    """
    period = data.period_hours
    useful = (data.stock_units[data.lane_warehouse] > 0) & (
        data.whole_demand_units[data.lane_district] > 0
    )
    useful &= ~(data.leaves_province[:, None] & (data.outside_units[data.lane_warehouse] <= 0))
    release = np.where(useful, data.release_hours, np.inf)
    is_there = data.vehicles_by_period >= 1
    available = np.where(is_there.any(axis=2), is_there.argmax(axis=2) * period, np.inf)
    earliest = np.maximum(
        release.min(axis=1, initial=np.inf)[:, None], available[data.lane_warehouse]
    )
    door = data.load_hours + data.drive_hours + data.unload_hours
    is_usable = np.isfinite(earliest)
    latest = data.deadline_hours - door
    lane, fleet = np.nonzero(is_usable & (earliest <= latest + HOUR_TOLERANCE))
    first = _whole_up(earliest[lane, fleet] / period)
    last = np.floor(latest[lane, fleet] / period + HOUR_TOLERANCE).astype(np.int64)
    counts = np.maximum(last - first + 1, 0)
    pair = np.repeat(np.arange(len(lane)), counts)
    start = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[pair]
    lane, fleet = lane[pair], fleet[pair]
    depart = start * period + data.load_hours[fleet]
    keep = _is_open(data, lane, fleet, depart)
    keep &= data.docks_by_period[data.lane_warehouse[lane], start] >= 1
    keep &= is_there[data.lane_warehouse[lane], fleet, start]
    end = depart + data.drive_hours[lane, fleet] + data.unload_hours[fleet]
    hour = np.maximum(_whole_up(end) - 1, 0)
    keep &= data.receive_m3_by_hour[data.lane_district[lane], hour] > 0
    lane, fleet, start, depart = lane[keep], fleet[keep], start[keep], depart[keep]
    drive = data.drive_hours[lane, fleet]
    end = depart + drive + data.unload_hours[fleet]
    is_gone = data.is_one_way[fleet]
    back = np.where(is_gone, end, end + drive)
    free = np.maximum(_whole_up(back / period), start)
    return TripTable(
        lane=lane,
        fleet=fleet,
        start_period=start,
        busy_until_period=np.where(is_gone, np.maximum(free, data.period_count), free),
        unload_end_hours=end,
        return_hours=back,
        receive_hour=_whole_up(end) - 1,
        carries=release[lane] <= (start * period)[:, None] + HOUR_TOLERANCE,
    )


def _is_open(data: DispatchData, lane: Integers, fleet: Integers, depart_hours: Floats) -> Flags:
    """Whether each departure is outside every closure of its lane, shape (trip,)."""
    if len(data.closure_lane) == 0 or len(lane) == 0:
        return np.ones(len(lane), dtype=bool)
    # Each way has a stretch of its own on one line of hours: the latest closure of it that has
    # begun, or an earlier and longer one, is what a departure can fall into.
    own = data.closure_lane * data.fleet_count + data.closure_fleet
    ways, way = np.unique(own, return_inverse=True)
    stretch = 2.0 ** np.ceil(np.log2(data.deadline_hours + 2.0))
    last = stretch - 1.0
    begin = np.clip(data.closure_from_hours, 0.0, last) + way.reshape(-1) * stretch
    end = np.clip(data.closure_to_hours, 0.0, last) + way.reshape(-1) * stretch
    order = np.argsort(begin, kind="stable")
    begin, end = begin[order], np.maximum.accumulate(end[order])
    wanted = lane * data.fleet_count + fleet
    at = np.minimum(np.searchsorted(ways, wanted), len(ways) - 1)
    depart = at * stretch + np.minimum(depart_hours, last - 0.5)
    latest = np.searchsorted(begin, depart + HOUR_TOLERANCE, side="right") - 1
    is_shut = (latest >= 0) & (depart < end[np.maximum(latest, 0)] - HOUR_TOLERANCE)
    return np.asarray((ways[at] != wanted) | ~is_shut)


def unmet_hours(data: DispatchData) -> Floats:
    """Hours that a unit which never comes is waited for, shape (need,). [h]."""
    return np.maximum(data.deadline_hours - data.need_from_hours, 0.0)

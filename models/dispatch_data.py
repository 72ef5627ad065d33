"""What the dispatch of one scenario needs to know, as arrays.

Sizes used below: warehouse W, district D, item I, fleet F, lane P, closure C, need N, trip T.
Vehicles, docks and receiving may be given once for all hours, or hour by hour: then the last one
given holds on to the end.
A need is what one district lacks of one item from one hour on; a lane is a pair of a warehouse and
a district that at least one fleet can serve by the deadline. The rules are in ``docs/model.md``.

A hub is a warehouse whose stock comes in by legs, and at the same time a place that legs lead to:
the last districts stand for the hubs, need nothing, and lanes into them are the legs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.convoy_rules import ConvoyRules
from models.dispatch_hours import HOUR_TOLERANCE, by_hour
from models.lasting_stock import LastingStock

__all__ = ["HOUR_TOLERANCE", "DispatchData", "by_hour", "unmet_hours"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


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
        Way there with rests, shape (lane, fleet); infinite where that fleet has no way. [h]
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
    drive_back_hours
        Way back with rests, shape (lane, fleet); None for as long as the way there. [h]
    lasting
        What may be unloaded after parts of the stock have expired.
    hub_warehouse
        Warehouse of each hub, shape (hub,); the last districts stand for them, in this order. Their
        ``stock_units`` are the most that can come in.
    hub_transfer_hours
        From the end of unloading until goods can be loaded again, shape (hub,), >= 0. [h]
    hub_goods_units
        Whole units that can be loaded at a hub by each period without any leg, not falling, shape
        (hub, item, period); None for none. [units]
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
    drive_back_hours: Floats | None = None
    lasting: LastingStock = field(default_factory=LastingStock)
    hub_warehouse: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    hub_transfer_hours: Floats = field(default_factory=lambda: np.zeros(0))
    hub_goods_units: Integers | None = None
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
            "hub_transfer_hours": (self.hub_count,),
        }
        if self.drive_back_hours is not None:
            shapes["drive_back_hours"] = lane + fleet
        if self.hub_goods_units is not None:
            shapes["hub_goods_units"] = (self.hub_count, items, self.period_count)
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
    def hub_count(self) -> int:
        """Number of hubs."""
        return len(self.hub_warehouse)

    @cached_property
    def hub_goods(self) -> Integers:
        """Units that can be loaded at a hub without any leg, shape (hub, item, period). [units]."""
        if self.hub_goods_units is not None:
            return self.hub_goods_units
        return np.zeros((self.hub_count, self.item_count, self.period_count), dtype=np.int64)

    @cached_property
    def lane_hub(self) -> Integers:
        """Hub that a lane leads to, -1 where it leads to a district, shape (lane,)."""
        hub = self.lane_district - (self.district_count - self.hub_count)
        return np.maximum(hub, -1)

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

    @property
    def back_hours(self) -> Floats:
        """Way back with rests, shape (lane, fleet). [h]."""
        return self.drive_hours if self.drive_back_hours is None else self.drive_back_hours

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

    @cached_property
    def wanted_units(self) -> Integers:
        """Most whole units that may be brought, to hubs too, shape (district, item). [units]."""
        wanted = self.whole_demand_units.copy()
        if self.hub_count:
            wanted[-self.hub_count :] = wanted.sum(axis=0)
        return wanted


def unmet_hours(data: DispatchData) -> Floats:
    """Hours that a unit which never comes is waited for, shape (need,). [h]."""
    return np.maximum(data.deadline_hours - data.need_from_hours, 0.0)

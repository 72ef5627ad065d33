"""The Wenchuan earthquake of 2008 as a small case: known orders of tents, sent to Chengdu.

Orders and arrivals are those of the reserve logs (S12, S68 to S72 in ``Sources``); how the second
and third order were split over the depots, all vehicles and all roads are assumptions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from allocator.case import Case
from allocator.schema.disaster import (
    Fleet,
    Lane,
    Scenario,
    ScenarioDamage,
    ScenarioDemand,
    Vehicle,
)
from allocator.schema.network import District, Stock, Warehouse
from allocator.schema.procedure import ApprovalRule, ApprovalStep, Settings
from allocator.schema.row import Row
from allocator.travel import great_circle_km

__all__ = ["ARRIVALS", "ORDERS", "SCENARIO", "WAYS", "Order", "Way", "wenchuan_case"]

SCENARIO = "wenchuan2008"

EVENT_TIME = datetime.fromisoformat("2008-05-12T14:28+08:00")

HORIZON_HOURS = 120.0
"""Past the last count of tents that had arrived (118.5 h). [h]"""

TENT = "TENT12C"


@dataclass(frozen=True)
class Order:
    """Tents ordered from one depot at one time.

    Parameters
    ----------
    depot, lon, lat
        City, and where it lies. [degree]
    hours
        Of the order, from the event. [h]
    tents
        How many. [units]
    """

    depot: str
    lon: float
    lat: float
    hours: float
    tents: int


ORDERS: Sequence[Order] = (
    Order("Xi'an", 108.94, 34.34, 1.5, 5_000),
    Order("Hefei", 117.23, 31.82, 6.5, 13_004),
    Order("Zhengzhou", 113.62, 34.75, 6.5, 5_185),
    Order("Wuhan", 114.30, 30.59, 6.5, 12_528),
    Order("Nanning", 108.37, 22.82, 6.5, 14_933),
    Order("Shenyang", 123.43, 41.80, 12.5, 161),
    Order("Xi'an again", 108.94, 34.34, 12.5, 5_621),
    Order("Tianjin", 117.20, 39.13, 12.5, 4_818),
)
"""Hours and sums of the three orders are sourced (S12): 5,000, 45,650 and 10,600 tents. The split
is an assumption: in proportion to what these depots sent with the second batch."""

ARRIVALS: Sequence[tuple[float, int]] = ((49.5, 13_500), (72.5, 37_700), (118.5, 100_000))
"""Hour, and tents that had arrived (S68, S69, S70); orders after the third are among them. [h]"""

CHENGDU = (104.07, 30.67)

CENTRAL_VEHICLES = 20
"""Of each of two kinds at each depot, as the shipped cases assume for central depots."""

RAIL_SHARE = 0.75
"""Of the tents of the first week (S71)."""

TRAIN_TENTS = 5_000
"""Tents of a train of 8 wagons (S13)."""

TRAIN_LOAD_HOURS = 10.7
"""From the order until such a train had left (S13). [h]"""

TRAIN_UNLOAD_HOURS = 8.0
"""Unloading a train: assumption. [h]"""

TRAIN_KMH = 50.0
"""Over the way by road: derived from about 60 h from Beijing to Zhaotong (S16). [km/h]"""

HANDLED_TENTS_PER_HOUR = 400.0
"""Of one depot: derived, 311 to 469 (S13, S14). [units/h]"""

ENOUGH = 500.0
"""So many vehicles are never waited for."""


@dataclass(frozen=True)
class Way:
    """One way the case is planned.

    Parameters
    ----------
    name, about
        Code and words.
    rail_share
        Part of each order that only trains may take.
    vehicles
        Lorries of each kind at each depot.
    is_handled
        Whether depots hand out lorries no faster than they did in 2005 and 2013.
    road_factor
        Driving time on the roads into the area over that of normal roads.
    """

    name: str
    about: str
    rail_share: float = 0.0
    vehicles: float = CENTRAL_VEHICLES
    is_handled: bool = False
    road_factor: float = 1.0


WAYS: Sequence[Way] = (
    Way("road", f"by road, {CENTRAL_VEHICLES} lorries of each of two kinds at each depot"),
    Way("road-plenty", "by road, more lorries than are needed", vehicles=ENOUGH),
    Way(
        "road-handled",
        "by road, lorries enough, depots hand out 400 tents an hour",
        vehicles=ENOUGH,
        is_handled=True,
    ),
    Way(
        "road-slow",
        "the same, roads take 1.5 times as long",
        vehicles=ENOUGH,
        is_handled=True,
        road_factor=1.5,
    ),
    Way(
        "rail",
        "75 % by trains of 5,000 tents, the rest by road, 400 an hour",
        rail_share=RAIL_SHARE,
        vehicles=ENOUGH,
        is_handled=True,
    ),
    Way(
        "rail-slow",
        "the same, trains and roads take 1.5 times as long",
        rail_share=RAIL_SHARE,
        vehicles=ENOUGH,
        is_handled=True,
        road_factor=1.5,
    ),
)
"""From what the product assumes to what is known of 2008."""


def wenchuan_case(base: Case, way: Way) -> Case:
    """Return the case, planned one way.

    Every order is a warehouse of its own whose vehicles come with the order; nothing else is
    signed. What goes by rail is a warehouse beside it with trains alone.

    Parameters
    ----------
    base
        A shipped case, for items, vehicles and all that is not said here.
    way
        How goods go.
    """
    lorries = [row for row in base.vehicles if row.fleet in ("MT68", "HT96")]
    parts = [part for order in ORDERS for part in _parts(order, way)]
    district = base.districts[0].model_copy(
        update={
            "district": "510104",
            "name": "成都",
            "province": "四川省",
            "prefecture": "成都市",
            "lon": CHENGDU[0],
            "lat": CHENGDU[1],
            "receive_m3_per_hour": None,
        }
    )
    need = sum(order.tents for order in ORDERS)
    settings = base.settings.model_copy(
        update={"horizon_hours": HORIZON_HOURS, "plan_name": SCENARIO, "order_hours": 0.0}
    )
    tables: Sequence[tuple[type[Row], Sequence[Row]]] = (
        (Settings, [settings]),
        (District, [district]),
        (Warehouse, [_warehouse(code, order, way) for code, order, _, _ in parts]),
        (Stock, [Stock(warehouse=code, item=TENT, stock_units=n) for code, _, n, _ in parts]),
        (Vehicle, [*lorries, *([_train(lorries[0])] if way.rail_share else [])]),
        (Fleet, [row for part in parts for row in _fleets(part, way)]),
        (Lane, [_rail_lane(code, order, way) for code, order, _, is_rail in parts if is_rail]),
        (Scenario, [_scenario()]),
        (ScenarioDemand, [_need(need)]),
        (ScenarioDamage, _damage(way)),
        (ApprovalRule, []),
        (ApprovalStep, []),
    )
    case = base.replace(type(base.items[0]), [row for row in base.items if row.item == TENT])
    for kind, rows in tables:
        case = case.replace(kind, rows)
    return case


Part = tuple[str, Order, float, bool]
"""Code of a warehouse, its order, its tents, and whether trains take them."""


def _parts(order: Order, way: Way) -> list[Part]:
    """Warehouses of one order: what goes by road, what goes by rail."""
    code = f"D{list(ORDERS).index(order) + 1}"
    rail = float(round(order.tents * way.rail_share))
    parts = [(code, order, order.tents - rail, False), (f"{code}R", order, rail, True)]
    return [part for part in parts if part[2] > 0]


def _warehouse(code: str, order: Order, way: Way) -> Warehouse:
    """One order's goods in its city."""
    handled = HANDLED_TENTS_PER_HOUR * (1 - way.rail_share)
    return Warehouse(
        warehouse=code,
        name=order.depot,
        state="external",
        level="central",
        province="-",
        lon=order.lon,
        lat=order.lat,
        # A heavy lorry takes 137 tents; loading starts are whole.
        docks_per_hour=max(1.0, float(round(handled / 137))) if way.is_handled else ENOUGH,
    )


def _fleets(part: Part, way: Way) -> list[Fleet]:
    """Lorries or trains of one order, there when it is given."""
    code, order, tents, is_rail = part
    given = {"MT68": int(way.vehicles), "HT96": int(way.vehicles)}
    if is_rail:
        given = {"TRAIN": math.ceil(tents / TRAIN_TENTS)}
    return [
        Fleet(warehouse=code, fleet=fleet, vehicles_count=n, available_from_hours=order.hours)
        for fleet, n in given.items()
    ]


def _train(like: Vehicle) -> Vehicle:
    """A train of eight wagons that does not come back."""
    return like.model_copy(
        update={
            "fleet": "TRAIN",
            "name": "专列",
            "mode": "rail",
            "payload_kg": 480_000.0,
            "volume_m3": 2_000.0,
            "speed_kmh": TRAIN_KMH,
            "load_hours": TRAIN_LOAD_HOURS,
            "unload_hours": TRAIN_UNLOAD_HOURS,
            "drivers": 2,
            "is_one_way": True,
        }
    )


def _rail_lane(code: str, order: Order, way: Way) -> Lane:
    """How long a train takes."""
    km = 1.3 * float(
        great_circle_km(
            np.array(order.lon), np.array(order.lat), np.array(CHENGDU[0]), np.array(CHENGDU[1])
        )
    )
    hours = km / TRAIN_KMH * way.road_factor
    return Lane(warehouse=code, district="510104", fleet="TRAIN", distance_km=km, drive_hours=hours)


def _scenario() -> Scenario:
    """The earthquake."""
    return Scenario(
        scenario=SCENARIO,
        name="2008年汶川8.0级地震",
        probability=1.0,
        hazard="R01",
        event_time=EVENT_TIME,
    )


def _need(tents: int) -> ScenarioDemand:
    """All that was ordered is needed."""
    return ScenarioDemand(
        scenario=SCENARIO, district="510104", item=TENT, demand_units=float(tents)
    )


def _damage(way: Way) -> list[ScenarioDamage]:
    """Slow roads."""
    if way.road_factor == 1.0:
        return []
    return [ScenarioDamage(scenario=SCENARIO, district="510104", road_time_factor=way.road_factor)]

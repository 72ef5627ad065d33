"""Ways from Hainan to the mainland: the great circle runs over the sea, the lorry takes a ferry."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from allocator.schema.disaster import Lane
from allocator.schema.network import Warehouse
from scripts.dataset_parts.geometry import great_circle_km
from scripts.dataset_parts.places import circuity_of

__all__ = ["ferry_lanes"]

HAINAN = "海南省"
ISLAND_PORT = (110.15, 20.04)
MAINLAND_PORT = (110.17, 20.27)
"""Haikou and Xuwen ferry ports, city-scale positions from general knowledge."""

FERRY_HOURS = 5.0
FERRY_KM = 25.0
SPEED_KMH = 60.0
CIRCUITY = 1.3


def _drive_hours(distance_km: float) -> float:
    """Driving with 20 minutes of rest after each 4 hours [h]."""
    wheels = distance_km / SPEED_KMH
    return wheels + max(0, math.ceil(wheels / 4.0) - 1) / 3.0


def ferry_lanes(warehouses: Iterable[Warehouse], counties: pd.DataFrame) -> list[Lane]:
    """Return lanes of external warehouses in Hainan to each district on the mainland."""
    mainland = counties[counties["province"] != HAINAN]
    detour = [factor or CIRCUITY for factor in circuity_of(mainland)]
    ashore = great_circle_km(*MAINLAND_PORT, mainland["lon"], mainland["lat"])[0]
    rows = []
    for row in warehouses:
        if row.province != HAINAN or row.state != "external" or row.lon is None or row.lat is None:
            continue
        before = float(great_circle_km(row.lon, row.lat, *ISLAND_PORT)[0, 0]) * CIRCUITY
        for code, after, factor in zip(mainland["adcode"], ashore, detour, strict=True):
            road = before + float(after) * factor
            rows.append(
                Lane(
                    warehouse=row.warehouse,
                    district=code,
                    distance_km=round(road + FERRY_KM, 1),
                    drive_hours=round(_drive_hours(road) + FERRY_HOURS, 2),
                    source="GEO;DESIGN",
                    status="assumption",
                )
            )
    return rows

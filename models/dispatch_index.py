"""Vehicles that could drive: how many copies of each departure the exact model needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.convoys import convoy_groups, possible_trips
from models.dispatch_data import HOUR_TOLERANCE, DispatchData
from models.trip_table import TripTable

__all__ = ["DispatchIndex", "dispatch_index"]

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class DispatchIndex:
    """Sparse index sets of the exact model.

    Parameters
    ----------
    table
        Possible departures.
    slot_trip
        Departure of each vehicle slot, shape (slot,), ascending: a slot is one vehicle that may
        or may not drive.
    load_slot, load_item
        What may be on board, shape (load,): released, in stock and needed.
    serve_trip, serve_need
        Which need a departure may serve, shape (service,).
    """

    table: TripTable
    slot_trip: Integers
    load_slot: Integers
    load_item: Integers
    serve_trip: Integers
    serve_need: Integers


def dispatch_index(data: DispatchData) -> DispatchIndex:
    """List slots, loads and services.

    No more copies of a departure are needed than docks and vehicles allow, nor more than would
    carry all that can be delivered if each vehicle took one item only: they arrive at once. In a
    convoy at least as many as set off together.
    """
    table = possible_trips(data)
    warehouse = data.lane_warehouse[table.lane]
    district = data.lane_district[table.lane]
    most = np.minimum(data.stock_units[warehouse], data.wanted_units[district])
    per_vehicle = np.floor(
        np.minimum(
            data.payload_kg[:, None] / data.item_weight_kg,
            data.vehicle_volume_m3[:, None] / data.item_volume_m3,
        )
        + HOUR_TOLERANCE
    )[table.fleet]
    fits = (per_vehicle > 0) & table.carries
    enough = np.where(fits, np.ceil(most / np.maximum(per_vehicle, 1.0)), 0.0).sum(axis=1)
    groups = convoy_groups(data, table)
    company = np.append(groups.least, 0)[groups.of_trip].max(axis=1, initial=0)
    enough = np.where(enough > 0, np.maximum(enough, company), 0.0)
    start = table.start_period
    copies = np.minimum(enough, data.docks_by_period[warehouse, start])
    copies = np.minimum(copies, data.vehicles_by_period[warehouse, table.fleet, start])
    slot_trip = np.repeat(np.arange(len(table)), copies.astype(np.int64))
    load_slot, load_item = np.nonzero(fits[slot_trip])
    wanted = (district[:, None] == data.need_district) & table.carries[:, data.need_item]
    wanted &= copies[:, None] > 0
    serve_trip, serve_need = np.nonzero(wanted)
    return DispatchIndex(table, slot_trip, load_slot, load_item, serve_trip, serve_need)

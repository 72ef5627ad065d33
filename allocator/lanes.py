"""Lanes as arrays: which warehouse reaches which district, by which kinds of vehicles, when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Release

__all__ = ["Lanes"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Lanes:
    """Lanes that can arrive in time; P lanes, F fleets, G item groups.

    Parameters
    ----------
    warehouse, district
        Positions in ``case.warehouses`` and ``case.districts``, shape (lane,); sorted by
        warehouse, then district.
    distance_km
        One way, shape (lane, fleet). [km]
    drive_hours
        Way there with rests and road factor, shape (lane, fleet); infinite where the warehouse has
        no such fleet or no such way. [h]
    drive_back_hours
        Way back, same shape; longer or shorter only by the long rests of one driver. [h]
    available_from_hours
        From when the warehouse has the fleet, shape (lane, fleet). [h]
    load_hours, unload_hours
        Shape (fleet,). [h]
    release_hours
        Sign-offs through, shape (lane, group). [h]
    closure_lane, closure_fleet
        Lane and fleet of each closure, shape (closure,).
    closure_from_hours, closure_to_hours
        No departure in ``[from, to)``, shape (closure,). [h]
    deadline_hours
        Hour by which unloading must end. [h]
    release
        The release rules the hours come from.
    """

    warehouse: Integers
    district: Integers
    distance_km: Floats
    drive_hours: Floats
    drive_back_hours: Floats
    available_from_hours: Floats
    load_hours: Floats
    unload_hours: Floats
    release_hours: Floats
    closure_lane: Integers
    closure_fleet: Integers
    closure_from_hours: Floats
    closure_to_hours: Floats
    deadline_hours: float
    release: Release

    @property
    def door_hours(self) -> Floats:
        """Loading, driving and unloading, shape (lane, fleet). [h]."""
        return self.load_hours + self.drive_hours + self.unload_hours

    def arrival_hours(self) -> Floats:
        """Earliest end of unloading over all fleets, shape (lane, group). [h]."""
        start = np.maximum(self.release_hours[:, None, :], self.available_from_hours[:, :, None])
        depart = start + self.load_hours[:, None]
        # Closures may follow each other: go through them by the hour they begin.
        for k in np.argsort(self.closure_from_hours, kind="stable"):
            lane, fleet = self.closure_lane[k], self.closure_fleet[k]
            hours = depart[lane, fleet]
            shut = (hours >= self.closure_from_hours[k]) & (hours < self.closure_to_hours[k])
            depart[lane, fleet] = np.where(shut, self.closure_to_hours[k], hours)
        after = self.drive_hours + self.unload_hours
        first = depart[:, 0] + after[:, :1]
        for fleet in range(1, after.shape[1]):
            np.minimum(first, depart[:, fleet] + after[:, fleet, None], out=first)
        return first

    def only(self, keep: NDArray[np.bool_]) -> Lanes:
        """Return some of the lanes with the closures on them."""
        place = np.cumsum(keep) - 1
        on_kept = keep[self.closure_lane] if len(self.closure_lane) else np.zeros(0, dtype=bool)
        drive = self.drive_hours[keep]
        is_same = self.drive_back_hours is self.drive_hours
        return Lanes(
            warehouse=self.warehouse[keep],
            district=self.district[keep],
            distance_km=self.distance_km[keep],
            drive_hours=drive,
            drive_back_hours=drive if is_same else self.drive_back_hours[keep],
            available_from_hours=self.available_from_hours[keep],
            load_hours=self.load_hours,
            unload_hours=self.unload_hours,
            release_hours=self.release_hours[keep],
            closure_lane=place[self.closure_lane[on_kept]],
            closure_fleet=self.closure_fleet[on_kept],
            closure_from_hours=self.closure_from_hours[on_kept],
            closure_to_hours=self.closure_to_hours[on_kept],
            deadline_hours=self.deadline_hours,
            release=self.release,
        )

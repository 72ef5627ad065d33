"""Company that further trips need, beside the vehicles that set off with them under the plan."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.convoy_rules import ConvoyRules
from models.convoys import ConvoyGroups, convoy_groups
from models.dispatch_data import DispatchData
from models.trip_table import TripTable

__all__ = ["NOBODY", "Company", "Lacking", "company_of"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_SCALE = 10_000
"""Departures of the same ten-thousandth of an hour set off together."""


@dataclass(frozen=True)
class Lacking:
    """Convoys that some trips would have to fill.

    Parameters
    ----------
    entry, group
        Position among the trips, and convoy, of each membership, shape (entry,).
    least
        Vehicles that have to join, if any does, shape (group,). [vehicles]
    """

    entry: Integers
    group: Integers
    least: Integers

    def among(self, count: int) -> Lacking:
        """What the first so many of the trips lack."""
        kept = self.entry < count
        return Lacking(self.entry[kept], self.group[kept], self.least)

    def may_leave_alone(self, count: int) -> NDArray[np.bool_]:
        """Whether each of so many trips needs no company, or has it, shape (trip,)."""
        found = np.ones(count, dtype=bool)
        found[self.entry] = False
        return found


NOBODY = Lacking(*(np.zeros(0, dtype=np.int64) for _ in range(3)))
"""No trip lacks company."""


@dataclass(frozen=True)
class Company:
    """Groups of departures that need company, and what they have of it.

    Parameters
    ----------
    groups
        Of the trips that there are.
    present
        Vehicles of the plan in each group, shape (group,). [vehicles]
    """

    groups: ConvoyGroups
    present: Integers

    def lacking(self, trip: Integers) -> Lacking:
        """What some trips lack: a group that is large enough under the plan lacks nothing."""
        entry, group = self.groups.entries(trip)
        left = self.groups.least[group] - self.present[group]
        entry, group = entry[left > 0], group[left > 0]
        named, number = np.unique(group, return_inverse=True)
        least = self.groups.least[named] - self.present[named]
        return Lacking(entry, number.reshape(-1), least)


def company_of(
    data: DispatchData,
    table: TripTable,
    rules: ConvoyRules,
    present: tuple[Integers, Integers, Floats],
) -> Company:
    """Find groups and company.

    Parameters
    ----------
    data, table, rules
        The trips that there are, none left out for lack of company, and which of them need it.
    present
        Lane (-1 for none), kind and departure of the plan's vehicles, shape (vehicle,). [h]
    """
    groups = convoy_groups(replace(data, convoys=rules), table)
    kinds, span = data.fleet_count + 1, int((data.deadline_hours + 48) * _SCALE)
    first = np.array([groups.trips(group)[0] for group in range(len(groups))], dtype=np.int64)
    is_all = groups.of_trip[first, 0] == np.arange(len(groups))
    depart = table.start_period[first] * data.period_hours + data.load_hours[table.fleet[first]]
    kind = np.where(is_all, data.fleet_count, table.fleet[first])
    key = (table.lane[first] * kinds + kind) * span + np.rint(depart * _SCALE).astype(np.int64)
    lane, fleet, hours = (part[present[0] >= 0] for part in present)
    at = np.rint(hours * _SCALE).astype(np.int64)
    seen = np.concatenate([(lane * kinds + k) * span + at for k in (fleet, data.fleet_count)])
    known, count = np.unique(seen, return_counts=True)
    place = np.minimum(np.searchsorted(known, key), max(len(known) - 1, 0))
    is_known = known[place] == key if len(known) else np.zeros(len(key), dtype=bool)
    return Company(groups, np.where(is_known, count[place] if len(known) else 0, 0))

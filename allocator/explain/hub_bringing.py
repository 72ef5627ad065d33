"""Missing units brought through hubs by whatever is unloaded first, legs as they are needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.explain.hub_ground import HubGround
from allocator.explain.hub_loads import ready_rooms
from allocator.explain.ways import Brought, ThroughHubs, Way

__all__ = ["bring_through_hubs"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_WHOLE = 1e-6


def bring_through_hubs(way: Way, units: float) -> Brought:
    """Bring what is missing, directly and through hubs; not always as much as could come.

    Parameters
    ----------
    way
        The ways, through hubs.
    units
        Most that is wanted, whole. [units]

    Raises
    ------
    ValueError
        If the ways do not know hubs.
    """
    hubs, through = way.ground.hubs, way.hubs
    if hubs is None or through is None:
        raise ValueError("these ways have no hubs.")
    late, last = way.comes_late(units)
    sending = _Sending(way, hubs, through)
    missing = units - late
    ends = np.concatenate([hubs.problem.table.unload_end_hours[way.trip], way.rooms.end_hours])
    finals = np.flatnonzero(sending.to < 0)
    for each in finals[np.argsort(ends[finals], kind="stable")].tolist():
        while missing >= 1 - _WHOLE:
            taken = sending.send(each, missing)
            if taken < 1:
                break
            missing -= taken
            last = max(last, float(ends[each]))
    return sending.brought(units - missing, min(units, way.most()), last)


class _Sending:
    """Sends vehicles one by one, further trips before room on vehicles of the plan in all arrays.

    Parameters
    ----------
    way, hubs, through
        The ways.
    """

    def __init__(self, way: Way, hubs: HubGround, through: ThroughHubs) -> None:
        problem, rooms = hubs.problem, way.rooms
        table, data = problem.table, problem.data
        self._way, self._problem, self._count = way, problem, len(way.trip)
        self._home = np.concatenate([problem.warehouse[way.trip], rooms.warehouse])
        self._source = hubs.hub_at[self._home]
        self.to = np.concatenate([hubs.end(way.trip), data.lane_hub[rooms.lane]])
        self._start = np.concatenate([table.start_period[way.trip], rooms.start])
        self._ready = np.concatenate([hubs.ready(way.trip), ready_rooms(way, hubs)])
        ends = data.lane_district[rooms.lane]
        there = np.concatenate([problem.district[way.trip], ends])
        self._place = there, np.concatenate([table.receive_hour[way.trip], rooms.hour])
        self._leaves = np.concatenate([through.leaves[way.trip], data.leaves_province[rooms.lane]])
        self._stock, self._outside = way.stock.copy(), through.outside.copy()
        self._dock, self._idle = way.left.dock.copy(), way.left.vehicle.copy()
        self._receive, self._held = way.left.receive.copy(), through.held.copy()
        # Room on vehicles that drive already; on further ones once they are sent.
        self._spare = np.concatenate([np.zeros(self._count), rooms.units])
        self._vehicles = np.zeros(self._count)
        self._load = np.zeros(len(self.to))
        self._into: list[list[int]] = []
        for hub in range(len(through.held)):
            own = np.flatnonzero(self.to == hub)
            # Vehicles that drive anyhow are first.
            order = np.lexsort((self._ready[own], own < self._count))
            self._into.append(own[order].tolist())

    def send(self, each: int, wanted: float, beyond: frozenset[int] = frozenset()) -> float:
        """Load so many units onto one vehicle; return how many there were.

        Parameters
        ----------
        each
            Position among further trips and vehicles with room.
        wanted
            How many. [units]
        beyond
            Hubs at which the goods go on: nothing comes from there.
        """
        is_new = self._spare[each] < 1
        if is_new and not self._is_free(each):
            return 0.0
        room = self._way.capacity[each] if is_new else self._spare[each]
        place = self._place[0][each], self._place[1][each]
        most = min(wanted, room, self._receive[place] / self._way.unit_m3)
        most = float(np.floor(most + _WHOLE))
        taken = self._fetch(each, most, beyond) if most >= 1 else 0.0
        if taken < 1:
            return 0.0
        if is_new:
            self._drive(each)
        self._spare[each] = room - taken
        self._load[each] += taken
        self._receive[place] -= taken * self._way.unit_m3
        if self.to[each] >= 0:
            self._held[self.to[each], self._ready[each] :] += taken
        return taken

    def _is_free(self, each: int) -> bool:
        """Whether a vehicle, and a load start, are there for a further trip."""
        if each >= self._count:
            return False
        trip, start = self._way.trip[each], self._start[each]
        pool, until = self._problem.pool[trip], self._problem.until[trip]
        idle = self._idle[pool, start:until].min(initial=np.inf)
        return bool(min(self._dock[self._home[each], start], idle) >= 1 - _WHOLE)

    def _drive(self, each: int) -> None:
        """Send one more vehicle."""
        trip, start = self._way.trip[each], self._start[each]
        pool, until = self._problem.pool[trip], self._problem.until[trip]
        self._dock[self._home[each], start] -= 1
        self._idle[pool, start:until] -= 1
        self._vehicles[each] += 1

    def _fetch(self, each: int, wanted: float, beyond: frozenset[int]) -> float:
        """Take units where a vehicle loads: stock, or what has come to a hub by then."""
        home, hub, start = self._home[each], int(self._source[each]), self._start[each]
        if hub < 0:
            there = self._stock[home]
            if self._leaves[each]:
                there = min(there, self._outside[home])
            taken = min(wanted, there)
            self._stock[home] -= taken
            if self._leaves[each]:
                self._outside[home] -= taken
            return float(taken)
        there = self._there(hub, start)
        if there < wanted:
            self._bring(hub, start, wanted - there, beyond | {hub})
            there = self._there(hub, start)
        taken = min(wanted, there)
        self._held[hub, start:] -= taken
        return float(taken)

    def _there(self, hub: int, start: int) -> float:
        """Units that can be loaded at a hub from a period on."""
        return float(np.floor(max(0.0, self._held[hub, start:].min(initial=np.inf)) + _WHOLE))

    def _bring(self, hub: int, start: int, wanted: float, beyond: frozenset[int]) -> None:
        """Bring units to a hub by a period, as many as can be."""
        spent = []
        for each in self._into[hub]:
            if self._ready[each] > start or self._source[each] in beyond:
                continue
            while wanted >= 1:
                taken = self.send(each, wanted, beyond)
                wanted -= taken
                if taken < 1:
                    # What is short now, stock or vehicles, stays short; goods at hubs may come.
                    if self._source[each] < 0:
                        spent.append(each)
                    break
            if wanted < 1:
                break
        if spent:
            gone = set(spent)
            self._into[hub] = [each for each in self._into[hub] if each not in gone]

    def brought(self, units: float, most: float, last_hours: float) -> Brought:
        """What has been sent."""
        load = self._load[: self._count]
        used = load > 0.5
        return Brought(
            units,
            most,
            self._way.trip[used],
            self._vehicles[used],
            load[used],
            self._load[self._count :],
            last_hours,
        )

"""Rounding in a dive where vehicles set off together: whole convoys are fixed, or none of it.

A relaxation spreads vehicles over hours and lanes. Of the groups of departures that are not fixed
yet the one that it fills most is fixed with as many vehicles as a convoy needs; where docks and
pools have no room for them the group is closed, and the next solution uses other hours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_room import Room

__all__ = ["round_up_together", "short_groups"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_WHOLE = 1e-6
_LEAST = 0.02
"""Fractions below this are not rounded up."""


def short_groups(room: Room, vehicles: Floats) -> Integers:
    """Groups in which some vehicles set off, and too few, numbered among themselves."""
    groups, least = _numbered(room)
    count = _company(groups, least, vehicles)
    return np.flatnonzero((count > 0.5) & (count < least - 0.5))


def _numbered(room: Room) -> tuple[Integers, Integers]:
    """Groups of the departures, numbered among themselves, and vehicles that each needs.

    The last one stands for no group, and needs none. Shapes (departure, 2) and (group + 1,).
    """
    convoys = room.problem.convoys
    named, groups = np.unique(convoys.of_trip[room.trip], return_inverse=True)
    groups = groups.reshape(-1, 2)
    if len(named) and named[0] < 0:
        named, groups = named[1:], np.where(groups == 0, len(named) - 1, groups - 1)
    return groups, np.append(convoys.least[named], 0)


def _company(groups: Integers, least: Integers, vehicles: Floats) -> Floats:
    """Vehicles of each group, shape (group + 1,)."""
    return np.asarray(
        np.bincount(groups.ravel(), np.repeat(vehicles, 2), minlength=len(least)), dtype=float
    )


def round_up_together(
    room: Room, vehicles: Floats, fixed: Floats, most: Floats, share: float, added: Floats | None
) -> Floats:
    """Fix the largest fractions, those that need company with it; return the new upper limits.

    Parameters
    ----------
    room
        What docks and pools leave; taken from.
    vehicles
        What a relaxation uses, shape (departure,).
    fixed
        Vehicles that drive in any case, changed in place, shape (departure,).
    most
        Upper limits so far, shape (departure,).
    share
        Part of the vehicles that are open which is fixed now.
    added
        Counts for the order besides, shape (departure,); None for nothing.
    """
    most = most.copy()
    groups, least = _numbered(room)
    nothing = len(least) - 1
    rest = vehicles - fixed
    quota = max(3.0, share * float(rest.sum()))
    company = _company(groups, least, fixed)
    filled = _company(groups, least, vehicles) / np.maximum(least, 1)
    filled[nothing] = np.inf
    rank = np.where((groups == nothing).all(axis=1), rest, filled[groups].min(axis=1))
    if added is not None:
        rank = rank + added
    got, is_stuck = 0.0, True
    for position in np.argsort(-rank, kind="stable").tolist():
        wanted = vehicles[position] - fixed[position]
        if wanted < _LEAST or most[position] <= fixed[position]:
            continue
        if got >= quota:
            break
        lacking = [g for g in groups[position].tolist() if company[g] < least[g] - 0.5]
        if lacking:
            taken = _fix_convoy(room, (groups, least), position, vehicles, fixed)
        else:
            count = room.take(position, max(1.0, float(np.floor(wanted + _WHOLE))))
            fixed[position] += count
            taken = count
        if taken > 0:
            is_stuck = False
            got += taken
            company = _company(groups, least, fixed)
        elif lacking:
            closed = np.isin(groups, lacking).any(axis=1)
            most[closed] = np.minimum(most[closed], fixed[closed])
            is_stuck = False
        else:
            most[position] = fixed[position]
    return np.minimum(most, fixed) if is_stuck else np.maximum(most, fixed)


def _fix_convoy(
    room: Room, told: tuple[Integers, Integers], position: int, vehicles: Floats, fixed: Floats
) -> float:
    """Fix a departure with the company that it needs; 0, and nothing is fixed, without room."""
    before = fixed.copy()
    groups, least = told
    # That of its own kind counts among all kinds, too.
    for group in [g for g in groups[position, ::-1].tolist() if least[g] > 0]:
        members = np.flatnonzero((groups == group).any(axis=1))
        members = members[np.argsort(-(vehicles - fixed)[members], kind="stable")]
        members = np.concatenate([[position], members[members != position]])
        for is_first in (True, False):
            for member in members.tolist():
                lacking = float(least[group]) - float(fixed[members].sum())
                if lacking < 0.5:
                    break
                wanted = np.ceil(vehicles[member] - fixed[member] - _LEAST) if is_first else lacking
                fixed[member] += room.take(member, float(min(max(wanted, 0.0), lacking)))
    changed = np.flatnonzero(fixed > before)
    count = _company(groups, least, fixed)
    is_short = ((count > 0.5) & (count < least - 0.5)).any()
    if fixed[position] > before[position] and not is_short:
        return float((fixed - before).sum())
    for member in changed.tolist():
        room.give(member, float(fixed[member] - before[member]))
    fixed[:] = before
    return 0.0

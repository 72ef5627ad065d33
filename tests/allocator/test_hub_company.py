"""Whole convoys in plans with hubs, step by step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from allocator.engine.hub_company import batches, find_company, in_company
from allocator.engine.hub_plans import forward
from allocator.engine.hub_room import Room
from tests.hub_cases import hand_tables, random_company_case
from tests.tiny import build_case

ORDER = np.array([0])


def problem(trucks: int = 3, amount: int = 3) -> DispatchProblem:
    """The example of the docs: trucks of six tents from the hub leave in convoys only."""
    tables = hand_tables()
    tables["Fleets"][1]["vehicles_count"] = trucks
    tables["Hours"] = [{"kind": "convoy", "warehouse": "H", "amount": amount}]
    return dispatch_problem(build_dispatch_inputs(build_case(tables), "flood").data)


def at_hub(given: DispatchProblem, tents: int) -> Room:
    """A room in which the train has brought some tents, ready at 6."""
    room = Room(given)
    room.take(int(np.flatnonzero(room.hub >= 0)[0]), np.array([tents]))
    return room


def trucks_at(room: Room, hour: int) -> int:
    """Departure of the hub's trucks in an hour."""
    start = room.problem.table.start_period
    return int(np.flatnonzero((room.source >= 0) & (start == hour))[0])


def loads(room: Room) -> list[int]:
    """Tents on each vehicle, in the order in which they were taken."""
    return [int(each[0]) for each in room.result().load_units]


def test_a_truck_alone_shares_its_load_until_it_has_company() -> None:
    """Six on one truck and nothing else at the hub: three trucks carry them."""
    room = at_hub(problem(), 6)
    mark = room.mark()
    room.take(trucks_at(room, 6), np.array([6]))
    assert find_company(room, mark, np.array([10.0]), ORDER)
    assert sorted(loads(room)[1:]) == [1, 2, 3]
    assert room.company.max() == 3


def test_company_takes_what_is_wanted_first() -> None:
    """Ten are there: the second truck takes four more, the third a share."""
    room = at_hub(problem(), 10)
    mark = room.mark()
    room.take(trucks_at(room, 6), np.array([6]))
    assert find_company(room, mark, np.array([10.0]), ORDER)
    assert sum(loads(room)[1:]) == 10
    assert len(loads(room)) == 4


@pytest.mark.parametrize(("trucks", "tents"), [(3, 2), (2, 6)])
def test_without_company_everything_is_as_before(trucks: int, tents: int) -> None:
    """Two tents for three trucks, or two trucks of three: nothing is taken nor booked."""
    given = problem(trucks) if trucks == 3 else problem(trucks, amount=2)
    room = at_hub(given, tents)
    if trucks == 2:
        room.take(trucks_at(room, 6), np.array([1]))
    before = room.result(), room.need.copy(), room.dock.copy(), room.vehicle.copy()
    company, there = room.company.copy(), room.units_there(trucks_at(room, 7))
    mark = room.mark()
    room.take(trucks_at(room, 7), np.array([min(tents - 1, 2)]))
    assert not find_company(room, mark, np.array([2.0]), ORDER)
    assert room.result().load_units.tolist() == before[0].load_units.tolist()
    for now, then in zip((room.need, room.dock, room.vehicle), before[1:], strict=True):
        assert (now == then).all()
    assert (room.company == company).all()
    assert (room.units_there(trucks_at(room, 7)) == there).all()


def test_what_is_planned_together_goes_later_together() -> None:
    """Two trucks planned for 6 find their tents at 9 only, and leave at 9 both."""
    given = problem(trucks=2, amount=2)
    room = Room(given)
    late = np.flatnonzero((room.hub >= 0) & (given.table.start_period == 3))
    room.take(int(late[0]), np.array([10]))
    trip = trucks_at(room, 6)
    planned = [(trip, np.array([5])), (trip, np.array([5]))]
    assert [len(each) for each in batches(given, planned)] == [2]
    forward(room, planned, -np.inf)
    start = given.table.start_period[room.result().trip]
    assert start.tolist() == [3, 9, 9]


def test_nobody_who_is_needed_as_company_is_trimmed_away() -> None:
    """Of three with three tents in all one has them: the others keep one of their own each."""
    given = problem()
    trip = np.full(3, trucks_at(Room(given), 6))
    before = np.array([[3], [2], [1]])
    kept = in_company(given, trip, np.array([[3], [0], [0]]), before)
    assert kept.ravel().tolist() == [3, 1, 1]
    assert not in_company(given, trip, np.zeros((3, 1), dtype=np.int64), before).any()


def random_rooms() -> Iterator[tuple[int, Room]]:
    """Rooms of random cases with convoys, filled from nothing."""
    for seed in range(40, 60):
        inputs = build_dispatch_inputs(random_company_case(seed), "flood")
        room = Room(dispatch_problem(inputs.data))
        forward(room, [], np.inf)
        yield seed, room


def test_filling_leaves_nobody_without_company() -> None:
    """In 20 random cases, some with vehicles that need company, every group is large enough."""
    in_convoy = 0
    for seed, room in random_rooms():
        groups = room.problem.convoys
        assert len(groups.short(room.result().trip)) == 0, seed
        assert (groups.company(room.result().trip) == room.company).all(), seed
        in_convoy += bool(room.company.any())
    assert in_convoy >= 4

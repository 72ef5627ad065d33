"""Program over chosen departures: whole vehicles, loads by item, what is left of the resources.

Solved as a linear program by the dive and with whole vehicles by the search.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.engine.dispatch_draft import Draft, Residual, slot_needs
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices
from allocator.solver import LinearProgram

__all__ = ["Restricted", "Rows", "restricted_program"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_TON_KG = 1000.0
_DUST = 1e-9


@dataclass(frozen=True)
class Restricted:
    """A program and what its columns mean: vehicles, loads, unmet units, whether convoys set off.

    Parameters
    ----------
    program
        The program.
    trip
        Departure of each vehicle column, shape (departure,).
    load_trip, load_slot
        Departure (as a position in ``trip``) and slot of each load column, shape (load,).
    need
        Need of each unmet column, shape (unmet,).
    convoy
        Group of each convoy column, shape (convoy,).
    """

    program: LinearProgram
    trip: Integers
    load_trip: Integers
    load_slot: Integers
    need: Integers
    convoy: Integers

    def start(self, problem: DispatchProblem, draft: Draft, need_units: Floats) -> Floats:
        """Column values of a draft whose departures are all among the program's.

        Parameters
        ----------
        problem
            The problem.
        draft
            The draft.
        need_units
            Need that the program was made for, shape (need,). [units]
        """
        place = np.searchsorted(self.trip, draft.trip)
        vehicles = np.zeros(len(self.trip))
        vehicles[place] = draft.vehicles
        load = np.zeros((len(self.trip), draft.load.shape[1]))
        load[place] = draft.load
        units = load[self.load_trip, self.load_slot]
        need = slot_needs(problem, self.trip)[self.load_trip, self.load_slot]
        served = np.bincount(need, units, minlength=len(need_units))
        unmet = (need_units - served)[self.need].clip(min=0.0)
        company = problem.convoys.company(draft.departures())
        return np.concatenate([vehicles, units, unmet, (company > 0)[self.convoy].astype(float)])

    def draft(self, problem: DispatchProblem, values: Floats) -> Draft:
        """Draft that column values stand for; departures without vehicles are left out."""
        count, loads = len(self.trip), len(self.load_trip)
        vehicles = np.rint(values[:count])
        load = np.zeros((count, problem.slot_count))
        load[self.load_trip, self.load_slot] = values[count : count + loads].clip(min=0.0)
        load[load < 1e-7] = 0.0
        drives = vehicles > 0.5
        return Draft(self.trip[drives], vehicles[drives], load[drives])


@dataclass
class Rows:
    """Rows of a program as they are collected."""

    count: int = 0
    row: list[Integers] = field(default_factory=list)
    column: list[Integers] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)
    lower: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)

    def add(
        self, row: Integers, column: Integers, value: Floats | float, lower: Floats, upper: Floats
    ) -> None:
        """Append rows numbered from 0 in ``row``."""
        self.row.append(self.count + row)
        self.column.append(column)
        self.value.append(np.broadcast_to(np.asarray(value, dtype=float), row.shape))
        self.lower.append(lower)
        self.upper.append(upper)
        self.count += len(upper)

    def limit(self, key: Integers, column: Integers, value: Floats | float, limit: Floats) -> None:
        """Append one row for each distinct key with a finite limit; ``limit`` is by key."""
        finite = np.isfinite(limit[key])
        amounts = np.broadcast_to(np.asarray(value, dtype=float), key.shape)
        keys, row = np.unique(key[finite], return_inverse=True)
        top = np.maximum(limit[keys], 0.0)
        self.add(row.reshape(-1), column[finite], amounts[finite], np.full(len(keys), -np.inf), top)

    def matrix(self, columns: int) -> Any:
        """All coefficients, shape (row, column)."""
        value = np.concatenate(self.value)
        row, column = np.concatenate(self.row), np.concatenate(self.column)
        return sparse.csc_array((value, (row, column)), shape=(self.count, columns))


def restricted_program(
    problem: DispatchProblem,
    prices: StagePrices,
    left: Residual,
    trip: Integers,
    most: Floats,
    *,
    whole: bool,
) -> Restricted:
    """Build the program over some departures.

    Parameters
    ----------
    problem, prices
        The problem and what the stage charges.
    left
        Resources that these departures may use.
    trip
        Departures, ascending, shape (departure,).
    most
        Most vehicles of each, shape (departure,).
    whole
        Whether vehicles are whole; then convoys are large enough, too. All of the vehicles that
        may be one have to be among the departures.
    """
    data = problem.data
    count = len(trip)
    needs = slot_needs(problem, trip)
    item_of_slot = np.repeat(np.arange(data.item_count), problem.need_of.shape[2])
    useful = (needs >= 0) & (left.need[needs] > _DUST)
    load_trip, load_slot = np.nonzero(useful & _may_carry(problem, left, trip)[:, item_of_slot])
    need, item = needs[load_trip, load_slot], item_of_slot[load_slot]
    loads = count + np.arange(len(load_trip))
    wanted, place = np.unique(need, return_inverse=True)
    place = place.reshape(-1)
    unmet = count + len(loads) + np.arange(len(wanted))
    rows = Rows()
    _add_room(problem, rows, (trip, load_trip, item), loads)
    amount, row = left.need[wanted], np.append(place, np.arange(len(wanted)))
    rows.add(row, np.append(loads, unmet), 1.0, amount, amount)
    _limit_resources(problem, left, rows, (trip, load_trip, item), (loads, need))
    columns = count + len(loads) + len(unmet)
    use = np.minimum(most, _vehicles_of_use(problem, left, trip))
    convoy = _limit_convoys(problem, rows, (trip, use, load_trip), columns, whole=whole)
    later = np.zeros(len(convoy))
    late = prices.late[need] * problem.wait_hours(trip[load_trip], need)
    program = LinearProgram(
        cost=np.concatenate([problem.trip_price(prices, trip), late, prices.lost[wanted], later]),
        offset=0.0,
        column_lower=np.zeros(columns + len(convoy)),
        column_upper=np.concatenate([most, np.full(columns - count, np.inf), later + 1.0]),
        integer=np.append(whole & (np.arange(columns) < count), later == 0),
        matrix=rows.matrix(columns + len(convoy)),
        row_lower=np.concatenate(rows.lower),
        row_upper=np.concatenate(rows.upper),
    )
    return Restricted(program, trip, load_trip, load_slot, wanted, convoy)


def _vehicles_of_use(problem: DispatchProblem, left: Residual, trip: Integers) -> Floats:
    """Vehicles of each departure that would bring all of the need, one item each, and a convoy."""
    data, groups = problem.data, problem.convoys
    if len(groups) == 0:
        return np.full(len(trip), np.inf)
    needs = slot_needs(problem, trip)
    item = np.repeat(np.arange(data.item_count), problem.need_of.shape[2])
    by_weight = data.payload_kg[:, None] / data.item_weight_kg
    by_volume = data.vehicle_volume_m3[:, None] / data.item_volume_m3
    each = np.maximum(np.floor(np.minimum(by_weight, by_volume) + 1e-9), 1.0)
    wanted = np.where(needs >= 0, left.need[needs], 0.0).clip(min=0.0)
    count = np.ceil(wanted / each[problem.table.fleet[trip]][:, item] - 1e-9).sum(axis=1)
    company = np.append(groups.least, 0)[groups.of_trip[trip]].max(axis=1, initial=0)
    return np.asarray(np.maximum(count, company))


def _limit_convoys(
    problem: DispatchProblem,
    rows: Rows,
    entries: tuple[Integers, Floats, Integers],
    first: int,
    *,
    whole: bool,
) -> Integers:
    """Vehicles set off together or not at all, each with something on board.

    ``entries`` are the departures, most vehicles of each, and the departure of each load; there is
    a column from ``first`` on for each group, which is returned.
    """
    trip, most, load_trip = entries
    place, group = problem.convoys.entries(trip)
    if not whole or len(group) == 0:
        return np.zeros(0, dtype=np.int64)
    groups, number = np.unique(group, return_inverse=True)
    sets_off = first + number.reshape(-1)
    every, each = np.arange(len(place)), np.arange(len(groups))
    pairs, columns = np.concatenate([every, every]), np.concatenate([place, sets_off])
    value = np.concatenate([np.ones(len(place)), -most[place]])
    rows.add(pairs, columns, value, np.full(len(place), -np.inf), np.zeros(len(place)))
    least = problem.convoys.least[groups].astype(float)
    pairs, columns = np.append(number.reshape(-1), each), np.append(place, first + each)
    value = np.append(np.full(len(place), -1.0), least)
    rows.add(pairs, columns, value, np.full(len(groups), -np.inf), np.zeros(len(groups)))
    alone = np.unique(place)
    is_theirs = np.isin(load_trip, alone)
    row = np.append(np.searchsorted(alone, load_trip[is_theirs]), np.arange(len(alone)))
    columns = np.append(len(trip) + np.flatnonzero(is_theirs), alone)
    value = np.append(np.full(int(is_theirs.sum()), -1.0), np.ones(len(alone)))
    rows.add(row, columns, value, np.full(len(alone), -np.inf), np.zeros(len(alone)))
    return groups


def _may_carry(problem: DispatchProblem, left: Residual, trip: Integers) -> NDArray[np.bool_]:
    """Whether a departure may bring an item that is in stock and fits, shape (departure, item)."""
    in_stock = left.stock[problem.warehouse[trip]] > _DUST
    fits = _fits(problem)[problem.table.fleet[trip]]
    return np.asarray(problem.table.carries[trip] & in_stock & fits)


def _limit_resources(
    problem: DispatchProblem,
    left: Residual,
    rows: Rows,
    entries: tuple[Integers, Integers, Integers],
    columns: tuple[Integers, Integers],
) -> None:
    """Stock, leave to go out, docks, vehicles and receiving suffice.

    ``entries`` are the departures, and departure and item of each load; ``columns`` are those of
    the loads, with the need that each serves.
    """
    data, table = problem.data, problem.table
    trip, load_trip, item = entries
    loads, need = columns
    warehouse = problem.warehouse[trip]
    shelf = warehouse[load_trip] * data.item_count + item
    rows.limit(shelf, loads, 1.0, left.stock.ravel())
    out = problem.leaves[trip[load_trip]] & problem.outside_binds.ravel()[shelf]
    rows.limit(shelf[out], loads[out], 1.0, left.outside.ravel())
    drawing, drawn = problem.lasting_drawn(trip[load_trip], item)
    if len(drawn):
        rows.limit(drawn, loads[drawing], 1.0, left.lasting)
    every, periods = np.arange(len(trip)), problem.period_count
    rows.limit(warehouse * periods + table.start_period[trip], every, 1.0, left.dock.ravel())
    position, period = problem.spread(trip)
    rows.limit(problem.pool[trip[position]] * periods + period, position, 1.0, left.vehicle.ravel())
    hour = problem.district[trip] * problem.receive_count + table.receive_hour[trip]
    rows.limit(hour[load_trip], loads, problem.volume_m3[need], left.receive.ravel())


def _fits(problem: DispatchProblem) -> NDArray[np.bool_]:
    """Whether at least one unit fits a vehicle, shape (fleet, item)."""
    data = problem.data
    by_weight = data.item_weight_kg <= data.payload_kg[:, None] * (1 + 1e-9)
    by_volume = data.item_volume_m3 <= data.vehicle_volume_m3[:, None] * (1 + 1e-9)
    return by_weight & by_volume


def _add_room(
    problem: DispatchProblem,
    rows: Rows,
    entries: tuple[Integers, Integers, Integers],
    loads: Integers,
) -> None:
    """Weight and volume of the loads fit the vehicles of each departure."""
    trip, load_trip, item = entries
    data, fleet = problem.data, problem.table.fleet[trip]
    every = np.arange(len(trip))
    row = np.concatenate([load_trip, every])
    column = np.concatenate([loads, every])
    for unit, room in (
        (data.item_weight_kg / _TON_KG, data.payload_kg / _TON_KG),
        (data.item_volume_m3, data.vehicle_volume_m3),
    ):
        value = np.concatenate([unit[item], -room[fleet]])
        top = np.zeros(len(trip))
        rows.add(row, column, value, np.full(len(trip), -np.inf), top)

"""The recourse of one item in a scenario as a network, with what is alike taken together.

Warehouses that serve every district at the same values are one source, districts that are served
alike are one sink. That is exact: only sums of their stock and need enter, and flows are split
again at the end. Where a criterion counts only what is unmet, a few sources and sinks are left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.placement_data import Criterion, PlacementData
from models.recourse import UnitValues, unit_values

__all__ = ["RecourseNetwork", "SplitFlows", "recourse_network"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def _sums(groups: Integers, weights: Floats, count: int) -> Floats:
    """Sum of the weights of each group, shape (count,)."""
    return np.bincount(groups, weights=weights, minlength=count).astype(np.float64)


@dataclass(frozen=True)
class NetworkFlows:
    """Flows between sources and sinks.

    Parameters
    ----------
    source, sink, ship_units
        Shape (flow,). [units]
    purchase_units, unmet_units
        Shape (sink,). [units]
    """

    source: Integers
    sink: Integers
    ship_units: Floats
    purchase_units: Floats
    unmet_units: Floats

    @classmethod
    def mixed(cls, parts: Sequence[tuple[float, NetworkFlows]]) -> NetworkFlows:
        """Return the sum of flows times their shares, which add up to 1."""
        sinks = len(parts[0][1].unmet_units)
        keys = np.concatenate([flows.source * sinks + flows.sink for _, flows in parts])
        units = np.concatenate([share * flows.ship_units for share, flows in parts])
        lanes, lane = np.unique(keys, return_inverse=True)
        return cls(
            source=lanes // sinks,
            sink=lanes % sinks,
            ship_units=_sums(lane.reshape(-1), units, len(lanes)),
            purchase_units=np.sum([s * flows.purchase_units for s, flows in parts], axis=0),
            unmet_units=np.sum([s * flows.unmet_units for s, flows in parts], axis=0),
        )


@dataclass(frozen=True)
class SplitFlows:
    """Flows between warehouses and districts.

    Parameters
    ----------
    warehouse, district
        Positions, the district among those of the scenario, shape (flow,).
    ship_units
        Shape (flow,), >= 0. [units]
    purchase_units
        Shape (district,), >= 0. [units]
    """

    warehouse: Integers
    district: Integers
    ship_units: Floats
    purchase_units: Floats


@dataclass(frozen=True)
class RecourseNetwork:
    """Sources and sinks of one item in one scenario.

    Parameters
    ----------
    scenario, item
        Positions.
    district, demand_units
        Districts with a need, positions among those of the scenario, and the need, shape (need,).
    sink
        Sink of each need, shape (need,).
    sink_units
        Need of each sink, shape (sink,), > 0. [units]
    source
        Source of each warehouse, -1 where no lane leads to a need, shape (warehouse,).
    holds_back, has_home
        Whether the source keeps a home reserve, and whether it has needs at home; a source that
        holds back and has none has only what may leave the province, shape (source,).
    is_abroad
        Whether the flow leaves the province of a source that holds back, shape (source, sink).
    values
        Unit values by criterion, shapes (source, sink) and (sink,).
    usable_share, reserve_units
        Shape (warehouse,).
    market_units
        Units that can be bought, >= 0. [units]
    """

    scenario: int
    item: int
    district: Integers
    demand_units: Floats
    sink: Integers
    sink_units: Floats
    source: Integers
    holds_back: Flags
    has_home: Flags
    is_abroad: Flags
    values: dict[Criterion, UnitValues]
    usable_share: Floats
    reserve_units: Floats
    market_units: float

    @property
    def sink_district(self) -> Integers:
        """A district of each sink, the only one where districts are not joined, shape (sink,)."""
        found = np.zeros(len(self.sink_units), dtype=np.int64)
        found[self.sink] = self.district
        return found

    @property
    def source_count(self) -> int:
        """Number of sources."""
        return len(self.holds_back)

    def supplies(self, stock_units: Floats, is_open: Floats) -> tuple[Floats, Floats]:
        """What the sources can send anywhere, and what they can send abroad.

        Parameters
        ----------
        stock_units
            Shape (warehouse,), >= 0. [units]
        is_open
            Shape (warehouse,), 0 to 1.

        Returns
        -------
        tuple
            Each of shape (source,). [units]
        """
        everything, free = self._warehouse_supplies(stock_units, is_open)
        known = self.source >= 0
        source, count = self.source[known], self.source_count
        return _sums(source, everything[known], count), _sums(source, free[known], count)

    def _warehouse_supplies(self, stock_units: Floats, is_open: Floats) -> tuple[Floats, Floats]:
        """Same by warehouse; what stays at home of a source without needs there is left out."""
        usable = self.usable_share * np.maximum(stock_units, 0.0)
        free = np.maximum(usable - self.usable_share * self.reserve_units * is_open, 0.0)
        known = self.source >= 0
        only_abroad = np.zeros(len(usable), dtype=bool)
        only_abroad[known] = (self.holds_back & ~self.has_home)[self.source[known]]
        return np.where(only_abroad, free, usable), free

    def split(self, flows: NetworkFlows, stock_units: Floats, is_open: Floats) -> SplitFlows:
        """Split flows between sources and sinks into flows between warehouses and districts.

        Parameters
        ----------
        flows
            Flows of this network.
        stock_units, is_open
            As in ``supplies``.
        """
        everything, free = self._warehouse_supplies(stock_units, is_open)
        source, sink, ship_units = flows.source, flows.sink, flows.ship_units
        leaves = self.is_abroad[source, sink] & self.holds_back[source]
        flow, warehouse, units = _split_line(source[leaves], ship_units[leaves], self.source, free)
        flow_at = [np.flatnonzero(leaves)[flow]]
        sent = np.bincount(warehouse, weights=units, minlength=len(everything))
        parts = [(warehouse, units)]
        stays = ~leaves
        flow, warehouse, units = _split_line(
            source[stays], ship_units[stays], self.source, everything - sent
        )
        flow_at.append(np.flatnonzero(stays)[flow])
        parts.append((warehouse, units))
        flow = np.concatenate(flow_at)
        warehouse = np.concatenate([part[0] for part in parts])
        units = np.concatenate([part[1] for part in parts])
        # On the way in, what is bought stands in the line behind what is shipped.
        bought = np.flatnonzero(flows.purchase_units > 0)
        arriving = np.concatenate([sink[flow], bought])
        amounts = np.concatenate([units, flows.purchase_units[bought]])
        piece, need, units = _split_line(arriving, amounts, self.sink, self.demand_units)
        is_shipped = piece < len(flow)
        purchase = np.zeros(len(self.district))
        np.add.at(purchase, need[~is_shipped], units[~is_shipped])
        return SplitFlows(
            warehouse=warehouse[piece[is_shipped]],
            district=self.district[need[is_shipped]],
            ship_units=units[is_shipped],
            purchase_units=purchase,
        )


def _split_line(
    group: Integers, units: Floats, member_group: Integers, room: Floats
) -> tuple[Integers, Integers, Floats]:
    """Fill the members of each group one after the other with the amounts of the group.

    Parameters
    ----------
    group, units
        Amounts, shape (amount,).
    member_group
        Group of each member, -1 for none, shape (member,).
    room
        What fits a member, shape (member,); its sum in a group is at least that of the amounts.

    Returns
    -------
    tuple
        Amount, member and units of each piece, shape (piece,). What does not fit is left out.
    """
    member = np.flatnonzero(member_group >= 0)
    member = member[np.argsort(member_group[member], kind="stable")]
    amount = np.argsort(group, kind="stable")
    count = int(max(member_group.max(initial=-1), group.max(initial=-1))) + 1
    wanted = _sums(group, units, count)
    offered = _sums(member_group[member], room[member], count)
    longest = np.maximum(wanted, offered)
    begin = np.concatenate([[0.0], np.cumsum(longest)[:-1]]) if count else np.zeros(0)
    start_a, end_a = _intervals(group[amount], units[amount], begin)
    start_m, end_m = _intervals(member_group[member], room[member], begin)
    points = np.unique(np.concatenate([start_a, end_a, start_m, end_m]))
    middle = (points[:-1] + points[1:]) / 2.0
    a, in_amount = _containing(start_a, end_a, middle)
    m, in_member = _containing(start_m, end_m, middle)
    inside = in_amount & in_member
    length = np.diff(points)[inside]
    return amount[a[inside]], member[m[inside]], length


def _intervals(group: Integers, length: Floats, begin: Floats) -> tuple[Floats, Floats]:
    """Lay lengths end to end within each group, which starts at ``begin[group]``."""
    if not len(group):
        return np.zeros(0), np.zeros(0)
    ends = np.cumsum(length)
    first = np.searchsorted(group, group, side="left")
    before = np.concatenate([[0.0], ends])[first]
    start = begin[group] + (ends - length - before)
    return start, begin[group] + (ends - before)


def _containing(start: Floats, end: Floats, points: Floats) -> tuple[Integers, Flags]:
    """Interval each point lies in, and whether there is one; empty intervals hold nothing."""
    real = np.flatnonzero(end > start)
    if not len(real):
        return np.zeros(len(points), dtype=np.int64), np.zeros(len(points), dtype=bool)
    place = np.searchsorted(start[real], points, side="right") - 1
    found = real[np.maximum(place, 0)]
    return found, (place >= 0) & (points < end[found])


def _alike(columns: Sequence[NDArray[Any]]) -> tuple[Integers, Integers]:
    """Group rows that are equal in all columns.

    Returns
    -------
    tuple
        One row of each group, and the group of each row.
    """
    table = np.ascontiguousarray(np.hstack([np.atleast_2d(c.astype(float)) for c in columns]))
    if table.shape[0] == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    keys = table.view(np.dtype((np.void, table.dtype.itemsize * table.shape[1]))).reshape(-1)
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    return first, group.reshape(-1)


def recourse_network(
    data: PlacementData,
    scenario: int,
    item: int,
    criteria: Sequence[Criterion],
    *,
    joins_districts: bool = True,
) -> RecourseNetwork:
    """Return the network of one item in a scenario.

    Parameters
    ----------
    data
        The placement problem.
    scenario, item
        Positions.
    criteria
        Values that will be asked for; what is alike in all of them is taken together.
    joins_districts
        Whether districts may be taken together; a floor of each district's share forbids it.
    """
    disaster, first = data.scenarios[scenario], data.first_stage
    district = np.flatnonzero(disaster.demand_units[:, item] > 0)
    values = {c: unit_values(data, scenario, item, c) for c in criteria}
    ship = {c: v.ship[:, district] for c, v in values.items()}
    has_lane = np.isfinite(next(iter(ship.values())))
    abroad = disaster.is_abroad[:, district]
    has_home: Flags = np.asarray((has_lane & ~abroad).any(axis=1))
    limited = first.reserve_units[:, item] > 0
    split = limited & has_home & (has_lane & abroad).any(axis=1)
    crossing: Flags = np.logical_and(abroad, split[:, None])
    rows, source = _sources(has_lane, [*ship.values(), crossing, (limited & ~has_home)[:, None]])
    demand = disaster.demand_units[district, item]
    ways: list[NDArray[Any]] = [*(m[rows].T for m in ship.values()), crossing[rows].T]
    picked, sink = _sinks(ways, district, values, joins_districts=joins_districts)
    cols = district[picked]
    can_buy = bool(np.isfinite(next(iter(values.values())).purchase).any())
    return RecourseNetwork(
        scenario=scenario,
        item=item,
        district=district,
        demand_units=demand,
        sink=sink,
        sink_units=_sums(sink, demand, len(cols)),
        source=source,
        holds_back=limited[rows] & (split | ~has_home)[rows],
        has_home=has_home[rows],
        is_abroad=crossing[rows][:, picked],
        values={
            c: UnitValues(v.ship[np.ix_(rows, cols)], v.purchase[cols], v.unmet[cols])
            for c, v in values.items()
        },
        usable_share=disaster.usable_share,
        reserve_units=first.reserve_units[:, item],
        market_units=float(data.values.purchase_available_units[item]) if can_buy else 0.0,
    )


def _sinks(
    ways: Sequence[NDArray[Any]],
    district: Integers,
    values: Mapping[Criterion, UnitValues],
    *,
    joins_districts: bool,
) -> tuple[Integers, Integers]:
    """Take districts together that are alike in all ways into them and in all values.

    Parameters
    ----------
    ways
        Each of shape (need, any).
    district
        District of each need.
    values
        What a unit is worth by criterion.
    joins_districts
        Whether any may be taken together.

    Returns
    -------
    tuple
        One need of each group, and the group of each need.
    """
    columns = list(ways)
    columns += [
        np.stack([v.purchase[district], v.unmet[district]], axis=1) for v in values.values()
    ]
    if not joins_districts:
        columns.append(np.arange(len(district))[:, None])
    return _alike(columns)


def _sources(has_lane: Flags, columns: Sequence[NDArray[Any]]) -> tuple[Integers, Integers]:
    """Take warehouses together that are equal in all columns and have a lane.

    Parameters
    ----------
    has_lane
        Shape (warehouse, need).
    columns
        Each of shape (warehouse, any).

    Returns
    -------
    tuple
        A warehouse of each source, and the source of each warehouse, -1 without lane.
    """
    reachable = np.flatnonzero(has_lane.any(axis=1))
    one, group = _alike([column[reachable] for column in columns])
    source = np.full(len(has_lane), -1)
    source[reachable] = group
    return reachable[one], source

"""Why need stays unmet, read from the plan: where goods are left over and what keeps them there.

A first explanation without new solves: for each warehouse with goods to spare it asks which single
rule is in the way. The reason is a rule that alone holds back enough to fill the gap, operations
before policy; if none does, the one that holds back most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_convoys import free_company
from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_draft import Residual, residual
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from allocator.engine.dispatch_vehicles import result_draft
from allocator.schema.disaster import Fleet
from allocator.travel import Lanes, build_lanes

__all__ = ["REASONS", "ShortageReasons"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

REASONS = (
    "no_stock",
    "out_of_reach",
    "paper",
    "vehicles",
    "docks",
    "receiving",
    "convoy",
    "home_reserve",
    "through_hub",
    "other",
)
"""Words of the ``reason`` column."""

_TIERS: Mapping[str, int] = {
    "other": 0,
    "receiving": 1,
    "convoy": 1,
    "docks": 1,
    "through_hub": 1,
    "vehicles": 1,
    "paper": 2,
    "home_reserve": 3,
    "out_of_reach": 4,
    "no_stock": 5,
}
"""Of reasons that each hold back enough, the one that the fewest people must agree to lift."""

_PHRASES: Mapping[str, str] = {
    "no_stock": "for {units} units there is no stock left anywhere",
    "out_of_reach": "{units} units lie in {places} that cannot arrive in time",
    "paper": "{units} units in {places} would arrive in time but for the sign-offs",
    "vehicles": "{units} units in {places} wait for vehicles, none is free",
    "docks": "{units} units in {places} wait for docks, all taken",
    "receiving": "{units} units in {places} find the district's receiving full",
    "through_hub": "{units} units in {places} can only come through a hub",
    "convoy": "{units} units in {places} find no convoy that is large enough",
    "home_reserve": "{units} units in {places} are kept for their own province",
    "other": "{units} units in {places} could still go: a better plan is possible",
}


@dataclass
class _Held:
    """Units held back, and in how many warehouses."""

    units: float = 0.0
    count: int = 0


def _phrase(reason: str, held: _Held) -> str:
    """Part of the sentence about one reason."""
    places = "1 warehouse" if held.count == 1 else f"{held.count} warehouses"
    return _PHRASES[reason].format(units=f"{held.units:,.10g}", places=places)


@dataclass
class ShortageReasons:
    """Finds reasons in the plan of one scenario.

    Parameters
    ----------
    inputs, problem, outcome
        The scenario and its plan.
    """

    inputs: DispatchInputs
    problem: DispatchProblem
    outcome: DispatchOutcome
    _left: Residual = field(init=False)

    def __post_init__(self) -> None:
        self._left = residual(self.problem, result_draft(self.problem, self.outcome.result))

    @cached_property
    def _unsigned(self) -> Lanes:
        """Lanes that would exist if nothing had to be signed."""
        return build_lanes(
            self.inputs.case,
            self.inputs.scenario,
            districts=self.inputs.district,
            rules=self.inputs.lanes.release.at_once(),
        )

    @cached_property
    def _unsigned_pairs(self) -> set[tuple[int, int]]:
        """Warehouse and district of those lanes, as positions in the case."""
        lanes = self._unsigned
        return set(zip(lanes.warehouse.tolist(), lanes.district.tolist(), strict=True))

    @cached_property
    def _unequipped(self) -> set[int]:
        """Warehouses of the case at which no vehicle is, where the case says who has any."""
        case = self.inputs.case
        has = {row.warehouse for row in case.fleets if row.vehicles_count > 0}
        there = enumerate(case.warehouses)
        return {k for k, row in there if row.warehouse not in has} if case.fleets else set()

    @cached_property
    def _driven_pairs(self) -> set[tuple[int, int]]:
        """Warehouse and district between which goods would be in time with any vehicle."""
        lanes = build_lanes(
            self.inputs.case.replace(Fleet, ()),
            self.inputs.scenario,
            districts=self.inputs.district,
            rules=self.inputs.lanes.release,
        )
        return set(zip(lanes.warehouse.tolist(), lanes.district.tolist(), strict=True))

    def explain(self, district: int, item: int, unmet_units: float) -> tuple[str, str]:
        """Return reason and sentence for one district and item.

        Parameters
        ----------
        district, item
            Positions in the data of the problem.
        unmet_units
            What is missing. [units]
        """
        demand = float(self.inputs.demand_units[self.inputs.district[district], item])
        opening = f"{unmet_units:,.10g} of {demand:,.10g} units are missing"
        if unmet_units < 1 - 1e-6:
            return "other", f"{opening}: only whole units are sent."
        held = self._held(district, item)
        spare = sum(entry.units for entry in held.values())
        if spare < unmet_units:
            held["no_stock"] = _Held(unmet_units - spare)

        def rank(pair: tuple[str, _Held]) -> tuple[bool, int, float]:
            reason, entry = pair
            is_enough = entry.units >= unmet_units
            return not is_enough, _TIERS[reason] if is_enough else 0, -entry.units

        ranked = sorted(held.items(), key=rank)
        parts = [_phrase(reason, entry) for reason, entry in ranked]
        return ranked[0][0], f"{opening}: {'; '.join(parts)}."

    def _held(self, district: int, item: int) -> dict[str, _Held]:
        """Units of an item that are left over, by what keeps them from a district."""
        inputs, data = self.inputs, self.problem.data
        sent = np.zeros(inputs.held.usable_units.shape[0])
        sent[inputs.warehouse] = data.stock_units[:, item] - self._left.stock[:, item]
        # What has expired by the deadline is nothing that could still have come.
        spare = np.minimum(inputs.held.usable_units[:, item] - sent, self._lasting(item))
        position = {int(w): k for k, w in enumerate(inputs.warehouse)}
        held: dict[str, _Held] = {}
        for w in np.flatnonzero(spare >= 1 - 1e-6).tolist():
            reason = self._obstacle(w, position.get(w), district, item)
            entry = held.setdefault(reason, _Held())
            entry.units += float(round(spare[w]))
            entry.count += 1
        return held

    def _lasting(self, item: int) -> Floats:
        """Units of an item that would last to the deadline, infinite where all do."""
        found = np.full(len(self.inputs.held.usable_units), np.inf)
        lasting = self.problem.data.lasting
        own = np.flatnonzero((lasting.item == item) & ~lasting.leaves)
        home = self.inputs.warehouse[lasting.warehouse[own]]
        np.minimum.at(found, home, self._left.lasting[own])
        return found

    def _obstacle(self, warehouse: int, position: int | None, district: int, item: int) -> str:
        """What keeps a warehouse's goods from a district."""
        problem, left = self.problem, self._left
        trips = np.zeros(0, dtype=np.int64)
        if position is not None:
            trips = self._trips(position, district, item)
        if len(trips) == 0:
            if position is not None and self._is_kept_home(position, district, item):
                return "home_reserve"
            if position is not None and self._has_leg(position):
                return "through_hub"
            if position is not None and self._is_never_in_company(position, district):
                return "convoy"
            pair = warehouse, int(self.inputs.district[district])
            if warehouse in self._unequipped and pair in self._driven_pairs:
                return "vehicles"
            is_paper = pair in self._unsigned_pairs and self._release_hours(pair, item) > 0
            return "paper" if is_paper else "out_of_reach"
        if problem.leaves[trips[0]] and left.outside[position, item] < 1 - 1e-6:
            return "home_reserve"
        start = problem.table.start_period[trips]
        dock = left.dock[problem.warehouse[trips], start] >= 1 - 1e-6
        full = np.zeros((left.vehicle.shape[0], left.vehicle.shape[1] + 1))
        np.cumsum(left.vehicle < 1 - 1e-6, axis=1, out=full[:, 1:])
        pool = problem.pool[trips]
        vehicle = full[pool, problem.until[trips]] <= full[pool, start]
        room = left.receive[problem.district[trips], problem.table.receive_hour[trips]]
        receiving = room >= problem.data.item_volume_m3[item] - 1e-9
        can_go = dock & vehicle & receiving
        if can_go.any():
            return "other" if self._has_company(trips[can_go]) else "convoy"
        for reason, others in (
            ("vehicles", dock & receiving),
            ("docks", vehicle & receiving),
            ("receiving", dock & vehicle),
        ):
            if others.any():
                return reason
        return "vehicles" if not vehicle.any() else "docks"

    def _has_company(self, trips: Integers) -> bool:
        """Whether one of some departures has company, or docks and vehicles for a convoy."""
        groups = self.problem.convoys
        if len(groups) == 0:
            return True
        is_enough = np.append(self._is_company_there, True)
        return bool(is_enough[groups.of_trip[trips]].all(axis=1).any())

    @cached_property
    def _is_company_there(self) -> NDArray[np.bool_]:
        """Whether each group can be joined, or docks and vehicles have a convoy, shape (group,)."""
        groups = self.problem.convoys
        entry, group = groups.entries(np.arange(self.problem.trip_count))
        company = groups.company(self.outcome.result.trip)
        most = np.zeros(len(groups))
        found = free_company(self.problem, self._left, entry, group)
        most[: len(found)] = found
        return np.asarray((company + 1 >= groups.least) | (company + most >= groups.least))

    @cached_property
    def _lanes_alone(self) -> Integers:
        """Lanes on which something could drive if nobody needed company."""
        if self.problem.data.convoys is None:
            return np.zeros(0, dtype=np.int64)
        return np.unique(dispatch_problem(replace(self.problem.data, convoys=None)).table.lane)

    def _is_never_in_company(self, position: int, district: int) -> bool:
        """Whether only the company that they need keeps vehicles from driving on a lane."""
        data, lanes = self.problem.data, self._lanes_alone
        is_here = (data.lane_warehouse[lanes] == position) & (data.lane_district[lanes] == district)
        return bool(is_here.any())

    def _release_hours(self, pair: tuple[int, int], item: int) -> float:
        """Sign-offs through for an item from a warehouse to a district of the case. [h]."""
        rules = self.inputs.lanes.release
        warehouse, district = (np.array([place]) for place in pair)
        return float(rules.lane_hours(warehouse, district)[0, rules.item_group[item]])

    def _trips(self, position: int, district: int, item: int) -> Integers:
        """Departures from a warehouse to a district that may carry an item."""
        problem = self.problem
        data, table = problem.data, problem.table
        lanes = np.flatnonzero((data.lane_warehouse == position) & (data.lane_district == district))
        if len(lanes) == 0:
            return lanes
        first, last = np.searchsorted(table.lane, [lanes[0], lanes[0] + 1])
        trips = np.arange(first, last)
        return np.asarray(trips[table.carries[trips, item]])

    def _has_leg(self, position: int) -> bool:
        """Whether a warehouse has a way to a hub."""
        data = self.inputs.data
        return bool((data.lane_hub[data.lane_warehouse == position] >= 0).any())

    def _is_kept_home(self, position: int, district: int, item: int) -> bool:
        """Whether a lane exists but nothing of the item may leave the province on it."""
        data = self.problem.data
        lanes = np.flatnonzero((data.lane_warehouse == position) & (data.lane_district == district))
        return bool(
            len(lanes)
            and data.leaves_province[lanes[0]]
            and data.outside_units[position, item] <= 0
        )

"""Loads of a whole plan made anew, as like the former ones as they can be without loss.

The vehicles and their departures stay. A linear program over all loads charges what the stages
charge, and for each former trip what differs from its load; no stage gets worse. A trip that is
loaded otherwise at all costs its whole price: the price of a unit is set to that price over the
units by which the trip differed last, so that few trips differ by much, not many by little
(reweighted l1, Candes, Wakin, Boyd 2008). At the end the loads that are not whole are made so.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_draft import slot_needs
from allocator.engine.dispatch_problem import StagePrices
from allocator.engine.dispatch_restricted import Rows
from allocator.engine.dispatch_vehicles import VehiclePlan
from allocator.solver import LinearProgram, Session, SolveOptions

__all__ = ["FormerLoads", "reloaded_plan"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_TURNS, _LEAST_SHARE = 4, 0.02
"""Linear programs, and share of a load by which a trip counts as differing at least."""

_AGAIN, _MARGIN = 3, 1.2
"""How often loads are made once more where whole ones make a stage worse, and by how many times
that the fractions have to be better then."""

_FEW, _NODES, _GAP = 400, 200, 1e-6
"""Loads up to which they are made whole by a program, and its limits; else they are rounded."""

_DEAR = 10.0
"""Price of a stage that gets worse, in units of the load that is worth most in it."""

_STEPS = 7
"""Of rounding: half of the vehicles whose loads are not whole are rounded in each."""

_WHOLE, _TON_KG = 1e-6, 1000.0


@dataclass(frozen=True)
class FormerLoads:
    """What the vehicles of a plan carried in the former one.

    Parameters
    ----------
    units
        Shape (vehicle, item). [units]
    is_known
        Whether the vehicle stands for a former trip of the same departure, shape (vehicle,).
    price
        What it costs that such a trip carries another load, in the unit of the headline stage.
    """

    units: Floats
    is_known: Flags
    price: float


def reloaded_plan(
    plan: VehiclePlan,
    former: FormerLoads,
    stages: tuple[StagePrices, ...],
    worth: StagePrices | None,
    until: float,
) -> VehiclePlan | None:
    """Return the plan with other loads; None where none were found in time.

    Parameters
    ----------
    plan
        Vehicles with their loads.
    former
        What they carried.
    stages
        What each stage charges. With fractions of units none gets worse where that can be; whole
        units may serve a little less.
    worth
        What loads are made for besides the price of other loads. None for nothing: then no stage
        gets worse with whole units either, and fewer trips differ than before.
    until
        Reading of ``time.monotonic`` at which to stop. [s]
    """
    if not former.is_known.any():
        return None
    reloading = _Reloading(plan, former, stages, worth)
    load = reloading.solve(until, is_strict=worth is None)
    if load is None or (worth is None and reloading.differing(load) >= reloading.differing()):
        return None
    found = VehiclePlan(plan.problem, plan.prices, plan.trip, load)
    return found if _is_sound(found) else None


def _is_sound(plan: VehiclePlan) -> bool:
    """Whether nothing is used up beyond what there is."""
    left = plan.left
    rest = (plan.room_kg, plan.room_m3, left.need, left.stock, left.receive, left.lasting)
    is_within = all(part.min(initial=0.0) >= -_WHOLE for part in rest)
    return bool(is_within and left.outside[plan.problem.outside_binds].min(initial=0.0) >= -_WHOLE)


class _Reloading:
    """One program over a plan: loads, units missing, units too many, stages that get worse."""

    def __init__(
        self,
        plan: VehiclePlan,
        former: FormerLoads,
        stages: tuple[StagePrices, ...],
        worth: StagePrices | None,
    ) -> None:
        problem = plan.problem
        self._plan, self._former = plan, former
        needs = slot_needs(problem, plan.trip)
        useful = (needs >= 0) & problem.table.carries[plan.trip][:, plan.item_of_slot]
        self._vehicle, self._slot = np.nonzero(useful)
        self._need = needs[self._vehicle, self._slot]
        self._item = plan.item_of_slot[self._slot]
        self._before = plan.load[self._vehicle, self._slot]
        self._size = problem.data.item_volume_m3[self._item]
        self._kept, self._of_item = np.nonzero(
            np.broadcast_to(former.is_known[:, None], former.units.shape)
        )
        self._worth = np.zeros(len(self._need)) if worth is None else self._charged(worth)
        self._stages = np.array([self._charged(each) for each in stages])
        self._scale = np.maximum(1e-12, np.abs(self._stages).max(axis=1, initial=0.0))
        self._session = Session(self._program())

    # --- what loads are worth ----------------------------------------------------------------

    def _charged(self, stage: StagePrices) -> Floats:
        """What a unit on board adds to a stage, shape (load,)."""
        hours = self._plan.problem.wait_hours(self._plan.trip[self._vehicle], self._need)
        return np.asarray(stage.late[self._need] * hours - stage.lost[self._need])

    def _apart(self, units: Floats) -> Floats:
        """Units by which each former trip differs, shape (vehicle,)."""
        now = np.zeros(self._former.units.shape)
        np.add.at(now, (self._vehicle, self._item), units)
        apart = np.abs(now - self._former.units).sum(axis=1)
        return np.where(self._former.is_known, apart, 0.0)

    def worsening(self, load: Floats) -> Floats:
        """By how much each stage gets worse, beyond rounding, shape (stage,); at least 0."""
        change = load[self._vehicle, self._slot] - self._before
        noise = 1e-9 * np.maximum(1.0, np.abs(self._stages) @ self._before)
        worse = self._stages @ change
        return np.asarray(np.where(worse > noise, worse, 0.0))

    def differing(self, load: Floats | None = None) -> int:
        """Former trips that carry something else with other loads, or as it was before."""
        units = self._before if load is None else load[self._vehicle, self._slot]
        return int((self._apart(units) > 0.5).sum())

    # --- solving -----------------------------------------------------------------------------

    def solve(self, until: float, *, is_strict: bool) -> Floats | None:
        """Return loads by slot, shape (vehicle, slot); None if nothing was found in time.

        Whole units serve a little less than fractions: where a stage got worse by it and must not,
        it has to be better by that much before.
        """
        total = self._former.units.sum(axis=1)
        least = np.maximum(0.5, _LEAST_SHARE * total)
        apart, margin = np.maximum(total, 1.0), np.zeros(len(self._stages))
        units: Floats | None = None
        for turn in range(_TURNS + _AGAIN):
            self._price(self._former.price / (apart + least))
            found = self._session.solve(self._limits(until))
            is_over = found.values is None
            if found.values is not None:
                units = found.values[: len(self._before)]
                apart = self._apart(units)
            if units is None:
                return None
            if turn < _TURNS - 1 and not is_over:
                continue
            load = self._made_whole(units, until)
            if load is None:
                return None
            worse = self.worsening(load)
            if not (is_strict and worse.any()):
                return load
            if is_over:
                return None
            margin += _MARGIN * worse
            self._keep_better_by(margin)
        return None

    def _keep_better_by(self, margin: Floats) -> None:
        """Let no stage be above what it was less a margin, by stage."""
        first = self._session.row_count - len(self._stages)
        top = (self._stages @ self._before - margin) / self._scale
        rows = first + np.arange(len(margin))
        self._session.change_row_bounds(rows, np.full(len(margin), -np.inf), top)

    def _price(self, of_unit: Floats) -> None:
        """Let a unit that differs cost so much, by vehicle."""
        pairs = len(self._kept)
        price = np.tile(of_unit[self._kept], 2)
        self._session.change_costs(len(self._before) + np.arange(2 * pairs), price)

    def _limits(self, until: float) -> SolveOptions:
        left = max(0.0, until - time.monotonic())
        return SolveOptions(_GAP, left, highs={"mip_max_nodes": _NODES})

    def _made_whole(self, units: Floats, until: float) -> Floats | None:
        """Loads in whole units."""
        plan, problem = self._plan, self._plan.problem
        if len(units) <= _FEW:
            self._session.set_integer(np.arange(len(units)), True)
            found = self._session.solve(self._limits(until))
            if found.values is None:
                return None
            units = found.values[: len(units)]
        else:
            units = self._rounded(units, until)
        whole = np.floor(units + _WHOLE)
        load = np.zeros_like(plan.load)
        load[self._vehicle, self._slot] = whole
        rounded = VehiclePlan(problem, plan.prices, plan.trip, load)
        # What was cut off goes back to where it came from as far as whole units fit, else onto
        # trips that differ already, else onto any.
        is_other = ~self._former.is_known | (self._apart(whole) > 0.5)
        rank = np.where(is_other[self._vehicle], 1, 2)
        rank[units - whole > _WHOLE] = 0
        for entry in np.lexsort((self._worth, rank)).tolist():
            missing = np.floor(rounded.left.need[self._need[entry]] + _WHOLE)
            if missing < 1:
                continue
            vehicle, slot = int(self._vehicle[entry]), int(self._slot[entry])
            put = min(missing, rounded.units_that_fit(vehicle, slot))
            if put > 0:
                rounded.put(vehicle, slot, float(put))
        return rounded.load

    def _rounded(self, units: Floats, until: float) -> Floats:
        """Round vehicle after vehicle down, with the loads of the others made anew in between."""
        loads, is_fixed = np.arange(len(units)), np.zeros(len(units), dtype=bool)
        for _ in range(_STEPS):
            cut = units - np.floor(units + _WHOLE)
            lost = np.bincount(self._vehicle, cut * self._size, minlength=len(self._plan.trip))
            broken = np.unique(self._vehicle[(cut > _WHOLE) & ~is_fixed])
            if not len(broken):
                break
            chosen = broken[np.argsort(lost[broken], kind="stable")][: -(-len(broken) // 2)]
            now = np.isin(self._vehicle, chosen) & ~is_fixed
            down = np.floor(units[now] + _WHOLE)
            self._session.change_column_bounds(loads[now], down, down)
            is_fixed |= now
            found = self._session.solve(self._limits(until))
            if found.values is None:
                break
            units = found.values[: len(units)]
        fixed = loads[is_fixed]
        self._session.change_column_bounds(fixed, np.zeros(len(fixed)), np.full(len(fixed), np.inf))
        return units

    # --- the program -------------------------------------------------------------------------

    def _program(self) -> LinearProgram:
        """The program with unit prices to be set."""
        loads, pairs = np.arange(len(self._before)), np.arange(len(self._kept))
        rows, count = Rows(), len(self._stages)
        columns = len(loads) + 2 * len(pairs) + count
        self._limit(rows)
        place = np.full(self._former.units.shape, -1)
        place[self._kept, self._of_item] = pairs
        row = place[self._vehicle, self._item]
        is_kept = row >= 0
        was, one = self._former.units[self._kept, self._of_item], np.ones(len(pairs))
        rows.add(
            np.concatenate([row[is_kept], pairs, pairs]),
            np.concatenate([loads[is_kept], len(loads) + pairs, len(loads) + len(pairs) + pairs]),
            np.concatenate([np.ones(int(is_kept.sum())), one, -one]),
            was,
            was,
        )
        over = columns - count + np.arange(count)
        scaled = self._stages / self._scale[:, None]
        for number, stage in enumerate(scaled):
            column = np.append(loads, over[number])
            least, most = np.array([-np.inf]), np.array([stage @ self._before])
            rows.add(np.zeros_like(column), column, np.append(stage, -1.0), least, most)
        dear = _DEAR * max(float(np.abs(self._worth).max(initial=0.0)), self._former.price)
        return LinearProgram(
            cost=np.concatenate([self._worth, np.zeros(2 * len(pairs)), np.full(count, dear)]),
            offset=0.0,
            column_lower=np.zeros(columns),
            column_upper=np.full(columns, np.inf),
            integer=np.zeros(columns, dtype=bool),
            matrix=rows.matrix(columns),
            row_lower=np.concatenate(rows.lower),
            row_upper=np.concatenate(rows.upper),
        )

    def _limit(self, rows: Rows) -> None:
        """Room, needs, stock (and what lasts of it), leave to go out and receiving."""
        problem, data = self._plan.problem, self._plan.problem.data
        item, loads = self._item, np.arange(len(self._before))
        trip = self._plan.trip[self._vehicle]
        fleet = problem.table.fleet[self._plan.trip]
        kg = data.item_weight_kg[item] / _TON_KG
        rows.limit(self._vehicle, loads, kg, data.payload_kg[fleet] / _TON_KG)
        volume = data.item_volume_m3[item]
        rows.limit(self._vehicle, loads, volume, data.vehicle_volume_m3[fleet])
        rows.limit(self._need, loads, 1.0, problem.need_units)
        shelf = problem.warehouse[trip] * data.item_count + item
        rows.limit(shelf, loads, 1.0, data.stock_units.astype(float).ravel())
        out = problem.leaves[trip] & problem.outside_binds.ravel()[shelf]
        outside = data.outside_units.astype(float).ravel()
        rows.limit(shelf[out], loads[out], 1.0, outside)
        hour = problem.district[trip] * problem.receive_count + problem.table.receive_hour[trip]
        rows.limit(hour, loads, volume, problem.receive_limit.ravel())
        drawing, drawn = problem.lasting_drawn(trip, item)
        rows.limit(drawn, loads[drawing], 1.0, data.lasting.units.astype(float))

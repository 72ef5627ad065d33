"""Branch and price for one source per district: packings come as their prices ask for them.

1. An ascent (``location_ascent``) bounds the cost, leaves out warehouses and lanes that cost too
   much, and hands on the packings it has met.
2. The program over packings (``location_packings``) is solved with packings priced between its
   prices and the best ones so far, which takes far fewer rounds than its own prices alone.
3. Parts are split on a warehouse that is open in part, then on a lane used in part. The bound of
   a part is always that of ``Pricing.evaluate``, never the program's own value.

Sources: Diaz, Fernandez, Journal of the Operational Research Society 53 (2002) 1239-1249; prices
between two, Wentges, International Transactions in Operational Research 4 (1997) 151-162.
"""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.location_ascent import Evaluation, Part, Pricing, ascend, first_part
from allocator.engine.location_cores import CapacityState, scale_of
from allocator.engine.location_packings import MasterAnswer, PackingMaster
from allocator.engine.location_plans import PlanOffers
from allocator.engine.location_question import Proof
from allocator.engine.location_root import Root
from allocator.engine.location_rows import rooms_of
from allocator.solver import SolveOptions, Status
from models.location_data import LocationData

__all__ = ["PackingSearch", "can_price", "solve_by_packings"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]

#: Entries of the tables of all knapsacks above which packings are not priced.
_MOST_ENTRIES = 20_000_000

#: Share of the best prices in the prices that packings are asked at.
_SMOOTHING = 0.6

#: Distance of a share from a whole number that counts as none.
_WHOLE = 1e-5

#: Least gain of a packing, relative to the costs.
_GAIN = 1e-7

#: Distance of bound and value, as a share of that from bound to limit, at which to split.
_TAIL = 0.1

#: Packings kept, and last steps of the ascent whose packings are the first.
_MOST_PACKINGS = 4000
_FIRST_STEPS = 40

#: Districts from which on an ascent is faster than rounds of the program; its steps where the
#: warehouses changed, and how many of the last give packings.
_MANY_DISTRICTS = 55
_NODE_STEPS = 40
_NODE_KEEP = 10

#: How far a part's bound may be from the least one, as a share of the limit's distance from it,
#: when its child is taken at once.
_PLUNGE = 0.25

#: How far above the relaxation the ascent aims where there is no plan, relative.
_AIM = 0.05


def can_price(data: LocationData) -> bool:
    """Whether demands are whole and the knapsacks small enough for ``solve_by_packings``."""
    size = data.demand_units
    entries = float((rooms_of(data)[data.allowed] + 1.0).sum()) * size.size
    return bool((size == np.rint(size)).all()) and entries <= _MOST_ENTRIES


def solve_by_packings(state: CapacityState, root: Root) -> Proof:
    """Solve the problem with one source per district.

    Parameters
    ----------
    state
        Problem, question and what is known so far; ``can_price`` holds.
    root
        Its relaxation.

    Returns
    -------
    Proof
        Plan and proven bound; status infeasible where there is none.
    """
    search = PackingSearch(state, root)
    search.begin()
    return search.solve()


class PackingSearch:
    """The parts of the plans that are open, and the least bound of those that are closed."""

    def __init__(self, state: CapacityState, root: Root) -> None:
        self.state = state
        self.pricing = Pricing(state.data, state.search.question.count)
        self.part = first_part(self.pricing, np.asarray(root.price), root.objective)
        dearest = np.where(self.part.free, self.pricing.cost, 0.0).max(axis=0)
        self.worst = float(dearest.sum() + state.data.opening_cost.sum()) * 1.001 + 1.0
        self.scale = scale_of(root)
        self.closed = math.inf
        self.waiting: list[tuple[float, int, Part]] = []
        self.numbers = itertools.count()
        self.nodes = 0
        self.rounds = 0
        self.plans = PlanOffers(state, self.pricing, self.scale, lambda: self.limit)
        self.current: Part | None = None
        self.master: PackingMaster

    @property
    def limit(self) -> float:
        """Bound from which on a part is closed."""
        state = self.state
        margin = 2e-6 * max(1.0, abs(state.cost) * 1e-3) if state.step else 0.0
        return min(state.cutoff + margin, self.worst)

    def solve(self) -> Proof:
        """Split until nothing is open or the time is up, after ``begin``."""
        state, part = self.state, self.current
        while part is not None and not state.is_over:
            self.nodes += 1
            children = self._split(part)
            if children is None:
                self._wait(part)
                return state.proof()
            part = self._take(children)
            self._raise(part)
        if part is not None:
            self._wait(part)
        elif self.closed == math.inf and not math.isfinite(state.cost):
            return Proof(Status.INFEASIBLE)
        self._raise(None)
        return state.proof()

    def _raise(self, current: Part | None) -> None:
        """Tell the bound of all that is open or closed."""
        bounds = [self.closed, self.waiting[0][0] if self.waiting else math.inf]
        bounds.append(math.inf if current is None else current.bound)
        if min(bounds) > self.state.bound:
            self.state.raise_bound(min(bounds))

    def _wait(self, part: Part) -> None:
        """Keep a part for later."""
        heapq.heappush(self.waiting, (part.bound, next(self.numbers), part))

    def _take(self, children: list[Part]) -> Part | None:
        """Take the likelier child while it may hold a better plan, else the least bound."""
        for child in children[1:]:
            self._wait(child)
        if not children:
            return self._next()
        first = children[0]
        least = self.waiting[0][0] if self.waiting else first.bound
        if first.bound <= least + _PLUNGE * (self.limit - least):
            return first
        self._wait(first)
        return self._next()

    def _next(self) -> Part | None:
        """Take the waiting part with the least bound that is not too dear."""
        while self.waiting:
            bound, _, part = heapq.heappop(self.waiting)
            if bound < self.limit:
                return part
            self._close(bound)
        return None

    def _close(self, bound: float) -> None:
        """Note that nothing below a bound is left in a part; beyond the worst there is no plan."""
        if bound < self.worst:
            self.closed = min(self.closed, bound)

    def begin(self) -> float:
        """Ascend, tighten, and set up the program; return the bound of the whole."""
        state = self.state
        aim = self.part.bound + _AIM * self.scale
        best, seen = ascend(self.pricing, self.part, lambda: min(state.cost, aim), self.plans.visit)
        self.plans.exchange(best, self.part)
        part = self._tightened(self.part, best)
        if part is not None:
            self.master = PackingMaster(self.pricing, min(self.worst, 1.0 + abs(state.cost)))
            every = np.flatnonzero(part.may)
            for evaluation in [*seen[-_FIRST_STEPS:], best]:
                self.master.add(every, evaluation.packed[every])
            self._add_plan()
        self.current = part
        self._raise(part)
        return max(self.part.bound, best.bound)

    def _add_plan(self) -> None:
        """Add the packings of the best plan."""
        plan = self.state.plan
        if plan is None:
            return
        packed = np.zeros(self.pricing.cost.shape, dtype=np.bool_)
        packed[plan.lanes.warehouse, plan.lanes.district] = True
        self.master.add(plan.open_warehouses, packed[plan.open_warehouses])

    def _tightened(self, part: Part, found: Evaluation) -> Part | None:
        """Return the part without what costs too much, None where that is everything."""
        bound = max(part.bound, found.bound)
        if bound >= self.limit:
            self._close(bound)
            return None
        tight, left_out = self.pricing.tightened(found, part, self.limit)
        self._close(left_out)
        return replace(tight, bound=bound, price=found.price)

    def _split(self, part: Part) -> list[Part] | None:
        """Bound a part and return its children, the more likely first; None out of time."""
        found = self._bound(part)
        if found is None:
            return None
        best, answer = found
        bound = max(part.bound, best.bound)
        if answer is not None and bound < self.limit:
            self._offer(answer)
        if answer is None or bound >= self.limit:
            self._close(bound)
            return []
        tight = self._tightened(part, best)
        if tight is None:
            return []
        opened, lanes = self.master.shares(answer.use)
        if self._breaks(tight, opened, answer.use):
            return [tight]
        children = self._on_warehouse(tight, opened) or self._on_lane(tight, lanes)
        if not children:
            self._close(bound)
        return children

    def _breaks(self, part: Part, opened: FloatArray, use: FloatArray) -> bool:
        """Whether an answer is not one of a part that became tighter."""
        late = self.master.allowed(part)[: use.size]
        return bool((opened[part.must] < 1.0 - _WHOLE).any() or (use[~late] > _WHOLE).any())

    def _bound(self, part: Part) -> tuple[Evaluation, MasterAnswer | None] | None:
        """Price packings until the bound of a part closes it or does not grow any more.

        Returns
        -------
        tuple | None
            The best bound, and the program's answer unless the part is closed; None where time
            or solver came to an end.
        """
        master, state = self.master, self.state
        best, seen = ascend(
            self.pricing,
            part,
            lambda: min(self.limit, part.bound + _AIM * self.scale),
            self.plans.visit,
            _NODE_STEPS if part.is_new and part.home.size >= _MANY_DISTRICTS else 0,
        )
        self._seed(part)
        if best.bound < self.limit:
            for found in seen[-_NODE_KEEP:]:
                self._add(found, part, None)
            self._add(best, part, None)
        master.restrict(part)
        while best.bound < self.limit:
            if state.is_over:
                return None
            answer = master.solve(self._options())
            if answer is None:
                return None
            self.rounds += 1
            added = 0
            for smoothing in (_SMOOTHING, 0.0):
                price = smoothing * best.price + (1.0 - smoothing) * answer.price
                now = self.pricing.evaluate(price, part, answer.room_price, answer.number_price)
                if now.bound > best.bound:
                    best = now
                if best.bound >= self.limit:
                    return best, None
                added = self._add(now, part, answer)
                if added:
                    break
            if not added or self._is_settled(best.bound, answer):
                return best, master.drop(answer, _MOST_PACKINGS)
        return best, None

    def _is_settled(self, bound: float, answer: MasterAnswer) -> bool:
        """Whether more rounds would say little that splitting does not say sooner."""
        value, step = answer.objective, self.state.step
        if step and math.ceil(bound - 1e-6) >= math.ceil(value - 1e-6):
            return True
        if value - bound <= _GAIN * self.scale:
            return True
        split = np.abs(answer.use - np.rint(answer.use)).max(initial=0.0) > _WHOLE
        return bool(split) and value - bound <= _TAIL * (self.limit - bound)

    def _options(self) -> SolveOptions:
        return self.state.search.solve_options()

    def _seed(self, part: Part) -> None:
        """Add the least packing of each warehouse that must be open."""
        must = np.flatnonzero(part.must)
        least = np.zeros((must.size, self.master.districts), dtype=np.bool_)
        bound_to = np.flatnonzero(part.home >= 0)
        least[np.searchsorted(must, part.home[bound_to]), bound_to] = True
        self.master.add(must, least)

    def _add(self, found: Evaluation, part: Part, answer: MasterAnswer | None) -> int:
        """Add the packings that pay at the program's prices; return how many."""
        rows = np.flatnonzero(part.may)
        if answer is not None:
            reduced = self.master.reduced_costs(answer, rows, found.packed[rows])
            rows = rows[reduced < -_GAIN * self.scale]
        return self.master.add(rows, found.packed[rows]) if rows.size else 0

    def _offer(self, answer: MasterAnswer) -> None:
        """Offer plans near the program's answer: of what is open, and of what is mostly open."""
        opened, lanes = self.master.shares(answer.use)
        some, most = opened > _WHOLE, opened > 0.5
        self.plans.near(some, lanes)
        if (some != most).any():
            self.plans.near(most, lanes)

    def _on_warehouse(self, part: Part, opened: FloatArray) -> list[Part]:
        """Split on the warehouse that is most undecided, if there is one."""
        distance = np.minimum(opened, 1.0 - opened)
        worth = np.where(distance > _WHOLE, distance, 0.0)
        warehouse = int(np.argmax(worth))
        if worth[warehouse] <= 0.0:
            return []
        must, may, free = part.must.copy(), part.may.copy(), part.free.copy()
        must[warehouse] = True
        may[warehouse] = False
        free[warehouse] = False
        depth = part.depth + 1
        with_it = replace(part, must=must, depth=depth, is_new=True)
        without = replace(part, may=may, free=free, depth=depth, is_new=True)
        return [with_it, without] if opened[warehouse] >= 0.5 else [without, with_it]

    def _on_lane(self, part: Part, lanes: FloatArray) -> list[Part]:
        """Split on the lane that is most undecided, large districts first."""
        distance = np.minimum(lanes, 1.0 - lanes)
        worth = np.where(distance > _WHOLE, distance * (self.pricing.size + 1.0), 0.0)
        worth[~part.free] = 0.0
        warehouse, district = divmod(int(np.argmax(worth)), lanes.shape[1])
        if worth[warehouse, district] <= 0.0:
            return []
        home, must = part.home.copy(), part.must.copy()
        home[district], must[warehouse] = warehouse, True
        only, none = part.free.copy(), part.free.copy()
        only[:, district] = False
        none[warehouse, district] = False
        old = replace(part, depth=part.depth + 1, is_new=False)
        bound_to = replace(old, home=home, must=must, free=only)
        barred = replace(old, free=none)
        return [bound_to, barred] if lanes[warehouse, district] >= 0.5 else [barred, bound_to]

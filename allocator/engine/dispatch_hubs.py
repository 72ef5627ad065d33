"""Dispatch of one scenario with hubs: a relaxation, legs that it asks for, then the rest.

The relaxation is one linear program with legs (``hub_program``), or in large cases a dispatch
without legs (``dispatch_legs.without_legs``), of which all that is proven holds with hubs, too. It
says what has to be at the hubs by when. Legs are planned for that, and the rest is planned beside
them. The rules are in ``docs/model.md`` ("Hubs and legs").
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from allocator.engine.dispatch_cost import cost_bound
from allocator.engine.dispatch_former import FormerTrips
from allocator.engine.dispatch_legs import without_legs
from allocator.engine.dispatch_method import Method, OnProgress
from allocator.engine.dispatch_outcome import DispatchOutcome, StageOutcome
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem, stage_prices
from allocator.engine.dispatch_proofs import LEXICOGRAPHIC, Proofs
from allocator.engine.dispatch_transport import solve_transport
from allocator.engine.hub_former import moved_count, resumed_trips
from allocator.engine.hub_plans import add_legs, forward, left_for_trips, same_trips, trimmed
from allocator.engine.hub_program import HubProgram, HubRelaxation
from allocator.engine.hub_room import Room
from allocator.solver import SolveOptions
from models.dispatch_values import DispatchResult, dispatch_values

__all__ = ["HubMethod"]

_GUIDE = 0.4
"""Part of the time by which the program with legs must end."""

_RELAXED, _REST, _DIRECT = 0.5, 0.6, 0.5
"""Parts of what is then left for the relaxation without legs, for the rest beside the legs, and for
a plan without any."""

_ENDS = 0.9
"""Part of the time before which planning has ended by itself."""

_LEAST_SECONDS = 0.1
"""A step that is begun has so much time at least. [s]"""

_FILL = 0.1
"""Part of what is left for sending what is still missing, trip by trip."""

_DEFAULT_LIMIT_SECONDS = 60.0
"""Time limit where none is given. [s]"""

_MOST_TRIPS, _MOST_COLUMNS = 30_000, 80_000
"""Possible trips, and columns, up to which the program with legs is solved."""

_USED = 1e-3
"""Vehicles on a leg from which flows are said to use it."""

_NOISE = 1e-7

_TIE = 1e-6
"""Price of a trip that was not in the former plan where it may not cost anything."""


def _unheard(outcome: DispatchOutcome) -> None:
    """Forget a plan of a relaxation or of a part."""
    del outcome


def _legs_of(problem: DispatchProblem, result: DispatchResult) -> DispatchResult:
    """Trips to hubs of a plan."""
    is_leg = problem.data.lane_hub[problem.table.lane[result.trip]] >= 0
    return DispatchResult(result.trip[is_leg], result.load_units[is_leg])


@dataclass
class HubMethod:
    """Plans the trips of one problem with hubs under one objective.

    Parameters
    ----------
    problem
        The problem, with legs.
    stages
        ``("unmet", "waiting", "cost")`` for lives, else the one stage.
    options
        Gap, time limit, threads, seed.
    on_progress
        Hears how it gets on.
    on_outcome
        Hears every better plan.
    has_helper
        Whether a process beside this one bounds while this one plans.
    former
        Trips of the plan that is planned anew; None where there is none. Plans that move fewer of
        them come first where the others do not save more than that costs.
    """

    problem: DispatchProblem
    stages: tuple[str, ...]
    options: SolveOptions
    on_progress: OnProgress
    on_outcome: Callable[[DispatchOutcome], None]
    has_helper: bool = False
    former: FormerTrips | None = None
    _base: DispatchProblem = field(init=False)
    _proofs: Proofs = field(init=False)
    _program: HubProgram | None = field(init=False, default=None)
    _begun: float = field(init=False, default_factory=time.monotonic)
    _best: tuple[tuple[float, float], DispatchResult, dict[str, float]] | None = field(
        init=False, default=None
    )

    def __post_init__(self) -> None:
        self._base = dispatch_problem(without_legs(self.problem.data))
        self._proofs = Proofs(self.stages, self._headline)

    @property
    def _headline(self) -> str:
        return "waiting" if "waiting" in self.stages else self.stages[0]

    @cached_property
    def _former_trips(self) -> FormerTrips | None:
        """Trips of the former plan to districts, whose lanes are the first ones."""
        if self.former is None:
            return None
        former, is_trip = self.former, self.former.lane < self._base.data.lane_count
        columns = ("lane", "fleet", "period", "load_units")
        own = {name: getattr(former, name)[is_trip] for name in columns}
        return replace(former, **own, first=None)

    @property
    def _extra(self) -> float:
        """Price of unmet need on top of what the headline stage charges, as in ``Standing``."""
        return self.problem.data.deadline_hours if "waiting" in self.stages else 0.0

    def run(self) -> DispatchOutcome:
        """Plan the trips."""
        kept = self._former_legs()
        guide = self._guide()
        if guide is None:
            relaxed, self._proofs = self._solve(self._base, _RELAXED)
            legs = self._legs_for_plan(relaxed)
        else:
            legs = self._legs_for_flows(guide)
        self.on_outcome(self._outcome())
        none = DispatchResult(legs.trip[:0], legs.load_units[:0])
        tried: list[DispatchResult] = []
        for chosen, part in ((kept, _REST), (legs, _REST), (none, _DIRECT)):
            if self._is_good_enough():
                break
            if chosen is None or (not len(chosen) and any(not len(each) for each in tried)):
                continue
            rest = dispatch_problem(left_for_trips(self.problem, chosen))
            beside, _ = self._solve(rest, part)
            self._after(chosen, beside)
            tried.append(chosen)
        is_stalled = self._left(_ENDS) > _LEAST_SECONDS
        return replace(self._outcome(is_last=True), is_stalled=is_stalled)

    def _former_legs(self) -> DispatchResult | None:
        """Offer the former plan as far as it can go; return its legs, None without such a plan."""
        if self.former is None:
            return None
        start = self.former if self.former.first is None else self.former.first
        result = resumed_trips(self.problem, start, _FILL * self._left(1.0))
        self._offer(result)
        return _legs_of(self.problem, result)

    def _is_good_enough(self) -> bool:
        """Whether the stages before cost are within the gap asked for."""
        found = [each for each in self._outcome().stages if each.stage != "cost"]
        return all(each.gap <= self.options.gap for each in found)

    def _plain(self, until: float | None = None) -> SolveOptions:
        """Options of a solve that may take until a part of the time."""
        return SolveOptions(
            time_limit_seconds=None if until is None else self._left(until),
            threads=self.options.threads,
            seed=self.options.seed,
        )

    def _fill_end(self) -> float:
        """Reading of the clock at which filling has to end. [s]"""
        return time.monotonic() + _FILL * self._left(1.0)

    def _left(self, until: float) -> float:
        """Time that is left until a part of it is over. [s]"""
        limit = self.options.time_limit_seconds or _DEFAULT_LIMIT_SECONDS
        return max(_LEAST_SECONDS, self._begun + until * limit - time.monotonic())

    def _guide(self) -> HubRelaxation | None:
        """Flows of the program with legs, with what is proven; None for large cases."""
        if self.problem.trip_count > _MOST_TRIPS:
            return None
        program = HubProgram(self.problem)
        if program.columns > _MOST_COLUMNS:
            return None
        data = self.problem.data
        prices = stage_prices(data, self._headline, unmet_extra=self._extra)
        found = program.solve(prices, self._plain(_GUIDE))
        if found is None:
            return None
        self._program = program
        if self.stages[0] != self._headline:
            # What passes a hub counts in the program once, in the transport beside it twice.
            least = program.solve(stage_prices(data, self.stages[0]), self._plain(_GUIDE))
            self._proofs.raise_bound(self.stages[0], 0.0 if least is None else least.bound)
        self._proofs.add_lines(np.array([[found.bound, 0.0]]), self._extra)
        for stage in {self.stages[0], self._headline}:
            transport = solve_transport(self._base, stage_prices(data, stage), self._plain())
            self._proofs.raise_bound(stage, transport.bound)
        return found

    def _solve(self, problem: DispatchProblem, part: float) -> tuple[DispatchResult, Proofs]:
        """Plan a dispatch without legs in a part of the time left.

        Its trips are told as those of the whole problem.
        """
        options = replace(self.options, time_limit_seconds=part * self._left(1.0))
        method = Method(
            problem,
            self.stages,
            options,
            self.on_progress,
            _unheard,
            has_helper=self.has_helper and problem is self._base,
            former=None if problem is self._base else self._former_trips,
        )
        result = method.run().result
        return same_trips(self.problem, problem, result), method.proofs

    def _legs_for_flows(self, guide: HubRelaxation) -> DispatchResult:
        """Plan legs for what flows send on from hubs; return them."""
        room = Room(self.problem)
        onward = np.flatnonzero((room.source >= 0) & (room.hub < 0) & guide.load.any(axis=1))
        later = add_legs(room, onward, guide.load[onward], guide.vehicles > _USED)
        forward(room, later, -np.inf)
        legs = room.result()
        forward(room, [], self._fill_end())
        self._offer(trimmed(self.problem, room.result()))
        return legs

    def _legs_for_plan(self, relaxed: DispatchResult) -> DispatchResult:
        """Plan legs for a relaxed plan, in what its trips from warehouses leave; return them."""
        problem = self.problem
        room = Room(problem)
        is_onward = room.source[relaxed.trip] >= 0
        for trip, load in zip(
            relaxed.trip[~is_onward].tolist(), relaxed.load_units[~is_onward], strict=True
        ):
            room.take(trip, load)
        onward = DispatchResult(relaxed.trip[is_onward], relaxed.load_units[is_onward])
        later = add_legs(room, onward.trip, onward.load_units.astype(float))
        planned = list(zip(onward.trip.tolist(), onward.load_units, strict=True))
        forward(room, [*planned, *later], self._fill_end())
        result = trimmed(problem, room.result())
        self._offer(result)
        return _legs_of(problem, result)

    def _after(self, legs: DispatchResult, rest: DispatchResult) -> None:
        """Put legs and the plan of the rest together; what is not at the hub yet goes later."""
        room = Room(self.problem)
        is_early = room.source[legs.trip] < 0
        is_direct = room.source[rest.trip] < 0
        for part in (
            DispatchResult(legs.trip[is_early], legs.load_units[is_early]),
            DispatchResult(rest.trip[is_direct], rest.load_units[is_direct]),
        ):
            for trip, load in zip(part.trip.tolist(), part.load_units, strict=True):
                room.take(trip, load)
        later = [
            *zip(legs.trip[~is_early].tolist(), legs.load_units[~is_early], strict=True),
            *zip(rest.trip[~is_direct].tolist(), rest.load_units[~is_direct], strict=True),
        ]
        forward(room, later, self._fill_end())
        self._offer(trimmed(self.problem, room.result()))

    def _offer(self, result: DispatchResult) -> None:
        """Keep a plan if it is the best so far.

        Raises
        ------
        RuntimeError
            If a convoy of it is too small: only plans that keep all rules may count.
        """
        data = self.problem.data
        if len(self.problem.convoys.short(result.trip)):
            raise RuntimeError("a plan with hubs counts though some of its convoys are too small")
        values = dispatch_values(data, self.problem.table, result)
        total = values[self.stages[0]]
        if "waiting" in self.stages:
            total = values["waiting"] + data.deadline_hours * values["unmet"]
        if self.former is not None:
            moved = moved_count(self.problem, self.former, result)
            total += moved * max(self.former.move_price, _TIE)
        rank = (total, values["cost"])
        if self._best is None or rank < self._best[0]:
            self._best = rank, result, values

    def _cost_bound(self, values: dict[str, float]) -> float:
        """Bound on the cost of plans that are as good in the stages before."""
        caps = [
            (stage_prices(self.problem.data, stage), values[stage] * (1 + LEXICOGRAPHIC) + _NOISE)
            for stage in ("unmet", "waiting")
        ]
        least = cost_bound(self._base, caps[0][1], self._plain())
        if self._program is not None:
            prices = stage_prices(self.problem.data, "cost")
            found = self._program.solve(prices, self._plain(1.0), caps)
            least = max(least, 0.0 if found is None else found.bound)
        return least

    def _outcome(self, *, is_last: bool = False) -> DispatchOutcome:
        """The best plan with what is proven about it; its cost only at the end."""
        if self._best is None:
            raise RuntimeError("a plan without vehicles is a plan, so there is always one")
        _, result, values = self._best
        bounds = dict(self._proofs.bounds)
        bounds[self._headline] = self._proofs.headline_bound(values["unmet"])
        if is_last and "waiting" in self.stages:
            bounds["cost"] = self._cost_bound(values)
        seconds = time.monotonic() - self._begun
        found = [
            StageOutcome(
                stage, values[stage], bounds[stage], seconds if stage == self._headline else 0.0
            )
            for stage in self.stages
        ]
        return DispatchOutcome.of(self.problem.data, self.problem.table, result, found)

"""Dispatch of one scenario with hubs: a bound without legs, legs that it asks for, then the rest.

The relaxation without legs (``dispatch_legs.without_legs``) is a dispatch like any other: what the
scalable method proves of it holds with hubs, too. Its plan says what has to be at the hubs by when.
Legs are planned for that, and the rest is planned anew beside them. The rules are in
``docs/model.md`` ("Hubs and legs").
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from allocator.engine.dispatch_cost import cost_bound
from allocator.engine.dispatch_legs import without_legs
from allocator.engine.dispatch_method import Method, OnProgress
from allocator.engine.dispatch_outcome import DispatchOutcome, StageOutcome
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from allocator.engine.dispatch_proofs import LEXICOGRAPHIC, Proofs
from allocator.engine.hub_plans import add_legs, forward, left_for_trips, same_trips, trimmed
from allocator.engine.hub_room import Room
from allocator.solver import SolveOptions
from models.dispatch_values import DispatchResult, dispatch_values

__all__ = ["HubMethod"]

_RELAXED, _REST, _DIRECT = 0.5, 0.3, 0.15
"""Parts of the time for the relaxation, for the rest beside the legs, and without any."""


def _unheard(outcome: DispatchOutcome) -> None:
    """Forget a plan of a relaxation or of a part."""
    del outcome


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
    """

    problem: DispatchProblem
    stages: tuple[str, ...]
    options: SolveOptions
    on_progress: OnProgress
    on_outcome: Callable[[DispatchOutcome], None]
    has_helper: bool = False
    _base: DispatchProblem = field(init=False)
    _begun: float = field(init=False, default_factory=time.monotonic)
    _best: tuple[tuple[float, float], DispatchResult, dict[str, float]] | None = field(
        init=False, default=None
    )

    def __post_init__(self) -> None:
        self._base = dispatch_problem(without_legs(self.problem.data))

    def run(self) -> DispatchOutcome:
        """Plan the trips."""
        relaxed, proofs = self._solve(self._base, _RELAXED)
        legs = self._with_legs_for(relaxed)
        self._report(proofs)
        rest = dispatch_problem(left_for_trips(self.problem, legs))
        beside, _ = self._solve(rest, _REST)
        self._after(legs, beside)
        none = DispatchResult(legs.trip[:0], legs.load_units[:0])
        if len(legs):
            direct, _ = self._solve(dispatch_problem(left_for_trips(self.problem, none)), _DIRECT)
            self._after(none, direct)
        return self._outcome(proofs)

    def _solve(self, problem: DispatchProblem, part: float) -> tuple[DispatchResult, Proofs]:
        """Plan a dispatch without legs; its trips are told as those of the whole problem."""
        limit = self.options.time_limit_seconds
        options = replace(self.options, time_limit_seconds=None if limit is None else part * limit)
        method = Method(
            problem,
            self.stages,
            options,
            self.on_progress,
            _unheard,
            has_helper=self.has_helper and problem is self._base,
        )
        result = method.run().result
        trip = same_trips(self.problem.table, problem.table, result.trip)
        return DispatchResult(trip, result.load_units), method.proofs

    def _with_legs_for(self, relaxed: DispatchResult) -> DispatchResult:
        """Plan legs for a relaxed plan, in what its trips from warehouses leave; return them."""
        problem = self.problem
        room = Room(problem)
        is_onward = room.source[relaxed.trip] >= 0
        for trip, load in zip(
            relaxed.trip[~is_onward].tolist(), relaxed.load_units[~is_onward], strict=True
        ):
            room.take(trip, load)
        onward = DispatchResult(relaxed.trip[is_onward], relaxed.load_units[is_onward])
        later = add_legs(room, onward)
        planned = list(zip(onward.trip.tolist(), onward.load_units, strict=True))
        forward(room, [*planned, *later])
        result = trimmed(problem, room.result())
        self._offer(result)
        is_leg = problem.data.lane_hub[problem.table.lane[result.trip]] >= 0
        return DispatchResult(result.trip[is_leg], result.load_units[is_leg])

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
        forward(room, later)
        self._offer(trimmed(self.problem, room.result()))

    def _offer(self, result: DispatchResult) -> None:
        """Keep a plan if it is the best so far."""
        data = self.problem.data
        values = dispatch_values(data, self.problem.table, result)
        total = values[self.stages[0]]
        if "waiting" in self.stages:
            total = values["waiting"] + data.deadline_hours * values["unmet"]
        rank = (total, values["cost"])
        if self._best is None or rank < self._best[0]:
            self._best = rank, result, values

    def _report(self, proofs: Proofs) -> None:
        """Tell the first plan."""
        self.on_outcome(self._outcome(proofs, with_cost=False))

    def _outcome(self, proofs: Proofs, *, with_cost: bool = True) -> DispatchOutcome:
        """The best plan with what the relaxation proves about it."""
        if self._best is None:
            raise RuntimeError("a plan without vehicles is a plan, so there is always one")
        _, result, values = self._best
        bounds = dict(proofs.bounds)
        unmet = values["unmet"]
        bounds[proofs.headline] = proofs.headline_bound(unmet)
        if with_cost and "waiting" in self.stages:
            plain = SolveOptions(threads=self.options.threads, seed=self.options.seed)
            bounds["cost"] = cost_bound(self._base, unmet * (1 + LEXICOGRAPHIC), plain)
        elif "waiting" in self.stages:
            bounds["cost"] = 0.0
        seconds = time.monotonic() - self._begun
        found: Sequence[StageOutcome] = [
            StageOutcome(
                stage, values[stage], bounds[stage], seconds if stage == proofs.headline else 0.0
            )
            for stage in self.stages
        ]
        return DispatchOutcome.of(self.problem.data, self.problem.table, result, found)

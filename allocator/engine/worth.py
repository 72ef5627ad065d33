"""What planning with the model is worth: its plan against simpler ones, on one scale.

Solves run side by side in child processes, then every plan is priced by the same recourse and
replayed. The values are those of the replay.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from allocator.case import Case
from allocator.child import ChildOutcome
from allocator.engine.baselines import own_open_count, today_plan
from allocator.engine.greedy import GreedyResult
from allocator.engine.held_back import Split, only_scenarios, split_scenarios
from allocator.engine.mean_value import mean_case
from allocator.engine.placement_data import PlacementProblem, placement_problem
from allocator.engine.plan_pricing import first_stage_of
from allocator.engine.run_options import RunOptions, versions
from allocator.engine.worth_table import (
    Foresight,
    PlanWorth,
    ScenarioFigures,
    figures_of,
    judge,
    worth_lines,
)
from allocator.engine.worth_tasks import (
    Median,
    OnProgress,
    Pricing,
    Solving,
    price_all,
    solve_all,
)
from allocator.errors import AllocatorError, NoPlanError, ReplayError
from allocator.plan import Plan
from allocator.replay.placement_value import PlacementValue, value_placement
from allocator.schema.procedure import Settings
from allocator.schema.results import RunInfo
from allocator.schema.worth import WorthLine, WorthPlan
from allocator.solver import SolveOptions
from models.valuation import FirstStagePlan

__all__ = ["HoldBack", "run_worth"]

DEFAULT_LIMIT_SECONDS = 240.0
"""Time limit of all solves where neither the command nor the case sets one. [s]"""

_MEDIAN_SHARE = 0.1
"""Part of the time that a p-median may take; it waits for the model's number of sites."""

_PLANS: tuple[WorthPlan, ...] = ("model_plan", "today", "p_median", "greedy", "mean_value")


@dataclass(frozen=True)
class HoldBack:
    """Which scenarios are held back from planning.

    Parameters
    ----------
    share
        Share of the scenarios, once; None for none.
    folds
        Number of parts, each held back once; None for none.
    """

    share: float | None = None
    folds: int | None = None


@dataclass(frozen=True)
class _Made:
    """A plan, or the reason why there is none."""

    plan: FirstStagePlan | None
    tables: Plan | None = None
    note: str = ""


class _Comparison:
    """One comparison: what is solved, and what came of it."""

    def __init__(
        self, case: Case, options: RunOptions, splits: Sequence[Split], report: OnProgress | None
    ) -> None:
        self.case, self.options, self.splits, self._report = case, options, splits, report
        self.problem: PlacementProblem = placement_problem(case)
        self.sets = [case, *(only_scenarios(case, split.planned) for split in splits)]
        settings = case.settings
        self._solve_options = SolveOptions(
            gap=settings.gap if options.gap is None else options.gap,
            threads=options.threads,
            seed=settings.seed if options.seed is None else options.seed,
        )
        self.limit = (
            options.time_limit_seconds or settings.time_limit_seconds or DEFAULT_LIMIT_SECONDS
        )
        self.made: dict[tuple[WorthPlan, int], _Made] = {}
        self.foresight: dict[str, Foresight] = {}

    def _name(self, part: str, k: int) -> str:
        """Name of a part in progress reports, by the set of scenarios planned with."""
        return part if k == 0 else f"held back {k}/{len(self.splits)}, {part}"

    def solve(self) -> None:
        """Make every plan that does not wait for another, and plan with foresight."""
        names: list[tuple[WorthPlan, int]] = []
        solvings: list[Solving] = []
        for k, case in enumerate(self.sets):
            names += [("model_plan", k), ("greedy", k), ("mean_value", k)]
            solvings += [
                Solving("model", self._name("model", k), case),
                Solving("greedy", self._name("greedy", k), case),
                Solving("mean_value", self._name("mean value", k), mean_case(case)),
            ]
        codes = [row.scenario for row in self.case.scenarios]
        ones = {code: only_scenarios(self.case, [code]) for code in codes}
        solvings += [Solving("foresight", f"foresight {code}", ones[code]) for code in codes]
        outcomes = self._solved(solvings)
        for name, outcome in zip(names, outcomes[: len(names)], strict=True):
            self.made[name] = self._made(outcome)
        for code, outcome in zip(codes, outcomes[len(names) :], strict=True):
            found = _foresight(ones[code], outcome)
            if found is not None:
                self.foresight[code] = found
        model = self.made["model_plan", 0]
        if model.plan is None:
            raise NoPlanError(
                f"worth: stopped at the limit of {self.limit:g} s without a plan of the model. "
                "Maybe raise --time-limit, or loosen a hard promise."
            )

    def _solved(self, solvings: Sequence[Solving]) -> list[ChildOutcome]:
        """Run solves side by side."""
        return solve_all(
            solvings,
            self._solve_options,
            end=time.time() + self.limit,
            workers=self.options.workers,
            on_progress=self._report,
        )

    def _made(self, outcome: ChildOutcome) -> _Made:
        """Take what a solve left behind."""
        found = outcome.result if outcome.result is not None else outcome.best
        if isinstance(found, Plan):
            return _Made(first_stage_of(self.problem, found), found)
        if isinstance(found, GreedyResult):
            note = "" if found.is_complete else "stopped at its time limit"
            return _Made(found.plan, note=note)
        return _Made(None, note=str(outcome.error or outcome.message))

    def price(self) -> dict[tuple[WorthPlan, int], PlacementValue]:
        """Price every plan on all scenarios; those held back are picked out of them later."""
        plans: dict[tuple[WorthPlan, int], FirstStagePlan | Median] = {}
        for k, case in enumerate(self.sets):
            model = self.made["model_plan", k].plan
            if model is not None:
                # As many sites as the model opens on the same scenarios.
                plans["p_median", k] = Median(case, own_open_count(self.problem.data, model))
        plans["today", 0] = today_plan(self.problem.data)
        plans |= {name: made.plan for name, made in self.made.items() if made.plan is not None}
        options = replace(self._solve_options, time_limit_seconds=_MEDIAN_SHARE * self.limit)
        pricings = [
            Pricing(self._name(f"pricing {name}", k), self.case, plan, options)
            for (name, k), plan in plans.items()
        ]
        found = price_all(pricings, workers=self.options.workers, on_progress=self._report)
        values = dict(zip(plans, found, strict=True))
        for k in range(1, len(self.sets)):
            values["today", k] = values["today", 0]
        return values

    def plan_worth(
        self, plan: WorthPlan, values: Mapping[tuple[WorthPlan, int], PlacementValue]
    ) -> PlanWorth:
        """Gather what is known of one plan."""
        settings = self.case.settings
        note = self.made[plan, 0].note if (plan, 0) in self.made else ""
        whole = values.get((plan, 0))
        parts = [values.get((plan, k)) for k in range(1, len(self.sets))]
        held: dict[str, ScenarioFigures] = {}
        weighted, mass = 0.0, 0.0
        for split, part in zip(self.splits, parts, strict=True):
            if part is None:
                return PlanWorth(plan, whole, note=note)
            figures = figures_of(part, settings)
            own = {code: figures[code] for code in split.held_back}
            held |= own
            share = math.fsum(row.probability for row in own.values())
            weighted += share * judge(figures, settings, split.planned).value
            mass += share
        if not held:
            return PlanWorth(plan, whole, note=note)
        return PlanWorth(plan, whole, weighted / mass, held, note)


def _foresight(case: Case, outcome: ChildOutcome) -> Foresight | None:
    """Value and bound of one scenario planned with foresight, the value as replayed."""
    plan = outcome.result if outcome.result is not None else outcome.best
    if not isinstance(plan, Plan) or not plan.stages:
        return None
    replayed = value_placement(case, plan)
    if replayed.violations:
        raise ReplayError(replayed.violations)
    figures = figures_of(replayed, case.settings)
    value = next(iter(figures.values())).value
    bound = plan.stages[0].bound
    return Foresight(value, 0.0 if bound is None else min(bound, value))


def _run_info(
    case: Case, options: RunOptions, comparison: _Comparison, hold: HoldBack, began: float
) -> tuple[RunInfo, ...]:
    """How the result came about."""
    settings = case.settings
    facts = {
        "kind": "worth",
        "case": settings.plan_name,
        "case_digest": case.digest,
        "objective": options.objective or settings.objective,
        "clock": settings.clock,
        "gap": f"{settings.gap if options.gap is None else options.gap:g}",
        "seed": str(settings.seed if options.seed is None else options.seed),
        "threads": str(options.threads),
        "time_limit_seconds": f"{comparison.limit:g}",
        "seconds": f"{time.monotonic() - began:.1f}",
        **{f"version {name}": text for name, text in versions().items()},
    }
    if hold.share is not None:
        facts["hold_back"] = f"{hold.share:g}"
    if hold.folds is not None:
        facts["folds"] = str(hold.folds)
    for k, split in enumerate(comparison.splits, start=1):
        facts[f"held back {k}"] = "; ".join(split.held_back)
    return tuple(RunInfo(name=name, text=text[:2000]) for name, text in facts.items())


def run_worth(
    case: Case,
    options: RunOptions,
    hold: HoldBack | None = None,
    on_progress: OnProgress | None = None,
) -> Plan:
    """Compare the model's plan with simpler ones.

    Parameters
    ----------
    case
        The case.
    options
        As of any run; the time limit is shared over all solves.
    hold
        Scenarios to hold back; None for none.
    on_progress
        Hears which solve runs, and how far it is.

    Returns
    -------
    Plan
        The model's placement, with the table ``Worth``.

    Raises
    ------
    AllocatorError
        If the case is single-sourced, or the scenarios cannot be held back as asked.
    InfeasibleError
        If the hard promises cannot all be kept.
    NoPlanError
        If the limit came before any plan of the model.
    """
    began, hold = time.monotonic(), hold or HoldBack()
    if case.settings.is_single_sourced:
        raise AllocatorError(
            "worth: under single sourcing (is_single_sourced) the warehouse of a district is part "
            "of the plan and simpler plans name none, so that they cannot be priced alike. "
            "Maybe set is_single_sourced to no for the comparison."
        )
    seed = case.settings.seed if options.seed is None else options.seed
    codes = [row.scenario for row in case.scenarios]
    splits = split_scenarios(codes, hold_back=hold.share, folds=hold.folds, seed=seed)
    work = case
    if options.objective is not None:
        settings = case.settings.model_copy(update={"objective": options.objective})
        work = case.replace(Settings, (settings,))
    comparison = _Comparison(work, options, splits, on_progress)
    comparison.solve()
    values = comparison.price()
    model = comparison.made["model_plan", 0].tables
    if model is None:
        raise NoPlanError("worth: the model left no tables. Maybe raise --time-limit.")
    plans = [comparison.plan_worth(plan, values) for plan in _PLANS]
    lines = worth_lines(work.settings, plans, comparison.foresight, model.stages[0].bound)
    info = _run_info(case, options, comparison, hold, began)
    return model.replace(WorthLine, lines).replace(RunInfo, info)

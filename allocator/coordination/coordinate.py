"""From a case to every table of coordination."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from allocator.case import Case
from allocator.coordination.assessment import Drawing, assess
from allocator.coordination.delay_cost import delay_cost_rows, speed_rows
from allocator.coordination.figures import ANY, ScenarioFigures, expected
from allocator.coordination.loss import Losses
from allocator.coordination.options import CoordinationOptions
from allocator.coordination.release_tables import ReleaseTables
from allocator.engine.run_options import RunOptions, versions
from allocator.engine.stopping import ended_as_interrupted, is_patient
from allocator.engine.supervision import OnProgress
from allocator.errors import ConflictError
from allocator.plan import Plan
from allocator.report.delay_costs import with_delay_cost_sentences
from allocator.schema.coordination import DelayCost, SpeedLoss
from allocator.schema.results import RunInfo
from allocator.schema.row import Row
from allocator.solver import Progress
from allocator.tables import TableSet

__all__ = ["DEFAULT_LIMIT_SECONDS", "LossesOf", "coordinate"]

DEFAULT_LIMIT_SECONDS = 100.0
"""Time for each scenario where no limit is given. [s]"""

LONGEST_SECONDS = 1800.0
"""Time for all scenarios together where no limit is given, however many they are. [s]"""

LossesOf = Callable[[Case, str, Plan | None, RunOptions], Losses]
"""Makes who knows the losses of one scenario."""


def coordinate(
    case: Case,
    scenarios: Sequence[str] | None = None,
    placement: Plan | None = None,
    options: RunOptions | None = None,
    on_progress: OnProgress | None = None,
    losses_of: LossesOf | None = None,
) -> TableSet:
    """Say what every late signature costs, who is charged for it, and what to change.

    Parameters
    ----------
    case
        The case; whatever its objective, losses are those of ``social``.
    scenarios
        Codes; None for all of the chosen sample.
    placement
        Plan whose stock holds, None for today's stock; its dispatches, if it has any, are those
        whose shortages get an owner.
    options
        Time limit of all (None: so much for each scenario), seed, draws, language.
    on_progress
        Hears how many losses are known.
    losses_of
        Who knows losses, if others than those of dispatches planned anew.

    Returns
    -------
    TableSet
        The sheets of ``COORDINATION_SHEETS``. Who stops it, or where time is up, has what is known
        by then, with its intervals.

    Raises
    ------
    ConflictError
        If the case has no sign-offs to assess.
    NotFoundError
        If a scenario does not exist.
    """
    began = time.monotonic()
    chosen = CoordinationOptions.of(options)
    _check(case)
    if placement is not None:
        placement.check_case(case.digest)
    codes = list(dict.fromkeys(scenarios or [row.scenario for row in case.scenarios]))
    for code in codes:
        case.scenario(code)
    work = _Work(case, placement, chosen, on_progress, losses_of or _dispatch_losses, began)
    found = work.assessed(codes)
    rows = _delay_rows(case, found, {})
    rows[RunInfo.sheet] = work.facts(found)
    return with_delay_cost_sentences(TableSet(rows), chosen.lang)


def _check(case: Case) -> None:
    """Refuse a case without sign-offs."""
    for sheet, rows, what in (
        ("Departments", case.departments, "there is nobody to sign"),
        ("Approval_Steps", case.approval_steps, "there is nothing to sign"),
        ("Approval_Rules", case.approval_rules, "no lane waits for a signature"),
    ):
        if not rows:
            raise ConflictError(
                f"sheet {sheet} has no rows: {what}, so there is no coordination to assess. "
                f"Maybe fill it in; allocator template shows how."
            )


def _dispatch_losses(
    case: Case, scenario: str, placement: Plan | None, options: RunOptions
) -> Losses:
    """Losses of dispatches planned anew."""
    from allocator.coordination.losses import DispatchLosses

    return DispatchLosses(case, scenario, placement, options)


@dataclass
class _Work:
    """What is at hand while scenarios are assessed, one after the other.

    Parameters
    ----------
    case, placement, options, on_progress, losses_of
        As for ``coordinate``.
    began
        Clock when it all began. [s]
    """

    case: Case
    placement: Plan | None
    options: CoordinationOptions
    on_progress: OnProgress | None
    losses_of: LossesOf
    began: float
    is_ready: bool = False
    losses: dict[str, Losses] = field(default_factory=dict)

    def assessed(self, codes: Sequence[str]) -> list[ScenarioFigures]:
        """Figures of the scenarios, and what is expected if they are several."""
        limit = self.options.time_limit_seconds or min(
            DEFAULT_LIMIT_SECONDS * len(codes), LONGEST_SECONDS
        )
        end = self.began + limit
        found: list[ScenarioFigures] = []
        with self._stopped_once_ready():
            for number, code in enumerate(codes):
                now = time.monotonic()
                if found and (now >= end or found[-1].is_stopped):
                    self._note(f"ended after {number} of {len(codes)} scenarios")
                    break
                found.append(self._one(code, now + (end - now) / (len(codes) - number)))
        if len(found) > 1:
            weights = self._weights([one.scenario for one in found])
            found.insert(0, expected(found, weights))
        return found

    def _one(self, code: str, until: float) -> ScenarioFigures:
        """Figures of one scenario."""
        tables = ReleaseTables(self.case, code, self.placement)
        self.losses[code] = self.losses_of(self.case, code, self.placement, self.options)
        seed = self.case.settings.seed if self.options.seed is None else self.options.seed
        drawing = Drawing(pair_count=-(-self.options.orders // 2), seed=seed)

        def hear(known: int, wanted: int) -> None:
            self.is_ready |= known == wanted
            self._tell(code, f"{known} of {wanted} losses")

        return assess(
            code, tables, self.losses[code], drawing, lambda: time.monotonic() >= until, hear
        )

    def _weights(self, codes: Sequence[str]) -> list[float]:
        """Probabilities of scenarios, made to add up to 1."""
        given = [self.case.scenario(code).probability for code in codes]
        total = sum(given)
        return [one / total if total > 0 else 1 / len(given) for one in given]

    def _stopped_once_ready(self) -> contextlib.AbstractContextManager[None]:
        """Hear stops in a patient process; elsewhere Ctrl-C is all there is."""
        if not is_patient():
            return contextlib.nullcontext()
        return ended_as_interrupted(lambda: self.is_ready)

    def _tell(self, code: str, stage: str) -> None:
        if self.on_progress is not None:
            seconds = time.monotonic() - self.began
            self.on_progress(f"coordination {code}", Progress(stage, seconds, None, None, None))

    def _note(self, note: str) -> None:
        if self.on_progress is not None:
            self.on_progress(
                "coordination",
                Progress("", time.monotonic() - self.began, None, None, None, note=note),
            )

    def facts(self, found: Sequence[ScenarioFigures]) -> tuple[RunInfo, ...]:
        """How the result came about."""
        each = [one for one in found if one.scenario != ANY]
        facts: Mapping[str, str] = {
            "kind": "coordination",
            "case": self.case.settings.plan_name,
            "case_digest": self.case.digest,
            "objective": "social",
            "scenarios": "; ".join(one.scenario for one in each)[:2000],
            "coalitions": str(sum(one.coalition_count for one in each)),
            "wanted": str(sum(one.questions_count for one in each)),
            "solved": str(sum(one.solved_count for one in each)),
            "asked": str(sum(one.asked for one in each)),
            "solves": str(sum(one.solves for one in each)),
            "orders": str(self.options.orders),
            "samples": str(self.options.samples),
            "seed": str(
                self.case.settings.seed if self.options.seed is None else self.options.seed
            ),
            "threads": str(self.options.threads),
            "seconds": f"{time.monotonic() - self.began:.1f}",
            **{f"version {name}": text for name, text in versions().items()},
        }
        return tuple(RunInfo(name=name, text=text) for name, text in facts.items())


def _delay_rows(
    case: Case,
    found: Sequence[ScenarioFigures],
    criticality: Mapping[str, Mapping[str, float]],
) -> dict[str, tuple[Row, ...]]:
    """Rows of the delay costs and of the losses by speed."""
    costs = [
        row
        for one in found
        for row in delay_cost_rows(case, one, criticality.get(one.scenario, {}))
    ]
    speeds = [row for one in found for row in speed_rows(one)]
    return {DelayCost.sheet: tuple(costs), SpeedLoss.sheet: tuple(speeds)}

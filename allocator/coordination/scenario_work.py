"""Scenarios assessed one after the other, within the time there is."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from allocator.case import Case
from allocator.coordination.assessment import Drawing, assess
from allocator.coordination.figures import ScenarioFigures, expected
from allocator.coordination.loss import Losses
from allocator.coordination.options import CoordinationOptions
from allocator.coordination.release_tables import ReleaseTables
from allocator.engine.plan_parts import merge_plans
from allocator.engine.run_options import RunOptions
from allocator.engine.runs import run_dispatch
from allocator.engine.stopping import ended_as_interrupted, is_patient
from allocator.engine.supervision import OnProgress
from allocator.errors import NoPlanError
from allocator.plan import Plan
from allocator.solver import Progress

__all__ = ["LossesOf", "ScenarioWork"]

LossesOf = Callable[[Case, str, Plan | None, RunOptions], Losses]
"""Makes who knows the losses of one scenario."""

_LEAST_DISPATCH_SECONDS = 5.0
"""Less time than this is no use for planning trips. [s]"""


@dataclass
class ScenarioWork:
    """What is at hand while scenarios are assessed.

    Parameters
    ----------
    case
        The case.
    stock
        Plan whose stock holds; None for today's.
    options
        Seed, draws, processes.
    losses_of
        Makes who knows losses.
    losses_seconds
        When no more losses are asked for, by whomever, counted from the beginning. [s]
    on_progress
        Hears how many losses are known.
    losses
        Who knows them, by scenario.
    is_stopped
        Whether it was asked to end early.
    notes
        What is to be said of how it ended.
    """

    case: Case
    stock: Plan | None
    options: CoordinationOptions
    losses_of: LossesOf
    losses_seconds: float
    on_progress: OnProgress | None = None
    losses: dict[str, Losses] = field(default_factory=dict)
    is_stopped: bool = False
    notes: list[str] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)
    _is_ready: bool = False

    @property
    def seed(self) -> int:
        """Seed of all draws."""
        return self.case.settings.seed if self.options.seed is None else self.options.seed

    @property
    def seconds(self) -> float:
        """Time since it began. [s]."""
        return time.monotonic() - self._began

    def assessed(self, codes: Sequence[str], seconds: float) -> list[ScenarioFigures]:
        """Figures of the scenarios; the first of several is what is expected.

        Parameters
        ----------
        codes
            Of the scenarios.
        seconds
            Time for all, counted from the beginning. What is under way is finished. [s]
        """
        found: list[ScenarioFigures] = []
        with self._stopped_once_ready():
            for number, code in enumerate(codes):
                left = seconds - self.seconds
                if found and (left <= 0.0 or self.is_stopped):
                    self.note(f"ended after {number} of {len(codes)} scenarios")
                    break
                found.append(self._one(code, self.seconds + left / (len(codes) - number)))
                self.is_stopped = found[-1].is_stopped
        for one in found:
            if one.solved_count < one.questions_count:
                self.note(
                    f"{one.scenario}: {one.solved_count} of {one.questions_count} losses known"
                )
        if len(found) > 1:
            weights = self.weights([one.scenario for one in found])
            found.insert(0, expected(found, weights))
        return found

    def _one(self, code: str, until: float) -> ScenarioFigures:
        """Figures of one scenario."""
        tables = ReleaseTables(self.case, code, self.stock)
        left = max(self.losses_seconds - self.seconds, 1.0)
        limited = replace(self.options, time_limit_seconds=left)
        self.losses[code] = self.losses_of(self.case, code, self.stock, limited)

        def hear(known: int, wanted: int) -> None:
            self._is_ready |= known == wanted
            if self.on_progress is not None:
                stage = f"{known} of {wanted} losses"
                news = Progress(stage, self.seconds, None, None, None)
                self.on_progress(f"coordination {code}", news)

        drawing = Drawing(pair_count=-(-self.options.orders // 2), seed=self.seed)
        return assess(code, tables, self.losses[code], drawing, lambda: self.seconds >= until, hear)

    def weights(self, codes: Sequence[str]) -> list[float]:
        """Probabilities of scenarios, made to add up to 1; all alike where they have none.

        Parameters
        ----------
        codes
            Of the scenarios.
        """
        given = [self.case.scenario(code).probability for code in codes]
        total = sum(given)
        return [one / total if total > 0 else 1 / len(given) for one in given]

    def dispatched(self, codes: Sequence[str], seconds: float) -> Plan | None:
        """Dispatches of the scenarios as the case plans them; None where there is no time.

        Parameters
        ----------
        codes
            Of the scenarios.
        seconds
            Time for all, counted from the beginning. [s]
        """
        plans: list[Plan] = []
        for number, code in enumerate(codes):
            left = (seconds - self.seconds) / (len(codes) - number)
            if self.is_stopped or left < _LEAST_DISPATCH_SECONDS:
                self.note(f"trips planned for {number} of {len(codes)} scenarios")
                break
            options = replace(self.options, time_limit_seconds=left)
            with contextlib.suppress(NoPlanError):
                plans.append(run_dispatch(self.case, code, self.stock, options, self.on_progress))
        return merge_plans(plans) if plans else None

    def close(self) -> None:
        """Let processes go that whoever knows losses may keep."""
        for known in self.losses.values():
            close = getattr(known, "close", None)
            if close is not None:
                close()

    def _stopped_once_ready(self) -> contextlib.AbstractContextManager[None]:
        """Hear stops in a patient process; elsewhere Ctrl-C is all there is."""
        if not is_patient():
            return contextlib.nullcontext()
        return ended_as_interrupted(lambda: self._is_ready)

    def note(self, text: str) -> None:
        """Keep a sentence about how it ended, and tell whoever listens."""
        self.notes.append(text)
        if self.on_progress is not None:
            news = Progress("", self.seconds, None, None, None, note=text)
            self.on_progress("coordination", news)

"""One run of HiGHS: threads, callbacks, interruption, and what its status words mean."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from highspy import cb

from allocator.solver.results import (
    IncumbentCallback,
    Progress,
    ProgressCallback,
    Status,
    relative_gap,
)

__all__ = ["HighsObject", "RunListener", "empty_highs", "plain_status", "run_highs"]

# Untyped on purpose: the stubs of highspy miss members that the library has.
ModelStatus: Any = highspy.HighsModelStatus

#: Seconds between two reports of a running solve; better plans may come a little faster. [s]
_REPORT_SECONDS = 0.5
_INCUMBENT_SECONDS = 0.1

# The core class: its Python subclass keeps per-variable objects and a solver thread we do not use.
HighsObject = highspy._core._Highs

_CALLBACK_KINDS = (
    cb.HighsCallbackType.kCallbackMipImprovingSolution,
    cb.HighsCallbackType.kCallbackMipInterrupt,
    cb.HighsCallbackType.kCallbackSimplexInterrupt,
    cb.HighsCallbackType.kCallbackIpmInterrupt,
)
_IMPROVING = int(cb.HighsCallbackType.kCallbackMipImprovingSolution)
_MIP_KINDS = (_IMPROVING, int(cb.HighsCallbackType.kCallbackMipInterrupt))

#: Statuses with one meaning; the others depend on whether a plan was found.
_PLAIN = {
    ModelStatus.kInfeasible: Status.INFEASIBLE,
    ModelStatus.kUnbounded: Status.UNBOUNDED,
    ModelStatus.kPresolveError: Status.NUMERICAL,
    ModelStatus.kSolveError: Status.NUMERICAL,
    ModelStatus.kPostsolveError: Status.NUMERICAL,
    ModelStatus.kLoadError: Status.FAILED,
    ModelStatus.kModelError: Status.FAILED,
    ModelStatus.kNotset: Status.FAILED,
    ModelStatus.kUnknown: Status.FAILED,
}

_STOPPED = frozenset(
    {
        ModelStatus.kTimeLimit,
        ModelStatus.kIterationLimit,
        ModelStatus.kSolutionLimit,
        ModelStatus.kObjectiveBound,
        ModelStatus.kObjectiveTarget,
        ModelStatus.kInterrupt,
        ModelStatus.kHighsInterrupt,
        ModelStatus.kMemoryLimit,
    }
)

# HiGHS' task scheduler belongs to the process and is made for the first thread count it sees.
_scheduler: dict[str, int] = {}


def empty_highs() -> Any:
    """Return a silent HiGHS object without a model."""
    highs = HighsObject()
    highs.setOptionValue("output_flag", False)
    return highs


def plain_status(model_status: Any) -> Status | None:
    """Return the status that needs no look at the plan, None for optimal or stopped runs.

    Unbounded-or-infeasible gives None too: the session tells the two apart by another solve.
    """
    if model_status in _STOPPED or model_status == ModelStatus.kOptimal:
        return None
    return _PLAIN.get(model_status)


@dataclass
class RunListener:
    """Receives HiGHS' callbacks of one solve and passes on what the caller wants to hear.

    Callbacks carry the objective as HiGHS scaled it; ``objective_scale`` is the factor.
    An exception from the caller's callback, or Ctrl-C, stops HiGHS in good order and is raised
    again when HiGHS has returned: it must not fly through the solver's own code.
    """

    stage: str
    progress: ProgressCallback | None
    on_incumbent: IncumbentCallback | None
    started: float
    clock: Callable[[], float] = time.perf_counter
    objective_scale: float = 1.0
    error: BaseException | None = None
    next_report: float = 0.0
    next_incumbent: float = 0.0

    def __call__(self, kind: int, _message: str, out: Any, into: Any, _user: object) -> None:
        """Take one callback from HiGHS."""
        if self.error is None:
            try:
                self._hear(int(kind), out)
            except BaseException as error:  # noqa: BLE001 - kept and raised after the run
                self.error = error
        if self.error is not None and int(kind) != _IMPROVING:
            into.user_interrupt = True

    def _hear(self, kind: int, out: Any) -> None:
        if self.progress is None and self.on_incumbent is None:
            return
        now = self.clock()
        if kind == _IMPROVING:
            if self.on_incumbent is not None:
                values = np.array(out.mip_solution, dtype=np.float64)
                objective = float(out.objective_function_value) / self.objective_scale
                self.on_incumbent(objective, values)
            if now >= self.next_incumbent:
                self.next_incumbent = now + _INCUMBENT_SECONDS
                self.report(*self._mip_figures(out))
        elif now >= self.next_report:
            self.report(*(self._mip_figures(out) if kind in _MIP_KINDS else (None, None)))

    def _mip_figures(self, out: Any) -> tuple[float | None, float | None]:
        """Return incumbent and bound of a callback, None where not known yet."""
        figures = (float(out.mip_primal_bound), float(out.mip_dual_bound))
        incumbent, bound = (
            figure / self.objective_scale if math.isfinite(figure) else None for figure in figures
        )
        return incumbent, bound

    def report(self, incumbent: float | None, bound: float | None) -> None:
        """Send one progress line."""
        if self.progress is None:
            return
        now = self.clock()
        self.next_report = now + _REPORT_SECONDS
        gap = relative_gap(incumbent, bound)
        self.progress(Progress(self.stage, now - self.started, incumbent, bound, gap))


def run_highs(highs: Any, threads: int, listener: RunListener) -> Any:
    """Run HiGHS on its model and return its model status.

    Parameters
    ----------
    highs
        Model and options are set.
    threads
        Threads option that is set.
    listener
        Hears the callbacks; its pending error is raised here.
    """
    if _scheduler.setdefault("threads", threads) != threads:
        # With another count HiGHS would return without solving and without an exception.
        HighsObject.resetGlobalScheduler(True)
        _scheduler["threads"] = threads
    highs.setCallback(listener, None)
    for kind in _CALLBACK_KINDS:
        highs.startCallback(kind)
    highs.run()
    if highs.getModelStatus() == ModelStatus.kNotset and listener.error is None:
        # Somebody else in this process has started the scheduler with another count.
        HighsObject.resetGlobalScheduler(True)
        highs.run()
    for kind in _CALLBACK_KINDS:
        highs.stopCallback(kind)
    if listener.error is not None:
        raise listener.error
    return highs.getModelStatus()

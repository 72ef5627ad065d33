"""One run of HiGHS: threads, callbacks, interruption, and what its status words mean."""

from __future__ import annotations

import contextvars
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import highspy
import numpy as np
from highspy import cb
from numpy.typing import NDArray

from allocator.errors import SolveError
from allocator.solver.results import (
    IncumbentCallback,
    Progress,
    ProgressCallback,
    Status,
    relative_gap,
)

__all__ = [
    "HighsObject",
    "HungError",
    "RunListener",
    "empty_highs",
    "plain_status",
    "run_highs",
]

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

#: How often a run on a thread of its own is looked after. [s]
_LOOK_SECONDS = 0.5

#: Silence after which a run that was asked to stop is left behind. [s]
_STOP_SECONDS = 5.0

# HiGHS' task scheduler belongs to the thread and is made for the first thread count it sees. Here
# each thread has the count of its own, and the thread on which its programs with integers run.
_own = threading.local()

# What threads that were left behind still work at: it must not be taken from under them.
_left_behind: list[Any] = []


class HungError(SolveError):
    """A run was not heard of for too long and has been left behind with its HiGHS object."""


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
    heard: int = 0
    best: NDArray[np.float64] | None = None
    bound: float | None = None

    def __call__(self, kind: int, _message: str, out: Any, into: Any, _user: object) -> None:
        """Take one callback from HiGHS."""
        self.heard += 1
        if self.error is None:
            try:
                self._hear(int(kind), out)
            except BaseException as error:  # noqa: BLE001 - kept and raised after the run
                self.error = error
        if self.error is not None and int(kind) != _IMPROVING:
            into.user_interrupt = True

    def _hear(self, kind: int, out: Any) -> None:
        if kind in _MIP_KINDS:
            _, self.bound = self._mip_figures(out)
        if kind == _IMPROVING:
            self.best = np.array(out.mip_solution, dtype=np.float64)
        if self.progress is None and self.on_incumbent is None:
            return
        now = self.clock()
        if kind == _IMPROVING:
            if self.on_incumbent is not None and self.best is not None:
                objective = float(out.objective_function_value) / self.objective_scale
                self.on_incumbent(objective, self.best)
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


def run_highs(
    highs: Any, threads: int, listener: RunListener, patience_seconds: float | None = None
) -> Any:
    """Run HiGHS on its model and return its model status.

    Parameters
    ----------
    highs
        Model and options are set.
    threads
        Threads option that is set.
    listener
        Hears the callbacks; its pending error is raised here.
    patience_seconds
        Silence after which the run counts as hung: HiGHS 1.16 has loops that look at no limit
        (its presolve strengthens some rows for ever). Such a run has a thread of its own and can
        be left. None: HiGHS is waited for. [s]

    Raises
    ------
    HungError
        If the run was left behind, whatever else has gone wrong: the HiGHS object is not to be
        touched any more but for reading its model.
    """
    highs.setCallback(listener, None)
    for kind in _CALLBACK_KINDS:
        highs.startCallback(kind)
    if patience_seconds is None:
        _run(highs, threads, listener)
    else:
        _run_aside(highs, threads, listener, patience_seconds)
    for kind in _CALLBACK_KINDS:
        highs.stopCallback(kind)
    if listener.error is not None:
        raise listener.error
    return highs.getModelStatus()


def _run(highs: Any, threads: int, listener: RunListener) -> None:
    """Run on this thread."""
    if getattr(_own, "threads", threads) != threads:
        # With another count HiGHS would return without solving and without an exception.
        HighsObject.resetGlobalScheduler(True)
    _own.threads = threads
    highs.run()
    if highs.getModelStatus() == ModelStatus.kNotset and listener.error is None:
        # Somebody else on this thread has started the scheduler with another count.
        HighsObject.resetGlobalScheduler(True)
        highs.run()


class _Aside:
    """A thread that waits for work, one piece after another; a new thread costs HiGHS a ms."""

    def __init__(self) -> None:
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        threading.Thread(target=self._carry_out, name="highs", daemon=True).start()

    def _carry_out(self) -> None:
        while True:
            self._work.get()()

    def begin(self, work: Callable[[], None]) -> threading.Event:
        """Have something carried out; the event is set when it is."""
        done = threading.Event()
        context = contextvars.copy_context()

        def whole() -> None:
            try:
                context.run(work)
            finally:
                done.set()

        self._work.put(whole)
        return done


def _run_aside(highs: Any, threads: int, listener: RunListener, patience_seconds: float) -> None:
    """Run on another thread, and leave that behind where nothing is heard of it."""
    if not hasattr(_own, "aside"):
        _own.aside = _Aside()

    def work() -> None:
        try:
            _run(highs, threads, listener)
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            listener.error = listener.error or error

    done = _own.aside.begin(work)
    while True:
        try:
            is_done = _wait_for(done, listener, patience_seconds)
            break
        except BaseException as error:  # noqa: BLE001 - Ctrl-C, which HiGHS hears of first
            listener.error = listener.error or error
            patience_seconds = min(patience_seconds, _STOP_SECONDS)
    if not is_done:
        _left_behind.append(highs)
        del _own.aside
        told = f"HiGHS was not heard of for {patience_seconds:.0f} s and was left behind."
        raise HungError(told) from listener.error


def _wait_for(done: threading.Event, listener: RunListener, patience_seconds: float) -> bool:
    """Wait until a run is done, or not a sign of it has come for long: then return False.

    Silence is counted in looks, not read from a clock, so that a machine that slept is forgiven.
    """
    heard, silent_looks = listener.heard, 0
    while not done.wait(_LOOK_SECONDS):
        silent_looks = silent_looks + 1 if listener.heard == heard else 0
        heard = listener.heard
        if silent_looks * _LOOK_SECONDS >= patience_seconds:
            return False
    return True

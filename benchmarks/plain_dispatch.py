"""The engine of the dispatch beside the plain model: every hour, every vehicle, one program.

Parts of a shipped case that the plain model can still be built for; both see the same arrays, one
after the other in one run. The plain model is solved stage by stage by HiGHS, each stage with what
the stages before left of the time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.engine.dispatch_exact import LEXICOGRAPHIC
from allocator.solver import SolveOptions, relative_gap, solve_model
from benchmarks.case_parts import read_part
from benchmarks.target_rows import PLAIN_DISPATCH, PlainDispatch
from benchmarks.targets import Verdict, percent
from models.dispatch import build_dispatch

__all__ = ["Solved", "measure_plain_dispatch", "plain_dispatch_verdict"]

_STAGES = ("unmet", "waiting")
_GAP = 0.01
_NOISE = 1e-7


@dataclass(frozen=True)
class Solved:
    """How one of the two ended.

    Parameters
    ----------
    seconds
        From the arrays to the end, building included. [s]
    gap
        Of the waiting; None without a plan or a bound.
    """

    seconds: float
    gap: float | None

    @property
    def is_closed(self) -> bool:
        """Whether the gap asked for was reached."""
        return self.gap is not None and self.gap <= _GAP


def measure_plain_dispatch(tell: Callable[[str], None]) -> list[Verdict]:
    """Solve every part both ways.

    Parameters
    ----------
    tell
        Hears what is being done.
    """
    verdicts = []
    for asked in PLAIN_DISPATCH:
        tell(f"{asked.name}: the engine, then the plain model, at most {asked.limit_seconds:g} s")
        ours = _by_engine(asked)
        plain = _by_plain_model(asked)
        verdicts.append(plain_dispatch_verdict(asked, ours, plain))
        tell(f"{asked.name}: {verdicts[-1].found}")
    return verdicts


def _by_engine(asked: PlainDispatch) -> Solved:
    """Plan by the engine, in this process alone."""
    case, begun = read_part(asked.case), time.monotonic()
    options = SolveOptions(gap=_GAP, time_limit_seconds=asked.limit_seconds)
    plan = dispatch(case, asked.scenario, options=options)
    (waiting,) = (row for row in plan.stages if row.stage == "waiting")
    return Solved(time.monotonic() - begun, relative_gap(waiting.objective, waiting.bound))


def _by_plain_model(asked: PlainDispatch) -> Solved:
    """Solve the whole hourly model, stage by stage."""
    case, begun = read_part(asked.case), time.monotonic()
    data = build_dispatch_inputs(case, asked.scenario).data
    limits: dict[str, float] = {}
    gap: float | None = None
    for stage in _STAGES:
        left = begun + asked.limit_seconds - time.monotonic()
        if left <= 0:
            return Solved(time.monotonic() - begun, None)
        model = build_dispatch(data, stage, limits)
        left = max(1.0, begun + asked.limit_seconds - time.monotonic())
        options = SolveOptions(gap=_GAP, time_limit_seconds=left)
        solved = solve_model(model, options, stage=stage)
        if not solved.status.has_plan or solved.objective is None:
            return Solved(time.monotonic() - begun, None)
        limits[stage] = solved.objective * (1 + LEXICOGRAPHIC) + _NOISE
        gap = relative_gap(solved.objective, solved.bound)
    return Solved(time.monotonic() - begun, gap)


def plain_dispatch_verdict(asked: PlainDispatch, ours: Solved, plain: Solved) -> Verdict:
    """Set both beside each other; the engine is to close its gap, and first.

    Parameters
    ----------
    asked
        The part.
    ours, plain
        How the engine and the plain model ended.
    """
    ratio = plain.seconds / max(ours.seconds, 1e-9)
    times = f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}"
    least = "" if plain.is_closed else "at least "
    found = (
        f"{_words('engine', ours)}; {_words('plain model', plain)}; ratio {least}{times}"
        if ours.is_closed
        else f"{_words('engine', ours)}; {_words('plain model', plain)}"
    )
    missed = [] if ours.is_closed else [f"{_words('engine', ours)} instead of {percent(_GAP)}"]
    if plain.is_closed and (not ours.is_closed or plain.seconds < ours.seconds):
        missed.append("the plain model is quicker")
    goal = f"{percent(_GAP)} of the waiting in {asked.limit_seconds:g} s, before the plain model"
    why = "" if ours.is_closed else asked.why
    return Verdict(asked.name, asked.subject, goal, found, "; ".join(missed), why)


def _words(name: str, solved: Solved) -> str:
    gap = "no plan" if solved.gap is None else f"waiting {percent(solved.gap)}"
    return f"{name}: {gap}, {solved.seconds:.1f} s"

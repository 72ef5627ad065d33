"""What a worker of a cluster does: evaluate a share, and keep it warm until the next question.

A worker may die, and another take over a share it has never seen; so every question comes with all
that is needed to build the share again.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from allocator.engine.recourse_share import (
    BlockFlows,
    Question,
    ScenarioAnswer,
    ScenarioShare,
    ShareSpec,
)
from models.placement_data import PlacementData

__all__ = ["ShareAnswer", "evaluate_share", "forget_run"]

_MOST_KEPT = 8
"""Shares that a worker keeps; one costs about as much memory as the placement data."""

_KEPT_SECONDS = 900.0
"""Shares nobody asked for so long are forgotten: their run was killed. [s]"""


@dataclass(frozen=True)
class ShareAnswer:
    """Answers by scenario, and the flows they stand for.

    Both come at once, so that they belong together even if the worker is gone a moment later.
    """

    answers: list[ScenarioAnswer]
    flows: list[list[BlockFlows]]


@dataclass(frozen=True)
class _Kept:
    """A share and when it was last asked, on the clock of ``time.monotonic``."""

    share: ScenarioShare
    asked: float


_kept: dict[tuple[str, int], _Kept] = {}
"""Shares by run and number, the one asked last at the end."""

_solving = threading.Lock()
"""Solves in threads of one process hang; a worker with several threads does one after the other."""


def evaluate_share(
    data: PlacementData, run: str, spec: ShareSpec, question: Question | None
) -> ShareAnswer | None:
    """Evaluate a share on a worker; build it first if it is not there.

    Parameters
    ----------
    data
        The placement problem.
    run
        Tells one run from the next.
    spec
        Which scenarios.
    question
        What is asked; None only builds the share.
    """
    with _solving:
        _drop_old()
        known = _kept.pop((run, spec.number), None)
        # After an error the share is built again: nobody knows what it is left with.
        share = ScenarioShare(data, spec) if known is None else known.share
        found = None
        if question is not None:
            found = ShareAnswer(share.evaluate(question), share.flows())
        _kept[run, spec.number] = _Kept(share, time.monotonic())
        return found


def forget_run(run: str) -> None:
    """Give the memory of a run's shares back."""
    for key in [key for key in _kept if key[0] == run]:
        _kept.pop(key, None)


def _drop_old() -> None:
    """Make room for a share."""
    oldest = time.monotonic() - _KEPT_SECONDS
    for key in [key for key, kept in _kept.items() if kept.asked < oldest]:
        _kept.pop(key, None)
    for key in list(_kept)[: max(0, len(_kept) - _MOST_KEPT + 1)]:
        _kept.pop(key, None)

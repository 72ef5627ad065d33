"""Scenarios held back from planning, to see how a plan does where it has not looked.

Sample average approximation judges a plan on scenarios that did not make it (Kleywegt, Shapiro and
Homem-de-Mello 2002). A case restricted to some scenarios holds no row of the others, so that
nothing of them can reach a plan.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from allocator.case import Case
from allocator.errors import AllocatorError
from allocator.schema.disaster import Scenario, ScenarioDamage, ScenarioDemand

__all__ = ["Split", "only_scenarios", "split_scenarios"]


@dataclass(frozen=True)
class Split:
    """Scenarios to plan with, and scenarios to judge the plan on.

    Parameters
    ----------
    planned, held_back
        Codes, in the order of the case; no code is in both.
    """

    planned: tuple[str, ...]
    held_back: tuple[str, ...]


def split_scenarios(
    codes: Sequence[str], *, hold_back: float | None, folds: int | None, seed: int
) -> tuple[Split, ...]:
    """Deal out the scenarios.

    Parameters
    ----------
    codes
        Scenarios of the case.
    hold_back
        Share of the scenarios to hold back, once; rounded to whole scenarios, at least one.
    folds
        Number of parts, each held back once.
    seed
        Of the order in which they are dealt out.

    Returns
    -------
    tuple
        No split if neither is asked for.

    Raises
    ------
    AllocatorError
        If both are asked for, or if a split leaves nothing to plan with or to judge on.
    """
    if hold_back is not None and folds is not None:
        raise AllocatorError("--hold-back and --folds exclude each other. Maybe leave one out.")
    if hold_back is None and folds is None:
        return ()
    count = len(codes)
    if count < 2:
        raise AllocatorError(
            f"the case has {count} scenario: none can be held back. "
            "Maybe leave out --hold-back and --folds, or add scenarios."
        )
    order = np.random.default_rng(seed).permutation(count).tolist()
    if hold_back is not None:
        parts = [order[: _held_count(count, hold_back)]]
    else:
        parts = _dealt(order, folds or 0)
    return tuple(_split(codes, set(part)) for part in parts)


def _held_count(count: int, share: float) -> int:
    """Whole number of scenarios that a share holds back."""
    if not 0.0 < share < 1.0:
        raise AllocatorError(
            f"--hold-back ({share:g}) must be > 0 and < 1. Maybe 0.25 for a quarter."
        )
    held = max(1, math.floor(share * count + 0.5))
    if held >= count:
        raise AllocatorError(
            f"--hold-back ({share:g}) of {count} scenarios leaves none to plan with. "
            f"Maybe at most {(count - 1) / count:.2f}."
        )
    return held


def _dealt(order: list[int], folds: int) -> list[list[int]]:
    """Positions by fold, as even as may be."""
    if not 2 <= folds <= len(order):
        raise AllocatorError(
            f"--folds ({folds}) must be >= 2 and <= {len(order)}, the number of scenarios. "
            f"Maybe --folds {min(4, len(order))}."
        )
    return [order[k::folds] for k in range(folds)]


def _split(codes: Sequence[str], held: set[int]) -> Split:
    """Split codes by position."""
    return Split(
        planned=tuple(code for k, code in enumerate(codes) if k not in held),
        held_back=tuple(code for k, code in enumerate(codes) if k in held),
    )


def only_scenarios(case: Case, codes: Iterable[str]) -> Case:
    """Return the case with these scenarios alone, their probabilities adding up to 1.

    Parameters
    ----------
    case
        The case.
    codes
        Scenarios of its sample to keep.
    """
    wanted = set(codes)
    kept = [row for row in case.scenarios if row.scenario in wanted]
    total = math.fsum(row.probability for row in kept)
    rows = [
        row.model_copy(update={"probability": min(1.0, row.probability / total)}) for row in kept
    ]
    demand = [row for row in case.scenario_demand if row.scenario in wanted]
    damage = [row for row in case.scenario_damage if row.scenario in wanted]
    restricted = case.replace(Scenario, rows).replace(ScenarioDemand, demand)
    return restricted.replace(ScenarioDamage, damage)

"""A share of the scenarios, evaluated here or by a helper: a process nearby or far away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allocator.child_service import Report
from allocator.companion import Companion
from allocator.engine.recourse_cuts import BlockAnswer, BlockCut
from allocator.engine.recourse_program import ScenarioProgram
from models.placement_data import Criterion, PlacementData
from models.recourse_network import NetworkFlows

__all__ = [
    "BlockFlows",
    "CompanionHelper",
    "Question",
    "RecourseHelper",
    "ScenarioAnswer",
    "ScenarioShare",
    "ShareSpec",
    "even_groups",
]

Floats = NDArray[np.float64]

BlockFlows = tuple[NetworkFlows, ...]


@dataclass(frozen=True)
class Question:
    """A first stage with prices.

    Parameters
    ----------
    stock_units, full_units
        Stock, and that of each warehouse if it were open, shape (warehouse, item). [units]
    is_open
        Shape (warehouse,), 0 to 1.
    weights
        Prices of the criteria by scenario.
    """

    stock_units: Floats
    full_units: Floats
    is_open: Floats
    weights: Sequence[dict[Criterion, float]]


@dataclass(frozen=True)
class ScenarioAnswer:
    """Answers and cuts of the blocks of one scenario."""

    answers: tuple[BlockAnswer, ...]
    cuts: tuple[BlockCut, ...]


@dataclass(frozen=True)
class ShareSpec:
    """Which scenarios are evaluated, for what.

    Parameters
    ----------
    number
        Tells one share from the next.
    criteria
        Values that will be asked for, in order.
    scenarios, first_blocks
        Positions of the scenarios, and number of the first block of each.
    """

    number: int
    criteria: tuple[Criterion, ...]
    scenarios: tuple[int, ...]
    first_blocks: tuple[int, ...]


class ScenarioShare:
    """The programs of some scenarios.

    Parameters
    ----------
    data
        The placement problem.
    spec
        Which scenarios.
    """

    def __init__(self, data: PlacementData, spec: ShareSpec) -> None:
        self.programs = [
            ScenarioProgram(data, s, spec.criteria, first)
            for s, first in zip(spec.scenarios, spec.first_blocks, strict=True)
        ]

    def evaluate(self, question: Question) -> list[ScenarioAnswer]:
        """Solve every block once under the prices of its scenario."""
        found = []
        for program in self.programs:
            program.set_weights(question.weights[program.scenario])
            answers = program.solve(question.stock_units, question.is_open)
            cuts = [program.cut(k, a, question.full_units) for k, a in enumerate(answers)]
            found.append(ScenarioAnswer(tuple(answers), tuple(cuts)))
        return found

    def flows(self) -> list[list[BlockFlows]]:
        """Flows of the last evaluation, by scenario and block."""
        return [[program.flows(k) for k in range(len(program.blocks))] for program in self.programs]


class RecourseHelper(Protocol):
    """Somebody who evaluates part of the scenarios while this process does another part."""

    def take(self, spec: ShareSpec) -> None:
        """Hand over a share, if it is not the one at hand; returns at once."""

    def ask(self, question: Question) -> None:
        """Begin an evaluation of the share at hand; returns at once."""

    def answers(self) -> list[ScenarioAnswer]:
        """Wait for the evaluation asked for last."""

    def flows(self) -> list[list[BlockFlows]]:
        """Flows of the last evaluation, by scenario and block."""

    def close(self) -> None:
        """End the help, even in the middle of an evaluation."""


def even_groups(weights: Sequence[float], count: int) -> list[tuple[int, ...]]:
    """Split positions into groups of about the same weight, the heaviest group first.

    The longest goes first, each to the group that has least (Graham 1969, SIAM J. Appl. Math. 17,
    416-429): no group is heavier than 4/3 of the least possible.

    Parameters
    ----------
    weights
        Of each position, >= 0.
    count
        Groups, >= 1; some stay empty where there are fewer positions.

    Returns
    -------
    list
        Positions of each group, ascending.
    """
    groups: list[list[int]] = [[] for _ in range(count)]
    held = [0.0] * count
    for position in sorted(range(len(weights)), key=lambda k: -weights[k]):
        least = min(range(count), key=lambda g: (held[g], len(groups[g]), g))
        groups[least].append(position)
        held[least] += weights[position]
    order = sorted(range(count), key=lambda g: (-held[g], -len(groups[g])))
    return [tuple(sorted(groups[g])) for g in order]


class _Work:
    """What the companion does; keeps the problem and the share at hand."""

    def __init__(self, data: PlacementData) -> None:
        self._data = data
        self._share: ScenarioShare | None = None

    def __call__(self, request: ShareSpec | Question | None, _report: Report) -> object:
        """Take a share, evaluate it, or (None) return the flows of the last evaluation."""
        if isinstance(request, ShareSpec):
            self._share = ScenarioShare(self._data, request)
            return None
        if self._share is None:
            raise RuntimeError("a share comes before its questions")
        return self._share.flows() if request is None else self._share.evaluate(request)


class CompanionHelper:
    """A companion process that evaluates part of the scenarios.

    Parameters
    ----------
    data
        The placement problem.
    """

    def __init__(self, data: PlacementData) -> None:
        self._companion = Companion(_Work(data))
        self._number = -1

    def take(self, spec: ShareSpec) -> None:
        """Hand over a share, if it is not the one at hand; returns at once."""
        if spec.number != self._number:
            self._number = spec.number
            self._companion.ask(spec)

    def ask(self, question: Question) -> None:
        """Begin an evaluation; returns at once."""
        self._companion.ask(question)

    def answers(self) -> list[ScenarioAnswer]:
        """Wait for the evaluation asked for last."""
        found: list[ScenarioAnswer] = self._companion.answer()
        return found

    def flows(self) -> list[list[BlockFlows]]:
        """Flows of the last evaluation, by scenario and block."""
        self._companion.ask(None)
        found: list[list[BlockFlows]] = self._companion.answer()
        return found

    def close(self) -> None:
        """End the process."""
        self._companion.close()

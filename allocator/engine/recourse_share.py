"""A share of the scenarios, evaluated here or by a companion process beside this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.child_service import Report
from allocator.companion import Companion
from allocator.engine.recourse_cuts import BlockAnswer, BlockCut
from allocator.engine.recourse_program import ScenarioProgram
from models.placement_data import Criterion, PlacementData
from models.recourse_network import NetworkFlows

__all__ = ["Question", "RecourseHelper", "ScenarioAnswer", "ScenarioShare", "ShareSpec"]

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


class RecourseHelper:
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

"""One procedure as a network of steps, compiled once and timed for any durations.

``AND`` waits for its latest predecessor, ``OR`` for its earliest, and a ``BYPASS`` step may end
earlier than the steps it stands in for. The exact wording is in ``docs/model.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.errors import AllocatorError
from allocator.schema.procedure import ApprovalStep

__all__ = ["Network", "finish_hours", "split_codes"]

Floats = NDArray[np.float64]


def split_codes(text: str) -> tuple[str, ...]:
    """Split a list of codes parted by semicolons."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


@dataclass(frozen=True)
class _Node:
    """How one step is timed.

    Parameters
    ----------
    place
        Position of the step.
    before
        Positions of the steps it waits for.
    is_any
        Whether the first of them will do.
    stand_ins
        Positions of the bypass steps that may end earlier.
    is_enabled
        Whether it takes time.
    is_beside
        Whether it begins as soon as the steps it waits for begin.
    """

    place: int
    before: tuple[int, ...]
    is_any: bool
    stand_ins: tuple[int, ...]
    is_enabled: bool
    is_beside: bool = False


class Network:
    """Steps of one procedure.

    Parameters
    ----------
    steps
        All steps of the procedure.
    beside
        Codes of steps that are signed beside those they wait for: they begin as soon as these
        begin, and are through once these are through, too.

    Raises
    ------
    AllocatorError
        If the steps wait for each other in a circle, or for a step that does not exist.
    """

    def __init__(self, steps: Iterable[ApprovalStep], beside: Collection[str] = ()) -> None:
        self.steps: Mapping[str, ApprovalStep] = {step.step: step for step in steps}
        self._beside = frozenset(beside)
        self.codes: tuple[str, ...] = tuple(self.steps)
        self._place = {code: place for place, code in enumerate(self.codes)}
        self._nodes = self._compiled()

    def _compiled(self) -> tuple[_Node, ...]:
        """Steps in an order in which each comes after all that it looks at."""
        bypasses = _bypassed_ends(self.steps)
        graph = {
            code: {*split_codes(step.predecessors), *bypasses.get(code, ())}
            for code, step in self.steps.items()
        }
        missing = {before for after in graph.values() for before in after} - set(self.steps)
        if missing:
            raise AllocatorError(
                f"Approval_Steps: predecessors {sorted(missing)} do not exist. "
                "Maybe a code is misspelt."
            )
        try:
            order = tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle = " -> ".join(error.args[1])
            raise AllocatorError(
                f"Approval_Steps: steps wait for each other: {circle}. "
                "Maybe a predecessor is wrong."
            ) from error
        return tuple(self._node(code, bypasses.get(code, [])) for code in order)

    def _node(self, code: str, stand_ins: Iterable[str]) -> _Node:
        """One step with what it looks at, as positions."""
        step = self.steps[code]
        before = () if step.join == "START" else split_codes(step.predecessors)
        if step.join == "OR":
            before = tuple(one for one in before if self.steps[one].is_enabled) or before
        return _Node(
            place=self._place[code],
            before=tuple(self._place[one] for one in before),
            is_any=step.join == "OR",
            stand_ins=tuple(self._place[one] for one in stand_ins),
            is_enabled=step.is_enabled,
            is_beside=code in self._beside,
        )

    @property
    def nodes(self) -> tuple[_Node, ...]:
        """How each step is timed, in an order in which each comes after all that it looks at."""
        return self._nodes

    def place(self, step: str) -> int:
        """Position of a step."""
        return self._place[step]

    def durations(self, hours: Mapping[str, float]) -> Floats:
        """Durations by step as an array, shape (step,). [h]."""
        return np.array([hours[code] for code in self.codes], dtype=float)

    def finish_hours(self, durations: Floats) -> Floats:
        """Hour at which each step is through.

        Parameters
        ----------
        durations
            Shape (step,) or (step, course), >= 0; those of disabled steps do not count. [h]

        Returns
        -------
        Array
            Hours from the event, same shape. [h]
        """
        return self._timed(durations, np.add)

    def side_by_side_hours(self, durations: Floats) -> Floats:
        """Hour at which each step is through if none waits to begin: the longest on its way.

        Never later than ``finish_hours``, also with OR and BYPASS.

        Parameters
        ----------
        durations
            As for ``finish_hours``. [h]
        """
        return self._timed(durations, np.maximum)

    def _timed(self, durations: Floats, then: Callable[[Any, Any], Any]) -> Floats:
        """Finish hours, where ``then`` joins what is waited for and the step itself."""
        finish = np.zeros_like(durations, dtype=float)
        begin = np.zeros_like(finish)
        for node in self._nodes:
            start: Any = 0.0
            early: Any = 0.0
            if node.before:
                choose = np.min if node.is_any else np.max
                early = start = choose(finish[list(node.before)], axis=0)
                if node.is_beside:
                    early = choose(begin[list(node.before)], axis=0)
            own = then(early, durations[node.place] if node.is_enabled else 0.0)
            if node.is_beside:
                own = np.maximum(own, start)
            for stand_in in node.stand_ins:
                own = np.minimum(own, finish[stand_in])
            finish[node.place] = own
            # A bypass may be through before the step it stands in for has begun.
            begin[node.place] = np.minimum(early, own)
        return finish

    def one_after_other_hours(self, durations: Floats) -> Floats:
        """Hour at which each step is through if all steps on its way are signed one by one.

        Never earlier than ``finish_hours``.

        Parameters
        ----------
        durations
            As for ``finish_hours``. [h]
        """
        enabled = np.array([self.steps[code].is_enabled for code in self.codes], dtype=float)
        counted = (durations.T * enabled).T
        return np.stack(
            [
                counted[[self._place[one] for one in self.waited_for(code)]].sum(axis=0)
                for code in self.codes
            ]
        )

    def waited_for(self, step: str) -> tuple[str, ...]:
        """Codes of a step and of all steps on the way to it, in the order of the sheet."""
        wanted: set[str] = set()
        pending = [step]
        while pending:
            code = pending.pop()
            if code not in wanted:
                wanted.add(code)
                pending.extend(split_codes(self.steps[code].predecessors))
        return tuple(code for code in self.codes if code in wanted)


def _bypassed_ends(steps: Mapping[str, ApprovalStep]) -> dict[str, list[str]]:
    """Steps whose finish a bypass may bring forward: ``{last bypassed step: bypass steps}``."""
    ends: dict[str, list[str]] = {}
    for code, step in steps.items():
        if step.join != "BYPASS" or not step.is_enabled:
            continue
        targets = [target for target in split_codes(step.bypasses) if target in steps]
        followed = {
            before for target in targets for before in split_codes(steps[target].predecessors)
        }
        for target in targets:
            if target not in followed:
                ends.setdefault(target, []).append(code)
    return ends


def finish_hours(steps: Iterable[ApprovalStep]) -> dict[str, float]:
    """Hour at which each step of one procedure is through, durations as given.

    Parameters
    ----------
    steps
        All steps of one procedure.

    Returns
    -------
    dict
        ``{step: hours from the event}``. [h]

    Raises
    ------
    AllocatorError
        If the steps wait for each other in a circle, or for a step that does not exist.
    """
    network = Network(steps)
    hours = {code: step.duration_hours for code, step in network.steps.items()}
    finish = network.finish_hours(network.durations(hours))
    return dict(zip(network.codes, finish.tolist(), strict=True))

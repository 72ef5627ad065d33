"""Which sign-offs decide a release, how much later the others might end, and how late they may.

Exact on every course, through AND, OR and BYPASS. The formulae are in ``docs/model.md``
("Sign-offs by chance").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.approvals.network import Network, _Node

__all__ = ["NOISE_HOURS", "ReleaseWay"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NOISE_HOURS = 1e-9
"""Ends closer than this are the same: sums of hours carry rounding noise. [h]"""


@dataclass(frozen=True)
class ReleaseWay:
    """The way to one release in many courses at once.

    Parameters
    ----------
    network
        The procedure.
    release_step
        Step whose end releases the goods.
    durations
        By step of the network and course, shape (step, course). [h]
    """

    network: Network
    release_step: str
    durations: Floats

    @cached_property
    def finish_hours(self) -> Floats:
        """When each step is through, shape (step, course). [h]."""
        return self.network.finish_hours(self.durations)

    @property
    def release_hours(self) -> Floats:
        """When the goods are released, shape (course,). [h]."""
        return np.asarray(self.finish_hours[self._release])

    @cached_property
    def own_end_hours(self) -> Floats:
        """When each step itself is signed, even if a bypass was quicker, shape (step, course)."""
        ends = np.zeros_like(self.finish_hours)
        for node in self.network.nodes:
            ends[node.place] = self._begin(node) + self._took(node)
        return ends

    @cached_property
    def begin_hours(self) -> Floats:
        """When each step can begin, shape (step, course). [h]."""
        begins = np.zeros_like(self.finish_hours)
        for node in self.network.nodes:
            begins[node.place] = self._begin(node)
        return begins

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """Enabled steps that the release looks at, bypasses among them, in the sheet's order."""
        looked_at = self._looked_at[self._release]
        return tuple(
            code
            for place, code in enumerate(self.network.codes)
            if place in looked_at and self.network.steps[code].is_enabled
        )

    def is_delayed_by(self, steps: Iterable[str]) -> Flags:
        """Whether the release comes later if all of some steps take a little longer.

        Parameters
        ----------
        steps
            Codes; what is disabled takes no time and delays nothing.

        Returns
        -------
        Array
            Shape (course,).
        """
        longer = {self.network.place(code) for code in steps}
        grows: Flags = np.zeros(self.finish_hours.shape, dtype=np.bool_)
        for node in self.network.nodes:
            own: Flags = np.zeros(self.durations.shape[1:], dtype=np.bool_)
            if node.before:
                before = list(node.before)
                own = _grows(self.finish_hours[before], grows[before], is_least=node.is_any)
            if node.is_enabled and node.place in longer:
                own = np.ones_like(own)
            if node.stand_ins:
                others = list(node.stand_ins)
                ends = np.vstack([self.own_end_hours[[node.place]], self.finish_hours[others]])
                own = _grows(ends, np.vstack([own[None], grows[others]]), is_least=True)
            grows[node.place] = own
        return np.asarray(grows[self._release])

    def latest_end_hours(self, step: str, release_hours: Floats | float) -> Floats:
        """Latest end of a step, all others as they are, with which the release is in time.

        Parameters
        ----------
        step
            Code of an enabled step.
        release_hours
            Hour by which goods must be released, broadcasts to (course,). [h]

        Returns
        -------
        Array
            Shape (course,); infinite where the release does not need the step, minus infinity
            where no end of it will do. [h]
        """
        level = np.broadcast_to(np.asarray(release_hours), self.durations.shape[1:])
        return self._latest({self._release: level}, self.network.place(step))

    def slack_hours(self, step: str) -> Floats:
        """How much longer a step might take without delaying the release, shape (course,). [h]

        Parameters
        ----------
        step
            Code of an enabled step.
        """
        latest = self.latest_end_hours(step, self.release_hours)
        return np.asarray(np.maximum(latest - self.own_end_hours[self.network.place(step)], 0.0))

    @property
    def _release(self) -> int:
        return self.network.place(self.release_step)

    @cached_property
    def _looked_at(self) -> Mapping[int, frozenset[int]]:
        """Places whose duration may matter to the end of each place, itself included."""
        found: dict[int, frozenset[int]] = {}
        for node in self.network.nodes:
            others = (found[one] for one in (*node.before, *node.stand_ins))
            found[node.place] = frozenset({node.place}).union(*others)
        return found

    def _begin(self, node: _Node) -> Any:
        """When a step can begin. [h]"""
        if not node.before:
            return 0.0
        choose = np.min if node.is_any else np.max
        return choose(self.finish_hours[list(node.before)], axis=0)

    def _took(self, node: _Node) -> Any:
        """What a step took. [h]"""
        return self.durations[node.place] if node.is_enabled else 0.0

    def _latest(self, levels: dict[int, Floats], step: int) -> Floats:
        """Latest end of a step with which every place of ``levels`` ends by its level.

        Places that wait for all before them hand their level back, less what they take; where one
        of several ways will do, the way that leaves most time counts.
        """
        levels = dict(levels)
        latest: Floats = np.full(self.durations.shape[1:], np.inf)
        for node in reversed(self.network.nodes):
            place = node.place
            level = levels.pop(place, None)
            if level is None:
                continue
            if step not in self._looked_at[place]:
                in_time = self.finish_hours[place] <= level + NOISE_HOURS
                latest = np.where(in_time, latest, -np.inf)
            elif node.stand_ins:
                ways = [self._latest_own(node, level, step)]
                ways += [self._latest({one: level}, step) for one in node.stand_ins]
                latest = np.minimum(latest, np.max(ways, axis=0))
            elif place == step or node.is_any:
                latest = np.minimum(latest, self._latest_own(node, level, step))
            else:
                _hand_back(levels, node, level - self._took(node))
        return latest

    def _latest_own(self, node: _Node, level: Floats, step: int) -> Floats:
        """Latest end of a step with which a place itself ends by a level, without its bypass."""
        if node.place == step:
            return level
        if not any(step in self._looked_at[one] for one in node.before):
            in_time = self.own_end_hours[node.place] <= level + NOISE_HOURS
            return np.where(in_time, np.inf, -np.inf)
        start = level - self._took(node)
        if node.is_any:
            return np.asarray(
                np.max([self._latest({one: start}, step) for one in node.before], axis=0)
            )
        return self._latest(dict.fromkeys(node.before, start), step)


def _grows(ends: Floats, grows: Flags, *, is_least: bool) -> Flags:
    """Whether the least or largest of several ends grows a little, if some of them do.

    Parameters
    ----------
    ends, grows
        Shape (way, course). [h]
    is_least
        Whether the least counts.
    """
    if is_least:
        decides = ends <= ends.min(axis=0) + NOISE_HOURS
        return np.asarray((grows | ~decides).all(axis=0))
    decides = ends >= ends.max(axis=0) - NOISE_HOURS
    return np.asarray((grows & decides).any(axis=0))


def _hand_back(levels: dict[int, Floats], node: _Node, start: Floats) -> None:
    """Ask of all that a place waits for that they end by its start; the tightest level holds."""
    for one in node.before:
        levels[one] = np.minimum(levels[one], start) if one in levels else start

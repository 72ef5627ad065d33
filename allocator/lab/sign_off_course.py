"""The course of sign-offs that slow down and recover while they are at work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Network
from allocator.case import Case
from allocator.schema.lab import SectorLink

__all__ = ["Slowness", "StepCourse", "step_courses"]

Floats = NDArray[np.float64]

_SETTLED_HOURS = 1e-9


@dataclass(frozen=True)
class StepCourse:
    """One step as it goes on.

    Parameters
    ----------
    begin_hours, end_hours
        From the event; a bypass may end it before it has taken its time. [h]
    taken_hours
        How long it takes from its begin. [h]
    """

    begin_hours: float
    end_hours: float
    taken_hours: float


class Slowness:
    """How much failing sectors slow each step of a procedure down.

    Parameters
    ----------
    case
        Whose rows of Sector_Links, Departments and Sectors hold.
    network
        Steps of the procedure.
    """

    def __init__(self, case: Case, network: Network) -> None:
        level = {row.department: row.level for row in case.departments}
        place = {row.sector: k for k, row in enumerate(case.sectors)}
        links = [row for row in case.sector_links if row.acts_on == "sign_off_time"]
        self._sector = np.array([place[row.sector] for row in links], dtype=np.int64)
        self._effect = np.array(
            [
                [_effect(row, step.department, level.get(step.department, "")) for row in links]
                for step in network.steps.values()
            ],
            dtype=float,
        ).reshape(len(network.codes), len(links))

    def factors(self, inoperability: Floats) -> Floats:
        """Factor on the duration of every step, >= 1, shape (hour, step).

        Parameters
        ----------
        inoperability
            Shape (hour, sector).
        """
        failing = inoperability[:, self._sector]
        return np.asarray((1.0 + failing[:, None, :] * self._effect[None]).prod(axis=2))


def _effect(link: SectorLink, department: str, level: str) -> float:
    """Effect of a link on the steps of a department."""
    return link.effect if link.subject in {"", department, level} else 0.0


def _work_done(factors: Floats) -> Floats:
    """Hours of unhindered work that are done from hour 0 to each full hour, shape (hour + 1, step).

    Parameters
    ----------
    factors
        In each hour it takes so many hours to do the work of one, shape (hour, step), >= 1.
    """
    start = np.zeros((1, factors.shape[1]))
    return np.concatenate([start, np.cumsum(1.0 / factors, axis=0)])


def _ends(begin: Floats, durations: Floats, factors: Floats, done: Floats) -> Floats:
    """Hour at which each step that begins at an hour is done, shape (step,); the last hour lasts.

    ``factors`` and ``done`` as in ``_work_done``.
    """
    hours = np.arange(len(done), dtype=float)
    last = factors[-1]
    ends = np.empty_like(begin)
    for k in range(len(begin)):
        so_far = np.interp(begin[k], hours, done[:, k])
        so_far += max(0.0, begin[k] - hours[-1]) / last[k]
        wanted = so_far + durations[k]
        if wanted <= done[-1, k]:
            ends[k] = np.interp(wanted, done[:, k], hours)
        else:
            ends[k] = hours[-1] + (wanted - done[-1, k]) * last[k]
    return np.maximum(ends, begin)


def step_courses(
    network: Network, durations: Mapping[str, float], factors: Floats
) -> dict[str, StepCourse]:
    """Begin and end of every step of a procedure.

    A step goes on at the speed ``1 / factor`` of the hour, so what it takes depends on when it is
    at work. Begins and durations are settled in turn: with those of all steps before it a step's
    begin is right, so there are no more rounds than steps in a row.

    Parameters
    ----------
    network
        The procedure.
    durations
        Of its steps where nothing fails. [h]
    factors
        Shape (hour, step), >= 1; the last hour's hold on.
    """
    planned = network.durations(durations)
    done = _work_done(factors)
    taken = planned
    for _ in range(len(planned) + 1):
        begin = _begins(network, taken)
        settled = _ends(begin, planned, factors, done) - begin
        is_settled = np.abs(settled - taken).max(initial=0.0) <= _SETTLED_HOURS
        taken = settled
        if is_settled:
            break
    ends = network.finish_hours(taken)
    begins = np.minimum(_begins(network, taken), ends)
    told = zip(begins.tolist(), ends.tolist(), taken.tolist(), strict=True)
    return {code: StepCourse(*each) for code, each in zip(network.codes, told, strict=True)}


def _begins(network: Network, taken: Floats) -> Floats:
    """Hour at which each step begins: its end, did it take no time itself, shape (step,). [h]"""
    without = np.repeat(taken[:, None], len(taken), axis=1)
    np.fill_diagonal(without, 0.0)
    return np.asarray(np.diagonal(network.finish_hours(without)).copy())

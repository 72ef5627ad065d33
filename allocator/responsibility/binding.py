"""The step of a release chain that binds: who could have brought the release forward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Network

__all__ = ["Binding", "binding_step"]

Floats = NDArray[np.float64]

_NUDGE_HOURS = 1e-3
"""By so much a step is made shorter, or longer, to see whether the release feels it. [h]"""


@dataclass(frozen=True)
class Binding:
    """The step that binds.

    Parameters
    ----------
    procedure, step
        Its key.
    hours
        What it takes. [h]
    over_hours
        What of that is beyond its limit. [h]
    """

    procedure: str
    step: str
    hours: float
    over_hours: float


def binding_step(
    network: Network,
    release_step: str,
    hours: Mapping[str, float],
    limits: Mapping[str, float],
) -> Binding | None:
    """Find the step that is answerable for the hour of a release.

    Of the steps whose shortening brings the release forward the one that is longest over its
    limit; if none is over, the longest. Where no single step can bring it forward (two ways of
    equal length), the same of those whose lengthening delays it.

    Parameters
    ----------
    network
        The procedure.
    release_step
        The step whose end releases the goods.
    hours, limits
        Duration and limit of each step. [h]

    Returns
    -------
    Binding or None
        None where no step takes any time.
    """
    durations = network.durations(hours)
    enabled = np.array([network.steps[code].is_enabled for code in network.codes], dtype=bool)
    taking = enabled & (durations > 0)
    nudge = np.where(taking, np.minimum(durations, _NUDGE_HOURS), 0.0)
    felt = taking & _is_felt(network, release_step, durations, -nudge)
    if not felt.any():
        felt = taking & _is_felt(network, release_step, durations, nudge)
    places = np.flatnonzero(felt).tolist()
    if not places:
        return None
    bounds = network.durations(limits)
    over = np.maximum(durations - bounds, 0.0)
    # Of equals the first of the sheet: max takes it.
    place = max(places, key=lambda k: (round(float(over[k]), 9), float(durations[k])))
    step = network.codes[place]
    procedure = network.steps[step].procedure
    return Binding(procedure, step, float(durations[place]), float(over[place]))


def _is_felt(
    network: Network, release_step: str, durations: Floats, nudge: Floats
) -> NDArray[np.bool_]:
    """Whether nudging each step alone moves the release, shape (step,)."""
    courses = durations[:, None] + np.diag(nudge)
    place = network.place(release_step)
    moved = network.finish_hours(courses)[place] - network.finish_hours(durations)[place]
    return np.asarray(np.abs(moved) > np.abs(nudge) / 2)

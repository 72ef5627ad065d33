"""Discrete dynamic inoperability input-output model: how a failure runs through sectors.

``q[s, t]`` is the part of a sector's output that is lost in hour ``t``. It moves towards what its
suppliers' losses and the direct shock call for, by the sector's recovery rate an hour::

    q(t + 1) = clip(q(t) + K (A q(t) + c(t) - q(t)), 0, 1)

``A[i, j]`` is the loss that sector ``i`` takes on for a full loss of sector ``j``, ``K`` the
diagonal of recovery rates, ``c`` the direct shock (Haimes et al. 2005, Journal of Infrastructure
Systems 11(2); Crowther & Haimes 2005, Systems Engineering 8(4)). Limits: the dependencies are those
of a stable economy, linear and the same in every hour; nobody finds another supplier, and prices do
not move.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "SAFE_RADIUS",
    "cascade",
    "cycle_factor",
    "dominant_cycle",
    "next_hour",
    "spectral_radius",
    "steady_state",
]

Floats = NDArray[np.float64]

SAFE_RADIUS = 0.95
"""Spectral radius that a matrix is lowered to where its cascade would explode."""

_POWER_STEPS = 2000
_BISECTIONS = 60


def next_hour(inoperability: Floats, shock: Floats, dependence: Floats, recovery: Floats) -> Floats:
    """Inoperability an hour later.

    Parameters
    ----------
    inoperability
        ``q(t)``, shape (..., sector), in [0, 1].
    shock
        ``c(t)``, shape (..., sector), in [0, 1].
    dependence
        ``A``, shape (..., sector, sector), >= 0; row: who depends, column: on whom.
    recovery
        Diagonal of ``K``, shape (..., sector), in [0, 1]. [1/h]

    Returns
    -------
    Array
        ``q(t + 1)``, shape (..., sector), in [0, 1]; it rises with each of the arguments but
        ``recovery``.
    """
    called_for = (dependence @ inoperability[..., None])[..., 0] + shock
    return np.clip(inoperability + recovery * (called_for - inoperability), 0.0, 1.0)


def cascade(
    dependence: Floats, recovery: Floats, shock: Floats, initial: Floats | None = None
) -> Floats:
    """Inoperability of every sector in every hour.

    Parameters
    ----------
    dependence, recovery
        As for ``next_hour``; without further axes.
    shock
        ``c(t)``, shape (hour, sector), in [0, 1].
    initial
        ``q(0)``, shape (sector,); None for none.

    Returns
    -------
    Array
        ``q(0) ... q(hours)``, shape (hour + 1, sector), in [0, 1].

    Raises
    ------
    ValueError
        If shapes do not agree, or a figure is out of its range.
    """
    count = len(recovery)
    if dependence.shape != (count, count) or shock.ndim != 2 or shock.shape[1] != count:
        raise ValueError(
            f"shapes of dependence {dependence.shape}, recovery {recovery.shape} and shock "
            f"{shock.shape} do not agree."
        )
    if (dependence < 0).any() or _out_of_range(recovery) or _out_of_range(shock):
        raise ValueError("dependence must be >= 0, recovery and shock in [0, 1].")
    state = np.zeros(count) if initial is None else initial
    found = [state]
    for hour in range(len(shock)):
        state = next_hour(state, shock[hour], dependence, recovery)
        found.append(state)
    return np.array(found).reshape(len(shock) + 1, count)


def _out_of_range(values: Floats) -> bool:
    return bool((values < 0).any() or (values > 1).any())


def steady_state(dependence: Floats, shock: Floats) -> Floats:
    """Inoperability under a shock that never ends, nowhere clipped: ``(I - A)^-1 c``.

    Parameters
    ----------
    dependence
        ``A``, shape (sector, sector), spectral radius below 1.
    shock
        ``c``, shape (sector,).
    """
    return np.asarray(np.linalg.solve(np.eye(len(shock)) - dependence, shock))


def spectral_radius(dependence: Floats) -> float:
    """Largest size of an eigenvalue; the cascade explodes where it is not below 1.

    Parameters
    ----------
    dependence
        ``A``, shape (sector, sector), >= 0.
    """
    if dependence.size == 0:
        return 0.0
    return float(np.abs(np.linalg.eigvals(dependence)).max())


def dominant_cycle(dependence: Floats) -> tuple[int, ...]:
    """Sectors that bring each other down: from each to the one it owes most of its failure to.

    Followed from the sector that fails most under the Perron vector ``x`` of ``A``: from ``i`` to
    the ``j`` with the largest ``A[i, j] x[j]``, until it closes.

    Parameters
    ----------
    dependence
        ``A``, shape (sector, sector), >= 0.

    Returns
    -------
    tuple
        Sectors ``s1, s2, ...``: s1 leans on s2, s2 on s3, the last one on s1; empty where no
        sector comes back to itself.
    """
    count = len(dependence)
    failing = np.ones(count)
    for _ in range(_POWER_STEPS):
        # Of I + A, which has the same vectors and no eigenvalue of the same size on the other side.
        failing = failing + dependence @ failing
        failing = failing / failing.max(initial=1.0)
    path = [int(failing.argmax())] if count else []
    while path:
        owed = dependence[path[-1]] * failing
        after = int(owed.argmax())
        if owed[after] <= 0.0:
            return ()
        if after in path:
            return tuple(path[path.index(after) :])
        path.append(after)
    return ()


def cycle_factor(
    dependence: Floats, cycle: tuple[int, ...], target: float = SAFE_RADIUS
) -> float | None:
    """Factor by which all entries of a cycle must be lowered for a spectral radius.

    Parameters
    ----------
    dependence
        ``A``, shape (sector, sector), >= 0.
    cycle
        As found by ``dominant_cycle``.
    target
        Spectral radius to reach, > 0.

    Returns
    -------
    float or None
        In (0, 1]; None where the radius stays above the target even without these entries.
    """
    rows, columns = list(cycle), [*cycle[1:], *cycle[:1]]

    def radius(factor: float) -> float:
        lowered = dependence.copy()
        lowered[rows, columns] *= factor
        return spectral_radius(lowered)

    if radius(0.0) > target:
        return None
    low, high = 0.0, 1.0
    if radius(high) <= target:
        return high
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if radius(middle) <= target else (low, middle)
    return low

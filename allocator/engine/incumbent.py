"""What a search for placements keeps: its best plan, and what an evaluation brought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.recourse import PricedPoint

__all__ = ["Harvest", "Incumbent"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Incumbent:
    """The best plan so far.

    Parameters
    ----------
    option
        Shape (warehouse,).
    priced
        First stage and flows.
    objective
        Scaled value of the stage.
    """

    option: Integers
    priced: PricedPoint
    objective: float


@dataclass(frozen=True)
class Harvest:
    """What an evaluation brought.

    Parameters
    ----------
    added
        Number of cuts.
    values
        Scaled criteria of the flows, shape (block, criterion).
    keeps_limits
        Whether the flows keep the limits of earlier stages.
    may_keep
        Whether other flows of the point are known to keep them.
    """

    added: int
    values: Floats
    keeps_limits: bool
    may_keep: bool = False

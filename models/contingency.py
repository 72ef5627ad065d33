"""A loss on top of a scenario, and what the plan must still serve under it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Contingency"]

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Contingency:
    """A loss on top of a scenario.

    Parameters
    ----------
    scenario
        Position of the scenario.
    lost
        Whether the warehouse's stock is gone, shape (warehouse,).
    closed
        Whether the lane is gone, shape (warehouse, district in need under the scenario).
    least_share
        Weighted share of the scenario's need that must be served all the same, 0 to 1.
    """

    scenario: int
    lost: Flags
    closed: Flags
    least_share: float

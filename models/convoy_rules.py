"""How many vehicles must set off together, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["ANY_FLEET", "ConvoyRules"]

ANY_FLEET = -1
"""Stands for a rule about vehicles of all kinds together."""


@dataclass(frozen=True)
class ConvoyRules:
    """Hours in which vehicles set off in company only.

    Parameters
    ----------
    lanes
        Lanes that a rule is about, shape (rule, lane).
    fleet
        Kind that needs the company and gives it, ``ANY_FLEET`` for all together, shape (rule,).
    from_hours, to_hours
        Departures (wheels) in ``[from, to)``, shape (rule,). [h]
    vehicles
        Least number that sets off on one lane at one time, shape (rule,). [vehicles]
    kinds
        Kinds of vehicle that a rule is about at all, shape (rule, fleet); None for every kind. Of
        one lane it must be the same for all rules about all kinds together.
    """

    lanes: NDArray[np.bool_]
    fleet: NDArray[np.int64]
    from_hours: NDArray[np.float64]
    to_hours: NDArray[np.float64]
    vehicles: NDArray[np.int64]
    kinds: NDArray[np.bool_] | None = None

    def on_lanes(self, keep: NDArray[np.bool_]) -> ConvoyRules:
        """Return the rules for some lanes only.

        Parameters
        ----------
        keep
            Whether each lane is kept, shape (lane,).
        """
        return replace(self, lanes=self.lanes[:, keep])

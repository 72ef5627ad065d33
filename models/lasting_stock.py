"""Stock of which a part expires while vehicles drive: how much of it may be unloaded how late."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["LastingStock"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_SAME_HOUR = 1e-7
"""Hours closer than this are the same: sums of driving times carry rounding noise. [h]"""


def _places() -> Integers:
    return np.zeros(0, dtype=np.int64)


def _amounts() -> Floats:
    return np.zeros(0)


def _flags() -> Flags:
    return np.zeros(0, dtype=bool)


@dataclass(frozen=True)
class LastingStock:
    """Limits on what is unloaded after a part of a stock has expired; none by default.

    The limits of one stock are nested, so that keeping each of them is enough for a choice of lots
    to exist (Hall 1935): a load may be of any lot that expires late enough.

    Parameters
    ----------
    warehouse, item
        The stock, shape (limit,), whole numbers.
    from_hours
        When a part of it expires, shape (limit,). [h]
    units
        Most that may be unloaded after that hour, shape (limit,), whole, >= 0. [units]
    leaves
        Whether only what leaves the province counts, shape (limit,).

    Raises
    ------
    ValueError
        If shapes do not fit together.
    """

    warehouse: Integers = field(default_factory=_places)
    item: Integers = field(default_factory=_places)
    from_hours: Floats = field(default_factory=_amounts)
    units: Floats = field(default_factory=_amounts)
    leaves: Flags = field(default_factory=_flags)

    def __post_init__(self) -> None:
        for name in ("item", "from_hours", "units", "leaves"):
            if getattr(self, name).shape != self.warehouse.shape:
                raise ValueError(f"lasting {name} must have shape {self.warehouse.shape}.")

    def __len__(self) -> int:
        return len(self.units)

    def drawn(
        self, warehouse: Integers, item: Integers, leaves: Flags, unload_end_hours: Floats
    ) -> tuple[Integers, Integers]:
        """Find the limits that loads draw on.

        Parameters
        ----------
        warehouse, item, leaves, unload_end_hours
            Of each load, shape (load,): the stock it is of, whether it leaves the province, and
            when it is unloaded [h].

        Returns
        -------
        tuple
            Position of the load and of the limit, each of shape (entry,).
        """
        if len(self) == 0 or len(warehouse) == 0:
            return _places(), _places()
        width = 1 + max(int(self.item.max()), int(item.max()))
        own, shelf = self.warehouse * width + self.item, warehouse * width + item
        order = np.argsort(own, kind="stable")
        first = np.searchsorted(own[order], shelf, side="left")
        count = np.searchsorted(own[order], shelf, side="right") - first
        load = np.repeat(np.arange(len(shelf)), count)
        rank = np.arange(len(load)) - np.repeat(np.cumsum(count) - count, count)
        limit = order[rank + np.repeat(first, count)]
        is_drawn = unload_end_hours[load] > self.from_hours[limit] + _SAME_HOUR
        is_drawn &= leaves[load] | ~self.leaves[limit]
        return load[is_drawn], limit[is_drawn]

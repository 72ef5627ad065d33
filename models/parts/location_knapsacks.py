"""The knapsack of each warehouse: which districts it would take at given prices, whole ones only.

With the districts' balances priced out (``price[d]`` for serving ``d``), each warehouse packs the
districts with the largest total of ``price[d] - lane_cost[w,d]`` into its capacity. The sum over
the warehouses bounds the cost of all plans with one source per district, tighter than the linear
relaxation. Source: Fisher, Management Science 27 (1981) 1-18.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["entry_losses", "fillings", "forced_losses", "packings"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


def packings(gain: FloatArray, size: IntArray, room: IntArray) -> tuple[FloatArray, BoolArray]:
    """Pack districts into each warehouse for the largest gain.

    Parameters
    ----------
    gain
        Of each district in each warehouse, shape (warehouse, district); what is not positive is
        never packed.
    size
        Of each district, >= 0, shape (district,). [units]
    room
        Of each warehouse, >= 0, shape (warehouse,). [units]

    Returns
    -------
    tuple
        Total gain, shape (warehouse,), and what is packed, shape (warehouse, district).
    """
    table = _Table(gain, size, room)
    best, width = table.start(), table.item.shape[1]
    taken = np.zeros((width, best.size), dtype=np.bool_)
    for number in range(width):
        with_it = table.with_item(best, number)
        np.greater(with_it, best, out=taken[number])
        np.maximum(best, with_it, out=best)
    place = table.last.copy()
    total = best[place]
    packed = np.zeros(gain.shape, dtype=np.bool_)
    rows = np.arange(gain.shape[0])
    for number in range(width - 1, -1, -1):
        chosen = taken[number, place]
        packed[rows[chosen], table.item[chosen, number]] = True
        place -= np.where(chosen, table.size[:-1, number], 0)
    return total, packed


def fillings(gain: FloatArray, size: IntArray, room: IntArray) -> tuple[FloatArray, FloatArray]:
    """Fill each warehouse with shares of districts for the largest gain.

    Parameters
    ----------
    gain, size, room
        As in ``packings``.

    Returns
    -------
    tuple
        Total gain, shape (warehouse,), and shares taken, shape (warehouse, district), in [0, 1].
    """
    some = gain > 0.0
    width = int(some.sum(axis=1).max(initial=0))
    shares = np.zeros(gain.shape)
    if width == 0:
        return np.zeros(gain.shape[0]), shares
    # What takes no room comes first.
    rate = np.where(some, gain / np.maximum(size, 1e-12), 0.0)
    first = np.argpartition(-rate, width - 1, axis=1)[:, :width]
    ranked = np.argsort(-np.take_along_axis(rate, first, axis=1), axis=1, kind="stable")
    first = np.take_along_axis(first, ranked, axis=1)
    worth = np.maximum(np.take_along_axis(gain, first, axis=1), 0.0)
    need = np.where(worth > 0.0, size[first], 0).astype(np.float64)
    before = np.cumsum(need, axis=1) - need
    left = np.maximum(room[:, None] - before, 0.0)
    share = np.where(worth > 0.0, np.minimum(left, need) / np.maximum(need, 1e-12), 0.0)
    share = np.where((need == 0.0) & (worth > 0.0), 1.0, share)
    np.put_along_axis(shares, first, share, axis=1)
    total: FloatArray = (share * worth).sum(axis=1)
    return total, shares


def entry_losses(gain: FloatArray, size: IntArray, room: IntArray) -> FloatArray:
    """Return what the best packing loses if a district must be in, as ``forced_losses`` does.

    Parameters
    ----------
    gain, size, room
        As in ``packings``; a gain of ``-inf`` for what may not be packed.

    Returns
    -------
    FloatArray
        Losses, shape (warehouse, district), >= 0; ``inf`` where a district does not fit.
    """
    table = _Table(gain, size, room)
    width, length = table.item.shape[1], table.start().size
    before = np.empty((width + 1, length))
    before[0] = table.start()
    for number in range(width):
        np.maximum(before[number], table.with_item(before[number], number), out=before[number + 1])
    best = before[width][table.last]
    rows = np.arange(gain.shape[0])[:, None]
    fits = size <= room[:, None]
    left = table.last[:, None] - np.where(fits, size, 0)
    loss = np.where(fits, best[:, None] - before[width][left] - gain, np.inf)
    after = table.start()
    for number in range(width - 1, -1, -1):
        # Without the item: the items before it in one part of the room, those after in the rest.
        rest = after[table.mirror - table.shift(number)]
        joined = np.maximum.reduceat(before[number] + rest, table.first)
        item = table.item[:, number]
        there = table.is_item[:, number]
        forced = best - joined - gain[rows[:, 0], item]
        loss[rows[there, 0], item[there]] = forced[there]
        np.maximum(after, table.with_item(after, number), out=after)
    return np.maximum(loss, 0.0)


class _Table:
    """Knapsack tables of all warehouses end to end, each with a margin in front of its zero.

    A cell says what a warehouse gains with so much room. The margin, as wide as the largest
    district, holds ``-inf``, so that looking a district's size back never meets another warehouse.
    Each warehouse has only its own districts with a positive gain, its items.

    Parameters
    ----------
    gain, size, room
        As in ``packings``.
    """

    def __init__(self, gain: FloatArray, size: IntArray, room: IntArray) -> None:
        count = gain.shape[0]
        positive = (gain > 0.0) & (size <= room[:, None])
        numbers = positive.sum(axis=1)
        width = int(numbers.max(initial=0))
        used = np.flatnonzero(positive.any(axis=0))
        margin = int(size[used].max(initial=0))
        row, column = np.nonzero(positive)
        place = np.arange(row.size) - np.repeat(np.cumsum(numbers) - numbers, numbers)
        self.item = np.zeros((count, width), dtype=np.intp)
        self.item[row, place] = column
        self.is_item = np.arange(width) < numbers[:, None]
        # A last row, for the margins: no size, no gain.
        self.size = np.zeros((count + 1, width), dtype=np.intp)
        self.size[row, place] = size[column]
        self._gain = np.full((count + 1, width), -np.inf)
        self._gain[row, place] = gain[row, column]
        lengths = room + 1 + margin
        ends = np.cumsum(lengths)
        self.first = ends - lengths
        self.last = (ends - 1).astype(np.intp)
        self._cell = np.arange(int(ends[-1]) if count else 0)
        self._owner = np.repeat(np.arange(count), lengths)
        self._start = np.where(self._cell < np.repeat(self.first + margin, lengths), -np.inf, 0.0)
        #: Where a cell's rest of the room lies.
        self.mirror = np.repeat(self.last + self.first + margin, lengths) - self._cell
        self._owner[np.isneginf(self._start)] = count
        self.mirror[self._owner == count] = 0

    def start(self) -> FloatArray:
        """Return the table without any item, shape (cell,)."""
        return self._start.copy()

    def shift(self, number: int) -> IntArray:
        """Return the size of each warehouse's item of a number, shape (cell,)."""
        return self.size[:, number].take(self._owner)

    def with_item(self, best: FloatArray, number: int) -> FloatArray:
        """Return the gains if the item of a number is in, shape (cell,)."""
        with_it = best.take(self._cell - self.shift(number))
        with_it += self._gain[:, number].take(self._owner)
        return with_it


def forced_losses(
    gain: FloatArray, size: IntArray, room: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return what the best packing loses if a district must be in, or must be out.

    Parameters
    ----------
    gain, size, room
        As in ``packings``.

    Returns
    -------
    tuple
        Losses, each of shape (warehouse, district), >= 0; ``inf`` where a district does not fit.
    """
    warehouses, districts = gain.shape
    most = int(room.max(initial=0))
    before = np.zeros((districts + 1, warehouses, most + 1))
    after = np.zeros((districts + 1, warehouses, most + 1))
    for district in range(districts):
        _extend(before[district], before[district + 1], gain[:, district], int(size[district]))
    for district in range(districts - 1, -1, -1):
        _extend(after[district + 1], after[district], gain[:, district], int(size[district]))
    best = before[districts][np.arange(warehouses), room]
    inside = np.full((warehouses, districts), np.inf)
    outside = np.full((warehouses, districts), np.inf)
    for warehouse in range(warehouses):
        space = int(room[warehouse])
        first = before[:districts, warehouse, : space + 1]
        second = after[1:, warehouse, : space + 1]
        outside[warehouse] = best[warehouse] - (first + second[:, ::-1]).max(axis=1)
        for district in np.flatnonzero(size <= space).tolist():
            less = space - int(size[district])
            rest = first[district, : less + 1] + second[district, less::-1]
            inside[warehouse, district] = (
                best[warehouse] - float(rest.max()) - gain[warehouse, district]
            )
    return np.maximum(inside, 0.0), np.maximum(outside, 0.0)


def _extend(best: FloatArray, further: FloatArray, gain: FloatArray, units: int) -> None:
    """Write into ``further`` what ``best`` becomes with one more district."""
    further[:] = best
    if units < best.shape[1]:
        with_it = best[:, : best.shape[1] - units] + gain[:, None]
        np.maximum(best[:, units:], with_it, out=further[:, units:])

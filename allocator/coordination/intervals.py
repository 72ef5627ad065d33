"""What solver gaps leave open: values, and shares of values, that are known as intervals.

The loss of a dispatch never falls when goods are released later: a plan for later releases can be
carried out under earlier ones as well. So everything that is known of one table of release hours
says something of others, and values that would break this order need not be looked at. Within
that, the least and the largest share of a player are linear programs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.errors import SolveError
from allocator.solver import LinearProgram, Session, SolveOptions

__all__ = ["Boxes", "closed", "drawn_intervals", "order_of", "points", "share_intervals"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_GRAIN_CNY = 2.0**-10
"""Values are whole multiples of this, so that their differences have no noise of rounding."""

_TOLERANCE = 1e-6
"""Share of a value by which a bound may pass another plan's value: rounding of solvers."""


@dataclass(frozen=True)
class Boxes:
    """Where each value lies.

    Parameters
    ----------
    low, high
        Shape (table,). [CNY]
    """

    low: Floats
    high: Floats


def order_of(tables: Floats) -> Flags:
    """Say which table of release hours is nowhere later than which.

    Parameters
    ----------
    tables
        Distinct rows, shape (table, rule). [h]

    Returns
    -------
    Flags
        Shape (table, table): ``[a, b]`` if ``a`` releases everything no later than ``b``.
    """
    found = np.ones((len(tables), len(tables)), dtype=np.bool_)
    for hours in tables.T:
        found &= hours[:, None] <= hours[None, :]
    return found


def closed(boxes: Boxes, order: Flags) -> Boxes:
    """Tighten boxes by the order: no value is below one that is before it.

    Parameters
    ----------
    boxes
        As the solver left them.
    order
        ``[a, b]`` if the value of ``a`` is no more than that of ``b``; reflexive, transitive.

    Returns
    -------
    Boxes
        Both ends rise along the order, so that each is a possible set of values itself; they are
        rounded to whole grains, a thousandth of a CNY.

    Raises
    ------
    SolveError
        If the boxes contradict the order by more than rounding.
    """
    low = np.where(order, boxes.low[:, None], -np.inf).max(axis=0)
    high = np.where(order, boxes.high[None, :], np.inf).min(axis=1)
    over = low - high
    if (over > _TOLERANCE * np.maximum(1.0, np.abs(high))).any():
        place = int(np.argmax(over))
        raise SolveError(
            f"a loss of at least {low[place]:.6g} CNY is proven where a plan for later releases "
            f"loses {high[place]:.6g} CNY. Maybe report this case: a bound is wrong."
        )
    # The lesser of two that rise along the order rises along it, too.
    return Boxes(_in_grains(np.minimum(low, high)), _in_grains(high))


def points(boxes: Boxes, order: Flags, likely: Floats | None = None) -> Floats:
    """Choose one value in each box, so that they rise along the order.

    Parameters
    ----------
    boxes
        As ``closed`` leaves them.
    order
        As for ``closed``.
    likely
        Values that a converged relaxation gives, shape (table,); None to take the best plan known,
        which is the upper end.
    """
    if likely is None:
        return boxes.high.copy()
    rising = np.where(order, likely[:, None], -np.inf).max(axis=0)
    chosen: Floats = np.clip(_in_grains(rising), boxes.low, boxes.high)
    return chosen


def _in_grains(values: Floats) -> Floats:
    """Values rounded to whole grains."""
    rounded: Floats = np.round(values / _GRAIN_CNY) * _GRAIN_CNY
    return rounded


def _covers(order: Flags) -> tuple[Integers, Integers]:
    """Pairs of the order that do not follow from others."""
    strict = order & ~np.eye(len(order), dtype=np.bool_)
    steps = strict.astype(np.float32)
    before, after = np.nonzero(strict & ~(steps @ steps > 0.5))
    return before, after


def share_intervals(weights: Floats, boxes: Boxes, order: Flags) -> Boxes:
    """Least and largest value of linear forms over all values that boxes and order allow.

    Parameters
    ----------
    weights
        Shape (player, table), each row adding up to 0: the share is ``weights @ values``.
    boxes
        As ``closed`` leaves them.
    order
        As for ``closed``.

    Returns
    -------
    Boxes
        Of shape (player,). They hold for sure: the ends are bounds that the duals prove.
    """
    apart = Boxes(
        np.where(weights > 0, weights * boxes.low, weights * boxes.high).sum(axis=1),
        np.where(weights > 0, weights * boxes.high, weights * boxes.low).sum(axis=1),
    )
    unit = float((boxes.high - boxes.low).max(initial=0.0))
    if unit == 0.0:
        return apart
    session = Session(_program(boxes, order, unit))
    base = weights @ boxes.low
    # Weights are small where players are many; HiGHS counts small costs as none.
    scale = np.maximum(np.abs(weights).max(axis=1), 1e-300)
    low, high = apart.low.copy(), apart.high.copy()
    for player, row in enumerate(weights):
        for sign in (1.0, -1.0):
            end = _least(session, sign * row / scale[player])
            if end is None:
                continue
            value = base[player] + sign * end * scale[player] * unit
            if sign > 0:
                low[player] = max(low[player], value)
            else:
                high[player] = min(high[player], value)
    return Boxes(np.minimum(low, high), np.maximum(low, high))


def _program(boxes: Boxes, order: Flags, unit: float) -> LinearProgram:
    """Values as what they are above the low end, in shares of the widest box."""
    before, after = _covers(order)
    is_open = boxes.high[before] > boxes.low[after]
    before, after = before[is_open], after[is_open]
    rows, count = np.arange(len(before)), len(boxes.low)
    ones = np.ones(len(before))
    matrix = sparse.csr_array(
        (
            np.concatenate([ones, -ones]),
            (np.concatenate([rows, rows]), np.concatenate([after, before])),
        ),
        shape=(len(before), count),
    )
    return LinearProgram(
        cost=np.zeros(count),
        offset=0.0,
        column_lower=np.zeros(count),
        column_upper=(boxes.high - boxes.low) / unit,
        integer=np.zeros(count, dtype=np.bool_),
        matrix=matrix,
        row_lower=(boxes.low[before] - boxes.low[after]) / unit,
        row_upper=np.full(len(before), np.inf),
    )


def _least(session: Session, cost: Floats) -> float | None:
    """Proven least value of a linear form; None where the solver proves nothing."""
    session.change_costs(np.arange(cost.size), cost)
    return session.solve(SolveOptions(gap=0.0)).bound


def drawn_intervals(orders: Integers, chains: Boxes) -> Boxes:
    """Where the mean of what each player adds in drawn orders lies.

    Simpler than ``share_intervals``, and wider: what a player adds is bounded order by order; then
    the means must add up to the total.

    Parameters
    ----------
    orders
        Shape (order, player).
    chains
        Values of the first ``k`` players of each order, shape (order, player + 1); ends as
        ``closed`` leaves them.
    """
    least = np.maximum(chains.low[:, 1:] - chains.high[:, :-1], 0.0)
    most = np.maximum(chains.high[:, 1:] - chains.low[:, :-1], 0.0)
    low, high = np.empty_like(least), np.empty_like(most)
    np.put_along_axis(low, orders, least, axis=1)
    np.put_along_axis(high, orders, most, axis=1)
    mean_low, mean_high = low.mean(axis=0), high.mean(axis=0)
    total_low = max(float(chains.low[0, -1] - chains.high[0, 0]), 0.0)
    total_high = float(chains.high[0, -1] - chains.low[0, 0])
    others_low, others_high = mean_low.sum() - mean_low, mean_high.sum() - mean_high
    return Boxes(
        np.maximum(mean_low, total_low - others_high),
        np.minimum(mean_high, total_high - others_low),
    )

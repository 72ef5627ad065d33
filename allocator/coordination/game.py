"""The delay cost split over the departments that sign late.

A coalition signs at actual speed, everybody else within the limits; its value is the loss under the
hours of release that follow. Many coalitions lead to the same hours, so that few losses answer for
all of them: where they do, the game is solved exactly, else orders are drawn. A department whose
delay changes no hour of release, whoever else is late, is left out and has exactly 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allocator.coordination.intervals import Boxes, drawn_intervals, share_intervals
from allocator.coordination.known import View
from allocator.coordination.ranges import Range
from models.shapley import draw_orders, exact_shares, member_table, sampled_shares, share_weights

__all__ = ["CoalitionTables", "DrawnGame", "ExactGame", "Split", "game_of"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_PLAYERS = 16
"""Players up to which all coalitions are written down."""

MOST_TABLES = 1024
"""Distinct tables of release hours up to which all of them are asked for."""


class CoalitionTables(Protocol):
    """Who knows the hours of release of a coalition."""

    @property
    def late_departments(self) -> tuple[str, ...]:
        """Departments with a step over its limit."""

    def of_coalitions(self, departments: Sequence[str], members: Flags) -> Floats:
        """Hours of release, shape (coalition, rule)."""

    def load_starts(self, tables: Floats) -> Floats:
        """Hours from which goods are loaded, same shape."""


@dataclass(frozen=True)
class Split:
    """Shares of a delay cost.

    Parameters
    ----------
    players
        Departments that take part; all others have 0.
    shares
        With their intervals, shape (player,). [CNY]
    half_width
        Half of the 95 % confidence interval, shape (player,); None where the shares are exact.
    person_hours
        Shares of the added waiting, shape (player,). [person-h]
    total
        Delay cost. [CNY]
    total_person_hours
        Added waiting. [person-h]
    is_whole
        Whether the shares add up to the total. They do not where time was up before all was known:
        then each is what is certain at least, or the mean of the orders that were finished.
    coalition_count, table_count
        Coalitions of the game (0 where drawn), and distinct tables they lead to.
    """

    players: tuple[str, ...]
    shares: tuple[Range, ...]
    half_width: tuple[float, ...] | None
    person_hours: tuple[float, ...]
    total: Range
    total_person_hours: float
    is_whole: bool
    coalition_count: int
    table_count: int


@dataclass(frozen=True)
class ExactGame:
    """A game of which every coalition is written down.

    Parameters
    ----------
    players
        Departments that change an hour of release.
    tables
        Distinct tables, shape (table, rule). [h]
    table_of
        Row of each coalition, shape (2 ** player,).
    """

    players: tuple[str, ...]
    tables: Floats
    table_of: Integers

    def questions(self) -> Floats:
        """Tables to ask for, those of nobody, all, one and all but one first."""
        size = member_table(len(self.players)).sum(axis=1)
        distance = np.minimum(size, len(self.players) - size)
        first = np.full(len(self.tables), len(self.players))
        np.minimum.at(first, self.table_of, distance)
        return self.tables[np.argsort(first, kind="stable")]

    def split(self, view: View) -> Split:
        """Shares, from the losses as they are known."""
        rows = view.rows(self.tables)
        place = rows[self.table_of]
        weights = self._weights()
        order = view.order[np.ix_(rows, rows)]
        ranges = share_intervals(weights, Boxes(view.boxes.low[rows], view.boxes.high[rows]), order)
        is_whole = bool(view.is_known[rows].all())
        shares = exact_shares(view.points[place]) if is_whole else self._certain(view, weights)
        hours = exact_shares(view.person_hours[place]) if is_whole else np.zeros(len(self.players))
        return Split(
            players=self.players,
            shares=_with_ends(shares, ranges),
            half_width=None,
            person_hours=tuple(hours.tolist()),
            total=view.rise(self.tables[self.table_of[0]], self.tables[self.table_of[-1]]),
            total_person_hours=float(view.person_hours[place[-1]] - view.person_hours[place[0]]),
            is_whole=is_whole,
            coalition_count=len(self.table_of),
            table_count=len(self.tables),
        )

    def _certain(self, view: View, weights: Floats) -> Floats:
        """Least share of each, whatever the losses that are not known yet, shape (player,)."""
        rows = view.rows(self.tables)
        order, values = view.order[np.ix_(rows, rows)], view.points[rows]
        known = view.is_known[rows]
        known[self.table_of[[0, -1]]] = True
        between = Boxes(
            np.where(order & known[:, None], values[:, None], -np.inf).max(axis=0),
            np.where(order & known[None, :], values[None, :], np.inf).min(axis=1),
        )
        certain: Floats = np.maximum(share_intervals(weights, between, order).low, 0.0)
        return certain

    def _weights(self) -> Floats:
        """Weight of each distinct table's loss in each share, shape (player, table)."""
        by_coalition = share_weights(len(self.players))
        count = len(self.tables)
        return np.array(
            [np.bincount(self.table_of, weights=row, minlength=count) for row in by_coalition]
        ).reshape(len(self.players), count)


@dataclass(frozen=True)
class DrawnGame:
    """A game with too many coalitions, of which orders are drawn.

    Parameters
    ----------
    players
        Departments that sign late.
    tables
        Distinct tables, shape (table, rule). [h]
    orders
        Shape (order, player), in pairs of opposite orders.
    table_of
        Row of the first ``k`` players of each order, shape (order, player + 1).
    """

    players: tuple[str, ...]
    tables: Floats
    orders: Integers
    table_of: Integers

    def questions(self) -> Floats:
        """Tables to ask for, one pair of orders after the other."""
        _, first = np.unique(self.table_of, return_index=True)
        return self.tables[self.table_of.ravel()[np.sort(first)]]

    def split(self, view: View) -> Split:
        """Shares, from the pairs of orders whose losses are known."""
        rows = view.rows(self.tables)
        known: Flags = np.all(view.is_known[rows][self.table_of], axis=1)
        pairs = int(np.cumprod(known[0::2] & known[1::2]).sum())
        total = view.rise(self.tables[self.table_of[0, 0]], self.tables[self.table_of[0, -1]])
        place = rows[self.table_of]
        hours = view.person_hours[place]
        count = len(self.players)
        shares, half, their_hours = np.zeros(count), np.full(count, np.inf), np.zeros(count)
        ranges = Boxes(np.zeros(count), np.full(count, total.high))
        if pairs:
            orders, drawn = self.orders[: 2 * pairs], place[: 2 * pairs]
            found = sampled_shares(orders, view.points[drawn])
            shares, half = found.shares, found.half_width
            their_hours = sampled_shares(orders, hours[: 2 * pairs]).shares
            ranges = drawn_intervals(orders, Boxes(view.boxes.low[drawn], view.boxes.high[drawn]))
        return Split(
            players=self.players,
            shares=_with_ends(shares, ranges),
            half_width=tuple(np.where(np.isinf(half), total.high, half).tolist()),
            person_hours=tuple(their_hours.tolist()),
            total=total,
            total_person_hours=float(hours[0, -1] - hours[0, 0]),
            is_whole=pairs > 0,
            coalition_count=0,
            table_count=len(self.tables),
        )


def _with_ends(shares: Floats, ranges: Boxes) -> tuple[Range, ...]:
    """Shares with their intervals, which rounding must not leave them out of."""
    low, high = np.minimum(ranges.low, shares), np.maximum(ranges.high, shares)
    return tuple(map(Range, shares.tolist(), low.tolist(), high.tolist()))


def game_of(tables: CoalitionTables, pair_count: int, seed: int) -> ExactGame | DrawnGame:
    """Set up the game of the late departments.

    Parameters
    ----------
    tables
        Knows the hours of release of a coalition.
    pair_count
        Pairs of orders to draw where the game is too large to be exact.
    seed
        Of the draws.
    """
    players = tables.late_departments
    if len(players) <= MOST_PLAYERS:
        starts = tables.load_starts(tables.of_coalitions(players, member_table(len(players))))
        distinct, table_of = np.unique(starts, axis=0, return_inverse=True)
        if len(distinct) <= MOST_TABLES:
            return _without_dummies(players, distinct, table_of.reshape(-1))
    orders = draw_orders(len(players), pair_count, seed)
    members = np.zeros((*orders.shape, len(players)), dtype=np.bool_)
    rows = np.arange(len(orders))
    for k in range(len(players)):
        members[rows, k:, orders[:, k]] = True
    nobody = np.zeros((len(orders), 1, len(players)), dtype=np.bool_)
    chains = np.concatenate([nobody, members], axis=1).reshape(-1, len(players))
    starts = tables.load_starts(tables.of_coalitions(players, chains))
    distinct, table_of = np.unique(starts, axis=0, return_inverse=True)
    return DrawnGame(players, distinct, orders, table_of.reshape(len(orders), len(players) + 1))


def _without_dummies(players: tuple[str, ...], tables: Floats, table_of: Integers) -> ExactGame:
    """Leave out departments that change no hour of release, whoever else is late."""
    coalitions = np.arange(len(table_of))
    kept = [
        k
        for k in range(len(players))
        if (table_of[coalitions | 1 << k] != table_of[coalitions & ~(1 << k)]).any()
    ]
    bits = np.array([1 << k for k in kept], dtype=np.int64)
    lasting = member_table(len(kept)) @ bits if kept else np.zeros(1, dtype=np.int64)
    return ExactGame(tuple(players[k] for k in kept), tables, table_of[lasting])

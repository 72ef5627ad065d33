"""Tables of release hours of one scenario that are solved, and what they say of each other.

Releasing anything later only takes trips away. So the loss rises with the table, exactly:

- what is proven of a table is a bound of every table that is nowhere earlier;
- a plan is one for every table that is nowhere later than its own first departures.

The interval of a table is the best of both over all tables solved so far, and so is never wider
than its own, and both its ends rise with the table, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_again import Neighbour, TableSolution
from models.dispatch_values import DispatchResult

__all__ = ["Closed", "SolvedTables"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Starts = NDArray[np.int16]

_NEAR = 24
"""Tables among which the neighbour is looked for."""

_SAME = 2e-7
"""Share of the value by which relaxed values that enclose another one may differ."""


@dataclass(frozen=True)
class Closed:
    """What all solved tables say of one.

    Parameters
    ----------
    low_cny, high_cny
        Interval of its loss. [CNY]
    relaxed_cny, relaxed_high_cny
        Interval of its relaxed value; the first of them rises with the table, the second is
        infinite where nothing is known. None where tables have none. [CNY]
    best
        Solution whose plan has the upper end.
    """

    low_cny: float
    high_cny: float
    relaxed_cny: float | None
    relaxed_high_cny: float
    best: TableSolution

    def is_narrow(self, gap: float) -> bool:
        """Whether nothing is to be gained from solving the table itself.

        Parameters
        ----------
        gap
            Relative width of the interval that is good enough.
        """
        if self.high_cny - self.low_cny > gap * abs(self.high_cny):
            return False
        return self.relaxed_cny is None or self.exact_relaxed_cny is not None

    @property
    def exact_relaxed_cny(self) -> float | None:
        """Relaxed value where its interval is no more than rounding, else None. [CNY]."""
        if self.relaxed_cny is None:
            return None
        width = self.relaxed_high_cny - self.relaxed_cny
        return self.relaxed_cny if width <= _SAME * abs(self.high_cny) else None


class SolvedTables:
    """Keeps what tables of one scenario came to.

    Cells that no table tells apart are compared once.

    Parameters
    ----------
    idle
        What it comes to if nobody drives, which every table allows.
    """

    def __init__(self, idle: TableSolution) -> None:
        self._idle = idle
        self._tables: list[Starts] = []
        self._solutions: list[TableSolution] = []
        self._keys: set[bytes] = set()
        self._label: Integers = np.zeros(len(idle.starts), dtype=np.int64)
        self._first: Integers = np.zeros(min(1, len(idle.starts)), dtype=np.int64)
        self._rows: list[tuple[Starts, Starts, Starts]] = []

    def __len__(self) -> int:
        return len(self._solutions)

    def __contains__(self, starts: Starts) -> bool:
        return starts.tobytes() in self._keys

    def add(self, starts: Starts, solution: TableSolution) -> None:
        """Keep what a table came to."""
        self._tell_apart(starts)
        self._keys.add(starts.tobytes())
        self._tables.append(starts)
        self._solutions.append(solution)
        self._rows.append(self._row(starts, solution))

    def _row(self, starts: Starts, solution: TableSolution) -> tuple[Starts, Starts, Starts]:
        """First departures of a table, its plan and its relaxed plan, shape (kind of cell,)."""
        found = [starts[self._first]]
        for used in (solution.starts, solution.relaxed_starts):
            least = np.full(len(self._first), np.iinfo(np.int16).max, dtype=np.int16)
            np.minimum.at(least, self._label, used)
            found.append(least)
        return found[0], found[1], found[2]

    def _tell_apart(self, starts: Starts) -> None:
        """Tell cells apart that differ in a table."""
        if bool((starts[self._first][self._label] == starts).all()):
            return
        key = self._label * (int(starts.max(initial=0)) + 1) + starts
        _, self._first, label = np.unique(key, return_index=True, return_inverse=True)
        self._label = label.reshape(-1)
        pairs = zip(self._tables, self._solutions, strict=True)
        self._rows = [self._row(*pair) for pair in pairs]

    def known_plan(self, starts: Starts) -> DispatchResult | None:
        """The best plan so far that a table allows; None where it is of no use elsewhere."""
        return self.closed(starts).best.result

    def near(
        self, starts: Starts, unevenness: Callable[[Starts, Starts], float]
    ) -> Neighbour | None:
        """The table whose plan is moved best, of those alike the best plan; None without plans.

        Parameters
        ----------
        starts
            First departures of the table, shape (cell,).
        unevenness
            How ill plans can be moved from one table to another.
        """
        plans = [k for k, each in enumerate(self._solutions) if each.result is not None]
        if not plans:
            return None
        self._tell_apart(starts)
        own = starts[self._first].astype(np.int64)
        distance = [int(np.abs(self._rows[k][0] - own).sum()) for k in plans]
        nearest = [plans[k] for k in np.argsort(distance, kind="stable")[:_NEAR].tolist()]
        best = min(
            nearest,
            key=lambda k: (unevenness(self._tables[k], starts), self._solutions[k].gap),
        )
        result = self._solutions[best].result
        if result is None:
            raise RuntimeError("a table without a plan is no neighbour")
        return Neighbour(self._tables[best], result, self._solutions[best].gap)

    def closed(self, starts: Starts) -> Closed:
        """What all solved tables say of one, solved or not.

        Parameters
        ----------
        starts
            First departures of the table, shape (cell,).
        """
        if not self._solutions:
            return Closed(0.0, self._idle.value_cny, None, np.inf, self._idle)
        self._tell_apart(starts)
        own = starts[self._first]
        tables, plans, relaxed = (np.array(part) for part in zip(*self._rows, strict=True))
        is_earlier = (tables <= own).all(axis=1)
        best = self._idle
        for place in np.flatnonzero((plans >= own).all(axis=1)).tolist():
            if self._solutions[place].value_cny < best.value_cny:
                best = self._solutions[place]
        high = best.value_cny
        bounds = np.array([solution.bound_cny for solution in self._solutions], dtype=float)
        low = min(float(bounds[is_earlier].max(initial=0.0)), high)
        values = [solution.relaxed_cny for solution in self._solutions]
        known = np.array([value for value in values if value is not None], dtype=float)
        if len(known) < len(values):
            return Closed(low, high, None, np.inf, best)
        least = float(known[is_earlier].max(initial=0.0))
        most = float(known[(relaxed >= own).all(axis=1)].min(initial=np.inf))
        return Closed(low, high, min(max(least, low), high), max(least, most), best)

    def is_enclosed(self, starts: Starts) -> bool:
        """Whether tables before and after one are solved, so that its interval has two ends."""
        if not self._solutions:
            return False
        self._tell_apart(starts)
        tables, own = np.array([row[0] for row in self._rows]), starts[self._first]
        is_earlier, is_later = (tables <= own).all(axis=1), (tables >= own).all(axis=1)
        return bool(is_earlier.any() and is_later.any())

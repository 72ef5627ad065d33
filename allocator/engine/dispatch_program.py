"""The program of the relaxation, kept warm in HiGHS while it gets rows and columns.

New rows leave the last basis feasible for the dual simplex method, new columns and new prices
leave it feasible for the primal one; each is solved by the method it suits, which takes a fifth of
the time of solving anew. A window that is split keeps its row, beside those of its parts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.engine.dispatch_columns import Columns, UnmetCap, join_columns
from allocator.engine.dispatch_duals import Duals
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices
from allocator.engine.dispatch_windows import Windows, split_congested, whole_horizon
from allocator.solver import LinearProgram, Session, SolveOptions, SolveResult

__all__ = ["RelaxationProgram"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_WARM = {"presolve": "off", "solver": "simplex"}
_DUAL, _PRIMAL = {**_WARM, "simplex_strategy": 1}, {**_WARM, "simplex_strategy": 4}

_NEGLIGIBLE = 1e-9
"""Reduced costs up to this are none."""


class _WindowRows:
    """Rows of one kind of hourly limit: one for every window there has ever been.

    Parameters
    ----------
    windows
        The present partition of the hours.
    """

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        self.rows: Integers = np.zeros(0, dtype=np.int64)
        self._known: Integers = np.zeros(0, dtype=np.int64)
        self._cover = sparse.csr_array((0, windows.row.size))

    def new_rows(self) -> tuple[Any, Floats]:
        """Windows without a row: hours covered, shape (window, resource x hour), and limits."""
        resource, begin, end = self.windows.intervals()
        hours = self.windows.row.shape[1]
        key = (resource * hours + begin) * (hours + 1) + end
        chosen = np.flatnonzero(~np.isin(key, self._known))
        self._known = np.concatenate([self._known, key[chosen]])
        length = (end - begin)[chosen]
        window = np.repeat(np.arange(len(chosen)), length)
        first = np.repeat(np.cumsum(length) - length, length)
        place = np.repeat((resource * hours + begin)[chosen], length)
        cells = place + np.arange(len(window)) - first
        shape = (len(chosen), self.windows.row.size)
        cover = sparse.csr_array((np.ones(len(window)), (window, cells)), shape=shape)
        return cover, np.asarray(cover @ self.windows.limit.ravel())

    def number(self, rows: Integers, cover: Any) -> None:
        """Take in where the program has put new rows."""
        self.rows = np.concatenate([self.rows, rows])
        self._cover = sparse.vstack([self._cover, cover], format="csr")

    def entries(self, use: Any, row_count: int) -> Any:
        """Coefficients of columns in all rows of the program, shape (row, column).

        Parameters
        ----------
        use
            What each column takes by hour, shape (resource x hour, column).
        row_count
            Rows of the program.
        """
        part = sparse.coo_array(self._cover @ use)
        shape = (row_count, use.shape[1])
        return sparse.csc_array((part.data, (self.rows[part.coords[0]], part.coords[1])), shape)

    def hourly(self, prices: Floats) -> Floats:
        """Prices of the program's rows as prices of each hour, shape (resource, hour)."""
        return np.asarray(self._cover.T @ prices[self.rows]).reshape(self.windows.row.shape)


class RelaxationProgram:
    """Trips as columns, hourly limits as rows of windows; what one stage adds serves the next.

    The columns of the program are the unmet units of each need, what passes the cap, and the
    trips. Its first rows are needs, stock, leave to go out, and the cap.

    Parameters
    ----------
    problem
        The problem.
    columns
        Trips to begin with.
    """

    def __init__(self, problem: DispatchProblem, columns: Columns) -> None:
        self.problem = problem
        data = problem.data
        self.kinds = tuple(
            _WindowRows(whole_horizon(limit))
            for limit in (problem.dock_limit, problem.pool_limit, problem.receive_limit)
        )
        self._needs, self._shelves = data.need_count, data.stock_units.size
        self._cap_row = self._needs + 2 * self._shelves
        self._session = Session(self._empty_program())
        nothing = np.zeros(0, dtype=np.int64)
        empty = np.zeros((0, columns.need.shape[1]))
        self.columns = Columns(nothing, empty.astype(np.int64), empty)
        self._prices = StagePrices(
            np.zeros(self._needs), np.zeros(self._needs), np.zeros(data.trip_cost_cny.shape)
        )
        self.is_solved = False
        self._is_narrower = False
        self.add_window_rows()
        self.add_columns(columns)

    @property
    def row_count(self) -> int:
        """Number of rows."""
        return self._session.row_count

    def _empty_program(self) -> LinearProgram:
        """Program without trips and windows."""
        data, needs, last = self.problem.data, self._needs, self._cap_row
        every = np.arange(needs)
        row = np.concatenate([every, np.full(needs + 1, last)])
        column = np.concatenate([every, every, [needs]])
        value = np.concatenate([np.ones(needs), data.need_weight, [-1.0]])
        nothing = np.full(2 * self._shelves + 1, -np.inf)
        limits = [data.stock_units.ravel(), data.outside_units.ravel(), [np.inf]]
        return LinearProgram(
            cost=np.zeros(needs + 1),
            offset=0.0,
            column_lower=np.zeros(needs + 1),
            column_upper=np.full(needs + 1, np.inf),
            integer=np.zeros(needs + 1, dtype=bool),
            matrix=sparse.csc_array((value, (row, column)), shape=(last + 1, needs + 1)),
            row_lower=np.concatenate([self.problem.need_units, nothing]),
            row_upper=np.concatenate([np.full(needs, np.inf), *limits]).astype(np.float64),
        )

    # --- what it charges ---------------------------------------------------------------------

    def charge(self, prices: StagePrices, cap: UnmetCap) -> None:
        """Take the prices of a stage, and the limit on unmet need."""
        self._prices = prices
        trips = self.columns.price(self.problem, prices)
        cost = np.concatenate([prices.lost, np.array([cap.price]), trips])
        self._session.change_costs(np.arange(self._session.column_count), cost)
        self._session.change_offset(self.problem.rest_price(prices))
        self._session.change_row_bounds([self._cap_row], [-np.inf], [cap.limit])

    def turn_to(self, problem: DispatchProblem) -> None:
        """Go on with a problem that differs only in when goods are released.

        Trips with something on board that is not released by their start are closed, others open.

        Parameters
        ----------
        problem
            The same trips, with other items that they may carry.
        """
        self.problem = problem
        column, need, _ = self.columns.entries()
        trip, item = self.columns.trip[column], problem.data.need_item[need]
        is_open = np.ones(len(self.columns), dtype=bool)
        is_open[column[~problem.table.carries[trip, item]]] = False
        places = self._needs + 1 + np.arange(len(self.columns))
        most = np.where(is_open, np.inf, 0.0)
        self._session.change_column_bounds(places, np.zeros(len(most)), most)
        self._is_narrower = True

    # --- growing and shrinking ---------------------------------------------------------------

    def add_columns(self, columns: Columns) -> None:
        """Offer further trips."""
        data, problem = self.problem.data, self.problem
        column, need, units = columns.entries()
        trip = columns.trip
        shelf = problem.warehouse[trip[column]] * data.item_count + data.need_item[need]
        out = problem.leaves[trip[column]] & problem.outside_binds.ravel()[shelf]
        row = (need, self._needs + shelf, self._needs + self._shelves + shelf[out])
        value = (units, units, units[out])
        places = np.concatenate(row), np.concatenate([column, column, column[out]])
        shape = (self.row_count, len(columns))
        matrix = sparse.csc_array((np.concatenate(value), places), shape=shape)
        for kind, use in zip(self.kinds, self._use(columns), strict=True):
            matrix = matrix + kind.entries(use, self.row_count)
        nothing, cost = np.zeros(len(columns)), columns.price(problem, self._prices)
        self._session.add_columns(cost, nothing, np.full(len(columns), np.inf), matrix)
        self.columns = join_columns([self.columns, columns])

    def add_window_rows(self) -> int:
        """Add the rows of windows that have none; return how many."""
        added = 0
        for kind, use in zip(self.kinds, self._use(self.columns), strict=True):
            cover, limit = kind.new_rows()
            if len(limit):
                unmet = sparse.csr_array((len(limit), self._needs + 1))
                matrix = sparse.hstack([unmet, cover @ use], format="csr")
                rows = self._session.add_rows(np.full(len(limit), -np.inf), limit, matrix)
                kind.number(np.array(rows, dtype=np.int64), cover)
            added += len(limit)
        return added

    def split_windows(self, use: Floats, *, spread: bool) -> int:
        """Split windows whose hourly limits a solution breaks; return the number of new rows.

        Parameters
        ----------
        use
            How much each column is used, shape (column,).
        spread
            Whether long queues are cut coarsely at first.
        """
        used = np.flatnonzero(use > 1e-7)
        taken = self._use(self.columns.only(used))
        for kind, by_hour in zip(self.kinds, taken, strict=True):
            amount = (by_hour @ use[used]).reshape(kind.windows.row.shape)
            kind.windows = split_congested(kind.windows, amount, spread=spread)[0]
        return self.add_window_rows()

    def prune(self, reduced_costs: Floats, most: int) -> None:
        """Keep about ``most`` columns, those of least reduced cost, shape (program column,)."""
        first = self._needs + 1
        reduced = reduced_costs[first:]
        if len(self.columns) <= most:
            return
        last = np.argsort(reduced, kind="stable")[most:]
        drop = np.sort(last[reduced[last] > _NEGLIGIBLE])
        self._session.delete_columns(first + drop)
        self.columns = self.columns.only(np.delete(np.arange(len(self.columns)), drop))

    def _use(self, columns: Columns) -> tuple[Any, Any, Any]:
        """Docks, vehicles and receiving each column takes, shape (resource x hour, column)."""
        problem, table, trip = self.problem, self.problem.table, columns.trip
        column, need, units = columns.entries()
        every, periods = np.arange(len(trip)), problem.period_count
        position, period = problem.spread(trip)
        volume = units * problem.volume_m3[need]
        hour = problem.district[trip] * problem.receive_count + table.receive_hour[trip]
        parts = (
            (problem.warehouse[trip] * periods + table.start_period[trip], every, 1.0),
            (problem.pool[trip[position]] * periods + period, position, 1.0),
            (hour[column], column, volume),
        )
        found = []
        for kind, (cell, where, value) in zip(self.kinds, parts, strict=True):
            amount = np.broadcast_to(np.asarray(value, dtype=np.float64), cell.shape)
            shape = (kind.windows.row.size, len(trip))
            found.append(sparse.csr_array((amount, (cell, where)), shape=shape))
        return found[0], found[1], found[2]

    # --- solving -----------------------------------------------------------------------------

    def solve(self, options: SolveOptions, *, has_new_rows: bool) -> SolveResult:
        """Solve from the last basis.

        Parameters
        ----------
        options
            Threads and seed.
        has_new_rows
            Whether there are new rows since the last solve; else there are new columns or prices.
        """
        is_dual = has_new_rows or self._is_narrower or not self.is_solved
        method = _DUAL if is_dual else _PRIMAL
        self.is_solved, self._is_narrower = True, False
        return self._session.solve(
            SolveOptions(threads=options.threads, seed=options.seed, highs=method)
        )

    def use(self, values: Floats) -> Floats:
        """How much each trip is used, shape (column,), from values, shape (program column,)."""
        return values[self._needs + 1 :]

    def unmet_units(self, values: Floats) -> Floats:
        """Unmet units, shape (need,), from values, shape (program column,). [units]."""
        return values[: self._needs]

    def duals(self, row_duals: Floats) -> Duals:
        """Prices of the resources from the row duals of the program."""
        shape, price = self.problem.data.stock_units.shape, -row_duals
        outside = self._needs + self._shelves
        dock, vehicle, receive = (kind.hourly(price) for kind in self.kinds)
        return Duals(
            need=row_duals[: self._needs],
            stock=price[self._needs : outside].reshape(shape),
            outside=price[outside : self._cap_row].reshape(shape),
            dock=dock,
            vehicle=vehicle,
            receive=receive,
            unmet=float(price[self._cap_row]),
        )

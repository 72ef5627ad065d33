"""Losses of one scenario's dispatch under many tables of release hours, by few solves.

Tables that allow the same trips are one solve. The solves follow each other from early to late (and
beside it from late to early), so that each begins where its neighbour ended; what is proven of one
table and planned for another narrows the interval of every table between them.
"""

from __future__ import annotations

import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Release
from allocator.case import Case
from allocator.companion import Companion, core_count, wait_for_any
from allocator.coordination.loss import Loss
from allocator.coordination.solved_tables import SolvedTables
from allocator.coordination.table_work import TableQuestion, TableWork
from allocator.engine.dispatch_again import TableSolution
from allocator.engine.run_options import RunOptions
from allocator.errors import SolveError
from allocator.plan import Plan
from allocator.solver import SolveOptions

__all__ = ["DispatchLosses", "OnTables"]

Floats = NDArray[np.float64]
Starts = NDArray[np.int16]

OnTables = Callable[[int, int], None]
"""Hears how many of how many tables are solved."""

_GAP = 1e-4
"""Relative gap at which a plan is good enough, where none is asked for: departments differ by a
thousandth of the loss."""

_PLAN_SECONDS, _LEAST_SECONDS = 4.0, 0.3
"""Most and least time for the plan of a table; where a neighbour's plan will do, next to none is
used. [s]"""

_EXACT_SECONDS = 20.0
"""Most time for a small table, which is solved exactly. [s]"""

_FEW, _SLOW_SECONDS = 3, 1.0
"""Tables up to which it does not pay to start processes beside this one, and how long a small table
takes where it does. [s]"""


@dataclass(frozen=True)
class _Table:
    """A table that waits for being solved."""

    release: Release
    starts: Starts


@dataclass
class _Crew:
    """Processes beside this one that solve tables.

    Parameters
    ----------
    members
        Those that are alive.
    """

    members: list[Companion] = field(default_factory=list)

    def close(self) -> None:
        """Let them go."""
        for member in self.members:
            member.close()
        self.members.clear()


class DispatchLosses:
    """Knows what the best dispatch of one scenario loses under hours of release.

    Parameters
    ----------
    case
        The case; whatever its objective, losses are those of ``social``.
    scenario
        Code of the scenario.
    placement
        Plan whose stock and open warehouses hold; None means today's stock.
    options
        Gap, time limit, seed, threads, workers. The limit counts from now on; when it is over,
        tables between solved ones get the interval that those leave, and others a short solve.
    on_tables
        Hears how far it is.

    Attributes
    ----------
    asked, solves
        Questions asked, and distinct solves made for them.

    Raises
    ------
    NotFoundError
        If the case has no such scenario.
    """

    def __init__(
        self,
        case: Case,
        scenario: str,
        placement: Plan | None = None,
        options: RunOptions | None = None,
        *,
        on_tables: OnTables | None = None,
    ) -> None:
        chosen = RunOptions() if options is None else options
        solving = SolveOptions(
            gap=_GAP if chosen.gap is None else chosen.gap,
            threads=chosen.threads,
            seed=case.settings.seed if chosen.seed is None else chosen.seed,
        )
        limit = chosen.time_limit_seconds
        self._until = np.inf if limit is None else time.monotonic() + limit
        self._gap, self._workers = solving.gap, min(chosen.workers, core_count())
        self._on_tables = on_tables
        self._work = TableWork(case, scenario, placement, solving)
        self._persons = _persons_per_unit(case)
        self._solved = SolvedTables(self._work.idle())
        self._crew = _Crew()
        weakref.finalize(self, self._crew.close)
        self._longest_seconds, self._is_lonely = 0.0, False
        self.asked = self.solves = 0

    def close(self) -> None:
        """Let the processes beside this one go; they come again when they are needed."""
        self._crew.close()

    def __call__(self, release: Release) -> Loss:
        """Loss under hours of release."""
        return self.many([release])[0]

    def many(self, releases: Sequence[Release]) -> list[Loss]:
        """Losses under several tables of release hours, side by side.

        Parameters
        ----------
        releases
            The tables, in any order.

        Raises
        ------
        SolveError
            If a plan breaks a limit.
        """
        tables = [_Table(release, self._work.starts(release)) for release in releases]
        self.asked += len(tables)
        new = {each.starts.tobytes(): each for each in tables if each.starts not in self._solved}
        waiting = deque(_in_order(list(new.values())))
        if waiting:
            self._solve(waiting)
        return [self._loss(table.starts) for table in tables]

    def _loss(self, starts: Starts) -> Loss:
        """What is known of a table."""
        closed = self._solved.closed(starts)
        best = closed.best
        waiting = float((best.backlog_unit_hours / self._persons).sum())
        served = min(max(best.served_share, 0.0), 1.0)
        return Loss(closed.low_cny, closed.high_cny, waiting, served, closed.exact_relaxed_cny)

    # --- solving -----------------------------------------------------------------------------

    def _solve(self, waiting: deque[_Table]) -> None:
        """Solve all that waits, beside this process where that pays."""
        total = len(waiting)
        busy: dict[int, tuple[Companion, _Table]] = {}
        while waiting or busy:
            if not busy and len(waiting) > _FEW and self._needs_crew():
                self._crew.members += [Companion(self._work) for _ in range(self._workers)]
            self._hand_out(waiting, busy)
            if busy:
                self._take_in(waiting, busy)
            elif waiting:
                began, table = time.monotonic(), waiting.popleft()
                self._keep(table, self._work.solve(self._question(table, len(waiting) + 1)))
                self._longest_seconds = max(self._longest_seconds, time.monotonic() - began)
            if self._on_tables is not None:
                self._on_tables(total - len(waiting) - len(busy), total)

    def _needs_crew(self) -> bool:
        """Whether processes beside this one are to be started."""
        if self._workers <= 1 or self._crew.members or self._is_lonely:
            return False
        return not self._work.is_small or self._longest_seconds > _SLOW_SECONDS

    def _hand_out(self, waiting: deque[_Table], busy: dict[int, tuple[Companion, _Table]]) -> None:
        """Give each idle process a table, from both ends; leave out what is known anyway."""
        for number, member in enumerate(self._crew.members):
            self._leave_out(waiting)
            if id(member) in busy or not waiting:
                continue
            table = waiting.pop() if number else waiting.popleft()
            member.ask(self._question(table, len(waiting) + 1))
            busy[id(member)] = member, table
        self._leave_out(waiting)

    def _leave_out(self, waiting: deque[_Table]) -> None:
        """Drop tables at both ends that the solved ones tell enough of."""
        is_over = time.monotonic() > self._until

        def is_known(table: _Table) -> bool:
            if is_over and self._solved.is_enclosed(table.starts):
                return True
            return self._solved.closed(table.starts).is_narrow(self._gap)

        while waiting and is_known(waiting[0]):
            waiting.popleft()
        while waiting and is_known(waiting[-1]):
            waiting.pop()

    def _take_in(self, waiting: deque[_Table], busy: dict[int, tuple[Companion, _Table]]) -> None:
        """Take what processes have found; a table whose process was lost waits again."""
        wait_for_any([member for member, _ in busy.values()])
        for member, table in list(busy.values()):
            if not member.is_ready():
                continue
            del busy[id(member)]
            try:
                self._keep(table, member.answer())
            except SolveError:
                self._is_lonely = True
                self._crew.members.remove(member)
                member.close()
                waiting.appendleft(table)

    def _question(self, table: _Table, left: int) -> TableQuestion:
        """Put a table, with the best plan that it allows and its part of the time."""
        now, beside = time.monotonic(), max(1, len(self._crew.members))
        share = max(self._until - now, 0.0) * beside / left
        known = self._solved.known_plan(table.starts)
        near = self._solved.near(table.starts, self._work.unevenness)
        most = _EXACT_SECONDS if self._work.is_small else _PLAN_SECONDS * self._work.size
        seconds = min(most, max(_LEAST_SECONDS, share - _LEAST_SECONDS))
        release = None if self._work.is_warm else table.release
        return TableQuestion(table.starts, release, known, near, seconds)

    def _keep(self, table: _Table, solution: TableSolution) -> None:
        """Keep what a table came to."""
        self._solved.add(table.starts, solution)
        self.solves += 1


def _in_order(tables: list[_Table]) -> list[_Table]:
    """Tables from early to late, such that neighbours have most first departures in common."""
    if len(tables) < 2:
        return tables
    starts = np.array([table.starts for table in tables])
    keys = np.unique(starts[:, starts.min(axis=0) < starts.max(axis=0)], axis=1)
    order = np.lexsort(keys.T[::-1])
    return [tables[place] for place in order.tolist()]


def _persons_per_unit(case: Case) -> Floats:
    """Units of each item that one person waits for; 1 where nothing is said, shape (item,)."""
    given = (row.need_units_per_person for row in case.items)
    return np.array([each or 1.0 for each in given], dtype=float)

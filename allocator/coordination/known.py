"""Losses asked for so far, and what they say of each other.

Each table of release hours is asked for once. Losses rise along the order of the tables, so that
bounds and plans are handed on; a table that was not asked for, because time was up, has at least
the interval that its neighbours leave it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Release
from allocator.coordination.intervals import Boxes, closed, order_of, points
from allocator.coordination.loss import Loss, Losses
from allocator.coordination.ranges import Range
from allocator.engine.stopping import end_if_asked, is_patient

__all__ = ["KnownLosses", "Tables", "View"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_BATCH = 48
"""Questions put at once, so that whoever solves them can order them; between batches the clock is
looked at."""


class Tables(Protocol):
    """Who makes hours of release of a table."""

    def release(self, table: Floats) -> Release:
        """Lanes released as a table says."""


@dataclass(frozen=True)
class View:
    """Losses of all tables that were asked for, made to rise along their order.

    Parameters
    ----------
    places
        Row of each table, by its bytes.
    order
        ``[a, b]`` if ``a`` releases nothing later than ``b``, shape (table, table).
    boxes
        Where each loss lies. [CNY]
    points
        The loss that is taken for each, shape (table,). [CNY]
    person_hours, served_share
        Of the best plan known for each table, shape (table,). [person-h]
    is_known
        Which tables were solved themselves, shape (table,).
    """

    places: dict[bytes, int]
    order: Flags
    boxes: Boxes
    points: Floats
    person_hours: Floats
    served_share: Floats
    is_known: Flags

    def rows(self, tables: Floats) -> Integers:
        """Rows of some tables, shape (table,)."""
        return np.array([self.places[table.tobytes()] for table in tables], dtype=np.int64)

    def loss(self, table: Floats) -> Range:
        """Loss under one table. [CNY]."""
        k = self.places[table.tobytes()]
        return Range(float(self.points[k]), float(self.boxes.low[k]), float(self.boxes.high[k]))

    def knows(self, table: Floats) -> bool:
        """Whether a table was solved."""
        return bool(self.is_known[self.places[table.tobytes()]])

    def rise(self, earlier: Floats, later: Floats) -> Range:
        """How much more is lost under a later table than under an earlier one, >= 0. [CNY]."""
        a, b = self.loss(earlier), self.loss(later)
        return Range(b.value - a.value, max(b.low - a.high, 0.0), b.high - a.low)


class KnownLosses:
    """Asks for losses, each table once, as long as there is time.

    Parameters
    ----------
    tables
        Makes hours of release.
    losses
        Knows what a dispatch loses.
    is_over
        Whether time is up.
    on_question
        Hears how many tables are known, and how many are wanted by now.
    """

    def __init__(
        self,
        tables: Tables,
        losses: Losses,
        is_over: Callable[[], bool] = lambda: False,
        on_question: Callable[[int, int], None] = lambda _known, _wanted: None,
    ) -> None:
        self._tables, self._losses = tables, losses
        self._is_over, self._on_question = is_over, on_question
        self._wanted: dict[bytes, Floats] = {}
        self._found: dict[bytes, Loss] = {}
        self.is_stopped = False

    def ask(self, tables: Iterable[Floats], *, is_needed: bool = False) -> None:
        """Ask for the losses of tables that are not known yet.

        Parameters
        ----------
        tables
            Hours of release, shape (rule,) each. [h]
        is_needed
            Whether to ask for them even if time is up. Who stops (Ctrl-C, SIGTERM) what is not
            needed gets what is known by then.
        """
        new = {table.tobytes(): table for table in tables}
        self._wanted.update(new)
        pending = [key for key in new if key not in self._found]
        while pending and (is_needed or not (self.is_stopped or self._is_over())):
            batch = pending[:_BATCH]
            try:
                answers = self._answers([self._tables.release(new[key]) for key in batch])
                self._found.update(zip(batch, answers, strict=True))
                pending = pending[_BATCH:]
                self._on_question(len(self._found), len(self._wanted))
                end_if_asked()
            except KeyboardInterrupt:
                if is_needed and not is_patient():
                    raise
                self.is_stopped = True

    def _answers(self, releases: Sequence[Release]) -> Sequence[Loss]:
        """Losses of some releases, side by side where the solver can do that."""
        many = getattr(self._losses, "many", None)
        if many is not None:
            found: Sequence[Loss] = many(releases)
            return found
        return [self._losses(each) for each in releases]

    @property
    def wanted_count(self) -> int:
        """Tables that were asked for."""
        return len(self._wanted)

    def view(self) -> View:
        """Return all that is known now.

        Raises
        ------
        SolveError
            If bounds and plans contradict each other.
        """
        keys = list(self._wanted)
        order = order_of(np.array([self._wanted[key] for key in keys]))
        unknown = Loss(0.0, np.inf, np.nan, np.nan)
        losses = [self._found.get(key, unknown) for key in keys]
        high = np.array([loss.high_cny for loss in losses])
        boxes = closed(Boxes(np.array([loss.low_cny for loss in losses]), high), order)
        # The plan that is best under a table may be one that was made for later releases.
        best = np.where(order, high[None, :], np.inf).argmin(axis=1)
        relaxed = np.array([_relaxed(loss) for loss in losses])
        has_relaxed = np.isfinite(relaxed)
        is_known = np.array([key in self._found for key in keys])
        likely = None
        if has_relaxed.any():
            # A table without one was not solved itself: it has what others leave it.
            is_known &= has_relaxed
            likely = np.where(has_relaxed, relaxed, 0.0)
        return View(
            places={key: k for k, key in enumerate(keys)},
            order=order,
            boxes=boxes,
            points=points(boxes, order, likely),
            person_hours=np.array([loss.waiting_person_hours for loss in losses])[best],
            served_share=np.array([loss.served_share for loss in losses])[best],
            is_known=is_known,
        )


def _relaxed(loss: Loss) -> float:
    """Value of the converged relaxation, NaN where there is none. [CNY]."""
    return np.nan if loss.relaxed_cny is None else loss.relaxed_cny

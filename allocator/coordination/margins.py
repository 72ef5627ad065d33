"""What another hour of a department would cost, and what an hour less would save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.coordination.known import View
from allocator.coordination.ranges import Range
from allocator.coordination.release_tables import ReleaseTables

__all__ = ["Margin", "Margins"]

Floats = NDArray[np.float64]

_HOUR = 1.0
"""By how much steps are shifted. [h]"""


@dataclass(frozen=True)
class Margin:
    """Effect of an hour on the loss.

    Parameters
    ----------
    plus
        Added loss if each of its steps takes an hour more; None where that was not solved. [CNY]
    minus
        Saved loss if each of its steps takes an hour less, but not less than none. [CNY]
    """

    plus: Range | None
    minus: Range | None


class Margins:
    """Tables with one department's steps an hour longer, or shorter.

    Parameters
    ----------
    tables
        Of the scenario.
    """

    def __init__(self, tables: ReleaseTables) -> None:
        self._actual = tables.load_starts(tables.at("actual"))
        self._shifted: Mapping[str, tuple[Floats, Floats]] = {
            department: (
                tables.load_starts(tables.shifted(department, _HOUR)),
                tables.load_starts(tables.shifted(department, -_HOUR)),
            )
            for department in tables.departments
        }

    def questions(self) -> list[Floats]:
        """Tables to ask for, shape (rule,) each. [h]."""
        return [table for pair in self._shifted.values() for table in pair]

    def read(self, view: View) -> dict[str, Margin]:
        """Margins by department, from the losses as they are known."""
        return {
            department: Margin(
                view.rise(self._actual, later) if view.knows(later) else None,
                view.rise(earlier, self._actual) if view.knows(earlier) else None,
            )
            for department, (later, earlier) in self._shifted.items()
        }

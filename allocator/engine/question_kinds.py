"""The classical questions by name, and what has to be told with each.

Apart from the answers (``questions``): who only names a question waits for no solver.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from allocator.errors import AllocatorError

__all__ = ["QUESTIONS", "Question"]

QuestionName = Literal["cover-all", "cover-most", "median", "center"]

QUESTIONS: tuple[str, ...] = get_args(QuestionName)


@dataclass(frozen=True)
class Question:
    """A classical question to a case.

    Parameters
    ----------
    name
        ``cover-all``, ``cover-most``, ``median`` or ``center``.
    sites
        Number of open warehouses, existing ones included; not used by ``cover-all``.
    within_hours
        Reach from the order; needed by the two covering questions. [h]
    """

    name: QuestionName
    sites: int | None = None
    within_hours: float | None = None

    def __post_init__(self) -> None:
        if self.name != "cover-all" and not self.sites:
            raise AllocatorError(f"{self.name} needs the number of warehouses. Maybe --sites 10.")
        if self.name.startswith("cover") and self.within_hours is None:
            raise AllocatorError(f"{self.name} needs the reach. Maybe --within-hours 6.")

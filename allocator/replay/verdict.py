"""The answer of the replay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allocator.errors import Violation

__all__ = ["StageValue", "Verdict"]

StageValue = tuple[str, str, float]
"""Part, stage and recomputed objective."""


@dataclass(frozen=True)
class Verdict:
    """Whether a plan keeps all rules and is worth what it says.

    Parameters
    ----------
    certified
        True if no rule is broken.
    violations
        Broken rules, in the order in which they were found.
    objective
        Recomputed headline: the placement's, else that of the only dispatch; None if there is
        no such one part.
    stages
        Recomputed objective of every stage of every part.
    """

    certified: bool
    violations: tuple[Violation, ...]
    objective: float | None
    stages: tuple[StageValue, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict with the keys of the JSON contract."""
        return {
            "certified": self.certified,
            "violations": [violation.as_dict() for violation in self.violations],
            "objective": self.objective,
            "stages": [
                {"part": part, "stage": stage, "objective": value}
                for part, stage, value in self.stages
            ],
        }

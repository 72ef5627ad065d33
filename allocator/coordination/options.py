"""What an assessment of coordination may be told."""

from __future__ import annotations

from dataclasses import dataclass, fields

from allocator.engine.run_options import RunOptions
from allocator.report.words import Language

__all__ = ["CoordinationOptions"]


@dataclass(frozen=True)
class CoordinationOptions(RunOptions):
    """Options of a run, and what only coordination knows.

    Parameters
    ----------
    samples
        Courses of the sign-offs that are simulated.
    orders
        Orders of departments that are drawn where they are too many to be split exactly.
    pairs
        Pairs of runs in which variants of the rules meet, over all scenarios.
    plans_trips
        Whether trips are planned where no plan with dispatches is given, so that shortages have
        owners.
    lang
        Language of the sentences.
    """

    samples: int = 2000
    orders: int = 200
    pairs: int = 30
    plans_trips: bool = True
    lang: Language = "en"

    @classmethod
    def of(cls, options: RunOptions | None) -> CoordinationOptions:
        """Return options of any run with what they do not say added."""
        if isinstance(options, CoordinationOptions):
            return options
        given = options or RunOptions()
        return cls(**{field.name: getattr(given, field.name) for field in fields(RunOptions)})

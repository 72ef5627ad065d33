"""What a disaster does, before it becomes rows: who is hit, how hard, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Disaster"]


@dataclass(frozen=True)
class Disaster:
    """A disaster over the districts of a case.

    Parameters
    ----------
    code, name, hazard
        Scenario code, name, hazard class.
    event_time
        Start of the clock.
    evacuated
        People evacuated by district code. [people]
    strength
        Wind [kt], intensity, or flood severity in percent, by district code; places that are
        hit show here even where nobody is evacuated.
    source, status
        Provenance of the demand.
    cut_off
        Districts no road leads into.
    weight
        Relative chance within its hazard class.
    """

    code: str
    name: str
    hazard: str
    event_time: datetime | None
    evacuated: dict[str, float]
    strength: dict[str, float]
    source: str
    status: str
    cut_off: tuple[str, ...] = ()
    weight: float = 1.0

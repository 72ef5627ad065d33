"""Hours from the event as clock times."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from allocator.case import Case

__all__ = ["SHANGHAI", "clock_text", "in_shanghai"]

SHANGHAI = ZoneInfo("Asia/Shanghai")


def in_shanghai(moment: datetime) -> datetime:
    """Return a moment on the clock of Shanghai; without an offset it is read as such.

    Parameters
    ----------
    moment
        Any moment.
    """
    if moment.tzinfo is None:
        return moment.replace(tzinfo=SHANGHAI)
    return moment.astimezone(SHANGHAI)


def clock_text(case: Case, scenario: str, hours: float) -> str:
    """Clock time in Shanghai to the minute; empty without a start of the clock.

    Parameters
    ----------
    case, scenario
        The case, and the code of the scenario.
    hours
        From the event. [h]
    """
    start = case.event_time(case.scenario(scenario))
    if start is None:
        return ""
    moment = in_shanghai(start) + timedelta(hours=hours)
    if moment.second >= 30:
        moment += timedelta(minutes=1)
    return datetime.strftime(moment, "%Y-%m-%d %H:%M")

"""Hours from the event as clock times."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from allocator.case import Case

__all__ = ["clock_text"]

_SHANGHAI = ZoneInfo("Asia/Shanghai")


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
    if start.tzinfo is None:
        start = start.replace(tzinfo=_SHANGHAI)
    moment = start.astimezone(_SHANGHAI) + timedelta(hours=hours)
    if moment.second >= 30:
        moment += timedelta(minutes=1)
    return datetime.strftime(moment, "%Y-%m-%d %H:%M")

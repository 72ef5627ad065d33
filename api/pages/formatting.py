"""Figures and moments as a page writes them."""

from __future__ import annotations

from datetime import datetime

from api.models import SHANGHAI

__all__ = ["ABSENT", "moment", "number", "percent"]

ABSENT = "–"
"""Stands where there is no figure."""


def number(value: float | None, digits: int = 2) -> str:
    """Write a number with thousands parted, without zeros at its end."""
    if value is None:
        return ABSENT
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float | None, digits: int = 2) -> str:
    """Write a share in percent."""
    return ABSENT if share is None else f"{number(100.0 * share, digits)}%"


def moment(when: datetime | None) -> str:
    """Write a moment on the clock of Asia/Shanghai, to the minute."""
    return ABSENT if when is None else f"{when.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"

"""What people take away: the result workbook, the page, the pictures."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.report.page import write_page
    from allocator.report.pictures import PicturesUnavailableError, write_pictures
    from allocator.report.workbook import write_workbook

__all__ = ["PicturesUnavailableError", "write_page", "write_pictures", "write_workbook"]

_HOMES = {
    "PicturesUnavailableError": "pictures",
    "write_page": "page",
    "write_pictures": "pictures",
    "write_workbook": "workbook",
}


def __getattr__(name: str) -> object:
    """Import what is asked for: who writes the workbook alone does not wait for the page."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"allocator.report.{_HOMES[name]}"), name)

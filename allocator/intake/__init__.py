"""Reading and writing of cases and plans: workbook, CSV folder, JSON document, shipped data set."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from allocator.intake.limits import LOCAL_LIMITS, UPLOAD_LIMITS, Limits
from allocator.intake.plans import draft_tables, read_plan, read_tables
from allocator.intake.reader import check_case, read_case, read_case_with_issues

if TYPE_CHECKING:
    from allocator.intake.annotation import annotate
    from allocator.intake.export import write_case, write_tables
    from allocator.intake.template import write_template

__all__ = [
    "LOCAL_LIMITS",
    "UPLOAD_LIMITS",
    "Limits",
    "annotate",
    "check_case",
    "draft_tables",
    "read_case",
    "read_case_with_issues",
    "read_plan",
    "read_tables",
    "write_case",
    "write_tables",
    "write_template",
]

_WRITERS = {
    "annotate": "annotation",
    "write_case": "export",
    "write_tables": "export",
    "write_template": "template",
}


def __getattr__(name: str) -> object:
    """Import what writes when it is asked for: reading does not wait for the workbook library."""
    if name not in _WRITERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"allocator.intake.{_WRITERS[name]}"), name)

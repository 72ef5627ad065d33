"""Reading and writing of cases and plans: workbook, CSV folder, JSON document, shipped data set."""

from __future__ import annotations

from allocator.intake.annotate import annotate
from allocator.intake.export import write_case, write_tables
from allocator.intake.limits import LOCAL_LIMITS, UPLOAD_LIMITS, Limits
from allocator.intake.plans import draft_tables, read_plan, read_tables
from allocator.intake.reader import check_case, read_case, read_case_with_issues
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

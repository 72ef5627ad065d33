"""Coordination as people take it away: workbook, and the page beside it."""

from __future__ import annotations

from pathlib import Path

from allocator.case import Case
from allocator.report.coordination_page import write_coordination_page
from allocator.report.coordination_workbook import write_coordination_workbook
from allocator.report.words import Language
from allocator.tables import TableSet

__all__ = ["write_coordination"]


def write_coordination(case: Case, tables: TableSet, path: Path, lang: Language) -> Path:
    """Write the workbook, and the page beside it; return where the page is.

    Parameters
    ----------
    case
        Where names are found.
    tables
        Sheets of coordination, with sentences.
    path
        ``.xlsx`` file to write; the page has the ending ``.html``.
    lang
        ``en`` or ``zh``.
    """
    page = path.with_suffix(".html")
    write_coordination_workbook(case, tables, path, lang)
    write_coordination_page(case, tables, page, lang)
    return page

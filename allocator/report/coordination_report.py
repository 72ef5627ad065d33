"""Coordination as people take it away: workbook, and the page beside it."""

from __future__ import annotations

from pathlib import Path

from allocator.case import Case
from allocator.coordination_documents import COORDINATION_VIEW
from allocator.report.coordination_page import coordination_fragment, write_coordination_page
from allocator.report.coordination_sentences import with_coordination_sentences
from allocator.report.coordination_workbook import write_coordination_workbook
from allocator.report.words import LANGUAGES, Language
from allocator.tables import TableSet

__all__ = ["write_coordination", "written_views"]


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


def written_views(case: Case, tables: TableSet, folder: Path) -> list[Path]:
    """Write what the page of the service shows, in each language, and return where it is.

    Parameters
    ----------
    case
        Where names are found.
    tables
        Sheets of coordination.
    folder
        Where to write.
    """
    paths = []
    for lang in LANGUAGES:
        path = folder / COORDINATION_VIEW.format(lang=lang)
        told = with_coordination_sentences(tables, case, lang)
        path.write_text(coordination_fragment(case, told, lang), encoding="utf-8")
        paths.append(path)
    return paths

"""A comparison as people take it away: sentences, workbook, and the page beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from allocator.compare import Compared
from allocator.report.comparison_names import names_of
from allocator.report.comparison_page import write_comparison_page
from allocator.report.comparison_sentences import with_comparison_sentences
from allocator.report.comparison_workbook import write_comparison_workbook
from allocator.report.words import Language
from allocator.tables import TableSet

__all__ = ["told_comparison", "write_comparison"]


def told_comparison(everyone: Sequence[Compared], tables: TableSet, lang: Language) -> TableSet:
    """Return a comparison with its Summary and the sentences of its key figures.

    Parameters
    ----------
    everyone
        The base and the others.
    tables
        What ``compare`` returned.
    lang
        ``en`` or ``zh``.
    """
    return with_comparison_sentences(tables, names_of(everyone), lang)


def write_comparison(
    everyone: Sequence[Compared], tables: TableSet, path: Path, lang: Language
) -> Path:
    """Write the workbook of a comparison, and its page beside it; return where the page is.

    Parameters
    ----------
    everyone
        The base and the others.
    tables
        The comparison with its sentences.
    path
        ``.xlsx`` file to write; the page has the ending ``.html``.
    lang
        ``en`` or ``zh``.
    """
    names, page = names_of(everyone), path.with_suffix(".html")
    write_comparison_workbook(everyone, tables, names, path, lang)
    write_comparison_page(everyone, tables, names, page, lang)
    return page

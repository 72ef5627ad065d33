"""Runs of the service compared: the task of a reading process."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from allocator.case import Case
from allocator.child_service import Report
from allocator.compare import Compared, compare
from allocator.documents import compare_document
from allocator.intake import read_case, read_plan
from allocator.report.comparisons import told_comparison, write_comparison
from allocator.report.words import as_language
from allocator.store.comparisons import ComparisonContent

__all__ = ["ComparedRun", "RunsToCompare", "compare_runs"]


@dataclass(frozen=True)
class ComparedRun:
    """One run of a comparison: name, case as JSON document, plan as workbook."""

    name: str
    case: bytes
    plan: bytes


@dataclass(frozen=True)
class RunsToCompare:
    """The base and what is held against it, and the language of the sentences."""

    runs: tuple[ComparedRun, ...]
    lang: str = "en"


def compare_runs(asked: RunsToCompare, _report: Report) -> ComparisonContent:
    """Compare runs with the first of them; every plan is replayed before."""
    with tempfile.TemporaryDirectory(prefix="allocator-compare-") as name:
        folder, language = Path(name), as_language(asked.lang)
        everyone = _read(asked, folder)
        found = compare(everyone[0], everyone[1:])
        tables = told_comparison(everyone, found, language)
        workbook = folder / "comparison.xlsx"
        page = write_comparison(everyone, tables, workbook, language)
        return ComparisonContent(compare_document(tables), workbook.read_bytes(), page.read_bytes())


def _read(asked: RunsToCompare, folder: Path) -> list[Compared]:
    """Read cases and plans; a case that several runs have is read once."""
    cases: dict[bytes, Case] = {}
    everyone = []
    for number, run in enumerate(asked.runs):
        if run.case not in cases:
            path = folder / f"case{number}.json"
            path.write_bytes(run.case)
            cases[run.case] = read_case(path)
        plan = folder / f"plan{number}.xlsx"
        plan.write_bytes(run.plan)
        everyone.append(Compared(run.name, read_plan(plan), cases[run.case]))
    return everyone

"""The JSON document of coordination: the same for the command line and the API."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from allocator.coordination.degree import degree_of
from allocator.coordination.delay_cost import NOT_ATTRIBUTABLE, TOTAL
from allocator.coordination.figures import ANY
from allocator.coordination.ranges import Range
from allocator.schema import COORDINATION_SHEETS
from allocator.schema.coordination import DelayCost, SignOffStep, SpeedLoss
from allocator.schema.results import RunInfo, SummaryLine
from allocator.tables import TableSet

__all__ = ["COORDINATION_VIEW", "coordination_document"]

COORDINATION_VIEW = "coordination_view.{lang}.part"
"""File that a run leaves for its page in the service: markup without a head, made by us."""

Document = dict[str, Any]

MOST_BOTTLENECKS = 10
"""Steps that are named as bottlenecks; the others are rows of sign_off_steps."""

_OWN_KEYS = (SummaryLine.sheet, DelayCost.sheet, SpeedLoss.sheet, RunInfo.sheet)
"""Sheets that the document has under other names."""


def coordination_document(
    tables: TableSet, output: Path | None = None, page: Path | None = None
) -> Document:
    """Return what ``allocator coordination --json`` prints: all rows, however many there are.

    Parameters
    ----------
    tables
        Sheets of coordination with their sentences.
    output, page
        Files that were written.
    """
    costs, speeds = tables.rows(DelayCost), tables.rows(SpeedLoss)
    codes = list(dict.fromkeys(row.scenario for row in costs))
    chief = ANY if ANY in codes else (codes[0] if codes else "")
    facts = {row.name: row.text for row in tables.rows(RunInfo)}
    others = [kind for kind in COORDINATION_SHEETS.values() if kind.sheet not in _OWN_KEYS]
    parts = {code: _part(code, costs, speeds) for code in codes}
    return {
        "scenario": chief,
        **parts.get(chief, {}),
        "bottlenecks": _bottlenecks(tables.rows(SignOffStep), chief),
        "solves": int(facts.get("solves", "0")),
        "asked": int(facts.get("asked", "0")),
        "scenarios": [{"scenario": code, **parts[code]} for code in codes],
        "file": None if output is None else str(output),
        "page": None if page is None else str(page),
        **{kind.sheet.lower(): _rows(tables.rows(kind)) for kind in others},
        "summary": _rows(tables.rows(SummaryLine)),
        "run": facts,
    }


def _rows(rows: Sequence[Any]) -> list[Document]:
    return [row.model_dump(mode="json") for row in rows]


def _part(code: str, costs: Sequence[DelayCost], speeds: Sequence[SpeedLoss]) -> Document:
    """What is known of one scenario, or of what is expected."""
    own = [row for row in costs if row.scenario == code]
    losses = {row.speed: row for row in speeds if row.scenario == code}
    total = next((row for row in own if row.department == TOTAL), None)
    nobody = next((row for row in own if row.department == NOT_ATTRIBUTABLE), None)
    degree = degree_of(*(_loss(losses[speed]) for speed in ("ideal", "actual", "uncoordinated")))
    return {
        "departments": [
            _department(row) for row in own if row.department not in (TOTAL, NOT_ATTRIBUTABLE)
        ],
        "total": None if total is None else total.share_cny,
        "total_low": None if total is None else total.share_low_cny,
        "total_high": None if total is None else total.share_high_cny,
        "total_person_hours": None if total is None else total.share_person_hours,
        "not_attributable": None if nobody is None else _department(nobody),
        "degree": degree.value,
        "degree_low": degree.low,
        "degree_high": degree.high,
        "speeds": _rows(list(losses.values())),
    }


def _loss(row: SpeedLoss) -> Range:
    return Range(row.loss_cny, row.loss_low_cny, row.loss_high_cny)


def _department(row: DelayCost) -> Document:
    """One department, in the words of the contract."""
    document: Document = row.model_dump(mode="json", exclude={"scenario"})
    for ours, told in (
        ("share_low_cny", "share_low"),
        ("share_high_cny", "share_high"),
        ("plus_one_hour_cny", "plus_one_hour"),
        ("minus_one_hour_cny", "minus_one_hour"),
    ):
        document[told] = document.pop(ours)
    return document


def _bottlenecks(steps: Sequence[SignOffStep], chief: str) -> list[Document]:
    """Steps that decide a release most often, those with the longest duration first."""
    own = [row for row in steps if row.scenario == chief] or list(steps)
    critical = [row for row in own if row.criticality > 0]
    critical.sort(key=lambda row: (-row.criticality, -row.duration_hours))
    return [
        {
            "scenario": row.scenario,
            "procedure": row.procedure,
            "release_step": row.release_step,
            "step": row.step,
            "name": row.name,
            "department": row.department,
            "criticality": row.criticality,
            "duration_hours": row.duration_hours,
            "latest_end_hours": row.latest_end_hours,
        }
        for row in critical[:MOST_BOTTLENECKS]
    ]

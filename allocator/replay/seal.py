"""Digests that tie a result to its case and to itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from allocator.plan import Plan
from allocator.replay.facts import Facts
from allocator.replay.findings import Findings
from allocator.schema import RESULT_SHEETS
from allocator.schema.coordination import Owner
from allocator.schema.results import RunInfo, SummaryLine
from allocator.schema.row import columns

__all__ = ["CASE_DIGEST", "NOTES", "PLAN_DIGEST", "check_digests", "plan_digest"]

CASE_DIGEST = "case_digest"
PLAN_DIGEST = "plan_digest"

NOTES: frozenset[tuple[str, str]] = frozenset(
    {
        ("Open_Warehouses", "name"),
        ("Changes", "note"),
        ("Dispatch_Trips", "approvals"),
        ("Shortages", "reason"),
        ("Shortages", "sentence"),
        ("Stages", "seconds"),
    }
)
"""Columns by sheet that explain and are not checked, beside the sheets Summary, Owners and
Run_Info."""


def plan_digest(plan: Plan) -> str:
    """Return a SHA-256 over every checked cell; the order of rows and the notes do not matter.

    Written to Run_Info under ``plan_digest`` it lets the replay notice changes that are smaller
    than its tolerances.

    Parameters
    ----------
    plan
        The plan with its figures as they are exported.
    """
    running = hashlib.sha256()
    for sheet, kind in RESULT_SHEETS.items():
        if kind in {SummaryLine, Owner, RunInfo}:
            continue
        numbers = {column.field for column in columns(kind) if column.kind == "number"}
        fields = [name for name in kind.model_fields if (sheet, name) not in NOTES]
        rows = plan.tables.get(sheet, ())
        if not rows:
            continue
        # Column by column, which is quicker; a line has the same cells all the same.
        cells = (
            _number_texts([getattr(row, name, None) for row in rows])
            if name in numbers
            else [repr(getattr(row, name, None)) for row in rows]
            for name in fields
        )
        lines = sorted(map("\t".join, zip(*cells, strict=True)))
        running.update("\n".join([sheet, *lines, ""]).encode())
    return running.hexdigest()


def _number_texts(values: Iterable[Any]) -> list[str]:
    """Write numbers with all their digits; no zero is negative."""
    return ["None" if value is None else repr(float(value) + 0.0) for value in values]


def check_digests(
    facts: Facts, plan: Plan, run_info: Sequence[RunInfo], findings: Findings
) -> None:
    """Check both digests, where Run_Info has them.

    Parameters
    ----------
    facts
        The case.
    plan
        The plan as read back, whose cells have been found sound.
    run_info
        Sound rows of Run_Info.
    findings
        Where broken rules are noted.
    """
    told = {row.name: row.text for row in run_info}
    case_digest = told.get(CASE_DIGEST)
    if case_digest is not None and case_digest != facts.case.digest:
        fact = f"{CASE_DIGEST} ({case_digest}) is not this case's ({facts.case.digest})"
        hint = "this result was made from another case; give the case it was made from"
        findings.add("case_digest", "Run_Info", 1.0, fact, hint)
    sealed = told.get(PLAN_DIGEST)
    if sealed is not None and not findings.violations:
        found = plan_digest(plan)
        if sealed != found:
            fact = f"{PLAN_DIGEST} ({sealed}) is not that of the tables ({found})"
            hint = "a cell was changed after the plan was made; export the plan again"
            findings.add("plan_digest", "Run_Info", 1.0, fact, hint)

"""From a case and its losses to the rows of ``Reforms``: which steps to change first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from allocator.case import Case
from allocator.coordination.guard_rails import GuardRails
from allocator.coordination.reform_search import (
    PricedSet,
    ReformFindings,
    SearchLimits,
    saved_cny,
    search_reforms,
)
from allocator.coordination.reform_tables import ReformTables, ScenarioView
from allocator.coordination.reformed import changes_text
from allocator.schema.coordination import Reform
from allocator.solver import SolveOptions

__all__ = ["ANY", "ReformAnswer", "find_reforms"]

ANY = "any"
"""Scenario of the rows that stand for the expected value of several."""

MOST_SINGLE = 10
"""Single changes that are told."""

MOST_SETS = 3
"""Sets of each larger number of changes that are told."""

MOST_REFUSED = 10
"""Refused changes that are told."""


@dataclass(frozen=True)
class ReformAnswer:
    """Which steps to change first.

    Parameters
    ----------
    rows
        Rows of ``Reforms``, without sentences.
    findings
        What they were made from.
    facts
        For ``Run_Info``: how sure the choice is, and how much was priced.
    """

    rows: tuple[Reform, ...]
    findings: ReformFindings
    facts: Mapping[str, str]


def find_reforms(
    case: Case,
    views: Sequence[ScenarioView],
    limits: SearchLimits | None = None,
    options: SolveOptions | None = None,
    is_over: Callable[[], bool] = lambda: False,
) -> ReformAnswer:
    """Find the best sets of changes to sign-offs, and what they save.

    Parameters
    ----------
    case
        The case; its steps say what may be tried.
    views
        One scenario, or several whose losses count by their weights.
    limits
        How far the search goes.
    options
        Of the solver for the model that proposes sets.
    is_over
        Whether time is up.
    """
    codes = [view.scenario for view in views]
    rails = GuardRails(case, codes)
    tables = ReformTables(case, views, rails.listed())
    findings = search_reforms(tables, rails, limits, options, is_over)
    scenario = codes[0] if len(codes) == 1 else ANY
    rows = []
    for size, sets in findings.sets.items():
        shown = sets[: MOST_SINGLE if size == 1 else MOST_SETS]
        rows += [_row(scenario, size, n, one, tables, findings) for n, one in enumerate(shown, 1)]
    behind = sum(row.changes_count == 1 for row in rows)
    rows += [
        _row(scenario, 1, behind + n, one, tables, findings)
        for n, one in enumerate(findings.refused[:MOST_REFUSED], 1)
    ]
    facts = {
        f"reforms_choice {scenario}": findings.choice,
        f"reforms_priced {scenario}": str(findings.priced_count),
    }
    return ReformAnswer(tuple(rows), findings, facts)


def _row(
    scenario: str,
    size: int,
    rank: int,
    found: PricedSet,
    tables: ReformTables,
    findings: ReformFindings,
) -> Reform:
    """One set of changes as a row."""
    low, value, high = saved_cny(findings.today, found.loss)
    return Reform(
        scenario=scenario,
        changes_count=size,
        rank=rank,
        changes=changes_text(found.reforms),
        saved_release_hours=tables.saved_release_hours(found.table),
        loss_cny=found.loss.high_cny,
        saved_cny=value,
        saved_low_cny=low,
        saved_high_cny=high,
        saved_person_hours=findings.today.waiting_person_hours - found.loss.waiting_person_hours,
        is_allowed=not found.broken,
    )

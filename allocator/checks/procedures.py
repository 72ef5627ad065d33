"""Sign-off networks must be sound, and rules must name steps that exist."""

from __future__ import annotations

from collections.abc import Iterable

from allocator.checks.approval_rules import Steps, check_approval_rules, few
from allocator.checks.references import known_codes, nearest_code
from allocator.checks.sign_offs import check_sign_offs
from allocator.draft import Draft, Table
from allocator.schema import CASE_SHEETS
from allocator.schema.procedure import ApprovalStep, CaseChange, Figure
from allocator.schema.row import columns

__all__ = ["check_procedures"]


def check_procedures(draft: Draft) -> None:
    """Check sign-off steps, rules, and rows that name sheets and columns."""
    table = draft.table(ApprovalStep)
    procedures: dict[str, Steps] = {}
    for position, row in draft.rows(ApprovalStep):
        procedures.setdefault(row.procedure, {})[row.step] = (position, row)
        _check_durations(draft, table, position, row)
        _check_cosigners(draft, table, position, row)
    names = _all_steps(table)
    for procedure, steps in procedures.items():
        for position, row in steps.values():
            _check_links(draft, table, position, row, names[procedure])
        _check_cycles(draft, table, steps)
    check_approval_rules(draft, procedures, names)
    check_sign_offs(draft)
    _check_named_columns(draft)


def _all_steps(table: Table) -> dict[str, set[str]]:
    """Steps of each procedure, those with other faults in their row included."""
    if not {"procedure", "step"} <= set(table.values):
        return {}
    found: dict[str, set[str]] = {}
    for procedure, step in zip(table.values["procedure"], table.values["step"], strict=True):
        found.setdefault(str(procedure), set()).add(str(step))
    return found


def split_codes(text: str) -> list[str]:
    """Codes of a list cell."""
    return [part.strip() for part in text.split(";") if part.strip()]


def _check_durations(draft: Draft, table: Table, position: int, row: ApprovalStep) -> None:
    """The likely duration lies between the shortest and the longest."""
    low, high = row.duration_min_hours, row.duration_max_hours
    likely = row.duration_hours
    if low is not None and low > likely:
        rule = f"must not be above duration_hours ({likely:g})"
        place = (table, position, "duration_min_hours")
        draft.report("duration_order", place, low, rule, "Maybe the two are mixed up.")
    if high is not None and high < likely:
        rule = f"must not be below duration_hours ({likely:g})"
        place = (table, position, "duration_max_hours")
        draft.report("duration_order", place, high, rule, "Maybe the two are mixed up.")


def _check_cosigners(draft: Draft, table: Table, position: int, row: ApprovalStep) -> None:
    """Those who sign too must be departments."""
    known = known_codes(draft, "Departments.department")
    if known is None:
        return
    for code in split_codes(row.cosigners):
        if code not in known:
            _report_unknown(draft, (table, position, "cosigners"), code, known)


def _report_unknown(
    draft: Draft, place: tuple[Table, int, str], code: str, known: Iterable[object]
) -> None:
    """Report a code of a list that does not exist."""
    table, position, field = place
    row = table.rows[list(table.positions).index(position)]
    value = getattr(row, field)
    like = nearest_code(code, known)
    hint = f"Maybe {like!r} is meant." if like else "Maybe add it, or delete it here."
    draft.report("unknown_step", place, value, f"names {code!r}, which does not exist", hint)


def _check_links(
    draft: Draft, table: Table, position: int, row: ApprovalStep, steps: set[str]
) -> None:
    """Predecessors and bypassed steps exist; only a bypass stands in for others."""
    for field in ("predecessors", "bypasses"):
        for code in split_codes(getattr(row, field)):
            if code not in steps:
                _report_unknown(draft, (table, position, field), code, steps)
    if row.join == "BYPASS" and not split_codes(row.bypasses):
        draft.report(
            "bypass_targets",
            (table, position, "bypasses"),
            None,
            "must not be empty for a BYPASS step",
            "Maybe name the steps it stands in for.",
        )
    elif row.join != "BYPASS" and row.bypasses:
        draft.report(
            "bypass_targets",
            (table, position, "bypasses"),
            row.bypasses,
            f"must be empty for a step that joins by {row.join}",
            "Maybe join must be BYPASS.",
        )


def _check_cycles(draft: Draft, table: Table, steps: Steps) -> None:
    """No step waits for itself, by way of predecessors or of the bypass that ends it."""
    waits = {
        code: [one for one in split_codes(row.predecessors) if one in steps]
        for code, (_, row) in steps.items()
    }
    for code, (_, row) in steps.items():
        if row.join != "BYPASS":
            continue
        bypassed = [one for one in split_codes(row.bypasses) if one in steps]
        followed = {one for other in bypassed for one in waits[other]}
        for last in bypassed:
            if last not in followed:
                waits[last] = [*waits[last], code]
    for circle in _circles(waits):
        position = steps[circle[0]][0]
        draft.report(
            "step_cycle",
            (table, position, "predecessors"),
            steps[circle[0]][1].predecessors,
            f"makes steps wait for each other: {' <- '.join([*circle, circle[0]])}",
            "Maybe one of the predecessors is wrong.",
        )


def _circles(waits: dict[str, list[str]]) -> list[list[str]]:
    """Circles of a graph, each once; found by a depth-first walk."""
    state: dict[str, int] = {}
    circles: list[list[str]] = []
    for start in waits:
        if start in state:
            continue
        path: list[str] = []
        stack: list[tuple[str, int]] = [(start, 0)]
        while stack:
            node, taken = stack.pop()
            if taken == 0:
                state[node] = 1
                path.append(node)
            if taken < len(waits[node]):
                stack.append((node, taken + 1))
                after = waits[node][taken]
                if state.get(after) == 1:
                    circles.append(path[path.index(after) :])
                elif after not in state:
                    stack.append((after, 0))
            else:
                state[node] = 2
                path.pop()
    return circles


def _check_named_columns(draft: Draft) -> None:
    """Rows that name a sheet and a column must name ones that exist."""
    for position, change in draft.rows(CaseChange):
        place = (draft.table(CaseChange), position)
        _check_named(draft, "unknown_table", place, (change.table, change.field))
    for position, figure in draft.rows(Figure):
        place = (draft.table(Figure), position)
        _check_named(draft, "unknown_figure", place, (figure.table, figure.field))


def _check_named(draft: Draft, code: str, place: tuple[Table, int], named: tuple[str, str]) -> None:
    """Check one row that names a sheet and a column."""
    sheet, field = named
    target = CASE_SHEETS.get(sheet)
    if target is None:
        like = nearest_code(sheet, CASE_SHEETS)
        hint = f"Maybe {like!r} is meant." if like else ""
        draft.report(code, (*place, "table"), sheet, "is not the English name of a sheet", hint)
        return
    fields = [column.field for column in columns(target)]
    if field not in fields:
        like = nearest_code(field, fields)
        hint = f"Maybe {like!r} is meant." if like else f"Maybe one of: {few(fields)}."
        draft.report(code, (*place, "field"), field, f"is not a column of sheet {sheet}", hint)

"""The Stages table: objectives as recomputed, bounds on the right side, gaps that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from allocator.replay.findings import Findings
from allocator.replay.scores import PartScores
from allocator.replay.tolerances import GAP, LEXICOGRAPHIC
from allocator.schema.results import Stage

__all__ = ["HEADLINE", "check_stages", "objective_of"]

OBJECTIVES: Mapping[str, tuple[str, ...]] = {
    "lives": ("unmet", "waiting", "cost"),
    "social": ("social",),
    "cost": ("cost",),
}
"""Stages of the placement or a dispatch, by objective."""

QUESTIONS: Mapping[str, tuple[str, ...]] = {
    name: (name,) for name in ("cover-all", "cover-most", "median", "center")
}
"""Stages of a location question, by question."""

MAXIMISED = "cover-most"
"""The one stage of which more is better: its bound is above the objective."""

HEADLINE: Mapping[str, str] = {
    "lives": "waiting",
    "social": "social",
    "cost": "cost",
    **{name: name for name in QUESTIONS},
}
"""Stage whose objective, bound and gap stand for the whole part."""

ENDED = ("optimal", "within_gap", "time_limit", "stalled")
"""Words for a solve that ended with a plan."""

_EDITED = "it was changed by hand, or the plan was"


def objective_of(
    stages: Sequence[Stage], default: str, known: Mapping[str, tuple[str, ...]] = OBJECTIVES
) -> str:
    """Name the known objective that a part's stages belong to; the default where they fit none."""
    names = {stage.stage for stage in stages}
    for objective, members in known.items():
        if _is_begun(names, members):
            return objective
    return default


def _is_begun(names: set[str], members: tuple[str, ...]) -> bool:
    """Whether stages are the first ones of an objective; a time limit may cut off the others."""
    return any(names == set(members[:count]) for count in range(1, len(members) + 1))


def check_stages(findings: Findings, part: str, stages: Sequence[Stage], found: PartScores) -> None:
    """Check all stages of one part.

    Parameters
    ----------
    findings
        Where broken rules are noted.
    part
        ``placement`` or a scenario.
    stages
        Its rows.
    found
        What the replay finds.
    """
    where = f"part {part}"
    names = {stage.stage for stage in stages}
    expected = {**OBJECTIVES, **QUESTIONS}[found.objective]
    if not _is_begun(names, expected):
        told = ", ".join(sorted(names)) or "none"
        wanted = ", ".join(expected)
        fact = f"stages ({told}) must be {wanted}, or the first of them"
        hint = "a row was deleted, or part or stage was changed by hand"
        findings.add("stage_set", where, 1.0, fact, hint)
    unmet_bound = next((row.bound for row in stages if row.stage == "unmet"), None)
    for row in stages:
        here = f"{where}, stage {row.stage}"
        score = found.by_stage.get(row.stage)
        if score is None:
            known = ", ".join(found.by_stage)
            fact = f"stage ({row.stage}) is not one of {known}"
            findings.add("stage_known", here, 1.0, fact, _EDITED)
            continue
        findings.same(
            "stage_objective",
            here,
            "objective",
            row.objective,
            score.value,
            hint="it was changed by hand, or a flow, stock figure or trip was",
            room=score.room,
        )
        _check_bound(here, row, score.room, findings)
        _check_floor(here, row, unmet_bound, found, findings)
        _check_controllable(here, row, findings)
        _check_status(here, row, findings)


def _relative(part: float, whole: float) -> float:
    """Share of the whole, with the tiny denominator that the solver module uses."""
    return 0.0 if abs(part) <= 1e-9 else abs(part) / max(abs(whole), 1e-10)


def _check_bound(where: str, row: Stage, room: float, findings: Findings) -> None:
    """Check that the bound is below the objective and the gap is theirs."""
    if row.bound is None:
        if row.gap is not None:
            fact = f"gap ({row.gap:.6g}) needs a bound"
            findings.add("stage_gap", where, abs(row.gap), fact, "the bound was deleted")
        return
    low, high = row.bound, row.objective
    name = "bound"
    if row.stage == MAXIMISED:
        low, high, name = high, low, "objective"
    findings.within("stage_bound", where, name, low, high, hint=_EDITED, room=room)
    if row.gap is None:
        fact = f"bound ({row.bound:.10g}) needs a gap"
        findings.add("stage_gap", where, 1.0, fact, "the gap was deleted")
        return
    found = _relative(row.objective - row.bound, row.objective)
    choices = (found, 0.0) if low > high else (found,)
    if not any(abs(row.gap - gap) <= GAP * max(1.0, gap) for gap in choices):
        fact = f"gap ({row.gap:.6g}) must be {found:.6g}"
        findings.add("stage_gap", where, abs(row.gap - found), fact, _EDITED)


def _check_floor(
    where: str, row: Stage, unmet_bound: float | None, found: PartScores, findings: Findings
) -> None:
    """Check what is told to be unavoidable: of the waiting, where need has a proven bound."""
    is_known = row.stage == "waiting" and unmet_bound is not None
    if not is_known or unmet_bound is None:
        if row.floor is not None:
            fact = f"floor ({row.floor:.6g}) must be empty"
            hint = "only waiting after a bound of the unmet need has one"
            findings.add("stage_floor", where, abs(row.floor), fact, hint)
        return
    if row.floor is None:
        if row.controllable_gap is not None:
            fact = f"controllable_gap ({row.controllable_gap:.6g}) needs a floor"
            findings.add("stage_floor", where, 1.0, fact, "the floor was deleted")
        return
    least = found.least_waiting(max(0.0, unmet_bound))
    room = found.by_stage["waiting"].room
    findings.same("stage_floor", where, "floor", row.floor, least, hint=_EDITED, room=room)


def _check_controllable(where: str, row: Stage, findings: Findings) -> None:
    """Check the gap whose denominator leaves out what no plan could avoid."""
    told = row.controllable_gap
    if told is None:
        return
    if row.bound is None:
        fact = f"controllable_gap ({told:.6g}) needs a bound"
        findings.add("stage_controllable_gap", where, abs(told), fact, "the bound was deleted")
        return
    wanted = _relative(row.objective - row.bound, max(0.0, row.objective - (row.floor or 0.0)))
    is_beyond = row.bound > row.objective and row.stage != MAXIMISED
    choices = (wanted, 0.0) if is_beyond else (wanted,)
    if not any(abs(told - gap) <= GAP * max(1.0, gap) for gap in choices):
        fact = f"controllable_gap ({told:.6g}) must be {wanted:.6g}"
        findings.add("stage_controllable_gap", where, abs(told - wanted), fact, _EDITED)


def _check_status(where: str, row: Stage, findings: Findings) -> None:
    """Check that the status is a known word and that optimal is not said of a gap."""
    if row.status not in ENDED:
        fact = f"status ({row.status}) must be one of {', '.join(ENDED)}"
        findings.add("stage_status", where, 1.0, fact, _EDITED)
    elif row.status == "optimal" and row.gap is not None and row.gap > LEXICOGRAPHIC + GAP:
        fact = f"status (optimal) does not go with gap ({row.gap:.6g})"
        findings.add("stage_status", where, row.gap, fact, _EDITED)

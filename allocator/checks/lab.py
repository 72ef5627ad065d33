"""Sectors must not bring each other down for ever; drills must name what there is."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from allocator.checks.references import nearest_code
from allocator.draft import Draft, Table
from allocator.lab.subjects import known_subjects
from allocator.schema.disaster import Scenario
from allocator.schema.lab import Dependency, Drill, Sector, SectorLink, Shock
from allocator.schema.network import District, Item, Warehouse
from allocator.schema.procedure import ApprovalStep, Department
from models.inoperability import SAFE_RADIUS, cycle_factor, dominant_cycle, spectral_radius

__all__ = ["check_lab"]

Place = tuple[Table, int, str]

_NOISE = 1e-6

_NAMED = 3
"""Entries of a cycle that are named, the largest first."""


def check_lab(draft: Draft) -> None:
    """Check sectors, their links, and drills."""
    _check_dependencies(draft)
    _check_links(draft)
    _check_drills(draft)
    _check_shocks(draft)


def _check_dependencies(draft: Draft) -> None:
    """No sector leans on itself, and what they pass on in a circle dies away."""
    table = draft.table(Dependency)
    place = {row.sector: k for k, (_, row) in enumerate(draft.rows(Sector))}
    shares = np.zeros((len(place), len(place)))
    cells: dict[tuple[int, int], tuple[int, Dependency]] = {}
    for position, row in draft.rows(Dependency):
        if row.sector == row.depends_on:
            rule = f"must not be the sector itself ({row.sector})"
            hint = "Maybe its own pace is meant: recovery_per_hour in Sectors."
            draft.report(
                "sector_itself", (table, position, "depends_on"), row.depends_on, rule, hint
            )
        elif row.sector in place and row.depends_on in place:
            key = place[row.sector], place[row.depends_on]
            shares[key] = row.dependency_share
            cells[key] = position, row
    radius = spectral_radius(shares)
    if radius >= 1.0:
        _report_explosion(draft, shares, radius, cells)


def _report_explosion(
    draft: Draft,
    shares: np.ndarray,
    radius: float,
    cells: dict[tuple[int, int], tuple[int, Dependency]],
) -> None:
    """Name the cycle that makes a cascade explode, and by how much to lower its largest entries."""
    table = draft.table(Dependency)
    cycle = dominant_cycle(shares)
    pairs = list(zip(cycle, [*cycle[1:], *cycle[:1]], strict=True))
    around = [cells[pair] for pair in pairs]
    entries = sorted(around, key=lambda each: (-each[1].dependency_share, each[0]))
    factor = cycle_factor(shares, cycle)
    first = around.index(entries[0])
    names = [row.sector for _, row in (*around[first:], *around[:first])]
    circle = " <- ".join([*names, names[0]])
    rule = (
        f"lies on the cycle {circle}, which makes the cascade explode: the spectral radius of all "
        f"shares ({radius:.3g}) must be below 1"
    )
    lowered = SAFE_RADIUS / radius if factor is None else factor
    told = "; ".join(
        f"{table.cell(position, 'dependency_share') or f'{row.sector} on {row.depends_on}'} "
        f"({row.sector} on {row.depends_on}) {row.dependency_share:g} to "
        f"{np.floor(1000 * lowered * row.dependency_share + _NOISE) / 1000:g}"
        for position, row in entries[:_NAMED]
    )
    more = f" and {len(entries) - _NAMED} more" if len(entries) > _NAMED else ""
    whole = "; the other shares by the same factor" if factor is None else ""
    hint = f"Maybe lower by {1 - lowered:.1%}: {told}{more}{whole}."
    position, row = entries[0]
    where = (table, position, "dependency_share")
    draft.report("cascade_explodes", where, row.dependency_share, rule, hint)


def _check_links(draft: Draft) -> None:
    """A link acts on something, and by something."""
    table = draft.table(SectorLink)
    known: dict[str, set[str]] = {}
    for position, row in draft.rows(SectorLink):
        if row.effect == 0:
            draft.report(
                "link_idle",
                (table, position, "effect"),
                row.effect,
                f"changes nothing: {row.acts_on} stays as it is",
                "Maybe delete the row.",
            )
        if not row.subject:
            continue
        if row.acts_on not in known:
            known[row.acts_on] = known_subjects(
                row.acts_on,
                items=[each for _, each in draft.rows(Item)],
                departments=[each for _, each in draft.rows(Department)],
                warehouses=[each for _, each in draft.rows(Warehouse)],
                districts=[each for _, each in draft.rows(District)],
            )
        if row.subject not in known[row.acts_on]:
            like = nearest_code(row.subject, known[row.acts_on])
            draft.report(
                "link_subject",
                (table, position, "subject"),
                row.subject,
                f"is nothing that {row.acts_on} is about, so the link acts on nothing",
                f"Maybe {like!r} is meant." if like else "Maybe leave it empty for all.",
            )


def _check_drills(draft: Draft) -> None:
    """A drill has shocks, a code that is free, and a procedure that exists."""
    table = draft.table(Drill)
    hit = {row.drill for _, row in draft.rows(Shock)}
    taken = {row.scenario: row.sample for _, row in draft.rows(Scenario)}
    for position, row in draft.rows(Drill):
        if row.drill not in hit:
            draft.report(
                "drill_without_shocks",
                (table, position, "drill"),
                row.drill,
                f"has no row in sheet {draft.table(Shock).name}, so nothing fails",
                "Maybe add what hits which sector.",
            )
        if taken.get(row.drill, row.drill) != row.drill:
            draft.report(
                "drill_code",
                (table, position, "drill"),
                row.drill,
                f"is the code of a scenario of sample {taken[row.drill]}",
                "Maybe give the drill another code; it is saved as a scenario of that code.",
            )
        named = ("procedure", row.procedure, "release_step", row.release_step)
        _check_step(draft, table, position, named)


def _check_shocks(draft: Draft) -> None:
    """A shock lies within its drill, and a step that ends it exists."""
    table = draft.table(Shock)
    drills = {row.drill: row for _, row in draft.rows(Drill)}
    for position, row in draft.rows(Shock):
        if row.to_hours is not None and row.to_hours <= row.from_hours:
            rule = f"must be later than from_hours ({row.from_hours:g})"
            draft.report(
                "shock_span",
                (table, position, "to_hours"),
                row.to_hours,
                rule,
                "Maybe the two are swapped.",
            )
        drill = drills.get(row.drill)
        if drill is not None and row.from_hours >= drill.horizon_hours:
            draft.report(
                "shock_span",
                (table, position, "from_hours"),
                row.from_hours,
                f"must be below the drill's horizon_hours ({drill.horizon_hours:g})",
                "Maybe lengthen the drill, or begin earlier.",
            )
        named = ("until_procedure", row.until_procedure, "until_step", row.until_step)
        _check_step(draft, table, position, named)
        if row.until_procedure is not None and row.until_step is None:
            draft.report(
                "unknown_step",
                (table, position, "until_step"),
                None,
                "must be filled in where until_procedure is",
                "Maybe name the step whose signature ends the shock.",
            )


def _check_step(
    draft: Draft, table: Table, position: int, named: tuple[str, str | None, str, str | None]
) -> None:
    """A procedure that is named exists, and a step of it takes part."""
    procedure_field, procedure, step_field, step = named
    if procedure is None:
        if step is not None:
            rule = f"needs {procedure_field}"
            hint = "Maybe name the procedure that the step belongs to."
            draft.report("unknown_step", (table, position, step_field), step, rule, hint)
        return
    steps = {row.step: row for _, row in draft.rows(ApprovalStep) if row.procedure == procedure}
    if not steps:
        names = {row.procedure for _, row in draft.rows(ApprovalStep)}
        place = (table, position, procedure_field)
        sheet = draft.table(ApprovalStep).name
        _report_unknown(draft, place, procedure, f"is not in sheet {sheet}", names)
    elif step is not None and step not in steps:
        rule = f"is not a step of procedure {procedure}"
        _report_unknown(draft, (table, position, step_field), step, rule, steps)
    elif step is not None and not steps[step].is_enabled:
        rule = f"of procedure {procedure} is not enabled"
        hint = "Maybe enable it, or name the step before it."
        draft.report("unknown_step", (table, position, step_field), step, rule, hint)


def _report_unknown(draft: Draft, place: Place, code: str, rule: str, known: Iterable[str]) -> None:
    """Report a code that does not exist, with the one that is most like it."""
    names = sorted(known)
    like = nearest_code(code, names)
    hint = f"Maybe {like!r} is meant." if like else f"Maybe one of: {', '.join(names[:8])}."
    draft.report("unknown_step", place, code, rule, hint)

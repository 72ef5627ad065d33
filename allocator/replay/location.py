"""The answer to a classical location question: who answers for whom, and what that comes to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from allocator.plan import LOCATION_PART
from allocator.replay.ground import Ground
from allocator.replay.reading import Tables
from allocator.replay.scores import PartScores, Score
from allocator.replay.stages import QUESTIONS, check_stages, objective_of
from allocator.replay.tolerances import HOURS
from allocator.schema.results import Responsible, Stage

__all__ = ["check_location"]

_EDITED = "it was changed by hand, or the case changed since"


@dataclass(frozen=True)
class _Asked:
    """What the question said, as far as Run_Info tells.

    Parameters
    ----------
    question
        Its name.
    within_hours
        Reach asked for; None if it is not told. [h]
    sites
        Number of warehouses asked for; None if it is not told.
    """

    question: str
    within_hours: float | None
    sites: float | None


def check_location(ground: Ground, tables: Tables, stages: Sequence[Stage]) -> PartScores:
    """Check the answer to a location question; return its objective.

    Hours are loading, driving and unloading of the quickest kind of vehicle on whole roads.
    Existing warehouses are open, and so are those that answer for a district.

    Parameters
    ----------
    ground
        The case with its hours.
    tables
        Sound rows of the plan.
    stages
        Rows of the part.
    """
    told = {row.name: row.text for row in tables.run_info}
    question = objective_of(stages, "median", QUESTIONS)
    asked = _Asked(question, _figure(told, "within_hours"), _figure(told, "sites"))
    rows = {row.district: row for row in tables.responsible}
    states = {code: row.state for code, row in ground.facts.warehouses.items()}
    is_open = {code for code, state in states.items() if state == "existing"}
    is_open |= {row.warehouse for row in tables.responsible if row.warehouse is not None}
    for district in ground.facts.districts:
        row = rows.get(district)
        if row is None:
            fact = "the district must be listed in Responsible_Warehouses"
            hint = "its row was deleted or its code was changed"
            ground.findings.add("responsible_listed", f"district {district}", 1.0, fact, hint)
        else:
            _check_row(ground, row, is_open)
    _check_covered(ground, list(rows.values()), asked)
    if asked.sites is not None and len(is_open) > asked.sites:
        fact = f"{len(is_open)} warehouses are open, asked for were {asked.sites:g}"
        excess = len(is_open) - asked.sites
        hint = "a warehouse code was changed by hand"
        ground.findings.add("location_sites", "network", excess, fact, hint)
    score = _score(question, list(rows.values()), len(is_open))
    found = PartScores(question, {question: score}, lambda _: 0.0)
    check_stages(ground.findings, LOCATION_PART, stages, found)
    return found


def _figure(told: Mapping[str, str], name: str) -> float | None:
    """Figure of Run_Info, if it is one."""
    try:
        return float(told[name])
    except (KeyError, ValueError):
        return None


def _check_row(ground: Ground, row: Responsible, is_open: set[str]) -> None:
    """Check one district: its warehouse, hours and people."""
    findings = ground.findings
    where = f"district {row.district}"
    hours = ground.reach.door_hours(row.district)
    position = ground.reach.position
    nearest = min((float(hours[position[code]]) for code in is_open), default=math.inf)
    people = ground.facts.districts[row.district].population_people
    findings.same(
        "responsible_people",
        where,
        "population_people",
        row.population_people,
        people,
        hint=_EDITED,
    )
    if row.warehouse is None:
        if row.reach_hours is not None:
            fact = f"reach_hours ({row.reach_hours:g}) without a warehouse"
            findings.add("responsible_hours", where, row.reach_hours, fact, _EDITED)
        if nearest <= ground.facts.settings.horizon_hours + HOURS:
            fact = f"no warehouse answers for it, though one is within {nearest:g} h"
            findings.add("responsible_nearest", where, 1.0, fact, "its warehouse was deleted")
        return
    reach = float(hours[position[row.warehouse]])
    state = ground.facts.warehouses[row.warehouse].state
    if state not in {"existing", "candidate"} or math.isinf(reach):
        fact = f"warehouse ({row.warehouse}, {state}) cannot answer for it"
        findings.add("responsible_own", where, 1.0, fact, _EDITED)
        return
    told = -1.0 if row.reach_hours is None else row.reach_hours
    findings.same("responsible_hours", where, "reach_hours", told, reach, hint=_EDITED, room=HOURS)
    findings.within(
        "responsible_nearest",
        where,
        f"reach of warehouse {row.warehouse} [h]",
        reach,
        nearest,
        hint="a warehouse code was changed by hand",
        room=HOURS,
    )


def _check_covered(ground: Ground, rows: Sequence[Responsible], asked: _Asked) -> None:
    """Check that covered are exactly the districts within reach, and all if that was asked."""
    reached = [row for row in rows if row.reach_hours is not None]
    within = asked.within_hours
    if not asked.question.startswith("cover"):
        within = math.inf
    if within is None:
        # The reach asked for is not told: it lies between the covered and the others.
        within = max((row.reach_hours or 0.0 for row in reached if row.is_covered), default=-1.0)
    for row in rows:
        is_within = row.reach_hours is not None and row.reach_hours <= within + HOURS
        must_be = is_within or asked.question == "cover-all"
        if row.is_covered != must_be or (must_be and not is_within):
            reach = "nobody" if row.reach_hours is None else f"{row.reach_hours:g} h"
            fact = f"is_covered ({row.is_covered}) does not go with its reach ({reach})"
            where = f"district {row.district}"
            ground.findings.add("responsible_covered", where, 1.0, fact, _EDITED)


def _score(question: str, rows: Sequence[Responsible], open_count: int) -> Score:
    """Objective of a question: warehouses, people, people-hours or hours."""
    if question == "cover-all":
        return Score(float(open_count))
    if question == "cover-most":
        return Score(sum(row.population_people for row in rows if row.is_covered))
    if question == "center":
        return Score(max((row.reach_hours or 0.0 for row in rows), default=0.0))
    return Score(sum(row.population_people * (row.reach_hours or 0.0) for row in rows))

"""The classical questions of a planner without costs, asked of a case.

``cover-all``: the fewest warehouses that reach every district within so many hours.
``cover-most``: the most people within so many hours of so many warehouses.
``median``: the least population-weighted hours. ``center``: the least longest hours.
Hours are loading, driving and unloading of the quickest fleet on undamaged roads, as the official
targets count them: from the order, without sign-offs. Existing warehouses stay.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import release
from allocator.case import Case
from allocator.engine.location import solve_location
from allocator.engine.location_question import LocationQuestion, LocationResult
from allocator.engine.placement_data import bare_case
from allocator.engine.question_kinds import Question
from allocator.errors import InfeasibleError
from allocator.plan import LOCATION_PART, Plan
from allocator.schema.network import Warehouse
from allocator.schema.results import Responsible, Stage
from allocator.solver import ProgressCallback, SolveOptions
from allocator.travel import build_lanes
from models.location_data import LocationData, location_data

__all__ = ["answer_question", "reach_hours"]

LONGEST_HOURS = 240.0
"""Ways longer than this are no answer to any question. [h]"""

_OPTION_NAMES = {
    "count": "--sites",
    "the radius": "--within-hours",
    "radius": "--within-hours",
    "fixed_open": "existing warehouses stay open",
    "fixed_closed": "what may not open stays closed",
}
"""What the location methods call it, and what it is to a planner."""


def reach_hours(case: Case) -> NDArray[np.float64]:
    """Loading, driving and unloading by the quickest fleet, undamaged roads.

    Returns
    -------
    Array
        Shape (warehouse, district), infinite where there is no lane. [h]
    """
    bare = bare_case(case, LONGEST_HOURS)
    lanes = build_lanes(bare, rules=release(case).at_once())
    hours = np.full((len(case.warehouses), len(case.districts)), np.inf)
    hours[lanes.warehouse, lanes.district] = lanes.door_hours.min(axis=1)
    return hours


def _own(case: Case) -> tuple[Warehouse, ...]:
    """Warehouses that are ours to decide."""
    return tuple(row for row in case.warehouses if row.state in ("existing", "candidate"))


def _data(case: Case) -> LocationData:
    """Data of the question: hours, people, what exists."""
    own = _own(case)
    index = case.warehouse_index()
    rows = [index[row.warehouse] for row in own]
    return location_data(
        reach_hours(case)[rows],
        district_weight=[row.population_people for row in case.districts],
        fixed_open=[row.state == "existing" for row in own],
        warehouse_codes=[row.warehouse for row in own],
        district_codes=[row.district for row in case.districts],
    )


def _tables(case: Case, question: Question, data: LocationData, answer: LocationResult) -> Plan:
    """Turn an answer into the tables of a plan."""
    is_open = np.zeros(data.warehouse_count, dtype=bool)
    is_open[answer.open_warehouses] = True
    hours = np.where(is_open[:, None], data.lane_distance, np.inf)
    nearest = hours.argmin(axis=0)
    limit = np.inf if question.within_hours is None else question.within_hours + 1e-9
    rows = []
    for k, district in enumerate(case.districts):
        reach = float(hours[nearest[k], k])
        is_reached = bool(np.isfinite(reach))
        rows.append(
            Responsible(
                district=district.district,
                warehouse=data.warehouse_codes[nearest[k]] if is_reached else None,
                reach_hours=reach if is_reached else None,
                population_people=district.population_people,
                is_covered=is_reached and reach <= limit,
            )
        )
    stage = Stage(
        part=LOCATION_PART,
        stage=question.name,
        objective=float(answer.objective or 0.0),
        bound=answer.bound,
        gap=answer.gap,
        controllable_gap=answer.gap,
        status=answer.status.value,
        seconds=answer.seconds,
    )
    return Plan({"Responsible_Warehouses": tuple(rows), "Stages": (stage,)})


def _in_options(text: str) -> str:
    """Say number and reach as the command does, and rules in words."""
    for name, option in _OPTION_NAMES.items():
        text = re.sub(rf"\b{name}\b", option, text)
    return text


def answer_question(
    case: Case,
    question: Question,
    options: SolveOptions,
    progress: ProgressCallback | None = None,
) -> Plan:
    """Answer a classical question of a case.

    Parameters
    ----------
    case
        The case.
    question
        What is asked.
    options
        Gap and limits.
    progress
        Hears about incumbent and bound.

    Returns
    -------
    Plan
        Tables ``Responsible_Warehouses`` and ``Stages``.

    Raises
    ------
    InfeasibleError
        If no choice of warehouses will do, with the reason in words.
    """
    data = _data(case)
    kept = int(data.fixed_open.sum())
    if question.sites is not None and question.sites < kept:
        raise InfeasibleError(
            f"{question.name}: {kept} existing warehouses stay, more than the {question.sites} "
            f"asked for. Maybe --sites {kept + 1}, or mark some as closed in the case."
        )
    asked = LocationQuestion(question.name, radius=question.within_hours, count=question.sites)
    try:
        answer = solve_location(data, asked, options, progress)
    except InfeasibleError as error:
        rules = [_in_options(rule) for rule in error.rules]
        raise InfeasibleError(_in_options(str(error)), rules) from error
    if not answer.status.has_plan:
        return Plan({})
    return _tables(case, question, data, answer)

"""Why a location question has no answer, in words, with the smallest repair that is known."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from allocator.engine.location_question import LocationQuestion, Search
from allocator.errors import InfeasibleError
from allocator.solver import LinearProgram, Status, solve_model, solve_program
from models.location import build_cover_all
from models.location_data import LaneList, LocationData, lanes_within

__all__ = ["check_question", "infeasibility"]

#: Names in a sentence at most.
_MOST_NAMES = 5


def check_question(data: LocationData, question: LocationQuestion) -> None:
    """Refuse what can be seen to have no answer without solving.

    Raises
    ------
    InfeasibleError
        If the number of warehouses is impossible or a district is out of reach of all.
    """
    _check_count(data, question)
    if question.radius is not None and not question.radius >= 0.0:
        raise InfeasibleError(f"radius ({question.radius}) must be >= 0.")
    if question.kind != "cover-most":
        _check_reach(data, question)


def _check_count(data: LocationData, question: LocationQuestion) -> None:
    """Raise InfeasibleError if so many warehouses cannot be open."""
    kept, allowed = int(data.fixed_open.sum()), int(data.allowed.sum())
    if allowed == 0:
        raise InfeasibleError(
            "no warehouse may open. Maybe add candidates, or allow closed ones to open.",
            ["fixed_closed"],
        )
    count = question.count
    if count is None:
        return
    if count < 1:
        raise InfeasibleError(f"count ({count}) must be >= 1.", ["count"])
    # The center question asks for at most so many.
    if count > allowed and question.kind != "center":
        raise InfeasibleError(
            f"count ({count}) is more than the {allowed} warehouses that may open. "
            "Maybe lower it, or add candidates.",
            ["count", "fixed_closed"],
        )
    if count < kept:
        raise InfeasibleError(
            f"count ({count}) is less than the {kept} warehouses that must stay open. "
            "Maybe raise it, or let some close.",
            ["count", "fixed_open"],
        )


def _check_reach(data: LocationData, question: LocationQuestion) -> None:
    """Raise InfeasibleError naming districts that no warehouse may serve within the radius."""
    allowed = np.flatnonzero(data.allowed)
    distance = data.lane_distance[allowed]
    nearest = distance.min(axis=0)
    out = np.flatnonzero(~((nearest <= question.reach) & np.isfinite(nearest)))
    if out.size == 0:
        return
    parts: list[str] = []
    for district in out[:_MOST_NAMES].tolist():
        name = f"district {data.district_codes[district]!r}"
        if np.isfinite(nearest[district]):
            warehouse = data.warehouse_codes[int(allowed[np.argmin(distance[:, district])])]
            parts.append(f"{name} (nearest is warehouse {warehouse!r} at {nearest[district]:g})")
        else:
            parts.append(f"{name} (no lane at all)")
    more = f" and {out.size - len(parts)} more" if out.size > len(parts) else ""
    within = "" if question.radius is None else f" within the radius {question.radius:g}"
    longest = nearest[out].max()
    repair = (
        f"Maybe raise the radius to {longest:g}, or add candidates nearby."
        if np.isfinite(longest)
        else "Maybe add lanes or candidates nearby."
    )
    raise InfeasibleError(
        f"no warehouse that may open reaches {', '.join(parts)}{more}{within}. {repair}",
        ["radius", "fixed_closed"],
    )


def infeasibility(data: LocationData, search: Search) -> InfeasibleError:
    """Return the error that says why a question that passed ``check_question`` has no answer."""
    question = search.question
    lanes = lanes_within(data, question.reach)
    if data.is_capacitated:
        short = _capacity_shortage(data, lanes, search)
        if short is not None:
            return short
    if question.count is not None:
        few = _too_few(data, search)
        if few is not None:
            return few
    if question.single_source:
        return InfeasibleError(
            "the capacities suffice only if a district may be served by several warehouses. "
            "Maybe allow several sources, or raise the capacity of the largest warehouses.",
            ["single_source", "warehouse_capacity"],
        )
    return InfeasibleError(
        "no choice of warehouses keeps number, reach and capacities together. "
        "Maybe allow more warehouses.",
        ["count", "warehouse_capacity"],
    )


def _capacity_shortage(
    data: LocationData, lanes: LaneList, search: Search
) -> InfeasibleError | None:
    """Return the error if even all warehouses together cannot hold the demand."""
    demand, capacity = data.demand_units, np.where(data.allowed, data.capacity_units, 0.0)
    total, room = float(demand.sum()), float(capacity.sum())
    if room < total * (1.0 - 1e-9):
        return InfeasibleError(
            f"all warehouses that may open hold {room:g} units, the districts need {total:g}: "
            f"short by {total - room:g} units. Maybe raise capacities or add candidates.",
            ["warehouse_capacity", "demand_balance"],
        )
    served = _most_served(data, lanes, search)
    if served is None:
        return None
    missing = demand - served
    short = np.flatnonzero(missing > 1e-6 * np.maximum(1.0, demand))
    if short.size == 0:
        return None
    order = short[np.argsort(-missing[short])]
    names = ", ".join(
        f"district {data.district_codes[d]!r} ({missing[d]:g} of {demand[d]:g} units)"
        for d in order[:_MOST_NAMES].tolist()
    )
    more = f" and {short.size - _MOST_NAMES} more" if short.size > _MOST_NAMES else ""
    return InfeasibleError(
        f"with every warehouse open, {float(missing.sum()):g} units stay unserved for lack of "
        f"capacity within reach, for instance in {names}{more}. "
        "Maybe raise the radius or the capacities nearby.",
        ["warehouse_capacity", "radius"],
    )


def _most_served(data: LocationData, lanes: LaneList, search: Search) -> np.ndarray | None:
    """Return the units that can be served with all warehouses open, shape (district,)."""
    count = lanes.warehouse.size
    columns = np.arange(count)
    by_district = sparse.csr_array(
        (np.ones(count), (lanes.district, columns)), shape=(data.district_count, count)
    )
    by_warehouse = sparse.csr_array(
        (np.ones(count), (lanes.warehouse, columns)), shape=(data.warehouse_count, count)
    )
    answer = solve_program(
        LinearProgram(
            np.ones(count),
            0.0,
            np.zeros(count),
            np.full(count, np.inf),
            np.zeros(count, dtype=np.bool_),
            sparse.vstack([by_district, by_warehouse]),
            np.full(data.district_count + data.warehouse_count, -np.inf),
            np.concatenate([data.demand_units, data.capacity_units]),
            maximise=True,
        ),
        search.solve_options(),
    )
    if answer.status is not Status.OPTIMAL or answer.values is None:
        return None
    return np.asarray(by_district @ answer.values)


def _too_few(data: LocationData, search: Search) -> InfeasibleError | None:
    """Return the error that says how many warehouses it takes, if that can be found in time."""
    question = search.question
    answer = solve_model(
        build_cover_all(data, question.reach, single_source=question.single_source),
        search.solve_options(),
    )
    if answer.bound is None:
        return None
    needed = int(np.ceil(answer.bound - 1e-6))
    if question.count is None or needed <= question.count:
        return None
    limits = [] if question.radius is None else ["radius"]
    limits += ["warehouse_capacity"] if data.is_capacitated else []
    more = {"radius": "the radius", "warehouse_capacity": "the capacities"}
    ways = [f"count to {needed}", *(more[limit] for limit in limits)]
    return InfeasibleError(
        f"{question.count} warehouses cannot serve every district: it takes at least {needed}. "
        f"Maybe raise {' or '.join(ways)}.",
        ["count", *limits],
    )

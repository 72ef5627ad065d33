"""Shortages that are gained, that end, or that change between two plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from allocator.compare.parties import Compared
from allocator.schema.comparison import ShortageChange

__all__ = ["missing_by_district", "scenarios_compared", "shortage_changes"]

NOISE_UNITS = 1e-6
"""Need that is missing by less is met."""

Place = tuple[str, str, str]
"""Scenario, district, item."""


@dataclass(frozen=True)
class _Missing:
    """What is missing of one district and item, and why."""

    units: float
    reason: str = ""


_NOTHING = _Missing(0.0)


def shortage_changes(base: Compared, other: Compared) -> list[ShortageChange]:
    """Return the shortages that are not alike, in the order of the base's scenarios.

    Parameters
    ----------
    base, other
        Two dispatches: the scenarios of both are looked at; or two placements with their cases,
        where neither is dispatched.
    """
    scenarios = scenarios_compared(base, other)
    ours, theirs = _missing(base), _missing(other)
    weights = _weights(base), _weights(other)
    rows = []
    for place in sorted({*ours, *theirs}, key=lambda place: (_order(scenarios, place), place)):
        before, after = ours.get(place, _NOTHING), theirs.get(place, _NOTHING)
        difference = after.units - before.units
        if place[0] not in scenarios or abs(difference) <= NOISE_UNITS:
            continue
        weighted = None
        if weights[0] is not None and weights[1] is not None:
            pair = place[1:]
            weighted = after.units * weights[1].get(pair, 0.0)
            weighted -= before.units * weights[0].get(pair, 0.0)
        rows.append(
            ShortageChange.model_validate(
                {
                    "plan": other.name,
                    "scenario": place[0],
                    "district": place[1],
                    "item": place[2],
                    "change": _change(before.units, after.units),
                    "base_unmet_units": before.units,
                    "other_unmet_units": after.units,
                    "difference_units": difference,
                    "difference_weighted": weighted,
                    "base_reason": before.reason,
                    "other_reason": after.reason,
                }
            )
        )
    return rows


def scenarios_compared(base: Compared, other: Compared) -> tuple[str, ...]:
    """Return the scenarios whose shortages can be compared, in the order of the base."""
    theirs = set(other.plan.dispatched_scenarios)
    if base.plan.dispatched_scenarios or theirs:
        return tuple(code for code in base.plan.dispatched_scenarios if code in theirs)
    if not (base.shown and other.shown and base.plan.has_placement and other.plan.has_placement):
        return ()
    known = {row.scenario for row in other.shown.scenarios}
    return tuple(row.scenario for row in base.shown.scenarios if row.scenario in known)


def missing_by_district(compared: Compared, scenarios: Collection[str]) -> dict[str, float]:
    """Return the need that is missing in some scenarios, added up. [weighted units]

    Parameters
    ----------
    compared
        A plan with its case; without one there are no weights, and nothing is returned.
    scenarios
        Codes of the scenarios.
    """
    weights = _weights(compared) or {}
    found: defaultdict[str, float] = defaultdict(float)
    for (scenario, district, item), missing in _missing(compared).items():
        if scenario in scenarios:
            found[district] += missing.units * weights.get((district, item), 0.0)
    return dict(found)


def _order(scenarios: tuple[str, ...], place: Place) -> int:
    return scenarios.index(place[0]) if place[0] in scenarios else len(scenarios)


def _weights(compared: Compared) -> Mapping[tuple[str, str], float] | None:
    """Priority weight by district and item; None without a case."""
    case = compared.shown
    if case is None:
        return None
    return {
        (district.district, item.item): district.priority_weight * item.priority_weight
        for district in case.districts
        for item in case.items
    }


def _change(before: float, after: float) -> str:
    """What becomes of a shortage."""
    if before <= NOISE_UNITS:
        return "gained"
    if after <= NOISE_UNITS:
        return "ended"
    return "larger" if after > before else "smaller"


def _missing(compared: Compared) -> dict[Place, _Missing]:
    """What is missing: by the dispatch, else by the flows of the placement."""
    plan, case = compared.plan, compared.shown
    if plan.dispatched_scenarios:
        return {
            (row.scenario, row.district, row.item): _Missing(row.unmet_units, row.reason)
            for row in plan.shortages
            if row.unmet_units > NOISE_UNITS
        }
    if case is None or not plan.has_placement:
        return {}
    left: defaultdict[Place, float] = defaultdict(float)
    for need in case.scenario_demand:
        left[need.scenario, need.district, need.item] += need.demand_units
    for flow in plan.allocations:
        left[flow.scenario, flow.district, flow.item] -= flow.ship_units
    for bought in plan.purchases:
        left[bought.scenario, bought.district, bought.item] -= bought.purchase_units
    return {place: _Missing(units) for place, units in left.items() if units > NOISE_UNITS}

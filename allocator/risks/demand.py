"""Need that follows from exposed people: a suggestion to hold the entered demand against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from allocator.case import Case
from allocator.schema.network import Item
from allocator.schema.risks import Hazard, RiskElement

__all__ = ["exposed_people", "suggested_demand", "suggested_units"]

Place = tuple[str, str]
"""Scenario and district."""


def exposed_people(elements: Iterable[RiskElement]) -> dict[tuple[str, str, str], float]:
    """Exposed people by scenario, district and hazard. [people]

    A person who is hit in several hours or by several subclasses of a hazard is one person, so the
    largest record of a hazard counts. Places of which no record knows them are absent.

    Parameters
    ----------
    elements
        Records.
    """
    found: dict[tuple[str, str, str], float] = {}
    for row in elements:
        if row.exposed_people is not None:
            key = (row.scenario, row.district, row.hazard)
            found[key] = max(found.get(key, 0.0), row.exposed_people)
    return found


def suggested_units(
    elements: Iterable[RiskElement], hazards: Mapping[str, Hazard], items: Iterable[Item]
) -> dict[tuple[str, str, str], float]:
    """Suggest a need by scenario, district and item. [units]

    ``exposed_people x evacuee_share x sheltered_share x need_units_per_person``, hazards added up;
    only where it is above zero.

    Parameters
    ----------
    elements
        Records; those without exposed people suggest nothing.
    hazards
        Classes by code.
    items
        Items; those without ``need_units_per_person`` are left out.
    """
    sheltered: dict[Place, float] = {}
    for (scenario, district, code), people in exposed_people(elements).items():
        hazard = hazards.get(code)
        if hazard is not None:
            more = people * hazard.evacuee_share * hazard.sheltered_share
            place = (scenario, district)
            sheltered[place] = sheltered.get(place, 0.0) + more
    needed = [(row.item, row.need_units_per_person) for row in items if row.need_units_per_person]
    return {
        (scenario, district, item): people * units
        for (scenario, district), people in sheltered.items()
        for item, units in needed
        if people > 0
    }


def suggested_demand(case: Case) -> dict[tuple[str, str, str], float]:
    """Suggest a need by scenario, district and item from the records of a case. [units]

    Nothing is changed: the demand of a plan is what ``Scenario_Demand`` says.

    Parameters
    ----------
    case
        The checked case.
    """
    hazards = {row.hazard: row for row in case.hazards}
    return suggested_units(case.risk_elements, hazards, case.items)

"""Exposed people must be able to live there, and the demand must be in proportion to them."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.draft import Draft
from allocator.risks.demand import suggested_units
from allocator.schema.disaster import ScenarioDemand
from allocator.schema.network import District, Item
from allocator.schema.risks import Hazard, RiskElement

__all__ = ["MOST_FACTOR", "check_people"]

MOST_FACTOR = 10.0
"""How many times a demand may be off the suggestion before it is told.

Items go to other people than the sheltered ones (water to all who are evacuated), and buildings
take some in who would need a tent: together that is up to a factor of about 7 in real counts.
Digits that are missing, or people told in tens of thousands, are more.
"""

SPARE_UNITS = 1.0
"""Demand is in whole units: of a small one, a unit more or less says nothing. [units]"""

MOST_PEOPLE = 1.05
"""Exposed people over residents; guests and a census of some years ago are allowed for."""


def check_people(draft: Draft, hazards: Mapping[str, Hazard]) -> None:
    """Check exposed people against residents, and demand against exposed people.

    Parameters
    ----------
    draft
        The tables as read.
    hazards
        Valid rows of the classes, by code.
    """
    _check_residents(draft)
    _check_demand(draft, hazards)


def _check_residents(draft: Draft) -> None:
    """No more people are exposed in a district than live there."""
    table = draft.table(RiskElement)
    residents = {row.district: row.population_people for _, row in draft.rows(District)}
    for position, row in draft.rows(RiskElement):
        people, living = row.exposed_people, residents.get(row.district)
        if people is not None and living and people > MOST_PEOPLE * living:
            draft.report(
                "exposed_people",
                (table, position, "exposed_people"),
                people,
                f"is more than live in district {row.district} ({living:.15g})",
                "Maybe a digit too many, or the people of a whole prefecture.",
            )


def _check_demand(draft: Draft, hazards: Mapping[str, Hazard]) -> None:
    """Demand is not an order of magnitude off what the exposed people suggest."""
    elements = [row for _, row in draft.rows(RiskElement)]
    items = [row for _, row in draft.rows(Item)]
    suggested = suggested_units(elements, hazards, items)
    if not suggested:
        return
    table = draft.table(ScenarioDemand)
    entered: dict[tuple[str, str, str], float] = {}
    first: dict[tuple[str, str, str], int] = {}
    for position, row in draft.rows(ScenarioDemand):
        key = (row.scenario, row.district, row.item)
        entered[key] = entered.get(key, 0.0) + row.demand_units
        first.setdefault(key, position)
    for key, units in entered.items():
        wanted = suggested.get(key)
        if wanted is None:
            continue
        is_little = wanted > MOST_FACTOR * (units + SPARE_UNITS)
        if is_little or units > MOST_FACTOR * (wanted + SPARE_UNITS):
            side = "below" if is_little else "above"
            draft.report(
                "demand_off_exposure",
                (table, first[key], "demand_units"),
                units,
                f"is more than {MOST_FACTOR:g} times {side} the {wanted:,.0f} that the people "
                f"exposed there suggest",
                "Maybe digits are missing here, or exposed_people or the shares of the hazard are "
                "off.",
            )

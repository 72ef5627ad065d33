"""Disasters as rows: scenarios with probabilities, need by item, damage to stores and roads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from allocator.schema.disaster import Scenario, ScenarioDamage, ScenarioDemand
from allocator.schema.network import Warehouse
from scripts.dataset_parts.catalogue import NEEDS
from scripts.dataset_parts.disaster import Disaster
from scripts.dataset_parts.inputs import Inputs

__all__ = ["damage_rows", "demand_rows", "probabilities", "scenario_rows", "sheltered_share"]

TENT_SHARE = {"R01": 1.0, "R02": 0.3, "R03": 0.3}
"""Sheltered people who need a tent because no building takes them in."""

CHANCES = {"R03": 0.60, "R02": 0.30, "R01": 0.10}
"""Chance that the next disaster is a typhoon, a flood, an earthquake."""

GRAINS = 10_000

WIND_LOSS = ((90.0, 0.6), (75.0, 0.75), (60.0, 0.9))
WIND_ROADS = ((90.0, 1.8), (75.0, 1.5), (60.0, 1.3), (45.0, 1.15))
QUAKE_LOSS = ((9.0, 0.4), (8.0, 0.6), (7.0, 0.85))
QUAKE_ROADS = ((9.0, 2.5), (8.0, 2.0), (7.0, 1.5), (6.0, 1.2))
FLOOD_LOSS = ((30.0, 0.8), (22.0, 0.9))
FLOOD_ROADS = ((25.0, 1.8), (15.0, 1.4), (8.0, 1.2))
LOSS = {"R01": QUAKE_LOSS, "R02": FLOOD_LOSS, "R03": WIND_LOSS}
ROADS = {"R01": QUAKE_ROADS, "R02": FLOOD_ROADS, "R03": WIND_ROADS}


def _level(table: tuple[tuple[float, float], ...], strength: float, otherwise: float) -> float:
    """First value of a falling table whose floor the strength reaches."""
    return next((value for floor, value in table if strength >= floor), otherwise)


def probabilities(disasters: Sequence[Disaster]) -> list[float]:
    """Split each hazard's chance by weight; in ten-thousandths, so that they add up to 1."""
    present = {one.hazard for one in disasters}
    total = sum(CHANCES[hazard] for hazard in sorted(present))
    exact = []
    for one in disasters:
        rivals = sum(other.weight for other in disasters if other.hazard == one.hazard)
        exact.append(GRAINS * CHANCES[one.hazard] / total * one.weight / rivals)
    grains = [int(value) for value in exact]
    rest = GRAINS - sum(grains)
    order = sorted(range(len(exact)), key=lambda k: (grains[k] - exact[k], k))
    for k in order[:rest]:
        grains[k] += 1
    return [value / GRAINS for value in grains]


def scenario_rows(disasters: Sequence[Disaster], sample: str) -> list[Scenario]:
    """Return one scenario per disaster."""
    return [
        Scenario(
            scenario=one.code,
            name=one.name,
            probability=chance,
            hazard=one.hazard,
            event_time=one.event_time,
            sample=sample,
            source=one.source,
            status="mixed",
        )
        for one, chance in zip(disasters, probabilities(disasters), strict=True)
    ]


def sheltered_share(inputs: Inputs, hazard: str) -> float:
    """Sheltered people per evacuated person of a hazard class."""
    return float(inputs.hazard_classes.loc[hazard, "evacuee_to_sheltered_ratio"])


def demand_rows(inputs: Inputs, disaster: Disaster, items: Iterable[str]) -> list[ScenarioDemand]:
    """Return the need of each item in each district, in whole units."""
    sheltered = sheltered_share(inputs, disaster.hazard)
    rows = []
    for code, evacuated in sorted(disaster.evacuated.items()):
        for item in items:
            need = NEEDS[item]
            people = evacuated if need.people == "evacuated" else evacuated * sheltered
            if need.has_building_discount:
                people *= TENT_SHARE[disaster.hazard]
            units = round(people * need.units_per_person)
            if units > 0:
                rows.append(
                    ScenarioDemand(
                        scenario=disaster.code,
                        district=code,
                        item=item,
                        demand_units=float(units),
                        source=disaster.source,
                        status=disaster.status,  # type: ignore[arg-type]
                    )
                )
    return rows


def damage_rows(
    disaster: Disaster,
    warehouses: Iterable[Warehouse],
    *,
    most_roads: int = 60,
) -> list[ScenarioDamage]:
    """Return stock lost and roads slowed where the disaster is strong.

    Only warehouses that stand in a district of the case can be hit, and only districts with
    people in need get road rows.
    """
    rows = []
    for row in warehouses:
        strength = disaster.strength.get(row.district or "", 0.0)
        usable = _level(LOSS[disaster.hazard], strength, 1.0)
        if usable < 1.0:
            rows.append(
                ScenarioDamage(
                    scenario=disaster.code,
                    warehouse=row.warehouse,
                    usable_share=usable,
                    source="DESIGN",
                    status="assumption",
                )
            )
    hit = sorted(disaster.evacuated, key=lambda code: (-disaster.strength.get(code, 0.0), code))
    for code in sorted(hit[:most_roads]):
        factor = _level(ROADS[disaster.hazard], disaster.strength.get(code, 0.0), 1.0)
        is_cut = code in disaster.cut_off
        if factor > 1.0 or is_cut:
            rows.append(
                ScenarioDamage(
                    scenario=disaster.code,
                    district=code,
                    road_time_factor=factor,
                    is_cut_off=is_cut,
                    source="DESIGN",
                    status="assumption",
                )
            )
    return rows

"""A planning case over one or more provinces, put together from the parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from allocator.schema.network import Coverage, WaitingBand
from allocator.schema.procedure import Settings
from scripts.dataset_parts import catalogue, procedures, warehouses
from scripts.dataset_parts.disaster import Disaster
from scripts.dataset_parts.ferry import ferry_lanes
from scripts.dataset_parts.figures import figure_rows
from scripts.dataset_parts.folder import DataSet
from scripts.dataset_parts.hazards import hazard_rows, subclass_rows
from scripts.dataset_parts.inputs import Inputs
from scripts.dataset_parts.places import RiskLevel, district_rows, risk_levels, seat_codes
from scripts.dataset_parts.scenarios import damage_rows, demand_rows, scenario_rows
from scripts.dataset_parts.warehouses import Holding

__all__ = [
    "Region",
    "add_catalogue",
    "add_disasters",
    "add_network",
    "add_procedures",
    "coverage_rows",
]

BANDS = (6.0, 8.0, 10.0, 24.0, 48.0)
COVERAGE = (
    ("very_high", 6.0),
    ("high", 6.0),
    ("medium", 8.0),
    ("low", 10.0),
)
COVERED = {"TENT12S": 0.4, "QUILT": 1.3, "RATION1D": 8.8}
"""Units a thousand residents: 4.4 people a thousand at level II (S66), 0.3 of them sheltered."""

SIZE_CLASSES = ("T1", "D1", "D2", "D3", "D4", "K", "M", "P", "C-S")
BUILDABLE = ("T1", "D1", "D2", "D3")


@dataclass(frozen=True)
class Region:
    """What a planning case covers.

    Parameters
    ----------
    provinces
        Codes of the provinces whose districts are in the case; empty means all.
    items, fleets
        Codes of items and vehicle kinds.
    neighbours
        Provinces whose warehouses may be called on.
    neighbour_km
        City warehouses of neighbours count within this distance of a district. [km]
    central
        Central warehouses that may be called on.
    unbuildable
        Districts without a warehouse site (islands without a road).
    """

    provinces: tuple[str, ...]
    items: tuple[str, ...]
    fleets: tuple[str, ...] = ("LT42", "MT68", "ST137")
    neighbours: tuple[str, ...] = ()
    neighbour_km: float = 200.0
    central: tuple[str, ...] = ()
    unbuildable: frozenset[str] = field(default_factory=frozenset)


def coverage_rows(items: Sequence[str], price: dict[str, float]) -> list[Coverage]:
    """Return the 6/8/10-hour promises, missing units priced at a tenth of their price a year."""
    return [
        Coverage(
            risk_level=level,  # type: ignore[arg-type]
            item=item,
            target_hours=hours,
            units_per_1000_people=COVERED[item],
            shortfall_cost_cny=round(0.1 * price[item], 2),
            source="S10;S66;DESIGN",
            status="mixed",
        )
        for level, hours in COVERAGE
        for item in items
        if item in COVERED
    ]


def waiting_bands() -> list[WaitingBand]:
    """Return the bands of the official targets, each counted as its own hours."""
    return [
        WaitingBand(up_to_hours=hours, deprivation_hours=hours, source="S10;DESIGN", status="mixed")
        for hours in BANDS
    ]


def add_catalogue(
    data_set: DataSet, inputs: Inputs, region: Region, *, is_bypass_enabled: bool = False
) -> None:
    """Add everything that does not depend on the places."""
    items = catalogue.item_rows(inputs, region.items)
    data_set.add(catalogue.size_class_rows(inputs, SIZE_CLASSES, BUILDABLE))
    data_set.add(items)
    data_set.add(coverage_rows(region.items, {row.item: row.price_cny for row in items}))
    data_set.add(waiting_bands())
    data_set.add(catalogue.vehicle_rows(inputs, region.fleets))
    add_procedures(data_set, inputs, is_bypass_enabled=is_bypass_enabled)
    data_set.add(figure_rows())


def add_procedures(data_set: DataSet, inputs: Inputs, *, is_bypass_enabled: bool) -> None:
    """Add hazards, departments, sign-offs, who answers for what, and the sources."""
    data_set.add(hazard_rows(inputs))
    data_set.add(subclass_rows())
    data_set.add(catalogue.department_rows(inputs))
    steps = procedures.approval_steps(inputs, is_bypass_enabled=is_bypass_enabled)
    data_set.add(steps)
    data_set.add(procedures.approval_rules())
    data_set.add(procedures.responsibility_rows(steps))
    data_set.add(catalogue.source_rows(inputs))


def _holdings(
    inputs: Inputs, region: Region, counties: pd.DataFrame, levels: list[RiskLevel]
) -> list[Holding]:
    """All warehouses of a region, with what they supply."""
    seats = seat_codes(inputs, counties)
    capitals = inputs.provinces.set_index("adcode")
    inside = sorted(set(counties["province_adcode"]))
    held = warehouses.county_warehouses(counties, levels, skip=region.unbuildable)
    held += warehouses.prefecture_warehouses(inputs, seats, region.provinces)
    for province in inside:
        own = counties[counties["province_adcode"] == province]
        place = capitals.loc[province]
        away = (own["lon"] - place["lon"]) ** 2 + (own["lat"] - place["lat"]) ** 2
        district = str(own["adcode"].iloc[int(away.to_numpy().argmin())])
        held.append(warehouses.province_warehouse(inputs, province, "existing", district))
    for province in region.neighbours:
        held.append(warehouses.province_warehouse(inputs, province, "external", None))
    held += warehouses.external_cities(inputs, counties, region.neighbours, region.neighbour_km)
    held += warehouses.central_warehouses(inputs, region.central, counties)
    return held


def add_network(data_set: DataSet, inputs: Inputs, region: Region, counties: pd.DataFrame) -> None:
    """Add districts, warehouses, stock and fleets."""
    levels = risk_levels(inputs, counties)
    data_set.add(district_rows(counties, levels))
    held = _holdings(inputs, region, counties, levels)
    is_joint = counties["province_adcode"].nunique() > 1
    stock = warehouses.stock_rows(held, region.items, has_own_reserve=is_joint)
    items = catalogue.item_rows(inputs, region.items)
    rows = warehouses.with_measured_space(held, stock, items)
    data_set.add(rows)
    data_set.add(stock)
    data_set.add(warehouses.fleet_rows(rows, region.fleets))
    data_set.add(ferry_lanes(rows, counties))


def add_disasters(
    data_set: DataSet,
    inputs: Inputs,
    region: Region,
    disasters: Sequence[Disaster],
    sample: str = "base",
) -> None:
    """Add scenarios, need and damage."""
    rows = data_set.tables["Warehouses"]
    data_set.add(scenario_rows(disasters, sample))
    for one in disasters:
        data_set.add(demand_rows(inputs, one, region.items))
        data_set.add(damage_rows(one, rows))  # type: ignore[arg-type]


def settings_row(**fields: object) -> Settings:
    """Return the settings of a case; what is not given keeps its default."""
    return Settings(**fields)  # type: ignore[arg-type]

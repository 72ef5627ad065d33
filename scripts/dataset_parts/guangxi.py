"""The case of Guangxi: 111 districts, its reserve warehouses, twenty disasters."""

from __future__ import annotations

from datetime import datetime

from scripts.dataset_parts.disaster import Disaster
from scripts.dataset_parts.floods import Basin, flood_disaster
from scripts.dataset_parts.folder import DataSet
from scripts.dataset_parts.inputs import Inputs
from scripts.dataset_parts.lab import add_lab
from scripts.dataset_parts.places import counties_of
from scripts.dataset_parts.quakes import quake_disasters
from scripts.dataset_parts.reforms import variant_rows
from scripts.dataset_parts.region import (
    Region,
    add_catalogue,
    add_disasters,
    add_network,
    settings_row,
)
from scripts.dataset_parts.risk_elements import element_figures, element_rows
from scripts.dataset_parts.storms import storm_disasters

__all__ = ["GUANGXI_BASINS", "build_guangxi"]

REGION = Region(
    provinces=("450000",),
    items=("TENT12S", "QUILT", "BED", "WATER24", "RATION1D", "FAMKIT", "GEN5"),
    neighbours=("360000", "430000", "440000", "460000", "500000", "520000", "530000"),
    neighbour_km=150.0,
    central=("CR08", "CR09", "CR10", "CR11", "CR12", "CR13"),
)

GUANGXI_BASINS = (
    Basin("flood_xijiang", "西江干流洪水", ("450400", "450800", "451300"), 0.22),
    Basin(
        "flood_liujiang",
        "柳江洪水",
        ("450200", "451200"),
        0.20,
        cut_off=("450225",),
    ),
    Basin("flood_yujiang", "郁江右江洪水", ("450100", "451000", "451400"), 0.15),
    Basin("flood_guijiang", "桂江贺江洪水", ("450300", "451100"), 0.20),
    Basin("flood_beibuwan", "北部湾沿海暴雨洪涝", ("450500", "450600", "450700", "450900"), 0.18),
)


def guangxi_disasters(inputs: Inputs) -> list[Disaster]:
    """Thirteen storms, five floods, two earthquakes."""
    counties = counties_of(inputs, REGION.provinces)
    storms = storm_disasters(inputs, counties, 13, ("RAMMASUN", "MANGKHUT", "NESAT", "YAGI"))
    floods = [flood_disaster(basin, counties) for basin in GUANGXI_BASINS]
    quakes = quake_disasters(inputs, counties, 2)
    return storms + floods + quakes


def build_guangxi(inputs: Inputs) -> DataSet:
    """Return the case of Guangxi."""
    data_set = DataSet(
        name="guangxi",
        title="Guangxi, 111 districts, 20 disasters",
        title_zh="广西111个区县,20个灾害情景",
        about=(
            "Where Guangxi keeps seven kinds of relief goods, against real typhoons, floods and "
            "earthquakes, with warehouses of seven other provinces and central ones to call on."
        ),
    )
    data_set.add(
        [
            settings_row(
                plan_name="广西区县应急储备布局",
                event_time=datetime.fromisoformat("2026-07-01T08:00+08:00"),
                capital_budget_cny=25_000_000.0,
                annual_budget_cny=47_000_000.0,
                order_hours=2.0,
                gap=0.01,
                finance_threshold_cny=30_000_000.0,
            )
        ]
    )
    counties = counties_of(inputs, REGION.provinces)
    add_catalogue(data_set, inputs, REGION)
    add_network(data_set, inputs, REGION, counties)
    disasters = guangxi_disasters(inputs)
    add_disasters(data_set, inputs, REGION, disasters)
    for one in disasters:
        data_set.add(element_rows(inputs, one, REGION.provinces[0]))
    data_set.add(element_figures())
    add_lab(data_set, inputs)
    data_set.add(variant_rows())
    return data_set

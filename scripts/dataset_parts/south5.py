"""The case of five southern provinces: some 570 districts and fifty disasters."""

from __future__ import annotations

from datetime import datetime

from scripts.dataset_parts.disaster import Disaster
from scripts.dataset_parts.floods import Basin, flood_disaster
from scripts.dataset_parts.folder import DataSet
from scripts.dataset_parts.guangxi import GUANGXI_BASINS
from scripts.dataset_parts.inputs import Inputs
from scripts.dataset_parts.places import counties_of
from scripts.dataset_parts.quakes import quake_disasters
from scripts.dataset_parts.region import (
    Region,
    add_catalogue,
    add_disasters,
    add_network,
    settings_row,
)
from scripts.dataset_parts.storms import storm_disasters

__all__ = ["build_south5"]

REGION = Region(
    provinces=("430000", "440000", "450000", "520000", "530000"),
    items=("TENT12S", "QUILT", "BED", "WATER24", "RATION1D", "FAMKIT"),
    neighbours=("350000", "360000", "420000", "460000", "500000", "510000"),
    neighbour_km=100.0,
    central=("CR06", "CR08", "CR09", "CR10", "CR11", "CR12", "CR13"),
)

BASINS = (
    *GUANGXI_BASINS,
    Basin("flood_xiangjiang", "湘江洪水", ("430100", "430200", "430300", "430400"), 0.12),
    Basin("flood_zishui", "资水洪水", ("430500", "430900", "431300"), 0.15),
    Basin("flood_yuanjiang", "沅江洪水", ("430700", "431200", "433100"), 0.15),
    Basin("flood_dongting", "洞庭湖区洪涝", ("430600", "430700", "430900"), 0.18),
    Basin("flood_beijiang", "北江洪水", ("440200", "441800", "440600"), 0.15),
    Basin("flood_hanjiang", "韩江榕江洪水", ("441400", "445100", "445200"), 0.12),
    Basin("flood_dongjiang", "东江洪水", ("441300", "441600"), 0.15),
    Basin("flood_qingshui", "清水江都柳江洪水", ("522600", "522700"), 0.18),
    Basin("flood_wujiang", "乌江洪水", ("520300", "520600"), 0.12),
    Basin("flood_honghe", "红河盘龙河洪水", ("532500", "532600"), 0.12),
    Basin("flood_zhaotong", "昭通山洪泥石流", ("530600",), 0.18),
)


def south5_disasters(inputs: Inputs) -> list[Disaster]:
    """Twenty-two storms, sixteen floods, twelve earthquakes."""
    counties = counties_of(inputs, REGION.provinces)
    storms = storm_disasters(
        inputs, counties, 22, ("RAMMASUN", "MANGKHUT", "NESAT", "YAGI", "HATO", "MUJIGAE")
    )
    floods = [flood_disaster(basin, counties) for basin in BASINS]
    quakes = quake_disasters(inputs, counties, 12, most_evacuated=600_000.0)
    return storms + floods + quakes


def build_south5(inputs: Inputs) -> DataSet:
    """Return the case of Guangxi, Guangdong, Hunan, Guizhou and Yunnan."""
    data_set = DataSet(
        name="south5",
        title="Guangxi, Guangdong, Hunan, Guizhou, Yunnan: 574 districts, 50 disasters",
        title_zh="桂粤湘黔滇五省区574个区县,50个灾害情景",
        about="Five provinces that stock and send together, six items, fifty disasters.",
    )
    data_set.add(
        [
            settings_row(
                plan_name="南方五省区应急储备布局",
                event_time=datetime.fromisoformat("2026-07-01T08:00+08:00"),
                capital_budget_cny=100_000_000.0,
                annual_budget_cny=250_000_000.0,
                order_hours=2.0,
                gap=0.01,
            )
        ]
    )
    add_catalogue(data_set, inputs, REGION)
    add_network(data_set, inputs, REGION, counties_of(inputs, REGION.provinces))
    add_disasters(data_set, inputs, REGION, south5_disasters(inputs))
    return data_set

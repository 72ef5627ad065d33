"""The case of all county-level units: two samples of disasters in one case, chosen by a setting."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from scripts.dataset_parts.disaster import Disaster
from scripts.dataset_parts.floods import drawn_floods, zhengzhou_flood
from scripts.dataset_parts.folder import DataSet
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

__all__ = ["build_china"]

UNBUILDABLE = frozenset({"350527", "460321", "460322"})
"""金门县 (not administered), 西沙区 and 南沙区 (at sea): districts without a site."""

REGION = Region(
    provinces=(),
    items=("TENT12S", "QUILT", "WATER24", "RATION1D"),
    central=tuple(f"CR{number:02d}" for number in range(1, 22)),
    unbuildable=UNBUILDABLE,
)

SAMPLES = {"s50": (22, 17, 11), "s200": (90, 75, 35)}
"""Storms, earthquakes and floods of each sample."""

MUST = ("RAMMASUN", "MANGKHUT", "NESAT", "YAGI", "LEKIMA", "DOKSURI", "HATO", "MERANTI")


def china_disasters(inputs: Inputs, sample: str) -> list[Disaster]:
    """Return the disasters of a sample; the codes carry the sample's name except in ``s50``."""
    counties = counties_of(inputs, ())
    storms, quakes, floods = SAMPLES[sample]
    found = [
        *storm_disasters(inputs, counties, storms, MUST),
        zhengzhou_flood(counties),
        *drawn_floods(inputs, counties, floods - 1),
        *quake_disasters(inputs, counties, quakes, most_evacuated=1_000_000.0),
    ]
    if sample == "s50":
        return found
    return [replace(one, code=f"{one.code}_{sample}") for one in found]


def build_china(inputs: Inputs) -> DataSet:
    """Return the case of the whole country."""
    data_set = DataSet(
        name="china",
        title="China, 2,853 districts, 50 or 200 disasters",
        title_zh="全国2853个县级单位,50或200个灾害情景",
        about=(
            "All county-level units with four items; the setting sample chooses s50 (default) "
            "or s200."
        ),
        switches={"sample": tuple(SAMPLES)},
    )
    data_set.add(
        [
            settings_row(
                plan_name="全国县级应急储备布局",
                event_time=datetime.fromisoformat("2026-07-01T08:00+08:00"),
                sample="s50",
                capital_budget_cny=300_000_000.0,
                annual_budget_cny=1_150_000_000.0,
                order_hours=2.0,
                gap=0.01,
            )
        ]
    )
    add_catalogue(data_set, inputs, REGION)
    add_network(data_set, inputs, REGION, counties_of(inputs, ()))
    for sample in SAMPLES:
        add_disasters(data_set, inputs, REGION, china_disasters(inputs, sample), sample)
    return data_set

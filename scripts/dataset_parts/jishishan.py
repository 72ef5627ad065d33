"""The Jishishan earthquake of 18 December 2023: what was ordered, when, for testing dispatch."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import numpy as np
import pandas as pd

from allocator.schema.disaster import Fleet, Scenario, ScenarioDamage, ScenarioDemand
from allocator.schema.network import Item, Stock, Warehouse
from allocator.schema.procedure import Figure
from scripts.dataset_parts import catalogue
from scripts.dataset_parts.figures import figure_rows
from scripts.dataset_parts.folder import DataSet
from scripts.dataset_parts.geometry import great_circle_km
from scripts.dataset_parts.inputs import Inputs
from scripts.dataset_parts.places import district_rows, risk_levels
from scripts.dataset_parts.region import (
    BUILDABLE,
    SIZE_CLASSES,
    add_procedures,
    settings_row,
    waiting_bands,
)

__all__ = ["build_jishishan"]

SCENARIO = "jishishan2023"
EVENT_TIME = datetime.fromisoformat("2023-12-18T23:59+08:00")
EPICENTRE = (102.79, 35.70)
PREFECTURES = ("620100", "621100", "622900", "623000", "630100", "630200", "632300")
FLEETS = ("LT42", "MT68", "HT96")
COUNTIES_HIT = 13
WEIGHTS = {8: 1.0, 7: 0.15, 6: 0.03}
ROAD_FACTOR = 1.17

ITEM_CODES = {
    "cotton tent": "TENT12C",
    "quilt": "QUILT",
    "folding bed": "BED",
    "mattress": "MATTRESS",
    "cotton coat": "COAT",
    "moisture-proof mat": "MATDAMP",
    "stove": "STOVE",
    "site lighting set": "LIGHT",
    "cotton shoes pair": "SHOES",
    "cotton clothes": "CLOTHES",
}
REFERENCE_ITEMS = tuple(code for code in ITEM_CODES.values() if code not in ("SHOES", "CLOTHES"))

GANSU, QINGHAI = "620000", "630000"
TOTAL = "cumulative central+provincial"

DEPOTS = (
    ("CR16B1", "CR16", "中央兰州库(第一批)", "central batch 1", GANSU, 0.0),
    ("CR15B2", "CR15", "中央渭南库(第二批甘肃)", "central batch 2", GANSU, 9.0),
    ("CR17B2", "CR17", "中央格尔木库(第二批青海)", "central batch 2", QINGHAI, 9.0),
    ("CR11B3", "CR11", "中央成都库(第三批)", "central batch 3", GANSU, 17.0),
)
"""Code, central warehouse, name, batch, receiving province, hour of the order. The batches and
hours are sourced; which warehouse sent which batch is an assumption."""

CENTRAL_FLEET = (("MT68", 20), ("HT96", 20))
PROVINCE_FLEET = (("LT42", 10), ("MT68", 20), ("HT96", 6))
CITY_FLEET = (("LT42", 15), ("MT68", 10))


def _counties(inputs: Inputs) -> pd.DataFrame:
    """Units of the seven prefectures around the epicentre."""
    frame = inputs.counties
    return frame[frame["prefecture_adcode"].isin(PREFECTURES)].reset_index(drop=True)


def _intensities(inputs: Inputs, counties: pd.DataFrame) -> dict[str, int]:
    """Intensity of the thirteen counties hit: six by the official map, the nearest others VI."""
    units = inputs.scenario_units
    known = units[(units["scenario_id"] == SCENARIO) & (units["attribute"] == "max_intensity")]
    felt = {str(row.adcode): int(row.value) for row in known.itertuples()}
    away = great_circle_km(*EPICENTRE, counties["lon"], counties["lat"])[0]
    for k in np.argsort(away, kind="stable"):
        if len(felt) >= COUNTIES_HIT:
            break
        felt.setdefault(str(counties["adcode"].iloc[int(k)]), 6)
    return felt


def _batch(inputs: Inputs, batch: str, province: str) -> dict[str, int]:
    """Units of each item in a batch for a province."""
    rows = inputs.relief_dispatch
    rows = rows[
        (rows["scenario_id"] == SCENARIO)
        & (rows["batch"] == batch)
        & (rows["dest_adcode"] == province)
    ]
    return {ITEM_CODES[row.item]: int(row.quantity) for row in rows.itertuples()}


def _ordered(inputs: Inputs) -> dict[str, dict[str, int]]:
    """What was ordered for each province within 33 hours."""
    return {
        GANSU: _batch(inputs, TOTAL, GANSU),
        QINGHAI: _batch(inputs, "central batch 2", QINGHAI),
    }


def _provincial(inputs: Inputs) -> dict[str, int]:
    """What Gansu added from its own stock: the total without the central batches."""
    left = dict(_ordered(inputs)[GANSU])
    for _, _, _, batch, province, _ in DEPOTS:
        if province == GANSU:
            for item, units in _batch(inputs, batch, GANSU).items():
                left[item] -= units
    return {item: units for item, units in left.items() if units > 0}


def _split(total: int, weights: Iterable[float]) -> list[int]:
    """Whole units by weight, the largest remainders rounded up."""
    share = np.array(list(weights), dtype=float)
    exact = total * share / share.sum()
    units = np.floor(exact).astype(int)
    order = np.argsort(units - exact, kind="stable")
    units[order[: total - int(units.sum())]] += 1
    return [int(x) for x in units]


def _demand(inputs: Inputs, counties: pd.DataFrame) -> list[ScenarioDemand]:
    """Spread what was ordered over the counties by population and intensity."""
    felt = _intensities(inputs, counties)
    hit = counties[counties["adcode"].isin(felt)]
    rows = []
    for province, items in _ordered(inputs).items():
        own = hit[hit["province_adcode"] == province]
        weights = [
            float(people) * WEIGHTS[felt[code]]
            for code, people in zip(own["adcode"], own["pop2020"], strict=True)
        ]
        for item, total in items.items():
            for code, units in zip(own["adcode"], _split(total, weights), strict=True):
                if units > 0:
                    rows.append(
                        ScenarioDemand(
                            scenario=SCENARIO,
                            district=code,
                            item=item,
                            demand_units=float(units),
                            source="EVENTS;S17;GEO",
                            status="derived",
                        )
                    )
    return sorted(rows, key=lambda row: (row.district, row.item))


def _extra_items() -> list[Item]:
    """Two items of the order that the reference list does not have."""
    given = (
        ("SHOES", "棉鞋(双)", "pair", 1.0, 0.006, 60.0),
        ("CLOTHES", "棉衣", "set", 2.0, 0.02, 130.0),
    )
    return [
        Item(
            item=code,
            name=name,
            unit=unit,
            item_group="living",
            weight_kg=weight,
            volume_m3=volume,
            price_cny=price,
            shelf_life_months=96.0,
            priority_weight=0.75,
            waiting_cost_cny_per_hour=15.0,
            unmet_cost_cny=6600.0,
            source="S17;DESIGN",
            status="assumption",
        )
        for code, name, unit, weight, volume, price in given
    ]


def _warehouses(inputs: Inputs) -> list[Warehouse]:
    """Four central warehouses by batch, the province's in Lanzhou, the city's in Linxia."""
    central = inputs.central_warehouses.set_index("id")
    rows = [
        Warehouse(
            warehouse=code,
            name=name,
            state="external",
            level="central",
            province=_province_of(inputs, str(central.loc[base, "province"])),
            lon=float(central.loc[base, "lon"]),
            lat=float(central.loc[base, "lat"]),
            size_class="C-S",
            can_close=False,
            owner_department="NFSRA",
            source="EVENTS;S17;S77;S78;DESIGN",
            status="mixed",
        )
        for code, base, name, _, _, _ in DEPOTS
    ]
    own = (
        ("P620000", "甘肃省省级救灾物资储备库", "province", "620102", "P", "PROV_GRAIN"),
        ("C622900", "临夏州救灾物资储备库", "city", "622901", "M", "CITY_DRC"),
    )
    rows += [
        Warehouse(
            warehouse=code,
            name=name,
            state="existing",
            level=level,  # type: ignore[arg-type]
            district=district,
            size_class=size,
            max_size_class=size,
            can_close=False,
            owner_department=owner,
            source="EVENTS;S17;DESIGN",
            status="mixed",
        )
        for code, name, level, district, size, owner in own
    ]
    return rows


def _province_of(inputs: Inputs, short: str) -> str:
    """Full name of a province."""
    return next(str(name) for name in inputs.provinces["name"] if str(name).startswith(short))


CITY_ITEMS = ("TENT12C", "COAT", "QUILT", "BED", "MATTRESS")


def _stock(inputs: Inputs) -> list[Stock]:
    """What each warehouse sent is what it has."""
    lots: list[tuple[str, str, int]] = []
    for code, _, _, batch, province, _ in DEPOTS:
        lots += [(code, item, n) for item, n in _batch(inputs, batch, province).items()]
    for item, units in _provincial(inputs).items():
        lots.append(("C622900" if item in CITY_ITEMS else "P620000", item, units))
    return [
        Stock(
            warehouse=warehouse,
            item=item,
            stock_units=float(units),
            source="EVENTS;S17",
            status="derived",
        )
        for warehouse, item, units in sorted(lots)
    ]


def _fleets() -> list[Fleet]:
    """Vehicles; those of later batches come with the order."""
    given = [(code, CENTRAL_FLEET, hour) for code, _, _, _, _, hour in DEPOTS]
    given += [("P620000", PROVINCE_FLEET, 0.0), ("C622900", CITY_FLEET, 0.0)]
    return [
        Fleet(
            warehouse=code,
            fleet=fleet,
            vehicles_count=count,
            available_from_hours=hour,
            source="S77;S78;DESIGN",
            status="mixed",
        )
        for code, vehicles, hour in given
        for fleet, count in vehicles
    ]


EXTRA_FIGURES = (
    (
        "Scenario_Demand",
        "demand_units",
        "derived",
        "Ordered for Gansu by 09:00 of 20 December (128,830 pieces) and for Qinghai at 09:00 of "
        "19 December; by population x intensity (VIII 1, VII 0.15, VI 0.03: assumption).",
    ),
    (
        "Warehouses",
        "name",
        "assumption",
        "Batches and hours are sourced; which central warehouse sent which batch is assumed.",
    ),
    (
        "Fleets",
        "available_from_hours",
        "sourced",
        "Hour of the order: batch 2 at 09:00, batch 3 at 17:00 of 19 December.",
    ),
    ("Fleets", "vehicles_count", "assumption", "88 lorries had arrived in Gansu after 33 h (S17)."),
    (
        "Stock",
        "stock_units",
        "derived",
        "What each batch held; Gansu's own is the total less the central batches, split between "
        "Lanzhou and Linxia by assumption.",
    ),
    ("Scenarios", "event_time", "sourced", "23:59 of 18 December 2023."),
)
REPLACED = {("Warehouses", "state"), ("Warehouses", "volume_m3"), ("Stock", "stock_units")}
REPLACED |= {("Stock", "home_reserve_units")}
REPLACED |= {(table, field) for table, field, _, _ in EXTRA_FIGURES}


def _figures() -> list[Figure]:
    """Notes on columns, with those of this case in place of the general ones."""
    general = [row for row in figure_rows() if (row.table, row.field) not in REPLACED]
    absent = {"Coverage"}
    own = [
        Figure(table=table, field=field, status=status, source="EVENTS;S17;S77;S78", note=note)  # type: ignore[arg-type]
        for table, field, status, note in EXTRA_FIGURES
    ]
    return [row for row in general if row.table not in absent] + own


def _scenario(inputs: Inputs, counties: pd.DataFrame) -> list[Scenario | ScenarioDamage]:
    """Build the one scenario and the slow roads where the intensity is VII or more."""
    scenario = Scenario(
        scenario=SCENARIO,
        name="2023年积石山6.2级地震",
        probability=1.0,
        hazard="R01",
        event_time=EVENT_TIME,
        source="EVENTS",
        status="sourced",
    )
    roads = [
        ScenarioDamage(
            scenario=SCENARIO,
            district=code,
            road_time_factor=ROAD_FACTOR,
            source="S18",
            status="derived",
        )
        for code, level in sorted(_intensities(inputs, counties).items())
        if level >= 7
    ]
    return [scenario, *roads]


def build_jishishan(inputs: Inputs) -> DataSet:
    """Return the real 2023 earthquake for testing dispatch against what happened."""
    data_set = DataSet(
        name="jishishan",
        title="Jishishan earthquake 2023, real orders by batch",
        title_zh="2023年积石山地震,实际调运批次回测",
        about=(
            "What was ordered for Gansu and Qinghai within 33 hours, from six warehouses at the "
            "known hours; 57 percent had arrived in Gansu after 33 hours."
        ),
    )
    counties = _counties(inputs)
    data_set.add(
        [
            settings_row(
                plan_name="积石山地震调运回测", event_time=EVENT_TIME, order_hours=4.4, gap=0.01
            )
        ]
    )
    data_set.add(district_rows(counties, risk_levels(inputs, counties)))
    data_set.add(_warehouses(inputs))
    data_set.add(catalogue.size_class_rows(inputs, SIZE_CLASSES, BUILDABLE))
    data_set.add([*catalogue.item_rows(inputs, REFERENCE_ITEMS), *_extra_items()])
    data_set.add(_stock(inputs))
    data_set.add(waiting_bands())
    data_set.add(_scenario(inputs, counties))
    data_set.add(_demand(inputs, counties))
    data_set.add(catalogue.vehicle_rows(inputs, FLEETS))
    data_set.add(_fleets())
    add_procedures(data_set, inputs, is_bypass_enabled=True)
    data_set.add(_figures())
    return data_set

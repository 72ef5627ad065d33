"""The shipped data sets: complete, consistent, true to their sources, made again to the byte."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from allocator.approvals import finish_hours
from allocator.case import Case
from allocator.datasets import dataset_path, list_datasets
from allocator.intake import check_case, read_case
from allocator.schema import CASE_SHEETS
from allocator.schema.disaster import Scenario, ScenarioDemand
from allocator.schema.procedure import Figure, Source
from allocator.schema.risks import HazardSubclass
from allocator.travel import build_lanes
from scripts import make_datasets
from scripts.dataset_parts.disaster import Disaster
from scripts.dataset_parts.inputs import Inputs, read_inputs
from scripts.dataset_parts.outlines import filled_gap, simplified_ring
from scripts.dataset_parts.scenarios import probabilities

NAMES = ("tiny", "guangxi", "south5", "china", "jishishan", "hongshui")
FOLDER = dataset_path("tiny").parent
LARGEST_BYTES = 12_000_000
OUTLINE_BYTES = 1_500_000


@cache
def case_of(name: str) -> Case:
    """Return a shipped case, read once."""
    return read_case(dataset_path(name))


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    """Return the shared tables that the data sets are made from."""
    return read_inputs()


def units_of(name: str, scenario: str, item: str) -> dict[str, float]:
    """Need of an item by district in one scenario."""
    rows = case_of(name).rows(ScenarioDemand)
    return {r.district: r.demand_units for r in rows if (r.scenario, r.item) == (scenario, item)}


def test_all_sets_are_listed_with_a_title() -> None:
    """The list names every set, each with a title and a sentence."""
    listed = {one.name: one for one in list_datasets()}
    assert set(NAMES) <= set(listed)
    assert all(listed[name].title and listed[name].about for name in NAMES)
    assert listed["china"].switches == {"sample": ("s50", "s200")}


@pytest.mark.parametrize("name", NAMES)
def test_no_set_has_a_fault(name: str) -> None:
    """The checks find no error in a shipped set."""
    assert [issue for issue in check_case(dataset_path(name)) if issue.severity == "error"] == []


@pytest.mark.parametrize("name", NAMES)
def test_probabilities_of_each_sample_add_up(name: str) -> None:
    """Within each sample the chances add up to 1, and every scenario has a need."""
    case = case_of(name)
    total: dict[str, float] = {}
    for row in case.rows(Scenario):
        total[row.sample] = total.get(row.sample, 0.0) + row.probability
    assert total
    assert all(value == pytest.approx(1.0, abs=1e-9) for value in total.values())
    needy = {row.scenario for row in case.rows(ScenarioDemand)}
    assert needy == {row.scenario for row in case.rows(Scenario)}


@pytest.mark.parametrize("name", NAMES)
def test_need_is_in_whole_units(name: str) -> None:
    """Nobody needs half a tent."""
    assert all(
        r.demand_units == int(r.demand_units) > 0 for r in case_of(name).rows(ScenarioDemand)
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_row_says_what_it_is(name: str) -> None:
    """Each row has a source and a status other than the user's own."""
    for sheet, rows in case_of(name).tables.items():
        if "source" not in CASE_SHEETS[sheet].model_fields:
            continue
        bare = [row for row in rows if not row.source or getattr(row, "status", "") == "user"]  # type: ignore[attr-defined]
        assert bare == [], sheet


@pytest.mark.parametrize("name", NAMES)
def test_mixed_rows_are_spelled_out_by_column(name: str) -> None:
    """A sheet with mixed rows has its columns in Figures, and those columns exist."""
    case = case_of(name)
    figures = case.rows(Figure)
    for row in figures:
        assert row.field in CASE_SHEETS[row.table].model_fields, (row.table, row.field)
    told = {row.table for row in figures}
    mixed = {
        sheet
        for sheet, rows in case.tables.items()
        if sheet != "Figures" and any(getattr(row, "status", "") == "mixed" for row in rows)
    }
    assert mixed <= told


@pytest.mark.parametrize("name", NAMES)
def test_source_codes_are_in_the_list_of_sources(name: str) -> None:
    """Codes such as S17 that rows name are explained in Sources."""
    case = case_of(name)
    known = {row.source_code for row in case.rows(Source)}
    named: set[str] = set()
    for sheet, rows in case.tables.items():
        if sheet != "Sources" and "source" in CASE_SHEETS[sheet].model_fields:
            for row in rows:
                text = row.source  # type: ignore[attr-defined]
                named |= set(re.findall(r"\bS\d{2,3}\b|\b[A-Z]{3,}\b(?=;|$)", text))
    assert named - known - {"MIT"} == set()


def test_guangxi_is_complete() -> None:
    """All 111 units with the census population; each is a site; 14 cities and the province."""
    case = case_of("guangxi")
    assert len(case.districts) == 111
    assert sum(row.population_people for row in case.districts) == 50_126_804
    sites = {row.district for row in case.warehouses if row.level == "county"}
    assert sites == {row.district for row in case.districts}
    levels = Counter((row.state, row.level) for row in case.warehouses)
    assert levels["existing", "city"] == 14
    assert levels["existing", "province"] == 1
    assert levels["external", "province"] == 7
    assert len(case.scenarios) == 20
    assert len(case.items) >= 6


def test_the_other_sets_are_complete() -> None:
    """Five provinces, the whole country with both samples, thirteen counties of Jishishan."""
    south5, china, jishishan = (case_of(name) for name in ("south5", "china", "jishishan"))
    assert len({row.province for row in south5.districts}) == 5
    assert (len(south5.districts), len(south5.scenarios)) == (574, 50)
    assert len(china.districts) == 2853
    assert sum(row.population_people for row in china.districts) == 1_409_778_724
    samples = Counter(row.sample for row in china.rows(Scenario))
    assert samples == {"s50": 50, "s200": 200}
    assert len(china.scenarios) == 50
    assert len({row.district for row in jishishan.scenario_demand}) == 13


def test_the_great_earthquake_is_the_size_that_dispatch_is_measured_on() -> None:
    """Fifty districts hit, two hundred warehouses in eight provinces, five items, three kinds."""
    case = case_of("hongshui")
    assert len({row.district for row in case.scenario_demand}) == 50
    province = {row.district: row.province for row in case.districts}
    homes = {row.province or province[row.district or ""] for row in case.warehouses}
    assert (len(case.warehouses), len(homes)) == (200, 8)
    assert (len(case.items), len(case.vehicles)) == (5, 3)
    assert {row.warehouse for row in case.fleets} == {row.warehouse for row in case.warehouses}


@pytest.mark.parametrize(
    ("scenario", "people", "count"),
    [
        ("rammasun2014", 216_900, 38),
        ("mangkhut2018", 126_100, 46),
        ("nesat2011", 157_400, 41),
    ],
)
def test_real_typhoons_keep_the_official_totals(scenario: str, people: int, count: int) -> None:
    """Two rations for each person resettled by the official count, in as many counties."""
    for name in ("guangxi", "south5"):
        rations = {c: u for c, u in units_of(name, scenario, "RATION1D").items() if c[:2] == "45"}
        assert sum(rations.values()) == pytest.approx(2 * people, abs=count)
        assert len(rations) == count


@pytest.mark.parametrize(
    ("scenario", "people", "loss_cny"),
    [
        ("rammasun2014", 3_100_000, 4.0e9),
        ("nesat2011", 3_064_200, 2.436e9),
        ("mangkhut2018", 639_000, 0.183e9),
    ],
)
def test_real_losses_keep_the_official_totals(scenario: str, people: int, loss_cny: float) -> None:
    """Affected people and direct loss by the last official count, to the last person and CNY."""
    rows = [row for row in case_of("guangxi").risk_elements if row.scenario == scenario]
    assert sum(row.exposed_people or 0.0 for row in rows) == people
    assert sum(row.direct_loss_cny for row in rows) == loss_cny
    assert {row.status for row in rows} == {"derived"}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "tiny"])
def test_the_hazard_library_is_complete_and_honest(name: str) -> None:
    """Twelve classes over all four statutory ones; every code says how sure it is, none is seen."""
    case = case_of(name)
    assert [row.hazard for row in case.hazards] == [f"R{k:02d}" for k in range(1, 13)]
    assert Counter(row.event_class for row in case.hazards) == {
        "natural_disaster": 7,
        "accident": 2,
        "public_health": 1,
        "social_security": 2,
    }
    subclasses = case.rows(HazardSubclass)
    assert {row.hazard for row in subclasses} == {row.hazard for row in case.hazards}
    for row in (*case.hazards, *subclasses):
        assert row.code_status in (("recalled", "to_verify") if row.standard_code else ("none",))


def test_every_disaster_of_guangxi_has_records_of_loss() -> None:
    """Twenty scenarios have accounts, and only known kinds of warning come with the case."""
    case = case_of("guangxi")
    assert {row.scenario for row in case.risk_elements} == {row.scenario for row in case.scenarios}
    assert [issue.code for issue in check_case(dataset_path("guangxi"))] == ["short_supply"]


@pytest.mark.shared_data
@pytest.mark.parametrize("scenario", ["rammasun2014", "mangkhut2018"])
def test_real_typhoons_hit_the_listed_counties(inputs: Inputs, scenario: str) -> None:
    """The counties with a need are those of the official list."""
    rows = inputs.scenario_units
    listed = set(rows.loc[rows["scenario_id"] == scenario, "adcode"])
    assert set(units_of("guangxi", scenario, "RATION1D")) == listed


@pytest.mark.shared_data
def test_jishishan_needs_what_was_ordered(inputs: Inputs) -> None:
    """128,830 pieces for Gansu and 21,520 for Qinghai; what lies in stock is what was sent."""
    case = case_of("jishishan")
    need: Counter[str] = Counter()
    by_item: Counter[str] = Counter()
    for row in case.scenario_demand:
        need[row.district[:2]] += int(row.demand_units)
        by_item[row.item] += int(row.demand_units)
    rows = inputs.relief_dispatch
    total = rows[rows["batch"] == "cumulative central+provincial"]["quantity"].sum()
    assert need == {"62": 128_830, "63": 21_520}
    assert need["62"] == total
    stock: Counter[str] = Counter()
    for lot in case.stock:
        stock[lot.item] += int(lot.stock_units)
    assert stock == by_item


def test_guangxi_cannot_meet_everything_today() -> None:
    """Some disasters are met from stock, others need more than all stock within reach."""
    case = case_of("guangxi")
    stock: Counter[str] = Counter()
    for lot in case.stock:
        stock[lot.item] += int(lot.stock_units - lot.home_reserve_units)
    verdicts = set()
    for scenario in case.scenarios:
        need: Counter[str] = Counter()
        for row in case.scenario_demand:
            if row.scenario == scenario.scenario:
                need[row.item] += int(row.demand_units)
        verdicts.add(all(need[item] <= stock[item] for item in need))
    assert verdicts == {True, False}


def test_sign_offs_end_in_the_order_of_distance() -> None:
    """County, city, province, neighbour and centre release in this order, as the README says."""
    case = case_of("guangxi")
    ends = {}
    for rule in case.approval_rules:
        steps = [row for row in case.approval_steps if row.procedure == rule.procedure]
        ends[rule.procedure] = round(finish_hours(steps)[rule.release_step], 6)
    assert ends == {
        "COUNTY_OWN_DISPATCH": 1.0,
        "CITY_DISPATCH": 1.7,
        "PROVINCE_OWN_DISPATCH": 4.6,
        "CROSS_PROVINCE": 6.1,
        "CN_CENTRAL_DISPATCH": 6.0,
    }


def test_tiny_arrives_when_the_readme_says() -> None:
    """Earliest arrivals of the hand-worked case, by warehouse and district. [h]."""
    case = case_of("tiny")
    lanes = build_lanes(case)
    arrival = lanes.arrival_hours()[:, 0]
    found = {
        (case.warehouses[w].warehouse, case.districts[d].name): round(float(hours), 2)
        for w, d, hours in zip(lanes.warehouse, lanes.district, arrival, strict=True)
    }
    assert found == {
        ("W1", "甲区"): 2.97,
        ("W1", "乙县"): 4.2,
        ("W1", "丙县"): 8.4,
        ("W2", "甲区"): 8.4,
        ("W2", "乙县"): 7.0,
        ("W2", "丙县"): 2.67,
        ("X1", "甲区"): 12.35,
        ("X1", "乙县"): 13.4,
        ("X1", "丙县"): 15.35,
    }


def test_lanes_from_hainan_take_the_ferry() -> None:
    """No lorry crosses the strait in less than five hours, nor over the great circle."""
    lanes = case_of("guangxi").lanes
    assert len(lanes) == 111
    assert all(row.drive_hours is not None and row.drive_hours > 5.0 for row in lanes)
    assert {row.warehouse for row in lanes} == {"P460000"}


def test_sets_are_small() -> None:
    """All files together stay below 12 MB, the outlines below 1.5 MB."""
    sizes = {path: path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()}
    assert sum(sizes.values()) < LARGEST_BYTES
    assert sum(size for path, size in sizes.items() if path.suffix == ".geojson") < OUTLINE_BYTES


def test_outlines_cover_the_districts() -> None:
    """Every district of Guangxi and of the five provinces has closed rings to draw."""
    for outline, name in (("guangxi_counties", "guangxi"), ("south5_counties", "south5")):
        text = (FOLDER / "outlines" / f"{outline}.geojson").read_text(encoding="utf-8")
        features = json.loads(text)["features"]
        codes = {feature["properties"]["adcode"] for feature in features}
        assert codes == {row.district for row in case_of(name).districts}
        for feature in features:
            shape = feature["geometry"]
            parts = shape["coordinates"]
            polygons = [parts] if shape["type"] == "Polygon" else parts
            assert all(ring[0] == ring[-1] for polygon in polygons for ring in polygon)


def test_thinning_keeps_the_corners() -> None:
    """Points on a straight edge go, corners stay; a ring below the tolerance vanishes."""
    square = [(0.0, 0.0), (0.5, 0.0004), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    assert simplified_ring(square, 0.01) == [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    assert simplified_ring([(x / 1e5, y / 1e5) for x, y in square], 0.01) == []


def test_a_gap_is_filled_up_to_the_edges_around_it() -> None:
    """From the middle of a square hole the whole square is seen."""
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    edges = np.array([[*a, *b] for a, b in pairwise(corners)])
    ring = filled_gap((0.5, 0.5), edges)
    assert min(min(point) for point in ring) == pytest.approx(0.0, abs=1e-9)
    assert max(max(point) for point in ring) == pytest.approx(1.0, abs=1e-9)
    assert all(min(x, 1 - x, y, 1 - y) == pytest.approx(0.0, abs=1e-9) for x, y in ring)


def test_probabilities_follow_hazard_and_weight() -> None:
    """Two storms share 0.6, a flood of weight 3 takes three parts of 0.3; the sum is 1."""
    given = [("a", "R03", 1.0), ("b", "R03", 1.0), ("c", "R02", 3.0), ("d", "R02", 1.0)]
    given.append(("e", "R01", 1.0))
    disasters = [
        Disaster(code, code, hazard, None, {}, {}, "", "assumption", weight=weight)
        for code, hazard, weight in given
    ]
    assert probabilities(disasters) == [0.3, 0.3, 0.225, 0.075, 0.1]
    assert sum(probabilities(disasters[:3])) == pytest.approx(1.0)


@pytest.mark.shared_data
@pytest.mark.parametrize("name", [*NAMES, "outlines", "records"])
def test_the_script_makes_the_shipped_bytes(inputs: Inputs, tmp_path: Path, name: str) -> None:
    """Made again from the shared data, each file is the shipped one."""
    make_datasets.make(name, inputs, tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.*")}
    shipped = {path.relative_to(FOLDER): path.read_bytes() for path in (FOLDER / name).rglob("*.*")}
    assert sorted(made) == sorted(shipped)
    assert [str(path) for path in made if made[path] != shipped[path]] == []

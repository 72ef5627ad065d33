"""Figures: what they hold, and that Plotly accepts them."""

from __future__ import annotations

import json
from itertools import pairwise
from math import cos, radians
from pathlib import Path

import plotly.graph_objects as go
import pytest

from allocator.plan import Plan
from allocator.report.facts import Facts
from allocator.report.figures import (
    flow_limits,
    gantt_figure,
    map_base,
    map_figure,
    map_scenario,
    reach_rings,
    ring_centre,
    served_figure,
)
from allocator.report.figures.gantt import _packed
from allocator.report.figures.style import short_class
from allocator.report.outlines import Outlines, choose_outlines
from allocator.report.reach import reach_km, ring
from allocator.schema.disaster import Vehicle
from allocator.schema.results import Responsible
from tests.allocator.report_example import DISTRICTS, FLEET, NASTY, example_case
from tests.allocator.report_plan_example import example_plan

DRAWN = [row[0] for row in DISTRICTS if row[0] != "450181"]
SQUARE = [[[108.0, 21.0], [109.0, 21.0], [109.0, 22.0], [108.0, 22.0], [108.0, 21.0]]]


@pytest.fixture(scope="module")
def facts() -> Facts:
    """The example case and plan."""
    case = example_case()
    return Facts(case, example_plan(case))


@pytest.fixture
def outlines(facts: Facts, tmp_path: Path) -> Outlines:
    """A province, all districts but one, and a dashed line."""
    features = [
        {
            "type": "Feature",
            "properties": {"adcode": code, "name": code},
            "geometry": {"type": "MultiPolygon", "coordinates": [SQUARE]},
        }
        for code in ("450000", *DRAWN)
    ]
    features.append(
        {
            "type": "Feature",
            "properties": {"adcode": "100000_JD"},
            "geometry": {
                "type": "MultiLineString",
                "coordinates": [[[108.0, 20.5], [109.0, 20.6]]],
            },
        }
    )
    path = tmp_path / "own.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return choose_outlines(facts.case, path)


def test_plotly_accepts_every_figure(facts: Facts, outlines: Outlines) -> None:
    """The validators of the plotly package find no unknown attribute or bad value."""
    for lang in ("en", "zh"):
        figures = (
            map_figure(facts, outlines, "rammasun2014", lang),
            map_figure(facts, Outlines(), None, lang),
            gantt_figure(facts, "rammasun2014", lang),
            served_figure(facts, lang),
        )
        for figure in figures:
            assert len(go.Figure(figure).data) == len(figure["data"])


def test_map_keeps_the_aspect_of_the_land(facts: Facts, outlines: Outlines) -> None:
    """A degree of latitude is as long as a degree of longitude over its cosine."""
    layout = map_base(facts, outlines, "en")["layout"]
    middle = sum(layout["yaxis"]["range"]) / 2
    assert layout["yaxis"]["scaleanchor"] == "x"
    assert layout["yaxis"]["scaleratio"] == pytest.approx(1 / cos(radians(middle)), rel=1e-3)


def test_outlines_need_one_trace_a_layer(facts: Facts, outlines: Outlines) -> None:
    """Land, districts and lines are a trace each, never one per unit."""
    filled = [trace for trace in map_base(facts, outlines, "en")["data"] if "fill" in trace]
    assert len(filled) == 2
    assert filled[1]["meta"]["shapes"] == DRAWN


def test_a_district_without_polygon_is_shaded_by_a_square(facts: Facts, outlines: Outlines) -> None:
    """Districts that the outlines lack do not vanish from the shading."""
    traces = map_scenario(facts, outlines, "rammasun2014", "en")
    points = next(trace for trace in traces if trace.get("uid") == "districts")
    symbols = dict(
        zip((row[1] for row in points["customdata"]), points["marker"]["symbol"], strict=True)
    )
    assert symbols["450602"] == "circle"
    assert symbols["450181"] == "square"
    assert "450304" not in symbols


def test_flows_are_drawn_once_each_with_their_hours(facts: Facts) -> None:
    """Every flow has a point to hover at, every flow between two places a line."""
    traces = map_scenario(facts, Outlines(), "rammasun2014", "en")
    flows = facts.flows("rammasun2014")
    points = next(trace for trace in traces if trace.get("uid") == "flow-points")
    assert len(points["x"]) == len(flows)
    assert points["customdata"][0][7] == f"{flows[0].last_hours:.1f} h"
    lines = [trace for trace in traces if str(trace.get("uid", "")).startswith("flow")]
    drawn = sum(trace["x"].count(None) for trace in lines)
    away = [flow for flow in flows if flow.warehouse.removeprefix("W") != flow.district]
    assert drawn == len(away)


def test_flow_classes_part_volumes_by_round_limits() -> None:
    """Limits are 1, 2 or 5 times a power of ten, near a third of the next."""
    assert flow_limits([900.0, 3.0]) == (20.0, 100.0, 200.0)
    assert flow_limits([]) == ()


@pytest.mark.parametrize(
    ("served", "expected"),
    [(None, None), (1.0, 0), (0.99999, 0), (0.97, 1), (0.8, 2), (0.6, 3), (0.1, 4), (0.0, 4)],
)
def test_shading_follows_the_unmet_share(served: float | None, expected: int | None) -> None:
    """Limits belong to the lighter class; rounding does not shade."""
    assert short_class(served) == expected


def test_warehouse_areas_are_stock(facts: Facts) -> None:
    """Marker sizes are the volumes, drawn as areas on one scale for all decisions."""
    traces = map_base(facts, Outlines(), "en")["data"]
    marks = {
        trace["uid"]: trace["marker"] for trace in traces if trace.get("uid") in {"keep", "open"}
    }
    assert marks["keep"]["sizemode"] == "area"
    assert marks["keep"]["sizeref"] == marks["open"]["sizeref"]
    volume = {row.warehouse: row.used_m3 for row in facts.warehouses}
    assert marks["keep"]["size"] == [pytest.approx(volume["W450103"], abs=0.1)]


def test_reach_counts_rests_and_handling() -> None:
    """By hand: 8 h less 2 h handling is 6 h, of which one rest of 20 minutes: 5 2/3 h driving."""
    assert reach_km(FLEET, 8.0, 1.3) == pytest.approx((6 - 1 / 3) * 62 / 1.3)
    assert reach_km(FLEET, 6.0, 1.0) == pytest.approx(4 * 62)
    assert reach_km(FLEET, 6.2, 1.0) == pytest.approx(4 * 62)
    assert reach_km(FLEET, 1.5, 1.0) == 0.0
    restless = Vehicle(**{**FLEET.model_dump(), "driving_block_hours": 0.0})
    assert reach_km(restless, 12.0, 1.0) == pytest.approx(10 * 62)


def test_ring_keeps_its_distance() -> None:
    """A quarter of the way round the Earth from the equator is the pole."""
    lons, lats = ring(0.0, 0.0, 6371.0088 * radians(90), points=4)
    assert lats[0] == pytest.approx(90.0)
    assert (lons[1], lats[1]) == (pytest.approx(90.0), pytest.approx(0.0))
    assert (lons[0], lats[0]) == (lons[-1], lats[-1])


def test_rings_start_at_our_largest_warehouse(facts: Facts) -> None:
    """The outside source is larger, but the rings are about what we can decide."""
    assert ring_centre(facts) == "W450103"
    rings = reach_rings(facts)["W450103"]
    assert list(rings) == ["6", "8", "10", "48"]
    east = max(rings["6"][0]) - 108.49402
    km = east * 111.195 * cos(radians(22.78588))
    assert km == pytest.approx(reach_km(FLEET, 6.0, 1.3), rel=0.01)


def test_gantt_rows_never_hold_two_trips_at_once(facts: Facts) -> None:
    """A row is like a vehicle: the next trip loads after the last one is back."""
    for groups in facts.trip_groups("rammasun2014").values():
        for row in _packed(groups, ()):
            for before, after in pairwise(row):
                assert before.first.return_hours <= after.first.load_start_hours + 1e-6


def test_gantt_says_what_it_leaves_out(facts: Facts) -> None:
    """With one warehouse and one row, fewer trips are shown than there are."""
    whole = gantt_figure(facts, "rammasun2014", "en", most_rows=99)["layout"]["meta"]
    assert whole["trips_shown"] == whole["trips_total"] == len(facts.trips("rammasun2014"))
    part = gantt_figure(facts, "rammasun2014", "en", most_warehouses=1, most_rows=1)
    assert 0 < part["layout"]["meta"]["trips_shown"] < whole["trips_total"]
    bars = next(trace for trace in part["data"] if trace["name"] == "load")
    assert all(length == 1.0 for length in bars["x"])


def test_gantt_bars_follow_the_hours_of_the_trip(facts: Facts) -> None:
    """Bases and lengths of one trip's bars are its ticks."""
    figure = gantt_figure(facts, "nesat2011", "en", most_rows=99)
    first = next(iter(facts.trip_groups("nesat2011").values()))[0].first
    bars = {trace["name"]: trace for trace in figure["data"]}
    assert bars["load"]["base"][0] == pytest.approx(first.load_start_hours, abs=0.01)
    assert bars["drive with rests"]["base"][0] == pytest.approx(first.depart_hours, abs=0.01)
    unload_end = bars["unload"]["base"][0] + bars["unload"]["x"][0]
    assert unload_end == pytest.approx(first.unload_end_hours, abs=0.02)


def test_served_curve_ends_at_the_expected_share(facts: Facts) -> None:
    """The bold line weighs the scenarios by their probabilities."""
    figure = served_figure(facts, "en")
    curves = {trace["name"]: trace["y"] for trace in figure["data"]}
    assert len(curves) == 3
    ends = curves["超强台风威马逊"][-1], curves["强台风纳沙"][-1]
    assert curves["expected over scenarios"][-1] == pytest.approx(
        0.4 * ends[0] + 0.6 * ends[1], abs=1e-4
    )
    assert figure["layout"]["shapes"][0]["x0"] == 48


def test_names_are_no_markup_in_figures() -> None:
    """Plotly reads tags in names; ours are taken literally."""
    case = example_case(NASTY)
    facts = Facts(case, example_plan(case))
    text = json.dumps(
        [
            map_figure(facts, Outlines(), "rammasun2014", "en"),
            gantt_figure(facts, "nesat2011", "en"),
        ]
    )
    assert "<b>x</b>" not in text
    assert "&lt;b>x" in text


def test_a_location_answer_is_drawn_on_the_base_map(facts: Facts, outlines: Outlines) -> None:
    """Covered and uncovered districts are shaded, and each is joined with its warehouse."""
    rows = (
        Responsible(
            district="450304",
            warehouse="W450103",
            reach_hours=5.0,
            population_people=1.0,
            is_covered=True,
        ),
        Responsible(district="450403", population_people=1.0, is_covered=False),
    )
    answered = Facts(facts.case, Plan({"Responsible_Warehouses": rows}))
    traces = {t.get("uid"): t for t in map_base(answered, outlines, "en")["data"]}
    assert traces["figure.covered"]["meta"]["shapes"] == ["450304"]
    assert traces["figure.uncovered"]["meta"]["shapes"] == ["450403"]
    assert traces["answers"]["x"] == [108.494, 110.281, None]

"""What figures, map and documents say of legs, and of trips that set off together."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from allocator.documents import dispatch_document
from allocator.engine.dispatch import dispatch
from allocator.plan import Plan
from allocator.report.facts import Facts
from allocator.report.figures import gantt_figure
from allocator.report.figures.flows import flow_traces
from allocator.report.order_books import order_books
from allocator.report.page import write_page
from allocator.report.page_tables import trips_by_warehouse
from allocator.report.trip_lines import trip_lines
from allocator.schema.dispatch_rules import HourRule
from allocator.schema.legs import LegTrip
from allocator.solver import SolveOptions
from tests.allocator.replay_example import build_plan, build_results, example_case
from tests.allocator.test_hours import with_rules
from tests.hub_cases import hand_tables
from tests.tiny import build_case


@pytest.fixture(scope="module")
def facts() -> Facts:
    """The example of the docs: a train to the hub, and two trips of a truck from there."""
    case = build_case(hand_tables())
    options = SolveOptions(gap=1e-4, time_limit_seconds=10.0)
    return Facts(case, dispatch(case, "flood", options=options))


def test_the_document_counts_legs_apart_and_their_cost_with_the_rest(facts: Facts) -> None:
    """Two trips of 580 CNY and one leg of 1000 CNY; the cargo counts once, in hand."""
    document = dispatch_document(facts.case, facts.plan, "flood")
    assert (document["trips"], document["leg_trips"]) == (2, 1)
    assert document["cost_cny"] == pytest.approx(2160)
    assert document["cost_cny"] == pytest.approx(document["stages"][-1]["objective"])
    assert document["volume_m3"] == pytest.approx(facts.plan.leg_trips[0].volume_m3)
    bare = dispatch_document(facts.case, facts.plan.replace(LegTrip, ()), "flood")
    assert (bare["leg_trips"], bare["cost_cny"]) == (0, pytest.approx(1160))


def test_the_map_draws_legs_apart_from_flows(facts: Facts) -> None:
    """A dashed line from W to the hub, named in the legend, and a point that tells its hours."""
    traces = {trace["uid"]: trace for trace in flow_traces(facts, "flood", "zh")}
    legs = traces["flow-legs"]
    assert (legs["x"], legs["y"]) == ([110.0, 110.0, None], [28.0, 24.0, None])
    assert (legs["name"], legs["line"]["dash"]) == ("运往中转站", "dash")
    told = [row[:3] for row in traces["flow-points"]["customdata"]]
    assert told == [["铁路货场", facts.case.districts[0].name, 2], ["远方库", "铁路货场", 1]]
    bare = replace(facts, plan=facts.plan.replace(LegTrip, ()))
    assert "flow-legs" not in {trace["uid"] for trace in flow_traces(bare, "flood", "en")}


def test_the_page_counts_legs_where_they_are_loaded(facts: Facts, tmp_path: Path) -> None:
    """One train leaves W, two trucks leave H; one scenario and one district are not plural."""
    assert trips_by_warehouse(facts, ["flood"]) == {"flood": {"H": 2, "W": 1}}
    path = tmp_path / "page.html"
    write_page(facts.case, facts.plan, path)
    text = path.read_text(encoding="utf-8")
    assert 'data-word="page.one_scenario">scenario</span>' in text
    assert 'data-word="page.one_district">district</span>' in text


def together() -> Plan:
    """A plan in which F1 and F2 leave W1 at one time."""
    results = build_results()
    for line in results["Dispatch_Trips"]:
        if line["trip"] == "F2":
            line["depart_hours"] = 1.5
    return build_plan(results)


def test_lines_and_bars_say_who_sets_off_together() -> None:
    """Each of two that need company names the other; all others name nobody."""
    rule = HourRule(kind="convoy", amount=2, warehouse="W1", district="450101")
    case, plan = with_rules(example_case(), rule), together()
    (book,) = order_books(case, plan, ("flood",))
    features = trip_lines(book, "en")["features"]
    convoys = {row["id"]: row["properties"]["convoy"] for row in features}
    assert {trip: others for trip, others in convoys.items() if others} == {
        "F1": ["F2"],
        "F2": ["F1"],
    }
    figure = gantt_figure(Facts(case, plan), "flood", "en")
    bars = next(trace for trace in figure["data"] if trace["name"] == "load")
    assert "set off in convoy: %{customdata[6]}" in bars["hovertemplate"]
    assert sorted(row[6] for row in bars["customdata"])[-2:] == ["F1, F2", "F2, F1"]
    assert {len(row) for row in bars["customdata"]} == {8}


def test_bars_say_nothing_of_convoys_where_there_are_none() -> None:
    """Without a rule, or where nobody sets off with another, the text is the usual one."""
    rule = HourRule(kind="convoy", amount=2, warehouse="W1", district="450101")
    for case in (example_case(), with_rules(example_case(), rule)):
        figure = gantt_figure(Facts(case, build_plan()), "flood", "zh")
        assert "编队" not in json.dumps(figure, ensure_ascii=False)

"""The view of a plan as a file: a function of the plan, in parts that stand by themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from allocator.errors import NotFoundError
from allocator.plan import Plan
from allocator.report.view_file import read_view_part, write_view
from tests.allocator.report_example import NASTY, example_case
from tests.allocator.report_plan_example import example_plan


def part_of(content: bytes, scenario: str | None = None) -> Any:
    """A part of a view as JSON."""
    return json.loads(read_view_part(content, scenario).plain())


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The view of a plan full of hostile names."""
    path = tmp_path_factory.mktemp("view") / "view.zip"
    case = example_case(NASTY)
    write_view(case, example_plan(case), path)
    return path.read_bytes()


def test_equal_plans_give_equal_views(content: bytes, tmp_path: Path) -> None:
    """No date and no order of chance is in the file."""
    case = example_case(NASTY)
    write_view(case, example_plan(case), tmp_path / "view.zip")

    assert (tmp_path / "view.zip").read_bytes() == content


def test_the_first_part_holds_the_first_scenario(content: bytes) -> None:
    """One answer is enough to draw; each other scenario is a part of its own."""
    view = part_of(content)

    assert view["first_part"] == part_of(content, view["first"])
    for row in view["scenarios"]:
        assert part_of(content, row["code"])["map"]


def test_every_line_knows_its_lane(content: bytes) -> None:
    """A line of a flow has as many ends as lanes, and a text for each."""
    view = part_of(content)
    traces = [trace for trace in view["first_part"]["map"] if "lanes" in trace.get("meta", {})]
    lines = [trace for trace in traces if trace["mode"] == "lines+markers"]
    texts = {
        tuple(lane) for trace in traces if "customdata" in trace for lane in trace["meta"]["lanes"]
    }

    assert lines
    for trace in lines:
        assert len(trace["x"]) == 3 * len(trace["meta"]["lanes"])
        assert {tuple(lane) for lane in trace["meta"]["lanes"]} <= texts


def test_a_lane_tells_what_goes_there_by_item(content: bytes) -> None:
    """The units of all lanes are those of the loading list; each lane is one of the map's."""
    view = part_of(content)
    plan = example_plan(example_case(NASTY))
    for row in view["scenarios"]:
        part = part_of(content, row["code"])
        trips = {name for group in part["trips"] for name in group[-1]}
        loaded = sum(line.load_units for line in plan.loading_lines if line.trip in trips)
        told = [units for *_, goods in part["lane_units"] for units in goods.values()]
        assert sum(told) == pytest.approx(loaded, abs=0.01 * len(told))
        assert {(one[0], one[1]) for one in part["lane_units"]} <= {
            (group[0], group[1]) for group in part["trips"]
        }
    assert view["first_part"]["lane_units"]


def test_names_are_kept_as_they_are(content: bytes) -> None:
    """Places carry the names of the case: the page writes them as text."""
    assert set(NASTY) <= {row[1] for row in part_of(content)["places"]["warehouses"]}


def test_an_unknown_scenario_is_refused_by_name(content: bytes) -> None:
    """No code leads to another part than that of a scenario."""
    for code in ("", "storm", "../plan"):
        with pytest.raises(NotFoundError, match="no scenario"):
            read_view_part(content, code)


def test_a_plan_without_scenarios_is_a_view_too(tmp_path: Path) -> None:
    """Without trips and scenarios the map and its places are there."""
    write_view(example_case(), Plan({}), tmp_path / "view.zip", "zh")

    view = part_of((tmp_path / "view.zip").read_bytes())
    assert (view["first"], view["first_part"], view["scenarios"]) == (None, None, [])
    assert view["map"]["base"]["data"]
    assert view["replan"] == {"at_hours": None, "told": []}

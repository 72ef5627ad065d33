"""Outlines: reading GeoJSON and choosing what a case needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from allocator.errors import DataError
from allocator.report.outlines import Box, choose_outlines, outline_folder, read_outlines
from tests.allocator.report_example import example_case


def feature(
    code: object, kind: str, coordinates: list[Any], name: str = "adcode"
) -> dict[str, Any]:
    """Make one GeoJSON feature."""
    return {
        "type": "Feature",
        "properties": {name: code},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def square(west: float, south: float) -> list[list[list[float]]]:
    """Make the rings of a square of one degree."""
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    return [[[west + x, south + y] for x, y in corners]]


def write(path: Path, *features: dict[str, Any]) -> Path:
    """Write a FeatureCollection."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return path


def test_codes_decide_the_layer(tmp_path: Path) -> None:
    """Districts of the case, its prefectures, near provinces; nothing else of other provinces."""
    path = write(
        tmp_path / "all.geojson",
        feature("450602", "Polygon", square(108, 21)),
        feature("450199", "Polygon", square(108, 22)),
        feature("450600", "Polygon", square(108, 21)),
        feature("440900", "Polygon", square(110, 21)),
        feature("440000", "Polygon", square(111, 22)),
        feature("110000", "Polygon", square(116, 40)),
        feature("100000_JD", "LineString", [[109, 20], [110, 20]]),
    )
    chosen = choose_outlines(example_case(), path)
    assert [outline.code for outline in chosen.districts] == ["450602"]
    assert [outline.code for outline in chosen.prefectures] == ["450600"]
    assert [outline.code for outline in chosen.land] == ["440000"]
    assert len(chosen.lines) == 1


def test_codes_are_found_under_other_names_and_forms(tmp_path: Path) -> None:
    """Numbers, floats and the nine-digit form of national files are the same code."""
    path = write(
        tmp_path / "own.geojson",
        feature(450602, "Polygon", square(108, 21), "code"),
        feature("156450702", "Polygon", square(108, 22), "gb"),
        feature(450103.0, "MultiPolygon", [square(107, 22), square(106, 22)], "district"),
    )
    chosen = choose_outlines(example_case(), path)
    assert {outline.code for outline in chosen.districts} == {"450602", "450702", "450103"}
    both = next(outline for outline in chosen.districts if outline.code == "450103")
    assert both.box == Box(106, 22, 108, 23)


def test_features_without_code_are_background(tmp_path: Path) -> None:
    """A user's own coast line polygon is drawn below."""
    path = write(tmp_path / "own.geojson", feature("coast", "Polygon", square(108, 21), "label"))
    chosen = choose_outlines(example_case(), path)
    assert len(chosen.land) == 1
    assert not chosen.districts


def test_points_and_empty_geometries_are_left_out(tmp_path: Path) -> None:
    """What cannot be drawn as an outline is no fault."""
    point = feature("450602", "Point", [108, 21])
    nothing = {"type": "Feature", "properties": None, "geometry": None}
    assert read_outlines(write(tmp_path / "own.geojson", point, nothing)) == ()


@pytest.mark.parametrize(
    "text", ["no json", "[1, 2]", '{"type": "FeatureCollection"}', '{"type": "FeatureCollection", '
             '"features": [{"geometry": {"type": "Polygon", "coordinates": [[["a", 1]]]}}]}'],
)  # fmt: skip
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    """The fault names the file and says what it should hold."""
    path = tmp_path / "mine.geojson"
    path.write_text(text)
    with pytest.raises(DataError, match=r"mine\.geojson.*GeoJSON"):
        choose_outlines(example_case(), path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A mistyped path is a fault, not a blank map."""
    with pytest.raises(DataError, match=r"absent\.geojson"):
        choose_outlines(example_case(), tmp_path / "absent.geojson")


def test_shipped_outlines_fit_the_example() -> None:
    """The shipped files give land and an outline of every district."""
    assert outline_folder().is_dir()
    chosen = choose_outlines(example_case())
    codes = {outline.code for outline in chosen.districts}
    wanted = {row.district for row in example_case().districts}
    assert wanted <= codes
    assert "450000" in {outline.code for outline in chosen.land}


def test_a_box_is_grown_to_a_shape_that_can_be_read() -> None:
    """On the equator, a strip of 1 by 10 degrees becomes 9 by 10; one of 44 by 10, 44 by 20."""
    assert Box(0, -5, 1, 5).shaped(0.9, 2.2) == Box(-4, -5, 5, 5)
    assert Box(0, -5, 44, 5).shaped(0.9, 2.2) == Box(0, -10, 44, 10)
    assert Box(0, -5, 15, 5).shaped(0.9, 2.2) == Box(0, -5, 15, 5)

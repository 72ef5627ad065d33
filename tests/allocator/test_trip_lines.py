"""Trips as lines on a map."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocator.orders import write_orders
from tests.allocator.replay_example import build_plan, example_case
from tests.tiny import at_km


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the orders of the flood."""
    place = tmp_path_factory.mktemp("orders")
    write_orders(example_case(), build_plan(), place, scenario="flood")
    return place


def test_lines_are_valid_geojson(folder: Path) -> None:
    """A feature collection of lines from warehouse to district, in WGS 84, a feature a trip."""
    document = json.loads((folder / "flood-trips.geojson").read_text(encoding="utf-8"))
    assert document["type"] == "FeatureCollection"
    assert "crs" not in document
    assert "WGS 84" in document["note"]
    assert [row["id"][0] for row in document["features"]] == ["F"] * 7
    for feature in document["features"]:
        assert set(feature) == {"type", "id", "geometry", "properties"}
        assert feature["type"] == "Feature"
        line = feature["geometry"]
        assert line["type"] == "LineString"
        assert [len(point) for point in line["coordinates"]] == [2, 2]
        for lon, lat in line["coordinates"]:
            assert -180 <= lon <= 180
            assert -90 <= lat <= 90
    last = document["features"][-1]
    assert last["geometry"]["coordinates"] == [
        [110.0, round(at_km(-450), 6)],
        [110.0, round(at_km(250), 6)],
    ]


def test_lines_tell_what_a_trip_is(folder: Path) -> None:
    """F4: two items, hours from the event, clock times with their offset."""
    document = json.loads((folder / "flood-trips.geojson").read_text(encoding="utf-8"))
    told = {row["id"]: row["properties"] for row in document["features"]}
    f4 = told["F4"]
    assert (f4["trip"], f4["warehouse"], f4["district"], f4["fleet"]) == (
        "F4", "W2", "450201", "TRUCK",
    )  # fmt: skip
    assert f4["load_units"] == {"TENT": 37, "WATER": 400}
    assert (f4["weight_kg"], f4["volume_m3"], f4["distance_km"]) == (6220, 17.4, 10)
    assert f4["unload_end_hours"] == 3.166667
    assert f4["unload_end_time"] == "2026-07-01T11:10:00+08:00"
    assert told["F7"]["unload_end_time"] == "2026-07-02T08:30:00+08:00"
    assert told["F1"]["arrive_time"] == "2026-07-01T09:38:00+08:00"

"""Single trips, manifests and orders over HTTP."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.api.conftest import Solved


def _get(solved: Solved, path: str, **asked: Any) -> Any:
    answer = solved.client.get(f"/v1/runs/{solved.run_id}/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_trip_has_all_that_people_need(solved: Solved) -> None:
    """Cargo adds up to the load, hours are in order, and the sign-offs end with the release."""
    for row in _get(solved, "trips")["rows"]:
        told = _get(solved, f"trips/{row['trip']}")
        trip = told["trip"]

        assert trip == row
        assert sum(line["weight_kg"] for line in trip["cargo"]) == pytest.approx(trip["weight_kg"])
        hours = [
            trip[f"{name}_hours"]
            for name in ("release", "load_start", "depart", "arrive", "unload_end", "return")
        ]
        assert hours == sorted(hours)
        assert trip["latest_depart_hours"] >= trip["depart_hours"]
        released = max(chain["release_hours"] for chain in trip["chains"])
        assert max(step["due_hours"] for step in told["sign_offs"]) == released
        assert trip["release_hours"] == pytest.approx(released)
        assert {step["state"] for step in told["sign_offs"]} == {"due"}


def test_a_trip_that_is_not_there_is_not_found(solved: Solved) -> None:
    """The answer names the trip and says where to look."""
    answer = solved.client.get(f"/v1/runs/{solved.run_id}/trips/NOBODY")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "'NOBODY'" in answer.json()["detail"]


def test_a_manifest_lists_the_trips_in_the_order_of_loading(solved: Solved) -> None:
    """All trips of the warehouse, sums of its cargo, and the sign-offs they wait for."""
    manifest = _get(solved, "manifests/W1", scenario="flood")
    rows = _get(solved, "trips", warehouse="W1", scenario="flood")["rows"]

    assert sorted(trip["trip"] for trip in manifest["trips"]) == sorted(row["trip"] for row in rows)
    starts = [trip["load_start_hours"] for trip in manifest["trips"]]
    assert starts == sorted(starts)
    assert sum(one["weight_kg"] for one in manifest["sums"]) == pytest.approx(
        sum(row["weight_kg"] for row in rows)
    )
    waited = {(row["district"], chain["release_step"]) for row in rows for chain in row["chains"]}
    signed = {(step["district"], step["release_step"]) for step in manifest["sign_offs"]}
    assert signed == waited


def test_a_warehouse_with_several_scenarios_needs_one_named(solved: Solved) -> None:
    """Orders of two disasters are never mixed on one sheet."""
    scenarios = {row["scenario"] for row in _get(solved, "trips", warehouse="W1")["rows"]}
    assert len(scenarios) == 2

    answer = solved.client.get(f"/v1/runs/{solved.run_id}/manifests/W1")
    assert (answer.status_code, answer.json()["code"]) == (422, "scenario_needed")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_manifest_workbook_has_this_warehouse_only(solved: Solved, lang: str) -> None:
    """The workbook has the warehouse's trips; nothing that sums over others."""
    answer = solved.client.get(
        f"/v1/runs/{solved.run_id}/manifests/W1",
        params={"scenario": "flood", "format": "xlsx", "lang": lang},
    )
    assert answer.status_code == 200, answer.text
    book = load_workbook(io.BytesIO(answer.content))
    trips = _get(solved, "trips", warehouse="W1", scenario="flood")["rows"]

    assert len(book.sheetnames) == 3
    told = {row[0] for row in book.worksheets[0].iter_rows(min_row=4, values_only=True)}
    assert told == {trip["trip"] for trip in trips}


@pytest.mark.parametrize("path", ["manifests/W1", "manifests/trips/{trip}"])
def test_a_manifest_can_be_printed(solved: Solved, path: str) -> None:
    """The paper is a PDF under a name of ours."""
    trip = _get(solved, "trips", warehouse="W1", scenario="flood")["rows"][0]["trip"]
    asked = {} if "{" in path else {"scenario": "flood"}
    answer = solved.client.get(
        f"/v1/runs/{solved.run_id}/{path.format(trip=trip)}",
        params=asked,
        headers={"Accept": "application/pdf"},
    )

    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["content-disposition"].endswith('.pdf"')


def test_a_warehouse_without_trips_has_no_manifest(solved: Solved) -> None:
    """Nothing is ordered where nothing leaves."""
    answer = solved.client.get(f"/v1/runs/{solved.run_id}/manifests/NOBODY")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_all_orders_come_in_one_file(solved: Solved) -> None:
    """Paper, workbook, lines and map of each scenario with trips."""
    answer = solved.client.get(f"/v1/runs/{solved.run_id}/orders")
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()

    assert {name.rpartition(".")[2] for name in names} == {"pdf", "xlsx", "geojson", "html"}
    assert {name.split("-")[0] for name in names} == {"flood", "quake"}

"""Rows of results: filtered, paged, tagged, and in every form."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from allocator.schema.row import columns
from api.results.resources import ROW_RESOURCES, RowResource
from tests.api.conftest import Solved, submitted

PLAN_ROWS = [resource for resource in ROW_RESOURCES if resource.source == "plan"]


def _rows(solved: Solved, resource: str, **asked: Any) -> list[dict[str, Any]]:
    """All rows of one answer."""
    answer = solved.client.get(f"/v1/runs/{solved.run_id}/{resource}", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


@pytest.mark.parametrize("resource", PLAN_ROWS, ids=lambda resource: resource.path)
def test_rows_have_the_form_that_is_declared(solved: Solved, resource: RowResource) -> None:
    """Every record of every resource is a valid row of its class."""
    for row in _rows(solved, resource.path):
        resource.kind.model_validate_json(json.dumps(row))


def test_pages_put_together_are_all_rows_in_order(solved: Solved) -> None:
    """Following the cursor gives each row once, in the order of the sheet, as one page would."""
    whole = _rows(solved, "served", limit=1000)
    address: str | None = f"/v1/runs/{solved.run_id}/served?limit=30"
    pages = []
    while address is not None:
        answer = solved.client.get(address)
        assert answer.json()["total"] == len(whole) == int(answer.headers["X-Total-Count"])
        pages.append(answer.json()["rows"])
        address = answer.links["next"]["url"] if "next" in answer.links else None

    assert [row for page in pages for row in page] == whole
    assert [len(page) for page in pages] == [30, 30, 30, 8]


def test_a_cursor_of_another_question_is_refused(solved: Solved) -> None:
    """Pages of two plans, or of two questions, are never mixed."""
    address = f"/v1/runs/{solved.run_id}/trips"
    following = solved.client.get(address, params={"limit": 1}).json()["next"]
    asked = ({"after": "0123456789ab-1-9"}, {"after": following, "fleet": "TRUCK"})

    for one in asked:
        answer = solved.client.get(address, params=one)
        assert (answer.status_code, answer.json()["code"]) == (409, "old_cursor")
    assert solved.client.get(address, params={"after": following, "limit": 5}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "is_wanted"),
    [
        ({"warehouse": "W1"}, lambda trip: trip["warehouse"] == "W1"),
        ({"district": "450102"}, lambda trip: trip["district"] == "450102"),
        ({"scenario": "quake"}, lambda trip: trip["scenario"] == "quake"),
        ({"fleet": "TRUCK"}, lambda trip: trip["fleet"] == "TRUCK"),
        ({"state": "planned"}, lambda trip: trip["state"] == "planned"),
        ({"item": "WATER"}, lambda trip: "WATER" in [c["item"] for c in trip["cargo"]]),
        ({"to_hours": 6}, lambda trip: trip["load_start_hours"] < 6),
        ({"from_hours": 6}, lambda trip: trip["unload_end_hours"] >= 6),
        (
            {"from_hours": 2, "to_hours": 3, "warehouse": "W1"},
            lambda trip: (
                trip["warehouse"] == "W1"
                and trip["load_start_hours"] < 3
                and trip["unload_end_hours"] >= 2
            ),
        ),
    ],
)
def test_a_filter_keeps_exactly_what_fits(
    solved: Solved, asked: dict[str, Any], is_wanted: Any
) -> None:
    """What comes is what the filter says, out of all trips, in the same order."""
    every = _rows(solved, "trips")

    wanted = [trip for trip in every if is_wanted(trip)]
    assert wanted
    assert _rows(solved, "trips", **asked) == wanted


@pytest.mark.parametrize("province", ["45", "450000", "450102"])
def test_a_province_is_two_digits_or_any_code_in_it(solved: Solved, province: str) -> None:
    """All that comes to Guangxi is found by its digits."""
    assert _rows(solved, "trips", province=province) == _rows(solved, "trips")


def test_unknown_codes_are_refused_and_idle_ones_are_an_empty_page(solved: Solved) -> None:
    """A code that the case does not have is a mistake; one without rows is not."""
    answers = {
        name: solved.client.get(f"/v1/runs/{solved.run_id}/trips", params={name: "NOBODY"})
        for name in ("warehouse", "district", "item", "fleet", "scenario")
    }

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 404
    )
    assert "'NOBODY'" in answers["warehouse"].json()["detail"]
    assert _rows(solved, "legs", warehouse="W1") == []
    assert _rows(solved, "trips", state="lost") == []


@pytest.mark.parametrize(
    "asked", [{"warehose": "W1"}, {"limit": 1001}, {"limit": 0}, {"from_hours": "nan"},
              {"province": "4"}, {"format": "pdf"}, {"hub": "W1"}, {"after": "x"}],
)  # fmt: skip
def test_a_misspelt_question_is_refused(solved: Solved, asked: dict[str, Any]) -> None:
    """No filter is left out in silence."""
    answer = solved.client.get(f"/v1/runs/{solved.run_id}/trips", params=asked)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_an_answer_that_is_known_is_not_sent_again(solved: Solved) -> None:
    """The tag is the same for the same question, and another for any other."""
    address = f"/v1/runs/{solved.run_id}/trips"
    first = solved.client.get(address)
    known = {"If-None-Match": f'W/"x", {first.headers["ETag"]}'}

    again = solved.client.get(address, headers=known)
    other = solved.client.get(address, params={"limit": 2}, headers=known)
    as_csv = solved.client.get(address, headers={**known, "Accept": "text/csv"})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert (other.status_code, as_csv.status_code) == (200, 200)
    assert len({first.headers["ETag"], other.headers["ETag"], as_csv.headers["ETag"]}) == 3


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_csv_has_all_rows_and_opens_as_utf8(solved: Solved, lang: str) -> None:
    """A spreadsheet finds the mark of UTF-8, one header, and a line for each row."""
    answer = solved.client.get(
        f"/v1/runs/{solved.run_id}/trips", params={"lang": lang}, headers={"Accept": "text/csv"}
    )
    trips = _rows(solved, "trips")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith("\ufeff".encode())
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    kind = next(one.kind for one in ROW_RESOURCES if one.path == "trips")
    assert lines[0] == [one.zh if lang == "zh" else one.field for one in columns(kind)]
    assert [line[0] for line in lines[1:]] == [trip["trip"] for trip in trips]
    assert f"{trips[0]['cargo'][0]['item']} [" in "".join(lines[1])


def test_a_workbook_has_the_same_cells_as_the_rows(solved: Solved) -> None:
    """What is written as a workbook reads back as the rows were."""
    answer = solved.client.get(f"/v1/runs/{solved.run_id}/stock", params={"format": "xlsx"})
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    lines = list(sheet.iter_rows(values_only=True))

    rows = _rows(solved, "stock")
    assert list(lines[0]) == list(rows[0])
    assert [list(line) for line in lines[2:]] == [list(row.values()) for row in rows]


def test_trips_are_lines_on_a_map(solved: Solved) -> None:
    """GeoJSON has a line for each trip, from its warehouse to its district."""
    answer = solved.client.get(
        f"/v1/runs/{solved.run_id}/trips", headers={"Accept": "application/geo+json"}
    )
    document = json.loads(answer.content)
    trips = _rows(solved, "trips")

    assert answer.headers["content-type"] == "application/geo+json"
    assert [one["id"] for one in document["features"]] == [trip["trip"] for trip in trips]
    for feature, trip in zip(document["features"], trips, strict=True):
        assert feature["geometry"] == {"type": "LineString", "coordinates": trip["line"]}
    assert len({tuple(map(tuple, trip["line"])) for trip in trips}) > 1


def test_a_file_of_few_rows_has_only_them(solved: Solved) -> None:
    """With a limit a file is one page."""
    answer = solved.client.get(
        f"/v1/runs/{solved.run_id}/trips", params={"format": "csv", "limit": 2, "lang": "en"}
    )

    assert answer.text.count("\r\n") == 3


def test_a_form_that_is_not_there_is_refused(solved: Solved) -> None:
    """Shortages are no lines on a map."""
    answer = solved.client.get(
        f"/v1/runs/{solved.run_id}/shortages", headers={"Accept": "application/geo+json"}
    )

    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


def test_a_run_without_a_plan_says_so(client: TestClient) -> None:
    """Rows of a run that waits are not there yet; those of no run never."""
    case_id = client.post("/v1/datasets/tiny/cases").json()["case_id"]
    waiting = submitted(client, kind="place", case_id=case_id)
    answer = client.get(f"/v1/runs/{waiting}/trips")

    assert (answer.status_code, answer.json()["code"]) == (409, "no_plan_yet")
    assert client.get("/v1/runs/r0/trips").status_code == 404


def test_the_examples_of_filters_are_taken(solved: Solved) -> None:
    """What the OpenAPI document shows as examples can be asked of the data set tiny."""
    paths = solved.client.get("/openapi.json").json()["paths"]

    for resource in PLAN_ROWS:
        route = paths[f"/v1/runs/{{run_id}}/{resource.path}"]["get"]
        examples = {
            one["name"]: one["schema"]["examples"][0]
            for one in route["parameters"]
            if "examples" in one["schema"]
        }
        named = set(resource.filters) - {"hours"}
        assert set(examples) == named
        for name, example in examples.items():
            _rows(solved, resource.path, **{name: example})


def test_the_schema_declares_forms_and_rows(solved: Solved) -> None:
    """The OpenAPI document names every resource with its media types and its row class."""
    paths = solved.client.get("/openapi.json").json()["paths"]

    for resource in ROW_RESOURCES:
        content = paths[f"/v1/runs/{{run_id}}/{resource.path}"]["get"]["responses"]["200"][
            "content"
        ]
        assert len(content) == len(resource.forms)
        page = content["application/json"]["schema"]["$ref"]
        assert page.endswith(f"{resource.kind.__name__}Page")

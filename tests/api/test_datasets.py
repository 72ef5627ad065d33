"""What is shipped, over HTTP: templates, the schema, data sets."""

from __future__ import annotations

import io
import json
from typing import Any

import jsonschema_rs
import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from allocator.datasets import list_datasets
from allocator.intake import read_case
from allocator.schema import CASE_SHEETS, CHANGE_SHEETS, RESULT_SHEETS
from allocator.schema.row import columns
from tests.api.conftest import Solved


@pytest.fixture(scope="session")
def shipped(solved: Solved) -> TestClient:
    """A client of a service that tests only read from."""
    return solved.client


@pytest.mark.parametrize(
    ("asked", "sheets"),
    [
        ({}, [kind.sheet for kind in CASE_SHEETS.values()]),
        ({"lang": "zh"}, [kind.sheet_zh for kind in CASE_SHEETS.values()]),
        ({"changes": True}, [kind.sheet for kind in CHANGE_SHEETS.values()]),
    ],
)
def test_the_template_is_that_of_the_command_line(
    shipped: TestClient, asked: dict[str, Any], sheets: list[str]
) -> None:
    """The workbook has a sheet for each declared one, behind its agenda."""
    answer = shipped.get("/v1/template", params=asked)

    assert answer.status_code == 200
    assert load_workbook(io.BytesIO(answer.content)).sheetnames[1:] == sheets
    assert ".xlsx" in answer.headers["content-disposition"]


def test_the_schema_tells_every_column(shipped: TestClient) -> None:
    """Each declared column of case and result is there, with unit, help and Chinese name."""
    document = shipped.get("/v1/schema").json()

    for part, kinds in (("case", CASE_SHEETS), ("result", RESULT_SHEETS)):
        told = {sheet["sheet"]: sheet["fields"] for sheet in document[part]}
        for name, kind in kinds.items():
            declared = [(one.field, one.unit, one.zh, one.help) for one in columns(kind)]
            assert [
                (one["field"], one["unit"], one["zh"], one["help"]) for one in told[name]
            ] == declared
    assert document["change_kinds"]["road_slow"] == {"needs": ["amount", "district"], "allows": []}


@pytest.mark.parametrize("name", ["tiny", "jishishan"])
def test_a_shipped_document_fits_the_json_schema(shipped: TestClient, name: str) -> None:
    """What the service gives out as a case is what it says a case looks like."""
    schema = shipped.get("/v1/schema").json()["case_schema"]
    document = shipped.get(f"/v1/datasets/{name}").json()

    jsonschema_rs.validator_for(schema).validate(document)


def test_a_damaged_document_does_not_fit_the_json_schema(shipped: TestClient) -> None:
    """A district without its code, or with a number for it, is not a case."""
    schema = shipped.get("/v1/schema").json()["case_schema"]
    document = shipped.get("/v1/datasets/tiny").json()
    document["Districts"][0]["district"] = 450101

    assert not jsonschema_rs.validator_for(schema).is_valid(document)


def test_the_data_sets_are_listed_with_where_they_are(shipped: TestClient) -> None:
    """Everything that is shipped is named, and its address answers."""
    listed = shipped.get("/v1/datasets").json()["datasets"]

    assert [one["name"] for one in listed] == [one.name for one in list_datasets()]
    tiny = next(one for one in listed if one["name"] == "tiny")
    assert shipped.get(tiny["url"]).status_code == 200


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        ("application/json", ".json"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
    ],
)
def test_a_data_set_reads_back_as_the_case(
    shipped: TestClient, tmp_path: Any, accept: str, suffix: str
) -> None:
    """Document and workbook are the same case."""
    answer = shipped.get("/v1/datasets/tiny", headers={"Accept": accept})
    path = tmp_path / f"case{suffix}"
    path.write_bytes(answer.content)

    assert answer.headers["content-type"].startswith(accept)
    assert read_case(path).digest == read_case("tiny").digest


def test_a_data_set_that_is_known_is_not_made_again(shipped: TestClient) -> None:
    """The tag of a data set holds as long as the version does."""
    tag = shipped.get("/v1/datasets/tiny").headers["ETag"]

    again = shipped.get("/v1/datasets/tiny", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["nobody", "%2e%2e", "%2e%2e%2ftiny", "tiny "])
def test_a_data_set_that_is_not_there_is_not_found(shipped: TestClient, name: str) -> None:
    """No name leads out of the shipped folder."""
    answer = shipped.get(f"/v1/datasets/{name}")

    assert answer.status_code == 404
    assert "json" in answer.headers["content-type"]
    assert "not_found" in json.dumps(answer.json())

"""Comparisons of runs over HTTP: made once, shown in three forms, refused where they must be."""

from __future__ import annotations

import io
from collections.abc import Iterator

import openpyxl
import pytest
from fastapi.testclient import TestClient

from allocator.service_settings import ServiceSettings
from tests.api.conftest import client_here, submitted, work


@pytest.fixture(scope="module")
def two_runs(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[TestClient, str, str, str]]:
    """A service with placements of the tiny case by lives and by cost, and a run that waits."""
    settings = ServiceSettings(data_folder=tmp_path_factory.mktemp("compared"))
    with client_here(settings) as client:
        case_id = client.post("/v1/datasets/tiny/cases").json()["case_id"]
        lives = submitted(client, kind="place", case_id=case_id, name="lives")
        cost = submitted(
            client, kind="place", case_id=case_id, name="cost", options={"objective": "cost"}
        )
        assert work(settings)
        assert work(settings)
        waiting = submitted(client, kind="place", case_id=case_id)
        yield client, lives, cost, waiting


def test_a_comparison_has_the_keys_of_the_contract(
    two_runs: tuple[TestClient, str, str, str],
) -> None:
    """It says what differs in inputs, figures, warehouses and shortages, and which is the base."""
    client, lives, cost, _ = two_runs

    answer = client.post("/v1/comparisons", json={"runs": [lives, cost]})

    assert answer.status_code == 201, answer.text
    document = answer.json()["document"]
    assert {"inputs_changed", "kpis", "warehouses", "shortages"} <= set(document)
    assert document["base"] == "lives"
    changed = [(one["table"], one["row_key"]) for one in document["inputs_changed"]]
    assert changed == [("Run_Info", "objective")]
    told = {kpi["distinguishable"] for kpi in document["kpis"]}
    assert told <= {True, False, None}
    again = client.get(answer.headers["Location"])
    assert again.json() == answer.json()


def test_a_comparison_is_a_workbook_and_a_page_too(
    two_runs: tuple[TestClient, str, str, str],
) -> None:
    """By Accept or by format the same comparison comes as a file."""
    client, lives, cost, _ = two_runs
    made = client.post("/v1/comparisons", json={"runs": [lives, cost]})
    address = made.headers["Location"]

    book = client.get(address, params={"format": "xlsx"})
    page = client.get(address, headers={"Accept": "text/html"})

    sheets = openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames
    assert "Summary" in sheets
    assert page.text.lstrip().lower().startswith("<!doctype html")


def test_the_same_key_compares_once(two_runs: tuple[TestClient, str, str, str]) -> None:
    """A request that is sent again with its key is the same comparison."""
    client, lives, cost, _ = two_runs
    asked, key = {"runs": [cost, lives]}, {"Idempotency-Key": "compare"}

    first = client.post("/v1/comparisons", json=asked, headers=key).json()
    again = client.post("/v1/comparisons", json=asked, headers=key).json()

    assert first == again
    listed = client.get("/v1/comparisons").json()["comparisons"]
    assert [one["comparison_id"] for one in listed].count(first["comparison_id"]) == 1


def test_what_has_no_plan_is_not_compared(two_runs: tuple[TestClient, str, str, str]) -> None:
    """A run that waits, one that is not there, and a run with itself are refused by name."""
    client, lives, _, waiting = two_runs

    def ask(*runs: str) -> tuple[int, str]:
        answer = client.post("/v1/comparisons", json={"runs": list(runs)})
        return answer.status_code, answer.json()["code"]

    assert ask(lives, waiting) == (409, "no_plan_yet")
    assert ask(lives, "r0000") == (404, "not_found")
    assert ask(lives, lives) == (409, "conflict")
    assert ask(lives)[0] == 422

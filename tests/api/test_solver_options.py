"""What a run may tell the solver: a list, on which nothing is that writes a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from allocator.service_settings import ServiceSettings
from tests.api.conftest import submitted, work

FILE_OPTIONS = (
    "log_file",
    "solution_file",
    "write_solution_to_file",
    "write_model_file",
    "write_model_to_file",
    "write_presolved_model_file",
    "read_solution_file",
    "write_basis_file",
    "read_basis_file",
    "glpsol_cost_row_location",
)


@pytest.fixture
def case_id(client: TestClient) -> str:
    """The tiny case in a fresh service."""
    return str(client.post("/v1/datasets/tiny/cases").json()["case_id"])


@pytest.mark.parametrize("option", FILE_OPTIONS)
@pytest.mark.parametrize("place", ["options", "run"])
def test_options_that_write_files_are_not_taken(
    client: TestClient, case_id: str, option: str, place: str, tmp_path: Path
) -> None:
    """HiGHS writes a file wherever one of these says so; none gets near it."""
    told = {option: str(tmp_path / "stray.txt")}
    more = {"options": told} if place == "options" else told

    answer = client.post("/v1/runs", json={"kind": "place", "case_id": case_id, **more})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert client.get("/v1/runs").json()["runs"] == []


def test_texts_that_look_like_options_or_ways_stay_texts(
    client: TestClient, settings: ServiceSettings, case_id: str, tmp_path: Path
) -> None:
    """A name full of tricks is a name; the run leaves nothing but the database behind."""
    name = "../../stray --log_file=stray.txt; touch stray $(touch stray)"

    run_id = submitted(client, kind="place", case_id=case_id, name=name, options={"seed": 1})
    assert work(settings)

    assert client.get(f"/v1/runs/{run_id}").json()["status"] == "finished"
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert {one for one in left if not one.startswith("allocator.sqlite")} == set()
    assert not Path("stray.txt").exists()

"""Whole results over HTTP: plan, files, why there is none, explanations, re-plans."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from allocator.schema.explanations import Choice, Explanation
from allocator.schema.row import Row
from allocator.service_settings import ServiceSettings
from allocator.store.database import Database
from allocator.store.keeping import Results, keep_results
from allocator.store.opening import open_database
from allocator.store.queue import claim, settle
from tests.api.conftest import Solved, acting, submitted

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@contextmanager
def _database(settings: ServiceSettings) -> Iterator[Database]:
    """The database of a service."""
    database = open_database(settings)
    try:
        yield database
    finally:
        database.close()


def _end(settings: ServiceSettings, *rows: Row, plan: bool = True) -> None:
    """End the next run as a worker would, with some rows, or as infeasible."""
    with _database(settings) as database:
        held = claim(database, "worker", 60.0, 3)
        assert held is not None
        if not plan:
            error = {
                "status": "infeasible",
                "detail": "no plan keeps all rules.",
                "rules": ["budget", "promise"],
                "repairs": [{"kind": "budgets", "changes": []}],
            }
            assert settle(database, held, "failed", error)
            return
        kept = [
            {
                "sheet": row.sheet,
                "position": position,
                "district": getattr(row, "district", None),
                "district_province": "45",
                "record": row.model_dump_json(),
            }
            for position, row in enumerate(rows)
        ]
        results = Results({"status": "done"}, "done", "abc", {}, lambda: iter(kept))
        assert keep_results(database, held, results, 20.0, is_last=True)


@pytest.fixture
def planned(client: TestClient, settings: ServiceSettings) -> tuple[str, str]:
    """A case, and a run of it that is finished, with no rows."""
    case_id = client.post("/v1/datasets/tiny/cases").json()["case_id"]
    run_id = submitted(client, kind="plan", case_id=case_id)
    _end(settings)
    return case_id, run_id


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/json"),
        ("application/json", "application/json"),
        (XLSX, XLSX),
        (f"text/html;q=0.5, {XLSX}", XLSX),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
    ],
)
def test_a_plan_comes_in_the_form_that_is_asked_for(
    solved: Solved, accept: str | None, media_type: str
) -> None:
    """Document, workbook and page are one plan."""
    headers = {"Accept": "*/*"} if accept is None else {"Accept": accept}
    answer = solved.client.get(f"/v1/runs/{solved.run_id}/plan", headers=headers)

    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert "Accept" in answer.headers["vary"]
    if media_type == XLSX:
        assert "Dispatch_Trips" in load_workbook(io.BytesIO(answer.content)).sheetnames
    elif media_type == "application/json":
        assert answer.json()["certified"] is True
    else:
        assert answer.text.startswith("<!doctype html") or "<html" in answer.text[:300]


def test_a_form_of_a_plan_that_is_not_there_is_refused(solved: Solved) -> None:
    """A plan is no picture."""
    answer = solved.client.get(f"/v1/runs/{solved.run_id}/plan", headers={"Accept": "image/png"})

    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


def test_a_page_of_a_plan_runs_apart(solved: Solved) -> None:
    """Scripts inside a page have neither cookies of the service nor its address."""
    answer = solved.client.get(f"/v1/runs/{solved.run_id}/plan", params={"format": "html"})

    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_files_are_listed_and_come_as_they_were_left(solved: Solved) -> None:
    """Each listed address answers with its media type, and not again with its tag."""
    listed = solved.client.get(f"/v1/runs/{solved.run_id}/files").json()["files"]

    assert {"plan.html", "plan.npz", "plan.xlsx"} <= {one["name"] for one in listed}
    for one in listed:
        answer = solved.client.get(one["url"])
        assert answer.headers["content-type"] == one["media_type"]
        known = {"If-None-Match": answer.headers["ETag"]}
        assert solved.client.get(one["url"], headers=known).status_code == 304


@pytest.mark.parametrize("name", ["nobody", "..%2fplan.xlsx", "plan.npz "])
def test_a_file_that_is_not_there_is_not_found(solved: Solved, name: str) -> None:
    """Names are looked up, never opened."""
    assert solved.client.get(f"/v1/runs/{solved.run_id}/files/{name}").status_code == 404


def test_a_failed_run_says_which_rules_contradict_each_other(
    client: TestClient, settings: ServiceSettings
) -> None:
    """Rules and ways out are those of the error; a run that did not fail has none."""
    case_id = client.post("/v1/datasets/tiny/cases").json()["case_id"]
    failed = submitted(client, kind="place", case_id=case_id)
    _end(settings, plan=False)
    waiting = submitted(client, kind="place", case_id=case_id)

    told = client.get(f"/v1/runs/{failed}/infeasibility").json()
    assert told["rules"] == ["budget", "promise"]
    assert told["repairs"] == [{"kind": "budgets", "changes": []}]
    answer = client.get(f"/v1/runs/{waiting}/infeasibility")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_infeasible")
    no_plan = client.get(f"/v1/runs/{failed}/trips").json()
    assert "infeasibility" in no_plan["detail"]


def test_an_error_of_several_provinces_is_told_to_who_answers_for_all(
    client: TestClient, settings: ServiceSettings
) -> None:
    """Rules and ways out name districts: somebody of one province learns only that it failed."""
    document = client.get("/v1/datasets/tiny").text.replace("450102", "440103")
    case_id = client.post("/v1/cases", content=document).json()["case_id"]
    failed = submitted(client, kind="place", case_id=case_id)
    _end(settings, plan=False)

    with acting(client, role="planner", provinces=frozenset({"44"})):
        partly = client.get(f"/v1/runs/{failed}").json()["error"]
    with acting(client, role="planner", provinces=frozenset({"44", "45"})):
        wholly = client.get(f"/v1/runs/{failed}").json()["error"]

    assert wholly["rules"] == ["budget", "promise"]
    assert set(partly) == {"status", "error", "detail"}
    assert "budget" not in str(partly)


def _reason(district: str, reason: str) -> Explanation:
    return Explanation(
        scenario="flood", district=district, item="TENT", demand_units=9, unmet_units=4,
        reason=reason,
    )  # fmt: skip


def test_a_shortage_nobody_has_asked_about_says_how_to_ask(
    client: TestClient, planned: tuple[str, str]
) -> None:
    """Without an explanation the answer names the request that makes one."""
    answer = client.get(f"/v1/runs/{planned[1]}/explanation")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_explained")
    assert planned[1] in answer.json()["detail"]


def test_the_newest_explanation_that_says_something_about_it_is_told(
    client: TestClient, settings: ServiceSettings, planned: tuple[str, str]
) -> None:
    """One of a single district says nothing about others, and choices are no reasons."""
    case_id, run_id = planned
    asked = {"kind": "explain", "base_run": run_id, "case_id": case_id}
    every = submitted(client, **asked)
    _end(settings, _reason("450101", "docks"), _reason("450102", "docks"))
    one = submitted(client, **asked, scenario="flood", options={"district": "450101"})
    _end(settings, _reason("450101", "paper"))
    why = submitted(client, **asked, options={"why": "W1"})
    choice = Choice(
        question="why", warehouse="W1", alternative="closed", stage="unmet", plan_value=0
    )
    _end(settings, choice)

    def told(path: str = "", **filters: str) -> tuple[str, list[str]]:
        answer = client.get(f"/v1/runs/{run_id}/explanation{path}", params=filters)
        assert answer.status_code == 200, answer.text
        rows = answer.json()["rows"]
        return answer.json()["run_id"], [row.get("reason", "") for row in rows]

    assert told(district="450101") == (one, ["paper"])
    assert told(district="450102") == (every, ["docks"])
    assert told("/choices") == (why, [""])


def test_a_replan_is_a_run_that_comes_first(client: TestClient, planned: tuple[str, str]) -> None:
    """The short way makes the same run as POST /v1/runs, once for each key."""
    body = {
        "at_hours": 2.5,
        "name": "bridge",
        "scenario": "flood",
        "options": {"gap": 0.01},
        "changes": [{"kind": "road_closed", "district": "450102"}],
    }
    address = f"/v1/runs/{planned[1]}/replan"
    key = {"Idempotency-Key": "bridge"}
    answer = client.post(address, json=body, headers=key)
    again = client.post(address, json=body, headers=key)
    run = answer.json()

    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/runs/{run['run_id']}"
    assert (run["kind"], run["base_run"], run["scenario"]) == ("replan", planned[1], "flood")
    assert (run["name"], run["options"]) == ("bridge", {"gap": 0.01, "at_hours": 2.5})
    assert again.json()["run_id"] == run["run_id"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"at_hours": -1, "changes": []},
        {"at_hours": 1},
        {"at_hours": 1, "changes": [], "nobody": 1},
        {"at_hours": 1, "changes": [], "options": {"reduce_to": 3}},
        {"at_hours": 1, "changes": [], "options": {"objective": "median"}},
    ],
)
def test_a_replan_that_cannot_be_is_refused(solved: Solved, body: dict[str, Any]) -> None:
    """What a re-plan does not take is named, and makes no run."""
    answer = solved.client.post(f"/v1/runs/{solved.run_id}/replan", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_the_example_of_a_replan_is_taken(client: TestClient, planned: tuple[str, str]) -> None:
    """What the OpenAPI document shows as an example makes a run."""
    document = client.get("/openapi.json").json()
    example = document["components"]["schemas"]["ReplanRequest"]["examples"][0]

    assert client.post(f"/v1/runs/{planned[1]}/replan", json=example).status_code == 202

"""Runs through the front door: submitted, watched, repeated, refused."""

from __future__ import annotations

from fastapi.testclient import TestClient

from tests.api.conftest import Solved, submitted


def test_a_run_ends_with_a_certified_plan_and_its_story(solved: Solved) -> None:
    """A plan of the tiny case is finished, optimal, and its log tells queued, running, finished."""
    run = solved.client.get(f"/v1/runs/{solved.run_id}").json()
    log = solved.client.get(f"/v1/runs/{solved.run_id}/log", params={"kind": "status"}).json()

    assert (run["status"], run["outcome"], run["has_plan"]) == ("finished", "optimal", True)
    statuses = [event["body"]["status"] for event in log["events"]]
    assert statuses == ["queued", "running", "finished"]


def test_the_stream_tells_all_events_and_ends(solved: Solved) -> None:
    """Server-sent events repeat the log in order and end with the run."""
    log = solved.client.get(f"/v1/runs/{solved.run_id}/log").json()["events"]

    stream = solved.client.get(f"/v1/runs/{solved.run_id}/events").text

    told = [int(line[4:]) for line in stream.splitlines() if line.startswith("id: ")]
    assert told == [event["event_id"] for event in log]


def test_a_stream_goes_on_where_it_was(solved: Solved) -> None:
    """Last-Event-ID leaves out what was told already."""
    log = solved.client.get(f"/v1/runs/{solved.run_id}/log").json()["events"]

    stream = solved.client.get(
        f"/v1/runs/{solved.run_id}/events", headers={"Last-Event-ID": str(log[-2]["event_id"])}
    ).text

    assert stream.count("event: ") == 1


def test_the_same_key_makes_one_run(client: TestClient) -> None:
    """A request that is sent again with its key is the same run; another request is refused."""
    case_id = client.post("/v1/datasets/tiny/cases").json()["case_id"]
    asked = {"kind": "place", "case_id": case_id}
    key = {"Idempotency-Key": "once"}

    first = client.post("/v1/runs", json=asked, headers=key)
    again = client.post("/v1/runs", json=asked, headers=key)
    other = client.post("/v1/runs", json={**asked, "name": "x"}, headers=key)

    assert first.json()["run_id"] == again.json()["run_id"]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(client.get("/v1/runs").json()["runs"]) == 1


def test_a_waiting_run_is_cancelled_at_once(client: TestClient) -> None:
    """Cancelling a run that waits needs no worker, and again changes nothing."""
    case_id = client.post("/v1/datasets/tiny/cases").json()["case_id"]
    run_id = submitted(client, kind="plan", case_id=case_id)

    assert client.delete(f"/v1/runs/{run_id}").json()["status"] == "cancelled"
    assert client.delete(f"/v1/runs/{run_id}").json()["status"] == "cancelled"
    assert client.post(f"/v1/runs/{run_id}/stop").status_code == 409

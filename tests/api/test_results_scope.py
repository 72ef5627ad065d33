"""Each province sees its own rows of a run, and whole files only who answers for all of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from allocator.service_settings import ServiceSettings
from api.results.resources import ROW_RESOURCES, RowResource
from tests.api.conftest import Solved, acting, client_here, submitted, work

HERE, THERE = frozenset({"45"}), frozenset({"44"})

WHOLE = ("plan", "files/plan.xlsx", "files/plan.html", "orders")


@pytest.fixture(scope="session")
def crossing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Solved]:
    """A dispatch of the tiny case, one of whose districts is in another province."""
    settings = ServiceSettings(data_folder=tmp_path_factory.mktemp("crossing"))
    with client_here(settings) as client:
        document = client.get("/v1/datasets/tiny").text.replace("450102", "440103")
        headers = {"Content-Type": "application/json"}
        answer = client.post("/v1/cases", content=document, headers=headers)
        case_id = answer.json()["case_id"]
        run_id = submitted(client, kind="dispatch", case_id=case_id, scenario="flood")
        assert work(settings)
        yield Solved(client, settings, case_id, run_id)


def _rows(solved: Solved, path: str, **asked: Any) -> list[dict[str, Any]]:
    answer = solved.client.get(f"/v1/runs/{solved.run_id}/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["rows"]
    assert answer.json()["total"] == len(rows)
    return rows


def test_trips_are_parted_by_province(crossing: Solved) -> None:
    """A province sees what leaves it and what comes to it, and together all see everything."""
    every = _rows(crossing, "trips")
    with acting(crossing.client, role="logistics", provinces=HERE):
        ours = _rows(crossing, "trips")
    with acting(crossing.client, role="logistics", provinces=THERE):
        theirs = _rows(crossing, "trips")

    def ends(trip: dict[str, Any]) -> set[str]:
        home = {"W1": "45", "X1": ""}
        return {home[trip["warehouse"]], trip["district"][:2]}

    assert ours == [trip for trip in every if "45" in ends(trip)]
    assert theirs == [trip for trip in every if "44" in ends(trip)]
    assert 0 < len(theirs) < len(every)


@pytest.mark.parametrize("path", ["trips", "loads", "approvals", "arrivals"])
def test_no_row_of_another_province_comes_out(crossing: Solved, path: str) -> None:
    """Whoever answers for Guangdong reads nothing of districts that are only Guangxi's."""
    with acting(crossing.client, role="planner", provinces=THERE):
        rows = _rows(crossing, path)
        trips = {trip["trip"] for trip in _rows(crossing, "trips")}

    assert rows
    for row in rows:
        assert row.get("district", "").startswith("44") or row.get("trip") in trips


def test_a_trip_of_others_is_not_found(crossing: Solved) -> None:
    """A foreign trip and a trip that is not there look the same."""
    foreign = next(
        trip for trip in _rows(crossing, "trips")
        if trip["warehouse"] == "W1" and trip["district"].startswith("45")
    )  # fmt: skip
    address = f"/v1/runs/{crossing.run_id}"
    with acting(crossing.client, role="logistics", provinces=THERE):
        codes = [
            crossing.client.get(f"{address}/{path}").status_code
            for path in (
                f"trips/{foreign['trip']}",
                f"manifests/trips/{foreign['trip']}",
                f"manifests/trips/{foreign['trip']}?format=pdf",
                "trips/NOBODY",
            )
        ]

    assert codes == [404, 404, 404, 404]


@pytest.mark.parametrize("path", WHOLE)
def test_whole_files_are_for_who_answers_for_all(crossing: Solved, path: str) -> None:
    """A file has rows of everybody, so that one's own province is not enough."""
    address = f"/v1/runs/{crossing.run_id}/{path}"
    with acting(crossing.client, role="planner", provinces=HERE):
        refused = crossing.client.get(address)
    with acting(crossing.client, role="planner", provinces=HERE | THERE):
        allowed = crossing.client.get(address)

    assert (refused.status_code, refused.json()["code"]) == (403, "other_provinces")
    assert allowed.status_code == 200


@pytest.mark.parametrize(
    "resource",
    [one for one in ROW_RESOURCES if one.source == "plan" and not one.has_places],
    ids=lambda one: one.path,
)
def test_rows_without_a_place_are_for_who_answers_for_all(
    crossing: Solved, resource: RowResource
) -> None:
    """Sums over all districts belong to no single province."""
    address = f"/v1/runs/{crossing.run_id}/{resource.path}"
    with acting(crossing.client, role="planner", provinces=HERE):
        assert crossing.client.get(address).status_code == 403
    with acting(crossing.client, role="planner", provinces=HERE | THERE):
        assert crossing.client.get(address).status_code == 200


def test_a_run_of_others_is_not_found(crossing: Solved) -> None:
    """Who has no district in the case sees neither the run nor anything of it."""
    with acting(crossing.client, role="planner", provinces=frozenset({"62"})):
        codes = {
            crossing.client.get(f"/v1/runs/{crossing.run_id}/{path}").status_code
            for path in (*WHOLE, "trips", "files", "infeasibility", "manifests/W1", "explanation")
        }

    assert codes == {404}


def test_tags_of_two_scopes_differ(crossing: Solved) -> None:
    """What one province has kept is never taken for what another sees."""
    tags = set()
    for provinces in (HERE, THERE, frozenset[str]()):
        with acting(crossing.client, role="planner", provinces=provinces):
            answer = crossing.client.get(f"/v1/runs/{crossing.run_id}/trips")
        tags.add(answer.headers["ETag"])

    assert len(tags) == 3


def test_codes_of_other_provinces_are_not_told(crossing: Solved) -> None:
    """A misspelt code is refused without naming those of others."""
    address = f"/v1/runs/{crossing.run_id}/trips?district=999999"
    with acting(crossing.client, role="planner", provinces=THERE):
        refused = crossing.client.get(address).json()
    open_to_all = crossing.client.get(address).json()

    assert "450101" not in refused["detail"]
    assert "450101" in open_to_all["detail"]


def test_a_manifest_has_only_the_trips_one_may_see(crossing: Solved) -> None:
    """Whoever receives reads of the sender's load only what comes to them."""
    sender = _rows(crossing, "trips", district="440103")[0]["warehouse"]
    assert len({trip["district"] for trip in _rows(crossing, "trips", warehouse=sender)}) == 2
    with acting(crossing.client, role="logistics", provinces=THERE):
        manifest = crossing.client.get(f"/v1/runs/{crossing.run_id}/manifests/{sender}").json()

    assert {trip["district"] for trip in manifest["trips"]} == {"440103"}

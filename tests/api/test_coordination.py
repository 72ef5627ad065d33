"""Runs of kind coordination: document, rows, files and page; who may see them."""

from __future__ import annotations

import io

import openpyxl
import pytest

from allocator.schema import COORDINATION_SHEETS
from allocator.schema.results import RunInfo, SummaryLine
from api.results.resources import ROW_RESOURCES
from tests.api.conftest import Solved, acting, submitted, work


@pytest.fixture(scope="module")
def assessed(solved: Solved) -> str:
    """A finished run of kind coordination about the plan of the tiny case."""
    run_id = submitted(
        solved.client,
        kind="coordination",
        base_run=solved.run_id,
        scenario="flood",
        options={"samples": 50, "time_limit_seconds": 20},
    )
    assert work(solved.settings)
    answer = solved.client.get(f"/v1/runs/{run_id}").json()
    assert (answer["status"], answer["error"]) == ("finished", None)
    return run_id


def test_document_rows_and_workbook_tell_the_same(solved: Solved, assessed: str) -> None:
    """Shares of the document are those of the rows and of the workbook, and add up."""
    client = solved.client
    document = client.get(f"/v1/runs/{assessed}/coordination").json()
    rows = client.get(f"/v1/runs/{assessed}/coordination/delay-cost").json()["rows"]
    told = {row["department"]: row["share_cny"] for row in rows}
    for one in document["departments"]:
        assert told[one["department"]] == pytest.approx(one["share_cny"])
    assert document["total"] == pytest.approx(sum(told.values()) - told["TOTAL"])
    assert 0 <= document["degree_low"] <= document["degree"] <= document["degree_high"] <= 1
    content = client.get(f"/v1/runs/{assessed}/coordination", params={"format": "xlsx"}).content
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Delay_Cost"]
    table = [list(line) for line in sheet.iter_rows(values_only=True)]
    share, department = table[0].index("share_cny"), table[0].index("department")
    shares = {line[department]: line[share] for line in table[2:] if line[department]}
    assert shares == pytest.approx(told)


def test_a_plan_gives_what_was_found_about_it(solved: Solved, assessed: str) -> None:
    """The address of the plan leads to the newest run about it."""
    client = solved.client
    own = client.get(f"/v1/runs/{assessed}/coordination/speeds").json()
    of_plan = client.get(f"/v1/runs/{solved.run_id}/coordination/speeds").json()
    assert own["rows"] == of_plan["rows"]
    assert {row["speed"] for row in own["rows"]} == {
        "ideal",
        "limit",
        "actual",
        "uncoordinated",
    }


def test_no_sheet_of_coordination_lacks_an_address() -> None:
    """All sheets but those that every run has are among its resources."""
    found = {one.kind.sheet for one in ROW_RESOURCES if one.source == "coordination"}
    assert found == set(COORDINATION_SHEETS) - {SummaryLine.sheet, RunInfo.sheet}


def test_accounts_are_guarded_like_the_rest(solved: Solved, assessed: str) -> None:
    """Who answers for another province does not see losses of all."""
    address = f"/v1/runs/{assessed}/coordination/loss-accounts"
    assert solved.client.get(address).status_code == 200
    with acting(solved.client, role="analyst", provinces=frozenset({"11"})):
        assert solved.client.get(address).status_code == 404


@pytest.mark.parametrize("path", ["steps", "release", "wheels", "duties", "reforms", "owners"])
def test_every_sheet_is_a_resource(solved: Solved, assessed: str, path: str) -> None:
    """Rows of each sheet are had by its address, as JSON and as CSV."""
    address = f"/v1/runs/{assessed}/coordination/{path}"
    rows = solved.client.get(address).json()
    lines = solved.client.get(address, params={"format": "csv"}).text.strip().splitlines()
    assert len(lines) == rows["total"] + 1


def test_nobody_has_asked_yet(solved: Solved) -> None:
    """A run without an assessment says how to ask for one."""
    run_id = submitted(solved.client, kind="place", case_id=solved.case_id)
    answer = solved.client.get(f"/v1/runs/{run_id}/coordination")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_assessed")
    assert "kind coordination" in answer.json()["detail"]
    solved.client.delete(f"/v1/runs/{run_id}")


def test_the_page_of_the_run_shows_figures_in_both_languages(solved: Solved, assessed: str) -> None:
    """Waterfall, Gantt and cards are on the page, in the language it is asked for."""
    english = solved.client.get(f"/runs/{assessed}?lang=en").text
    chinese = solved.client.get(f"/runs/{assessed}?lang=zh").text
    assert "From the loss at the limits to the actual loss" in english
    assert "从限时损失到实际损失" in chinese
    assert "<svg viewBox" in english
    assert "style=" not in english.split('class="coordination"')[1]


def test_whoever_answers_for_another_province_does_not_see_it(
    solved: Solved, assessed: str
) -> None:
    """Who answers for all of the case sees the costs; who answers for another, nothing."""
    with acting(solved.client, role="analyst", provinces=frozenset({"45"})):
        whole = solved.client.get(f"/v1/runs/{assessed}/coordination/delay-cost").status_code
        document = solved.client.get(f"/v1/runs/{assessed}/coordination").status_code
    assert (whole, document) == (200, 200)
    with acting(solved.client, role="analyst", provinces=frozenset({"11"})):
        assert solved.client.get(f"/v1/runs/{assessed}/coordination").status_code == 404


def test_samples_go_with_coordination_only(solved: Solved) -> None:
    """Another kind refuses the option."""
    asked = {"kind": "plan", "case_id": solved.case_id, "options": {"samples": 50}}
    assert solved.client.post("/v1/runs", json=asked).status_code == 422

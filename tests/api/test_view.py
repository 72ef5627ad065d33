"""The view of a run over HTTP: in parts, packed, only for those who may see the whole."""

from __future__ import annotations

import gzip
from typing import Any

from fastapi.testclient import TestClient

from allocator.report.words import LANGUAGES
from allocator.service_settings import ServiceSettings
from allocator.store.audit import Actor
from api.access import rules
from api.main import create_app
from api.views.words import VIEW_WORDS
from tests.api.conftest import HERE, Solved, submitted


def view_of(solved: Solved, **query: str) -> Any:
    """The view, or a part of it."""
    answer = solved.client.get(f"/v1/runs/{solved.run_id}/view", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_first_part_draws_a_map_by_itself(solved: Solved) -> None:
    """Plan, places and the most probable scenario come in one answer."""
    view = view_of(solved)

    assert [row["code"] for row in view["scenarios"]] == ["flood", "quake"]
    assert view["first"] == "flood"
    lanes = [lane for trace in view["first_part"]["map"] for lane in trace["meta"].get("lanes", [])]
    assert ["W1", "450102"] in lanes
    assert {row[0] for row in view["places"]["warehouses"]} == {"W1", "W2", "X1"}


def test_the_trips_of_the_view_are_those_of_the_plan(solved: Solved) -> None:
    """Every trip of every scenario is in exactly one group of its part."""
    view = view_of(solved)
    for row in view["scenarios"]:
        part = view_of(solved, scenario=row["code"])
        names = [name for group in part["trips"] for name in group[-1]]

        assert names
        assert len(names) == len(set(names))
        assert all(name.startswith(row["code"]) for name in names)
    assert view["first_part"] == view_of(solved, scenario="flood")


def test_shares_by_hour_end_at_what_the_plan_serves(solved: Solved) -> None:
    """The last step of each district is its served share: all of the need of the tiny case."""
    steps = view_of(solved, scenario="flood")["steps"]

    assert steps
    assert {district: own[-1][1] for district, own in steps.items()} == dict.fromkeys(steps, 1.0)
    assert all(own == sorted(own) for own in steps.values())


def test_a_known_part_is_not_sent_again(solved: Solved) -> None:
    """The tag of a part answers 304 without a body; that of another part does not."""
    address = f"/v1/runs/{solved.run_id}/view"
    tag = solved.client.get(address).headers["etag"]

    again = solved.client.get(address, headers={"If-None-Match": f'"other", {tag}'})
    other = solved.client.get(f"{address}?scenario=quake", headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert (other.status_code, other.headers["etag"] != tag) == (200, True)


def test_parts_are_packed_for_those_who_take_it(solved: Solved) -> None:
    """The same part comes gzipped or plain, as the client says."""
    address = f"/v1/runs/{solved.run_id}/view"
    plain = solved.client.get(address, headers={"Accept-Encoding": "identity"})
    with solved.client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())

    assert answer.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed) == plain.content


def test_an_unknown_scenario_is_named(solved: Solved) -> None:
    """A scenario that the plan does not have is 404, whatever its code looks like."""
    for code in ("storm", "../plan", "flood.json.gz/"):
        answer = solved.client.get(f"/v1/runs/{solved.run_id}/view", params={"scenario": code})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert code in answer.json()["detail"]


def test_a_run_without_a_plan_has_no_view(client: TestClient) -> None:
    """A waiting run says that there is nothing to show yet."""
    case_id = client.post("/v1/datasets/tiny/cases").json()["case_id"]
    run_id = submitted(client, kind="plan", case_id=case_id)

    answer = client.get(f"/v1/runs/{run_id}/view")

    assert (answer.status_code, answer.json()["code"]) == (409, "no_plan_yet")


def status_for(settings: ServiceSettings, run_id: str, province: str) -> int:
    """Status of the view for somebody of one province."""
    application = create_app(settings)
    caller = Actor(provinces=frozenset((province,)))
    application.dependency_overrides[rules._caller] = lambda: caller
    return TestClient(application, **HERE).get(f"/v1/runs/{run_id}/view").status_code


def test_the_view_is_for_those_who_may_see_all_provinces(
    solved: Solved, client: TestClient, settings: ServiceSettings
) -> None:
    """A key for all provinces of a case sees it, for some is refused, for others finds nothing."""
    case_id = client.post("/v1/datasets/jishishan/cases").json()["case_id"]
    across = submitted(client, kind="plan", case_id=case_id)

    assert status_for(solved.settings, solved.run_id, "45") == 200
    assert status_for(solved.settings, solved.run_id, "11") == 404
    assert status_for(settings, across, "62") == 403


def test_every_word_is_there_in_both_languages(client: TestClient) -> None:
    """The page gets the same keys in both languages, none empty, with the same places."""
    words = {lang: client.get(f"/v1/view-words/{lang}").json() for lang in LANGUAGES}

    assert set(words["en"]) == set(words["zh"]) >= set(VIEW_WORDS)
    assert all(text for lang in LANGUAGES for text in words[lang].values())
    assert client.get("/v1/view-words/fr").status_code == 404


def test_words_name_the_same_figures_in_both_languages() -> None:
    """What is filled in is filled in in both languages."""
    for key, texts in VIEW_WORDS.items():
        english, chinese = ({part.split("}")[0] for part in text.split("{")[1:]} for text in texts)
        assert english == chinese, key

"""The table of losses: what it says, and that the replay catches one that lies."""

from __future__ import annotations

import pytest

from allocator.case import Case
from allocator.documents import place_document
from allocator.plan import Plan
from allocator.replay import verify
from allocator.schema.disaster import Loss
from allocator.schema.results import LossResult
from tests.allocator.loss_cases import LISTED, promising, solve
from tests.random_cases import random_case


def test_losses_are_reported_without_a_promise() -> None:
    """Rows of Losses are tested all the same, the one that hurts most first, in the JSON too."""
    case = random_case(1).replace(Loss, LISTED)
    plan = solve(case)
    rows = plan.loss_results
    assert {row.loss for row in rows} == {"both", "road", "border"}
    assert all(row.promised_share is None and row.is_kept is None for row in rows)
    added = [row.expected_added_unmet for row in rows]
    assert added == sorted(added, reverse=True)
    assert added[0] > 0
    told = place_document(case, plan)["n1"]
    assert [line["loss"] for line in told] == [row.loss for row in rows]
    assert told[0]["served_share"] == rows[0].served_share
    assert verify(case, plan).certified


CHANGES = {
    "loss_served": {"served_share": 0.123},
    "loss_before": {"share_without_loss": 0.123},
    "loss_added": {"added_unmet": 1e6},
    "loss_expected": {"expected_added_unmet": 1e6},
    "loss_promised": {"promised_share": 0.99},
    "loss_kept": {"is_kept": False},
    "loss_known": {"loss": "W9"},
}


@pytest.fixture(scope="module")
def reported() -> tuple[Case, Plan]:
    """A case that only asks for a report on all losses, and its plan."""
    case = random_case(1).replace(Loss, LISTED)
    case = promising(case, n1_served_share=0.0, n1_losses="both", objective="cost")
    return case, solve(case)


@pytest.mark.parametrize("rule", [*CHANGES, "loss_listed", "loss_scenario", "loss_promise"])
def test_the_replay_catches_a_table_of_losses_that_lies(
    reported: tuple[Case, Plan], rule: str
) -> None:
    """Every figure of the table, a row left out and a promise not kept are found."""
    case, plan = reported
    kept = min(row.served_share for row in plan.loss_results)
    case = promising(case, n1_served_share=kept)
    rows = [row.model_copy(update={"promised_share": kept}) for row in plan.loss_results]
    told = plan.replace(LossResult, rows)
    assert verify(case, told).certified
    if rule == "loss_promise":
        case = promising(case, n1_served_share=kept + 0.01)
    elif rule == "loss_listed":
        told = plan.replace(LossResult, rows[1:])
    elif rule == "loss_scenario":
        other = {"flood": "quake", "quake": "flood"}[rows[0].scenario]
        rows[0] = rows[0].model_copy(update={"scenario": other})
        told = plan.replace(LossResult, rows)
    else:
        told = plan.replace(LossResult, [rows[0].model_copy(update=CHANGES[rule]), *rows[1:]])
    verdict = verify(case, told)
    assert rule in {violation.rule for violation in verdict.violations}

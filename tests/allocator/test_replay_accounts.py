"""The replay adds the loss accounts up by itself, and notices every changed number."""

from __future__ import annotations

from typing import Any

import pytest

from allocator.replay import RULES, Verdict, verify
from allocator.risks import account_rows, expected_rows
from tests.allocator.replay_example import Tables, build_plan, build_results
from tests.allocator.risk_cases import risk_tables
from tests.tiny import build_case

FIGURES = (
    "direct_loss_cny",
    "insurance_payout_cny",
    "uninsured_cny",
    "secondary_loss_cny",
    "total_loss_cny",
)


def results_with_accounts() -> Tables:
    """The example's plan, with the accounts of a case with losses."""
    case = build_case(risk_tables())
    results = build_results()
    results["Run_Info"] = []
    rows = (*expected_rows(case), *account_rows(case, ["flood", "quake"]))
    results["Loss_Accounts"] = [row.model_dump() for row in rows]
    return results


def check(results: Tables) -> Verdict:
    """What the replay says."""
    return verify(build_case(risk_tables()), build_plan(results))


def line(results: Tables, scenario: str, grouping: str, member: str) -> dict[str, Any]:
    """One line of the accounts."""
    wanted = (scenario, grouping, member)
    return next(
        row
        for row in results["Loss_Accounts"]
        if (row["scenario"], row["grouping"], row["member"]) == wanted
    )


def broken(results: Tables) -> list[tuple[str, str]]:
    """Rules that are broken, and where."""
    return [(each.rule, each.where) for each in check(results).violations]


def test_right_accounts_are_certified() -> None:
    """What the engine adds up is what the replay adds up."""
    assert broken(results_with_accounts()) == []


def test_a_case_without_records_needs_no_accounts() -> None:
    """The plain example has none and is certified."""
    results = build_results()
    results["Run_Info"] = []
    assert verify(build_case(), build_plan(results)).certified


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize(
    "place", [("flood", "all", ""), ("quake", "district", "450102"), ("flood", "hours", "72+ h")]
)
def test_a_changed_amount_is_noticed(figure: str, place: tuple[str, str, str]) -> None:
    """One fen more in any figure of any line is a violation of this line."""
    results = results_with_accounts()
    line(results, *place)[figure] += 0.01
    scenario, grouping, member = place
    where = f"account of scenario {scenario}, {grouping} {member}".rstrip()
    assert broken(results) == [("account_loss", where)]


def test_a_changed_expected_amount_is_noticed() -> None:
    """Expected amounts are rounded: two fen more are a violation."""
    results = results_with_accounts()
    line(results, "any", "hazard", "R02")["total_loss_cny"] += 0.02
    assert broken(results) == [("account_loss", "account of scenario any, hazard R02")]


def test_a_deleted_line_is_noticed() -> None:
    """Every line must be there, the expected ones included."""
    results = results_with_accounts()
    results["Loss_Accounts"].remove(line(results, "any", "all", ""))
    assert broken(results) == [("account_listed", "account of scenario any, all")]


def test_a_line_without_records_is_noticed() -> None:
    """A district without losses has no line."""
    results = results_with_accounts()
    more = line(results, "quake", "district", "450102") | {"member": "450101"}
    results["Loss_Accounts"].append(more)
    assert broken(results) == [("account_known", "account of scenario quake, district 450101")]


def test_counts_and_probabilities_are_checked() -> None:
    """Another number of records and another probability are violations."""
    results = results_with_accounts()
    line(results, "flood", "all", "")["elements_count"] = 5
    line(results, "any", "all", "")["probability"] = 0.9
    assert broken(results) == [
        ("account_count", "account of scenario flood, all"),
        ("account_probability", "account of scenario any, all"),
    ]


def test_every_account_rule_has_a_breach() -> None:
    """The tests of this module break each rule of the accounts."""
    tested = {"loss", "listed", "known", "count", "probability"}
    assert {rule for rule in RULES if rule.startswith("account_")} == {
        f"account_{name}" for name in tested
    }

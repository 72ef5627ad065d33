"""The workbook tells the loss accounts with names, and the summary says them in one line."""

from __future__ import annotations

import pytest

from allocator.engine.dispatch import dispatch
from allocator.plan import Plan
from allocator.replay import verify
from allocator.report.accounts import account_lines
from allocator.report.facts import Facts
from allocator.report.sheet_columns import sheet_table
from allocator.report.summary import money
from allocator.report.words import Language
from allocator.risks import account_rows, expected_rows
from allocator.schema.risks import LossAccount
from allocator.solver import SolveOptions
from tests.allocator.risk_cases import risk_tables
from tests.tiny import Tables, build_case


def facts_of(*scenarios: str, tables: Tables | None = None) -> Facts:
    """A case with losses, and a plan that has nothing but the accounts of some scenarios."""
    case = build_case(risk_tables() if tables is None else tables)
    rows = account_rows(case, scenarios)
    if len(scenarios) > 1:
        rows = (*expected_rows(case), *rows)
    return Facts(case, Plan({"Loss_Accounts": rows}))


def in_millions() -> Tables:
    """The losses a million times as large."""
    tables = risk_tables()
    for row in tables["Risk_Elements"]:
        for field in ("direct_loss_cny", "insurance_payout_cny", "secondary_loss_cny"):
            if field in row:
                row[field] *= 1e6
    return tables


@pytest.mark.parametrize(
    ("lang", "topic", "figure", "words"),
    [
        (
            "en",
            "Disaster loss, expected",
            "1,692.79 million CNY",
            "insurers pay 97.04 million CNY (6.8%)",
        ),
        ("zh", "灾害损失（概率加权）", "169,279 万元", "保险赔付 9,704 万元（6.8%）"),
    ],
)
def test_the_expected_loss_is_told_in_one_line(
    lang: Language, topic: str, figure: str, words: str
) -> None:
    """Of several scenarios the expected account is told, in both languages."""
    (line,) = account_lines(facts_of("flood", "quake", tables=in_millions()), lang, money)
    assert (line.topic, line.figure) == (topic, figure)
    assert words in line.sentence


def test_one_scenario_is_told_by_its_own_loss() -> None:
    """A dispatch of one scenario tells the account of that scenario."""
    (line,) = account_lines(facts_of("quake", tables=in_millions()), "en", money)
    assert (line.topic, line.figure) == ("Disaster loss", "1,348.00 million CNY")


def test_a_case_without_records_says_nothing() -> None:
    """No line where there is no account."""
    assert account_lines(Facts(build_case(), Plan({})), "en", money) == []


def test_codes_of_the_accounts_have_names_beside_them() -> None:
    """Classes, districts and the expected value are told by name, other members as they are."""
    facts = facts_of("flood", "quake")
    table = sheet_table(LossAccount, facts.plan.loss_accounts, facts, "zh")
    places = {column.header: k for k, column in enumerate(table.columns)}
    names = {row[places["汇总项"]]: row[places["汇总项名称"]] for row in table.rows}
    assert names["R02"] == "洪涝"
    assert names["450101"] == "甲区"
    assert names["72+ h"] == "72+ h"
    assert {row[places["情景名称"]] for row in table.rows} == {"概率加权平均", "洪水", "地震"}


def test_a_solved_dispatch_carries_its_accounts() -> None:
    """What the engine plans has the accounts of its scenario, and the replay agrees."""
    case = build_case(risk_tables())
    plan = dispatch(case, "quake", options=SolveOptions(gap=0.05, time_limit_seconds=10))
    assert plan.loss_accounts == account_rows(case, ["quake"])
    assert {row.member for row in plan.loss_accounts if row.grouping == "district"} == {"450102"}
    assert verify(case, plan).violations == ()

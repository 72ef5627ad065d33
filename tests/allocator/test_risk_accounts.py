"""Loss accounts as worked out by hand, and the same whichever way they are added up."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.engine.plan_parts import merge_plans, with_expected_accounts
from allocator.errors import ConflictError
from allocator.plan import Plan
from allocator.risks import (
    DIMENSIONS,
    Account,
    Dimension,
    account_rows,
    accounts,
    expected_rows,
    hour_band,
)
from allocator.schema.results import Stage
from allocator.schema.risks import LossAccount
from tests.allocator.risk_cases import risk_tables
from tests.tiny import build_case

Line = tuple[float, float, float, float, float]


def lines_of(rows: Sequence[LossAccount]) -> dict[tuple[str, str], Line]:
    """Amounts of account rows by grouping and member."""
    return {
        (row.grouping, row.member): (
            row.direct_loss_cny,
            row.insurance_payout_cny,
            row.uninsured_cny,
            row.secondary_loss_cny,
            row.total_loss_cny,
        )
        for row in rows
    }


def test_accounts_of_a_scenario_are_those_worked_out_by_hand() -> None:
    """The flood by class, place and hours; uninsured = direct - payout, total with secondary."""
    case = build_case(risk_tables())
    whole = (1710.05, 160.4, 1549.65, 373.0, 1922.65)
    assert lines_of(account_rows(case, ["flood"])) == {
        ("all", ""): whole,
        ("hazard", "R01"): (200.0, 0.4, 199.6, 70.0, 269.6),
        ("hazard", "R02"): (1510.05, 160.0, 1350.05, 303.0, 1653.05),
        ("province", "广西壮族自治区"): whole,
        ("prefecture", "南市"): (1700.05, 150.4, 1549.65, 370.0, 1919.65),
        ("prefecture", "北市"): (10.0, 10.0, 0.0, 3.0, 3.0),
        ("district", "450101"): (1500.05, 150.0, 1350.05, 300.0, 1650.05),
        ("district", "450102"): (200.0, 0.4, 199.6, 70.0, 269.6),
        ("district", "450201"): (10.0, 10.0, 0.0, 3.0, 3.0),
        ("hours", "0-6 h"): (1000.0, 100.0, 900.0, 300.0, 1200.0),
        ("hours", "6-12 h"): (700.05, 50.4, 649.65, 70.0, 719.65),
        ("hours", "72+ h"): (10.0, 10.0, 0.0, 3.0, 3.0),
    }


def test_expected_accounts_are_weighted_by_probability() -> None:
    """0.6 of the flood and 0.4 of the quake: 0.6 x 1,922.65 + 0.4 x 1,348 = 1,692.79."""
    rows = expected_rows(build_case(risk_tables()))
    found = lines_of(rows)
    assert found["all", ""] == (1426.03, 97.04, 1328.99, 363.8, 1692.79)
    assert found["hazard", "R02"] == (906.03, 96.0, 810.03, 181.8, 991.83)
    assert {row.scenario for row in rows} == {"any"}
    assert {row.probability for row in rows} == {1.0}


def test_scenarios_without_records_count_nothing_and_are_told() -> None:
    """Without the quake's records the expected loss is 0.6 of the flood's, and says 0.6."""
    tables = risk_tables()
    del tables["Risk_Elements"][4]
    case = build_case(tables)
    total = next(row for row in expected_rows(case) if row.grouping == "all")
    assert (total.probability, total.total_loss_cny) == (0.6, 1153.59)
    assert account_rows(case, ["quake"]) == ()


def test_records_outside_the_sample_count_nothing() -> None:
    """Only scenarios of the chosen sample have accounts."""
    tables = risk_tables()
    tables["Scenarios"][1]["sample"] = "other"
    assert set(accounts(build_case(tables), ("scenario",))) == {("flood",)}


def test_bands_begin_where_the_one_before_ends() -> None:
    """Hour 5 is in the first band, hour 6 in the second, hour 72 in the open one."""
    assert [hour_band(hour) for hour in (0, 5, 6, 47, 48, 71, 72, 9999)] == [
        "0-6 h", "0-6 h", "6-12 h", "24-48 h", "48-72 h", "48-72 h", "72+ h", "72+ h",
    ]  # fmt: skip


def test_an_unknown_dimension_is_refused() -> None:
    """Losses cannot be added up by what no record has."""
    with pytest.raises(ConflictError, match="added up by 'item'"):
        accounts(build_case(risk_tables()), ("item",))  # type: ignore[arg-type]


def money(most: float) -> st.SearchStrategy[float]:
    """Amounts with any decimals, as people and programs write them."""
    return st.one_of(
        st.integers(0, int(most * 100)).map(lambda fen: fen / 100),
        st.floats(0, most, allow_nan=False),
    )


@st.composite
def records(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw records over scenarios, classes, districts and hours, some amounts left empty."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for _ in range(draw(st.integers(0, 12))):
        row = {
            "scenario": draw(st.sampled_from(["flood", "quake"])),
            "hazard": draw(st.sampled_from(["R01", "R02"])),
            "subclass": draw(st.sampled_from(["00", "01"])),
            "district": draw(st.sampled_from(["450101", "450102", "450201"])),
            "hour": 3 * draw(st.integers(0, 30)),
        }
        direct = draw(money(1e12))
        found[tuple(row.values())] = {
            **row,
            "level": draw(st.integers(1, 4)),
            "direct_loss_cny": direct,
            "insurance_payout_cny": draw(st.one_of(st.none(), money(direct))),
            "secondary_loss_cny": draw(st.one_of(st.none(), money(1e12))),
        }
    return list(found.values())


@settings(max_examples=60, deadline=None)
@given(rows=records(), by=st.permutations(DIMENSIONS), kept=st.integers(0, len(DIMENSIONS)))
def test_totals_agree_over_any_aggregation(
    rows: list[dict[str, Any]], by: list[Dimension], kept: int
) -> None:
    """Added up to any dimensions and then further, losses are exactly those added up at once."""
    case = build_case({**risk_tables(), "Risk_Elements": rows})
    fine = accounts(case, by)
    coarse: dict[tuple[str, ...], Account] = {}
    for key, one in fine.items():
        coarse[key[:kept]] = coarse.get(key[:kept], Account()) + one
    assert coarse == accounts(case, by[:kept])
    for one in coarse.values():
        assert one.uninsured_fen == one.direct_fen - one.payout_fen >= 0
        assert one.total_fen == one.uninsured_fen + one.secondary_fen
        assert isinstance(one.total_fen, int)


@settings(max_examples=40, deadline=None)
@given(rows=records())
def test_lines_of_every_grouping_add_up_to_all(rows: list[dict[str, Any]]) -> None:
    """In the sheet too: each grouping of a scenario adds up to its line ``all``, fen by fen."""
    case = build_case({**risk_tables(), "Risk_Elements": rows})
    lines = account_rows(case, ["flood", "quake"])
    sums: dict[tuple[str, str], list[int]] = {}
    for row in lines:
        fen = [round(100 * value) for value in lines_of([row])[row.grouping, row.member]]
        total = sums.setdefault((row.scenario, row.grouping), [0] * len(fen))
        sums[row.scenario, row.grouping] = [a + b for a, b in zip(total, fen, strict=True)]
    for (scenario, _), total in sums.items():
        assert total == sums[scenario, "all"]


@settings(max_examples=40, deadline=None)
@given(rows=records())
def test_expected_loss_is_the_mean_of_the_scenarios(rows: list[dict[str, Any]]) -> None:
    """The expected line is the weighted sum of the scenarios' totals, to half a fen."""
    case = build_case({**risk_tables(), "Risk_Elements": rows})
    by_scenario = accounts(case, ("scenario",))
    mean = sum(
        (Fraction(repr(row.probability)) * by_scenario[row.scenario,].total_fen
         for row in case.scenarios if (row.scenario,) in by_scenario),
        Fraction(0),
    )  # fmt: skip
    told = [row.total_loss_cny for row in expected_rows(case) if row.grouping == "all"]
    assert len(told) == (1 if rows else 0)
    assert all(
        abs(100 * Fraction(value) - mean) <= Fraction(1, 2) + mean / 10**15 for value in told
    )


def plan_of(*scenarios: str) -> Plan:
    """Return a plan that dispatches some scenarios, with their accounts and nothing else."""
    case = build_case(risk_tables())
    stages = tuple(
        Stage(part=code, stage="unmet", objective=0.0, status="optimal", seconds=1.0)
        for code in scenarios
    )
    return merge_plans([Plan({"Stages": stages, "Loss_Accounts": account_rows(case, scenarios)})])


def test_expected_accounts_come_with_all_scenarios_only() -> None:
    """A dispatch of one scenario has its own accounts, a whole plan the expected ones first."""
    case = build_case(risk_tables())
    one = with_expected_accounts(case, plan_of("flood"))
    assert {row.scenario for row in one.loss_accounts} == {"flood"}
    whole = with_expected_accounts(case, plan_of("flood", "quake"))
    assert list(dict.fromkeys(row.scenario for row in whole.loss_accounts)) == [
        "any", "flood", "quake",
    ]  # fmt: skip

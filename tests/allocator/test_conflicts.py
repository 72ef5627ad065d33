"""Hard promises that cannot hold: conflicts and ways out by hand."""

from __future__ import annotations

import pickle

import pytest

from allocator.case import Case
from allocator.cli.terminal import complain
from allocator.documents import error_document
from allocator.engine import placement
from allocator.engine.placement import place
from allocator.errors import InfeasibleError, Repair
from allocator.plan import Plan
from allocator.replay import verify
from allocator.schema.network import Coverage
from allocator.schema.procedure import Settings
from allocator.solver import SolveOptions
from tests.repair_oracle import apply_changes, is_possible
from tests.tiny import build_case, build_tables

EXACT = SolveOptions(gap=1e-7, time_limit_seconds=60)


class Silence:
    """A report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Take news."""

    def best(self, plan: object) -> None:
        """Take a plan."""


def solve(case: Case) -> Plan:
    """Place without a listener."""
    return place(case, EXACT, Silence())


def refusal(case: Case) -> InfeasibleError:
    """Return the error of a case that is impossible."""
    with pytest.raises(InfeasibleError) as caught:
        solve(case)
    return caught.value


def way_out(error: InfeasibleError, kind: str) -> Repair:
    """Return the way out of a kind."""
    return next(repair for repair in error.repairs if repair.kind == kind)


def promised(case: Case, **promise: object) -> Case:
    """Return the case with one hard promise."""
    return case.replace(Coverage, (Coverage.model_validate(promise),))


@pytest.fixture
def promise_of_800(tiny_case: Case) -> Case:
    """800 tents within 2.5 h of 450201, which only a warehouse at W2 can give."""
    return promised(
        tiny_case, risk_level="high", item="TENT", target_hours=2.5, units_per_1000_people=40
    )


@pytest.fixture
def thirty_of_forty() -> Case:
    """40 tents are needed, 30 lie in a warehouse that is not ours, nothing can be bought."""
    tables = build_tables()
    tables["Warehouses"] = [{**tables["Warehouses"][2], "district": "450101", "level": "city"}]
    tables["Warehouses"][0]["province"] = "广西壮族自治区"
    tables["Stock"] = [{"warehouse": "W3", "item": "TENT", "stock_units": 30}]
    tables["Scenarios"] = tables["Scenarios"][:1]
    tables["Scenarios"][0]["probability"] = 1
    name = tables["Scenarios"][0]["scenario"]
    tables["Scenario_Demand"] = [
        {"scenario": name, "district": "450101", "item": "TENT", "demand_units": 40}
    ]
    tables["Settings"][0]["min_served_share"] = 0.9
    for sheet in ("Scenario_Damage", "Coverage", "Lanes"):
        tables[sheet] = []
    for row in tables["Items"]:
        row.pop("purchase_price_cny", None)
    tables["Fleets"] = [row for row in tables["Fleets"] if row["warehouse"] == "W3"]
    return build_case(tables)


def test_only_what_the_budget_buys_can_be_promised(promise_of_800: Case) -> None:
    """A small W2 for 200,000 CNY leaves 400,000 CNY, which is 400 tents of 1,000 CNY."""
    repair = way_out(refusal(promise_of_800), "promises")
    assert repair.gap == 0
    assert repair.limits == (
        "district 450201 丙县, item TENT within 2.5 h: at most 400 of 800 units can be promised",
    )
    (change,) = repair.changes
    assert (change.table, change.row_key, change.field) == (
        "Coverage",
        "high|TENT|2.5",
        "units_per_1000_people",
    )
    assert (change.old_value, change.new_value) == ("40", "20")


def test_smallest_budgets_are_named(promise_of_800: Case) -> None:
    """W2 at 500,000 and 800 tents at 1,000 CNY; closing W1 for 10,000 saves more than it costs."""
    repair = way_out(refusal(promise_of_800), "budgets")
    assert repair.gap == 0
    values = {change.field: change.new_value for change in repair.changes}
    # Running W2, and 130 CNY a year for each tent; W1 would cost 31,300 CNY a year.
    assert values == {
        "capital_budget_cny": str(500_000 + 800_000 + 10_000),
        "annual_budget_cny": str(60_000 + 130 * 800),
    }
    assert "raise Settings capital_budget_cny from 600,000 to 1,310,000 CNY" in (
        change.message for change in repair.changes
    )


def test_conflict_names_the_promise_and_the_budget(promise_of_800: Case) -> None:
    """The promise alone could hold, and so could the budget: both are named with their amounts."""
    rules = refusal(promise_of_800).rules
    assert len(rules) == 2
    assert rules[0].startswith("Settings ")
    assert "district 450201 丙县, item TENT within 2.5 h: 800 units promised" in rules[1]


def test_promise_out_of_reach_stands_alone(tiny_case: Case) -> None:
    """No budget brings a warehouse within 2 h of 450201, so none is blamed."""
    error = refusal(
        promised(tiny_case, risk_level="high", item="TENT", target_hours=2, units_per_1000_people=2)
    )
    assert len(error.rules) == 1
    assert "no warehouse is in reach" in error.rules[0]
    assert [repair.kind for repair in error.repairs] == ["promises"]
    assert error.repairs[0].changes[0].field == "shortfall_cost_cny"


def test_largest_served_share_is_named(thirty_of_forty: Case) -> None:
    """30 of 40 tents are three quarters."""
    error = refusal(thirty_of_forty)
    (change,) = way_out(error, "served share").changes
    assert change.new_value == "0.75"
    assert "district 450101" in error.rules[0]
    assert verify(
        apply_changes(thirty_of_forty, [change]),
        solve(apply_changes(thirty_of_forty, [change])),
    ).certified


def test_warehouse_that_may_not_close_is_a_way_out() -> None:
    """W1 costs 30,000 CNY a year with its reserve of 10 tents; 1,000 CNY are there."""
    tables = build_tables()
    tables["Coverage"] = []
    tables["Settings"][0]["annual_budget_cny"] = 1000
    tables["Warehouses"][0]["can_close"] = False
    error = refusal(build_case(tables))
    assert way_out(error, "closings").changes[0].row_key == "W1"
    budget = way_out(error, "budgets").changes[0]
    assert budget.new_value == str(30_000 + 10 * 130)


def test_home_reserves_are_lowered_lot_by_lot() -> None:
    """W1 must stay for 30,000 CNY a year; 1,040 CNY are left for 8 tents of the 10 kept at home."""
    tables = build_tables()
    tables["Coverage"] = []
    tables["Settings"][0]["annual_budget_cny"] = 30_000 + 8 * 130
    tables["Warehouses"][0]["can_close"] = False
    tables["Stock"][0]["home_reserve_units"] = 6
    tables["Stock"][1]["home_reserve_units"] = 4
    case = build_case(tables)
    changes = way_out(refusal(case), "home reserves").changes
    assert [(change.row_key, change.old_value, change.new_value) for change in changes] == [
        ("W1|TENT|B", "4", "2")
    ]
    assert is_possible(apply_changes(case, changes))


def test_home_reserve_is_lowered_for_the_neighbours() -> None:
    """36 of 40 tents are due abroad; W3 has 40, keeps 20 at home and can buy none: 4 may stay."""
    tables = build_tables()
    tables["Warehouses"] = [
        {**tables["Warehouses"][2], "state": "existing", "size_class": "S", "can_close": False}
    ]
    tables["Stock"] = [
        {"warehouse": "W3", "item": "TENT", "stock_units": 40, "home_reserve_units": 20}
    ]
    tables["Scenarios"] = [{**tables["Scenarios"][0], "probability": 1}]
    tables["Scenario_Demand"] = [
        {"scenario": "flood", "district": "450101", "item": "TENT", "demand_units": 40}
    ]
    tables["Settings"][0] |= {"min_served_share": 0.9, "capital_budget_cny": 1}
    for sheet in ("Scenario_Damage", "Coverage", "Lanes"):
        tables[sheet] = []
    for row in tables["Items"]:
        row.pop("purchase_price_cny", None)
    tables["Fleets"] = [row for row in tables["Fleets"] if row["warehouse"] == "W3"]
    case = build_case(tables)
    error = refusal(case)
    (change,) = way_out(error, "home reserves").changes
    assert (change.row_key, change.old_value, change.new_value) == ("W3|TENT|1", "20", "4")
    assert way_out(error, "served share").changes[0].new_value == "0.5"
    assert way_out(error, "budgets").changes[0].new_value == str(16 * 1000)
    repaired = apply_changes(case, [change])
    assert verify(repaired, solve(repaired)).certified


def test_case_without_budgets_has_no_budget_to_raise(promise_of_800: Case) -> None:
    """Without budgets 800 tents can be promised; 3,000 have no room in 300 m3."""
    free = {"capital_budget_cny": None, "annual_budget_cny": None}
    case = promise_of_800.replace(Settings, (promise_of_800.settings.model_copy(update=free),))
    assert verify(case, solve(case)).certified
    rows = (case.coverage[0].model_copy(update={"units_per_1000_people": 150.0}),)
    error = refusal(case.replace(Coverage, rows))
    assert [repair.kind for repair in error.repairs] == ["promises"]
    assert "have room for 1,500 at most" in error.rules[0]
    assert "at most 1,500 of 3,000 units can be promised" in error.repairs[0].limits[0]


def test_error_survives_the_way_from_a_child(promise_of_800: Case) -> None:
    """Rules and ways out are the same after pickling."""
    error = refusal(promise_of_800)
    again = pickle.loads(pickle.dumps(error))
    assert (again.message, again.rules, again.repairs) == (
        error.message,
        error.rules,
        error.repairs,
    )


def test_command_line_and_document_tell_the_ways_out(
    promise_of_800: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """The terminal lists them in words, the document as changes of sheets."""
    error = refusal(promise_of_800)
    complain(error)
    told = capsys.readouterr().err
    assert "at most 400 of 800 units can be promised" in told
    assert "raise Settings capital_budget_cny from 600,000 to 1,310,000 CNY" in told
    document = error_document(error)
    assert document["status"] == "infeasible"
    budgets = next(repair for repair in document["repairs"] if repair["kind"] == "budgets")
    assert budgets["is_smallest"]
    assert {change["field"] for change in budgets["changes"]} == {
        "capital_budget_cny",
        "annual_budget_cny",
    }


def test_hard_promise_is_kept_with_whole_stock(
    monkeypatch: pytest.MonkeyPatch, tiny_case: Case
) -> None:
    """A promise of 43.2 tents is kept by 44, also by decomposition."""
    case = promised(
        tiny_case, risk_level="high", item="TENT", target_hours=2.5, units_per_1000_people=2.16
    )
    monkeypatch.setattr(placement, "MONOLITH_FLOWS", -1)
    plan = solve(case)
    stock = {(row.warehouse, row.item): row.stock_units for row in plan.stock_plan}
    assert stock["W2", "TENT"] >= 44
    assert verify(case, plan).certified

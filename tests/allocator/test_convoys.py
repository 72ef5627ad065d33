"""Convoys from the sheet to the certified plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from allocator.case import Case
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_convoys import keep_convoys, mend_convoys
from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.engine.dispatch_exact import LEXICOGRAPHIC
from allocator.engine.dispatch_floor import waiting_floor
from allocator.engine.dispatch_method import Method
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem, stage_prices
from allocator.engine.dispatch_standing import Standing
from allocator.engine.dispatch_vehicles import VehiclePlan
from allocator.engine.plan_parts import merge_plans
from allocator.engine.replan import replan
from allocator.plan import Plan
from allocator.replay import verify
from allocator.report.order_books import order_books
from allocator.report.order_convoys import convoy_words
from allocator.report.order_workbook import write_order_workbook
from allocator.schema.changes import Change
from allocator.schema.dispatch_rules import HourRule
from allocator.solver import SolveOptions
from models.convoy_rules import ANY_FLEET
from models.dispatch_data import DispatchData
from models.dispatch_values import DispatchResult
from tests.allocator.replay_example import build_plan, build_results, example_case
from tests.allocator.test_hours import EXACT, ROUGH, Silence, with_rules
from tests.models.dispatch_cases import (
    brute_force,
    keeps_all_rules,
    random_data,
    regional_data,
    single_lane,
)
from tests.models.test_convoys import convoys, random_convoys
from tests.random_cases import random_dispatch_case
from tests.tiny import build_case

LIVES = ("unmet", "waiting", "cost")


def convoy(amount: float = 2, **cells: Any) -> HourRule:
    """A row of Hours."""
    return HourRule(kind="convoy", amount=amount, **cells)


def random_rows(draw: np.random.Generator, case: Case) -> list[HourRule]:
    """One or two rows about everything, or a warehouse, a district, a kind, some hours."""
    found = []
    for _ in range(int(draw.integers(1, 3))):
        cells: dict[str, Any] = {"amount": float(draw.choice([2, 2, 3]))}
        for name, codes in (
            ("warehouse", ["W1", "W3"]),
            ("district", ["450101", "450102"]),
            ("fleet", sorted({row.fleet for row in case.fleets})),
        ):
            if draw.random() < 0.35:
                cells[name] = str(draw.choice(codes))
        if draw.random() < 0.6:
            since = float(draw.choice([0, 1, 1.5]))
            cells |= {"from_hours": since, "to_hours": since + float(draw.choice([1, 1.25, 5]))}
        found.append(convoy(**cells))
    return found


def test_whole_cases_equal_the_best_of_all_plans() -> None:
    """In 5 cases in which the rule binds the plan is the best; the free plan is refused."""
    found, seed = 0, 120_000
    while found < 5:
        seed += 1
        plain = random_dispatch_case(seed, objective="lives")
        case = with_rules(plain, *random_rows(np.random.default_rng(seed), plain))
        best = brute_force(build_dispatch_inputs(case, "flood").data)
        free = brute_force(build_dispatch_inputs(plain, "flood").data)
        if best is None or free is None or best.lives == free.lives:
            continue
        found += 1
        plan = merge_plans([dispatch(case, "flood", options=EXACT)])
        limits: dict[str, float] = {}
        for row in plan.stages[:2]:
            least = best.least(row.stage, **limits)
            assert row.objective == pytest.approx(least, rel=2 * LEXICOGRAPHIC, abs=1e-5), seed
            limits[row.stage] = row.objective * (1 + LEXICOGRAPHIC) + 1e-6
        assert verify(case, plan).violations == (), seed
        better = merge_plans([dispatch(plain, "flood", options=EXACT)])
        assert "convoy_company" in {each.rule for each in verify(case, better).violations}, seed


def vehicles(problem: DispatchProblem, result: DispatchResult) -> list[tuple[int, int, int, Any]]:
    """Lane, kind, start and load of each vehicle."""
    table = problem.table
    return [
        (int(table.lane[t]), int(table.fleet[t]), int(table.start_period[t]), load.tolist())
        for t, load in zip(result.trip, result.load_units, strict=True)
    ]


@pytest.mark.parametrize(
    "rule",
    [(ANY_FLEET, 0, np.inf, 2), (ANY_FLEET, 2, 5, 2), (0, 0, np.inf, 2)],
    ids=["always", "some hours", "one kind"],
)
def test_the_scalable_method_keeps_convoys_and_its_bound_holds(rule: tuple[Any, ...]) -> None:
    """Four warehouses: all rules are kept; values are between those without the rule and none."""
    plain = regional_data(2)
    data = convoys(plain, rule)
    options = SolveOptions(gap=0.02, time_limit_seconds=1.5)
    problem = dispatch_problem(data)
    found = Method(problem, LIVES, options, lambda _: None, lambda _: None).run()
    assert keeps_all_rules(data, vehicles(problem, found.result))
    waiting = found.stages[1]
    assert waiting.bound <= waiting.objective
    assert waiting.gap < 0.2
    floors = [waiting_floor(dispatch_problem(each), 0.0) for each in (plain, data)]
    assert floors[0] == pytest.approx(floors[1])


def test_the_scalable_method_on_random_problems() -> None:
    """On 14 problems, half with a pair of items apart, rules are kept and bounds are bounds."""
    found, seed = 0, 50_000
    while found < 14:
        seed += 1
        data = random_convoys(random_data(seed), seed)
        if seed % 2 and data.item_count == 2:
            data = replace(data, segregated=~np.eye(2, dtype=bool))
        best = brute_force(data)
        if best is None:
            continue
        found += 1
        problem = dispatch_problem(data)
        options = SolveOptions(gap=1e-4, time_limit_seconds=1.0)
        plan = Method(problem, LIVES, options, lambda _: None, lambda _: None).run()
        assert keeps_all_rules(data, vehicles(problem, plan.result)), seed
        unmet, waiting = plan.stages[:2]
        assert unmet.bound <= best.each["unmet"] + 1e-6 <= unmet.objective + 2e-6, seed
        kept = [each["waiting"] for each in best.plans if each["unmet"] <= unmet.objective + 1e-6]
        assert waiting.bound <= min(kept) + 1e-6, seed


def plan_of(data: DispatchData, *trips: tuple[int, float]) -> VehiclePlan:
    """Vehicles of the single lane by start period and units on board."""
    problem = dispatch_problem(data)
    trip = np.array([start for start, _ in trips], dtype=np.int64)
    load = np.array([units for _, units in trips], dtype=float).reshape(-1, 1)
    return VehiclePlan(problem, stage_prices(data, "social"), trip, load)


def test_two_that_leave_alone_are_gathered() -> None:
    """One dock at 0 and 2, two at 1: of one that leaves at 1 and one at 2, both leave at 1."""
    docks = np.array([[1.0, 2.0, 1.0]])
    data = convoys(single_lane(docks=docks, need_units=np.array([4.0])), (-1, 0, 2, 2))
    problem = dispatch_problem(data)
    assert problem.table.start_period.tolist() == [1, 2]
    plan = VehiclePlan(
        problem, stage_prices(data, "social"), np.array([0, 1]), np.array([[2.0], [2.0]])
    )
    # At 2 there is a dock for one only, so that the other one comes, an hour sooner.
    mend_convoys(plan)
    assert plan.trip.tolist() == [0, 0]
    assert plan.load.ravel().tolist() == [2, 2]
    assert plan.left.dock[0].tolist()[:3] == [1, 0, 1]


def test_a_vehicle_alone_shares_its_load_with_a_second_one() -> None:
    """Two units are all that is needed: another truck takes one of them, in time."""
    data = convoys(single_lane(need_units=np.array([2.0])), (-1, 0, 9, 2))
    plan = plan_of(data, (0, 2.0))
    mend_convoys(plan)
    assert plan.trip.tolist() == [0, 0]
    assert plan.load.ravel().tolist() == [1, 1]


def test_a_vehicle_that_finds_no_company_stays_at_home() -> None:
    """Of three trucks, all asked for at 0, one leaves at 1: the other is not sent nor booked."""
    docks, trucks = np.array([[3.0, 1.0, 0.0]]), np.array([[3.0]])
    data = convoys(single_lane(docks=docks, vehicles_count=trucks), (-1, 0, 1, 3))
    plan = plan_of(data, (0, 2.0), (1, 2.0))
    keep_convoys(plan)
    assert plan.trip.tolist() == [1]
    assert plan.left.need.tolist() == [4.0]
    assert plan.left.stock.tolist() == [[4.0]]


def test_a_whole_convoy_is_sent_for_what_is_missing() -> None:
    """From an empty plan three trucks leave at once with six units."""
    data = convoys(single_lane(), (-1, 0, 9, 3))
    plan = plan_of(data)
    keep_convoys(plan)
    assert plan.trip.tolist() == [0, 0, 0]
    assert plan.load.sum() == 6


def test_a_plan_with_a_vehicle_alone_never_counts() -> None:
    """The keeper of the best plan takes none whose convoys were not mended."""
    data = convoys(single_lane(), (-1, 0, 9, 2))
    standing = Standing(dispatch_problem(data), LIVES, 0.01)
    with pytest.raises(RuntimeError, match="convoys"):
        standing.offer(plan_of(data, (0, 2.0)))
    assert standing.offer(plan_of(data, (0, 2.0), (0, 2.0)))


def planned(case: Case) -> Plan:
    """A rough plan of the flood."""
    return merge_plans([dispatch(case, "flood", options=ROUGH)])


def test_a_plan_that_knows_nothing_of_a_rule_is_refused() -> None:
    """Every way in which a row may be about a trip that leaves alone is looked at."""
    case = build_case()
    plan = planned(case)
    groups: dict[tuple[str, str, float], list[str]] = {}
    for trip in plan.trips:
        key = trip.warehouse, trip.district, round(trip.depart_hours, 6)
        groups.setdefault(key, []).append(trip.fleet)
    (warehouse, district, depart), fleets = next(
        pair for pair in groups.items() if len(pair[1]) == 1
    )
    hours = {"from_hours": depart, "to_hours": depart + 0.1}
    others = {"from_hours": depart + 0.1, "to_hours": depart + 0.2}
    elsewhere = "W1" if warehouse == "W3" else "W3"
    for cells, is_refused in (
        ({}, True),
        (hours, True),
        (others, False),
        ({**hours, "warehouse": warehouse, "district": district, "fleet": fleets[0]}, True),
        ({**hours, "warehouse": elsewhere, "district": district}, False),
    ):
        found = {each.rule for each in verify(with_rules(case, convoy(**cells)), plan).violations}
        assert ("convoy_company" in found) == is_refused, cells


def test_what_has_left_needs_no_company_and_gives_none() -> None:
    """One of a convoy is held: the others are not in breach; what leaves now is in company."""
    case = with_rules(build_case(), convoy())
    plan = planned(case)
    assert verify(case, plan).violations == ()
    first = min(plan.trips, key=lambda trip: trip.load_start_hours)
    change = Change.model_validate(
        {"at_hours": first.load_start_hours + 1, "kind": "trip_held", "trip": first.trip}
    )
    former = plan.replace(Change, [change])
    again = merge_plans([replan(case, former, "flood", report=Silence(), options=ROUGH)])
    assert verify(case, again).violations == ()
    left = [trip for trip in again.trips if trip.state != "planned"]
    alone = [trip for trip in left if trip.depart_hours == first.depart_hours]
    assert len(alone) == 1


def test_orders_say_who_leaves_together(tmp_path: Path) -> None:
    """F1 and F2 leave W1 at 09:30 and 10:00; moved to one time each names the other."""
    case = with_rules(example_case(), convoy(warehouse="W1", district="450101"))
    (book,) = order_books(case, build_plan(), ("flood",))
    # Neither leaves with the other: no trip is in a convoy, and no column says so.
    assert {code: others for code, others in book.convoys.items() if others} == {}
    results = build_results()
    for line in results["Dispatch_Trips"]:
        if line["trip"] == "F2":
            line["depart_hours"] = 1.5
    (book,) = order_books(case, build_plan(results), ("flood",))
    assert book.convoys == {"F1": ("F2",), "F2": ("F1",)}
    told = {"en": "in convoy of 2, leaves together with F2", "zh": "2 车编队，与 F2 同时出发"}
    for lang, words in told.items():
        path = tmp_path / f"{lang}.xlsx"
        write_order_workbook(book, path, lang)
        for sheet in list(openpyxl.load_workbook(path))[:2]:
            lines = [line for line in sheet.iter_rows(values_only=True) if line[0] == "F1"]
            assert len(lines) == 1
            assert words in lines[0]
    assert convoy_words({"A": tuple("BCDEFGHI")}, "A", "en").endswith("B, C, D, E, F, G +2")
    assert convoy_words(book.convoys, "F3", "en") == ""

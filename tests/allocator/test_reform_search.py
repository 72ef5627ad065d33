"""Best sets of reforms by true loss: the search against all subsets, and the model's proposals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.case import Case
from allocator.coordination.guard_rails import GuardRails
from allocator.coordination.loss import Loss, Losses
from allocator.coordination.reform_proposals import lateness_prices
from allocator.coordination.reform_search import ReformFindings, SearchLimits, search_reforms
from allocator.coordination.reform_tables import ReformTables
from allocator.coordination.reformed import Reformed, StepReform
from tests.allocator.reform_cases import PlannedLosses, ToyLosses, metro_tables, toy_view
from tests.tiny import build_case, build_tables
from tests.tiny_sign_offs import rule, step

KINDS = ("verbal", "pre_authorise", "parallel", "delegate", "inform")

QUARTERS = st.integers(0, 12).map(lambda quarters: quarters / 4)


@st.composite
def reform_cases(draw: st.DrawFn) -> Case:
    """The tiny case with two random procedures of up to four steps, and reforms of every kind."""
    tables = build_tables()
    rows, rules = [], []
    for procedure, receiver in (("A", "own_district"), ("B", "any")):
        count = draw(st.integers(2, 4))
        for n in range(count):
            before = draw(st.lists(st.integers(0, n - 1), max_size=2, unique=True)) if n else []
            fields: dict[str, Any] = {
                "predecessors": ";".join(str(one) for one in before),
                "join": draw(st.sampled_from(["AND", "OR"])) if before else "START",
                "reforms": ";".join(draw(st.lists(st.sampled_from(KINDS), max_size=2))),
                "is_verbal_allowed": True,
                "verbal_hours": draw(QUARTERS),
                "deputy": "CITY_DEM",
                "deputy_hours": draw(QUARTERS),
            }
            rows.append(step(procedure, str(n), "x", "PROV_DEM", draw(QUARTERS), **fields))
        rules.append(rule(receiver, procedure, str(count - 1)))
        # Two releases of one procedure, so that no single set need be the earliest at both.
        rules.append(rule("same_prefecture", procedure, str(draw(st.integers(0, count - 2)))))
    tables["Approval_Steps"], tables["Approval_Rules"] = rows, rules
    return build_case(tables)


def curved(hours: Sequence[float]) -> float:
    """Toy loss, neither convex nor a sum: late goods of one rule are made up for by another."""
    first, second, last = hours[0], hours[1], hours[2]
    value = 100.0 + first**2 + 7.0 * second + 3.0 * last + 5.0 * min(first, last)
    return value + 10.0 * (max(first, last) > 4.0)


def search(case: Case, losses: Losses, limits: SearchLimits) -> ReformFindings:
    """Search over all listed reforms of a case under its first scenario."""
    view = toy_view(case, losses)
    rails = GuardRails(case, [view.scenario])
    return search_reforms(ReformTables(case, [view], rails.listed()), rails, limits)


def best_by_hand(case: Case, losses: Losses, most: int) -> float:
    """Least loss over all allowed sets of at most so many reforms, each made and released anew."""
    scenario = case.scenarios[0].scenario
    rails = GuardRails(case, [scenario])
    found = []
    for size in range(most + 1):
        for reforms in combinations(rails.listed(), size):
            if not rails.broken(reforms):
                made = Reformed(case, reforms)
                release = made.release(scenario, made.step_hours(scenario, "actual"))
                found.append(losses(release).high_cny)
    return min(found)


@settings(max_examples=40)
@given(reform_cases())
def test_the_best_set_is_the_best_of_all_subsets(case: Case) -> None:
    """For one, two and three changes the search finds what pricing every subset finds."""
    found = search(case, ToyLosses(curved), SearchLimits(changes=3))
    assert found.is_exact
    best = found.today.high_cny
    for size in range(1, 4):
        best = min([best, *(one.loss.high_cny for one in found.sets.get(size, ()))])
        assert best == pytest.approx(best_by_hand(case, ToyLosses(curved), size))


@settings(max_examples=40)
@given(reform_cases())
def test_proposals_of_the_model_are_best_where_an_hour_has_one_price(case: Case) -> None:
    """With a loss that is a weighted sum of hours the model's first set is the true best."""

    def linear(hours: Sequence[float]) -> float:
        return 50.0 + 2.0 * hours[0] + 5.0 * hours[1] + 3.0 * hours[2]

    found = search(case, ToyLosses(linear), SearchLimits(changes=2, subsets=0, proposals=1))
    assert not found.is_exact
    priced = [one.loss.high_cny for sets in found.sets.values() for one in sets]
    best = min([found.today.high_cny, *priced])
    assert best == pytest.approx(best_by_hand(case, ToyLosses(linear), 2))


@given(reform_cases())
def test_every_set_found_is_allowed_and_saves_no_less_than_nothing(case: Case) -> None:
    """No set breaks a guard rail or loses more than today, and each of its changes counts."""
    found = search(case, ToyLosses(curved), SearchLimits(changes=2))
    rails = GuardRails(case, [case.scenarios[0].scenario])
    for size, sets in found.sets.items():
        values = [one.loss.high_cny for one in sets]
        assert values == sorted(values)
        for one in sets:
            assert len(one.reforms) == size
            assert not rails.broken(one.reforms)
            assert one.loss.high_cny <= found.today.high_cny


def metro_case(**changes: dict[str, Any]) -> Case:
    """Three signatures, each of which may be turned into information."""
    told = {"reforms": "inform"}
    return build_case(metro_tables(**{"s2": told, "s3": told, "s4": told, **changes}))


def test_the_metro_example_by_hand() -> None:
    """Told instead of asked, publicity saves 0.6 h; with transport 0.8 h; a third is refused.

    At 100 CNY an hour: 60 and 80 CNY. Transport or emergency alone save nothing and are not named.
    """
    found = search(metro_case(), ToyLosses(lambda hours: 100.0 * hours[0]), SearchLimits())
    assert found.today.high_cny == pytest.approx(330.0)
    told = {
        size: [(sorted(one.step for one in each.reforms), each.loss.high_cny) for each in sets]
        for size, sets in found.sets.items()
    }
    assert told == {
        1: [(["4"], pytest.approx(270.0))],
        2: [(["2", "4"], pytest.approx(250.0))],
    }


def test_what_would_pay_but_is_refused_is_told_with_the_reason() -> None:
    """The notice itself cannot be turned into information, which would save its 0.7 h."""
    case = metro_case(s5={"reforms": "inform"})
    found = search(case, ToyLosses(lambda hours: 100.0 * hours[0]), SearchLimits())
    assert [
        (str(*one.reforms), one.loss.high_cny, [guard.code for guard in one.broken])
        for one in found.refused
    ] == [("METRO_SUSPENSION/5 inform", pytest.approx(260.0), ["answers_for_release"])]


def test_sets_with_the_same_hours_are_priced_once_and_the_mildest_is_named() -> None:
    """A word or a signature beforehand, where transport is the slowest then, are one table."""
    fields = {"reforms": "pre_authorise; verbal", "is_verbal_allowed": True, "verbal_hours": 0.2}
    losses = ToyLosses(lambda hours: 100.0 * hours[0])
    found = search(build_case(metro_tables(s4=fields)), losses, SearchLimits(changes=1))
    assert [str(*one.reforms) for one in found.sets[1]] == ["METRO_SUSPENSION/4 verbal"]
    assert losses.solves == 2


def test_a_plan_that_is_worse_within_the_gap_never_counts_as_a_loss() -> None:
    """Where a solve ends worse than today's plan, today's plan is carried out earlier."""
    losses = ToyLosses(lambda hours: 100.0 if hours[0] > 3.0 else 104.0, gap=0.05)
    found = search(metro_case(), losses, SearchLimits(changes=1))
    assert [one.loss.high_cny for one in found.sets[1]] == [100.0]


def test_prices_of_an_hour_lie_below_the_losses_that_were_found() -> None:
    """The convex prices pass no loss at the hours that were asked about."""
    case = metro_case(s1={"reforms": "pre_authorise", "is_verbal_allowed": True})
    losses = ToyLosses(lambda hours: min(100.0, 40.0 * hours[0]))
    view = toy_view(case, losses)
    listed = GuardRails(case, [view.scenario]).listed()
    tables = ReformTables(case, [view], listed)
    prices = lateness_prices(tables, (0.7,))
    for hour in (0.7, 1.3, 2.3, 3.3):
        assert prices[0].cost(hour) <= min(100.0, 40.0 * hour) + 1e-9
    assert prices[0].cost(0.7) == pytest.approx(28.0)


def test_two_scenarios_count_by_their_weights() -> None:
    """One scenario slows publicity, the other transport: the best change is that of the heavier."""
    tables = metro_tables(s2={"reforms": "inform"}, s4={"reforms": "inform"})
    names = [row["scenario"] for row in tables["Scenarios"]][:2]
    tables["Scenario_Sign_Offs"] = [
        {"scenario": name, "procedure": "METRO_SUSPENSION", "step": code, "added_hours": 4.0}
        for name, code in zip(names, ("2", "4"), strict=True)
    ]
    case = build_case(tables)
    for heavy, expected in ((0.8, "2"), (0.2, "4")):
        views = [
            toy_view(case, ToyLosses(lambda hours: 100.0 * hours[0]), name, weight)
            for name, weight in zip(names, (heavy, 1.0 - heavy), strict=True)
        ]
        rails = GuardRails(case, names)
        tables_of = ReformTables(case, views, rails.listed())
        found = search_reforms(tables_of, rails, SearchLimits(changes=1))
        assert next(iter(found.sets[1][0].reforms)) == StepReform(
            "METRO_SUSPENSION", expected, "inform"
        )
        proposed = search_reforms(tables_of, rails, SearchLimits(changes=1, subsets=0))
        assert proposed.sets[1][0].reforms == found.sets[1][0].reforms


def small_dispatch_case() -> Case:
    """Tents only, after the quake, within 24 h; three changes to two procedures may be tried.

    From the own province goods go at 1.5 h, from others at 5 h: the signature of the finance
    department (3 h) is slower than that of the emergency department (2 h).
    """
    tables = build_tables()
    tent = tables["Items"][0]["item"]
    tables["Scenario_Demand"] = [
        row
        for row in tables["Scenario_Demand"]
        if (row["scenario"], row["item"]) == ("quake", tent)
    ]
    tables["Settings"][0].update(objective="social", horizon_hours=24)
    changes = {
        ("LOCAL", "2"): {"reforms": "pre_authorise", "is_verbal_allowed": True},
        ("CROSS", "2b"): {"reforms": "verbal", "is_verbal_allowed": True, "verbal_hours": 0.5},
        ("CROSS", "3"): {"reforms": "parallel"},
    }
    for row in tables["Approval_Steps"]:
        row.update(changes.get((row["procedure"], row["step"]), {}))
    return build_case(tables)


def test_the_best_sets_by_real_dispatches_are_those_of_all_subsets() -> None:
    """Planned to the optimum under every subset, the best are those that the search finds."""
    case = small_dispatch_case()
    losses = PlannedLosses(case, "quake")
    view = toy_view(case, losses, "quake")
    rails = GuardRails(case, ["quake"])
    found = search_reforms(
        ReformTables(case, [view], rails.listed()), rails, SearchLimits(changes=2)
    )
    assert found.is_exact
    best = found.today.high_cny
    for size in (1, 2):
        best = min(best, found.sets[size][0].loss.high_cny)
        by_hand = best_of_quake(case, losses, size)
        assert best == pytest.approx(by_hand, rel=1e-5)
    assert best < found.today.high_cny


def best_of_quake(case: Case, losses: Losses, most: int) -> float:
    """Least loss after the quake over all subsets."""
    values = []
    for size in range(most + 1):
        for reforms in combinations(GuardRails(case, ["quake"]).listed(), size):
            made = Reformed(case, reforms)
            hours = made.step_hours("quake", "actual")
            values.append(losses(made.release("quake", hours)).high_cny)
    return min(values)


def test_the_model_proposes_the_best_set_of_a_real_dispatch() -> None:
    """Priced by moving each release, the model's first pair of changes is the best of all pairs."""
    case = small_dispatch_case()
    losses = PlannedLosses(case, "quake")
    rails = GuardRails(case, ["quake"])
    tables = ReformTables(case, [toy_view(case, losses, "quake")], rails.listed())
    found = search_reforms(tables, rails, SearchLimits(changes=2, subsets=0, proposals=1))
    assert not found.is_exact
    proposed = min(one.loss.high_cny for sets in found.sets.values() for one in sets)
    assert proposed == pytest.approx(best_of_quake(case, losses, 2), rel=1e-5)


def test_what_only_other_tables_tell_of_is_not_called_exact() -> None:
    """A loss without its own relaxed value, where today's has one, was not solved itself."""
    losses = ToyLosses(lambda hours: 100.0 * hours[0])
    case = metro_case()
    today = Reformed(case, ())
    scenario = case.scenarios[0].scenario
    release = today.release(scenario, today.step_hours(scenario, "actual"))
    hours = tuple(release.rule_hours.tolist())
    losses.known[hours] = Loss(320.0, 330.0, 0.0, 1.0, relaxed_cny=325.0)
    assert search(case, losses, SearchLimits()).choice == "partial"
    losses.known = {hours: Loss(320.0, 330.0, 0.0, 1.0)}
    assert search(case, losses, SearchLimits()).choice == "exact"

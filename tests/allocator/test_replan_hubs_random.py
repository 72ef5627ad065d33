"""Re-plans of random cases with hubs, and the verb from file to file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocator.case import Case
from allocator.engine import dispatch_exact
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_exact import LEXICOGRAPHIC
from allocator.engine.first_replan import first_replan
from allocator.engine.replan import replan
from allocator.replay import verify
from allocator.schema.changes import Change
from allocator.solver import SolveOptions
from tests.allocator.random_changes import valid_changes
from tests.allocator.test_cli import QUIET, run
from tests.allocator.test_replan import Silence, replanned
from tests.allocator.test_replan_hubs import EXACT, LEG, example, told
from tests.allocator.test_replan_random import check
from tests.hub_cases import hand_tables, random_company_case, random_hub_case

QUICK = SolveOptions(gap=1e-3, time_limit_seconds=1.0)
OBJECTIVES = ("lives", "lives", "social", "cost")


@pytest.mark.parametrize(("move_price", "starts"), [(0.0, [6, 7]), (1e6, [6, 12])])
def test_trips_move_where_that_saves_more_than_it_costs(
    move_price: float, starts: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second truck takes the rest at 7 instead of 12, but not at any price."""
    monkeypatch.setattr(dispatch_exact, "is_small", lambda _: False)
    case, plan = example()
    row = told(7, "vehicle_added", warehouse="H", fleet="TRUCK", amount=1)
    found = replanned(case, plan, [row], options=QUICK, move_price=move_price)
    assert verify(case, found).violations == ()
    assert [trip.load_start_hours for trip in found.trips] == starts


@pytest.mark.parametrize(("make", "seeds"), [(random_hub_case, 6), (random_company_case, 7)])
def test_bounds_hold_where_the_case_is_not_small(
    make: Callable[..., Case], seeds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the method proves of a re-plan is no better than the best plan of the exact model."""
    compared = 0
    for seed in range(seeds):
        case = make(seed, objective="lives")
        plan = dispatch(case, "flood", options=QUICK)
        fleet = case.fleets[0]
        row = told(2, "vehicle_lost", warehouse=fleet.warehouse, fleet=fleet.fleet, amount=1)
        if not plan.leg_trips:
            continue
        exact = replanned(case, plan, [row], options=EXACT)
        with monkeypatch.context() as patch:
            patch.setattr(dispatch_exact, "is_small", lambda _: False)
            found = replanned(case, plan, [row], options=QUICK)
        assert verify(case, found).violations == (), seed
        bound, best = found.stages[0].bound, exact.stages[0].objective
        assert bound is not None
        assert bound <= best * (1 + 1e-6) + 1e-6, seed
        assert best <= found.stages[0].objective * (1 + 2 * LEXICOGRAPHIC) + 1e-6, seed
        compared += 1
    assert compared >= 3


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 100_000))
def test_random_replans_with_hubs_keep_every_rule(tmp_path: Path, seed: int) -> None:
    """At once and solved each is certified, moves nothing that left, and its bound holds.

    In every second case vehicles need company, and items may have to travel apart.
    """
    make = random_company_case if seed % 2 else random_hub_case
    case = make(seed, objective=OBJECTIVES[seed // 2 % 4])
    plan = dispatch(case, "flood", options=QUICK)
    for at_hours in (0.5 * (seed % 4), 2.0 + seed % 2, 4.75):
        if plan.changes and at_hours <= (plan.changes[-1].at_hours or 0.0):
            continue
        changes = valid_changes(seed, case, plan, at_hours, tmp_path)
        if changes is None:
            break
        former = plan.replace(Change, (*plan.changes, *changes.changes))
        first = first_replan(case, former, "flood")
        found = replan(case, former, "flood", report=Silence(), options=QUICK, move_price=0.0)
        for made in (first, found):
            check(case, plan, made, changes, seed)
        best, known = found.stages[0], first.stages[0]
        assert best.bound is not None
        assert best.bound <= known.objective * (1 + 1e-9) + 1e-6, seed
        plan = found


def test_the_verb_plans_a_case_with_hubs_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the file of the plan to a certified file with both kinds of trips and their states."""
    case, plan, changes, to = (tmp_path / f"{n}.{e}" for n, e in (
        ("case", "json"), ("plan", "xlsx"), ("changes", "json"), ("again", "xlsx"),
    ))  # fmt: skip
    case.write_text(json.dumps(hand_tables()), encoding="utf-8")
    limit = ("--time-limit", "2", *QUIET)
    assert run("dispatch", case, "--scenario", "flood", "-o", plan, *limit) == 0
    row = {"kind": "trip_late", "trip": LEG, "amount": 7}
    changes.write_text(json.dumps({"Changes": [row]}), encoding="utf-8")
    given = ("--plan", plan, "--changes", changes, "--at", "2", "-o", to, "--json")
    capsys.readouterr()
    assert run("replan", case, *given, *limit) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["trips"], document["leg_trips"], document["certified"]) == (2, 1, True)
    assert {"change": "late", "hub": "H"}.items() <= document["trip_changes"][-1].items()
    assert run("verify", case, to) == 0

"""Which link to harden first, against brute force; what a drill adds, never less than nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from allocator.case import Case
from allocator.engine.run_options import RunOptions
from allocator.lab import DrillOptions, run_cascade, run_drill
from allocator.lab.dispatch_value import Added, DispatchValue, added_value, difference
from allocator.lab.hardening import candidates, priced
from allocator.schema.lab_results import DrillResult, DrillStep, Hardening, SectorCurve
from tests.lab_cases import lab_case

PRICES = {"power": 100.0, "finance": 10.0, "water": 40.0}
RATES = {"power": 0.5, "finance": 0.25, "water": 0.2}
SHARES = {("finance", "power"): 0.8, ("water", "power"): 0.5, ("power", "water"): 0.3}
HOURS, SHOCK = 24, 0.9


def three_sectors() -> Case:
    """A drill without signatures over three sectors, two of which lean on each other."""
    sectors = [
        {"sector": code, "name": code, "recovery_per_hour": rate, "loss_cny_per_hour": PRICES[code]}
        for code, rate in RATES.items()
    ]
    shares: list[dict[str, Any]] = [
        {"sector": sector, "depends_on": on, "dependency_share": share}
        for (sector, on), share in SHARES.items()
    ]
    shock = {"drill": "outage", "sector": "power", "to_hours": 6, "shock_share": SHOCK}
    return lab_case(Sectors=sectors, Dependencies=shares, Sector_Links=[], Shocks=[shock])


def lost(shares: dict[tuple[str, str], float], rates: dict[str, float]) -> float:
    """Output lost, stepped through in plain Python. [CNY]"""
    state = {code: SHOCK if code == "power" else 0.0 for code in rates}
    total = 0.0
    for hour in range(HOURS):
        total += sum(PRICES[code] * state[code] for code in state)
        direct = {"power": SHOCK if hour < 6 else 0.0}
        wanted = {
            code: sum(share * state[on] for (who, on), share in shares.items() if who == code)
            + direct.get(code, 0.0)
            for code in state
        }
        state = {
            code: min(1.0, max(0.0, state[code] + rates[code] * (wanted[code] - state[code])))
            for code in state
        }
    return total


def test_ranking_equals_brute_force() -> None:
    """Every link halved, every rate doubled: the same savings in the same order."""
    case = three_sectors()
    drill = case.drills[0]
    now = lost(SHARES, RATES)
    expected = {
        f"{sector} <- {on}": now - lost({**SHARES, (sector, on): share / 2}, RATES)
        for (sector, on), share in SHARES.items()
    }
    expected |= {
        code: now - lost(SHARES, {**RATES, code: min(1.0, 2 * rate)})
        for code, rate in RATES.items()
    }
    found = candidates(case, drill, run_cascade(case, drill), 0.5)
    saved = {each.subject: each.saved_loss_cny for each in found if each.kind != "step"}
    assert saved == pytest.approx(expected)
    order = [each.subject for each in found if each.kind != "step"]
    ranked = sorted(expected, key=lambda subject: -expected[subject])
    assert [saved[subject] for subject in order] == pytest.approx([expected[s] for s in ranked])
    assert found[0].subject == ranked[0]


def test_shorter_signature_saves_the_failure_it_ends() -> None:
    """Halving the step that ends the shock is a candidate, and signs earlier."""
    case = lab_case()
    drill = case.drills[0]
    found = candidates(case, drill, run_cascade(case, drill), 0.5)
    step = next(each for each in found if each.subject.startswith("LOCAL/2"))
    # At half speed half an hour takes one: the shock ends at hour 2 instead of 3.
    assert step.course.steps["LOCAL", "2"].end_hours == pytest.approx(2.0)
    assert step.saved_failure_hours > 0.9
    assert step.saved_loss_cny > 90


def test_interval_of_what_is_added() -> None:
    """By hand: values in [90, 100] and [120, 150] differ by 20 to 60, and by 50 as planned."""
    better, worse = DispatchValue(90, 100, 1.0), DispatchValue(120, 150, 0.9)
    assert added_value(better, worse) == Added(50, 20, 60)
    assert difference(better, worse) == Added(50, 20, 60)


def test_nothing_is_added_below_zero() -> None:
    """A plan that is better under the failure is a plan without it, too."""
    better, worse = DispatchValue(90, 110, 1.0), DispatchValue(85, 100, 1.0)
    assert added_value(better, worse) == Added(0, 0, 10)
    assert difference(better, worse) == Added(-10, -25, 10)


def toy_value(case: Case, scenario: str) -> DispatchValue:
    """Value that rises with need and late signatures, known exactly."""
    units = sum(row.demand_units for row in case.scenario_demand if row.scenario == scenario)
    factors = [
        row.duration_factor
        for row in case.tables.get("Scenario_Sign_Offs", ())
        if row.scenario == scenario  # type: ignore[attr-defined]
    ]
    value = units + 10 * sum(factor - 1 for factor in factors)
    return DispatchValue(value, value, 1.0)


def test_drill_adds_need_and_late_signatures() -> None:
    """The added cost is the difference of both values, signatures alone are a part of it."""
    case = lab_case()
    run = run_drill(case, case.drills[0], DrillOptions(hardened_dispatches=1), value=toy_value)
    (result,) = run.tables.rows(DrillResult)
    base = toy_value(case, "flood").high_cny
    assert result.without_cny == pytest.approx(base)
    assert result.added_cny == pytest.approx(result.with_cny - base)  # type: ignore[operator]
    assert result.added_low_cny == pytest.approx(result.added_cny)
    assert 0 < (result.signatures_cny or 0) < (result.added_cny or 0)
    assert (result.signed_without_hours, result.signed_with_hours) == (1.5, pytest.approx(3.0))
    assert result.sentence == ""


def test_best_few_are_dispatched_again() -> None:
    """Of both kinds of best so many are valued; what is saved is the difference."""
    case = lab_case()
    drill = case.drills[0]
    found = candidates(case, drill, run_cascade(case, drill), 0.5)
    failing = DispatchValue(5000, 5000, 0.5)
    told = priced(found, drill, failing, lambda *_: DispatchValue(4000, 4200, 0.6), 2)
    valued = [each for each in told if each.saved is not None]
    assert len(valued) == 4
    assert {each.saved for each in valued} == {Added(800, 800, 1000)}
    assert told[:4] == sorted(valued, key=lambda each: each.rank_key)
    assert sorted(each.subject for each in told) == sorted(each.subject for each in found)


def test_proven_harm_costs_its_place() -> None:
    """What a dispatch proves to get worse is taken off, what may be noise is not."""
    case = lab_case()
    drill = case.drills[0]
    first = candidates(case, drill, run_cascade(case, drill), 0.5)[0]
    plain = first.rank_key[0]
    assert replace(first, saved=Added(-50, -70, -30)).rank_key[0] == pytest.approx(plain + 30)
    assert replace(first, saved=Added(-50, -70, 30)).rank_key[0] == pytest.approx(plain)
    assert replace(first, saved=Added(50, 20, 70)).rank_key[0] == pytest.approx(plain - 20)


def test_rows_of_a_drill_are_complete() -> None:
    """Every hour of every sector, every enabled step, and every link has its row."""
    case = lab_case()
    run = run_drill(case, case.drills[0], DrillOptions(with_dispatch=False))
    tables = run.tables
    assert len(tables.rows(SectorCurve)) == 24 * 2
    assert [row.rank for row in tables.rows(Hardening)] == list(range(1, 13))
    steps = tables.rows(DrillStep)
    assert {(row.procedure, row.step) for row in steps} == {
        (row.procedure, row.step) for row in case.approval_steps if row.is_enabled
    }
    assert [row.step for row in steps if row.ends_shock] == ["2"]
    (result,) = tables.rows(DrillResult)
    assert result.added_cny is None
    assert result.added_need_share == pytest.approx(_added_share(run.case))


def _added_share(case: Case) -> float:
    """Units on top, over those of the scenario."""
    rows = case.tables["Scenario_Demand"]
    units = {
        code: np.sum([row.demand_units for row in rows if row.scenario == code])  # type: ignore[attr-defined]
        for code in ("flood", "outage")
    }
    return float(units["outage"] / units["flood"] - 1)


@pytest.mark.parametrize("seconds", [6.0])
def test_added_cost_of_real_dispatches_is_not_negative(seconds: float) -> None:
    """On the tiny case the failure costs, and the interval holds what the plans say."""
    case = lab_case()
    run = RunOptions(gap=0.3, time_limit_seconds=seconds)
    options = replace(DrillOptions(run), hardened_dispatches=0)
    (result,) = run_drill(case, case.drills[0], options).tables.rows(DrillResult)
    assert result.added_low_cny is not None
    assert result.added_cny is not None
    assert result.added_high_cny is not None
    assert 0 <= result.added_low_cny <= result.added_cny <= result.added_high_cny
    assert result.added_cny > 0

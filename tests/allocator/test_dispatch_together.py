"""Two processes at one dispatch: the same rules, bounds that hold, and no process left behind."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace

import numpy as np
import pytest

from allocator.engine import dispatch_beside, dispatch_planning
from allocator.engine.dispatch_bounding import KnownPrices, RelaxationRequest, quick_relaxation
from allocator.engine.dispatch_former import FormerTrips
from allocator.engine.dispatch_method import Method
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from allocator.engine.dispatch_relaxation import Relaxation
from allocator.solver import Progress, SolveOptions
from tests.models.dispatch_cases import keeps_all_rules, regional_data

LIVES = ("unmet", "waiting", "cost")


def regional(seed: int) -> DispatchProblem:
    """Problem of a few warehouses and districts with one dock each and little time."""
    data = regional_data(seed)
    changed = replace(
        data,
        docks=np.ones_like(data.docks),
        vehicles_count=np.full_like(data.vehicles_count, 2.0),
        deadline_hours=7.0,
    )
    return dispatch_problem(changed)


def planned(
    problem: DispatchProblem, *, has_helper: bool, heard: list[Progress] | None = None
) -> DispatchOutcome:
    """Plan for four seconds at most."""
    options = SolveOptions(gap=0.001, time_limit_seconds=4.0)
    tell = (lambda _: None) if heard is None else heard.append
    return Method(problem, LIVES, options, tell, lambda _: None, has_helper=has_helper).run()


@pytest.mark.parametrize("is_great", [False, True])
def test_with_a_process_beside_plans_keep_all_rules(
    monkeypatch: pytest.MonkeyPatch, is_great: bool
) -> None:
    """Both ways of bounding; neither bound passes the other way's plan; all processes end."""
    if is_great:
        monkeypatch.setattr(dispatch_planning, "GREAT", 1)
        monkeypatch.setattr(dispatch_planning, "SCARCE", 0.0)
    problem = regional(5)
    heard: list[Progress] = []
    together = planned(problem, has_helper=True, heard=heard)
    alone = planned(problem, has_helper=False)
    table, result = together.table, together.result
    vehicles = [
        (int(table.lane[t]), int(table.fleet[t]), int(table.start_period[t]), load.tolist())
        for t, load in zip(result.trip, result.load_units, strict=True)
    ]
    assert vehicles
    assert keeps_all_rules(problem.data, vehicles)
    first, other = ({s.stage: s for s in each.stages} for each in (together, alone))
    assert first["unmet"].bound <= other["unmet"].objective + 1e-6
    assert other["unmet"].bound <= first["unmet"].objective + 1e-6
    assert first["unmet"].objective <= 1.1 * other["unmet"].objective + 2.0
    assert first["waiting"].bound >= 0.8 * other["waiting"].bound
    assert any(news.bound for news in heard)
    assert multiprocessing.active_children() == []


def test_the_run_goes_on_alone_if_the_process_beside_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is told, and the plan keeps all rules all the same."""
    original = dispatch_beside.BoundingBeside.ask

    def ask_and_kill(self: dispatch_beside.BoundingBeside, request: object) -> None:
        original(self, request)  # type: ignore[arg-type]
        for child in multiprocessing.active_children():
            child.kill()

    monkeypatch.setattr(dispatch_beside.BoundingBeside, "ask", ask_and_kill)
    problem = regional(5)
    heard: list[Progress] = []
    outcome = planned(problem, has_helper=True, heard=heard)
    assert any("goes on alone" in news.note for news in heard)
    assert len(outcome.result) > 0
    assert {s.stage: s for s in outcome.stages}["waiting"].bound > 0
    assert multiprocessing.active_children() == []


def test_from_known_prices_planning_begins_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guide is there before the process beside tells of one; bounds hold for plans of others."""
    monkeypatch.setattr(dispatch_planning, "GREAT", 1)
    monkeypatch.setattr(dispatch_planning, "SCARCE", 0.0)
    found: list[Relaxation | None] = []
    asked: list[RelaxationRequest] = []

    def noted(
        problem: DispatchProblem, known: KnownPrices, request: RelaxationRequest
    ) -> Relaxation | None:
        asked.append(request)
        found.append(quick_relaxation(problem, known, request))
        return found[-1]

    monkeypatch.setattr(dispatch_planning, "quick_relaxation", noted)
    problem, options = regional(5), SolveOptions(gap=0.001, time_limit_seconds=4.0)
    first = Method(problem, LIVES, options, lambda _: None, lambda _: None)
    before = first.run()
    assert found == []
    table, result = before.table, before.result
    former = FormerTrips(
        table.lane[result.trip],
        table.fleet[result.trip],
        table.start_period[result.trip].astype(np.int64),
        result.load_units.astype(float),
        move_price=0.0,
    )
    again = Method(
        problem,
        LIVES,
        options,
        lambda _: None,
        lambda _: None,
        has_helper=True,
        former=former,
        known=first.prices,
    )
    after = {s.stage: s for s in again.run().stages}
    (guide,) = found
    assert guide is not None
    stages = {s.stage: s for s in before.stages}
    assert asked[0].cap.limit == pytest.approx(1.1 * stages["unmet"].bound)
    assert after["unmet"].objective <= stages["unmet"].objective + 1e-6
    for value, price in guide.proofs:
        assert value - price * stages["unmet"].objective <= stages["waiting"].objective + 1e-6
    assert after["cost"].bound > 0.0
    assert multiprocessing.active_children() == []

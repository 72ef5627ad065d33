"""The relaxation of the hourly dispatch: what one proves serves the next."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allocator.engine.dispatch_columns import NO_CAP, UnmetCap
from allocator.engine.dispatch_duals import Duals
from allocator.engine.dispatch_pricing import Pricing
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem, stage_prices
from allocator.engine.dispatch_program import RelaxationProgram
from allocator.engine.dispatch_relaxation import (
    Relaxation,
    RelaxationLimits,
    first_program,
    relax,
)
from allocator.engine.dispatch_transport import solve_transport
from allocator.engine.dispatch_vertices import vertex_loads
from allocator.solver import SolveOptions
from tests.models.dispatch_cases import regional_data

BINDING = (3, 5, 10, 11)
"""Seeds whose docks keep need from being met that stock would meet."""

CLOSE = RelaxationLimits(gap=1e-4)


def regional(seed: int) -> DispatchProblem:
    """Problem of a few warehouses and districts with one dock each and little time."""
    data = regional_data(seed)
    return dispatch_problem(replace(data, docks=np.ones_like(data.docks), deadline_hours=5.0))


def pricing(problem: DispatchProblem, stage: str) -> Pricing:
    """Pricing of a stage."""
    return Pricing(problem, stage_prices(problem.data, stage), vertex_loads(problem.data))


def start(problem: DispatchProblem, stage: str) -> RelaxationProgram:
    """Program of the transport problem's flows."""
    transport = solve_transport(problem, stage_prices(problem.data, stage), SolveOptions())
    return first_program(problem, transport)


def solved(
    problem: DispatchProblem, stage: str, program: RelaxationProgram, cap: UnmetCap = NO_CAP
) -> Relaxation:
    """Relaxation of a stage, to the end."""
    found = relax(pricing(problem, stage), program, CLOSE, SolveOptions(), cap=cap)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(4))
def test_relaxation_begun_with_its_own_end_is_done_at_once(seed: int) -> None:
    """Columns and windows carried over prove the same bound in fewer rounds."""
    problem = regional(seed)
    program = start(problem, "waiting")
    cold = solved(problem, "waiting", program)
    warm = solved(problem, "waiting", program)
    assert cold.rounds > 1
    assert warm.rounds < cold.rounds
    assert warm.bound() == pytest.approx(cold.bound(), rel=2e-4)


@pytest.mark.parametrize("seed", BINDING)
def test_other_stages_program_proves_the_same(seed: int) -> None:
    """What the waiting stage worked with leads the unmet stage to the same bound."""
    problem = regional(seed)
    own = solved(problem, "unmet", start(problem, "unmet"))
    program = start(problem, "waiting")
    solved(problem, "waiting", program)
    other = solved(problem, "unmet", program)
    assert other.bound() == pytest.approx(own.bound(), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("seed", BINDING)
def test_more_leave_to_miss_need_never_raises_the_bound_of_waiting(seed: int) -> None:
    """The bound falls with the unmet need allowed, and each cap's own is the best at its limit."""
    problem = regional(seed)
    program = start(problem, "unmet")
    unmet = solved(problem, "unmet", program)
    transport = solve_transport(problem, stage_prices(problem.data, "unmet"), SolveOptions())
    assert unmet.value > transport.bound + 1.0, "docks must bind, or the test says nothing"
    limits = [unmet.value * factor for factor in (1.0, 1.2, 1.5)]
    found = [
        solved(problem, "waiting", program, UnmetCap(limit, 1e4)).bound(limit) for limit in limits
    ]
    assert found == sorted(found, reverse=True)
    free = solved(problem, "waiting", start(problem, "waiting")).bound()
    assert free <= found[-1] * (1 + 1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_quote_is_the_price_of_each_trip_less_its_best_load(seed: int) -> None:
    """The vectorised pricing of all trips equals a loop over trips, loads and items."""
    problem = regional(seed)
    data, table = problem.data, problem.table
    rng = np.random.default_rng(seed)
    duals = Duals(
        need=rng.uniform(0, 30, data.need_count),
        stock=rng.uniform(0, 3, data.stock_units.shape),
        outside=rng.uniform(0, 3, data.stock_units.shape),
        dock=rng.uniform(0, 50, (data.warehouse_count, problem.period_count)),
        vehicle=rng.uniform(0, 5, (len(problem.pool_limit), problem.period_count)),
        receive=rng.uniform(0, 5, (data.district_count, problem.receive_count)),
    )
    priced = pricing(problem, "waiting")
    quote = priced.quote(duals)
    need_price = np.minimum(duals.need, priced.prices.lost)
    for trip in range(0, problem.trip_count, 7):
        warehouse, district = problem.warehouse[trip], problem.district[trip]
        begin, hour = table.start_period[trip], table.receive_hour[trip]
        price = duals.dock[warehouse, begin]
        price += duals.vehicle[problem.pool[trip], begin : problem.until[trip]].sum()
        best = 0.0
        for load in priced.vertices[table.fleet[trip]]:
            worth = 0.0
            for item in np.flatnonzero(load):
                options = [-np.inf]
                for need in np.flatnonzero(
                    (data.need_district == district) & (data.need_item == item)
                ):
                    waited = table.unload_end_hours[trip] - data.need_from_hours[need]
                    late = priced.prices.late[need] * max(waited, 0.0)
                    options.append(need_price[need] - late)
                unit = max(options) - duals.stock[warehouse, item]
                unit -= duals.outside[warehouse, item] if problem.leaves[trip] else 0.0
                unit -= duals.receive[district, hour] * data.item_volume_m3[item]
                worth += load[item] * unit if table.carries[trip, item] else -np.inf
            best = max(best, worth)
        assert quote.reduced[trip] == pytest.approx(price - best, rel=1e-9, abs=1e-6)

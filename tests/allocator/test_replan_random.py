"""Random re-plans of random cases, with changes of every kind: nothing that holds may break."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from allocator.case import Case
from allocator.change_set import ChangeSet
from allocator.engine.dispatch import dispatch
from allocator.engine.first_replan import first_replan
from allocator.engine.plan_parts import merge_plans, placement_part
from allocator.engine.reduced_placement import place_sample
from allocator.engine.replan import replan
from allocator.plan import Plan
from allocator.replay import verify
from allocator.schema.changes import CHANGE_KINDS, Change
from allocator.schema.disaster import Vehicle
from allocator.schema.dispatch_rules import HourRule, Segregation
from allocator.schema.legs import LegTrip
from allocator.schema.network import Coverage
from allocator.schema.results import Trip
from allocator.solver import SolveOptions
from tests.allocator.random_changes import valid_changes
from tests.allocator.test_replan import Silence
from tests.random_cases import random_dispatch_case, with_random_lots

QUICK_GAP = 1e-3
QUICK = SolveOptions(gap=QUICK_GAP, time_limit_seconds=2.0)
OBJECTIVES = ("lives", "lives", "social", "cost")
ALONE = {"drivers": 1, "daily_driving_hours": 0.25, "daily_rest_hours": 0.75}
"""One driver, who rests on most ways of these cases."""

BLOCKS, SEEDS = 4, 9
"""Blocks of random cases, and cases of a block; each is planned anew up to three times."""


def planned(seed: int, *, is_free: bool = False) -> tuple[Case, Plan, Plan | None]:
    """Case, dispatch, and the placement it is from, every third time there is one.

    Everything may travel together and alone where ``is_free``.
    """
    case = random_dispatch_case(seed, objective=OBJECTIVES[seed % 4]).replace(Coverage, ())
    if seed % 5 in (1, 3):
        case = with_random_lots(case, np.random.default_rng(seed))
    if seed % 5 in (2, 3):
        case = case.replace(Vehicle, [row.model_copy(update=ALONE) for row in case.vehicles])
    case = case if is_free else with_company(case, seed)
    placement = place_sample(case, QUICK, Silence()) if seed % 3 == 0 else None
    parts = [] if placement is None else [placement_part(placement)]
    found = dispatch(case, "flood", options=QUICK, placement=placement)
    return case, merge_plans([*parts, found]), placement


def with_company(case: Case, seed: int) -> Case:
    """Keep two items apart in some cases, and ask for convoys in some."""
    if seed % 7 in (1, 4):
        one, other = (row.item for row in case.items[:2])
        apart = Segregation.model_validate({"item": one, "other_item": other})
        case = case.replace(Segregation, [apart])
    if seed % 7 in (2, 4):
        convoy = HourRule.model_validate({"kind": "convoy", "amount": 2})
        case = case.replace(HourRule, [*case.hour_rules, convoy])
    return case


def loads_of(plan: Plan) -> Mapping[str, Mapping[str, float]]:
    """Units on board by trip and item."""
    loads: dict[str, dict[str, float]] = defaultdict(dict)
    for line in plan.loading_lines:
        load = loads[line.trip]
        load[line.item] = load.get(line.item, 0.0) + line.load_units
    return loads


Each = Trip | LegTrip


def trips_of(plan: Plan) -> dict[str, Each]:
    """Trips of a plan by number, to districts and to hubs."""
    every: list[Each] = [*plan.trips, *plan.leg_trips]
    return {trip.trip: trip for trip in every}


def bare(trip: Each) -> Each:
    """A trip without its state."""
    return trip.model_copy(update={"state": "planned"})


def check_what_left(before: Plan, after: Plan, changes: ChangeSet) -> set[str]:
    """What had left is as it was, but for what was told of it; return the trips that had not."""
    told = {row.trip: row.kind for row in changes.changes if row.trip is not None}
    was, now = loads_of(before), loads_of(after)
    trips, still = trips_of(after), set()
    for trip in trips_of(before).values():
        kind = told.get(trip.trip, "")
        has_left = trip.state != "planned" or trip.load_start_hours < changes.at_hours
        if kind != "trip_left" and (not has_left or kind == "trip_held"):
            still.add(trip.trip)
            continue
        assert now[trip.trip] == was[trip.trip]
        if not kind:
            assert bare(trips[trip.trip]) == bare(trip)
        if kind in {"trip_late", "trip_lost"}:
            assert trips[trip.trip].depart_hours == trip.depart_hours
    return still


def what_became(before: Plan, after: Plan, still: set[str], changes: ChangeSet) -> dict[str, str]:
    """What became of trips, told from the two plans alone."""
    was, now = loads_of(before), loads_of(after)
    old = trips_of(before)
    found = {
        row.trip: row.kind.removeprefix("trip_")
        for row in changes.changes
        if row.trip is not None and row.kind != "trip_held"
    }
    due = {name: trip for name, trip in trips_of(after).items() if trip.state == "planned"}
    for name, trip in due.items():
        if name not in still:
            assert name not in old, "a new trip has the number of one that has left"
            found[name] = "new"
        elif trip.load_start_hours != old[name].load_start_hours:
            found[name] = "retimed"
        elif now[name] != was[name]:
            found[name] = "reloaded"
    return found | dict.fromkeys(still - set(due), "cancelled")


def check(case: Case, before: Plan, after: Plan, changes: ChangeSet, seed: int) -> None:
    """Certified, what has left unmoved, and Trip_Changes exactly what differs."""
    assert verify(case, after).violations == (), seed
    still = check_what_left(before, after, changes)
    told = {row.trip: row.change for row in after.last_trip_changes}
    assert told == what_became(before, after, still, changes), seed
    assert after.trip_changes[: len(before.trip_changes)] == before.trip_changes
    gone = {row.trip for row in before.trip_changes if row.change == "cancelled"}
    assert gone.isdisjoint(trips_of(after)), seed


def replans(seed: int, folder: Path) -> Counter[str]:
    """Plan a random case anew up to three times, checking each; return the kinds of changes."""
    case, plan, placement = planned(seed)
    base = [] if placement is None else [placement_part(placement)]
    kinds: Counter[str] = Counter()
    for at_hours in (0.5 * (seed % 4), 2.0, 2.75):
        if plan.changes and at_hours <= (plan.changes[-1].at_hours or 0.0):
            continue
        changes = valid_changes(seed, case, plan, at_hours, folder)
        if changes is None:
            break
        kinds.update(row.kind for row in changes.changes)
        former = plan.replace(Change, (*plan.changes, *changes.changes))
        given = (case, former, "flood")
        first = first_replan(*given, placement)
        found = replan(*given, report=Silence(), placement=placement, options=QUICK, move_price=0.0)
        for made in (first, found):
            check(case, plan, merge_plans([*base, made]), changes, seed)
        best, known = found.stages[0], first.stages[0]
        assert best.bound is not None
        assert best.bound <= known.objective * (1 + 1e-9) + 1e-6, seed
        assert best.objective <= known.objective * (1 + QUICK_GAP) + 1e-6, seed
        plan = merge_plans([*base, found])
    return kinds


@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_replans_keep_every_rule(block: int, tmp_path: Path) -> None:
    """Each is certified, at once and solved, and its bound is not above what is possible."""
    kinds: Counter[str] = Counter()
    for seed in range(70_000 + SEEDS * block, 70_000 + SEEDS * (block + 1)):
        kinds.update(replans(seed, tmp_path))
    assert len(kinds) > len(CHANGE_KINDS) // 2, "too few kinds were drawn to say much"

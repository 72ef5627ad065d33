"""The plan of many trips that the orders are measured on."""

from __future__ import annotations

from pathlib import Path

from allocator.intake import read_case, read_plan
from allocator.replay import verify
from benchmarks.many_trips import write_many_trips


def test_a_plan_of_many_trips_is_certified(tmp_path: Path) -> None:
    """So many trips as asked for, by vehicles that are there, and the replay finds no fault."""
    case_path, plan_path = write_many_trips(150, tmp_path)
    plan = read_plan(plan_path)
    assert len(plan.trips) == 150
    assert verify(read_case(str(case_path)), plan).violations == ()

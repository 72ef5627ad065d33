"""Changes of every kind drawn at random, kept if the reader of changes takes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from allocator.case import Case
from allocator.change_file import Told, read_changes
from allocator.change_set import ChangeSet
from allocator.errors import DataError
from allocator.plan import Plan
from allocator.schema.changes import CHANGE_KINDS
from allocator.schema.legs import LegTrip
from allocator.schema.results import Trip

__all__ = ["valid_changes"]

T = TypeVar("T")
Drawn = dict[str, Any]

TRIES = 6
"""Rows drawn for one change before it is left out."""


class _Draw:
    """Draws columns of a change of one re-plan."""

    def __init__(self, draw: np.random.Generator, case: Case, plan: Plan, at_hours: float) -> None:
        self.draw, self.case, self.plan, self.at_hours = draw, case, plan, at_hours
        self.trips: list[Trip | LegTrip] = [*plan.trips, *plan.leg_trips]
        self.hubs = [row for row in case.warehouses if row.state == "hub"]

    def one_of(self, rows: Sequence[T]) -> T:
        """One of some rows."""
        return rows[int(self.draw.integers(len(rows)))]

    def quarter(self, low: float, high: float) -> float:
        """A quarter of an hour between two."""
        return float(self.draw.integers(round(4 * low), round(4 * high) + 1)) / 4

    def place(self, name: str) -> Drawn:
        """A code of the case or the plan."""
        rows: dict[str, Callable[[], Drawn]] = {
            "warehouse": lambda: {"warehouse": self.one_of(self.case.warehouses).warehouse},
            "district": lambda: {"district": self.one_of(self.case.districts).district},
            "item": lambda: {"item": self.one_of(self.case.items).item},
            "fleet": lambda: {"fleet": self.one_of(self.case.vehicles).fleet},
            "trip": lambda: {"trip": self.one_of(self.trips).trip},
            "hub": lambda: {"hub": self.one_of(self.hubs).warehouse},
        }
        return rows[name]()

    def row(self) -> Drawn:
        """A change, maybe one that cannot be."""
        kind = self.one_of([*CHANGE_KINDS, "trip_left", "trip_held", "trip_lost", "trip_late"])
        needed, allowed = CHANGE_KINDS[kind]
        if not self.hubs:
            allowed -= {"hub"}
        elif {"district", "hub"} <= allowed:
            allowed -= {self.one_of(["district", "hub"])}
        if kind == "receiving":
            needed, allowed = needed | allowed, frozenset()
        wanted = {*needed, *(name for name in sorted(allowed) if self.draw.random() < 0.6)}
        row: Drawn = {"kind": kind}
        for name in ("warehouse", "district", "hub", "item", "fleet", "trip"):
            if name in wanted:
                row |= self.place(name)
        if "step" in needed:
            step = self.one_of(self.case.approval_steps)
            row |= {"procedure": step.procedure, "step": step.step}
        if kind == "demand":
            need = self.one_of(self.case.scenario_demand)
            row |= {"district": need.district, "item": need.item}
        if "amount" in needed:
            row["amount"] = float(self.one_of([0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0]))
        if kind == "trip_late":
            trip = next(one for one in self.trips if one.trip == row["trip"])
            row["amount"] = trip.depart_hours + self.quarter(0, 3)
        if "from_hours" in wanted:
            row["from_hours"] = self.quarter(0, self.at_hours if kind == "trip_left" else 5)
        if "to_hours" in wanted:
            row["to_hours"] = self.at_hours + self.quarter(0.25, 3)
        return row


def valid_changes(
    seed: int, case: Case, plan: Plan, at_hours: float, folder: Path
) -> ChangeSet | None:
    """Draw up to four changes; None where the hour is after the deadline.

    Parameters
    ----------
    seed
        Of the random numbers.
    case, plan, at_hours
        What is planned anew, and when. [h]
    folder
        Where the document of changes is written.
    """
    scenario = plan.dispatched_scenarios[0]
    has_trips = bool(plan.trips or plan.leg_trips)
    if at_hours >= case.deadline_hours(case.scenario(scenario)) or not has_trips:
        return None
    draw = np.random.default_rng(seed)
    source, rows = _Draw(draw, case, plan, at_hours), list[Drawn]()
    path, told = folder / "changes.json", Told(scenario, at_hours)

    def read(more: Sequence[Drawn]) -> ChangeSet:
        path.write_text(json.dumps({"Changes": [*rows, *more]}), encoding="utf-8")
        return read_changes(case, plan, path, told)[0]

    for _ in range(int(draw.integers(1, 5))):
        for _ in range(TRIES):
            row = source.row()
            try:
                read([row])
            except DataError:
                continue
            rows.append(row)
            break
    return read([])

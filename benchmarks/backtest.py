"""Back-test: what the plan would have delivered by hour, against what had really arrived.

The case is planned order by order (``backtest_case.py``): once as shipped, once for every
assumption that the record leaves open, once for each thing that might have been done otherwise
(``backtest_variants.py``). No figure is taken from a plan before the replay of its workbook has
certified it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.engine.run_options import RunOptions
from allocator.engine.runs import run_dispatch
from allocator.intake import read_case
from allocator.plan import Plan
from allocator.publication import publish
from allocator.schema.results import Trip
from benchmarks.arguments import DocumentError
from benchmarks.backtest_case import (
    HORIZON_HOURS,
    Backtest,
    backtest_of,
    base_item,
    later_order_hours,
)
from benchmarks.backtest_variants import BAND, CENTRAL, TOGETHER, Variant, variants
from benchmarks.dispatch_record import DispatchRecord
from benchmarks.machine import machine_of_today

__all__ = [
    "PlanRun",
    "backtest_document",
    "band_of",
    "certified_plan",
    "measure_backtest",
    "plan_run",
    "read_runs",
]

PARTS = ("ordered", "held", "loading", "driving", "unloading")
"""What a piece spends its hours on, in this order, from the event until it is in hand."""

Curve = list[float]


@dataclass(frozen=True)
class PlanRun:
    """What one certified plan delivers.

    Parameters
    ----------
    name, about
        Of the variant.
    seconds, gap, trips
        Whole time of planning, writing and replaying; gap of waiting; number of trips. [s]
    home, central, since_order
        Pieces in hand by whole hours from the event, of all goods for the record's province and of
        the central goods for all; and of the central goods for the record's province by whole hours
        from each one's own order, shape (hour,). [units]
    ordered
        Pieces ordered for the record's province by whole hours from the event. [units]
    by_item
        Pieces in hand at the record's hour, by item, in the record's province. [units]
    vehicles
        Trips unloaded in that province by that hour.
    delay
        Mean hours a piece spends on each of ``PARTS``. [h]
    early
        Pieces in hand by whole hours from the event, of the goods ordered before each later central
        order, shape (order, hour). [units]
    """

    name: str
    about: str
    seconds: float
    gap: float | None
    trips: int
    home: Curve
    central: Curve
    since_order: Curve
    ordered: Curve
    by_item: dict[str, float]
    vehicles: int
    delay: dict[str, float]
    early: list[Curve]


@dataclass(frozen=True)
class _Cargo:
    """Loading lines as columns, one entry a line."""

    units: NDArray[np.float64]
    hour: NDArray[np.float64]
    ordered: NDArray[np.float64]
    batch_hours: NDArray[np.float64]
    is_home: NDArray[np.bool_]
    is_central: NDArray[np.bool_]
    items: list[str]
    trips: list[Trip]

    def by_hour(self, which: NDArray[np.bool_], hours: NDArray[np.float64]) -> Curve:
        """Pieces of some lines whose hours have come, for each whole hour."""
        grid = np.arange(int(HORIZON_HOURS) + 1)
        order = np.argsort(hours[which], kind="stable")
        summed = np.concatenate([[0.0], np.cumsum(self.units[which][order])])
        return [float(x) for x in summed[np.searchsorted(hours[which][order], grid + 1e-6)]]


def _cargo(given: Backtest, plan: Plan, home: str) -> _Cargo:
    """Take the goods of all trips together with their hours."""
    trips = {trip.trip: trip for trip in plan.trips}
    lines = list(plan.loading_lines)
    mine = [trips[line.trip] for line in lines]
    senders = [given.senders[trip.warehouse] for trip in mine]
    return _Cargo(
        units=np.array([line.load_units for line in lines]),
        hour=np.array([trip.unload_end_hours for trip in mine]),
        ordered=np.array(
            [
                max(trip.release_hours, sender.order_hours or 0.0)
                for trip, sender in zip(mine, senders, strict=True)
            ]
        ),
        batch_hours=np.array([sender.order_hours or 0.0 for sender in senders]),
        is_home=np.array([sender.receiver == home for sender in senders]),
        is_central=np.array([sender.is_central for sender in senders]),
        items=[base_item(line.item) for line in lines],
        trips=mine,
    )


def _delay(cargo: _Cargo) -> dict[str, float]:
    """Mean hours of a piece by what it waits for. [h]."""
    share = cargo.units / cargo.units.sum()
    names = ("load_start_hours", "depart_hours", "arrive_hours", "unload_end_hours")
    marks = [cargo.ordered]
    marks += [np.array([getattr(trip, name) for trip in cargo.trips]) for name in names]
    steps = [marks[0], *(late - early for early, late in pairwise(marks))]
    return {name: float(step @ share) for name, step in zip(PARTS, steps, strict=True)}


def plan_run(
    given: Backtest, plan: Plan, record: DispatchRecord, variant: Variant, seconds: float
) -> PlanRun:
    """Read off a plan what it delivers by hour, on both clocks.

    Parameters
    ----------
    given
        The back-test the plan was made for.
    plan
        A certified plan.
    record
        For its province and the hour of its count.
    variant, seconds
        What was planned, and how long all of it took. [s]
    """
    cargo = _cargo(given, plan, record.home)
    by_item = dict.fromkeys(record.ordered(record.home), 0.0)
    counted = cargo.is_home & (cargo.hour <= record.arrived_hours)
    for k in np.flatnonzero(counted):
        by_item[cargo.items[int(k)]] += float(cargo.units[k])
    waiting = [stage for stage in plan.stages if stage.stage == "waiting"]
    return PlanRun(
        name=variant.name,
        about=variant.about,
        seconds=seconds,
        gap=waiting[0].gap if waiting else None,
        trips=len(plan.trips),
        home=cargo.by_hour(cargo.is_home, cargo.hour),
        central=cargo.by_hour(cargo.is_central, cargo.hour),
        since_order=cargo.by_hour(cargo.is_central & cargo.is_home, cargo.hour - cargo.ordered),
        ordered=cargo.by_hour(cargo.is_home, cargo.ordered),
        by_item=by_item,
        vehicles=len({cargo.trips[int(k)].trip for k in np.flatnonzero(counted)}),
        delay=_delay(cargo),
        early=[
            cargo.by_hour(cargo.batch_hours < hour, cargo.hour) for hour in later_order_hours(given)
        ],
    )


def certified_plan(given: Backtest, limit_seconds: float) -> Plan:
    """Plan the trips, write the workbook, and return what was read back and certified.

    Raises
    ------
    ReplayError
        If the replay does not certify the plan.
    """
    options = RunOptions(time_limit_seconds=limit_seconds)
    plan = run_dispatch(given.case, given.scenario, None, options)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.xlsx"
        return publish(given.case, plan, path, with_page=False, with_pictures=False).plan


def measure_backtest(
    source: str,
    record: DispatchRecord,
    limit_seconds: float,
    tell: Callable[[str], None],
    chosen: Sequence[Variant] | None = None,
) -> list[PlanRun]:
    """Plan every variant, certify it, and read it off.

    Parameters
    ----------
    source
        The case.
    record
        What was ordered and had arrived.
    limit_seconds
        For the solves of each variant. [s]
    tell
        Is told how far it is.
    chosen
        Variants; all without.

    Raises
    ------
    ReplayError
        If the replay does not certify a plan.
    """
    base = backtest_of(read_case(source), record)
    wanted = variants() if chosen is None else chosen
    runs = []
    for number, variant in enumerate(wanted, start=1):
        given = variant.of(base)
        began = time.monotonic()
        plan = certified_plan(given, limit_seconds)
        seconds = time.monotonic() - began
        runs.append(plan_run(given, plan, record, variant, seconds))
        count = runs[-1].home[int(record.arrived_hours)]
        tell(
            f"{number}/{len(wanted)} {variant.name}: {count:,.0f} pieces at "
            f"{record.arrived_hours:g} h, {seconds:.0f} s, certified"
        )
    return runs


def band_of(
    runs: Mapping[str, PlanRun], curve: str, *, is_together: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return least and most over the central plan and the variants of the band, hour by hour.

    Parameters
    ----------
    runs
        By name; variants that were not run are left out.
    curve
        ``home``, ``central`` or ``since_order``.
    is_together
        Whether the variants that change everything at once belong to it.

    Returns
    -------
    tuple
        Two arrays, shape (hour,). [units]
    """
    names = [CENTRAL.name, *(one.name for one in BAND)]
    kept = [name for name in names if name in runs and (is_together or name not in TOGETHER)]
    curves = np.array([getattr(runs[name], curve) for name in kept])
    return curves.min(axis=0), curves.max(axis=0)


def backtest_document(
    runs: Sequence[PlanRun], source: str, limit_seconds: float, words: str
) -> dict[str, Any]:
    """Return what ``--json`` prints and the page is made of."""
    return {
        "command": "backtest",
        "words": words,
        "case": source,
        "time_limit_seconds": limit_seconds,
        "machine": machine_of_today(),
        "rows": [asdict(run) for run in runs],
    }


def read_runs(document: Mapping[str, Any]) -> dict[str, PlanRun]:
    """Return the runs of a document by name.

    Raises
    ------
    DocumentError
        If its rows are not those of a run with the central plan.
    """
    try:
        runs = {row["name"]: PlanRun(**row) for row in document["rows"]}
    except (KeyError, TypeError) as error:
        raise DocumentError(
            f"rows of the back-test are none ({error}). Maybe run it anew."
        ) from error
    if CENTRAL.name not in runs:
        raise DocumentError(
            f"rows of the back-test lack the plan {CENTRAL.name!r}, which all others are held "
            "against. Maybe run it anew."
        )
    return runs

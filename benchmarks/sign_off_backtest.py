"""Back-test of sign-off hours: arrivals with recorded orders, and with those of the network.

Jishishan 2023 is planned with the orders of the record and with hours that the sign-off network of
the shipped case gives; Wenchuan 2008 with its real order hours, from what the product assumes of
roads and vehicles to what is known of that year. All plans are certified by the replay.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from allocator.intake import read_case
from allocator.plan import Plan
from benchmarks.arguments import DocumentError
from benchmarks.backtest import PlanRun, certified_plan, plan_run
from benchmarks.backtest_case import Backtest, backtest_of
from benchmarks.backtest_variants import Variant
from benchmarks.dispatch_record import DispatchRecord
from benchmarks.machine import machine_of_today
from benchmarks.sign_off_hours import NetworkHours, network_hours, sign_off_variants
from benchmarks.wenchuan_case import HORIZON_HOURS, ORDERS, SCENARIO, WAYS, Way, wenchuan_case

__all__ = [
    "CASE",
    "VERB",
    "SignOffRuns",
    "WayRun",
    "measure_sign_offs",
    "read_sign_offs",
    "way_run",
]

CASE = "jishishan"
"""Shipped case with the record and the network."""

VERB = "sign-offs"

BATCH_HOURS = 9.0
"""Second central order of Jishishan: the first one was before it. [h]"""


@dataclass(frozen=True)
class WayRun:
    """What one certified plan of Wenchuan delivers.

    Parameters
    ----------
    name, about
        Of the way.
    seconds, trips
        Whole time of planning, writing and replaying; number of trips. [s]
    first_hours
        End of the first unloading. [h]
    tents
        Tents in hand by whole and half hours from the event, shape (half hour,). [units]
    """

    name: str
    about: str
    seconds: float
    trips: int
    first_hours: float
    tents: list[float]

    def by(self, hour: float) -> float:
        """Tents in hand by a whole or half hour. [units]"""
        return self.tents[round(2 * hour)]


@dataclass(frozen=True)
class SignOffRuns:
    """All that the page is made of.

    Parameters
    ----------
    hours
        Of the network by speed, then by ``PROCEDURE step``. [h]
    by_order
        Share of simulated courses in which central goods are released by a real order's hour.
    jishishan, wenchuan
        Plans by name.
    """

    hours: Mapping[str, Mapping[str, float]]
    by_order: Mapping[str, float]
    jishishan: Mapping[str, PlanRun]
    wenchuan: Mapping[str, WayRun]


def measure_sign_offs(
    record: DispatchRecord, limit_seconds: float, words: str, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Plan everything, certify it, and return what ``--json`` prints.

    Parameters
    ----------
    record
        What was ordered and had arrived at Jishishan.
    limit_seconds
        For the solves of each plan. [s]
    words
        The command.
    tell
        Is told how far it is.

    Raises
    ------
    ReplayError
        If the replay does not certify a plan.
    """
    case = read_case(CASE)
    found = network_hours(case)
    base = backtest_of(case, record)
    variants = sign_off_variants(found)
    jishishan = [_planned(base, record, one, limit_seconds, tell) for one in variants]
    wenchuan = []
    for way in WAYS:
        began = time.monotonic()
        plan = certified_plan(Backtest(wenchuan_case(case, way), SCENARIO, {}), limit_seconds)
        wenchuan.append(way_run(way, plan, time.monotonic() - began))
        tell(f"Wenchuan {way.name}: first tents at {wenchuan[-1].first_hours:.1f} h, certified")
    return {
        "command": VERB,
        "words": words,
        "case": CASE,
        "time_limit_seconds": limit_seconds,
        "machine": machine_of_today(),
        "hours": {
            speed: {f"{procedure} {step}": end for (procedure, step), end in hours.items()}
            for speed, hours in found.hours.items()
        },
        "by_order": _by_order(found),
        "jishishan": [asdict(run) for run in jishishan],
        "wenchuan": [asdict(run) for run in wenchuan],
    }


def way_run(way: Way, plan: Plan, seconds: float) -> WayRun:
    """Read off a plan of Wenchuan what it delivers by hour.

    Parameters
    ----------
    way
        How it was planned.
    plan
        A certified plan.
    seconds
        How long all of it took. [s]
    """
    ends = {trip.trip: trip.unload_end_hours for trip in plan.trips}
    lines = sorted((ends[line.trip], line.load_units) for line in plan.loading_lines)
    hours = np.array([hour for hour, _ in lines])
    summed = np.concatenate([[0.0], np.cumsum([units for _, units in lines])])
    grid = np.arange(int(2 * HORIZON_HOURS) + 1) / 2
    return WayRun(
        name=way.name,
        about=way.about,
        seconds=seconds,
        trips=len(plan.trips),
        first_hours=float(hours.min(initial=HORIZON_HOURS)),
        tents=[float(x) for x in summed[np.searchsorted(hours, grid + 1e-6)]],
    )


def read_sign_offs(document: Mapping[str, Any]) -> SignOffRuns:
    """Return the runs of a document.

    Raises
    ------
    DocumentError
        If it lacks a part, or a part is none.
    """
    try:
        return SignOffRuns(
            hours=document["hours"],
            by_order=document["by_order"],
            jishishan={row["name"]: PlanRun(**row) for row in document["jishishan"]},
            wenchuan={row["name"]: WayRun(**row) for row in document["wenchuan"]},
        )
    except (KeyError, TypeError) as error:
        raise DocumentError(
            f"the document of {VERB} lacks a part ({error}). Maybe measure it anew."
        ) from error


def _planned(
    base: Backtest,
    record: DispatchRecord,
    variant: Variant,
    limit_seconds: float,
    tell: Callable[[str], None],
) -> PlanRun:
    """Plan one variant of Jishishan, certify it, and read it off."""
    given = variant.of(base)
    began = time.monotonic()
    plan = certified_plan(given, limit_seconds)
    run = plan_run(given, plan, record, variant, time.monotonic() - began)
    count = run.home[int(record.arrived_hours)]
    tell(f"Jishishan {variant.name}: {count:,.0f} pieces at {record.arrived_hours:g} h, certified")
    return run


def _by_order(found: NetworkHours) -> dict[str, float]:
    """How often the network releases central goods as early as they were really ordered."""
    hours: Sequence[float] = sorted({order.hours for order in ORDERS} | {BATCH_HOURS})
    return {f"{hour:g}": found.share_by(hour) for hour in hours}

"""Sign-off hours of a back-test: as recorded, or as the network of the case has them by chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import release, step_hours
from allocator.case import Case
from allocator.coordination.sign_off_rows import SignOffStudy
from allocator.schema.procedure import ApprovalStep, Settings
from benchmarks.backtest_case import Backtest, with_orders
from benchmarks.backtest_variants import Variant

__all__ = ["CENTRAL_RELEASE", "NetworkHours", "network_hours", "sign_off_variants"]

CENTRAL_RELEASE = ("CN_CENTRAL_DISPATCH", "11")
"""Procedure and step that release central goods in the shipped cases."""

SHARES = (("p10", 0.1), ("p50", 0.5), ("p90", 0.9))

Release = tuple[str, str]


@dataclass(frozen=True)
class NetworkHours:
    """When the sign-offs of a case release goods, by way of its network.

    Parameters
    ----------
    hours
        By speed (planned, actual, p10, p50, p90; spoken where the case has hours of that), then by
        procedure and release step. [h]
    central
        Hour of the central release in each simulated course, shape (course,). [h]
    """

    hours: Mapping[str, Mapping[Release, float]]
    central: NDArray[np.float64]

    def share_by(self, hour: float) -> float:
        """Share of courses in which central goods are released by an hour."""
        return float((self.central <= hour).mean())


def network_hours(case: Case) -> NetworkHours:
    """Time and simulate the sign-offs of the first scenario of a case.

    Parameters
    ----------
    case
        With the central procedure.
    """
    scenario = case.scenarios[0]
    study = SignOffStudy(case, scenario.scenario)
    hours: dict[str, dict[Release, float]] = {}
    for speed in ("planned", "actual"):
        hours[speed] = _released(case, step_hours(case, scenario.scenario, speed))
    if any(row.verbal_hours is not None for row in case.approval_steps):
        settings = case.settings.model_copy(update={"sign_offs": "verbal"})
        spoken = case.replace(Settings, (settings,))
        hours["spoken"] = _released(spoken, step_hours(spoken, scenario.scenario, "planned"))
    for name, share in SHARES:
        hours[name] = {
            key: float(np.quantile(way.release_hours, share)) for key, way in study.ways.items()
        }
    return NetworkHours(hours, study.ways[CENTRAL_RELEASE].release_hours)


def _released(case: Case, durations: Mapping[tuple[str, str], float]) -> dict[Release, float]:
    """Hours of the releases of the first scenario with given durations. [h]"""
    found = release(case, case.scenarios[0], durations)
    rules = zip(case.approval_rules, found.rule_hours.tolist(), strict=True)
    return {(rule.procedure, rule.release_step): end for rule, end in rules}


def released_at(hours: Mapping[Release, float]) -> Callable[[Backtest], Backtest]:
    """Change that puts one step in place of each procedure, through at a given hour."""

    def change(given: Backtest) -> Backtest:
        first = {row.procedure: row for row in reversed(given.case.approval_steps)}
        steps = [
            ApprovalStep(
                procedure=procedure,
                step=step,
                name=f"{procedure} {step}",
                department=first[procedure].department,
                join="START",
                duration_hours=end,
            )
            for (procedure, step), end in hours.items()
        ]
        case = given.case.replace(ApprovalStep, steps)
        return replace(given, case=case)

    return change


def order_at_once(given: Backtest) -> Backtest:
    """Let no batch wait for anything but its signatures."""
    senders = {
        code: replace(sender, order_hours=0.0) if sender.is_central else sender
        for code, sender in given.senders.items()
    }
    return with_orders(given, senders)


def sign_off_variants(found: NetworkHours) -> Sequence[Variant]:
    """Return the ways the recorded dispatch is planned: orders as recorded, orders by the network.

    Parameters
    ----------
    found
        Hours of the network.
    """
    words = {
        "planned": "as planned",
        "actual": "with the usual delays of the departments",
        "p10": "as in the quickest tenth of simulated courses",
        "p50": "as in half of them",
        "p90": "as in all but the slowest tenth",
    }
    recorded = Variant("recorded", "batches 2 and 3 at their recorded hours, the rest as planned")
    later = [
        Variant(
            f"first-{speed}",
            f"batches 2 and 3 as recorded, the rest signed {words[speed]}",
            (released_at(found.hours[speed]),),
        )
        for speed in ("actual", "p10", "p90")
    ]
    whole = [
        Variant(
            f"network-{speed}",
            f"all batches signed at once, {words[speed]}",
            (order_at_once, released_at(found.hours[speed])),
        )
        for speed in words
    ]
    return [recorded, *later, *whole]

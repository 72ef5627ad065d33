"""Curves of the need served over time under several plans, where they differ most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from allocator.compare import Compared

__all__ = ["Curves", "served_curves"]

MOST_SCENARIOS = 4

Curve = Mapping[int, float]


@dataclass(frozen=True)
class Curves:
    """Shares in hand by hour in one scenario, plan by plan.

    Parameters
    ----------
    scenario
        Its code.
    hours
        Hours of any of the plans.
    shares
        Shares at these hours by plan; a plan's last share holds for later hours.
    """

    scenario: str
    hours: tuple[int, ...]
    shares: Mapping[str, tuple[float, ...]]

    @property
    def spread(self) -> float:
        """Largest distance between two plans at any hour."""
        columns = zip(*self.shares.values(), strict=True)
        return max((max(column) - min(column) for column in columns), default=0.0)


def served_curves(everyone: Sequence[Compared]) -> tuple[list[Curves], int]:
    """Return the scenarios whose curves differ most, and how many could be shown.

    Parameters
    ----------
    everyone
        The base and the others; scenarios that fewer than two of them dispatch are left out.
    """
    points: defaultdict[str, dict[str, Curve]] = defaultdict(dict)
    for each in everyone:
        known: defaultdict[str, dict[int, float]] = defaultdict(dict)
        for row in each.plan.served_by_hour:
            known[row.scenario][row.hour] = row.served_share
        for scenario, curve in known.items():
            points[scenario][each.name] = curve
    found = [_curves(scenario, curves) for scenario, curves in points.items() if len(curves) > 1]
    worst = sorted(found, key=lambda curves: -curves.spread)[:MOST_SCENARIOS]
    return [curves for curves in found if curves in worst], len(found)


def _curves(scenario: str, curves: Mapping[str, Curve]) -> Curves:
    """Shares of all plans at the hours of any."""
    hours = sorted({hour for curve in curves.values() for hour in curve})
    shares = {}
    for plan, curve in curves.items():
        share, column = 0.0, []
        for hour in hours:
            share = curve.get(hour, share)
            column.append(share)
        shares[plan] = tuple(column)
    return Curves(scenario, tuple(hours), shares)

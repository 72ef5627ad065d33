"""Counting certificates never claim more than the least shortage that any plan has."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from allocator.engine.dispatch_problem import dispatch_problem
from allocator.explain.certificates import Count, certificates
from models.dispatch_data import DispatchData
from tests.models.dispatch_cases import random_problems, single_lane


def counted(data: DispatchData, kind: str, unit: str = "units") -> Count:
    """The one count of a kind and unit."""
    found = certificates(dispatch_problem(data), data.stock_units.astype(float))
    (count,) = (each for each in found if (each.kind, each.unit) == (kind, unit))
    return count


@pytest.mark.parametrize(
    ("kind", "unit", "changes", "have", "short"),
    [
        ("supply", "units", {"stock_units": np.array([[4]])}, 4.0, 2.0),
        # Two of the six may leave the province, which the lane does.
        (
            "reach",
            "units",
            {"outside_units": np.array([[2]]), "leaves_province": np.array([True])},
            2.0,
            4.0,
        ),
        # Loading at 0, 1 or 2 is in time: three starts of a vehicle that takes 2 m3.
        ("docks", "m3", {"docks": np.array([1.0]), "stock_units": np.array([[9]])}, 6.0, 0.0),
        # One vehicle is away for 3 of those hours: one trip.
        ("fleet", "m3", {"vehicles_count": np.array([[1.0]])}, 2.0, 4.0),
        # Unloading ends at 2, 3 or 4, and each hour takes 1 m3.
        ("receiving", "m3", {"receive_m3_per_hour": np.array([1.0])}, 3.0, 3.0),
    ],
)
def test_counts_are_those_made_by_hand(
    kind: str, unit: str, changes: dict[str, np.ndarray], have: float, short: float
) -> None:
    """Six units of 1 m3 are needed; each limit alone lets less of it come."""
    count = counted(replace(single_lane(), **changes), kind, unit)
    assert (count.have, count.need, count.short_units) == (have, 6.0, short)


def test_no_certificate_passes_what_some_plan_achieves() -> None:
    """Over all plans of many small problems, the least shortage is at least what is claimed."""
    tight: Counter[str] = Counter()
    for _, data, best in random_problems(first=7_000, count=60):
        problem = dispatch_problem(data)
        least = best.least("unmet")
        for count in certificates(problem, data.stock_units.astype(float)):
            # All needs weigh at least one, so that weighted units are at least as many.
            assert count.short_units <= least + 1e-6, count
            if count.short_units > 0:
                tight[count.kind] += 1
    # Each kind but one that never binds in these proves something somewhere.
    assert {"supply", "reach", "fleet"} <= set(tight)

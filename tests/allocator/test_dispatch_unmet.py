"""Limits on unmet need, and its price while planning, by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from allocator.engine.dispatch_columns import NO_CAP
from allocator.engine.dispatch_unmet import cap_at, dearer_need, is_amiss, likely_cap


def relaxation(price: float, value: float) -> Any:
    """Stands for a relaxation with a price of unmet need."""
    return SimpleNamespace(duals=SimpleNamespace(unmet=price), value=value)


def test_need_gets_dearer_at_once_or_in_two_steps() -> None:
    """From 40 to 400, or by way of 126.5, which is as far from the one as from the other."""
    assert dearer_need(40.0, 40.0, in_steps=False) == 400.0
    half = dearer_need(40.0, 40.0, in_steps=True)
    assert half == pytest.approx(126.491, abs=1e-3)
    assert dearer_need(half, 40.0, in_steps=True) == 400.0
    assert dearer_need(400.0, 40.0, in_steps=True) == 400.0


def test_a_limit_is_amiss_by_what_the_bound_loses() -> None:
    """At 5 a unit 100 units are 500 of a million, and 101 are more."""
    found, cap = relaxation(5.0, 1e6), cap_at(1000.0, 40.0)
    assert cap.price == 400.0
    assert not is_amiss(cap, found, 1100.0)
    assert not is_amiss(cap, found, 900.0)
    assert is_amiss(cap, found, 1101.0)
    assert is_amiss(NO_CAP, found, 1000.0)
    assert is_amiss(cap, None, 1000.0)
    assert is_amiss(cap, found, None)


def test_a_plan_is_taken_to_leave_a_tenth_more_than_it_has_to() -> None:
    """Of 200 that stay in any case, 220."""
    assert likely_cap(200.0, 40.0).limit == pytest.approx(220.0)

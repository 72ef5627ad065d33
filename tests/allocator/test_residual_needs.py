"""Needs that are left where goods are on their way: the waiting adds up, whatever others bring."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.engine.residual_needs import backlog_unit_hours, residual_need

DEADLINE = 12.0
HOUR = st.integers(0, 12).map(float)
UNITS = st.integers(1, 5).map(float)
BATCHES = st.lists(st.tuples(HOUR, UNITS), max_size=4)


def test_what_comes_takes_the_last_of_one_need() -> None:
    """Ten are needed from 0 on, four come at 3: six are left, four wait for three hours anyway."""
    found = residual_need([(0.0, 10.0)], [(3.0, 4.0)], 2.0, DEADLINE)
    assert found.pulses == ((0.0, 6.0),)
    assert found.fixed_unit_hours == 4 * 3
    assert found.slack_unit_hours == 0.0


def test_what_comes_in_excess_leaves_nothing() -> None:
    """Ten are needed, twelve come at 3: nothing is left, and ten wait for three hours."""
    found = residual_need([(0.0, 10.0)], [(3.0, 12.0)], 2.0, DEADLINE)
    assert found.pulses == ()
    assert (found.fixed_unit_hours, found.slack_unit_hours) == (30.0, 0.0)


def test_what_comes_too_late_does_not_count() -> None:
    """Goods that come after the deadline leave the need as it is."""
    found = residual_need([(1.0, 10.0)], [(12.5, 12.0)], 2.0, DEADLINE)
    assert found.pulses == ((1.0, 10.0),)


def test_a_later_need_may_be_met_by_others_for_a_while() -> None:
    """Ten from 0 met at 6, ten more from 8 on: others may help from 4 to 6, worth 20 at most."""
    found = residual_need([(0.0, 10.0), (8.0, 10.0)], [(6.0, 10.0)], 4.0, DEADLINE)
    assert found.pulses == ((8.0, 10.0),)
    assert (found.fixed_unit_hours, found.slack_unit_hours) == (60.0, 20.0)
    waited = backlog_unit_hours([(0.0, 10.0), (8.0, 10.0)], [(4.0, 10.0), (6.0, 10.0)], DEADLINE)
    assert waited == pytest.approx(60.0 - 20.0)


@settings(max_examples=300, deadline=None)
@given(BATCHES, BATCHES, st.lists(st.tuples(HOUR, UNITS), max_size=3), st.integers(0, 6))
def test_waiting_is_that_of_what_is_left_within_the_slack(
    pulses: list[tuple[float, float]],
    coming: list[tuple[float, float]],
    others: list[tuple[float, float]],
    at: int,
) -> None:
    """All waiting lies between that of the needs left with and without the slack.

    Others bring no more than is left, and nothing before the re-plan; with needs that arise once
    there is no slack.
    """
    found = residual_need(pulses, coming, float(at), DEADLINE)
    left = sum(units for _, units in found.pulses)
    brought = []
    for hour, units in others:
        taken = min(units, left)
        left -= taken
        brought.append((max(hour, float(at)), taken))
    whole = backlog_unit_hours(pulses, [*coming, *brought], DEADLINE)
    part = found.fixed_unit_hours + backlog_unit_hours(list(found.pulses), brought, DEADLINE)
    assert part - found.slack_unit_hours - 1e-9 <= whole <= part + 1e-9
    if len({hour for hour, _ in pulses}) <= 1:
        assert found.slack_unit_hours == pytest.approx(0.0)

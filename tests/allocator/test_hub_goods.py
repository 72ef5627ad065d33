"""Goods at hubs when a dispatch is planned anew, worked out by hand."""

from __future__ import annotations

import pytest

from allocator.engine.hub_goods import HubEvent, first_gap, goods_at_hubs
from tests.hub_cases import hand_tables
from tests.tiny import build_case

PLACE = (1, 0)
"""The hub and the tents of the example."""

Come = tuple[float, float]


def events(come: list[Come], out: list[Come]) -> dict[tuple[int, int], list[HubEvent]]:
    """What comes to the hub and leaves it, by hour."""
    found = [HubEvent(hours, False, units) for hours, units in come]
    found += [HubEvent(hours, True, -units, "T") for hours, units in out]
    return {PLACE: sorted(found)}


@pytest.mark.parametrize(
    ("come", "out", "batches"),
    [
        # Seven are there at 8; five more come at 10.
        ([(6, 10), (10, 5)], [(6, 3)], ((8, 7), (10, 5))),
        # All that was there has left.
        ([(6, 3), (10, 5)], [(7, 3)], ((10, 5),)),
        # What is owed is taken off what comes next.
        ([(9, 2), (10, 5)], [(7, 4)], ((10, 3),)),
        ([(6, 3)], [(7, 3)], ()),
    ],
)
def test_what_can_still_be_loaded(
    come: list[Come], out: list[Come], batches: tuple[Come, ...]
) -> None:
    """At hour 8 there is what has come less what has left, and later what is on its way."""
    found = goods_at_hubs(events(come, out), 8)
    assert found == ({PLACE: batches} if batches else {})


def test_more_than_has_come_cannot_have_left() -> None:
    """The first hour at which it shows is told, with the trip; of one hour what comes is first."""
    case = build_case(hand_tables())
    assert first_gap(case, events([(6, 10)], [(6, 6), (12, 4)])) is None
    gap = first_gap(case, events([(7, 10)], [(6, 6), (12, 4)]))
    assert gap is not None
    assert (gap.hub, gap.item, gap.hours, gap.missing, gap.trip) == ("H", "TENT", 6, 6, "T")

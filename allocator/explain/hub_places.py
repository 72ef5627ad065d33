"""What of ways through hubs is short, and where, in one number: vehicles, load starts and so on."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["HubPart", "hub_place", "parted_place"]

HubPart = Literal["vehicles", "docks", "receiving", "departures"]
"""Vehicles at hubs and on legs alone, load starts and receiving at hubs, departures of closed
legs."""

_PARTS: tuple[HubPart, ...] = get_args(HubPart)
_SPAN = 1 << 40


def hub_place(part: HubPart, place: int) -> int:
    """Return one number for a part and its pool, warehouse, district or lane."""
    return _PARTS.index(part) * _SPAN + place


def parted_place(number: int) -> tuple[HubPart, int]:
    """Return part and place of a number made by ``hub_place``."""
    part, place = divmod(number, _SPAN)
    return _PARTS[part], place

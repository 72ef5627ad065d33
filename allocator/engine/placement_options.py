"""What may become of a warehouse: kept, opened, resized or closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from allocator.schema.network import SizeClass, Warehouse

__all__ = ["Allowed", "Option", "options_of"]

Allowed = Mapping[str, frozenset[tuple[str | None, str | None]]]
"""Decisions with size classes that a warehouse may have, by its code; those not named: any."""


@dataclass(frozen=True)
class Option:
    """What may become of a warehouse, in the words of the result.

    Parameters
    ----------
    decision
        As in the ``Open_Warehouses`` sheet; None for a candidate that stays shut.
    size_class
        Class under the option, if any.
    volume_m3
        [m3]
    one_off_cost_cny, annual_cost_cny
        [CNY], [CNY/year]
    is_open
        Whether the warehouse holds reserves.
    """

    decision: Literal["keep", "open", "resize", "close", "external"] | None
    size_class: str | None
    volume_m3: float
    one_off_cost_cny: float
    annual_cost_cny: float
    is_open: bool


def _resized(row: Warehouse, classes: dict[str, SizeClass]) -> Iterator[SizeClass]:
    """Buildable classes a warehouse may be opened at or grow to."""
    largest = classes[row.max_size_class].volume_m3 if row.max_size_class else np.inf
    smallest = 0.0
    if row.state == "existing":
        smallest = classes[row.size_class].volume_m3 if row.size_class else row.volume_m3 or 0.0
    for size in classes.values():
        if size.is_buildable and smallest < size.volume_m3 <= largest:
            yield size


def options_of(
    row: Warehouse, classes: dict[str, SizeClass], allowed: Allowed
) -> tuple[Option, ...]:
    """Return what may become of one warehouse.

    Parameters
    ----------
    row, classes
        The warehouse, and the size classes by code.
    allowed
        What single warehouses are held to.
    """
    held = allowed.get(row.warehouse)
    return tuple(
        option
        for option in _options(row, classes)
        if held is None or (option.decision, option.size_class) in held
    )


def _options(row: Warehouse, classes: dict[str, SizeClass]) -> Iterator[Option]:
    """Everything that may become of one warehouse, what it is today first."""
    if row.state == "external":
        volume = row.volume_m3 or (classes[row.size_class].volume_m3 if row.size_class else 0.0)
        yield Option("external", row.size_class, volume, 0.0, 0.0, is_open=True)
        return
    if row.state == "candidate":
        yield Option(None, None, 0.0, 0.0, 0.0, is_open=False)
        for size in _resized(row, classes):
            cost = size.opening_cost_cny
            yield Option(
                "open", size.size_class, size.volume_m3, cost, size.annual_cost_cny, is_open=True
            )
        return
    today = classes[row.size_class] if row.size_class else None
    volume = row.volume_m3 or (today.volume_m3 if today else 0.0)
    running = today.annual_cost_cny if today else 0.0
    yield Option("keep", row.size_class, volume, 0.0, running, is_open=True)
    for size in _resized(row, classes):
        paid = today.opening_cost_cny if today else 0.0
        cost = max(0.0, size.opening_cost_cny - paid)
        yield Option(
            "resize", size.size_class, size.volume_m3, cost, size.annual_cost_cny, is_open=True
        )
    if row.can_close:
        cost = today.closing_cost_cny if today else 0.0
        yield Option("close", None, 0.0, cost, 0.0, is_open=False)

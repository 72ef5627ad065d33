"""What a search may leave out of the master: first-stage decisions that are settled for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.placement_data import FirstStageData

__all__ = ["Held", "held_choice", "held_where_alike"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_SAME = 1e-6
"""Difference of choices and stock that counts as none."""


@dataclass(frozen=True)
class Held:
    """Decisions that are held.

    Parameters
    ----------
    is_choice, choice
        Which options, and at what, shapes (option,).
    is_stock, stock_units
        Which stock, and at what, shapes (warehouse, item). [units]
    """

    is_choice: Flags
    choice: Floats
    is_stock: Flags
    stock_units: Floats


def held_where_alike(
    first: FirstStageData, choices: Sequence[Floats], stocks: Sequence[Floats]
) -> Held:
    """Hold warehouses that several first stages treat alike, with nothing or today's in stock.

    Parameters
    ----------
    first
        Sizes and stock.
    choices, stocks
        Of the first stages, each of shapes (option,) and (warehouse, item).
    """
    stock, choice = np.stack(list(stocks)), np.stack(list(choices))
    has_nothing = (stock <= _SAME).all(axis=(0, 2))
    has_todays = (np.abs(stock - first.today_units) <= _SAME).all(axis=(0, 2))
    whole = np.rint(choice[0])
    is_moved = np.zeros(first.warehouse_count, dtype=bool)
    is_moved[first.option_warehouse[np.abs(choice - whole).max(axis=0) > _SAME]] = True
    is_alike = (has_nothing | has_todays) & ~is_moved
    return Held(
        is_alike[first.option_warehouse],
        whole,
        np.broadcast_to(is_alike[:, None], stock[0].shape),
        np.where(stock[0] <= _SAME, 0.0, first.today_units),
    )


def held_choice(first: FirstStageData, choice: Floats) -> Held:
    """Hold every choice, shape (option,), and the stock that has no room under it."""
    room = np.zeros(first.warehouse_count)
    np.maximum.at(room, first.option_warehouse, first.option_volume_m3 * np.rint(choice))
    is_stock = (room <= 0.0)[:, None] & (first.unit_volume_m3 > 0.0)
    return Held(np.ones(len(choice), dtype=bool), choice, is_stock, np.zeros(is_stock.shape))

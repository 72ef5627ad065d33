"""What a search may leave out of the master: first-stage decisions that are settled for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.placement_data import FirstStageData

__all__ = ["Columns", "Held", "has_no_room", "held_choice", "held_columns", "held_where_alike"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
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


def has_no_room(first: FirstStageData, choice: Floats) -> Flags:
    """Stock that there is no room for, shape (warehouse, item), under choices, shape (option,)."""
    room = np.zeros(first.warehouse_count)
    np.maximum.at(room, first.option_warehouse, first.option_volume_m3 * choice)
    is_full = (room <= _SAME * first.option_volume_m3.max(initial=0.0)) & first.is_decided
    return np.asarray(is_full[:, None] & (first.unit_volume_m3 > 0.0))


def held_choice(first: FirstStageData, choice: Floats) -> Held:
    """Hold every choice, shape (option,), and the stock that has no room under it."""
    is_stock = has_no_room(first, choice)
    return Held(np.ones(len(choice), dtype=bool), choice, is_stock, np.zeros(is_stock.shape))


@dataclass(frozen=True)
class Columns:
    """Columns of first-stage decisions in a program, -1 for those that are fixed.

    Parameters
    ----------
    option
        Shape (option,).
    stock, buy
        Shapes (warehouse, item).
    """

    option: Integers
    stock: Integers
    buy: Integers


def held_columns(
    first: FirstStageData, held: Held, columns: Columns, count: int
) -> tuple[Flags, Floats, Integers]:
    """Return which columns are held, at what, and whose they are, each of shape (column,).

    Parameters
    ----------
    first
        Sizes and stock.
    held
        Decisions that are held.
    columns
        Their columns.
    count
        Number of columns of the program; those of nobody are given to a group of their own.
    """
    is_held, values = np.zeros(count, dtype=bool), np.zeros(count)
    group = np.full(count, first.warehouse_count)
    owner = np.broadcast_to(np.arange(first.warehouse_count)[:, None], held.is_stock.shape)
    bought = np.maximum(held.stock_units - first.today_units, 0.0)
    for column, chosen, value, of in (
        (columns.option, held.is_choice, held.choice, first.option_warehouse),
        (columns.stock, held.is_stock, held.stock_units, owner),
        (columns.buy, held.is_stock, bought, owner),
    ):
        group[column[column >= 0]] = of[column >= 0]
        where = chosen & (column >= 0)
        is_held[column[where]] = True
        values[column[where]] = value[where]
    return is_held, values, group

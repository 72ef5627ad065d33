"""Looks of cells, each made once for a workbook: openpyxl compares them all for every cell."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from copy import copy
from typing import Any
from weakref import WeakKeyDictionary

from openpyxl import Workbook

__all__ = ["dressed"]

_KNOWN: WeakKeyDictionary[Workbook, dict[Hashable, Any]] = WeakKeyDictionary()


def dressed(cell: Any, look: Hashable, dress: Callable[[Any], None]) -> None:
    """Give a cell a look.

    Parameters
    ----------
    cell
        Cell of openpyxl without a look of its own, but for the mark of a quoted text.
    look
        Name of the look; the same look of the same workbook is always made the same way.
    dress
        Makes the look on a first cell.
    """
    known = _KNOWN.setdefault(cell.parent.parent, {})
    whole = look, bool(cell.quotePrefix)
    if whole in known:
        cell._style = copy(known[whole])
        return
    dress(cell)
    known[whole] = copy(cell._style)

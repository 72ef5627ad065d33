"""Find sheets, header lines and columns by their English or Chinese names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache

from allocator.draft import column_letter
from allocator.intake.grid import Grid, fold, is_blank
from allocator.schema import CASE_SHEETS, RESULT_SHEETS
from allocator.schema.row import Column, Row, columns

__all__ = [
    "EXAMPLE_MARKS",
    "IGNORED_SHEETS",
    "SETTING_HEADERS",
    "VALUE_HEADERS",
    "Header",
    "find_header",
    "match_sheets",
    "nearest",
    "unit_of",
]

IGNORED_SHEETS = frozenset({"readme", "说明", "problems", "问题", "lists", "选项"})
"""Folded names of sheets that templates and annotated copies carry along."""

EXAMPLE_MARKS = {"en": "e.g. ", "zh": "例："}
"""How the first cell of an example row begins."""

_EXAMPLE = re.compile("^\\s*(e\\.g\\.|例\\s*[:\uff1a])", re.IGNORECASE)

SETTING_HEADERS = {"en": "setting", "zh": "设置项"}
VALUE_HEADERS = {"en": "value", "zh": "取值"}
NOTE_HEADERS = {"en": ("unit", "about"), "zh": ("单位", "说明")}
"""Headers of a vertical sheet; unit and about are for people only."""

_SETTING_NAMES = {"setting", "设置项", "设置", "field", "name", "参数"}
_VALUE_NAMES = {"value", "取值", "值", "数值"}
_HEADER_DEPTH = 10
_BRACKETED = re.compile(r"^[\[(【〔]\s*(.*?)\s*[\])】〕]$")
_WIDE_BRACKETS = str.maketrans("\uff08\uff09\uff3b\uff3d", "()[]")
_TAIL = re.compile(r"\s*[\[(【][^\[(【]*[\])】]\s*$")
_FOREIGN_UNITS = {"t", "吨", "g", "克", "l", "升", "min", "分钟", "day", "天", "万元", "千元", "m"}


@dataclass
class Header:
    """Where a sheet's header stands and which column is which.

    Parameters
    ----------
    row
        Row of the header in the grid, counted from 0.
    first_row
        First data row.
    places
        Column of each field, counted from 0.
    labels
        Header text of each field.
    unknown
        Columns the schema does not know, by header text.
    duplicates
        Fields that stand in two columns: field, first column, second column.
    other_units
        Units that are not the declared ones: field, row, column, unit found.
    """

    row: int
    first_row: int
    places: dict[str, int] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    duplicates: list[tuple[str, int, int]] = field(default_factory=list)
    other_units: list[tuple[str, int, int, str]] = field(default_factory=list)


@cache
def _names(kind: type[Row]) -> Mapping[str, str]:
    """Folded English and Chinese names of a sheet's fields."""
    found: dict[str, str] = {}
    for column in columns(kind):
        found[fold(column.field)] = column.field
        found[fold(column.zh)] = column.field
    return found


def match_sheets(
    grids: Sequence[Grid], kinds: Mapping[str, type[Row]]
) -> tuple[dict[str, list[Grid]], list[Grid]]:
    """Sort grids into declared sheets (by canonical name) and others.

    Parameters
    ----------
    grids
        Sheets as found.
    kinds
        Declared sheets by canonical name.
    """
    known = {}
    for name, kind in kinds.items():
        known[fold(name)] = name
        known[fold(kind.sheet_zh)] = name
    matched: dict[str, list[Grid]] = {}
    others: list[Grid] = []
    for grid in grids:
        sheet = known.get(fold(grid.name))
        if sheet is not None:
            matched.setdefault(sheet, []).append(grid)
        elif fold(grid.name) not in IGNORED_SHEETS:
            others.append(grid)
    return matched, others


def nearest(name: str, candidates: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the candidate most like a name, or nothing."""
    found = get_close_matches(name, list(candidates), n=1, cutoff=cutoff)
    return found[0] if found else ""


def is_declared(name: str) -> bool:
    """Whether a name is that of a sheet of a case or a result, in either language."""
    kinds = {**CASE_SHEETS, **RESULT_SHEETS}
    return fold(name) in {fold(n) for k in kinds.values() for n in (k.sheet, k.sheet_zh)}


def nearest_sheet(name: str) -> str:
    """Return the declared sheet most like a name, in the language of that name, or nothing."""
    kinds = {**CASE_SHEETS, **RESULT_SHEETS}
    known = {fold(n): n for k in kinds.values() for n in (k.sheet, k.sheet_zh)}
    return known.get(nearest(fold(name), known), "")


def nearest_field(kind: type[Row], name: str) -> str:
    """Return the header of a sheet most like a name, in the language of that name, or nothing."""
    known = {fold(n): n for c in columns(kind) for n in (c.field, c.zh)}
    return known.get(nearest(fold(name), known), "")


def field_of(kind: type[Row], text: object) -> str | None:
    """Field that a header text stands for, also with a unit in brackets behind it."""
    if not isinstance(text, str):
        return None
    names = _names(kind)
    return names.get(fold(text)) or names.get(fold(_without_tail(text)))


def _without_tail(text: str) -> str:
    """Header text without a remark in brackets at its end."""
    return _TAIL.sub("", text.translate(_WIDE_BRACKETS))


def is_vertical(kind: type[Row], grid: Grid) -> bool:
    """Whether a sheet is laid out as lines of setting and value."""
    return kind.vertical and _setting_columns(grid) is not None


def _setting_columns(grid: Grid) -> tuple[int, int, int] | None:
    """Header row, setting column and value column of a vertical sheet."""
    for k, row in enumerate(grid.rows[:_HEADER_DEPTH]):
        folded = [fold(cell) if isinstance(cell, str) else "" for cell in row]
        setting = next((c for c, name in enumerate(folded) if name in _SETTING_NAMES), None)
        value = next((c for c, name in enumerate(folded) if name in _VALUE_NAMES), None)
        if setting is not None and value is not None:
            return k, setting, value
    return None


def setting_columns(grid: Grid) -> tuple[int, int, int]:
    """Header row, setting column and value column of a sheet that ``is_vertical``."""
    return _setting_columns(grid) or (0, 0, 1)


def find_header(kind: type[Row], grid: Grid) -> Header | None:
    """Find the header of a sheet among its first ten rows.

    Returns
    -------
    Header or None
        None if no row holds a declared header.
    """
    best, best_count = None, 0
    for k, row in enumerate(grid.rows[:_HEADER_DEPTH]):
        count = len({name for cell in row if (name := field_of(kind, cell))})
        if count > best_count:
            best, best_count = k, count
    if best is None:
        return None
    header = Header(best, best + 1)
    by_name = {column.field: column for column in columns(kind)}
    for c, cell in enumerate(grid.rows[best]):
        text = str(cell).strip() if cell is not None else ""
        if not text:
            continue
        name = field_of(kind, text)
        if name is None:
            header.unknown[_fresh(text, c, header.unknown)] = c
        elif name in header.places:
            header.duplicates.append((name, header.places[name], c))
        else:
            header.places[name] = c
            header.labels[name] = " ".join(_without_tail(text).split()) or text
            _compare_unit(header, by_name[name], best, c, _tail_unit(text))
    _skip_units(header, by_name, grid)
    return header


def _fresh(text: str, place: int, taken: Mapping[str, object]) -> str:
    """Name for a user's own column that no other column of the sheet has."""
    return text if text not in taken else f"{text} ({column_letter(place)})"


def _tail_unit(text: str) -> str:
    """Unit in brackets behind a header text, if it looks like one."""
    match = _TAIL.search(text.translate(_WIDE_BRACKETS))
    return unit_of(match.group(0).strip()) if match else ""


def unit_of(text: object) -> str:
    """Unit in a cell such as ``[m3]``; nothing if the cell is not of that form."""
    match = _BRACKETED.match(str(text).strip().translate(_WIDE_BRACKETS))
    return match.group(1) if match else ""


def _same_unit(one: str, other: str) -> bool:
    table = str.maketrans({"³": "3", "²": "2", " ": None})
    return fold(one.translate(table)) == fold(other.translate(table))


@cache
def _all_units() -> frozenset[str]:
    kinds = (*CASE_SHEETS.values(), *RESULT_SHEETS.values())
    declared = {fold(column.unit) for kind in kinds for column in columns(kind)}
    return frozenset(declared | _FOREIGN_UNITS)


def _compare_unit(header: Header, column: Column, row: int, place: int, unit: str) -> None:
    """Remember a unit that is certainly another one than declared."""
    if unit and column.unit and fold(unit) in _all_units() and not _same_unit(unit, column.unit):
        header.other_units.append((column.field, row, place, unit))


def _skip_units(header: Header, by_name: Mapping[str, Column], grid: Grid) -> None:
    """Step over the line of units below the header, comparing them with the declared ones."""
    if header.first_row >= len(grid.rows):
        return
    row = grid.rows[header.first_row]
    filled = [str(cell).strip().translate(_WIDE_BRACKETS) for cell in row if str(cell).strip()]
    if not filled or not all(_BRACKETED.match(text) for text in filled):
        return
    for name, place in header.places.items():
        if place < len(row):
            _compare_unit(header, by_name[name], header.first_row, place, unit_of(row[place]))
    header.first_row += 1


def is_example(row: Sequence[object]) -> bool:
    """Whether a row is marked as an example by its first filled cell."""
    first = next((c for c in row if c is not None and str(c).strip()), None)
    return isinstance(first, str) and bool(_EXAMPLE.match(first))


def data_rows(header: Header, grid: Grid) -> tuple[list[int], list[int]]:
    """Rows with data, and rows marked as examples; blank rows belong to neither."""
    data, examples = [], []
    width = max((len(row) for row in grid.rows[:1]), default=0)
    blank = [""] * width
    for k in range(header.first_row, len(grid.rows)):
        row = grid.rows[k]
        if row == blank or not row:
            continue
        first = row[0]
        if isinstance(first, str):
            if not first.strip() and is_blank(row):
                continue
            if _EXAMPLE.match(first) or (not first.strip() and is_example(row)):
                examples.append(k)
                continue
        data.append(k)
    return data, examples

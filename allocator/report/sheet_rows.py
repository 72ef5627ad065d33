"""Many rows into a workbook, fast: written into the sheet's XML behind openpyxl's back.

openpyxl makes everything about a sheet except its data: styles, filters, conditional formats,
charts. It takes 30 to 50 microseconds a cell, though: half a minute for the result of a
province. So it gets two model rows that show each column's style (plain, and quoted for text that
looks like a formula), and the data rows are put in their place. Text is written as inline
strings, which no program takes for a formula.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from openpyxl.utils import get_column_letter

__all__ = [
    "FIRST_DATA_ROW",
    "Line",
    "clean_text",
    "filled_by_kind",
    "filled_sheets",
    "line_height",
    "looks_like_formula",
    "save_with_sheets",
    "text_width",
]

FIRST_DATA_ROW = 3
"""Data starts below the header and the units; the two model rows stand here."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
LINE_POINTS = 15.0
MOST_LINES = 20
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time stamp of every member, so that equal plans give equal bytes."""


def clean_text(text: str) -> str:
    """Leave out the characters that XML forbids."""
    return _FORBIDDEN.sub("", text)


def text_width(text: str) -> int:
    """Width of a text in characters; a Chinese one counts twice."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet might take the text for a formula when a person edits the cell."""
    return text.startswith(_FORMULA_STARTS)


def line_height(texts: Iterable[tuple[object, float]]) -> float:
    """Height of a row whose texts are broken at the widths beside them. [point]"""
    lines = 1
    for value, width in texts:
        if isinstance(value, str) and value:
            parts = value.split("\n")
            lines = max(lines, sum(max(1, ceil(text_width(part) / width)) for part in parts))
    return LINE_POINTS * min(lines, MOST_LINES)


def filled_sheets(
    content: bytes,
    rows: Mapping[int, Iterable[Sequence[object]]],
    wrapped: Mapping[int, Mapping[int, float]],
) -> dict[str, bytes]:
    """Return the sheets of a workbook with data rows put in the place of their model rows.

    Parameters
    ----------
    content
        The workbook as openpyxl saved it.
    rows
        Data rows by position of the sheet, counted from 1.
    wrapped
        Widths of the columns that are broken into lines, by position of the sheet and place of
        the column counted from 0: not every program finds the height of such a row by itself.

    Returns
    -------
    dict
        XML by name of the member in the file.
    """
    texts = _sheet_texts(content, rows)
    return {
        name: _filled(text, rows[place], wrapped.get(place, {})).encode("utf-8")
        for place, (name, text) in texts.items()
    }


def _sheet_texts(content: bytes, places: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Name and XML of some sheets of a workbook, by position counted from 1."""
    names = {place: f"xl/worksheets/sheet{place}.xml" for place in places}
    with zipfile.ZipFile(BytesIO(content)) as source:
        return {place: (name, source.read(name).decode("utf-8")) for place, name in names.items()}


class Line(NamedTuple):
    """One row of a sheet whose rows are of several kinds.

    Parameters
    ----------
    kind
        Which pair of model rows shows its style, counted from 0.
    cells
        Values by column; what is left out at the end is empty.
    height
        Height of the row, or None for the usual one. [point]
    """

    kind: int
    cells: Sequence[object]
    height: float | None = None


def filled_by_kind(
    content: bytes, first_row: int, kinds_count: int, lines: Mapping[int, Iterable[Line]]
) -> dict[str, bytes]:
    """Return the sheets of a workbook with rows of several kinds in the place of model rows.

    Parameters
    ----------
    content
        The workbook as openpyxl saved it.
    first_row
        First model row of every sheet; each kind has two, plain and quoted.
    kinds_count
        How many kinds there are.
    lines
        Rows by position of the sheet, counted from 1.

    Returns
    -------
    dict
        XML by name of the member in the file.
    """
    texts = _sheet_texts(content, lines)
    return {
        name: _filled_by_kind(text, first_row, kinds_count, lines[place]).encode("utf-8")
        for place, (name, text) in texts.items()
    }


def save_with_sheets(content: bytes, sheets: Mapping[str, bytes], path: Path) -> None:
    """Write a workbook with filled sheets in the place of its own.

    Parameters
    ----------
    content
        The workbook as openpyxl saved it.
    sheets
        XML by name of the member, from ``filled_sheets``.
    path
        File to write.
    """
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, date_time=_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            member = sheets[name] if name in sheets else source.read(name)
            target.writestr(info, member, compresslevel=5)


def _model_styles(text: str, row: int) -> tuple[str, dict[int, str]]:
    """XML of a model row, and its style by column counted from 0."""
    match = re.search(rf'<row r="{row}"[^>]*>(.*?)</row>', text, re.DOTALL)
    if match is None:
        return "", {}
    styles = {}
    for letters, attributes in re.findall(rf'<c r="([A-Z]+){row}"([^>]*)', match.group(1)):
        style = re.search(r's="(\d+)"', attributes)
        place = 0
        for letter in letters:
            place = 26 * place + ord(letter) - ord("A") + 1
        styles[place - 1] = style.group(1) if style else "0"
    return match.group(0), styles


def _filled(text: str, rows: Iterable[Sequence[object]], wrapped: Mapping[int, float]) -> str:
    plain_row, plain = _model_styles(text, FIRST_DATA_ROW)
    quoted_row, quoted = _model_styles(text, FIRST_DATA_ROW + 1)
    count = len(plain)
    heads = [f'<c r="{get_column_letter(k + 1)}' for k in range(count)]
    columns = [_TailsOfTexts(plain[k], quoted.get(k, plain[k])) for k in range(count)]
    plain_tails = [f'" s="{plain[k]}"' for k in range(count)]
    heights = _Heights(wrapped)
    parts = []
    number = FIRST_DATA_ROW - 1
    for number, values in enumerate(rows, start=FIRST_DATA_ROW):
        cells = [
            f"{heads[k]}{number}{columns[k][value]}"
            if isinstance(value, str)
            else _cell(f"{heads[k]}{number}", plain_tails[k], "", value)
            for k, value in enumerate(values)
            if value is not None and value != ""
        ]
        parts.append(f'<row r="{number}"{heights.size(values)}>{"".join(cells)}</row>')
    text = text.replace(quoted_row, "", 1).replace(plain_row, "".join(parts), 1)
    last = f"{get_column_letter(max(count, 1))}{max(number, FIRST_DATA_ROW - 1)}"
    return re.sub(r'<dimension ref="[^"]*"', f'<dimension ref="A1:{last}"', text, count=1)


class _TailsOfTexts(dict[str, str]):
    """XML of the texts of one column behind the address, each made once: codes come often.

    Parameters
    ----------
    style, quote
        Style of a text, and of one that looks like a formula.
    """

    def __init__(self, style: str, quote: str) -> None:
        super().__init__()
        self._styles = f'" s="{style}"', f'" s="{quote}"'

    def __missing__(self, text: str) -> str:
        """Make what is not known yet."""
        made = self[text] = _cell("", *self._styles, text)
        return made


class _Heights:
    """Heights of rows with texts that are broken into lines; each text is measured once.

    Parameters
    ----------
    wrapped
        Widths by place of the column.
    """

    def __init__(self, wrapped: Mapping[int, float]) -> None:
        self._wrapped = wrapped
        self._known: dict[tuple[object, ...], str] = {}

    def size(self, values: Sequence[object]) -> str:
        """XML attributes of the height of a row."""
        if not self._wrapped:
            return ""
        texts = tuple(values[k] for k in self._wrapped)
        known = self._known.get(texts)
        if known is None:
            height = line_height(zip(texts, self._wrapped.values(), strict=True))
            known = self._known[texts] = f' ht="{height:g}" customHeight="1"'
        return known


def _cell(head: str, style: str, quote: str, value: object) -> str:
    if isinstance(value, str):
        text = clean_text(value)
        chosen = quote if looks_like_formula(text) else style
        space = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
        if "_x" in text:
            # Spreadsheets read _x0041_ as a letter; the underscore itself is _x005F_.
            text = _ESCAPE.sub("_x005F_", text)
        return f'{head}{chosen} t="inlineStr"><is><t{space}>{escape(text)}</t></is></c>'
    if isinstance(value, bool):
        return f'{head}{style} t="b"><v>{int(value)}</v></c>'
    return f"{head}{style}><v>{value!r}</v></c>"


def _filled_by_kind(text: str, first_row: int, kinds_count: int, lines: Iterable[Line]) -> str:
    models = [_model_styles(text, first_row + k) for k in range(2 * kinds_count)]
    columns_count = len(models[0][1])
    letters = [get_column_letter(k + 1) for k in range(columns_count)]
    styles = [[f'" s="{found[k]}"' for k in range(columns_count)] for _, found in models]
    parts = []
    number = first_row - 1
    for number, line in enumerate(lines, start=first_row):
        plain, quoted = styles[2 * line.kind], styles[2 * line.kind + 1]
        told = len(line.cells)
        cells = [
            f'<c r="{letters[k]}{number}{plain[k]}/>'
            if k >= told or line.cells[k] is None or line.cells[k] == ""
            else _cell(f'<c r="{letters[k]}{number}', plain[k], quoted[k], line.cells[k])
            for k in range(columns_count)
        ]
        size = "" if line.height is None else f' ht="{line.height:g}" customHeight="1"'
        parts.append(f'<row r="{number}"{size}>{"".join(cells)}</row>')
    for row, _ in models[1:]:
        text = text.replace(row, "", 1)
    text = text.replace(models[0][0], "".join(parts), 1)
    last = f"{letters[-1]}{max(number, first_row - 1)}"
    return re.sub(r'<dimension ref="[^"]*"', f'<dimension ref="A1:{last}"', text, count=1)

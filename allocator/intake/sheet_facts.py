"""What the cell reader does not tell: how far a sheet reaches, formulas, errors, hidden lines.

The reader allocates the whole rectangle that a sheet's cells span, drops error cells, and shows a
formula without a stored result as an empty cell. So each sheet's XML is looked through first, with
patterns for the form that spreadsheets write and with a parser for any other form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from xml.parsers import expat

__all__ = ["SheetFacts", "read_facts", "without_strays"]

Cell = tuple[int, int]

_P = rb"(?:[A-Za-z0-9]+:)?"
_PLAIN_ROW = re.compile(rb'<row r="([0-9]{1,7})"')
_PLAIN_LETTERS = re.compile(rb'<c r="([A-Z]{1,3})[0-9]{1,7}"')
_PLAIN_LINES = re.compile(rb'<c r="[A-Z]{1,3}([0-9]{1,7})"')
_PLAIN_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^<>]*?(?:/>|>((?:(?!</?c[ >]).)*)</c>)', re.DOTALL
)
_ADDRESS = re.compile(r"^([A-Z]{1,3})([0-9]{1,7})$")
_HIDDEN = rb"\shidden\s*=\s*[\"'](?:1|true)[\"']"
_HIDDEN_ROW = re.compile(
    rb"<" + _P + rb"row\b(?=[^<>]*" + _HIDDEN + rb")[^<>]*?\sr\s*=\s*[\"'](\d+)"
)
_HIDDEN_COLUMN = re.compile(rb"<" + _P + rb"col\b(?=[^<>]*" + _HIDDEN + rb")([^<>]*)>")
_FORMULA_CELL = re.compile(
    rb"<" + _P + rb"c\b([^<>]*)>\s*<" + _P + rb"f\b[^<>]*?(?:/>|>([^<]*)</" + _P + rb"f>)\s*"
    rb"(?:<" + _P + rb"v\b[^<>]*?(?:/>|>([^<]*)<))?"
)
_ERROR_CELL = re.compile(
    rb"<" + _P + rb"c\b((?=[^<>]*\st\s*=\s*[\"']e[\"'])[^<>]*)>(.{0,4000}?)</" + _P + rb"c>",
    re.DOTALL,
)
_VALUE = re.compile(rb"<" + _P + rb"v\b[^<>]*>([^<]*)<")
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_TEXT_TYPE = re.compile(rb"\st\s*=\s*[\"']str[\"']")

MAX_COLUMNS = 16384
"""Columns a spreadsheet has."""

_GAP_LINES = 200
_GAP_COLUMNS = 60


@dataclass
class SheetFacts:
    """What is known about a sheet before its cells are read; lines and columns count from 0.

    Parameters
    ----------
    lines, columns
        How far the cells reach.
    cells
        How many cells there are.
    is_plain
        Whether every cell is written in the usual form.
    faulty
        Error cells and formulas without a result: ``{(line, column): (code, text)}``.
    hidden_rows, hidden_columns
        Lines and columns that are not shown.
    """

    lines: int = 0
    columns: int = 0
    cells: int = 0
    is_plain: bool = True
    faulty: dict[Cell, tuple[str, str]] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)


def column_number(letters: str) -> int:
    """Position of a column counted from 0: ``A`` is 0."""
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - 64
    return position - 1


def read_facts(part: bytes) -> SheetFacts:
    """Look through the XML of one sheet.

    Raises
    ------
    ValueError
        If the XML is not well formed or a cell address makes no sense.
    """
    facts = SheetFacts()
    begin, end = part.find(b"sheetData"), part.rfind(b"sheetData")
    marks = part.count(b"<c", begin, end)
    has_prefix = part.find(b":c", begin, end) >= 0
    if not has_prefix and marks == part.count(b'<c r="', begin, end):
        facts.cells = marks
        _parse(part, expat.ParserCreate())
        facts.is_plain = _bound(part, facts) or _measure_plain(part, facts)
    if has_prefix or not facts.cells or not facts.is_plain:
        facts = SheetFacts(is_plain=False)
        _measure(part, facts)
    if facts.columns > MAX_COLUMNS:
        raise ValueError("a cell lies beyond the last column")
    _find_faulty(part, facts)
    _find_hidden(part, facts)
    return facts


def _bound(part: bytes, facts: SheetFacts) -> bool:
    """Bound a narrow, dense sheet by its rows and 26 columns, without looking at each cell.

    Returns
    -------
    bool
        False if a cell may lie outside that, so that each must be looked at.
    """
    rows = _PLAIN_ROW.findall(part)
    if len(rows) != part.count(b"<row "):
        return False
    last = max(map(int, rows), default=0)
    outside = rb'<c r="(?:[A-Za-z]{2}|[^A-Za-z]|[A-Za-z](?:%b))' % _above(last)
    if 26 * last > 20 * facts.cells or re.search(outside, part):
        return False
    facts.lines, facts.columns = last, 26
    return True


def _above(number: int) -> bytes:
    """Regular expression for the start of any whole number above this one, up to its quote."""
    digits = str(number)
    larger = [f"[0-9]{{{len(digits) + 1}}}"]
    for place, digit in enumerate(digits):
        if digit != "9":
            rest = len(digits) - place - 1
            larger.append(f'{digits[:place]}[{int(digit) + 1}-9][0-9]{{{rest}}}"')
    return "|".join(larger).encode()


def _measure_plain(part: bytes, facts: SheetFacts) -> bool:
    """Measure a sheet whose cells are written in the usual form; False if some are not."""
    lines = _PLAIN_LINES.findall(part)
    if len(lines) != facts.cells:
        return False
    facts.lines = max(map(int, set(lines)), default=0)
    letters = set(_PLAIN_LETTERS.findall(part))
    facts.columns = max((column_number(one.decode()) + 1 for one in letters), default=0)
    return True


def _measure(part: bytes, facts: SheetFacts) -> None:
    """Measure a sheet that is written in an unusual form with a real parser."""
    here = [0, 0]

    def open_element(name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "row":
            here[0] = int(attributes["r"]) if "r" in attributes else here[0] + 1
            here[1] = 0
        elif kind == "c":
            facts.cells += 1
            match = _ADDRESS.match(attributes["r"]) if "r" in attributes else None
            if match:
                here[0], here[1] = int(match.group(2)), column_number(match.group(1)) + 1
            elif "r" in attributes:
                raise ValueError(f"cell address {attributes['r'][:20]!r} makes no sense")
            else:
                here[1] += 1
            facts.lines = max(facts.lines, here[0])
            facts.columns = max(facts.columns, here[1])

    parser = expat.ParserCreate()
    parser.StartElementHandler = open_element
    _parse(part, parser)


def _parse(part: bytes, parser: expat.XMLParserType) -> None:
    """Parse a sheet to its end: the cell reader is silent about XML that is not well formed."""
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error


def _find_faulty(part: bytes, facts: SheetFacts) -> None:
    """Collect error cells and formulas whose result was not stored."""
    begin, end = part.find(b"sheetData"), part.rfind(b"sheetData")
    if part.find(b"<f", begin, end) >= 0 or not facts.is_plain:
        for match in _FORMULA_CELL.finditer(part):
            attributes, formula, stored = match.groups()
            is_empty_text = stored is not None and _TEXT_TYPE.search(attributes)
            if stored or is_empty_text:
                continue
            place = _REFERENCE.search(attributes)
            if place:
                text = "=" + (formula or b"...").decode("utf-8", "replace")
                facts.faulty[_place(place)] = ("no_cached_value", text)
    if part.find(b'"e"', begin, end) >= 0 or part.find(b"'e'", begin, end) >= 0:
        for match in _ERROR_CELL.finditer(part):
            place = _REFERENCE.search(match.group(1))
            value = _VALUE.search(match.group(2))
            if place:
                text = value.group(1).decode("utf-8", "replace") if value else "#ERROR"
                facts.faulty[_place(place)] = ("error_value", text)


def _place(match: re.Match[bytes]) -> Cell:
    """Line and column of a matched reference, counted from 0."""
    return int(match.group(2)) - 1, column_number(match.group(1).decode())


def _find_hidden(part: bytes, facts: SheetFacts) -> None:
    """Collect lines and columns that are not shown."""
    if b"hidden" not in part:
        return
    facts.hidden_rows = [int(line) - 1 for line in _HIDDEN_ROW.findall(part)]
    for attributes in _HIDDEN_COLUMN.findall(part):
        first = re.search(rb"\smin\s*=\s*[\"'](\d{1,5})", attributes)
        last = re.search(rb"\smax\s*=\s*[\"'](\d{1,5})", attributes)
        if first and last:
            span = range(int(first.group(1)) - 1, min(int(last.group(1)), facts.columns))
            facts.hidden_columns.extend(span)


def without_strays(part: bytes) -> tuple[bytes, list[tuple[Cell, str]]]:
    """Cut cells that lie far outside the table from a sheet written in the usual form.

    The table ends before the first gap of 200 lines or 60 columns without a value.

    Returns
    -------
    tuple
        The XML without those cells, and the cells that had a value, with that value.
    """
    filled = [
        (int(line), column_number(letters.decode()))
        for letters, line, inside in _PLAIN_CELL.findall(part)
        if inside
    ]
    last_line = _before_gap(sorted({line for line, _ in filled}), _GAP_LINES)
    near = {column for line, column in filled if line <= last_line}
    last_column = _before_gap(sorted(near), _GAP_COLUMNS)
    strays: list[tuple[Cell, str]] = []

    def keep(match: re.Match[bytes]) -> bytes:
        line, column = int(match.group(2)), column_number(match.group(1).decode())
        if line <= last_line and column <= last_column:
            return match.group(0)
        if match.group(3):
            text = re.sub(rb"<[^<>]*>", b"", match.group(3)).decode("utf-8", "replace")
            strays.append(((line - 1, column), text))
        return b""

    return _PLAIN_CELL.sub(keep, part), strays


def _before_gap(places: list[int], gap: int) -> int:
    """Last of the sorted places before the first gap."""
    if not places:
        return 0
    for before, after in pairwise(places):
        if after - before > gap:
            return before
    return places[-1]

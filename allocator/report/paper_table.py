"""Tables on paper: columns as wide as need be, cells broken into lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from allocator.report.order_table import BLOCK, SIGN, SUM
from allocator.report.paper_text import broken, printable, width

__all__ = [
    "LEADING",
    "SIZE",
    "TICK",
    "Cell",
    "PaperColumn",
    "PaperRow",
    "PaperTable",
    "SetRow",
]

SIZE, LEADING = 8.0, 9.8
"""Size of the letters and distance of the lines. [point]"""

ROW_PAD, COLUMN_PAD = 4.0, 6.0
"""Room above and below, left and right of what is in a cell, together. [point]"""

TICK = "□"
"""Is drawn as a box to be ticked by hand."""

SIGN_LINES = 3
FLEXIBLE_LEAST = 7.0
"""Width that a column of texts keeps at least, over the size of the letters."""

Cell = str | tuple[str, ...]
"""One text beside all entries of the row, or one for each entry."""


@dataclass(frozen=True)
class PaperColumn:
    """One column.

    Parameters
    ----------
    header, unit
        Words at its head.
    side
        Where its values stand.
    is_flexible
        Whether its values may be broken into lines.
    """

    header: str
    unit: str = ""
    side: Literal["left", "center", "right"] = "left"
    is_flexible: bool = False


class PaperRow(NamedTuple):
    """One row.

    Parameters
    ----------
    kind
        Kind of line, as in ``order_table``; block and signature are one text over all columns.
    cells
        By column.
    tight
        Columns to be marked.
    """

    kind: int
    cells: tuple[Cell, ...]
    tight: tuple[int, ...] = ()


class SetRow(NamedTuple):
    """A row broken into lines.

    Parameters
    ----------
    kind
        Kind of line.
    pieces
        Column, line counted from 0, text.
    lines
        How many lines it is high.
    tight
        Columns to be marked.
    """

    kind: int
    pieces: list[tuple[int, int, str]]
    lines: int
    tight: tuple[int, ...]

    @property
    def height(self) -> float:
        """Height with room above and below. [point]"""
        return self.lines * LEADING + ROW_PAD


@dataclass
class PaperTable:
    """Columns and rows.

    Parameters
    ----------
    columns
        Its columns.
    rows
        Its rows.
    title
        Stands once above it.
    widths
        Of the columns; see ``fit``. [point]
    """

    columns: tuple[PaperColumn, ...] = ()
    rows: list[PaperRow] = field(default_factory=list)
    title: str = ""
    widths: tuple[float, ...] = ()

    def add(self, kind: int, *cells: Cell, tight: tuple[int, ...] = ()) -> None:
        """Add a row."""
        self.rows.append(PaperRow(kind, cells, tight))

    def natural_widths(self) -> list[tuple[float, float]]:
        """Widths that columns need at least, and those at which nothing is broken. [point]"""
        most = [SIZE * _head_width(column) for column in self.columns]
        least = list(most)
        # Most texts stand in many rows.
        for k, told in enumerate(self._distinct()):
            for text, is_bold in told:
                size = SIZE * _widest(text, is_bold=is_bold)
                most[k] = max(most[k], size)
                if not self.columns[k].is_flexible:
                    least[k] = max(least[k], size)
        for k, column in enumerate(self.columns):
            if column.is_flexible:
                least[k] = min(most[k], max(least[k], SIZE * FLEXIBLE_LEAST))
        return [
            (low + COLUMN_PAD, high + COLUMN_PAD) for low, high in zip(least, most, strict=True)
        ]

    def _distinct(self) -> list[set[tuple[str, bool]]]:
        """Texts of each column, and whether they are set in bold."""
        found: list[set[tuple[str, bool]]] = [set() for _ in self.columns]
        for row in self.rows:
            if row.kind not in (BLOCK, SIGN):
                is_bold = row.kind == SUM
                for told, cell in zip(found, row.cells, strict=False):
                    told.update((text, is_bold) for text in _texts(cell))
        return found

    def fit(self, room: float, alike: Sequence[PaperTable] = ()) -> None:
        """Choose the widths of this table, and of others with the same columns.

        Parameters
        ----------
        room
            Width of the page within its margins. [point]
        alike
            Tables that get the same widths.
        """
        tables = (self, *alike)
        needs = [table.natural_widths() for table in tables]
        least = [max(need[k][0] for need in needs) for k in range(len(self.columns))]
        most = [max(need[k][1] for need in needs) for k in range(len(self.columns))]
        grows = [column.is_flexible for column in self.columns]
        chosen = tuple(_shared(least, most, grows, room))
        for table in tables:
            table.widths = chosen

    def head_lines(self) -> tuple[int, ...]:
        """How many lines the words of each head take; units follow below."""
        return tuple(map(len, self._heads()))

    def _heads(self) -> list[tuple[str, ...]]:
        return [
            broken(printable(column.header), room, is_bold=True) if column.header else ()
            for column, room in zip(self.columns, self._rooms(), strict=True)
        ]

    def _rooms(self) -> list[float]:
        """Widths within the columns over the size of the letters."""
        return [(width - COLUMN_PAD + 0.01) / SIZE for width in self.widths]

    def set_head(self) -> SetRow:
        """The row of heads and units, broken into lines."""
        pieces, lines = [], 0
        columns = zip(self.columns, self._heads(), self._rooms(), strict=True)
        for k, (column, head, room) in enumerate(columns):
            units = printable(f"[{column.unit}]").split("\n") if column.unit else []
            told = [*head, *(line for unit in units for line in broken(unit, room))]
            pieces += [(k, n, text) for n, text in enumerate(told)]
            lines = max(lines, len(told))
        return SetRow(-1, pieces, lines, ())

    def set_title(self, room: float) -> Iterator[SetRow]:
        """The title, broken into lines, if there is one."""
        if self.title:
            yield self._set(PaperRow(BLOCK, (self.title,)), room, ())

    def set_rows(self, room: float, most_lines: int) -> Iterator[SetRow]:
        """Break the rows into lines, and those higher than a page into several.

        Parameters
        ----------
        room
            Width of the page within its margins. [point]
        most_lines
            Lines that a page has room for below the heads.
        """
        rooms = self._rooms()
        for row in self.rows:
            done = self._set(row, room, rooms)
            if done.lines <= most_lines:
                yield done
            else:
                yield from _pieces_of(done, most_lines)

    def _set(self, row: PaperRow, room: float, rooms: Sequence[float]) -> SetRow:
        if row.kind in (BLOCK, SIGN):
            (text,) = _texts(row.cells[0])
            is_bold = row.kind == BLOCK
            lines = broken(printable(text), (room - COLUMN_PAD) / SIZE, is_bold=is_bold)
            # There must be room for a hand above a line to be signed.
            skipped = SIGN_LINES - 1 if row.kind == SIGN else 0
            pieces = [(0, skipped + n, line) for n, line in enumerate(lines)]
            return SetRow(row.kind, pieces, skipped + len(lines), ())
        return _set_cells(row, rooms)


def _set_cells(row: PaperRow, rooms: Sequence[float]) -> SetRow:
    """Break the cells into lines, entry by entry."""
    is_bold = row.kind == SUM
    pieces: list[tuple[int, int, str]] = []
    entries: dict[int, list[tuple[str, ...]]] = {}
    height = 1
    for k, cell in enumerate(row.cells):
        if isinstance(cell, tuple):
            entries[k] = [broken(printable(t), rooms[k], is_bold=is_bold) for t in cell]
        elif cell:
            lines = broken(printable(cell), rooms[k], is_bold=is_bold)
            pieces += [(k, n, line) for n, line in enumerate(lines)]
            height = max(height, len(lines))
    start = 0
    for e in range(max(map(len, entries.values()), default=0)):
        tallest = 1
        for k, told in entries.items():
            if e < len(told):
                pieces += [(k, start + n, line) for n, line in enumerate(told[e])]
                tallest = max(tallest, len(told[e]))
        start += tallest
    return SetRow(row.kind, pieces, max(height, start), row.tight)


def _texts(cell: Cell) -> tuple[str, ...]:
    return cell if isinstance(cell, tuple) else (cell,)


def _widest(text: str, *, is_bold: bool) -> float:
    """Width of the longest line over the size of the letters."""
    lines = printable(text).split("\n")
    return max(width(line, is_bold=is_bold) for line in lines)


def _head_width(column: PaperColumn) -> float:
    """Width at which a head breaks between words only; a Chinese one into two lines."""
    longest = 0.0
    for text, is_bold in (
        (column.header, True),
        (f"[{column.unit}]" if column.unit else "", False),
    ):
        words = printable(text).split()
        for word in words:
            size = width(word, is_bold=is_bold)
            longest = max(longest, size if word.isascii() else min(size, max(2.0, size / 2 + 0.5)))
    return longest


def _shared(least: list[float], most: list[float], grows: list[bool], room: float) -> list[float]:
    """Give every column what it needs at least, and of the rest first to those that want little.

    What is left over goes to columns of texts.
    """
    spare = room - sum(least)
    if spare <= 0:
        return [width * room / sum(least) for width in least]
    widths = list(least)
    wishes = sorted((high - low, k) for k, (low, high) in enumerate(zip(least, most, strict=True)))
    for place, (wish, k) in enumerate(wishes):
        given = min(wish, spare / (len(wishes) - place))
        widths[k] += given
        spare -= given
    takers = [k for k, grown in enumerate(grows) if grown] or list(range(len(widths)))
    for k in takers:
        widths[k] += spare / len(takers)
    return widths


def _pieces_of(row: SetRow, most_lines: int) -> Iterator[SetRow]:
    """Part a row that no page can hold; what follows repeats its first texts, marked as such."""
    first = {k: text for k, n, text in reversed(row.pieces) if n == 0 and text != TICK}
    key = min(first, default=0)
    room = max(1, most_lines - 1)
    for start in range(0, row.lines, room):
        pieces = [(k, n - start, text) for k, n, text in row.pieces if start <= n < start + room]
        if start and row.kind not in (BLOCK, SIGN):
            pieces = [(k, n + 1, text) for k, n, text in pieces]
            pieces.append((key, 0, f"({first[key]})"))
        lines = 1 + max((n for _, n, _ in pieces), default=0)
        yield SetRow(row.kind, pieces, lines, row.tight)

"""A printable document: sections of tables on A4 paper, written as PDF.

ReportLab keeps the objects, fonts and bookmarks of the file; what a page shows is written as
operations of PDF, since its own way takes ten times as long and orders have thousands of pages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from allocator.report.order_table import BLOCK, DATA, SIGN, SUM
from allocator.report.paper_layout import HEAD_GAP, TablePart, table_pages
from allocator.report.paper_table import (
    COLUMN_PAD,
    LEADING,
    ROW_PAD,
    SIZE,
    TICK,
    PaperTable,
    SetRow,
)
from allocator.report.paper_text import (
    CHINESE,
    LATIN,
    LATIN_BOLD,
    printable,
    runs,
    shortened,
    width,
)

__all__ = ["ROOM", "PaperSection", "PaperWords", "write_paper"]

PAPER = (841.89, 595.28)
"""A4, landscape. [point]"""

LEFT, RIGHT, TOP, BOTTOM = 36.0, 30.0, 64.0, 34.0
"""Margins; the left one is wide enough to be punched. [point]"""

ROOM = PAPER[0] - LEFT - RIGHT
"""Width between the margins. [point]"""

HEIGHT = PAPER[1] - TOP - BOTTOM
TITLE_SIZE = 12.0
FOOT_SIZE = 7.0
TICK_SIZE = 6.0
BASELINE = 0.75
"""Of a line of text below its upper edge, over the size of the letters."""

GREY, LIGHT, BLUE, AMBER = 0.35, 0.94, (0.87, 0.92, 0.97), (1.0, 0.88, 0.55)
MOST_ROUNDS = 5

BOLD = 0.02
"""Line around a Chinese letter that stands for a bold one, over the size of the letters."""


@dataclass(frozen=True)
class PaperWords:
    """What stands on every page.

    Parameters
    ----------
    title
        Title of the document, upper left.
    foot
        What the pages belong to, below.
    page
        How pages are counted, with ``number`` and ``count`` in braces.
    sheet
        The same within a section.
    """

    title: str
    foot: str
    page: str
    sheet: str


@dataclass(frozen=True)
class PaperSection:
    """What begins on a new page.

    Parameters
    ----------
    key
        By which the contents find its first page.
    title
        Named on each of its pages and in the bookmarks.
    tables
        What it holds, with widths.
    level
        Depth of its bookmark.
    """

    key: str
    title: str
    tables: tuple[PaperTable, ...]
    level: int = 0


@dataclass(frozen=True)
class _Page:
    """One page before it is drawn: its section, its place in it, what stands on it."""

    section: PaperSection
    number: int
    count: int
    parts: list[TablePart]


def write_paper(
    path: Path,
    words: PaperWords,
    contents: Callable[[Mapping[str, int]], PaperSection],
    sections: Sequence[PaperSection],
) -> int:
    """Write a document.

    Parameters
    ----------
    path
        PDF file to write.
    words
        What stands on every page.
    contents
        Makes the first section from the first pages of the others, by their keys.
    sections
        The others.

    Returns
    -------
    int
        How many pages it has.
    """
    from reportlab import rl_config
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfgen.canvas import Canvas

    registerFont(UnicodeCIDFont(CHINESE))
    # Pages as letters of ASCII take a quarter more room and half of the time.
    rl_config.useA85 = 0
    own = [_pages_of(section) for section in sections]
    front = _front(contents, sections, [len(pages) for pages in own])
    pages = [page for group in (front, *own) for page in group]
    # Without the clock, so that equal plans give equal files.
    canvas = Canvas(str(path), pagesize=PAPER, pageCompression=1, invariant=1)
    canvas.setTitle(words.title)
    canvas.setCreator("reserve-allocator")
    for place, page in enumerate(pages, start=1):
        if page.number == 1:
            canvas.bookmarkPage(page.section.key)
            canvas.addOutlineEntry(page.section.title, page.section.key, page.section.level)
        _draw(canvas, words, page, place, len(pages))
        canvas.showPage()
    canvas.save()
    return len(pages)


def _pages_of(section: PaperSection) -> list[_Page]:
    parts = list(table_pages(section.tables, ROOM, HEIGHT))
    return [_Page(section, n, len(parts), part) for n, part in enumerate(parts, start=1)]


def _front(
    contents: Callable[[Mapping[str, int]], PaperSection],
    sections: Sequence[PaperSection],
    counts: Sequence[int],
) -> list[_Page]:
    """Pages of the contents, whose own number shifts the pages they name."""
    length = 1
    for _ in range(MOST_ROUNDS):
        first, starts = length + 1, {}
        for section, count in zip(sections, counts, strict=True):
            starts[section.key] = first
            first += count
        pages = _pages_of(contents(starts))
        if len(pages) == length:
            break
        length = len(pages)
    return pages


class _Ink:
    """Operations of one page, gathered by font, since changing it takes most of the room."""

    def __init__(self) -> None:
        self._shapes: list[str] = []
        self._texts: dict[tuple[str, float, float], list[str]] = defaultdict(list)

    def box(self, x: float, y: float, across: float, along: float, colour: Any) -> None:
        """Fill a box."""
        told = f"{colour:g} g" if isinstance(colour, float) else "{:g} {:g} {:g} rg".format(*colour)
        self._shapes.append(f"{told} {x:.2f} {y:.2f} {across:.2f} {along:.2f} re f")

    def line(self, y: float, thickness: float, grey: float) -> None:
        """Draw a line from margin to margin."""
        self._shapes.append(
            f"{grey:g} G {thickness:g} w {LEFT:.2f} {y:.2f} m {LEFT + ROOM:.2f} {y:.2f} l S"
        )

    def tick(self, x: float, y: float) -> None:
        """Draw a box to be ticked."""
        self._shapes.append(f"0 G 0.6 w {x:.2f} {y:.2f} {TICK_SIZE:g} {TICK_SIZE:g} re S")

    def text(
        self, x: float, y: float, text: str, size: float, *, is_bold: bool = False, grey: float = 0
    ) -> None:
        """Write a printable text of one line."""
        for font, told, advance in _shown(text, is_bold=is_bold):
            move = f"1 0 0 1 {x:.2f} {y:.2f} Tm {told} Tj"
            if is_bold and font == CHINESE:
                # There is no bold letter by that name: a line around the letter will do.
                move = f"2 Tr {BOLD * size:.2f} w {grey:g} G {move} 0 Tr"
            self._texts[font, size, grey].append(move)
            x += size * advance

    def put_on(self, canvas: Any) -> None:
        """Hand the operations over, shapes first."""
        canvas.addLiteral("q " + "\n".join(self._shapes) + " Q")
        for (font, size, grey), told in self._texts.items():
            canvas.setFont(font, size)
            canvas.addLiteral(f"{grey:g} g BT\n" + "\n".join(told) + "\nET")


@lru_cache(maxsize=200_000)
def _shown(text: str, *, is_bold: bool) -> tuple[tuple[str, str, float], ...]:
    """Parts of a text: font, letters as PDF has them, width over the size of the letters."""
    latin = LATIN_BOLD if is_bold else LATIN
    if text.isascii():
        told = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        return ((latin, f"({told})", 0.0),)
    return tuple(
        (
            latin if is_latin else CHINESE,
            f"<{part.encode('cp1252' if is_latin else 'utf-16-be').hex()}>",
            width(part, is_bold=is_bold),
        )
        for is_latin, part in runs(text)
    )


def _draw(canvas: Any, words: PaperWords, page: _Page, place: int, count: int) -> None:
    ink = _Ink()
    _draw_frame(ink, words, page, place, count)
    y = PAPER[1] - TOP
    for part in page.parts:
        if part is not page.parts[0]:
            y -= HEAD_GAP
        for row in (*part.above, *part.rows):
            _draw_row(ink, part.table, row, y)
            y -= row.height
        ink.line(y, 0.5, GREY)
    ink.put_on(canvas)


def _draw_frame(ink: _Ink, words: PaperWords, page: _Page, place: int, count: int) -> None:
    """Write the running head and the foot."""
    upper, lower = PAPER[1] - 30, PAPER[1] - 47
    right = LEFT + ROOM
    told = printable(words.page.format(number=place, count=count))
    taken = SIZE * width(told)
    ink.text(right - taken, upper, told, SIZE)
    ink.text(LEFT, upper, shortened(printable(words.title), (ROOM - taken) / SIZE - 2), SIZE)
    sheet = printable(words.sheet.format(number=page.number, count=page.count))
    taken = SIZE * width(sheet)
    ink.text(right - taken, lower, sheet, SIZE)
    title = shortened(printable(page.section.title), (ROOM - taken) / TITLE_SIZE - 2, is_bold=True)
    ink.text(LEFT, lower, title, TITLE_SIZE, is_bold=True)
    ink.line(lower - 6, 1.0, 0.0)
    foot = shortened(printable(words.foot), ROOM / FOOT_SIZE)
    ink.text(LEFT, BOTTOM - 14, foot, FOOT_SIZE, grey=GREY)


def _draw_row(ink: _Ink, table: PaperTable, row: SetRow, y: float) -> None:
    """Draw a row whose upper edge is given."""
    is_head = row.kind < 0
    is_bold = row.kind in (BLOCK, SUM)
    if is_head or row.kind in (BLOCK, SUM):
        ink.box(LEFT, y - row.height, ROOM, row.height, BLUE if row.kind == BLOCK else LIGHT)
    if row.kind in (DATA, SUM, SIGN):
        ink.line(y, 0.3, 0.6)
    is_whole = row.kind in (BLOCK, SIGN)
    widths = (ROOM,) if is_whole else table.widths
    lefts = [LEFT, *(LEFT + place for place in accumulate(widths))]
    for k in row.tight:
        ink.box(lefts[k] + 1, y - row.height + 1, widths[k] - 2, row.height - 2, AMBER)
    heads = table.head_lines() if is_head else ()
    for k, line, text in row.pieces:
        base = y - ROW_PAD / 2 - line * LEADING - SIZE * BASELINE - 1
        bold = is_bold or (is_head and line < heads[k])
        side = "left" if is_whole else table.columns[k].side
        if text == TICK:
            ink.tick(lefts[k] + COLUMN_PAD / 2, base - 0.5)
            continue
        x = lefts[k] + COLUMN_PAD / 2
        if side != "left":
            spare = widths[k] - COLUMN_PAD - SIZE * width(text, is_bold=bold)
            x += spare if side == "right" else spare / 2
        ink.text(x, base, text, SIZE, is_bold=bold)

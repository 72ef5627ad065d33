"""Which rows of which tables stand on which page; heads are repeated, rows stay in one piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from allocator.report.order_table import BLOCK, SIGN
from allocator.report.paper_table import LEADING, ROW_PAD, PaperTable, SetRow

__all__ = ["HEAD_GAP", "TablePart", "table_pages"]

HEAD_GAP = 10.0
"""Room between two tables. [point]"""


class TablePart(NamedTuple):
    """Rows of a table that stand on one page.

    Parameters
    ----------
    table
        The table.
    above
        Its title, on the first page only, and its heads.
    rows
        The rows.
    """

    table: PaperTable
    above: tuple[SetRow, ...]
    rows: list[SetRow]


def table_pages(
    tables: Iterable[PaperTable], room: float, height: float
) -> Iterator[list[TablePart]]:
    """Share tables out on pages; heads are repeated, no row is parted.

    Parameters
    ----------
    tables
        One below the other.
    room, height
        Of a page within its margins. [point]
    """
    page: list[TablePart] = []
    left = height
    for table in tables:
        head = table.set_head()
        above = (*table.set_title(room), head)
        body = height - sum(row.height for row in above)
        part: TablePart | None = None
        for bundle in _bundles(table.set_rows(room, int((body - ROW_PAD) / LEADING)), body):
            needed = sum(row.height for row in bundle)
            if part is not None and needed > left:
                part, above = None, (head,)
                yield page
                page, left = [], height
            if part is None:
                top = sum(row.height for row in above)
                gap = HEAD_GAP if page else 0.0
                if page and gap + top + needed > left:
                    yield page
                    page, left, gap = [], height, 0.0
                part = TablePart(table, above, [])
                page.append(part)
                left -= gap + top
            part.rows.extend(bundle)
            left -= needed
    if page:
        yield page


def _bundles(rows: Iterable[SetRow], height: float) -> Iterator[list[SetRow]]:
    """Rows that stay together: a title with what follows, a line to be signed with what it is for.

    What is higher than a page together is parted after all.
    """
    bundle: list[SetRow] = []
    for row in rows:
        joins = bool(bundle) and (bundle[-1].kind == BLOCK or row.kind == SIGN)
        if joins and sum(one.height for one in bundle) + row.height <= height:
            bundle.append(row)
            continue
        if bundle:
            yield bundle
        bundle = [row]
    if bundle:
        yield bundle

"""Orders of one warehouse or one trip: nothing in them sums over what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.engine.dispatch import dispatch
from allocator.report.order_books import order_books
from allocator.report.order_paper_tables import manifest_tables
from allocator.report.order_parts import part_of_book
from allocator.report.order_sheets import order_sheets
from allocator.report.order_workbook import write_order_workbook
from allocator.report.orders import OrderBook
from allocator.solver import SolveOptions
from tests.tiny import build_case, build_tables

OPTIONS = SolveOptions(gap=1e-4, time_limit_seconds=10.0)


@pytest.fixture(scope="module")
def book() -> OrderBook:
    """Orders of the tiny flood, whose trips must not set off alone."""
    tables = build_tables()
    tables["Hours"] = [{"kind": "convoy", "amount": 2}]
    case = build_case(tables)
    (found,) = order_books(case, dispatch(case, "flood", options=OPTIONS), ["flood"])
    return found


def test_a_part_has_the_trips_that_are_wanted_in_their_order(book: OrderBook) -> None:
    """Nothing else of the orders changes, not even the place at the dock."""
    first = book.trips[0].trip.warehouse
    part = part_of_book(book, lambda order: order.trip.warehouse == first)

    assert part.trips == tuple(order for order in book.trips if order.trip.warehouse == first)
    assert part.digest == book.digest


def test_a_part_says_nothing_of_districts_and_docks(book: OrderBook) -> None:
    """Sheets and tables whose sums would be short of trips are left out."""
    part = part_of_book(book, lambda order: order is book.trips[0])

    whole, own = order_sheets(book, "en"), order_sheets(part, "en")
    assert [sheet.title for sheet in own] == [whole[k].title for k in (0, 1, 4)]
    assert [len(tables) for _, tables in manifest_tables(part, "en")] == [1]
    assert {len(tables) for _, tables in manifest_tables(book, "en")} == {2}


def test_who_sets_off_together_is_told_also_to_one_of_them(book: OrderBook) -> None:
    """A driver who gets one order must know that the others wait."""
    assert book.convoys
    trip, others = next(iter(book.convoys.items()))
    part = part_of_book(book, lambda order: order.trip.trip == trip)

    assert part.convoys[trip] == others
    told = " ".join(str(cell) for line in order_sheets(part, "en")[1].lines for cell in line[1:])
    assert others[0] in told


def test_a_part_is_written(book: OrderBook, tmp_path: Path) -> None:
    """A workbook of one trip opens in both languages."""
    part = part_of_book(book, lambda order: order is book.trips[0])
    for lang in ("en", "zh"):
        path = tmp_path / f"{lang}.xlsx"
        write_order_workbook(part, path, "zh" if lang == "zh" else "en")
        assert path.read_bytes().startswith(b"PK")

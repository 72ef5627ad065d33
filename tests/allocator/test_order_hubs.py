"""Orders of a plan with hubs: legs are ordered like trips, with the hub in the district's place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocator.engine.dispatch import dispatch
from allocator.orders import write_orders
from allocator.report.order_books import order_books
from allocator.report.order_map import map_data
from allocator.report.order_paper import write_order_paper
from allocator.report.order_rests import RestStops, rest_words
from allocator.report.order_sheets import order_sheets
from allocator.report.orders import OrderBook
from allocator.report.outlines import choose_outlines
from allocator.report.summary import summarise
from allocator.report.words import Language
from allocator.solver import SolveOptions
from tests.allocator.paper_pages import read_pages
from tests.hub_cases import hand_tables
from tests.tiny import build_case

OPTIONS = SolveOptions(gap=1e-4, time_limit_seconds=10.0)


@pytest.fixture(scope="module")
def book() -> OrderBook:
    """Orders of the example of the docs, in which the truck's second load waits for nothing."""
    case = build_case(hand_tables())
    (found,) = order_books(case, dispatch(case, "flood", options=OPTIONS), ["flood"])
    return found


def test_legs_are_in_the_trip_list_and_the_manifests(book: OrderBook) -> None:
    """The train is loaded at W for the hub; the hub's manifest has what goes on."""
    assert [(order.trip.trip[-5:], order.trip.district) for order in book.by_warehouse["W"]] == [
        ("L0001", "H")
    ]
    assert [order.trip.district for order in book.by_warehouse["H"]] == ["450101", "450101"]
    assert book.hubs == ("H",)
    assert book.districts == ("450101",)
    (into,) = book.by_district["H"]
    assert (into.district_name, into.trip.unload_end_hours) == ("铁路货场", 5)
    assert [(load.item.item, load.load_units, load.lot) for load in into.loads] == [
        ("TENT", 10, "A")
    ]


def test_the_latest_start_of_a_leg_is_when_its_goods_are_wanted(book: OrderBook) -> None:
    """Tents ready at 6 are loaded at 6; where the first truck goes at 8 the train has 2 hours."""
    (leg,) = book.by_warehouse["W"]
    assert leg.slack_hours == 0
    tables = hand_tables()
    tables["Fleets"][1]["available_from_hours"] = 8
    case = build_case(tables)
    (later,) = order_books(case, dispatch(case, "flood", options=OPTIONS), ["flood"])
    (leg,) = later.by_warehouse["W"]
    start = leg.trip.load_start_hours
    assert start + leg.slack_hours == 2


def test_every_sheet_and_the_map_know_the_leg(book: OrderBook) -> None:
    """Sheets have the leg's line, docks its load start, the map the hub as a place."""
    for sheet in order_sheets(book, "en")[:4]:
        assert any("H" in str(cell) for line in sheet.lines for cell in line[1:]), sheet.title
    shown = map_data(book, choose_outlines(book.case, None), "zh")
    assert [place["code"] for place in shown["districts"]] == ["450101", "H"]
    assert sorted(trip[1] for trip in shown["trips"]) == [0, 0, 1]


def test_files_are_written(book: OrderBook, tmp_path: Path) -> None:
    """GeoJSON names the hub apart from districts; workbook and paper are there."""
    (written,) = write_orders(book.case, book.facts.plan, tmp_path)
    assert all(path.stat().st_size > 500 for path in written.files)
    features = json.loads(written.lines.read_text(encoding="utf-8"))["features"]
    ends = {row["id"][-5:]: (row["properties"]["district"], row["properties"]["hub"])
            for row in features}  # fmt: skip
    assert ends == {"-0001": ("450101", None), "-0002": ("450101", None), "L0001": (None, "H")}
    (leg,) = (row for row in features if row["id"].endswith("L0001"))
    assert leg["geometry"]["coordinates"] == [[110.0, 28.0], [110.0, 24.0]]


def test_the_cover_counts_goods_once(book: OrderBook, tmp_path: Path) -> None:
    """Ten tents of 60 kg reach the district, 600 kg; the train that brings them is told apart."""
    path = tmp_path / "orders.pdf"
    write_order_paper(book, path, "en")
    pages = read_pages(path)
    cover = " ".join(pages[0].lines)
    assert "trips: 2; 600 kg, 2.00 m3; warehouses: 2, districts: 1" in cover
    assert "besides, trips that bring 600 kg, 2.00 m3 to hubs: 1" in cover
    (leg,) = book.by_warehouse["W"]
    assert rest_words(book, RestStops(book.case, book.scenario), leg, "en") == "as told in Legs"


def test_the_summary_tells_the_legs(book: OrderBook) -> None:
    """The line of the scenario says how many trips go to which hub, and on from there."""
    wanted: dict[Language, str] = {
        "en": "1, to 铁路货场; of the others 2",
        "zh": "1 车次运往中转站",
    }
    for lang, words in wanted.items():
        lines = summarise(book.facts, lang)
        assert any(words in line.sentence for line in lines), lang

"""Orders of the example plan, worked out by hand: facts and sheets."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from allocator.case import Case
from allocator.orders import write_orders
from allocator.plan import Plan
from allocator.report.order_books import order_books
from allocator.report.order_table import BLOCK, DATA, SUM, WIDEST, OrderSheet, added
from allocator.report.order_words import ORDER_WORDS
from allocator.report.order_workbook import FIRST_LINE, write_order_workbook
from allocator.report.orders import OrderBook, sums_by_item
from allocator.report.sheet_rows import LINE_POINTS
from allocator.report.trip_lines import trip_lines
from tests.allocator.replay_example import build_plan, build_results, example_case
from tests.tiny import build_case, build_tables

Cells = list[tuple[Any, ...]]
Books = dict[str, Any]


def at(text: str) -> datetime:
    """A clock time as a spreadsheet holds it."""
    return datetime.fromisoformat(text)


def book_of(case: Case, plan: Plan, scenario: str) -> OrderBook:
    """Orders of one scenario."""
    (book,) = order_books(case, plan, (scenario,))
    return book


def lines_of(sheet: Any) -> Cells:
    """Values below the heads, clock times to the second."""
    rows = sheet.iter_rows(min_row=FIRST_LINE, values_only=True)
    return [tuple(_to_second(value) for value in row) for row in rows]


def _to_second(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    return round(value, 6) if isinstance(value, float) else value


@pytest.fixture(scope="module")
def flood() -> OrderBook:
    """Orders of the flood."""
    return book_of(example_case(), build_plan(), "flood")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the English orders of both scenarios."""
    place = tmp_path_factory.mktemp("orders")
    write_orders(example_case(), build_plan(), place)
    return place


@pytest.fixture(scope="module")
def books(folder: Path) -> Books:
    """The English workbooks by scenario, as read back."""
    codes = ("flood", "quake")
    return {code: openpyxl.load_workbook(folder / f"{code}-orders.xlsx") for code in codes}


# Facts ----------------------------------------------------------------------------------------


def test_trips_are_sorted_and_take_turns_at_the_dock(flood: OrderBook) -> None:
    """By warehouse and load start; of the two at 1 h the truck has an hour less of slack."""
    found = [(order.trip.trip, order.dock_order) for order in flood.trips]
    assert found == [("F2", 1), ("F1", 2), ("F3", 1), ("F6", 1), ("F4", 1), ("F5", 1), ("F7", 1)]


def test_chains_are_those_of_the_case(flood: OrderBook) -> None:
    """Own district waits for step 1, the province for step 2, another one for the whole CROSS."""
    found = {
        (chain.label, chain.release_hours): [order.trip.trip for order in orders]
        for chain, orders in flood.by_chain.items()
    }
    assert found == {
        ("LOCAL: 1", 0.5): ["F1", "F2", "F4", "F5"],
        ("LOCAL: 1, 2", 1.5): ["F3", "F6"],
        ("CROSS: 1, 2a, 2b, 3", 5.0): ["F7"],
    }


def test_districts_get_trips_in_the_order_of_unloading() -> None:
    """The van is unloaded an hour before the truck, whatever their numbers are."""
    results = build_results()
    for row in (*results["Dispatch_Trips"], *results["Loading_List"]):
        row["trip"] = {"F1": "F9"}.get(row["trip"], row["trip"])
    found = book_of(example_case(), build_plan(results), "flood").by_district["450101"]
    assert [order.trip.trip for order in found] == ["F9", "F2"]


@pytest.mark.parametrize("text", ["2026-07-01T08:00:00", "2026-07-01T00:00:00+00:00"])
def test_clock_is_that_of_shanghai(text: str) -> None:
    """A time without an offset is read as +08:00; midnight in Greenwich is eight o'clock."""
    tables = build_tables()
    tables["Scenarios"][0]["event_time"] = text
    clock = book_of(build_case(tables), build_plan(), "flood").clock(2.5)
    assert clock is not None
    assert clock.isoformat() == "2026-07-01T10:30:00+08:00"


def test_sums_by_item(flood: OrderBook) -> None:
    """W1 sends 20 + 30 tents and 400 + 50 boxes."""
    sums = sums_by_item(flood.by_warehouse["W1"])
    told = [(load.item.item, load.load_units, load.weight_kg, load.volume_m3) for load in sums]
    assert told == [("TENT", 50, 3000, 10), ("WATER", 450, 4500, 11.25)]


def test_docks_follow_warehouse_then_size_under_the_plan() -> None:
    """W3 has 3 of its own, W1 class S; W2 was given class L; without either there is no limit."""
    results = build_results()
    results["Open_Warehouses"][1]["size_class"] = "L"
    assert book_of(example_case(), build_plan(results), "flood").docks.plain == {
        "W1": 2,
        "W2": 4,
        "W3": 3,
    }
    tables = build_tables()
    del tables["Warehouses"][2]["docks_per_hour"]
    tables["Size_Classes"][0]["docks_per_hour"] = 0.5
    found = book_of(build_case(tables), build_plan(), "flood").docks.plain
    assert found == {"W1": 1, "W2": 1, "W3": None}


# Workbook -------------------------------------------------------------------------------------


def test_trips_on_both_clocks(books: Books) -> None:
    """Q1 of the quake at 23:30, ordered an hour later: every hour from both, and by the clock."""
    rows = {row[0]: row for row in lines_of(books["quake"]["Trips"])}
    assert list(rows) == ["Q1", "Q2", "Q3"]
    row = rows["Q1"]
    assert row[1:9] == ("W1", "甲区储备库", 1, "TRUCK", "厢式货车", 2, "450102", "乙县")
    assert row[9:16] == (
        at("2026-01-11 01:00"),
        at("2026-01-11 01:30"),
        at("2026-01-11 02:30"),
        at("2026-01-11 05:30"),
        at("2026-01-11 06:30"),
        at("2026-01-11 09:30"),
        at("2026-01-12 18:30"),
    )
    assert row[16] == 41
    assert row[17:24] == (1.5, 2, 3, 6, 7, 10, 43)
    assert row[24:31] == (0.5, 1, 2, 5, 6, 9, 42)
    crew = "drivers: 2, 30 min after 4 h"
    assert row[31:] == (120, 6300, 17.25, "LOCAL: 1, 2", crew)


def test_minutes_are_rounded_as_in_the_plan(books: Books) -> None:
    """F1 is at the district at 1.625 h, which is 09:37:30: the next minute, as plans have it."""
    row = next(row for row in lines_of(books["flood"]["Trips"]) if row[0] == "F1")
    assert row[12] == at("2026-07-01 09:38")


def test_manifest_of_a_warehouse(books: Books) -> None:
    """W2 loads a truck with two items and, when it is back, again; then sums and signatures."""
    rows = lines_of(books["flood"]["By_Warehouse"])
    start = next(k for k, row in enumerate(rows) if str(row[0]).startswith("W2 "))
    title, *block = rows[start : start + 8]
    assert title[0] == (
        "W2 丙县候选库 - trips: 2; 9,220 kg, 24.90 m3; first load start 07-01 09:00 (1.00 h), "
        "last 07-01 12:00 (4.00 h); docks 2 per hour"
    )
    loads = [(row[0], row[1], row[11], row[13], row[14], row[15], row[16]) for row in block[:6]]
    assert loads == [
        ("F4", 1, "TENT", 37, "each", 2220, 7.4),
        (None, None, "WATER", 400, "box", 4000, 10),
        ("F5", 1, "WATER", 300, "box", 3000, 7.5),
        ("sum W2", None, "TENT", 37, "each", 2220, 7.4),
        ("sum W2", None, "WATER", 700, "box", 7000, 17.5),
        ("sum W2", None, None, None, None, 9220, 24.9),
    ]
    assert block[6][0].startswith("Keeper: ____")


def test_arrivals_of_a_district_are_cumulated(books: Books) -> None:
    """450201 gets its boxes in three loads and 50 too few; its tents are complete with F7."""
    rows = lines_of(books["flood"]["By_District"])
    start = next(k for k, row in enumerate(rows) if str(row[0]).startswith("450201 "))
    assert rows[start][0] == (
        "450201 丙县 - trips: 4; first goods in hand 07-01 11:10 (3.17 h), "
        "last 07-02 08:30 (24.50 h)"
    )
    block = [(row[0], row[8], *row[10:11], *row[12:16]) for row in rows[start + 1 : start + 8]]
    assert block == [
        ("F4", "TENT", 37, 37, 40, 0.925, 3),
        (None, "WATER", 400, 400, 800, 0.5, 400),
        ("F5", "WATER", 300, 700, 800, 0.875, 100),
        ("F6", "WATER", 50, 750, 800, 0.9375, 50),
        ("F7", "TENT", 3, 40, 40, 1, 0),
        ("sum 450201", "TENT", 40, 40, 40, 1, 0),
        ("sum 450201", "WATER", 750, 750, 800, 0.9375, 50),
    ]
    assert rows[start + 5][1:6] == (at("2026-07-02 08:30"), 24.5, 24.5, "W3", "邻省储备库")


def test_arrivals_on_both_clocks(books: Books) -> None:
    """Q1's goods are in hand 7 h after the quake, 6 h after the order."""
    rows = lines_of(books["quake"]["By_District"])
    row = next(row for row in rows if row[0] == "Q1")
    assert row[1:4] == (at("2026-01-11 06:30"), 7, 6)


def test_district_without_trips_is_told(tmp_path: Path) -> None:
    """Need that nobody serves has its block, too, with nothing so far."""
    results = build_results()
    results["Dispatch_Trips"] = [
        row for row in results["Dispatch_Trips"] if row["district"] != "450102"
    ]
    path = tmp_path / "orders.xlsx"
    write_order_workbook(book_of(example_case(), build_plan(results), "flood"), path, "en")
    rows = lines_of(openpyxl.load_workbook(path)["By_District"])
    start = next(k for k, row in enumerate(rows) if str(row[0]).startswith("450102 "))
    assert rows[start][0] == "450102 乙县 - need, but no trip goes there"
    assert rows[start + 1][8:16] == ("TENT", "帐篷", 0, "each", 0, 30, 0, 30)


def test_docks_hour_by_hour(books: Books) -> None:
    """W1: F1's van is back at 2.25 h, F2's truck at 3.33 h, F3's at 8 h, F6's van at 16 h."""
    rows = [row for row in lines_of(books["flood"]["Docks"]) if row[0] == "W1"]
    heads = [cell.value for cell in books["flood"]["Docks"][2]][7:]
    assert heads == ["under way TRUCK 厢式货车", "under way VAN 轻型货车"]
    assert [(row[3], *row[5:]) for row in rows] == [
        # hour, load starts, limit, trucks, vans
        (1, 2, 2, 1, 1),
        (2, 1, 2, 2, 1),
        (3, 1, 2, 2, 1),
        (4, 0, 2, 1, 1),
        (8, 0, 2, 0, 1),
        (16, 0, 2, 0, 0),
    ]
    assert rows[0][2] == at("2026-07-01 09:00")


def test_sign_offs_say_when_they_must_be_through(books: Books) -> None:
    """CROSS ends at 5 h as planned, and F7 is loaded at 7 h: two hours to spare."""
    rows = lines_of(books["flood"]["Sign_Offs"])
    start = next(k for k, row in enumerate(rows) if str(row[0]).startswith("CROSS"))
    assert rows[start][0] == (
        "CROSS: 1, 2a, 2b, 3 - planned through 07-01 13:00 (5.00 h); must be through by "
        "07-01 15:00 (7.00 h) for trip F7, spare 2.00 h; trips that wait: 1"
    )
    steps = [(row[0], row[2], row[4], row[6]) for row in rows[start + 2 : start + 6]]
    assert steps == [
        ("1", "请求", "市应急管理局", 1),
        ("2a", "会商", "省应急管理厅", 3),
        ("2b", "财政会签", "省政府", 4),
        ("3", "签发", "省政府", 5),
    ]
    assert rows[start + 7][5:11] == (
        at("2026-07-01 15:00"), 7, 7, 2, at("2026-07-02 14:30"), 30.5,
    )  # fmt: skip


def test_pages_are_laid_out_for_paper(books: Books) -> None:
    """A4 landscape, heads on every page, a new page for each warehouse, district and chain."""
    book = books["flood"]
    assert book.sheetnames == ["Trips", "By_Warehouse", "By_District", "Docks", "Sign_Offs"]
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.print_title_rows == "$1:$3"
        assert sheet.oddHeader.left.text == "tiny"
        assert sheet.oddHeader.right.text == "洪水"
        assert sheet.oddFooter.center.text == "page &P of &N"
    assert not book["Trips"].row_breaks.brk
    # The hours, and who drives and rests, have pages of their own.
    assert [pause.id for pause in book["Trips"].col_breaks.brk] == [17, 35]
    for name, blocks in (("By_Warehouse", 3), ("By_District", 3), ("Sign_Offs", 3)):
        ends = [pause.id for pause in book[name].row_breaks.brk]
        titles = [
            row for row in range(FIRST_LINE, book[name].max_row + 1)
            if book[name].cell(row, 1).fill.fgColor.rgb == "00DDEBF7"
        ]  # fmt: skip
        assert len(titles) == blocks
        assert [end + 1 for end in ends] == titles[1:]
        assert book[name].page_setup.fitToWidth == 1


def test_heads_come_from_the_schema(books: Books, tmp_path: Path) -> None:
    """English heads are field names without their unit, Chinese ones the declared words."""
    title, unit = books["flood"]["Trips"]["K2"], books["flood"]["Trips"]["K3"]
    assert (title.value, unit.value) == ("load start", "[+08:00]")
    assert title.comment.text.startswith("load_start_hours: Loading starts.")
    (written,) = write_orders(example_case(), build_plan(), tmp_path, scenario="flood", lang="zh")
    book = openpyxl.load_workbook(written.workbook)
    assert book.sheetnames == ["车次", "分库装载单", "分县到货单", "装车计划", "审批衔接"]
    heads = [cell.value for cell in book["车次"][2]]
    assert heads[:4] == ["车次", "储备库代码", "储备库名称", "装车顺序"]
    assert heads[9:17] == ["放行", "装车开始", "出发", "到达", "卸毕", "返回", "最晚装车", "余量"]
    assert [cell.value for cell in book["车次"][3]][17] == "[事件后 h]"
    assert book["车次"].oddFooter.center.text == "第 &P 页，共 &N 页"
    values = [row[16:-2] for row in lines_of(book["车次"])]
    assert values == [row[16:-2] for row in lines_of(books["flood"]["Trips"])]
    assert heads[-2:] == ["驾驶规则", "途中休息"]


def test_words_are_there_in_both_languages() -> None:
    """No word is empty, and both sentences of a key take the same figures."""
    for key, (english, chinese) in ORDER_WORDS.items():
        assert english, key
        assert chinese, key
        holes = [
            {part.split("}")[0] for part in text.split("{")[1:]} for text in (english, chinese)
        ]
        assert holes[0] == holes[1], key


def test_without_event_time_there_are_hours_only(tmp_path: Path) -> None:
    """A case without a start of the clock has orders by the hour, and no clock times."""
    tables = build_tables()
    del tables["Settings"][0]["event_time"], tables["Scenarios"][0]["event_time"]
    book = book_of(build_case(tables), build_plan(), "flood")
    path = tmp_path / "orders.xlsx"
    write_order_workbook(book, path, "en")
    row = lines_of(openpyxl.load_workbook(path)["Trips"])[0]
    assert row[9:16] == (None,) * 7
    assert row[18] == 1
    properties = trip_lines(book, "en")["features"][0]["properties"]
    assert (properties["load_start_time"], properties["load_start_hours"]) == (None, 1)


def test_names_stay_text_and_ampersands_stay_ampersands(tmp_path: Path) -> None:
    """A name that looks like a formula is text; an ampersand is no code of a page header."""
    tables = build_tables()
    tables["Warehouses"][0]["name"] = "=1+1"
    tables["Settings"][0]["plan_name"] = "A&Pläne"
    path = tmp_path / "orders.xlsx"
    write_order_workbook(book_of(build_case(tables), build_plan(), "flood"), path, "en")
    cell = openpyxl.load_workbook(path)["Trips"].cell(FIRST_LINE, 3)
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)
    with zipfile.ZipFile(path) as content:
        assert "&amp;LA&amp;&amp;Pl" in content.read("xl/worksheets/sheet1.xml").decode()


def test_a_full_share_fits_its_column() -> None:
    """Sums are bold: 100% needs more room than its four characters."""
    sheet = OrderSheet("x", (added("of_need", "en", "share"),))
    sheet.add(SUM, 1.0)
    assert sheet.widths()[0] >= 1.15 * len("100%") + 1.5


def test_long_texts_make_their_rows_higher() -> None:
    """A text of two lines gets the height of two; the widest column is the limit."""
    sheet = OrderSheet("x", (added("done", "en", "text"),))
    sheet.add(DATA, "word " * 14)
    sheet.add(DATA, "word")
    assert sheet.widths() == [WIDEST]
    assert [line.height for line in sheet.fitted(sheet.widths())] == [2 * LINE_POINTS, None]


def test_columns_are_as_wide_as_their_longest_value() -> None:
    """The last of many rows decides as well as the first; titles of blocks do not."""
    sheet = OrderSheet("x", (added("done", "en", "text"), added("slack", "en", "hours")))
    sheet.add(DATA, "short", 1.5)
    narrow = sheet.widths()
    sheet.add(BLOCK, "a title of a block that runs over all columns")
    assert sheet.widths() == narrow
    sheet.add(DATA, "twenty characters...", 1234567.5)
    assert sheet.widths()[0] >= 20
    assert sheet.widths()[1] >= len("1,234,567.50")

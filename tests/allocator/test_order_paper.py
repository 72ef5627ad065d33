"""Printable orders of the example plan, worked out by hand, and how pages are made of tables."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from allocator.case import Case
from allocator.plan import Plan
from allocator.report.order_books import order_books
from allocator.report.order_paper import write_order_paper
from allocator.report.order_table import BLOCK, DATA, SIGN
from allocator.report.orders import OrderBook
from allocator.report.paper import BOTTOM, HEIGHT, LEFT, PAPER, RIGHT, ROOM
from allocator.report.paper_layout import HEAD_GAP, table_pages
from allocator.report.paper_table import TICK, PaperColumn, PaperTable
from allocator.report.paper_text import CHINESE, broken, printable, runs, shortened, width
from tests.allocator.paper_pages import Page, read_pages
from tests.allocator.replay_example import build_plan, build_results, example_case
from tests.tiny import build_case, build_tables

LONG = "广西壮族自治区很长很长的名称，" * 12 + "and-a-word-without-any-place-to-break-it-" * 6


def book_of(case: Case, plan: Plan, scenario: str) -> OrderBook:
    """Orders of one scenario."""
    (book,) = order_books(case, plan, (scenario,))
    return book


def written(book: OrderBook, folder: Path, lang: Any = "en") -> list[Page]:
    """Pages of the orders."""
    path = folder / "orders.pdf"
    write_order_paper(book, path, lang)
    return read_pages(path)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Page]:
    """The English pages of the flood."""
    book = book_of(example_case(), build_plan(), "flood")
    return written(book, tmp_path_factory.mktemp("paper"))


def page_of(pages: list[Page], title: str) -> list[str]:
    """Lines of the only page with a title."""
    (found,) = [page.lines for page in pages if page.lines[1].startswith(title)]
    return found


# Facts ----------------------------------------------------------------------------------------


def test_cover_says_what_for_whom_and_that_it_is_certified(pages: list[Page]) -> None:
    """Clock times on both clocks, amounts, departments that sign, digests of plan and case."""
    book = book_of(example_case(), build_plan(), "flood")
    lines = pages[0].lines
    assert "event | 2026-07-01 08:00 (0.00 h from event, 0.00 h from order)" in lines
    assert "goods in hand by | 2026-07-03 08:00 (48.00 h from event, 48.00 h from order)" in lines
    assert "amount | trips: 7; 16,900 kg, 46.75 m3; warehouses: 3, districts: 3" in lines
    text = "\n".join(lines)
    assert "departments that sign (市应急管理局; 省应急管理厅; 省政府)" in text
    assert f"Digest of the plan: {book.digest}" in text
    assert f"Digest of the case: {example_case().digest}" in text


def test_contents_name_the_first_page_of_every_section(pages: list[Page]) -> None:
    """The page that a line of the contents names begins with that warehouse, district or chain."""
    lines = [line.split(" | ") for line in pages[0].lines if line.count(" | ") == 5]
    heads = [line[0] for line in lines]
    assert heads == [
        "manifest: W1 甲区储备库", "manifest: W2 丙县候选库", "manifest: W3 邻省储备库",
        "arrivals: 450101 甲区", "arrivals: 450102 乙县", "arrivals: 450201 丙县",
        "sign-offs: LOCAL: 1", "sign-offs: LOCAL: 1, 2", "sign-offs: CROSS: 1, 2a, 2b, 3",
    ]  # fmt: skip
    for head, *_, number in lines:
        title = pages[int(number) - 1].lines[1]
        if head.startswith("sign-offs"):
            # The title has procedure and last step, the contents all steps.
            procedure, steps = head.removeprefix("sign-offs: ").split(": ")
            assert title.startswith(f"sign-offs: {procedure} {steps.split(', ')[-1]} |")
        else:
            assert title.startswith(f"{head} |")


def test_manifest_has_load_clocks_and_waits_of_each_vehicle(pages: list[Page]) -> None:
    """W2 loads a truck with two items at 09:00 and, when it is back, again at noon."""
    lines = page_of(pages, "manifest: W2")
    start = next(k for k, line in enumerate(lines) if line.startswith("F4 | "))
    assert lines[start : start + 6] == [
        "F4 | 1 | 07-01 09:00 | 07-03 05:50 | 07-01 10:00 | 07-01 11:10 | TRUCK 厢式货车 | "
        "450201 丙县 | TENT 帐篷 | 37 | each | LOCAL: 1",
        "1.00 / 1.00 | 45.83 / 45.83 | 3.17 / 3.17 | drivers: 2 | 10.0 km | WATER 饮用水 | 400 | "
        "box | through 07-01 08:30",
        "slack 44.83 h | 6,220 kg, 17.40 m3",
        "F5 | 1 | 07-01 12:00 | 07-03 05:50 | 07-01 13:00 | 07-01 14:10 | TRUCK 厢式货车 | "
        "450201 丙县 | WATER 饮用水 | 300 | box | LOCAL: 1",
        "4.00 / 4.00 | 45.83 / 45.83 | 6.17 / 6.17 | drivers: 2 | 10.0 km | through 07-01 08:30",
        "slack 41.83 h | 3,000 kg, 7.50 m3",
    ]  # fmt: skip
    assert lines[start + 6].startswith("sum W2 | 9,220 kg | TENT 帐篷 | 37 | each")
    assert "Keeper: ____" in lines[start + 8]
    docks = lines.index("docks by hour")
    assert lines[docks + 4 : docks + 7] == [
        "07-01 09:00  1.00 / 1.00 | 1 | 2 | TRUCK 厢式货车: 1",
        "07-01 12:00  4.00 / 4.00 | 1 | 2 | TRUCK 厢式货车: 1",
        "07-01 15:00  7.00 / 7.00 | 0 | 2 | 0",
    ]


def test_both_clocks_differ_where_the_order_comes_later(tmp_path: Path) -> None:
    """Q1 of the quake loads 2 h after the event at 23:30, which is 1 h after the order."""
    pages = written(book_of(example_case(), build_plan(), "quake"), tmp_path)
    lines = page_of(pages, "manifest: W1")
    start = next(k for k, line in enumerate(lines) if line.startswith("Q1 | "))
    assert lines[start].startswith("Q1 | 1 | 01-11 01:30 | 01-12 18:30 | 01-11 02:30")
    assert lines[start + 1].startswith("2.00 / 1.00 | 43.00 / 42.00 | 7.00 / 6.00")


def test_arrivals_stand_against_the_need(pages: list[Page]) -> None:
    """450201 gets its boxes in three loads and 50 too few; its tents are complete with F7."""
    lines = page_of(pages, "arrivals: 450201")
    ends = [" | ".join(line.split(" | ")[-7:]) for line in lines if line.count(" | ") >= 6]
    assert ends[2:] == [
        "TENT 帐篷 | 37 | each | 37 | 40 | 92% | 3",
        "WATER 饮用水 | 400 | box | 400 | 800 | 50% | 400",
        "WATER 饮用水 | 300 | box | 700 | 800 | 88% | 100",
        "WATER 饮用水 | 50 | box | 750 | 800 | 94% | 50",
        "TENT 帐篷 | 3 | each | 40 | 40 | 100% | 0",
        "TENT 帐篷 | 40 | each | 40 | 40 | 100% | 0",
        "WATER 饮用水 | 750 | box | 750 | 800 | 94% | 50",
    ]


def test_hundred_percent_means_that_nothing_is_missing(tmp_path: Path) -> None:
    """Four tenths of 400.4 boxes short is 99 %, though it rounds to a hundred."""
    tables = build_tables()
    for row in tables["Scenario_Demand"]:
        if (row["scenario"], row["district"], row["item"]) == ("flood", "450101", "WATER"):
            row["demand_units"] = 400.4
    pages = written(book_of(build_case(tables), build_plan(), "flood"), tmp_path)
    line = next(line for line in page_of(pages, "arrivals: 450101") if "WATER" in line)
    assert line.endswith("400 | 400.40 | 99% | 0.40")


def test_sign_offs_name_who_signs_by_when_and_who_waits(pages: list[Page]) -> None:
    """CROSS must be through at 13:00 and is waited for at 15:00, two hours of spare."""
    lines = page_of(pages, "sign-offs: CROSS")
    assert lines[2] == (
        "CROSS: 1, 2a, 2b, 3 - planned through 07-01 13:00 (5.00 h); must be through by "
        "07-01 15:00 (7.00 h) for trip F7, spare 2.00 h; trips that wait: 1"
    )
    assert any(line.startswith("3 | 签发 | 省政府 | ") for line in lines)
    assert (
        "F7 | W3 邻省储备库 | 450201 丙县 | 07-01 15:00  7.00 / 7.00 | 2.00 | "
        "07-02 14:30  30.50 / 30.50" in lines
    )


def test_a_latest_start_less_than_an_hour_away_is_marked(tmp_path: Path) -> None:
    """With half an hour left, F7 is coloured on its manifest and among those that wait."""
    results = build_results()
    amber = "1 0.88 0.55 rg"
    pages = written(book_of(example_case(), build_plan(results), "flood"), tmp_path)
    assert not any(amber in page.operations for page in pages)
    for row in results["Dispatch_Trips"]:
        if row["trip"] == "F7":
            row["latest_load_start_hours"] = 7.5
    pages = written(book_of(example_case(), build_plan(results), "flood"), tmp_path)
    marked = [page.lines[1] for page in pages if amber in page.operations]
    assert [line.split(" | ")[0] for line in marked] == [
        "manifest: W3 邻省储备库", "sign-offs: CROSS 3",
    ]  # fmt: skip


def test_without_event_time_there_are_hours_only(tmp_path: Path) -> None:
    """A case without a start of the clock has orders by the hour."""
    tables = build_tables()
    del tables["Settings"][0]["event_time"], tables["Scenarios"][0]["event_time"]
    pages = written(book_of(build_case(tables), build_plan(), "flood"), tmp_path)
    assert any("no clock time given (48.00 h from event" in line for line in pages[0].lines)
    lines = page_of(pages, "manifest: W2")
    row = next(line for line in lines if line.startswith("F4 | "))
    assert row.startswith("F4 | 1 | 1.00 / 1.00 | 45.83 / 45.83 | 2.00 / 2.00 | 3.17 / 3.17 | ")


# Pages ----------------------------------------------------------------------------------------


def hostile() -> Case:
    """The example case with names longer than a line, and letters that no font has."""
    tables = build_tables()
    tables["Districts"][2]["name"] = LONG
    tables["Warehouses"][1]["name"] = LONG + "😀"
    tables["Items"][0]["name"] = LONG
    tables["Vehicles"][0]["name"] = LONG
    tables["Scenarios"][0]["name"] = LONG
    return build_case(tables)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("make", [example_case, hostile])
def test_nothing_is_cut_off_or_written_over(tmp_path: Path, make: Any, lang: str) -> None:
    """Every text ends before the margin and before the next one, whatever names there are."""
    pages = written(book_of(make(), build_plan(), "flood"), tmp_path, lang)
    for number, page in enumerate(pages, start=1):
        assert (page.across, page.along) == (841.89, 595.28)
        rows: dict[float, list[Any]] = {}
        for piece in page.pieces:
            rows.setdefault(piece.y, []).append(piece)
            assert piece.x >= LEFT - 0.01
            assert piece.end <= PAPER[0] - RIGHT + 0.05, piece
            assert BOTTOM - 15 <= piece.y <= PAPER[1] - 20
        for row in rows.values():
            row.sort(key=lambda piece: piece.x)
            for left, right in pairwise(row):
                assert left.end <= right.x + 0.05, (left, right)
        words = ("page {} of {}", "第 {} 页，共 {} 页")[lang == "zh"]
        assert page.lines[0].endswith(words.format(number, len(pages)))


def test_long_names_are_printed_to_their_end(tmp_path: Path) -> None:
    """A name of several lines loses no letter, and an emoji is told by its number."""
    pages = written(book_of(hostile(), build_plan(), "flood"), tmp_path)
    letters = "".join(piece.text for page in pages for piece in page.pieces)
    assert "[U+1F600]" in letters
    manifest = next(page for page in pages if "manifest: W2" in page.lines[1])
    assert LONG in "".join(manifest.lines[2:12])


def test_chinese_is_set_in_a_font_that_readers_know_by_name(tmp_path: Path) -> None:
    """Chinese letters are STSong-Light, all others Helvetica; nothing is embedded."""
    pages = written(book_of(example_case(), build_plan(), "flood"), tmp_path, "zh")
    pieces = [piece for page in pages for piece in page.pieces]
    for piece in pieces:
        is_latin = all(ord(letter) < 0x2000 for letter in piece.text)
        assert (piece.font != CHINESE) == is_latin, piece
    text = "".join(piece.text for piece in pieces)
    assert "应急物资调运令" in text
    assert "甲区储备库" in text
    assert {piece.font for piece in pieces} == {CHINESE, "Helvetica", "Helvetica-Bold"}


def test_equal_plans_give_equal_files(tmp_path: Path) -> None:
    """Pages are a function of case and plan."""
    book = book_of(example_case(), build_plan(), "flood")
    for name in ("a.pdf", "b.pdf"):
        write_order_paper(book, tmp_path / name, "en")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def many_rows(count: int, seed: int) -> PaperTable:
    """A table with rows of one to nine lines, some with entries."""
    draw = random.Random(seed)
    table = PaperTable(
        (PaperColumn("code"), PaperColumn("words", is_flexible=True), PaperColumn("units", "kg"))
    )
    for k in range(count):
        entries = tuple(f"{k}.{n}" for n in range(draw.randint(1, 9)))
        table.add(DATA, f"R{k}", "\n".join(["word"] * draw.randint(1, 9)), entries)
    table.add(SIGN, "Keeper: ____")
    table.title = "All rows"
    table.fit(ROOM)
    return table


@pytest.mark.parametrize("seed", range(5))
def test_rows_stay_whole_and_heads_are_repeated(seed: int) -> None:
    """Every row is on one page, in order; the title is on the first page only, heads on all."""
    tables = [many_rows(150, seed), many_rows(3, seed + 100)]
    told: list[tuple[int, str]] = []
    for number, page in enumerate(table_pages(tables, ROOM, HEIGHT)):
        used = HEAD_GAP * (len(page) - 1)
        for part in page:
            used += sum(row.height for row in (*part.above, *part.rows))
            assert part.above[-1].pieces[0][2] == "code"
            is_first = part.rows[0].pieces[0][2] == "R0"
            assert [row.kind == BLOCK for row in part.above] == (
                [True, False] if is_first else [False]
            )
            assert part.rows[0].kind != SIGN
            for row in part.rows:
                entries = [text for k, _, text in row.pieces if k == 2]
                told += [(number, text) for text in entries]
                # All entries of a row belong to it, and all are there.
                assert len({text.split(".")[0] for text in entries}) <= 1
        assert used <= HEIGHT
    expected = [cell for table in tables for row in table.rows[:-1] for cell in row.cells[2]]
    assert [text for _, text in told] == expected


def test_a_row_higher_than_a_page_is_parted_and_keeps_every_entry() -> None:
    """A vehicle with 200 items goes over pages, each of which names its trip."""
    table = PaperTable((PaperColumn("trip"), PaperColumn(""), PaperColumn("item")))
    items = tuple(f"item {k}" for k in range(200))
    table.add(DATA, "T1", (TICK,) * 200, items)
    table.fit(ROOM)
    pages = list(table_pages([table], ROOM, HEIGHT))
    assert len(pages) > 2
    rows = [row for page in pages for part in page for row in part.rows]
    assert [text for row in rows for k, _, text in row.pieces if k == 2] == list(items)
    firsts = [[text for k, _, text in row.pieces if k == 0] for row in rows]
    assert firsts == [["T1"], *[["(T1)"]] * (len(rows) - 1)]
    for page in pages:
        assert sum(row.height for part in page for row in (*part.above, *part.rows)) <= HEIGHT


# Text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [LONG, "a bc def ghij", "，，，", "甲" * 40, "one\ntwo  three", ""]
)
@pytest.mark.parametrize("room", [0.5, 3.0, 11.0, 80.0])
def test_breaking_loses_nothing_but_blanks(text: str, room: float) -> None:
    """Lines fit, but for single letters, and together are the text."""
    lines = broken(text, room)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")
    assert all(width(line) <= room or len(line) == 1 for line in lines)


def test_lines_do_not_begin_with_what_closes_a_sentence() -> None:
    """A comma stays with the letter before it; words stay whole where they fit."""
    assert broken("甲乙丙丁，戊", 4.0) == ("甲乙丙", "丁，戊")
    assert broken("load start", 2.5) == ("load", "start")


def test_letters_that_no_font_has_are_told_by_number() -> None:
    """Emoji and rare letters are not dropped; what Windows or GBK has is kept."""
    assert printable("a😀𠮷\tb") == "a[U+1F600][U+20BB7] b"
    assert printable("甲：Zürich – 5 ㎡ ① 龘") == "甲：Zürich – 5 ㎡ ① 龘"
    assert list(runs("甲a乙")) == [(False, "甲"), (True, "a"), (False, "乙")]


def test_running_heads_are_shortened_to_their_room() -> None:
    """A head that is too long ends in dots."""
    assert shortened("short", 10.0) == "short"
    told = shortened("甲" * 50, 10.0)
    assert told.endswith("...")
    assert width(told) <= 10.0

"""The map that steps through the hours: its figures, its safety, and a browser without network."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from allocator.report.order_arrivals import served_steps
from allocator.report.order_books import order_books
from allocator.report.order_map import SCRIPTS, map_data, write_order_map
from allocator.report.order_words import ORDER_WORDS
from allocator.report.orders import OrderBook
from allocator.report.outlines import Outlines, choose_outlines
from allocator.report.page_parts import TEMPLATES
from allocator.report.words import WORDS
from tests.allocator.replay_example import build_plan, build_results
from tests.allocator.replay_example import example_case as tiny_case
from tests.allocator.report_example import NASTY, example_case
from tests.allocator.report_plan_example import example_plan
from tests.browser import FLAGS, drive
from tests.tiny import build_case, build_tables

STATES = ("wait", "load", "drive", "unload", "return", "done")

DRIVER = """
<script type="module">
const byId = (id) => document.getElementById(id);
const until = async (want) => {
  while (document.body.dataset.shown !== want) await new Promise((done) => setTimeout(done, 20));
};
// A browser without a screen draws no frames while its time is made to pass.
window.requestAnimationFrame = (draw) => setTimeout(() => draw(performance.now()), 16);
window.cancelAnimationFrame = clearTimeout;
const press = (key) =>
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const texts = (cells) => [...cells].map((cell) => cell.textContent);
// Pixels in the colour of driving that are no longer to come.
const driven = () => {
  const { width, height } = byId("gantt");
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(byId("gantt"), 0, 0);
  const { data } = copy.getImageData(0, 0, width, height);
  let found = 0;
  for (let k = 0; k < data.length; k += 4) {
    if (data[k] === 29 && data[k + 1] === 95 && data[k + 2] === 158) found += 1;
  }
  return found;
};
const look = () => ({
  gantt: [byId("gantt").ariaLabel, byId("gantt-count").textContent, driven()],
  clock: byId("clock").textContent, now: byId("now").textContent, label: byId("ground").ariaLabel,
  live: byId("now").getAttribute("aria-live"), play: byId("play").textContent,
  hour: byId("hour").value,
  counts: STATES.map((name) => Number(byId(`count-${name}`).textContent)),
  rows: [...document.querySelectorAll("#districts tbody tr")].map((row) => texts(row.cells)),
  unnamed: [...document.querySelectorAll("button, input")]
    .filter((each) => !(each.ariaLabel || each.textContent.trim())).length,
});
const reports = [];
await until("en 0");
for (let k = 0; k < 3; k += 1) press("ArrowRight");
reports.push(look());
byId("on").click();
byId("hour").value = 10;
byId("hour").dispatchEvent(new Event("input"));
reports.push(look());
press("End");
reports.push(look());
const box = byId("gantt-box").getBoundingClientRect();
byId("gantt-box").dispatchEvent(
  new MouseEvent("click", { clientX: box.left + 190 + (box.width - 200) / 2, bubbles: true }));
byId("gantt-find").value = "w2";
byId("gantt-find").dispatchEvent(new Event("input"));
reports.push(look());
byId("gantt-find").value = "";
press("Home");
byId("language").click();
byId("on").click();
byId("view-all").click();
reports.push(look());
press(" ");
reports.push(look());
await until("zh 3");
press(" ");
reports.push(look());
document.body.dataset.report = JSON.stringify(reports);
</script>
""".replace("STATES", json.dumps(STATES))


def book_of(**changes: Any) -> OrderBook:
    """Orders of the flood."""
    (book,) = order_books(tiny_case(), build_plan(build_results(**changes)), ("flood",))
    return book


@pytest.fixture(scope="module")
def flood() -> OrderBook:
    """Orders of the flood of the example plan."""
    return book_of()


@pytest.fixture(scope="module")
def written(flood: OrderBook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its map, on the shipped outlines."""
    path = tmp_path_factory.mktemp("map") / "flood-map.html"
    write_order_map(flood, choose_outlines(flood.case), path, "en")
    return path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map full of hostile names."""
    case = example_case(NASTY)
    plan = example_plan(case)
    (book,) = order_books(case, plan, ("rammasun2014",))
    path = tmp_path_factory.mktemp("map") / "map.html"
    write_order_map(book, choose_outlines(case), path, "zh")
    return path


def state_at(trip: Any, hour: float) -> str:
    """What a vehicle does at an hour."""
    ends = (trip.load_start_hours, trip.depart_hours, trip.arrive_hours, trip.unload_end_hours,
            trip.return_hours)  # fmt: skip
    return STATES[sum(hour + 1e-6 >= end for end in ends)]


# Figures --------------------------------------------------------------------------------------


def test_districts_step_up_with_what_is_unloaded(flood: OrderBook) -> None:
    """450201 needs 40 tents of weight 2 and 800 boxes: 37 x 2 + 400 of 880 after F4, and so on."""
    assert served_steps(flood, "450201") == [
        (19 / 6, pytest.approx(474 / 880)),
        (37 / 6, pytest.approx(774 / 880)),
        (10, pytest.approx(824 / 880)),
        (24.5, pytest.approx(830 / 880)),
    ]


def test_more_than_the_need_is_not_served_twice() -> None:
    """With a need of 10 tents the 20 that arrive are all of it."""
    tables = build_tables()
    for row in tables["Scenario_Demand"]:
        if (row["district"], row["item"]) == ("450101", "TENT"):
            row["demand_units"] = 10
    (book,) = order_books(build_case(tables), build_plan(), ("flood",))
    steps = served_steps(book, "450101")
    # 20 of 420 weighted units are tents, then the boxes come.
    assert steps == [(2.125, pytest.approx(20 / 420)), (19 / 6, 1)]


def test_last_steps_are_the_shares_of_the_report() -> None:
    """What the page says of a district at the end is where the map ends."""
    case = example_case()
    (book,) = order_books(case, example_plan(case), ("rammasun2014",))
    told = {row.district: row.served_share for row in book.facts.districts(book.scenario)}
    found = 0
    for code in book.by_district:
        steps = served_steps(book, code)
        if steps:
            assert steps[-1][1] == pytest.approx(told[code])
            found += 1
    assert found > 3


def test_equal_trips_are_one_with_a_count(flood: OrderBook) -> None:
    """Twins of F4 at the same hours are drawn once and counted twice; F5 stays apart."""
    data = map_data(flood, Outlines(), "en")
    assert sum(trip[3] for trip in data["trips"]) == 7
    results = build_results()
    twins = [{**row, "trip": "F8"} for row in results["Dispatch_Trips"] if row["trip"] == "F4"]
    results["Dispatch_Trips"] += twins
    (book,) = order_books(tiny_case(), build_plan(results), ("flood",))
    doubled = map_data(book, Outlines(), "en")["trips"]
    assert sorted(trip[3] for trip in doubled) == [1, 1, 1, 1, 1, 1, 2]
    (twin,) = [trip for trip in doubled if trip[3] == 2]
    assert [data["warehouses"][int(twin[0])]["code"], data["districts"][int(twin[1])]["code"]] == [
        "W2", "450201",
    ]  # fmt: skip
    assert twin[4:] == [1, 2, 2.167, 3.167, 3.333]


def test_served_share_is_that_of_the_certified_plan(flood: OrderBook) -> None:
    """Hour by hour what stands in Served_By_Hour."""
    rows = {
        row.hour: row.served_share
        for row in flood.facts.plan.served_by_hour
        if row.scenario == "flood"
    }
    told = map_data(flood, Outlines(), "en")["served"]
    assert len(rows) > 20
    assert {hour: told[hour] for hour in rows} == {
        hour: pytest.approx(share, abs=1e-5) for hour, share in rows.items()
    }


def test_hours_go_on_until_the_last_vehicle_is_back() -> None:
    """F7 is back at 40 h, before the horizon of 48 h; with a longer way back the map goes on."""
    assert map_data(book_of(), Outlines(), "en")["last_hour"] == 48
    results = build_results()
    for row in results["Dispatch_Trips"]:
        if row["trip"] == "F7":
            row["return_hours"] = 60.2
    (book,) = order_books(tiny_case(), build_plan(results), ("flood",))
    assert map_data(book, Outlines(), "en")["last_hour"] == 61


# The file -------------------------------------------------------------------------------------


def test_map_asks_for_nothing(written: Path) -> None:
    """No address stands in it, no file is named, and its policy forbids every request."""
    text = written.read_text(encoding="utf-8")
    assert "http" not in text.replace("http-equiv", "")
    assert "default-src 'none'" in text
    assert not re.search(r"<(script|img|link|iframe)[^>]*(src|href)=\"(?!data:)", text)
    assert "url(" not in text
    assert "plotly" not in text.lower()
    assert written.stat().st_size < 400_000


def test_names_cannot_leave_their_place(hostile: Path) -> None:
    """A name that closes the script element stays a name."""
    text = hostile.read_text(encoding="utf-8")
    assert "</script><b>x" not in text
    data = json.loads(re.search(r'id="map-data">(.*?)</script>', text, re.DOTALL)[1])  # type: ignore[index]
    names = {row["name"] for row in data["warehouses"]}
    assert names & set(NASTY)


def test_every_word_of_template_and_script_exists(written: Path) -> None:
    """Keys in the page and in its script are keys of the words, and the data have them all."""
    text = written.read_text(encoding="utf-8")
    page = (TEMPLATES / "order_map.html.j2").read_text(encoding="utf-8")
    keys = set(re.findall(r'data-(?:word|label)="([^"]+)"', text))
    keys |= set(re.findall(r'both\("([^"]+)"\)', page))  # also of what this plan has none of
    script = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in SCRIPTS)
    keys |= set(re.findall(r'"(map\.\w+)"', script)) | {f"map.{name}" for name in STATES}
    data = json.loads(re.search(r'id="map-data">(.*?)</script>', text, re.DOTALL)[1])  # type: ignore[index]
    assert keys <= set(data["words"])
    unused = {key for key in ORDER_WORDS if key.startswith("map.")} - keys
    assert unused == set()
    assert set(data["words"]) <= {*ORDER_WORDS, *WORDS}


def test_equal_plans_give_equal_files(flood: OrderBook, written: Path, tmp_path: Path) -> None:
    """The map is a function of case and plan."""
    write_order_map(flood, choose_outlines(flood.case), tmp_path / "again.html", "en")
    assert (tmp_path / "again.html").read_bytes() == written.read_bytes()


@pytest.mark.browser
@pytest.mark.parametrize("calm", [False, True])
def test_browser_steps_through_the_hours(
    flood: OrderBook, written: Path, browser_path: Path, tmp_path: Path, calm: bool
) -> None:
    """Keys, buttons, slider and play show what the trips do, also where motion is not wanted."""
    flags = (*FLAGS, *(["--force-prefers-reduced-motion"] if calm else []))
    third, tenth, end, middle, first, playing, paused = drive(
        written, DRIVER, browser_path, tmp_path, flags
    )
    for seen, hour in ((third, 3), (tenth, 10), (end, 48), (first, 1), (paused, 3)):
        states = Counter(state_at(order.trip, hour) for order in flood.trips)
        assert seen["counts"] == [states[name] for name in STATES], hour
        assert seen["hour"] == str(hour)
        assert seen["unnamed"] == 0
    assert third["gantt"][:2] == [
        "Gantt of 3 warehouses at 3 h: " + third["label"].partition(": ")[2].partition(" unl")[0]
        + " unloading",
        "warehouses: 3",
    ]  # fmt: skip
    assert 0 < third["gantt"][2] < tenth["gantt"][2] < end["gantt"][2]
    assert 22 <= int(middle["hour"]) <= 26, "a click in the middle goes to half of the hours"
    assert middle["gantt"][1] == "warehouses: 1 of 3"
    assert first["gantt"][2] == 0, "nothing has driven by the first hour"
    assert first["gantt"][1] == "储备库 3 个"
    assert third["clock"] == "2026-07-01 11:00 +08:00"
    shares = {row.hour: row.served_share for row in flood.facts.plan.served_by_hour
              if row.scenario == "flood"}  # fmt: skip
    assert f"{shares[10]:.1%} of the weighted need in hand" in tenth["now"]
    assert "Map at 10 h: 0 vehicles loading, 1 on the way" in tenth["label"]
    rows = {row[0]: row[1:] for row in tenth["rows"]}
    # 824 of 880 weighted units are there; F7 is on its way and in hand at half past eight.
    assert rows["450201 丙县"] == ["6.4%", "1", "0", "07-02 08:30"]
    assert rows["450101 甲区"] == ["0.0%", "0", "0", "nothing more"]
    assert "加权需求已到位" in first["now"]
    assert (first["play"], playing["play"], paused["play"]) == ("播放", "暂停", "播放")
    assert (first["live"], paused["live"]) == ("polite", "polite")

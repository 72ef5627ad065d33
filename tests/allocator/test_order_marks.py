"""What the map of the orders marks beside the trips: hubs and trips to them, and convoys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from allocator.engine.dispatch import dispatch
from allocator.report.order_books import order_books
from allocator.report.order_convoys import NAMED, companies
from allocator.report.order_map import map_data, write_order_map
from allocator.report.orders import OrderBook
from allocator.report.outlines import Outlines
from allocator.schema.dispatch_rules import HourRule
from allocator.solver import SolveOptions
from tests.allocator.replay_example import build_plan, build_results, example_case
from tests.browser import FLAGS, drive
from tests.hub_cases import hand_tables
from tests.tiny import build_case

OPTIONS = SolveOptions(gap=1e-4, time_limit_seconds=10.0)

DRIVER = """
<script type="module">
const byId = (id) => document.getElementById(id);
const until = async (want) => {
  while (document.body.dataset.shown !== want) await new Promise((done) => setTimeout(done, 20));
};
// Pixels of the Gantt in the colour of convoys.
const amber = () => {
  const { width, height } = byId("gantt");
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(byId("gantt"), 0, 0);
  const { data } = copy.getImageData(0, 0, width, height);
  let found = 0;
  for (let k = 0; k < data.length; k += 4) {
    if (data[k] === 217 && data[k + 1] === 119 && data[k + 2] === 6) found += 1;
  }
  return found;
};
const box = byId("gantt-box");
const point = (hour, line) => {
  const { left, top } = box.getBoundingClientRect(), last = Number(byId("hour").max);
  box.dispatchEvent(new PointerEvent("pointermove", {
    clientX: left + 190 + (box.clientWidth - 198) * hour / last,
    clientY: top + 34 + 5 + 12 * line + 5, bubbles: true }));
  return byId("gantt-hint").hidden ? null : byId("gantt-hint").textContent.split("\\n");
};
await until("en 0");
const before = amber();
const hint = point(HOUR, 0);
const framed = amber();
const away = point(0, 0);
document.body.dataset.report = JSON.stringify({
  hint, away, amber: [before, framed, amber()],
  keys: [...document.querySelectorAll(".gantt-tools .key, .legend p")]
    .map((one) => one.textContent.trim()),
  rows: [...document.querySelectorAll("#districts tbody tr")]
    .map((row) => [...row.cells].map((cell) => cell.textContent)),
});
</script>
"""


def convoy_book() -> OrderBook:
    """Orders of the flood in which F1 and F2 must leave W1 together, at 09:30."""
    rule = HourRule(kind="convoy", warehouse="W1", district="450101", amount=2)
    case = example_case().replace(HourRule, [rule])
    results = build_results()
    for line in results["Dispatch_Trips"]:
        if line["trip"] == "F2":
            line["depart_hours"] = 1.5
    (book,) = order_books(case, build_plan(results), ("flood",))
    return book


def hub_book() -> OrderBook:
    """Orders of the example of the docs: a train to the hub H, and a truck beyond."""
    case = build_case(hand_tables())
    (book,) = order_books(case, dispatch(case, "flood", options=OPTIONS), ["flood"])
    return book


def test_trips_of_a_convoy_bear_its_place() -> None:
    """F1 and F2 are convoy 0; what may set off alone has no such figure."""
    data = map_data(convoy_book(), Outlines(), "en")
    assert data["convoys"] == (("F1", "F2"),)
    assert sorted(tuple(trip[9:]) for trip in data["trips"]) == [(), (), (), (), (), (0,), (0,)]
    assert data["most_named"] == NAMED


def test_a_convoy_is_told_once() -> None:
    """Three trips that name each other are one convoy; one without others is none."""
    assert companies({"B": ("A", "C"), "A": ("B", "C"), "C": ("A", "B"), "D": ()}) == (
        ("A", "B", "C"),
    )


@pytest.mark.browser
def test_the_gantt_marks_a_convoy_and_names_it(browser_path: Path, tmp_path: Path) -> None:
    """Two marks at departure; a frame around both while the pointer is on one, and their names."""
    seen = look(convoy_book(), 1.25, browser_path, tmp_path)
    assert seen["hint"][-1] == "convoy of 2: F1, F2"
    assert "in hand" in " ".join(seen["hint"])
    assert seen["away"] is None
    before, framed, after = seen["amber"]
    assert 0 < before == after < framed
    assert "sets off in convoy; point at one to see all of it" in seen["keys"]
    assert not any("hub" in key for key in seen["keys"])


@pytest.mark.browser
def test_the_map_tells_hubs_from_districts(browser_path: Path, tmp_path: Path) -> None:
    """Goods at a hub are in nobody's hand, and a hub is not a district that is served."""
    seen = look(hub_book(), 1.5, browser_path, tmp_path, "W")
    assert "unloaded at the hub 07-01 13:00" in seen["hint"]
    assert not any(line.startswith("in hand") for line in seen["hint"])
    assert {row[0]: row[1] for row in seen["rows"]} == {
        "450101 甲区": "100.0%",
        "H 铁路货场": "hub",
    }
    assert {"trip to a hub", "hub"} <= set(seen["keys"])
    assert seen["amber"] == [0, 0, 0]
    assert not any("convoy" in key for key in seen["keys"])


def look(
    book: OrderBook, hour: float, browser: Path, folder: Path, find: str = ""
) -> dict[str, Any]:
    """What a browser shows of a map, with the pointer at an hour of the first line."""
    path = folder / "map.html"
    write_order_map(book, Outlines(), path, "en")
    driver = DRIVER.replace("HOUR", json.dumps(hour))
    if find:
        chosen = (
            f'byId("gantt-find").value = {json.dumps(find)};\n'
            'byId("gantt-find").dispatchEvent(new Event("input"));\n'
        )
        driver = driver.replace("const before", f"{chosen}const before")
    found: dict[str, Any] = drive(path, driver, browser, folder, FLAGS)
    return found

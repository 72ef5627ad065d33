"""What is refused as an order, that no file is half-written, and the verb."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import allocator.orders
from allocator.cli import main
from allocator.errors import ConflictError, NotFoundError, ReplayError
from allocator.intake.export import write_case
from allocator.orders import write_orders
from allocator.plan import Plan
from allocator.publication import publish
from allocator.report.orders import OrderBook
from allocator.schema.results import LoadingLine, Trip
from tests.allocator.replay_example import build_plan, build_results, example_case
from tests.tiny import build_case, build_tables


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The example case and its published plan as workbooks."""
    folder = tmp_path_factory.mktemp("sources")
    case, plan = folder / "case.xlsx", folder / "plan.xlsx"
    write_case(example_case(), case)
    publish(example_case(), build_plan(), plan, with_page=False, with_pictures=False)
    return case, plan


def run(*words: str | Path) -> int:
    """Run the program; return its exit code."""
    with pytest.raises(SystemExit) as leave:
        main([str(word) for word in words])
    code = leave.value.code
    return code if isinstance(code, int) else 1


# Refusals -------------------------------------------------------------------------------------


def heavier(plan: Plan) -> Plan:
    """The plan with one box more on board than can be accounted for."""
    first, *others = plan.loading_lines
    more = first.model_copy(update={"load_units": first.load_units + 1})
    return plan.replace(LoadingLine, (more, *others))


def without_trips(plan: Plan) -> Plan:
    """The placement of the plan alone."""
    return plan.replace(Trip, ())


def flood_only(plan: Plan) -> Plan:
    """The plan without the trips of the quake."""
    return plan.replace(Trip, tuple(row for row in plan.trips if row.scenario == "flood"))


def same(plan: Plan) -> Plan:
    """The plan as it is."""
    return plan


@pytest.mark.parametrize(
    ("change", "scenario", "error", "words"),
    [
        (heavier, None, ReplayError, "weight_kg"),
        (without_trips, None, ConflictError, "has no trips"),
        (same, "fire", NotFoundError, "'fire' is not in the case. Maybe one of: flood, quake"),
        (flood_only, "quake", NotFoundError, "'quake' has no trips. Maybe one of: flood"),
    ],
)
def test_refusals_leave_nothing(
    tmp_path: Path,
    change: Callable[[Plan], Plan],
    scenario: str | None,
    error: type[Exception],
    words: str,
) -> None:
    """What is not certified, has no trips or is not there is refused before a folder is made."""
    place = tmp_path / "orders"
    with pytest.raises(error, match=words):
        write_orders(example_case(), change(build_plan()), place, scenario=scenario)
    assert not place.exists()


def test_plan_of_another_case_is_refused(tmp_path: Path) -> None:
    """A case that changed since the plan was made is another case."""
    tables = build_tables()
    tables["Districts"][0]["name"] = "丁区"
    with pytest.raises(ConflictError, match="made from another case"):
        write_orders(build_case(tables), build_plan(), tmp_path / "orders")
    assert not (tmp_path / "orders").exists()


def test_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """A file in the place of the folder is left as it is."""
    place = tmp_path / "orders"
    place.write_text("mine", encoding="utf-8")
    with pytest.raises(ConflictError, match="cannot be written to"):
        write_orders(example_case(), build_plan(), place)
    assert place.read_text(encoding="utf-8") == "mine"


def test_no_file_is_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in the second scenario leaves earlier files alone and no draft behind."""
    earlier = tmp_path / "flood-orders.xlsx"
    earlier.write_text("earlier", encoding="utf-8")
    asked = []

    def fail(book: OrderBook, path: Path, lang: str) -> None:
        assert lang == "en"
        asked.append(book.scenario)
        path.write_text("half", encoding="utf-8")
        if book.scenario == "quake":
            raise OSError("disk full")

    monkeypatch.setattr(allocator.orders, "write_trip_lines", fail)
    with pytest.raises(OSError, match="disk full"):
        write_orders(example_case(), build_plan(), tmp_path)
    assert asked == ["flood", "quake"]
    assert [path.name for path in tmp_path.iterdir()] == ["flood-orders.xlsx"]
    assert earlier.read_text(encoding="utf-8") == "earlier"


def test_scenario_code_cannot_leave_the_folder(tmp_path: Path) -> None:
    """A code with a way in it becomes a plain name."""

    def renamed(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
        return {
            sheet: [
                {name: "../flood" if cell == "flood" else cell for name, cell in row.items()}
                for row in lines
            ]
            for sheet, lines in rows.items()
        }

    case = build_case(renamed(build_tables()))
    results = renamed(build_results())
    results["Run_Info"][0]["text"] = case.digest
    write_orders(case, build_plan(results), tmp_path / "inner")
    assert [path.name for path in tmp_path.iterdir()] == ["inner"]
    names = sorted(path.name for path in (tmp_path / "inner").iterdir())
    endings = ("map.html", "orders.pdf", "orders.xlsx", "trips.geojson")
    assert names == [f"{code}-{end}" for code in ("_flood", "quake") for end in endings]


# The verb -------------------------------------------------------------------------------------


def test_verb_writes_orders_and_a_table(
    sources: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All scenarios with trips, one line each."""
    assert run("orders", *sources, "-o", tmp_path / "out") == 0
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["flood", "洪水", "7 trips", "3 warehouses", "3 districts"],
        ["quake", "地震", "3 trips", "2 warehouses", "2 districts"],
    ]
    modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()]
    # Whoever loads must be able to read them, not only who planned.
    assert modes == [0o644] * 8


def test_verb_prints_one_document(
    sources: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files, trips, and trips by warehouse and district, of the one scenario asked for."""
    out = tmp_path / "out"
    words = ("orders", *sources, "-o", out, "--scenario", "quake", "--lang", "zh", "--json")
    assert run(*words) == 0
    document = json.loads(capsys.readouterr().out)
    endings = ("orders.xlsx", "orders.pdf", "trips.geojson", "map.html")
    files = [str(out / f"quake-{end}") for end in endings]
    assert document["files"] == files
    assert sorted(str(path) for path in out.iterdir()) == sorted(files)
    assert (document["certified"], document["trips"]) == (True, 3)
    assert document["case_digest"] == example_case().digest
    assert len(document["plan_digest"]) == 64
    (part,) = document["scenarios"]
    assert [part[name] for name in ("workbook", "paper", "lines", "map")] == files
    assert part["warehouses"] == [{"warehouse": "W1", "trips": 1}, {"warehouse": "W2", "trips": 2}]
    assert part["districts"] == [
        {"district": "450102", "trips": 2}, {"district": "450201", "trips": 1},
    ]  # fmt: skip


def test_verb_lists_violations(
    sources: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A load start moved by hand ends with exit code 1 and the rules it breaks."""
    book = openpyxl.load_workbook(sources[1])
    sheet = book["Dispatch_Trips"]
    heads = [cell.value for cell in sheet[1]]
    sheet.cell(row=3, column=heads.index("load_start_hours") + 1).value = 5
    changed = tmp_path / "changed.xlsx"
    book.save(changed)
    out = tmp_path / "out"
    assert run("orders", sources[0], changed, "-o", out, "--json") == 1
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert "trip_depart" in {violation["rule"] for violation in document["violations"]}
    assert "did not survive its replay" in told.err
    assert not out.exists()


def test_verb_refuses_an_unknown_scenario(
    sources: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The scenarios there are are named."""
    assert run("orders", *sources, "-o", tmp_path / "out", "--scenario", "fire") == 1
    assert "Maybe one of: flood, quake" in capsys.readouterr().err

"""CSV folders, JSON documents, shipped data sets, and settings given beside a case."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from allocator import datasets
from allocator.case import Case
from allocator.datasets import dataset_path, list_datasets
from allocator.errors import DataError, NotFoundError
from allocator.intake import Limits, check_case, read_case, read_case_with_issues, write_case
from tests.tiny import Tables, build_case


@pytest.fixture
def folder(tmp_path: Path, tiny_case: Case) -> Path:
    """The tiny case as a folder of CSV files."""
    write_case(tiny_case, tmp_path / "case")
    return tmp_path / "case"


def test_encodings_of_csv_files(folder: Path) -> None:
    """UTF-8 with or without mark is read silently, GB18030 with a warning."""
    path = folder / "Districts.csv"
    text = path.read_bytes().decode("utf-8-sig")
    path.write_bytes(text.encode("utf-8"))
    assert check_case(folder) == []
    path.write_bytes(text.encode("gb18030"))
    case, issues = read_case_with_issues(folder)
    assert [(issue.code, issue.sheet) for issue in issues] == [("other_encoding", "Districts")]
    assert case is not None
    assert case.digest == build_case().digest


@pytest.mark.parametrize("junk", [b"\xff\x00\xff", b"\xff\xff\xff\xff", b"\x81"])
def test_files_that_are_no_text_are_named(folder: Path, junk: bytes) -> None:
    """A CSV file that cannot be decoded is one fault with the file's name."""
    (folder / "Districts.csv").write_bytes(junk)
    issues = check_case(folder)
    assert ("unreadable_text", "Districts") in [(issue.code, issue.sheet) for issue in issues]


def test_open_quotation_is_named(folder: Path) -> None:
    """A cell longer than any real one comes from a quotation mark that is not closed."""
    (folder / "Lanes.csv").write_text('warehouse\n"W1' + "x" * 1_100_000, encoding="utf-8")
    assert ("unreadable_text", "Lanes") in [(i.code, i.sheet) for i in check_case(folder)]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_are_read(folder: Path, separator: str) -> None:
    """Semicolons and tabs, as some spreadsheets write them, are read as well."""
    path = folder / "Vehicles.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(lines)
    assert read_case(folder).digest == build_case().digest


def test_lines_of_csv_faults_are_those_of_the_file(folder: Path) -> None:
    """A quoted cell with a line break shifts the lines below; the address follows."""
    (folder / "Departments.csv").write_text(
        'department,name,level\nCITY_DEM,"two\nlines",city\nPROV_DEM,,x\nPROV_GOV,ok,x\n',
        encoding="utf-8",
    )
    (issue,) = check_case(folder)
    assert (issue.code, issue.sheet, issue.cell) == ("empty_cell", "Departments", "B4")


def test_short_and_long_lines(folder: Path) -> None:
    """A short line has empty cells; a cell beyond the header is told."""
    (folder / "Departments.csv").write_text(
        "department,name,level\nCITY_DEM,a\nPROV_DEM,b,c,stray\nPROV_GOV,ok,x\n",
        encoding="utf-8",
    )
    case, issues = read_case_with_issues(folder)
    assert [(issue.code, issue.cell) for issue in issues] == [("cell_without_header", "D3")]
    assert case is not None
    assert case.departments[0].level == ""


def test_units_in_a_csv_file_are_skipped(folder: Path) -> None:
    """A line of units below the header is no data."""
    (folder / "Waiting_Bands.csv").write_text(
        "up_to_hours,deprivation_hours\n[h],[h]\n6,6\n12,14\n24,32\n48,72\n", encoding="utf-8"
    )
    assert read_case(folder).digest == build_case().digest


def test_folder_without_csv_is_named(tmp_path: Path) -> None:
    """An empty folder is one fault with its name."""
    (tmp_path / "nothing").mkdir()
    (issue,) = check_case(tmp_path / "nothing")
    assert (issue.code, issue.sheet) == ("empty_folder", "nothing")


def test_sizes_of_text_forms_are_limited(folder: Path, tmp_path: Path, tiny_case: Case) -> None:
    """Folder and document are refused beyond the limit of what a workbook may unpack to."""
    limits = Limits(raw_bytes=10**6, unpacked_bytes=1000)
    write_case(tiny_case, tmp_path / "case.json")
    for source in (folder, tmp_path / "case.json"):
        assert [issue.code for issue in check_case(source, limits=limits)] == ["too_big"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"a": 1, "a": 2}',
        '{"Items": 3}',
        '{"Items": [3]}',
        '{"Items": [{"price_cny": NaN}]}',
        "\udcff",
    ],
)
def test_bad_documents_are_named(tmp_path: Path, text: str) -> None:
    """What is not JSON, or not of the form of a case, is one fault."""
    path = tmp_path / "case.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    (issue,) = check_case(path)
    assert (issue.code, issue.sheet) == ("unreadable_text", "case.json")


def test_document_faults_name_row_and_field(tmp_path: Path, tiny_tables: Tables) -> None:
    """In a JSON document a cell is called by the position of its row and its field."""
    tiny_tables["Scenario_Demand"][3]["demand_units"] = -1
    tiny_tables["Scenario_Demand"][4]["item"] = ["TENT"]
    document = {**tiny_tables, "Settings": tiny_tables["Settings"][0]}
    path = tmp_path / "case.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    issues = check_case(path)
    assert [(issue.code, issue.cell) for issue in issues] == [
        ("out_of_range", "[3].demand_units"),
        ("not_text", "[4].item"),
    ]


def test_settings_may_stand_in_a_row(folder: Path, tiny_tables: Tables) -> None:
    """A Settings sheet with one row of columns is read as well; two rows are one too many."""
    names = list(tiny_tables["Settings"][0])
    line = ",".join(str(tiny_tables["Settings"][0][name]) for name in names)
    path = folder / "Settings.csv"
    path.write_text(f"{','.join(names)}\n{line}\n", encoding="utf-8")
    assert read_case(folder).digest == build_case().digest
    path.write_text(f"{','.join(names)}\n{line}\n{line}\n", encoding="utf-8")
    assert [(issue.code, issue.cell) for issue in check_case(folder)] == [
        ("duplicate_setting", "A3")
    ]


def test_settings_beside_the_case_win(folder: Path) -> None:
    """Settings behind a ``?`` and in options win over the sheet, the latter over both."""
    case = read_case(f"{folder}?horizon_hours=24&clock=order", options={"clock": "event"})
    assert (case.settings.horizon_hours, case.settings.clock) == (24.0, "event")
    assert case.settings.circuity == build_case().settings.circuity
    assert case.digest != build_case().digest


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ("horizon=24", "unknown_setting"),
        ("horizon_hours=-1", "out_of_range"),
        ("horizon_hours=long", "not_a_number"),
        ("sample=s50", "no_scenario"),
    ],
)
def test_bad_settings_beside_the_case_are_faults(folder: Path, option: str, code: str) -> None:
    """A wrong name or value given beside the case is a fault like one in the sheet."""
    with pytest.raises(DataError) as caught:
        read_case(f"{folder}?{option}")
    assert [issue.code for issue in caught.value.issues] == [code]


def test_samples_are_switched(folder: Path, tiny_tables: Tables) -> None:
    """The same case holds several samples; the setting chooses which probabilities count."""
    for row in tiny_tables["Scenarios"]:
        row["sample"] = "two"
    tiny_tables["Scenarios"].append({**tiny_tables["Scenarios"][0], "scenario": "one"})
    tiny_tables["Scenarios"][-1].update(sample="base", probability=1)
    demand = tiny_tables["Scenario_Demand"]
    demand.append({**demand[0], "scenario": "one"})
    write_case(build_case(tiny_tables), folder)
    assert [row.scenario for row in read_case(folder).scenarios] == ["one"]
    assert [row.scenario for row in read_case(f"{folder}?sample=two").scenarios] == [
        "flood",
        "quake",
    ]


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_case: Case) -> Path:
    """A folder of shipped data sets with one in it."""
    root = tmp_path / "shipped"
    write_case(tiny_case, root / "little")
    (root / "little" / "dataset.toml").write_text(
        'title = "Little"\nabout = "For tests."\n[switches]\nsample = ["base"]\n', encoding="utf-8"
    )
    monkeypatch.setattr(datasets, "_root", lambda: root)
    return root


@pytest.mark.usefixtures("shipped")
def test_shipped_cases_are_found_by_name() -> None:
    """A plain name is a shipped data set, also with settings behind it."""
    (found,) = list_datasets()
    assert (found.name, found.title, found.about) == ("little", "Little", "For tests.")
    assert found.switches == {"sample": ("base",)}
    assert read_case("little").digest == build_case().digest
    assert read_case("little?horizon_hours=24").settings.horizon_hours == 24


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("name", ["large", "../little", "little/..", ""])
def test_unknown_names_are_not_found(name: str) -> None:
    """An unknown name names the known ones, and no name leads out of the folder."""
    with pytest.raises(NotFoundError, match="little"):
        dataset_path(name)


@pytest.mark.usefixtures("shipped")
def test_sources_that_do_not_exist() -> None:
    """A name that is nothing at all says so, with the names there are."""
    with pytest.raises(NotFoundError, match=r"'larg' is neither a file.*Maybe one of: little"):
        read_case("larg")


def test_damaged_description_is_named(shipped: Path) -> None:
    """A data set whose description cannot be read is named."""
    (shipped / "little" / "dataset.toml").write_text("title = ", encoding="utf-8")
    with pytest.raises(DataError, match="little"):
        list_datasets()

"""Damaged, hostile and odd workbooks are named for what they are, and never crash the reader."""

from __future__ import annotations

import io
import re
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from allocator.case import Case
from allocator.errors import NotFoundError
from allocator.intake import (
    UPLOAD_LIMITS,
    Limits,
    check_case,
    read_case,
    read_case_with_issues,
    write_case,
)
from allocator.intake.sheet_facts import read_facts
from allocator.issue_codes import ISSUE_CODES
from tests.tiny import build_case, build_tables
from tests.workbooks import raw_sheets, save_workbook, with_parts

SHEET = "xl/worksheets/sheet5.xml"


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Bytes of the tiny case as an exported workbook."""
    path = tmp_path_factory.mktemp("made") / "tiny.xlsx"
    write_case(build_case(), path)
    return path.read_bytes()


def codes_of(data: bytes, folder: Path, limits: Limits = UPLOAD_LIMITS) -> list[str]:
    """Codes of the issues of a file with these bytes; the case must be missing if any is fatal."""
    path = folder / "case.xlsx"
    path.write_bytes(data)
    case, issues = read_case_with_issues(path, limits=limits)
    faults = [issue for issue in issues if issue.severity == "error"]
    assert (case is None) == bool(faults)
    assert all(issue.sheet for issue in issues)
    return [issue.code for issue in issues]


def patched(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The package with one text in one part exchanged; the text must be there."""

    def change(part: str, content: bytes) -> bytes:
        if part == name:
            assert old in content
            return content.replace(old, new, 1)
        return content

    return with_parts(data, change)


FILES = {
    "empty file": (b"", "not_a_workbook"),
    "text renamed": (b"district,name\n450101,x\n", "not_a_workbook"),
    "picture renamed": (b"\x89PNG\r\n\x1a\n" + bytes(100), "not_a_workbook"),
    "html renamed": (b"<html><table></table></html>", "not_a_workbook"),
    "old xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "old_workbook"),
    "encrypted": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "encrypted",
    ),
    "only the zip mark": (b"PK\x03\x04", "damaged"),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_no_workbook_is_named(name: str, tmp_path: Path) -> None:
    """Other files get one issue with the file's name, not a traceback."""
    data, code = FILES[name]
    assert codes_of(data, tmp_path) == [code]


def test_other_zip_archives_are_named(tmp_path: Path) -> None:
    """A zip archive without a workbook inside is no workbook."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert codes_of(buffer.getvalue(), tmp_path) == ["not_a_workbook"]


def test_missing_file_is_not_found(tmp_path: Path) -> None:
    """A path that does not exist is an error of its own, with the path in it."""
    with pytest.raises(NotFoundError, match=r"absent\.xlsx"):
        check_case(tmp_path / "absent.xlsx")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated_workbook_is_damaged(workbook: bytes, tmp_path: Path, share: float) -> None:
    """A download that broke off is named as damaged."""
    assert codes_of(workbook[: int(len(workbook) * share)], tmp_path) == ["damaged"]


def test_flipped_bytes_never_crash(workbook: bytes, tmp_path: Path) -> None:
    """Damage anywhere in the file gives issues or the same case, never another error."""
    step = max(1, len(workbook) // 60)
    for place in range(0, len(workbook), step):
        data = bytearray(workbook)
        data[place] ^= 0x55
        assert set(codes_of(bytes(data), tmp_path)) <= set(ISSUE_CODES), place


def test_sheet_part_missing_is_named(workbook: bytes, tmp_path: Path) -> None:
    """A sheet whose part was lost is named, not silently dropped."""
    data = with_parts(workbook, lambda name, part: None if name == SHEET else part)
    assert "missing_part" in codes_of(data, tmp_path)


def test_wrong_root_is_damaged(workbook: bytes, tmp_path: Path) -> None:
    """A sheet part with other XML inside is damage, not an empty sheet."""
    data = with_parts(workbook, lambda name, part: b"<a/>" if name == SHEET else part)
    assert codes_of(data, tmp_path) == ["damaged"]


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml"])
def test_document_types_are_refused(workbook: bytes, tmp_path: Path, part: str) -> None:
    """A DOCTYPE in any part is refused before any parser sees it."""
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbb">]>'
    data = with_parts(
        workbook,
        lambda name, old: (
            re.sub(rb"(<\?xml[^>]*\?>)?", rb"\g<0>" + bomb, old, count=1) if name == part else old
        ),
    )
    assert codes_of(data, tmp_path) == ["unsafe_xml"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp037"])
def test_other_encodings_are_refused(workbook: bytes, tmp_path: Path, encoding: str) -> None:
    """XML in an encoding that could hide a DOCTYPE is refused."""

    def change(name: str, part: bytes) -> bytes:
        if name != SHEET:
            return part
        text = f'<?xml version="1.0" encoding="{encoding}"?>' + part.decode("utf-8")
        return text.encode(encoding, "replace")

    assert codes_of(with_parts(workbook, change), tmp_path)[0] in ("unsafe_xml", "damaged")


def test_zip_bomb_is_stopped_while_unpacking(workbook: bytes, tmp_path: Path) -> None:
    """A part that unpacks to far more than the file's size allows is refused."""
    space = b" " * 80_000_000
    data = with_parts(
        workbook,
        lambda name, part: (
            part.replace(b"</sheetData>", space + b"</sheetData>") if name == SHEET else part
        ),
    )
    assert len(data) < 300_000
    assert codes_of(data, tmp_path) == ["too_big"]


def test_sizes_are_limited(workbook: bytes, tmp_path: Path) -> None:
    """The file, what it unpacks to and the number of parts each have a limit."""
    for limits in (
        Limits(raw_bytes=1000, unpacked_bytes=10**9),
        Limits(raw_bytes=10**9, unpacked_bytes=10_000),
        Limits(raw_bytes=10**9, unpacked_bytes=10**9, parts=3),
    ):
        assert codes_of(workbook, tmp_path, limits) == ["too_big"]


def test_two_parts_of_one_name_are_damage(workbook: bytes, tmp_path: Path) -> None:
    """A package in which checker and reader could see different parts is refused."""
    buffer = io.BytesIO(workbook)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(SHEET.upper(), "<worksheet/>")
    assert codes_of(buffer.getvalue(), tmp_path) == ["damaged"]


@pytest.mark.parametrize("cell", ["A9999999", "Z99999", "AA3", "XFD4", "ZZ1", "B12"])
def test_cells_are_measured_wherever_they_hide(cell: str) -> None:
    """A cell in a row that claims to be another one still counts with its own address."""
    inside = "".join(f'<row r="{k}"><c r="A{k}"/><c r="B{k}"/></row>' for k in range(1, 12))
    hidden = f'<row r="3"><c r="{cell}"><v>1</v></c></row>'
    sheet = f"<worksheet><sheetData>{inside}{hidden}</sheetData></worksheet>"
    facts = read_facts(sheet.encode())
    letters, line = re.match(r"([A-Z]+)(\d+)", cell).groups()  # type: ignore[union-attr]
    assert facts.lines == max(11, int(line))
    assert facts.columns >= len(letters)
    assert facts.cells == 23


def test_cells_spread_over_the_whole_sheet_are_refused(tmp_path: Path) -> None:
    """Cells that span more than can be held, in an unusual form, are refused by name."""
    path = save_workbook(tmp_path / "a.xlsx", raw_sheets(build_tables()))
    far = b"<row r=\"1048576\"><c r='XFD1048576'><v>1</v></c></row></sheetData>"
    data = patched(path.read_bytes(), SHEET, b"</sheetData>", far)
    assert codes_of(data, tmp_path) == ["stray_cell_block"]


def test_stray_cells_beyond_the_table_are_left_out(tmp_path: Path) -> None:
    """One cell in the last corner of the sheet does not swell it: a warning names it."""

    def dress(book: Workbook) -> None:
        book["Items"]["XFD1048576"] = 7
        book["Items"]["C900000"] = "x"

    path = save_workbook(tmp_path / "a.xlsx", raw_sheets(build_tables()), dress)
    case, issues = read_case_with_issues(path)
    assert case is not None
    assert case.digest == build_case().digest
    (issue,) = issues
    assert (issue.code, issue.cell) == ("stray_cells", "C900000")
    assert "and 1 more" in issue.message


def test_formatted_empty_rows_do_not_matter(tmp_path: Path) -> None:
    """Empty cells with a colour, down to the last row, are no data."""

    def dress(book: Workbook) -> None:
        book["Items"]["A1048576"].number_format = "@"
        book["Items"]["A50"].number_format = "@"

    path = save_workbook(tmp_path / "a.xlsx", raw_sheets(build_tables()), dress)
    case, issues = read_case_with_issues(path)
    assert issues == []
    assert case is not None


def test_cells_without_addresses_are_read(tmp_path: Path, tiny_case: Case) -> None:
    """Cells may leave their address out and use prefixes; both are valid and are read."""
    path = save_workbook(tmp_path / "a.xlsx", raw_sheets(build_tables()))
    sheet = "xl/worksheets/sheet15.xml"

    def change(name: str, part: bytes) -> bytes:
        return re.sub(rb' r="[A-Z]*\d+"', b"", part) if name == sheet else part

    data = with_parts(path.read_bytes(), change)
    path.write_bytes(data)
    case, issues = read_case_with_issues(path)
    assert issues == []
    assert case is not None
    assert case.departments == tiny_case.departments


def test_formulas_with_a_stored_result_are_values(tmp_path: Path) -> None:
    """A formula whose result the spreadsheet stored counts as that result."""
    path = save_workbook(
        tmp_path / "a.xlsx",
        raw_sheets(build_tables()),
        lambda book: book["Stock"].__setitem__("D4", "=500*2"),
    )
    data = patched(
        path.read_bytes(),
        "xl/worksheets/sheet6.xml",
        b"<f>500*2</f><v />",
        b"<f>500*2</f><v>1000</v>",
    )
    path.write_bytes(data)
    case, issues = read_case_with_issues(path)
    assert issues == []
    assert case is not None
    assert case.digest == build_case().digest


def test_title_lines_units_and_notes_around_the_table(tmp_path: Path) -> None:
    """A title above, a unit line below the header and blank lines between rows do no harm."""
    sheets = raw_sheets(build_tables())
    lines = sheets["Stock"]
    units = [f"[{unit}]" if unit else None for unit in (None, None, None, "units", None, "units")]
    sheets["Stock"] = [
        ["Stock of the province"],
        [],
        ["储备库代码", "物资代码", "批次", "数量 [units]", "到期日", "本省保留量(units)"],
        units,
        lines[1],
        [],
        *lines[2:],
    ]
    case, issues = read_case_with_issues(save_workbook(tmp_path / "a.xlsx", sheets))
    assert [issue.code for issue in issues] == ["lines_above_header"]
    assert case is not None
    assert case.digest == build_case().digest


def test_sheet_names_in_any_case_and_language(tmp_path: Path) -> None:
    """Sheets are found by English or Chinese name, whatever case, spaces or underscores."""
    sheets = raw_sheets(build_tables())
    renamed = {"Districts": "districts", "Scenario_Demand": "SCENARIO DEMAND", "Stock": "库存 "}
    sheets = {renamed.get(name, name): lines for name, lines in sheets.items()}
    case, issues = read_case_with_issues(save_workbook(tmp_path / "a.xlsx", sheets))
    assert issues == []
    assert case is not None
    assert case.digest == build_case().digest


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_zones_of_the_machine_do_not_matter(
    workbook: bytes, tmp_path: Path, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same workbook gives the same digest in any time zone of the machine."""
    path = tmp_path / "case.xlsx"
    path.write_bytes(workbook)
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        assert read_case(path).digest == build_case().digest
    time.tzset()


def test_export_has_no_formulas_and_keeps_text_columns(workbook: bytes) -> None:
    """No cell of an export is a formula, and code columns are formatted as text."""
    book = load_workbook(io.BytesIO(workbook))
    kinds = {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line}
    assert "f" not in kinds
    assert book["Districts"].column_dimensions["A"].number_format == "@"


@settings(max_examples=40)
@given(junk=st.binary(max_size=300))
def test_random_bytes_never_crash(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    """Any bytes at all give issues, never another error."""
    assert codes_of(b"PK\x03\x04" + junk, tmp_path_factory.mktemp("junk"))

"""The zip package of a workbook: opened with every limit enforced before any cell is read."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from allocator.errors import DataError, Issue
from allocator.intake.limits import Limits
from allocator.intake.sheet_facts import SheetFacts, read_facts, without_strays
from allocator.issue_codes import ISSUE_CODES

__all__ = ["Package", "SheetPart", "file_fault", "open_package"]

_CHUNK = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_XML_SUFFIXES = (".xml", ".rels", ".vml")
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']+)[\"']")


def file_fault(code: str, message: str, hint: str) -> DataError:
    """Make the error for a file that cannot be used at all; the reader adds the file's name."""
    return DataError([Issue(code, ISSUE_CODES[code].severity, "", "", "", "", message, hint)])


@dataclass
class SheetPart:
    """One sheet of the package: its name, where its XML lies, what is known about it."""

    name: str
    is_hidden: bool
    path: str
    facts: SheetFacts | None = None
    strays: list[tuple[tuple[int, int], str]] = field(default_factory=list)


@dataclass
class Package:
    """A workbook that may be read: its bytes, and its sheets in tab order."""

    data: bytes
    sheets: list[SheetPart]


def open_package(data: bytes, limits: Limits) -> Package:
    """Check a workbook's package and look through its sheets.

    Parameters
    ----------
    data
        Content of the file.
    limits
        How large it, and what it unpacks to, may be.

    Raises
    ------
    DataError
        If the file is not a workbook, damaged, protected, too big, or hostile.
    """
    _check_kind(data, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read_archive(archive, data, limits)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        UnicodeDecodeError,
        ParseError,
        ValueError,
    ) as error:
        raise file_fault(
            "damaged",
            f"the file is damaged ({_short(error)}).",
            "Maybe open it in a spreadsheet program and save it again.",
        ) from error
    except DefusedXmlException as error:
        raise _unsafe("xl/workbook.xml", "declares a DTD") from error
    except RuntimeError as error:
        raise file_fault(
            "encrypted", "the file is protected by a password.", "Maybe save it without one."
        ) from error


def _check_kind(data: bytes, limits: Limits) -> None:
    """Tell a workbook from what is not one by its first bytes."""
    if not data:
        raise file_fault("not_a_workbook", "the file is empty.", "Maybe it was not saved yet.")
    if len(data) > limits.raw_bytes:
        raise file_fault(
            "too_big",
            f"the file has {len(data) / 1e6:.1f} MB, more than {limits.raw_bytes / 1e6:.0f} MB.",
            "Maybe split it, or delete what is not needed.",
        )
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise file_fault(
                "encrypted", "the file is protected by a password.", "Maybe save it without one."
            )
        raise file_fault(
            "old_workbook",
            "the file is an old workbook (.xls).",
            "Maybe save it as .xlsx.",
        )
    if not data.startswith(b"PK"):
        raise file_fault(
            "not_a_workbook",
            "the file is not an .xlsx workbook.",
            "Maybe another kind of file was renamed; save it as .xlsx from a spreadsheet program.",
        )


def _read_archive(archive: zipfile.ZipFile, data: bytes, limits: Limits) -> Package:
    """Unpack every part once under the limits, keeping what tells about the sheets."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > limits.parts:
        raise file_fault(
            "too_big",
            f"the file has {len(entries)} parts, more than {limits.parts}.",
            "Maybe save it again from a spreadsheet program.",
        )
    names = {_folded(entry.filename): entry for entry in entries}
    if len(names) != len(entries):
        raise ValueError("two parts have the same name")
    if "xl/workbook.xml" not in names:
        raise file_fault(
            "not_a_workbook",
            "the file is a zip archive but not an .xlsx workbook.",
            "Maybe another kind of file was renamed; save it as .xlsx from a spreadsheet program.",
        )
    head = [
        _unpack(archive, names[name], limits, limits.unpacked_bytes)
        for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
        if name in names
    ]
    package = Package(data, _sheet_list(head))
    left = limits.unpacked_bytes - sum(map(len, head))
    by_path = {sheet.path: sheet for sheet in package.sheets}
    replaced: dict[str, bytes] = {}
    for name, entry in names.items():
        part = _unpack(archive, entry, limits, left)
        left -= len(part)
        if name in by_path:
            changed = _look_through(by_path[name], part, limits)
            if changed is not None:
                replaced[entry.filename] = changed
    if replaced:
        package.data = _rewritten(archive, replaced)
    return package


def _folded(name: str) -> str:
    """Part name as the package format compares it."""
    return posixpath.normpath(name.replace("\\", "/").lower()).lstrip("/")


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits, left: int) -> bytes:
    """Unpack one part, stopping as soon as it is larger than allowed."""
    ceiling = min(left, max(_CHUNK, entry.compress_size * limits.ratio))
    pieces = []
    size = 0
    with archive.open(entry) as stream:
        while piece := stream.read(_CHUNK):
            size += len(piece)
            if size > ceiling:
                raise file_fault(
                    "too_big",
                    f"part {entry.filename[:80]} unpacks to far more than the file's size allows "
                    f"(over {size / 1e6:.0f} MB from {entry.compress_size / 1e6:.2f} MB).",
                    "Maybe delete empty but formatted rows, or copy the values to a new workbook.",
                )
            pieces.append(piece)
    part = b"".join(pieces)
    if _folded(entry.filename).endswith(_XML_SUFFIXES):
        _check_xml(entry.filename, part)
    return part


def _check_xml(name: str, part: bytes) -> None:
    """Refuse what no spreadsheet program writes: document types and other encodings."""
    if part.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00", b"<\x00")):
        raise _unsafe(name, "is not written in UTF-8")
    declared = _ENCODING.search(part[:400])
    if declared and declared.group(1).lower() not in (b"utf-8", b"us-ascii", b"ascii"):
        raise _unsafe(name, "is not written in UTF-8")
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise _unsafe(name, "declares a DTD")


def _unsafe(name: str, what: str) -> DataError:
    return file_fault(
        "unsafe_xml",
        f"part {name[:80]} {what}, which no spreadsheet program writes.",
        "Maybe copy the values to a new workbook.",
    )


def _sheet_list(head: list[bytes]) -> list[SheetPart]:
    """Sheets in tab order with the paths of their parts."""
    workbook = fromstring(head[0], forbid_dtd=True)
    targets = {} if len(head) == 1 else _targets(fromstring(head[1], forbid_dtd=True))
    sheets = []
    for element in workbook.iter():
        if _local(element) == "sheet":
            link = next((v for k, v in element.attrib.items() if k.endswith("}id")), "")
            is_worksheet, path = targets.get(link, (True, ""))
            if is_worksheet:
                is_hidden = element.get("state", "visible") != "visible"
                sheets.append(SheetPart(element.get("name", ""), is_hidden, path))
    return sheets


def _targets(relations: Element) -> dict[str, tuple[bool, str]]:
    """Whether each relation leads to a worksheet, and the folded path of its part."""
    found = {}
    for element in relations:
        target = element.get("Target", "").replace("\\", "/")
        path = target if target.startswith("/") else f"xl/{target}"
        kind = element.get("Type", "").rpartition("/")[2]
        found[element.get("Id", "")] = (kind == "worksheet", _folded(path))
    return found


def _local(element: Element) -> str:
    """Name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _look_through(sheet: SheetPart, part: bytes, limits: Limits) -> bytes | None:
    """Read a sheet's facts; return its XML without stray cells where there are any."""
    if b"sheetData" not in part:
        raise ValueError(f"the part of sheet {sheet.name!r} is not a sheet")
    facts = read_facts(part)
    area = facts.lines * facts.columns
    changed = None
    if area > 1_000_000 and area > 20 * facts.cells and facts.is_plain:
        changed, sheet.strays = without_strays(part)
        facts = read_facts(changed)
        area = facts.lines * facts.columns
    if area > limits.grid_cells:
        raise file_fault(
            "stray_cell_block",
            f"sheet {sheet.name!r} spans {facts.lines} rows x {facts.columns} columns.",
            "Maybe delete the rows below and the columns right of the table.",
        )
    sheet.facts = facts
    return changed


def _rewritten(archive: zipfile.ZipFile, replaced: dict[str, bytes]) -> bytes:
    """The package with some parts exchanged."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as copy:
        for entry in archive.infolist():
            content = replaced.get(entry.filename)
            copy.writestr(entry.filename, archive.read(entry) if content is None else content)
    return buffer.getvalue()


def _short(error: Exception) -> str:
    """First line of an error, cut."""
    text = (str(error) or type(error).__name__).splitlines()[0]
    return text[:120]

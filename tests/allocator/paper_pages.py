"""What stands on the pages of a PDF that ``allocator.report.paper`` wrote, and where."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from allocator.report.paper_text import width

__all__ = ["Page", "Piece", "read_pages"]


@dataclass(frozen=True)
class Piece:
    """A text in one font: its start, its end, its size. [point]"""

    x: float
    y: float
    text: str
    font: str
    size: float

    @property
    def end(self) -> float:
        """Where it ends."""
        return self.x + self.size * width(self.text, is_bold="Bold" in self.font)


@dataclass(frozen=True)
class Page:
    """Its size, its texts, its operations."""

    across: float
    along: float
    pieces: tuple[Piece, ...]
    operations: str

    @property
    def lines(self) -> list[str]:
        """Texts by line, from above; parts that touch are one, others are parted by a bar."""
        found = []
        for y in sorted({piece.y for piece in self.pieces}, reverse=True):
            row = sorted((p for p in self.pieces if p.y == y), key=lambda piece: piece.x)
            told, end = "", None
            for piece in row:
                gap = end is not None and piece.x > end + 0.1
                told += (" | " if gap else "") + piece.text
                end = piece.end
            found.append(told)
        return found


def read_pages(path: Path) -> list[Page]:
    """Read all pages in their order."""
    content = path.read_bytes()
    objects = _objects(content)
    kids = next(body for body in objects.values() if b"/Type /Pages" in body)
    names = re.findall(rb"(\d+) 0 R", re.search(rb"/Kids \[(.*?)\]", kids, re.DOTALL)[1])
    fonts = _fonts(objects)
    return [_page(objects, objects[int(name)], fonts) for name in names]


def _objects(content: bytes) -> dict[int, bytes]:
    """Objects by number, by the table at the end of the file."""
    start = int(re.search(rb"startxref\s+(\d+)", content)[1])
    table = content[start:]
    count = int(re.match(rb"xref\s+0 (\d+)", table)[1])
    rows = re.findall(rb"(\d{10}) \d{5} ([nf])", table)[:count]
    offsets = {k: int(row[0]) for k, row in enumerate(rows) if row[1] == b"n"}
    ends = sorted([*offsets.values(), start])
    return {k: content[at : ends[ends.index(at) + 1]] for k, at in offsets.items()}


def _fonts(objects: dict[int, bytes]) -> dict[str, str]:
    """Fonts by the name that pages know them by."""
    found = {}
    for body in objects.values():
        name = re.search(rb"/Name /(F\d+)", body)
        base = re.search(rb"/BaseFont /([\w-]+)", body)
        if name and base:
            assert b"/FontFile" not in body
            found[name[1].decode()] = base[1].decode().removesuffix("-UniGB-UCS2-H")
    return found


_OPERATION = re.compile(
    r"/(F\d+) ([\d.]+) Tf|1 0 0 1 ([\d.-]+) ([\d.-]+) Tm (\((?:\\.|[^\\)])*\)|<[0-9a-f]*>) Tj"
)


def _page(objects: dict[int, bytes], body: bytes, fonts: dict[str, str]) -> Page:
    box = re.search(rb"/MediaBox \[\s*0 0 ([\d.]+) ([\d.]+)", body)
    stream = objects[int(re.search(rb"/Contents (\d+) 0 R", body)[1])]
    length = int(re.search(rb"/Length (\d+)", stream)[1])
    start = re.search(rb"stream\r?\n", stream).end()
    text = zlib.decompress(stream[start : start + length]).decode("latin-1")
    font, size, pieces = "", 0.0, []
    for name, points, x, y, told in _OPERATION.findall(text):
        if name:
            font, size = fonts[name], float(points)
        else:
            pieces.append(Piece(float(x), float(y), _letters(told, font), font, size))
    return Page(float(box[1]), float(box[2]), tuple(pieces), text)


def _letters(told: str, font: str) -> str:
    if told.startswith("<"):
        return bytes.fromhex(told[1:-1]).decode("cp1252" if "Helvetica" in font else "utf-16-be")
    return re.sub(r"\\(.)", r"\1", told[1:-1])

"""Text on paper: which font shows which letter, how wide it is, and where a line breaks.

Nothing is embedded: Latin letters are set in Helvetica, all others in STSong-Light, two of the
fonts that a reader of PDF knows by name. Letters that neither has are written by their number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

__all__ = ["CHINESE", "LATIN", "LATIN_BOLD", "broken", "printable", "runs", "shortened", "width"]

LATIN, LATIN_BOLD = "Helvetica", "Helvetica-Bold"
CHINESE = "STSong-Light"

_WINDOWS_LATIN = bytes(code for code in range(0x20, 0x100) if code != 0x7F)
_LATIN_LETTERS = _WINDOWS_LATIN.decode("cp1252", "ignore")
"""What Helvetica has in a PDF."""

_RUN = re.compile(f"([{re.escape(_LATIN_LETTERS)}]+)")
_CLOSING = "，。；：、）》」』】！？％"
_TOKEN = re.compile(
    rf"\s+|[{re.escape(_LATIN_LETTERS.replace(' ', ''))}]+|.[{_CLOSING}]*", flags=re.DOTALL
)
"""What stays on one line: blanks, a Latin word, a Chinese letter with what closes behind it."""

_CHINESE_RANGES = ((0x2E80, 0x9FFF), (0xFF00, 0xFFEF))
"""Letters of the fonts that stand in for STSong-Light, though older standards lack some."""


class _Advances(dict[str, float]):
    """Widths of letters over the size of the font; one that Helvetica lacks is a square."""

    def __missing__(self, letter: str) -> float:
        self[letter] = 1.0
        return 1.0


@cache
def _advances(*, is_bold: bool) -> _Advances:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    name = LATIN_BOLD if is_bold else LATIN
    return _Advances({letter: stringWidth(letter, name, 1) for letter in _LATIN_LETTERS})


@lru_cache(maxsize=200_000)
def width(text: str, *, is_bold: bool = False) -> float:
    """Width of a printable text over the size of its font."""
    return sum(map(_advances(is_bold=is_bold).__getitem__, text))


@lru_cache(maxsize=100_000)
def printable(text: str) -> str:
    """Return a text with the letters that no font here has written by their number."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(letter if letter == "\n" else _letter(letter) for letter in text)


def _letter(letter: str) -> str:
    if letter in _LATIN_LETTERS:
        return letter
    if letter.isspace():
        return " "
    code = ord(letter)
    if any(first <= code <= last for first, last in _CHINESE_RANGES):
        return letter
    try:
        letter.encode("gbk")
    except UnicodeEncodeError:
        return f"[U+{code:04X}]"
    return letter


def runs(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the parts of a text that stay in one font, and whether that is the Latin one."""
    for k, part in enumerate(_RUN.split(text)):
        if part:
            yield k % 2 == 1, part


@lru_cache(maxsize=200_000)
def broken(text: str, room: float, *, is_bold: bool = False) -> tuple[str, ...]:
    """Break a printable text into lines.

    Parameters
    ----------
    text
        The text; it has line breaks of its own or none.
    room
        Width of a line over the size of the font.
    is_bold
        Whether it is set in bold.
    """
    lines: list[str] = []
    for part in text.split("\n"):
        if width(part, is_bold=is_bold) <= room:
            lines.append(part)
        else:
            lines += _lines_of(part, room, is_bold=is_bold)
    return tuple(lines)


def _lines_of(text: str, room: float, *, is_bold: bool) -> list[str]:
    """Break at blanks and between Chinese letters, anywhere only in what is longer than a line."""
    advances = _advances(is_bold=is_bold)
    lines: list[str] = []
    line, used = "", 0.0
    for token in _TOKEN.findall(text):
        size = width(token, is_bold=is_bold)
        pieces = [(token, size)]
        if size > room:
            pieces = [(letter, advances[letter]) for letter in token]
        for piece, advance in pieces:
            if line and used + advance > room:
                lines.append(line.rstrip())
                line, used = "", 0.0
            if line or not piece.isspace():
                line, used = line + piece, used + advance
    return [*lines, line.rstrip()] if line.strip() else lines


def shortened(text: str, room: float, *, is_bold: bool = False) -> str:
    """Return what a running head can show of a text that stands in full below it."""
    if width(text, is_bold=is_bold) <= room:
        return text
    kept = text
    while kept and width(kept + "...", is_bold=is_bold) > room:
        kept = kept[:-1]
    return kept.rstrip() + "..."

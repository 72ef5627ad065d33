"""Tiny instances of every format with values found by hand, and how the program is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.formats import Instance
from benchmarks.instance_files import load_instance
from benchmarks.run import main

#: Two sites, three customers; demands 2, 3, 4. Site 1: capacity 6, opening 10, costs 1, 2, 9.
#: Site 2: capacity 8, opening 5, costs 6, 4, 3.
#:
#: - ufl: site 2 alone 5 + 6 + 4 + 3 = 18 (site 1 alone 22, both 15 + 1 + 2 + 3 = 21).
#: - sscflp and cflp: neither holds 9 alone, so both open: 15 + 1 + 2 + 3 = 21, loads 5 and 4.
ORLIB = "2 3\n6 10\n8 5\n2\n1 6\n3\n2 4\n4\n9 3\n"
HOLMBERG = "2 3\n6 10\n8 5\n2 3 4\n1 2 9\n6 4 3\n"
DELMAIRE = "3 2\n1 6\n2 4\n9 3\n2 3 4\n10 5\n6 8\n"
#: The same with costs per unit of demand: both open 15 + 2x1 + 3x2 + 4x3 = 35.
TBED1 = "2 3\n2 3 4\n6 8\n10 5\n1 2 9\n6 4 3\n"
UFLLIB = "FILE: tiny.txt\n2 3 0\n1 10 1 2 9\n2 5 6 4 3\n"
#: A path 1 -2- 2 -3- 3 -4- 4 with one warehouse: at 2 or 3, median 2+3+7 = 12 or 5+3+4 = 12;
#: center at 3: max(5, 3, 4) = 5.
PMED = "4 3 1\n1 2 2\n2 3 3\n3 4 4\n"
#: Four points on a line at 0, 3, 10, 14 with demands 2, 2, 2, 2 and two warehouses of 4 each:
#: 3 + 4 = 7. Without capacities the same. Center: 4.
PMEDCAP = "1 7\n4 2 4\n1 0 0 2\n2 3 0 2\n3 10 0 2\n4 14 0 2\n"

TEXTS = {
    "orlib": ORLIB,
    "holmberg": HOLMBERG,
    "yang": HOLMBERG,
    "delmaire": DELMAIRE,
    "tbed1": TBED1,
    "ufllib": UFLLIB,
    "pmed": PMED,
    "pmedcap": PMEDCAP,
}

ANSWERS = [
    *((name, problem, value) for name in ("orlib", "holmberg", "yang", "delmaire")
      for problem, value in (("cflp", 21), ("sscflp", 21), ("ufl", 18))),
    ("tbed1", "cflp", 35),
    ("tbed1", "sscflp", 35),
    ("tbed1", "ufl", 35),
    ("ufllib", "ufl", 18),
    ("pmed", "p-median", 12),
    ("pmed", "p-center", 5),
    ("pmedcap", "cpmp", 7),
    ("pmedcap", "p-median", 7),
    ("pmedcap", "p-center", 4),
]  # fmt: skip


def written(folder: Path, text: str, name: str = "tiny.txt") -> Path:
    """Return a file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def call(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Call the program; return exit code, standard output, standard error."""
    code = main([str(word) for word in words])
    caught = capsys.readouterr()
    return code, caught.out, caught.err


def split_instance(tmp_path: Path) -> Instance:
    """Two sites of 5 and three customers of 3: one of them must be split."""
    text = "2 3\n5 1\n5 1\n3 3 3\n2 2 2\n4 4 4\n"
    return load_instance(written(tmp_path, text), "holmberg", "cflp")

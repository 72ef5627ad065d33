"""Instance files of the literature, checked token by token before they are read.

``FORMATS`` names the eight formats and the problems that make sense for each; ``load_instance``
reads one file for one problem, or says which line breaks which rule and how to mend it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.formats import (
    READERS,
    Instance,
    KnownValue,
    file_text,
    known_values,
    read_orlib_cap,
)

__all__ = [
    "FORMATS",
    "PROBLEMS",
    "Format",
    "InstanceFileError",
    "known_value",
    "load_instance",
]

PROBLEMS = ("cflp", "sscflp", "ufl", "p-median", "p-center", "cpmp")

#: Largest number of sites or customers that a header may announce.
_MOST = 1_000_000


class InstanceFileError(Exception):
    """A file, or a choice of format and problem, that cannot be used; a sentence with the fix."""


@dataclass(frozen=True)
class Token:
    """One word of a file and the line it stands in."""

    text: str
    line: int


@dataclass(frozen=True)
class Layout:
    """What a header announces.

    Parameters
    ----------
    sites, customers
        Announced sizes.
    expected
        Number of tokens the file must have.
    recipe
        How that number comes about, in words.
    """

    sites: int
    customers: int
    expected: int
    recipe: str


@dataclass(frozen=True)
class Format:
    """One format of the literature.

    Parameters
    ----------
    family
        Name in ``known_optima.csv`` and ``READERS``.
    problems
        Problems that its files hold the data for.
    layout
        Reads the header.
    description
        The order of the numbers, for messages and help.
    """

    family: str
    problems: tuple[str, ...]
    layout: Callable[[Path, list[Token]], Layout]
    description: str


def _fail(path: Path, place: str, message: str, fix: str) -> InstanceFileError:
    return InstanceFileError(f"{path}{place}: {message} Maybe {fix}")


def _size(path: Path, tokens: list[Token], position: int, name: str) -> int:
    """Return a whole number >= 1 of the header."""
    if position >= len(tokens):
        raise _fail(
            path, "", f"the file ends before {name}.", "it was cut off, or has another format."
        )
    token = tokens[position]
    place = f", line {token.line}"
    try:
        value = float(token.text)
    except ValueError:
        raise _fail(
            path, place, f"{name} ({token.text!r}) must be a number.", "--format is another one."
        ) from None
    if not (value.is_integer() and 1 <= value <= _MOST):
        raise _fail(
            path,
            place,
            f"{name} ({token.text}) must be a whole number from 1 to {_MOST}.",
            "--format is another one.",
        )
    return int(value)


def _sites_first(path: Path, tokens: list[Token]) -> Layout:
    """``m n`` and all costs: OR-Library, Holmberg, Yang."""
    m, n = _size(path, tokens, 0, "number of sites"), _size(path, tokens, 1, "number of customers")
    return Layout(m, n, 2 + 2 * m + n + m * n, f"2 + 2x{m} + {n} + {m}x{n}")


def _customers_first(path: Path, tokens: list[Token]) -> Layout:
    """``n m``: Delmaire."""
    n, m = _size(path, tokens, 0, "number of customers"), _size(path, tokens, 1, "number of sites")
    return Layout(m, n, 2 + n * m + n + 2 * m, f"2 + {n}x{m} + {n} + 2x{m}")


def _ufllib(path: Path, tokens: list[Token]) -> Layout:
    """``FILE: name``, ``m n 0``; or the OR-Library's order with capacities that do not count."""
    if not (tokens and tokens[0].text == "FILE:"):
        return _sites_first(path, tokens)
    m, n = _size(path, tokens, 2, "number of sites"), _size(path, tokens, 3, "number of customers")
    return Layout(m, n, 5 + m * (2 + n), f"5 + {m}x(2 + {n})")


def _pmed(path: Path, tokens: list[Token]) -> Layout:
    """``n edges p``."""
    n, edges = _size(path, tokens, 0, "number of nodes"), _size(path, tokens, 1, "number of edges")
    count = _size(path, tokens, 2, "p")
    _check_count(path, tokens[2], count, n)
    return Layout(n, n, 3 + 3 * edges, f"3 + 3x{edges}")


def _pmedcap(path: Path, tokens: list[Token]) -> Layout:
    """``problem best``, ``n p capacity``."""
    n = _size(path, tokens, 2, "number of points")
    count = _size(path, tokens, 3, "p")
    _check_count(path, tokens[3], count, n)
    return Layout(n, n, 5 + 4 * n, f"5 + 4x{n}")


def _check_count(path: Path, token: Token, count: int, sites: int) -> None:
    if count > sites:
        raise _fail(
            path,
            f", line {token.line}",
            f"p ({count}) must be at most the number of points ({sites}).",
            "--format is another one.",
        )


_WITH_CAPACITY = ("cflp", "sscflp", "ufl")

FORMATS: dict[str, Format] = {
    "orlib": Format(
        "orlib_cap",
        _WITH_CAPACITY,
        _sites_first,
        "m n; capacity and fixed cost per site; per customer its demand and m costs",
    ),
    "holmberg": Format(
        "holmberg",
        _WITH_CAPACITY,
        _sites_first,
        "m n; capacity and fixed cost per site; n demands; m rows of n costs",
    ),
    "yang": Format(
        "yang",
        _WITH_CAPACITY,
        _sites_first,
        "m n; capacity and fixed cost per site; n demands; m rows of n costs",
    ),
    "delmaire": Format(
        "delmaire",
        _WITH_CAPACITY,
        _customers_first,
        "n m; n rows of m costs; n demands; m fixed costs; m capacities",
    ),
    "tbed1": Format(
        "tbed1_i300",
        _WITH_CAPACITY,
        _sites_first,
        "m n; n demands; m capacities; m fixed costs; m rows of n costs per unit of demand",
    ),
    "ufllib": Format(
        "ufl",
        ("ufl",),
        _ufllib,
        "FILE: name; m n 0; per site its number, opening cost and n costs (or as orlib)",
    ),
    "pmed": Format(
        "orlib_pmed", ("p-median", "p-center"), _pmed, "n edges p; per edge both ends and length"
    ),
    "pmedcap": Format(
        "pmedcap",
        ("cpmp", "p-median", "p-center"),
        _pmedcap,
        "problem best; n p capacity; per point number, x, y, demand",
    ),
}


def load_instance(
    path: Path, format_name: str, problem: str, capacity: float | None = None
) -> Instance:
    """Read one file for one problem.

    Parameters
    ----------
    path
        Text file.
    format_name
        A key of ``FORMATS``.
    problem
        One of ``PROBLEMS``; capacities are dropped where it has none.
    capacity
        Stands in for the word ``capacity`` of OR-Library's capa, capb and capc.

    Raises
    ------
    InstanceFileError
        If the format does not hold the problem's data, or the file breaks the format.
    """
    form = FORMATS[format_name]
    if problem not in form.problems:
        others = [name for name, other in FORMATS.items() if problem in other.problems]
        raise InstanceFileError(
            f"a {format_name} file has no data for {problem}: it serves "
            f"{', '.join(form.problems)}. Maybe --format {' or '.join(others)}."
        )
    tokens = _read_tokens(path)
    layout = form.layout(path, tokens)
    needs_capacity = problem != "ufl" and capacity is None
    _check_tokens(path, form, layout, tokens, needs_capacity=needs_capacity)
    if format_name == "orlib":
        instance = read_orlib_cap(path, capacity)
    else:
        instance = READERS[form.family](path)
    return _for_problem(path, instance, problem, capacity)


def _read_tokens(path: Path) -> list[Token]:
    """Return the words of a file."""
    try:
        text = file_text(path)
    except FileNotFoundError:
        raise InstanceFileError(f"{path}: no such file. Maybe the path is mistyped.") from None
    except UnicodeDecodeError:
        raise InstanceFileError(
            f"{path}: this is no text file. Maybe unpack it or save it as plain text."
        ) from None
    except OSError as error:
        raise InstanceFileError(
            f"{path}: cannot be read ({error.strerror}). Maybe name a file."
        ) from None
    return [
        Token(word, number)
        for number, line in enumerate(text.splitlines(), start=1)
        for word in line.split()
    ]


def _check_tokens(
    path: Path, form: Format, layout: Layout, tokens: list[Token], *, needs_capacity: bool
) -> None:
    """Check number, kind and sign of the tokens; more than announced is left over, not wrong."""
    if len(tokens) < layout.expected:
        last = f", line {tokens[-1].line}" if tokens else ""
        raise _fail(
            path,
            last,
            f"the file ends after {len(tokens)} of {layout.expected} numbers ({layout.recipe}).",
            f"it was cut off, or is of another format than: {form.description}.",
        )
    start = 2 if tokens[0].text == "FILE:" else 0
    for token in tokens[start : layout.expected]:
        if token.text != "capacity" or form.family != "orlib_cap":
            _check_number(path, token)
        elif needs_capacity:
            raise _fail(
                path,
                f", line {token.line}",
                "the word 'capacity' stands for a number that is not in the file.",
                "add --capacity 8000 (capa: 8000 to 14000, capb and capc: 5000 to 8000).",
            )
    if form.family == "orlib_pmed":
        _check_edges(path, layout, tokens)


def _check_edges(path: Path, layout: Layout, tokens: list[Token]) -> None:
    """Raise InstanceFileError unless every edge joins nodes that the header announces."""
    for position in range(3, layout.expected, 3):
        for token in tokens[position : position + 2]:
            value = float(token.text)
            if not (value.is_integer() and 1 <= value <= layout.sites):
                raise _fail(
                    path,
                    f", line {token.line}",
                    f"node {token.text} must be a whole number from 1 to {layout.sites}.",
                    "the header counts too few nodes, or a line lacks a number.",
                )


def _check_number(path: Path, token: Token) -> None:
    """Raise InstanceFileError unless a token is a finite number >= 0."""
    try:
        value = float(token.text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _fail(
            path,
            f", line {token.line}",
            f"{token.text!r} must be a number.",
            "it is a typing mistake, or --format is another one.",
        )
    if value < 0.0:
        raise _fail(
            path,
            f", line {token.line}",
            f"{token.text} must be >= 0.",
            "the sign is wrong, or --format is another one.",
        )


def _for_problem(path: Path, instance: Instance, problem: str, capacity: float | None) -> Instance:
    """Drop the capacities where the problem has none, and check that they suffice elsewhere."""
    data = instance.data
    name = instance.name if capacity is None else f"{instance.name}@capacity={capacity:g}"
    if problem in ("ufl", "p-median", "p-center"):
        free = np.full(data.warehouse_count, np.inf)
        data = replace(data, capacity_units=free)
    elif float(data.capacity_units.sum()) < float(data.demand_units.sum()):
        raise _fail(
            path,
            "",
            f"all capacities together ({data.capacity_units.sum():g}) are less than the demand "
            f"({data.demand_units.sum():g}).",
            "--format or --capacity is another one.",
        )
    return replace(instance, name=name, data=data)


#: How ``known_optima.csv`` names the problems. The values of TBED1 stand there as single-source;
#: they are those of the multi-source problem (see ``known_value``).
_KNOWN_NAMES: dict[str, tuple[str, ...]] = {
    "cflp": ("CFLP multi-source",),
    "sscflp": ("SSCFLP single-source",),
    "ufl": ("UFL", "UFL (ignore capacity)"),
    "p-median": ("p-median",),
    "p-center": ("p-center (vertex)",),
    "cpmp": ("capacitated p-median",),
}


def known_value(
    folder: Path, format_name: str, problem: str, path: Path, capacity: float | None
) -> KnownValue | None:
    """Return the row of ``known_optima.csv`` for a file, None where there is none.

    The five TBED1 values of the table stand there as single-source. With several sources p1, p3,
    p5 and p7 have these optima, with one p1's bound is above: they count for ``cflp`` only.

    Parameters
    ----------
    folder
        With ``known_optima.csv``; it may be absent.
    format_name, problem, path, capacity
        As in ``load_instance``.
    """
    if not (folder / "known_optima.csv").is_file():
        return None
    family = FORMATS[format_name].family
    names = _KNOWN_NAMES[problem]
    if family == "tbed1_i300":
        names = {"cflp": _KNOWN_NAMES["sscflp"]}.get(problem, ())
    wanted = path.stem if capacity is None else f"{path.stem}@capacity={capacity:g}"
    for row in known_values(folder):
        if row.family != family or row.problem not in names:
            continue
        if row.instance == wanted and re.fullmatch(re.escape(path.name), Path(row.file).name):
            return row
    return None

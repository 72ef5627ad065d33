"""What the command line says and where: answers on standard output, the rest on standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from allocator.errors import AllocatorError, DataError, InfeasibleError, Issue, Repair, ReplayError

if TYPE_CHECKING:
    from allocator.solver import Progress

__all__ = [
    "EXIT_FAULTS",
    "EXIT_NO_PLAN",
    "ProgressLine",
    "complain",
    "counted",
    "print_document",
    "print_issues",
    "print_table",
]

EXIT_FAULTS = 1
EXIT_NO_PLAN = 3

QUIET_SECONDS = 2.0
"""A terminal is told about progress at most this often; a log file less often."""


def print_document(document: dict[str, Any]) -> None:
    """Write one JSON document to standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))


def print_issues(issues: Iterable[Issue], *, err: bool = False) -> None:
    """Write issues a line each, faults before warnings."""
    found = sorted(issues, key=lambda issue: issue.severity)
    for issue in found:
        colour = "red" if issue.severity == "error" else "yellow"
        click.echo(f"{click.style(issue.severity, fg=colour)} {issue.sentence()}", err=err)


def print_table(rows: Iterable[tuple[str, ...]]) -> None:
    """Write rows in columns as wide as they need to be."""
    lines = list(rows)
    if not lines:
        return
    widths = [max(_width(line[k]) for line in lines) for k in range(len(lines[0]))]
    for line in lines:
        cells = (cell + " " * (w - _width(cell)) for cell, w in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _width(text: str) -> int:
    """Columns a text takes on a terminal; Chinese characters take two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: 1 fault, 2 faults."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def complain(error: AllocatorError) -> None:
    """Write an error to standard error, with all that it carries."""
    if isinstance(error, DataError):
        faults = [issue for issue in error.issues if issue.severity == "error"]
        print_issues(error.issues, err=True)
        click.echo(f"{counted(len(faults), 'fault')} in the input; stopped.", err=True)
        return
    if isinstance(error, ReplayError):
        click.echo("The plan did not survive its replay; nothing was written:", err=True)
    click.echo(f"error: {error}", err=True)
    if isinstance(error, InfeasibleError):
        for rule in error.rules:
            click.echo(f"  - {rule}", err=True)
        for number, repair in enumerate(error.repairs, start=1):
            _propose(number, repair)


SHOWN_LINES = 8
"""A repair on the terminal is cut after so many lines; the JSON document has all of them."""


def _propose(number: int, repair: Repair) -> None:
    """Write one way out of a conflict to standard error."""
    percent = max(0.1, 100.0 * repair.gap)
    smaller = f"enough, one smaller by up to {percent:.1f} % may exist"
    standing = smaller if repair.gap else "the smallest"
    click.echo(f"way out {number} ({repair.kind}; {standing}):", err=True)
    lines = [*(change.message for change in repair.changes), *repair.limits]
    for line in lines[:SHOWN_LINES]:
        click.echo(f"  - {line}", err=True)
    if len(lines) > SHOWN_LINES:
        click.echo(f"  ... and {len(lines) - SHOWN_LINES} more lines (see --json)", err=True)


class ProgressLine:
    """Tells a waiting person how far a solve is.

    On a terminal one line is written over and over; elsewhere a line is added now and then.
    """

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._last = 0.0
        self._is_open = False

    def __call__(self, part: str, progress: Progress) -> None:
        """Show one report of a solve."""
        if progress.note:
            self.say(f"{part}: {progress.note}")
            return
        now = time.monotonic()
        if now - self._last < (0.2 if self._is_terminal else QUIET_SECONDS):
            return
        self._last = now
        best = "-" if progress.incumbent is None else f"{progress.incumbent:,.1f}"
        bound = "-" if progress.bound is None else f"{progress.bound:,.1f}"
        gap = "-" if progress.gap is None else f"{100 * progress.gap:.2f} %"
        line = (
            f"{part}: {progress.stage}  best {best}  bound {bound}  gap {gap}  "
            f"{progress.seconds:.0f} s"
        )
        if self._is_terminal:
            click.echo(f"\r\x1b[K{line}", err=True, nl=False)
            self._is_open = True
        else:
            click.echo(line, err=True)

    def say(self, line: str) -> None:
        """Add a line that stays."""
        if self._is_open:
            click.echo("\r\x1b[K", err=True, nl=False)
            self._is_open = False
        click.echo(line, err=True)

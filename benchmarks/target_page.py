"""The page of ``benchmarks/run.py targets``: a table of everything, then what commands took."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.arguments import DocumentError
from benchmarks.machine import machine_lines, machine_of_today
from benchmarks.placement import COMPARED
from benchmarks.targets import TargetRow, Verdict, percent

__all__ = ["DISPATCH", "PLACEMENT", "read_literature", "target_page"]

_UNKNOWN = "Not yet looked into."
"""Where a row falls short and nobody has written down why."""


PLACEMENT = (
    "# What was asked, and what is reached",
    "",
    "Written by `python benchmarks/run.py targets`; do not edit. Each row of a case is one",
    "whole command `allocator place CASE`: starting, reading, solving all three stages,",
    "writing, drawing, replaying. Gaps are those of the stages unmet and waiting; controllable",
    "ones leave out what no plan could serve.",
)
"""Heading of the page on placement."""

DISPATCH = (
    "# Dispatch: what was asked, and what is reached",
    "",
    "Written by `python benchmarks/run.py dispatch`; do not edit. Each row is one whole command",
    "`allocator dispatch CASE --scenario CODE`: starting, reading, solving, writing, drawing,",
    "replaying; hourly, whole vehicles and units, all lanes in the bound, from today's stock.",
    "`hongshui` is a shipped case on real counties; `hongshui/20x40` are 20 districts from the",
    "middle of its ranking by need with the 40 warehouses nearest to them. Waiting is the",
    "headline; controllable leaves out what even the earliest arrival cannot avoid. `orders` is",
    "the whole command `allocator orders` on `hongshui` multiplied, with a plan that was filled",
    "and not solved, and that the replay certifies (`benchmarks/many_trips.py`).",
)
"""Heading of the page on dispatch."""


def target_page(
    rows: Sequence[TargetRow],
    verdicts: Sequence[Verdict],
    command: str,
    sources: Sequence[str],
    heading: Sequence[str] = PLACEMENT,
) -> str:
    """Return the page with the tables, machine, versions and date.

    Parameters
    ----------
    rows, verdicts
        From ``benchmarks.targets``.
    command
        How it was called.
    sources
        Sentences on what was measured at another time than now.
    heading
        Title and introduction.
    """
    lines = [
        *heading,
        "",
        f"Command: `{command}`.",
        *machine_lines(machine_of_today()),
        *sources,
        "",
        "| row | what | asked | found | missed by | why |",
        "|---|---|---|---|---|---|",
        *(_verdict_line(verdict) for verdict in verdicts),
        "",
    ]
    if rows:
        lines += _commands(rows)
    return "\n".join([*lines, ""])


def read_literature(page: Path) -> tuple[list[Verdict], str]:
    """Return the lines on the literature of an earlier page, and what it says of their source.

    Raises
    ------
    DocumentError
        If it has none.
    """
    try:
        lines = page.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(
            f"{page}: cannot be read ({error}). Maybe name another page."
        ) from error
    source = next((line for line in lines if line.startswith("Literature: ")), "")
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| literature-")]
    if not source or not rows or any(len(row) not in (5, 6) for row in rows):
        raise DocumentError(
            f"{page}: no page of `targets` with lines on the literature. Maybe give what "
            "`python benchmarks/run.py race --json` printed, as a .json file."
        )
    verdicts = []
    for row in rows:
        name, subject, asked, found, missed, why = (cell.strip(" |") for cell in [*row, ""][:6])
        words = {"reached": "", "not measured": None}.get(missed, missed)
        verdicts.append(Verdict(name, subject, asked, found, words, why if words else ""))
    return verdicts, source


def _verdict_line(verdict: Verdict) -> str:
    """Return one line of the table of everything."""
    missed = verdict.missed
    if missed is None:
        words = ["not measured", ""]
    elif missed:
        words = [missed, verdict.why or _UNKNOWN]
    else:
        words = ["reached", ""]
    cells = [verdict.name, verdict.subject, verdict.asked, verdict.found, *words]
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _commands(rows: Sequence[TargetRow]) -> list[str]:
    """Return the table of the commands, in detail."""
    return [
        "## The commands",
        "",
        "`limit` is the time limit given to the solves; starting Python, reading, writing and",
        "replaying come on top. Seconds by part, then gaps, then the share of model building:",
        "what the solving process spends on arrays, models, programs and handing them to the",
        "solver, divided by the whole command (clocks around the functions that",
        "`benchmarks/building.py` lists, only the outermost counts; the process that helps with",
        "scenarios builds its own part meanwhile). `solving` memory is what the solving process",
        "took beyond what it had when its work began.",
        "",
        "| row | lanes | limit [s] | start, read [s] | solve [s] | write [s] | whole [s] "
        "| unmet | waiting | controllable | certified | building | largest [GB] | solving [GB] |",
        "|" + "---|" * 14,
        *(_command_line(row) for row in rows),
        "",
    ]


def _command_line(row: TargetRow) -> str:
    """Return one line of the table of the commands."""
    notes, target = row.notes, row.target

    def seconds(*parts: str) -> str:
        known = [notes.get(f"{part}_seconds") for part in parts]
        return "-" if None in known else f"{sum(filter(None, known)):.1f}"

    lanes, share = notes.get("lanes"), row.building_share
    before, peak = notes.get("memory_before_gb"), notes.get("memory_peak_gb")
    controllable = [row.controllable_gaps.get(stage) for stage in COMPARED]
    known = [gap for gap in controllable if gap is not None]
    cells = [
        target.name,
        "-" if lanes is None else f"{lanes:,}",
        f"{target.limit_seconds:g}",
        seconds("starting", "reading"),
        seconds("solving"),
        seconds("publishing"),
        f"{row.seconds:.1f}",
        *(_gap(row.gaps.get(stage)) for stage in COMPARED),
        _gap(max(known) if len(known) == len(COMPARED) else None),
        "yes" if row.certified else "no",
        "-" if share is None else percent(share),
        f"{row.memory_gb:.2f}",
        "-" if before is None or peak is None else f"{peak - before:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def _gap(gap: float | None) -> str:
    return "none" if gap is None else f"{100 * gap:.2f} %"

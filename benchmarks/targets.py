"""Placement of the shipped cases as whole commands, beside what was asked of them.

Each row runs ``allocator place`` in a process of its own and keeps the wall clock, the memory of
the largest process, and the gaps of the two headline stages.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import machine_lines, machine_of_today
from benchmarks.placement import COMPARED

__all__ = ["TARGETS", "Target", "TargetRow", "measure_target", "target_document", "target_page"]


@dataclass(frozen=True)
class Target:
    """What is asked of one command.

    Parameters
    ----------
    name
        Short name of the row.
    case
        Case with settings, as the command takes it.
    size
        Districts and scenarios, in words.
    gap
        Gap asked for, of each headline stage, also without what no plan could serve.
    seconds
        Time asked for, whole command. [s]
    limit_seconds
        Limit given to the solves, so that reading, writing and replaying fit as well. [s]
    memory_gb
        Memory asked for, largest process. [GB]
    """

    name: str
    case: str
    size: str
    gap: float
    seconds: float
    limit_seconds: float
    memory_gb: float


TARGETS = (
    Target("guangxi-10s", "guangxi", "111 districts, 20 scenarios", 0.01, 10.0, 5.0, 0.5),
    Target("guangxi-60s", "guangxi", "111 districts, 20 scenarios", 0.001, 60.0, 53.0, 0.5),
    Target("south5-45s", "south5", "574 districts, 50 scenarios", 0.01, 45.0, 25.0, 1.0),
    Target("south5-3min", "south5", "574 districts, 50 scenarios", 0.001, 180.0, 155.0, 1.0),
    Target("china-4min", "china", "2,853 districts, 50 scenarios", 0.01, 240.0, 200.0, 4.0),
    Target(
        "china200-15min",
        "china?sample=s200",
        "2,853 districts, 200 scenarios",
        0.01,
        900.0,
        780.0,
        8.0,
    ),
)


@dataclass(frozen=True)
class TargetRow:
    """What one command reached.

    Parameters
    ----------
    target
        What was asked.
    seconds
        Whole command. [s]
    memory_gb
        Largest process. [GB]
    certified
        Whether the replay found nothing wrong.
    gaps, controllable_gaps
        By headline stage; None without a bound.
    error
        What the command said if it made no plan.
    """

    target: Target
    seconds: float
    memory_gb: float
    certified: bool
    gaps: dict[str, float | None]
    controllable_gaps: dict[str, float | None]
    error: str = ""

    @property
    def is_reached(self) -> bool:
        """Whether gaps, time and memory are what was asked."""
        found = [*self.gaps.values(), *self.controllable_gaps.values()]
        return (
            len(self.gaps) == len(COMPARED)
            and all(gap is not None and gap <= self.target.gap for gap in found)
            and self.seconds <= self.target.seconds
            and self.memory_gb <= self.target.memory_gb
            and self.certified
        )


def measure_target(target: Target, tell: Callable[[str], None]) -> TargetRow:
    """Run one command.

    Parameters
    ----------
    target
        What is asked.
    tell
        Hears what is being done.
    """
    tell(f"{target.name}: allocator place {target.case}, at most {target.limit_seconds:g} s")
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(sys.executable).with_name("allocator"))
        words = [program, "place", target.case, "--json", "--gap", f"{target.gap:g}"]
        words += ["--time-limit", f"{target.limit_seconds:g}"]
        words += ["-o", str(Path(folder) / "plan.xlsx")]
        out, err = Path(folder) / "out", Path(folder) / "err"
        with out.open("w", encoding="utf-8") as heard, err.open("w", encoding="utf-8") as told:
            began = time.monotonic()
            child = subprocess.Popen(words, stdout=heard, stderr=told)
            # Memory counts the largest process of the command; wait4 tells it for this one alone.
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.monotonic() - began
            child.returncode = os.waitstatus_to_exitcode(status)
        answer = out.read_text(encoding="utf-8")
        said = err.read_text(encoding="utf-8").strip().splitlines()
    return row_of(target, seconds, usage.ru_maxrss * 1024 / 1e9, answer, said)


def row_of(
    target: Target, seconds: float, memory_gb: float, answer: str, said: Sequence[str]
) -> TargetRow:
    """Read what a command printed.

    Parameters
    ----------
    target
        What was asked.
    seconds, memory_gb
        What it took.
    answer
        Its standard output.
    said
        Lines of its standard error.
    """
    try:
        plan = json.loads(answer)
        stages = {s["stage"]: s for s in plan["stages"] if s["stage"] in COMPARED}
    except (ValueError, KeyError):
        error = said[-1] if said else "no answer"
        return TargetRow(target, seconds, memory_gb, False, {}, {}, error)
    return TargetRow(
        target,
        seconds,
        memory_gb,
        bool(plan.get("certified")),
        {name: stage["gap"] for name, stage in stages.items()},
        {name: stage["controllable_gap"] for name, stage in stages.items()},
    )


def target_page(rows: Sequence[TargetRow], command: str) -> str:
    """Return the page with the table, machine, versions and date."""
    lines = [
        "# Placement against what was asked",
        "",
        "Written by `python benchmarks/run.py targets`; do not edit. Each row is one whole command",
        "`allocator place CASE`: reading, solving all three stages, writing, replaying. Gaps are",
        "those of the stages unmet and waiting; controllable ones leave out what no plan could",
        "serve. What falls short, and why, is in `performance.md`.",
        "",
        f"Command: `{command}`.",
        *machine_lines(machine_of_today()),
        "",
        "| case | size | asked | seconds | GB | unmet | waiting | controllable | reached |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_line(row) for row in rows]
    return "\n".join([*lines, ""])


def _line(row: TargetRow) -> str:
    """Return one line of the table."""
    target = row.target
    asked = f"{100 * target.gap:g} % in {target.seconds:g} s, {target.memory_gb:g} GB"
    took = [f"{row.seconds:.0f}", f"{row.memory_gb:.2f}"]
    if row.error:
        return (
            f"| {' | '.join([target.case, target.size, asked, *took, row.error, '', '', 'no'])} |"
        )
    gaps = [_percent(row.gaps.get(stage)) for stage in COMPARED]
    worst = [row.controllable_gaps.get(stage) for stage in COMPARED]
    known = [gap for gap in worst if gap is not None]
    controllable = _percent(max(known) if len(known) == len(COMPARED) else None)
    verdict = "yes" if row.is_reached else "no"
    return (
        f"| {' | '.join([target.case, target.size, asked, *took, *gaps, controllable, verdict])} |"
    )


def _percent(gap: float | None) -> str:
    """Return a gap in words."""
    return "none" if gap is None else f"{100 * gap:.2f} %"


def target_document(rows: Sequence[TargetRow]) -> dict[str, Any]:
    """Return the measurement as one JSON document."""
    return {
        "command": "targets",
        "machine": machine_of_today(),
        "rows": [{**asdict(row), "is_reached": row.is_reached} for row in rows],
    }

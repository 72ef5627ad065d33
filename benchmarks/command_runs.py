"""Whole commands run one after the other, each in a process of its own, with what they took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["CommandRun", "ProcessRun", "run_command", "run_process", "time_to_gap"]

_CHECKOUT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class CommandRun:
    """What one command took and said.

    Parameters
    ----------
    seconds
        Wall clock of the whole command. [s]
    memory_gb
        Its largest process. [GB]
    answer
        The document it printed; None if it printed none.
    error
        The last line it said if it made no plan.
    notes
        What was watched: ``benchmarks/watch.py`` and ``benchmarks/whole_command.py``.
    """

    seconds: float
    memory_gb: float
    answer: Mapping[str, Any] | None
    error: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ProcessRun:
    """What one process took and said.

    Parameters
    ----------
    seconds, cpu_seconds
        Wall clock from its call to its end, and what it computed of that. [s]
    memory_gb
        Its largest process. [GB]
    printed, told
        What it wrote on standard output and standard error.
    exit_code
        How it ended.
    """

    seconds: float
    cpu_seconds: float
    memory_gb: float
    printed: str
    told: str
    exit_code: int


def run_process(command: Sequence[str], folder: Path) -> ProcessRun:
    """Run a program with this checkout in front of all others.

    Parameters
    ----------
    command
        Program and words.
    folder
        Where what it writes is kept.
    """
    paths = [str(_CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    out, err = folder / "out", folder / "err"
    began = time.monotonic()
    with out.open("w", encoding="utf-8") as heard, err.open("w", encoding="utf-8") as told:
        child = subprocess.Popen(command, stdout=heard, stderr=told, env=environment)
        # Memory counts the largest process of the command; wait4 tells it for this one alone.
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
    return ProcessRun(
        seconds,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss * 1024 / 1e9,
        out.read_text(encoding="utf-8"),
        err.read_text(encoding="utf-8"),
        child.returncode,
    )


def run_command(
    case: str, words: Sequence[str], *, verb: str = "place", stages: int = 0
) -> CommandRun:
    """Run a solving verb of ``allocator`` on a case, watched.

    Parameters
    ----------
    case
        A case or a part of one, see ``benchmarks/case_parts.py``.
    words
        More words of the command; ``--json`` and the output are given already.
    verb
        ``place`` or ``dispatch``.
    stages
        How many stages of a placement are solved, 0 for all.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.monotonic()
        command = [sys.executable, "-m", "benchmarks.whole_command", name, str(stages), str(began)]
        command += [verb, case, "--json", "-o", str(folder / "plan.xlsx"), *words]
        done = run_process(command, folder)
        notes: dict[str, Any] = {}
        for part in ("command", "solve"):
            path = folder / f"{part}.json"
            if path.is_file():
                notes |= json.loads(path.read_text(encoding="utf-8"))
        return read_run(done.seconds, done.memory_gb, done.printed, done.told, notes)


def read_run(
    seconds: float, memory_gb: float, printed: str, told: str, notes: Mapping[str, Any]
) -> CommandRun:
    """Read what a command printed on standard output and standard error."""
    try:
        answer = json.loads(printed)
        if not isinstance(answer, dict):
            answer = {}
    except ValueError:
        answer = {}
    if answer.get("stages"):
        return CommandRun(seconds, memory_gb, answer, "", notes)
    # Python may have the last word on standard error: what it had to tidy up after a process.
    said = [*told.strip().splitlines(), "no answer"]
    line = next((line for line in said if line.startswith("error")), said[-2:][0])
    detail = str(answer.get("detail") or "").strip().partition("\n")[0]
    return CommandRun(seconds, memory_gb, None, detail or line, notes)


def time_to_gap(
    events: Iterable[tuple[float, str, float]], stages: Sequence[str], gap: float
) -> float | None:
    """Return when all of some stages had come down to a gap, None if they never did. [s]

    Parameters
    ----------
    events
        Second, stage and its gap, in order.
    stages
        Which stages.
    gap
        Relative gap.
    """
    open_stages = set(stages)
    for seconds, stage, reached in events:
        if reached <= gap:
            open_stages.discard(stage)
            if not open_stages:
                return seconds
    return None

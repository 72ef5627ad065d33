"""One command ``allocator place`` or ``allocator dispatch`` as a user has it, watched.

``python -m benchmarks.whole_command NOTES STAGES BEGAN place CASE ...`` runs the command in this
process and its solves in a process of their own, as always. Into the folder NOTES it writes
``solve.json`` (what ``benchmarks/watch.py`` saw) and ``command.json`` (seconds of starting,
reading, solving, publishing). STAGES is how many stages are solved, 0 for all; BEGAN is when the
command was called, on the clock of ``time.monotonic``. CASE may be a part of a case, such as
``guangxi:4501@5``.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from pathlib import Path

__all__ = ["main"]


def main(words: list[str]) -> None:
    """Run the command; ends with its exit code."""
    # Here, not above: the solving process imports this program too, and has no use for them.
    from allocator import publication
    from allocator.cli import program, solves, solving
    from allocator.engine import runs
    from benchmarks.case_parts import read_part_with_issues
    from benchmarks.watch import WatchOrder, watched_place
    from benchmarks.wrapping import CallTimes

    folder, stages, began, *command = words
    starting = time.monotonic() - float(began)
    order = WatchOrder(Path(folder) / "solve.json", float(began), int(stages) or None)
    times = {name: CallTimes() for name in ("reading", "solving", "publishing")}
    solving.read_case_with_issues = times["reading"].around(read_part_with_issues)
    solves.run_place = times["solving"].around(solves.run_place)
    solves.run_dispatch = times["solving"].around(solves.run_dispatch)
    publication.publish = times["publishing"].around(publication.publish)
    # Sent to the solving process by its name: it must be found in a module, not in this program.
    runs.place_task = functools.partial(watched_place, order)
    try:
        program.main(command)
    finally:
        seconds = {f"{name}_seconds": sum(spent.seconds) for name, spent in times.items()}
        seconds["starting_seconds"] = starting
        (Path(folder) / "command.json").write_text(json.dumps(seconds), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

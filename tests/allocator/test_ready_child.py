"""A child that is started before its work is known saves time, and nothing depends on it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from allocator.child import Ending, Report, run_in_child
from allocator.errors import InfeasibleError
from allocator.ready_child import ReadyChild


def where(_payload: None, _report: Report) -> tuple[int, bool]:
    """Number of this process, and whether it has imported what it was to."""
    return os.getpid(), "tests.tiny" in sys.modules


def refuse(_payload: None, _report: Report) -> None:
    """Raise an error of the product."""
    raise InfeasibleError("no plan")


def test_the_work_is_done_by_the_child_that_was_ready() -> None:
    """It has imported the module; a second piece of work has a child of its own."""
    with ReadyChild("tests.tiny") as ready:
        children = {child.pid for child in psutil.Process().children()}
        first = run_in_child(where, None, time_limit_seconds=60.0, ready=ready).result
        second = run_in_child(where, None, time_limit_seconds=60.0, ready=ready).result
    assert first[0] in children
    assert first[1]
    assert second[0] not in children
    assert not psutil.pid_exists(first[0])


def test_nobody_has_to_take_it() -> None:
    """It is gone when what it was started for came to nothing."""
    with ReadyChild("tests.tiny") as ready:
        assert ready._child is not None
        process = psutil.Process(ready._child.process.pid)
        assert process.is_running()
    assert not process.is_running()


@pytest.mark.parametrize("how", ["killed", "no such module"])
def test_one_that_is_gone_is_replaced(how: str, capfd: pytest.CaptureFixture[str]) -> None:
    """The work is done all the same, by a fresh child."""
    with ReadyChild("tests.tiny" if how == "killed" else "tests.no_such_module") as ready:
        assert ready._child is not None
        process = ready._child.process
        if how == "killed":
            os.kill(process.pid, signal.SIGKILL)
        process.join(60.0)
        outcome = run_in_child(where, None, time_limit_seconds=60.0, ready=ready)
    assert outcome.ending is Ending.FINISHED
    assert outcome.result[0] != os.getpid()
    assert ("ModuleNotFoundError" in capfd.readouterr().err) == (how != "killed")


def test_what_the_work_raises_is_told_as_ever() -> None:
    """An error of the product comes out as it was."""
    with ReadyChild("tests.tiny") as ready, pytest.raises(InfeasibleError, match="no plan"):
        run_in_child(refuse, None, time_limit_seconds=60.0, ready=ready)


def test_naming_a_solve_waits_for_no_solver() -> None:
    """A verb that solves imports neither the solver's libraries nor what writes the result."""
    heavy = ("scipy", "pyomo", "openpyxl", "pandas", "plotly", "jinja2", "allocator.replay")
    code = f"import sys, allocator.cli.solves; print([m for m in {heavy} if m in sys.modules])"
    folder = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, cwd=folder, text=True
    )
    assert done.stdout.strip() == "[]"

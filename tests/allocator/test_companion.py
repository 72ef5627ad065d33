"""A companion keeps its state, passes errors on, and is gone when it is told to go."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from allocator.child_service import Report
from allocator.companion import Companion
from allocator.errors import InfeasibleError, SolveError


class Sum:
    """Adds up what it is given."""

    def __init__(self) -> None:
        self.total = 0

    def __call__(self, request: int | str, _report: Report) -> tuple[int, int]:
        """Add a number; words are orders to fail."""
        if request == "refuse":
            raise InfeasibleError("no plan", ["rule one"])
        if request == "die":
            os._exit(7)
        self.total += int(request)
        return self.total, os.getpid()


@pytest.fixture
def companion() -> Iterator[Companion]:
    """A companion that adds up."""
    with closing(Companion(Sum())) as found:
        yield found


def test_it_remembers_and_is_another_process(companion: Companion) -> None:
    """The second answer knows the first request."""
    companion.ask(3)
    assert companion.answer()[0] == 3
    companion.ask(4)
    total, process = companion.answer()
    assert total == 7
    assert process != os.getpid()


def test_an_answer_nobody_took_makes_way(companion: Companion) -> None:
    """Requests are worked off in order, whether or not their answers were wanted."""
    companion.ask(3)
    companion.ask(4)
    assert companion.answer()[0] == 7


def test_errors_come_back_and_it_goes_on(companion: Companion) -> None:
    """An error of the product is raised as it was; the state stays."""
    companion.ask(3)
    companion.ask("refuse")
    with pytest.raises(InfeasibleError, match="no plan"):
        companion.answer()
    companion.ask(1)
    assert companion.answer()[0] == 4


def test_a_crash_is_an_error(companion: Companion) -> None:
    """A companion that is gone does not leave its parent waiting."""
    companion.ask("die")
    with pytest.raises(SolveError, match="exit code 7"):
        companion.answer()


def test_nothing_was_asked(companion: Companion) -> None:
    """Without a request there is no answer to wait for."""
    with pytest.raises(RuntimeError, match="nothing was asked"):
        companion.answer()


def test_it_is_gone_afterwards() -> None:
    """Closing ends the process even while it works."""
    companion = Companion(Sum())
    companion.ask(1)
    process = companion.answer()[1]
    companion.ask(2)
    companion.close()
    assert not psutil.pid_exists(process)


_UNGUARDED = """
import functools, operator
from allocator.companion import Companion
from allocator.errors import SolveError

companion = Companion(functools.partial(operator.concat, bytes(2_000_000)))
try:
    companion.ask(b"")
    companion.answer()
except SolveError as error:
    print(error)
finally:
    companion.close()
"""


def test_a_child_that_dies_while_it_starts_is_noticed(tmp_path: Path) -> None:
    """A script without a main guard starts itself again; with a large task nobody read it."""
    script = tmp_path / "unguarded.py"
    script.write_text(_UNGUARDED, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert "ended with exit code 1" in ran.stdout


def test_a_companion_that_was_never_asked_is_let_go_at_once() -> None:
    """Closing it does not wait for a farewell of somebody who has nothing to do yet."""
    began = time.monotonic()
    Companion(Sum()).close()
    assert time.monotonic() - began < 3.0


class Slow:
    """Tells half way how far it is."""

    def __call__(self, request: str, report: Report) -> str:
        """Tell, wait to be let go on, answer."""
        report.best(request.upper())
        while not Path(request).exists():
            time.sleep(0.01)
        return request


def test_it_is_looked_after_without_waiting(tmp_path: Path) -> None:
    """What it has told so far, and whether it is done, are there at once."""
    flag = tmp_path / "go"
    with closing(Companion(Slow())) as companion:
        assert not companion.is_ready()
        companion.ask(str(flag))
        end = time.monotonic() + 30.0
        while companion.best() is None and time.monotonic() < end:
            assert not companion.is_ready()
            time.sleep(0.01)
        assert companion.best() == str(flag).upper()
        flag.touch()
        while not companion.is_ready() and time.monotonic() < end:
            time.sleep(0.01)
        assert companion.answer() == str(flag)
        assert not companion.is_ready()

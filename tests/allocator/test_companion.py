"""A companion keeps its state, passes errors on, and is gone when it is told to go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing

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

"""Work in child processes ends in time, tells how it ended, and leaves nothing behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from allocator.child import ChildOutcome, Ending, Report, run_in_child, run_many
from allocator.errors import InfeasibleError, SolveError


def double(number: int, report: Report) -> int:
    """Report twice, then return twice the number."""
    report(("news", number))
    report.best(("plan", number))
    report(("news", number + 1))
    return 2 * number


def sleep_for_ever(start_file: str, report: Report) -> None:
    """Write own process number and that of a grandchild, keep a best plan, never return."""
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    report.best("the plan so far")
    Path(start_file).write_text(f"{os.getpid()} {grandchild.pid}", encoding="utf-8")
    time.sleep(600)


def die(how: str, report: Report) -> None:
    """End without a word, after one plan."""
    report.best("kept")
    if how == "exit":
        os._exit(9)
    os.kill(os.getpid(), signal.SIGKILL)


def fail(kind: str, _report: Report) -> Any:
    """Raise an error of the product, a foreign one, or return what cannot be pickled."""
    if kind == "infeasible":
        raise InfeasibleError("no plan", ["rule one", "rule two"])
    if kind == "foreign":
        raise ZeroDivisionError("seven over nothing")
    return lambda: None


def hold_a_lock(_payload: None, _report: Report) -> None:
    """Hold a lock of the default kind, as Pyomo makes one on import, and never return."""
    with multiprocessing.Lock():
        time.sleep(600)


def nap(seconds: float, report: Report) -> tuple[int, float | None]:
    """Sleep, then return own process number and the time that is left."""
    time.sleep(seconds)
    return os.getpid(), report.remaining_seconds()


def chatter(_payload: None, _report: Report) -> str:
    """Write to standard output as a careless library would."""
    os.write(1, b"noise")
    return "done"


def nested(number: int, _report: Report) -> int:
    """Use a child of the child."""
    return int(run_in_child(double, number, time_limit_seconds=60.0).result)


def algebra_threads(_payload: None, _report: Report) -> str | None:
    """How many threads NumPy's library may use."""
    return os.environ.get("OPENBLAS_NUM_THREADS")


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Return whether the condition comes true in time."""
    deadline = time.perf_counter() + seconds
    while not condition():
        if time.perf_counter() > deadline:
            return False
        time.sleep(0.02)
    return True


def gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_result_and_reports_arrive_in_order() -> None:
    """Everything reported is heard in order, the best is kept, the result returned."""
    heard: list[Any] = []
    outcome = run_in_child(double, 21, time_limit_seconds=60.0, on_report=heard.append)
    assert outcome.ending is Ending.FINISHED
    assert outcome.result == 42
    assert outcome.best == ("plan", 21)
    assert heard == [("news", 21), ("plan", 21), ("news", 22)]


def test_child_that_sleeps_for_ever_is_killed_with_its_children(tmp_path: Path) -> None:
    """At limit plus grace child and grandchild are gone, and the last best plan is kept."""
    start_file = tmp_path / "pids"
    started = time.perf_counter()
    outcome = run_in_child(
        sleep_for_ever, str(start_file), time_limit_seconds=3.0, grace_seconds=1.0
    )
    assert time.perf_counter() - started < 3.0 + 10.0
    assert outcome.ending is Ending.KILLED
    assert outcome.best == "the plan so far"
    assert "time limit" in outcome.message
    pids = [int(pid) for pid in start_file.read_text(encoding="utf-8").split()]
    assert wait_until(lambda: all(gone(pid) for pid in pids))


@pytest.mark.parametrize(("how", "code"), [("exit", 9), ("kill", -9)])
def test_crash_gives_exit_code_or_signal_and_keeps_the_best(how: str, code: int) -> None:
    """A child that dies without a word is told apart from one that raised."""
    outcome = run_in_child(die, how, time_limit_seconds=60.0)
    assert outcome.ending is Ending.CRASHED
    assert outcome.exit_code == code
    assert outcome.best == "kept"
    assert "9" in outcome.message


def test_errors_of_the_product_are_raised_as_they_were() -> None:
    """An InfeasibleError keeps its type, message and rules on the way to the parent."""
    with pytest.raises(InfeasibleError, match="no plan") as caught:
        run_in_child(fail, "infeasible", time_limit_seconds=60.0)
    assert caught.value.rules == ("rule one", "rule two")


@pytest.mark.parametrize(
    ("kind", "text"), [("foreign", "seven over nothing"), ("unpicklable", "pickle")]
)
def test_foreign_errors_become_solve_errors_with_traceback(kind: str, text: str) -> None:
    """Anything else is wrapped, with the text of its traceback."""
    with pytest.raises(SolveError, match=text) as caught:
        run_in_child(fail, kind, time_limit_seconds=60.0)
    assert "Traceback" in str(caught.value)


def test_many_payloads_share_children_and_all_end() -> None:
    """Five payloads on two children: five outcomes, two process numbers."""
    outcomes = list(run_many(nap, [0.0] * 5, workers=2, time_limit_seconds=60.0))
    assert sorted(outcome.index for outcome in outcomes) == [0, 1, 2, 3, 4]
    assert all(outcome.ending is Ending.FINISHED for outcome in outcomes)
    assert len({outcome.result[0] for outcome in outcomes}) <= 2
    assert all(0.0 < outcome.result[1] <= 60.0 for outcome in outcomes)


def test_one_failure_among_many_leaves_the_others_alone() -> None:
    """A raised and a crashed payload are outcomes; the rest finishes in fresh children."""
    payloads = ["infeasible", "foreign", "unpicklable"]
    endings = [outcome.ending for outcome in run_many(fail, payloads, workers=2)]
    assert endings == [Ending.RAISED] * 3
    crashed = list(run_many(die, ["exit", "kill", "exit"], workers=2))
    assert {outcome.exit_code for outcome in crashed} == {9, -9}
    assert len(crashed) == 3


def test_deadline_of_many_kills_what_runs_and_starts_nothing_more() -> None:
    """Two run and are killed, the third never starts; all three are accounted for."""
    started = time.perf_counter()
    outcomes: list[ChildOutcome] = list(
        run_many(nap, [600.0] * 3, workers=2, deadline_seconds=1.0, grace_seconds=1.0)
    )
    assert time.perf_counter() - started < 12.0
    assert sorted(outcome.index for outcome in outcomes) == [0, 1, 2]
    assert {outcome.ending for outcome in outcomes} == {Ending.KILLED}
    assert "not started" in max(outcomes, key=lambda outcome: outcome.index).message


def test_abandoning_the_outcomes_kills_the_rest() -> None:
    """A caller who stops listening leaves no child behind."""
    before = set(psutil.Process().children(recursive=True))
    outcomes = run_many(nap, [0.0, 600.0], workers=2)
    assert next(outcomes).index == 0
    assert set(psutil.Process().children(recursive=True)) - before
    outcomes.close()
    left = {
        process
        for process in set(psutil.Process().children(recursive=True)) - before
        if "resource_tracker" not in " ".join(process.cmdline())
    }
    assert not left


def test_children_may_have_children() -> None:
    """A plan in a child may solve its scenarios in children of its own."""
    assert run_in_child(nested, 4, time_limit_seconds=60.0).result == 8


@pytest.mark.parametrize(("own", "seen"), [(None, "1"), ("3", "3")])
def test_children_multiply_matrices_with_one_thread_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, own: str | None, seen: str
) -> None:
    """Children share the cores by themselves; the parent's environment stays as it is."""
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    if own is not None:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", own)
    assert run_in_child(algebra_threads, None, time_limit_seconds=None).result == seen
    assert os.environ.get("OPENBLAS_NUM_THREADS") == own


def test_standard_output_stays_clean(capfd: pytest.CaptureFixture[str]) -> None:
    """What a child writes to standard output goes to standard error."""
    assert run_in_child(chatter, None, time_limit_seconds=60.0).result == "done"
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "noise" in captured.err


@pytest.mark.parametrize("workers", [0, -1])
def test_no_workers_is_refused(workers: int) -> None:
    """Nothing would ever run."""
    with pytest.raises(ValueError, match="workers"):
        next(run_many(nap, [0.0], workers=workers))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_parent_that_is_stopped_leaves_no_child(
    tmp_path: Path, checkout: Path, how: signal.Signals
) -> None:
    """Ctrl-C, a polite end or kill -9 of the parent script: child and grandchild are gone."""
    start_file, script = tmp_path / "pids", tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import signal
            from allocator.child import run_in_child
            from tests.allocator.test_child import sleep_for_ever
            if __name__ == "__main__":
                # A shell starts what runs in its background deaf to Ctrl-C, and so its children.
                signal.signal(signal.SIGINT, signal.default_int_handler)
                run_in_child(sleep_for_ever, {str(start_file)!r}, time_limit_seconds=300.0)
            """
        ),
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    parent = subprocess.Popen(
        [sys.executable, str(script)], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        assert wait_until(lambda: start_file.is_file() and " " in start_file.read_text())
        pids = [int(pid) for pid in start_file.read_text(encoding="utf-8").split()]
        assert not any(gone(pid) for pid in pids)
        parent.send_signal(how)
        assert parent.wait(timeout=20) != 0
        assert wait_until(lambda: all(gone(pid) for pid in pids))
    finally:
        parent.kill()
        parent.wait()


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="locks have no names there"
)
def test_killed_child_leaves_no_lock_behind(tmp_path: Path, checkout: Path) -> None:
    """A lock made in a child is gone with it: nobody complains of a leak when the parent ends."""
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent(
            """
            from allocator.child import run_in_child
            from tests.allocator.test_child import hold_a_lock
            if __name__ == "__main__":
                limits = {"time_limit_seconds": 2.0, "grace_seconds": 0.0}
                print(run_in_child(hold_a_lock, None, **limits).ending)
            """
        ),
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    ended = subprocess.run(
        [sys.executable, str(script)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ended.stdout.strip() == Ending.KILLED
    assert ended.stderr == ""

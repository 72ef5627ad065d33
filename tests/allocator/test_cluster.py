"""A real Dask cluster evaluates scenarios; workers die, addresses are wrong."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster

from allocator.child import Report, run_in_child
from allocator.cli import main
from allocator.engine import cluster as cluster_module
from allocator.engine import cluster_client, cluster_work, placement
from allocator.engine.cluster import Cluster
from allocator.engine.cluster_client import find_scheduler, refuse_other_versions, versions_here
from allocator.engine.crew_options import CrewOptions
from allocator.engine.placement import place
from allocator.engine.recourse import Recourse
from allocator.engine.run_options import RunOptions
from allocator.engine.runs import run_place
from allocator.errors import AllocatorError, ConflictError, NotFoundError
from allocator.intake import read_case
from allocator.plan import Plan
from allocator.solver import Progress, SolveOptions
from tests.random_cases import random_case
from tests.recourse_oracle import CRITERIA, assert_same, several_scenarios, today

CASE = random_case(3)
OPTIONS = SolveOptions(gap=1e-6, time_limit_seconds=60)


@dataclass
class Notes:
    """A report that keeps what it is told."""

    found: list[str] = field(default_factory=list)

    def __call__(self, news: object) -> None:
        """Keep notes."""
        if isinstance(news, Progress) and news.note:
            self.found.append(news.note)

    def best(self, plan: object) -> None:
        """Forget it."""

    @property
    def warnings(self) -> list[str]:
        """What went wrong on the way."""
        return [note for note in self.found if note.startswith("warning")]


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalCluster]:
    """A scheduler with two worker processes."""
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as found:
        yield found


@pytest.fixture
def address(workers: LocalCluster) -> str:
    """Address of the scheduler, once both workers are there."""
    with Client(workers, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=20)
    return str(workers.scheduler_address)


def pids(address: str) -> dict[str, int]:
    """Process of each worker."""
    with Client(address, set_as_default=False) as client:
        found: dict[str, int] = client.run(os.getpid, callback_timeout=10)
    return found


@pytest.fixture(scope="module")
def alone() -> Iterator[Plan]:
    """The plan of a small case by one process; decomposed, as all plans of this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(placement, "MONOLITH_FLOWS", -1)
        yield place(CASE, OPTIONS, Notes())


def assert_equal_objectives(plan: Plan, known: Plan) -> None:
    """Compare stage by stage."""
    assert [stage.stage for stage in plan.stages] == [stage.stage for stage in known.stages]
    for one, other in zip(plan.stages, known.stages, strict=True):
        assert one.objective == pytest.approx(other.objective, rel=1e-5)


def meddle(
    patch: pytest.MonkeyPatch,
    question: int,
    before: Callable[[], object],
    after: Callable[[], object] = lambda: None,
) -> None:
    """Do something just before a certain question is sent, and just after."""
    begin, asked = Cluster.begin, itertools.count(1)

    def begin_and_meddle(cluster: Cluster, *arguments: Any) -> Any:
        is_it = next(asked) == question
        if is_it:
            before()
        job = begin(cluster, *arguments)
        if is_it:
            after()
        return job

    patch.setattr(Cluster, "begin", begin_and_meddle)


def test_values_cuts_and_flows_are_the_same(address: str) -> None:
    """Two workers and this process answer as this process alone."""
    data = several_scenarios(1)
    notes: list[str] = []
    with closing(Cluster(address, notes.append)) as cluster:
        helpers = cluster.helpers(data)
        assert len(helpers) == 2
        assert_same(data, helpers)
    assert notes == ["2 Dask workers take part"]


def test_the_plan_is_the_same(address: str, alone: Plan) -> None:
    """A whole placement reaches the same objectives."""
    notes = Notes()
    plan = place(CASE, OPTIONS, notes, CrewOptions(scheduler=address))
    assert_equal_objectives(plan, alone)
    assert notes.found == ["2 Dask workers take part"]


def test_a_killed_worker_costs_no_run(
    address: str, alone: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker dies with a question in hand, and another answers; the objectives are the same."""
    worker, process = min(pids(address).items())
    killed = []

    def kill() -> None:
        os.kill(process, signal.SIGKILL)
        killed.append(worker)

    # Stopped before it is asked, it cannot have answered when it is killed.
    meddle(monkeypatch, 9, lambda: os.kill(process, signal.SIGSTOP), kill)
    monkeypatch.setattr(cluster_module, "_LOOK_SECONDS", 0.1)
    notes = Notes()
    plan = place(CASE, OPTIONS, notes, CrewOptions(scheduler=address))
    assert killed == [worker]
    assert_equal_objectives(plan, alone)
    assert any("1 of 2 Dask workers gone" in note for note in notes.warnings)
    assert not any("no Dask worker is left" in note for note in notes.warnings)
    assert worker not in pids(address)


def test_a_silent_worker_is_asked_no_more(
    address: str, alone: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that hangs is given up after a while, and the run says so."""
    process = min(pids(address).items())[1]
    monkeypatch.setattr(cluster_module, "_PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr(cluster_module, "_PATIENCE_TIMES", 0.0)
    meddle(monkeypatch, 9, lambda: os.kill(process, signal.SIGSTOP))
    notes = Notes()
    try:
        plan = place(CASE, OPTIONS, notes, CrewOptions(scheduler=address))
    finally:
        os.kill(process, signal.SIGCONT)
    assert_equal_objectives(plan, alone)
    assert "TimeoutError: silent for" in notes.warnings[0]


def test_without_any_worker_the_process_goes_on(
    alone: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole cluster goes away in the middle; the run ends by itself, and says so."""
    cluster = LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0")
    with cluster:
        meddle(monkeypatch, 9, cluster.close)
        notes = Notes()
        crew = CrewOptions(scheduler=cluster.scheduler_address)
        plan = place(CASE, OPTIONS, notes, crew)
    assert_equal_objectives(plan, alone)
    assert notes.warnings == [
        "warning: no Dask worker is left; this process evaluates all scenarios"
    ]


def kept_shares(address: str) -> int:
    """Shares that the workers hold in memory."""
    with Client(address, set_as_default=False) as client:
        found = client.run(lambda: len(cluster_work._kept), callback_timeout=10)
    return sum(found.values())


def test_workers_forget_a_run_that_ends(address: str) -> None:
    """Shares are kept from one question to the next, and not longer than the run."""
    data = several_scenarios(2)
    before = kept_shares(address)
    with closing(Cluster(address, lambda _note: None)) as cluster:
        recourse = Recourse(data, CRITERIA[0], cluster.helpers(data))
        weights = [dict.fromkeys(CRITERIA[0], 1.0)] * len(data.scenarios)
        point = today(data, recourse, CRITERIA[0])
        for _ in range(2):
            recourse.evaluate(point, weights)
        assert kept_shares(address) == before + 2
    assert kept_shares(address) == before


def hang_with_a_client(address: str, report: Report) -> None:
    """Task of a child: reach the cluster, say so, and stay."""
    with closing(Cluster(address, report)):
        time.sleep(60)


def test_a_killed_child_leaves_the_cluster(workers: LocalCluster, address: str) -> None:
    """Limits and Ctrl-C kill the child that has the client; the scheduler lets go of it."""

    def clients() -> set[str]:
        return {name for name in workers.scheduler.clients if "reserve-allocator" in name}

    def interrupt(_note: object) -> None:
        assert len(clients()) == 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_in_child(hang_with_a_client, address, time_limit_seconds=40, on_report=interrupt)
    end = time.monotonic() + 5
    while clients() and time.monotonic() < end:
        time.sleep(0.05)
    assert not clients()


def test_the_run_says_who_took_part(address: str) -> None:
    """The child process of a run reaches the cluster; Run_Info tells what came of it."""
    options = RunOptions(time_limit_seconds=30, scheduler=address)
    plan = run_place(read_case("tiny"), options)
    assert plan.run_info["notes"].startswith("2 Dask workers take part; solved as one model")


def test_nobody_at_the_address(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port that is closed, or open but silent, is said in a sentence within ten seconds."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with monkeypatch.context() as patch:
            patch.setattr(cluster_client, "_CONNECT_SECONDS", 0.5)
            with pytest.raises(NotFoundError, match="no Dask scheduler answers"):
                Cluster(address, lambda _note: None)
    began = time.monotonic()
    with pytest.raises(SystemExit) as leave:
        main(["place", "tiny", "-o", str(tmp_path / "plan.xlsx"), "--scheduler", address])
    assert leave.value.code == 1
    assert time.monotonic() - began < 10
    assert f"no Dask scheduler answers at {address!r}" in capsys.readouterr().err
    with pytest.raises(NotFoundError, match="unknown address scheme"):
        Cluster("nonsense://here", lambda _note: None)


def test_a_scheduler_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """There has to be somebody behind the address."""
    monkeypatch.setattr(cluster_module, "_ARRIVAL_SECONDS", 0.3)
    with (
        LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        pytest.raises(NotFoundError, match=r"has no workers. Maybe start one: dask worker"),
    ):
        Cluster(empty.scheduler_address, lambda _note: None)


def test_other_versions_are_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker with another version is an error that names both; so is one without the package."""
    here = {**versions_here(), "reserve-allocator": "0.0.9"}
    monkeypatch.setattr(cluster_module, "versions_here", lambda: here)
    with pytest.raises(ConflictError, match=r"reserve-allocator \S+, this process has 0\.0\.9"):
        Cluster(address, lambda _note: None)
    there: dict[str, dict[str, object]] = {"python": {"w1": "3.11.9"}}
    refuse_other_versions({"python": "3.11.7"}, there)
    with pytest.raises(ConflictError, match=r"w1 has python 3\.11\.9, this process has 3\.12\.1"):
        refuse_other_versions({"python": "3.12.1"}, there)
    with pytest.raises(ConflictError, match="w1 has numpy not installed"):
        refuse_other_versions({"numpy": "2.4.6"}, {"numpy": {"w1": ImportError("numpy")}})


def test_distributed_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the option says how to get it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(AllocatorError, match=r"needs the package distributed.*\[cluster\]"):
        find_scheduler("tcp://127.0.0.1:1")

"""A Dask cluster that evaluates shares of the scenarios; its workers may come and go.

Every question is a plain task: if its worker dies, the scheduler gives it to another, which builds
the share again. What no worker answers, this process does itself. No run is lost to the cluster.
"""

from __future__ import annotations

import contextlib
import functools
import platform
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from allocator.engine.cluster_client import (
    PACKAGES,
    connect,
    find_scheduler,
    quiet,
    refuse_other_versions,
    versions_here,
)
from allocator.engine.cluster_work import ShareAnswer, evaluate_share, forget_run
from allocator.engine.recourse_share import (
    BlockFlows,
    Question,
    ScenarioAnswer,
    ScenarioShare,
    ShareSpec,
)
from allocator.errors import AllocatorError, NotFoundError
from models.placement_data import PlacementData

__all__ = ["Cluster", "ClusterHelper"]

_CALL_SECONDS = 5.0
"""Time for a short question to the scheduler or to all workers. [s]"""

_ARRIVAL_SECONDS = 2.0
"""A cluster that has no worker after so long is refused. [s]"""

_LOOK_SECONDS = 1.0
"""The list of workers is asked for at most this often. [s]"""

_GONE_SECONDS = 5.0
"""Without any worker for so long, this process goes on alone; a nanny restarts one in 2 s. [s]"""

_PATIENCE_SECONDS = 20.0
_PATIENCE_TIMES = 10.0
"""A worker that answers so much later than this process, which had a share of the same size, and
than so many times the longest answer so far, is asked no more. [s]"""

_TRIES = 2
"""Workers that are tried with one question before this process does the share."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class _Job:
    """A question on its way: the future of its answer, and the worker that was asked."""

    future: Any
    worker: str


class Cluster:
    """The workers behind a Dask scheduler, for one run.

    Parameters
    ----------
    address
        Of the scheduler, such as ``tcp://10.0.0.5:8786``.
    tell
        Hears in a sentence what a planner should know.

    Raises
    ------
    ConflictError
        If the package ``distributed`` is missing, or a worker has other versions than this process.
    NotFoundError
        If no scheduler answers, or it has no workers.
    """

    def __init__(self, address: str, tell: Tell) -> None:
        self._tell, self._run = tell, uuid.uuid4().hex
        self._data: PlacementData | None = None
        self._scattered: Any = None
        self._shunned: set[str] = set()
        self._workers: list[str] = []
        self._looked, self._longest, self._alone = -float("inf"), 0.0, False
        self._ending = contextlib.ExitStack()
        try:
            find_scheduler(address)
            self._ending.enter_context(quiet())
            self._client = connect(address)
            self._ending.callback(self._client.close, timeout=_CALL_SECONDS)
            self._ending.callback(self._forget)
            self._meet(address)
        except BaseException:
            self._ending.close()
            raise

    def _meet(self, address: str) -> None:
        """Look who is there, and whether they are like this process."""
        end = time.monotonic() + _ARRIVAL_SECONDS
        while not (workers := self.workers(now=True)) and time.monotonic() < end:
            time.sleep(0.2)
        if not workers:
            raise NotFoundError(
                f"the Dask scheduler at {address} has no workers. "
                f"Maybe start one: dask worker {address} --nthreads 1"
            )
        there: dict[str, dict[str, object]] = {"python": self._ask_all(platform.python_version)}
        there |= {name: self._ask_all(version, name) for name in PACKAGES}
        refuse_other_versions(versions_here(), there)
        self._tell(f"{len(workers)} Dask worker{'s' if len(workers) > 1 else ''} take part")

    def _ask_all(self, function: Callable[..., object], *words: str) -> dict[str, object]:
        """Call a function on every worker; exceptions are answers, too."""
        found: dict[str, object] = self._client.run(
            function, *words, on_error="return", callback_timeout=_CALL_SECONDS
        )
        return found

    def workers(self, *, now: bool = False) -> list[str]:
        """Addresses of the workers that are there, in order; asked again after a while.

        Parameters
        ----------
        now
            Ask at once.
        """
        if now or time.monotonic() - self._looked > _LOOK_SECONDS:
            found: Mapping[str, int] = {}
            # While the client looks for a scheduler that is gone, no call would come back.
            with contextlib.suppress(Exception):
                if self._client.status == "running":
                    found = self._client.sync(
                        self._client.scheduler.ncores, callback_timeout=_CALL_SECONDS
                    )
            here, before = set(found) - self._shunned, len(self._workers)
            gone = len(set(self._workers) - set(found))
            self._workers, self._looked = sorted(here), time.monotonic()
            if here and gone:
                self._tell(
                    f"warning: {gone} of {before} Dask workers gone; "
                    "their scenarios are evaluated by others"
                )
        return self._workers

    def helpers(self, data: PlacementData) -> list[ClusterHelper]:
        """One helper for each worker that is there now; the data are sent to all of them."""
        self._data, self._scattered = data, None
        helpers = [ClusterHelper(self, data, number) for number in range(len(self.workers()))]
        for helper in helpers:
            self._ending.callback(helper.close)
        return helpers

    def begin(self, number: int, spec: ShareSpec, question: Question | None) -> _Job | None:
        """Send a question to a worker; None if there is nobody to ask.

        Parameters
        ----------
        number
            Of the helper; while the workers stay, it asks the same one, which has its share.
        spec, question
            The share, and what is asked; None only builds the share.
        """
        workers = self.workers()
        if not workers:
            self._say_alone()
            return None
        worker = workers[number % len(workers)]
        try:
            future = self._client.submit(
                evaluate_share,
                self._data_there(workers),
                self._run,
                spec,
                question,
                workers=[worker],
                allow_other_workers=True,
                pure=False,
            )
        except Exception as error:  # noqa: BLE001 - whatever the network does, the run goes on
            self._give_up(error)
            return None
        return _Job(future, worker)

    def _data_there(self, workers: list[str]) -> Any:
        """Future of the data; sent again if all workers that had them are gone."""
        if self._scattered is None or self._scattered.status != "finished":
            scatter = functools.partial(
                self._client.scatter,
                self._data,
                workers=workers,
                broadcast=True,
                hash=False,
                asynchronous=True,
            )
            self._scattered = self._client.sync(scatter, callback_timeout=_PATIENCE_SECONDS)
        return self._scattered

    def wait(self, job: _Job | None) -> ShareAnswer | None:
        """Wait for an answer; None if there will be none."""
        if job is None:
            return None
        began = time.monotonic()
        seen = began
        while True:
            try:
                found: ShareAnswer = job.future.result(timeout=_LOOK_SECONDS)
            except TimeoutError:
                now = time.monotonic()
                seen = now if self.workers(now=True) else seen
                if now - seen > _GONE_SECONDS:
                    self._give_up(None)
                    return None
                if now - began > _PATIENCE_SECONDS + _PATIENCE_TIMES * self._longest:
                    self._shunned.add(job.worker)
                    self._give_up(TimeoutError(f"silent for {now - began:.0f} s"))
                    return None
            except AllocatorError:
                raise
            except Exception as error:  # noqa: BLE001 - lost data, a killed worker, a closed line
                self._give_up(error)
                return None
            else:
                self._longest = max(self._longest, time.monotonic() - began)
                self._alone = False
                return found

    def _give_up(self, error: Exception | None) -> None:
        """Say what went wrong."""
        if not self.workers(now=True):
            self._say_alone()
        elif error is not None:
            self._tell(
                f"warning: a Dask worker did not answer ({type(error).__name__}: {error}); "
                "its scenarios are evaluated elsewhere"
            )

    def _say_alone(self) -> None:
        """Say once that nobody is left."""
        if not self._alone:
            self._alone = True
            self._tell("warning: no Dask worker is left; this process evaluates all scenarios")

    def _forget(self) -> None:
        """Let the workers free what they keep for this run."""
        with contextlib.suppress(Exception):
            if self._client.status == "running":
                self._client.run(
                    forget_run,
                    self._run,
                    workers=self.workers(now=True),
                    callback_timeout=_CALL_SECONDS,
                )

    def close(self) -> None:
        """Leave the cluster; its helpers are closed with it."""
        self._ending.close()


class ClusterHelper:
    """A helper whose share is with a worker of a cluster, or here if none is left.

    Parameters
    ----------
    cluster
        The cluster.
    data
        The placement problem.
    number
        Tells the helpers of a cluster apart.
    """

    def __init__(self, cluster: Cluster, data: PlacementData, number: int) -> None:
        self._cluster, self._data, self._number = cluster, data, number
        self._spec: ShareSpec | None = None
        self._question: Question | None = None
        self._job: _Job | None = None
        self._here: ScenarioShare | None = None
        self._flows: list[list[BlockFlows]] = []

    def take(self, spec: ShareSpec) -> None:
        """Hand over a share, if it is not the one at hand; a worker begins to build it."""
        if self._spec is None or spec.number != self._spec.number:
            self._spec, self._question, self._here = spec, None, None
            self._job = self._begin()

    def ask(self, question: Question) -> None:
        """Begin an evaluation; returns at once."""
        self._question = question
        self._job = self._begin()

    def _begin(self) -> _Job | None:
        if self._spec is None:
            raise RuntimeError("a share comes before its questions")
        return self._cluster.begin(self._number, self._spec, self._question)

    def answers(self) -> list[ScenarioAnswer]:
        """Wait for the evaluation asked for last; do it here if no worker answers."""
        if self._question is None or self._spec is None:
            raise RuntimeError("nothing was asked")
        for turn in range(_TRIES):
            job = self._job if turn == 0 else self._begin()
            found = self._cluster.wait(job)
            if found is not None:
                self._job, self._here = None, None
                self._flows = found.flows
                return found.answers
        if self._here is None:
            self._here = ScenarioShare(self._data, self._spec)
        answers = self._here.evaluate(self._question)
        self._flows = self._here.flows()
        return answers

    def flows(self) -> list[list[BlockFlows]]:
        """Flows of the last evaluation, by scenario and block."""
        return self._flows

    def close(self) -> None:
        """Forget what was asked; what a worker has begun, it ends for itself."""
        self._job = None

"""The worker: claims runs one after the other, and goes on whatever becomes of the database."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from allocator.documents import error_document
from allocator.errors import AllocatorError
from allocator.service_log import log_fields
from allocator.service_settings import ServiceSettings
from allocator.store.database import Database
from allocator.store.editions import sweep_editions
from allocator.store.leases import Claim
from allocator.store.outages import is_outage, words_of
from allocator.store.queue import claim, give_back, settle
from allocator.store.repetitions import forget_old_keys
from allocator.worker.attempt import Attempt
from allocator.worker.inputs import write_inputs
from allocator.worker.scratch import scratch_folder, sweep_scratch
from allocator.worker.spare import Spare

__all__ = ["Worker"]

LOG: Final = logging.getLogger("allocator.worker")

IDLE_SECONDS: Final = 0.5
"""How long a worker without a run waits before it looks again. [s]"""

LONGEST_PAUSE_SECONDS: Final = 10.0
"""A database or disk that cannot be used is tried again after twice the pause, up to this. [s]"""

SWEEP_SECONDS: Final = 15.0
"""How often a worker takes away what attempts that died have left. [s]"""

FORGET_SECONDS: Final = 3600.0
"""How often it forgets old idempotency keys. [s]"""


@dataclass
class Worker:
    """One worker; it has one run at a time.

    Parameters
    ----------
    database, settings
        Where runs are, and how they may be run.
    name
        Under which it holds runs.
    leave
        Set to let it go, after giving its run back.
    """

    database: Database
    settings: ServiceSettings
    name: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}")
    leave: threading.Event = field(default_factory=threading.Event)
    _spare: Spare = field(init=False, default_factory=Spare)
    _swept: float = field(init=False, default=float("-inf"))
    _forgot: float = field(init=False, default=float("-inf"))

    def serve(self) -> None:
        """Carry out runs until asked to leave."""
        LOG.info("worker %s is ready", self.name)
        try:
            self._work_on()
        finally:
            self._spare.close()
        LOG.info("worker %s leaves", self.name)

    def _work_on(self) -> None:
        pause = IDLE_SECONDS
        while not self.leave.is_set():
            try:
                self._spare.prepare()
                has_worked = self.work_once()
                pause = IDLE_SECONDS
            except (SQLAlchemyError, OSError) as error:
                if isinstance(error, SQLAlchemyError) and not is_outage(error):
                    raise
                words = words_of(error) if isinstance(error, SQLAlchemyError) else error
                LOG.warning("worker %s tries again in %.1f s: %s", self.name, pause, words)
                has_worked = False
                pause = min(2.0 * pause, LONGEST_PAUSE_SECONDS)
            if not has_worked:
                self.leave.wait(pause)

    def work_once(self) -> bool:
        """Carry out the next run; return whether there was one."""
        self._sweep()
        held = claim(self.database, self.name, self.settings.lease_seconds, self.settings.attempts)
        if held is None:
            return False
        told = {"run_id": held.run_id}
        begins = "run %s (%s) begins, attempt %d"
        LOG.info(begins, held.run_id, held.kind, held.attempts, extra=told)
        with log_fields(**told):
            ending = self._carried_out(held)
        LOG.info("run %s: %s", held.run_id, ending, extra=told)
        return True

    def _carried_out(self, held: Claim) -> str:
        """Make one attempt at a run; return how it ended, for the log."""
        if held.token > 1:
            # An earlier attempt may have died: what it left is nobody's since now.
            sweep_scratch(self.database, self.settings.scratch_folder)
        attempt = Attempt(self.database, self.settings, held, self.leave)
        try:
            with scratch_folder(self.settings.scratch_folder, held) as folder:
                work = write_inputs(self.database, held, folder)
                return attempt.carry_out(work, self._spare.take())
        except AllocatorError as error:
            settle(self.database, held, "failed", error_document(error))
            return "failed"
        except OSError as error:
            # This machine cannot do it now: no room for its files, no process to be had.
            give_back(self.database, held, f"its worker could not begin ({error.strerror})")
            raise

    def _sweep(self) -> None:
        """Take away what attempts that died have left, from time to time."""
        if time.monotonic() - self._swept < SWEEP_SECONDS:
            return
        self._swept = time.monotonic()
        folders = sweep_scratch(self.database, self.settings.scratch_folder)
        editions = sweep_editions(self.database)
        if time.monotonic() - self._forgot >= FORGET_SECONDS:
            self._forgot = time.monotonic()
            forget_old_keys(self.database)
        if folders or editions:
            LOG.info("took away %d folders and %d sets of rows left behind", folders, editions)

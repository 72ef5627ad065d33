"""An HTTP server that ends in order: streams at once, requests under way when they are done."""

from __future__ import annotations

import signal
import socket
import threading
from types import FrameType
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

from allocator.errors import ConflictError

__all__ = ["FINISH_SECONDS", "GracefulServer", "listening_socket"]

FINISH_SECONDS: Final = 10
"""How long requests under way may take to finish once the server is asked to end. [s]"""

KEEP_ALIVE_SECONDS: Final = 30
"""How long a connection stays open between two requests. [s]"""

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def listening_socket(host: str, port: int) -> socket.socket:
    """Take an address, before anything else is started for it.

    Raises
    ------
    ConflictError
        If it cannot be had.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConflictError(
            f"the service cannot listen at {host}, port {port} ({error.strerror or error}). "
            "Maybe another one is running there; choose another with --port."
        ) from error


class GracefulServer(uvicorn.Server):
    """Uvicorn, which tells the streams of the application when it is asked to end.

    Otherwise it would wait for them until its patience ends, and for all others with them.

    Parameters
    ----------
    application
        What to serve.
    leaving
        Set when the server is asked to end.
    more
        Further settings of uvicorn.
    """

    def __init__(self, application: FastAPI, leaving: threading.Event, **more: Any) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                log_config=None,
                # The application writes a line for each request itself, with more in it.
                access_log=False,
                timeout_graceful_shutdown=FINISH_SECONDS,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                **more,
            )
        )
        self._leaving = leaving

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; a second Ctrl-C waits for nothing."""
        self._leaving.set()
        super().handle_exit(sig, frame)

    def serve_at(self, listening: socket.socket) -> bool:
        """Serve until asked to end; return whether the application could be started."""
        # Once it has ended, uvicorn sends the signal again to whoever handled it before; left to
        # the system that would end the process here and now, with its workers still at work.
        former = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
        try:
            self.run(sockets=[listening])
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)
        return self.started

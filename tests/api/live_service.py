"""A service as people have it: a real server on this machine, with a worker beside it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn

from allocator.service_settings import ServiceSettings
from allocator.store.opening import open_database
from allocator.worker.loop import Worker
from api.main import create_app

__all__ = ["live_service"]


@contextlib.contextmanager
def live_service(settings: ServiceSettings) -> Iterator[str]:
    """Serve on a free port, and carry out runs, until the end; yields the address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None))
    serving = threading.Thread(target=server.run, args=([listening],), daemon=True)
    database = open_database(settings)
    worker = Worker(database, settings)
    working = threading.Thread(target=worker.serve, daemon=True)
    serving.start()
    working.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        worker.leave.set()
        server.should_exit = True
        working.join(30)
        serving.join(30)
        database.close()
        listening.close()

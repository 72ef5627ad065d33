"""What routes work with: settings, database, reading processes; one for each application."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from allocator.readers import Readers
from allocator.service_settings import ServiceSettings
from allocator.store.database import Database

__all__ = ["Service", "ServiceOf"]


@dataclass(frozen=True)
class Service:
    """The parts of a running service.

    Parameters
    ----------
    settings, database, readers
        As they were made for this application.
    leaving
        Set when the server is asked to end: streams end then, so that nobody waits for them.
    """

    settings: ServiceSettings
    database: Database
    readers: Readers
    leaving: threading.Event = field(default_factory=threading.Event)


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


ServiceOf = Annotated[Service, Depends(_service)]
"""The service, as a parameter of a route."""

"""What routes work with: settings, database, reading processes; one for each application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from allocator.readers import Readers
from allocator.service_settings import ServiceSettings
from allocator.store.database import Database

__all__ = ["Service", "ServiceOf"]


@dataclass(frozen=True)
class Service:
    """The parts of a running service."""

    settings: ServiceSettings
    database: Database
    readers: Readers


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


ServiceOf = Annotated[Service, Depends(_service)]
"""The service, as a parameter of a route."""

"""All that stands before the routes, in its order."""

from __future__ import annotations

from fastapi import FastAPI

from api.access.description import describe_access
from api.access.doorkeeper import Doorkeeper
from api.access.exports import Exports
from api.access.guard import Guard
from api.access.limits import Bodies, Heads
from api.access.routes import RouteTable
from api.access.safe_headers import SafeHeaders
from api.pages.problem_pages import ProblemPages
from api.service import Service

__all__ = ["add_gate"]


def add_gate(application: FastAPI, service: Service) -> None:
    """Let a request meet, in this order: limits of its head, guard, limits of its body, log.

    The guard comes before the body is read: nobody unknown makes the service read anything.
    """
    settings = service.settings
    doorkeeper = application.state.doorkeeper = Doorkeeper(service)
    # What is added last is met first.
    application.add_middleware(Exports, database=service.database)
    application.add_middleware(Bodies, settings=settings)
    application.add_middleware(
        Guard,
        doorkeeper=doorkeeper,
        routes=RouteTable(application),
        is_open=settings.access == "open",
    )
    application.add_middleware(Heads)
    application.add_middleware(ProblemPages)
    application.add_middleware(SafeHeaders)
    describe_access(application)

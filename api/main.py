"""The HTTP application: ``create_app`` builds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI

from allocator.readers import Readers
from allocator.service_settings import ServiceSettings, service_settings
from allocator.store.opening import open_database
from allocator.uploads import check_upload
from api.cases import endpoints as cases
from api.operations import endpoints as operations
from api.operations.endpoints import DISTRIBUTION, installed_version
from api.problems import add_problem_handlers
from api.runs import endpoints as runs
from api.service import Service
from api.views import endpoints as views

__all__ = ["create_app"]

READERS: Final = 2
"""Files that are read at the same time."""

ROUTERS: Final = (cases.router, runs.router, views.router, operations.router)


def create_app(settings: ServiceSettings | None = None) -> FastAPI:
    """Build the service.

    FastAPI's own ``/docs`` and ``/redoc`` are off: they load their scripts from the internet and
    stay blank where there is none. ``/openapi.json`` describes the service to programs.

    Parameters
    ----------
    settings
        Where the database is, and the limits; those of the environment if None.

    Returns
    -------
    FastAPI
        A fresh application that shares no state with another but the database.
    """
    chosen = service_settings() if settings is None else settings
    database = open_database(chosen)
    readers = Readers(READERS)

    @asynccontextmanager
    async def lifespan(_application: FastAPI) -> AsyncIterator[None]:
        readers.warm(check_upload)
        yield
        readers.close()
        database.close()

    application = FastAPI(
        title="Reserve allocator",
        version=installed_version(DISTRIBUTION),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    application.state.service = Service(chosen, database, readers)
    add_problem_handlers(application)
    for router in ROUTERS:
        application.include_router(router)
    return application

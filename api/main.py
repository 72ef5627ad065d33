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
from api.access import endpoints as access
from api.access.gate import add_gate
from api.cases import endpoints as cases
from api.comparisons import endpoints as comparisons
from api.coordination import endpoints as coordination
from api.datasets import endpoints as datasets
from api.operations import docs_page
from api.operations import endpoints as operations
from api.operations.metrics import Metrics
from api.operations.versions import DISTRIBUTION, installed_version
from api.operations.watching import Watch
from api.pages import endpoints as pages
from api.pages import static_files
from api.pages.problem_pages import add_page_of_the_unforeseen
from api.problems import add_problem_handlers
from api.results import endpoints as results
from api.results import manifests, plans
from api.runs import endpoints as runs
from api.service import Service
from api.views import endpoints as views

__all__ = ["create_app"]

READERS: Final = 2
"""Files that are read at the same time."""

ROUTERS: Final = (
    cases.router,
    datasets.router,
    runs.router,
    plans.router,
    results.router,
    manifests.router,
    comparisons.router,
    coordination.router,
    access.router,
    operations.router,
    docs_page.router,
    views.router,
    static_files.router,
    pages.router,
)


def create_app(settings: ServiceSettings | None = None) -> FastAPI:
    """Build the service.

    FastAPI's own ``/docs`` and ``/redoc`` are off: they load their scripts from the internet and
    stay blank where there is none. ``/docs`` is our own page with scripts from an installed
    package; ``/openapi.json`` describes the service to programs.

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
    service = application.state.service = Service(chosen, database, readers)
    metrics = Metrics(database, chosen.lease_seconds)
    application.state.metrics = metrics
    add_gate(application, service)
    add_problem_handlers(application)
    add_page_of_the_unforeseen(application)
    for router in ROUTERS:
        application.include_router(router)
    # The last one is the outermost: it sees what the others refuse.
    application.add_middleware(Watch, metrics=metrics)
    return application

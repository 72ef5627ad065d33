"""The HTTP application: ``create_app`` builds it, ``app`` is the one that uvicorn serves."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Final

from fastapi import FastAPI
from pydantic import BaseModel

__all__ = ["Health", "Version", "app", "create_app"]

DISTRIBUTION: Final = "reserve-allocator"

SOLVING_DISTRIBUTIONS: Final = ("highspy", "pyomo")


class Health(BaseModel):
    """Answer of ``/health``."""

    status: str


class Version(BaseModel):
    """Answer of ``/version``: what an answer of this service was computed with."""

    name: str
    version: str
    python: str
    versions: dict[str, str]


def installed_version(distribution: str) -> str:
    """Version of an installed distribution.

    Parameters
    ----------
    distribution
        Name as a package index knows it.

    Returns
    -------
    str
        The version, or ``not installed`` for a checkout that is run without being installed.
    """
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


def create_app() -> FastAPI:
    """Build the service.

    FastAPI's own ``/docs`` and ``/redoc`` are off: they load their scripts from the internet and
    stay blank where there is none. ``/openapi.json`` describes the service to programs.

    Returns
    -------
    FastAPI
        A fresh application that shares no state with another.
    """
    product_version = installed_version(DISTRIBUTION)
    versions = {name: installed_version(name) for name in SOLVING_DISTRIBUTIONS}
    application = FastAPI(
        title="Reserve allocator",
        version=product_version,
        docs_url=None,
        redoc_url=None,
    )

    @application.get("/health", tags=["operations"])
    async def health() -> Health:
        """Whether the service answers; it asks nothing of the solver."""
        return Health(status="ok")

    @application.get("/version", tags=["operations"])
    async def version() -> Version:
        """Which product, interpreter and solver are at work."""
        return Version(
            name=DISTRIBUTION,
            version=product_version,
            python=platform.python_version(),
            versions=versions,
        )

    return application


app = create_app()

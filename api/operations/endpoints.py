"""Routes of health and version."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel

from api.access.rules import may_use

__all__ = ["Health", "Version", "installed_version", "router"]

DISTRIBUTION: Final = "reserve-allocator"

SOLVING_DISTRIBUTIONS: Final = ("highspy", "pyomo")

router = APIRouter(tags=["operations"])


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


@router.get("/health", dependencies=[may_use("nobody_asked")])
async def health() -> Health:
    """Whether the service answers; it asks nothing of solver and database."""
    return Health(status="ok")


@router.get("/version", dependencies=[may_use("nobody_asked")])
async def version() -> Version:
    """Which product, interpreter and solver are at work."""
    return Version(
        name=DISTRIBUTION,
        version=installed_version(DISTRIBUTION),
        python=platform.python_version(),
        versions={name: installed_version(name) for name in SOLVING_DISTRIBUTIONS},
    )

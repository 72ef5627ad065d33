"""Routes of health, version and metrics."""

from __future__ import annotations

import platform
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel

from api.access.rules import may_use
from api.operations.metrics import Metrics
from api.operations.versions import DISTRIBUTION, SOLVING_DISTRIBUTIONS, installed_version

__all__ = ["Health", "Version", "router"]

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


def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


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


@router.get(
    "/metrics",
    dependencies=[may_use("admin")],
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(
    counted: Annotated[Metrics, Depends(_metrics)], accept: Annotated[str, Header()] = ""
) -> Response:
    """Requests, queue, workers and database in the form that Prometheus reads."""
    content, media_type = counted.written(accept)
    return Response(content, media_type=media_type)

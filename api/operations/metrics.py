"""Figures of the service for Prometheus; each application counts for itself."""

from __future__ import annotations

import logging
import platform
import threading
import time
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from allocator.store.database import Database
from allocator.store.figures import ServiceFigures, service_figures
from api.operations.versions import DISTRIBUTION, SOLVING_DISTRIBUTIONS, installed_version

__all__ = ["Metrics"]

LOG: Final = logging.getLogger("allocator.api")

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Other words are counted together: a label must not grow with what is sent."""

UPLOAD_ROUTES: Final = frozenset({"/v1/cases", "/v1/validate"})
"""Where files come in; paths of requests that were refused before they had a route are equal."""

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
"""Upper ends of the classes of the histogram. [s]"""

KEPT_SECONDS: Final = 1.0
"""Figures of the database are asked for at most this often. [s]"""


class Metrics:
    """What is counted, and what is asked of the database when someone looks.

    Parameters
    ----------
    database
        Whose figures to show.
    lease_seconds
        How long a worker may be silent. [s]
    """

    def __init__(self, database: Database, lease_seconds: float) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "allocator_http_requests",
            "Requests by template of the route, method and status.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "allocator_http_request_seconds",
            "Time until an answer begins.",
            ("route", "method"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._refused = Counter(
            "allocator_uploads_refused",
            "Uploads that were not taken, by status.",
            ("status",),
            registry=self._registry,
        )
        _build_info(self._registry)
        ProcessCollector(namespace="allocator", registry=self._registry)
        self._registry.register(_DatabaseCollector(database, lease_seconds))

    def count_request(
        self, route: str, method: str, status: int, seconds: float, path: str = ""
    ) -> None:
        """Count a request.

        Parameters
        ----------
        route
            Template of its route, ``none`` if it has none.
        method, status
            As sent and answered.
        seconds
            Time until the answer began. [s]
        path
            As sent; tells what was meant where there is no route.
        """
        known = method if method in METHODS else "other"
        self._requests.labels(route, known, str(status)).inc()
        self._seconds.labels(route, known).observe(seconds)
        if status >= 400 and method == "POST" and {route, path} & UPLOAD_ROUTES:
            self._refused.labels(str(status)).inc()

    def written(self, accept: str) -> tuple[bytes, str]:
        """All figures in the form that is asked for, and its media type."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type


def _build_info(registry: CollectorRegistry) -> None:
    """Say which versions are at work, as labels of a 1."""
    versions = {
        "version": installed_version(DISTRIBUTION),
        "python": platform.python_version(),
        **{name: installed_version(name) for name in SOLVING_DISTRIBUTIONS},
    }
    gauge = Gauge("allocator_build_info", "Versions at work.", tuple(versions), registry=registry)
    gauge.labels(**versions).set(1)


class _DatabaseCollector(Collector):
    """Asks the database when someone looks, and says so if it does not answer."""

    def __init__(self, database: Database, lease_seconds: float) -> None:
        self._database = database
        self._lease_seconds = lease_seconds
        self._lock = threading.Lock()
        self._asked_at = -KEPT_SECONDS
        self._figures: ServiceFigures | None = None

    def describe(self) -> list[Metric]:
        """Nothing: without it the registry would ask the database at once for the names."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Figures of now, or of less than a second ago."""
        figures = self._latest()
        yield _gauge("allocator_database_up", "Whether the database answers.", figures is not None)
        if figures is None:
            return
        runs = GaugeMetricFamily("allocator_runs", "Runs by status.", labels=("status",))
        for status, number in figures.runs.items():
            runs.add_metric((status,), number)
        yield runs
        yield _gauge(
            "allocator_oldest_queued_seconds",
            "How long the run that waits longest has been waiting.",
            figures.oldest_queued_seconds,
        )
        yield _gauge(
            "allocator_workers_at_work",
            "Workers that hold a run and have said lately that they live.",
            figures.workers_at_work,
        )
        if figures.silent_seconds is not None:
            yield _gauge(
                "allocator_last_heartbeat_seconds",
                "How long ago a worker with a run last said that it lives.",
                figures.silent_seconds,
            )
        yield _gauge("allocator_database_bytes", "Size of the database.", figures.database_bytes)

    def _latest(self) -> ServiceFigures | None:
        with self._lock:
            if time.monotonic() - self._asked_at >= KEPT_SECONDS:
                try:
                    with self._database.reading() as connection:
                        self._figures = service_figures(
                            self._database, connection, self._lease_seconds
                        )
                except SQLAlchemyError as error:
                    LOG.warning("figures of the database are not to be had: %s", error)
                    self._figures = None
                self._asked_at = time.monotonic()
            return self._figures


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=float(value))

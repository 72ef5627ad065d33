"""Reaches a Dask scheduler, or says in a sentence why not."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

from allocator.errors import ConflictError, NotFoundError

__all__ = [
    "PACKAGES",
    "connect",
    "find_scheduler",
    "quiet",
    "refuse_other_versions",
    "versions_here",
]

_CONNECT_SECONDS = 3.0
"""An address that is silent for so long is given up; a scheduler answers within a second. [s]"""

PACKAGES = ("reserve-allocator", "highspy", "numpy", "scipy")
"""Packages that must be the same here and there, or results might not be."""


def versions_here() -> dict[str, str]:
    """Versions of this process that workers must have as well."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def refuse_other_versions(
    here: Mapping[str, str], there: Mapping[str, Mapping[str, object]]
) -> None:
    """Raise ConflictError, naming both versions, unless workers have those of this process.

    Parameters
    ----------
    here
        Version by name; of Python only the first two numbers count.
    there
        By name and worker, a version, or the exception that came instead.
    """
    for name, own in here.items():
        for worker, answer in there[name].items():
            found = answer if isinstance(answer, str) else "not installed"
            if _series(name, found) != _series(name, own):
                raise ConflictError(
                    f"the Dask worker {worker} has {name} {found}, this process has {own}; they "
                    "must be the same. Maybe install one requirements.lock on all machines."
                )


def _series(name: str, found: str) -> str:
    """Return the part of a version that must be the same."""
    return ".".join(found.split(".")[:2]) if name == "python" else found


def find_scheduler(address: str) -> None:
    """See whether a scheduler answers; a client would wait for ever at a port that is silent.

    Raises
    ------
    ConflictError
        If the package ``distributed`` is missing.
    NotFoundError
        If nobody answers.
    """
    try:
        import distributed
    except ImportError as error:
        raise ConflictError(
            "--scheduler needs the package distributed, which is not installed here. "
            "Maybe install the extra: pip install -e '.[cluster]'"
        ) from error

    async def knock() -> None:
        async with asyncio.timeout(_CONNECT_SECONDS):
            line = await distributed.core.connect(address, timeout=_CONNECT_SECONDS)
            await line.close()

    with _nobody(address):
        asyncio.run(knock())


def connect(address: str) -> Any:
    """Return a client of the scheduler at an address where one was found."""
    from distributed import Client

    with _nobody(address):
        return Client(
            address, timeout=_CONNECT_SECONDS, set_as_default=False, name="reserve-allocator"
        )


@contextlib.contextmanager
def _nobody(address: str) -> Iterator[None]:
    """Turn whatever goes wrong at an address into a sentence."""
    try:
        yield
    except Exception as error:
        raise NotFoundError(
            f"no Dask scheduler answers at {address!r} within {_CONNECT_SECONDS:g} s "
            f"({str(error) or type(error).__name__}). "
            "Maybe start one (dask scheduler), or check address and port: tcp://host:8786"
        ) from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what Dask writes about lost connections to itself; the run says what matters."""
    # Dask gives some of its loggers a level of their own.
    loggers = [logging.getLogger(n) for n in logging.root.manager.loggerDict if _is_dask(n)]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _is_dask(logger: str) -> bool:
    return logger.split(".", maxsplit=1)[0] == "distributed"

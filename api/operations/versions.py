"""Versions at work, as ``/version`` and the metrics tell them."""

from __future__ import annotations

from importlib import metadata
from typing import Final

__all__ = ["DISTRIBUTION", "SOLVING_DISTRIBUTIONS", "installed_version"]

DISTRIBUTION: Final = "reserve-allocator"

SOLVING_DISTRIBUTIONS: Final = ("highspy", "pyomo")


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

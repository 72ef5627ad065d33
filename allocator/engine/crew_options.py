"""Who may help with a placement, as it is told to the process that solves it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CrewOptions"]


@dataclass(frozen=True)
class CrewOptions:
    """Who may help.

    Parameters
    ----------
    workers
        Processes on this machine, this one included, >= 1; no more than there are cores are used.
    scheduler
        Address of a Dask scheduler whose workers help instead; None for none.
    """

    workers: int = 2
    scheduler: str | None = None

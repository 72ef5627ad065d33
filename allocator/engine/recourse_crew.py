"""Who evaluates scenarios beside this process: companions on this machine, or a Dask cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from allocator.companion import core_count
from allocator.engine.cluster import Cluster
from allocator.engine.crew_options import CrewOptions
from allocator.engine.recourse_share import CompanionHelper, RecourseHelper
from models.placement_data import PlacementData

__all__ = ["Crew", "open_crew"]

HELPED_FLOWS = 50_000
"""From so many flows on companions evaluate a part of the scenarios; one takes 2 s to begin."""


class Crew:
    """Makes helpers for a placement and ends them.

    Parameters
    ----------
    options
        Who may help.
    cluster
        The cluster, where one is asked for.
    ending
        Closes what is to be closed.
    """

    def __init__(
        self, options: CrewOptions, cluster: Cluster | None, ending: contextlib.ExitStack
    ) -> None:
        self._options, self._cluster, self._ending = options, cluster, ending

    @property
    def has_cluster(self) -> bool:
        """Whether the helpers are on a cluster."""
        return self._cluster is not None

    def helpers(self, data: PlacementData) -> Sequence[RecourseHelper]:
        """Return helpers for a problem, none where they would not pay."""
        helpers: list[RecourseHelper] = []
        if self._cluster is not None:
            helpers += self._cluster.helpers(data)
        elif data.flow_count >= HELPED_FLOWS:
            for _ in range(min(self._options.workers, core_count(), len(data.scenarios)) - 1):
                helper = CompanionHelper(data)
                self._ending.callback(helper.close)
                helpers.append(helper)
        return helpers


@contextlib.contextmanager
def open_crew(options: CrewOptions, tell: Callable[[str], None]) -> Iterator[Crew]:
    """Reach the cluster, if one is asked for; afterwards all helpers are gone.

    Raises
    ------
    AllocatorError
        As for ``Cluster``.
    """
    with contextlib.ExitStack() as ending:
        cluster = None
        if options.scheduler is not None:
            cluster = Cluster(options.scheduler, tell)
            ending.callback(cluster.close)
        yield Crew(options, cluster, ending)

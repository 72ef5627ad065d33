"""First plans of large cases: the master as a program of the few sites its relaxation leaves open.

Where the relaxation takes an option whole, or not at all, that is kept; HiGHS decides the rest
(relaxation enforced neighbourhood search, Berthold 2014). With a plan at hand, sites at which plan
and relaxation differ are decided anew, too (Danna, Rothberg and Le Pape 2005).
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from allocator.engine.branching import WHOLE
from allocator.engine.decomposition import StageSearch
from allocator.solver import SolveOptions

__all__ = ["improve_by_programs"]

Floats = NDArray[np.float64]

_PROGRAMS = 6
"""Programs that may be solved one after the other."""

_TIME_SHARE, _LEAST_SECONDS = 0.08, 2.0
"""Part of the stage's time that a program may use, and its least. [s]"""

_GAP_SHARE = 0.3
"""Gap of a program as a share of the stage's."""


def improve_by_programs(search: StageSearch, end: float) -> None:
    """Solve restricted masters and polish their choices, as long as that betters the plan.

    Parameters
    ----------
    search
        The stage, relaxed.
    end
        On the clock of ``time.monotonic``. [s]
    """
    tried: set[bytes] = set()
    for _ in range(_PROGRAMS):
        if search.is_over() or time.monotonic() >= end:
            return
        before = search.ceiling()
        choice = _restricted_choice(search)
        if choice is None or choice.tobytes() in tried:
            return
        tried.add(choice.tobytes())
        search.polish(choice)
        search.tell()
        if search.ceiling() >= before and np.isfinite(before):
            return


def _restricted_choice(search: StageSearch) -> Floats | None:
    """Best choice over the sites that are open to question, shape (option,); None without one."""
    master, columns = search.master, search.master.branching
    master.free_bounds()
    relaxed = search.solve()
    if relaxed is None or relaxed.values is None:
        return None
    taken = master.point(relaxed.values).choice
    whole = np.rint(taken)
    is_open = np.abs(taken - whole) > WHOLE
    if search.best is not None:
        is_open |= np.abs(search.best.priced.point.choice - taken) > WHOLE
    own = search.data.first_stage.option_warehouse
    site = np.zeros(search.data.first_stage.warehouse_count, dtype=bool)
    site[own[is_open]] = True
    single = np.flatnonzero(columns.option >= 0)
    option = columns.option[single]
    kept = single[~site[own[option]]]
    lower, upper = np.zeros(len(columns.upper)), columns.upper.copy()
    lower[kept] = upper[kept] = whole[columns.option[kept]]
    master.set_bounds(lower, upper)
    seconds = max(_LEAST_SECONDS, _TIME_SHARE * (search.deadline - time.monotonic()))
    options = SolveOptions(
        gap=_GAP_SHARE * search.gap,
        time_limit_seconds=seconds if np.isfinite(seconds) else None,
        seed=search.options.seed,
        threads=search.options.threads,
    )
    integer = columns.column[single]
    master.session.set_integer(integer, np.ones(len(integer), dtype=bool))
    found = master.solve(options)
    master.session.set_integer(integer, np.zeros(len(integer), dtype=bool))
    master.free_bounds()
    return None if found.values is None else np.rint(master.point(found.values).choice)

"""Hard promises that cannot hold: which rules contradict each other, and the smallest ways out.

Every hard rule gets a slack (``models.repair``). A way out changes one family of rules as little as
possible, and the others only by what no change of that family can mend.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from allocator.engine.conflict_set import conflict_set
from allocator.engine.conflict_words import changes_of, limits_of, rule_sentences
from allocator.engine.placement_data import PlacementProblem
from allocator.engine.repair_search import NEGLIGIBLE, LeastChange, RepairSearch
from allocator.errors import InfeasibleError, Repair
from allocator.solver import Progress, SolveOptions
from models.placement_data import PlacementData
from models.repair import Family
from models.valuation import FirstStagePlan, annual_cost_cny, one_off_cost_cny

__all__ = ["conflict", "refuse_impossible"]

_CHANGEABLE: tuple[Family, ...] = ("promises", "budgets", "reserves", "share")
"""Families that a way out may change besides its own, as far as nothing else will do."""

_KINDS: dict[str, Family] = {
    "budgets": "budgets",
    "promises": "promises",
    "served share": "share",
    "home reserves": "reserves",
    "closings": "closings",
}
"""Ways out in the order in which they are told."""

EXPLANATION_SECONDS = 60.0
"""A planner does not wait longer than this for an explanation. [s]"""

_CHECK_SHARE = 0.2
"""Part of the time limit for finding out beforehand whether the hard rules can hold."""

_LEAST_SECONDS = 5.0
"""Time for the explanation where the limit has passed: a child lives 10 s beyond it. [s]"""

Report = Callable[[Progress], None]


def refuse_impossible(
    problem: PlacementProblem, options: SolveOptions, report: Report
) -> tuple[SolveOptions, FirstStagePlan | None]:
    """Raise if the hard rules of a large case cannot hold, before the search for a plan begins.

    Parameters
    ----------
    problem
        The placement problem.
    options
        Limit, threads and seed.
    report
        Hears that the rules are looked at.

    Returns
    -------
    tuple
        The options with the time that is left, and a first stage that keeps the hard rules, if
        one was looked for and found.

    Raises
    ------
    InfeasibleError
        With the rules in conflict and ways out.
    """
    data = problem.data
    is_promised = bool(data.first_stage.coverage.is_hard.any())
    if not is_promised and data.risk.min_served_share <= 0.0 and _is_possible_today(data):
        return options, None
    began = time.monotonic()
    limit = options.time_limit_seconds
    seconds = EXPLANATION_SECONDS if limit is None else _CHECK_SHARE * limit
    report(Progress("hard rules", 0.0, None, None, None))
    search = RepairSearch(problem, options, began + seconds)
    found = search.least((), ())
    left = None if limit is None else max(0.0, limit - (time.monotonic() - began))
    if search.is_refuted:
        raise conflict(problem, options, report, left)
    options = replace(options, time_limit_seconds=left)
    return options, None if found is None else search.original(found.first_stage)


def _is_possible_today(data: PlacementData) -> bool:
    """Whether everything may stay as it is, promises aside."""
    first = data.first_stage
    option = np.array([options[0] for options in first.options_of], dtype=np.int64)
    plan = FirstStagePlan(option, first.today_units)
    room = first.option_volume_m3[option] + 1e-9
    is_full = first.is_decided & (first.today_units @ first.unit_volume_m3 > room)
    is_paid = one_off_cost_cny(data, plan) <= first.capital_budget_cny
    return not is_full.any() and is_paid and annual_cost_cny(data, plan) <= first.annual_budget_cny


def conflict(
    problem: PlacementProblem,
    options: SolveOptions,
    report: Report,
    seconds_left: float | None,
) -> InfeasibleError:
    """Return the error for hard rules that cannot hold together.

    Parameters
    ----------
    problem
        The placement problem.
    options
        Threads and seed.
    report
        Hears that the ways out are looked for.
    seconds_left
        Time that is left; None for no limit. [s]
    """
    report(Progress("ways out", 0.0, None, None, None))
    spare = np.inf if seconds_left is None else max(_LEAST_SECONDS, seconds_left)
    now, seconds = time.monotonic(), min(EXPLANATION_SECONDS, float(spare))
    search = RepairSearch(problem, options, now + 0.6 * seconds)
    repairs = _ways_out(search)
    search.end = now + seconds
    found = conflict_set(search)
    rules = rule_sentences(search.problem, found.rules)
    together = "each is needed for the conflict" if found.is_irreducible else "perhaps fewer"
    message = f"no plan keeps all hard promises and limits. In conflict ({together}):"
    if repairs:
        # The list of rules follows the message, the ways out follow the list.
        best = repairs[0].changes[0].message
        message = f"no plan keeps all hard promises and limits. Maybe {best}. "
        message += f"In conflict ({together}):"
    return InfeasibleError(message, rules, repairs)


def _ways_out(search: RepairSearch) -> tuple[Repair, ...]:
    """Return the ways out, those that change one family only first."""
    kinds = [(kind, family) for kind, family in _KINDS.items() if search.has(family)]
    plain = {
        kind: search.least((family,), (family,)) if search.seconds_left() > 0.0 else None
        for kind, family in kinds
    }
    repairs = [_repair(search, kind, found) for kind, found in plain.items() if found]
    for kind, family in kinds:
        # A budget that cannot mend all may still mend most of it.
        is_wanted = plain[kind] is None and (not repairs or family == "budgets")
        if is_wanted and search.seconds_left() > 0.0:
            found = _mixed(search, family)
            if found is not None:
                repairs.append(_repair(search, f"{kind}, and what they alone cannot mend", found))
    return tuple(repairs)


def _mixed(search: RepairSearch, family: Family) -> LeastChange | None:
    """Return a change of a family, others changed by what it cannot mend; None if it is no help."""
    others = tuple(other for other in _CHANGEABLE if other != family)
    loosened = (*others, family)
    needed = search.least(others, loosened)
    if needed is None:
        return None
    most = needed.worth * (1.0 + 1e-7) + 0.1 * NEGLIGIBLE
    found = search.least((family,), loosened, others, most)
    if found is None or found.worth <= NEGLIGIBLE:
        return None
    return replace(found, bound=found.bound if needed.gap == 0.0 else 0.0)


def _repair(search: RepairSearch, kind: str, found: LeastChange) -> Repair:
    """Put a change into words."""
    changes = changes_of(search.problem, search.slacks, found)
    return Repair(kind, found.gap, changes, limits_of(search.problem, search.slacks, found))

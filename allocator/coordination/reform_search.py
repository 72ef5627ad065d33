"""Which sets of reforms to make first: all that can be best, or those that a model proposes.

A loss never rises when goods are released earlier. So of all sets of some size only those count
whose table of release hours no other set of that size or smaller betters; where there are few, all
are priced and the best is exact. Else prices of an hour at each release, found by moving it and
solving again, go into a model that proposes sets; they are priced and ranked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, zip_longest
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from allocator.coordination.guard_rails import Guard, GuardRails
from allocator.coordination.loss import Loss
from allocator.coordination.reform_proposals import proposed_reforms
from allocator.coordination.reform_tables import ReformTables, Table
from allocator.coordination.reformed import Reforms, StepReform, mildness, severity
from allocator.solver import SolveOptions

__all__ = ["Choice", "PricedSet", "ReformFindings", "SearchLimits", "saved_cny", "search_reforms"]

Choice = Literal["exact", "partial", "proposed"]
"""How sure it is that the first sets are the best."""

_AT_ONCE = 8
"""Tables that are asked for at once; between them it is looked whether time is up."""


@dataclass(frozen=True)
class SearchLimits:
    """How far the search goes.

    Parameters
    ----------
    changes
        Largest number of changes, >= 1.
    solves
        Most dispatch solves for pricing sets; beyond, a model proposes sets.
    subsets
        Most sets of one procedure that are timed one by one.
    proposals
        Sets of each size that the model proposes.
    """

    changes: int = 3
    solves: int = 96
    subsets: int = 20_000
    proposals: int = 4


@dataclass(frozen=True)
class PricedSet:
    """One set of reforms and what it comes to.

    Parameters
    ----------
    reforms
        The changes.
    table
        Hours of release.
    loss
        Loss under it; never above today's, because today's plan can still be carried out.
    broken
        Guard rails that it breaks.
    """

    reforms: Reforms
    table: Table
    loss: Loss
    broken: tuple[Guard, ...] = ()


@dataclass(frozen=True)
class ReformFindings:
    """What the search found.

    Parameters
    ----------
    today
        Loss as things are.
    sets
        Allowed sets that were priced, by number of changes, the best first.
    refused
        Single changes that guard rails refuse and that would pay, the best first.
    choice
        ``exact``: all sets that can be best were priced, so that the first of each size is the
        best within the gaps of the dispatch; ``partial``: time was up before; ``proposed``: they
        were too many, and a model proposed some.
    priced_count
        Distinct tables of release hours that were priced.
    """

    today: Loss
    sets: dict[int, tuple[PricedSet, ...]]
    refused: tuple[PricedSet, ...]
    choice: Choice
    priced_count: int

    @property
    def is_exact(self) -> bool:
        """Whether no set of as many changes can be better than the first one."""
        return self.choice == "exact"


def search_reforms(
    tables: ReformTables,
    rails: GuardRails,
    limits: SearchLimits | None = None,
    options: SolveOptions | None = None,
    is_over: Callable[[], bool] = lambda: False,
) -> ReformFindings:
    """Find the best sets of reforms.

    Parameters
    ----------
    tables
        Hours of release and losses; its reforms are those that may be tried, refused ones too.
    rails
        Guard rails.
    limits
        How far the search goes.
    options
        Of the solver for the model that proposes sets.
    is_over
        Whether time is up; then only the first few sets are priced, and nothing is exact.
    """
    limits = limits or SearchLimits()
    refused = {one: rails.refusals(one) for one in tables.reforms}
    allowed = [one for one in tables.reforms if not refused[one]]
    today = tables.loss(tables.today)
    budget = max(1, limits.solves // max(len(tables.views), 1))
    found = _frontier(tables, rails, allowed, limits)
    is_exact = found is not None and len({tables.table(one) for one in found}) <= budget
    if found is None or not is_exact:
        solver = options or SolveOptions(gap=1e-6)
        sizes = range(1, limits.changes + 1)
        found = proposed_reforms(tables, rails, allowed, sizes, limits.proposals, solver, is_over)
    singles = [frozenset({one}) for one in sorted(allowed, key=mildness)]
    best = list(found)
    found += [one for one in singles if len(singles) <= budget]
    broken = [frozenset({one}) for one in sorted(refused, key=mildness) if refused[one]][:budget]
    _price([*found, *broken], tables, is_over)
    today = tables.loss(tables.today)
    sets: dict[int, tuple[PricedSet, ...]] = {}
    for size in range(1, limits.changes + 1):
        priced = _priced(tables, [one for one in found if len(one) == size])
        if priced:
            sets[size] = priced
    refusals = {frozenset({one}): guards for one, guards in refused.items()}
    paying = tuple(
        PricedSet(one.reforms, one.table, one.loss, refusals[one.reforms])
        for one in _priced(tables, broken)
        if saved_cny(today, one.loss)[1] > 0.0
    )
    choice: Choice = "exact" if is_exact else "proposed"
    if is_exact and any(_is_left_out(tables, one) for one in best):
        choice = "partial"
    return ReformFindings(today, sets, paying, choice, tables.priced_count)


def _is_left_out(tables: ReformTables, reforms: Reforms) -> bool:
    """Whether a set was not priced, or only by what other tables say of it, for lack of time."""
    table = tables.table(reforms)
    if not tables.is_known(table):
        return True
    is_converged = tables.loss(tables.today).relaxed_cny is not None
    return is_converged and tables.loss(table).relaxed_cny is None


def _price(found: Sequence[Reforms], tables: ReformTables, is_over: Callable[[], bool]) -> None:
    """Ask for the losses of sets, many at once.

    Sizes take turns, in each what releases most lanes earliest comes first: if time is up, there is
    something of all. The first tables are asked for in any case.
    """
    turns: dict[int, list[Table]] = {}
    for one in sorted(found, key=severity):
        turns.setdefault(len(one), []).append(tables.table(one))
    for own in turns.values():
        own.sort(key=lambda table: (-tables.saved_release_hours(table), table))
    rounds = zip_longest(*turns.values())
    wanted = list(dict.fromkeys(table for each in rounds for table in each if table is not None))
    for first in range(0, len(wanted), _AT_ONCE):
        if first and is_over():
            break
        tables.price(wanted[first : first + _AT_ONCE])
    tables.refresh()


def _priced(tables: ReformTables, found: Sequence[Reforms]) -> tuple[PricedSet, ...]:
    """Sets that were priced, the best first; of the same hours of release the mildest stays."""
    mildest: dict[Table, Reforms] = {}
    for reforms in sorted(set(found), key=severity):
        table = tables.table(reforms)
        if table != tables.today:
            mildest.setdefault(table, reforms)
    today = tables.loss(tables.today)
    priced = []
    for table, reforms in mildest.items():
        if not tables.is_known(table):
            continue
        loss = tables.loss(table)
        if loss.high_cny > today.high_cny:
            # Nothing is released later: the plan of today can be carried out, and loses no more.
            loss = replace(today, low_cny=min(loss.low_cny, today.high_cny))
        priced.append(PricedSet(reforms, table, loss))
    return tuple(
        sorted(
            priced,
            key=lambda one: (
                -saved_cny(today, one.loss)[1],
                one.loss.high_cny,
                sum(one.table),
                severity(one.reforms),
            ),
        )
    )


def saved_cny(today: Loss, after: Loss) -> tuple[float, float, float]:
    """Return what is saved at least, most likely, and at most; never less than nothing.

    Most likely is the difference of the relaxed values where both are known, which are far more
    exact than the plans, else that of the plans.
    """
    low = max(0.0, today.low_cny - after.high_cny)
    high = max(low, today.high_cny - after.low_cny)
    if today.relaxed_cny is not None and after.relaxed_cny is not None:
        likely = today.relaxed_cny - after.relaxed_cny
    else:
        likely = today.high_cny - after.high_cny
    return low, min(max(likely, low), high), high


def _subsets(reforms: Sequence[StepReform], most: int) -> Iterator[Reforms]:
    """Sets of at most so many reforms, one a step at most, small and mild ones first."""
    for size in range(most + 1):
        for chosen in combinations(reforms, size):
            if len({one.key for one in chosen}) == size:
                yield frozenset(chosen)


def _frontier(
    tables: ReformTables, rails: GuardRails, allowed: Sequence[StepReform], limits: SearchLimits
) -> list[Reforms] | None:
    """All sets that can be best; None where there are too many to look at.

    A procedure's releases depend on its own reforms only, so each is looked at by itself: a set
    stays if no other one that is no larger releases everything as early.
    """
    found: list[Reforms] = [frozenset()]
    for name in tables.procedures:
        own = sorted((one for one in allowed if one.procedure == name), key=mildness)
        count = sum(comb(len(own), size) for size in range(limits.changes + 1))
        if count > limits.subsets:
            return None
        kept: list[tuple[NDArray[np.float64], Reforms]] = []
        for reforms in _subsets(own, limits.changes):
            if len(reforms) > 1 and rails.broken(reforms):
                continue
            hours = tables.part(name, reforms)
            if not any((other <= hours).all() for other, _ in kept):
                kept.append((hours, reforms))
        found = [
            one | reforms
            for one in found
            for reforms in _unbeaten(kept)
            if len(one) + len(reforms) <= limits.changes
        ]
        if len(found) > limits.subsets:
            return None
    return [one for one in found if one]


def _unbeaten(kept: Sequence[tuple[NDArray[np.float64], Reforms]]) -> list[Reforms]:
    """Sets that none of the same size, found later, betters."""
    return [
        reforms
        for hours, reforms in kept
        if not any(
            other is not reforms and len(other) <= len(reforms) and (ends <= hours).all()
            for ends, other in kept
        )
    ]

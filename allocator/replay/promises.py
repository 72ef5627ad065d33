"""Coverage: how much of an item lies within so many hours of every promised district."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from allocator.replay.facts import Facts
from allocator.replay.findings import Findings
from allocator.replay.ground import Ground
from allocator.replay.network import Network
from allocator.replay.reach import FloatArray
from allocator.replay.tolerances import FIGURE, HOURS
from allocator.schema.network import Coverage
from allocator.schema.results import CoverageResult

__all__ = ["check_promises"]

Key = tuple[str, str, float]


@dataclass
class _Promise:
    """What is promised to one district for one item and target.

    Parameters
    ----------
    required_units
        The largest of the promises. [units]
    hard_units
        The largest of those that must be kept. [units]
    priced
        Promised units [units] and yearly price of each missing one [CNY/unit].
    """

    required_units: float
    hard_units: float
    priced: list[tuple[float, float]]


@dataclass(frozen=True)
class _Within:
    """Stock within reach [units], and how many figures it was added from."""

    units: float
    terms: int


def check_promises(
    ground: Ground, network: Network, told: list[CoverageResult]
) -> tuple[float, float]:
    """Check the coverage table; return the yearly price of what is missing and its factors.

    Parameters
    ----------
    ground, network
        The case with its hours, and the planned stock.
    told
        Rows of Coverage_Result.
    """
    findings = ground.findings
    promises = _promises(ground.facts)
    rows: dict[Key, CoverageResult] = {}
    for row in told:
        key = (row.district, row.item, row.target_hours)
        rows[key] = row
        if key not in promises:
            where = _where(key)
            fact = "the case promises nothing of the kind"
            hint = "a code or target_hours was changed by hand"
            findings.add("coverage_promise", where, row.required_units, fact, hint)
    by_district: dict[str, list[Key]] = defaultdict(list)
    for key in promises:
        by_district[key[0]].append(key)
    stock_units = _stock_by_item(ground, network)
    cost = factors = 0.0
    for district, keys in by_district.items():
        hours = ground.reach.door_hours(district)
        for key in keys:
            promise = promises[key]
            stock = stock_units[key[1]]
            reachable = float(stock[hours <= key[2] + HOURS].sum())
            _check_row(findings, key, promise, _Within(reachable, len(stock)), rows.get(key))
            for units, price in promise.priced:
                cost += price * max(0.0, units - reachable)
                factors += price
    return cost, factors


def _stock_by_item(ground: Ground, network: Network) -> dict[str, FloatArray]:
    """Planned stock of each item, shape (warehouse,). [units]"""
    position = ground.reach.position
    found = {item: np.zeros(len(position)) for item in ground.facts.items}
    for (warehouse, item), units in network.stock_units.items():
        found[item][position[warehouse]] = units
    return found


def _promises(facts: Facts) -> dict[Key, _Promise]:
    """Promises by district, item and target; several rules for one key are kept apart."""
    found: dict[Key, _Promise] = {}
    for rule in facts.case.coverage:
        for code, district in facts.districts.items():
            if rule.risk_level in {"any", district.risk_level}:
                required = rule.units_per_1000_people * district.population_people / 1000
                key = (code, rule.item, rule.target_hours)
                promise = found.setdefault(key, _Promise(0.0, 0.0, []))
                _add_rule(promise, rule, required)
    return found


def _add_rule(promise: _Promise, rule: Coverage, required: float) -> None:
    promise.required_units = max(promise.required_units, required)
    if rule.shortfall_cost_cny is None:
        promise.hard_units = max(promise.hard_units, required)
    else:
        promise.priced.append((required, rule.shortfall_cost_cny))


def _where(key: Key) -> str:
    return f"district {key[0]}, item {key[1]}, target {key[2]:g} h"


def _check_row(
    findings: Findings,
    key: Key,
    promise: _Promise,
    within: _Within,
    row: CoverageResult | None,
) -> None:
    """Compare one row with what is promised and what lies within reach."""
    where = _where(key)
    reachable, terms = within.units, within.terms
    short = max(0.0, promise.required_units - reachable)
    hint = "the figure was changed by hand, or the stock was"
    if row is not None:
        for rule, name, figure, found in (
            ("coverage_required", "required_units", row.required_units, promise.required_units),
            ("coverage_reachable", "reachable_units", row.reachable_units, reachable),
            ("coverage_short", "short_units", row.short_units, short),
        ):
            findings.same(rule, where, name, figure, found, hint=hint, terms=1 + terms)
    elif promise.required_units > FIGURE:
        fact = f"the promise of {promise.required_units:g} units must be listed in Coverage_Result"
        gone = "the row was deleted or its code was changed"
        findings.add("coverage_listed", where, promise.required_units, fact, gone)
    findings.within(
        "coverage_hard",
        where,
        "promised stock [units]",
        promise.hard_units,
        reachable,
        hint="keep more stock nearby, or give the promise a shortfall_cost_cny",
        terms=1 + terms,
    )

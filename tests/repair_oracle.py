"""Hard rules by enumeration, and what a planner does with a way out: change the case."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Collection, Sequence

import numpy as np

from allocator.case import Case
from allocator.engine.placement_data import placement_problem
from allocator.errors import Change
from allocator.schema.network import Coverage, Stock, Warehouse
from allocator.schema.procedure import Settings
from models.placement_data import OBJECTIVES, PlacementData
from models.repair import Slack
from tests.placement_oracle import Oracle
from tests.random_cases import random_case

__all__ = ["HardOracle", "apply_changes", "hard_case", "is_possible", "only_rules"]


class HardOracle(Oracle):
    """All plans of a small problem, its promises and its minimum served share included.

    Parameters
    ----------
    data
        The problem, without single sourcing.
    floors
        Scenario and district of the minimum served shares that count; None for all.
    barred
        Options that may not be taken.
    """

    def __init__(
        self,
        data: PlacementData,
        floors: Collection[tuple[int, int]] | None = None,
        barred: Collection[int] = (),
    ) -> None:
        super().__init__(data, floors)
        self.barred = set(barred)
        coverage = data.first_stage.coverage
        for c in np.flatnonzero(coverage.is_hard).tolist():
            near = coverage.reach_warehouse[coverage.reach_promise == c]
            terms = {int(self.stock[w, coverage.item[c]]): 1.0 for w in near}
            terms.setdefault(0, 0.0)
            self.rows.append((terms, float(coverage.required_units[c]), np.inf))

    def is_possible(self) -> bool:
        """Whether any plan keeps all the hard rules."""
        rule = OBJECTIVES["lives"][0]
        return any(
            self._solve(choice, rule, {}) is not None
            for choice in itertools.product(*self.data.first_stage.options_of)
            if not self.barred & set(choice)
        )


def only_rules(data: PlacementData, rules: Sequence[Slack], extra: Collection[int]) -> HardOracle:
    """Return the oracle for some of the hard rules, the others being left out.

    Parameters
    ----------
    data
        The problem with the closings that a repair may allow.
    rules
        Rules that count.
    extra
        Those closings.
    """
    first = data.first_stage
    kept = {(rule.family, rule.key) for rule in rules}
    required = first.coverage.required_units.copy()
    for c in range(len(required)):
        if ("promises", (c,)) not in kept:
            required[c] = 0.0
    reserve = first.reserve_units.copy()
    for w, i in np.argwhere((reserve > 0) & first.is_decided[:, None]).tolist():
        if ("reserves", (w, i)) not in kept:
            reserve[w, i] = 0.0
    budgets = {
        f"{name}_budget_cny": getattr(first, f"{name}_budget_cny")
        if ("budgets", (name,)) in kept
        else np.inf
        for name in ("capital", "annual")
    }
    changed = dataclasses.replace(
        first,
        coverage=dataclasses.replace(first.coverage, required_units=required),
        reserve_units=reserve,
        **budgets,
    )
    floors = [(key[0], key[1]) for family, key in kept if family == "floors"]
    barred = [o for o in extra if ("closings", (o,)) in kept]
    return HardOracle(dataclasses.replace(data, first_stage=changed), floors, barred)


def apply_changes(case: Case, changes: Sequence[Change]) -> Case:
    """Return the case with the changes of a way out made in its sheets."""
    for change in changes:
        if change.table == "Settings":
            update = {change.field: float(change.new_value)}
            case = case.replace(Settings, (case.settings.model_copy(update=update),))
        elif change.table == "Coverage":
            level, item, hours = change.row_key.split("|")
            rows = [
                row.model_copy(update={change.field: float(change.new_value)})
                if (row.risk_level, row.item, row.target_hours) == (level, item, float(hours))
                else row
                for row in case.coverage
            ]
            case = case.replace(Coverage, tuple(rows))
        elif change.table == "Stock":
            place = tuple(change.row_key.split("|"))
            lots = [
                row.model_copy(update={change.field: float(change.new_value)})
                if (row.warehouse, row.item, row.lot) == place
                else row
                for row in case.stock
            ]
            case = case.replace(Stock, tuple(lots))
        else:
            sites = [
                row.model_copy(update={"can_close": True})
                if row.warehouse == change.row_key
                else row
                for row in case.warehouses
            ]
            case = case.replace(Warehouse, tuple(sites))
    return case


def hard_case(seed: int) -> Case:
    """A random case with hard promises, and often a minimum served share."""
    draw = np.random.default_rng(10_000 + seed)
    share = float(draw.choice([0.0, 0.3, 0.6, 0.9])) or None
    case = random_case(seed, min_served_share=share)
    rows = {
        (level, item, hours): Coverage(
            risk_level=level,
            item=item,
            target_hours=hours,
            units_per_1000_people=float(draw.integers(1, 40)) * (10 if item == "WATER" else 1) / 4,
        )
        for level, item, hours in (
            (
                str(draw.choice(["any", "medium", "high"])),
                str(draw.choice(["TENT", "WATER"])),
                float(draw.choice([2.5, 5.0, 9.0, 14.0])),
            )
            for _ in range(int(draw.integers(0, 4)))
        )
    }
    case = case.replace(Coverage, tuple(rows.values()))
    budget = {"annual_budget_cny": float(draw.integers(10, 150) * 1000)}
    return case.replace(Settings, (case.settings.model_copy(update=budget),))


def is_possible(case: Case) -> bool:
    """Whether enumeration finds a plan."""
    return HardOracle(placement_problem(case).data).is_possible()

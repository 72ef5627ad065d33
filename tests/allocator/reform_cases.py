"""Cases, lanes and toy losses for the tests of reforms and rule variants."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Release
from allocator.case import Case
from allocator.coordination.loss import Loss, Losses
from allocator.coordination.reform_tables import ScenarioView
from allocator.engine.dispatch import Asked, plan_trips
from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.solver import SolveOptions
from tests.tiny import Tables, build_tables
from tests.tiny_sign_offs import rule, step

__all__ = ["AllLanes", "PlannedLosses", "ToyLosses", "metro_tables", "toy_view"]


@dataclass
class ToyLosses:
    """Loss as a formula of the hours of the rules, known up to a gap."""

    formula: Callable[[Sequence[float]], float]
    gap: float = 0.0
    known: dict[tuple[float, ...], Loss] = field(default_factory=dict)
    asked: int = 0

    @property
    def solves(self) -> int:
        """Distinct tables of hours."""
        return len(self.known)

    def __call__(self, release: Release) -> Loss:
        """Value of the formula as the plan, less the gap as the bound."""
        self.asked += 1
        hours = tuple(release.rule_hours.tolist())
        if hours not in self.known:
            value = self.formula(hours)
            self.known[hours] = Loss(value * (1.0 - self.gap), value, 10.0 * value, 1.0)
        return self.known[hours]


@dataclass
class PlannedLosses:
    """Loss of trips that are planned anew under each table of hours, to the optimum."""

    case: Case
    scenario: str
    known: dict[tuple[float, ...], Loss] = field(default_factory=dict)
    asked: int = 0

    @property
    def solves(self) -> int:
        """Distinct tables of hours."""
        return len(self.known)

    def __call__(self, release: Release) -> Loss:
        """Value and bound of the social cost."""
        self.asked += 1
        hours = tuple(release.rule_hours.tolist())
        if hours not in self.known:
            inputs = build_dispatch_inputs(self.case, self.scenario, rules=release)
            asked = Asked(time.monotonic(), SolveOptions(gap=1e-6, time_limit_seconds=60.0))
            stage = plan_trips(inputs, asked, Unheard()).stages[0]
            assert stage.bound is not None
            self.known[hours] = Loss(stage.bound, stage.objective, 0.0, 0.0)
        return self.known[hours]


class Unheard:
    """Report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Forget it."""

    def best(self, plan: object) -> None:
        """Forget it."""


@dataclass(frozen=True)
class AllLanes:
    """Every lane of a case, for every item group."""

    warehouse: NDArray[np.int64]
    district: NDArray[np.int64]
    is_relied: NDArray[np.bool_]

    @classmethod
    def of(cls, case: Case) -> AllLanes:
        """All pairs of warehouse and district."""
        warehouse, district = np.indices((len(case.warehouses), len(case.districts)))
        groups = len({item.item_group for item in case.items})
        return cls(
            warehouse.ravel(), district.ravel(), np.ones((warehouse.size, groups), dtype=bool)
        )


def toy_view(
    case: Case, losses: Losses, scenario: str | None = None, weight: float = 1.0
) -> ScenarioView:
    """One scenario of a case, the first by default, with toy losses on all lanes."""
    return ScenarioView(scenario or case.scenarios[0].scenario, losses, AllLanes.of(case), weight)


def metro_tables(**changes: dict[str, Any]) -> Tables:
    """The tiny case, where everything waits for the three signatures of METRO_SUSPENSION.

    Trigger 0.3 h, transport 0.7, emergency 0.7, publicity 1, notice 0.2; each department's usual
    delay on top: METRO 0.3, CITY_TRANS 0.7, CITY_EMB 0.5, CITY_PUB 1. So actual durations are 0.6,
    1.4, 1.2, 2 and 0.7 h, and the release is at 0.6 + 2 + 0.7 = 3.3 h.

    Parameters
    ----------
    changes
        Further fields by step, as ``s4={"reforms": "inform"}``.
    """
    tables = build_tables()
    delays = {"METRO": 0.3, "CITY_TRANS": 0.7, "CITY_EMB": 0.5, "CITY_PUB": 1.0}
    tables["Departments"] = [
        {"department": code, "name": code, "delay_mean_hours": hours}
        for code, hours in delays.items()
    ]
    rows = (
        ("1", "触发", "METRO", 0.3, {"join": "START"}),
        ("2", "交通部门签署", "CITY_TRANS", 0.7, {"predecessors": "1"}),
        ("3", "应急部门签署", "CITY_EMB", 0.7, {"predecessors": "1"}),
        ("4", "宣传部门签署", "CITY_PUB", 1.0, {"predecessors": "1"}),
        ("5", "三方齐备发布停运", "CITY_EMB", 0.2, {"predecessors": "2;3;4"}),
    )
    tables["Approval_Steps"] = [
        {
            **step("METRO_SUSPENSION", code, name, department, hours, **fields),
            **changes.get(f"s{code}", {}),
        }
        for code, name, department, hours, fields in rows
    ]
    tables["Approval_Rules"] = [rule("any", "METRO_SUSPENSION", "5")]
    return tables

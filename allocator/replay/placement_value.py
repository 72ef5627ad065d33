"""What a placement comes to, scenario by scenario, for comparing plans with each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from allocator.case import Case
from allocator.errors import Violation
from allocator.plan import Plan
from allocator.replay.ground import Ground
from allocator.replay.network import network_planned
from allocator.replay.promises import check_promises
from allocator.replay.reading import read_tables
from allocator.replay.recourse import check_recourse
from allocator.replay.scores import Score, conditional_value_at_risk, join_scenarios

__all__ = ["HARD_RULES", "PlacementValue", "ScenarioValue", "joined_value", "value_placement"]

HARD_RULES: tuple[str, ...] = (
    "capital_budget",
    "annual_budget",
    "warehouse_volume",
    "home_reserve_stock",
    "coverage_hard",
    "served_share_floor",
)
"""Rules that a plan made in another way than by the model may break; others are faults."""


@dataclass(frozen=True)
class ScenarioValue:
    """What a placement comes to in one scenario.

    Parameters
    ----------
    probability
        Of the scenario.
    unmet, waiting
        Weighted units; weighted unit-hours.
    logistics_cny, waiting_cny, unmet_cny
        Transport with purchases, cost of waiting, cost of what never comes. [CNY]
    """

    probability: float
    unmet: float
    waiting: float
    logistics_cny: float
    waiting_cny: float
    unmet_cny: float


@dataclass(frozen=True)
class PlacementValue:
    """What a placement comes to.

    Parameters
    ----------
    yearly_cny
        Running, keeping, shortfalls and the year's share of the one-off cost. [CNY/year]
    one_off_cny, annual_cny
        Figures that the budgets limit. [CNY], [CNY/year]
    open_count
        Own warehouses that hold reserves.
    scenarios
        By code.
    violations
        Broken rules.
    """

    yearly_cny: float
    one_off_cny: float
    annual_cny: float
    open_count: int
    scenarios: Mapping[str, ScenarioValue]
    violations: tuple[Violation, ...]

    @property
    def broken_rules(self) -> tuple[str, ...]:
        """Hard rules that are broken, each once."""
        found = {violation.rule for violation in self.violations}
        return tuple(rule for rule in HARD_RULES if rule in found)

    @property
    def faults(self) -> tuple[Violation, ...]:
        """Violations that no plan may have, however it was made."""
        return tuple(entry for entry in self.violations if entry.rule not in HARD_RULES)


def value_placement(case: Case, plan: Plan) -> PlacementValue:
    """Work out a placement from the case and its tables alone.

    Parameters
    ----------
    case
        The checked case.
    plan
        Tables of a placement.
    """
    ground = Ground(case)
    findings, settings = ground.findings, ground.facts.settings
    tables = read_tables(plan, ground.facts, findings)
    network = network_planned(ground.facts, tables, findings)
    promised, _ = check_promises(ground, network, tables.coverage_results)
    outcomes = check_recourse(ground, network, tables)
    external = {code for code, row in ground.facts.warehouses.items() if row.state == "external"}
    return PlacementValue(
        yearly_cny=network.annual_cny
        + network.one_off_cny / settings.amortisation_years
        + promised,
        one_off_cny=network.one_off_cny,
        annual_cny=network.annual_cny,
        open_count=len(set(network.size_class) - external),
        scenarios={
            code: ScenarioValue(
                probability=ground.facts.scenarios[code].probability,
                unmet=outcome.unmet.value,
                waiting=outcome.waiting.value,
                logistics_cny=outcome.logistics_cny.value,
                waiting_cny=outcome.waiting_cny.value,
                unmet_cny=outcome.unmet_cny.value,
            )
            for code, outcome in outcomes.items()
        },
        violations=tuple(findings.violations),
    )


def joined_value(
    values: Sequence[float],
    probabilities: Sequence[float],
    cvar_alpha: float,
    cvar_weight: float,
) -> tuple[float, float]:
    """Join scenario values as the objective does; also return their conditional value at risk.

    Parameters
    ----------
    values
        By scenario.
    probabilities
        By scenario; they are scaled to add up to 1.
    cvar_alpha, cvar_weight
        Level and weight of the tail.
    """
    total = sum(probabilities)
    shares = [each / total for each in probabilities]
    scores = {str(k): Score(value) for k, value in enumerate(values)}
    weights = {str(k): share for k, share in enumerate(shares)}
    joined = join_scenarios(scores, weights, cvar_alpha, cvar_weight).value
    return joined, conditional_value_at_risk(values, shares, cvar_alpha)

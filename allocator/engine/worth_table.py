"""From the values of plans, scenario by scenario, to the lines of the comparison.

Definitions are in ``docs/model.md``. Every figure comes from the replay of a plan that was priced
by the same recourse; only bounds come from solves, and they stand on the side where they are true.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from allocator.replay.placement_value import PlacementValue, joined_value
from allocator.schema.procedure import Settings
from allocator.schema.worth import WorthLine, WorthPlan

__all__ = [
    "Foresight",
    "Interval",
    "Judged",
    "PlanWorth",
    "ScenarioFigures",
    "figures_of",
    "judge",
    "perfect_information",
    "stochastic_solution",
    "worth_lines",
]

UNITS = {"lives": "weighted units", "social": "CNY/year", "cost": "CNY/year"}
"""Unit of the value that is compared, by objective."""


@dataclass(frozen=True)
class ScenarioFigures:
    """What a plan comes to in one scenario.

    Parameters
    ----------
    probability
        In the case it was planned for, before any renormalisation.
    value
        Of the objective's first stage: weighted units (lives) or CNY a year.
    unmet, waiting, cost_cny
        Weighted units; weighted unit-hours; [CNY/year].
    """

    probability: float
    value: float
    unmet: float
    waiting: float
    cost_cny: float


@dataclass(frozen=True)
class Judged:
    """Scenario figures joined as the objective joins them."""

    value: float
    unmet: float
    waiting: float
    cost_cny: float
    worst_value: float
    worst_scenario: str
    cvar_value: float


@dataclass(frozen=True)
class Interval:
    """Where a figure lies."""

    low: float
    high: float


@dataclass(frozen=True)
class Foresight:
    """One scenario planned with perfect foresight: value of the plan, proven bound."""

    value: float
    bound: float


@dataclass(frozen=True)
class PlanWorth:
    """All that is known of one plan.

    Parameters
    ----------
    plan
        Which one.
    replayed
        What the replay found on all scenarios; None if no plan was found in time.
    planned_value
        Joined value on the scenarios planned with, mean over the splits; None without any.
    held_back
        Figures by scenario held back, from plans that have not seen it; None without any.
    note
        What there is to say, in words.
    """

    plan: WorthPlan
    replayed: PlacementValue | None
    planned_value: float | None = None
    held_back: Mapping[str, ScenarioFigures] | None = None
    note: str = ""


def figures_of(value: PlacementValue, settings: Settings) -> dict[str, ScenarioFigures]:
    """Figures of a replayed plan by scenario.

    Parameters
    ----------
    value
        What the replay found.
    settings
        Objective and disasters of a year.
    """
    found = {}
    for code, scenario in value.scenarios.items():
        loss = scenario.logistics_cny + scenario.unmet_cny
        if settings.objective == "social":
            loss += scenario.waiting_cny
        yearly = value.yearly_cny + settings.disasters_per_year * loss
        found[code] = ScenarioFigures(
            probability=scenario.probability,
            value=scenario.unmet if settings.objective == "lives" else yearly,
            unmet=scenario.unmet,
            waiting=scenario.waiting,
            cost_cny=value.yearly_cny + settings.disasters_per_year * scenario.logistics_cny,
        )
    return found


def judge(
    figures: Mapping[str, ScenarioFigures],
    settings: Settings,
    codes: Iterable[str] | None = None,
) -> Judged:
    """Join scenario figures as the objective does.

    The sum of yearly cost and ``rho`` of the losses is ``rho`` of their sums, because ``rho`` moves
    with a constant; so one joining serves all values.

    Parameters
    ----------
    figures
        By scenario.
    settings
        Level and weight of the tail.
    codes
        Scenarios that count, their probabilities scaled to add up to 1; None for all.
    """
    chosen = list(figures if codes is None else codes)
    rows = [figures[code] for code in chosen]
    probabilities = [row.probability for row in rows]

    def joined(values: Sequence[float]) -> tuple[float, float]:
        return joined_value(values, probabilities, settings.cvar_alpha, settings.cvar_weight)

    value, tail = joined([row.value for row in rows])
    worst = max(range(len(rows)), key=lambda k: rows[k].value)
    return Judged(
        value=value,
        unmet=joined([row.unmet for row in rows])[0],
        waiting=joined([row.waiting for row in rows])[0],
        cost_cny=joined([row.cost_cny for row in rows])[0],
        worst_value=rows[worst].value,
        worst_scenario=chosen[worst],
        cvar_value=tail,
    )


def stochastic_solution(best: Interval, expected_result: float) -> Interval:
    """Value of the stochastic solution, ``EEV - RP`` (Birge 1982).

    Parameters
    ----------
    best
        Where the value of the best plan (RP) lies.
    expected_result
        Value of the mean-value plan (EEV), which keeps every hard rule: it is exact.
    """
    return Interval(
        low=max(0.0, expected_result - best.high), high=max(0.0, expected_result - best.low)
    )


def perfect_information(best: Interval, foresight: Interval) -> Interval:
    """Return the expected value of perfect information, ``RP - WS`` (Avriel and Williams 1970).

    Parameters
    ----------
    best
        Where the value of the best plan (RP) lies.
    foresight
        Where the value under perfect foresight (WS) lies.
    """
    return Interval(
        low=max(0.0, best.low - foresight.high), high=max(0.0, best.high - foresight.low)
    )


def worth_lines(
    settings: Settings,
    plans: Sequence[PlanWorth],
    foresight: Mapping[str, Foresight],
    bound: float | None,
) -> tuple[WorthLine, ...]:
    """Put the comparison together.

    Parameters
    ----------
    settings
        Objective and tail.
    plans
        The model's plan first.
    foresight
        By scenario.
    bound
        Proven bound of the model's plan, None for none.
    """
    model = plans[0]
    if model.replayed is None:
        raise ValueError("the model's plan must have been priced.")
    known = {plan.plan: figures_of(plan.replayed, settings) for plan in plans if plan.replayed}
    reference = judge(known["model_plan"], settings)
    allowed = [
        known[plan.plan] for plan in plans if plan.replayed and not plan.replayed.broken_rules
    ]
    free = _foresight_interval(settings, known["model_plan"], allowed, foresight)
    values = [judge(figures, settings).value for figures in allowed] or [reference.value]
    high = min(values)
    best = Interval(low=min(high, max(free.low, -math.inf if bound is None else bound)), high=high)
    free = Interval(low=min(free.low, best.low), high=min(free.high, best.high))
    held = None if model.held_back is None else judge(model.held_back, settings)
    lines = [_plan_line(settings, plan, reference, held, best) for plan in plans]
    unit = UNITS[settings.objective]
    lines.append(
        WorthLine(plan="wait_and_see", unit=unit, value_low=free.low, value_high=free.high)
    )
    lines.append(_vss_line(settings, plans, best))
    worth = perfect_information(best, free)
    lines.append(WorthLine(plan="evpi", unit=unit, value_low=worth.low, value_high=worth.high))
    return tuple(lines)


def _foresight_interval(
    settings: Settings,
    model: Mapping[str, ScenarioFigures],
    allowed: Sequence[Mapping[str, ScenarioFigures]],
    foresight: Mapping[str, Foresight],
) -> Interval:
    """Where the wait-and-see value lies; any plan that keeps the rules bounds it from above.

    Both ends are joined scenario by scenario, which is sound because joining never falls when a
    scenario's value rises.
    """
    high, low = [], []
    for code in model:
        own = foresight.get(code)
        reached = [figures[code].value for figures in allowed] or [math.inf]
        if own is not None:
            reached.append(own.value)
        top = min(reached)
        if math.isinf(top):
            top = model[code].value
        high.append(top)
        # Without a bound of its own: no need and no cost is below zero.
        low.append(min(top, 0.0 if own is None else max(0.0, own.bound)))
    weights = [row.probability for row in model.values()]
    tail = settings.cvar_alpha, settings.cvar_weight
    return Interval(joined_value(low, weights, *tail)[0], joined_value(high, weights, *tail)[0])


def _plan_line(
    settings: Settings, plan: PlanWorth, model: Judged, held: Judged | None, best: Interval
) -> WorthLine:
    """Line of one plan."""
    unit = UNITS[settings.objective]
    line = WorthLine(plan=plan.plan, unit=unit, sentence=plan.note)
    if plan.replayed is None:
        return line
    own = judge(figures_of(plan.replayed, settings), settings)
    broken = plan.replayed.broken_rules
    facts: dict[str, object] = {
        "value": own.value,
        "difference": own.value - model.value,
        "difference_share": _share(own.value - model.value, model.value),
        "unmet": own.unmet,
        "waiting": own.waiting,
        "cost_cny": own.cost_cny,
        "worst_value": own.worst_value,
        "worst_scenario": own.worst_scenario,
        "cvar_value": own.cvar_value,
        "open_count": plan.replayed.open_count,
        "one_off_cost_cny": plan.replayed.one_off_cny,
        "annual_cost_cny": plan.replayed.annual_cny,
        "keeps_rules": not broken,
        "broken_rules": "; ".join(broken),
    }
    if plan.plan == "model_plan":
        facts |= {"value_low": best.low, "value_high": best.high}
    if plan.held_back is not None:
        facts |= _held_back_facts(settings, plan, plan.held_back, held)
    return line.model_copy(update=facts)


def _held_back_facts(
    settings: Settings,
    plan: PlanWorth,
    held_back: Mapping[str, ScenarioFigures],
    model: Judged | None,
) -> dict[str, object]:
    """Figures on scenarios that the plan has not seen."""
    own = judge(held_back, settings)
    facts: dict[str, object] = {
        "planned_value": plan.planned_value,
        "held_back_value": own.value,
        "held_back_unmet": own.unmet,
        "held_back_waiting": own.waiting,
        "held_back_cost_cny": own.cost_cny,
        "held_back_worst_value": own.worst_value,
    }
    if plan.planned_value is not None:
        facts["optimism"] = own.value - plan.planned_value
    if model is not None:
        facts["held_back_difference"] = own.value - model.value
        facts["held_back_difference_share"] = _share(own.value - model.value, model.value)
    return facts


def _vss_line(settings: Settings, plans: Sequence[PlanWorth], best: Interval) -> WorthLine:
    """Value of the stochastic solution; empty where the mean-value plan is not allowed."""
    line = WorthLine(plan="vss", unit=UNITS[settings.objective])
    mean = next((plan for plan in plans if plan.plan == "mean_value"), None)
    if mean is None or mean.replayed is None:
        return line
    if mean.replayed.broken_rules:
        return line.model_copy(update={"broken_rules": "; ".join(mean.replayed.broken_rules)})
    result = judge(figures_of(mean.replayed, settings), settings).value
    worth = stochastic_solution(best, result)
    return line.model_copy(update={"value_low": worth.low, "value_high": worth.high})


def _share(part: float, whole: float) -> float | None:
    """Share of a whole; None of nothing."""
    return None if abs(whole) <= 1e-9 else part / whole

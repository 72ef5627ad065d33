"""The comparison of plans: figures that follow from each other, and the model's own line.

The other plans are not in the result, so their values cannot be worked out again from it; what was
found when they were made stands under the digest of the plan. Everything that is derived from
these values is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from allocator.replay.findings import Findings
from allocator.replay.ground import Ground
from allocator.replay.network import Network
from allocator.replay.scores import PartScores
from allocator.replay.stages import OBJECTIVES
from allocator.replay.tolerances import LEXICOGRAPHIC, figure_room
from allocator.schema.results import Stage
from allocator.schema.worth import WorthLine, WorthPlan

__all__ = ["check_worth"]

_PLANS: tuple[WorthPlan, ...] = ("model_plan", "today", "p_median", "greedy", "mean_value")
_BOUNDS: tuple[WorthPlan, ...] = ("wait_and_see", "vss", "evpi")

_UNITS: Mapping[str, str] = {"lives": "weighted units", "social": "CNY/year", "cost": "CNY/year"}

_EDITED = "it was changed by hand, or a figure that it follows from was"

Ends = tuple[float | None, float | None]


def check_worth(
    ground: Ground,
    network: Network,
    lines: Sequence[WorthLine],
    stages: Sequence[Stage],
    placement: PartScores | None,
) -> None:
    """Check the comparison, if there is one.

    Parameters
    ----------
    ground, network
        The case, and the planned network.
    lines
        Sound rows of Worth.
    stages
        Rows of the placement.
    placement
        What the replay finds of the placement; None without one.
    """
    if not lines:
        return
    rows: dict[str, WorthLine] = {row.plan: row for row in lines}
    findings = ground.findings
    for plan in (*_PLANS, *_BOUNDS):
        if plan not in rows:
            fact = "the line must be listed in Worth"
            findings.add("worth_listed", f"plan {plan}", 1.0, fact, "its row was deleted")
    if placement is None or any(plan not in rows for plan in (*_PLANS, *_BOUNDS)):
        return
    for row in lines:
        if row.unit != _UNITS[placement.objective]:
            fact = f"unit ({row.unit}) must be {_UNITS[placement.objective]}"
            findings.add("worth_unit", f"plan {row.plan}", 1.0, fact, _EDITED)
    _check_model(ground, network, rows["model_plan"], placement)
    for plan in _PLANS:
        _check_plan(ground, rows[plan], rows["model_plan"])
    _check_bounds(findings, rows, stages, placement)


def _check_model(ground: Ground, network: Network, row: WorthLine, placement: PartScores) -> None:
    """Check the line of the plan that is in the result."""
    where, findings = "plan model_plan", ground.findings
    stage = OBJECTIVES[placement.objective][0]
    score = placement.by_stage[stage]
    external = {code for code, each in ground.facts.warehouses.items() if each.state == "external"}
    room = score.room + 2 * LEXICOGRAPHIC * abs(score.value)
    for name, told, found, slack in (
        ("value", row.value, score.value, room),
        ("open_count", row.open_count, float(len(set(network.size_class) - external)), 0.5),
        ("one_off_cost_cny", row.one_off_cost_cny, network.one_off_cny, None),
        ("annual_cost_cny", row.annual_cost_cny, network.annual_cny, None),
    ):
        value = math.inf if told is None else told
        findings.same(
            "worth_model", where, name, value, found, hint=_EDITED, terms=network.terms, room=slack
        )


def _check_plan(ground: Ground, row: WorthLine, model: WorthLine) -> None:
    """Check what follows from the values of one plan."""
    where, findings = f"plan {row.plan}", ground.findings
    for name, told, found in (
        ("difference", row.difference, _less(row.value, model.value)),
        ("difference_share", row.difference_share, _share(row.difference, model.value)),
        ("optimism", row.optimism, _less(row.held_back_value, row.planned_value)),
        (
            "held_back_difference",
            row.held_back_difference,
            _less(row.held_back_value, model.held_back_value),
        ),
        (
            "held_back_difference_share",
            row.held_back_difference_share,
            _share(row.held_back_difference, model.held_back_value),
        ),
    ):
        _check_same(findings, "worth_difference", where, name, (told, found))
    if row.keeps_rules is not None and row.keeps_rules == bool(row.broken_rules):
        fact = f"keeps_rules ({row.keeps_rules}) does not go with broken_rules"
        findings.add("worth_rules", where, 1.0, fact, _EDITED)
    if row.worst_scenario is not None and row.worst_scenario not in ground.facts.scenarios:
        fact = f"worst_scenario ({row.worst_scenario}) is not in the case"
        findings.add("code_known", where, 1.0, fact, _EDITED)
    worst = row.worst_value
    for name, value in (("value", row.value), ("cvar_value", row.cvar_value)):
        if value is not None and worst is not None:
            room = figure_room(worst)
            findings.within("worth_worst", where, name, value, worst, hint=_EDITED, room=room)


def _check_bounds(
    findings: Findings,
    rows: Mapping[str, WorthLine],
    stages: Sequence[Stage],
    placement: PartScores,
) -> None:
    """Check the intervals of the best value, of foresight, of VSS and EVPI."""
    allowed = [rows[plan].value for plan in _PLANS if rows[plan].keeps_rules]
    high = min((value for value in allowed if value is not None), default=rows["model_plan"].value)
    free = rows["wait_and_see"]
    if high is None or free.value_low is None or free.value_high is None:
        findings.add("worth_interval", "plan wait_and_see", 1.0, "its bounds are empty", _EDITED)
        return
    first = OBJECTIVES[placement.objective][0]
    bound = next((row.bound for row in stages if row.stage == first), None)
    low = min(high, max(free.value_low, -math.inf if bound is None else bound))
    mean = rows["mean_value"]
    vss: Ends = (None, None)
    if mean.value is not None and mean.keeps_rules:
        vss = (max(0.0, mean.value - high), max(0.0, mean.value - low))
    evpi = (max(0.0, low - free.value_high), max(0.0, high - free.value_low))
    for plan, ends in (("model_plan", (low, high)), ("vss", vss), ("evpi", evpi)):
        told = (rows[plan].value_low, rows[plan].value_high)
        for name, pair in zip(
            ("value_low", "value_high"), zip(told, ends, strict=True), strict=True
        ):
            _check_same(findings, "worth_interval", f"plan {plan}", name, pair)
    room = figure_room(high)
    for name, used, limit in (
        ("value_low", free.value_low, free.value_high),
        ("value_high", free.value_high, high),
    ):
        findings.within(
            "worth_interval", "plan wait_and_see", name, used, limit, hint=_EDITED, room=room
        )


def _check_same(findings: Findings, rule: str, where: str, name: str, pair: Ends) -> None:
    """Check a figure that may be empty."""
    told, found = pair
    if told is None and found is None:
        return
    if told is None or found is None:
        fact = f"{name} ({told}) must be {'empty' if found is None else f'{found:.10g}'}"
        findings.add(rule, where, 1.0, fact, _EDITED)
        return
    findings.same(rule, where, name, told, found, hint=_EDITED, terms=2)


def _less(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other


def _share(part: float | None, whole: float | None) -> float | None:
    if part is None or whole is None or abs(whole) <= 1e-9:
        return None
    return part / whole

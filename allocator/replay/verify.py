"""The replay: all checks, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TypeVar

from allocator.case import Case
from allocator.plan import LOCATION_PART, PLACEMENT_PART, Plan
from allocator.replay.accounts import check_accounts
from allocator.replay.dispatch import check_dispatch
from allocator.replay.floor import least_waiting
from allocator.replay.ground import Ground
from allocator.replay.history import read_histories
from allocator.replay.hub_stock import check_hubs
from allocator.replay.legs import check_legs
from allocator.replay.location import check_location
from allocator.replay.losses import check_losses
from allocator.replay.network import Network, network_planned, network_today
from allocator.replay.promises import check_promises
from allocator.replay.reading import Tables, read_tables
from allocator.replay.recourse import Outcome, check_recourse
from allocator.replay.scores import PartScores, Score, join_scenarios
from allocator.replay.seal import check_digests
from allocator.replay.service import check_arrivals, check_served, check_shortages, serve
from allocator.replay.stages import HEADLINE, check_stages, objective_of
from allocator.replay.tolerances import ROUNDING
from allocator.replay.trip_changes import check_trip_changes
from allocator.replay.trips import check_trips, read_loads
from allocator.replay.verdict import Verdict
from allocator.replay.worth import check_worth
from allocator.schema.results import Arrival, ServedByHour, Shortage, Stage

__all__ = ["verify"]

ScenarioRow = TypeVar("ScenarioRow", Arrival, ServedByHour, Shortage)


def verify(case: Case, plan: Plan) -> Verdict:
    """Recompute a plan from the case and its tables alone, and say whether it holds.

    Plain Python, written from ``docs/model.md``; no code of the models, the lanes, the sign-offs
    or the engine is used.

    Parameters
    ----------
    case
        The checked case.
    plan
        The plan as exported and read back. Its rows may hold anything: what cannot be right
        becomes a violation.

    Returns
    -------
    Verdict
        Certified only if no rule is broken and every figure is as recomputed.
    """
    ground = Ground(case)
    findings = ground.findings
    tables = read_tables(plan, ground.facts, findings)
    by_part = _stages_by_part(ground, tables)
    parts: dict[str, PartScores] = {}
    network = network_today(ground.facts)
    if tables.has_placement or PLACEMENT_PART in by_part:
        network = network_planned(ground.facts, tables, findings)
        stages = by_part.get(PLACEMENT_PART, [])
        parts[PLACEMENT_PART] = _check_placement(ground, network, tables, stages)
    planned = by_part.get(PLACEMENT_PART, [])
    check_worth(ground, network, tables.worth, planned, parts.get(PLACEMENT_PART))
    if tables.responsible or LOCATION_PART in by_part:
        stages = by_part.get(LOCATION_PART, [])
        parts[LOCATION_PART] = check_location(ground, tables, stages)
    dispatches = _check_dispatches(ground, network, tables, by_part)
    check_accounts(ground.facts, dispatches, tables.loss_accounts, findings)
    parts |= dispatches
    if not parts:
        fact = "it has neither a placement nor a location nor a dispatch"
        hint = "the file is not a result, or its tables were emptied"
        findings.add("plan_empty", "plan", 1.0, fact, hint)
    check_digests(ground.facts, plan, tables.run_info, findings)
    return Verdict(
        certified=not findings.violations,
        violations=tuple(findings.violations),
        objective=_headline(parts),
        stages=tuple(
            (part, stage, score.value)
            for part, found in parts.items()
            for stage, score in found.by_stage.items()
        ),
    )


def _headline(parts: Mapping[str, PartScores]) -> float | None:
    """Objective that stands for the whole plan, if there is one."""
    found = parts.get(PLACEMENT_PART)
    if found is None and len(parts) == 1:
        found = next(iter(parts.values()))
    return None if found is None else found.by_stage[HEADLINE[found.objective]].value


def _stages_by_part(ground: Ground, tables: Tables) -> dict[str, list[Stage]]:
    """Rows of Stages by part; a part is the placement or a scenario."""
    found: dict[str, list[Stage]] = {}
    known = {PLACEMENT_PART, LOCATION_PART, *ground.facts.scenarios}
    for row in tables.stages:
        if row.part in known:
            found.setdefault(row.part, []).append(row)
        else:
            where = f"part {row.part}, stage {row.stage}"
            fact = f"part ({row.part}) is neither placement, location nor a scenario of the case"
            hint = "it was changed by hand, or the case was"
            ground.findings.add("stage_part", where, 1.0, fact, hint)
    return found


def _check_placement(
    ground: Ground, network: Network, tables: Tables, stages: Sequence[Stage]
) -> PartScores:
    """Check coverage, recourse and stages of the placement; return its objectives."""
    settings = ground.facts.settings
    objective = objective_of(stages, settings.objective)
    promised, factors = check_promises(ground, network, tables.coverage_results)
    costs = Score(
        network.annual_cny + network.one_off_cny / settings.amortisation_years + promised,
        (network.terms + factors) * ROUNDING,
    )
    check_losses(ground, network, tables.loss_results)
    outcomes = check_recourse(ground, network, tables)
    scores = _placement_scores(ground, outcomes, costs, objective)
    found = PartScores(objective, scores, lambda unmet: unmet * settings.unmet_hours)
    check_stages(ground.findings, PLACEMENT_PART, stages, found)
    return found


def _placement_scores(
    ground: Ground, outcomes: Mapping[str, Outcome], costs: Score, objective: str
) -> dict[str, Score]:
    """Objectives of the placement by stage."""
    settings = ground.facts.settings
    probabilities = {code: row.probability for code, row in ground.facts.scenarios.items()}

    def joined(scores: Mapping[str, Score]) -> Score:
        return join_scenarios(scores, probabilities, settings.cvar_alpha, settings.cvar_weight)

    losses: dict[str, Score] = {}
    for code, outcome in outcomes.items():
        loss = outcome.logistics_cny.score
        if objective in {"social", "cost"}:
            loss = loss + outcome.unmet_cny.score
        if objective == "social":
            loss = loss + outcome.waiting_cny.score
        losses[code] = loss
    yearly = costs + joined(losses).times(settings.disasters_per_year)
    if objective != "lives":
        return {objective: yearly}
    return {
        "unmet": joined({code: outcome.unmet.score for code, outcome in outcomes.items()}),
        "waiting": joined({code: outcome.waiting.score for code, outcome in outcomes.items()}),
        "cost": yearly,
    }


def _check_dispatches(
    ground: Ground, network: Network, tables: Tables, by_part: Mapping[str, list[Stage]]
) -> dict[str, PartScores]:
    """Check every scenario that has trips, tables or stages; return their objectives."""
    arrivals = _by_scenario(tables.arrivals)
    served = _by_scenario(tables.served_by_hour)
    shortages = _by_scenario(tables.shortages)
    named = {*by_part, *arrivals, *served, *shortages}
    named |= {row.scenario for row in tables.trips} | {row.scenario for row in tables.leg_trips}
    named |= {row.scenario for row in tables.loading_lines}
    dispatched = [scenario for scenario in ground.facts.scenarios if scenario in named]
    histories = read_histories(ground, tables.changes, dispatched)
    loads = read_loads(next(iter(histories.values())).grounds[0], tables) if histories else {}
    deliveries = check_trips(histories, network, tables, loads)
    journeys = check_legs(histories, network, tables.leg_trips, loads)
    check_trip_changes(tables, histories, ground.findings)
    found: dict[str, PartScores] = {}
    for scenario, history in histories.items():
        facts, findings = history.ground.facts, history.ground.findings
        trips, legs = deliveries.get(scenario, []), journeys.get(scenario, [])
        stages = by_part.get(scenario, [])
        objective = objective_of(stages, facts.settings.objective)
        check_dispatch(history, network, trips, legs)
        check_hubs(history, trips, legs)
        service = serve(facts, scenario, trips, objective, [leg.cost_cny for leg in legs])
        check_arrivals(scenario, trips, arrivals.get(scenario, []), findings)
        check_served(facts, scenario, service, served.get(scenario, []), findings)
        check_shortages(facts, scenario, service, shortages.get(scenario, []), findings)
        waiting = partial(least_waiting, history, network, trips, legs)
        found[scenario] = PartScores(objective, service.scores, waiting)
        check_stages(findings, scenario, stages, found[scenario])
    return found


def _by_scenario(rows: list[ScenarioRow]) -> dict[str, list[ScenarioRow]]:
    found: dict[str, list[ScenarioRow]] = {}
    for row in rows:
        found.setdefault(row.scenario, []).append(row)
    return found

"""Rows of a result that tell which scenarios were kept and what that costs in exactness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from allocator.case import Case
from allocator.engine.scenario_reduction import ScenarioChoice
from allocator.plan import PLACEMENT_PART
from allocator.schema.results import ReductionError, ScenarioReduction, Stage
from allocator.solver import Status, stage_gap

__all__ = ["error_rows", "reduction_rows", "stage_rows"]


def stage_rows(
    objectives: Mapping[str, float],
    searched: Sequence[Stage],
    bounds: Mapping[str, float],
    unmet_hours: float,
    gap: float,
    seconds: float,
) -> tuple[Stage, ...]:
    """Rows of the stages on the full sample; ``seconds`` of pricing and bounds go to the last."""
    rows: list[Stage] = []
    for k, stage in enumerate(searched):
        objective = objectives[stage.stage]
        bound = bounds.get(stage.stage)
        proven = controllable = floor = None
        if bound is not None:
            bound = min(bound, objective)
            proven = stage_gap(objective, bound)
            least_unmet = rows[-1].bound if stage.stage == "waiting" else None
            floor = None if least_unmet is None else least_unmet * unmet_hours
            controllable = stage_gap(objective, bound, floor or 0.0)
        closed = Status.OPTIMAL if (proven or 0.0) <= 1e-6 else Status.WITHIN_GAP
        is_last = k == len(searched) - 1
        rows.append(
            Stage(
                part=PLACEMENT_PART,
                stage=stage.stage,
                objective=objective,
                bound=bound,
                gap=proven,
                controllable_gap=controllable,
                floor=floor,
                status=closed if proven is not None and proven <= gap else Status.TIME_LIMIT,
                seconds=stage.seconds + (seconds if is_last else 0.0),
            )
        )
    return tuple(rows)


def reduction_rows(case: Case, choice: ScenarioChoice) -> tuple[ScenarioReduction, ...]:
    """Rows of who was kept and who stands for whom, in the order of the case."""
    reduction, found = choice.reduction, {}
    for k, row in enumerate(choice.scenarios):
        kept = int(reduction.represented_by[k])
        is_kept = kept == k
        found[row.scenario] = ScenarioReduction(
            scenario=row.scenario,
            is_kept=is_kept,
            represented_by=choice.scenarios[kept].scenario,
            distance=float(reduction.distance[k]),
            probability_before=row.probability,
            probability_after=min(1.0, float(reduction.probability[k])),
            reason=choice.reasons.get(k, "representative") if is_kept else "",
        )
    return tuple(found[row.scenario] for row in case.scenarios)


def error_rows(
    choice: ScenarioChoice, searched: Sequence[Stage], stages: Sequence[Stage]
) -> tuple[ReductionError, ...]:
    """Rows of the error: the distance of the samples, then the value of each stage on both."""
    reduction = choice.reduction
    kept, count = len(reduction.kept), len(choice.scenarios)
    rows = [
        ReductionError(
            measure="kantorovich",
            value=reduction.error,
            compared_to=reduction.mean_distance,
            share=reduction.relative_error,
            sentence=(
                f"{kept} of {count} scenarios kept: on the mean a scenario is "
                f"{100 * reduction.relative_error:.1f} % as far from the one that stands for it "
                "as two scenarios are from each other."
            ),
        )
    ]
    for small, full in zip(searched, stages, strict=True):
        share = (full.objective - small.objective) / max(abs(small.objective), 1e-9)
        proven = (
            "The bound holds for all scenarios."
            if full.bound is not None
            else "No bound for the full sample was proven."
        )
        rows.append(
            ReductionError(
                measure=full.stage,
                value=small.objective,
                compared_to=full.objective,
                share=share if abs(full.objective - small.objective) > 1e-9 else 0.0,
                sentence=(
                    f"The same plan: {small.objective:,.1f} on the kept scenarios, "
                    f"{full.objective:,.1f} on all, {100 * share:+.2f} %. {proven}"
                ),
            )
        )
    return tuple(rows)

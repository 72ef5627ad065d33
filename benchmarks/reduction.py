"""Scenario reduction against the number of scenarios: ``python -m benchmarks.reduction``.

Makes samples of 1,000 and more scenarios by perturbing the shipped ones (made up, for scale only),
reduces them and prints seconds, memory and the Kantorovich distance against the number kept.
``--place SECONDS`` also places on the kept scenarios of the shipped sample and prints the value of
the plan on them and on all, with the bound on all. One process, one line of JSON per result.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections import defaultdict
from typing import Any

import numpy as np

from allocator.case import Case
from allocator.engine.reduced_placement import place_sample
from allocator.engine.scenario_reduction import choose_scenarios, scenario_features
from allocator.intake import read_case
from allocator.schema.disaster import Scenario, ScenarioDamage, ScenarioDemand
from allocator.schema.procedure import Settings
from allocator.solver import SolveOptions

__all__ = ["larger_sample", "with_settings"]

_SIZE_DEVIATION, _LOCAL_DEVIATION, _ROAD_DEVIATION = 0.4, 0.3, 0.2
"""Deviations of the logarithm: of a whole disaster, of each need, of the roads into a district."""


class Quiet:
    """A report that nobody reads."""

    def __call__(self, news: object) -> None:
        """Take news."""

    def best(self, plan: object) -> None:
        """Take a plan."""


def with_settings(case: Case, **changes: Any) -> Case:
    """Return the case with other settings."""
    return case.replace(Settings, (case.settings.model_copy(update=changes),))


def larger_sample(case: Case, count: int, seed: int = 0) -> Case:
    """Return the case with a sample made by perturbing its scenarios.

    Each new scenario is one of the old, drawn by probability, made larger or smaller as a whole,
    with every need and every slow road perturbed by itself. All are equally probable.

    Parameters
    ----------
    case
        A case with a few scenarios.
    count
        Number of new scenarios.
    seed
        Of the random numbers.
    """
    draw = np.random.default_rng(seed)
    need: dict[str, list[ScenarioDemand]] = defaultdict(list)
    damage: dict[str, list[ScenarioDamage]] = defaultdict(list)
    for row in case.scenario_demand:
        need[row.scenario].append(row)
    for hit in case.scenario_damage:
        damage[hit.scenario].append(hit)
    chance = np.array([row.probability for row in case.scenarios])
    drawn = draw.choice(len(chance), size=count, p=chance / chance.sum())
    scenarios, needs, hits = [], [], []
    for n, k in enumerate(drawn.tolist()):
        base, code = case.scenarios[k], f"s{n:05d}"
        scenarios.append(base.model_copy(update={"scenario": code, "probability": 1.0 / count}))
        old = need[base.scenario]
        size = draw.normal(0.0, _SIZE_DEVIATION)
        factor = np.exp(size + draw.normal(0.0, _LOCAL_DEVIATION, len(old)))
        needs += [
            row.model_copy(update={"scenario": code, "demand_units": float(units)})
            for row, units in zip(
                old, np.rint(factor * [row.demand_units for row in old]), strict=True
            )
        ]
        slower = np.exp(np.abs(draw.normal(0.0, _ROAD_DEVIATION, len(damage[base.scenario]))))
        hits += [
            hit.model_copy(
                update={"scenario": code, "road_time_factor": hit.road_time_factor * float(f)}
                if hit.district is not None
                else {"scenario": code}
            )
            for hit, f in zip(damage[base.scenario], slower, strict=True)
        ]
    made = case.replace(Scenario, scenarios).replace(ScenarioDemand, needs)
    return made.replace(ScenarioDamage, hits)


def _reduce(case: Case, kept: int) -> dict[str, Any]:
    """Reduce a case and measure it."""
    began, worked = time.monotonic(), time.process_time()
    choice = choose_scenarios(with_settings(case, reduce_to=kept))
    seconds, worked = time.monotonic() - began, time.process_time() - worked
    reduction = choice.reduction
    return {
        "scenarios": len(choice.scenarios),
        "kept": kept,
        "extremes": len(choice.reasons),
        "features": scenario_features(case)[1].shape[1],
        "seconds": round(seconds, 2),
        "cpu_seconds": round(worked, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "distance": round(reduction.error, 1),
        "of_mean_distance": round(reduction.relative_error, 4),
    }


def _place(case: Case, kept: int, limit_seconds: float) -> dict[str, Any]:
    """Place on the kept scenarios and price on all."""
    began = time.monotonic()
    options = SolveOptions(gap=case.settings.gap, time_limit_seconds=limit_seconds)
    plan = place_sample(with_settings(case, reduce_to=kept), options, Quiet())
    return {
        "scenarios": len(case.scenarios),
        "kept": kept,
        "seconds": round(time.monotonic() - began, 1),
        "stages": [
            stage.model_dump(include={"stage", "objective", "bound", "gap"})
            for stage in plan.stages
        ],
        "errors": [row.sentence for row in plan.reduction_errors],
    }


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--case", default="china")
    words.add_argument("--sample", default=None, help="Sample of the case to start from.")
    words.add_argument("--scenarios", default="1000,2000,5000", help="Sizes, parted by commas.")
    words.add_argument("--kept", default="50,100,200", help="Numbers kept, parted by commas.")
    words.add_argument("--place", type=float, default=None, help="Seconds of a placement.")
    given = words.parse_args()
    case = read_case(given.case)
    if given.sample is not None:
        case = with_settings(case, sample=given.sample)
    kept = [int(part) for part in given.kept.split(",")]
    if given.place is not None:
        for number in kept:
            print(json.dumps(_place(case, number, given.place), ensure_ascii=False), flush=True)
        return
    for count in [int(part) for part in given.scenarios.split(",") if part]:
        large = larger_sample(case, count)
        for number in kept:
            print(json.dumps(_reduce(large, number)), flush=True)


if __name__ == "__main__":
    main()

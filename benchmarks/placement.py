"""Placement of a shipped case against the plain model: ``python -m benchmarks.placement``.

Prints seconds, objective, bound and gap of each stage for both, in one run on one machine, the
share of the product's time that goes into building models and arrays, and how many times longer
the plain model takes to the same gap. ``--prefix 4501,4502`` cuts two prefectures out of the
case, small enough for the plain model to close.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

from allocator.engine.placement import place
from allocator.engine.placement_data import placement_problem
from allocator.intake import read_case
from allocator.plan import Plan
from allocator.solver import SolveOptions
from benchmarks.building import BuildingClock
from benchmarks.case_parts import cut_case
from benchmarks.plain_model import PlainStage, solve_plain

COMPARED = ("unmet", "waiting")
"""Stages that both have."""

Rows = list[dict[str, Any]]


class Quiet:
    """A report that nobody reads."""

    def __call__(self, news: object) -> None:
        """Take news."""

    def best(self, plan: object) -> None:
        """Take a plan."""


def product_rows(plan: Plan) -> Rows:
    """What the product reached, by stage."""
    return [
        {
            "model": "product",
            "stage": stage.stage,
            "seconds": round(stage.seconds, 2),
            "objective": stage.objective,
            "bound": stage.bound,
            "gap": stage.gap,
        }
        for stage in plan.stages
    ]


def plain_rows(stages: list[PlainStage]) -> Rows:
    """What the plain model reached, by stage."""
    return [
        {
            "model": "plain",
            "stage": stage.stage,
            "seconds": round(stage.seconds, 2),
            "objective": stage.objective,
            "bound": stage.bound,
            "gap": stage.gap,
            "build_seconds": round(stage.build_seconds, 2),
            "handover_seconds": round(stage.handover_seconds, 2),
            "solve_seconds": round(stage.solve_seconds, 2),
        }
        for stage in stages
    ]


def compare(rows: Rows, gap: float) -> dict[str, Any]:
    """Seconds of both for the stages that both have, and the ratio.

    Returns
    -------
    dict
        ``is_lower_bound`` if the plain model stopped at its limit with a wider gap than the
        product's: to the product's gap it would have taken longer still.
    """
    totals: dict[str, float] = {}
    widest: dict[str, float] = {}
    for model in ("product", "plain"):
        own = [row for row in rows if row["model"] == model and row["stage"] in COMPARED]
        totals[model] = sum(row["seconds"] for row in own)
        gaps = [float("inf") if row["gap"] is None else row["gap"] for row in own]
        widest[model] = max(gaps) if len(own) == len(COMPARED) else float("inf")
    return {
        "product_seconds": totals["product"],
        "plain_seconds": totals["plain"],
        "product_gap": widest["product"],
        "plain_gap": widest["plain"] if widest["plain"] < float("inf") else None,
        "ratio": totals["plain"] / max(totals["product"], 1e-9),
        "is_lower_bound": widest["plain"] > max(gap, widest["product"]) + 1e-9,
    }


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Run both and return the figures."""
    case = read_case(given.case)
    if given.prefix:
        case = cut_case(case, given.prefix)
    clock = BuildingClock()
    began = time.perf_counter()
    with clock:
        plan = place(
            case, SolveOptions(gap=given.gap, time_limit_seconds=given.time_limit), Quiet()
        )
    seconds = time.perf_counter() - began
    facts: dict[str, Any] = {
        "case": given.case + (f" {given.prefix}" if given.prefix else ""),
        "product_seconds_all_stages": round(seconds, 2),
        "building_seconds": round(clock.seconds, 2),
        "building_share": round(clock.seconds / seconds, 4),
        "building_by_part": clock.by_part(),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    rows = product_rows(plan)
    if not given.no_plain:
        problem = placement_problem(case)
        facts["flows"] = problem.data.flow_count
        rows += plain_rows(solve_plain(problem, given.gap, given.plain_limit))
        facts |= compare(rows, given.gap)
    return {**facts, "stages": rows}


def main() -> None:
    """Run both and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="?", default="guangxi")
    parser.add_argument("--prefix", default="", help="only districts with codes like these")
    parser.add_argument("--gap", type=float, default=0.01)
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--plain-limit", type=float, default=120.0, help="of HiGHS on each stage")
    parser.add_argument("--no-plain", action="store_true")
    print(json.dumps(run(parser.parse_args()), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()

"""Placement of a shipped case against the plain model: ``python -m benchmarks.placement``.

Prints seconds, objective, bound and gap of each stage for both, in one run on one machine, and
the share of the product's time that goes into building its model.
"""

from __future__ import annotations

import argparse
import json
import resource
import time

from allocator.engine.placement import place
from allocator.engine.placement_data import placement_problem
from allocator.intake import read_case
from allocator.solver import SolveOptions
from benchmarks.plain_model import solve_plain


class Quiet:
    """A report that nobody reads."""

    def __call__(self, news: object) -> None:
        """Take news."""

    def best(self, plan: object) -> None:
        """Take a plan."""


def main() -> None:
    """Run both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="?", default="guangxi")
    parser.add_argument("--gap", type=float, default=0.01)
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--plain-limit", type=float, default=300.0)
    parser.add_argument("--no-plain", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    case = read_case(given.case)
    began = time.perf_counter()
    problem = placement_problem(case)
    built = time.perf_counter() - began
    began = time.perf_counter()
    plan = place(case, SolveOptions(gap=given.gap, time_limit_seconds=given.time_limit), Quiet())
    seconds = time.perf_counter() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = [
        ("product", s.stage, s.seconds, s.objective, s.bound, s.gap, s.controllable_gap)
        for s in plan.stages
    ]
    if not given.no_plain:
        for stage in solve_plain(problem, given.gap, given.plain_limit):
            gap = None
            if stage.objective is not None and stage.bound is not None:
                gap = (stage.objective - stage.bound) / max(abs(stage.objective), 1e-10)
            rows.append(
                ("plain", stage.stage, stage.seconds, stage.objective, stage.bound, gap, None)
            )
    if given.json:
        keys = ("model", "stage", "seconds", "objective", "bound", "gap", "controllable_gap")
        table = [dict(zip(keys, row, strict=True)) for row in rows]
        facts = {"seconds": seconds, "data_seconds": built, "peak_mb": peak_mb}
        print(json.dumps({"case": given.case, **facts, "stages": table}, indent=2))
        return
    for row in rows:
        print("  ".join("-" if cell is None else str(cell) for cell in row))
    print(f"product {seconds:.1f} s, of which data {built:.2f} s; peak {peak_mb:.0f} MB")


if __name__ == "__main__":
    main()

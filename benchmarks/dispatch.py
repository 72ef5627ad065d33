"""Dispatch of single scenarios, one after the other: ``python -m benchmarks.dispatch guangxi``.

Prints for each scenario one JSON document: the stages with objective, bound and gap, the seconds of
every relaxation with its rounds and last gap, and of the whole. ``--plan FILE`` takes the stock of
a plan, else today's; ``--scenario CODE`` (may be repeated) chooses scenarios, ``--limit SECONDS``
is for each of them. With ``OPENBLAS_NUM_THREADS=1`` in the environment it runs as the product does.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import allocator.engine.dispatch_bounding as bounding
import allocator.engine.dispatch_method as method
from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.engine.dispatch_problem import dispatch_problem
from allocator.engine.objectives import STAGES
from allocator.intake import read_plan
from allocator.solver import Progress, SolveOptions, relative_gap
from benchmarks.case_parts import read_part


@contextmanager
def _relaxations(heard: list[dict[str, Any]]) -> Iterator[None]:
    """Note what every relaxation takes and reaches while this is entered."""
    original = vars(bounding)["relax"]

    def relax(*given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        found = original(*given, **named)
        if found is not None:
            cap = named.get("cap")
            limit = 0.0 if cap is None or math.isinf(cap.limit) else cap.limit
            note = {"seconds": round(time.perf_counter() - began, 2), "rounds": found.rounds}
            gap = (found.value - found.bound(limit)) / max(abs(found.value), 1e-9)
            heard.append({**note, "gap": round(gap, 5)})
        return found

    setattr(bounding, "relax", relax)  # noqa: B010
    try:
        yield
    finally:
        setattr(bounding, "relax", original)  # noqa: B010


def _tell(news: Progress) -> None:
    """Say how far it is, on standard error."""
    best, bound = (math.nan if x is None else x for x in (news.incumbent, news.bound))
    gap = math.nan if news.gap is None else news.gap
    print(f"{news.seconds:7.1f} s  best {best:.6g}  bound {bound:.6g}  {gap:.2%}", file=sys.stderr)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="?", default="guangxi")
    parser.add_argument("--plan")
    parser.add_argument("--scenario", action="append")
    parser.add_argument("--limit", type=float, default=20.0)
    parser.add_argument("--gap", type=float)
    parser.add_argument("--helper", action="store_true", help="a process beside bounds")
    asked = parser.parse_args()
    case = read_part(asked.case)
    placement = read_plan(asked.plan) if asked.plan else None
    gap = case.settings.gap if asked.gap is None else asked.gap
    options = SolveOptions(gap=gap, time_limit_seconds=asked.limit)
    for code in asked.scenario or [row.scenario for row in case.scenarios]:
        problem = dispatch_problem(build_dispatch_inputs(case, code, placement).data)
        heard: list[dict[str, Any]] = []
        began = time.perf_counter()
        with _relaxations(heard):
            stages = STAGES[case.settings.objective]
            planned = method.Method(
                problem, stages, options, _tell, lambda _: None, has_helper=asked.helper
            )
            outcome = planned.run()
        report = {
            "scenario": code,
            "trips_possible": problem.trip_count,
            "stages": [
                {
                    "stage": stage.stage,
                    "objective": round(stage.objective, 2),
                    "bound": round(stage.bound, 2),
                    "gap": round(relative_gap(stage.objective, stage.bound) or 0.0, 5),
                }
                for stage in outcome.stages
            ],
            "relaxations": heard,
            "seconds": round(time.perf_counter() - began, 1),
        }
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()

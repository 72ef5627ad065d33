"""How much of the product's time goes into building models and arrays, by timing wrappers.

``python -m benchmarks.building guangxi`` runs placement and the dispatch of some scenarios in this
process, reads the case before and writes the result after, and prints the shares. Only the
outermost builder counts where one calls another.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.wrapping import wrapped

__all__ = ["BuildingClock"]

BUILDERS: dict[str, str] = {
    "allocator.engine.placement_data:placement_problem": "arrays",
    "allocator.engine.dispatch_data:build_dispatch_inputs": "arrays",
    "allocator.engine.dispatch_problem:dispatch_problem": "arrays",
    "models.dispatch_index:dispatch_index": "arrays",
    "models.recourse_network:recourse_network": "arrays",
    "models.placement:build_placement": "pyomo",
    "models.first_stage:build_first_stage": "pyomo",
    "models.recourse_mix:build_recourse_mix": "pyomo",
    "models.repair:build_repair": "pyomo",
    "models.dispatch:build_dispatch": "pyomo",
    "allocator.solver.compiled:compile_model": "compile",
    "allocator.engine.dispatch_program:RelaxationProgram.__init__": "programs",
    "allocator.engine.dispatch_program:RelaxationProgram.add_columns": "programs",
    "allocator.engine.dispatch_program:RelaxationProgram.add_window_rows": "programs",
    "allocator.engine.dispatch_restricted:restricted_program": "programs",
    "allocator.engine.master:Master.__init__": "pyomo",
    "allocator.engine.recourse_program:ScenarioProgram.__init__": "programs",
    "allocator.solver.session:Session.__init__": "handover",
}
"""Functions that build, and what they build."""


class BuildingClock:
    """Adds up the seconds spent in the builders while it is entered."""

    def __init__(self) -> None:
        self._by_part: dict[str, float] = {}
        self._depth = 0
        self._undo = contextlib.ExitStack()

    @property
    def seconds(self) -> float:
        """Time spent in builders. [s]"""
        return sum(self._by_part.values())

    def by_part(self) -> dict[str, float]:
        """Time by what is built. [s]"""
        return {part: round(seconds, 2) for part, seconds in sorted(self._by_part.items())}

    def _timed(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        def wrapper(*arguments: Any, **named: Any) -> Any:
            self._depth += 1
            began = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self._depth -= 1
                if self._depth == 0:
                    spent = time.perf_counter() - began
                    self._by_part[part] = self._by_part.get(part, 0.0) + spent

        return wrapper

    def __enter__(self) -> BuildingClock:
        for place, part in BUILDERS.items():
            self._undo.enter_context(wrapped(place, functools.partial(self._timed, part=part)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._undo.close()


class Quiet:
    """A report that nobody reads."""

    def __call__(self, news: object) -> None:
        """Take news."""

    def best(self, plan: object) -> None:
        """Take a plan."""


def measure(source: str, limit_seconds: float, scenarios: int, each_seconds: float) -> Any:
    """Seconds of each step of the whole command, and how much of it is building."""
    from allocator.engine.dispatch import dispatch
    from allocator.engine.placement import place
    from allocator.engine.plan_parts import merge_plans
    from allocator.intake import read_case
    from allocator.publication import publish
    from allocator.solver import SolveOptions

    steps: dict[str, float] = {}
    building: dict[str, float] = {}
    parts: dict[str, dict[str, float]] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        clock, began = BuildingClock(), time.perf_counter()
        with clock:
            result = work()
        steps[name] = steps.get(name, 0.0) + time.perf_counter() - began
        building[name] = building.get(name, 0.0) + clock.seconds
        for part, seconds in clock.by_part().items():
            known = parts.setdefault(name, {})
            known[part] = round(known.get(part, 0.0) + seconds, 2)
        return result

    case = timed("read", lambda: read_case(source))
    options = SolveOptions(gap=case.settings.gap, time_limit_seconds=limit_seconds)
    placement = timed("placement", lambda: place(case, options, Quiet()))
    plans = [placement]
    asked = SolveOptions(gap=case.settings.gap, time_limit_seconds=each_seconds)
    given: dict[str, Any] = {"placement": placement, "options": asked}
    plans += [
        timed("dispatch", functools.partial(dispatch, case, row.scenario, **given))
        for row in case.scenarios[:scenarios]
    ]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "plan.xlsx"
        plan = merge_plans(plans)
        timed("write and replay", lambda: publish(case, plan, target, with_pictures=False))
    total = sum(steps.values())
    return {
        "case": source,
        "scenarios": min(scenarios, len(case.scenarios)),
        "seconds": {name: round(seconds, 2) for name, seconds in steps.items()},
        "building_seconds": {name: round(seconds, 2) for name, seconds in building.items()},
        "building_by_part": parts,
        "building_share_by_step": {
            name: round(building[name] / max(seconds, 1e-9), 4) for name, seconds in steps.items()
        },
        "building_share": round(sum(building.values()) / total, 4),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="?", default="guangxi")
    parser.add_argument("--time-limit", type=float, default=60.0, help="of placement")
    parser.add_argument("--scenarios", type=int, default=20)
    parser.add_argument("--scenario-limit", type=float, default=9.0)
    given = parser.parse_args()
    found = measure(given.case, given.time_limit, given.scenarios, given.scenario_limit)
    print(json.dumps(found, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()

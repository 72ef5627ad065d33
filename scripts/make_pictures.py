"""Draw the README's pictures from a result: ``python -m scripts.make_pictures CASE RESULT``."""

from __future__ import annotations

import argparse
from pathlib import Path

from allocator.intake import read_case, read_plan
from allocator.plan import PLACEMENT_PART, Plan
from allocator.report import write_pictures
from allocator.schema.results import Arrival, LoadingLine, Shortage, Stage, Trip


def only_scenario(plan: Plan, scenario: str) -> Plan:
    """Leave the placement and one scenario's dispatch, so that this one is drawn."""
    kept = plan.replace(
        Stage, (row for row in plan.stages if row.part in (PLACEMENT_PART, scenario))
    )
    kept = kept.replace(Trip, (row for row in plan.trips if row.scenario == scenario))
    kept = kept.replace(
        LoadingLine, (row for row in plan.loading_lines if row.scenario == scenario)
    )
    kept = kept.replace(Arrival, (row for row in plan.arrivals if row.scenario == scenario))
    return kept.replace(Shortage, (row for row in plan.shortages if row.scenario == scenario))


def main() -> None:
    """Draw map and Gantt of one scenario, and the curves of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case")
    parser.add_argument("result", type=Path)
    parser.add_argument("--scenario", default="rammasun2014")
    parser.add_argument("--folder", type=Path, default=Path("docs/images"))
    given = parser.parse_args()
    plan = only_scenario(read_plan(given.result), given.scenario)
    for path in write_pictures(read_case(given.case), plan, given.folder, scale=1.0):
        print(path)


if __name__ == "__main__":
    main()

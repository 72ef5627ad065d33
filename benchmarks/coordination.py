"""All coalitions of late departments of one scenario: ``python -m benchmarks.coordination``.

Which departments sign at actual speed, the others within their limits, decides when goods are
released: 8 departments are 256 coalitions, each a table of release hours whose dispatch is to be
valued. Measures the seconds and solves that takes with everything reused, and beside it some tables
of the same sample from nothing, one after the other, for what all of them would take. Writes
``docs/coordination.md`` (``--output``), or prints one JSON document (``--json``).
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from allocator.approvals import Release, release, step_hours
from allocator.case import Case
from allocator.coordination.loss import Loss
from allocator.coordination.losses import DispatchLosses
from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.engine.run_options import RunOptions
from allocator.schema.procedure import ApprovalStep
from benchmarks.case_parts import read_part
from benchmarks.machine import machine_lines, machine_of_today

__all__ = ["coalition_tables", "coordination_page", "late_departments", "measure"]

DOCS = Path(__file__).resolve().parents[1] / "docs" / "coordination.md"

ASKED_SECONDS, ASKED_RATIO = 120, 10
"""What is asked for: seconds on two cores, and how many times longer all tables take cold."""


def late_departments(case: Case, scenario: str, count: int) -> list[str]:
    """Departments with most hours over their limits among steps that the scenario waits for.

    Parameters
    ----------
    case, scenario
        The case, and the code of the scenario.
    count
        How many.
    """
    actual, limit = (step_hours(case, scenario, speed) for speed in ("actual", "limit"))
    inputs = build_dispatch_inputs(case, scenario)
    data, lanes = inputs.data, inputs.lanes
    lane_rules = inputs.lanes.release.lane_rules(
        lanes.warehouse[inputs.lane], lanes.district[inputs.lane]
    )[:, lanes.release.item_group]
    is_used = (data.stock_units[data.lane_warehouse] > 0) & (
        data.demand_units[data.lane_district] > 0
    )
    steps: dict[tuple[str, str], ApprovalStep] = {}
    for place in np.unique(lane_rules[is_used]).tolist():
        if place >= 0:
            waited = lanes.release.steps_waited_for(lanes.release.rules[place])
            steps.update({(step.procedure, step.step): step for step in waited})
    over: dict[str, float] = {}
    for key, step in steps.items():
        hours = actual[key] - limit[key]
        over[step.department] = over.get(step.department, 0.0) + hours
    late = [code for code, hours in over.items() if hours > 1e-9]
    return sorted(late, key=lambda code: (-round(over[code], 6), code))[:count]


def coalition_tables(case: Case, scenario: str, departments: Sequence[str]) -> list[Release]:
    """Release hours with each coalition of departments at actual speed, all others at the limit.

    Parameters
    ----------
    case, scenario
        The case, and the code of the scenario.
    departments
        Who may be late.
    """
    actual, limit = (step_hours(case, scenario, speed) for speed in ("actual", "limit"))
    owner = {(row.procedure, row.step): row.department for row in case.approval_steps}
    row = case.scenario(scenario)
    tables = []
    for flags in itertools.product((False, True), repeat=len(departments)):
        late = set(itertools.compress(departments, flags))
        hours = {key: (actual if owner[key] in late else limit)[key] for key in actual}
        tables.append(release(case, row, hours))
    return tables


def _cpu_seconds() -> float:
    """Processor time of this process and of those beside it that have ended. [s]."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _timed(case: Case, scenario: str, tables: Sequence[Release], workers: int) -> dict[str, Any]:
    """Value some tables together; seconds include building the scenario and starting processes."""
    began, began_cpu = time.perf_counter(), _cpu_seconds()
    losses = DispatchLosses(case, scenario, None, RunOptions(workers=workers))
    found = losses.many(tables)
    seconds = time.perf_counter() - began
    losses.close()
    # Only a process that has ended is counted.
    time.sleep(1.0)
    return {
        "seconds": seconds,
        "cpu_seconds": _cpu_seconds() - began_cpu,
        "solves": losses.solves,
        "found": found,
    }


def measure(
    case: Case, scenario: str, *, departments: int, workers: int, cold: int
) -> dict[str, Any]:
    """Value all coalitions with everything reused, and some tables from nothing.

    Parameters
    ----------
    case, scenario
        The case, and the code of the scenario.
    departments
        How many may be late.
    workers
        Processes side by side.
    cold
        How many tables are solved from nothing, evenly spread over the coalitions.
    """
    late = late_departments(case, scenario, departments)
    tables = coalition_tables(case, scenario, late)
    reused = _timed(case, scenario, tables, workers)
    chosen = np.linspace(0, len(tables) - 1, cold).round().astype(int).tolist()
    alone = [_timed(case, scenario, [tables[k]], 1) for k in chosen]
    found: list[Loss] = reused["found"]
    first, last = found[0], found[-1]
    gaps = [(loss.high_cny - loss.low_cny) / loss.high_cny for loss in found]
    cold_gaps = [
        (loss.high_cny - loss.low_cny) / loss.high_cny for each in alone for loss in each["found"]
    ]
    return {
        "scenario": scenario,
        "departments": late,
        "coalitions": len(tables),
        "workers": workers,
        "solves": reused["solves"],
        "seconds": reused["seconds"],
        "cpu_seconds": reused["cpu_seconds"],
        "cold_count": len(alone),
        "cold_seconds": float(np.mean([each["seconds"] for each in alone])),
        "cold_cpu_seconds": float(np.mean([each["cpu_seconds"] for each in alone])),
        "gap": [min(gaps), float(np.mean(gaps)), max(gaps)],
        "cold_gap": float(np.mean(cold_gaps)),
        "limit_cny": [first.low_cny, first.relaxed_cny, first.high_cny],
        "actual_cny": [last.low_cny, last.relaxed_cny, last.high_cny],
        "machine": machine_of_today(),
    }


def coordination_page(document: Mapping[str, Any]) -> str:
    """Return the page with what was measured.

    Parameters
    ----------
    document
        What ``measure`` returned.
    """
    count, solves = document["coalitions"], document["solves"]
    cold_cpu = document["cold_cpu_seconds"] * count
    cold_wall = document["cold_seconds"] * count / document["workers"]
    ratio_cpu, ratio = cold_cpu / document["cpu_seconds"], cold_wall / document["seconds"]
    low, middle, high = ([f"{value / 1e6:,.3f}" for value in pair] for pair in _ends(document))
    delay = document["actual_cny"][1] - document["limit_cny"][1]
    least, mean, most = document["gap"]
    lines = [
        "# Coordination",
        "",
        "Written by `python -m benchmarks.coordination`; do not edit. What the best dispatch of "
        f"`{document['scenario']}` loses under every coalition of {len(document['departments'])} "
        f"late departments ({', '.join(document['departments'])}): who is in it signs at actual "
        "speed, all others within their limits.",
        "",
        "| figure | asked | measured |",
        "| --- | --- | --- |",
        f"| coalitions | 256 | {count} |",
        f"| distinct tables, solves made | | {solves} |",
        f"| coalitions for each solve | | {count / solves:.1f} |",
        f"| seconds, {document['workers']} processes | <= {ASKED_SECONDS} | "
        f"{document['seconds']:.1f} |",
        f"| processor seconds | | {document['cpu_seconds']:.1f} |",
        f"| one table from nothing | | {document['cold_seconds']:.2f} s, of the processor "
        f"{document['cold_cpu_seconds']:.2f} s (mean of {document['cold_count']}) |",
        f"| all from nothing, {document['workers']} side by side (extrapolated) | | "
        f"{cold_wall:,.0f} s, of the processor {cold_cpu:,.0f} s |",
        f"| ratio of seconds | >= {ASKED_RATIO} | {ratio:.1f} |",
        f"| ratio of processor seconds | >= {ASKED_RATIO} | {ratio_cpu:.1f} |",
        f"| width of the intervals, least, mean, most | | {least:.2e}, {mean:.2e}, {most:.2e} |",
        f"| the same from nothing, mean | | {document['cold_gap']:.2e} |",
        "",
        "| loss (million CNY) | proven | relaxed | plan |",
        "| --- | --- | --- | --- |",
        f"| all within their limits | {low[0]} | {middle[0]} | {high[0]} |",
        f"| all at actual speed | {low[1]} | {middle[1]} | {high[1]} |",
        "",
        f"The delay cost of all together is {delay / 1e6:,.3f} million CNY by the relaxed values, "
        "which are exact to 1e-7 of the loss; the intervals of single losses are wider than that "
        "by what whole vehicles cost more than fractions of them.",
        "",
        "Seconds include building the scenario and starting the processes. A table from nothing "
        "gets the same time for its plan and the same gap of its relaxation. Seconds depend on "
        "what else the machine does; processor seconds less so, and planning ends by the clock.",
        "",
        *machine_lines(document["machine"]),
        "",
    ]
    return "\n".join(lines)


def _ends(document: Mapping[str, Any]) -> list[tuple[float, float]]:
    """Lower ends, relaxed values and upper ends, at the limits and at actual speed. [CNY]."""
    return list(zip(document["limit_cny"], document["actual_cny"], strict=True))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="?", default="guangxi")
    parser.add_argument("--scenario", default="mujigae2015")
    parser.add_argument("--departments", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cold", type=int, default=8, help="tables solved from nothing, too")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--read", type=Path, help="write the page of a printed document anew")
    parser.add_argument("--output", type=Path, default=DOCS)
    asked = parser.parse_args()
    if asked.read:
        document = json.loads(asked.read.read_text(encoding="utf-8"))
    else:
        document = measure(
            read_part(asked.case),
            asked.scenario,
            departments=asked.departments,
            workers=asked.workers,
            cold=asked.cold,
        )
    if asked.json:
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
    else:
        asked.output.write_text(coordination_page(document), encoding="utf-8")


if __name__ == "__main__":
    main()

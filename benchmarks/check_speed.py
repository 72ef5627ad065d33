"""How long ``allocator check`` takes on a workbook with 100,000 rows of demand.

The whole command is timed, start of Python included, a few times; the figures are printed as one
JSON document. ``--rows N`` makes another size, ``--runs N`` another number of runs, ``--keep FILE``
keeps the workbook.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from allocator.case import Case
from allocator.intake import write_case
from allocator.schema import CASE_SHEETS

DISTRICTS = 1000
ITEMS = 5
LIMIT_SECONDS = 5.0
SIZE_CLASS = {
    "size_class": "D2",
    "volume_m3": 3150,
    "opening_cost_cny": 6300000,
    "annual_cost_cny": 590000,
    "docks_per_hour": 2,
}
VEHICLE = {
    "fleet": "MT68",
    "payload_kg": 9000,
    "volume_m3": 38,
    "speed_kmh": 62,
    "cost_cny_per_km": 4.5,
}
PROGRAM = "from allocator.cli import main; main()"


def _demand(codes: list[str], scenarios: int) -> list[dict[str, Any]]:
    """Need of every district for every item in every scenario."""
    return [
        {
            "scenario": f"S{s:03d}",
            "district": code,
            "item": f"ITEM{i}",
            "demand_units": (k * 7 + i * 3 + s) % 997 + 0.25,
            "source": "S30",
            "status": "assumption",
        }
        for s in range(scenarios)
        for k, code in enumerate(codes)
        for i in range(ITEMS)
    ]


def large_case(rows: int) -> Case:
    """A case with so many rows of demand: 1,000 districts, five items, as many scenarios as needed.

    Parameters
    ----------
    rows
        Rows of ``Scenario_Demand``, a multiple of 5,000.
    """
    scenarios = max(1, rows // (DISTRICTS * ITEMS))
    codes = [f"45{k:04d}" for k in range(101, 101 + DISTRICTS)]
    tables: dict[str, list[dict[str, Any]]] = {
        "Districts": [
            {
                "district": code,
                "name": f"District {k}",
                "province": "Guangxi",
                "lon": 107 + k % 40 * 0.1,
                "lat": 22 + k // 40 * 0.1,
                "population_people": 300000,
            }
            for k, code in enumerate(codes)
        ],
        "Warehouses": [
            {
                "warehouse": f"W{code}",
                "name": f"Site {code}",
                "state": "candidate",
                "level": "county",
                "district": code,
            }
            for code in codes
        ],
        "Size_Classes": [SIZE_CLASS],
        "Items": [
            {
                "item": f"ITEM{k}",
                "name": f"Item {k}",
                "weight_kg": 10,
                "volume_m3": 0.1,
                "price_cny": 100,
            }
            for k in range(ITEMS)
        ],
        "Scenarios": [
            {"scenario": f"S{s:03d}", "name": f"Scenario {s}", "probability": 1 / scenarios}
            for s in range(scenarios)
        ],
        "Scenario_Demand": _demand(codes, scenarios),
        "Vehicles": [VEHICLE],
    }
    return Case(
        {
            sheet: tuple(kind.model_validate(row) for row in tables[sheet])
            for sheet, kind in CASE_SHEETS.items()
            if sheet in tables
        }
    )


def timed_check(path: Path) -> float:
    """Seconds of the whole command, which must find no fault."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "check", str(path), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - begun
    if done.returncode != 0 or not json.loads(done.stdout)["ok"]:
        raise SystemExit(
            f"check failed ({done.returncode}): {done.stdout[:500]}{done.stderr[-500:]}"
        )
    return seconds


def main() -> None:
    """Make the workbook, time the command, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keep", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.keep or Path(folder) / "large.xlsx"
        case = large_case(chosen.rows)
        begun = time.perf_counter()
        write_case(case, path)
        writing = time.perf_counter() - begun
        seconds = sorted(timed_check(path) for _ in range(chosen.runs))
        size = path.stat().st_size
    peak_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    report = {
        "rows": len(case.tables["Scenario_Demand"]),
        "file_mb": round(size / 1e6, 2),
        "write_seconds": round(writing, 2),
        "check_seconds": [round(value, 2) for value in seconds],
        "median_seconds": round(seconds[len(seconds) // 2], 2),
        "peak_mb": round(peak_kb / 1024),
        "limit_seconds": LIMIT_SECONDS,
        "load_average": round(os.getloadavg()[0], 2),
        "holds": seconds[len(seconds) // 2] < LIMIT_SECONDS,
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()

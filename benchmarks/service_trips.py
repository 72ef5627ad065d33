"""Measure pages of the trips of a great run over HTTP, with mixed filters.

``python -m benchmarks.service_trips`` fills a database with a run of 100,000 trips, serves it with
``allocator serve`` on loopback, and asks for pages of 500. Asked: 95 of 100 within 200 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from allocator.schema.records import CargoLine, ChainOfTrip, TripRecord
from allocator.schema.results import LoadingLine, Trip
from allocator.service_settings import ServiceSettings
from allocator.store.cases import CaseContent, keep_case
from allocator.store.database import Database
from allocator.store.keeping import Results, keep_results
from allocator.store.opening import open_database
from allocator.store.queue import claim
from allocator.store.runs import RunOrder, submit
from benchmarks.arguments import positive
from benchmarks.machine import machine_of_today

__all__ = ["main"]

PROVINCES = ("45", "44", "43", "52", "53")
WAREHOUSES = [f"W{PROVINCES[k % 5]}{k:04d}" for k in range(200)]
DISTRICTS = [f"{PROVINCES[k % 5]}{k:04d}" for k in range(1000, 2500)]
ITEMS = [f"ITEM{k}" for k in range(12)]
FLEETS = ("TRUCK", "VAN", "TRAIN")
SCENARIOS = ("flood", "quake", "typhoon", "snow")
PAGE = 500
ASKED_MS = 200.0
START_SECONDS = 60.0

QUESTIONS: dict[str, dict[str, Any]] = {
    "all": {},
    "warehouse": {"warehouse": WAREHOUSES[7]},
    "district": {"district": DISTRICTS[11]},
    "province": {"province": "52"},
    "item": {"item": ITEMS[3]},
    "fleet": {"fleet": "VAN"},
    "scenario": {"scenario": "quake"},
    "hours": {"from_hours": 10, "to_hours": 14},
    "state": {"state": "left", "scenario": "flood"},
    "many": {"item": ITEMS[5], "province": "45", "from_hours": 5, "to_hours": 30, "fleet": "TRUCK"},
}
"""Filters by the name of the question."""


def _trip(draw: random.Random, number: int) -> TripRecord:
    start = draw.uniform(1, 40)
    scenario = SCENARIOS[number % len(SCENARIOS)]
    items = draw.sample(ITEMS, 2)
    return TripRecord(
        trip=f"{scenario}-{number:06d}",
        scenario=scenario,
        warehouse=draw.choice(WAREHOUSES),
        district=draw.choice(DISTRICTS),
        fleet=draw.choice(FLEETS),
        release_hours=start - 0.5,
        load_start_hours=start,
        depart_hours=start + 1,
        arrive_hours=start + 5,
        unload_end_hours=start + 6,
        return_hours=start + 10,
        load_start_time="2026-07-01 09:00",
        depart_time="2026-07-01 10:00",
        unload_end_time="2026-07-01 15:00",
        latest_load_start_hours=start + 2,
        distance_km=draw.uniform(5, 900),
        cost_cny=draw.uniform(100, 9000),
        weight_kg=5000.0,
        volume_m3=30.0,
        approvals="CITY: 1 县级申请, 2 市级批准",
        state=draw.choice(("planned", "planned", "planned", "left")),
        warehouse_name="某市级应急物资储备库",
        district_name="某县",
        fleet_name="中型卡车",
        drivers=2,
        dock_order=1,
        latest_depart_hours=start + 3,
        order_hours=0.5,
        release_time="2026-07-01 08:30",
        arrive_time="2026-07-01 14:00",
        return_time="2026-07-01 19:00",
        latest_depart_time="2026-07-01 12:00",
        cargo=tuple(
            CargoLine(
                item=item,
                name="帐篷",
                lot="A-2024",
                load_units=20.0,
                unit="each",
                weight_kg=2500.0,
                volume_m3=15.0,
            )
            for item in items
        ),
        chains=(ChainOfTrip(procedure="CITY", release_step="2", release_hours=start - 0.5),),
        rest_stops=(),
        line=((108.123456, 22.123456), (109.654321, 23.654321)),
    )


_LEASE_SECONDS = 3600.0


def _rows(trips: int) -> Iterator[dict[str, Any]]:
    """Rows of trips and of their load lists, as the worker would make them."""
    draw = random.Random(7)
    lines = 0
    for number in range(trips):
        trip = _trip(draw, number)
        places = {
            "scenario": trip.scenario,
            "warehouse": trip.warehouse,
            "district": trip.district,
            "fleet": trip.fleet,
            "trip": trip.trip,
            "from_hours": trip.load_start_hours,
            "to_hours": trip.unload_end_hours,
            "warehouse_province": trip.warehouse[1:3],
            "district_province": trip.district[:2],
        }
        record = json.dumps(trip.model_dump(mode="json"), ensure_ascii=False)
        own = {"item": None, "state": trip.state, "record": record}
        yield {**places, **own, "sheet": Trip.sheet, "position": number}
        for cargo in trip.cargo:
            load = {"item": cargo.item, "state": None, "record": "{}"}
            yield {**places, **load, "sheet": LoadingLine.sheet, "position": lines}
            lines += 1


def fill(settings: ServiceSettings, trips: int) -> tuple[str, float]:
    """Fill a database with a finished run; return it, and how long its results took to keep.

    Parameters
    ----------
    settings
        Where the database is.
    trips
        How many trips.
    """
    database = open_database(settings)
    content = CaseContent(
        name="great",
        origin="upload",
        case_digest="0" * 64,
        source_name="case.json",
        source_type="application/json",
        source=b"{}",
        canonical=b"{}",
        summary={
            "scenarios": [{"scenario": code} for code in SCENARIOS],
            "items": [{"item": code} for code in ITEMS],
            "fleets": [{"fleet": code} for code in FLEETS],
        },
        provinces=list(PROVINCES),
        warnings=[],
        codes={"warehouse": WAREHOUSES, "district": DISTRICTS},
    )
    with database.writing() as connection:
        case = keep_case(database, connection, content, "benchmark")
        order = RunOrder("plan", case.case_id)
        run_id = submit(database, connection, order, "benchmark", case).run_id
        submit(database, connection, order, "benchmark", case)
    rows = list(_rows(trips))
    began = time.perf_counter()
    _keep(database, rows)
    seconds = time.perf_counter() - began
    # Another run's rows, so that a run is never all there is.
    _keep(database, rows[:30_000])
    database.close()
    return run_id, seconds


def _keep(database: Database, rows: list[dict[str, Any]]) -> None:
    """Keep rows as the results of the run that is next in the queue."""
    held = claim(database, "benchmark", _LEASE_SECONDS, 3)
    if held is None:
        raise RuntimeError("the run that was submitted is not there")
    results = Results({"status": "optimal"}, "optimal", "abc", {}, lambda: iter(rows))
    keep_results(database, held, results, _LEASE_SECONDS, is_last=True)


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def _await(port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            asked = HTTPConnection("127.0.0.1", port, timeout=5)
            asked.request("GET", "/health")
            if asked.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not start")


def _ask(connection: HTTPConnection, address: str) -> tuple[float, dict[str, Any]]:
    """Milliseconds until a page is there as a whole, and the page."""
    began = time.perf_counter()
    connection.request("GET", address, headers={"Accept": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    took = (time.perf_counter() - began) * 1000
    if answer.status != 200:
        raise RuntimeError(f"{address}: {answer.status} {content[:200]!r}")
    return took, json.loads(content)


def _client(port: int, run_id: str, seed: int, pages: int) -> list[tuple[str, float]]:
    """Ask for pages, each question a few pages deep; return question and milliseconds."""
    draw = random.Random(seed)
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    found: list[tuple[str, float]] = []
    while len(found) < pages:
        name = draw.choice(list(QUESTIONS))
        asked: dict[str, Any] = {**QUESTIONS[name], "limit": PAGE}
        for _ in range(draw.randint(1, 4)):
            took, page = _ask(connection, f"/v1/runs/{run_id}/trips?{urlencode(asked)}")
            found.append((name, took))
            if page["next"] is None:
                break
            asked["after"] = page["next"]
    connection.close()
    return found


def _figures(took: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(took, n=100, method="inclusive")
    return {
        "pages": len(took),
        "p50_ms": round(cuts[49], 1),
        "p95_ms": round(cuts[94], 1),
        "max_ms": round(max(took), 1),
    }


def measure(folder: Path, trips: int, pages: int, clients: int) -> dict[str, Any]:
    """Fill, serve and ask; return figures over all pages and by question."""
    settings = ServiceSettings(data_folder=folder)
    run_id, kept_seconds = fill(settings, trips)
    port = _free_port()
    command = [sys.executable, "-m", "allocator", "serve", "--port", str(port)]
    options = ["--workers", "0", "--data", str(folder)]
    serving = subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL)
    try:
        _await(port)
        with ThreadPoolExecutor(clients) as crowd:
            asked = [
                crowd.submit(_client, port, run_id, seed, pages // clients)
                for seed in range(clients)
            ]
            found = [one for each in asked for one in each.result()]
    finally:
        serving.terminate()
        serving.wait()
    by_name: dict[str, list[float]] = defaultdict(list)
    for name, took in found:
        by_name[name].append(took)
    size = (folder / "allocator.sqlite").stat().st_size
    return {
        "command": "service_trips",
        "trips": trips,
        "clients": clients,
        "page_rows": PAGE,
        "asked_p95_ms": ASKED_MS,
        "keep_seconds": round(kept_seconds, 1),
        "database_mb": round(size / 1e6),
        "load_average": round(os.getloadavg()[0], 1),
        "machine": machine_of_today(),
        "all": _figures([took for _, took in found]),
        "questions": {name: _figures(by_name[name]) for name in QUESTIONS if by_name[name]},
    }


def main(words: list[str] | None = None) -> int:
    """Measure, print, and say by the exit code whether pages are quick enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trips", type=positive, default=100_000, help="trips of the run")
    parser.add_argument("--pages", type=positive, default=400, help="pages to ask for")
    parser.add_argument("--clients", type=positive, default=1, help="clients side by side")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    told = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="service-trips-") as folder:
        found = measure(Path(folder), int(told.trips), int(told.pages), int(told.clients))
    if told.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        print(f"{found['trips']:,} trips kept in {found['keep_seconds']} s, "
              f"database {found['database_mb']} MB, load {found['load_average']}")  # fmt: skip
        for name, figures in {"all pages": found["all"], **found["questions"]}.items():
            print(f"{name:12}" + "".join(f"  {key} {value:8}" for key, value in figures.items()))
    return 0 if found["all"]["p95_ms"] < ASKED_MS else 1


if __name__ == "__main__":
    sys.exit(main())

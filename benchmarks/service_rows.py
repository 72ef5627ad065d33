"""How long keeping a great result keeps the other writers of the service waiting.

``python -m benchmarks.service_rows`` keeps the rows of 100,000 trips and 300,000 lines of load
lists for one run, while another worker says all the time that it lives.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from allocator.store.cases import CaseContent, keep_case
from allocator.store.database import Database, sqlite_address
from allocator.store.keeping import Results, keep_results
from allocator.store.migration import migrate
from allocator.store.queue import claim, heartbeat
from allocator.store.runs import RunOrder, submit
from benchmarks.machine import machine_of_today
from benchmarks.postgres_server import PostgresServer

__all__ = ["main", "measure_rows"]

LEASE_SECONDS: Final = 20.0

LINES_OF_TRIP: Final = 3


def _rows(trips: int) -> Iterator[dict[str, Any]]:
    """Rows as long as real ones."""
    for sheet, count in (("Dispatch_Trips", trips), ("Dispatch_Loading", LINES_OF_TRIP * trips)):
        for position in range(count):
            trip = position if sheet == "Dispatch_Trips" else position // LINES_OF_TRIP
            record = {
                "trip": f"T{trip}",
                "warehouse": f"W{trip % 300}",
                "district": f"45{trip % 100:04d}",
                "scenario": "flood",
                "depart_hours": 3.25,
                "arrive_hours": 5.5,
                "distance_km": 123.4,
                "cargo": [{"item": "TENT", "lot": "A", "load_units": 30}],
            }
            yield {
                "sheet": sheet,
                "position": position,
                "scenario": "flood",
                "warehouse": f"W{trip % 300}",
                "district": f"45{trip % 100:04d}",
                "item": "TENT",
                "trip": f"T{trip}",
                "from_hours": 1.0,
                "to_hours": 2.0,
                "warehouse_province": "45",
                "district_province": "45",
                "record": json.dumps(record),
            }


def measure_rows(address: str, trips: int) -> dict[str, float]:
    """Keep so many trips, and return how long that and the heartbeats of another run took. [s]"""
    database, other = Database(address), Database(address)
    migrate(database)
    content = CaseContent("rows", "upload", "d", "s", "t", b"x", b"y", {}, ["45"], [])
    with database.writing() as connection:
        case = keep_case(database, connection, content, "somebody")
        for _ in range(2):
            submit(database, connection, RunOrder("plan", case.case_id), "somebody", case)
    great, small = (claim(database, name, LEASE_SECONDS, 3) for name in ("great", "small"))
    assert great is not None
    assert small is not None
    beats: list[float] = []
    is_over = threading.Event()

    def beat() -> None:
        while not is_over.wait(0.2):
            begun = time.perf_counter()
            heartbeat(other, small, LEASE_SECONDS)
            beats.append(time.perf_counter() - begun)

    beating = threading.Thread(target=beat)
    beating.start()
    begun = time.perf_counter()
    results = Results({}, "optimal", "digest", {}, lambda: _rows(trips))
    is_kept = keep_results(database, great, results, LEASE_SECONDS, is_last=True)
    seconds = time.perf_counter() - begun
    is_over.set()
    beating.join()
    for one in (database, other):
        one.close()
    return {
        "kept": float(is_kept),
        "keep_seconds": seconds,
        "beats": float(len(beats)),
        "longest_beat_seconds": max(beats),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as the command line says; the exit code tells whether every heartbeat was in time."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--trips", type=int, default=100_000, help="how many (100000)")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    parser.add_argument("--json", action="store_true", help="print a document")
    asked = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="rows-"))
        address = sqlite_address(Path(folder) / "allocator.sqlite")
        if asked.postgres:
            server = PostgresServer(is_durable=True)
            stack.callback(server.close)
            server.start()
            address = server.new_database("rows")
        found = measure_rows(address, asked.trips)
    if asked.json:
        print(json.dumps({"command": "service_rows", **found, "machine": machine_of_today()}))
    else:
        for name, value in found.items():
            print(f"{name:24} {value:.2f}")
    return 0 if found["kept"] and found["longest_beat_seconds"] < LEASE_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())

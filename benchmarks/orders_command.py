"""How long the orders of ten thousand trips take: one whole command, as a user has it."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.command_runs import run_process
from benchmarks.many_trips import write_many_trips
from benchmarks.target_rows import ORDERS
from benchmarks.targets import Verdict

__all__ = ["OrdersRow", "measure_orders", "orders_verdict"]


@dataclass(frozen=True)
class OrdersRow:
    """What the command took and wrote.

    Parameters
    ----------
    asked_trips, trips
        How many trips there were to be, and were. [trips]
    pages
        Pages of the PDF.
    seconds, cpu_seconds
        Whole command, and what it computed of that: others may be at work beside it. [s]
    memory_gb
        Largest process. [GB]
    certified
        Whether the replay found nothing wrong.
    error
        What the command said if it wrote no orders.
    """

    asked_trips: int
    trips: int
    pages: int
    seconds: float
    cpu_seconds: float
    memory_gb: float
    certified: bool
    error: str = ""


def measure_orders(trips: int, tell: Callable[[str], None]) -> OrdersRow:
    """Make a certified plan of so many trips, and run the command on its files.

    Parameters
    ----------
    trips
        How many.
    tell
        Hears what is being done.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tell(f"{ORDERS.name}: a plan of {trips:,} trips is filled, written and replayed")
        case, plan = write_many_trips(trips, folder)
        tell(f"{ORDERS.name}: allocator orders")
        command = [sys.executable, "-m", "allocator", "orders", str(case), str(plan)]
        done = run_process([*command, "-o", str(folder / "orders"), "--json"], folder)
        took = (done.seconds, done.cpu_seconds, done.memory_gb)
        if done.exit_code != 0:
            first = [*done.told.strip().splitlines(), "no answer"][0]
            return OrdersRow(trips, 0, 0, *took, False, first)
        answer = json.loads(done.printed)
        pages = sum(_page_count(Path(part["paper"])) for part in answer["scenarios"])
        return OrdersRow(trips, answer["trips"], pages, *took, answer["certified"])


def _page_count(path: Path) -> int:
    """Pages of a PDF, as its tree of pages counts them."""
    found = re.search(rb"/Count (\d+) /Kids", path.read_bytes())
    return int(found[1]) if found else 0


def orders_verdict(row: OrdersRow) -> Verdict:
    """Judge the command."""
    if row.error:
        return Verdict(ORDERS.name, ORDERS.subject, ORDERS.asked, "-", f"no orders: {row.error}")
    missed = []
    if row.seconds > ORDERS.most:
        missed.append(f"{row.seconds / ORDERS.most:.1f} x the time")
    if row.trips < row.asked_trips:
        missed.append(f"{row.trips:,} trips instead of {row.asked_trips:,}")
    if not row.certified:
        missed.append("not certified by the replay")
    found = (
        f"{row.trips:,} trips on {row.pages:,} pages, {row.seconds:.0f} s "
        f"({row.cpu_seconds:.0f} s of CPU), {row.memory_gb:.2f} GB"
    )
    why = ORDERS.why if missed else ""
    return Verdict(ORDERS.name, ORDERS.subject, ORDERS.asked, found, "; ".join(missed), why)

"""How soon a plan that things have happened to is planned anew, and its shortages explained."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from allocator.case import Case
from allocator.intake import read_case, read_plan
from allocator.plan import Plan
from benchmarks.command_runs import run_process
from benchmarks.target_rows import REASONS, REPLAN_FIRST, REPLANS, Ask
from benchmarks.targets import Verdict, percent

__all__ = ["measure_reasons", "measure_replans", "much_has_happened"]

_AT_HOURS = 6.0
_PLAN_SECONDS, _CHANGED_CELLS, _BUSY_RANK = 150, 0.2, 2
"""Time limit of the plan to begin with; part of the needs that change by 30 %; and how many busier
warehouses are spared by the one that is lost."""

_FIRST = re.compile(r"first plan certified after ([\d.]+) s")

_EXPLAINED = ("guangxi", "mujigae2015")
"""Case and scenario whose shortages are explained: of those of guangxi the one with most."""

_FILES = (".xlsx", ".json")

Tell = Callable[[str], None]


@dataclass(frozen=True)
class _Done:
    """A command that was run.

    Parameters
    ----------
    answer
        What it printed with ``--json``; None where it failed.
    told
        What it said on the way.
    seconds
        Whole command. [s]
    """

    answer: dict[str, Any] | None
    told: str
    seconds: float


def _run(folder: Path, *words: str) -> _Done:
    """Run the program with some words and ``--json``; its files are in the folder."""
    placed = [str(folder / word) if Path(word).suffix in _FILES else word for word in words]
    done = run_process([sys.executable, "-m", "allocator", *placed, "--json"], folder)
    answer = json.loads(done.printed) if done.exit_code == 0 else None
    return _Done(answer, done.told, done.seconds)


def much_has_happened(case: Case, plan: Plan, seed: int = 1) -> dict[str, Any]:
    """Changes at hour 6: needs, a warehouse that is lost, a road that is closed.

    Parameters
    ----------
    case, plan
        The plan dispatches one scenario of the case.
    seed
        Chooses the needs that rise or fall by 30 %: a fifth of all.

    Returns
    -------
    dict
        A document of changes as ``allocator replan`` takes it. Of the trips that are to leave yet
        the third busiest warehouse is lost, and the busiest lane of the others is closed.
    """
    draw = np.random.default_rng(seed)
    (scenario,) = plan.dispatched_scenarios
    needs = [row for row in case.scenario_demand if row.scenario == scenario]
    chosen = draw.choice(len(needs), size=round(_CHANGED_CELLS * len(needs)), replace=False)
    rows: list[dict[str, Any]] = [
        {
            "kind": "demand",
            "district": needs[k].district,
            "item": needs[k].item,
            "amount": float(round(needs[k].demand_units * draw.choice([0.7, 1.3]))),
        }
        for k in sorted(chosen.tolist())
    ]
    later = [trip for trip in plan.trips if trip.load_start_hours >= _AT_HOURS]
    busy = _most_common(trip.warehouse for trip in later)
    lost = busy[min(_BUSY_RANK, len(busy) - 1)]
    lanes = _most_common((t.warehouse, t.district) for t in later if t.warehouse != lost)
    rows.append({"kind": "warehouse_lost", "warehouse": lost})
    for warehouse, district in lanes[:1]:
        closed = {"warehouse": warehouse, "district": district}
        # Vehicles that are being loaded still leave.
        rows.append({"kind": "road_closed", **closed, "from_hours": _AT_HOURS + 1.0})
    return {"Replan": {"at_hours": _AT_HOURS}, "Changes": rows}


def _most_common(values: Iterable[Any]) -> list[Any]:
    """Values in the order of how often they are there, then their own."""
    counts = Counter(values)
    return sorted(counts, key=lambda value: (-counts[value], value))


def measure_replans(
    tell: Tell, case: str = "hongshui", scenario: str = "hongshui"
) -> list[Verdict]:
    """Plan, let things happen, and plan anew with each time that is asked about.

    Parameters
    ----------
    tell
        Hears what is being done.
    case, scenario
        What is dispatched.
    """
    plain = ("--no-page", "--no-pictures")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tell(f"replan: allocator dispatch {case}, at most {_PLAN_SECONDS} s, to begin with")
        limit = ("--time-limit", str(_PLAN_SECONDS))
        words = ("dispatch", case, "--scenario", scenario, *limit, "-o", "plan.xlsx", *plain)
        begun = _run(folder, *words)
        if begun.answer is None:
            return [_failed(ask, begun) for ask in (REPLAN_FIRST, *(ask for ask, *_ in REPLANS))]
        changes = much_has_happened(read_case(case), read_plan(folder / "plan.xlsx"))
        (folder / "changes.json").write_text(json.dumps(changes), encoding="utf-8")
        found = []
        for ask, seconds, limit_seconds in REPLANS:
            tell(f"{ask.name}: allocator replan {case}, at most {limit_seconds:g} s")
            words = ("--plan", "plan.xlsx", "--changes", "changes.json", "-o", "new.xlsx")
            limit = ("--time-limit", f"{limit_seconds:g}")
            done = _run(folder, "replan", case, *words, *limit, *plain)
            if not found:
                found.append(_first_verdict(done, _starting_seconds(folder)))
            found.append(_replan_verdict(ask, seconds, done))
        return found


def _failed(ask: Ask, done: _Done) -> Verdict:
    """Verdict of a command that gave no plan."""
    said = [*done.told.strip().splitlines(), "no answer"][0]
    return Verdict(ask.name, ask.subject, ask.asked, "no plan", said, ask.why)


def _starting_seconds(folder: Path) -> float:
    """Time that Python and the imports of the command take; it tells of what comes after. [s]"""
    words = [sys.executable, "-c", "import allocator.cli.replan"]
    return run_process(words, folder).seconds


def _first_verdict(done: _Done, starting_seconds: float) -> Verdict:
    """Set the first certified plan, from the start of the process on, beside what is asked."""
    match = _FIRST.search(done.told)
    if match is None:
        return _failed(REPLAN_FIRST, done)
    seconds = starting_seconds + float(match[1])
    missed = "" if seconds <= REPLAN_FIRST.most else f"{seconds / REPLAN_FIRST.most:.1f} x the time"
    ask = REPLAN_FIRST
    why = ask.why if missed else ""
    told = f"{seconds:.1f} s, {starting_seconds:.1f} s of them to start and import"
    return Verdict(ask.name, ask.subject, ask.asked, told, missed, why)


def _replan_verdict(ask: Ask, seconds: float, done: _Done) -> Verdict:
    """Set a re-plan beside what is asked of it."""
    if done.answer is None:
        return _failed(ask, done)
    (waiting,) = [row for row in done.answer["stages"] if row["stage"] == "waiting"]
    gap, controllable = waiting["gap"], waiting["controllable_gap"]
    changed = Counter(row["change"] for row in done.answer["trip_changes"])
    moved = ", ".join(f"{count} {change}" for change, count in changed.most_common())
    words = [
        f"waiting {percent(gap)}, controllable {percent(controllable)}, {done.seconds:.0f} s",
        f"trips: {moved}" if moved else "no trip changed",
    ]
    missed = []
    if controllable > ask.most:
        missed.append(f"controllable {percent(controllable)} instead of {100 * ask.most:g} %")
    if done.seconds > seconds:
        missed.append(f"{done.seconds / seconds:.1f} x the time")
    if not done.answer["certified"]:
        missed.append("not certified by the replay")
    why = ask.why if missed else ""
    return Verdict(ask.name, ask.subject, ask.asked, "; ".join(words), "; ".join(missed), why)


def measure_reasons(tell: Tell, explained: tuple[str, str] = _EXPLAINED) -> Verdict:
    """Explain all shortages of one scenario.

    Parameters
    ----------
    tell
        Hears what is being done.
    explained
        Case and scenario.
    """
    case, scenario = explained
    plain = ("--no-page", "--no-pictures")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tell(f"{REASONS.name}: allocator dispatch {case}, at most 20 s, to begin with")
        words = ("--scenario", scenario, "--time-limit", "20", "-o", "plan.xlsx", *plain)
        begun = _run(folder, "dispatch", case, *words)
        if begun.answer is None:
            return _failed(REASONS, begun)
        tell(f"{REASONS.name}: allocator explain {case}")
        done = _run(folder, "explain", case, "--plan", "plan.xlsx")
    if done.answer is None:
        return _failed(REASONS, done)
    reasons = Counter(row["reason"] for row in done.answer["shortages"])
    named = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common(5))
    found = f"{sum(reasons.values())} shortages ({named}), {done.seconds:.0f} s"
    missed = ""
    if done.seconds > REASONS.most:
        missed = f"{done.seconds / REASONS.most:.1f} x the time"
    why = REASONS.why if missed else ""
    return Verdict(REASONS.name, REASONS.subject, REASONS.asked, found, missed, why)

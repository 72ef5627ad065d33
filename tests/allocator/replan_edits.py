"""Changes by hand to the example of a re-plan, and what the replay says of it then."""

from __future__ import annotations

from typing import Any

from allocator.errors import Violation
from allocator.replay import Verdict, verify
from tests.allocator.replan_example import case_tables, replan_results
from tests.allocator.replay_example import Tables, build_plan
from tests.allocator.result_edits import Change, delete, edit, find
from tests.tiny import build_case

__all__ = ["also", "amounts", "certify", "moved", "told", "trip", "untold", "violations"]


def told(kind: str, at_hours: float | None = None, **cells: Any) -> Change:
    """Change cells of the first change of a kind."""

    def change(results: Tables) -> None:
        line = find(results, "Changes", {"kind": kind})
        line.update(cells)
        if at_hours is not None:
            results["Changes"].remove(line)
            line["at_hours"] = at_hours
            results["Changes"].append(line)
            results["Changes"].sort(key=lambda each: each["at_hours"])

    return change


def also(kind: str, at_hours: float, **cells: Any) -> Change:
    """Tell one thing more, last of its re-plan."""

    def change(results: Tables) -> None:
        results["Changes"].append({"at_hours": at_hours, "kind": kind, **cells})
        results["Changes"].sort(key=lambda each: each["at_hours"])

    return change


def untold(kind: str) -> Change:
    """Take the first change of a kind away."""
    return delete("Changes", kind=kind)


def trip(code: str, **cells: Any) -> Change:
    """Change cells of a trip."""
    return edit("Dispatch_Trips", {"trip": code}, **cells)


def moved(code: str, load_start_hours: float) -> Change:
    """Move a trip with all its hours."""

    def change(results: Tables) -> None:
        line = find(results, "Dispatch_Trips", {"trip": code})
        shift = load_start_hours - line["load_start_hours"]
        for name in ("load_start", "depart", "arrive", "unload_end", "return"):
            line[f"{name}_hours"] += shift

    return change


def certify(plan: Change | None = None, case: Change | None = None) -> Verdict:
    """What the replay says of the example once it is changed."""
    tables, results = case_tables(), replan_results()
    results["Run_Info"] = []
    for change, changed in ((case, tables), (plan, results)):
        if change:
            change(changed)
    return verify(build_case(tables), build_plan(results))


def violations(
    rule: str, plan: Change | None = None, case: Change | None = None
) -> list[Violation]:
    """Violations of one rule once the example is changed."""
    return [each for each in certify(plan, case).violations if each.rule == rule]


def amounts(found: list[Violation]) -> list[float]:
    """By how much rules are broken."""
    return [violation.amount for violation in found]

"""What pages draw of a plan, as JSON: the figures of all scenarios, and of each by itself.

The self-contained page takes from it what fits into one file; the service keeps it in parts that a
browser asks for one by one (``view_file``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from allocator.case import Case
from allocator.plan import Plan
from allocator.report.facts import Facts
from allocator.report.figures import (
    flow_limits,
    gantt_figure,
    map_base,
    map_scenario,
    reach_rings,
    ring_centre,
    served_figure,
    shapes,
)
from allocator.report.outlines import Outlines, choose_outlines
from allocator.report.page_tables import shortage_rows
from allocator.report.reach import fastest_vehicle, reach_km, ring_hours
from allocator.report.words import Language, as_language

__all__ = ["ViewData", "view_data"]

MOST_IN_LIMITS = 40
"""Scenarios whose flows decide the width classes of the lines."""

Json = dict[str, Any]


def view_data(
    case: Case, plan: Plan, lang: str = "en", *, outlines: Path | None = None
) -> ViewData:
    """Return what pages draw of a plan.

    Parameters
    ----------
    case, plan
        What to show.
    lang
        Language of the words in the figures, which carry the keys of the words as well.
    outlines
        The user's own GeoJSON (file or folder) instead of the shipped outlines.

    Raises
    ------
    ConflictError
        If there is no report in that language.
    DataError
        If the user's GeoJSON cannot be read.
    """
    return ViewData(Facts(case, plan), choose_outlines(case, outlines), as_language(lang))


@dataclass(frozen=True)
class ViewData:
    """Figures of a plan, made when they are asked for.

    Parameters
    ----------
    facts, outlines
        What is drawn, and on what.
    lang
        Language of the words.
    """

    facts: Facts
    outlines: Outlines
    lang: Language

    @cached_property
    def ranked(self) -> tuple[str, ...]:
        """Scenarios of the plan, the most probable first."""
        chances = self.facts.probabilities
        return tuple(sorted(self.facts.scenarios, key=lambda code: -chances.get(code, 0.0)))

    def scenario_rows(self, scenarios: Sequence[str]) -> list[Json]:
        """Code, name and served share of scenarios."""
        shares = self.facts.served_shares
        return [
            {
                "code": code,
                "name": self.facts.scenario_name(code),
                "served": f"{shares[code]:.1%}",
            }
            for code in scenarios
        ]

    def shapes(self) -> Json:
        """Polygons of the districts by code."""
        return shapes(self.outlines)

    def map_base(self) -> Json:
        """What the maps of all scenarios share, and the reach rings."""
        return {"base": map_base(self.facts, self.outlines, self.lang), **self._rings()}

    def map_scenario(self, scenario: str) -> list[Json]:
        """Shading, needs and flows of one scenario."""
        return map_scenario(self.facts, self.outlines, scenario, self.lang, self._limits)

    def gantt(self, scenario: str) -> Json | None:
        """Bars of the trips of one scenario; nothing without trips."""
        if not self.facts.trips(scenario):
            return None
        return gantt_figure(self.facts, scenario, self.lang, compact=True)

    def served(self) -> Json:
        """Curves of what is in hand by hour, of all scenarios."""
        return served_figure(self.facts, self.lang)

    def shortages(self, scenario: str) -> tuple[list[list[Any]], int]:
        """Heaviest shortages of one scenario, and how many there are."""
        return shortage_rows(self.facts, scenario)

    @cached_property
    def _limits(self) -> tuple[float, ...]:
        """Volumes that part the width classes: those of flows out of our own warehouses. [m3]"""
        facts = self.facts
        outside = {row.warehouse for row in facts.warehouses if row.decision == "external"}
        flows = [flow for code in self.ranked[:MOST_IN_LIMITS] for flow in facts.flows(code)]
        return flow_limits([flow.volume_m3 for flow in flows if flow.warehouse not in outside])

    def _rings(self) -> Json:
        facts = self.facts
        rings = reach_rings(facts)
        vehicle = fastest_vehicle(facts.case)
        radii = ""
        if vehicle is not None:
            circuity = facts.case.settings.circuity
            radii = f"{facts.fleet_name(vehicle.fleet)}: " + ", ".join(
                f"{hours:g} h {reach_km(vehicle, hours, circuity):,.0f} km"
                for hours in ring_hours(facts.case)
            )
        names: Sequence[tuple[str, str]] = [
            (row.warehouse, row.name) for row in facts.warehouses if row.warehouse in rings
        ]
        return {
            "rings": rings,
            "ring_names": names,
            "ring_centre": ring_centre(facts) or "",
            "radii": radii,
            "horizon": f"{facts.case.settings.horizon_hours:g}",
        }

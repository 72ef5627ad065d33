"""The view of a plan as a file of parts: one for the plan, one for each scenario, all packed.

A browser asks for the first part and draws; it asks for another scenario when somebody looks at
it. Parts are kept as they are sent, gzipped JSON, so that the service only hands them on.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allocator.case import Case
from allocator.errors import NotFoundError
from allocator.plan import Plan
from allocator.report.figures.style import NEGLIGIBLE_SHARE, SHORT_CLASSES
from allocator.report.view import ViewData, view_data
from allocator.report.view_trips import TRIP_STATES, view_changes, view_places, view_trips

__all__ = ["VIEW_NAME", "VIEW_TYPE", "ViewPart", "read_view_part", "write_view"]

VIEW_NAME = "view.zip"
"""Name of the file among those of a run."""

VIEW_TYPE = "application/zip"

_HEAD = "plan.json.gz"
_SCENARIO = "scenarios/{scenario}.json.gz"
_LEVEL = 6
_NO_DATE = (1980, 1, 1, 0, 0, 0)
"""Equal plans give equal files."""


@dataclass(frozen=True)
class ViewPart:
    """One part of a view.

    Parameters
    ----------
    packed
        JSON, gzipped.
    checksum
        Of the packed part, to tell it from another version.
    """

    packed: bytes
    checksum: str

    def plain(self) -> bytes:
        """Return the JSON for those who do not take it packed."""
        return gzip.decompress(self.packed)


def write_view(case: Case, plan: Plan, path: Path, lang: str = "en") -> None:
    """Write the view of a plan.

    Parameters
    ----------
    case, plan
        What to show.
    path
        File to write.
    lang
        Language of the words in the figures; their keys go with them.
    """
    view = view_data(case, plan, lang)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, _HEAD, _plan_part(view))
        for code in view.ranked:
            _add(archive, _SCENARIO.format(scenario=code), _scenario_part(view, code))


def read_view_part(content: bytes, scenario: str | None = None) -> ViewPart:
    """Return a part of a view: that of a scenario, or the one that comes first.

    Parameters
    ----------
    content
        What ``write_view`` wrote.
    scenario
        Code of the scenario; none for the part about the plan.

    Raises
    ------
    NotFoundError
        If the plan has no such scenario.
    """
    name = _HEAD if scenario is None else _SCENARIO.format(scenario=scenario)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        try:
            found = archive.getinfo(name)
        except KeyError as error:
            raise NotFoundError(
                f"the plan has no scenario {scenario!r}. Maybe one of those in the view."
            ) from error
        return ViewPart(archive.read(found), f"{found.CRC:08x}{found.file_size:x}")


def _add(archive: zipfile.ZipFile, name: str, part: dict[str, Any]) -> None:
    text = json.dumps(part, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    packed = gzip.compress(text.encode(), _LEVEL, mtime=0)
    archive.writestr(zipfile.ZipInfo(name, _NO_DATE), packed)


def _plan_part(view: ViewData) -> dict[str, Any]:
    """What all scenarios share, with the first of them so that one answer draws a map."""
    plan = view.facts.plan
    first = view.ranked[0] if view.ranked else None
    return {
        "lang": view.lang,
        "name": view.facts.case.settings.plan_name,
        "horizon_hours": view.facts.case.settings.horizon_hours,
        "is_dispatched": view.facts.is_dispatched,
        "has_stock_plan": bool(plan.stock_plan),
        "has_decisions": bool(plan.open_warehouses),
        "has_answers": bool(plan.responsible),
        "trip_states": TRIP_STATES,
        "short_classes": [
            (key, max(limit, NEGLIGIBLE_SHARE), colour) for key, limit, colour in SHORT_CLASSES
        ],
        "scenarios": view.scenario_rows(view.facts.scenarios),
        "places": view_places(view.facts),
        "shapes": view.shapes(),
        "map": view.map_base(),
        "served": view.served(),
        "replan": view_changes(view.facts),
        "first": first,
        "first_part": None if first is None else _scenario_part(view, first),
    }


def _scenario_part(view: ViewData, scenario: str) -> dict[str, Any]:
    return {"map": view.map_scenario(scenario), **view_trips(view.facts, scenario)}

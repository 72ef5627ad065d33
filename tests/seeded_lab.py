"""Seeded faults of the scenario lab, each at a known cell."""

from __future__ import annotations

from typing import Any

from tests.lab_cases import lab_tables
from tests.seeded_faults import Seed, put
from tests.workbooks import Sheets, raw_sheets

__all__ = ["LAB_SEEDS"]


def _with_lab(sheets: Sheets) -> None:
    """Add the sheets of the lab, procedures and scenarios being there."""
    made = raw_sheets(lab_tables())
    for sheet in ("Sectors", "Dependencies", "Sector_Links", "Drills", "Shocks"):
        sheets[sheet] = made[sheet]


def lab(code: str, place: str, value: Any, *words: str) -> Seed:
    """Seed one cell of the lab: ``Sheet line field`` gets a value, and the issue is there."""
    sheet, line, field = place.split()

    def edit(sheets: Sheets) -> str:
        _with_lab(sheets)
        return put(sheets, sheet, int(line), field, value)

    return Seed(code, sheet, edit, words)


def _circle(sheets: Sheets) -> str:
    """Power leans on finance by more than finance gives back."""
    _with_lab(sheets)
    sheets["Dependencies"] = [
        ["sector", "depends_on", "dependency_share"],
        ["finance", "power", 1.0],
        ["power", "finance", 1.0],
    ]
    return "C2"


def _silent_drill(sheets: Sheets) -> str:
    """Name a drill that nothing hits."""
    _with_lab(sheets)
    lines = sheets["Drills"]
    lines.append(["quiet", "演练", "quake", *([None] * (len(lines[0]) - 3))])
    return "A3"


def _taken_code(sheets: Sheets) -> str:
    """Give a drill the code of a scenario."""
    _with_lab(sheets)
    put(sheets, "Shocks", 2, "drill", "quake")
    return put(sheets, "Drills", 2, "drill", "quake")


def _step_alone(sheets: Sheets) -> str:
    """Name a step that ends a shock, and no procedure."""
    _with_lab(sheets)
    put(sheets, "Shocks", 2, "until_procedure", None)
    return put(sheets, "Shocks", 2, "until_step", "2")


def _late_shock(sheets: Sheets) -> str:
    """Begin a shock after its drill."""
    _with_lab(sheets)
    put(sheets, "Shocks", 2, "to_hours", None)
    return put(sheets, "Shocks", 2, "from_hours", 30)


LAB_SEEDS: list[Seed] = [
    Seed(
        "cascade_explodes",
        "Dependencies",
        _circle,
        (
            "finance <- power <- finance",
            "spectral radius of all shares (1) must be below 1",
            "Maybe lower by 5.0%: C2 (finance on power) 1 to 0.95; C3 (power on finance) 1 to 0.95",
        ),
    ),
    lab("sector_itself", "Dependencies 2 depends_on", "finance", "the sector itself"),
    lab("link_idle", "Sector_Links 2 effect", 0, "changes nothing"),
    lab("link_subject", "Sector_Links 3 subject", "WATR", "Maybe 'WATER' is meant"),
    lab("link_subject", "Sector_Links 5 subject", "city", "nothing that road_time is about"),
    Seed("drill_without_shocks", "Drills", _silent_drill, ("so nothing fails",)),
    Seed("drill_code", "Drills", _taken_code, ("a scenario of sample base",)),
    lab("shock_span", "Shocks 2 to_hours", 0, "later than from_hours (0)"),
    lab("unknown_step", "Drills 2 procedure", "LOCL", "Maybe 'LOCAL'"),
    lab("unknown_step", "Drills 2 release_step", "9", "Maybe one of: 1, 2"),
    lab("unknown_step", "Shocks 2 until_step", None, "must be filled in"),
    Seed("unknown_step", "Shocks", _step_alone, ("needs until_procedure",)),
    Seed("shock_span", "Shocks", _late_shock, ("below the drill's horizon_hours (24)",)),
    lab("unknown_code", "Sector_Links 2 sector", "powr", "Maybe 'power'"),
]
"""Faults and oddities of the lab."""

"""The tiny case with a scenario lab: an outage that lasts until a signature.

Power fails in full at hour 0 and until the last step of LOCAL is signed; finance leans on it. Power
(recovery 0.5 an hour) slows every signature to half its speed when it has failed in full.
"""

from __future__ import annotations

from typing import Any

from allocator.case import Case
from tests.tiny import Tables, build_case, build_tables

__all__ = ["LAB", "lab_case", "lab_tables"]

LAB: dict[str, list[dict[str, Any]]] = {
    "Sectors": [
        {
            "sector": "power",
            "name": "电力",
            "recovery_per_hour": 0.5,
            "loss_cny_per_hour": 100,
        },
        {
            "sector": "finance",
            "name": "金融",
            "recovery_per_hour": 0.25,
            "loss_cny_per_hour": 10,
        },
    ],
    "Dependencies": [{"sector": "finance", "depends_on": "power", "dependency_share": 0.8}],
    "Sector_Links": [
        {"sector": "power", "acts_on": "sign_off_time", "effect": 1},
        {"sector": "power", "acts_on": "demand", "subject": "WATER", "effect": 0.5},
        {"sector": "finance", "acts_on": "demand", "subject": "TENT", "effect": 0.5},
        {"sector": "power", "acts_on": "road_time", "subject": "北市", "effect": 0.5},
        {"sector": "power", "acts_on": "docks", "subject": "city", "effect": 0.5},
        {"sector": "power", "acts_on": "receiving", "effect": 0.5},
        {"sector": "power", "acts_on": "usable_share", "subject": "province", "effect": 0.1},
    ],
    "Drills": [
        {
            "drill": "outage",
            "name": "停电",
            "scenario": "flood",
            "procedure": "LOCAL",
            "release_step": "2",
            "horizon_hours": 24,
        }
    ],
    "Shocks": [
        {
            "drill": "outage",
            "sector": "power",
            "from_hours": 0,
            "to_hours": 12,
            "shock_share": 1,
            "until_procedure": "LOCAL",
            "until_step": "2",
        }
    ],
}
"""Sheets of the lab."""


def lab_tables() -> Tables:
    """Raw rows of the tiny case with its lab, fresh each time."""
    lab = {sheet: [dict(row) for row in rows] for sheet, rows in LAB.items()}
    return {**build_tables(), **lab}


def lab_case(**sheets: list[dict[str, Any]]) -> Case:
    """The tiny case with its lab, some sheets exchanged."""
    return build_case({**lab_tables(), **sheets})

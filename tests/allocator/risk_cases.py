"""The tiny case with losses small enough to add up by hand.

Flood R02: insured to 10 %, secondary 30 %, grain 3 h. Quake R01: 0.2 % and 35 %, grain 1 h.

======== ====== ======== ==== ========== ========== =========
scenario hazard district hour direct     payout     secondary
======== ====== ======== ==== ========== ========== =========
flood    R02/01 450101   0    1,000.00   100.00     300.00
flood    R02/02 450101   6    500.05     50.00      0.00
flood    R01/00 450102   6    200.00     0.40       70.00
flood    R02/01 450201   72   10.00      10.00      3.00
quake    R01/00 450102   0    1,000.00   2.00       350.00
======== ====== ======== ==== ========== ========== =========

10 % of 500.05 is 50.005, which is rounded half to even; 0 and 10.00 are given, not shares.
"""

from __future__ import annotations

from typing import Any

from tests.tiny import Tables, build_tables

__all__ = ["risk_tables"]


def risk_tables() -> Tables:
    """Raw values of the tiny case with its losses."""
    tables = build_tables()
    tables["Hazards"][0] |= {"insurance_share": 0.002, "secondary_share": 0.35}
    tables["Hazards"][1] |= {
        "insurance_share": 0.1,
        "secondary_share": 0.3,
        "time_step_hours": 3,
        "secondary_hazards": "R01",
    }
    tables["Hazard_Subclasses"] = [
        {"hazard": "R02", "subclass": "01", "name": "江河洪水"},
        {"hazard": "R02", "subclass": "02", "name": "暴雨内涝"},
    ]
    tables["Risk_Elements"] = [
        _record("flood", "R02", "01", "450101", 0, 1000.0),
        _record("flood", "R02", "02", "450101", 6, 500.05, secondary_loss_cny=0.0),
        _record("flood", "R01", "00", "450102", 6, 200.0),
        _record("flood", "R02", "01", "450201", 72, 10.0, insurance_payout_cny=10.0),
        _record("quake", "R01", "00", "450102", 0, 1000.0),
    ]
    return tables


def _record(
    scenario: str,
    hazard: str,
    subclass: str,
    district: str,
    hour: int,
    direct_loss_cny: float,
    **more: float,
) -> dict[str, Any]:
    """One record."""
    return {
        "scenario": scenario,
        "hazard": hazard,
        "subclass": subclass,
        "level": 3,
        "district": district,
        "hour": hour,
        "direct_loss_cny": direct_loss_cny,
        **more,
    }

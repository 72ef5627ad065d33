"""Seeded faults and oddities of the risk elements, each at a known cell.

The library is that of the tiny case with two subclasses of the flood; the records are sound but
for what a seed puts into them: 甲区 450101 has 10,000 residents, and its flood needs 20 tents.
"""

from __future__ import annotations

from typing import Any

from openpyxl.utils import get_column_letter

from tests.seeded_faults import Seed, put
from tests.workbooks import Sheets

__all__ = ["RISK_SEEDS", "add_library"]

RECORD: dict[str, Any] = {
    "scenario": "flood",
    "hazard": "R02",
    "subclass": "01",
    "level": 2,
    "district": "450101",
    "hour": 6,
    "code": None,
    "direct_loss_cny": 1e6,
    "insurance_payout_cny": None,
    "secondary_loss_cny": None,
    "exposed_people": None,
}
COLUMNS = list(RECORD)

Edits = dict[str, Any]


def add_library(sheets: Sheets, *records: Edits) -> None:
    """Give the flood two subclasses and shares, and add records: a sound one with edits each."""
    head = sheets["Hazards"][0]
    head += ["time_step_hours", "evacuee_share", "sheltered_share", "secondary_hazards"]
    sheets["Hazards"][1] += [1, 0.33, 0.33, None]
    sheets["Hazards"][2] += [3, 0.1, 0.4, "R01"]
    sheets["Hazard_Subclasses"] = [
        ["hazard", "subclass", "name", "standard_code", "code_status"],
        ["R02", "01", "江河洪水", None, None],
        ["R02", "02", "暴雨内涝", None, None],
    ]
    lines = [[(RECORD | edits)[name] for name in COLUMNS] for edits in records]
    sheets["Risk_Elements"] = [COLUMNS, *lines]


def record(code: str, field: str, edits: Edits, *words: str) -> Seed:
    """Seed one odd record; the issue is at one of its cells."""
    return records(code, f"{field} 2", [edits], *words)


def records(code: str, place: str, edits: list[Edits], *words: str) -> Seed:
    """Seed records; the issue is at the cell ``field line``."""
    field, line = place.split()

    def edit(sheets: Sheets) -> str:
        add_library(sheets, *edits)
        return f"{get_column_letter(COLUMNS.index(field) + 1)}{line}"

    return Seed(code, "Risk_Elements", edit, words)


def library(code: str, place: str, value: object, *words: str) -> Seed:
    """Seed one cell of the library, ``sheet line field``."""
    sheet, line, field = place.split()

    def edit(sheets: Sheets) -> str:
        add_library(sheets, {})
        return put(sheets, sheet, int(line), field, value)

    return Seed(code, sheet, edit, words)


def code_without_status(sheets: Sheets) -> str:
    """Give a code of a standard without saying how sure it is."""
    add_library(sheets, {})
    put(sheets, "Hazard_Subclasses", 2, "standard_code", "010200")
    return "E2"


def status_without_code(sheets: Sheets) -> str:
    """Say that a code is recalled where there is none."""
    add_library(sheets, {})
    put(sheets, "Hazards", 2, "code_status", "recalled")
    return put(sheets, "Hazards", 2, "standard_code", None)


def class_without_letter(sheets: Sheets) -> str:
    """Call the flood a word, which cannot begin the code of its record."""
    add_library(sheets, {"hazard": "flood"})
    for sheet, lines in (("Hazards", (3,)), ("Hazard_Subclasses", (2, 3)), ("Scenarios", (2,))):
        for line in lines:
            put(sheets, sheet, line, "hazard", "flood")
    return "B2"


def both_in_a_circle(sheets: Sheets) -> str:
    """Let flood and earthquake follow from each other, with records of both in one scenario."""
    add_library(sheets, {}, {"hazard": "R01", "subclass": "00"})
    put(sheets, "Hazards", 3, "secondary_hazards", "R01")
    return put(sheets, "Hazards", 2, "secondary_hazards", "R02")


def demand_off(sheets: Sheets) -> str:
    """Let 9,000 people be exposed where 20 tents are needed."""
    add_library(sheets, {"exposed_people": 9000})
    put(sheets, "Items", 2, "need_units_per_person", 1)
    return f"{get_column_letter(sheets['Scenario_Demand'][0].index('demand_units') + 1)}2"


RISK_SEEDS: list[Seed] = [
    record("unknown_code", "hazard", {"hazard": "R2"}, "R2", "Hazards"),
    record("unknown_code", "district", {"district": "450103"}, "Maybe '450102'"),
    record("unknown_code", "scenario", {"scenario": "floot"}, "Maybe 'flood'"),
    record("bad_code", "subclass", {"subclass": "x1"}, "must be two digits"),
    record("number_text", "subclass", {"subclass": 1}),
    record("out_of_range", "level", {"level": 5}, "<= 4"),
    record("out_of_range", "direct_loss_cny", {"direct_loss_cny": -1}, "sign"),
    records("duplicate_key", "scenario 3", [{}, {"level": 3}], "already in A2"),
    record("unknown_subclass", "subclass", {"subclass": "03"}, "R02", "Maybe one of: 01, 02"),
    record("risk_grain", "hour", {"hour": 7}, "multiple of 3 h", "Maybe 6"),
    record("risk_code", "code", {"code": "R02-01-2-450101"}, "4 parts"),
    record("risk_code", "code", {"code": "R02-01-7-450101-0006"}, "level (7)"),
    record(
        "risk_code",
        "code",
        {"code": "R02-01-2-450102-0006"},
        "tells district 450102, and the row 450101",
        "R02-01-2-450101-0006",
    ),
    Seed("risk_code", "Risk_Elements", class_without_letter, ("(flood)", "capital letter")),
    record("payout_above_loss", "insurance_payout_cny", {"insurance_payout_cny": 2e6}, "(1000000)"),
    records(
        "mixed_units",
        "direct_loss_cny 4",
        [{"hour": 3 * k, "direct_loss_cny": x} for k, x in enumerate((2e6, 5e6, 310, 4e6))],
        "10,000 times below",
        "multiply it by 10,000",
    ),
    records("risk_overlap", "subclass 2", [{"subclass": "00"}, {}], "counted twice", "subclass 01"),
    record(
        "scenario_hazard",
        "hazard",
        {"scenario": "quake"},
        "neither the hazard of scenario quake (R01)",
    ),
    record("exposed_people", "exposed_people", {"exposed_people": 20000}, "10000"),
    Seed("code_status", "Hazard_Subclasses", code_without_status, ("010200", "to_verify")),
    Seed("code_status", "Hazards", status_without_code, ("recalled",)),
    library("secondary_hazard", "Hazards 3 secondary_hazards", "R02", "following from itself"),
    library("secondary_hazard", "Hazards 3 secondary_hazards", "R01;R77", "'R77'"),
    Seed("secondary_hazard", "Hazards", both_in_a_circle, ("records of both",)),
    Seed("demand_off_exposure", "Scenario_Demand", demand_off, ("10 times below", "360")),
]

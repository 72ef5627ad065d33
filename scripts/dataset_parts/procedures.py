"""Sign-off procedures, the rules that apply them, and who answers for each step."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from allocator.schema.procedure import ApprovalRule, ApprovalStep, Responsibility
from scripts.dataset_parts.inputs import Inputs

__all__ = ["approval_rules", "approval_steps", "listed_steps", "responsibility_rows"]

REPORT_STEPS = ("1", "2", "3", "4", "41")
"""Report cascade of the central procedure; the provincial ones begin with it too."""

DEPARTMENT_ALIASES = {"SFHQ (flood items)": "SFHQ", "PROV_GOV (toll exemption)": "PROV_GOV"}


def _text(value: Any) -> str:
    """Cell as text, empty if there is none."""
    return "" if pd.isna(value) else str(value)


def _number(value: Any) -> float | None:
    """Cell as a number, None if there is none."""
    return None if pd.isna(value) else float(value)


def _join(text: str) -> tuple[str, str]:
    """Split the reference's join logic into our join and the steps bypassed."""
    if text.startswith("BYPASS"):
        return "BYPASS", ";".join(re.findall(r"\d+", text))
    word = text.split(" ", maxsplit=1)[0]
    return (word if word in ("START", "AND", "OR") else "START"), ""


def _codes(text: str) -> str:
    """Rewrite lists of steps or departments with one sign between them."""
    parts = [part.strip() for part in re.split(r"[;,|]", text) if part.strip()]
    return ";".join(DEPARTMENT_ALIASES.get(part, part) for part in parts)


def _step(row: pd.Series, procedure: str, **changes: Any) -> ApprovalStep:
    """One step of the reference list in our columns."""
    join, bypassed = _join(_text(row["join_logic"]))
    predecessors = _codes(_text(row["predecessors"]))
    if not predecessors:
        join = "START"
    limit = _number(row["limit_h"])
    fields: dict[str, Any] = {
        "procedure": procedure,
        "step": str(row["step_no"]),
        "name": str(row["step_zh"]),
        "initiator": str(row["initiator"]),
        "coordinator": str(row["coordinator"]),
        "department": str(row["answerable"]),
        "cosigners": _codes(_text(row["cosigners"])),
        "predecessors": predecessors,
        "join": join,
        "bypasses": bypassed,
        "duration_hours": float(row["planning_mode_h"]),
        "duration_min_hours": float(row["planning_min_h"]),
        "duration_max_hours": float(row["planning_max_h"]),
        "limit_hours": limit,
        "is_verbal_allowed": bool(row["verbal_allowed"]),
        "formalise_within_hours": _number(row["formalise_within_h"]) or None,
        "source": _text(row["source"]),
        "status": "mixed",
    }
    return ApprovalStep(**{**fields, **changes})


def _assumed(procedure: str, step: str, name: str, **fields: Any) -> ApprovalStep:
    """Build a step that no source describes."""
    rest: dict[str, Any] = {
        "join": "AND",
        "is_verbal_allowed": True,
        "formalise_within_hours": 48.0,
        "source": "DESIGN",
        "status": "assumption",
    }
    return ApprovalStep(procedure=procedure, step=step, name=name, **{**rest, **fields})


def listed_steps(inputs: Inputs, procedure: str) -> list[ApprovalStep]:
    """Steps of one procedure as the reference lists them.

    Parameters
    ----------
    inputs
        Shared tables.
    procedure
        Its code.
    """
    frame = inputs.approval_steps
    rows = frame[frame["procedure_id"] == procedure]
    return [_step(row, procedure) for _, row in rows.iterrows()]


def _report_steps(inputs: Inputs, procedure: str, is_bypass_enabled: bool) -> list[ApprovalStep]:
    """Township, county, city and province report, with the county's direct report."""
    frame = inputs.approval_steps
    central = frame[frame["procedure_id"] == "CN_CENTRAL_DISPATCH"].set_index("step_no", drop=False)
    return [
        _step(central.loc[no], procedure, is_enabled=is_bypass_enabled or no != "41")
        for no in REPORT_STEPS
    ]


def _central_steps(inputs: Inputs, is_bypass_enabled: bool) -> list[ApprovalStep]:
    """Build the central procedure.

    The bypass acts on step 4 itself, so what waits for 4 or 41 in the reference waits for 4.
    """
    frame = inputs.approval_steps
    rows = frame[frame["procedure_id"] == "CN_CENTRAL_DISPATCH"]
    steps = []
    for _, row in rows.iterrows():
        if row["step_no"] in REPORT_STEPS:
            continue
        changes: dict[str, Any] = {}
        if "|" in _text(row["predecessors"]):
            changes = {"predecessors": "4", "join": "AND"}
        if row["step_no"] == "14":
            changes = {"predecessors": "12;13"}
        steps.append(_step(row, "CN_CENTRAL_DISPATCH", **changes))
    return _report_steps(inputs, "CN_CENTRAL_DISPATCH", is_bypass_enabled) + steps


def _province_steps(inputs: Inputs, is_bypass_enabled: bool) -> list[ApprovalStep]:
    """Reports, then the province's decision on its own stock."""
    frame = inputs.approval_steps
    own = frame[frame["procedure_id"] == "PROVINCE_OWN_DISPATCH"].iloc[0]
    decision = _step(
        own, "PROVINCE_OWN_DISPATCH", step="5", predecessors="4", join="AND", limit_hours=None
    )
    return [*_report_steps(inputs, "PROVINCE_OWN_DISPATCH", is_bypass_enabled), decision]


def _cross_province_steps(inputs: Inputs, is_bypass_enabled: bool) -> list[ApprovalStep]:
    """Reports, request, then the neighbour's consent or the commission's coordination."""
    name = "CROSS_PROVINCE"
    return [
        *_report_steps(inputs, name, is_bypass_enabled),
        _assumed(
            name,
            "5",
            "受灾省向邻省发出支援请求",
            initiator="PROV_DEM",
            coordinator="PROV_GOV",
            department="PROV_GOV",
            predecessors="4",
            duration_hours=1.0,
            duration_min_hours=0.5,
            duration_max_hours=4.0,
        ),
        _assumed(
            name,
            "6",
            "邻省人民政府同意调出",
            initiator="NB_DEM",
            coordinator="NB_GOV",
            department="NB_GOV",
            predecessors="5",
            duration_hours=1.5,
            duration_min_hours=0.5,
            duration_max_hours=6.0,
        ),
        _assumed(
            name,
            "7",
            "国家委办公室统筹协调跨省支援",
            initiator="NDPRC_OFFICE",
            coordinator="NDPRC_OFFICE",
            department="NDPRC_OFFICE",
            predecessors="4",
            duration_hours=3.0,
            duration_min_hours=1.0,
            duration_max_hours=8.0,
        ),
        _assumed(
            name,
            "8",
            "邻省应急管理厅下达调拨指令",
            initiator="NB_DEM",
            coordinator="NB_DEM",
            department="NB_DEM",
            predecessors="6;7",
            join="OR",
            duration_hours=0.5,
            duration_min_hours=0.2,
            duration_max_hours=1.5,
        ),
    ]


def approval_steps(inputs: Inputs, *, is_bypass_enabled: bool = False) -> list[ApprovalStep]:
    """Return the sign-off networks of a case.

    Parameters
    ----------
    inputs
        Shared tables.
    is_bypass_enabled
        Whether the county may report straight to the ministry (10 or more deaths, S51, S52).
    """
    steps = listed_steps(inputs, "COUNTY_OWN_DISPATCH") + listed_steps(inputs, "CITY_DISPATCH")
    steps += _province_steps(inputs, is_bypass_enabled)
    steps += _cross_province_steps(inputs, is_bypass_enabled)
    steps += _central_steps(inputs, is_bypass_enabled)
    return steps


RULES = (
    ("county", "own_district", "COUNTY_OWN_DISPATCH", "1"),
    ("county", "same_prefecture", "CITY_DISPATCH", "4"),
    ("county", "same_province", "PROVINCE_OWN_DISPATCH", "5"),
    ("county", "other_province", "CROSS_PROVINCE", "8"),
    ("city", "own_district", "CITY_DISPATCH", "4"),
    ("city", "same_prefecture", "CITY_DISPATCH", "4"),
    ("city", "same_province", "PROVINCE_OWN_DISPATCH", "5"),
    ("city", "other_province", "CROSS_PROVINCE", "8"),
    ("province", "own_district", "PROVINCE_OWN_DISPATCH", "5"),
    ("province", "same_prefecture", "PROVINCE_OWN_DISPATCH", "5"),
    ("province", "same_province", "PROVINCE_OWN_DISPATCH", "5"),
    ("province", "other_province", "CROSS_PROVINCE", "8"),
    ("central", "any", "CN_CENTRAL_DISPATCH", "11"),
)


def approval_rules() -> list[ApprovalRule]:
    """Return which procedure a warehouse's level and the receiver's place call for."""
    return [
        ApprovalRule(
            warehouse_level=level,  # type: ignore[arg-type]
            receiver=receiver,  # type: ignore[arg-type]
            item_group="any",
            procedure=procedure,
            release_step=step,
            source="S10;S49;S51;S53;S57",
            status="assumption",
        )
        for level, receiver, procedure, step in RULES
    ]


def responsibility_rows(steps: list[ApprovalStep]) -> list[Responsibility]:
    """Return one line per step: who initiates, coordinates and answers."""
    return [
        Responsibility(
            trigger=row.procedure,
            subject=row.step,
            initiator=row.initiator or row.department,
            coordinator=row.coordinator or row.department,
            department=row.department,
            due_hours=row.limit_hours,
            source=row.source,
            status=row.status,
        )
        for row in steps
    ]

"""Settings and sign-offs of the tiny case."""

from __future__ import annotations

from typing import Any

__all__ = ["sign_offs", "step"]


def sign_offs() -> dict[str, list[dict[str, Any]]]:
    """Settings, and two procedures with the rules that apply them."""
    return {
        "Settings": [
            {
                "plan_name": "tiny",
                "event_time": "2026-07-01T08:00:00+08:00",
                "circuity": 1.2,
                "capital_budget_cny": 600000,
                "annual_budget_cny": 150000,
            }
        ],
        "Departments": [
            {"department": "CITY_DEM", "name": "市应急管理局", "level": "city"},
            {"department": "PROV_DEM", "name": "省应急管理厅", "level": "province"},
            {"department": "PROV_GOV", "name": "省政府", "level": "province"},
        ],
        "Approval_Steps": [
            step("LOCAL", "1", "报告", "CITY_DEM", 0.5, join="START"),
            step("LOCAL", "2", "批准", "CITY_DEM", 1, predecessors="1"),
            step("CROSS", "1", "请求", "CITY_DEM", 1, join="START"),
            step("CROSS", "2a", "会商", "PROV_DEM", 2, predecessors="1"),
            step("CROSS", "2b", "财政会签", "PROV_GOV", 3, predecessors="1"),
            step("CROSS", "3", "签发", "PROV_GOV", 1, predecessors="2a;2b"),
            step(
                "CROSS",
                "4",
                "口头批准",
                "PROV_GOV",
                2.5,
                predecessors="1",
                join="BYPASS",
                bypasses="2a;2b;3",
                is_enabled=False,
            ),
        ],
        "Approval_Rules": [
            rule("own_district", "LOCAL", "1"),
            rule("same_prefecture", "LOCAL", "2"),
            rule("same_province", "LOCAL", "2"),
            rule("other_province", "CROSS", "3"),
        ],
    }


def step(
    procedure: str, code: str, name: str, department: str, duration_hours: float, **more: Any
) -> dict[str, Any]:
    """One line of ``Approval_Steps``."""
    return {
        "procedure": procedure,
        "step": code,
        "name": name,
        "department": department,
        "duration_hours": duration_hours,
        **more,
    }


def rule(receiver: str, procedure: str, release_step: str) -> dict[str, Any]:
    """One line of ``Approval_Rules`` that holds for every warehouse."""
    return {
        "warehouse_level": "any",
        "receiver": receiver,
        "procedure": procedure,
        "release_step": release_step,
    }

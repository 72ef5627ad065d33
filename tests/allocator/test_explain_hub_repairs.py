"""What is told to repair a shortage where goods go through hubs does so: planned again with it."""

from __future__ import annotations

from collections.abc import Sequence

from allocator.engine.dispatch import dispatch
from allocator.explain.answer_rows import repair_rows
from allocator.explain.reasons import Reasons, shortfalls
from allocator.schema.explanations import RepairOption
from allocator.solver import SolveOptions
from tests.allocator.explain_cases import least_unmet
from tests.hub_cases import random_hub_tables
from tests.tiny import Tables, build_case

UNITS = ("vehicles", "load starts/h", "m3/h", "departures")
FAST = SolveOptions(gap=1e-3, time_limit_seconds=2.0)

SEEDS = (150, 154, 156, 163)
"""Cases in which several things and parts of ways through hubs are short."""

CUT_SEEDS = (202, 226)
"""Cases in which a district is cut off, too."""


def far_tables(seed: int) -> Tables:
    """A random case in which goods come to districts through hubs only."""
    raw = random_hub_tables(seed)
    for row in raw["Lanes"]:
        if row["warehouse"] in ("W1", "W3"):
            row["drive_hours"] = 99
    return raw


def cut_tables(seed: int) -> Tables:
    """The same with the first district cut off."""
    raw = far_tables(seed)
    district = min(row["district"] for row in raw["Scenario_Demand"])
    raw["Scenario_Damage"] = [{"scenario": "flood", "district": district, "is_cut_off": True}]
    return raw


def repaired(raw: Tables, rows: Sequence[RepairOption]) -> Tables:
    """The tables with what some repairs, needed together, ask for."""
    raw = {sheet: [dict(row) for row in lines] for sheet, lines in raw.items()}
    for row in rows:
        if row.thing == "out_of_reach":
            raw["Settings"][0]["horizon_hours"] += row.amount + 1e-9
        elif row.thing == "paper":
            raw["Approval_Rules"] = []
        elif row.thing == "roads":
            raw["Scenario_Damage"] = []
            rules = [rule for rule in raw.get("Hours", []) if rule["kind"] != "no_departure"]
            raw["Hours"] = rules
            for leg in raw["Legs"]:
                if leg["fleet"] != "TRAIN":
                    leg |= {"closed_from_hours": None, "closed_to_hours": None}
        else:
            for place in row.place.split("; "):
                code, amount = place.rsplit(" ", 1)
                unit = row.unit
                if unit == "steps":
                    unit = next(each for each in UNITS if code.endswith(each))
                    code = code.removesuffix(f" {unit}")
                _add(raw, row, (code, unit), float(amount.replace(",", "")))
    return raw


def _add(raw: Tables, row: RepairOption, place: tuple[str, str], amount: float) -> None:
    """Put so much of a thing to a place."""
    code, unit = place
    if unit == "vehicles":
        warehouse, fleet = code.split()
        more = {"warehouse": warehouse, "fleet": fleet, "vehicles_count": round(amount)}
        raw["Fleets"].append(more)
    elif unit == "departures":
        for leg in raw["Legs"]:
            if f"{leg['warehouse']} {leg['hub']}" == code:
                leg |= {"closed_from_hours": None, "closed_to_hours": None}
        rules = [rule for rule in raw.get("Hours", []) if rule["kind"] != "no_departure"]
        raw["Hours"] = rules
    elif unit == "load starts/h":
        for home in raw["Warehouses"]:
            if home["warehouse"] == code:
                home["docks_per_hour"] += amount
        for rule in raw.get("Hours", []):
            if (rule["kind"], rule.get("warehouse")) == ("docks", code):
                rule["amount"] += amount
    elif unit == "m3/h":
        for place_row in (*raw["Districts"], *raw["Warehouses"]):
            own = place_row.get("warehouse", place_row.get("district"))
            if own == code and place_row.get("receive_m3_per_hour") is not None:
                place_row["receive_m3_per_hour"] += amount + 1e-9
    elif row.thing == "no_stock":
        lot = {"warehouse": code, "item": row.item, "lot": "more", "stock_units": amount}
        raw["Stock"].append(lot)
    else:
        assert row.thing == "home_reserve"
        for lot in raw["Stock"]:
            if (lot["warehouse"], lot["item"]) == (code, row.item):
                lot["home_reserve_units"] = 0


def test_the_exact_model_serves_what_a_repair_is_told_to_bring() -> None:
    """With it, no more is missing than before less all of the shortage: others lose nothing."""
    things: set[str] = set()
    made = [far_tables(seed) for seed in SEEDS] + [cut_tables(seed) for seed in CUT_SEEDS]
    for raw in made:
        case = build_case(raw)
        plan = dispatch(case, "flood", options=FAST)
        unmet = next(row.objective for row in plan.stages if row.stage == "unmet")
        wanted = [each for each in shortfalls(case, plan, "flood") if each.units >= 1]
        reasons = Reasons(case, plan, "flood", wanted)
        for each in wanted:
            rows = repair_rows(case, "flood", reasons.explain(each, 0.5))
            weight = case.districts[each.district].priority_weight
            weight *= case.items[each.item].priority_weight
            groups = [[row] for row in rows if not row.is_together]
            groups.append([row for row in rows if row.is_together])
            for group in (group for group in groups if group):
                assert all(abs(row.brought_units - each.units) < 0.5 for row in group), group
                left = least_unmet(repaired(raw, group), "flood")
                assert left <= unmet - weight * each.units + 1e-6, group
                things.update(f"{row.thing} {row.unit}" for row in group)
    assert things >= {"through_hub steps", "through_hub vehicles", "no_stock units", "roads trips"}

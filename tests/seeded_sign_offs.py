"""Seeded faults of sign-offs: steps, rules, past cases, scenarios and variants."""

from __future__ import annotations

from typing import Any

from openpyxl.utils import get_column_letter

from tests.seeded_edits import put
from tests.seeded_faults import Seed, cell
from tests.workbooks import Sheets

__all__ = ["SIGN_OFF_SEEDS"]

STEPS, RULES = "Approval_Steps", "Approval_Rules"

LOGGED = {"record": "2024", "procedure": "LOCAL", "step": "2", "hours": 1}

SLOWED = {"scenario": "flood", "procedure": "LOCAL", "step": "2"}

CHANGED = {"variant": "a", "procedure": "LOCAL", "step": "2", "reform": "inform"}


def steps(code: str, values: dict[str, Any], field: str, *words: str) -> Seed:
    """Seed some cells of the second local step; the issue is at one of its fields."""

    def edit(sheets: Sheets) -> str:
        places = {name: put(sheets, STEPS, 3, name, value) for name, value in values.items()}
        return places[field]

    return Seed(code, STEPS, edit, words)


def sheet(code: str, name: str, values: dict[str, Any], field: str, *words: str) -> Seed:
    """Seed a sheet of one line; the issue is at one of its fields."""

    def edit(sheets: Sheets) -> str:
        sheets[name] = [list(values), list(values.values())]
        return f"{get_column_letter(list(values).index(field) + 1)}2"

    return Seed(code, name, edit, words)


def rule(code: str, values: dict[str, Any], field: str, *words: str) -> Seed:
    """Seed a rule below all others, like the last but for some cells; the issue is at a field."""

    def edit(sheets: Sheets) -> str:
        line = len(sheets[RULES]) + 1
        given = dict(zip(sheets[RULES][0], sheets[RULES][-1], strict=True)) | values
        places = {name: put(sheets, RULES, line, name, value) for name, value in given.items()}
        return places[field]

    return Seed(code, RULES, edit, words)


def not_allowed(sheets: Sheets) -> str:
    """Let a variant delegate a step that may only be signed beside others."""
    put(sheets, STEPS, 3, "reforms", "parallel")
    sheets["Variants"] = [list(CHANGED), ["a", "LOCAL", "2", "delegate"]]
    return "D2"


def behind_a_wider_rule(sheets: Sheets) -> str:
    """Put a rule for every lane on top of those for some."""
    head, *_, last = sheets[RULES]
    sheets[RULES] = [head, [*last], [*last]]
    put(sheets, RULES, 2, "receiver", "any")
    return put(sheets, RULES, 3, "procedure", "CROSS")


SIGN_OFF_SEEDS: list[Seed] = [
    cell("empty_cell", f"{STEPS} 3 duration_hours", None, "must not be empty"),
    cell("out_of_range", f"{STEPS} 3 duration_hours", -1, "(-1) must be >= 0", "sign"),
    steps(
        "duration_order",
        {"duration_min_hours": 3, "duration_max_hours": 2},
        "duration_min_hours",
        "(3) must not be above duration_hours (1)",
        "mixed up",
    ),
    steps(
        "distribution_ends",
        {"distribution": "triangular"},
        "distribution",
        "lacks an end of the distribution triangular",
    ),
    steps(
        "distribution_ends",
        {"duration_min_hours": 0.5, "duration_max_hours": None},
        "duration_max_hours",
        "duration_hours (1) as fixed",
    ),
    steps(
        "no_log_rows",
        {"distribution": "log"},
        "distribution",
        "(log) needs rows of procedure LOCAL, step 2 in sheet Approval_Log",
    ),
    steps(
        "verbal_not_allowed",
        {"verbal_hours": 0.25},
        "verbal_hours",
        "(0.25) must be empty where is_verbal_allowed is no",
        "Maybe allow it",
    ),
    steps(
        "paper_late",
        {"is_verbal_allowed": "yes", "formalise_within_hours": 72},
        "formalise_within_hours",
        "(72) is more than paper_within_hours of the settings (48)",
    ),
    steps("unknown_reform", {"reforms": "inform;paralel"}, "reforms", "Maybe 'parallel'"),
    steps(
        "reform_figures",
        {"reforms": "delegate", "deputy": None, "deputy_hours": 0.5},
        "deputy",
        "must be filled in: a step that may be delegated",
    ),
    steps(
        "reform_figures",
        {"reforms": "delegate", "deputy": "PROV_DEM", "deputy_hours": None},
        "deputy_hours",
        "must be filled in: a deputy takes some time",
    ),
    steps(
        "reform_figures",
        {"deputy": "PROV_DEM"},
        "deputy",
        "deputy (PROV_DEM) needs deputy_hours",
    ),
    steps("reform_figures", {"reforms": "delegate"}, "reforms", "reforms (delegate) needs deputy"),
    steps(
        "reform_figures",
        {"reforms": "verbal", "is_verbal_allowed": "yes", "verbal_hours": None},
        "verbal_hours",
        "must be filled in: a spoken consent takes some time",
    ),
    steps("unknown_code", {"deputy_hours": 1, "deputy": "PROV_GOW"}, "deputy", "'PROV_GOV'"),
    sheet(
        "unknown_step", "Approval_Log", {**LOGGED, "step": "7"}, "step", "not a step of", "LOCAL"
    ),
    sheet("unknown_step", "Approval_Log", {**LOGGED, "procedure": "LOCALE"}, "procedure", "Maybe"),
    sheet("out_of_range", "Approval_Log", {**LOGGED, "hours": -2}, "hours", "(-2) must be >= 0"),
    sheet("unknown_step", "Scenario_Sign_Offs", {**SLOWED, "step": "2a"}, "step", "Maybe"),
    sheet("unknown_code", "Scenario_Sign_Offs", {**SLOWED, "scenario": "flod"}, "scenario"),
    sheet(
        "unknown_step",
        "Scenario_Sign_Offs",
        {**SLOWED, "procedure": "X"},
        "procedure",
        "Maybe add its steps",
    ),
    sheet("unknown_step", "Variants", {**CHANGED, "procedure": "CROS"}, "procedure", "'CROSS'"),
    sheet("unknown_step", "Variants", {**CHANGED, "step": "9"}, "step", "Maybe one of: 1, 2"),
    sheet(
        "reform_not_allowed",
        "Variants",
        CHANGED,
        "reform",
        "(inform) is not among the reforms of procedure LOCAL, step 2: none",
    ),
    Seed("reform_not_allowed", "Variants", not_allowed, ("step 2: parallel", "Maybe add it")),
    rule(
        "unused_province",
        {"from_province": "广东", "receiver": "any"},
        "from_province",
        "is the province of no warehouse",
        "'广东省'",
    ),
    rule(
        "unused_province",
        {"to_province": "北京市", "receiver": "any"},
        "to_province",
        "is the province of no district",
    ),
    rule(
        "hidden_rule",
        {"min_request_units": 500},
        "min_request_units",
        "(500) is never asked for: the row of",
        "Maybe move this row above it",
    ),
    Seed("hidden_rule", RULES, behind_a_wider_rule, ("always fits first",)),
]
"""Every seed alone brings its issue, and no other fault."""

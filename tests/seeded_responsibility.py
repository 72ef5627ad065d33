"""Seeded faults and oddities of the responsibility list."""

from __future__ import annotations

from typing import Any

from tests.seeded_edits import Edit
from tests.seeded_faults import Seed, put
from tests.workbooks import Sheets

__all__ = ["RESPONSIBILITY_SEEDS", "with_list"]

SHEET = "Responsibility"
HEAD = ["trigger", "subject", "initiator", "coordinator", "department", "due_hours"]
FIRST_WAREHOUSE = 9
"""Line of the first row about warehouses, after a head and seven steps."""


def with_list(sheets: Sheets) -> None:
    """Give the tiny case a complete list: lines 2 to 8 steps, 9 to 11 levels, 12 a cause."""
    head, *steps = sheets["Approval_Steps"]
    at = {name: head.index(name) for name in ("procedure", "step", "department")}
    lines: list[list[Any]] = [list(HEAD)]
    for step in steps:
        department = step[at["department"]]
        lines.append([step[at["procedure"]], step[at["step"]], *[department] * 3, None])
    for level, owner in (("city", "CITY_DEM"), ("county", "CITY_DEM"), ("province", "PROV_GOV")):
        lines.append(["warehouse", level, "PROV_DEM", "PROV_DEM", owner, 8])
    lines.append(["cause", "vehicles", "CITY_DEM", "PROV_GOV", "PROV_DEM", None])
    sheets[SHEET] = lines


def listed(
    code: str, sheet: str, place: tuple[int, str], value: Any, *words: str, more: Edit | None = None
) -> Seed:
    """Seed one cell of a case with a complete list; the issue is there."""

    def edit(sheets: Sheets) -> str:
        with_list(sheets)
        if more is not None:
            more(sheets)
        return put(sheets, sheet, *place, value)

    return Seed(code, sheet, edit, words)


def without_line(line: int) -> Edit:
    """Take a line out of the list."""

    def edit(sheets: Sheets) -> str:
        del sheets[SHEET][line - 1]
        return ""

    return edit


def limited_step(sheets: Sheets) -> str:
    """Set a limit for a step that the list limits otherwise."""
    with_list(sheets)
    put(sheets, "Approval_Steps", 3, "limit_hours", 2)
    return put(sheets, SHEET, 3, "due_hours", 3)


def other_initiator(sheets: Sheets) -> str:
    """Let a step name another initiator than the list."""
    with_list(sheets)
    put(sheets, "Approval_Steps", 3, "initiator", "PROV_GOV")
    return "C3"


def level_without_row(sheets: Sheets) -> str:
    """Let nobody initiate what warehouses of a level do."""
    with_list(sheets)
    del sheets[SHEET][FIRST_WAREHOUSE - 1]
    return "D2"


def nobody_for_one(sheets: Sheets) -> str:
    """Let nobody answer for one of two warehouses of a level; the other has its own row."""
    with_list(sheets)
    put(sheets, SHEET, FIRST_WAREHOUSE, "subject", "W2")
    put(sheets, SHEET, FIRST_WAREHOUSE + 1, "subject", "W3")
    put(sheets, SHEET, FIRST_WAREHOUSE + 1, "department", "PROV_GOV")
    del sheets[SHEET][FIRST_WAREHOUSE + 1]
    put(sheets, "Warehouses", 2, "owner_department", None)
    return put(sheets, "Warehouses", 2, "owner_department", None)


def nobody_without_list(sheets: Sheets) -> str:
    """Let two warehouses have no owner in a case without a list."""
    put(sheets, "Warehouses", 3, "owner_department", None)
    return put(sheets, "Warehouses", 2, "owner_department", None)


def idle_department(sheets: Sheets) -> str:
    """Add a department that nothing names."""
    put(sheets, "Departments", 5, "name", "市气象局")
    return put(sheets, "Departments", 5, "department", "CITY_MET")


def idle_procedure(sheets: Sheets) -> str:
    """Let no rule name a procedure."""
    del sheets["Approval_Rules"][4]
    return "A4"


RESPONSIBILITY_SEEDS: list[Seed] = [
    # two parties for one role
    listed(
        "two_departments",
        SHEET,
        (3, "department"),
        "PROV_GOV",
        "department (PROV_GOV) is another than Approval_Steps!D3 names for step 2 of LOCAL",
        "(CITY_DEM)",
        "Maybe keep one of the two",
    ),
    Seed("two_departments", SHEET, other_initiator, ("Approval_Steps!", "(PROV_GOV)")),
    listed(
        "two_departments",
        SHEET,
        (3, "department"),
        "CITY_DEM;PROV_GOV",
        "names 2 departments (CITY_DEM, PROV_GOV) where exactly one must stand",
    ),
    Seed(
        "two_departments",
        "Approval_Steps",
        lambda sheets: put(sheets, "Approval_Steps", 3, "department", "CITY_DEM、PROV_GOV"),
        ("Maybe 'CITY_DEM' alone", "cosigners"),
    ),
    listed(
        "two_departments",
        "Warehouses",
        (4, "owner_department"),
        "PROV_DEM",
        "is another than Responsibility!E11 makes answerable for all warehouses of level province",
        "Maybe give W3 a row of its own",
    ),
    listed(
        "two_departments",
        "Warehouses",
        (2, "owner_department"),
        "PROV_DEM",
        "makes answerable for warehouse W1 (CITY_DEM)",
        more=lambda sheets: put(sheets, SHEET, FIRST_WAREHOUSE, "subject", "W1"),
    ),
    # about what does not exist
    listed("unknown_subject", SHEET, (3, "trigger"), "LOCALS", "Maybe 'LOCAL' is meant"),
    listed("unknown_subject", SHEET, (3, "subject"), "7", "step of procedure LOCAL", "1, 2"),
    listed("unknown_subject", SHEET, (9, "subject"), "citty", "Maybe 'city'"),
    listed("unknown_subject", SHEET, (12, "subject"), "hail", "Maybe one of: paper, vehicles"),
    # gaps
    Seed("responsibility_gap", "Warehouses", level_without_row, ("has 1 warehouse",)),
    Seed("responsibility_gap", "Warehouses", nobody_for_one, ("for warehouse W1 or level city",)),
    Seed(
        "responsibility_gap",
        "Warehouses",
        nobody_without_list,
        ("warehouse W1 has nobody who answers for it; others without: 1",),
    ),
    listed(
        "responsibility_gap",
        "Approval_Steps",
        (3, "initiator"),
        None,
        "has no row for step 2 of LOCAL",
        "Maybe CITY_DEM itself",
        more=lambda sheets: (
            put(sheets, "Approval_Steps", 3, "coordinator", "CITY_DEM"),
            without_line(3)(sheets),
        )[0],
    ),
    # orphans
    Seed("unused_department", "Departments", idle_department, ("(CITY_MET) is named by no step",)),
    Seed("unused_procedure", "Approval_Steps", idle_procedure, ("(CROSS)", "its 5 steps")),
    listed("idle_responsibility", SHEET, (9, "subject"), "township", "without a warehouse"),
    listed("idle_responsibility", SHEET, (12, "subject"), "paper", "the step that binds"),
    listed("idle_responsibility", SHEET, (12, "subject"), "within_gap", "nobody is charged"),
    # time limits
    Seed("due_differs", SHEET, limited_step, ("(3) is another limit", "of LOCAL (2)", "counts")),
]
"""Every seed alone brings its issue, and no other fault."""

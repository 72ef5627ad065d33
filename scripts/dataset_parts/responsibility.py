"""Who answers for warehouses and for what no step is to blame for; departments nobody needs go."""

from __future__ import annotations

from allocator.schema import CASE_SHEETS, columns
from allocator.schema.network import Warehouse
from allocator.schema.procedure import Department, Responsibility
from scripts.dataset_parts.folder import DataSet

__all__ = ["complete_responsibility"]

LEVELS = {
    "county": ("COUNTY_EMB", "COUNTY_GOV", "COUNTY_DRC", 6.0, "S10;S54"),
    "city": ("CITY_EMB", "CITY_GOV", "CITY_DRC", 8.0, "S10;S53"),
    "province": ("PROV_DEM", "PROV_GOV", "PROV_GRAIN", 10.0, "S10;S28;S65"),
    "central": ("DEM", "DEM", "NFSRA", None, "S49;S57"),
}
"""Initiator, coordinator, owner, hours to the first batch at the site, sources, by level."""

NEIGHBOUR = ("PROV_DEM", "NB_GOV", "NB_DEM", None, "DESIGN")
"""The same for a warehouse of another province: the stricken province asks."""

CAUSES = {
    "vehicles": ("PROV_DEM", "PROV_GOV", "PROV_TRANS", "S15;S59;DESIGN"),
    "drivers": ("PROV_DEM", "PROV_TRANS", "CARRIER", "S41;DESIGN"),
    "receiving": ("COUNTY_EMB", "COUNTY_GOV", "COUNTY_EMB", "S18;S66"),
    "convoy": ("PROV_DEM", "PROV_TRANS", "MPS", "DESIGN"),
    "through_hub": ("NFSRA", "MOT", "CR", "S15;S20;S59"),
    "roads": ("PROV_DEM", "PROV_GOV", "PROV_TRANS", "S59;DESIGN"),
    "out_of_reach": ("PROV_DEM", "PROV_GRAIN", "PROV_GOV", "S29;DESIGN"),
    "no_stock": ("PROV_GRAIN", "PROV_MOF", "PROV_DEM", "S57;S65;DESIGN"),
}
"""Initiator, coordinator, owner, sources, by cause. Docks and home reserves belong to a warehouse;
whom to serve first (lower_priority) is a choice of the plan and not charged to anyone."""

PROVINCE_TRANSPORT = Department(
    department="PROV_TRANS",
    name="省交通运输厅",
    level="province",
    role="road transport capacity and open roads of the province",
    delay_mean_hours=1.0,
    delay_deviation_hours=0.8,
    source="DESIGN",
    status="assumption",
)
"""Stands in no source; the ministry is too far up to find lorries."""


def _row(
    trigger: str, subject: str, parties: tuple[str, str, str], due: float | None, source: str
) -> Responsibility:
    """One assumed row of the list."""
    initiator, coordinator, department = parties
    return Responsibility(
        trigger=trigger,
        subject=subject,
        initiator=initiator,
        coordinator=coordinator,
        department=department,
        due_hours=due,
        source=source,
        status="assumption" if due is None else "mixed",
    )


def _warehouse_rows(warehouses: list[Warehouse]) -> list[Responsibility]:
    """A row for each level that a warehouse needs, one for each that another province owns."""
    foreign = [row for row in warehouses if row.owner_department == NEIGHBOUR[2]]
    levels = {row.level for row in warehouses if row.owner_department != NEIGHBOUR[2]}
    named = [(level, LEVELS[level]) for level in LEVELS if level in levels]
    named += [(row.warehouse, NEIGHBOUR) for row in foreign]
    return [_row("warehouse", subject, given[:3], given[3], given[4]) for subject, given in named]


def _codes_in_use(data_set: DataSet) -> set[str]:
    """Codes that stand where a department may stand."""
    found: set[str] = set()
    for sheet, rows in data_set.tables.items():
        for column in columns(CASE_SHEETS[sheet]):
            if column.refers_to == "Departments.department" or column.is_list:
                for row in rows:
                    found |= {part.strip() for part in str(getattr(row, column.field)).split(";")}
    return found


def complete_responsibility(data_set: DataSet) -> None:
    """Add warehouses and causes to the list of a case, and leave out idle departments.

    Parameters
    ----------
    data_set
        All of the case but these; left as it is if it has no responsibility list.
    """
    if Responsibility.sheet not in data_set.tables:
        return
    warehouses = [row for row in data_set.tables["Warehouses"] if isinstance(row, Warehouse)]
    data_set.add(_warehouse_rows(warehouses))
    data_set.add(_row("cause", cause, given[:3], None, given[3]) for cause, given in CAUSES.items())
    data_set.add([PROVINCE_TRANSPORT])
    used = _codes_in_use(data_set)
    data_set.tables[Department.sheet] = [
        row
        for row in data_set.tables[Department.sheet]
        if isinstance(row, Department) and row.department in used
    ]

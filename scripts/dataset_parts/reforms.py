"""What may be changed in the sign-offs, who signs for money, and variants of the rules.

What the reference says is whether a spoken consent is allowed and when paper must follow; which
changes may be tried, and the hours they take, are planning defaults.
"""

from __future__ import annotations

from allocator.schema.procedure import ApprovalStep, Department
from allocator.schema.row import Row
from allocator.schema.sign_offs import ReformKind, Variant
from scripts.dataset_parts.folder import DataSet

__all__ = ["complete_reforms", "variant_rows"]

FINANCE = ("MOF", "PROV_MOF", "COUNTY_FIN")
"""Departments that sign for money."""

REPORTED = ("PROVINCE_OWN_DISPATCH", "CROSS_PROVINCE", "CN_CENTRAL_DISPATCH")
"""Procedures that begin with the report cascade."""

CHANGES: dict[tuple[str, str], tuple[ReformKind, ...]] = {
    **{(name, "3"): ("inform",) for name in REPORTED},
    **{(name, "4"): ("parallel",) for name in REPORTED},
    ("CITY_DISPATCH", "2"): ("parallel",),
    ("CITY_DISPATCH", "3"): ("pre_authorise", "delegate"),
    ("PROVINCE_OWN_DISPATCH", "5"): ("pre_authorise",),
    ("CROSS_PROVINCE", "5"): ("parallel", "delegate"),
    ("CROSS_PROVINCE", "6"): ("pre_authorise", "delegate"),
    ("CN_CENTRAL_DISPATCH", "5"): ("parallel", "pre_authorise"),
    ("CN_CENTRAL_DISPATCH", "6"): ("parallel",),
    ("CN_CENTRAL_DISPATCH", "7"): ("delegate",),
    ("METRO_SUSPENSION", "2"): ("inform",),
    ("METRO_SUSPENSION", "4"): ("inform",),
    ("GRID_FINANCE_DRILL", "3"): ("parallel",),
    ("GRID_FINANCE_DRILL", "4"): ("parallel", "inform"),
    ("GRID_FINANCE_DRILL", "5"): ("parallel",),
}
"""Changes that may be tried beside a spoken consent, which may wherever it is allowed.

County reports go on to the province with a copy to the city; the province checks beside the city;
a compact with the neighbour is signed beforehand; publicity is told instead of asked.
"""

DEPUTIES = {
    ("CITY_DISPATCH", "3"): ("CITY_EMB", 0.3),
    ("CROSS_PROVINCE", "5"): ("PROV_DEM", 0.5),
    ("CROSS_PROVINCE", "6"): ("NB_DEM", 0.8),
    ("CN_CENTRAL_DISPATCH", "7"): ("NDPRC_OFFICE", 0.4),
}
"""Who signs if a step is delegated, and the hours that takes. [h]"""


def complete_reforms(data_set: DataSet) -> None:
    """Fill in what may be changed in the sign-offs of a case, and who signs for money.

    Parameters
    ----------
    data_set
        With steps and departments; the tiny case says so itself.
    """
    if data_set.name == "tiny":
        return
    steps: list[Row] = [
        _with_reforms(row) if isinstance(row, ApprovalStep) else row
        for row in data_set.tables.get(ApprovalStep.sheet, [])
    ]
    departments: list[Row] = [
        row.model_copy(update={"is_finance": True})
        if isinstance(row, Department) and row.department in FINANCE
        else row
        for row in data_set.tables.get(Department.sheet, [])
    ]
    data_set.tables[ApprovalStep.sheet] = steps
    data_set.tables[Department.sheet] = departments


def _with_reforms(row: ApprovalStep) -> ApprovalStep:
    """One step with what may be done to it."""
    key = row.procedure, row.step
    deputy, hours = DEPUTIES.get(key, (None, None))
    kinds = [*(("verbal",) if row.is_verbal_allowed else ()), *CHANGES.get(key, ())]
    return row.model_copy(
        update={
            "verbal_hours": row.duration_min_hours if row.is_verbal_allowed else None,
            "reforms": ";".join(kinds),
            "deputy": deputy,
            "deputy_hours": hours,
        }
    )


VARIANTS: dict[str, dict[tuple[str, str], ReformKind]] = {
    "spoken_first": {
        **{(name, step): "verbal" for name in REPORTED for step in ("1", "2", "3", "4", "5")},
        **{("CITY_DISPATCH", step): "verbal" for step in ("1", "2", "3", "4")},
        **{("CROSS_PROVINCE", step): "verbal" for step in ("6", "7", "8")},
        **{("CN_CENTRAL_DISPATCH", step): "verbal" for step in ("6", "7", "8", "10", "11")},
    },
    "deputies_sign": dict.fromkeys(DEPUTIES, "delegate"),
    "side_by_side": {(name, "4"): "parallel" for name in REPORTED},
}
"""Spoken consent first, paper later; deputies sign; province and city check side by side."""


def variant_rows() -> list[Variant]:
    """Return variants of the rules for the sandbox."""
    return [
        Variant(
            variant=name,
            procedure=procedure,
            step=step,
            reform=kind,
            source="DESIGN",
            status="assumption",
        )
        for name, changes in VARIANTS.items()
        for (procedure, step), kind in changes.items()
    ]

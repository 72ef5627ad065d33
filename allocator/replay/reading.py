"""The plan's tables, row by row: only rows that make sense reach the other checks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, TypeVar

from allocator.plan import Plan
from allocator.replay.facts import Facts
from allocator.replay.findings import Findings
from allocator.schema.changes import Change, TripChange
from allocator.schema.legs import LegTrip
from allocator.schema.results import (
    Allocation,
    Arrival,
    CoverageResult,
    LoadingLine,
    LossResult,
    OpenWarehouse,
    Purchase,
    Responsible,
    RunInfo,
    ServedByHour,
    Shortage,
    Stage,
    StockPlan,
    Trip,
)
from allocator.schema.risks import LossAccount
from allocator.schema.row import Row, columns
from allocator.schema.worth import WorthLine

__all__ = ["Tables", "read_tables"]

R = TypeVar("R", bound=Row)

_NUMBERS: Mapping[str, Set[type]] = {"number": {int, float}, "integer": {int}}
"""Types of the values of a column by its kind; truth values are no numbers."""

_HINT = "the table was edited by hand or comes from another program; export the plan again"


@dataclass(frozen=True)
class Tables:
    """Rows of the plan whose cells, codes and keys are sound."""

    open_warehouses: list[OpenWarehouse]
    stock_plan: list[StockPlan]
    coverage_results: list[CoverageResult]
    loss_results: list[LossResult]
    allocations: list[Allocation]
    purchases: list[Purchase]
    responsible: list[Responsible]
    changes: list[Change]
    trip_changes: list[TripChange]
    trips: list[Trip]
    leg_trips: list[LegTrip]
    loading_lines: list[LoadingLine]
    arrivals: list[Arrival]
    served_by_hour: list[ServedByHour]
    shortages: list[Shortage]
    stages: list[Stage]
    loss_accounts: list[LossAccount]
    worth: list[WorthLine]
    run_info: list[RunInfo]

    @property
    def has_placement(self) -> bool:
        """Whether any table of a placement has rows."""
        return bool(
            self.open_warehouses
            or self.stock_plan
            or self.coverage_results
            or self.loss_results
            or self.allocations
            or self.purchases
        )


@dataclass(frozen=True)
class _Cell:
    """What a cell of one column may hold."""

    field: str
    kind: str
    is_optional: bool
    choices: frozenset[str]
    at_least: float
    above: float
    at_most: float

    def is_sound(self, values: Sequence[object]) -> bool:
        """Whether certainly no value of a whole column has a fault; quicker than one by one."""
        types = set(map(type, values))
        if self.is_optional and type(None) in types:
            values = [value for value in values if value is not None]
            types.discard(type(None))
        if not values:
            return True
        if self.kind in {"number", "integer"}:
            return types <= _NUMBERS[self.kind] and self._are_in_range(values)
        if self.kind == "yes_no":
            return types == {bool}
        return types == {str} and (not self.choices or self.choices.issuperset(values))

    def _are_in_range(self, values: Sequence[Any]) -> bool:
        """Whether numbers are finite and within the limits; a sum is finite only if all are."""
        least, most = min(values), max(values)
        is_within = least >= self.at_least and least > self.above and most <= self.at_most
        return is_within and math.isfinite(sum(values))

    def fault(self, value: object) -> tuple[str, float] | None:
        """Return which rule the value breaks and by how much, or nothing."""
        if value is None:
            return None if self.is_optional else ("cell_missing", 1.0)
        if self.kind in {"number", "integer"}:
            return self._number_fault(value)
        if self.kind == "yes_no":
            return None if isinstance(value, bool) else ("cell_kind", 1.0)
        if not isinstance(value, str):
            return "cell_kind", 1.0
        if self.choices and value not in self.choices:
            return "cell_choice", 1.0
        return None

    def _number_fault(self, value: object) -> tuple[str, float] | None:
        whole_only = self.kind == "integer"
        if isinstance(value, bool) or not isinstance(value, int if whole_only else (int, float)):
            return "cell_kind", 1.0
        if not math.isfinite(value):
            return "cell_number", 1.0
        if value < self.at_least:
            return "cell_range", self.at_least - value
        if value <= self.above:
            return "cell_range", self.above - value
        if value > self.at_most:
            return "cell_range", value - self.at_most
        return None


def _cells(kind: type[Row]) -> list[_Cell]:
    """Describe the columns of a sheet from its declaration."""
    cells = []
    for column in columns(kind):
        limits = {"ge": -math.inf, "gt": -math.inf, "le": math.inf}
        for rule in kind.model_fields[column.field].metadata:
            for name, limit in limits.items():
                given = getattr(rule, name, None)
                limits[name] = limit if given is None else float(given)
        cells.append(
            _Cell(
                field=column.field,
                kind=column.kind,
                is_optional=not column.is_required and column.default is None,
                choices=frozenset(column.choices),
                at_least=limits["ge"],
                above=limits["gt"],
                at_most=limits["le"],
            )
        )
    return cells


def _where(kind: type[Row], number: int, row: object) -> str:
    """Name a row by its sheet, number and key."""
    key = ", ".join(f"{field} {getattr(row, field, None)}" for field in kind.key)
    return f"{kind.sheet} row {number} ({key})" if key else f"{kind.sheet} row {number}"


def _are_sound(
    kind: type[Row], rows: Sequence[object], cells: list[_Cell], known: list[tuple[str, Set[str]]]
) -> bool:
    """Whether certainly nothing is wrong with any row of a sheet, seen column by column."""
    if not rows:
        return True
    if set(map(type, rows)) != {kind}:
        return False
    values = {cell.field: [getattr(row, cell.field, None) for row in rows] for cell in cells}
    if not all(cell.is_sound(values[cell.field]) for cell in cells):
        return False
    if not all({None, *allowed}.issuperset(values[field]) for field, allowed in known):
        return False
    keys = set(zip(*(values[field] for field in kind.key), strict=True))
    return not kind.key or len(keys) == len(rows)


def _read(plan: Plan, kind: type[R], codes: Mapping[str, Set[str]], findings: Findings) -> list[R]:
    """Return the sound rows of one sheet and note what is wrong with the others."""
    found: list[Any] = list(plan.tables.get(kind.sheet) or ())
    cells = _cells(kind)
    known = [(field, codes[field]) for field in kind.model_fields if field in codes]
    if _are_sound(kind, found, cells, known):
        return found
    rows: list[R] = []
    seen: set[tuple[Any, ...]] = set()
    for number, row in enumerate(found, start=1):
        if not isinstance(row, kind):
            fact = f"a {type(row).__name__} row cannot stand here"
            findings.add("table_rows", _where(kind, number, row), 1.0, fact, _HINT)
            continue
        is_sound = True
        for cell in cells:
            value = getattr(row, cell.field, None)
            fault = cell.fault(value)
            if fault:
                fact = f"{cell.field} ({value!r}) is not what the column may hold"
                findings.add(fault[0], _where(kind, number, row), fault[1], fact, _HINT)
                is_sound = False
        if not is_sound:
            continue
        for field, allowed in known:
            value = getattr(row, field)
            if value is not None and value not in allowed:
                fact = f"{field} ({value!r}) is not in the case"
                hint = "the plan belongs to another case, or the code is mistyped"
                findings.add("code_known", _where(kind, number, row), 1.0, fact, hint)
                is_sound = False
        key = tuple(getattr(row, field) for field in kind.key)
        if key and key in seen:
            fact = "there is a row with this key already"
            findings.add("row_unique", _where(kind, number, row), 1.0, fact, "delete one of them")
            is_sound = False
        seen.add(key)
        if is_sound:
            rows.append(row)
    return rows


def read_tables(plan: Plan, facts: Facts, findings: Findings) -> Tables:
    """Return the sound rows of every sheet that the replay looks at.

    Parameters
    ----------
    plan
        The plan as read back; its rows may hold anything.
    facts
        Known codes.
    findings
        Where faulty rows are noted.
    """
    codes: dict[str, Set[str]] = {
        "scenario": facts.scenarios.keys(),
        "warehouse": facts.warehouses.keys(),
        "hub": {code for code in facts.warehouses if facts.is_hub(code)},
        "district": facts.districts.keys(),
        "item": facts.items.keys(),
        "fleet": facts.vehicles.keys(),
        "size_class": facts.size_classes.keys(),
    }
    return Tables(
        open_warehouses=_read(plan, OpenWarehouse, codes, findings),
        stock_plan=_read(plan, StockPlan, codes, findings),
        coverage_results=_read(plan, CoverageResult, codes, findings),
        loss_results=_read(plan, LossResult, codes, findings),
        allocations=_read(plan, Allocation, codes, findings),
        purchases=_read(plan, Purchase, codes, findings),
        responsible=_read(plan, Responsible, codes, findings),
        changes=_read(plan, Change, codes, findings),
        trip_changes=_read(plan, TripChange, codes, findings),
        trips=_read(plan, Trip, codes, findings),
        leg_trips=_read(plan, LegTrip, codes, findings),
        loading_lines=_read(plan, LoadingLine, codes, findings),
        arrivals=_read(plan, Arrival, codes, findings),
        served_by_hour=_read(plan, ServedByHour, codes, findings),
        shortages=_read(plan, Shortage, codes, findings),
        stages=_read(plan, Stage, codes, findings),
        loss_accounts=_read(plan, LossAccount, {}, findings),
        worth=_read(plan, WorthLine, {}, findings),
        run_info=_read(plan, RunInfo, {}, findings),
    )

"""Typed values to valid rows: ranges, lengths, keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from allocator.draft import Draft, Table, shown
from allocator.intake.wording import range_hint
from allocator.schema.row import Column, Row, columns

__all__ = ["report_duplicates", "validate_rows"]

_RANGE_SIGNS = {"greater_than_equal": ">=", "greater_than": ">", "less_than_equal": "<="}


@cache
def _adapter(kind: type[Row]) -> TypeAdapter[list[Row]]:
    adapter: TypeAdapter[list[Row]] = TypeAdapter(list[kind])  # type: ignore[valid-type]
    return adapter


def filled_values(table: Table, column: Column) -> Sequence[object] | None:
    """Values of a column with its default where a cell is empty; None if it is absent."""
    found = table.values.get(column.field)
    if found is None or column.is_required or column.default is None or None not in found:
        return found
    return [column.default if value is None else value for value in found]


def validate_rows(draft: Draft, table: Table, bad: Mapping[str, set[int]]) -> None:
    """Make the rows of a table from its values, reporting what is out of range.

    Parameters
    ----------
    draft
        Takes the issues.
    table
        Gets its ``rows`` and ``positions``.
    bad
        Positions of cells that were reported already, by field.
    """
    present = [column for column in columns(table.kind) if column.field in table.values]
    filled = [values for column in present if (values := filled_values(table, column)) is not None]
    names = [column.field for column in present]
    records = [dict(zip(names, cells, strict=True)) for cells in zip(*filled, strict=True)]
    wrong = set().union(*bad.values())
    absent = {c.field for c in columns(table.kind) if c.is_required} - set(names)
    adapter = _adapter(table.kind)
    if not wrong and not absent:
        try:
            table.rows = adapter.validate_python(records)
            table.positions = range(len(records))
            return
        except ValidationError:
            pass
    wrong |= _report_invalid(draft, table, records, bad)
    if absent:
        return
    table.positions = [k for k in range(len(records)) if k not in wrong]
    table.rows = adapter.validate_python([records[k] for k in table.positions])


def _report_invalid(
    draft: Draft,
    table: Table,
    records: list[dict[str, object]],
    bad: Mapping[str, set[int]],
) -> set[int]:
    """Report every value that breaks its declared range; return their positions."""
    wrong: set[int] = set()
    try:
        _adapter(table.kind).validate_python(records)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            position, field = int(fault["loc"][0]), str(fault["loc"][1])
            if position in bad.get(field, ()) or field not in table.values:
                continue
            wrong.add(position)
            _report_fault(draft, (table, position, field), fault)
    return wrong


def _report_fault(draft: Draft, place: tuple[Table, int, str], fault: Any) -> None:
    """Put one finding of the validator into words."""
    value = place[0].values[place[2]][place[1]]
    kind = fault["type"]
    if kind in _RANGE_SIGNS:
        limit = next(iter(fault["ctx"].values()))
        rule = f"{_RANGE_SIGNS[kind]} {limit:g}"
        column = next(c for c in columns(place[0].kind) if c.field == place[2])
        draft.report(
            "out_of_range", place, value, f"must be {rule}", range_hint(column, rule, value)
        )
    elif kind == "string_too_long":
        longest = fault["ctx"]["max_length"]
        rule = f"must not be longer than {longest} characters"
        draft.report("too_long", place, value, rule, "Maybe shorten it.")
    elif kind == "string_pattern_mismatch":
        draft.report("bad_code", place, value, "does not have the form of a code")
    else:
        draft.report("not_text", place, value, f"cannot be used ({fault['msg']})")


def report_duplicates(draft: Draft, table: Table) -> None:
    """Report rows whose key another row has already."""
    key = table.kind.key
    if not key or not table.lines:
        return
    by_name = {column.field: column for column in columns(table.kind)}
    parts = []
    for name in key:
        values = filled_values(table, by_name[name])
        default = by_name[name].default
        parts.append([default] * len(table.lines) if values is None else values)
    keys = list(zip(*parts, strict=True))
    if len(set(keys)) == len(keys):
        return
    needed = [k for k, name in enumerate(key) if by_name[name].is_required]
    first: dict[tuple[object, ...], int] = {}
    for position, value in enumerate(keys):
        if any(value[k] is None for k in needed):
            continue
        before = first.setdefault(value, position)
        if before != position:
            _report_duplicate(draft, table, position, before, value)


def _report_duplicate(
    draft: Draft, table: Table, position: int, before: int, value: tuple[object, ...]
) -> None:
    key = table.kind.key
    where = table.cell(before, key[0])
    others = [
        f"{name} {shown(part)}"
        for name, part in list(zip(key, value, strict=True))[1:]
        if part is not None
    ]
    with_others = f" with {', '.join(others)}" if others else ""
    draft.report(
        "duplicate_key",
        (table, position, key[0]),
        value[0],
        f"{with_others.strip()} is already in {where}".strip(),
        "Maybe delete one of the two rows, or add their figures up.",
    )

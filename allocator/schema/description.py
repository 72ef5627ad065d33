"""All sheets described as one document for programs: fields, units, ranges, help, JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from allocator.schema import CASE_SHEETS, CHANGE_SHEETS, EXPLANATION_SHEETS, RESULT_SHEETS
from allocator.schema.changes import CHANGE_KINDS
from allocator.schema.help_zh import help_zh
from allocator.schema.records import RECORD_SHEETS
from allocator.schema.row import Column, Row, columns
from allocator.schema.words import ABOUT_ZH, CHOICES_ZH

__all__ = ["case_schema", "schema_document"]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema_document() -> dict[str, Any]:
    """Describe every sheet, by what it belongs to.

    Returns
    -------
    dict
        ``case``, ``changes``, ``result``, ``explanation`` and ``records`` (rows that the service
        gives out with more than the result has) are lists of sheets; ``change_kinds`` says which
        columns each kind of change needs and allows; ``case_schema`` is a JSON Schema.
    """
    groups: Mapping[str, Mapping[str, type[Row]]] = {
        "case": CASE_SHEETS,
        "changes": CHANGE_SHEETS,
        "result": RESULT_SHEETS,
        "explanation": EXPLANATION_SHEETS,
        "records": RECORD_SHEETS,
    }
    document: dict[str, Any] = {
        name: [_sheet(kind) for kind in kinds.values()] for name, kinds in groups.items()
    }
    document["change_kinds"] = {
        kind: {"needs": sorted(needed), "allows": sorted(allowed)}
        for kind, (needed, allowed) in CHANGE_KINDS.items()
    }
    document["case_schema"] = case_schema()
    return document


def _sheet(kind: type[Row]) -> dict[str, Any]:
    return {
        "sheet": kind.sheet,
        "sheet_zh": kind.sheet_zh,
        "about": kind.about,
        "about_zh": ABOUT_ZH.get(kind.sheet, ""),
        "key": list(kind.key),
        "is_required": kind.required,
        "is_vertical": kind.vertical,
        "fields": [_field(kind, column) for column in columns(kind)],
    }


def _field(kind: type[Row], column: Column) -> dict[str, Any]:
    return {
        "field": column.field,
        "zh": column.zh,
        "kind": column.kind,
        "unit": column.unit,
        "is_required": column.is_required,
        "is_list": column.is_list,
        "default": _plain(column.default),
        "bounds": list(column.bounds),
        "choices": [
            {"value": choice, "zh": CHOICES_ZH.get(choice, choice)} for choice in column.choices
        ],
        "refers_to": column.refers_to,
        "pattern": column.pattern,
        "example": _plain(column.example),
        "help": column.help,
        "help_zh": help_zh(kind.sheet, column.field),
    }


def _plain(value: object) -> object:
    """Value as JSON knows it."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def case_schema() -> dict[str, Any]:
    """JSON Schema of a case document, ``{sheet: [row, ...]}`` with English names.

    The user's own sheets and columns are allowed, as everywhere.
    """
    properties: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for name, kind in CASE_SHEETS.items():
        row = kind.model_json_schema(ref_template="#/$defs/{model}")
        definitions |= row.pop("$defs", {})
        row["additionalProperties"] = True
        definitions[kind.__name__] = row
        reference = {"$ref": f"#/$defs/{kind.__name__}"}
        if kind.vertical:
            properties[name] = reference
        else:
            properties[name] = {"type": "array", "items": reference, "description": kind.about}
    return {
        "$schema": _DIALECT,
        "title": "Case of reserve allocator",
        "type": "object",
        "properties": properties,
        "required": [name for name, kind in CASE_SHEETS.items() if kind.required],
        "additionalProperties": True,
        "$defs": definitions,
    }

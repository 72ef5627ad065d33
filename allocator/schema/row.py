"""The mechanism: a sheet is a row class, a column is one declared field.

Template, reader, checks, CSV and JSON forms, the docs and the result workbook
are all made from these declarations; nothing about a column is said twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.fields import FieldInfo

__all__ = [
    "CLOCK_PATTERN",
    "ClockTime",
    "Code",
    "Column",
    "Id",
    "Provenance",
    "Row",
    "Text",
    "column",
    "columns",
]

Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$")]
"""A code chosen by the user; text, never a number."""

Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
"""A county-level code of GB/T 2260: six digits, kept as text."""

CLOCK_PATTERN = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"

ClockTime = Annotated[str, StringConstraints(pattern=CLOCK_PATTERN)]
"""A time of day in Asia/Shanghai, ``HH:MM``, kept as text."""

Text = Annotated[str, StringConstraints(max_length=2000)]

Provenance = Literal["sourced", "derived", "assumption", "mixed", "user"]
"""Where a row's figures come from; ``mixed`` rows are spelled out in ``Figures``."""


def column(
    zh: str,
    about: str,
    *,
    unit: str = "",
    example: object = None,
    default: Any = ...,
    refers_to: str | None = None,
    is_list: bool = False,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
) -> Any:
    """Declare one column of a sheet.

    Parameters
    ----------
    zh
        Chinese header.
    about
        One sentence for the header's comment and the docs.
    unit
        Unit as printed under the header, for instance ``m3``; empty for codes and text.
    example
        Value of the example row of the template.
    default
        Value for an empty cell; without it the cell is required.
    refers_to
        ``Sheet.field`` whose values are allowed here.
    is_list
        Whether the cell holds several codes, parted by ``;``.
    ge, gt, le
        Valid range.
    """
    extra: dict[str, Any] = {
        "zh": zh,
        "unit": unit,
        "refers_to": refers_to,
        "is_list": is_list,
        "example": example,
    }
    limits = {"ge": ge, "gt": gt, "le": le}
    bounds: dict[str, Any] = {name: limit for name, limit in limits.items() if limit is not None}
    return Field(default, description=about, json_schema_extra=extra, **bounds)


class Row(BaseModel):
    """Parent of every row class; the class variables describe the sheet."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    sheet: ClassVar[str]
    sheet_zh: ClassVar[str]
    about: ClassVar[str]
    key: ClassVar[tuple[str, ...]] = ()
    required: ClassVar[bool] = False
    vertical: ClassVar[bool] = False
    """A vertical sheet has one row, laid out as setting / value lines."""


@dataclass(frozen=True)
class Column:
    """One declared column, as the makers of templates, readers and docs see it.

    Parameters
    ----------
    field
        Name in code, CSV, JSON and the English header.
    zh
        Chinese header.
    kind
        ``text``, ``number``, ``integer``, ``yes_no``, ``date`` or ``time``.
    unit, help, example, refers_to, choices, default
        As declared; ``choices`` is empty when any value is allowed.
    is_required
        Whether an empty cell is a fault.
    bounds
        Readable rules, for instance ``(">= 0",)``.
    is_list
        Whether the cell holds several codes, parted by ``;``.
    pattern
        Regular expression that codes follow; empty for free text and everything else.
    """

    field: str
    zh: str
    kind: str
    unit: str
    help: str
    example: object
    refers_to: str | None
    choices: tuple[str, ...]
    default: object
    is_required: bool
    bounds: tuple[str, ...]
    is_list: bool
    pattern: str


def _alternatives(annotation: Any) -> list[Any]:
    """Flatten optional and annotated types into their parts."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin is not None and origin is not Literal:
        return [part for arg in get_args(annotation) for part in _alternatives(arg)]
    return [annotation]


def _kind(parts: list[Any]) -> tuple[str, tuple[str, ...]]:
    """Name the kind of cell and its closed list of values."""
    for part in parts:
        if get_origin(part) is Literal:
            return "text", tuple(str(choice) for choice in get_args(part))
    named = ((bool, "yes_no"), (datetime, "time"), (date, "date"), (float, "number"))
    for python_type, name in named:
        if python_type in parts:
            return name, ()
    return ("integer" if int in parts else "text"), ()


def _bounds(info: FieldInfo) -> tuple[str, ...]:
    """Readable range of a field."""
    rules = []
    for rule in info.metadata:
        for attribute, sign in (("ge", ">="), ("gt", ">"), ("le", "<=")):
            limit = getattr(rule, attribute, None)
            if limit is not None:
                rules.append(f"{sign} {limit:g}")
    return tuple(rules)


def _pattern(info: FieldInfo) -> str:
    """Regular expression of a code, from the field or from its optional type."""
    rules = list(info.metadata)
    for part in (info.annotation, *get_args(info.annotation)):
        rules += getattr(part, "__metadata__", ())
    return next((str(rule.pattern) for rule in rules if getattr(rule, "pattern", None)), "")


@cache
def columns(row: type[Row]) -> tuple[Column, ...]:
    """Return the declared columns of a sheet, in sheet order."""
    described = []
    for name, info in row.model_fields.items():
        raw = info.json_schema_extra
        extra: dict[str, Any] = dict(raw) if isinstance(raw, dict) else {}
        kind, choices = _kind(_alternatives(info.annotation))
        described.append(
            Column(
                field=name,
                zh=str(extra.get("zh", name)),
                kind=kind,
                unit=str(extra.get("unit", "")),
                help=info.description or "",
                example=extra.get("example"),
                refers_to=extra.get("refers_to"),
                choices=choices,
                default=None if info.is_required() else info.default,
                is_required=info.is_required(),
                bounds=_bounds(info),
                is_list=bool(extra.get("is_list", False)),
                pattern=_pattern(info),
            )
        )
    return tuple(described)

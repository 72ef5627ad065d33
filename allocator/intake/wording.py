"""How faults and repairs of cells are put into words."""

from __future__ import annotations

from collections.abc import Callable

from allocator.draft import Draft, Table, shown
from allocator.intake.cells import ParsedColumn
from allocator.intake.headers import nearest
from allocator.schema.risks import SUBCLASS_PATTERN
from allocator.schema.row import CLOCK_PATTERN, Column

__all__ = ["range_hint", "report_empty", "report_parsed"]

_FAULTS: dict[str, tuple[str, str]] = {
    "not_a_number": (
        "is not a number",
        "Maybe remove the unit, or the text around the number.",
    ),
    "not_an_integer": ("must be a whole number", "Maybe round it."),
    "not_yes_no": ("must be yes or no", "Maybe write yes or no, or leave it empty."),
    "not_a_date": ("is not a date", "Maybe write it as 2030-06-30."),
    "not_a_time": ("is not a point in time", "Maybe write it as 2026-07-01T08:00+08:00."),
    "not_text": (
        "is not text",
        "Maybe the program took a code for a date or a truth value; "
        "format the cell as text and type it again.",
    ),
    "error_value": ("is an error, not a value", "Maybe repair the formula, or type the value."),
    "no_cached_value": (
        "is a formula without a stored result",
        "Maybe open the workbook in a spreadsheet program, recalculate and save, "
        "or paste the values.",
    ),
}

_REPAIR_HINTS: dict[str, str] = {
    "text_number": "Maybe store it as a number.",
    "number_text": "Maybe format the column as text, so that no zero is lost.",
    "full_width": "Maybe type it with half-width characters.",
    "stray_spaces": "Maybe delete the spaces.",
    "control_characters": "Maybe delete what cannot be seen.",
    "serial_date": "Maybe format the cell as a date.",
    "date_with_time": "Maybe leave out the time of day.",
    "naive_time": "Maybe add the offset, such as 2026-07-01T08:00+08:00.",
    "other_spelling": "Maybe choose it from the list.",
    "list_separator": "Maybe part the codes by semicolons.",
}


def report_parsed(
    draft: Draft, table: Table, column: Column, raw: Callable[[int], object], parsed: ParsedColumn
) -> None:
    """Report what was found while converting one column.

    Parameters
    ----------
    draft, table
        Where the column belongs.
    column
        Its declaration.
    raw
        Raw cell by position.
    parsed
        Outcome of the conversion.
    """
    for position, code in parsed.faults.items():
        place = (table, position, column.field)
        rule, hint = _fault_words(column, code, raw(position))
        draft.report(code, place, raw(position), rule, hint)
    for position, code in parsed.repairs.items():
        value = parsed.values[position]
        place = (table, position, column.field)
        draft.report(code, place, raw(position), f"was read as {_quoted(value)}", _hint(code))


def _hint(code: str) -> str:
    return _REPAIR_HINTS.get(code, "")


def _quoted(value: object) -> str:
    """Value in quotes if it is text."""
    return repr(shown(value)) if isinstance(value, str) else shown(value)


def _fault_words(column: Column, code: str, value: object) -> tuple[str, str]:
    """Rule and hint of a fault."""
    if code == "not_a_choice":
        like = nearest(str(value).strip().lower(), column.choices, 0.5)
        hint = f"Maybe {like!r}." if like else "Maybe choose it from the list."
        return f"must be one of {', '.join(column.choices)}", hint
    if code == "bad_code":
        return _code_words(column, value)
    return _FAULTS[code]


def _code_words(column: Column, value: object) -> tuple[str, str]:
    """Rule and hint of a malformed code."""
    if column.pattern == CLOCK_PATTERN:
        return "must be a time of day from 00:00 to 24:00", "Maybe write it as 22:00."
    if column.pattern == SUBCLASS_PATTERN:
        return "must be two digits", "Maybe 01; 00 stands for the whole class."
    if "0-9" not in column.pattern:
        return "must be a code on one line", "Maybe delete the line break."
    digits = str(value).strip()
    if digits.isdigit() and len(digits) == 5:
        hint = "Maybe a leading zero is missing."
    elif digits.isdigit() and len(digits) > 6:
        hint = f"Maybe {digits[:6]}; codes of townships and villages are longer."
    elif digits.isdigit():
        hint = "Maybe digits are missing."
    else:
        hint = "Maybe a name was typed instead of the code."
    return "must be six digits", hint


def report_empty(draft: Draft, table: Table, column: Column, position: int) -> None:
    """Report a required cell that is empty."""
    example = shown(column.example)
    draft.report(
        "empty_cell",
        (table, position, column.field),
        None,
        "must not be empty",
        f"Maybe fill it in, for instance {example}." if example else "Maybe fill it in.",
    )


def range_hint(column: Column, rule: str, value: object) -> str:
    """Say what is most likely wrong with a number out of range."""
    number = value if isinstance(value, (int, float)) else 0
    if column.field in ("lon", "lat"):
        return "Maybe longitude and latitude are swapped, or a digit is wrong."
    if rule.startswith(">") and number < 0:
        return "Maybe the sign is wrong."
    if rule == "<= 1" and 1 < number <= 100:
        return f"Maybe a percentage was typed; {shown(number)} % is {number / 100:g}."
    if rule.startswith(">") and number == 0:
        empty = "" if column.is_required else " or leave it empty"
        return f"Maybe type the real figure{empty}."
    return "Maybe the unit is another one."

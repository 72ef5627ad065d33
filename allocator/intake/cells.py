"""Raw cells to typed values, column by column, with every repair and fault by row.

A clean column costs a look at the types of its cells; each distinct value is converted once.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

from allocator.draft import Form
from allocator.intake.grid import fold
from allocator.schema.risks import SUBCLASS_PATTERN
from allocator.schema.row import CLOCK_PATTERN, Column
from allocator.schema.words import CHOICES_ZH, NO_WORDS, YES_WORDS

__all__ = ["CHINA_TIME", "ParsedColumn", "parse_column"]

CHINA_TIME = timezone(timedelta(hours=8))
"""Offset of Asia/Shanghai, which has no summer time."""

Outcome = tuple[object, str, str]
"""Value (None: empty or faulty), code of the repair, code of the fault."""

_SPACES = " \t\r\n\v\f\xa0\u3000\u200b\u200c\u200d\u2028\u2029\u2060\ufeff\u00ad"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_WIDE = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B))}
_WIDE |= {code: code - 0xFEE0 for code in range(0xFF41, 0xFF5B)}
_WIDE |= {0xFF0D: 0x2D, 0xFF0E: 0x2E, 0xFF3F: 0x5F, 0x3000: 0x20}
_SEPARATORS = re.compile("[;,\uff1b\uff0c\u3001]")
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$")
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
_SIX_DIGITS = re.compile(r"^(\d{6})\.0+$")
_DATE = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_CLOCK = re.compile(
    r"^(?:T|\s*)(\d{1,2})[:时点](\d{1,2})分?(?::?(\d{1,2})(?:\.(\d{1,6})\d*)?秒?)?$"
)
_OFFSET = re.compile(r"\s*(Z|z|[+-]\d{2}:?\d{2})$")
_SERIAL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  the offset is added where it is known
_SERIAL_RANGE = (20000, 80000)
_COMMON_WORDS = frozenset({"yes", "no", "true", "false", "是", "否"})


@dataclass
class ParsedColumn:
    """Typed values of one column and what was noticed, by position.

    Parameters
    ----------
    values
        One value per row; None where the cell is empty or faulty.
    repairs, faults
        Issue code by position.
    """

    values: list[object]
    repairs: dict[int, str] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)


def parse_column(column: Column, values: Sequence[object], form: Form) -> ParsedColumn:
    """Convert the raw cells of one column.

    Parameters
    ----------
    column
        Declaration of the column.
    values
        Raw cells, one per row.
    form
        Kind of source: numbers in a CSV file are text and need no warning.
    """
    types = set(map(type, values))
    is_numeric = types <= {float, int} or (form == "folder" and types == {str})
    if column.kind == "number" and is_numeric:
        quick = _quick_numbers(values)
        if quick is not None:
            return ParsedColumn(quick)
    convert = _CONVERTERS[column.kind]
    outcomes: list[Outcome]
    if types == {str}:
        by_text = {value: convert(column, value, form) for value in set(values)}
        outcomes = [by_text[value] for value in values]
        distinct = list(by_text.values())
    else:
        memo: dict[object, Outcome] = {}
        outcomes = []
        for value in values:
            key = (type(value), value if isinstance(value, (str, float, int)) else repr(value))
            known = memo.get(key)
            if known is None:
                known = memo[key] = convert(column, value, form)
            outcomes.append(known)
        distinct = list(memo.values())
    parsed = ParsedColumn([outcome[0] for outcome in outcomes])
    if any(repair or fault for _, repair, fault in distinct):
        parsed.repairs = {k: outcome[1] for k, outcome in enumerate(outcomes) if outcome[1]}
        parsed.faults = {k: outcome[2] for k, outcome in enumerate(outcomes) if outcome[2]}
    return parsed


def _quick_numbers(values: Sequence[object]) -> list[object] | None:
    """Numbers of a column without empty cells; None if any is unusual."""
    try:
        numbers = [float(value) for value in values]  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return None
    is_usual = math.isfinite(sum(numbers))
    if any(isinstance(value, str) and "_" in value for value in values):
        is_usual = False
    return list(numbers) if is_usual else None


def _clean(text: str) -> tuple[str, str]:
    """Text without characters that cannot be seen, and the repair that took."""
    repair = ""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL.search(text):
        text, repair = _CONTROL.sub("", text), "control_characters"
    stripped = text.strip(_SPACES)
    if stripped != text:
        return stripped, repair or "stray_spaces"
    return text, repair


def _text(column: Column, value: object, _form: Form) -> Outcome:
    """Convert a cell of a text column: a code, a list of codes, a choice, or free text."""
    is_free = not (column.pattern or column.is_list or column.choices)
    if isinstance(value, bool) or not isinstance(value, (str, int, float, date)):
        return None, "", "not_text"
    if column.pattern == CLOCK_PATTERN:
        value = _clock_text(value)
    repair = ""
    if isinstance(value, (int, float)):
        if isinstance(value, float) and not math.isfinite(value):
            return None, "", "not_text"
        is_whole = isinstance(value, int) or value.is_integer()
        value, repair = (str(int(value)) if is_whole else repr(value)), "number_text"
    elif isinstance(value, date):
        if not is_free:
            return None, "", "not_text"
        value = value.isoformat()
    text, cleaned = _clean(value)
    repair = repair or cleaned
    if not text:
        return None, "", ""
    if is_free:
        return text, repair, ""
    narrow = text.translate(_WIDE)
    if narrow != text:
        text, repair = narrow, "full_width"
    if column.choices:
        return _choice(column, text, repair)
    if column.is_list:
        return _code_list(text, repair)
    return _code(column, text, repair)


def _clock_text(value: str | float | date) -> str | float | date:
    """Times of the day as spreadsheets keep them, and with a short hour or seconds, ``HH:MM``."""
    if isinstance(value, datetime):
        return f"{value:%H:%M}"
    if isinstance(value, (int, float)) and 0 <= value <= 1:
        hour, minute = divmod(round(value * 24 * 60), 60)
        return f"{hour:02d}:{minute:02d}"
    if isinstance(value, str):
        found = _CLOCK.match(value.translate(_WIDE).replace("\uff1a", ":").strip(_SPACES))
        if found:
            return f"{int(found[1]):02d}:{int(found[2]):02d}"
    return value


def _code(column: Column, text: str, repair: str) -> Outcome:
    """Convert a code; those of digits lose what Excel and people add, or get the lost zero."""
    if "0-9" in column.pattern:
        compact = "".join(text.split())
        if compact != text:
            text, repair = compact, repair or "stray_spaces"
        digits = _SIX_DIGITS.match(text)
        if digits:
            text, repair = digits.group(1), repair or "number_text"
        if column.pattern == SUBCLASS_PATTERN and len(text) == 1:
            text, repair = text.zfill(2), "number_text"  # a spreadsheet's 3 for 03
    if not re.match(column.pattern, text):
        return None, "", "bad_code"
    return text, repair, ""


def _code_list(text: str, repair: str) -> Outcome:
    """Convert a list of codes to the form ``a;b;c``."""
    parts = [part.strip(_SPACES) for part in _SEPARATORS.split(text)]
    joined = ";".join(part for part in parts if part)
    if joined != text and not repair:
        same_marks = ";".join(part.strip(_SPACES) for part in text.split(";") if part.strip())
        repair = "stray_spaces" if same_marks == joined else "list_separator"
    return joined or None, repair, ""


def _choice(column: Column, text: str, repair: str) -> Outcome:
    """Convert one of a closed list, also in Chinese or in another spelling."""
    if text in column.choices:
        return text, repair, ""
    folded = fold(text)
    for choice in column.choices:
        if text == CHOICES_ZH.get(choice):
            return choice, repair, ""
        if folded == fold(choice):
            return choice, repair or "other_spelling", ""
    return None, "", "not_a_choice"


def _number(column: Column, value: object, form: Form) -> Outcome:
    """Convert a number, also one that was typed as text."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return None, "", "not_a_number"
        return (number, "", "") if math.isfinite(number) else (None, "", "not_a_number")
    if not isinstance(value, str):
        return None, "", "not_a_number"
    bare = value.strip(_SPACES)
    if not bare:
        return None, "", ""
    text = unicodedata.normalize("NFKC", bare).replace("\u2212", "-").replace(" ", "")
    is_percent = text.endswith("%")
    text = text.removesuffix("%")
    if _THOUSANDS.match(text):
        text = text.replace(",", "")
    if not text.isascii() or not _NUMBER.match(text) or (is_percent and column.unit):
        return None, "", "not_a_number"
    number = float(text) / 100 if is_percent else float(text)
    if not math.isfinite(number):
        return None, "", "not_a_number"
    is_plain = form == "folder" and text == bare
    return number, "" if is_plain else "text_number", ""


def _integer(column: Column, value: object, form: Form) -> Outcome:
    """Convert a whole number."""
    number, repair, fault = _number(column, value, form)
    if isinstance(number, float):
        if not number.is_integer():
            return None, "", "not_an_integer"
        return int(number), repair, ""
    return number, repair, fault


def _yes_no(_column: Column, value: object, _form: Form) -> Outcome:
    """Convert yes or no in either language."""
    if isinstance(value, bool):
        return value, "", ""
    if isinstance(value, (int, float)) and value in (0, 1):
        return bool(value), "other_spelling", ""
    if not isinstance(value, str):
        return None, "", "not_yes_no"
    folded = fold(value)
    if not folded:
        return None, "", ""
    repair = "" if folded in _COMMON_WORDS else "other_spelling"
    if folded in YES_WORDS:
        return True, repair, ""
    if folded in NO_WORDS:
        return False, repair, ""
    return None, "", "not_yes_no"


def _date(_column: Column, value: object, _form: Form) -> Outcome:
    """Convert a date in any of its usual forms."""
    if isinstance(value, datetime):
        is_midnight = value.time() == datetime.min.time()
        return value.date(), "" if is_midnight else "date_with_time", ""
    if isinstance(value, date):
        return value, "", ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        found = _from_serial(float(value))
        return (None, "", "not_a_date") if found is None else (found.date(), "serial_date", "")
    if not isinstance(value, str):
        return None, "", "not_a_date"
    text = unicodedata.normalize("NFKC", value).strip(_SPACES)
    if not text:
        return None, "", ""
    if text.isdigit() and len(text) == 8:
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    moment = _moment(text)
    if moment is None:
        return None, "", "not_a_date"
    has_clock = moment.time() != datetime.min.time()
    return moment.date(), "date_with_time" if has_clock else "", ""


def _time(_column: Column, value: object, _form: Form) -> Outcome:
    """Convert a point in time; without an offset it is one in China."""
    repair = "naive_time"
    moment: datetime | None = None
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)  # noqa: DTZ001  added below
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        moment, repair = _from_serial(float(value)), "serial_date"
    elif isinstance(value, str):
        text = unicodedata.normalize("NFKC", value).strip(_SPACES)
        if not text:
            return None, "", ""
        moment = _moment(text)
    if moment is None:
        return None, "", "not_a_time"
    if moment.tzinfo is None:
        return moment.replace(tzinfo=CHINA_TIME), repair, ""
    try:
        return moment.astimezone(CHINA_TIME), "", ""
    except OverflowError:
        return None, "", "not_a_time"


def _moment(text: str) -> datetime | None:
    """Point in time from text, with the offset it names."""
    found = _DATE.match(text)
    if not found:
        return None
    rest = text[found.end() :]
    offset = _OFFSET.search(rest)
    clock = rest[: offset.start()] if offset else rest
    parts = _CLOCK.match(clock) if clock.strip() else None
    if clock.strip() and not parts:
        return None
    hour, minute, second, fraction = parts.groups() if parts else ("0", "0", None, None)
    year, month, day = (int(part) for part in found.groups())
    try:
        moment = datetime(  # noqa: DTZ001  the offset follows where there is one
            year,
            month,
            day,
            int(hour),
            int(minute),
            int(second or 0),
            int((fraction or "").ljust(6, "0")),
        )
        return moment.replace(tzinfo=_zone(offset.group(1))) if offset else moment
    except ValueError:
        return None


def _zone(text: str) -> timezone:
    """Time zone of an offset such as ``+08:00`` or ``Z``."""
    if text in ("Z", "z"):
        return UTC
    digits = text[1:].replace(":", "")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-span if text[0] == "-" else span)


def _from_serial(number: float) -> datetime | None:
    """Point in time of a spreadsheet's day number, or of eight digits."""
    if _SERIAL_RANGE[0] <= number <= _SERIAL_RANGE[1]:
        return _SERIAL_EPOCH + timedelta(seconds=round(number * 86400))
    if 19000101 <= number <= 21001231 and number.is_integer():
        text = str(int(number))
        return _moment(f"{text[:4]}-{text[4:6]}-{text[6:]}")
    return None


_CONVERTERS: dict[str, Callable[[Column, object, Form], Outcome]] = {
    "text": _text,
    "number": _number,
    "integer": _integer,
    "yes_no": _yes_no,
    "date": _date,
    "time": _time,
}

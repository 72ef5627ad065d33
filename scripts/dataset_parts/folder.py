"""A data set as rows, and its folder of CSV files; equal rows give equal bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from allocator.schema import CASE_SHEETS, Row, columns

__all__ = ["DataSet", "cell_text", "write_data_set"]


@dataclass
class DataSet:
    """Rows of a case by sheet, with what the list of data sets says about it.

    Parameters
    ----------
    name, title, title_zh, about
        Folder name, titles, and two sentences for the list.
    switches
        Settings that make it larger or smaller, with their values.
    tables
        Rows by sheet name.
    """

    name: str
    title: str
    title_zh: str
    about: str
    switches: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tables: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, rows: Iterable[Row]) -> None:
        """Append rows to the sheets they belong to."""
        for row in rows:
            self.tables.setdefault(row.sheet, []).append(row)


def cell_text(value: object) -> str:
    """Write one value the way the reader reads it back: no trailing zeros, dates as ISO."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        rounded = round(value, 6)
        return str(int(rounded)) if rounded == int(rounded) else repr(rounded)
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _sheet_text(kind: type[Row], rows: list[Row]) -> str:
    """CSV text of one sheet; columns that hold nothing but their default are left out."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    if kind.vertical:
        writer.writerow(("setting", "value"))
        for column in columns(kind):
            value = getattr(rows[0], column.field)
            if column.is_required or value != column.default:
                writer.writerow((column.field, cell_text(value)))
        return stream.getvalue()
    kept = [
        column.field
        for column in columns(kind)
        if column.is_required
        or column.field in kind.key
        or any(getattr(row, column.field) != column.default for row in rows)
    ]
    writer.writerow(kept)
    writer.writerows([cell_text(getattr(row, name)) for name in kept] for row in rows)
    return stream.getvalue()


def _toml_text(data_set: DataSet) -> str:
    """Text of ``dataset.toml``."""
    pairs = (
        ("name", data_set.name),
        ("title", data_set.title),
        ("title_zh", data_set.title_zh),
        ("about", data_set.about),
    )
    text = "".join(f'{key} = "{value}"\n' for key, value in pairs)
    if data_set.switches:
        text += "\n[switches]\n"
    for key, values in data_set.switches.items():
        quoted = ", ".join(f'"{value}"' for value in values)
        text += f"{key} = [{quoted}]\n"
    return text


def write_data_set(data_set: DataSet, parent: Path) -> None:
    """Write the folder of a data set; files of sheets it no longer has are removed."""
    folder = parent / data_set.name
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {"dataset.toml": _toml_text(data_set)}
    for sheet, kind in CASE_SHEETS.items():
        rows = data_set.tables.get(sheet)
        if rows:
            wanted[f"{sheet}.csv"] = _sheet_text(kind, rows)
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    for path in sorted(folder.glob("*.csv")):
        if path.name not in wanted:
            path.unlink()

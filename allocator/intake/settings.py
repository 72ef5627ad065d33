"""The settings: a sheet with one line per setting, and settings given beside the case."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.draft import Draft, Form, Table, column_letter
from allocator.intake.cells import parse_column
from allocator.intake.grid import EMPTY, Grid
from allocator.intake.headers import field_of, nearest_field, setting_columns
from allocator.intake.validation import validate_rows
from allocator.intake.wording import report_parsed
from allocator.schema.procedure import Settings
from allocator.schema.row import Row, columns

__all__ = ["apply_options", "read_vertical"]


def read_vertical(draft: Draft, kind: type[Row], grid: Grid, form: Form) -> Table:
    """Read a sheet with one line per field.

    Parameters
    ----------
    draft
        Takes the issues.
    kind
        Row class of the sheet.
    grid
        Its raw cells; ``is_vertical`` holds for them.
    form
        Kind of source.
    """
    top, name_place, value_place = setting_columns(grid)
    found: dict[str, int] = {}
    own: dict[str, object] = {}
    labels: dict[str, str] = {}
    for k in range(top + 1, len(grid.rows)):
        row = grid.rows[k]
        name = str(row[name_place]).strip() if name_place < len(row) else ""
        value = row[value_place] if value_place < len(row) else EMPTY
        field = field_of(kind, name)
        cell = grid.cell(k, name_place)
        if field is None:
            if name:
                own[name] = value
                _report_unknown(draft, kind, (grid.name, cell), name)
            elif str(value).strip():
                draft.note(
                    "cell_without_header",
                    grid.name,
                    f"a value ({value}) without the name of a setting is not read.",
                    cell=grid.cell(k, value_place),
                    value=value,
                )
        elif field in found:
            draft.note(
                "duplicate_setting",
                grid.name,
                f"setting {field} stands in {grid.cell(found[field], name_place)} as well.",
                "Maybe delete one of the two lines.",
                cell=cell,
                column=field,
            )
        else:
            found[field] = k
            labels[field] = name
    table = Table(
        kind,
        grid.name,
        form,
        lines=[grid.line(top)],
        letters=dict.fromkeys(found, column_letter(value_place)),
        labels=labels,
        setting_lines={field: grid.line(k) for field, k in found.items()},
        extras={name: (value,) for name, value in own.items()},
    )
    _read_values(draft, table, grid, found, value_place)
    return table


def _report_unknown(draft: Draft, kind: type[Row], place: tuple[str, str], name: str) -> None:
    """Warn of a line that is no setting."""
    sheet, cell = place
    like = nearest_field(kind, name)
    draft.note(
        "unknown_setting_line",
        sheet,
        f"setting {name!r} is not known; it is kept but not used.",
        f"Maybe {like!r} is meant." if like else "",
        cell=cell,
        value=name,
    )


def _read_values(
    draft: Draft, table: Table, grid: Grid, found: Mapping[str, int], value_place: int
) -> None:
    """Convert and validate the values of a vertical sheet."""
    values: dict[str, list[object]] = {}
    table.values = values
    bad: dict[str, set[int]] = {}
    for column in columns(table.kind):
        k = found.get(column.field)
        if k is None:
            continue
        row = grid.rows[k]
        raw = row[value_place] if value_place < len(row) else EMPTY
        known = grid.faulty.get((k, value_place))
        parsed = parse_column(column, [EMPTY if known else raw], table.form)
        if known:
            raw = known[1]
            parsed.faults[0] = known[0]
        values[column.field] = parsed.values
        report_parsed(draft, table, column, [raw].__getitem__, parsed)
        bad[column.field] = set(parsed.faults)
    if not values:
        table.rows, table.positions = [table.kind()], [0]
        return
    validate_rows(draft, table, bad)


def apply_options(draft: Draft, options: Mapping[str, str]) -> None:
    """Let settings given beside the case win over those in it.

    Parameters
    ----------
    draft
        The case in the making; its settings are exchanged.
    options
        Values by the name of the setting, as text.
    """
    table = draft.table(Settings)
    row = table.rows[0] if table.rows else Settings()
    by_name = {column.field: column for column in columns(Settings)}
    given = Table(Settings, "options", "folder", lines=[0])
    values: dict[str, list[object]] = {}
    given.values = values
    bad: dict[str, set[int]] = {}
    for name, text in options.items():
        field = field_of(Settings, name)
        if field is None:
            like = nearest_field(Settings, name)
            draft.note(
                "unknown_setting",
                "options",
                f"there is no setting {name!r}.",
                f"Maybe {like!r} is meant." if like else f"Maybe one of: {', '.join(by_name)}.",
                value=name,
            )
            continue
        parsed = parse_column(by_name[field], [text], "folder")
        values[field] = parsed.values
        report_parsed(draft, given, by_name[field], [text].__getitem__, parsed)
        bad[field] = set(parsed.faults)
    if not values:
        return
    validate_rows(draft, given, bad)
    if given.rows:
        chosen = {name: getattr(given.rows[0], name) for name in values}
        table.rows = [row.model_copy(update=chosen)]
        table.positions = [0]
        draft.tables[Settings.sheet] = table

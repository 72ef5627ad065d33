"""One grid to one table: typed values, valid rows, and every fault with its cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from allocator.draft import Draft, Form, Table, column_letter, shown
from allocator.intake.cells import ParsedColumn, parse_column
from allocator.intake.grid import EMPTY, Grid, is_blank
from allocator.intake.headers import Header, data_rows, find_header, nearest, nearest_field
from allocator.intake.plain import LANGUAGES, plain_value
from allocator.intake.validation import report_duplicates, validate_rows
from allocator.intake.wording import report_empty, report_parsed
from allocator.schema.row import Column, Row, columns

__all__ = ["read_table"]

_LONGEST_LIST = 8
_LONGEST_NAME = 60


def read_table(draft: Draft, kind: type[Row], grid: Grid, form: Form) -> Table:
    """Read one sheet that is laid out in rows.

    Parameters
    ----------
    draft
        Takes the issues.
    kind
        Row class of the sheet.
    grid
        Its raw cells.
    form
        Kind of source.

    Returns
    -------
    Table
        Values of all lines and the valid rows.
    """
    header = find_header(kind, grid)
    if header is None:
        if any(not is_blank(row) for row in grid.rows):
            _report_no_header(draft, kind, grid)
        return Table(kind, grid.name, form)
    _report_header(draft, kind, grid, header)
    _square(draft, grid, header)
    data, examples = data_rows(header, grid)
    letters = {name: column_letter(place) for name, place in header.places.items()}
    table = Table(
        kind,
        grid.name,
        form,
        lines=[grid.line(k) for k in data],
        letters=letters,
        labels=header.labels,
    )
    _report_examples(draft, kind, grid, header, examples)
    _report_looks(draft, grid, header, data)
    chosen = [grid.rows[k] for k in data]
    by_place: Sequence[Sequence[object]] = list(zip(*chosen, strict=True))
    bad = _parse_columns(draft, table, header, by_place, _faulty_by_field(grid, header, data))
    table.extras = _extras(draft, grid, header, data, by_place)
    validate_rows(draft, table, bad)
    report_duplicates(draft, table)
    return table


def _report_no_header(draft: Draft, kind: type[Row], grid: Grid) -> None:
    """Report that nothing in a sheet is named as its columns are."""
    names = ", ".join(column.field for column in columns(kind)[:_LONGEST_LIST])
    if grid.members:
        found = ", ".join(name[:_LONGEST_NAME] for name in grid.members[:_LONGEST_LIST])
        told = f"none of its members ({found}) is a column of this sheet."
        draft.note("no_header", grid.name, told, f"Maybe misspelt; the columns are {names} ...")
        return
    draft.note(
        "no_header",
        grid.name,
        "no line holds the headers of this sheet.",
        f"Maybe the header line was deleted; it begins with {names}.",
    )


def _report_header(draft: Draft, kind: type[Row], grid: Grid, header: Header) -> None:
    """Report what is wrong with the header line itself."""
    name = grid.name
    if any(not is_blank(row) for row in grid.rows[: header.row]):
        draft.note(
            "lines_above_header",
            name,
            f"the lines above the header in line {grid.line(header.row)} are not read.",
            cell=grid.cell(0, 0),
        )
    for field, first, second in header.duplicates:
        draft.note(
            "duplicate_column",
            name,
            f"column {field} stands in {grid.cell(header.row, first)} as well.",
            "Maybe delete or rename one of them.",
            cell=grid.cell(header.row, second),
            column=field,
        )
    for field, row, place, unit in header.other_units:
        declared = next(column.unit for column in columns(kind) if column.field == field)
        draft.note(
            "other_unit",
            name,
            f"{header.labels[field]} ({unit}) must be in {declared}.",
            f"Maybe convert the column, and write [{declared}] under its header.",
            cell=grid.cell(row, place),
            column=field,
            value=unit,
        )
    for text, place in header.unknown.items():
        like = nearest_field(kind, text)
        draft.note(
            "unknown_column",
            name,
            f"column {text!r} is not one of this sheet's; it is kept but not used.",
            f"Maybe {like!r} is meant." if like else "",
            cell=grid.cell(header.row, place),
            value=text,
        )
    for column in columns(kind):
        if column.is_required and column.field not in header.places:
            like = nearest(column.field, header.unknown) or nearest(column.zh, header.unknown)
            draft.note(
                "missing_column",
                name,
                f"column {column.field} ({column.zh}) is missing.",
                f"Maybe {like!r} is meant; rename it." if like else "Maybe add it.",
                cell="" if grid.members else grid.cell(header.row, 0),
                column=column.field,
            )


def _square(draft: Draft, grid: Grid, header: Header) -> None:
    """Bring all rows to the header's length; cells beyond it belong to no column."""
    width = len(grid.rows[header.row])
    named = {*header.places.values(), *header.unknown.values()}
    named |= {second for _, _, second in header.duplicates}
    nameless = [place for place in range(width) if place not in named]
    for k in range(len(grid.rows)):
        row = grid.rows[k]
        if len(row) != width:
            if k >= header.first_row and not is_blank(row[width:]):
                _report_nameless(draft, grid, k, width)
            grid.rows[k] = row[:width] + [EMPTY] * (width - len(row))
        elif k >= header.first_row:
            for place in nameless:
                if row[place] not in (EMPTY, None):
                    _report_nameless(draft, grid, k, place)


def _report_nameless(draft: Draft, grid: Grid, row: int, place: int) -> None:
    draft.note(
        "cell_without_header",
        grid.name,
        f"a cell ({shown(grid.rows[row][place])}) in a column without a header is not read.",
        "Maybe give the column a header.",
        cell=grid.cell(row, place),
        value=grid.rows[row][place],
    )


def _report_examples(
    draft: Draft, kind: type[Row], grid: Grid, header: Header, examples: list[int]
) -> None:
    """Warn of example rows that were filled with the planner's own figures."""
    declared = {
        column.field: {shown(plain_value(column.example, column, lang)) for lang in LANGUAGES}
        for column in columns(kind)
    }
    for k in examples:
        row = grid.rows[k]
        for field, place in header.places.items():
            text = shown(row[place])
            is_first = all(not shown(cell) for cell in row[:place])
            if text and not is_first and text not in declared[field]:
                draft.note(
                    "example_row",
                    grid.name,
                    f"the row is marked as an example and not read, but {field} ({text}) was "
                    "changed.",
                    "Maybe delete the mark from the first cell.",
                    cell=grid.cell(k, place),
                    column=field,
                    value=text,
                )
                break


def _report_looks(draft: Draft, grid: Grid, header: Header, data: list[int]) -> None:
    """Warn of hidden and merged parts of the table."""
    here = set(data)
    hidden = [grid.line(k) for k in grid.hidden_rows if k in here]
    if hidden:
        draft.note(
            "hidden_rows",
            grid.name,
            f"{len(hidden)} hidden rows (line {_listed(hidden)}) are read all the same.",
            "Maybe show or delete them.",
            cell=f"A{hidden[0]}",
        )
    by_place = {place: field for field, place in header.places.items()}
    shut = [k for k in grid.hidden_columns if k in by_place]
    if shut:
        names = ", ".join(by_place[k] for k in shut[:_LONGEST_LIST])
        draft.note(
            "hidden_columns",
            grid.name,
            f"hidden columns ({names}) are read all the same.",
            "Maybe show them.",
            cell=grid.cell(header.row, shut[0]),
        )
    for (top, left), (bottom, right) in grid.merged:
        if bottom >= header.row and any(k in by_place for k in range(left, right + 1)):
            area = f"{grid.cell(top, left)}:{column_letter(right)}{bottom + 1}"
            draft.note(
                "merged_cells",
                grid.name,
                f"cells {area} are merged; only the first of them has a value.",
                "Maybe unmerge them and fill in each cell.",
                cell=grid.cell(top, left),
            )


def _listed(numbers: list[int]) -> str:
    """A few numbers, and dots if there are more."""
    text = ", ".join(map(str, numbers[:_LONGEST_LIST]))
    return text if len(numbers) <= _LONGEST_LIST else f"{text}, ..."


def _faulty_by_field(
    grid: Grid, header: Header, data: list[int]
) -> dict[str, dict[int, tuple[str, str]]]:
    """Cells known to have no usable value, by field and position."""
    if not grid.faulty:
        return {}
    by_place = {place: field for field, place in header.places.items()}
    position = {k: p for p, k in enumerate(data)}
    found: dict[str, dict[int, tuple[str, str]]] = {}
    for (row, place), fault in grid.faulty.items():
        if place in by_place and row in position:
            found.setdefault(by_place[place], {})[position[row]] = fault
    return found


def _parse_columns(
    draft: Draft,
    table: Table,
    header: Header,
    by_place: Sequence[Sequence[object]],
    faulty: Mapping[str, Mapping[int, tuple[str, str]]],
) -> dict[str, set[int]]:
    """Convert all declared columns; return the positions of faulty cells by field."""
    values: dict[str, Sequence[object]] = {}
    bad: dict[str, set[int]] = {}
    table.values = values
    for column in columns(table.kind):
        if column.field not in header.places or not table.lines:
            continue
        raw = list(by_place[header.places[column.field]])
        known = faulty.get(column.field, {})
        for position, (_, text) in known.items():
            raw[position] = EMPTY if text else raw[position]
        parsed = parse_column(column, raw, table.form)
        for position, (code, text) in known.items():
            raw[position] = text
            parsed.faults[position] = code
        values[column.field] = parsed.values
        report_parsed(draft, table, column, raw.__getitem__, parsed)
        bad[column.field] = set(parsed.faults)
        if column.is_required and None in parsed.values:
            _report_empties(draft, table, column, parsed, bad[column.field])
    return bad


def _report_empties(
    draft: Draft, table: Table, column: Column, parsed: ParsedColumn, bad: set[int]
) -> None:
    """Report required cells that are empty, and count them as faulty."""
    for position, value in enumerate(parsed.values):
        if value is None and position not in bad:
            report_empty(draft, table, column, position)
            bad.add(position)


def _extras(
    draft: Draft,
    grid: Grid,
    header: Header,
    data: list[int],
    by_place: Sequence[Sequence[object]],
) -> dict[str, Sequence[object]]:
    """The user's own columns, as read."""
    if not data:
        return {}
    here = set(data)
    names = {place: text for text, place in header.unknown.items()}
    for (row, place), (_, text) in grid.faulty.items():
        if place in names and row in here:
            draft.note(
                "error_extra",
                grid.name,
                f"{names[place]} ({text}) has no value; it is not used.",
                cell=grid.cell(row, place),
                value=text,
            )
    return {text: by_place[place] for text, place in header.unknown.items()}

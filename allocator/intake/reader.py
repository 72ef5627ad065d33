"""A source to a checked case: find it, read it, collect every issue, freeze it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from allocator.case import Case
from allocator.checks import check_draft
from allocator.collection import no_collection
from allocator.datasets import dataset_path
from allocator.draft import Draft, Table
from allocator.errors import DataError, Issue, NotFoundError
from allocator.intake.document import read_document
from allocator.intake.folder import read_folder
from allocator.intake.grid import Book, Grid, is_blank
from allocator.intake.headers import is_declared, is_vertical, match_sheets, nearest, nearest_sheet
from allocator.intake.limits import LOCAL_LIMITS, Limits
from allocator.intake.package import file_fault
from allocator.intake.rows import read_table
from allocator.intake.settings import apply_options, read_vertical
from allocator.intake.workbook import read_workbook
from allocator.schema import CASE_SHEETS
from allocator.schema.procedure import Settings
from allocator.schema.row import Row, columns

__all__ = [
    "check_case",
    "open_source",
    "read_book",
    "read_case",
    "read_case_with_issues",
    "read_tables_draft",
]

_OPTIONS = re.compile(r"^(?P<name>[^?]+)\?(?P<options>[^=&?]+=[^&?]*(&[^=&?]+=[^&?]*)*)$")
_NO_OPTIONS: Mapping[str, str] = MappingProxyType({})


def read_case(
    source: str | Path, *, options: Mapping[str, str] = _NO_OPTIONS, limits: Limits = LOCAL_LIMITS
) -> Case:
    """Read and check a case.

    Parameters
    ----------
    source
        A workbook, a folder of CSV files, a JSON file, or the name of a shipped data set; with
        ``?setting=value&...`` behind it, those settings win over the case's own.
    options
        More settings that win, by name.
    limits
        How large the source may be.

    Raises
    ------
    DataError
        If there is any fault; carries all issues, warnings included.
    NotFoundError
        If there is no such source.
    """
    case, issues = read_case_with_issues(source, options=options, limits=limits)
    if case is None:
        raise DataError(issues)
    return case


def check_case(
    source: str | Path, *, options: Mapping[str, str] = _NO_OPTIONS, limits: Limits = LOCAL_LIMITS
) -> list[Issue]:
    """Return every fault and warning of a case, by sheet and line.

    Parameters
    ----------
    source, options, limits
        As for ``read_case``.

    Raises
    ------
    NotFoundError
        If there is no such source.
    """
    return read_case_with_issues(source, options=options, limits=limits)[1]


def read_case_with_issues(
    source: str | Path, *, options: Mapping[str, str] = _NO_OPTIONS, limits: Limits = LOCAL_LIMITS
) -> tuple[Case | None, list[Issue]]:
    """Read a case together with everything that was noticed.

    Parameters
    ----------
    source, options, limits
        As for ``read_case``.

    Returns
    -------
    tuple
        The case, None if there is any fault, and all issues by sheet and line.

    Raises
    ------
    NotFoundError
        If there is no such source.
    """
    path, given = open_source(source)
    with no_collection():
        try:
            book = read_book(path, limits)
        except DataError as error:
            return None, [replace(issue, sheet=path.name) for issue in error.issues]
        draft = read_tables_draft(book, CASE_SHEETS)
        apply_options(draft, {**given, **options})
        check_draft(draft)
        issues = draft.sorted_issues()
        return None if draft.has_faults else _freeze(draft), issues


def open_source(source: str | Path) -> tuple[Path, dict[str, str]]:
    """Return the file or folder that a source names, and the settings behind the ``?``.

    Raises
    ------
    NotFoundError
        If there is no such file, folder or data set.
    """
    text = str(source)
    if not text.strip():
        raise NotFoundError("no case is named. Maybe a file, a folder or a data set is left out.")
    options: dict[str, str] = {}
    path = Path(text)
    match = None if path.exists() else _OPTIONS.match(text)
    if match is None and "?" in text and not path.exists():
        raise NotFoundError(
            f"{text!r}: behind the ? stand settings as name=value, joined by &. "
            f"Maybe {text.partition('?')[0]}?gap=0.01."
        )
    if match:
        text = match["name"]
        path = Path(text)
        pairs = (part.partition("=") for part in match["options"].split("&"))
        options = {name.strip(): value.strip() for name, _, value in pairs}
    is_name = path.name == text and not path.suffix and isinstance(source, str)
    if is_name:
        try:
            return dataset_path(text), options
        except NotFoundError as error:
            if not path.exists():
                raise NotFoundError(
                    f"{text!r} is neither a file, a folder nor a shipped data set. "
                    f"{str(error).partition('. ')[2]}"
                ) from error
    if not path.exists():
        raise NotFoundError(f"{text!r} does not exist. Maybe the path is mistyped.")
    return path, options


def read_book(path: Path, limits: Limits = LOCAL_LIMITS) -> Book:
    """Read the raw cells of a source.

    Raises
    ------
    DataError
        If the source cannot be used at all.
    """
    if path.is_dir():
        return read_folder(path, limits)
    if path.suffix.lower() == ".csv":
        raise file_fault(
            "not_a_workbook",
            "one .csv file is no case.",
            "Maybe name its folder; each sheet is one file there, such as Districts.csv.",
        )
    is_document = path.suffix.lower() == ".json"
    with path.open("rb") as file:
        data = file.read((limits.unpacked_bytes if is_document else limits.raw_bytes) + 1)
    if is_document:
        return read_document(data, path.name, limits)
    return read_workbook(data, path.name, limits)


def read_tables_draft(
    book: Book, kinds: Mapping[str, type[Row]], *, keeps_others: bool = True
) -> Draft:
    """Read all declared sheets of a book, each for itself.

    Parameters
    ----------
    book
        Raw cells.
    kinds
        Declared sheets by canonical name.
    keeps_others
        Whether other sheets are kept as extras, with a warning.
    """
    draft = Draft(issues=list(book.issues))
    matched, others = match_sheets(book.grids, kinds)
    for canonical, kind in kinds.items():
        grids = matched.get(canonical, [])
        draft.sheet_order.append(grids[0].name if grids else canonical)
        if not grids:
            _report_missing(draft, kind, others)
            continue
        for grid in grids[1:]:
            draft.sheet_order.append(grid.name)
            draft.note(
                "duplicate_sheet",
                grid.name,
                f"the sheet stands for {canonical}, and so does {grids[0].name!r}.",
                "Maybe delete or rename one of them.",
            )
        draft.tables[canonical] = _read_sheet(draft, kind, grids[0], book)
    draft.sheet_order += [grid.name for grid in others]
    if keeps_others:
        for grid in others:
            _keep_other(draft, grid)
    return draft


def _read_sheet(draft: Draft, kind: type[Row], grid: Grid, book: Book) -> Table:
    """Read one declared sheet in whichever layout it has."""
    if grid.is_hidden:
        draft.note(
            "hidden_sheet", grid.name, "the hidden sheet is read all the same.", "Maybe show it."
        )
    if is_vertical(kind, grid):
        return read_vertical(draft, kind, grid, book.form)
    table = read_table(draft, kind, grid, book.form)
    if kind.vertical and len(table.lines) > 1:
        draft.note(
            "duplicate_setting",
            grid.name,
            f"the sheet has {len(table.lines)} rows of settings, but a case has one.",
            "Maybe delete the others.",
            cell=table.cell(1, next(iter(table.letters), "")),
        )
    if kind.required and not table.lines:
        faults = (issue.sheet for issue in draft.issues if issue.severity == "error")
        is_known = grid.name in faults
        if not is_known:
            draft.note("empty_sheet", grid.name, "the sheet has no rows.", "Maybe fill it in.")
    return table


def _report_missing(draft: Draft, kind: type[Row], others: list[Grid]) -> None:
    """Report a required sheet that is absent, with the sheet that may be meant."""
    if not kind.required:
        return
    # A sheet that has a name of its own in the schema is not this one misspelt.
    names = [grid.name for grid in others if not is_declared(grid.name)]
    like = nearest(kind.sheet, names) or nearest(kind.sheet_zh, names)
    header = ", ".join(c.field for c in columns(kind) if c.is_required)
    draft.note(
        "missing_sheet",
        kind.sheet,
        f"the required sheet {kind.sheet} ({kind.sheet_zh}) is missing.",
        f"Maybe {like!r} is meant; rename it."
        if like
        else f"Maybe add it; its required columns are {header}.",
    )


def _keep_other(draft: Draft, grid: Grid) -> None:
    """Keep a sheet the schema does not know, column by column."""
    like = nearest_sheet(grid.name)
    hint = f"Maybe {like!r} is meant; rename it." if like else ""
    if is_declared(grid.name):
        hint = "It belongs to a result. Maybe give the case that the result was made from."
    draft.note(
        "unknown_sheet",
        grid.name,
        "the sheet is not one of a case's; it is kept but not used.",
        hint,
    )
    rows = [row for row in grid.rows if not is_blank(row)]
    if not rows:
        return
    width = max(map(len, rows))
    kept: dict[str, tuple[object, ...]] = {}
    for place in range(width):
        cells = [row[place] if place < len(row) else "" for row in rows]
        name = str(cells[0]).strip()
        if not name or name in kept:
            name = f"{name} ({place + 1})".strip()
        kept[name] = tuple(cells[1:])
    draft.extras[grid.name] = kept


def _freeze(draft: Draft) -> Case:
    """Make the case of a draft without faults; the settings are always there."""
    tables: dict[str, tuple[Row, ...]] = {}
    extras: dict[str, dict[str, tuple[object, ...]]] = {}
    for sheet in CASE_SHEETS:
        table = draft.tables.get(sheet)
        if table is not None and table.rows:
            tables[sheet] = tuple(table.rows)
            if table.extras:
                extras[sheet] = {name: tuple(cells) for name, cells in table.extras.items()}
    tables = {Settings.sheet: tables.get(Settings.sheet, (Settings(),)), **tables}
    return Case(tables, {**extras, **draft.extras})

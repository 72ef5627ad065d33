"""Drop-downs of a workbook, from closed lists and from the sheets that codes refer to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from allocator.intake.plain import Language, header_text, plain_value, sheet_title
from allocator.schema.row import Column, Row, columns
from allocator.schema.words import YES_NO

__all__ = ["add_names", "add_validations"]

_SPARE_ROWS = 2000
_MESSAGES = {
    "en": ("Not in the list", "Choose a value from the list."),
    "zh": ("不在列表中", "请从列表中选择。"),
}


def add_names(
    book: Any, kinds: Mapping[str, type[Row]], first_row: int, rows: int, lang: Language
) -> None:
    """Name the key columns that other sheets refer to, as far as they are filled.

    Parameters
    ----------
    book
        openpyxl workbook.
    kinds
        Declared sheets by canonical name.
    first_row
        First data row.
    rows
        Rows of the largest sheet.
    lang
        Language of the sheet names.
    """
    wanted = {c.refers_to for kind in kinds.values() for c in columns(kind) if c.refers_to}
    for target in sorted(wanted):
        sheet, field = target.split(".")
        kind = kinds[sheet]
        place = next(k for k, c in enumerate(columns(kind)) if c.field == field)
        letter = get_column_letter(place + 1)
        tab = quote_sheetname(sheet_title(kind, lang))
        last = first_row + rows + _SPARE_ROWS
        area = f"{tab}!${letter}${first_row}:${letter}${last}"
        # An empty cell in a list lets Excel accept anything, so only the filled part is named.
        formula = f"OFFSET({tab}!${letter}${first_row},0,0,MAX(1,COUNTA({area})),1)"
        book.defined_names[_name(target)] = DefinedName(_name(target), attr_text=formula)


def _name(target: str) -> str:
    return target.replace(".", "__")


def add_validations(sheet: Any, kind: type[Row], first_row: int, rows: int, lang: Language) -> None:
    """Add the drop-downs of one sheet.

    Parameters
    ----------
    sheet
        openpyxl worksheet, also a write-only one.
    kind
        Row class of the sheet.
    first_row
        First data row; for a vertical sheet the line of the first setting.
    rows
        Rows it has now; more may be added below.
    lang
        Language of the lists.
    """
    for k, column in enumerate(columns(kind)):
        formula = _formula(column, lang)
        if formula is None:
            continue
        check = DataValidation(type="list", formula1=formula, allow_blank=True)
        check.errorTitle, check.error = _MESSAGES[lang]
        check.promptTitle = header_text(column, lang)[:32]
        check.errorStyle = "warning" if column.refers_to else "stop"
        check.showErrorMessage = True
        if kind.vertical:
            check.add(f"B{first_row + k}")
        else:
            letter = get_column_letter(k + 1)
            check.add(f"{letter}{first_row}:{letter}{first_row + rows + _SPARE_ROWS}")
        sheet.data_validations.append(check)


def _formula(column: Column, lang: Language) -> str | None:
    """Source of a column's drop-down; None if any value is allowed."""
    if column.refers_to:
        return _name(column.refers_to)
    if column.kind == "yes_no":
        words = list(YES_NO[lang].values())
    else:
        words = [str(plain_value(choice, column, lang)) for choice in column.choices]
    return '"' + ",".join(words) + '"' if words else None

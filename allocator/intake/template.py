"""The empty workbook that a planner fills in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink

from allocator.errors import ConflictError
from allocator.intake.headers import EXAMPLE_MARKS
from allocator.intake.layout import BLUE, FIRST_ROW, FONT, GREEN, GREY, write_rows, write_vertical
from allocator.intake.plain import Language, sheet_title
from allocator.intake.validations import add_names, add_validations
from allocator.schema import CASE_SHEETS
from allocator.schema.changes import CHANGE_KINDS, ONE_PLACE, Change
from allocator.schema.row import Row, columns
from allocator.schema.words import ABOUT_ZH, CHOICES_ZH

__all__ = ["add_agenda", "checked_language", "write_template"]

_ZH = {column.field: column.zh for column in columns(Change)}


def _zh_names(fields: Iterable[str]) -> str:
    """Chinese headers of some columns of the changes."""
    return "、".join(_ZH[name] for name in sorted(fields))


def _zh_needed(kind: str, needed: Iterable[str]) -> str:
    """Chinese headers of the columns that a kind needs."""
    one = _zh_names(ONE_PLACE.get(kind, ()))
    return "、".join(filter(None, [_zh_names(needed), f"{one}之一" if one else ""]))


def _one_place(kind: str) -> list[str]:
    """Say that one at least of some columns is needed."""
    places = sorted(ONE_PLACE.get(kind, ()))
    return [f"one of {' / '.join(places)}"] if places else []


AGENDA_TITLES = {"en": "README", "zh": "说明"}

_AGENDA = {
    "en": {
        "title": "Reserve allocator: the case",
        "steps": (
            "Fill in the sheets below; those marked 'required' must have rows.",
            "Row 1 holds the headers and their help, row 2 the units. Keep both; the order of "
            "sheets and columns does not matter, and your own columns and sheets are kept.",
            f"A row whose first cell begins with '{EXAMPLE_MARKS['en'].strip()}' is an example "
            "and is not read.",
            "Codes are text: 450103, not a number. Times without an offset are read as +08:00.",
            "Check it: allocator check FILE --annotate CHECKED. Plan: allocator plan FILE -o PLAN.",
        ),
        "colours": ("required", "optional", "result"),
        "heads": ("sheet", "needed", "what it is for"),
        "needed": ("required", "optional"),
    },
    "zh": {
        "title": "储备布局与调运：案例工作簿",
        "steps": (
            "请填写下列各表；标为“必填”的表须有数据行。",
            "第1行为表头（批注为说明），第2行为单位，请保留；表和列的顺序不限，自加的列和表会保留。",
            f"首格以“{EXAMPLE_MARKS['zh']}”开头的行是示例，不会读入。",
            "代码是文本，例如450103,不是数值。未写时区的时间按 +08:00 读取。",
            "检查：allocator check 文件 --annotate 标注文件。规划：allocator plan 文件 -o 结果。",
        ),
        "colours": ("必填", "选填", "结果"),
        "heads": ("表", "要求", "用途"),
        "needed": ("必填", "选填"),
    },
}

_CHANGES_AGENDA = {
    "en": {
        **_AGENDA["en"],
        "title": "Reserve allocator: what has changed since the plan",
        "steps": (
            "Say in Replan from which hour of the event on trips are planned anew.",
            "One line in Changes for each thing that is not as planned. Columns that a kind needs:",
            *(
                f"{kind}: {', '.join([*sorted(needed), *_one_place(kind)]) or '-'}"
                + (f" (may have {', '.join(sorted(allowed))})" if allowed else "")
                for kind, (needed, allowed) in CHANGE_KINDS.items()
            ),
            "Then: allocator replan CASE --plan PLAN --changes FILE -o NEW_PLAN.",
        ),
    },
    "zh": {
        **_AGENDA["zh"],
        "title": "储备布局与调运：方案之后的变化",
        "steps": (
            "在“调整”表中填写从灾害发生起第几小时开始重新安排。",
            "“变更”表每行一项与方案不符之处；各类别所需的列：",
            *(
                f"{CHOICES_ZH[kind]}：{_zh_needed(kind, needed) or '-'}"
                + (f"（可填 {_zh_names(allowed)}）" if allowed else "")
                for kind, (needed, allowed) in CHANGE_KINDS.items()
            ),
            "然后：allocator replan 案例 --plan 方案 --changes 文件 -o 新方案。",
        ),
    },
}


def checked_language(lang: str) -> Language:
    """Return the language, which is ``en`` or ``zh``.

    Raises
    ------
    ValueError
        If it is another one.
    """
    if lang not in AGENDA_TITLES:
        raise ValueError(f"lang ({lang}) must be en or zh.")
    return "zh" if lang == "zh" else "en"


def write_template(
    path: str | Path, lang: str = "en", kinds: Mapping[str, type[Row]] = CASE_SHEETS
) -> None:
    """Write the empty workbook with units, help, drop-downs and example rows.

    Parameters
    ----------
    path
        File to write.
    lang
        ``en`` or ``zh``: language of sheets, headers and lists. The reader takes both.
    kinds
        Its sheets: those of a case, or ``CHANGE_SHEETS``.

    Raises
    ------
    ConflictError
        If the file is not named as a workbook.
    ValueError
        If the language is another one.
    """
    chosen = checked_language(lang)
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise ConflictError(
            f"{target}: a template is a workbook. Maybe name it {target.stem or 'template'}.xlsx."
        )
    book = Workbook()
    book.remove(book.worksheets[0])
    add_agenda(book, chosen, kinds)
    for kind in kinds.values():
        sheet = book.create_sheet(sheet_title(kind, chosen))
        sheet.sheet_properties.tabColor = BLUE if kind.required else GREY
        if kind.vertical:
            write_vertical(sheet, kind, None, lang=chosen)
            add_validations(sheet, kind, 2, 0, chosen)
        else:
            write_rows(sheet, kind, (), lang=chosen, example=True)
            add_validations(sheet, kind, FIRST_ROW + 1, 0, chosen)
    if kinds is CASE_SHEETS:
        add_names(book, CASE_SHEETS, FIRST_ROW + 1, 0, chosen)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)


def add_agenda(book: Any, lang: Language, kinds: Mapping[str, type[Row]] = CASE_SHEETS) -> None:
    """Add the sheet that explains the workbook, with links to all others.

    Parameters
    ----------
    book
        openpyxl workbook, also a write-only one.
    lang
        Language of the text.
    kinds
        Sheets of the workbook.
    """
    words: dict[str, Any] = (_AGENDA if kinds is CASE_SHEETS else _CHANGES_AGENDA)[lang]
    sheet = book.create_sheet(AGENDA_TITLES[lang])
    for letter, width in zip("ABC", (22, 12, 110), strict=True):
        sheet.column_dimensions[letter].width = width

    def cell(value: str, *, font: Font | None = None, fill: str = "") -> Any:
        made = WriteOnlyCell(sheet, value)
        made.alignment = Alignment(wrap_text=len(value) > 30, vertical="top")
        if font is not None:
            made.font = font
        if fill:
            made.fill = PatternFill("solid", fgColor=fill)
        return made

    lines = [[cell(words["title"], font=Font(name=FONT, bold=True, size=14))]]
    lines += [[f"{k}", None, cell(step)] for k, step in enumerate(words["steps"], start=1)]
    colours = zip(words["colours"], (BLUE, GREY, GREEN), strict=True)
    lines += [[], *([cell(name, fill=fill)] for name, fill in colours), []]
    lines.append([cell(head, font=Font(name=FONT, bold=True)) for head in words["heads"]])
    for kind in kinds.values():
        title = sheet_title(kind, lang)
        link = cell(title, font=Font(name=FONT, underline="single", color="0563C1"))
        target = Hyperlink(ref="", location=f"{quote_sheetname(title)}!A1")
        link.hyperlink = target
        # A cell that is not yet in a sheet takes itself for A1.
        target.ref = f"A{len(lines) + 1}"
        needed = words["needed"][0 if kind.required else 1]
        fill = BLUE if kind.required else GREY
        lines.append([link, cell(needed, fill=fill), cell(_about(kind, lang))])
    for line in lines:
        sheet.append(line)


def _about(kind: type[Row], lang: Language) -> str:
    """What a sheet is for."""
    return ABOUT_ZH.get(kind.sheet, kind.about) if lang == "zh" else kind.about

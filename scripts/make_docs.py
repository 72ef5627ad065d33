"""Write what follows from declarations in ``docs/``: sheets, issue codes, table of settings.

``make_docs.py`` writes them; ``make_docs.py --check`` only says whether they are current.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from allocator.draft import shown
from allocator.issue_codes import ISSUE_CODES
from allocator.schema import (
    CASE_SHEETS,
    COMPARISON_SHEETS,
    DRILL_SHEETS,
    EXPLANATION_SHEETS,
    RESULT_SHEETS,
)
from allocator.schema.row import Column, Row, columns
from allocator.schema.words import CHOICES_ZH
from allocator.service_settings import PREFIX, ServiceSettings

DOCS = Path(__file__).resolve().parents[1] / "docs"

SHEETS_HEAD = """# Sheets

Made by `scripts/make_docs.py` from `allocator/schema`; do not edit.

A case is a workbook with the sheets below, a folder with one CSV file per sheet
(`Districts.csv`), or a JSON document (`{"Districts": [{...}], ...}`). Sheets and headers may be
English or Chinese. The header is the first line that holds the names below; a line of units in
brackets may follow. Your own columns and sheets are kept and come out again. Yes and no may be
written in English or Chinese, and so may the words of closed lists.

"""

RESULT_HEAD = """
# Result sheets

What a plan is written as, and read back from by `allocator verify`. The workbook adds columns that
explain others (the name beside a code, the unit beside a stage), hides sheets that this plan has
no rows for and columns without any value, and has further sheets for people: Charts, Pictures,
Assumptions, Chart_Data.

"""

EXPLANATION_HEAD = """
# Explanation sheets

What `allocator explain -o` writes. In a Chinese workbook the reasons, things and units are Chinese
words.

"""

DRILL_HEAD = """
# Drill sheets

What `allocator drill -o` writes, beside Charts and Chart_Data; how its figures are made is said in
[model.md](model.md).

"""

COMPARISON_HEAD = """
# Comparison sheets

What `allocator compare -o` writes, beside Charts and Chart_Data; what a difference means is said in
[model.md](model.md). In a Chinese workbook sheets, columns, reasons and units are Chinese words. A
sheet lists 20,000 rows at most; `--json` has all.

"""

ISSUES_HEAD = """# Issues

Made by `scripts/make_docs.py` from `allocator/issue_codes.py`; do not edit.

Codes that `allocator check` may report. An `error` stops the run, a `warning` does not.

| code | severity | meaning |
| --- | --- | --- |
"""


SETTINGS = re.compile(
    r"(?<=<!-- settings: made by scripts/make_docs.py -->\n).*?(?=<!-- end of settings -->)",
    re.DOTALL,
)
"""Part of the page about operations that is made here."""


def sheets_page() -> str:
    """Page with every column of every sheet."""
    text = SHEETS_HEAD + _contents(CASE_SHEETS)
    text += "".join(_sheet(kind) for kind in CASE_SHEETS.values())
    text += RESULT_HEAD + _contents(RESULT_SHEETS)
    text += "".join(_sheet(kind) for kind in RESULT_SHEETS.values())
    text += EXPLANATION_HEAD + _contents(EXPLANATION_SHEETS)
    text += "".join(_sheet(kind) for kind in EXPLANATION_SHEETS.values())
    drills = {name: kind for name, kind in DRILL_SHEETS.items() if name not in RESULT_SHEETS}
    text += DRILL_HEAD + _contents(drills)
    text += "".join(_sheet(kind) for kind in drills.values())
    text += COMPARISON_HEAD + _contents(COMPARISON_SHEETS)
    own = (kind for sheet, kind in COMPARISON_SHEETS.items() if sheet not in RESULT_SHEETS)
    return text + "".join(map(_sheet, own)).rstrip() + "\n"


def issues_page() -> str:
    """Page with every issue code."""
    lines = [
        f"| `{code}` | {about.severity} | {_escaped(about.about)} |"
        for code, about in ISSUE_CODES.items()
    ]
    return ISSUES_HEAD + "\n".join(lines) + "\n"


def operations_page() -> str:
    """Page about operations as it is, with the table of settings of now."""
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    about = _settings_about()
    lines = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for field in dataclasses.fields(ServiceSettings):
        default = f"`{field.default}`" if field.default != "" else ""
        variable = f"{PREFIX}{field.name.upper()}"
        lines.append(f"| `{variable}` | {default} | {_escaped(about[field.name])} |")
    table = "\n".join(lines) + "\n"
    page, number = SETTINGS.subn(lambda _: table, text)
    if number != 1:
        raise ValueError("docs/operations.md has no single place for the table of settings.")
    return page


def _settings_about() -> dict[str, str]:
    """What the settings say of themselves: the parameters in the docstring of their class."""
    text = inspect.getdoc(ServiceSettings) or ""
    parameters = text.partition("----------\n")[2]
    found = re.findall(r"^(\w+)\n((?:    .+\n?)+)", parameters, re.MULTILINE)
    about = {name: " ".join(lines.split()) for name, lines in found}
    return {name: words.replace("``", "`") for name, words in about.items()}


def _contents(kinds: Mapping[str, type[Row]]) -> str:
    lines = ["| sheet | 表 | needed | about |", "| --- | --- | --- | --- |"]
    for kind in kinds.values():
        needed = "required" if kind.required else "optional"
        lines.append(
            f"| [{kind.sheet}](#{kind.sheet.lower()}) | {kind.sheet_zh} | {needed} "
            f"| {_escaped(kind.about)} |"
        )
    return "\n".join(lines) + "\n"


def _sheet(kind: type[Row]) -> str:
    """Section of one sheet."""
    lines = ["", f"## {kind.sheet}", "", f"{kind.sheet_zh}. {kind.about}"]
    if kind.vertical:
        lines[-1] += " Laid out as lines of setting and value."
    if kind.key:
        lines[-1] += f" Key: {', '.join(f'`{name}`' for name in kind.key)}."
    lines += ["", "| column | 列 | unit | empty means | rule | meaning |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    lines += [_line(column) for column in columns(kind)]
    return "\n".join(lines) + "\n"


def _line(column: Column) -> str:
    """Table line of one column."""
    return (
        f"| `{column.field}` | {column.zh} | {column.unit} | {_empty(column)} "
        f"| {_rule(column)} | {_escaped(column.help)} |"
    )


def _empty(column: Column) -> str:
    """What an empty cell stands for."""
    if column.is_required:
        return "**fault**"
    if isinstance(column.default, bool):
        return "yes" if column.default else "no"
    return _escaped(shown(column.default))


def _rule(column: Column) -> str:
    """What a cell may hold."""
    if column.refers_to:
        return f"a value of {column.refers_to}"
    if column.choices:
        return "; ".join(f"{word} ({CHOICES_ZH[word]})" for word in column.choices)
    kinds = {
        "integer": "whole number",
        "yes_no": "yes or no",
        "date": "date",
        "time": "time, +08:00 without an offset",
    }
    if column.is_list:
        return "codes parted by ;"
    if "0-9" in column.pattern:
        return "six digits, as text"
    words = [kinds.get(column.kind, "code" if column.pattern else column.kind)]
    return ", ".join([*words, *column.bounds])


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


PAGES = {"sheets.md": sheets_page, "issues.md": issues_page, "operations.md": operations_page}


def main() -> int:
    """Write the pages, or say which are out of date."""
    is_check = "--check" in sys.argv[1:]
    stale = []
    for name, make in PAGES.items():
        path = DOCS / name
        text = make()
        if is_check:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"docs/{name} is out of date. Maybe run scripts/make_docs.py.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

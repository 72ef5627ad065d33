"""Verbs about cases: template, datasets, check."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.cli.options import AS_JSON, LANG
from allocator.cli.terminal import (
    EXIT_FAULTS,
    counted,
    print_document,
    print_issues,
    print_table,
)
from allocator.datasets import list_datasets
from allocator.documents import check_document
from allocator.intake import annotate, check_case, read_case, write_case, write_template
from allocator.schema import CHANGE_SHEETS

__all__ = ["check", "datasets", "template"]

_TEMPLATE_HELP = """Write an empty workbook with drop-downs, units, help and example rows.

\b
Examples
  allocator template --lang zh -o template.xlsx
  allocator template --changes -o changes.xlsx      what has changed since a plan"""

_DATASETS_HELP = """List the shipped cases, or export one as a workbook, CSV folder or JSON file.

\b
Examples
  allocator datasets
  allocator datasets guangxi -o case.xlsx --lang zh
  allocator datasets guangxi -o case_folder/"""

_CHECK_HELP = """Name every fault and warning of a case in one pass, with sheet and cell.

\b
Examples
  allocator check case.xlsx
  allocator check case.xlsx --annotate case_checked.xlsx
Exit code 1 if there are faults; warnings alone leave 0."""


@click.command(help=_TEMPLATE_HELP)
@click.option(
    "-o", "output", type=click.Path(path_type=Path), required=True, help="Workbook to write."
)
@click.option(
    "--changes",
    "with_changes",
    is_flag=True,
    help="The small workbook of changes for allocator replan, in place of a case.",
)
@LANG
def template(output: Path, lang: str, *, with_changes: bool) -> None:
    """Write an empty workbook."""
    if with_changes:
        write_template(output, lang, CHANGE_SHEETS)
        click.echo(f"{output}: one line for each thing that has changed since the plan.", err=True)
        return
    write_template(output, lang)
    click.echo(f"{output}: fill in the blue columns; row 2 holds the units.", err=True)


@click.command(help=_DATASETS_HELP)
@click.argument("name", required=False)
@click.option(
    "-o", "output", type=click.Path(path_type=Path), help="Workbook, folder or .json to write."
)
@LANG
@AS_JSON
def datasets(name: str | None, output: Path | None, lang: str, as_json: bool) -> None:
    """List or export the shipped cases."""
    if name is None:
        shipped = list_datasets()
        if as_json:
            print_document({"datasets": [{"name": d.name, "about": d.about} for d in shipped]})
        else:
            print_table((d.name, d.about) for d in shipped)
        return
    if output is None:
        raise click.UsageError(f"Say where to write {name}: -o FILE.")
    case = read_case(name)
    write_case(case, output, lang=lang)
    if as_json:
        print_document({"name": name, "file": str(output), "case_digest": case.digest})
    else:
        click.echo(f"{output}: {case.settings.plan_name}", err=True)


@click.command(help=_CHECK_HELP)
@click.argument("case")
@click.option(
    "--annotate",
    "annotated",
    type=click.Path(path_type=Path),
    help="Copy of the workbook with red cells and a Problems sheet.",
)
@AS_JSON
@click.pass_context
def check(context: click.Context, case: str, annotated: Path | None, as_json: bool) -> None:
    """Name every fault and warning."""
    issues = check_case(case)
    faults = sum(issue.severity == "error" for issue in issues)
    if annotated is not None:
        annotate(case, issues, annotated)
    if as_json:
        print_document(check_document(issues))
    else:
        print_issues(issues)
        warnings = counted(len(issues) - faults, "warning")
        click.echo(f"{counted(faults, 'fault')}, {warnings}", err=True)
    context.exit(EXIT_FAULTS if faults else 0)

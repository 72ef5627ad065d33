"""The verb that compares plans: inputs first, then what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from allocator.case import Case
from allocator.cli.options import AS_JSON, LANG
from allocator.cli.terminal import ProgressLine, print_document, print_table
from allocator.compare import Compared
from allocator.compare import compare as compare_plans
from allocator.documents import compare_document
from allocator.errors import ConflictError
from allocator.intake import read_case, read_plan
from allocator.report.comparisons import told_comparison, write_comparison
from allocator.report.words import as_language
from allocator.result_files import check_target
from allocator.schema.results import SummaryLine

__all__ = ["compare"]

_COMPARE_HELP = """Compare result workbooks: what differs in their inputs, then in the plans.

The first FILE is the base; every other one is held against it. With --case the plans are replayed
first (one that is not certified is refused) and the cases are compared cell by cell: give one case
for all results, or as many as results, in their order. Without --case only the results are
compared.

A difference is distinguishable if better solves could not undo it: the intervals from bound to
value do not overlap. Figures without a bound, such as trips, may change between equally good
plans. Trips are paired by lane, vehicle kind, load and hour, never by their numbers.

\b
Examples
  allocator compare base.xlsx other.xlsx --case case.xlsx -o diff.xlsx
  allocator compare base.xlsx more_docks.xlsx --case case.xlsx --case docks.xlsx -o diff.xlsx
  allocator compare base.xlsx a.xlsx b.xlsx --case guangxi -o diff.xlsx --lang zh
  allocator compare base.xlsx other.xlsx --json

\b
What if: the same case with other settings is a case of its own
  allocator plan guangxi -o lives.xlsx
  allocator plan "guangxi?objective=social" -o social.xlsx
  allocator compare lives.xlsx social.xlsx --case guangxi --case "guangxi?objective=social" \\
      -o diff.xlsx"""


@click.command(help=_COMPARE_HELP)
@click.argument(
    "results",
    metavar="FILE FILE ...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True),
)
@click.option(
    "--case",
    "case_sources",
    metavar="CASE",
    multiple=True,
    help="Case of all results, or once for each result in order.",
)
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Workbook (.xlsx) for the comparison; its page goes beside it.",
)
@LANG
@AS_JSON
def compare(
    results: Sequence[Path],
    case_sources: Sequence[str],
    output: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Compare results with the first one."""
    if len(results) < 2:
        raise click.UsageError("Name two results or more: the base, then what is held against it.")
    if len(case_sources) not in (0, 1, len(results)):
        raise click.UsageError(
            f"--case is given {len(case_sources)} times for {len(results)} results. Give it once "
            "for all of them, or once for each."
        )
    language, progress = as_language(lang), ProgressLine()
    if output is not None:
        _check_output(output, [*results, *case_sources])
    everyone = _read(results, case_sources, progress)
    found = compare_plans(everyone[0], everyone[1:], progress.say)
    tables = told_comparison(everyone, found, language)
    page = None if output is None else write_comparison(everyone, tables, output, language)
    if as_json:
        print_document(compare_document(tables, output, page))
        return
    print_table((row.topic, row.figure, row.sentence) for row in tables.rows(SummaryLine))
    if output is not None:
        click.echo(f"workbook  {output}")
        click.echo(f"page      {page}")


def _check_output(output: Path, reads: Sequence[str | Path]) -> None:
    """Refuse to write over what is read, or over the page of one of the results."""
    check_target(output, *reads)
    page = output.with_suffix(".html")
    for read in map(Path, reads):
        if page.resolve() == read.with_suffix(".html").resolve() and page.exists():
            raise ConflictError(
                f"{page}: the page of the comparison would be written over that of {read}. "
                f"Maybe -o {output.stem}_compared.xlsx."
            )


def _read(
    results: Sequence[Path], case_sources: Sequence[str], progress: ProgressLine
) -> list[Compared]:
    """Read results and cases; a case that is given for several is read once."""
    cases: dict[str, Case] = {}
    for source in case_sources:
        if source not in cases:
            progress.say(f"reading {source} ...")
            cases[source] = read_case(source)
    chosen: list[Case | None] = [cases[source] for source in case_sources] or [None]
    if len(chosen) == 1:
        chosen *= len(results)
    names = _names(results)
    return [
        Compared(name, read_plan(path), case)
        for name, path, case in zip(names, results, chosen, strict=True)
    ]


def _names(results: Sequence[Path]) -> list[str]:
    """Call each result by its file's name, or by its whole path where two have the same."""
    stems = [path.stem for path in results]
    return [
        stem if stems.count(stem) == 1 else str(path)
        for stem, path in zip(stems, results, strict=True)
    ]

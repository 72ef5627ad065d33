"""The verb that says why a plan leaves need unmet, why this warehouse, and why not that one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from allocator.cli.cases import LANG
from allocator.cli.numbers import Decimal
from allocator.cli.terminal import ProgressLine, counted, print_document, print_table
from allocator.documents import explain_document
from allocator.explain import Question
from allocator.explain import explain as explain_plan
from allocator.intake import read_case, read_plan
from allocator.publication import check_target
from allocator.report.explanations import (
    reason_words,
    with_explanation_sentences,
    write_explanations,
)
from allocator.report.words import Language, as_language
from allocator.report.worth import amount
from allocator.schema.explanations import Certificate, Choice, Explanation
from allocator.tables import TableSet

__all__ = ["explain"]

_EXPLAIN_HELP = """Say why need stays unmet, and what would repair it.

The plan is replayed first. Then counts that prove a shortage without any solve, and the reason of
each shortage, found by relaxing one thing at a time and solving again: vehicles, docks, drivers'
rests, receiving, sign-offs, home reserves, roads, deadline, stock, or another's priority.

\b
Examples
  allocator explain guangxi --plan plan.xlsx --scenario mujigae2015 -o why.xlsx
  allocator explain case.xlsx --plan plan.xlsx --scenario s1 --district 450502 --item TENT12S
  allocator explain case.xlsx --plan plan.xlsx --scenario s1 --why W450105 --district 450110
  allocator explain case.xlsx --plan plan.xlsx --scenario s1 --why-not W450821 --district 450110"""


@click.command(help=_EXPLAIN_HELP)
@click.argument("case_source", metavar="CASE")
@click.option(
    "--plan",
    "plan_path",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    help="Result workbook with a dispatch.",
)
@click.option("--scenario", metavar="CODE", help="Only this scenario.")
@click.option("--district", metavar="CODE", help="Only this district.")
@click.option("--item", metavar="CODE", help="Only this item.")
@click.option("--why", metavar="WAREHOUSE", help="Why it serves the district.")
@click.option("--why-not", metavar="WAREHOUSE", help="Why it does not serve the district.")
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Workbook (.xlsx) for the answers.",
)
@click.option(
    "--time-limit",
    "time_limit_seconds",
    type=Decimal(1),
    help="Solving time of all answers, in seconds.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    help="Processes that solve side by side.",
)
@LANG
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def explain(
    case_source: str,
    plan_path: Path,
    scenario: str | None,
    district: str | None,
    item: str | None,
    why: str | None,
    why_not: str | None,
    output: Path | None,
    time_limit_seconds: float | None,
    workers: int,
    lang: str,
    as_json: bool,
) -> None:
    """Explain shortages and choices."""
    if why is not None and why_not is not None:
        raise click.UsageError("--why and --why-not exclude each other.")
    language = as_language(lang)
    if output is not None:
        check_target(output, case_source, plan_path)
    case, plan = read_case(case_source), read_plan(plan_path)
    ProgressLine().say("replaying the plan and solving again ...")
    question = Question(scenario, district, item, why, why_not)
    tables = explain_plan(case, plan, question, seconds=time_limit_seconds, workers=workers)
    tables = with_explanation_sentences(tables, language)
    if output is not None:
        write_explanations(case, plan, tables, output, language)
    if as_json:
        print_document(explain_document(tables, plan, output))
        return
    _print(tables, language, is_choice=bool(why or why_not))
    if output is not None:
        click.echo(f"workbook  {output}")


def _print(tables: TableSet, lang: Language, *, is_choice: bool) -> None:
    """Write the answers to the terminal: counts first, then reasons."""
    if is_choice:
        for row in tables.rows(Choice):
            click.echo(f"{row.stage}: {row.sentence}")
        first = next(iter(tables.rows(Choice)), None)
        if first is not None and (first.losers or first.gainers):
            click.echo(f"-  {first.losers or 'none'}")
            click.echo(f"+  {first.gainers or 'none'}")
        return
    for count in tables.rows(Certificate):
        if count.short_units > 0 or count.district is None:
            where = " ".join(filter(None, (count.scenario, count.district, count.item)))
            click.echo(f"{where}: {count.sentence}")
    found = tables.rows(Explanation)
    print_table(
        (
            row.scenario,
            row.district,
            row.item,
            amount(row.unmet_units),
            reason_words(row.reason, lang),
            row.repair,
        )
        for row in found
    )
    if len(found) == 1:
        click.echo(found[0].sentence)
    click.echo(counted(len(found), "shortage") + _by_reason(found, lang))


def _by_reason(found: Sequence[Explanation], lang: Language) -> str:
    """How many shortages each reason has, the most frequent first."""
    if len(found) < 2:
        return ""
    counts = Counter(row.reason for row in found).most_common()
    told = "; ".join(f"{reason_words(reason, lang)} {count}" for reason, count in counts)
    return f" ({told}), each repair for that one alone"

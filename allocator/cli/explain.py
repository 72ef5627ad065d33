"""The verb that says why a plan leaves need unmet, why this warehouse, and why not that one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from allocator.cli.options import AS_JSON, LANG
from allocator.cli.solving import CASE, run_options, solver_options
from allocator.cli.terminal import ProgressLine, counted, print_document, print_table
from allocator.documents import explain_document
from allocator.explain import Question
from allocator.explain import explain as explain_plan
from allocator.intake import read_case, read_plan
from allocator.report.explanations import (
    change_words,
    reason_words,
    with_explanation_sentences,
    write_explanations,
)
from allocator.report.words import Language, as_language
from allocator.report.worth import amount
from allocator.result_files import check_target
from allocator.schema.explanations import Certificate, Choice, Explanation
from allocator.tables import TableSet

__all__ = ["explain"]

_EXPLAIN_HELP = """Say why need stays unmet, what would repair it, and why this warehouse.

The plan is replayed first; it may be one that was planned anew. Then counts that prove a shortage
without any solve, and the reason of each shortage, found by relaxing one thing at a time and
solving again: vehicles, docks, drivers' rests, receiving, ways through hubs, sign-offs, home
reserves, roads, deadline, stock, or another's priority; of a re-plan also the change it is due to.

--why and --why-not force the other choice and solve again. With --district: whether a warehouse
serves it. With --scenario alone: whether the warehouse sends anything, or more. With neither, of a
placement: whether the warehouse is open, and its size.

\b
Examples
  allocator explain guangxi --plan plan.xlsx --scenario mujigae2015 -o why.xlsx
  allocator explain case.xlsx --plan plan.xlsx --scenario s1 --district 450502 --item TENT12S
  allocator explain case.xlsx --plan plan.xlsx --scenario s1 --why W450105 --district 450110
  allocator explain case.xlsx --plan plan.xlsx --scenario s1 --why-not W450821
  allocator explain case.xlsx --plan plan.xlsx --why W450105"""


@click.command(help=_EXPLAIN_HELP)
@CASE
@click.option(
    "--plan",
    "plan_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="Result workbook: a dispatch, maybe planned anew, or a placement.",
)
@click.option("--scenario", metavar="CODE", help="Only this scenario.")
@click.option("--district", metavar="CODE", help="Only this district.")
@click.option("--item", metavar="CODE", help="Only this item.")
@click.option("--why", metavar="WAREHOUSE", help="Why it serves the district, sends, or is open.")
@click.option("--why-not", metavar="WAREHOUSE", help="Why it does not, or sends no more.")
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Workbook (.xlsx) for the answers.",
)
@solver_options("Solving time of all answers, in seconds.")
@LANG
@AS_JSON
def explain(
    case_source: str,
    plan_path: Path,
    output: Path | None,
    lang: str,
    as_json: bool,
    **given: Any,
) -> None:
    """Explain shortages and choices."""
    if given["why"] is not None and given["why_not"] is not None:
        raise click.UsageError("--why and --why-not exclude each other.")
    is_choice = given["why"] is not None or given["why_not"] is not None
    if is_choice and given["item"] is not None:
        raise click.UsageError("--item is about shortages; --why and --why-not take none.")
    language, progress = as_language(lang), ProgressLine()
    if output is not None:
        check_target(output, case_source, plan_path)
    case, plan = read_case(case_source), read_plan(plan_path)
    progress.say("replaying the plan and solving again ...")
    names = ("scenario", "district", "item", "why", "why_not")
    question = Question(**{name: given[name] for name in names})
    tables = explain_plan(case, plan, question, run_options(given), progress)
    tables = with_explanation_sentences(tables, language)
    if output is not None:
        write_explanations(case, plan, tables, output, language)
    if as_json:
        print_document(explain_document(tables, plan, output))
        return
    if is_choice:
        _print_choices(tables)
    else:
        if bool(plan.changes) and bool(tables.rows(Certificate)):
            click.echo(_FROM_HOUR[language].format(hour=plan.changes[-1].at_hours))
        _print(tables, language)
    if output is not None:
        click.echo(f"workbook  {output}")


_FROM_HOUR: dict[Language, str] = {
    "en": "counts are of what is left from hour {hour:g} on",
    "zh": "以下为第 {hour:g} 小时起的剩余量",
}


def _print_choices(tables: TableSet) -> None:
    """Write what forced plans change to the terminal."""
    shown = set[str]()
    for row in tables.rows(Choice):
        if not shown:
            click.echo(f"{row.warehouse}: {row.sends}")
        if row.alternative not in shown:
            shown.add(row.alternative)
            click.echo(f"{row.alternative.replace('_', ' ')}:")
            for mark, who in (("-", row.losers), ("+", row.gainers)):
                if row.forced_value is not None:
                    click.echo(f"  {mark}  {who or 'none'}")
        click.echo(f"  {row.stage}: {row.sentence}")


def _print(tables: TableSet, lang: Language) -> None:
    """Write the answers to the terminal: counts first, then reasons."""
    for count in tables.rows(Certificate):
        if count.short_units > 0 or count.district is None:
            where = " ".join(filter(None, (count.scenario, count.district, count.item)))
            click.echo(f"{where}: {count.sentence}")
    found = tables.rows(Explanation)
    is_anew = any(row.changes for row in found)
    print_table(
        (
            row.scenario,
            row.district,
            row.item,
            amount(row.unmet_units),
            reason_words(row.reason, lang),
            *([change_words(row.changes, lang)] if is_anew else []),
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

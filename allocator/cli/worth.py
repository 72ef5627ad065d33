"""The verb that says what planning with the model is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from allocator.cli.numbers import Decimal
from allocator.cli.options import AS_JSON, LANG
from allocator.cli.solving import (
    CASE,
    OBJECTIVE_WORDS,
    OBJECTIVES,
    objective_option,
    read_source,
    solver_options,
)
from allocator.cli.terminal import ProgressLine, print_document, print_table
from allocator.documents import worth_document
from allocator.engine.run_options import RunOptions
from allocator.engine.worth import HoldBack, run_worth
from allocator.plan import Plan
from allocator.publication import publish
from allocator.report.words import Language, as_language
from allocator.report.worth import amount, plan_word, unit_words, with_worth_sentences
from allocator.result_files import check_target

__all__ = ["worth"]

_WORTH_HELP = """Say what planning with the model is worth.

One table: the model's plan, today's network, a p-median, a greedy plan, the plan for the expected
scenario and the bound of perfect foresight, all priced alike; the value of the stochastic solution
(VSS) and the expected value of perfect information (EVPI) as intervals. With --hold-back or --folds
every plan is also judged on scenarios that it has not seen.

\b
Examples
  allocator worth guangxi -o worth.xlsx --objective social
  allocator worth guangxi -o worth.xlsx --objective social --folds 4 --time-limit 600
  allocator worth case.xlsx -o worth.xlsx --hold-back 0.25 --seed 7 --json"""


@click.command(help=_WORTH_HELP)
@CASE
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Result workbook (.xlsx): the model's placement with the sheet Worth.",
)
@click.option(
    "--hold-back",
    type=Decimal(0, 1, min_open=True, max_open=True),
    metavar="SHARE",
    help="Share of the scenarios to hold back from planning, once.",
)
@click.option(
    "--folds",
    type=click.IntRange(2),
    metavar="K",
    help="Hold back each of so many parts of the scenarios in turn.",
)
@objective_option(OBJECTIVES, OBJECTIVE_WORDS)
@solver_options(
    "Solving time of all plans together, in seconds; pricing comes after it.",
    "Of the solver, and of which scenarios are held back.",
)
@LANG
@AS_JSON
def worth(
    case_source: str,
    output: Path,
    hold_back: float | None,
    folds: int | None,
    lang: str,
    as_json: bool,
    **given: Any,
) -> None:
    """Compare the model's plan with simpler ones."""
    if hold_back is not None and folds is not None:
        raise click.UsageError("--hold-back and --folds exclude each other.")
    progress, language = ProgressLine(), as_language(lang)
    check_target(output, case_source)
    case = read_source(case_source, progress)
    result = run_worth(case, RunOptions(**given), HoldBack(hold_back, folds), progress)
    progress.say("replaying and writing ...")
    result = with_worth_sentences(result, language)
    published = publish(case, result, output, lang=lang, with_page=False, with_pictures=False)
    if as_json:
        print_document(worth_document(case, published.plan))
        return
    print_table(_table(published.plan, language))
    for row in published.plan.worth:
        if row.value is None:
            click.echo(f"{plan_word(row.plan, language)}: {row.sentence}")
    click.echo("every value replayed; the model's plan certified by replay of the workbook")
    click.echo(f"workbook  {published.workbook}")


_HEADS: dict[Language, tuple[str, ...]] = {
    "en": ("plan", "value", "to the model", "held back", "unmet", "cost CNY/year", "rules"),
    "zh": ("方案", "目标值", "与模型之差", "样本外", "缺供", "年费用（元）", "规则"),
}


def _table(plan: Plan, lang: Language) -> list[tuple[str, ...]]:
    """Lines of the comparison for the terminal."""
    heads = _HEADS[lang]
    unit = unit_words(plan.worth[0].unit, lang)
    lines = [(heads[0], f"{heads[1]} [{unit}]", *heads[2:])]
    for row in plan.worth:
        value = _told(row.value)
        if row.value is None and row.value_low is not None and row.value_high is not None:
            value = f"{amount(row.value_low)} ... {amount(row.value_high)}"
        is_other = row.difference_share is not None and row.plan != "model_plan"
        share = f"{row.difference_share:+.1%}" if is_other else ""
        kept = "" if row.keeps_rules is None else ("ok" if row.keeps_rules else row.broken_rules)
        lines.append(
            (
                plan_word(row.plan, lang),
                value,
                share,
                _told(row.held_back_value),
                _told(row.unmet),
                _told(row.cost_cny),
                kept,
            )
        )
    return lines


def _told(value: float | None) -> str:
    """Figure for the terminal; nothing where there is none."""
    return "" if value is None else amount(value)

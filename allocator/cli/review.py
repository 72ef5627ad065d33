"""Verbs that look at a result: verify."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.cli.options import AS_JSON
from allocator.cli.terminal import EXIT_FAULTS, counted, print_document
from allocator.documents import verify_document
from allocator.intake import read_case, read_plan
from allocator.replay import verify as replay

__all__ = ["verify"]

SHOWN_VIOLATIONS = 40
"""Violations on the terminal at most; the JSON document has all."""

_VERIFY_HELP = """Replay a result workbook against its case, without the models.

Stock, volume, budgets, vehicles, docks, sign-offs, arrivals, unmet need and every objective are
worked out again from the two files alone.

\b
Example
  allocator verify case.xlsx plan.xlsx
Exit code 0 if certified, 1 with a list of violations if not."""


@click.command(help=_VERIFY_HELP)
@click.argument("case_source", metavar="CASE")
@click.argument("result", metavar="FILE", type=click.Path(path_type=Path, exists=True))
@AS_JSON
@click.pass_context
def verify(context: click.Context, case_source: str, result: Path, as_json: bool) -> None:
    """Replay a result workbook."""
    case, plan = read_case(case_source), read_plan(result)
    told = plan.run_info.get("case_digest", "")
    if told not in ("", case.digest):
        made = f"made from another case, or from this one before a change ({told[:12]}"
        click.echo(f"{result}: {made}, this is {case.digest[:12]})", err=True)
    verdict = replay(case, plan)
    if as_json:
        print_document(verify_document(verdict))
    else:
        for violation in verdict.violations[:SHOWN_VIOLATIONS]:
            click.echo(f"{violation.rule} ({violation.where}): {violation.message}")
        more = len(verdict.violations) - SHOWN_VIOLATIONS
        if more > 0:
            click.echo(f"... and {more} more (see --json)")
        word = "certified" if verdict.certified else "NOT certified"
        click.echo(f"{result}: {word}, {counted(len(verdict.violations), 'violation')}")
    context.exit(0 if verdict.certified else EXIT_FAULTS)

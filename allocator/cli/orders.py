"""The verb that turns the trips of a result into orders."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.cli.options import AS_JSON, LANG, OUTLINES
from allocator.cli.terminal import counted, print_document, print_table
from allocator.documents import orders_document
from allocator.intake import read_case, read_plan
from allocator.orders import write_orders

__all__ = ["orders"]

_ORDERS_HELP = """Turn the trips of a result workbook into orders people can act on.

The plan is replayed first; one that is not certified is refused. For each scenario with trips the
folder gets

\b
  SCENARIO-orders.pdf     to be handed out: cover, a manifest for each warehouse with its docks,
                          arrivals in each district, sign-offs with when they must be through
  SCENARIO-orders.xlsx    the same as a workbook, all trips on one sheet
  SCENARIO-trips.geojson  the trips as lines on a map
  SCENARIO-map.html       map and Gantt that step through the hours; open without a network

Clock times are those of Asia/Shanghai.

\b
Examples
  allocator orders guangxi plan.xlsx -o orders
  allocator orders case.xlsx plan.xlsx -o orders --scenario rammasun2014 --lang zh"""


@click.command(help=_ORDERS_HELP)
@click.argument("case_source", metavar="CASE")
@click.argument("result", metavar="FILE", type=click.Path(path_type=Path, exists=True))
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for the files; made if need be.",
)
@click.option("--scenario", metavar="CODE", help="Only this scenario.")
@OUTLINES
@LANG
@AS_JSON
def orders(
    case_source: str,
    result: Path,
    output: Path,
    scenario: str | None,
    outlines: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Turn trips into orders."""
    case, plan = read_case(case_source), read_plan(result)
    written = write_orders(case, plan, output, scenario=scenario, lang=lang, outlines=outlines)
    if as_json:
        print_document(orders_document(written, plan))
        return
    print_table(
        (
            one.book.scenario,
            one.book.name,
            counted(len(one.book.trips), "trip"),
            counted(len(one.book.by_warehouse), "warehouse"),
            counted(len(one.book.districts), "district"),
        )
        for one in written
    )
    for one in written:
        click.echo(", ".join(map(str, one.files)), err=True)

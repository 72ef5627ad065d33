"""Measure the engine on the literature's instances, and on our own cases at growing size.

``python benchmarks/run.py placement`` reads eight formats of the literature and solves six
problems; ``python benchmarks/run.py scale`` measures the shipped cases and writes a table into
the docs. Both can solve the same with HiGHS, SCIP and CBC directly in the same run.
``python benchmarks/run.py race`` solves whole sets of the literature beside these solvers.
``python benchmarks/run.py growth`` measures how time and memory grow, with pictures.
``python benchmarks/run.py targets`` sets whole commands and the literature beside what is asked.
``python benchmarks/run.py backtest`` sets a real dispatch beside the plan, with a picture.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    # Called as a file: Python has put benchmarks/ on the path, not the checkout.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from allocator.errors import AllocatorError
from benchmarks import target_rows, verbs
from benchmarks.arguments import DocumentError, not_negative, positive
from benchmarks.backtest_variants import variants
from benchmarks.growth import SERIES
from benchmarks.instance_files import FORMATS, PROBLEMS, InstanceFileError
from benchmarks.opponents import OPPONENTS
from benchmarks.race import RACES
from benchmarks.scale import DEFAULT_CASES
from benchmarks.scale_methods import METHODS
from benchmarks.sign_off_verb import add_sign_offs

__all__ = ["main"]

DOCS = Path(__file__).resolve().parents[1] / "docs" / "scale.md"

RACE_DOCS = DOCS.with_name("literature.md")

TARGET_DOCS = DOCS.with_name("targets.md")

GROWTH_DOCS = DOCS.with_name("growth.md")

DISPATCH_DOCS = DOCS.with_name("dispatch.md")

BACKTEST_DOCS = DOCS.with_name("backtest.md")

_EXAMPLES = """\
examples:
  python benchmarks/run.py placement --format orlib --problem cflp cap41.txt cap51.txt
      OR-Library's capacitated problems with their known optima
  python benchmarks/run.py placement --format orlib --problem cflp --capacity 8000 capa.txt
      in capa, capb and capc the word 'capacity' stands for a number that you give
  python benchmarks/run.py placement --format yang --problem sscflp p1.txt --against highs,scip,cbc
      the same instance by three solvers directly, with ratios and their geometric means
  python benchmarks/run.py placement --format pmed --problem p-center pmed1.txt --json > pmed1.json
  python benchmarks/run.py scale --case guangxi:4501 --case guangxi --time-limit 120
      placement of two prefectures' worth and of all Guangxi, table into docs/scale.md
  python benchmarks/run.py race --set cap --set holmberg --time-limit 60
      two sets beside HiGHS, SCIP and CBC; without --set all of them, hours, into docs/literature.md
  python benchmarks/run.py scale --case guangxi:4501,4502 --case guangxi --case south5
      what needs more memory than is free is left out with a sentence
  python benchmarks/run.py growth --series districts --time-limit 120 --json > growth.json
      one of the series; without --series both, three quarters of an hour, into docs/growth.md
  python benchmarks/run.py growth --case guangxi:45 --case china:45@20 --output growth.md
      cases of your own; --read growth.json writes page and pictures anew without measuring
  python benchmarks/run.py targets --row guangxi-10s --row south5-45s
      two of the figures asked for; without --row all of them, into docs/targets.md
  python benchmarks/run.py targets --literature race.json --growth growth.json
      everything in one table in 45 minutes; race.json is what `race --json` printed
  python benchmarks/run.py dispatch --row 20x40
      one of the figures asked for of dispatch; without --row all of them, into docs/dispatch.md
  python benchmarks/run.py backtest --json > backtest.json
      what the plan would have delivered at Jishishan in 2023 against what arrived, eight minutes,
      into docs/backtest.md; --read backtest.json writes page and picture anew without planning

exit codes: 0 done, 1 a result contradicts the literature or there is no answer,
2 a broken file, or options that do not go together (the message says how to mend it).
Known values come from known_optima.csv in data/benchmarks of the shared folder (environment
variable ALLOCATOR_SHARED, or 'shared' beside the checkout); without it they are left empty.
"""


_PART_WORDS = (
    "data set or file, with codes for the districts that begin so, and a number for so many of the "
    "scenarios; again for more"
)


def main(words: list[str] | None = None) -> int:
    """Run what the command line asks for and return the exit code."""
    parser = _parser()
    asked = parser.parse_args(words)
    try:
        return int(asked.run(asked))
    except (InstanceFileError, DocumentError) as error:
        verbs.tell(f"error: {error}")
        return 2
    except AllocatorError as error:
        verbs.tell(f"error: {error}")
        return 1


def _parser() -> argparse.ArgumentParser:
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="benchmarks/run.py",
        description=(__doc__ or "").strip(),
        epilog=_EXAMPLES,
        formatter_class=shape,
    )
    added = parser.add_subparsers(
        required=True,
        metavar="placement | race | scale | growth | targets | dispatch | backtest | sign-offs",
    )
    _add_placement(added, shape)
    _add_race(added, shape)
    _add_scale(added, shape)
    _add_growth(added, shape)
    _add_targets(added, shape)
    _add_dispatch(added, shape)
    _add_backtest(added, shape)
    add_sign_offs(added, shape)
    return parser


def _add_placement(added: Any, shape: Any) -> None:
    """Add the verb ``placement``."""
    formats = "\n".join(
        f"  {name:<9} {', '.join(form.problems):<27} {form.description}"
        for name, form in FORMATS.items()
    )
    verb = added.add_parser(
        "placement",
        help="solve instances of the literature and compare with known values",
        description="Solve instances of the literature and compare with known values.",
        epilog=f"formats, the problems they serve, and their numbers in order:\n{formats}\n\n"
        + _EXAMPLES,
        formatter_class=shape,
    )
    verb.add_argument("--format", required=True, choices=list(FORMATS), help="see below")
    verb.add_argument(
        "--problem",
        required=True,
        choices=PROBLEMS,
        help="cflp/sscflp: capacitated, several sources/one; ufl: without capacity; "
        "cpmp: capacitated p-median",
    )
    verb.add_argument("files", nargs="+", type=Path, metavar="FILE")
    verb.add_argument(
        "--capacity", type=positive, help="for the word 'capacity' of capa, capb, capc"
    )
    verb.add_argument("--against", type=_solvers, default=[], help="of highs,scip,cbc")
    _add_limits(verb, gap=1e-6, limit=60.0)
    verb.set_defaults(run=verbs.placement)


def _add_race(added: Any, shape: Any) -> None:
    """Add the verb ``race``."""
    verb = added.add_parser(
        "race",
        help="solve whole sets of the literature beside other solvers",
        description="Solve whole sets of the literature with the product and with other solvers, "
        "one after the other, and write times and their ratios into the docs.",
        epilog=_EXAMPLES,
        formatter_class=shape,
    )
    names = [race.name for race in RACES]
    verb.add_argument(
        "--set", action="append", choices=names, dest="sets", help="only this one; again for more"
    )
    verb.add_argument(
        "--against", type=_solvers, default=list(OPPONENTS), help=f"of {','.join(OPPONENTS)}"
    )
    _add_output(verb, RACE_DOCS)
    _add_limits(verb, gap=1e-6, limit=60.0)
    verb.set_defaults(run=verbs.race)


def _add_scale(added: Any, shape: Any) -> None:
    """Add the verb ``scale``."""
    verb = added.add_parser(
        "scale",
        help="measure shipped cases of growing size against the plain model",
        description="Measure shipped cases of growing size: the product, the plain Pyomo model, "
        "and its rows by HiGHS, SCIP and CBC directly.",
        epilog=_EXAMPLES,
        formatter_class=shape,
    )
    verb.add_argument(
        "--case",
        action="append",
        metavar="CASE[:CODES][@COUNT]",
        help=f"{_PART_WORDS}. Default: {' '.join(DEFAULT_CASES)}",
    )
    verb.add_argument(
        "--methods", type=_methods, default=list(METHODS), help=f"of {','.join(METHODS)}"
    )
    _add_output(verb, DOCS)
    _add_limits(verb, gap=0.01, limit=60.0)
    verb.set_defaults(run=verbs.scale)


def _add_growth(added: Any, shape: Any) -> None:
    """Add the verb ``growth``."""
    series = "\n".join(f"  {one.name:<10} {' '.join(one.cases)}" for one in SERIES)
    verb = added.add_parser(
        "growth",
        help="measure how time and memory grow with districts and with scenarios",
        description="Measure cases that grow in districts, then cases that grow in scenarios: when "
        "both headline stages came down to 10, 5 and 1 %, one evaluation of the recourse, one "
        "round of cuts, building, memory; then fit what grows like which power of the lanes.",
        epilog=f"series, their cases from small to large:\n{series}\n\n" + _EXAMPLES,
        formatter_class=shape,
    )
    names = [one.name for one in SERIES]
    verb.add_argument("--series", action="append", choices=names, help="only this; again for more")
    verb.add_argument("--case", action="append", metavar="CASE[:CODES][@COUNT]", help=_PART_WORDS)
    verb.add_argument(
        "--read",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="rows of an earlier run with --json instead of measuring them anew; again for more",
    )
    verb.add_argument(
        "--pictures",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="draw PNG pictures beside the page (needs a Chromium)",
    )
    _add_output(verb, GROWTH_DOCS)
    _add_limits(verb, gap=0.01, limit=120.0)
    verb.set_defaults(run=verbs.growth)


def _add_targets(added: Any, shape: Any) -> None:
    """Add the verb ``targets``."""
    rows = "\n".join(
        f"  {one.name:<16} {one.case}, {one.size}: {100 * one.gap:g} % in {one.seconds:g} s, "
        f"{one.memory_gb:g} GB"
        for one in target_rows.TARGETS
    )
    verb = added.add_parser(
        "targets",
        help="set whole commands and the literature beside what is asked of them",
        description="Measure placement of guangxi, south5 and china as whole commands beside the "
        "gaps, times and memory asked of them; the share of model building and the growth of "
        "memory in the same runs; the literature by the race, run here or read from a file.",
        epilog=f"rows:\n{rows}\n  {verbs.LITERATURE:<16} all sets of `race`: known values, and "
        f"time to proof\n\n{_EXAMPLES}",
        formatter_class=shape,
    )
    names = [*(target.name for target in target_rows.TARGETS), verbs.LITERATURE]
    verb.add_argument("--row", action="append", choices=names, help="only this one; again for more")
    verb.add_argument(
        "--literature",
        type=Path,
        metavar="FILE",
        help="document of an earlier `race --json`, or an earlier page of this verb (.md) whose "
        "lines on the literature are kept; without it the race is run, for hours",
    )
    verb.add_argument(
        "--literature-limit",
        type=positive,
        default=60.0,
        metavar="SECONDS",
        help="limit of each solve of each solver where the race is run (60)",
    )
    verb.add_argument(
        "--growth",
        type=Path,
        metavar="FILE",
        help="document of an earlier `growth --json`, for the growth of memory; without it the "
        "rows themselves are taken",
    )
    _add_output(verb, TARGET_DOCS)
    _add_json(verb)
    verb.set_defaults(run=verbs.targets)


def _replans() -> list[target_rows.Ask]:
    """What is asked of re-plans."""
    return [ask for ask, _, _ in target_rows.REPLANS]


def _add_dispatch(added: Any, shape: Any) -> None:
    """Add the verb ``dispatch``."""
    rows = "\n".join(
        f"  {one.name:<12} {one.case}: {100 * one.gap:g} % in {one.seconds:g} s, "
        f"{one.memory_gb:g} GB"
        for one in target_rows.DISPATCH_TARGETS
    )
    orders = target_rows.ORDERS
    rows += f"\n  {orders.name:<12} {target_rows.ORDERED_TRIPS:,} trips: {orders.asked}"
    asked = "; ".join(ask.asked for ask in (target_rows.REPLAN_FIRST, *_replans()))
    rows += f"\n  {'replan':<12} hongshui at hour 6: {asked}"
    rows += f"\n  {'reasons':<12} {target_rows.REASONS.subject}: {target_rows.REASONS.asked}"
    parts = ", ".join(each.case for each in target_rows.PLAIN_DISPATCH)
    rows += f"\n  {'plain':<12} the engine beside the plain model: {parts}"
    verb = added.add_parser(
        "dispatch",
        help="set dispatch of one scenario, as whole commands, beside what is asked of it",
        description="Measure the dispatch of one scenario as whole commands, hourly and with all "
        "lanes, beside the gaps, times and memory asked of it, and the orders of a plan of many "
        "trips, of re-plans and of reasons, and of the plain model; twenty minutes in all.",
        epilog=f"rows:\n{rows}\n\n{_EXAMPLES}",
        formatter_class=shape,
    )
    dispatched = (target.name for target in target_rows.DISPATCH_TARGETS)
    names = [*dispatched, orders.name, "replan", "reasons", "plain"]
    verb.add_argument("--row", action="append", choices=names, help="only this one; again for more")
    _add_output(verb, DISPATCH_DOCS)
    _add_json(verb)
    verb.set_defaults(run=verbs.dispatch)


def _add_backtest(added: Any, shape: Any) -> None:
    """Add the verb ``backtest``."""
    rows = "\n".join(f"  {one.name:<24} {one.about}" for one in variants())
    verb = added.add_parser(
        "backtest",
        help="hold dispatch against what arrived at Jishishan in December 2023",
        description="Plan the Jishishan dispatch of 2023 with the depots, orders and hours known "
        "then, under every assumption the record leaves open, and set what is delivered by hour "
        "beside what arrived.",
        epilog=f"plans, each certified:\n{rows}\n\n{_EXAMPLES}",
        formatter_class=shape,
    )
    names = [one.name for one in variants()]
    verb.add_argument(
        "--plan",
        action="append",
        choices=names,
        dest="plans",
        help="only this one beside the central plan; again for more",
    )
    verb.add_argument(
        "--read", type=Path, metavar="FILE", help="what an earlier run with --json printed"
    )
    verb.add_argument(
        "--pictures",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="draw the picture into images/ beside the page (needs a Chromium)",
    )
    verb.add_argument(
        "--time-limit",
        type=positive,
        default=20.0,
        help="seconds for the solves of each plan (20)",
    )
    _add_output(verb, BACKTEST_DOCS)
    _add_json(verb)
    verb.set_defaults(run=verbs.backtest)


def _add_limits(verb: argparse.ArgumentParser, *, gap: float, limit: float) -> None:
    verb.add_argument(
        "--time-limit",
        type=positive,
        default=limit,
        help=f"seconds for each solve, of each solver ({limit:g})",
    )
    verb.add_argument("--gap", type=not_negative, default=gap, help=f"relative gap ({gap:g})")
    _add_json(verb)


def _add_output(verb: argparse.ArgumentParser, page: Path) -> None:
    about = f"page to write (docs/{page.name})"
    verb.add_argument("--output", type=Path, default=page, help=about)


def _add_json(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--json", action="store_true", help="one JSON document on standard output")


def _names(word: str, allowed: tuple[str, ...]) -> list[str]:
    names = list(dict.fromkeys(part for part in word.split(",") if part))
    for name in names:
        if name not in allowed:
            raise argparse.ArgumentTypeError(f"{name!r} must be one of {', '.join(allowed)}")
    return names


def _solvers(word: str) -> list[str]:
    return _names(word, tuple(OPPONENTS))


def _methods(word: str) -> list[str]:
    return _names(word, METHODS)


if __name__ == "__main__":
    sys.exit(main())

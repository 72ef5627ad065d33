"""The verb ``sign-offs`` of ``benchmarks/run.py``."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import Any

from allocator.intake import read_case
from benchmarks.arguments import document_of, positive
from benchmarks.dispatch_record import read_record, record_path
from benchmarks.sign_off_backtest import CASE, VERB, measure_sign_offs, read_sign_offs
from benchmarks.sign_off_figure import sign_off_figure
from benchmarks.sign_off_page import sign_off_page
from benchmarks.verbs import draw, tell

__all__ = ["PAGE", "add_sign_offs", "sign_offs"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "coordination-backtest.md"


def add_sign_offs(added: Any, shape: Any) -> None:
    """Add the verb.

    Parameters
    ----------
    added
        Verbs of the parser.
    shape
        How help is laid out.
    """
    verb = added.add_parser(
        VERB,
        help="hold arrivals with real and with simulated sign-off hours against two records",
        description="Plan Jishishan 2023 with recorded orders and with hours of the sign-off "
        "network, and Wenchuan 2008 with its real order hours; set arrivals beside the records.",
        formatter_class=shape,
    )
    about = "what an earlier run with --json printed"
    verb.add_argument("--read", type=Path, metavar="FILE", help=about)
    verb.add_argument(
        "--time-limit",
        type=positive,
        default=20.0,
        help="seconds for the solves of each plan (20)",
    )
    verb.add_argument("--output", type=Path, default=PAGE, help=f"page to write (docs/{PAGE.name})")
    verb.add_argument(
        "--pictures",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="draw the picture into images/ beside the page (needs a Chromium)",
    )
    verb.add_argument("--json", action="store_true", help="one JSON document on standard output")
    verb.set_defaults(run=sign_offs)


def sign_offs(asked: argparse.Namespace) -> int:
    """Plan everything, or read what was planned before, and write the page.

    Parameters
    ----------
    asked
        What the command line asks for.
    """
    record = read_record(record_path(read_case(CASE).scenarios[0].scenario))
    if asked.read is not None:
        document = document_of(asked.read, VERB)
    else:
        words = shlex.join(["python", "benchmarks/run.py", *sys.argv[1:]])
        document = measure_sign_offs(record, asked.time_limit, words, tell)
    picture = None
    if asked.pictures:
        picture = draw(asked.output, sign_off_figure(read_sign_offs(document), record))
    asked.output.write_text(sign_off_page(document, record, picture), encoding="utf-8")
    tell(f"written: {asked.output}")
    if asked.json:
        print(json.dumps(document, indent=2, allow_nan=False))
    return 0

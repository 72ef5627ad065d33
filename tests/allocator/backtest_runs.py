"""The back-test that its tests share: case, record, and runs with curves that are known."""

from __future__ import annotations

from functools import cache

from allocator.intake import read_case
from benchmarks.backtest import (
    PlanRun,
    backtest_document,
)
from benchmarks.backtest_case import Backtest, backtest_of
from benchmarks.backtest_variants import BAND, WHAT_IF, variants
from benchmarks.dispatch_record import DispatchRecord, read_record, record_path

__all__ = ["GANSU", "QINGHAI", "base", "document", "flat", "record", "under"]

GANSU, QINGHAI = "620000", "630000"


@cache
def record() -> DispatchRecord:
    """The shipped record of Jishishan 2023."""
    return read_record(record_path("jishishan2023"))


@cache
def base() -> Backtest:
    """The shipped case, order by order."""
    return backtest_of(read_case("jishishan"), record())


def under(name: str) -> Backtest:
    """The case under one variant."""
    return next(one for one in variants() if one.name == name).of(base())


def flat(name: str, level: float) -> PlanRun:
    """A run whose curves stand at one level from the first hour on."""
    items = dict.fromkeys(record().ordered(GANSU), level / 10)
    delay = dict.fromkeys(("ordered", "held", "loading", "driving", "unloading"), 2.0)
    curve = [0.0] + [level] * 96
    return PlanRun(
        name,
        name,
        1.0,
        0.01,
        9,
        curve,
        curve,
        curve,
        [128_830.0] * 97,
        items,
        5,
        delay,
        [curve, curve],
    )


def document(central: float) -> dict[str, object]:
    """What a run would print, with a central plan of that many pieces."""
    runs = [flat(one.name, 60_000.0) for one in (*BAND, *WHAT_IF)]
    return backtest_document([flat("central", central), *runs], "jishishan", 20.0, "words")

"""Shipped cases of growing size: the product against the plain model with four solvers.

All of them solve placement's two headline stages, unmet then waiting, under the same limit per
stage: the product, the plain Pyomo model through Pyomo's own interface to HiGHS, and the very same
rows by HiGHS, SCIP and CBC directly (only the time inside them counts).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from allocator.solver import relative_gap
from benchmarks.machine import machine_lines, machine_of_today
from benchmarks.placement import COMPARED
from benchmarks.scale_methods import PlainRows, size_of, solve_with

__all__ = ["DEFAULT_CASES", "ScaleRow", "measure_case", "scale_page"]

#: Growing parts of Guangxi, then all of it.
DEFAULT_CASES = (
    "guangxi:4501",
    "guangxi:4501,4502",
    "guangxi:4501,4502,4503,4504,4505",
    "guangxi",
)


@dataclass(frozen=True)
class ScaleRow:
    """What one method reached in one stage of one case, or the reason why it was left out."""

    case: str
    districts: int
    warehouses: int
    scenarios: int
    method: str
    stage: str
    objective: float | None
    bound: float | None
    gap: float | None
    seconds: float
    memory_gb: float | None = None
    reason: str = ""


def measure_case(
    name: str,
    methods: list[str],
    gap: float,
    limit_seconds: float,
    tell: Callable[[str], None],
) -> list[ScaleRow]:
    """Measure one case with every method, one after the other.

    Parameters
    ----------
    name
        ``guangxi``, or ``guangxi:4501,4502`` for the districts whose code begins so, with ``@20``
        behind it for 20 of the scenarios.
    methods
        Of ``product``, ``pyomo``, ``highs``, ``scip``, ``cbc``.
    gap
        Relative gap at which a stage may stop.
    limit_seconds
        For each stage; the product has twice that for its two stages together. [s]
    tell
        Hears what is being done.

    Raises
    ------
    AllocatorError
        If there is no such case, or it has faults.
    """
    size = size_of(name)
    sizes = (size.districts, size.warehouses, size.scenarios)
    rows: list[ScaleRow] = []
    with tempfile.TemporaryDirectory() as folder:
        plain = PlainRows(name, size.lanes, Path(folder), tell)
        for method in methods:
            tell(f"{name}: {method}, at most {2 * limit_seconds:g} s")
            limits = (gap, limit_seconds)
            answer = solve_with(method, name, size.lanes, plain, Path(folder), limits)
            if answer.reason:
                tell(f"{name}: {method} {answer.reason}")
                nothing = (None, None, None, 0.0, None, answer.reason)
                rows.append(ScaleRow(name, *sizes, method, COMPARED[0], *nothing))
            rows += [
                ScaleRow(
                    name,
                    *sizes,
                    method,
                    found.stage,
                    found.objective,
                    found.bound,
                    relative_gap(found.objective, found.bound),
                    found.seconds,
                    answer.memory_gb,
                )
                for found in answer.stages
            ]
    return rows


def scale_page(rows: list[ScaleRow], command: str, gap: float, limit_seconds: float) -> str:
    """Return the page with the table, machine, versions and date."""
    lines = [
        "# Scale",
        "",
        "Written by `python benchmarks/run.py scale`; do not edit. Placement's stages unmet, then",
        "waiting, one thread each. `product` is this engine (whole call), `pyomo` the plain",
        "two-stage model with Pyomo's HiGHS interface (building counts), `highs`, `scip` and `cbc`",
        "the rows of that same model by the solver alone (only the time inside it counts).",
        "The product shares twice the limit among its stages, cost included, and keeps whole units",
        "and promises, which the plain model leaves out.",
        "",
        f"Command: `{command}`. Limit {limit_seconds:g} s per stage, gap {gap:g}.",
        *machine_lines(machine_of_today()),
        "",
        "| case | districts | warehouses | scenarios | method | unmet [s] | gap "
        "| waiting [s] | gap | both [s] | times the product | GB |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for case in dict.fromkeys(row.case for row in rows):
        of_case = [row for row in rows if row.case == case]
        product = _total(of_case, "product", gap)
        methods = dict.fromkeys(row.method for row in of_case)
        lines += [_line(of_case, method, product, gap) for method in methods]
    lines += [
        "",
        "`>` where a stage was not closed within the limit: the time to the same gap is longer.",
        "Times the product only where the product closed both stages.",
        "A gap of `none` means no plan within the limit; then the next stage is not asked.",
        "GB is the memory of the process that solves; building the rows took one of its own.",
        "A method that would need more memory than is free is not begun.",
        "",
    ]
    return "\n".join(lines)


def _total(rows: list[ScaleRow], method: str, gap: float) -> tuple[float, bool] | None:
    """Return seconds of both stages and whether both are closed; None if not measured."""
    mine = [row for row in rows if row.method == method]
    if not mine:
        return None
    closed = len(mine) == len(COMPARED) and all(
        row.gap is not None and row.gap <= gap * (1 + 1e-9) for row in mine
    )
    return sum(row.seconds for row in mine), closed


def _line(rows: list[ScaleRow], method: str, product: tuple[float, bool] | None, gap: float) -> str:
    """Return one line of the table."""
    mine = {row.stage: row for row in rows if row.method == method}
    first = next(iter(mine.values()))
    cells = [first.case, str(first.districts), str(first.warehouses), str(first.scenarios), method]
    if first.reason:
        return f"| {' | '.join([*cells, '-', '-', '-', '-', '-', first.reason, '-'])} |"
    for stage in COMPARED:
        row = mine.get(stage)
        cells.append("-" if row is None else f"{row.seconds:.1f}")
        cells.append("-" if row is None else "none" if row.gap is None else f"{row.gap:.1e}")
    total = _total(rows, method, gap)
    seconds, closed = total if total is not None else (0.0, False)
    cells.append(f"{'' if closed else '>'}{seconds:.1f}")
    if product is None or product[0] <= 0.0 or not product[1]:
        cells.append("-")
    else:
        cells.append(f"{'' if closed else '>'}{seconds / product[0]:.1f}")
    cells.append("-" if first.memory_gb is None else f"{first.memory_gb:.2f}")
    return f"| {' | '.join(cells)} |"


def scale_document(rows: list[ScaleRow], gap: float, limit_seconds: float) -> dict[str, Any]:
    """Return the measurement as one JSON document."""
    return {
        "command": "scale",
        "gap": gap,
        "limit_seconds": limit_seconds,
        "machine": machine_of_today(),
        "rows": [asdict(row) for row in rows],
    }

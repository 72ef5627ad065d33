"""Orders from a result: nothing is ordered that the replay does not certify.

All files are written under temporary names first; only when every one of them is whole do they
get their names.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from allocator.case import Case
from allocator.errors import ConflictError, NotFoundError, ReplayError
from allocator.plan import Plan
from allocator.replay import verify
from allocator.report.order_books import order_books
from allocator.report.order_map import write_order_map
from allocator.report.order_paper import write_order_paper
from allocator.report.order_workbook import write_order_workbook
from allocator.report.orders import OrderBook
from allocator.report.outlines import Outlines, choose_outlines
from allocator.report.trip_lines import write_trip_lines
from allocator.report.words import Language, as_language
from allocator.revisions import shown_case

__all__ = ["ScenarioOrders", "write_orders"]

_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class ScenarioOrders:
    """What was written for one scenario.

    Parameters
    ----------
    book
        Facts of its trips.
    workbook, paper, lines, map
        Where the orders are as workbook and as PDF, the GeoJSON of the trips, and the map that
        steps through the hours.
    """

    book: OrderBook
    workbook: Path
    paper: Path
    lines: Path
    map: Path

    @property
    def files(self) -> tuple[Path, ...]:
        """All files of the scenario, in the order in which they are named."""
        return (self.workbook, self.paper, self.lines, self.map)


def write_orders(
    case: Case,
    plan: Plan,
    folder: Path,
    *,
    scenario: str | None = None,
    lang: str = "en",
    outlines: Path | None = None,
) -> tuple[ScenarioOrders, ...]:
    """Replay a plan and write the orders of its scenarios.

    Parameters
    ----------
    case, plan
        The case, and a plan as read from a result.
    folder
        Where the files go; it is made if need be.
    scenario
        The only scenario to write; None for all that have trips.
    lang
        ``en`` or ``zh``.
    outlines
        The user's own GeoJSON (file or folder) instead of the shipped outlines.

    Returns
    -------
    tuple
        What was written, in the order of the case's scenarios.

    Raises
    ------
    ConflictError
        If the plan is another case's, there are no trips, or the folder cannot be written to.
    DataError
        If the user's GeoJSON cannot be read.
    NotFoundError
        If the case has no such scenario.
    ReplayError
        If the replay does not certify the plan. Nothing is written then, as with the others.
    """
    language = as_language(lang)
    chosen = _chosen(case, plan, scenario)
    verdict = verify(case, plan)
    if not verdict.certified:
        raise ReplayError(verdict.violations)
    shown = shown_case(case, plan)
    drawn = choose_outlines(shown, outlines)
    drafts = _Drafts(folder)
    try:
        names = _file_names(chosen)
        written = [
            _written(book, names[book.scenario], drafts, drawn, language)
            for book in order_books(shown, plan, chosen)
        ]
        drafts.name_all()
    finally:
        drafts.drop()
    return tuple(written)


def _written(
    book: OrderBook, name: str, drafts: _Drafts, outlines: Outlines, lang: Language
) -> ScenarioOrders:
    """Write the files of one scenario under temporary names."""
    return ScenarioOrders(
        book,
        drafts.write(f"{name}-orders.xlsx", partial(write_order_workbook, book, lang=lang)),
        drafts.write(f"{name}-orders.pdf", partial(write_order_paper, book, lang=lang)),
        drafts.write(f"{name}-trips.geojson", partial(write_trip_lines, book, lang=lang)),
        drafts.write(f"{name}-map.html", partial(write_order_map, book, outlines, lang=lang)),
    )


def _chosen(case: Case, plan: Plan, scenario: str | None) -> tuple[str, ...]:
    """Scenarios to write: those with trips, or the one asked for."""
    plan.check_case(case.digest)
    if scenario is not None:
        case.scenario(scenario)
    with_trips = {trip.scenario for trip in plan.trips}
    if not with_trips:
        raise ConflictError(
            "the plan has no trips, so there is nothing to order. "
            "Maybe make it with allocator plan or dispatch."
        )
    if scenario is None:
        # Were there trips of other scenarios only, the replay would say what is wrong with them.
        return tuple(row.scenario for row in case.scenarios if row.scenario in with_trips)
    if scenario not in with_trips:
        others = ", ".join(sorted(with_trips))
        raise NotFoundError(f"scenario {scenario!r} has no trips. Maybe one of: {others}.")
    return (scenario,)


def _file_names(scenarios: tuple[str, ...]) -> dict[str, str]:
    """Names that every file system takes, each of them once."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for code in scenarios:
        name = stem = _UNSAFE.sub("_", code).lstrip(".") or "_"
        number = 2
        while name.casefold() in taken:
            name, number = f"{stem}_{number}", number + 1
        taken.add(name.casefold())
        found[code] = name
    return found


class _Drafts:
    """Files that get their names only when all of them are whole.

    Parameters
    ----------
    folder
        Where they go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._drafts: dict[Path, Path] = {}

    def write(self, name: str, make: Callable[[Path], None]) -> Path:
        """Make a file under a temporary name; return the name that it will have."""
        path = self._folder / name
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(
                suffix=path.suffix, prefix=f".{path.stem}-", dir=self._folder
            )
        except OSError as error:
            raise ConflictError(
                f"{self._folder}: the folder cannot be written to ({error.strerror}). "
                "Maybe choose another folder with -o."
            ) from error
        os.close(handle)
        self._drafts[path] = Path(draft)
        make(Path(draft))
        return path

    def name_all(self) -> None:
        """Give every file its name, in the place of an earlier one."""
        for path, draft in self._drafts.items():
            draft.chmod(0o644)
            draft.replace(path)

    def drop(self) -> None:
        """Take away what has not got its name."""
        for draft in self._drafts.values():
            draft.unlink(missing_ok=True)

"""Files that the service makes on demand, each in a reading process: one task for all of them."""

from __future__ import annotations

import io
import tempfile
import zipfile
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from allocator.case import Case
from allocator.child_service import Report
from allocator.errors import NotFoundError, ReplayError
from allocator.intake import read_case, read_plan, write_case, write_template
from allocator.intake.plain import Language
from allocator.orders import write_orders
from allocator.plan import Plan
from allocator.replay import verify
from allocator.report.order_books import order_books
from allocator.report.order_paper import write_order_paper
from allocator.report.order_parts import part_of_book
from allocator.report.order_workbook import write_order_workbook
from allocator.report.orders import TripOrder
from allocator.revisions import shown_case
from allocator.row_files import rows_workbook
from allocator.schema import CASE_SHEETS, CHANGE_SHEETS
from allocator.schema.row import Row
from allocator.store.scope import is_within, province_of

__all__ = [
    "DatasetFile",
    "ManifestFile",
    "OrdersFile",
    "RowsFile",
    "ServiceFile",
    "TemplateFile",
    "make_file",
]


class ServiceFile(ABC):
    """A file that can be made apart from the server."""

    @abstractmethod
    def make(self) -> bytes:
        """Return its content."""


def make_file(wanted: ServiceFile, _report: Report) -> bytes:
    """Make a file; the task of a reading process."""
    return wanted.make()


@dataclass(frozen=True)
class TemplateFile(ServiceFile):
    """The empty workbook of a case, or the small one of changes.

    Parameters
    ----------
    lang
        Language of sheets, headers and help.
    is_of_changes
        Whether it is that of changes.
    """

    lang: Language = "en"
    is_of_changes: bool = False

    def make(self) -> bytes:
        """Return the workbook."""
        with tempfile.TemporaryDirectory(prefix="allocator-file-") as folder:
            path = Path(folder) / "template.xlsx"
            write_template(path, self.lang, CHANGE_SHEETS if self.is_of_changes else CASE_SHEETS)
            return path.read_bytes()


@dataclass(frozen=True)
class DatasetFile(ServiceFile):
    """A shipped case as workbook or JSON document.

    Parameters
    ----------
    name
        The data set.
    form
        ``xlsx`` or ``json``.
    lang
        Language of a workbook.
    """

    name: str
    form: str = "json"
    lang: Language = "en"

    def make(self) -> bytes:
        """Return the file."""
        with tempfile.TemporaryDirectory(prefix="allocator-file-") as folder:
            path = Path(folder) / f"case.{self.form}"
            write_case(read_case(self.name), path, lang=self.lang)
            return path.read_bytes()


@dataclass(frozen=True)
class RowsFile(ServiceFile):
    """Rows of a result as a workbook.

    Parameters
    ----------
    kind
        Row class.
    records
        JSON texts of the rows.
    lang
        Language of sheet, headers and choices.
    """

    kind: type[Row]
    records: tuple[str, ...]
    lang: Language = "en"

    def make(self) -> bytes:
        """Return the workbook."""
        return rows_workbook(self.kind, self.records, self.lang)


@lru_cache(maxsize=1)
def _certified(case: bytes, plan: bytes) -> tuple[Case, Plan]:
    """Case and plan out of their files, after a replay: nothing else is ordered.

    People ask for one manifest after another, so that the last plan is kept.
    """
    with tempfile.TemporaryDirectory(prefix="allocator-file-") as folder:
        paths = Path(folder) / "case.json", Path(folder) / "plan.xlsx"
        for path, content in zip(paths, (case, plan), strict=True):
            path.write_bytes(content)
        found = read_case(paths[0]), read_plan(paths[1])
    found[1].check_case(found[0].digest)
    verdict = verify(*found)
    if not verdict.certified:
        raise ReplayError(verdict.violations)
    return found


@dataclass(frozen=True)
class ManifestFile(ServiceFile):
    """Orders of one warehouse, or of one trip, to be handed out.

    Parameters
    ----------
    case, plan
        JSON document of the case, result workbook.
    scenario
        Code of the scenario.
    form
        ``pdf`` or ``xlsx``.
    warehouse, trip
        Whose orders; one of them.
    provinces
        Whose trips may be seen, at either end; empty: all.
    lang
        Language of heads and sentences.
    """

    case: bytes = field(repr=False)
    plan: bytes = field(repr=False)
    scenario: str
    form: Literal["pdf", "xlsx"]
    warehouse: str | None = None
    trip: str | None = None
    provinces: frozenset[str] = frozenset()
    lang: Language = "en"

    def make(self) -> bytes:
        """Return the file.

        Raises
        ------
        NotFoundError
            If there is no such trip to order.
        """
        case, plan = _certified(self.case, self.plan)
        book = order_books(shown_case(case, plan), plan, (self.scenario,))[0]
        home = {row.warehouse: row.district or "" for row in case.warehouses}

        def is_wanted(order: TripOrder) -> bool:
            trip = order.trip
            if self.warehouse not in (None, trip.warehouse) or self.trip not in (None, trip.trip):
                return False
            ends = home.get(trip.warehouse, ""), home.get(trip.district, trip.district)
            return is_within([province_of(end) for end in ends], self.provinces)

        part = part_of_book(book, is_wanted)
        if not part.trips:
            wanted = self.trip or self.warehouse
            raise NotFoundError(f"{wanted!r} has no trips to order. Maybe they are lost.")
        write = write_order_paper if self.form == "pdf" else write_order_workbook
        with tempfile.TemporaryDirectory(prefix="allocator-file-") as folder:
            path = Path(folder) / f"orders.{self.form}"
            write(part, path, self.lang)
            return path.read_bytes()


@dataclass(frozen=True)
class OrdersFile(ServiceFile):
    """All orders of a plan, or of one of its scenarios, in one ZIP file.

    Parameters
    ----------
    case, plan
        JSON document of the case, result workbook.
    scenario
        The only scenario; None: all with trips.
    lang
        Language of heads and sentences.
    """

    case: bytes = field(repr=False)
    plan: bytes = field(repr=False)
    scenario: str | None = None
    lang: Language = "en"

    def make(self) -> bytes:
        """Return the file."""
        case, plan = _certified(self.case, self.plan)
        held = io.BytesIO()
        with tempfile.TemporaryDirectory(prefix="allocator-file-") as folder:
            written = write_orders(case, plan, Path(folder), scenario=self.scenario, lang=self.lang)
            with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as target:
                for path in (path for one in written for path in one.files):
                    target.write(path, path.name)
        return held.getvalue()

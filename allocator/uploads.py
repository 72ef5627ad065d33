"""An uploaded file to a case that can be kept: read and checked in a process of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from allocator.case import Case
from allocator.child_service import Report
from allocator.errors import Issue
from allocator.intake.annotation import annotate
from allocator.intake.export import write_case
from allocator.intake.limits import UPLOAD_LIMITS
from allocator.intake.reader import read_case, read_case_with_issues
from allocator.store.cases import CaseContent
from allocator.store.scope import province_of

__all__ = ["CheckedUpload", "Upload", "check_upload", "summary_of"]

JSON_TYPE: Final = "application/json"

WORKBOOK_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Upload:
    """A file as it came, or the name of a shipped data set.

    Parameters
    ----------
    content
        Bytes of the file; empty for a data set.
    suffix
        ``.xlsx`` or ``.json``, by what the file is.
    name
        What its owner calls it; only shown, never a path.
    dataset
        Data set to take instead.
    settings
        Settings that win over the case's own.
    wants_annotated
        Whether a copy with red cells is asked for.
    """

    content: bytes
    suffix: str
    name: str
    dataset: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    wants_annotated: bool = False


@dataclass(frozen=True)
class CheckedUpload:
    """What a check found: all issues; the case if there is no fault; the annotated copy."""

    issues: tuple[Issue, ...]
    content: CaseContent | None
    annotated: bytes | None = None


def check_upload(upload: Upload, _report: Report) -> CheckedUpload:
    """Read and check an upload; the task of a reading process."""
    with tempfile.TemporaryDirectory(prefix="allocator-upload-") as folder:
        return _checked(upload, Path(folder))


def _checked(upload: Upload, folder: Path) -> CheckedUpload:
    source: str | Path = upload.dataset
    if not upload.dataset:
        source = folder / f"upload{upload.suffix}"
        source.write_bytes(upload.content)
    case, found = read_case_with_issues(source, options=upload.settings, limits=UPLOAD_LIMITS)
    issues = tuple(found)
    annotated = None
    if upload.wants_annotated and upload.suffix == ".xlsx" and not upload.dataset:
        target = folder / "annotated.xlsx"
        annotate(source, list(issues), target)
        annotated = target.read_bytes()
    if case is None:
        return CheckedUpload(issues, None, annotated)
    canonical = folder / "canonical.json"
    write_case(case, canonical)
    # What the workers will read must be what was checked.
    again = read_case(canonical)
    content = CaseContent(
        name=case.settings.plan_name,
        origin=f"dataset {upload.dataset}" if upload.dataset else "upload",
        case_digest=again.digest,
        source_name=upload.name,
        source_type=WORKBOOK_TYPE if upload.suffix == ".xlsx" else JSON_TYPE,
        source=upload.content or canonical.read_bytes(),
        canonical=canonical.read_bytes(),
        summary=summary_of(case),
        provinces=sorted({province_of(row.district) for row in case.districts}),
        warnings=[issue.as_dict() for issue in issues],
        codes={
            "warehouse": [row.warehouse for row in case.warehouses],
            "district": [row.district for row in case.districts],
        },
    )
    return CheckedUpload(issues, content, annotated)


def summary_of(case: Case) -> dict[str, Any]:
    """What a person wants to know of a case before a run: counts, scenarios, items, fleets."""
    settings = case.settings
    return {
        "plan_name": settings.plan_name,
        "objective": settings.objective,
        "horizon_hours": settings.horizon_hours,
        "gap": settings.gap,
        "districts": len(case.districts),
        "warehouses": len(case.warehouses),
        "items": [{"item": row.item, "name": row.name} for row in case.items],
        "fleets": [{"fleet": row.fleet, "name": row.name} for row in case.vehicles],
        "scenarios": [
            {"scenario": row.scenario, "name": row.name, "probability": row.probability}
            for row in case.scenarios
        ],
    }

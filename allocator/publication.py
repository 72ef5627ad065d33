"""Nothing leaves the house uncertified.

A plan is written to a temporary workbook, read back, and replayed from that file and the case
alone. Only if every rule and every figure holds does the file get its name, and the page is made.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from allocator.case import Case
from allocator.errors import ConflictError, ReplayError
from allocator.intake import read_plan
from allocator.plan import Plan
from allocator.replay import PLAN_DIGEST, Verdict, plan_digest, verify
from allocator.report import write_workbook
from allocator.report.reasons import with_sentences_in
from allocator.report.words import Language, as_language
from allocator.revisions import shown_case
from allocator.schema.coordination import Owner
from allocator.schema.results import RunInfo

__all__ = ["Published", "check_target", "publish"]


@dataclass(frozen=True)
class Published:
    """Files that a run leaves behind.

    Parameters
    ----------
    workbook, page
        Where they are; page is None if none was asked for.
    plan
        The plan as read back from the workbook.
    verdict
        What the replay said of it.
    """

    workbook: Path
    page: Path | None
    plan: Plan
    verdict: Verdict


def _marked(plan: Plan) -> Plan:
    """Return the plan with its digest and the mark that the replay must confirm."""
    marks = (
        RunInfo(name=PLAN_DIGEST, text=plan_digest(plan)),
        RunInfo(name="certified", text="yes"),
    )
    named = {mark.name for mark in marks}
    others = [row for row in plan.rows(RunInfo) if row.name not in named]
    return plan.replace(RunInfo, (*others, *marks))


def _with_owners(case: Case, plan: Plan, lang: Language) -> Plan:
    """Return the plan with who answers for each shortage and late arrival, where anybody does.

    The case is the one before any change: the changes of a plan are made in it on the way.
    """
    if not case.departments or not plan.dispatched_scenarios:
        return plan
    from allocator.responsibility import owner_rows  # whoever only looks at results needs no lanes

    return plan.replace(Owner, owner_rows(case, plan, lang=lang))


def _draft_beside(path: Path) -> Path:
    """Make an empty file in the folder of the result, so that renaming it is one step."""
    if not path.name:
        raise ConflictError("no file is named for the result. Maybe -o plan.xlsx.")
    if path.suffix.lower() != ".xlsx":
        raise ConflictError(
            f"{path}: a result is written as .xlsx. Maybe name it {path.stem}.xlsx."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".xlsx", prefix=f".{path.stem}-", dir=path.parent)
    except OSError as error:
        raise ConflictError(
            f"{path}: the folder cannot be written to ({error.strerror}). "
            "Maybe choose another folder with -o."
        ) from error
    os.close(handle)
    return Path(name)


def check_target(path: Path, *reads: str | Path | None) -> None:
    """Make sure that a result can be written, before minutes are spent on solving it.

    Parameters
    ----------
    path
        Where the result workbook shall go.
    reads
        What is read for it, which must not be written over; names of data sets are no files.

    Raises
    ------
    ConflictError
        If the path is not that of a workbook, its folder cannot be written to, or it is a file
        that is read.
    """
    for read in reads:
        if read is not None and path.resolve() == Path(read).resolve():
            raise ConflictError(
                f"{path}: the result would be written over what it is made from. "
                f"Maybe -o {path.stem}_new.xlsx."
            )
    _draft_beside(path).unlink()


def _replayed(case: Case, draft: Path) -> tuple[Plan, Verdict]:
    """Read a workbook back and replay it; refuse it where a rule or a figure does not hold."""
    exported = read_plan(draft)
    verdict = verify(case, exported)
    if not verdict.certified:
        raise ReplayError(verdict.violations)
    return exported, verdict


def publish(
    case: Case,
    plan: Plan,
    path: Path,
    *,
    lang: str = "en",
    with_page: bool = True,
    with_pictures: bool = True,
    outlines: Path | None = None,
) -> Published:
    """Write a plan's workbook and page, if and only if the exported workbook replays.

    Parameters
    ----------
    case
        The case the plan was made for.
    plan
        The plan.
    path
        Result workbook, ``.xlsx``; the page goes beside it as ``.html``.
    lang
        ``en`` or ``zh``.
    with_page
        Whether to write the page.
    with_pictures
        Whether map and Gantt are drawn into the workbook, where a Chromium is there.
    outlines
        The user's own GeoJSON for the maps.

    Raises
    ------
    ConflictError
        If the path is not that of a workbook, or its folder cannot be written to.
    ReplayError
        If the replay finds a violation; nothing is left on disk then.
    """
    draft = _draft_beside(path)
    shown, language = shown_case(case, plan), as_language(lang)
    try:
        told = _with_owners(case, with_sentences_in(plan, language), language)
        write_workbook(
            shown,
            _marked(told),
            draft,
            lang=lang,
            pictures=with_pictures,
            outlines=outlines,
        )
        exported, verdict = _replayed(case, draft)
        draft.chmod(0o644)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    page = path.with_suffix(".html") if with_page else None
    if page is not None:
        from allocator.report.page import write_page  # a first plan goes without one

        write_page(shown, exported, page, lang=lang, outlines=outlines)
    return Published(path, page, exported, verdict)

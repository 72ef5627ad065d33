"""Nothing leaves the house uncertified.

A plan is written to a temporary workbook, read back, and replayed from that file and the case
alone. Only if every rule and every figure holds does the file get its name, and the page is made.
Pictures may be drawn meanwhile: the file with them is read once more, and replayed once more if
it reads otherwise than the one that was replayed.
"""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from allocator.case import Case
from allocator.collection import no_collection
from allocator.errors import ReplayError
from allocator.intake import read_plan
from allocator.plan import Plan
from allocator.replay import PLAN_DIGEST, Verdict, plan_digest, verify
from allocator.report.reasons import with_sentences_in
from allocator.report.words import Language, as_language
from allocator.report.workbook import begun_workbook
from allocator.result_files import draft_beside
from allocator.revisions import shown_case
from allocator.schema.coordination import Owner
from allocator.schema.results import RunInfo

__all__ = ["Published", "publish"]


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
    case, plan
        The plan, and the case it was made for.
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
    draft = draft_beside(path)
    shown, language = shown_case(case, plan), as_language(lang)
    page = path.with_suffix(".html") if with_page else None
    with contextlib.ExitStack() as ending:
        ending.callback(draft.unlink, missing_ok=True)
        ending.enter_context(no_collection())
        told = _marked(_with_owners(case, with_sentences_in(plan, language), language))
        begun = ending.enter_context(
            begun_workbook(shown, told, lang=lang, pictures=with_pictures, outlines=outlines)
        )
        begun.write_rows(draft)
        exported, verdict = _replayed(case, draft)
        beside = ending.enter_context(ThreadPoolExecutor(max_workers=1))
        making = page and beside.submit(_page, shown, exported, lang, outlines)
        if begun.waits_for_pictures:
            begun.write(draft)
            if read_plan(draft).tables != exported.tables:
                exported, verdict = _replayed(case, draft)
                making = page and beside.submit(_page, shown, exported, lang, outlines)
        draft.chmod(0o644)
        draft.replace(path)
        # Only now: a page that cannot be made costs nobody the workbook.
        if page and making:
            page.write_text(making.result(), encoding="utf-8")
    return Published(path, page, exported, verdict)


def _replayed(case: Case, draft: Path) -> tuple[Plan, Verdict]:
    """Read a workbook back and replay it.

    Raises
    ------
    ReplayError
        If the replay finds a violation.
    """
    exported = read_plan(draft)
    verdict = verify(case, exported)
    if not verdict.certified:
        raise ReplayError(verdict.violations)
    return exported, verdict


def _page(case: Case, plan: Plan, lang: str, outlines: Path | None) -> str:
    """Make the page of what was certified."""
    from allocator.report.page import page_text  # a first plan goes without one

    return page_text(case, plan, lang=lang, outlines=outlines)

"""What the process of one run does: read case and plan, solve, certify, leave files and rows."""

from __future__ import annotations

import importlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from allocator.case import Case
from allocator.child_service import Report
from allocator.engine.stopping import be_patient, stops_taken
from allocator.errors import AllocatorError, ConflictError, ReplayError
from allocator.intake import read_case, read_plan
from allocator.plan import Plan
from allocator.store.outages import NO_ROOM
from allocator.tables import TableSet

__all__ = ["LIMITED_OPTIONS", "Left", "Note", "Phase", "Work", "carry_out"]

LIMITED_OPTIONS: Final = (
    "gap",
    "time_limit_seconds",
    "seed",
    "threads",
    "workers",
    "objective",
    "reduce_to",
)
"""Options of ``RunOptions`` that a run may be given from outside; no file, no address."""

_NEEDED: Final = (
    "allocator.documents",
    "allocator.engine.replan_run",
    "allocator.engine.runs",
    "allocator.publication",
    "allocator.report.page",
    "allocator.worker.rows",
)
"""Modules that take seconds to import and that most runs need."""

_WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    ".xlsx": (_WORKBOOK, "workbook"),
    ".html": ("text/html; charset=utf-8", "page"),
    ".npz": ("application/octet-stream", "prices"),
}


@dataclass(frozen=True)
class Work:
    """What a run is about; all paths lie in the folder of the run.

    Parameters
    ----------
    kind, scenario, options
        As ordered.
    case
        JSON document of the case.
    folder
        Where to write.
    plan, prices, changes
        Result workbook to start from, its prices, changes since; None where there is none.
    """

    kind: str
    scenario: str | None
    options: Mapping[str, Any]
    case: Path
    folder: Path
    plan: Path | None = None
    prices: Path | None = None
    changes: Path | None = None


@dataclass(frozen=True)
class Phase:
    """What the run does now: ``reading``, ``solving`` or ``publishing``."""

    name: str


@dataclass(frozen=True)
class Note:
    """A line for the log of the run."""

    line: str


@dataclass(frozen=True)
class Left:
    """What the run leaves, in files of its folder.

    Parameters
    ----------
    document
        What the command line would print with ``--json``.
    outcome
        Status of the headline stage.
    plan_digest
        Of the certified plan.
    files
        Paths by name and media type.
    rows
        File with a JSON record of a row on each line.
    """

    document: dict[str, Any]
    outcome: str | None
    plan_digest: str | None
    files: dict[str, tuple[str, Path]] = field(default_factory=dict)
    rows: Path | None = None


def carry_out(work: Work | None, report: Report) -> Left | None:
    """Carry out a run in a process of its own; reports phases, progress, notes, first plans.

    SIGTERM is heard while a plan is searched, and ends that with the best one; it waits for the
    first one where there is none yet. Without work the process only makes itself ready.
    """
    if work is None:
        for name in _NEEDED:
            importlib.import_module(name)
        return None
    be_patient()
    # What libraries leave behind goes with the folder of the run.
    os.environ["TMPDIR"] = str(work.folder.resolve())
    tempfile.tempdir = None
    report(Phase("reading"))
    try:
        case = read_case(work.case)
        return _KINDS[work.kind](case, work, report)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise AllocatorError(
            f"the run could not write its files ({error.strerror}). "
            "Maybe make room where the data folder of the worker is, and submit it again."
        ) from error


def _solved(
    case: Case,
    work: Work,
    report: Report,
    run: Callable[..., Plan],
    document: Callable[[Plan], Any],
) -> Left:
    """Solve, certify, and leave the results."""
    from allocator.engine.dispatch_memory import Memories

    memories = Memories()
    report(Phase("solving"))
    plan = run(lambda part, progress: report((part, progress)), memories)
    report(Phase("publishing"))
    return _published(case, work, plan, document, memories, with_page=True)


def _published(
    case: Case,
    work: Work,
    plan: Plan,
    document: Callable[[Plan], Any],
    memories: Mapping[str, Any],
    *,
    with_page: bool,
) -> Left:
    from allocator.engine.dispatch_memory import write_memories
    from allocator.publication import publish
    from allocator.replay import PLAN_DIGEST
    from allocator.report.view_file import VIEW_NAME, VIEW_TYPE, write_view
    from allocator.revisions import shown_case

    name = f"{work.kind}-{time.monotonic_ns()}"
    workbook = work.folder / f"{name}.xlsx"
    published = publish(
        case, plan, workbook, lang=_lang(work), with_page=with_page, with_pictures=False
    )
    paths = [published.workbook]
    if published.page is not None:
        paths.append(published.page)
    digest = published.plan.run_info.get(PLAN_DIGEST, "")
    if memories:
        paths.append(work.folder / f"{name}.npz")
        write_memories(paths[-1], digest, memories)
    view = work.folder / f"{name}.zip"
    write_view(shown_case(case, published.plan), published.plan, view, _lang(work))
    files = {**_named(paths), VIEW_NAME: (VIEW_TYPE, view)}
    told = document(published.plan)
    return Left(told, told.get("status"), digest, files, _rows(case, work, published.plan))


def _lang(work: Work) -> str:
    return str(work.options.get("lang", "en"))


def _named(paths: Iterable[Path]) -> dict[str, tuple[str, Path]]:
    """Files by the names under which they are kept: plan.xlsx, plan.html, plan.npz."""
    return {f"plan{path.suffix}": (_NAMES[path.suffix][0], path) for path in paths}


def _rows(case: Case, work: Work, tables: TableSet) -> Path:
    from allocator.worker.rows import row_records

    path = work.folder / f"rows-{time.monotonic_ns()}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for record in row_records(case, tables):
            file.write(json.dumps(record, ensure_ascii=False))
            file.write("\n")
    return path


def _plan_of(work: Work) -> Plan:
    """Read the plan that a run starts from."""
    if work.plan is None:
        raise ConflictError(f"{work.kind} needs a plan to start from. Maybe name a finished run.")
    return read_plan(work.plan)


def _options(work: Work) -> Any:
    from allocator.engine.run_options import RunOptions

    given = work.options
    return RunOptions(**{name: given[name] for name in LIMITED_OPTIONS if given.get(name)})


def _place(case: Case, work: Work, report: Report) -> Left:
    from allocator.documents import place_document, question_document
    from allocator.engine.question_kinds import QUESTIONS, Question
    from allocator.engine.runs import run_place, run_question

    options = _options(work)
    if options.objective in QUESTIONS:
        asked = Question(
            options.objective, work.options.get("sites"), work.options.get("within_hours")
        )
        return _solved(
            case,
            work,
            report,
            lambda hear, _: run_question(case, asked, options, hear),
            question_document,
        )
    return _solved(
        case,
        work,
        report,
        lambda hear, _: run_place(case, options, hear),
        lambda plan: place_document(case, plan),
    )


def _dispatch(case: Case, work: Work, report: Report) -> Left:
    from allocator.documents import dispatch_document
    from allocator.engine.runs import run_dispatch

    scenario = work.scenario or ""
    placement = None if work.plan is None else read_plan(work.plan)
    options = _options(work)
    return _solved(
        case,
        work,
        report,
        lambda hear, keep: run_dispatch(case, scenario, placement, options, hear, keep),
        lambda plan: dispatch_document(case, plan, scenario),
    )


def _plan(case: Case, work: Work, report: Report) -> Left:
    from allocator.documents import plan_document
    from allocator.engine.runs import run_plan

    options = _options(work)
    return _solved(
        case,
        work,
        report,
        lambda hear, keep: run_plan(case, options, hear, keep),
        lambda plan: plan_document(case, plan),
    )


def _replan(case: Case, work: Work, report: Report) -> Left:
    from allocator.change_file import Told, read_changes
    from allocator.documents import replan_document
    from allocator.engine.dispatch_memory import Memories, read_memories
    from allocator.engine.replan_run import ReplanRun
    from allocator.issue_codes_zh import sentence_in
    from allocator.replay import PLAN_DIGEST, verify
    from allocator.revisions import shown_case

    former = _plan_of(work)
    former.check_case(case.digest)
    verdict = verify(case, former)
    if not verdict.certified:
        raise ReplayError(verdict.violations)
    told = Told(work.scenario, work.options.get("at_hours"), work.options.get("move_price_hours"))
    changes, warnings = read_changes(case, former, work.changes, told)
    for warning in warnings:
        report(Note(sentence_in(warning, _lang(work))))

    def document(plan: Plan) -> Any:
        return replan_document(shown_case(case, plan), plan, changes.scenario)

    run = ReplanRun(case, former, changes, _options(work))
    first = run.first()
    report(_published(case, work, first, document, {}, with_page=False))
    known = (
        {}
        if work.prices is None
        else read_memories(work.prices, former.run_info.get(PLAN_DIGEST, ""))
    )
    memories = Memories()
    report(Phase("solving"))
    plan = run.solve(
        lambda part, progress: report((part, progress)),
        first=first,
        memory=known.get(changes.scenario),
        on_memory=memories,
    )
    report(Phase("publishing"))
    return _published(case, work, plan, document, memories, with_page=True)


def _explain(case: Case, work: Work, report: Report) -> Left:
    from allocator.documents import explain_document
    from allocator.explain import Question, explain
    from allocator.replay import PLAN_DIGEST
    from allocator.report.explanations import with_explanation_sentences, write_explanations
    from allocator.report.words import as_language

    plan = _plan_of(work)
    language = as_language(_lang(work))
    names = ("district", "item", "why", "why_not")
    question = Question(scenario=work.scenario, **{name: work.options.get(name) for name in names})
    report(Phase("solving"))
    hear: Callable[[str, Any], None] = lambda part, progress: report((part, progress))  # noqa: E731
    tables = explain(case, plan, question, _options(work), hear)
    tables = with_explanation_sentences(tables, language)
    report(Phase("publishing"))
    output = work.folder / "explanation.xlsx"
    write_explanations(case, plan, tables, output, language)
    told = explain_document(tables, plan, None)
    files = {"explanation.xlsx": (_WORKBOOK, output)}
    digest = plan.run_info.get(PLAN_DIGEST, "")
    outcome = "partly_explained" if stops_taken() else "explained"
    return Left(told, outcome, digest, files, _rows(case, work, tables))


def _coordination(case: Case, work: Work, report: Report) -> Left:
    from dataclasses import replace

    from allocator.coordination import coordinate
    from allocator.coordination.options import CoordinationOptions
    from allocator.coordination_documents import coordination_document
    from allocator.replay import PLAN_DIGEST
    from allocator.report.coordination_report import write_coordination, written_views
    from allocator.report.words import as_language

    plan = None if work.plan is None else read_plan(work.plan)
    language = as_language(_lang(work))
    options = replace(CoordinationOptions.of(_options(work)), lang=language)
    if work.options.get("samples"):
        options = replace(options, samples=int(work.options["samples"]))
    report(Phase("solving"))
    hear: Callable[[str, Any], None] = lambda part, progress: report((part, progress))  # noqa: E731
    scenarios = None if work.scenario is None else [work.scenario]
    tables = coordinate(case, scenarios, plan, options, hear)
    report(Phase("publishing"))
    workbook = work.folder / "coordination.xlsx"
    page = write_coordination(case, tables, workbook, language)
    files = {
        workbook.name: (_WORKBOOK, workbook),
        page.name: (_NAMES[".html"][0], page),
        **{path.name: ("text/plain", path) for path in written_views(case, tables, work.folder)},
    }
    digest = "" if plan is None else plan.run_info.get(PLAN_DIGEST, "")
    outcome = "partly_assessed" if stops_taken() else "assessed"
    told = coordination_document(tables)
    return Left(told, outcome, digest, files, _rows(case, work, tables))


_KINDS: Final[Mapping[str, Callable[[Case, Work, Report], Left]]] = {
    "place": _place,
    "dispatch": _dispatch,
    "plan": _plan,
    "replan": _replan,
    "explain": _explain,
    "coordination": _coordination,
}

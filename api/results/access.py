"""Runs whose results may be had: those with a plan, seen from one's provinces."""

from __future__ import annotations

from sqlalchemy import Connection

from allocator.store.audit import Actor
from allocator.store.results import find_assessment
from allocator.store.runs import PLANLESS, StoredRun, find_run
from allocator.store.scope import covers
from api.problems import ProblemError
from api.tags import tag_of

__all__ = ["assessed_run", "check_whole", "entity_tag", "planned_run"]


def planned_run(connection: Connection, run_id: str, caller: Actor) -> StoredRun:
    """Return a run that has a plan.

    Raises
    ------
    NotFoundError
        If there is none that the caller may see.
    ProblemError
        If it has no plan.
    """
    run = find_run(connection, run_id, caller.provinces)
    if run.document is None or run.kind in PLANLESS:
        maybe = {
            "queued": "wait for it: GET /v1/runs/{id}/events",
            "running": "wait for it: GET /v1/runs/{id}/events",
            "failed": "see its error, or GET /v1/runs/{id}/infeasibility",
            "finished": "ask the run that it is about, its base_run",
        }.get(run.status, "submit it again")
        raise ProblemError(
            409,
            "no_plan_yet",
            f"run {run_id} ({run.kind}, {run.status}) has no plan. Maybe {maybe}.",
        )
    return run


def assessed_run(
    connection: Connection, run_id: str, caller: Actor, scenario: str | None = None
) -> StoredRun:
    """Return a finished run of kind coordination: the one named, or the newest about its plan.

    Raises
    ------
    NotFoundError
        If there is no such run that the caller may see.
    ProblemError
        If nobody has asked yet, or it is not finished.
    """
    run = find_run(connection, run_id, caller.provinces)
    if run.kind != "coordination":
        found = find_assessment(connection, run, scenario)
        if found is None:
            raise ProblemError(
                404,
                "not_assessed",
                "nobody has asked yet what late signatures cost here. Maybe POST /v1/runs with "
                f'kind coordination, "base_run": "{run_id}", and come back when it is finished.',
            )
        return found
    if run.document is None:
        raise ProblemError(
            409,
            "not_assessed_yet",
            f"run {run_id} (coordination, {run.status}) has no result. "
            "Maybe wait for it: GET /v1/runs/{id}/events.",
        )
    return run


def check_whole(run: StoredRun, caller: Actor) -> None:
    """Refuse what cannot be parted by provinces to those who do not answer for all of them.

    Raises
    ------
    ProblemError
        If the case has districts of other provinces.
    """
    if not covers(run.case_provinces, caller.provinces):
        raise ProblemError(
            403,
            "other_provinces",
            "this concerns provinces that this key is not for. "
            "Maybe ask for rows, such as trips: they are parted by province.",
        )


def entity_tag(run: StoredRun, caller: Actor, *parts: object) -> str:
    """Tag of an answer: the same as long as plan, question, scope and version are.

    Parameters
    ----------
    run
        Whose results.
    caller
        Whose provinces.
    parts
        What else the answer depends on.
    """
    own = (run.run_id, run.plan_digest, run.finished_at, sorted(caller.provinces))
    return tag_of(*own, *parts)

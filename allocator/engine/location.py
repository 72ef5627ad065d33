"""The classical location questions that a planner without costs asks, answered with a proof.

``cover_all`` and ``cover_most`` (within a radius), ``median`` and ``center`` (with a number of
warehouses), ``capacitated`` (with opening costs). Existing warehouses can be kept or closed,
capacities count where given, and each district can be given one responsible warehouse.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from allocator.engine.location_capacitated import solve_capacitated
from allocator.engine.location_center import solve_center
from allocator.engine.location_median import solve_median
from allocator.engine.location_question import (
    LocationQuestion,
    LocationResult,
    Proof,
    QuestionKind,
    Search,
)
from allocator.engine.location_reasons import check_question, infeasibility
from allocator.errors import ConflictError, SolveError
from allocator.solver import ProgressCallback, SolveOptions, Status, solve_model
from models.location import (
    build_cover_all,
    build_cover_most,
    read_location,
)
from models.location_data import LocationData, location_data

__all__ = [
    "LocationQuestion",
    "LocationResult",
    "QuestionKind",
    "capacitated",
    "center",
    "cover_all",
    "cover_most",
    "location_data",
    "median",
    "solve_location",
]

DEFAULT_OPTIONS = SolveOptions()

#: What each question needs to be told: radius, count.
_NEEDS: dict[QuestionKind, tuple[bool, bool]] = {
    "cover-all": (True, False),
    "cover-most": (True, True),
    "median": (False, True),
    "center": (False, True),
    "capacitated": (False, False),
}


def cover_all(
    data: LocationData,
    radius: float,
    *,
    single_source: bool = False,
    options: SolveOptions = DEFAULT_OPTIONS,
    progress: ProgressCallback | None = None,
) -> LocationResult:
    """Find the fewest warehouses that serve every district within a radius (LSCP).

    Parameters
    ----------
    data
        From ``location_data``.
    radius
        Longest lane allowed, in the unit of ``lane_distance``.
    single_source
        Whether each district has one warehouse; matters with capacities only.
    options, progress
        How to solve, and who hears about it.

    Returns
    -------
    LocationResult
        Objective: number of open warehouses, those fixed open included.

    Raises
    ------
    InfeasibleError
        If that is impossible; the message names districts or the capacity that is short.
    """
    question = LocationQuestion("cover-all", radius, None, single_source)
    return solve_location(data, question, options, progress)


def cover_most(
    data: LocationData,
    radius: float,
    count: int,
    *,
    single_source: bool = False,
    options: SolveOptions = DEFAULT_OPTIONS,
    progress: ProgressCallback | None = None,
) -> LocationResult:
    """Find where ``count`` warehouses serve most weight within a radius (MCLP).

    Parameters
    ----------
    data, radius, single_source, options, progress
        As in ``cover_all``.
    count
        Number of open warehouses, those fixed open included.

    Returns
    -------
    LocationResult
        Objective: weight served.

    Raises
    ------
    InfeasibleError
        If so many warehouses cannot be open.
    """
    question = LocationQuestion("cover-most", radius, count, single_source)
    return solve_location(data, question, options, progress)


def median(
    data: LocationData,
    count: int,
    *,
    radius: float | None = None,
    single_source: bool = False,
    options: SolveOptions = DEFAULT_OPTIONS,
    progress: ProgressCallback | None = None,
) -> LocationResult:
    """Find where ``count`` warehouses have the least weighted distance (p-median).

    Parameters
    ----------
    data, single_source, options, progress
        As in ``cover_all``.
    count
        Number of open warehouses, those fixed open included.
    radius
        Longest lane allowed, None for any.

    Returns
    -------
    LocationResult
        Objective: sum of weight times distance, plus opening costs where the data has some.

    Raises
    ------
    InfeasibleError
        If that is impossible, with the reason.
    """
    question = LocationQuestion("median", radius, count, single_source)
    return solve_location(data, question, options, progress)


def center(
    data: LocationData,
    count: int,
    *,
    single_source: bool = False,
    options: SolveOptions = DEFAULT_OPTIONS,
    progress: ProgressCallback | None = None,
) -> LocationResult:
    """Find where at most ``count`` warehouses leave the least longest distance (p-center).

    Parameters
    ----------
    data, single_source, options, progress
        As in ``cover_all``; weights do not matter here.
    count
        Most warehouses open, those fixed open included.

    Returns
    -------
    LocationResult
        Objective: longest distance of a district to its warehouse.

    Raises
    ------
    InfeasibleError
        If that is impossible, with the reason.
    """
    question = LocationQuestion("center", None, count, single_source)
    return solve_location(data, question, options, progress)


def capacitated(
    data: LocationData,
    *,
    radius: float | None = None,
    single_source: bool = False,
    options: SolveOptions = DEFAULT_OPTIONS,
    progress: ProgressCallback | None = None,
) -> LocationResult:
    """Find the warehouses with the least opening cost plus weighted distance (CFLP, UFL).

    Parameters
    ----------
    data, single_source, options, progress
        As in ``cover_all``; without capacities this is the uncapacitated problem.
    radius
        Longest lane allowed, None for any.

    Returns
    -------
    LocationResult
        Objective: cost.

    Raises
    ------
    InfeasibleError
        If that is impossible, with the reason.
    """
    question = LocationQuestion("capacitated", radius, None, single_source)
    return solve_location(data, question, options, progress)


def solve_location(
    data: LocationData,
    question: LocationQuestion,
    options: SolveOptions = DEFAULT_OPTIONS,
    progress: ProgressCallback | None = None,
) -> LocationResult:
    """Answer a location question.

    Parameters
    ----------
    data
        From ``location_data``.
    question
        What is asked.
    options
        Gap, limits, threads, seed; the time limit is for all solves together.
    progress
        Hears about it; None for nobody.

    Returns
    -------
    LocationResult
        Plan, objective, bound and gap; without a plan where the time did not suffice.

    Raises
    ------
    ConflictError
        If the question lacks its radius or count, or has one that it does not use.
    InfeasibleError
        If there is no answer, with the reason in words.
    SolveError
        If the solver failed.
    """
    _check_settings(question)
    check_question(data, question)
    search = Search(question, options, progress)
    proof = _solve(_within(data, question), search)
    if proof.status is Status.INFEASIBLE:
        raise infeasibility(data, search)
    if proof.status in (Status.UNBOUNDED, Status.NUMERICAL, Status.FAILED):
        raise SolveError(
            f"the solver could not answer the {question.kind} question: {proof.status.value}."
        )
    search.report(proof.objective, proof.bound)
    return proof.result(data, search)


def _check_settings(question: LocationQuestion) -> None:
    """Raise ConflictError if radius or count are missing or too much."""
    needs_radius, needs_count = _NEEDS[question.kind]
    if needs_radius and question.radius is None:
        raise ConflictError(f"the {question.kind} question needs a radius.")
    if needs_count and question.count is None:
        raise ConflictError(f"the {question.kind} question needs a count of warehouses.")
    if question.count is not None and not needs_count:
        raise ConflictError(
            f"the {question.kind} question has no use for a count ({question.count}). "
            "Maybe ask for the median or the center."
        )
    if question.radius is not None and question.kind == "center":
        raise ConflictError("the center question looks for the radius and takes none.")


def _within(data: LocationData, question: LocationQuestion) -> LocationData:
    """Return the data without the lanes that are too long."""
    if not math.isfinite(question.reach):
        return data
    distance = np.where(data.lane_distance <= question.reach, data.lane_distance, np.inf)
    return replace(data, lane_distance=distance)


def _solve(data: LocationData, search: Search) -> Proof:
    """Answer by the way that suits the question."""
    question = search.question
    if question.kind == "center":
        return solve_center(data, search, question.count or 0)
    if question.kind in ("median", "capacitated") and not data.is_capacitated:
        return solve_median(data, search)
    if question.kind in ("median", "capacitated"):
        return solve_capacitated(data, search)
    return _solve_model(data, search)


def _solve_model(data: LocationData, search: Search) -> Proof:
    """Answer by one whole model."""
    question = search.question
    single = question.single_source
    if question.kind == "cover-all":
        model = build_cover_all(data, question.reach, single_source=single)
    else:
        model = build_cover_most(data, question.reach, question.count or 0, single_source=single)
    answer = solve_model(
        model, search.solve_options(), stage=question.kind, progress=search.progress
    )
    plan = None if answer.values is None else read_location(model, data, question.reach)
    return Proof(answer.status, answer.objective, answer.bound, plan)

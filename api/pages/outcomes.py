"""What came out of a run, ready for its page: figures, sentences, files, or why it failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from allocator.store.runs import RunFile, StoredRun
from allocator.store.scope import covers
from api.pages.formatting import number, percent
from api.pages.outcome_words import OUTCOME_WORDS

__all__ = ["Failure", "Figure", "Outcome", "RepairShown", "Sentences", "outcome_of"]

SHOWN_FILES: Final = (
    "plan.xlsx",
    "plan.html",
    "explanation.xlsx",
    "coordination.xlsx",
    "coordination.html",
)
"""Files for people, in the order of their buttons."""

MOST_LINES: Final = 100
"""Sentences or rows shown on the page; the workbook has all."""

ISSUE_CELLS: Final = ("code", "sheet", "cell", "message", "hint")

SCENARIO_KEYS: Final = (
    "case.scenario",
    "case.name",
    "key.served",
    "key.trips",
    "key.volume",
    "key.paper",
    "key.wheels",
    "key.dispatch_cost",
    "run.gap",
)


@dataclass(frozen=True)
class Figure:
    """A key figure: key of its words, and the figure as text."""

    key: str
    text: str


@dataclass(frozen=True)
class Sentences:
    """Sentences under one heading, and how many more there are."""

    key: str
    lines: tuple[str, ...]
    left_out: int


@dataclass(frozen=True)
class RepairShown:
    """A repair in sentences."""

    lines: tuple[str, ...]
    is_smallest: bool
    gap: float


@dataclass(frozen=True)
class Failure:
    """Why a run failed: rules in conflict, repairs, faults, violations.

    ``kind`` is the class of the error where the pages have a sentence for it, else empty.
    """

    status: str
    kind: str
    detail: str
    rules: tuple[str, ...]
    repairs: tuple[RepairShown, ...]
    issues: tuple[dict[str, str], ...]
    violations: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Outcome:
    """What a run's page shows of its end.

    Parameters
    ----------
    failure
        Why there is no plan; None where nothing failed.
    has_result
        Whether there is a plan or an explanation.
    is_partial
        Whether the caller answers for some of the case's provinces only, so that figures of the
        whole case and its files are left out.
    figures, scenarios, sentences
        Key figures; a row for each dispatched scenario; answers of an explanation.
    files
        Those for people.
    """

    failure: Failure | None
    has_result: bool
    is_partial: bool
    figures: tuple[Figure, ...] = ()
    scenarios: tuple[tuple[str, ...], ...] = ()
    sentences: tuple[Sentences, ...] = ()
    files: tuple[str, ...] = ()
    scenario_keys: tuple[str, ...] = SCENARIO_KEYS


def outcome_of(run: StoredRun, files: Sequence[RunFile], provinces: frozenset[str]) -> Outcome:
    """Make what the page of a run shows of its end.

    Parameters
    ----------
    run
        The run as it stands.
    files
        Those it left.
    provinces
        Of the caller; empty: all.
    """
    failure = None if run.error is None else _failure(run.error)
    if run.document is None:
        return Outcome(failure, has_result=False, is_partial=False)
    if not covers(run.case_provinces, provinces):
        return Outcome(failure, has_result=True, is_partial=True)
    dispatched = _dispatched(run.kind, run.document)
    names = {file.name for file in files}
    return Outcome(
        failure,
        has_result=True,
        is_partial=False,
        figures=_figures(run.kind, run.document),
        scenarios=tuple(_scenario_row(one) for one in dispatched),
        sentences=_sentences(run.document) if run.kind == "explain" else (),
        files=tuple(name for name in SHOWN_FILES if name in names),
    )


def _dispatched(kind: str, document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if kind == "plan":
        return list(document["dispatch"])
    return [document] if kind in ("dispatch", "replan") else []


def _scenario_row(part: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(part["scenario"]),
        str(part["name"]),
        percent(part["served_share"]),
        number(part["trips"]),
        f"{number(part['volume_m3'])} m³",
        f"{number(part['hours_paper'], 1)} h",
        f"{number(part['hours_wheels'], 1)} h",
        f"¥{number(part['cost_cny'], 0)}",
        percent(part["controllable_gap"]),
    )


def _figures(kind: str, document: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Figures of the placement, of a classical question, of changes."""
    figures: list[Figure] = []
    placement = document["placement"] if kind == "plan" else document
    if "open_warehouses" in placement:
        figures.append(Figure("key.open", number(len(placement["open_warehouses"]))))
    if "expected_unmet_share" in placement:
        figures += [
            Figure("key.expected", percent(_rest(placement["expected_unmet_share"]))),
            Figure("key.worst", percent(_rest(placement["cvar_unmet_share"]))),
            Figure("key.one_off", f"¥{number(placement['one_off_cost_cny'], 0)}"),
            Figure("key.annual", f"¥{number(placement['annual_cost_cny'], 0)}"),
        ]
    if "covered_people" in placement:
        figures.append(Figure("key.covered", number(placement["covered_people"], 0)))
    if kind == "replan":
        figures.append(Figure("key.changed", number(len(document["trip_changes"]))))
        figures.append(Figure("key.at_hours", f"{number(document['at_hours'])} h"))
    if kind == "coordination":
        figures += _coordination_figures(document)
    if kind in ("place", "plan"):
        figures.append(Figure("run.gap", percent(placement.get("controllable_gap"))))
    return tuple(figures)


def _coordination_figures(document: Mapping[str, Any]) -> list[Figure]:
    """Degree, delay cost with its interval, solves."""
    low, high = (number(document[end], 0) for end in ("total_low", "total_high"))
    return [
        Figure("key.degree", number(document["degree"], 3)),
        Figure("key.delay_cost", f"¥{number(document['total'], 0)} ({low} – {high})"),
        Figure("key.solves", number(document["solves"])),
    ]


def _rest(unmet: float | None) -> float | None:
    """Share that is served."""
    return None if unmet is None else 1.0 - unmet


def _sentences(document: Mapping[str, Any]) -> tuple[Sentences, ...]:
    """Answers of an explanation, as it wrote them."""
    proofs = [row for row in document["certificates"] if row["short_units"] > 0]
    found = {
        "explain.shortages": document["shortages"],
        "explain.choices": document["choices"],
        "explain.proofs": proofs,
    }
    blocks = [
        Sentences(key, tuple(_sentence(row) for row in rows[:MOST_LINES]), len(rows[MOST_LINES:]))
        for key, rows in found.items()
        if rows
    ]
    return tuple(blocks) or (Sentences("explain.nothing", (), 0),)


def _sentence(row: Mapping[str, Any]) -> str:
    places = [row.get(name) for name in ("scenario", "district", "warehouse", "item")]
    return f"{' · '.join(str(place) for place in places if place)}: {row['sentence']}"


def _failure(error: Mapping[str, Any]) -> Failure:
    """The error document of a run in sentences; what it lacks is left out."""
    status, kind = str(error.get("status", "failed")), str(error.get("error", ""))
    return Failure(
        status=status if status in ("infeasible", "no_plan") else "failed",
        kind=kind if f"failure.why.{kind}" in OUTCOME_WORDS else "",
        detail=str(error.get("detail", "")),
        rules=tuple(str(rule) for rule in error.get("rules", ())),
        repairs=tuple(
            RepairShown(
                (*(str(change["message"]) for change in one["changes"]), *one.get("limits", ())),
                bool(one["is_smallest"]),
                float(one["gap"]),
            )
            for one in error.get("repairs", ())
        ),
        issues=tuple(
            {name: str(one.get(name, "")) for name in ISSUE_CELLS}
            for one in error.get("issues", ())[:MOST_LINES]
        ),
        violations=_cells(error.get("violations", ()), ("rule", "where", "message")),
    )


def _cells(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(str(row.get(name, "")) for name in names) for row in rows[:MOST_LINES])

"""What a run's page says of its end, made from the documents that runs leave."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from allocator.documents import error_document
from allocator.errors import Change, InfeasibleError, Repair, ReplayError, Violation
from allocator.store.opening import open_database
from allocator.store.runs import RunFile, StoredRun, find_run, run_files_of
from api.pages.formatting import number, percent
from api.pages.outcomes import Outcome, outcome_of
from tests.api.conftest import Solved

EVERYWHERE: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def planned(solved: Solved) -> tuple[StoredRun, list[RunFile]]:
    """The finished plan of the tiny case with its files."""
    database = open_database(solved.settings)
    try:
        with database.reading() as connection:
            run = find_run(connection, solved.run_id, EVERYWHERE)
            return run, run_files_of(connection, solved.run_id)
    finally:
        database.close()


def shown(run: StoredRun, **changes: Any) -> Outcome:
    """Outcome of a run that is changed in some fields."""
    return outcome_of(replace(run, **changes), [], EVERYWHERE)


def test_a_plan_has_figures_scenarios_and_files(
    planned: tuple[StoredRun, list[RunFile]],
) -> None:
    """Two warehouses serve everything in both disasters; prices of the search are no file."""
    run, files = planned

    outcome = outcome_of(run, files, EVERYWHERE)

    figures = {figure.key: figure.text for figure in outcome.figures}
    assert figures["key.open"] == "2"
    assert figures["key.expected"] == "100%"
    assert figures["key.one_off"] == "¥208,000"
    assert [row[:4] for row in outcome.scenarios] == [
        ("flood", "甲乙洪水", "100%", "3"),
        ("quake", "丙县地震", "100%", "4"),
    ]
    assert outcome.files == ("plan.xlsx", "plan.html")
    assert len(outcome.scenario_keys) == len(outcome.scenarios[0])


def test_a_part_of_the_provinces_gets_no_figures_of_the_whole(
    planned: tuple[StoredRun, list[RunFile]],
) -> None:
    """Figures and files of the whole case are for who answers for all of it."""
    run, files = planned
    across = replace(run, case_provinces=["45", "46"])

    outcome = outcome_of(across, files, frozenset({"45"}))

    assert (outcome.has_result, outcome.is_partial) == (True, True)
    assert (outcome.figures, outcome.scenarios, outcome.files) == ((), (), ())


def test_a_classical_question_names_who_is_covered(
    planned: tuple[StoredRun, list[RunFile]],
) -> None:
    """An answer without costs shows no costs."""
    document = {"open_warehouses": ["W1"], "covered_people": 1_200_000.0, "controllable_gap": 0.0}

    outcome = shown(planned[0], kind="place", document=document)

    assert [(one.key, one.text) for one in outcome.figures] == [
        ("key.open", "1"),
        ("key.covered", "1,200,000"),
        ("run.gap", "0%"),
    ]


def test_an_explanation_is_told_in_its_sentences(
    planned: tuple[StoredRun, list[RunFile]],
) -> None:
    """Reasons come with their places; counts that prove nothing are left to the workbook."""
    counts = {"scenario": "flood", "item": "TENT", "sentence": "Usable stock.", "short_units": 0.0}
    document = {
        "shortages": [
            {"scenario": "flood", "district": "450101", "item": "TENT", "sentence": "No stock."}
        ],
        "choices": [],
        "certificates": [counts, {**counts, "short_units": 5.0, "sentence": "5 too few."}],
        "repairs": [],
    }

    told = shown(planned[0], kind="explain", document=document).sentences
    nothing = shown(
        planned[0], kind="explain", document={**document, "shortages": [], "certificates": []}
    ).sentences

    assert [(block.key, block.lines) for block in told] == [
        ("explain.shortages", ("flood · 450101 · TENT: No stock.",)),
        ("explain.proofs", ("flood · TENT: 5 too few.",)),
    ]
    assert [block.key for block in nothing] == ["explain.nothing"]


def test_a_conflict_is_told_with_its_rules_and_repairs(
    planned: tuple[StoredRun, list[RunFile]],
) -> None:
    """Rules in conflict, the changes that mend them, and how sure their size is."""
    change = Change("Settings", "", "capital_budget_cny", "1", "2", "raise it from 1 to 2 CNY")
    repair = Repair("budgets", 0.1, (change,), ("at most 3 can be promised",))
    error = error_document(
        InfeasibleError("no plan", ["Settings capital_budget_cny: 1 CNY"], [repair])
    )

    failure = shown(planned[0], document=None, error=error).failure

    assert failure is not None
    assert (failure.status, failure.rules) == (
        "infeasible",
        ("Settings capital_budget_cny: 1 CNY",),
    )
    assert failure.repairs[0].lines == ("raise it from 1 to 2 CNY", "at most 3 can be promised")
    assert (failure.repairs[0].is_smallest, failure.repairs[0].gap) == (False, 0.1)


def test_a_short_error_is_enough(planned: tuple[StoredRun, list[RunFile]]) -> None:
    """What a worker says of a process that died has a detail and nothing else."""
    error = {"status": "failed", "error": "OutOfMemory", "detail": "the run took 7 GB."}
    broken = error_document(ReplayError([Violation("dock_hours", "W1", 2.0, "2 too many.")]))

    short = shown(planned[0], document=None, error=error).failure
    told = shown(planned[0], document=None, error=broken).failure

    assert short is not None
    assert (short.status, short.detail, short.rules) == ("failed", "the run took 7 GB.", ())
    assert told is not None
    assert told.violations == (("dock_hours", "W1", "2 too many."),)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0"), (1200, "1,200"), (0.5, "0.5"), (1234.5678, "1,234.57"), (100, "100")],
)
def test_numbers_are_written_without_idle_zeros(value: float | None, text: str) -> None:
    """Thousands are parted, and what says nothing is left out."""
    assert number(value) == text


def test_shares_are_written_in_percent() -> None:
    """A gap of a hundredth of a percent is seen."""
    assert [percent(share) for share in (None, 0.0, 0.0001, 1.0)] == ["–", "0%", "0.01%", "100%"]

"""Tables of coordination: the log, both languages, refusals, stops, what is no evidence."""

from __future__ import annotations

import pytest

from allocator.approvals import Release
from allocator.coordination.loss import Loss
from allocator.errors import ConflictError, NotFoundError
from allocator.report.coordination_sentences import with_coordination_sentences
from allocator.risks import account_rows
from allocator.schema.coordination import DelayCost
from allocator.schema.procedure import ApprovalStep, Department
from allocator.schema.results import RunInfo, SummaryLine
from allocator.schema.risks import LossAccount
from allocator.schema.sign_offs import ApprovalRecord
from tests.allocator.coordination_cases import (
    ToyLosses,
    assessed,
    joined_case,
    shares,
    tables_of,
)
from tests.allocator.risk_cases import risk_tables
from tests.tiny import build_case


def test_on_time_share_is_read_from_the_log() -> None:
    """Two of three logged signatures kept the limit of 2 h."""
    case = joined_case("AND", {"A": 2.0, "B": 2.0})
    log = [
        ApprovalRecord(record=str(k), procedure="P", step="A", hours=hours)
        for k, hours in enumerate([1.0, 2.0, 6.0])
    ]
    tables = tables_of(case.replace(ApprovalRecord, log), "flood")
    rows = {row.department: row for row in tables.rows(DelayCost)}
    assert rows["A"].on_time_share == pytest.approx(2 / 3)
    assert rows["B"].on_time_share is None


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_cards_and_summary_are_told_in_both_languages(lang: str) -> None:
    """Every row has its sentence, the formula among them; the Summary says degree and cost."""
    tables = tables_of(joined_case("AND", {"A": 5.0, "B": 6.0}), gap_cny=5.0, lang=lang)
    rows = tables.rows(DelayCost)
    assert all(row.sentence for row in rows)
    mark = "Shapley" if lang == "en" else "沙普利值"
    assert any(mark in row.sentence for row in rows)
    topics = [row.topic for row in tables.rows(SummaryLine)]
    assert ("Coordination degree" if lang == "en" else "协同度") in topics
    assert all(row.sentence for row in tables.rows(SummaryLine))
    facts = {row.name: row.text for row in tables.rows(RunInfo)}
    assert facts["kind"] == "coordination"
    assert int(facts["solved"]) == int(facts["wanted"])


@pytest.mark.parametrize("kind", [Department, ApprovalStep])
def test_a_case_without_sign_offs_is_refused(kind: type) -> None:
    """The message names the sheet and the way out."""
    case = joined_case("AND", {"A": 5.0}).replace(kind, ())
    with pytest.raises(ConflictError, match=rf"sheet {kind.sheet} has no rows.*Maybe"):  # type: ignore[attr-defined]
        tables_of(case)


def test_an_unknown_scenario_is_refused() -> None:
    """The message names those that there are."""
    with pytest.raises(NotFoundError, match="flood"):
        tables_of(joined_case("AND", {"A": 5.0}), "storm")


class _StoppedLosses(ToyLosses):
    """Toy losses that are interrupted, as by Ctrl-C, at one question."""

    def __init__(self, question: int) -> None:
        super().__init__()
        self.question = question

    def __call__(self, release: Release) -> Loss:
        """Loss, or the interruption."""
        if self.asked == self.question:
            self.asked += 1
            raise KeyboardInterrupt
        return super().__call__(release)


def test_who_stops_it_has_what_is_known_by_then() -> None:
    """Interrupted after the speeds: the total is known, no share is made up, and it says so."""
    case = joined_case("AND", {"A": 5.0, "B": 6.0, "C": 8.0})
    found = assessed(case, _StoppedLosses(question=3))
    assert found.is_stopped
    assert found.total.value == 600.0
    assert found.unsplit.value > 0.0
    assert found.solved_count == 3


def test_stopped_before_the_speeds_are_known_there_is_nothing_to_keep() -> None:
    """Ctrl-C at the second question ends it."""
    with pytest.raises(KeyboardInterrupt):
        assessed(joined_case("AND", {"A": 5.0}), _StoppedLosses(question=1))


class _RelaxedLosses(ToyLosses):
    """Plans up to 30 CNY off, as searches leave them, around relaxed values that are exact."""

    def __call__(self, release: Release) -> Loss:
        """Loss with a relaxed value."""
        exact = super().__call__(release).high_cny
        above = 7.0 * (self.asked % 5)
        return Loss(exact, exact + above, 1.0, 1.0, relaxed_cny=exact)


def test_shares_are_made_from_relaxed_values_where_losses_have_them() -> None:
    """What searches leave to chance does not reach the shares, but is in their intervals."""
    hours = {"A": 5.0, "B": 6.0, "C": 8.0}
    found = assessed(joined_case("AND", hours), _RelaxedLosses())
    assert shares(found) == pytest.approx({"A": 100.0, "B": 150.0, "C": 350.0})
    assert found.total.high > found.total.value


class _HalfSolvedLosses(_RelaxedLosses):
    """Losses that solve the first tables only, and answer for the rest from their neighbours."""

    def __call__(self, release: Release) -> Loss:
        """Loss with a wide interval once time is up."""
        found = super().__call__(release)
        return found if self.asked <= 3 else Loss(1000.0, 9000.0, 1.0, 1.0)


def test_tables_that_were_not_solved_themselves_are_no_evidence() -> None:
    """An answer without a relaxed value, where others have one, leaves its part unsplit."""
    case = joined_case("AND", {"A": 5.0, "B": 6.0, "C": 8.0})
    found = assessed(case, _HalfSolvedLosses())
    assert found.unsplit.value > 0.0
    exact = assessed(case)
    for code, row in found.departments.items():
        assert row.share.low <= exact.departments[code].share.value <= row.share.high + 1e-6


def test_sentences_can_be_told_again_in_another_language() -> None:
    """A kept result in English becomes what would have been told in Chinese."""
    case = joined_case("AND", {"A": 5.0, "B": 6.0})
    english, chinese = tables_of(case), tables_of(case, lang="zh")
    again = with_coordination_sentences(english, case, "zh")
    for sheet, rows in chinese.tables.items():
        if sheet != RunInfo.sheet:
            assert again.tables[sheet] == rows, sheet


def test_loss_accounts_of_the_scenarios_come_with_them() -> None:
    """What the records of a scenario add up to stands beside what its late signatures cost."""
    case = build_case(risk_tables())
    codes = [row.scenario for row in case.scenarios]
    found = tables_of(case, *codes).rows(LossAccount)
    assert found == account_rows(case, codes)
    assert found

"""The delay cost and its shares on examples done by hand, and what must hold of any."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.approvals import Release
from allocator.case import Case
from allocator.coordination import CoordinationOptions, coordinate
from allocator.coordination.assessment import Drawing, assess
from allocator.coordination.delay_cost import NOT_ATTRIBUTABLE, TOTAL
from allocator.coordination.figures import ANY, ScenarioFigures
from allocator.coordination.loss import Loss
from allocator.coordination.ranges import Range
from allocator.coordination.release_tables import SPEEDS, ReleaseTables
from allocator.errors import ConflictError, NotFoundError
from allocator.report.coordination_sentences import with_coordination_sentences
from allocator.report.words import as_language
from allocator.schema.coordination import DelayCost, SpeedLoss
from allocator.schema.procedure import ApprovalStep, Department
from allocator.schema.results import RunInfo, SummaryLine
from allocator.schema.sign_offs import ApprovalRecord, ScenarioSignOff
from allocator.tables import TableSet
from tests.allocator.coordination_cases import ToyLosses, delay_case, joined_case
from tests.tiny_sign_offs import step


def assessed(case: Case, losses: ToyLosses | None = None, **more: object) -> ScenarioFigures:
    """Figures of the flood under toy losses."""
    tables = ReleaseTables(case, "flood")
    return assess("flood", tables, losses or ToyLosses(), Drawing(), **more)  # type: ignore[arg-type]


def tables_of(case: Case, *scenarios: str, gap_cny: float = 0.0, lang: str = "en") -> TableSet:
    """All tables under toy losses, without trips."""
    return coordinate(
        case,
        scenarios or None,
        options=CoordinationOptions(plans_trips=False, lang=as_language(lang)),
        losses_of=lambda *_: ToyLosses(gap_cny),
    )


def shares(found: ScenarioFigures) -> dict[str, float]:
    """Shares that are not 0, by department."""
    return {
        code: row.share.value for code, row in found.departments.items() if row.share.value != 0.0
    }


def test_any_of_three_signatures_costs_only_if_all_are_late() -> None:
    """One of three will do: each alone costs 0, any two cost 0, all three cost 3 h, 1 h each."""
    hours = {"A": 5.0, "B": 6.0, "C": 8.0}
    for punctual in hours:
        some = {name: 2.0 if name == punctual else hour for name, hour in hours.items()}
        assert assessed(joined_case("OR", some)).total.value == 0.0
    found = assessed(joined_case("OR", hours))
    assert found.total.value == 300.0
    assert shares(found) == pytest.approx({"A": 100.0, "B": 100.0, "C": 100.0})


def test_all_of_three_signatures_are_split_like_a_runway() -> None:
    """All must sign: 3, 4 and 6 h over; the first 3 h by all, the next by two, the last by one."""
    found = assessed(joined_case("AND", {"A": 5.0, "B": 6.0, "C": 8.0}))
    assert found.total.value == 600.0
    assert shares(found) == pytest.approx({"A": 100.0, "B": 150.0, "C": 350.0})
    assert found.total_person_hours == 60.0
    assert found.departments["C"].person_hours == pytest.approx(35.0)


def test_who_waits_for_another_is_not_charged() -> None:
    """A is late, B signs after it and keeps its limit: all of the cost is A's, B has exactly 0."""
    case = delay_case(
        [
            step("P", "1", "1", "A", 2, join="START", limit_hours=2),
            step("P", "2", "2", "B", 3, predecessors="1", limit_hours=3),
        ],
        "2",
        {"A": 4.0},
    )
    found = assessed(case)
    assert found.departments["A"].share.value == found.total.value == 400.0
    assert found.departments["B"].share.value == 0.0


def test_lateness_beside_the_way_that_decides_costs_exactly_nothing() -> None:
    """A's 3 h over never decide beside B's limit of 10 h: A is left out of the game."""
    case = delay_case(
        [
            step("P", "1", "1", "A", 2, join="START", limit_hours=2),
            step("P", "2", "2", "B", 10, join="START", limit_hours=10),
            step("P", "3", "3", "B", 0, predecessors="1;2"),
        ],
        "3",
        {"A": 3.0},
    )
    found = assessed(case)
    assert found.departments["A"].overrun_hours == 3.0
    assert found.departments["A"].share.value == found.total.value == 0.0


def test_cosigners_are_not_charged() -> None:
    """Only the department that answers for a step is a player."""
    case = delay_case(
        [
            step("P", "1", "1", "A", 2, join="START", limit_hours=2, cosigners="B"),
            step("P", "2", "2", "B", 1, predecessors="1", limit_hours=1),
        ],
        "2",
        {"A": 1.0},
    )
    assert shares(assessed(case)) == {"A": 100.0}


def test_minutes_that_pass_no_full_hour_cost_only_together() -> None:
    """Loading starts at full hours: 0.5 h over costs nothing, twice 0.5 h an hour, half each."""
    case = delay_case(
        [
            step("P", "1", "1", "A", 2, join="START", limit_hours=2),
            step("P", "2", "2", "B", 2.4, predecessors="1", limit_hours=2.4),
        ],
        "2",
        {"A": 0.5, "B": 0.5},
    )
    assert shares(assessed(case)) == pytest.approx({"A": 50.0, "B": 50.0})


def test_a_bypass_department_is_charged_for_being_late() -> None:
    """Main way 9 h; a bypass of limit 3 h takes 7 h: 4 h are its department's."""
    case = delay_case(
        [
            step("P", "1", "1", "A", 9, join="START", limit_hours=9),
            step("P", "2", "2", "B", 3, join="BYPASS", bypasses="1", limit_hours=3),
        ],
        "1",
        {"B": 4.0},
    )
    assert shares(assessed(case)) == {"B": 400.0}


def test_hours_more_and_less_are_solved_again() -> None:
    """Of two that must sign, 5 and 6 h: an hour of the slower counts, one of the other does not."""
    found = assessed(joined_case("AND", {"A": 5.0, "B": 6.0})).departments
    nothing, hundred = Range(0.0, 0.0, 0.0), Range(100.0, 100.0, 100.0)
    assert (found["A"].plus, found["A"].minus) == (nothing, nothing)
    assert (found["B"].plus, found["B"].minus) == (hundred, hundred)


def test_degree_of_a_chain_done_by_hand() -> None:
    """Limits 2 + 3, actual 4 + 3, longest 6 + 5: V 1300, 1700, 2100, K = 400 / 800."""
    case = delay_case(
        [
            step("P", "1", "1", "A", 2, join="START", limit_hours=2, duration_max_hours=6),
            step("P", "2", "2", "B", 3, predecessors="1", limit_hours=3, duration_max_hours=5),
        ],
        "2",
        {"A": 2.0},
    )
    found = assessed(case)
    assert [found.speeds[speed].loss.value for speed in SPEEDS] == [1300, 1500, 1700, 2100]
    assert found.degree.value == pytest.approx(0.5)
    assert found.degree.low == found.degree.high == pytest.approx(0.5)


def test_nobody_late_is_told_so_and_costs_nothing() -> None:
    """Departments within their limits have rows of 0 that say it."""
    tables = tables_of(joined_case("AND", {"A": 2.0, "B": 2.0}), "flood")
    rows = {row.department: row for row in tables.rows(DelayCost)}
    assert all(row.share_cny == 0.0 for row in rows.values())
    assert "charged nothing" in rows["A"].sentence
    assert "No department signs over its limit" in rows[TOTAL].sentence


networks = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C", "D"]),
        st.sampled_from(["AND", "OR"]),
        st.lists(st.integers(0, 5), max_size=2),
        st.floats(0.0, 4.0).map(lambda hours: round(hours, 1)),
        st.floats(0.0, 4.0).map(lambda hours: round(hours, 1)),
    ),
    min_size=1,
    max_size=6,
)


def random_case(rows: list[tuple[str, str, list[int], float, float]]) -> Case:
    """A procedure in which steps wait for earlier ones; logs say what they really take."""
    steps, log = [], []
    for place, (department, join, before, limit, actual) in enumerate(rows):
        waits = sorted({k for k in before if k < place})
        steps.append(
            step(
                "P",
                str(place),
                str(place),
                department,
                limit,
                join=join if waits else "START",
                predecessors=";".join(map(str, waits)),
                limit_hours=limit,
            )
        )
        log.append({"record": "r", "procedure": "P", "step": str(place), "hours": actual})
    return delay_case(steps, str(len(rows) - 1), Approval_Log=log)


@settings(max_examples=60)
@given(networks)
def test_shares_are_those_of_all_orders_and_add_up(
    rows: list[tuple[str, str, list[int], float, float]],
) -> None:
    """Against counting every order with a table of its own; sums exact; nobody gains by delay."""
    case = random_case(rows)
    found = assessed(case)
    values = [row.share.value for row in found.departments.values()]
    assert math.fsum([*values, found.unsplit.value]) == found.total.value
    assert min(values) >= 0.0
    tables = ReleaseTables(case, "flood")
    players = tables.departments

    def loss(late: set[str]) -> float:
        members = np.array([[code in late for code in players]])
        starts = tables.load_starts(tables.of_coalitions(players, members))
        return ToyLosses()(tables.release(starts[0])).high_cny

    added = dict.fromkeys(players, 0.0)
    orders = list(permutations(players))
    for order in orders:
        for k, code in enumerate(order):
            added[code] += loss(set(order[: k + 1])) - loss(set(order[:k]))
    for code in players:
        assert found.departments[code].share.value == pytest.approx(added[code] / len(orders))


@settings(max_examples=60)
@given(networks, st.data())
def test_losses_and_their_order_rise_with_every_duration(
    rows: list[tuple[str, str, list[int], float, float]], data: st.DataObject
) -> None:
    """A longer step never loses less; ideal <= limit <= actual <= uncoordinated always."""
    place = data.draw(st.integers(0, len(rows) - 1))
    longer = list(rows)
    department, join, before, limit, actual = rows[place]
    longer[place] = (department, join, before, limit, actual + 1.3)
    before_, after = assessed(random_case(rows)), assessed(random_case(longer))
    for one in (before_, after):
        losses = [one.speeds[speed].loss.value for speed in SPEEDS]
        assert losses == sorted(losses)
        assert 0.0 <= one.degree.low <= one.degree.value <= one.degree.high <= 1.0
    assert after.speeds["actual"].loss.value >= before_.speeds["actual"].loss.value
    if actual >= limit:
        # Below it a step that takes longer moves the yardstick, too: nobody is credited for speed.
        assert after.total.value >= before_.total.value


def test_departments_that_are_alike_have_equal_shares() -> None:
    """Two late by the same hours on the same kind of step pay the same."""
    found = assessed(joined_case("AND", {"A": 5.0, "B": 5.0, "C": 7.0}))
    assert found.departments["A"].share.value == pytest.approx(found.departments["B"].share.value)


def test_gaps_of_the_solver_become_intervals_that_hold_the_true_shares() -> None:
    """With a bound 40 CNY below each plan, the shares of exact losses lie within."""
    case = joined_case("AND", {"A": 5.0, "B": 6.0, "C": 8.0})
    exact, loose = assessed(case), assessed(case, ToyLosses(gap_cny=40.0))
    for code, row in loose.departments.items():
        assert row.share.low <= exact.departments[code].share.value <= row.share.high
        assert row.plus is not None
        assert row.plus.low <= row.plus.value <= row.plus.high
    assert loose.total.low == pytest.approx(560.0)
    assert loose.total.high == pytest.approx(640.0)
    assert loose.unsplit.value == 0.0
    assert loose.unsplit.low == pytest.approx(-40.0)
    assert loose.degree.low < exact.degree.value <= loose.degree.high


def test_nobody_is_charged_without_evidence_when_time_is_up() -> None:
    """Ended after the speeds, three tables here: what is not told apart is charged to nobody."""
    case = joined_case("AND", {"A": 5.0, "B": 6.0, "C": 8.0})
    losses = ToyLosses()
    found = assessed(case, losses, is_over=lambda: losses.asked >= 3)
    values = [row.share.value for row in found.departments.values()]
    assert losses.asked == 3
    assert math.fsum([*values, found.unsplit.value]) == found.total.value == 600.0
    assert found.unsplit.value > 0.0
    exact = assessed(case)
    for code, row in found.departments.items():
        assert row.share.low <= exact.departments[code].share.value <= row.share.high + 1e-6


def test_each_table_of_load_hours_is_asked_for_once() -> None:
    """Eight late departments in a chain by 1 h each: 256 coalitions, few distinct hours."""
    steps = [
        step(
            "P",
            str(k),
            str(k),
            f"D{k}",
            1,
            predecessors=str(k - 1) if k else "",
            join="AND" if k else "START",
            limit_hours=1,
        )
        for k in range(8)
    ]
    losses = ToyLosses()
    found = assessed(delay_case(steps, "7", {f"D{k}": 1.0 for k in range(8)}), losses)
    assert found.coalition_count == 256
    assert losses.asked <= 12
    assert [row.share.value for row in found.departments.values()] == pytest.approx([100.0] * 8)


def test_many_departments_are_drawn_and_still_add_up() -> None:
    """Eighteen late departments: orders are drawn; shares add up exactly, errors are told."""
    names = [f"D{k:02d}" for k in range(18)]
    case = joined_case("AND", {name: 3.0 + k % 5 for k, name in enumerate(names)})
    found = assessed(case)
    rows = [found.departments[name] for name in names]
    assert math.fsum(row.share.value for row in rows) == found.total.value == 500.0
    assert all(row.sampling_error is not None for row in rows)
    # Runway: the first hour by 18, the second by 14, the third by 10, ...
    exact = {1: 100 / 18, 2: 100 / 18 + 100 / 14}
    for row in rows:
        if row.overrun_hours in exact:
            assert row.share.low <= exact[int(row.overrun_hours)] + (row.sampling_error or 0.0)
    held = [
        abs(row.share.value - exact[int(row.overrun_hours)]) <= (row.sampling_error or 0.0)
        for row in rows
        if row.overrun_hours in exact
    ]
    assert sum(held) >= len(held) - 1


def test_expected_shares_are_the_means_of_the_scenarios() -> None:
    """Flood 0.6 and quake 0.4, where the quake doubles one step: shares and ends add up."""
    slowed = [
        {"scenario": "quake", "procedure": "P", "step": "A", "duration_factor": 2, "added_hours": 1}
    ]
    case = joined_case("AND", {"A": 5.0, "B": 6.0})
    case = case.replace(ScenarioSignOff, [ScenarioSignOff.model_validate(row) for row in slowed])
    tables = tables_of(case, gap_cny=5.0)
    rows = {(row.scenario, row.department): row for row in tables.rows(DelayCost)}
    for code in ("A", "B", TOTAL, NOT_ATTRIBUTABLE):
        for name in ("share_cny", "share_low_cny", "share_high_cny", "share_person_hours"):
            flood, quake, both = (
                getattr(rows[scenario, code], name) for scenario in ("flood", "quake", ANY)
            )
            assert both == pytest.approx(0.6 * flood + 0.4 * quake, abs=1e-9)
    everybody = [row.share_cny for (code, who), row in rows.items() if code == ANY and who != TOTAL]
    assert math.fsum(everybody) == rows[ANY, TOTAL].share_cny
    assert rows["quake", "A"].share_cny > rows["flood", "A"].share_cny
    speeds = {(row.scenario, row.speed): row.loss_cny for row in tables.rows(SpeedLoss)}
    assert rows[ANY, TOTAL].share_cny == pytest.approx(speeds[ANY, "actual"] - speeds[ANY, "limit"])


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

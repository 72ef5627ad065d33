"""The delay cost and its shares on examples done by hand, and what must hold of any."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.case import Case
from allocator.coordination.delay_cost import NOT_ATTRIBUTABLE, TOTAL
from allocator.coordination.figures import ANY
from allocator.coordination.ranges import Range
from allocator.coordination.release_tables import SPEEDS, ReleaseTables
from allocator.schema.coordination import DelayCost, SpeedLoss
from allocator.schema.sign_offs import ScenarioSignOff
from tests.allocator.coordination_cases import (
    ToyLosses,
    assessed,
    delay_case,
    joined_case,
    shares,
    tables_of,
)
from tests.tiny_sign_offs import step


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

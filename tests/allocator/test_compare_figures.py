"""Key figures of two plans, and which differences better solves could undo."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.case import Case
from allocator.compare.figures import kpi_rows
from allocator.compare.intervals import Figure, told_apart
from allocator.schema.comparison import Kpi
from allocator.schema.procedure import Settings
from allocator.schema.results import Allocation
from allocator.schema.row import Row
from tests.allocator.comparison_cases import compared, opened, short, stage, stocked, trip

FLOOD_NEED = 2260.0
"""Weighted need of the flood: 20 x 2 + 400 + 30 x 2 + (40 x 2 + 800) x 2."""


def interval(low: float, high: float, *, earlier: tuple[float, ...] = ()) -> Figure:
    """A stage whose value is the upper end."""
    return Figure(high, "weighted units", low, high, earlier, "unmet")


@pytest.mark.parametrize(
    ("base", "other", "expected"),
    [
        (interval(90, 100), interval(110, 120), (True, "apart")),
        (interval(110, 120), interval(90, 100), (True, "apart")),
        (interval(90, 100), interval(95, 120), (False, "within_gaps")),
        (interval(90, 100), interval(100, 120), (False, "within_gaps")),
        (interval(90, 100), interval(99, 100), (False, "same")),
        (interval(90, 100), interval(-inf, 120), (None, "no_bound")),
        (interval(-inf, 100), interval(110, 120), (True, "apart")),
        (Figure(3.0, "trips"), Figure(3.0, "trips"), (False, "same")),
        (Figure(3.0, "trips"), Figure(4.0, "trips"), (None, "no_bound")),
        (interval(9, 10), Figure(20.0, "CNY", 19, 20, (), "cost"), (None, "objectives_differ")),
    ],
)
def test_figures_are_told_apart_by_their_intervals(
    base: Figure, other: Figure, expected: tuple[bool | None, str]
) -> None:
    """Disjoint intervals alone are a difference; no bound is never one of no difference."""
    assert told_apart(base, other) == expected


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ((10.0,), (10.0,), (True, "apart")),
        ((10.0,), (11.0,), (True, "apart")),
        ((10.000001,), (10.0,), (True, "apart")),
        ((10.0005,), (10.0,), (None, "trade")),
        ((11.0,), (10.0,), (None, "trade")),
    ],
)
def test_later_stage_that_is_bought_with_an_earlier_one_is_no_difference(
    ours: tuple[float, ...], theirs: tuple[float, ...], expected: tuple[bool | None, str]
) -> None:
    """Less waiting counts where no more need is unmet (but for rounding)."""
    less, more = interval(90, 100, earlier=ours), interval(110, 120, earlier=theirs)
    assert told_apart(less, more) == expected
    assert told_apart(more, less) == expected


POINTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 20)), min_size=1, max_size=6)


def least(points: list[tuple[int, int]], unmet: int) -> float:
    """Least waiting of the plans that leave no more unmet."""
    return min((waiting for u, waiting in points if u <= unmet), default=inf)


@given(POINTS, POINTS, st.data())
def test_what_is_told_apart_is_apart_for_the_best_plans(
    ours: list[tuple[int, int]], theirs: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Over all plans of two small problems: the best unmet differ; so does the least waiting.

    A plan is a pair of unmet need and waiting. Any may be the one that was found, with bounds that
    are as far below the truth as they like.
    """
    figures = []
    for points in (ours, theirs):
        unmet, waiting = data.draw(st.sampled_from(points))
        slack = data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2))
        best = min(u for u, _ in points)
        figures.append(
            (
                interval(best - slack[0], unmet),
                interval(least(points, unmet) - slack[1], waiting, earlier=(float(unmet),)),
            )
        )
    (unmet_a, waiting_a), (unmet_b, waiting_b) = figures
    best = [min(u for u, _ in points) for points in (ours, theirs)]
    if told_apart(unmet_a, unmet_b)[0]:
        assert (best[0] < best[1]) == (unmet_a.value < unmet_b.value)
        assert best[0] != best[1]
    if told_apart(waiting_a, waiting_b)[0]:
        for limit in (int(unmet_a.value), int(unmet_b.value)):
            truth = least(ours, limit), least(theirs, limit)
            assert truth[0] != truth[1]
            assert (truth[0] < truth[1]) == (waiting_a.value < waiting_b.value)


def flood(unmet: float, bound: float | None) -> list[Row]:
    """A dispatch of the flood that leaves weighted units of the need unmet: water in 450101."""
    return [stage("flood", "unmet", unmet, bound), short("450101", "WATER", 2000, unmet)]


def by_name(rows: list[Kpi], part: str = "flood") -> dict[str, Kpi]:
    """Rows of a part by their names."""
    return {row.name: row for row in rows if row.part == part}


def test_served_share_follows_the_interval_of_the_unmet_need(tiny_case: Case) -> None:
    """226 of 2,260 weighted units are a tenth; the bounds say 5 to 10 % against at least 20 %."""
    base = compared("base", flood(226, 113), tiny_case)
    other = compared("other", flood(565, 452), tiny_case)
    row = by_name(kpi_rows(base, other))["served_share"]
    assert (row.base, row.other) == (pytest.approx(0.9), pytest.approx(0.75))
    assert (row.base_bound, row.other_bound) == (pytest.approx(0.95), pytest.approx(0.8))
    assert row.difference == pytest.approx(-0.15)
    assert row.difference_share == pytest.approx(-0.15 / 0.9)
    assert (row.is_distinguishable, row.note) == (True, "apart")
    assert FLOOD_NEED * 0.1 == 226


def test_served_share_within_the_gaps_is_not_distinguishable(tiny_case: Case) -> None:
    """Both may serve all."""
    base = compared("base", flood(226, 0), tiny_case)
    row = by_name(kpi_rows(base, compared("other", flood(113, 0), tiny_case)))["served_share"]
    assert (row.is_distinguishable, row.note) == (False, "within_gaps")


def test_served_share_of_another_objective_has_no_bound(tiny_case: Case) -> None:
    """Where costs are minimised the served share is whatever it is."""
    rows = [stage("flood", "cost", 100, 90), short("450101", "WATER", 400, 226)]
    found = kpi_rows(compared("a", flood(113, 100), tiny_case), compared("b", rows, tiny_case))
    row = by_name(found)["served_share"]
    assert (row.is_distinguishable, row.note, row.other_bound) == (None, "no_bound", None)
    assert by_name(found)["unmet"].note == "only_one"


def test_cost_after_waiting_is_not_the_cost_alone(tiny_case: Case) -> None:
    """One name, two measures: no difference is told."""
    lives = [stage("flood", "unmet", 0, 0), stage("flood", "cost", 100, 90)]
    base = compared("base", lives, tiny_case)
    other = compared("other", [stage("flood", "cost", 900, 890)], tiny_case)
    row = by_name(kpi_rows(base, other))["cost"]
    assert (row.note, row.difference, row.is_distinguishable) == ("objectives_differ", None, None)


def test_waiting_is_compared_among_plans_that_keep_the_unmet_need(tiny_case: Case) -> None:
    """Ten units less waiting for ten more unmet is a trade; for as many unmet it is real."""

    def rows(unmet: float, waiting: float) -> list[Row]:
        return [
            stage("flood", "unmet", unmet, 0),
            stage("flood", "waiting", waiting, waiting - 1),
        ]

    base = compared("base", rows(10, 100), tiny_case)
    told = by_name(kpi_rows(base, compared("other", rows(20, 90), tiny_case)))["waiting"]
    assert (told.is_distinguishable, told.note) == (None, "trade")
    told = by_name(kpi_rows(base, compared("other", rows(10, 90), tiny_case)))["waiting"]
    assert (told.is_distinguishable, told.note) == (True, "apart")


def test_bound_of_a_stage_of_which_more_is_better_is_above(tiny_case: Case) -> None:
    """Covered people: between the plan's and the bound."""
    base = compared("base", [stage("location", "cover-most", 100, 110)], tiny_case)
    other = compared("other", [stage("location", "cover-most", 120, 130)], tiny_case)
    row = by_name(kpi_rows(base, other), "location")["cover-most"]
    assert (row.base_bound, row.other_bound, row.is_distinguishable) == (110, 130, True)
    other = compared("other", [stage("location", "cover-most", 105, 130)], tiny_case)
    row = by_name(kpi_rows(base, other), "location")["cover-most"]
    assert row.note == "within_gaps"


def test_counts_have_no_bound_and_say_so(tiny_case: Case) -> None:
    """A trip more may be as good a plan."""
    base = compared("base", [*flood(0, 0), trip("t1", 2)], tiny_case)
    other = compared("other", [*flood(0, 0), trip("t1", 2), trip("t2", 5)], tiny_case)
    rows = by_name(kpi_rows(base, other))
    assert (rows["trips"].base, rows["trips"].other, rows["trips"].note) == (1, 2, "no_bound")
    assert rows["distance_km"].difference == 60
    assert rows["cost_cny"].difference_share == 1.0
    assert rows["hours_wheels"].note == "same"


def test_expected_served_share_is_that_of_the_scenarios_of_both(tiny_case: Case) -> None:
    """0.6 of the flood and 0.4 of the quake; the interval is theirs, weighted alike."""
    quake = [stage("quake", "unmet", 0, 0)]
    base = compared("base", [*flood(226, 113), *quake], tiny_case)
    other = compared("other", [*flood(1130, 1130), *quake], tiny_case)
    row = by_name(kpi_rows(base, other), "dispatch")["served_share"]
    assert (row.base, row.other) == (pytest.approx(0.94), pytest.approx(0.7))
    assert row.base_bound == pytest.approx(0.97)
    assert row.is_distinguishable is True


def test_plan_compared_with_itself_differs_in_nothing(tiny_case: Case) -> None:
    """Every figure is the same, with a bound or without."""
    rows = [*flood(226, 113), trip("t1", 2)]
    found = kpi_rows(compared("base", rows, tiny_case), compared("other", rows, tiny_case))
    assert {(row.note, row.is_distinguishable, row.difference) for row in found} == {
        ("same", False, 0.0)
    }


def test_without_cases_stages_and_counts_are_compared() -> None:
    """Shares need the weights of the case."""
    found = by_name(kpi_rows(compared("a", flood(226, 113)), compared("b", flood(565, 452))))
    assert found["unmet"].is_distinguishable is True
    assert "trips" in found
    assert "served_share" not in found


def placed(shipped: float, unmet: float, bound: float) -> list[Row]:
    """A placement that ships water to 450101 in the flood."""
    return [
        stage("placement", "unmet", unmet, bound),
        opened("W1", "S", 100),
        Allocation(
            scenario="flood", warehouse="W1", district="450101", item="WATER", ship_units=shipped
        ),
    ]


def test_expected_unmet_share_follows_the_stage_only_without_cvar(tiny_case: Case) -> None:
    """Unmet are 1,860 x 0.6 + 760 x 0.4; with a weight on the tail the stage is no such sum."""
    base = compared("base", placed(400, 1420, 1400), tiny_case)
    other = compared("other", placed(0, 1660, 1640), tiny_case)
    row = by_name(kpi_rows(base, other), "placement")["expected_unmet_share"]
    assert row.is_distinguishable is True
    tail = tiny_case.replace(Settings, (Settings(cvar_weight=0.5),))
    base, other = (
        compared(one.name, [row for rows in one.plan.tables.values() for row in rows], tail)
        for one in (base, other)
    )
    row = by_name(kpi_rows(base, other), "placement")["expected_unmet_share"]
    assert (row.is_distinguishable, row.note) == (None, "no_bound")


def test_dispatches_of_other_placements_are_apart_for_their_stock_only(tiny_case: Case) -> None:
    """The placement may be one of several within its gap, so nothing is called real."""
    stocks = [stocked("W1", "TENT", units) for units in (20, 30)]
    plans = [
        compared(name, [*flood(unmet, unmet), stock], tiny_case)
        for name, unmet, stock in zip("ab", (226, 565), stocks, strict=True)
    ]
    rows = by_name(kpi_rows(*plans))
    assert (rows["unmet"].is_distinguishable, rows["unmet"].note) == (None, "other_stock")
    assert rows["served_share"].note == "other_stock"
    today = compared("today", flood(565, 565), tiny_case)
    assert by_name(kpi_rows(plans[0], today))["unmet"].note == "other_stock"
    equal = compared("equal", [*flood(565, 565), stocks[0]], tiny_case)
    assert by_name(kpi_rows(plans[0], equal))["unmet"].note == "apart"

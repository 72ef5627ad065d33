"""Limits that hold in some hours only: shifts, curfews, closed hours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from allocator.case import Case
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_data import (
    build_dispatch_inputs,
    docks_there,
    receiving_there,
)
from allocator.engine.dispatch_exact import LEXICOGRAPHIC
from allocator.engine.plan_parts import merge_plans
from allocator.engine.replan import replan
from allocator.explain.grounds import Grounds
from allocator.explain.present import present_trips
from allocator.intake.cells import parse_column
from allocator.plan import Plan
from allocator.replay import verify
from allocator.replay.ground import Ground
from allocator.report.order_books import order_books
from allocator.revisions import revised_cases, revisions
from allocator.schema.changes import Change
from allocator.schema.dispatch_rules import HourRule
from allocator.schema.row import columns
from allocator.solver import SolveOptions
from allocator.travel import build_lanes
from models.dispatch_data import by_hour
from models.trip_table import trip_table
from tests.allocator.replay_example import build_plan, example_case
from tests.models.dispatch_cases import brute_force, single_lane
from tests.random_cases import random_dispatch_case
from tests.tiny import build_case

EXACT = SolveOptions(gap=LEXICOGRAPHIC, time_limit_seconds=60.0)
ROUGH = SolveOptions(gap=0.5, time_limit_seconds=0.5)
"""For plans of which only the rules are looked at."""


class Silence:
    """A report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Forget it."""

    def best(self, plan: object) -> None:
        """Forget it."""


def docks(warehouse: str, amount: float, **hours: Any) -> HourRule:
    """Load starts of a warehouse in some hours."""
    return HourRule(kind="docks", warehouse=warehouse, amount=amount, **hours)


def receiving(district: str, amount: float, **hours: Any) -> HourRule:
    """What a district takes in in some hours."""
    return HourRule(kind="receiving", district=district, amount=amount, **hours)


def curfew(**cells: Any) -> HourRule:
    """Hours in which nothing sets off."""
    return HourRule(kind="no_departure", **cells)


def with_rules(case: Case, *rows: HourRule) -> Case:
    """The case with rows of Hours."""
    return case.replace(HourRule, rows)


def docks_of(case: Case, scenario: str, warehouse: str) -> list[float]:
    """Load starts by period."""
    told = docks_there(case, case.scenario(scenario), None)
    count = int(case.deadline_hours(case.scenario(scenario))) + 1
    return [float(x) for x in by_hour(told, 1, count)[case.warehouse_index()[warehouse]]]


def test_a_shift_of_every_day_is_told_by_the_clock() -> None:
    """The flood is at 08:00: a night shift from 22:00 to 06:00 is hours 14 to 22, 38 to 46."""
    case = with_rules(build_case(), docks("W1", 1, from_clock="22:00", to_clock="06:00"))
    night = [h for h, limit in enumerate(docks_of(case, "flood", "W1")) if limit == 1]
    assert night == [*range(14, 22), *range(38, 46)]
    assert set(docks_of(case, "flood", "W1")) == {1, 2}
    assert set(docks_of(case, "flood", "W3")) == {3}


def test_a_shift_that_has_begun_before_the_event_goes_on() -> None:
    """The quake is at 23:30: until 06:00 only the periods of its hours 0 to 6 begin."""
    case = with_rules(build_case(), docks("W1", 0, from_clock="22:00", to_clock="06:00"))
    shut = [h for h, limit in enumerate(docks_of(case, "quake", "W1")) if limit == 0]
    assert shut == [*range(7), *range(23, 31), *range(47, len(docks_of(case, "quake", "W1")))]


def test_hours_of_the_event_win_over_the_column_and_the_smallest_of_several_holds() -> None:
    """Half a load start is one, zero is closed; of two rows the smaller one holds."""
    case = with_rules(
        build_case(),
        docks("W1", 0.5, from_hours=0, to_hours=3),
        docks("W1", 0, from_hours=2, to_hours=5),
        docks("W1", 7, from_hours=4, to_hours=6),
    )
    assert docks_of(case, "flood", "W1")[:8] == [1, 1, 0, 0, 0, 7, 2, 2]


def test_receiving_holds_in_every_hour_that_shares_time_with_it() -> None:
    """From 10:30 to 12:00 is 2.5 h to 4 h of the flood: in (2, 3] and (3, 4], not in (4, 5]."""
    case = with_rules(build_case(), receiving("450201", 4, from_clock="10:30", to_clock="12:00"))
    told = receiving_there(case, case.scenario("flood"))[case.district_index()["450201"]]
    assert told[:6].tolist() == [18, 18, 4, 4, 18, 18]


def random_rules(draw: np.random.Generator, count: int) -> list[HourRule]:
    """Rows of every kind, over clock times on the minute and hours on the quarter."""
    found = []
    for _ in range(count):
        if draw.random() < 0.5:
            begin, end = (
                f"{int(draw.integers(24)):02d}:{int(draw.choice([0, 0, 15, 30]))}" for _ in "ab"
            )
            begin, end = (text.replace(":0", ":00") for text in (begin, end))
            hours: dict[str, Any] = {"from_clock": begin, "to_clock": end}
            if begin == end:
                hours["to_clock"] = "24:00"
        else:
            since = float(draw.integers(0, 12)) / 2
            hours = {"from_hours": since}
            if draw.random() < 0.7:
                hours["to_hours"] = since + float(draw.choice([0.5, 1, 2.25, 9]))
        amount = float(draw.choice([0, 0.5, 1, 2, 3]))
        kind = str(draw.choice(["docks", "receiving", "no_departure"]))
        if kind == "docks":
            found.append(docks(str(draw.choice(["W1", "W3"])), amount, **hours))
        elif kind == "receiving":
            found.append(receiving(str(draw.choice(["450101", "450102"])), amount, **hours))
        else:
            cells: dict[str, Any] = {
                name: str(draw.choice(choices))
                for name, choices in (
                    ("warehouse", ["W1", "W3"]),
                    ("district", ["450101", "450102"]),
                    ("fleet", ["TRUCK", "VAN"]),
                )
                if draw.random() < 0.4
            }
            found.append(curfew(**cells, **hours))
    return found


def test_engine_and_replay_read_the_same_hours() -> None:
    """In 60 random sheets both have the same docks, receiving and departures at every hour."""
    case = build_case()
    closed = 0
    for seed in range(60):
        ruled = with_rules(case, *random_rules(np.random.default_rng(seed), 5))
        told = Ground(ruled).hours
        for scenario in ruled.scenarios:
            code, inputs = scenario.scenario, build_dispatch_inputs(ruled, scenario.scenario)
            starts = docks_there(ruled, scenario, None)
            takes = receiving_there(ruled, scenario)
            plain = docks_there(case, scenario, None), receiving_there(case, scenario)
            hours = range(int(ruled.deadline_hours(scenario)))
            for w, row in enumerate(ruled.warehouses):
                for h in hours:
                    limit = told.docks(code, row.warehouse, h)
                    limit = plain[0][w] if limit is None else limit
                    assert by_hour(starts, 1, len(hours))[w, h] == limit, (seed, code, h)
            for d, place in enumerate(ruled.districts):
                for h in hours:
                    limit = told.receiving(code, place.district, h)
                    limit = plain[1][d] if limit is None else limit
                    assert by_hour(takes, 1, len(hours))[d, h] == limit, (seed, code, h)
            closed += _same_departures(ruled, code, inputs.lanes, Ground(ruled))
    assert closed > 1000


def _same_departures(case: Case, code: str, lanes: Any, ground: Ground) -> int:
    """Compare closures of lanes quarter by quarter; return how many are closed."""
    at = np.arange(0.0, 48.0, 0.25)
    fleets = [row.fleet for row in case.vehicles]
    found = 0
    for lane, fleet in {
        *zip(lanes.closure_lane.tolist(), lanes.closure_fleet.tolist(), strict=True),
        (0, 0),
    }:
        if np.isinf(lanes.drive_hours[lane, fleet]):
            continue
        own = (lanes.closure_lane == lane) & (lanes.closure_fleet == fleet)
        shut = np.zeros(len(at), dtype=bool)
        for begin, end in zip(
            lanes.closure_from_hours[own], lanes.closure_to_hours[own], strict=True
        ):
            shut |= (at >= begin - 1e-6) & (at < end - 1e-6)
        way = (
            case.warehouses[int(lanes.warehouse[lane])].warehouse,
            case.districts[int(lanes.district[lane])].district,
            fleets[fleet],
        )
        expected = [
            ground.clock.is_closed(*way, h) or ground.hours.is_barred(code, *way, h) for h in at
        ]
        assert shut.tolist() == expected, (case.hour_rules, way)
        found += int(shut.sum())
    return found


def test_many_closures_of_one_way_are_read_as_one_by_one() -> None:
    """In random overlapping closures the table of trips has the departures outside all of them."""
    draw = np.random.default_rng(7)
    for _ in range(200):
        count = int(draw.integers(0, 6))
        begin = draw.integers(0, 8, count) / 2
        data = single_lane(
            deadline_hours=8.0,
            closure_lane=np.zeros(count, dtype=np.int64),
            closure_fleet=np.zeros(count, dtype=np.int64),
            closure_from_hours=begin,
            closure_to_hours=begin + draw.choice([0.5, 1.0, 3.0, np.inf], count),
        )
        expected = [
            start
            for start in range(7)
            if not any(
                f <= start + 0.5 < t
                for f, t in zip(data.closure_from_hours, data.closure_to_hours, strict=True)
            )
        ]
        assert trip_table(data).start_period.tolist() == expected


@pytest.mark.parametrize("block", range(2))
def test_random_cases_with_hours_equal_brute_force(block: int) -> None:
    """In 24 cases unmet and waiting are those of the best of all plans, and the replay agrees."""
    found, seed = 0, 40_000 + 1000 * block
    while found < 12:
        seed += 1
        draw = np.random.default_rng(seed)
        plain = random_dispatch_case(seed, objective="lives")
        fleets = {row.fleet for row in plain.fleets}
        rules = [
            row
            for row in random_rules(draw, 4)
            if row.fleet in {None, *fleets} and (row.from_hours or 0) < 4
        ]
        case = with_rules(plain, *rules)
        data = build_dispatch_inputs(case, "flood").data
        best = brute_force(data)
        free = brute_force(build_dispatch_inputs(plain, "flood").data)
        if best is None or free is None or best.lives == free.lives or len(best.plans) < 2:
            continue  # the hours make no difference
        found += 1
        plan = merge_plans([dispatch(case, "flood", options=EXACT)])
        unmet, waiting = plan.stages[0], plan.stages[1]
        least = best.least("unmet")
        assert unmet.objective == pytest.approx(least, rel=2 * LEXICOGRAPHIC, abs=1e-5), seed
        least = best.least("waiting", unmet=unmet.objective * (1 + LEXICOGRAPHIC) + 1e-6)
        assert waiting.objective == pytest.approx(least, rel=2 * LEXICOGRAPHIC, abs=1e-5), seed
        assert waiting.floor is None or waiting.floor <= least * (1 + 1e-9) + 1e-6, seed
        assert verify(case, plan).violations == (), seed


def test_a_plan_that_knows_nothing_of_a_rule_is_refused() -> None:
    """The plan of the tiny case breaks each kind of row that forbids what it does."""
    case = build_case()
    plan = merge_plans([dispatch(case, "flood", options=ROUGH)])
    first = min(plan.trips, key=lambda trip: trip.load_start_hours)
    start, depart, end = first.load_start_hours, first.depart_hours, first.unload_end_hours
    for rule, row in (
        ("warehouse_docks", docks(first.warehouse, 0, from_hours=start, to_hours=start + 1)),
        ("district_receiving", receiving(first.district, 0, from_hours=end - 1, to_hours=end)),
        (
            "trip_departure_hours",
            curfew(fleet=first.fleet, from_hours=depart, to_hours=depart + 0.1),
        ),
    ):
        ruled = with_rules(case, row)
        assert rule in {each.rule for each in verify(ruled, plan).violations}
        again = merge_plans([dispatch(ruled, "flood", options=ROUGH)])
        assert verify(ruled, again).violations == ()


def test_the_placement_ignores_hours() -> None:
    """Lanes of the placement have no closure of Hours."""
    case = build_case()
    ruled = with_rules(case, curfew(from_hours=0))
    scenario = case.scenario("flood")
    assert len(build_lanes(ruled, scenario).closure_lane) == len(
        build_lanes(case, scenario).closure_lane
    )
    assert len(trip_table(build_dispatch_inputs(ruled, "flood").data)) == 0


def change(**cells: Any) -> Change:
    """What becomes known at hour 3."""
    return Change.model_validate({"at_hours": 3.0, **cells})


def test_what_is_told_later_replaces_shifts_but_opens_nothing() -> None:
    """New docks and receiving hold in all hours but the closed ones, elsewhere nothing changes."""
    case = with_rules(
        build_case(),
        docks("W1", 1, from_hours=0),
        docks("W1", 0, from_hours=6, to_hours=8),
        docks("W3", 1, from_hours=0),
        receiving("450201", 2, from_hours=0),
        receiving("450201", 0, from_hours=9, to_hours=10),
    )
    rows = [
        change(kind="docks", warehouse="W1", amount=5),
        change(kind="receiving", district="450201", amount=30),
    ]
    now = revised_cases(case, "flood", revisions(rows))[-1]
    assert docks_of(now, "flood", "W1")[4:10] == [5, 5, 0, 0, 5, 5]
    assert set(docks_of(now, "flood", "W3")) == {1}
    told = receiving_there(now, now.scenario("flood"))[now.district_index()["450201"]]
    assert told[7:12].tolist() == [30, 30, 0, 30, 30]


@pytest.mark.parametrize(
    "rows",
    [
        [
            change(kind="docks", warehouse="W1", amount=1),
            change(kind="receiving", district="450201", amount=6),
        ],
        [change(kind="warehouse_lost", warehouse="W3", from_hours=7)],
    ],
)
def test_a_replan_keeps_hours(rows: list[Change]) -> None:
    """A plan under shifts and a curfew is planned anew, and the replay certifies it."""
    case = with_rules(
        build_case(),
        docks("W1", 1, from_clock="08:00", to_clock="20:00"),
        docks("W1", 0, from_hours=5, to_hours=6),
        receiving("450201", 10, from_hours=6, to_hours=20),
        curfew(fleet="TRUCK", from_clock="12:00", to_clock="14:00"),
    )
    plan = merge_plans([dispatch(case, "flood", options=ROUGH)])
    former = plan.replace(Change, rows)
    found = replan(case, former, "flood", report=Silence(), options=ROUGH)
    assert verify(case, merge_plans([found])).violations == ()


def test_closed_docks_are_a_reason_that_docks_repair() -> None:
    """With docks closed at all hours nothing can leave; with docks relaxed trips are there."""
    case = with_rules(build_case(), docks("W1", 0, from_hours=0), docks("W3", 0, from_hours=0))
    true = build_dispatch_inputs(case, "flood")
    assert len(trip_table(true.data)) == 0
    nothing = present_trips(case, Plan({}), "flood")
    ground = Grounds(case, None, "flood", {("450101", "TENT")}, nothing).get()
    assert len(ground.problem.table) > 0
    assert ground.left.dock.shape == (2, ground.problem.period_count)
    assert not ground.left.dock.any()
    shift = with_rules(case, docks("W1", 0, from_hours=1), docks("W3", 1, from_hours=0))
    ground = Grounds(shift, None, "flood", {("450101", "TENT")}, nothing).get()
    assert ground.left.dock[0].tolist() == [2, *[0] * (ground.problem.period_count - 1)]
    assert set(ground.left.dock[1]) == {1}


def test_orders_tell_the_docks_of_each_hour() -> None:
    """The limit of W1 is 2, and 3 in hours 4 to 6; orders say that it goes by the hour."""
    case = with_rules(example_case(), docks("W1", 3, from_hours=4, to_hours=6))
    (book,) = order_books(case, build_plan(), ("flood",))
    assert [book.docks.at("W1", h) for h in (3, 4, 5.5, 6, 400)] == [2, 3, 3, 2, 2]
    assert book.docks.differ("W1")
    assert not book.docks.differ("W3")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("22:00", "22:00"),
        ("6:00", "06:00"),
        ("06:30:00", "06:30"),
        ("\uff16\uff1a00", "06:00"),
        (22 / 24, "22:00"),
        (1.0, "24:00"),
        (0.0, "00:00"),
    ],
)
def test_times_of_the_day_are_read_as_spreadsheets_keep_them(cell: object, text: str) -> None:
    """A share of the day, a short hour and seconds become HH:MM."""
    column = next(each for each in columns(HourRule) if each.field == "from_clock")
    assert parse_column(column, [cell], "workbook").values == [text]


@pytest.mark.parametrize("cell", ["25:00", "noon", 3.0, "24:30"])
def test_what_is_no_time_of_the_day_is_a_fault(cell: object) -> None:
    """Nothing is guessed."""
    column = next(each for each in columns(HourRule) if each.field == "from_clock")
    assert parse_column(column, [cell], "workbook").faults == {0: "bad_code"}

"""Back-test of a real dispatch: the record, the case order by order, both clocks, band and page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from allocator.approvals import LEVELS, release
from allocator.case import Case
from allocator.intake import read_case
from allocator.plan import Plan
from allocator.schema.network import Stock
from allocator.schema.results import LoadingLine, Trip
from benchmarks.backtest import (
    band_of,
    certified_plan,
    plan_run,
)
from benchmarks.backtest_case import Backtest, Sender, backtest_of, first_order_hours
from benchmarks.backtest_findings import hour_of
from benchmarks.backtest_variants import CENTRAL, Variant, variants
from benchmarks.dispatch_record import read_record
from benchmarks.instance_files import InstanceFileError
from tests.allocator.backtest_runs import (
    GANSU,
    QINGHAI,
    base,
    flat,
    record,
    under,
)


def test_the_record_holds_what_the_sources_count() -> None:
    """42,500 + 47,530 + 21,520 + 22,000 pieces in three batches; 73,576 of 128,830 after 33 h."""
    known = record()
    assert [(one.name[-1], one.receiver, one.order_hours, one.pieces) for one in known.batches] == [
        ("1", GANSU, None, 42_500),
        ("2", GANSU, 9.0, 47_530),
        ("2", QINGHAI, 9.0, 21_520),
        ("3", GANSU, 17.0, 22_000),
    ]
    assert known.home == GANSU
    assert sum(known.ordered(GANSU).values()) == 128_830
    assert (known.arrived_hours, sum(known.arrived(GANSU).values())) == (33.0, 73_576)
    assert (known.ordered(GANSU)["BED"], known.arrived(GANSU)["BED"]) == (20_400, 3_296)
    assert "CLOTHES" not in known.arrived(GANSU)
    assert (known.first_arrival_hours, known.central_arrived_hours) == (6.0, 62.0)
    assert (known.central_arrived_units, known.vehicles_arrived) == (135_500, 88)


def test_the_provinces_own_goods_leave_a_range_for_the_central_ones() -> None:
    """Of what arrived 6,400 are shoes and stoves of Gansu; 3,300 others may be its own, or not."""
    assert record().central_arrived_range(GANSU) == (63_876, 67_176)
    # Its own tents, quilts, mattresses, beds, coats: 100 + 1,400 + 400 + 400 + 1,000.
    assert 73_576 - 6_400 == 67_176
    assert 67_176 - 3_300 == 63_876


def test_a_broken_record_is_told_with_all_its_faults(tmp_path: Path) -> None:
    """A word for a number, an unknown kind and a short line, all in one message."""
    head = "kind,batch,receiver,item,hour,units,source,status,note"
    path = tmp_path / "record.csv"
    path.write_text(f"{head}\narrived,,62,BED,soon,1,,,\nsent,,,,,,,,\nordered,x\n", "utf-8")
    with pytest.raises(
        InstanceFileError, match=r"line 2: hour \(soon\).*line 3: kind \(sent\).*line 4 has 2 cells"
    ):
        read_record(path)
    path.write_text("hour,units\n", "utf-8")
    with pytest.raises(InstanceFileError, match="first line must be kind"):
        read_record(path)
    with pytest.raises(InstanceFileError, match="cannot be read"):
        read_record(tmp_path / "absent.csv")


def test_each_order_is_for_its_province_from_its_hour_on() -> None:
    """Batch 1 by the sign-offs (4.4 h), batches 2 and 3 at 9 and 17 h, goods of each by itself."""
    given = base()
    assert first_order_hours(given) == pytest.approx(4.4)
    hours = {row.warehouse: row.available_from_hours for row in given.case.fleets}
    assert {hours[code] for code, one in given.senders.items() if one.batch[-1] == "2"} == {9.0}
    assert hours["CR11B3"] == 17.0
    need: dict[str, dict[str, float]] = {}
    for row in given.case.scenario_demand:
        sender = given.senders[row.item.rpartition(".")[2]]
        assert row.district[:2] == sender.receiver[:2]
        mine = need.setdefault(sender.warehouse, {})
        mine[row.item] = mine.get(row.item, 0.0) + row.demand_units
    stock: dict[str, dict[str, float]] = {}
    for lot in given.case.stock:
        stock.setdefault(lot.warehouse, {})[lot.item] = lot.stock_units
    assert need == stock
    for sheet in given.case.tables.values():
        assert [type(row).model_validate(row.model_dump()) for row in sheet] == list(sheet)


def test_a_case_that_does_not_fit_the_record_is_refused() -> None:
    """One bed less in a depot: the depot and the batch that is left over are both named."""
    case = read_case("jishishan")
    stock = [
        lot.model_copy(update={"stock_units": lot.stock_units - 1})
        if (lot.warehouse, lot.item) == ("CR11B3", "BED")
        else lot
        for lot in case.stock
    ]
    with pytest.raises(InstanceFileError, match=r"CR11B3 is no batch.*batch 3 for 620000 lies"):
        backtest_of(case.replace(Stock, stock), record())


def central_release(case: Case) -> float:
    """Hours that sign-offs keep central goods."""
    return float(release(case).kind_hours[LEVELS.index("central")].min())


def test_variants_change_what_they_say() -> None:
    """Paper, vehicles, mustering, receiving and depots, each with its figure; nothing else."""
    assert central_release(under("no-sign-offs").case) == 0.0
    assert under("no-sign-offs").senders == base().senders
    late = under("one-order")
    assert late.senders["CR11B3"].order_hours == pytest.approx(4.4)
    assert late.senders["CR16B1"].order_hours is None
    assert first_order_hours(under("no-paper")) == 0.0
    assert max(row.available_from_hours for row in under("no-paper").case.fleets) == 0.0
    before = {(row.warehouse, row.fleet): row for row in base().case.fleets}
    for row in under("vehicles-half").case.fleets:
        assert row.vehicles_count == before[row.warehouse, row.fleet].vehicles_count // 2
    muster = {row.warehouse: row.available_from_hours for row in under("loading-slow").case.fleets}
    assert muster == pytest.approx(
        {"CR16B1": 10.4, "CR15B2": 15, "CR17B2": 15, "CR11B3": 23, "P620000": 0, "C622900": 0}
    )
    assert all(row.receive_m3_per_hour is None for row in under("more-receiving").case.districts)
    near = {
        (row.lon, row.lat) for row in under("depots-near").case.warehouses if row.lon is not None
    }
    assert near == {(103.83, 36.06)}


@pytest.mark.parametrize("variant", variants(), ids=lambda one: one.name)
def test_a_variant_changes_no_other_sheet(variant: Variant) -> None:
    """Roads change vehicles' speeds, paper changes steps and hours, and so on; rows stay valid."""
    own = {
        "central": set(),
        "roads": {"Vehicles"},
        "vehicles": {"Fleets"},
        "loading": {"Vehicles"} | ({"Fleets"} if variant.name == "loading-slow" else set()),
        "receiving": {"Districts"},
        "depots": {"Warehouses"},
        "own": {"Fleets"},
        "known": {"Stock", "Scenario_Demand"},
        "all": {"Vehicles", "Fleets", "Districts"},
        "no-sign-offs": {"Approval_Steps"},
        "one-order": {"Fleets"},
        "no-paper": {"Approval_Steps", "Fleets"},
        "no-paper-more-vehicles": {"Approval_Steps", "Fleets"},
        "more-receiving": {"Districts"},
        "wheels": {"Approval_Steps", "Fleets", "Districts", "Warehouses"},
        "paper-and-wheels": {"Fleets", "Districts", "Warehouses"},
    }
    name = variant.name
    changed = variant.of(base()).case.tables
    differ = {sheet for sheet, rows in base().case.tables.items() if changed[sheet] != rows}
    assert differ == own.get(name, own.get(name.partition("-")[0]))
    for sheet in differ:
        rows = changed[sheet]
        assert [type(row).model_validate(row.model_dump()) for row in rows] == list(rows)


def trip(name: str, warehouse: str, hours: tuple[float, ...]) -> Trip:
    """A trip: release, loading, departure, arrival, unloaded."""
    keys = ("release", "load_start", "depart", "arrive", "unload_end")
    times = {f"{key}_hours": hour for key, hour in zip(keys, hours, strict=True)}
    return Trip(
        trip=name,
        scenario="s",
        warehouse=warehouse,
        district="622927",
        fleet="MT68",
        return_hours=90.0,
        latest_load_start_hours=90.0,
        distance_km=1.0,
        cost_cny=1.0,
        weight_kg=1.0,
        volume_m3=1.0,
        **times,
    )


def line(name: str, item: str, units: float) -> LoadingLine:
    """A line of a load list."""
    return LoadingLine(
        trip=name, scenario="s", item=item, load_units=units, weight_kg=1.0, volume_m3=1.0
    )


def test_hours_are_on_the_right_clock() -> None:
    """30 beds ordered at 4 h and 10 at 17 h, in hand at 9.5 and 35 h: 5.5 and 18 h by the order."""
    senders = {
        "A": Sender("A", "central batch 1", GANSU, None),
        "B": Sender("B", "central batch 3", GANSU, 17.0),
        "C": Sender("C", "own", GANSU, None),
        "D": Sender("D", "central batch 2", QINGHAI, 9.0),
    }
    trips = [
        trip("1", "A", (4.0, 6.0, 7.0, 9.0, 9.5)),
        trip("2", "B", (4.0, 18.0, 19.0, 34.0, 35.0)),
        trip("3", "C", (2.0, 2.0, 3.0, 4.0, 5.0)),
        trip("4", "D", (4.0, 10.0, 11.0, 19.0, 20.0)),
    ]
    loads = [line("1", "BED.A", 30), line("2", "BED.B", 10), line("3", "COAT.C", 8)]
    loads.append(line("4", "BED.D", 2))
    plan = Plan({"Dispatch_Trips": tuple(trips), "Loading_List": tuple(loads)})
    given = Backtest(base().case, "s", senders)
    found = plan_run(given, plan, record(), CENTRAL, 1.0)
    # From the event, Gansu's: 8 coats at 5 h, 30 beds by 10 h, 10 beds at 35 h.
    assert [found.home[hour] for hour in (4, 5, 9, 10, 34, 35)] == [0, 8, 8, 38, 38, 48]
    assert [found.central[hour] for hour in (9, 10, 19, 20, 35)] == [0, 30, 30, 32, 42]
    # From each order: 30 beds after 9.5 - 4 = 5.5 h, 10 after 35 - 17 = 18 h; Gansu's central ones.
    assert [found.since_order[hour] for hour in (5, 6, 17, 18)] == [0, 30, 30, 40]
    assert [found.ordered[hour] for hour in (1, 2, 4, 16, 17)] == [0, 8, 38, 38, 48]
    assert (found.by_item["BED"], found.by_item["COAT"], found.vehicles) == (30, 8, 2)
    # Of 50 pieces: 30 x 4 + 10 x 17 + 8 x 2 + 2 x 9 hours of paper, and so on.
    assert found.delay == pytest.approx(
        {
            "ordered": (30 * 4 + 10 * 17 + 8 * 2 + 2 * 9) / 50,
            "held": (30 * 2 + 10 * 1 + 8 * 0 + 2 * 1) / 50,
            "loading": 1.0,
            "driving": (30 * 2 + 10 * 15 + 8 * 1 + 2 * 8) / 50,
            "unloading": (30 * 0.5 + 10 * 1 + 8 * 1 + 2 * 1) / 50,
        }
    )
    # Before batch 2's order at 9 h: 30 beds, 8 coats; before batch 3's at 17 h the 2 beds, too.
    assert [curve[96] for curve in found.early] == [38, 40]
    assert [curve[15] for curve in found.early] == [38, 38]


@pytest.fixture(scope="module")
def planned() -> Plan:
    """A certified plan of the real dispatch, after a second's search."""
    return certified_plan(base(), 1.0)


def test_no_trip_of_a_batch_begins_before_its_order(planned: Plan) -> None:
    """The certified plan loads batches 1, 2, 3 from 4.4, 9, 17 h on, and only their goods."""
    senders = base().senders
    first: dict[str, float] = {}
    for one in planned.trips:
        earliest = first.get(one.warehouse, np.inf)
        first[one.warehouse] = min(earliest, one.load_start_hours)
        assert one.load_start_hours >= max(
            senders[one.warehouse].order_hours or 0.0, one.release_hours
        )
    assert first["CR16B1"] >= 4.4
    assert (first["CR15B2"], first["CR17B2"], first["CR11B3"]) == (9.0, 9.0, 17.0)
    of = {one.trip: one.warehouse for one in planned.trips}
    assert all(one.item.endswith(f".{of[one.trip]}") for one in planned.loading_lines)


def test_the_curves_end_with_all_that_was_ordered(planned: Plan) -> None:
    """128,830 pieces for Gansu, 133,550 central ones, 112,030 of these for Gansu; never fewer."""
    found = plan_run(base(), planned, record(), CENTRAL, 1.0)
    ends = [found.home[96], found.central[96], found.since_order[96], found.ordered[17]]
    assert ends == pytest.approx([128_830, 133_550, 112_030, 128_830])
    assert [curve[96] for curve in found.early] == pytest.approx([59_300, 128_350])
    assert sum(found.by_item.values()) == pytest.approx(found.home[33])
    assert all(np.diff(found.home) >= 0)


def test_what_was_known_first_leaves_later_orders_out() -> None:
    """Before batch 2 Gansu's own 16,800 and batch 1's 42,500 pieces; then batch 2's 69,050."""
    for name, pieces in (("known-first", 59_300), ("known-second", 128_350)):
        case = under(name).case
        assert sum(lot.stock_units for lot in case.stock) == pieces
        assert sum(row.demand_units for row in case.scenario_demand) == pieces


def test_the_band_holds_the_central_line_and_is_no_wider_than_its_plans() -> None:
    """Least and most of five plans; everything at once counts in the wide band only."""
    levels = {"central": 50.0, "roads-slow": 40.0, "roads-fast": 70.0, "all-slow": 10.0}
    runs = {name: flat(name, level) for name, level in (levels | {"wheels": 99.0}).items()}
    low, high = band_of(runs, "home", is_together=False)
    assert (low[9], high[9]) == (40.0, 70.0)
    wide = band_of(runs, "home", is_together=True)
    assert (wide[0][9], wide[1][9]) == (10.0, 70.0)
    central = np.array(runs["central"].home)
    assert np.all(low <= central)
    assert np.all(central <= high)


def test_the_hour_of_a_share_is_the_first_with_it() -> None:
    """Reached at 2 h; never where the curve stays below."""
    assert hour_of([0.0, 4.0, 5.0, 5.0], 5.0) == 2
    assert hour_of([0.0, 4.0], 5.0) is None

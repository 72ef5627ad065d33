"""Reasons under a re-plan: by hand, by the exact model, and by the replay of what they promise."""

from __future__ import annotations

from typing import Any

import pytest

from allocator.case import Case
from allocator.engine.plan_parts import merge_plans
from allocator.engine.replan import replan
from allocator.explain.answer_rows import certificate_rows, explanation_row
from allocator.explain.choices import Asked, answer_choice
from allocator.explain.reasons import Reason, Reasons, shortfalls
from allocator.plan import Plan
from allocator.replay import verify
from allocator.schema.changes import Change
from allocator.schema.explanations import Explanation
from tests.allocator.explain_cases import QUICK, planned, tables, within
from tests.allocator.test_replan import Silence
from tests.tiny import Tables

AT = 1.0


def told(kind: str, at_hours: float = AT, **fields: Any) -> Change:
    """A change."""
    return Change.model_validate({"at_hours": at_hours, "kind": kind, **fields})


def anew(case: Case, plan: Plan, *changes: Change) -> Plan:
    """The plan after some changes."""
    former = plan.replace(Change, (*plan.changes, *changes))
    found = merge_plans([replan(case, former, "s", report=Silence(), options=QUICK)])
    assert verify(case, found).certified
    return found


def reason_after(raw: Tables, *changes: Change) -> tuple[Reason, Explanation]:
    """Reason of the only shortage after some changes."""
    case, plan = planned(raw)
    found = anew(case, plan, *changes)
    (wanted,) = shortfalls(case, found, "s")
    reasons = Reasons(case, found, "s", [wanted])
    reason = reasons.explain(wanted, 1.0)
    return reason, explanation_row(case, "s", reasons, reason)


def test_goods_lost_on_the_road_can_not_be_sent_before_the_hour_of_the_re_plan() -> None:
    """Both trucks left at 0; one is lost. Whatever leaves at 3 is unloaded at 7, an hour late."""
    reason, row = reason_after(tables(), told("trip_lost", 3, trip="s-0001"))
    assert reason.words == ("out_of_reach",)
    assert reason.also == ()
    assert reason.late_hours == pytest.approx(1.0)
    assert (row.demand_units, row.unmet_units, row.alone_units) == (20, 10, 10)
    assert row.changes == "trip_lost s-0001"


def test_a_truck_that_is_out_is_not_there() -> None:
    """Of two trucks one has left with ten tents, one breaks down: a third one would do, from 1."""
    raw = tables(trucks=2, docks=1)
    reason, row = reason_after(raw, told("vehicle_lost", warehouse="W1", fleet="TRUCK", amount=1))
    assert reason.words == ("vehicles",)
    (truck,) = (each for each in reason.repairs if each.thing == "vehicles")
    assert (truck.amount, truck.brought_units, truck.last_hours) == (1, 10, 5)
    assert row.changes == "vehicle_lost W1 TRUCK"


def test_what_is_on_its_way_takes_receiving() -> None:
    """Ten tents an hour from hour 1 on: those of hour 0 fill (3, 4], ten of the others (4, 5]."""
    raw = tables(horizon=5, need=40, docks=2)
    reason, row = reason_after(raw, told("receiving", district="450102", amount=2))
    assert "receiving" in reason.words
    assert "receiving 450102" in row.changes


def test_a_lost_warehouse_repairs_nothing() -> None:
    """Nothing is loaded at W1 any more: no thing alone or together helps, the change does."""
    raw = tables(docks=1)
    reason, row = reason_after(raw, told("warehouse_lost", warehouse="W1"))
    assert reason.words == ("out_of_reach",)
    assert (reason.repairs, reason.late_hours) == ((), None)
    assert row.changes == "warehouse_lost W1"


def test_a_longer_need_is_due_to_the_change_that_told_of_it() -> None:
    """Ten tents more than there are: without the change nobody lacks any."""
    raw = tables(stock=20)
    reason, row = reason_after(raw, told("demand", district="450102", item="TENT", amount=30))
    assert reason.words == ("no_stock",)
    assert row.changes == "demand 450102 TENT"


def test_signature_late_is_named() -> None:
    """Signed at 3; loading must start at 2 for ten tents each of two trucks to arrive by 6."""
    raw = tables(sign_hours=1)
    reason, row = reason_after(raw, told("signature_late", 0.5, procedure="P", step="1", amount=2))
    assert reason.words == ("paper",)
    assert row.changes == "signature_late P 1"
    (paper,) = (each for each in reason.repairs if each.thing == "paper")
    assert paper.amount == pytest.approx(1.0)


def test_what_comes_late_anyhow_counts_under_a_later_deadline() -> None:
    """Told at 3 that a truck comes at 8: under a later deadline nothing has to be sent."""
    raw = tables(trucks=2)
    reason, row = reason_after(raw, told("trip_late", 3, trip="s-0001", amount=8))
    assert reason.words == ("out_of_reach",)
    (later,) = reason.repairs
    assert (later.vehicles, later.amount, later.brought_units) == (0, pytest.approx(2.0), 10)
    assert row.changes == "trip_late s-0001"


def test_two_changes_are_named_where_each_alone_is_enough() -> None:
    """Road closed and truck broken: neither taken back alone helps, both together do."""
    raw = tables(trucks=1, need=10, sign_hours=1)
    _, row = reason_after(
        raw,
        told("road_closed", 0.5, warehouse="W1", district="450102"),
        told("vehicle_lost", 0.5, warehouse="W1", fleet="TRUCK", amount=1),
    )
    assert row.changes == "road_closed W1 450102 + vehicle_lost W1 TRUCK"


def test_certificates_count_what_is_left() -> None:
    """Ten tents are on their way, ten are left to bring, of 80 that are left of 90."""
    raw = tables(docks=1, stock=90)
    case, plan = planned(raw)
    found = anew(case, plan, told("no_change"))
    rows = certificate_rows(case, found, "s", (None, None))
    (supply,) = (row for row in rows if row.kind == "supply")
    assert (supply.have, supply.need, supply.short_units) == (80, 10, 0)


def two_warehouses() -> Tables:
    """W1 with 20 tents 120 km away, W2 with 20 more half as far again; one dock each."""
    raw = tables(need=20, stock=20, horizon=12, docks=1)
    more = {"warehouse": "W2", "name": "二库", "state": "existing", "level": "city"}
    place = {"province": "广西壮族自治区", "lon": 110.0, "lat": raw["Districts"][0]["lat"] - 0.45}
    raw["Warehouses"].append({**more, **place, "size_class": "S", "docks_per_hour": 1})
    raw["Stock"].append({"warehouse": "W2", "item": "TENT", "stock_units": 20})
    raw["Fleets"].append({"warehouse": "W2", "fleet": "TRUCK", "vehicles_count": 5})
    return raw


def test_why_a_warehouse_still_sends_counts_what_has_left() -> None:
    """W1's second truck leaves at 1 and waits an hour longer; from W2 it would be another one."""
    case, plan = planned(two_warehouses())
    found = anew(case, plan, told("no_change"))
    rows = {
        row.stage: row for row in answer_choice(case, found, "s", Asked("why", 0, 1), within(4))
    }
    stages = {row.stage: row.objective for row in found.stages}
    assert rows["waiting"].plan_value == pytest.approx(stages["waiting"])
    assert rows["waiting"].difference == pytest.approx(10.0, abs=0.1)
    assert rows["waiting"].is_distinguishable is True
    rows = {
        row.stage: row for row in answer_choice(case, found, "s", Asked("why_not", 1, 1), within(4))
    }
    assert rows["waiting"].difference == pytest.approx(1.0, abs=0.1)

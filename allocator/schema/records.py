"""Rows as the service gives them out: those of a result, with what people need to act on them."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from allocator.schema.legs import LegTrip
from allocator.schema.results import Trip
from allocator.schema.row import Id, Row, Text, column

__all__ = [
    "RECORD_SHEETS",
    "CargoLine",
    "ChainOfTrip",
    "JourneyFacts",
    "LegRecord",
    "RestStopRecord",
    "SignOffRow",
    "TripRecord",
]


class _Part(BaseModel):
    """A part of a record that is no cell."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CargoLine(_Part):
    """One item on board, by lot."""

    item: str
    name: str
    lot: str
    load_units: float
    unit: str
    weight_kg: float
    volume_m3: float


class RestStopRecord(_Part):
    """One rest of the drivers on the way."""

    begin_hours: float
    end_hours: float
    begin_time: str
    is_back: bool


class ChainOfTrip(_Part):
    """Sign-offs that a trip waits for; their steps are rows of Sign_Offs."""

    procedure: str
    release_step: str
    release_hours: float


class JourneyFacts(Row):
    """What a trip has beside its row in the result; a trip that is lost has none of it."""

    warehouse_name: Text = column("储备库名称", "Name of the warehouse.", default="")
    fleet_name: Text = column("车型名称", "Name of the vehicle kind.", default="")
    drivers: int | None = column("驾驶员", "How many drive.", default=None, ge=1)
    dock_order: int | None = column(
        "装车顺序",
        "Place among the trips that the warehouse loads from the same hour on; no dock is numbered "
        "in a case.",
        default=None,
        ge=1,
    )
    latest_depart_hours: float | None = column(
        "最晚出发",
        "Latest departure that still meets the horizon, or what leaves the hub.",
        unit="h",
        default=None,
        ge=0,
    )
    order_hours: float | None = column(
        "下令时刻", "Hours from the event to the order.", unit="h", default=None, ge=0
    )
    release_time: Text = column("放行时刻", "Clock, Asia/Shanghai.", default="")
    arrive_time: Text = column("到达时刻", "Clock, Asia/Shanghai.", default="")
    return_time: Text = column("返回时刻", "Clock, Asia/Shanghai.", default="")
    latest_depart_time: Text = column("最晚出发时刻", "Clock, Asia/Shanghai.", default="")
    convoy: tuple[str, ...] = column(
        "同行车次", "The others it must set off with.", default=(), is_list=True
    )
    cargo: tuple[CargoLine, ...] = column("货物", "What is on board.", default=(), is_list=True)
    chains: tuple[ChainOfTrip, ...] = column(
        "审批链", "Sign-offs it waits for.", default=(), is_list=True
    )
    rest_stops: tuple[RestStopRecord, ...] | None = column(
        "休息",
        "Where the drivers rest; empty where the case gives the driving time with all rests in it.",
        default=None,
        is_list=True,
    )
    line: tuple[tuple[float, float], tuple[float, float]] | None = column(
        "线路", "Longitude and latitude of both ends.", default=None, is_list=True
    )


class TripRecord(JourneyFacts, Trip):
    """A trip to a district with all that is known of it."""

    district_name: Text = column("区县名称", "Name of the district.", default="")


class LegRecord(JourneyFacts, LegTrip):
    """A trip to a hub with all that is known of it."""

    hub_name: Text = column("中转站名称", "Name of the hub.", default="")


class SignOffRow(Row):
    """One step of the sign-offs that the trips of a lane wait for."""

    sheet: ClassVar[str] = "Sign_Offs"
    sheet_zh: ClassVar[str] = "审批衔接"
    about: ClassVar[str] = "Who must sign by when, for each lane with trips that wait for it."
    key: ClassVar[tuple[str, ...]] = (
        "scenario",
        "warehouse",
        "district",
        "procedure",
        "release_step",
        "step",
    )

    scenario: Id = column("情景代码", "Scenario.")
    warehouse: Id = column("储备库代码", "From.")
    warehouse_name: Text = column("储备库名称", "Name of the warehouse.", default="")
    district: Id = column("区县代码", "To: a district, or a hub.")
    district_name: Text = column("区县名称", "Name of the district, or the hub.", default="")
    procedure: Id = column("流程", "Procedure.")
    release_step: Id = column("放行步骤", "Step whose end releases the goods.")
    step: Id = column("步骤", "Step.")
    name: Text = column("名称", "Name of the step.", default="")
    department: Text = column("部门", "Who answers for it.", default="")
    is_verbal_allowed: bool = column("可口头", "Whether a spoken consent will do first.")
    due_hours: float = column("应完成", "Planned end, from the event.", unit="h", ge=0)
    due_time: Text = column("应完成时刻", "Clock, Asia/Shanghai.", default="")
    state: Text = column("状态", "due, or through: its planned end lies before the last re-plan.")
    trips_count: int = column("车次数", "Trips that wait for it.", ge=1)
    first_load_start_hours: float = column(
        "最早装车", "When the first of them starts loading.", unit="h", ge=0
    )


RECORD_SHEETS: dict[str, type[Row]] = {
    row.sheet: row for row in (TripRecord, LegRecord, SignOffRow)
}
"""Rows that the service keeps with more than a result workbook has of them."""

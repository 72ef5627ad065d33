"""Sheets about hubs: the ways by which goods come to them, and the vehicles that bring them."""

from __future__ import annotations

from typing import ClassVar, Literal

from allocator.schema.row import Id, Provenance, Row, Text, column

__all__ = ["Leg", "LegTrip"]


class Leg(Row):
    """A way from a warehouse, or from another hub, to a hub."""

    sheet: ClassVar[str] = "Legs"
    sheet_zh: ClassVar[str] = "干线"
    about: ClassVar[str] = (
        "Ways to hubs (Warehouses of state hub), by rail, air or road; only those listed exist. "
        "A leg may start at a hub. Rows without distance and time add closures. Dispatch only."
    )
    key: ClassVar[tuple[str, ...]] = ("warehouse", "hub", "fleet", "closed_from_hours")

    warehouse: Id = column(
        "储备库代码",
        "From: a warehouse, or a hub.",
        refers_to="Warehouses.warehouse",
        example="W450103",
    )
    hub: Id = column(
        "中转站代码",
        "To: a row of Warehouses of state hub.",
        refers_to="Warehouses.warehouse",
        example="HUB_QZ",
    )
    fleet: Id = column(
        "车型代码",
        "Vehicle kind; how many there are is in Fleets, at the place where the leg starts.",
        refers_to="Vehicles.fleet",
        example="TRAIN",
    )
    distance_km: float | None = column(
        "里程", "One way.", unit="km", default=None, ge=0, example=120
    )
    drive_hours: float | None = column(
        "行驶时间",
        "From departure to arrival, with rests, one way.",
        unit="h",
        default=None,
        ge=0.01,
        example=3,
    )
    closed_from_hours: float | None = column(
        "关闭自", "No departure from this hour of the event ...", unit="h", default=None, ge=0
    )
    closed_to_hours: float | None = column(
        "关闭至", "... until this hour; empty means to the end.", unit="h", default=None, ge=0
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class LegTrip(Row):
    """One vehicle's journey to a hub."""

    sheet: ClassVar[str] = "Leg_Trips"
    sheet_zh: ClassVar[str] = "干线车次"
    about: ClassVar[str] = (
        "Trips to hubs; their loads are in Loading_List, and what goes on from a hub is in "
        "Dispatch_Trips."
    )
    key: ClassVar[tuple[str, ...]] = ("trip",)

    trip: Id = column("车次", "Trip number.")
    scenario: Id = column("情景代码", "Scenario.")
    warehouse: Id = column("储备库代码", "From.")
    hub: Id = column("中转站代码", "To.")
    fleet: Id = column("车型代码", "Vehicle kind.")
    release_hours: float = column("放行", "Sign-offs through.", unit="h", ge=0)
    load_start_hours: float = column("装车开始", "Loading starts.", unit="h", ge=0)
    depart_hours: float = column("出发", "Wheels roll.", unit="h", ge=0)
    arrive_hours: float = column("到达", "At the hub.", unit="h", ge=0)
    unload_end_hours: float = column("卸毕", "Goods at the hub.", unit="h", ge=0)
    ready_hours: float = column(
        "可转运", "Goods can be loaded again: transfer_hours later.", unit="h", ge=0
    )
    return_hours: float = column(
        "返回", "Vehicle free again; of a one-way hire: goods at the hub.", unit="h", ge=0
    )
    load_start_time: Text = column("装车时刻", "Clock, Asia/Shanghai.", default="")
    depart_time: Text = column("出发时刻", "Clock, Asia/Shanghai.", default="")
    unload_end_time: Text = column("卸毕时刻", "Clock, Asia/Shanghai.", default="")
    distance_km: float = column("里程", "One way.", unit="km", ge=0)
    cost_cny: float = column("费用", "Cost out and back, or one way.", unit="CNY", ge=0)
    weight_kg: float = column("载重", "Cargo.", unit="kg", ge=0)
    volume_m3: float = column("体积", "Cargo.", unit="m3", ge=0)
    approvals: Text = column("所需审批", "Sign-offs the trip waits for.", default="")
    state: Literal["planned", "left", "late", "lost"] = column(
        "状态",
        "planned, or what a re-plan was told of it: left, late, lost (it never arrives).",
        default="planned",
    )

"""Sheets of rules that a dispatch keeps: what holds in some hours only, and what travels apart."""

from __future__ import annotations

from typing import ClassVar, Literal

from allocator.schema.row import ClockTime, Code, Id, Provenance, Row, Text, column

__all__ = ["HourRule", "Segregation"]


class HourRule(Row):
    """What holds in some hours only: shifts at docks and in districts, curfews, convoys."""

    sheet: ClassVar[str] = "Hours"
    sheet_zh: ClassVar[str] = "时段"
    about: ClassVar[str] = (
        "Load starts, receiving and departures in some hours, every day or once. In its hours a "
        "row wins over the plain column; of several the smallest amount holds, of convoys the "
        "largest. Dispatch only."
    )
    key: ClassVar[tuple[str, ...]] = (
        "kind",
        "scenario",
        "warehouse",
        "district",
        "fleet",
        "from_clock",
        "from_hours",
    )

    kind: Literal["docks", "receiving", "no_departure", "convoy"] = column(
        "类别",
        "docks: load starts of a warehouse; receiving: what a district takes in; no_departure: no "
        "vehicle sets off; convoy: vehicles from one warehouse to one district set off together, "
        "always where no hours are given.",
        example="docks",
    )
    scenario: Id | None = column(
        "情景代码",
        "Holds in this scenario only; empty means in all.",
        default=None,
        refers_to="Scenarios.scenario",
    )
    warehouse: Id | None = column(
        "储备库代码",
        "Warehouse; for no_departure and convoy, empty means all.",
        default=None,
        refers_to="Warehouses.warehouse",
        example="W450103",
    )
    district: Code | None = column(
        "区县代码",
        "District; for no_departure and convoy, empty means into all, and to hubs.",
        default=None,
        refers_to="Districts.district",
    )
    fleet: Id | None = column(
        "车型代码",
        "For no_departure: vehicle kind; empty means every kind. For convoy: the kind that needs "
        "the company and gives it; empty means all together, to hubs those of mode road.",
        default=None,
        refers_to="Vehicles.fleet",
    )
    from_clock: ClockTime | None = column(
        "每日自",
        "Every day from this time (Asia/Shanghai), as in 22:00 ...",
        default=None,
        example="18:00",
    )
    to_clock: ClockTime | None = column(
        "每日至",
        "... until this time, of the next day where it is not later.",
        default=None,
        example="08:00",
    )
    from_hours: float | None = column(
        "自", "Or once: from this hour of the event ...", unit="h", default=None, ge=0
    )
    to_hours: float | None = column(
        "至", "... until this hour; empty means to the end.", unit="h", default=None, ge=0
    )
    amount: float | None = column(
        "数量",
        "docks: load starts in an hour; receiving: m3/h; 0 means closed. convoy: least number of "
        "vehicles, 2 or more.",
        default=None,
        ge=0,
        example=1,
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class Segregation(Row):
    """Two items that must not travel on one vehicle."""

    sheet: ClassVar[str] = "Segregation"
    sheet_zh: ClassVar[str] = "混装禁忌"
    about: ClassVar[str] = "No vehicle of a dispatch carries both items of a pair, to hubs neither."
    key: ClassVar[tuple[str, ...]] = ("item", "other_item")

    item: Id = column("物资代码", "One of the two.", refers_to="Items.item", example="FUEL")
    other_item: Id = column(
        "另一物资代码",
        "The other; a pair stands here once, in either order.",
        refers_to="Items.item",
        example="FOOD",
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")

"""Sheets about what has changed since a dispatch was planned, and what a re-plan changes."""

from __future__ import annotations

from typing import ClassVar, Literal

from allocator.schema.row import Code, Id, Row, Text, column

__all__ = ["CHANGE_KINDS", "ONE_PLACE", "Change", "ReplanSettings", "TripChange"]

Kind = Literal[
    "no_change",
    "road_closed",
    "road_slow",
    "vehicle_lost",
    "vehicle_added",
    "demand",
    "receiving",
    "docks",
    "signature_late",
    "signature_early",
    "warehouse_lost",
    "stock_lost",
    "stock_found",
    "trip_left",
    "trip_held",
    "trip_lost",
    "trip_late",
]

CHANGE_KINDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    kind: (frozenset(needed.split()), frozenset(allowed.split()))
    for kind, needed, allowed in (
        ("no_change", "", ""),
        ("road_closed", "", "warehouse district hub fleet from_hours to_hours"),
        ("road_slow", "district amount", ""),
        ("vehicle_lost", "warehouse fleet amount", "to_hours"),
        ("vehicle_added", "warehouse fleet amount", "from_hours"),
        ("demand", "district item amount", "from_hours"),
        ("receiving", "amount", "district hub"),
        ("docks", "warehouse amount", ""),
        ("signature_late", "procedure step amount", ""),
        ("signature_early", "procedure step amount", ""),
        ("warehouse_lost", "warehouse", "from_hours"),
        ("stock_lost", "warehouse item amount", ""),
        ("stock_found", "warehouse item amount", ""),
        ("trip_left", "trip", "from_hours"),
        ("trip_held", "trip", ""),
        ("trip_lost", "trip", ""),
        ("trip_late", "trip amount", ""),
    )
}
"""Columns that each kind of change needs, and those it may have besides."""

ONE_PLACE: dict[str, frozenset[str]] = {
    "road_closed": frozenset({"warehouse", "district", "hub"}),
    "receiving": frozenset({"district", "hub"}),
}
"""Kinds that need one at least of some columns, and never a district and a hub."""


class ReplanSettings(Row):
    """What the changes of a file are about."""

    sheet: ClassVar[str] = "Replan"
    sheet_zh: ClassVar[str] = "调整"
    about: ClassVar[str] = (
        "Which plan is changed, and when. What the command line says wins; the sheet may be left "
        "out."
    )
    vertical: ClassVar[bool] = True

    scenario: Id | None = column(
        "情景代码", "Scenario; may be left out where the plan dispatches one.", default=None
    )
    at_hours: float | None = column(
        "调整时刻",
        "What left before this hour of the event stays as it is.",
        unit="h",
        default=None,
        ge=0,
        example=6,
    )
    plan_digest: Text = column(
        "方案摘要",
        "plan_digest of the Run_Info of the plan that these changes are for, or how it begins; "
        "empty: not checked.",
        default="",
    )
    move_price_hours: float | None = column(
        "变更代价",
        "Weighted unit-hours of waiting that changing one trip must save.",
        unit="weighted unit-hours",
        default=None,
        ge=0,
    )


class Change(Row):
    """One thing that is not as it was planned."""

    sheet: ClassVar[str] = "Changes"
    sheet_zh: ClassVar[str] = "变更"
    about: ClassVar[str] = (
        "What has changed since the plan; a result carries the changes of all its re-plans. Which "
        "columns a kind needs is said in docs/model.md."
    )

    at_hours: float | None = column(
        "得知时刻",
        "Hour of the event of the re-plan; empty takes that of the re-plan.",
        unit="h",
        default=None,
        ge=0,
    )
    kind: Kind = column("类别", "What has changed.", example="road_closed")
    warehouse: Id | None = column(
        "储备库代码", "Warehouse.", default=None, refers_to="Warehouses.warehouse"
    )
    district: Code | None = column(
        "区县代码", "District.", default=None, refers_to="Districts.district", example="450602"
    )
    hub: Id | None = column(
        "中转站代码",
        "Hub that legs lead to, or that takes goods in.",
        default=None,
        refers_to="Warehouses.warehouse",
    )
    item: Id | None = column("物资代码", "Item.", default=None, refers_to="Items.item")
    fleet: Id | None = column("车型代码", "Vehicle kind.", default=None, refers_to="Vehicles.fleet")
    procedure: Id | None = column("流程", "Procedure of a sign-off.", default=None)
    step: Id | None = column("步骤", "Its step.", default=None)
    trip: Id | None = column("车次", "Trip of the plan.", default=None)
    amount: float | None = column(
        "数量",
        "Vehicles, units, hours, m3/h or a factor, as the kind says.",
        default=None,
        ge=0,
    )
    from_hours: float | None = column(
        "自",
        "From this hour of the event; empty: from the re-plan on.",
        unit="h",
        default=None,
        ge=0,
    )
    to_hours: float | None = column(
        "至", "Until this hour of the event; empty: to the end.", unit="h", default=None, ge=0
    )
    note: Text = column("备注", "Who said so, and how it is known.", default="")


class TripChange(Row):
    """A trip that a re-plan changed."""

    sheet: ClassVar[str] = "Trip_Changes"
    sheet_zh: ClassVar[str] = "车次变更"
    about: ClassVar[str] = (
        "What each re-plan changed of the trips that had not left, and why; of a trip that was "
        "changed again the last row holds."
    )
    key: ClassVar[tuple[str, ...]] = ("at_hours", "trip")

    at_hours: float = column("调整时刻", "Hour of the re-plan.", unit="h", ge=0)
    trip: Id = column("车次", "Trip number.")
    change: Literal["cancelled", "new", "retimed", "reloaded", "left", "late", "lost"] = column(
        "变更", "What became of it."
    )
    warehouse: Id = column("储备库代码", "From.")
    district: Code | None = column("区县代码", "To; empty for a trip to a hub.", default=None)
    hub: Id | None = column("中转站代码", "To, of a trip to a hub.", default=None)
    fleet: Id = column("车型代码", "Vehicle kind.")
    was_load_start_hours: float | None = column(
        "原装车", "Loading started before.", unit="h", default=None, ge=0
    )
    load_start_hours: float | None = column(
        "现装车", "Loading starts now.", unit="h", default=None, ge=0
    )
    was_load: Text = column("原装载", "Load before.", default="")
    load: Text = column("现装载", "Load now.", default="")
    reason: Literal[
        "told",
        "road_closed",
        "warehouse_lost",
        "signature_late",
        "stock_lost",
        "hub_goods",
        "vehicle_lost",
        "demand",
        "whole",
    ] = column(
        "原因",
        "told by a change; what keeps the trip from going as planned (hub_goods: what was to come "
        "to its hub comes late or not at all); whole: for the good of the plan as a whole.",
    )

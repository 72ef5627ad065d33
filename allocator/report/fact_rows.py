"""Rows of the reports: a warehouse, a district, a flow, a group of trips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from allocator.schema.results import Trip

__all__ = ["DistrictFacts", "FlowFacts", "TripGroup", "Units", "WarehouseFacts"]

Units = Mapping[str, float]
"""Quantities by item. [units]"""


@dataclass(frozen=True)
class WarehouseFacts:
    """A warehouse under the plan.

    Parameters
    ----------
    warehouse, name
        Code and name.
    lon, lat
        Place. [degree]
    decision
        keep, open, resize, close, external, or shut (a candidate that is not opened).
    size_class
        Class under the plan; empty where there is none.
    volume_m3, used_m3
        Volume of the warehouse and of its stock. [m3]
    one_off_cost_cny, annual_cost_cny
        Cost of the decision [CNY] and of running it [CNY/year].
    stock_units
        Stock by item. [units]
    """

    warehouse: str
    name: str
    lon: float
    lat: float
    decision: str
    size_class: str
    volume_m3: float
    used_m3: float
    one_off_cost_cny: float
    annual_cost_cny: float
    stock_units: Units

    @property
    def holds_stock(self) -> bool:
        """Whether anything can leave from here."""
        return any(units > 0 for units in self.stock_units.values())


@dataclass(frozen=True)
class DistrictFacts:
    """A district in one scenario.

    Parameters
    ----------
    district, name, lon, lat
        Code, name and place.
    need_m3
        Volume of its need. [m3]
    served_share
        Weighted share of its need in hand by the horizon; nothing where there is no need.
    need_units, unmet_units
        Need and what is missing by item. [units]
    first_hours, last_hours
        When the first and the last goods are in hand; nothing where none are. [h]
    """

    district: str
    name: str
    lon: float
    lat: float
    need_m3: float
    served_share: float | None
    need_units: Units
    unmet_units: Units
    first_hours: float | None
    last_hours: float | None


@dataclass(frozen=True)
class FlowFacts:
    """What goes from a warehouse to a district, or to a hub, in one scenario.

    Parameters
    ----------
    warehouse, district
        From and to; on a leg the hub's code stands in the district's place.
    trips_count
        Vehicle journeys; 0 if the flow is placement's and nothing is dispatched.
    volume_m3, weight_kg
        Cargo. [m3], [kg]
    first_depart_hours, first_hours, last_hours
        First departure, first and last goods in hand, from the event. [h]
    """

    warehouse: str
    district: str
    trips_count: int
    volume_m3: float
    weight_kg: float
    first_depart_hours: float | None
    first_hours: float | None
    last_hours: float | None


@dataclass(frozen=True)
class TripGroup:
    """Trips that share everything but their number: one bar of the Gantt chart.

    Parameters
    ----------
    first
        One of the trips.
    vehicles_count
        How many there are.
    """

    first: Trip
    vehicles_count: int

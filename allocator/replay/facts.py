"""The case as the replay reads it: look-ups by code, nothing computed that a model computes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from allocator.case import Case
from allocator.replay.tolerances import HOURS
from allocator.schema.network import Stock, Warehouse

__all__ = ["Facts", "FleetHere", "Pulse"]


@dataclass(frozen=True)
class FleetHere:
    """Vehicles of one kind at one warehouse.

    Parameters
    ----------
    arrivals
        From when how many more are there, by hour; empty means always and without limit.
        [h], [vehicles]
    """

    arrivals: tuple[tuple[float, int], ...] = ()

    @property
    def available_from_hours(self) -> float:
        """When the first of them are there. [h]."""
        return self.arrivals[0][0] if self.arrivals else 0.0

    def vehicles_count(self, hours: float) -> int | None:
        """How many are there at an hour; None means without limit."""
        if not self.arrivals:
            return None
        return sum(count for since, count in self.arrivals if since <= hours + HOURS)


@dataclass(frozen=True)
class Pulse:
    """Need that arises at one hour.

    Parameters
    ----------
    from_hours
        Hour from the event. [h]
    units
        How much. [units]
    """

    from_hours: float
    units: float


class Facts:
    """What the case says, by code.

    Parameters
    ----------
    case
        The checked case.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.settings = case.settings
        self.districts = {row.district: row for row in case.districts}
        self.warehouses = {row.warehouse: row for row in case.warehouses}
        self.items = {row.item: row for row in case.items}
        self.vehicles = {row.fleet: row for row in case.vehicles}
        self.size_classes = {row.size_class: row for row in case.size_classes}
        self.scenarios = {row.scenario: row for row in case.scenarios}
        self.province = {row.warehouse: self._province(row) for row in case.warehouses}
        self.prefecture = {row.warehouse: self._prefecture(row) for row in case.warehouses}
        self.point = {row.warehouse: self._point(row) for row in case.warehouses}
        self.fleets = self._fleets()
        self.segregated = [(row.item, row.other_item) for row in case.segregations]
        self._read_stock()
        self._read_damage()
        self._read_demand()

    def _province(self, row: Warehouse) -> str:
        home = self.districts.get(row.district or "")
        return row.province or (home.province if home else "")

    def _prefecture(self, row: Warehouse) -> str:
        home = self.districts.get(row.district or "")
        return row.prefecture or (home.prefecture if home else "")

    def _point(self, row: Warehouse) -> tuple[float, float]:
        """Longitude and latitude [degree]; NaN where the case gives none."""
        home = self.districts.get(row.district or "")
        lon = row.lon if row.lon is not None else (home.lon if home else float("nan"))
        lat = row.lat if row.lat is not None else (home.lat if home else float("nan"))
        return lon, lat

    def _fleets(self) -> dict[str, dict[str, FleetHere]]:
        """Vehicles by warehouse and kind; without a Fleets sheet every kind everywhere."""
        if not self.case.fleets:
            anything = dict.fromkeys(self.vehicles, FleetHere())
            return dict.fromkeys(self.warehouses, anything)
        found: dict[str, dict[str, FleetHere]] = {code: {} for code in self.warehouses}
        for row in sorted(self.case.fleets, key=lambda row: row.available_from_hours):
            if row.vehicles_count > 0:
                before = found[row.warehouse].get(row.fleet, FleetHere())
                more = (row.available_from_hours, row.vehicles_count)
                found[row.warehouse][row.fleet] = FleetHere((*before.arrivals, more))
        return found

    def _read_stock(self) -> None:
        """Lots summed by warehouse and item [units]."""
        self.today_units: dict[tuple[str, str], float] = defaultdict(float)
        self.home_reserve_units: dict[tuple[str, str], float] = defaultdict(float)
        self.lots: dict[tuple[str, str], list[Stock]] = defaultdict(list)
        for row in self.case.stock:
            self.today_units[row.warehouse, row.item] += row.stock_units
            self.home_reserve_units[row.warehouse, row.item] += row.home_reserve_units
            self.lots[row.warehouse, row.item].append(row)

    def _read_damage(self) -> None:
        """Usable share by scenario and warehouse; road factor and cut-off by scenario, district."""
        self._usable_share: dict[tuple[str, str], float] = {}
        self._road_time_factor: dict[tuple[str, str], float] = {}
        self._cut_off: set[tuple[str, str]] = set()
        for row in self.case.scenario_damage:
            if row.warehouse is not None:
                place = (row.scenario, row.warehouse)
                share = min(row.usable_share, self._usable_share.get(place, 1.0))
                self._usable_share[place] = share
            if row.district is not None:
                place = (row.scenario, row.district)
                factor = max(row.road_time_factor, self._road_time_factor.get(place, 1.0))
                self._road_time_factor[place] = factor
                if row.is_cut_off:
                    self._cut_off.add(place)

    def _read_demand(self) -> None:
        """Need by scenario, then district and item [units]; rows without need are left out."""
        self.demand_units: dict[str, dict[tuple[str, str], float]] = {s: {} for s in self.scenarios}
        self.pulses: dict[str, dict[tuple[str, str], list[Pulse]]] = {s: {} for s in self.scenarios}
        for row in self.case.scenario_demand:
            if row.demand_units > 0:
                total = self.demand_units[row.scenario]
                pair = (row.district, row.item)
                total[pair] = total.get(pair, 0.0) + row.demand_units
                pulses = self.pulses[row.scenario].setdefault(pair, [])
                pulses.append(Pulse(row.from_hours, row.demand_units))

    def is_hub(self, warehouse: str) -> bool:
        """Whether a warehouse is a hub."""
        return self.warehouses[warehouse].state == "hub"

    def is_on_road(self, fleet: str) -> bool:
        """Whether vehicles of a kind drive on the road."""
        return self.vehicles[fleet].mode == "road"

    def usable_share(self, scenario: str, warehouse: str) -> float:
        """Share of a warehouse's stock that a scenario leaves usable."""
        return self._usable_share.get((scenario, warehouse), 1.0)

    def road_time_factor(self, scenario: str, district: str) -> float:
        """Factor on driving times into a district."""
        return self._road_time_factor.get((scenario, district), 1.0)

    def is_cut_off(self, scenario: str, district: str) -> bool:
        """Whether no road leads into a district."""
        return (scenario, district) in self._cut_off

    def weight(self, district: str, item: str) -> float:
        """Priority of a unit of this item in this district."""
        return self.items[item].priority_weight * self.districts[district].priority_weight

    def is_abroad(self, warehouse: str, district: str) -> bool:
        """Whether a district lies in another province than the warehouse."""
        return self.province[warehouse] != self.districts[district].province

    def event_time(self, scenario: str) -> datetime | None:
        """Start of the clock; None where the case gives none."""
        given = self.scenarios[scenario].event_time
        return self.settings.event_time if given is None else given

    def order_hours(self, scenario: str) -> float:
        """Hours from the event to the order. [h]"""
        given = self.scenarios[scenario].order_hours
        return self.settings.order_hours if given is None else given

    def clock_start_hours(self, scenario: str) -> float:
        """Hour from the event at which the horizon begins. [h]"""
        return self.order_hours(scenario) if self.settings.clock == "order" else 0.0

    def deadline_hours(self, scenario: str) -> float:
        """Last hour from the event at which goods count. [h]"""
        return self.settings.horizon_hours + self.clock_start_hours(scenario)

"""What the reports show, read from a case and its plan once: sums, shares, places, hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from allocator.case import Case
from allocator.plan import Plan
from allocator.report.fact_rows import (
    DistrictFacts,
    FlowFacts,
    TripGroup,
    Units,
    WarehouseFacts,
)
from allocator.report.order_hubs import hub_trips
from allocator.schema.disaster import ScenarioDemand, Vehicle
from allocator.schema.network import District, Item, Warehouse
from allocator.schema.results import OpenWarehouse, Shortage, Trip

__all__ = ["Facts"]

UNDECIDED = {
    "existing": "keep",
    "candidate": "shut",
    "external": "external",
    "closed": "close",
    "hub": "hub",
}
"""Decision shown for a warehouse that the plan does not name, by its state in the case."""


@dataclass(frozen=True)
class Facts:
    """A case and its plan with what the reports derive from both.

    Parameters
    ----------
    case, plan
        The plan is one of this case.
    """

    case: Case
    plan: Plan
    _districts: dict[str, tuple[DistrictFacts, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def items(self) -> dict[str, Item]:
        """Items by code."""
        return {row.item: row for row in self.case.items}

    @cached_property
    def case_districts(self) -> dict[str, District]:
        """Districts by code."""
        return {row.district: row for row in self.case.districts}

    @cached_property
    def vehicles(self) -> dict[str, Vehicle]:
        """Vehicle kinds by code."""
        return {row.fleet: row for row in self.case.vehicles}

    @cached_property
    def scenarios(self) -> tuple[str, ...]:
        """Scenarios the plan answers: the dispatched ones, else those placement allocates."""
        if self.plan.dispatched_scenarios:
            return self.plan.dispatched_scenarios
        allocated = [row.scenario for row in self.plan.allocations]
        bought = [row.scenario for row in self.plan.purchases]
        return tuple(dict.fromkeys(allocated + bought))

    @cached_property
    def is_dispatched(self) -> bool:
        """Whether the flows are trips, not only placement's allocation."""
        return bool(self.plan.dispatched_scenarios)

    def scenario_name(self, scenario: str) -> str:
        """Name of a scenario, or its code."""
        names = {row.scenario: row.name for row in self.case.scenarios}
        return names.get(scenario) or scenario

    @cached_property
    def probabilities(self) -> dict[str, float]:
        """Probability by scenario code."""
        return {row.scenario: row.probability for row in self.case.scenarios}

    def district_name(self, district: str) -> str:
        """Name of a district, or of a hub to which trips go, or its code."""
        row = self.case_districts.get(district) or self._case_warehouses.get(district)
        return row.name if row else district

    def warehouse_name(self, warehouse: str) -> str:
        """Name of a warehouse, or its code."""
        row = self._case_warehouses.get(warehouse)
        return row.name if row else warehouse

    def item_name(self, item: str) -> str:
        """Name of an item, or its code."""
        row = self.items.get(item)
        return row.name if row else item

    def fleet_name(self, fleet: str) -> str:
        """Name of a vehicle kind, or its code."""
        row = self.vehicles.get(fleet)
        return (row.name if row else "") or fleet

    def volume_m3(self, units: Units) -> float:
        """Volume of quantities by item. [m3]"""
        return sum(self.items[item].volume_m3 * value for item, value in units.items())

    def weight_kg(self, units: Units) -> float:
        """Weight of quantities by item. [kg]"""
        return sum(self.items[item].weight_kg * value for item, value in units.items())

    # Warehouses -----------------------------------------------------------------------------

    @cached_property
    def _case_warehouses(self) -> dict[str, Warehouse]:
        return {row.warehouse: row for row in self.case.warehouses}

    @cached_property
    def stock_units(self) -> dict[str, dict[str, float]]:
        """Stock by warehouse and item: the plan's, else today's. [units]"""
        stock: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        if self.plan.stock_plan:
            for row in self.plan.stock_plan:
                stock[row.warehouse][row.item] += row.stock_units
        else:
            for lot in self.case.stock:
                stock[lot.warehouse][lot.item] += lot.stock_units
        return {warehouse: dict(units) for warehouse, units in stock.items()}

    def place(self, warehouse: Warehouse) -> tuple[float, float] | None:
        """Longitude and latitude of a warehouse, its district's where it gives none."""
        home = self.case_districts.get(warehouse.district or "")
        lon = warehouse.lon if warehouse.lon is not None else (home.lon if home else None)
        lat = warehouse.lat if warehouse.lat is not None else (home.lat if home else None)
        return None if lon is None or lat is None else (lon, lat)

    @cached_property
    def answering(self) -> frozenset[str]:
        """Warehouses that answer for a district, if the plan answers a location question."""
        return frozenset(row.warehouse for row in self.plan.responsible if row.warehouse)

    @cached_property
    def warehouses(self) -> tuple[WarehouseFacts, ...]:
        """Every warehouse of the case that has a place, largest stock first."""
        decided = {row.warehouse: row for row in self.plan.open_warehouses}
        found = []
        for row in self.case.warehouses:
            place = self.place(row)
            if place is not None:
                found.append(self._warehouse(row, place, decided.get(row.warehouse)))
        return tuple(sorted(found, key=lambda facts: (-facts.used_m3, facts.warehouse)))

    def _warehouse(
        self, row: Warehouse, place: tuple[float, float], decided: OpenWarehouse | None
    ) -> WarehouseFacts:
        decision = decided.decision if decided else UNDECIDED[row.state]
        if decided is None and row.state == "candidate" and row.warehouse in self.answering:
            decision = "open"
        if row.state == "candidate" and decided and not decided.is_open:
            decision = "shut"
        stock = {} if decision in ("close", "shut") else self.stock_units.get(row.warehouse, {})
        classes = {size.size_class: size.volume_m3 for size in self.case.size_classes}
        volume = row.volume_m3 or classes.get(row.size_class or "", 0.0)
        return WarehouseFacts(
            warehouse=row.warehouse,
            name=row.name,
            lon=place[0],
            lat=place[1],
            decision=decision,
            size_class=(decided.size_class if decided else row.size_class) or "",
            volume_m3=decided.volume_m3 if decided else volume,
            used_m3=self.volume_m3(stock),
            one_off_cost_cny=decided.one_off_cost_cny if decided else 0.0,
            annual_cost_cny=decided.annual_cost_cny if decided else 0.0,
            stock_units=stock,
        )

    # Scenarios ------------------------------------------------------------------------------

    @cached_property
    def _demand_rows(self) -> dict[str, list[ScenarioDemand]]:
        rows: dict[str, list[ScenarioDemand]] = defaultdict(list)
        for row in self.case.scenario_demand:
            rows[row.scenario].append(row)
        return rows

    def need_units(self, scenario: str) -> dict[str, dict[str, float]]:
        """Need by district and item in a scenario. [units]"""
        need: dict[str, dict[str, float]] = {}
        for row in self._demand_rows.get(scenario, ()):
            if row.demand_units > 0:
                units = need.setdefault(row.district, {})
                units[row.item] = units.get(row.item, 0.0) + row.demand_units
        return need

    @cached_property
    def _shortage_rows(self) -> dict[str, list[Shortage]]:
        rows: dict[str, list[Shortage]] = defaultdict(list)
        for row in self.plan.shortages:
            rows[row.scenario].append(row)
        return rows

    def shortages(self, scenario: str) -> tuple[Shortage, ...]:
        """Rows of the shortage sheet of a scenario with something missing."""
        return tuple(row for row in self._shortage_rows.get(scenario, ()) if row.unmet_units > 0)

    def unmet_units(self, scenario: str) -> dict[str, dict[str, float]]:
        """What is missing by district and item: from dispatch, else from placement. [units]"""
        missing: dict[str, dict[str, float]] = {}
        if self.is_dispatched:
            for row in self.shortages(scenario):
                missing.setdefault(row.district, {})[row.item] = row.unmet_units
            return missing
        missing = self.need_units(scenario)
        for line in self.plan.allocations:
            if line.scenario == scenario and line.district in missing:
                units = missing[line.district]
                units[line.item] = units.get(line.item, 0.0) - line.ship_units
        for bought in self.plan.purchases:
            if bought.scenario == scenario and bought.district in missing:
                units = missing[bought.district]
                units[bought.item] = units.get(bought.item, 0.0) - bought.purchase_units
        return {
            district: {item: value for item, value in units.items() if value > 1e-6}
            for district, units in missing.items()
        }

    def _weighted(self, units: Units) -> float:
        return sum(self.items[item].priority_weight * value for item, value in units.items())

    def served_share(self, scenario: str) -> float:
        """Weighted share of the need in hand by the horizon; 1 where nothing is needed."""
        weight = {code: row.priority_weight for code, row in self.case_districts.items()}
        need = self.need_units(scenario)
        total = sum(weight[code] * self._weighted(units) for code, units in need.items())
        missing = sum(
            weight[code] * self._weighted(units)
            for code, units in self.unmet_units(scenario).items()
        )
        return 1.0 - missing / total if total > 0 else 1.0

    @cached_property
    def served_shares(self) -> dict[str, float]:
        """Served share of every scenario the plan answers."""
        return {scenario: self.served_share(scenario) for scenario in self.scenarios}

    @cached_property
    def expected_served_share(self) -> float:
        """Served share, weighted by the probabilities of the scenarios the plan answers."""
        weight = sum(self.probabilities.get(scenario, 0.0) for scenario in self.served_shares)
        if weight <= 0:
            return sum(self.served_shares.values()) / max(1, len(self.served_shares))
        pairs = self.served_shares.items()
        return sum(self.probabilities.get(code, 0.0) * share for code, share in pairs) / weight

    def districts(self, scenario: str | None) -> tuple[DistrictFacts, ...]:
        """Every district in a scenario, or without need where none is given."""
        key = scenario or ""
        if key not in self._districts:
            self._districts[key] = self._make_districts(scenario)
        return self._districts[key]

    def _make_districts(self, scenario: str | None) -> tuple[DistrictFacts, ...]:
        need = self.need_units(scenario) if scenario else {}
        unmet = self.unmet_units(scenario) if scenario else {}
        hours: dict[str, list[float]] = defaultdict(list)
        for trip in self.trips(scenario) if scenario else ():
            hours[trip.district].append(trip.unload_end_hours)
        found = []
        for row in self.case.districts:
            wanted = need.get(row.district, {})
            missing = unmet.get(row.district, {})
            total = self._weighted(wanted)
            times = hours.get(row.district)
            found.append(
                DistrictFacts(
                    district=row.district,
                    name=row.name,
                    lon=row.lon,
                    lat=row.lat,
                    need_m3=self.volume_m3(wanted),
                    served_share=1 - self._weighted(missing) / total if total > 0 else None,
                    need_units=wanted,
                    unmet_units=missing,
                    first_hours=min(times) if times else None,
                    last_hours=max(times) if times else None,
                )
            )
        return tuple(found)

    # Trips and flows ------------------------------------------------------------------------

    @cached_property
    def _trip_rows(self) -> dict[str, list[Trip]]:
        rows: dict[str, list[Trip]] = defaultdict(list)
        for row in self.plan.trips:
            rows[row.scenario].append(row)
        return rows

    def trips(self, scenario: str) -> tuple[Trip, ...]:
        """Trips of a scenario."""
        return tuple(self._trip_rows.get(scenario, ()))

    def journeys(self, scenario: str) -> tuple[Trip, ...]:
        """Trips of a scenario, those to hubs with the hub's code as their district."""
        deadline = self.case.deadline_hours(self.case.scenario(scenario))
        return (*self.trips(scenario), *hub_trips(self.plan, scenario, deadline))

    def flows(self, scenario: str) -> tuple[FlowFacts, ...]:
        """Goods by warehouse and district in a scenario, largest volume first."""
        found = self._dispatched(scenario) if self.is_dispatched else self._allocated(scenario)
        return tuple(
            sorted(found, key=lambda flow: (-flow.volume_m3, flow.warehouse, flow.district))
        )

    def leg_flows(self, scenario: str) -> tuple[FlowFacts, ...]:
        """Goods by leg in a scenario, with the hub's code as their district, by code."""
        legs = self.journeys(scenario)[len(self.trips(scenario)) :]
        found = self._by_lane(legs)
        return tuple(sorted(found, key=lambda flow: (flow.warehouse, flow.district)))

    def _dispatched(self, scenario: str) -> list[FlowFacts]:
        return self._by_lane(self.trips(scenario))

    @staticmethod
    def _by_lane(journeys: Iterable[Trip]) -> list[FlowFacts]:
        """Goods of some journeys by where they start and end."""
        lanes: dict[tuple[str, str], list[Trip]] = defaultdict(list)
        for trip in journeys:
            lanes[trip.warehouse, trip.district].append(trip)
        return [
            FlowFacts(
                warehouse=warehouse,
                district=district,
                trips_count=len(trips),
                volume_m3=sum(trip.volume_m3 for trip in trips),
                weight_kg=sum(trip.weight_kg for trip in trips),
                first_depart_hours=min(trip.depart_hours for trip in trips),
                first_hours=min(trip.unload_end_hours for trip in trips),
                last_hours=max(trip.unload_end_hours for trip in trips),
            )
            for (warehouse, district), trips in lanes.items()
        ]

    def _allocated(self, scenario: str) -> list[FlowFacts]:
        lanes: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
        for row in self.plan.allocations:
            if row.scenario == scenario and row.ship_units > 0:
                lanes[row.warehouse, row.district][row.item] = row.ship_units
        return [
            FlowFacts(
                warehouse=warehouse,
                district=district,
                trips_count=0,
                volume_m3=self.volume_m3(units),
                weight_kg=self.weight_kg(units),
                first_depart_hours=None,
                first_hours=None,
                last_hours=None,
            )
            for (warehouse, district), units in lanes.items()
        ]

    def trip_groups(self, scenario: str) -> dict[str, list[TripGroup]]:
        """Equal trips of a scenario, also to hubs, by warehouse, busiest warehouse first."""
        groups: dict[tuple[object, ...], list[Trip]] = defaultdict(list)
        for trip in self.journeys(scenario):
            same = (trip.release_hours, trip.load_start_hours, trip.unload_end_hours)
            groups[(trip.warehouse, trip.district, trip.fleet, *same)].append(trip)
        by_warehouse: dict[str, list[TripGroup]] = defaultdict(list)
        for trips in groups.values():
            by_warehouse[trips[0].warehouse].append(TripGroup(trips[0], len(trips)))
        for rows in by_warehouse.values():
            rows.sort(key=lambda row: (row.first.load_start_hours, row.first.trip))
        busiest = sorted(
            by_warehouse,
            key=lambda code: (-sum(row.vehicles_count for row in by_warehouse[code]), code),
        )
        return {code: by_warehouse[code] for code in busiest}

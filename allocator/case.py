"""A case: everything the planner told us, checked and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from allocator.errors import NotFoundError
from allocator.schema.disaster import (
    Fleet,
    Lane,
    Loss,
    Scenario,
    ScenarioDamage,
    ScenarioDemand,
    Vehicle,
)
from allocator.schema.dispatch_rules import HourRule, Segregation
from allocator.schema.lab import Dependency, Drill, Sector, SectorLink, Shock
from allocator.schema.legs import Leg
from allocator.schema.network import (
    Coverage,
    District,
    Item,
    SizeClass,
    Stock,
    WaitingBand,
    Warehouse,
)
from allocator.schema.procedure import ApprovalRule, ApprovalStep, Department, Settings
from allocator.schema.risks import Hazard, RiskElement
from allocator.tables import TableSet

__all__ = ["Case"]


@dataclass(frozen=True)
class Case(TableSet):
    """Checked rows of every case sheet; made by ``allocator.intake.read_case``.

    Codes are unique, references exist, numbers are in range: what reads a case need not check
    that again.
    """

    @cached_property
    def settings(self) -> Settings:
        """The one settings row, with its defaults."""
        rows = self.rows(Settings)
        return rows[0] if rows else Settings()

    @property
    def districts(self) -> tuple[District, ...]:
        """Where need can arise."""
        return self.rows(District)

    @property
    def warehouses(self) -> tuple[Warehouse, ...]:
        """Existing, candidate, external and closed warehouses, and hubs."""
        return self.rows(Warehouse)

    @property
    def items(self) -> tuple[Item, ...]:
        """What is stocked."""
        return self.rows(Item)

    @property
    def size_classes(self) -> tuple[SizeClass, ...]:
        """Sizes a warehouse may have."""
        return self.rows(SizeClass)

    @property
    def stock(self) -> tuple[Stock, ...]:
        """Lots lying in warehouses today."""
        return self.rows(Stock)

    @property
    def coverage(self) -> tuple[Coverage, ...]:
        """Promised stock within hours."""
        return self.rows(Coverage)

    @property
    def waiting_bands(self) -> tuple[WaitingBand, ...]:
        """Deprivation by hours of waiting."""
        return self.rows(WaitingBand)

    @cached_property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Scenarios of the sample that the settings choose."""
        sample = self.settings.sample
        return tuple(row for row in self.rows(Scenario) if row.sample == sample)

    @cached_property
    def scenario_demand(self) -> tuple[ScenarioDemand, ...]:
        """Need under the scenarios of the chosen sample."""
        chosen = {row.scenario for row in self.scenarios}
        return tuple(row for row in self.rows(ScenarioDemand) if row.scenario in chosen)

    @property
    def scenario_damage(self) -> tuple[ScenarioDamage, ...]:
        """Damage under the scenarios."""
        return self.rows(ScenarioDamage)

    @property
    def vehicles(self) -> tuple[Vehicle, ...]:
        """Kinds of vehicles."""
        return self.rows(Vehicle)

    @property
    def fleets(self) -> tuple[Fleet, ...]:
        """Vehicles at the call of each warehouse."""
        return self.rows(Fleet)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The user's own distances, times and closures."""
        return self.rows(Lane)

    @property
    def legs(self) -> tuple[Leg, ...]:
        """Ways to hubs, and when they are closed."""
        return self.rows(Leg)

    @property
    def segregations(self) -> tuple[Segregation, ...]:
        """Pairs of items that must not share a vehicle."""
        return self.rows(Segregation)

    @property
    def hour_rules(self) -> tuple[HourRule, ...]:
        """What holds in some hours only."""
        return self.rows(HourRule)

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What may fail on top of a scenario."""
        return self.rows(Loss)

    @property
    def hazards(self) -> tuple[Hazard, ...]:
        """Classes of the risk-element library."""
        return self.rows(Hazard)

    @cached_property
    def risk_elements(self) -> tuple[RiskElement, ...]:
        """Records of loss under the scenarios of the chosen sample."""
        chosen = {row.scenario for row in self.scenarios}
        return tuple(row for row in self.rows(RiskElement) if row.scenario in chosen)

    @property
    def departments(self) -> tuple[Department, ...]:
        """Who signs."""
        return self.rows(Department)

    @property
    def approval_steps(self) -> tuple[ApprovalStep, ...]:
        """Sign-offs as a network."""
        return self.rows(ApprovalStep)

    @property
    def approval_rules(self) -> tuple[ApprovalRule, ...]:
        """Which procedure applies to which lane."""
        return self.rows(ApprovalRule)

    @property
    def sectors(self) -> tuple[Sector, ...]:
        """Infrastructure that can fail."""
        return self.rows(Sector)

    @property
    def dependencies(self) -> tuple[Dependency, ...]:
        """How sectors lean on each other."""
        return self.rows(Dependency)

    @property
    def sector_links(self) -> tuple[SectorLink, ...]:
        """What failures change in a scenario."""
        return self.rows(SectorLink)

    @property
    def drills(self) -> tuple[Drill, ...]:
        """Failures to be rehearsed."""
        return self.rows(Drill)

    @property
    def shocks(self) -> tuple[Shock, ...]:
        """What hits sectors directly in drills."""
        return self.rows(Shock)

    def drill(self, code: str) -> Drill:
        """Return one drill.

        Raises
        ------
        NotFoundError
            If the case has no such drill.
        """
        for row in self.drills:
            if row.drill == code:
                return row
        known = ", ".join(row.drill for row in self.drills)
        hint = f"Maybe one of: {known}." if known else "Maybe add it to the sheets Drills, Shocks."
        raise NotFoundError(f"drill {code!r} is not in the case. {hint}")

    def scenario(self, code: str) -> Scenario:
        """Return one scenario of the chosen sample.

        Raises
        ------
        NotFoundError
            If the case has no such scenario.
        """
        for row in self.scenarios:
            if row.scenario == code:
                return row
        known = ", ".join(row.scenario for row in self.scenarios)
        raise NotFoundError(f"scenario {code!r} is not in the case. Maybe one of: {known}.")

    def order_hours(self, scenario: Scenario) -> float:
        """Hours from the event to the order [h]."""
        given = scenario.order_hours
        return self.settings.order_hours if given is None else given

    def event_time(self, scenario: Scenario) -> datetime | None:
        """Start of the clock; None where neither scenario nor settings give it."""
        given = scenario.event_time
        return self.settings.event_time if given is None else given

    def deadline_hours(self, scenario: Scenario) -> float:
        """Hour by which goods must be in hand, counted from the event [h]."""
        late = self.order_hours(scenario) if self.settings.clock == "order" else 0.0
        return self.settings.horizon_hours + late

    def district_index(self) -> Mapping[str, int]:
        """Position of each district code in ``districts``."""
        return {row.district: k for k, row in enumerate(self.districts)}

    def warehouse_index(self) -> Mapping[str, int]:
        """Position of each warehouse code in ``warehouses``."""
        return {row.warehouse: k for k, row in enumerate(self.warehouses)}

    def item_index(self) -> Mapping[str, int]:
        """Position of each item code in ``items``."""
        return {row.item: k for k, row in enumerate(self.items)}

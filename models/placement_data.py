"""What placement needs to know, as arrays: the first stage apart from each scenario's recourse.

Sizes used below: warehouse W, item I, option O, promise C, reach R, scenario S, district D (those
in need under one scenario), fleet F, item group G. A warehouse's options are what may become of
it: stay shut, keep its class, open or grow to a class, close. The rules are in ``docs/model.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from models.contingency import Contingency

__all__ = [
    "CRITERIA",
    "OBJECTIVES",
    "CoverageData",
    "Criterion",
    "FirstStageData",
    "Objective",
    "PlacementData",
    "RiskData",
    "ScenarioData",
    "StageRule",
    "ValueData",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

Criterion = Literal["unmet", "waiting", "delivery", "delivery_and_unmet", "social", "floor"]
"""How the recourse of a scenario is valued.

``unmet`` and ``waiting`` are those of the stages; ``delivery`` is transport and purchases;
``delivery_and_unmet`` adds the unmet terms, ``social`` the waiting terms as well; ``floor`` counts
the weighted units that are missing to the minimum served share.
"""

CRITERIA: tuple[Criterion, ...] = get_args(Criterion)

Objective = Literal["lives", "social", "cost"]


@dataclass(frozen=True)
class StageRule:
    """What one stage of an objective minimises.

    Parameters
    ----------
    stage
        Name as reported.
    criterion
        Value of the recourse.
    counts_first_stage
        Whether yearly, one-off and shortfall costs are added, and the recourse is multiplied by
        the disasters of a year.
    """

    stage: str
    criterion: Criterion
    counts_first_stage: bool


OBJECTIVES: dict[Objective, tuple[StageRule, ...]] = {
    "lives": (
        StageRule("unmet", "unmet", counts_first_stage=False),
        StageRule("waiting", "waiting", counts_first_stage=False),
        StageRule("cost", "delivery", counts_first_stage=True),
    ),
    "social": (StageRule("social", "social", counts_first_stage=True),),
    "cost": (StageRule("cost", "delivery_and_unmet", counts_first_stage=True),),
}
"""Stages of each objective, in the order in which they are solved."""


def _check(name: str, values: NDArray[np.generic], shape: tuple[int, ...]) -> None:
    """Raise ValueError unless an array has the stated shape."""
    if values.shape != shape:
        raise ValueError(f"{name} has shape {values.shape}, must be {shape}.")


@dataclass(frozen=True)
class CoverageData:
    """Promises: so many units within reach of a district.

    Parameters
    ----------
    district, item
        Whom and what, shape (promise,), whole numbers.
    target_hours
        Shape (promise,), > 0. [h]
    required_units
        Shape (promise,), >= 0. [units]
    shortfall_price_cny
        Yearly price of a missing unit, infinite where the promise is hard, shape (promise,).
        [CNY/unit]
    reach_promise, reach_warehouse
        Which warehouses count for which promise, shape (reach,), sorted by promise.
    """

    district: Integers
    item: Integers
    target_hours: Floats
    required_units: Floats
    shortfall_price_cny: Floats
    reach_promise: Integers
    reach_warehouse: Integers

    @property
    def is_hard(self) -> Flags:
        """Whether the promise must be kept, shape (promise,)."""
        return np.isinf(self.shortfall_price_cny)

    def reachable_units(self, stock_units: Floats) -> Floats:
        """Stock within reach of each promise, shape (promise,). [units]

        Parameters
        ----------
        stock_units
            Shape (warehouse, item), >= 0. [units]
        """
        found = np.zeros(len(self.district))
        held = stock_units[self.reach_warehouse, self.item[self.reach_promise]]
        np.add.at(found, self.reach_promise, held)
        return found


@dataclass(frozen=True)
class FirstStageData:
    """What is decided before the disaster: sizes and stock.

    Parameters
    ----------
    position
        Longitude and latitude; only the order in which solutions are searched depends on it,
        shape (warehouse, 2). [degree]
    is_decided
        Whether the warehouse's stock is ours to decide; the stock of the others stays as it is and
        costs nothing, shape (warehouse,).
    today_units, reserve_units
        Stock and home reserve today, shape (warehouse, item), >= 0. [units]
    is_whole
        Whether the stock must be a whole number, shape (warehouse, item).
    option_warehouse
        Whose option it is, ascending, shape (option,); every warehouse has at least one.
    option_volume_m3
        Shape (option,), >= 0. [m3]
    option_one_off_cny, option_annual_cny
        Shape (option,), >= 0. [CNY], [CNY/year]
    option_is_open
        Whether the warehouse holds reserves under the option, shape (option,).
    unit_volume_m3, price_cny
        Of one unit, shape (item,), >= 0. [m3], [CNY]
    keeping_cny
        Keeping and write-off of one unit, shape (item,), >= 0. [CNY/year]
    capital_budget_cny, annual_budget_cny
        Infinite for no limit. [CNY], [CNY/year]
    amortisation_years
        > 0. [year]
    disasters_per_year
        > 0. [1/year]
    coverage
        The promises.

    Raises
    ------
    ValueError
        If shapes do not fit together.
    """

    position: Floats
    is_decided: Flags
    today_units: Floats
    reserve_units: Floats
    is_whole: Flags
    option_warehouse: Integers
    option_volume_m3: Floats
    option_one_off_cny: Floats
    option_annual_cny: Floats
    option_is_open: Flags
    unit_volume_m3: Floats
    price_cny: Floats
    keeping_cny: Floats
    capital_budget_cny: float
    annual_budget_cny: float
    amortisation_years: float
    disasters_per_year: float
    coverage: CoverageData

    def __post_init__(self) -> None:
        W, I = self.today_units.shape  # noqa: E741 - the set of items
        O = len(self.option_warehouse)  # noqa: E741 - the set of options
        _check("is_decided", self.is_decided, (W,))
        _check("position", self.position, (W, 2))
        for name in ("reserve_units", "is_whole"):
            _check(name, getattr(self, name), (W, I))
        for name in (
            "option_volume_m3",
            "option_one_off_cny",
            "option_annual_cny",
            "option_is_open",
        ):
            _check(name, getattr(self, name), (O,))
        for name in ("unit_volume_m3", "price_cny", "keeping_cny"):
            _check(name, getattr(self, name), (I,))
        if set(self.option_warehouse.tolist()) != set(range(W)):
            raise ValueError("every warehouse must have an option.")

    @property
    def warehouse_count(self) -> int:
        """Number of warehouses."""
        return int(self.today_units.shape[0])

    @property
    def item_count(self) -> int:
        """Number of items."""
        return int(self.today_units.shape[1])

    @cached_property
    def options_of(self) -> tuple[tuple[int, ...], ...]:
        """Options of each warehouse."""
        found: list[list[int]] = [[] for _ in range(self.warehouse_count)]
        for option, warehouse in enumerate(self.option_warehouse.tolist()):
            found[warehouse].append(option)
        return tuple(tuple(options) for options in found)

    def options_taken(self, choice: Floats) -> Integers:
        """Option that each warehouse takes most of, shape (warehouse,); choices: (option,)."""
        taken = [max(own, key=lambda o: choice[o]) for own in self.options_of]
        return np.array(taken, dtype=np.int64)


@dataclass(frozen=True)
class ScenarioData:
    """One disaster.

    Parameters
    ----------
    probability
        > 0; all scenarios add up to 1.
    district
        Districts in need, positions among all districts, ascending, shape (district,).
    demand_units
        Shape (district, item), >= 0. [units]
    usable_share
        Part of the stock that survives, shape (warehouse,), 0 to 1.
    band_hours
        Deprivation of a unit by lane, infinite where no lane arrives in time,
        shape (group, warehouse, district). [h]
    trip_cost_cny
        A trip out and back, infinite where the fleet has no such lane,
        shape (fleet, warehouse, district). [CNY]
    is_abroad
        Whether the district lies in another province than the warehouse,
        shape (warehouse, district).
    purchase_band_hours
        Deprivation of a purchased unit, infinite where none comes in time, shape (item,). [h]

    Raises
    ------
    ValueError
        If shapes do not fit together.
    """

    probability: float
    district: Integers
    demand_units: Floats
    usable_share: Floats
    band_hours: Floats
    trip_cost_cny: Floats
    is_abroad: Flags
    purchase_band_hours: Floats

    def __post_init__(self) -> None:
        D, I = self.demand_units.shape  # noqa: E741 - the set of items
        W = len(self.usable_share)
        _check("district", self.district, (D,))
        _check("band_hours", self.band_hours, (self.band_hours.shape[0], W, D))
        _check("trip_cost_cny", self.trip_cost_cny, (self.trip_cost_cny.shape[0], W, D))
        _check("is_abroad", self.is_abroad, (W, D))
        _check("purchase_band_hours", self.purchase_band_hours, (I,))


@dataclass(frozen=True)
class ValueData:
    """What a unit is worth to whom.

    Parameters
    ----------
    item_group
        Shape (item,), whole numbers.
    trip_share
        Part of a vehicle that one unit fills, shape (fleet, item), > 0. [trips/unit]
    weight
        Priority, shape (every district, item), > 0. [weighted units/unit]
    district_weight
        Shape (every district,), > 0.
    unmet_hours
        Deprivation of a unit that does not arrive, > 0. [h]
    waiting_cny_per_hour, unmet_cny
        Shape (item,), >= 0. [CNY/unit/h], [CNY/unit]
    purchase_price_cny
        Infinite where the item cannot be bought, shape (item,). [CNY/unit]
    purchase_available_units
        Shape (item,), >= 0. [units]
    """

    item_group: Integers
    trip_share: Floats
    weight: Floats
    district_weight: Floats
    unmet_hours: float
    waiting_cny_per_hour: Floats
    unmet_cny: Floats
    purchase_price_cny: Floats
    purchase_available_units: Floats


@dataclass(frozen=True)
class RiskData:
    """How the scenarios are joined, and what must hold in each of them.

    Parameters
    ----------
    cvar_alpha
        Level of the conditional value at risk, 0 to below 1.
    cvar_weight
        0: expected value only; 1: tail only.
    min_served_share
        Floor of each district's weighted served share, 0 to 1; 0 for none.
    is_single_sourced
        Whether each district has one responsible warehouse.
    """

    cvar_alpha: float
    cvar_weight: float
    min_served_share: float
    is_single_sourced: bool


@dataclass(frozen=True)
class PlacementData:
    """A whole placement problem.

    Parameters
    ----------
    first_stage
        Sizes and stock.
    scenarios
        The recourse, by scenario.
    values
        What units are worth.
    risk
        How scenarios are joined.
    contingencies
        Losses on top of a scenario that the plan must withstand.
    """

    first_stage: FirstStageData
    scenarios: tuple[ScenarioData, ...]
    values: ValueData
    risk: RiskData
    contingencies: tuple[Contingency, ...] = ()

    @cached_property
    def probability(self) -> Floats:
        """Probability of each scenario, shape (scenario,)."""
        return np.array([scenario.probability for scenario in self.scenarios])

    @cached_property
    def flow_count(self) -> int:
        """Number of lanes with a demand, over all scenarios and items."""
        return sum(
            int(
                np.isfinite(scenario.band_hours[self.values.item_group[i]])[
                    :, scenario.demand_units[:, i] > 0
                ].sum()
            )
            for scenario in self.scenarios
            for i in range(self.first_stage.item_count)
        )

    def weights(self, scenario: int) -> Floats:
        """Priority of the districts in need, shape (district, item)."""
        return np.asarray(self.values.weight[self.scenarios[scenario].district])

    def weighted_need(self) -> float:
        """Expected weighted demand. [weighted units]"""
        totals = [
            float((self.weights(s) * scenario.demand_units).sum())
            for s, scenario in enumerate(self.scenarios)
        ]
        return float(self.probability @ np.array(totals))

"""The expected scenario: one disaster with mean need and mean damage.

A plan for it ignores that disasters differ; what that costs is the value of the stochastic
solution (Birge 1982).
"""

from __future__ import annotations

import math
from collections import defaultdict

from allocator.case import Case
from allocator.schema.disaster import Scenario, ScenarioDamage, ScenarioDemand

__all__ = ["MEAN_SCENARIO", "mean_case"]

MEAN_SCENARIO = "mean"
"""Code of the expected scenario."""


def mean_case(case: Case) -> Case:
    """Return the case with its expected scenario in the place of all others.

    Need and usable shares are means over all scenarios. The factor on a district's roads and
    whether it is cut off only matter where it is in need: the factor is the mean over the
    scenarios that need something there and leave a road, and it is cut off if all of them cut it
    off. The order is given at the mean hour.

    Parameters
    ----------
    case
        The case.
    """
    probability = {row.scenario: row.probability for row in case.scenarios}
    order = math.fsum(row.probability * case.order_hours(row) for row in case.scenarios)
    scenario = Scenario(
        scenario=MEAN_SCENARIO, name=MEAN_SCENARIO, probability=1.0, order_hours=order
    )
    demand: dict[tuple[str, str], float] = defaultdict(float)
    in_need: dict[str, set[str]] = defaultdict(set)
    for row in case.scenario_demand:
        if row.demand_units > 0:
            demand[row.district, row.item] += probability[row.scenario] * row.demand_units
            in_need[row.district].add(row.scenario)
    needs = [
        ScenarioDemand(scenario=MEAN_SCENARIO, district=d, item=i, demand_units=units)
        for (d, i), units in sorted(demand.items())
    ]
    damage = [*_warehouse_damage(case, probability), *_road_damage(case, probability, in_need)]
    mean = case.replace(Scenario, (scenario,)).replace(ScenarioDemand, needs)
    return mean.replace(ScenarioDamage, damage)


def _warehouse_damage(case: Case, probability: dict[str, float]) -> list[ScenarioDamage]:
    """Mean usable share of each warehouse that is hit in some scenario."""
    share = {
        (row.warehouse, row.scenario): row.usable_share
        for row in case.scenario_damage
        if row.warehouse is not None and row.scenario in probability
    }
    lost: dict[str, float] = defaultdict(float)
    for (warehouse, scenario), usable in share.items():
        lost[warehouse] += probability[scenario] * (1.0 - usable)
    return [
        ScenarioDamage(
            scenario=MEAN_SCENARIO, warehouse=warehouse, usable_share=min(1.0, max(0.0, 1.0 - part))
        )
        for warehouse, part in sorted(lost.items())
    ]


def _road_damage(
    case: Case, probability: dict[str, float], in_need: dict[str, set[str]]
) -> list[ScenarioDamage]:
    """Mean road factor of each district whose roads are hit in some scenario."""
    hit: dict[str, dict[str, ScenarioDamage]] = defaultdict(dict)
    for row in case.scenario_damage:
        if row.district is not None and row.scenario in in_need.get(row.district, set()):
            hit[row.district][row.scenario] = row
    found = []
    for district, rows in sorted(hit.items()):
        open_to = [
            code
            for code in sorted(in_need[district])
            if code not in rows or not rows[code].is_cut_off
        ]
        mass = math.fsum(probability[code] for code in open_to)
        factors = [
            probability[code] * (rows[code].road_time_factor if code in rows else 1.0)
            for code in open_to
        ]
        found.append(
            ScenarioDamage(
                scenario=MEAN_SCENARIO,
                district=district,
                road_time_factor=max(1.0, math.fsum(factors) / mass) if open_to else 1.0,
                is_cut_off=not open_to,
            )
        )
    return found

"""Provinces to which goods on a leg may come: that of the hub, and of all whom it serves."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.case import Case
from allocator.engine.hub_service import districts_in_need, served_by_hubs

__all__ = ["leg_provinces"]


def leg_provinces(case: Case, scenario: str) -> Mapping[str, frozenset[str]]:
    """Provinces to which goods may come through each hub, by its code.

    Parameters
    ----------
    case
        The case of the revision under which the leg left.
    scenario
        Code of the scenario.
    """
    served = served_by_hubs(case, case.scenario(scenario), districts_in_need(case, scenario))
    districts = {row.district: row.province for row in case.districts}
    return {
        case.warehouses[hub].warehouse: frozenset(
            {
                case.warehouses[hub].province
                or districts.get(case.warehouses[hub].district or "", ""),
                *(case.districts[d].province for d in found),
            }
        )
        for hub, found in served.items()
    }

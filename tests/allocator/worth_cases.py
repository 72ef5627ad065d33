"""Cases whose values of planning can be worked out by hand."""

from __future__ import annotations

from typing import Any

from allocator.case import Case
from tests.tiny import at_km, build_case

__all__ = ["newsvendor_case", "two_towns_case"]


def _town(district: str, north_km: float) -> dict[str, Any]:
    return {
        "district": district,
        "name": district,
        "province": "广西壮族自治区",
        "prefecture": "南市",
        "lon": 110.0,
        "lat": at_km(north_km),
        "population_people": 1000,
    }


def _goods() -> dict[str, Any]:
    """One size class, tents, and trucks that cost nothing."""
    return {
        "Size_Classes": [
            {
                "size_class": "S",
                "name": "S",
                "volume_m3": 1000.0,
                "opening_cost_cny": 0.0,
                "annual_cost_cny": 0.0,
                "docks_per_hour": 4.0,
            }
        ],
        "Items": [
            {
                "item": "TENT",
                "name": "帐篷",
                "item_group": "living",
                "weight_kg": 60.0,
                "volume_m3": 0.2,
                "price_cny": 1000.0,
                "keeping_share": 0.0,
                "priority_weight": 1.0,
                "unmet_cost_cny": 3000.0,
            }
        ],
        "Vehicles": [
            {
                "fleet": "TRUCK",
                "name": "TRUCK",
                "payload_kg": 9000.0,
                "volume_m3": 36.0,
                "speed_kmh": 60.0,
                "cost_cny_per_km": 0.0,
            }
        ],
    }


def _case(needs: dict[str, dict[str, float]], **settings: Any) -> Case:
    """Warehouses W1 and W2 at home in two towns that cannot reach each other within 4 h.

    Driving, loading and keeping cost nothing; a tent costs 1,000 CNY in its one year, a missing
    one 3,000 CNY. Scenarios are equally likely.
    """
    districts = ("450101", "450201")
    tables = {
        "Settings": [
            {"objective": "social", "horizon_hours": 4.0, "amortisation_years": 1.0, **settings}
        ],
        "Districts": [_town(districts[0], 0.0), _town(districts[1], 250.0)],
        "Warehouses": [
            {
                "warehouse": f"W{k + 1}",
                "name": f"W{k + 1}",
                "state": "existing",
                "level": "county",
                "district": district,
                "size_class": "S",
            }
            for k, district in enumerate(districts)
        ],
        "Scenarios": [
            {"scenario": code, "name": code, "probability": 1.0 / len(needs)} for code in needs
        ],
        "Scenario_Demand": [
            {"scenario": code, "district": district, "item": "TENT", "demand_units": units}
            for code, need in needs.items()
            for district, units in need.items()
        ],
        **_goods(),
    }
    return build_case(tables)


def newsvendor_case(high: float = 30.0, **settings: Any) -> Case:
    """One town needs 10 tents or, as likely, ``high``.

    With 10 and 30: a tent beyond the 10th is needed with probability 0.5 and saves 1,500 CNY
    against its 1,000, so RP = 30 tents = 30,000. With foresight 10 or 30 tents, WS = 20,000. For
    the mean 20 tents, EEV = 20,000 + 0.5 x 10 x 3,000 = 35,000.
    """
    return _case({"low": {"450101": 10.0}, "high": {"450101": high}}, **settings)


def two_towns_case(**settings: Any) -> Case:
    """One town needs 20 tents or, as likely, the other needs 10; money for 20.

    RP leaves (30 - 20) / 2 = 5 unmet; foresight none. The mean needs 10 and 5: so many are bought,
    and EEV = 0.5 x 10 + 0.5 x 5 = 7.5.
    """
    needs = {"south": {"450101": 20.0}, "north": {"450201": 10.0}}
    return _case(needs, capital_budget_cny=20000.0, objective="lives", **settings)

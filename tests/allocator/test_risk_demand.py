"""What exposed people suggest, and which amounts seem to be in another unit."""

from __future__ import annotations

from typing import Any

import pytest

from allocator.checks.risk_amounts import mixed_units
from allocator.risks import suggested_demand
from tests.allocator.risk_cases import risk_tables
from tests.tiny import Tables, build_case


def exposed(*people: float | None) -> Tables:
    """The case with losses, its first records with exposed people and its tents with a norm."""
    tables = risk_tables()
    tables["Hazards"][0] |= {"evacuee_share": 0.5, "sheltered_share": 0.2}
    tables["Hazards"][1] |= {"evacuee_share": 0.1, "sheltered_share": 0.4}
    tables["Items"][0]["need_units_per_person"] = 0.25
    rows: list[dict[str, Any]] = tables["Risk_Elements"]
    for row, count in zip(rows, people, strict=False):
        row["exposed_people"] = count
    return tables


def test_demand_follows_from_exposed_people() -> None:
    """1,000 exposed x 0.1 evacuated x 0.4 sheltered x 0.25 tents a person = 10 tents."""
    assert suggested_demand(build_case(exposed(1000))) == {
        ("flood", "450101", "TENT"): pytest.approx(10.0)
    }


def test_a_person_hit_twice_is_one_person() -> None:
    """Of two records of one hazard in a district the larger counts."""
    found = suggested_demand(build_case(exposed(1000, 3000)))
    assert found == {("flood", "450101", "TENT"): pytest.approx(30.0)}


def test_hazards_of_a_district_are_added() -> None:
    """People exposed to a flood and to a quake need both: 1,000 x 0.04 + 800 x 0.1 = 120."""
    tables = exposed(1000, None, 800)
    tables["Risk_Elements"][2]["district"] = "450101"
    found = suggested_demand(build_case(tables))
    assert found == {("flood", "450101", "TENT"): pytest.approx(30.0)}


def test_without_people_nothing_is_suggested() -> None:
    """Records that do not say how many are exposed suggest no need, and demand stays as it is."""
    case = build_case(risk_tables())
    assert suggested_demand(case) == {}
    assert case.scenario_demand == build_case().scenario_demand


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([2e6, 5e6, 310.0, 4e6], ([2], True)),
        ([200.0, 500.0, 3.1e6, 400.0], ([2], False)),
        ([200.0, 500.0, 3.1e6, 4e6], ([0, 1], True)),
        ([2e6, 5e6, 3.1e5, 4e6], None),
        ([2e6, 5e6, 3.1e1, 4e6], None),
        ([2e6, 310.0], None),
        ([1.0, 30.0, 900.0, 3e4, 9e5], None),
        ([1e6] * 6, None),
    ],
)
def test_another_unit_is_told_from_a_wide_spread(
    values: list[float], found: tuple[list[int], bool] | None
) -> None:
    """A gap of a hundred and a factor of ten thousand between two groups, and nothing less."""
    assert mixed_units(values) == found

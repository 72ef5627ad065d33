"""Parts of a case: some of its districts, some of its scenarios.

``guangxi:4501,4502`` is the part of Guangxi whose district codes begin so, ``south5@20`` the whole
of south5 under 20 of its scenarios, ``china?sample=s200:44,45@50`` both with a setting of the case,
``hongshui/20x40`` 20 districts from the middle of the ranking by need, neither hardest nor barely
hit, with the 40 warehouses nearest to them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from allocator.case import Case
from allocator.errors import DataError, Issue, NotFoundError
from allocator.intake import read_case_with_issues
from allocator.schema.disaster import Fleet, Lane, ScenarioDamage, ScenarioDemand
from allocator.schema.network import District, Stock, Warehouse
from allocator.schema.procedure import Settings

__all__ = [
    "cut_case",
    "fewer_scenarios",
    "nearest_part",
    "read_part",
    "read_part_with_issues",
]

_PART = re.compile(
    r"^(?P<source>.*?)(/(?P<size>[1-9]\d*x[1-9]\d*))?(:(?P<codes>\d+(,\d+)*))?"
    r"(@(?P<count>[1-9]\d*))?$",
    re.DOTALL,
)

_ORDER_SEED = 20240829
"""Of the order in which scenarios are taken: any will do, but it must stay the same."""


@dataclass(frozen=True)
class _Part:
    """What a name stands for: source; size, codes and number of scenarios if they are given."""

    source: str
    size: tuple[int, int] | None = None
    codes: str = ""
    count: int | None = None


def _parts(name: str) -> _Part:
    """Take a name apart."""
    match = _PART.match(name)
    if match is None:
        return _Part(name)
    districts, _, warehouses = (match["size"] or "").partition("x")
    size = (int(districts), int(warehouses)) if warehouses else None
    count = match["count"]
    codes = match["codes"] or ""
    return _Part(match["source"], size, codes, None if count is None else int(count))


def read_part_with_issues(name: str) -> tuple[Case | None, list[Issue]]:
    """Read a case, or a part of one; see ``allocator.intake.read_case_with_issues``.

    Parameters
    ----------
    name
        ``SOURCE[?SETTING=VALUE][/DISTRICTSxWAREHOUSES][:CODES][@COUNT]``, source as everywhere: a
        shipped data set, a workbook, a folder or a JSON file.

    Raises
    ------
    NotFoundError
        If there is no such source.
    """
    part = _parts(name)
    case, issues = read_case_with_issues(part.source)
    if case is None:
        return case, issues
    case = case if part.size is None else nearest_part(case, *part.size)
    case = cut_case(case, part.codes) if part.codes else case
    return (case if part.count is None else fewer_scenarios(case, part.count)), issues


def read_part(name: str) -> Case:
    """Read a case, or a part of one.

    Parameters
    ----------
    name
        As for ``read_part_with_issues``.

    Raises
    ------
    DataError
        If the case has faults, or no district has such a code.
    NotFoundError
        If there is no such source.
    """
    case, issues = read_part_with_issues(name)
    if case is None:
        raise DataError(issues)
    return case


def cut_case(case: Case, prefixes: str) -> Case:
    """Return the districts whose code begins so, with the warehouses that lie in them.

    Prefixes are parted by commas.

    The budgets shrink with the number of people; need and probabilities stay. Scenarios without
    need in these districts are left out, the probabilities of the others made to add up to 1.

    Raises
    ------
    NotFoundError
        If no district has such a code.
    """
    parts = tuple(prefixes.split(","))
    districts = [row for row in case.districts if row.district.startswith(parts)]
    if not districts:
        raise NotFoundError(
            f"no district's code begins with {' or '.join(parts)}. Maybe ask for others, as "
            f"{case.districts[0].district[:4]}."
        )
    code = {row.district for row in districts}
    return _only(case, code, {row.warehouse for row in case.warehouses if row.district in code})


def nearest_part(case: Case, districts: int, warehouses: int) -> Case:
    """Return districts from the middle of the ranking by need, with the warehouses nearest to them.

    Need counts by volume, over all scenarios; near is the mean straight distance to these
    districts. Warehouses in other districts are called on, as those from outside are.

    Parameters
    ----------
    case
        The case.
    districts, warehouses
        How many of each; all are kept where there are no more.
    """
    volume = {row.item: row.volume_m3 for row in case.items}
    need: dict[str, float] = {}
    for row in case.scenario_demand:
        need[row.district] = need.get(row.district, 0.0) + row.demand_units * volume[row.item]
    ranked = sorted(need, key=lambda each: (-need[each], each))
    skipped = max(0, len(ranked) - districts) // 2
    code = set(ranked[skipped : skipped + districts])
    place = {row.district: (row.lon, row.lat) for row in case.districts}
    points = np.radians(np.array([place[each] for each in sorted(code)]))

    def mean_distance(row: Warehouse) -> float:
        lon, lat = place[row.district] if row.lon is None and row.district else (row.lon, row.lat)
        own_lon, own_lat = np.radians(lon or 0.0), np.radians(lat or 0.0)
        half = np.sin((points[:, 1] - own_lat) / 2) ** 2
        half += np.cos(own_lat) * np.cos(points[:, 1]) * np.sin((points[:, 0] - own_lon) / 2) ** 2
        return float(np.arcsin(np.sqrt(half)).mean())

    near = sorted(case.warehouses, key=lambda row: (mean_distance(row), row.warehouse))
    home = {row.district: row for row in case.districts}
    moved = []
    for row in case.warehouses:
        if row.district is None or row.district in code:
            moved.append(row)
            continue
        own = home[row.district]
        outside = {
            "state": "external",
            "district": None,
            "province": row.province or own.province,
            "prefecture": row.prefecture or own.prefecture,
            "lon": own.lon if row.lon is None else row.lon,
            "lat": own.lat if row.lat is None else row.lat,
        }
        moved.append(row.model_copy(update=outside))
    case = case.replace(Warehouse, tuple(moved))
    return _only(case, code, {row.warehouse for row in near[:warehouses]})


def _only(case: Case, code: set[str], kept: set[str]) -> Case:
    """Return the case with some districts and warehouses, budgets shrunk with the people."""
    districts = [row for row in case.districts if row.district in code]
    sites = [row for row in case.warehouses if row.warehouse in kept]
    demand = [row for row in case.scenario_demand if row.district in code]
    named = {row.scenario for row in demand}
    scenarios = [row for row in case.scenarios if row.scenario in named]
    total = sum(row.probability for row in scenarios)
    people = sum(row.population_people for row in districts)
    share = people / sum(row.population_people for row in case.districts)
    budgets = {
        name: None if value is None else value * share
        for name in ("capital_budget_cny", "annual_budget_cny")
        for value in [getattr(case.settings, name)]
    }
    tables: dict[type[Any], list[Any]] = {
        Settings: [case.settings.model_copy(update=budgets)],
        District: districts,
        Warehouse: sites,
        Stock: [row for row in case.stock if row.warehouse in kept],
        type(scenarios[0]): [
            row.model_copy(update={"probability": row.probability / total}) for row in scenarios
        ],
        ScenarioDemand: demand,
        ScenarioDamage: [
            row for row in case.scenario_damage if row.warehouse in kept or row.district in code
        ],
        Fleet: [row for row in case.fleets if row.warehouse in kept],
        Lane: [row for row in case.lanes if row.warehouse in kept and row.district in code],
    }
    for kind, rows in tables.items():
        case = case.replace(kind, tuple(rows))
    return case


def fewer_scenarios(case: Case, count: int) -> Case:
    """Return the case under some of its scenarios, their probabilities made to add up to 1.

    The scenarios are taken in one fixed random order, so that those of a smaller number are among
    those of a larger one. All are kept where there are no more than asked for.

    Parameters
    ----------
    case
        The case.
    count
        How many, >= 1.
    """
    if count >= len(case.scenarios):
        return case
    order = np.random.default_rng(_ORDER_SEED).permutation(len(case.scenarios))
    chosen = {case.scenarios[k].scenario for k in order[:count]}
    kept = [row for row in case.scenarios if row.scenario in chosen]
    total = sum(row.probability for row in kept)
    tables: dict[type[Any], list[Any]] = {
        type(kept[0]): [
            row.model_copy(update={"probability": row.probability / total}) for row in kept
        ],
        ScenarioDemand: [row for row in case.scenario_demand if row.scenario in chosen],
        ScenarioDamage: [row for row in case.scenario_damage if row.scenario in chosen],
    }
    for kind, rows in tables.items():
        case = case.replace(kind, tuple(rows))
    return case

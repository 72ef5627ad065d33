"""Losses of disasters as risk elements: official totals where there are any, else anchors."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from allocator.schema.procedure import Figure
from allocator.schema.risks import RiskElement
from scripts.dataset_parts.disaster import Disaster
from scripts.dataset_parts.inputs import Inputs

__all__ = ["element_figures", "element_rows", "spread"]

LOSS_GRAIN_CNY = 10_000
"""Losses are told in 10,000 CNY, so they are spread in these. [CNY]"""

TYPHOON_COUNTS = ("rammasun2014", "nesat2011", "mangkhut2018")
"""Storms whose affected people and direct loss in Guangxi are known."""

LOSS_CNY_PER_PERSON = {
    "R01": 845.1e9 / 45_612_765,
    "R02": 120.06e9 / 14_786_000,
}
"""Direct loss per affected person: Wenchuan 2008 (S43, S23), Henan 2021 (S45); prices of their
years. That of typhoons is the pooled one of ``TYPHOON_COUNTS``. [CNY/person]"""

RELOCATED_BY_LEVEL = ((2_000_000, 1), (1_000_000, 2), (500_000, 3))
"""People relocated from which the national level is I, II, III (S47, S56); else IV."""

SUBCLASS = {"R01": "01", "R02": "01", "R03": "00"}
OTHER_SUBCLASS = {"flood_beibuwan": "02"}
"""Rivers for floods, but rain on the coast; typhoon totals are not parted by wind and rain."""

HOUR = 0
"""No record by hour is public: the whole loss is booked at the event. [h]"""

FIGURES = (
    (
        "direct_loss_cny",
        "derived",
        "EVENTS;S23;S43;S45;DESIGN",
        "Rammasun 4.0, Nesat 2.436, Mangkhut 0.183 bn CNY in Guangxi by the last official count "
        "that has people and loss, spread as the evacuated are. Other rows are an assumption: "
        "affected people x 973 CNY (the three storms together), 8,120 CNY (Henan 2021) or 18,528 "
        "CNY (Wenchuan 2008); prices of those years, whole loss at hour 0.",
    ),
    (
        "exposed_people",
        "derived",
        "EVENTS;DESIGN",
        "Official affected people where there is a loss too, else evacuated people over the "
        "evacuee_share of the class; spread as the evacuated are.",
    ),
    (
        "level",
        "assumption",
        "S47;S56",
        "National response level by people relocated alone; below level IV also IV.",
    ),
    (
        "subclass",
        "assumption",
        "DESIGN",
        "Floods as river floods, on the coast as rain; losses of typhoons are not parted.",
    ),
)
"""Field, status, sources and note of the columns that the rows leave open."""


@dataclass(frozen=True)
class _Total:
    """Affected people and direct loss of a whole disaster.

    Parameters
    ----------
    people, loss_cny
        Affected people; direct loss. [people], [CNY]
    source, status
        Provenance of the rows that are made from it.
    """

    people: float
    loss_cny: float
    source: str
    status: str


def element_rows(inputs: Inputs, disaster: Disaster, province: str) -> list[RiskElement]:
    """Return the records of one disaster over the districts of one province.

    People and loss are spread over districts as the evacuated are, so that the totals are kept.

    Parameters
    ----------
    inputs
        Shared tables.
    disaster
        Whom it evacuates.
    province
        Code of the province that the official counts are for.
    """
    total = _total(inputs, disaster, province)
    evacuated = dict(sorted(disaster.evacuated.items()))
    people = spread(round(total.people), evacuated)
    grains = spread(round(total.loss_cny / LOSS_GRAIN_CNY), evacuated)
    relocated = sum(evacuated.values())
    level = next((level for floor, level in RELOCATED_BY_LEVEL if relocated >= floor), 4)
    return [
        RiskElement(
            scenario=disaster.code,
            hazard=disaster.hazard,
            subclass=OTHER_SUBCLASS.get(disaster.code, SUBCLASS[disaster.hazard]),
            level=level,
            district=code,
            hour=HOUR,
            direct_loss_cny=float(grains[code] * LOSS_GRAIN_CNY),
            exposed_people=float(people[code]),
            source=total.source,
            status=total.status,  # type: ignore[arg-type]
        )
        for code in evacuated
        if people[code] > 0
    ]


def spread(total: int, weights: dict[str, float]) -> dict[str, int]:
    """Spread whole units by weight, the largest remainders first, so that they add up."""
    whole = sum(weights.values())
    exact = {code: total * weight / whole for code, weight in weights.items()}
    found = {code: int(share) for code, share in exact.items()}
    rest = total - sum(found.values())
    for code in sorted(exact, key=lambda one: (found[one] - exact[one], one))[:rest]:
        found[code] += 1
    return found


def _total(inputs: Inputs, disaster: Disaster, province: str) -> _Total:
    """People and loss of a disaster: counted, or by its class."""
    counted = _counted(inputs, disaster.code, province)
    if counted is not None:
        return _Total(*counted, "EVENTS;GEO", "derived")
    ratio = float(inputs.hazard_classes.loc[disaster.hazard, "affected_to_evacuee_ratio"])
    people = sum(disaster.evacuated.values()) / ratio
    if disaster.hazard == "R03":
        counts = [_counted(inputs, code, province) for code in TYPHOON_COUNTS]
        pairs = [pair for pair in counts if pair is not None]
        each = sum(loss for _, loss in pairs) / sum(affected for affected, _ in pairs)
        return _Total(people, people * each, "EVENTS;IBTRACS;GEO;DESIGN", "assumption")
    source = {"R01": "S23;S43;GEO;DESIGN", "R02": "S45;GEO;DESIGN"}[disaster.hazard]
    return _Total(people, people * LOSS_CNY_PER_PERSON[disaster.hazard], source, "assumption")


def _counted(inputs: Inputs, scenario: str, province: str) -> tuple[float, float] | None:
    """Last official count of affected people and direct loss [CNY] that has both."""
    rows: pd.DataFrame = inputs.scenario_timeline
    rows = rows[(rows["scenario_id"] == scenario) & (rows["scope_adcode"] == province)]
    rows = rows.dropna(subset=["affected_persons", "direct_loss_billion_cny"])
    if rows.empty:
        return None
    last = rows.sort_values("as_of").iloc[-1]
    return float(last["affected_persons"]), float(last["direct_loss_billion_cny"]) * 1e9


def element_figures() -> list[Figure]:
    """Return the notes on the records, for cases that have them."""
    return [
        Figure(table="Risk_Elements", field=field, status=status, source=source, note=note)  # type: ignore[arg-type]
        for field, status, source, note in FIGURES
    ]

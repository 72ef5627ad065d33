"""Which scenarios of a large sample stand for the others, for the placement of a case.

Two scenarios are near if a plan fares alike in both. The distance is a sum of absolute differences
in weighted units, so that it is what one scenario has to be changed by to become the other:

need
    Weighted need by prefecture (a quarter), by province and item (a quarter), by item (half). A
    unit more counts 1; one that moves within its prefecture counts nothing, to another prefecture
    1/2, to another province 1. That is the Wasserstein distance on the tree of places.
roads
    By prefecture, the weighted need times ``1 - 1 / road_time_factor`` (1 where cut off): the part
    of the reach that is lost by the deadline.
late order
    The whole need times the part of the horizon that passes before the order.
storage
    By prefecture, the part of all storage that is lost with its stock, times the mean need.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.errors import DataError, Issue
from allocator.schema.disaster import Scenario, ScenarioDamage, ScenarioDemand
from models.scenario_reduction import Reduction, pairwise_distances, reduce_sample

__all__ = [
    "ScenarioChoice",
    "choose_scenarios",
    "reduced_case",
    "scenario_features",
    "wants_reduction",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_PREFECTURE, _PROVINCE, _WHOLE = 0.25, 0.25, 0.5
"""Parts of the distance that needs count for at each level; they add up to 1."""

_TAIL_SHARE = 0.5
"""Part of the places left by the other extremes that the tail may take."""

_ROUNDING = 1e-9


@dataclass(frozen=True)
class ScenarioChoice:
    """Scenarios kept for a plan; the positions are those in order of the codes.

    Parameters
    ----------
    scenarios
        Rows of the sample, ordered by code.
    reduction
        What stands for what, and the error.
    reasons
        Why a scenario had to stay, by position; the others were chosen by their distance.
    """

    scenarios: tuple[Scenario, ...]
    reduction: Reduction
    reasons: dict[int, str]


@dataclass(frozen=True)
class _Sample:
    """Need and damage of a sample as arrays."""

    scenarios: tuple[Scenario, ...]
    need: Floats
    place_need: Floats
    item_need: Floats
    late: Floats
    roads: Floats
    storage: Floats
    provinces: tuple[str, ...]

    @property
    def total(self) -> Floats:
        """Weighted need, shape (scenario,)."""
        return np.asarray(self.item_need.sum(axis=(1, 2)))


def wants_reduction(case: Case) -> bool:
    """Whether the case asks for fewer scenarios than it has."""
    wanted = case.settings.reduce_to
    return wanted is not None and wanted < len(case.scenarios)


def _places(keys: Iterable[object]) -> tuple[dict[object, int], Integers]:
    """Number different keys in their order; return the numbers too."""
    listed = list(keys)
    index = {key: k for k, key in enumerate(sorted(set(listed), key=str))}
    return index, np.array([index[key] for key in listed], dtype=np.int64)


def _sums(rows: Integers, columns: Integers, values: Floats, shape: tuple[int, int]) -> Floats:
    """Sum values by row and column; the order in which they come changes nothing."""
    order = np.lexsort((values, columns, rows))
    flat = (rows * shape[1] + columns)[order]
    found = np.zeros(shape[0] * shape[1])
    np.add.at(found, flat, values[order])
    return found.reshape(shape)


def _sample(case: Case) -> _Sample:
    """Read need and damage of the chosen sample."""
    scenarios = tuple(sorted(case.scenarios, key=lambda row: row.scenario))
    number = {row.scenario: k for k, row in enumerate(scenarios)}
    count = len(scenarios)
    district = case.district_index()
    prefectures, prefecture = _places(
        (row.province, row.prefecture or row.district[:4]) for row in case.districts
    )
    provinces, province = _places(row.province for row in case.districts)
    items, item = _places(row.item for row in case.items)
    at_item = case.item_index()
    rows = case.scenario_demand
    s = np.array([number[row.scenario] for row in rows], dtype=np.int64)
    d = np.array([district[row.district] for row in rows], dtype=np.int64)
    i = np.array([at_item[row.item] for row in rows], dtype=np.int64)
    weight = np.array([row.priority_weight for row in case.districts])[d]
    weight = weight * np.array([row.priority_weight for row in case.items])[i]
    need = weight * np.array([row.demand_units for row in rows], dtype=np.float64)
    lost = _lost_reach(case, number)[s, d] if len(rows) else np.zeros(0)
    by_item = _sums(
        s, province[d] * len(items) + item[i], need, (count, len(provinces) * len(items))
    )
    total = by_item.sum(axis=1)
    horizon = case.settings.horizon_hours
    is_late = case.settings.clock == "event"
    late = [min(1.0, case.order_hours(row) / horizon) if is_late else 0.0 for row in scenarios]
    return _Sample(
        scenarios=scenarios,
        need=need,
        place_need=_sums(s, prefecture[d], need, (count, len(prefectures))),
        item_need=by_item.reshape(count, len(provinces), len(items)),
        late=total * np.array(late),
        roads=_sums(s, prefecture[d], need * lost, (count, len(prefectures))),
        storage=_lost_storage(case, number),
        provinces=tuple(str(key) for key in provinces),
    )


def _lost_reach(case: Case, number: dict[str, int]) -> Floats:
    """Part of the reach that is lost on the way into a district, shape (scenario, district)."""
    district = case.district_index()
    found = np.zeros((len(number), len(district)))
    for row in case.scenario_damage:
        if row.scenario in number and row.district is not None:
            lost = 1.0 if row.is_cut_off else 1.0 - 1.0 / row.road_time_factor
            place = number[row.scenario], district[row.district]
            found[place] = max(found[place], lost)
    return found


def _lost_storage(case: Case, number: dict[str, int]) -> Floats:
    """Part of all storage that is lost, by prefecture of the warehouse, shape (scenario, ...)."""
    sizes = {row.size_class: row.volume_m3 for row in case.size_classes}
    smallest = min((row.volume_m3 for row in case.size_classes if row.is_buildable), default=0.0)
    home = {row.district: row for row in case.districts}
    offered = [row for row in case.warehouses if row.state not in ("closed", "hub")]
    keys = []
    for row in offered:
        near = home.get(row.district or "")
        keys.append(
            (row.province, row.prefecture)
            if near is None
            else (near.province, near.prefecture or near.district[:4])
        )
    places, place = _places(keys)
    volume = np.array(
        [
            smallest
            if row.state == "candidate"
            else row.volume_m3 or sizes.get(row.size_class or "", 0.0)
            for row in offered
        ],
        dtype=np.float64,
    )
    share = volume / max(float(np.sort(volume).sum()), _ROUNDING)
    position = {row.warehouse: w for w, row in enumerate(offered)}
    hits = [
        (number[row.scenario], position[row.warehouse], 1.0 - row.usable_share)
        for row in case.scenario_damage
        if row.scenario in number and row.warehouse in position
    ]
    s = np.array([hit[0] for hit in hits], dtype=np.int64)
    w = np.array([hit[1] for hit in hits], dtype=np.int64)
    lost = np.array([hit[2] for hit in hits], dtype=np.float64)
    return _sums(s, place[w], share[w] * lost, (len(number), len(places)))


def _probability(scenarios: Iterable[Scenario]) -> Floats:
    """Probabilities, adding up to 1 without rounding."""
    found = np.array([row.probability for row in scenarios])
    return np.asarray(found / found.sum())


def _features(sample: _Sample) -> Floats:
    """Figures whose absolute differences add up to the distance, shape (scenario, feature)."""
    count = len(sample.scenarios)
    mean = float(_probability(sample.scenarios) @ sample.total)
    found = np.concatenate(
        [
            _PREFECTURE * sample.place_need,
            _PROVINCE * sample.item_need.reshape(count, -1),
            _WHOLE * sample.item_need.sum(axis=1),
            sample.roads,
            sample.late[:, None],
            mean * sample.storage,
        ],
        axis=1,
    )
    differs = np.ptp(found, axis=0) > 0.0
    return np.ascontiguousarray(found[:, differs])


def scenario_features(case: Case) -> tuple[tuple[Scenario, ...], Floats]:
    """Return the scenarios by code and what they are told apart by.

    Returns
    -------
    tuple
        Rows of the sample, and figures whose absolute differences add up to the distance,
        shape (scenario, feature). [weighted units]
    """
    sample = _sample(case)
    return sample.scenarios, _features(sample)


def _largest(values: Floats) -> int | None:
    """Position of the largest value, the first of several; None where nothing is above 0."""
    return int(np.argmax(values)) if len(values) and values.max() > 0.0 else None


def _extremes(case: Case, sample: _Sample) -> dict[int, list[str]]:
    """Scenarios that must stay, and why."""
    found: dict[int, list[str]] = {}

    def keep(values: Floats, reason: str) -> None:
        position = _largest(values)
        if position is not None:
            found.setdefault(position, []).append(reason)

    keep(sample.total, "largest need")
    for k, province in enumerate(sample.provinces):
        keep(sample.item_need[:, k].sum(axis=1), f"largest need of province {province}")
    for k, item in enumerate(sorted(row.item for row in case.items)):
        keep(sample.item_need[:, :, k].sum(axis=1), f"largest need of item {item}")
    hazards = np.array([row.hazard or "" for row in sample.scenarios])
    for hazard in sorted(set(hazards.tolist()) - {""}):
        keep(np.where(hazards == hazard, sample.total, 0.0), f"largest need of hazard {hazard}")
    return found


def _add_tail(case: Case, sample: _Sample, found: dict[int, list[str]], count: int) -> None:
    """Keep the scenarios of the tail, the largest needs first, as long as there are places."""
    settings = case.settings
    if settings.cvar_weight <= 0.0:
        return
    room = int(_TAIL_SHARE * (count - len(found)))
    probability = _probability(sample.scenarios)
    mass = 0.0
    for position in np.argsort(-sample.total, kind="stable").tolist():
        if mass >= 1.0 - settings.cvar_alpha - _ROUNDING:
            return
        mass += float(probability[position])
        if position in found:
            found[position].append("tail")
        elif room > 0:
            found[position] = ["tail"]
            room -= 1


def _refuse(value: int, message: str, hint: str) -> DataError:
    """Error about the setting."""
    return DataError(
        [
            Issue(
                code="reduce_to",
                severity="error",
                sheet="Settings",
                cell="",
                field="reduce_to",
                value=str(value),
                message=f"reduce_to ({value}) {message}",
                hint=hint,
            )
        ]
    )


def choose_scenarios(case: Case) -> ScenarioChoice:
    """Choose the scenarios that stand for the sample.

    Memory is 8 bytes x scenarios x scenarios for the distances.

    Parameters
    ----------
    case
        A case with ``reduce_to`` below its number of scenarios.

    Returns
    -------
    ScenarioChoice
        With the extremes among those kept.

    Raises
    ------
    DataError
        If ``reduce_to`` leaves no room for the extremes, or a rule must hold in every scenario.
    """
    count = case.settings.reduce_to
    if count is None:
        raise ValueError("the case asks for no reduction.")
    rules = ("min_served_share", "is_single_sourced", "n1_served_share")
    rule = next((name for name in rules if getattr(case.settings, name)), None)
    if rule is not None:
        message = f"does not go with {rule}, which must hold in every scenario."
        raise _refuse(count, message, f"Maybe leave reduce_to or {rule} empty.")
    sample = _sample(case)
    found = _extremes(case, sample)
    if count < len(found):
        message = f"must be >= {len(found)}, the number of scenarios that are an extreme."
        raise _refuse(
            count, message, f"Maybe set it to {max(len(found), 2 * count)} or leave it empty."
        )
    _add_tail(case, sample, found, count)
    fixed = np.array(sorted(found), dtype=np.int64)
    distances = pairwise_distances(_features(sample))
    reduction = reduce_sample(distances, _probability(sample.scenarios), fixed, count)
    reasons = {position: "; ".join(words) for position, words in found.items()}
    return ScenarioChoice(sample.scenarios, reduction, reasons)


def case_of(case: Case, scenarios: Iterable[Scenario]) -> Case:
    """Return the case with some scenarios only, and with their rows."""
    rows = tuple(scenarios)
    codes = {row.scenario for row in rows}
    need = [row for row in case.scenario_demand if row.scenario in codes]
    damage = [row for row in case.scenario_damage if row.scenario in codes]
    fewer = case.replace(Scenario, rows).replace(ScenarioDemand, need)
    return fewer.replace(ScenarioDamage, damage)


def reduced_case(case: Case, choice: ScenarioChoice) -> Case:
    """Return the case with the kept scenarios and their new probabilities."""
    after = choice.reduction.probability
    rows = [
        choice.scenarios[k].model_copy(update={"probability": float(after[k])})
        for k in choice.reduction.kept.tolist()
    ]
    return case_of(case, rows)

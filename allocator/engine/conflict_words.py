"""Hard rules in conflict, and changes that repair them, in the words of the sheets."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from allocator.engine.placement_data import PlacementProblem, promise_rows
from allocator.engine.repair_search import NEGLIGIBLE, LeastChange
from allocator.errors import Change
from allocator.schema.network import Coverage
from models.repair import Slack
from models.valuation import annual_cost_cny, one_off_cost_cny

__all__ = ["changes_of", "coverage_key", "limits_of", "rule_sentences"]

_BUDGETS = {
    "capital": ("capital_budget_cny", "CNY"),
    "annual": ("annual_budget_cny", "CNY/year"),
}

_SHARE_STEPS = 10_000
"""A minimum served share is proposed in steps of one ten-thousandth."""

_LEAST_UNITS = 1e-6
"""A reserve missing less than this is rounding of the solver. [units]"""

_LINES_PER_ROW = 6
"""So many districts of one promise are named in a conflict."""


def coverage_key(row: Coverage) -> str:
    """Return the key of a line of the Coverage sheet."""
    return f"{row.risk_level}|{row.item}|{row.target_hours:g}"


class _Names:
    """Codes with names, as a planner knows them."""

    def __init__(self, problem: PlacementProblem) -> None:
        self.problem, self.case = problem, problem.case
        self.promises = promise_rows(problem.case)

    def district(self, d: int) -> str:
        """District by its position."""
        row = self.case.districts[d]
        return f"district {row.district} {row.name}".strip()

    def warehouse(self, w: int) -> str:
        """Warehouse by its position among those of the problem."""
        row = self.problem.warehouses[w]
        return f"warehouse {row.warehouse} {row.name}".strip()

    def promise(self, c: int) -> str:
        """District, item and hours of a promise."""
        d, row = self.promises[c]
        return f"{self.district(d)}, item {row.item} within {row.target_hours:g} h"


def _amount(units: float) -> str:
    """Return a quantity as text, without needless digits."""
    return f"{round(units, 3):,.10g}" if units < 1e6 else f"{units:,.0f}"


# --- rules in conflict ------------------------------------------------------------------------


def rule_sentences(problem: PlacementProblem, rules: Sequence[Slack]) -> tuple[str, ...]:
    """Return one sentence for each rule of a conflict, long lists cut short.

    Parameters
    ----------
    problem
        The problem that the slacks belong to.
    rules
        Rules that cannot hold together.
    """
    names = _Names(problem)
    write: dict[str, Callable[[_Names, Slack], str]] = {
        "promises": _promise_sentence,
        "budgets": _budget_sentence,
        "reserves": _reserve_sentence,
        "floors": _floor_sentence,
        "closings": _closing_sentence,
    }
    by_row: dict[tuple[str, str], list[Slack]] = {}
    for rule in rules:
        line = coverage_key(names.promises[rule.key[0]][1]) if rule.family == "promises" else ""
        by_row.setdefault((rule.family, line), []).append(rule)
    sentences: list[str] = []
    for (family, _), group in by_row.items():
        sentences += [write[family](names, rule) for rule in group[:_LINES_PER_ROW]]
        if len(group) > _LINES_PER_ROW:
            sentences.append(f"... and {len(group) - _LINES_PER_ROW} more of these {family}")
    return tuple(sentences)


def _promise_sentence(names: _Names, rule: Slack) -> str:
    """A promise, and how much can ever lie within reach if that is too little."""
    c = int(rule.key[0])
    first = names.problem.data.first_stage
    required = float(first.coverage.required_units[c])
    most = _largest_reachable(names.problem, c)
    text = f"Coverage {coverage_key(names.promises[c][1])}: {names.promise(c)}"
    text += f": {_amount(required)} units promised"
    if most < required:
        near = int((first.coverage.reach_promise == c).sum())
        room = f"the {near} warehouses in reach have room for {_amount(most)} at most"
        text += f", but {room if near else 'no warehouse is in reach'}"
    return text


def _largest_reachable(problem: PlacementProblem, c: int) -> float:
    """Units within reach of a promise if money did not matter and nothing else were stored."""
    first = problem.data.first_stage
    coverage, item = first.coverage, int(first.coverage.item[c])
    near = coverage.reach_warehouse[coverage.reach_promise == c]
    volume = float(first.unit_volume_m3[item])
    room = np.zeros(first.warehouse_count)
    np.maximum.at(room, first.option_warehouse, first.option_volume_m3)
    own = near[first.is_decided[near]]
    if volume <= 0.0 and len(own):
        return math.inf
    fixed = float(first.today_units[near[~first.is_decided[near]], item].sum())
    return fixed + float(np.floor(room[own] / volume + 1e-9).sum()) if len(own) else fixed


def _budget_sentence(names: _Names, rule: Slack) -> str:
    """A budget as it stands."""
    field, unit = _BUDGETS[rule.key[0]]
    value = getattr(names.case.settings, field)
    return f"Settings {field}: {value:,.0f} {unit}"


def _reserve_sentence(names: _Names, rule: Slack) -> str:
    """A home reserve."""
    w, i = rule.key
    units = float(names.problem.data.first_stage.reserve_units[w, i])
    item = names.case.items[i].item
    return f"Stock home_reserve_units: {names.warehouse(w)}, item {item}: {_amount(units)} units"


def _floor_sentence(names: _Names, rule: Slack) -> str:
    """The minimum served share of a district in a scenario, and what can never reach it."""
    s, d = rule.key
    data = names.problem.data
    scenario = data.scenarios[s]
    weighted = data.weights(s)[d] * scenario.demand_units[d]
    reached = np.isfinite(scenario.band_hours[data.values.item_group][:, :, d]).any(axis=1)
    on_sale = np.isfinite(data.values.purchase_price_cny) & np.isfinite(
        scenario.purchase_band_hours
    )
    most = float(weighted[reached | (on_sale & (data.values.purchase_available_units > 0))].sum())
    share = data.risk.min_served_share
    text = f"Settings min_served_share: {names.district(int(scenario.district[d]))}, "
    text += f"scenario {names.case.scenarios[s].scenario}: {share:g} of its need"
    if most < share * float(weighted.sum()):
        text += f", but in time nothing reaches more than {most / float(weighted.sum()):.4g} of it"
    return text


def _closing_sentence(names: _Names, rule: Slack) -> str:
    """A warehouse that must stay."""
    w = int(names.problem.data.first_stage.option_warehouse[rule.key[0]])
    return f"Warehouses can_close: {names.warehouse(w)} must stay open"


# --- changes ------------------------------------------------------------------------------------


def changes_of(
    problem: PlacementProblem, slacks: Sequence[Slack], found: LeastChange
) -> tuple[Change, ...]:
    """Return the changes of the case under which the plan that was found is allowed.

    Parameters
    ----------
    problem
        The problem that the slacks belong to.
    slacks
        Slacks of the elastic model.
    found
        Their values, and the plan.
    """
    names = _Names(problem)
    used = [
        (slack, value)
        for slack, value in zip(slacks, found.slack, strict=True)
        if slack.worth * value > NEGLIGIBLE
    ]
    changes: list[Change] = []
    for slack, value in used:
        if slack.family == "budgets":
            changes.append(_budget_change(names, slack, found))
        elif slack.family == "share":
            changes.append(_share_change(names, value))
        elif slack.family == "reserves":
            changes += _reserve_changes(names, slack, value)
        elif slack.family == "closings" and value > 0.5:
            changes.append(_closing_change(names, slack))
    short = [int(slack.key[0]) for slack, _ in used if slack.family == "promises"]
    return (*changes, *_promise_changes(names, short, found))


def limits_of(
    problem: PlacementProblem, slacks: Sequence[Slack], found: LeastChange
) -> tuple[str, ...]:
    """Return what can be promised at most to each district whose promise cannot be kept."""
    names = _Names(problem)
    return tuple(
        f"{names.promise(c)}: at most {_amount(kept)} of {_amount(required)} units can be promised"
        for slack, value in zip(slacks, found.slack, strict=True)
        if slack.family == "promises" and slack.worth * value > NEGLIGIBLE
        for c in [int(slack.key[0])]
        for kept, required in [_kept(problem, c, found)]
    )


def _kept(problem: PlacementProblem, c: int, found: LeastChange) -> tuple[float, float]:
    """Units within reach of a promise under the plan, and units promised."""
    coverage = problem.data.first_stage.coverage
    reachable = coverage.reachable_units(found.first_stage.stock_units)
    return math.floor(reachable[c] * 1e3 + 1e-3) / 1e3, float(coverage.required_units[c])


def _budget_change(names: _Names, slack: Slack, found: LeastChange) -> Change:
    """A larger budget, in whole CNY."""
    field, unit = _BUDGETS[slack.key[0]]
    cost = one_off_cost_cny if slack.key[0] == "capital" else annual_cost_cny
    needed = math.ceil(cost(names.problem.data, found.first_stage) - 1e-3)
    today = getattr(names.case.settings, field)
    return Change(
        "Settings",
        "",
        field,
        f"{today:.15g}",
        str(needed),
        f"raise Settings {field} from {today:,.0f} to {needed:,.0f} {unit}",
    )


def _share_change(names: _Names, cut: float) -> Change:
    """A smaller minimum served share."""
    today = names.problem.data.risk.min_served_share
    most = math.floor((today - cut) * _SHARE_STEPS + 1e-3) / _SHARE_STEPS
    message = f"lower Settings min_served_share from {today:g} to at most {most:g}"
    return Change("Settings", "", "min_served_share", f"{today:g}", f"{most:g}", message)


def _reserve_changes(names: _Names, slack: Slack, missing: float) -> Iterator[Change]:
    """Smaller home reserves of a warehouse and item, the last lots first."""
    w, i = slack.key
    code, item = names.problem.warehouses[w].warehouse, names.case.items[i].item
    lots = [row for row in names.case.stock if (row.warehouse, row.item) == (code, item)]
    for lot in reversed(lots):
        taken = min(missing, lot.home_reserve_units)
        if taken <= _LEAST_UNITS:
            continue
        missing -= taken
        today = lot.home_reserve_units
        most = math.floor((today - taken) * 1e3 + 1e-3) / 1e3
        yield Change(
            "Stock",
            f"{code}|{item}|{lot.lot}",
            "home_reserve_units",
            f"{today:.15g}",
            f"{most:.15g}",
            f"lower Stock home_reserve_units of {names.warehouse(w)}, item {item}, lot {lot.lot} "
            f"from {_amount(today)} to at most {_amount(most)} units",
        )


def _closing_change(names: _Names, slack: Slack) -> Change:
    """A warehouse that may close."""
    w = int(names.problem.data.first_stage.option_warehouse[slack.key[0]])
    message = f"let {names.warehouse(w)} close (Warehouses can_close yes)"
    code = names.problem.warehouses[w].warehouse
    return Change("Warehouses", code, "can_close", "no", "yes", message)


def _promise_changes(names: _Names, short: list[int], found: LeastChange) -> Iterator[Change]:
    """Lines of the Coverage sheet lowered to what all their districts can be given."""
    by_line: dict[str, list[int]] = {}
    for c in short:
        by_line.setdefault(coverage_key(names.promises[c][1]), []).append(c)
    for key, group in by_line.items():
        row = names.promises[group[0]][1]
        rates = [
            _kept(names.problem, c, found)[0]
            / names.case.districts[names.promises[c][0]].population_people
            for c in group
        ]
        rate = math.floor(1000.0 * min(rates) * 1e6) / 1e6
        today = row.units_per_1000_people
        if rate > 0.0:
            message = (
                f"lower Coverage {key} units_per_1000_people from {today:g} to at most {rate:g}"
            )
            yield Change(
                "Coverage", key, "units_per_1000_people", f"{today:.15g}", f"{rate:.15g}", message
            )
            continue
        price = names.case.items[names.case.item_index()[row.item]].price_cny
        message = (
            f"give Coverage {key} a shortfall_cost_cny, for instance the item's price of "
            f"{price:g} CNY: to some of its districts nothing can be promised"
        )
        yield Change("Coverage", key, "shortfall_cost_cny", "", f"{price:.15g}", message)

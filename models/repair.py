"""The search for the smallest change that makes hard rules possible.

Every hard rule gets a slack in its own units. A family of slacks that is not loosened is held at
nil, so that the same model also answers whether some rules contradict each other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from models.flows import flow_index
from models.parts.budgets import MILLION
from models.parts.home_reserve import add_abroad_limit
from models.parts.linear import linear
from models.parts.pooled_flows import add_pooled_flows
from models.parts.recourse_flows import add_recourse_flows
from models.parts.single_sourcing import add_single_sourcing
from models.placement import add_first_stage
from models.placement_data import PlacementData

__all__ = [
    "FAMILIES",
    "Family",
    "Slack",
    "aim_at_stock",
    "build_repair",
    "hold_choice",
    "keep_near",
    "loosen",
    "set_aim",
]

Family = Literal["promises", "budgets", "reserves", "share", "floors", "closings"]
"""Rules of one kind.

``share`` loosens the minimum served share for all districts alike, ``floors`` that of single
districts in single scenarios; ``closings`` lets warehouses close that must stay.
"""

FAMILIES: tuple[Family, ...] = get_args(Family)

Need = tuple[int, int, int]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_WHOLE = 1e-6
"""Stock so close below a whole number is meant to be that number. [units]"""


@dataclass(frozen=True)
class Slack:
    """By how much one hard rule is loosened.

    Parameters
    ----------
    family
        Kind of the rule.
    key
        Promise; budget; warehouse and item; nothing; scenario and district; option.
    variable
        The slack in the rule's own unit, except budgets, in million CNY.
    worth
        What one unit of it counts for. [million CNY]
    most
        Largest value that has a meaning, > 0.
    """

    family: Family
    key: tuple[Any, ...]
    variable: Any
    worth: float
    most: float | None = None


def build_repair(
    data: PlacementData, extra_closings: Collection[int] = (), *, whole: bool = True
) -> tuple[pyo.ConcreteModel, tuple[Slack, ...]]:
    """Build the first stage, and what it can serve, with a slack on every hard rule.

    Parameters
    ----------
    data
        The placement problem.
    extra_closings
        Options that are not allowed, only offered as a repair.
    whole
        Whether stock is in whole units where the data ask for it.

    Returns
    -------
    tuple
        The model without an aim, and its slacks, all held at nil.
    """
    first = data.first_stage
    model = pyo.ConcreteModel()
    add_first_stage(model, data, whole=whole)
    worth = [max(price, 1.0) / MILLION for price in first.price_cny.tolist()]
    slacks = [
        Slack("promises", (c,), variable, worth[int(first.coverage.item[c])])
        for c, variable in model.shortfall_units.items()
        if first.coverage.is_hard[c]
    ]
    has_budget = {
        "capital": np.isfinite(first.capital_budget_cny),
        "annual": np.isfinite(first.annual_budget_cny),
    }
    slacks += [
        Slack("budgets", (name,), variable, 1.0)
        for name, variable in model.budget_excess.items()
        if has_budget[name]
    ]
    slacks += [
        Slack("reserves", (w, i), variable, worth[i], float(first.reserve_units[w, i]))
        for (w, i), variable in model.reserve_missing.items()
    ]
    slacks += [
        Slack("closings", (o,), model.choose_option[o], 1.0, 1.0) for o in sorted(extra_closings)
    ]
    if data.risk.min_served_share > 0.0:
        slacks += _add_floor(model, data)
    loosen(slacks, ())
    return model, tuple(slacks)


def _add_floor(model: pyo.ConcreteModel, data: PlacementData) -> list[Slack]:
    """Add the recourse as far as the served-share floor needs it, and the floor with its slacks.

    ``sum_i weight x unmet_units - floor_missing[s,d] <= (1 - min_served_share + share_cut) x
    sum_i weight x demand_units``.
    """
    unmet = _add_recourse(model, data)
    places: dict[tuple[int, int], list[int]] = {}
    for s, d, i in unmet:
        places.setdefault((s, d), []).append(i)
    model.share_cut = pyo.Var(domain=pyo.NonNegativeReals)
    model.floor_missing = pyo.Var(list(places), domain=pyo.NonNegativeReals)

    def served_share_floor(model: pyo.ConcreteModel, s: int, d: int) -> object:
        weight = data.weights(s)[d]
        whole = float(weight @ data.scenarios[s].demand_units[d])
        coefficients = [float(weight[i]) for i in places[s, d]]
        variables = [unmet[s, d, i] for i in places[s, d]]
        return (
            linear(
                [*coefficients, -1.0, -whole],
                [*variables, model.floor_missing[s, d], model.share_cut],
            )
            <= (1.0 - data.risk.min_served_share) * whole
        )

    model.served_share_floor = pyo.Constraint(list(places), rule=served_share_floor)
    price = np.maximum(data.first_stage.price_cny, 1.0) / MILLION
    need = sum(
        scenario.probability * float(scenario.demand_units.sum(axis=0) @ price)
        for scenario in data.scenarios
    )
    slacks = [Slack("share", (), model.share_cut, need, data.risk.min_served_share)]
    for (s, d), variable in model.floor_missing.items():
        weight, demand = data.weights(s)[d], data.scenarios[s].demand_units[d]
        worth = float(demand @ price) / max(float(weight @ demand), 1e-9)
        slacks.append(Slack("floors", (s, d), variable, worth))
    return slacks


def _add_recourse(model: pyo.ConcreteModel, data: PlacementData) -> dict[Need, Any]:
    """Add the flows; return the unmet units by scenario, district and item."""
    if not data.risk.is_single_sourced:
        add_pooled_flows(model, data)
        return dict(model.unmet_units.items())
    flows = flow_index(data)
    add_recourse_flows(model, data, flows)
    add_abroad_limit(model, data, flows)
    add_single_sourcing(model, data, flows)
    return {
        (s, d, i): model.unmet_units[n]
        for n, (s, d, i) in enumerate(
            zip(
                flows.need_scenario.tolist(),
                flows.need_district.tolist(),
                flows.need_item.tolist(),
                strict=True,
            )
        )
    }


def loosen(slacks: Iterable[Slack], wanted: Collection[Family] | Callable[[Slack], bool]) -> None:
    """Free some slacks and hold the others at nil.

    Parameters
    ----------
    slacks
        All slacks of a model.
    wanted
        Families to free, or a test of single slacks.
    """
    for slack in slacks:
        is_free = wanted(slack) if callable(wanted) else slack.family in wanted
        slack.variable.setub(slack.most if is_free else 0.0)


def set_aim(
    model: pyo.ConcreteModel,
    slacks: Sequence[Slack],
    aim: Collection[Family],
    kept: Collection[Family] = (),
    most: float = 0.0,
) -> None:
    """Minimise the worth of some families of slacks, that of others being limited.

    Parameters
    ----------
    model
        As built by ``build_repair``.
    slacks
        Its slacks.
    aim
        Families whose worth is minimised; none for any plan.
    kept, most
        Families whose worth is limited, and to how much. [million CNY]
    """
    _drop_aim(model)
    counted = [slack for slack in slacks if slack.family in aim]
    model.aim = pyo.Objective(
        expr=linear([s.worth for s in counted], [s.variable for s in counted]) if counted else 0.0
    )
    limited = [slack for slack in slacks if slack.family in kept]
    if limited:
        total = linear([s.worth for s in limited], [s.variable for s in limited])
        model.worth_limit = pyo.Constraint(expr=total <= most)


def hold_choice(model: pyo.ConcreteModel, data: PlacementData, option: Integers) -> None:
    """Fix what becomes of each warehouse.

    Parameters
    ----------
    model
        As built by ``build_repair``.
    data
        The placement problem.
    option
        Option of each warehouse, shape (warehouse,).
    """
    chosen = set(option.tolist())
    for o, variable in model.choose_option.items():
        if len(data.first_stage.options_of[int(data.first_stage.option_warehouse[o])]) > 1:
            variable.fix(1 if o in chosen else 0)


def keep_near(
    model: pyo.ConcreteModel, data: PlacementData, stock_units: Floats, steps: int | None
) -> None:
    """Let whole stock differ from a plan by less than so many units; None for any whole stock.

    Parameters
    ----------
    model
        As built by ``build_repair``.
    data
        The placement problem.
    stock_units
        Shape (warehouse, item). [units]
    steps
        How far up or down the stock may go from the whole number below it, plus one up. [units]
    """
    least = np.floor(stock_units + _WHOLE)
    for (w, i), variable in model.stock_units.items():
        if data.first_stage.is_decided[w]:
            variable.setlb(0.0 if steps is None else max(0.0, float(least[w, i]) - steps))
            variable.setub(None if steps is None else float(least[w, i]) + 1.0 + steps)


def aim_at_stock(model: pyo.ConcreteModel, data: PlacementData, stock_units: Floats) -> None:
    """Minimise the volume by which stock differs from a plan.

    Adds ``stock_change[w,i] >= |stock_units - the plan's|``.

    Parameters
    ----------
    model
        As built by ``build_repair``.
    data
        The placement problem.
    stock_units
        Shape (warehouse, item). [units]
    """
    _drop_aim(model)
    size = np.maximum(data.first_stage.unit_volume_m3, 1e-6)
    pairs = [(w, i) for w, i in model.stock_units if data.first_stage.is_decided[w]]
    model.stock_change = pyo.Var(pairs, domain=pyo.NonNegativeReals)

    def less(model: pyo.ConcreteModel, w: int, i: int) -> object:
        pair = [model.stock_change[w, i], model.stock_units[w, i]]
        return linear([1.0, 1.0], pair) >= float(stock_units[w, i])

    def more(model: pyo.ConcreteModel, w: int, i: int) -> object:
        pair = [model.stock_change[w, i], model.stock_units[w, i]]
        return linear([1.0, -1.0], pair) >= -float(stock_units[w, i])

    model.stock_less = pyo.Constraint(pairs, rule=less)
    model.stock_more = pyo.Constraint(pairs, rule=more)
    cost = [float(size[i]) for _, i in pairs]
    model.aim = pyo.Objective(expr=linear(cost, [model.stock_change[pair] for pair in pairs]))


def _drop_aim(model: pyo.ConcreteModel) -> None:
    """Take the last aim away."""
    for name in ("aim", "worth_limit"):
        if model.component(name) is not None:
            model.del_component(name)

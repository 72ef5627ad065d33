"""Promised stock within reach of a district. Needs stock_balance."""

from __future__ import annotations

import pyomo.environ as pyo

from models.parts.linear import grouped, linear
from models.placement_data import PlacementData

__all__ = ["add_coverage"]


def add_coverage(model: pyo.ConcreteModel, data: PlacementData) -> None:
    """Add ``shortfall_units[c]`` and ``promise_kept[c]``.

    ``sum of stock_units[w,i] within reach of promise c + shortfall_units[c] >= required_units[c]``
    (Balcik and Beamon 2008, coverage within response times). Where the promise is hard the
    shortfall is nil; the search for a repair lets it grow. Promises that stock beyond our decision
    keeps already are left out.

    Parameters
    ----------
    model
        Gets the components.
    data
        The placement problem.
    """
    first, coverage = data.first_stage, data.first_stage.coverage
    count = len(coverage.district)
    reach = [coverage.reach_warehouse[k] for k in grouped(coverage.reach_promise, count)]
    fixed = [
        float(first.today_units[near[~first.is_decided[near]], coverage.item[c]].sum())
        for c, near in enumerate(reach)
    ]
    open_promises = [c for c in range(count) if fixed[c] < coverage.required_units[c]]
    model.shortfall_units = pyo.Var(open_promises, domain=pyo.NonNegativeReals)
    for c in open_promises:
        if coverage.is_hard[c]:
            model.shortfall_units[c].setub(0)

    def promise_kept(model: pyo.ConcreteModel, c: int) -> object:
        item = int(coverage.item[c])
        near = reach[c]
        stock = [model.stock_units[w, item] for w in near[first.is_decided[near]].tolist()]
        missing = float(coverage.required_units[c]) - fixed[c]
        variables = [*stock, model.shortfall_units[c]]
        return linear([1.0] * len(variables), variables) >= missing

    model.promise_kept = pyo.Constraint(open_promises, rule=promise_kept)

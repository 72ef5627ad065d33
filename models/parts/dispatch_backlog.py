"""Which need each arrival serves, what stays unmet, and how long it all waits.

The integral of the backlog ``max(0, arisen - delivered)`` is the least total waiting over all
ways to match arrivals with needs, since the waiting of a pair, ``max(0, arrival - from_hours)``, is
a convex function of their distance (matching in the order of time is best). Needs dispatch_trips.
"""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from models.dispatch_data import DispatchData, unmet_hours
from models.dispatch_index import DispatchIndex
from models.parts.linear import grouped, linear

__all__ = ["add_backlog"]


def add_backlog(model: pyo.ConcreteModel, data: DispatchData, index: DispatchIndex) -> None:
    """Add ``serve_units[k]``, ``unmet_units[n]``, their balances and ``wait_unit_hours[n]``.

    ``sum serve_units = sum load_units`` for each departure and item;
    ``sum serve_units + unmet_units = need_units`` for each need, so that no more than the need is
    delivered; ``wait_unit_hours = sum (arrival - from_hours) x serve_units + (deadline -
    from_hours) x unmet_units``, differences below zero being zero.

    Parameters
    ----------
    model
        Gets the components.
    data
        The dispatch problem.
    index
        Slots, loads and services.
    """
    table = index.table
    needs = range(data.need_count)
    model.serve_units = pyo.Var(range(len(index.serve_trip)), domain=pyo.NonNegativeReals)
    model.unmet_units = pyo.Var(needs, domain=pyo.NonNegativeReals)
    _add_unloading(model, data, index)
    serving = grouped(index.serve_need, data.need_count)

    def need_balance(model: pyo.ConcreteModel, n: int) -> object:
        parts = [model.serve_units[int(k)] for k in serving[n]]
        parts.append(model.unmet_units[n])
        return linear([1.0] * len(parts), parts) == float(data.need_units[n])

    model.need_balance = pyo.Constraint(needs, rule=need_balance)
    wait = table.unload_end_hours[index.serve_trip] - data.need_from_hours[index.serve_need]
    wait = np.maximum(wait, 0.0)
    never = unmet_hours(data)

    def wait_unit_hours(model: pyo.ConcreteModel, n: int) -> object:
        services = serving[n].tolist()
        parts = [model.serve_units[k] for k in services]
        hours = [*wait[services].tolist(), float(never[n])]
        return linear(hours, [*parts, model.unmet_units[n]])

    model.wait_unit_hours = pyo.Expression(needs, rule=wait_unit_hours)


def _add_unloading(model: pyo.ConcreteModel, data: DispatchData, index: DispatchIndex) -> None:
    """Add ``unloading[t,i]``: what is on board serves some need, unless it goes to a hub."""
    count = data.item_count
    unloaded = np.flatnonzero(data.lane_hub[index.table.lane[index.slot_trip[index.load_slot]]] < 0)
    loaded = index.slot_trip[index.load_slot[unloaded]] * count + index.load_item[unloaded]
    served = index.serve_trip * count + data.need_item[index.serve_need]
    keys, group = np.unique(np.concatenate([loaded, served]), return_inverse=True)
    group = group.reshape(-1)
    loads = grouped(group[: len(loaded)], len(keys))
    serves = grouped(group[len(loaded) :], len(keys))
    named = {divmod(int(key), count): n for n, key in enumerate(keys)}

    def unloading(model: pyo.ConcreteModel, t: int, i: int) -> object:
        n = named[t, i]
        carried = [model.load_units[int(k)] for k in unloaded[loads[n]]]
        used = [model.serve_units[int(k)] for k in serves[n]]
        coefficients = [1.0] * len(used) + [-1.0] * len(carried)
        return linear(coefficients, [*used, *carried]) == 0

    model.unloading = pyo.Constraint(list(named), rule=unloading)

"""What must be served although part of the network is lost. Needs size_choice, home_reserve."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from models.losses import data_under_loss
from models.parts.linear import linear
from models.parts.pooled_flows import add_pooled_flows
from models.placement_data import PlacementData

__all__ = ["add_loss_promise"]


def add_loss_promise(model: pyo.ConcreteModel, data: PlacementData) -> None:
    """Add ``under_loss`` with flows of its own for every contingency, and ``promise_held[k]``.

    ``sum weight x unmet_units[k] <= (1 - least_share[k]) x sum weight x demand_units``. Only the
    amounts that arrive matter under a loss, so its flows are pooled.

    Parameters
    ----------
    model
        Gets the block.
    data
        The placement problem.
    """
    if not data.contingencies:
        return
    model.under_loss = pyo.Block()
    lossy = data_under_loss(data, data.contingencies)
    add_pooled_flows(model, lossy, model.under_loss)

    def promise_held(block: Any, k: int) -> object:
        demand, weight = lossy.scenarios[k].demand_units, lossy.weights(k)
        needs = np.argwhere(demand > 0).tolist()
        unmet = [block.unmet_units[k, d, i] for d, i in needs]
        share = 1.0 - data.contingencies[k].least_share
        limit = share * float((weight * demand).sum())
        return linear([float(weight[d, i]) for d, i in needs], unmet) <= limit

    count = len(data.contingencies)
    model.under_loss.promise_held = pyo.Constraint(range(count), rule=promise_held)

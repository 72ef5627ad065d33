"""Which warehouses are open, and how many: the part that every location question shares.

``open_warehouse[w]`` is 1 where warehouse ``w`` is open.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from models.location_data import LocationData

__all__ = ["add_open_warehouse", "add_warehouse_count"]


def add_open_warehouse(model: pyo.ConcreteModel, data: LocationData) -> list[Any]:
    """Add ``open_warehouse[w]`` in {0, 1} for warehouses that may open; 1 where they must.

    Returns
    -------
    list
        The variable of each warehouse, None for those fixed closed.
    """
    allowed = np.flatnonzero(data.allowed).tolist()
    model.open_warehouse = pyo.Var(allowed, domain=pyo.Binary)
    for warehouse in np.flatnonzero(data.fixed_open).tolist():
        model.open_warehouse[warehouse].fix(1)
    variables: list[Any] = [None] * data.warehouse_count
    for warehouse, variable in model.open_warehouse.items():
        variables[warehouse] = variable
    return variables


def add_warehouse_count(model: pyo.ConcreteModel, count: int) -> None:
    """Add ``sum_w open_warehouse[w] = count`` (the p of p-median, p-center and MCLP).

    Source: Hakimi, Operations Research 12 (1964) 450-459.
    """
    model.warehouse_count = pyo.Constraint(
        expr=(count, pyo.quicksum(model.open_warehouse.values()), count)
    )

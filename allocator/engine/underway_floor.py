"""Waiting that no re-plan avoids: what has left comes as it does, all else as early as can be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_data import DispatchInputs, receiving_there
from allocator.engine.dispatch_floor import first_hours
from allocator.engine.dispatch_legs import released, without_legs
from allocator.engine.dispatch_periods import period_after
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from allocator.engine.residual_needs import backlog_unit_hours
from allocator.engine.underway import Underway
from allocator.travel import fleet_counts
from models.dispatch_data import by_hour

__all__ = ["underway_floor"]

Floats = NDArray[np.float64]


def underway_floor(inputs: DispatchInputs, least_unmet: float) -> float:
    """Return the waiting that is left however the open trips are planned.

    Parameters
    ----------
    inputs
        The scenario, with what has left before.
    least_unmet
        Need that no plan can meet, proven: it waits until the deadline, and counts where that adds
        least. [weighted units]

    Returns
    -------
    float
        Lower bound of the stage ``waiting``. [weighted unit-hours]

    Raises
    ------
    ValueError
        If nothing has left before.
    """
    before = inputs.before
    if before is None:
        raise ValueError("a floor of what is under way needs to know what has left")
    deadline, first = inputs.data.deadline_hours, _first_hours(inputs, before)
    total, choices = 0.0, []
    for pair, pulses in inputs.pulses.items():
        weight, earliest = float(inputs.weight[pair]), float(min(first[pair], deadline))
        coming = before.coming.get(pair, ())
        total += weight * backlog_unit_hours(
            [(hour, units) for hour, units in pulses if hour < earliest],
            [(hour, units) for hour, units in coming if hour < earliest],
            earliest,
        )
        left = sum(units for _, units in pulses) - sum(units for _, units in coming)
        added = deadline - max(earliest, *(hour for hour, _ in pulses))
        choices.append((max(0.0, added), weight * max(0.0, left)))
    for added, weighted in sorted(choices):
        taken = min(weighted, max(0.0, least_unmet))
        total += taken * added
        least_unmet -= taken
    return total


def _first_hours(inputs: DispatchInputs, before: Underway) -> Floats:
    """Earliest end of unloading of what starts from now on, infinite for none.

    Vehicles that are out count as if they were there. Shape (case district, item). [h]
    """
    data = inputs.data
    counts, available = fleet_counts(inputs.case)
    periods = np.arange(data.period_count) * data.period_hours
    is_there = periods >= np.maximum(available, 0.0)[..., None] - 1e-6
    is_there[:, :, : period_after(before.at_hours)] = False
    vehicles = np.where(is_there, counts[..., None], 0.0)[inputs.warehouse]
    docks = np.where(data.docks_by_period > 0, np.inf, 0.0)
    given = by_hour(receiving_there(inputs.case, inputs.scenario), 1, data.receive_count)
    receive = np.where(given > 0, np.inf, 0.0)[inputs.district]
    receive = np.concatenate([receive, np.full((data.hub_count, data.receive_count), np.inf)])
    free = replace(
        data, vehicles_count=vehicles, docks=docks, receive_m3_per_hour=receive, convoys=None
    )
    if free.hub_count:
        free = without_legs(released(free))
    problem: DispatchProblem = dispatch_problem(free)
    first = np.full((len(inputs.case.districts), data.item_count), np.inf)
    np.minimum.at(first, inputs.district[free.lane_district], first_hours(problem))
    return first

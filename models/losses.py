"""Scenarios as a loss leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.contingency import Contingency
from models.placement_data import PlacementData, ScenarioData

__all__ = ["data_under_loss", "scenario_under_loss"]


def scenario_under_loss(scenario: ScenarioData, contingency: Contingency) -> ScenarioData:
    """Return a scenario in which nothing of the lost stock is usable and lost lanes do not exist.

    Parameters
    ----------
    scenario
        The scenario of the contingency.
    contingency
        What is lost.
    """
    band = scenario.band_hours
    if contingency.closed.any():
        band = np.where(contingency.closed[None, :, :], np.inf, band)
    return replace(
        scenario,
        usable_share=np.where(contingency.lost, 0.0, scenario.usable_share),
        band_hours=band,
    )


def data_under_loss(data: PlacementData, contingencies: Sequence[Contingency]) -> PlacementData:
    """Return the placement problem with the contingencies in the place of the scenarios.

    Parameters
    ----------
    data
        The placement problem.
    contingencies
        The losses; scenario ``k`` of the result is contingency ``k``.
    """
    scenarios = tuple(scenario_under_loss(data.scenarios[c.scenario], c) for c in contingencies)
    return replace(data, scenarios=scenarios, contingencies=())

"""What the recourse tells the master: answers of blocks, and the cuts their prices prove."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.placement_data import Criterion, PlacementData
from models.recourse import UnitValues
from models.recourse_cut import recourse_cut
from models.recourse_network import RecourseNetwork

__all__ = ["BlockAnswer", "BlockCut", "block_cut", "full_units"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BlockCut:
    """``sum weights x block_value >= constant - stock @ stock_units + open @ open_warehouse``.

    Parameters
    ----------
    block
        Position of the block.
    items
        Items of the block.
    weights
        By criterion, >= 0, in scaled values.
    constant
        Scaled value.
    stock
        By item of the block, shape (item of block, warehouse), >= 0.
    open
        Shape (warehouse,).
    """

    block: int
    items: tuple[int, ...]
    weights: Mapping[Criterion, float]
    constant: float
    stock: Floats
    open: Floats

    def least(self, stock_units: Floats, is_open: Floats) -> float:
        """Bound at a first stage, scaled.

        Parameters
        ----------
        stock_units
            Shape (warehouse, item). [units]
        is_open
            Shape (warehouse,).
        """
        held = sum(
            float(row @ stock_units[:, item])
            for row, item in zip(self.stock, self.items, strict=True)
        )
        return self.constant - held + float(self.open @ is_open)


@dataclass(frozen=True)
class BlockAnswer:
    """Best recourse of a block at a first stage.

    Parameters
    ----------
    values
        Scaled value by criterion, shape (criterion,).
    need_prices
        Prices by network of the block, each of shape (sink,).
    floor_prices
        Prices of the served-share floor, shape (district,); empty without a floor.
    """

    values: Floats
    need_prices: tuple[Floats, ...]
    floor_prices: Floats


def block_cut(
    data: PlacementData,
    networks: Sequence[RecourseNetwork],
    values: Sequence[UnitValues],
    answer: BlockAnswer,
    *,
    block: int,
    weights: Mapping[Criterion, float],
    floor_rate: float,
    full_units: Floats,
) -> BlockCut:
    """Return the bound that the prices of an answer prove.

    Parameters
    ----------
    data
        The placement problem.
    networks
        Networks of the block.
    values
        Combined unit values of each network under the weights, scaled.
    answer
        Answer of the block.
    block
        Its position.
    weights
        Weights of the criteria.
    floor_rate
        Value of a weighted unit that is missing to the floor, scaled.
    full_units
        Stock of a warehouse if it were open, at which the cut shall be tight,
        shape (warehouse, item). [units]
    """
    scenario = networks[0].scenario
    disaster, weight = data.scenarios[scenario], data.weights(scenario)
    floor = np.minimum(answer.floor_prices, floor_rate)
    constant, stock = 0.0, []
    opened = np.zeros(data.first_stage.warehouse_count)
    if len(floor):
        need = (weight * disaster.demand_units).sum(axis=1)
        constant -= float(floor @ need) * (1.0 - data.risk.min_served_share)
    for network, worth, prices in zip(networks, values, answer.need_prices, strict=True):
        raised = worth.unmet
        if len(floor):
            raised = raised + (floor * weight[:, network.item])[network.sink_district]
        part = recourse_cut(
            data.first_stage,
            network,
            UnitValues(worth.ship, worth.purchase, raised),
            prices,
            disaster.usable_share * full_units[:, network.item],
        )
        constant += part.constant
        stock.append(part.stock)
        opened += part.open
    items = tuple(network.item for network in networks)
    return BlockCut(block, items, dict(weights), constant, np.array(stock), opened)


def full_units(stock_units: Floats, is_open: Floats) -> Floats:
    """Stock of each warehouse if it were open, shape (warehouse, item). [units]

    That of the first stage for what is open in part; the mean of what is open elsewhere.

    Parameters
    ----------
    stock_units
        Shape (warehouse, item). [units]
    is_open
        Shape (warehouse,), 0 to 1.
    """
    part = is_open[:, None]
    mean = stock_units.sum(axis=0) / max(float(part.sum()), 1.0)
    return np.where(part > 1e-6, stock_units / np.maximum(part, 1e-6), mean)

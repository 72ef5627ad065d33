"""The least weighted unmet need of one item in a scenario in closed form, for any stock.

Where nothing but amounts matters, a group of districts is short of its need less all that reaches
it, and the largest shortage of any group is what must stay unmet (Gale 1957). Of districts with
different weights the heavier ones are served first, which costs the lighter ones only what must be
(what can be served is a polymatroid: Megiddo 1974, Edmonds 1970). Reach sets are nearly nested, by
distance, so that few groups are worth a look: unions of districts with all that adds no supply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.recourse_network import RecourseNetwork

__all__ = ["MOST_GROUPS", "GroupShortage", "ItemShortage", "item_shortage"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_GROUPS = 2000
"""With more groups of districts than so many linear programs are quicker."""


@dataclass(frozen=True)
class GroupShortage:
    """Shortages of the groups of districts that count with one step of the weights.

    Parameters
    ----------
    step
        What the shortage counts for: a weight less the next smaller one, > 0.
        [weighted units/unit]
    need_units
        Need of the group less all that can be bought, shape (group,). [units]
    member
        Whether the sink belongs to the group, shape (group, sink).
    takes_all, takes_free
        Whether all usable stock of the warehouse can go to the group, and whether only what is
        free to leave its province can, shape (group, warehouse); never both.
    """

    step: float
    need_units: Floats
    member: Flags
    takes_all: Flags
    takes_free: Flags


@dataclass(frozen=True)
class ItemShortage:
    """The unmet need of one item: ``sum of step x max(0, largest shortage of a group)``.

    Parameters
    ----------
    network
        The recourse.
    steps
        By step of the weights, the heaviest districts first.
    """

    network: RecourseNetwork
    steps: tuple[GroupShortage, ...]

    def unmet(self, stock_units: Floats, is_open: Floats, lost: Flags) -> tuple[float, Floats]:
        """Least weighted unmet need without a loss and under losses of stock.

        Parameters
        ----------
        stock_units
            Of the item, shape (warehouse,), >= 0. [units]
        is_open
            Shape (warehouse,), 0 to 1.
        lost
            Whether the stock of the warehouse is lost, shape (loss, warehouse).

        Returns
        -------
        tuple
            One value, and one by loss, shape (loss,). [weighted units]
        """
        whole, after = 0.0, np.zeros(len(lost))
        for own, supply in zip(self.steps, self._supplies(stock_units, is_open), strict=True):
            short = own.need_units - supply.sum(axis=1)
            whole += own.step * max(0.0, float(short.max()))
            most = (short + lost @ supply.T).max(axis=1)
            after += own.step * np.maximum(most, 0.0)
        return whole, after

    def need_prices(self, stock_units: Floats, is_open: Floats) -> Floats:
        """Prices of need that prove the unmet need, shape (sink,). [weighted units/unit]

        Parameters
        ----------
        stock_units, is_open
            As in ``unmet``.
        """
        prices = np.zeros(len(self.network.sink_units))
        for own, supply in zip(self.steps, self._supplies(stock_units, is_open), strict=True):
            short = own.need_units - supply.sum(axis=1)
            worst = int(np.argmax(short))
            if short[worst] > 0.0:
                prices += own.step * own.member[worst]
        return prices

    def _supplies(self, stock_units: Floats, is_open: Floats) -> list[Floats]:
        """What warehouses can send to groups by step, shape (group, warehouse). [units]"""
        network = self.network
        usable = network.usable_share * np.maximum(stock_units, 0.0)
        kept = network.usable_share * network.reserve_units * is_open
        free = np.maximum(usable - kept, 0.0)
        return [own.takes_all * usable + own.takes_free * free for own in self.steps]


def item_shortage(network: RecourseNetwork, most_groups: int = MOST_GROUPS) -> ItemShortage | None:
    """Return the unmet need of an item in closed form; None if there are too many groups.

    Parameters
    ----------
    network
        The recourse, valued by ``unmet`` alone.
    most_groups
        Groups of districts that are too many.
    """
    values = network.values["unmet"]
    reach = np.isfinite(values.ship)
    limited = network.is_abroad & network.holds_back[:, None]
    # A source that holds back and has no need at home has its free stock only.
    limited = reach & (limited | (network.holds_back & ~network.has_home)[:, None])
    home = reach & ~limited
    weights = np.unique(values.unmet)[::-1]
    steps = []
    for weight, lower in zip(weights.tolist(), [*weights[1:].tolist(), 0.0], strict=True):
        sinks = np.flatnonzero(values.unmet >= weight)
        groups = _closed_groups(home[:, sinks], reach[:, sinks], most_groups)
        if groups is None:
            return None
        if weight > lower:
            steps.append(_step(network, home, reach, sinks, groups, weight - lower))
    return ItemShortage(network, tuple(steps))


def _closed_groups(home: Flags, reach: Flags, most: int) -> Sequence[int] | None:
    """What sources give to unions of sinks, as whole numbers of two bits a source.

    Parameters
    ----------
    home, reach
        Whether all usable stock, and whether anything, of the source may go to the sink, shape
        (source, sink).
    most
        Unions that are too many; then None.
    """
    found = {0}
    for mask in _masks(home, reach):
        found |= {mask | other for other in found}
        if len(found) > most:
            return None
    return sorted(found)


def _masks(home: Flags, reach: Flags) -> list[int]:
    """Two bits of each source for each sink, as whole numbers."""
    bits = np.concatenate([reach, home]).T
    return [int.from_bytes(np.packbits(row).tobytes()) for row in bits]


def _step(
    network: RecourseNetwork,
    home: Flags,
    reach: Flags,
    sinks: Integers,
    groups: Sequence[int],
    step: float,
) -> GroupShortage:
    """Put together the groups of one step of the weights.

    Parameters
    ----------
    network
        The recourse.
    home, reach
        As in ``_closed_groups``, for all sinks.
    sinks
        Those that count.
    groups
        What the sources give to each group.
    step
        What a unit counts for.
    """
    masks = _masks(home[:, sinks], reach[:, sinks])
    inside = np.array([[mask | group == group for mask in masks] for group in groups], dtype=bool)
    inside = inside.reshape(len(groups), len(sinks))
    member = np.zeros((len(groups), len(network.sink_units)), dtype=bool)
    member[:, sinks] = inside
    given = member @ reach.T.astype(np.int64) > 0
    all_given = member @ home.T.astype(np.int64) > 0
    known = network.source >= 0
    takes_all = all_given[:, network.source] & known
    takes_free = (given & ~all_given)[:, network.source] & known
    need = member @ network.sink_units - network.market_units
    return GroupShortage(step, need, member, takes_all, takes_free)

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

__all__ = ["MOST_GROUPS", "ScenarioShortage", "scenario_shortage"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_GROUPS = 2000
"""With more groups of the districts of one item than so many, linear programs are quicker."""


@dataclass(frozen=True)
class ScenarioShortage:
    """The unmet need of a scenario: ``sum of step x max(0, largest shortage of a group)``.

    A step is what the heavier districts of an item count more than the next lighter ones; its
    groups stand side by side.

    Parameters
    ----------
    networks
        The recourse by item, valued by ``unmet``.
    begins
        First group of each step, shape (step,), ascending.
    weight
        What a unit counts for, shape (step,), > 0. [weighted units/unit]
    network
        Network of each group, shape (group,).
    need_units
        Need of the group less all that can be bought, shape (group,). [units]
    members
        Sinks of each group.
    takes_all, takes_free
        Whether all usable stock of the warehouse can go to the group, and whether only what is
        free to leave its province can, shape (group, warehouse); never both.
    """

    networks: tuple[RecourseNetwork, ...]
    begins: Integers
    weight: Floats
    network: Integers
    need_units: Floats
    members: tuple[Integers, ...]
    takes_all: Flags
    takes_free: Flags

    def supplies(self, stock_units: Floats, is_open: Floats) -> Floats:
        """What each warehouse can send to each group, shape (group, warehouse). [units]

        Parameters
        ----------
        stock_units
            Shape (warehouse, item), >= 0. [units]
        is_open
            Shape (warehouse,), 0 to 1.
        """
        everything, free = [], []
        for own in self.networks:
            usable = own.usable_share * np.maximum(stock_units[:, own.item], 0.0)
            everything.append(usable)
            free.append(np.maximum(usable - own.usable_share * own.reserve_units * is_open, 0.0))
        shape = (len(self.networks), len(is_open))
        sent = self.takes_all * np.reshape(everything, shape)[self.network]
        return np.asarray(sent + self.takes_free * np.reshape(free, shape)[self.network])

    def short_units(self, supplies: Floats) -> Floats:
        """What each group lacks, negative where it has more than enough, shape (group,). [units]

        Parameters
        ----------
        supplies
            Shape (group, warehouse). [units]
        """
        return np.asarray(self.need_units - supplies.sum(axis=1))

    def unmet(self, short_units: Floats) -> Floats:
        """Least weighted unmet need, shape (...). [weighted units]

        Parameters
        ----------
        short_units
            Shape (group, ...). [units]
        """
        if not len(self.begins):
            return np.zeros(short_units.shape[1:])
        worst = np.maximum.reduceat(short_units, self.begins, axis=0)
        return np.asarray(self.weight @ np.maximum(worst, 0.0))

    def need_prices(self, short_units: Floats) -> list[Floats]:
        """Prices of need that prove the unmet need, by network of shape (sink,).

        Parameters
        ----------
        short_units
            Shape (group,). [units]

        Returns
        -------
        list
            Each >= 0. [weighted units/unit]
        """
        prices = [np.zeros(len(own.sink_units)) for own in self.networks]
        ends = [*self.begins[1:].tolist(), len(short_units)]
        for begin, end, weight in zip(self.begins.tolist(), ends, self.weight, strict=True):
            worst = begin + int(np.argmax(short_units[begin:end]))
            if short_units[worst] > 0.0:
                prices[self.network[worst]][self.members[worst]] += weight
        return prices


def scenario_shortage(
    networks: Sequence[RecourseNetwork], most_groups: int = MOST_GROUPS
) -> ScenarioShortage | None:
    """Return the unmet need of a scenario in closed form; None if there are too many groups.

    Parameters
    ----------
    networks
        The recourse by item, valued by ``unmet`` alone.
    most_groups
        Groups of districts of one item that are too many.
    """
    begins: list[int] = []
    weights: list[float] = []
    network: list[int] = []
    need: list[float] = []
    members: list[Integers] = []
    takes_all: list[Flags] = []
    takes_free: list[Flags] = []
    for k, own in enumerate(networks):
        home, reach = _home_and_reach(own)
        steps = _steps(own)
        for sinks, weight in steps:
            masks = _masks(home[:, sinks], reach[:, sinks])
            groups = _unions(masks, most_groups)
            if groups is None:
                return None
            begins.append(len(need))
            weights.append(weight)
            for group in groups:
                inside = sinks[[mask | group == group for mask in masks]]
                fully = np.asarray(home[:, inside].any(axis=1))
                partly = np.asarray(reach[:, inside].any(axis=1) & ~fully)
                known = own.source >= 0
                members.append(inside)
                network.append(k)
                need.append(float(own.sink_units[inside].sum()) - own.market_units)
                takes_all.append(fully[own.source] & known)
                takes_free.append(partly[own.source] & known)
    shape = (len(need), len(networks[0].source) if networks else 0)
    return ScenarioShortage(
        networks=tuple(networks),
        begins=np.array(begins, dtype=np.int64),
        weight=np.array(weights, dtype=np.float64),
        network=np.array(network, dtype=np.int64),
        need_units=np.array(need, dtype=np.float64),
        members=tuple(members),
        takes_all=np.array(takes_all, dtype=bool).reshape(shape),
        takes_free=np.array(takes_free, dtype=bool).reshape(shape),
    )


def _home_and_reach(network: RecourseNetwork) -> tuple[Flags, Flags]:
    """Whether all usable stock, and whether anything, may go to the sink, shape (source, sink)."""
    reach = np.asarray(np.isfinite(network.values["unmet"].ship))
    # A source that holds back and has no need at home has its free stock only.
    only_free = (network.holds_back & ~network.has_home)[:, None]
    limited = (network.is_abroad & network.holds_back[:, None]) | only_free
    return np.asarray(reach & ~limited), reach


def _steps(network: RecourseNetwork) -> list[tuple[Integers, float]]:
    """Sinks that count at each step of the weights, and what they count for more."""
    unmet = network.values["unmet"].unmet
    weights = np.unique(unmet)[::-1].tolist()
    lower = [*weights[1:], 0.0]
    return [
        (np.flatnonzero(unmet >= weight), weight - below)
        for weight, below in zip(weights, lower, strict=True)
        if weight > below
    ]


def _masks(home: Flags, reach: Flags) -> list[int]:
    """What each sink may take of the sources, two bits a source, as whole numbers.

    Parameters
    ----------
    home, reach
        Shape (source, sink).
    """
    bits = np.packbits(np.concatenate([reach, home]).T, axis=1)
    return [int.from_bytes(row.tobytes()) for row in bits]


def _unions(masks: Sequence[int], most: int) -> list[int] | None:
    """All unions of what sinks may take, none included; None if there are more than so many."""
    found = {0}
    for mask in masks:
        found |= {mask | other for other in found}
        if len(found) > most:
            return None
    return sorted(found)

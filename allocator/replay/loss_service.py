"""The most that one item can serve in a scenario when stock or lanes are gone, by linear programs.

Written from ``docs/model.md`` ("Losses"). Warehouses that can send to the same districts are one
source, districts of equal weight that are reached alike are one sink: only sums matter then. Losses
of stock that are asked for at once are blocks of one program, without those that take away less
than the flows without a loss leave unused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["ItemWays"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

_BLOCKS = 100
"""Losses in one program at most."""


def _alike(*tables: NDArray[Any]) -> tuple[Integers, Integers]:
    """Return one row of each kind of equal rows, and the kind of each row."""
    joined = np.concatenate([table.astype(float) for table in tables], axis=1)
    _, first, kind = np.unique(joined, axis=0, return_index=True, return_inverse=True)
    return first, kind.reshape(-1)


@dataclass(frozen=True)
class ItemWays:
    """Ways of one item in one scenario.

    Parameters
    ----------
    usable_units, free_units
        Usable stock, and the part of it that may leave the province, shape (warehouse,). [units]
    reach, abroad
        Whether goods arrive by the deadline, and whether they leave the province, shape
        (warehouse, district).
    demand_units, weight
        Shape (district,). [units], [weighted units/unit]
    market_units
        What can be bought in time. [units]
    """

    usable_units: Floats
    free_units: Floats
    reach: Flags
    abroad: Flags
    demand_units: Floats
    weight: Floats
    market_units: float

    def served(self, lost: Flags) -> Floats:
        """Most weighted units that can be served.

        Parameters
        ----------
        lost
            Warehouses whose stock is gone, by loss, shape (loss, warehouse).

        Returns
        -------
        Array
            Shape (loss,).
        """
        if not len(self.demand_units) or not len(lost):
            return np.zeros(len(lost))
        away = self.reach & self.abroad
        one, group = _alike(self.reach, away)
        near, sink = _alike(self.reach.T, away.T, self.weight[:, None])
        joined = (group[:, None] == np.arange(len(one))).astype(float)
        usable = (~lost * self.usable_units) @ joined
        free = (~lost * self.free_units) @ joined
        demand = np.zeros(len(near))
        np.add.at(demand, sink, self.demand_units)
        program = _program(self.reach[np.ix_(one, near)], away[np.ix_(one, near)])
        gain = self.weight[near]
        whole, flows = self._solve(program, gain, demand, *self._whole(joined))
        values = np.full(len(lost), whole[0])
        # Flows that do without what is lost stay the best ones.
        rows, _ = program
        used = (rows @ flows[0])[len(demand) : -1]
        spare = np.concatenate(self._whole(joined), axis=1)[0] - used
        gone = np.concatenate(
            [(lost * self.usable_units) @ joined, (lost * self.free_units) @ joined], axis=1
        )
        asked = np.flatnonzero((gone > np.maximum(spare, 0.0)).any(axis=1))
        for k in range(0, len(asked), _BLOCKS):
            some = asked[k : k + _BLOCKS]
            values[some], _ = self._solve(program, gain, demand, usable[some], free[some])
        return values

    def _whole(self, joined: Floats) -> tuple[Floats, Floats]:
        """Usable and free stock of the sources with nothing lost, each of shape (1, source)."""
        return (self.usable_units @ joined)[None, :], (self.free_units @ joined)[None, :]

    def _solve(
        self,
        program: tuple[sparse.csr_array, Integers],
        gain: Floats,
        demand: Floats,
        usable: Floats,
        free: Floats,
    ) -> tuple[Floats, Floats]:
        """Solve the blocks of some losses; return the value and the flows of each."""
        rows, lane_sink = program
        count = len(usable)
        worth = np.concatenate([gain[lane_sink], gain])
        limits = np.concatenate(
            [
                np.tile(demand, (count, 1)),
                usable,
                free,
                np.full((count, 1), self.market_units),
            ],
            axis=1,
        )
        # Only plans with losses wait for it: its import takes half a second.
        from scipy import optimize, sparse

        matrix = sparse.kron(sparse.eye_array(count), rows, format="csr")
        answer: Any = optimize.milp(
            -np.tile(worth, count), constraints=optimize.LinearConstraint(matrix, ub=limits.ravel())
        )
        if answer.status != 0:
            raise RuntimeError(f"the replay's program of a loss ended with: {answer.message}")
        flows = np.asarray(answer.x).reshape(count, -1)
        return flows @ worth, flows


def _program(reach: Flags, away: Flags) -> tuple[sparse.csr_array, Integers]:
    """Rows of one block, and the sink of each lane.

    Columns are the lanes, then purchases by sink; rows are needs, usable stock, stock that may
    leave the province, and the market.
    """
    from scipy import sparse

    source, sink = np.nonzero(reach)
    sources, sinks, lanes = reach.shape[0], reach.shape[1], len(source)
    lane, bought = np.arange(lanes), lanes + np.arange(sinks)
    leaves = np.flatnonzero(away[source, sink])
    row = [sink, np.arange(sinks), sinks + source, sinks + sources + source[leaves]]
    row.append(np.full(sinks, sinks + 2 * sources))
    column = [lane, bought, lane, leaves, bought]
    places = (np.concatenate(row), np.concatenate(column))
    shape = (sinks + 2 * sources + 1, lanes + sinks)
    return sparse.csr_array((np.ones(len(places[0])), places), shape=shape), sink

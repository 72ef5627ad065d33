"""Program over packings: each open warehouse takes one packing, each district is in one of them.

Minimise ``sum_p cost[p] use[p] + sum_d escape_cost missed[d]`` with

- ``sum_{p with d} use[p] + missed[d] >= 1`` for every district,
- ``sum_{p of w} use[p] <= 1`` for every warehouse, ``= 1`` where it must be open,
- ``sum_p room[p] use[p] >= sum_d demand[d]`` and ``sum_p use[p] >= `` the least number of
  warehouses that hold the demand, or ``= count``.

A packing without one of its districts is a packing too and costs no more, so covering twice is
never worth more than covering once. Packings that a part of the plans has not are held at zero.

Source: Diaz, Fernandez, Journal of the Operational Research Society 53 (2002) 1239-1249.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.engine.location_ascent import Part, Pricing
from allocator.solver import LinearProgram, Session, SolveOptions, SolveResult, Status

__all__ = ["MasterAnswer", "PackingMaster"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]

#: Shares below this are noise of the solver.
_LEAST_SHARE = 1e-7


@dataclass(frozen=True)
class MasterAnswer:
    """Optimum of the program over the packings at hand.

    Parameters
    ----------
    objective
        Its value.
    price
        Of the districts, shape (district,), >= 0.
    warehouse_price
        Of the rows that allow a warehouse one packing, shape (warehouse,).
    room_price, number_price
        Of the two rows about all warehouses together.
    use
        Of each packing, shape (packing,).
    missed
        Share of the districts that no packing covers, their sum.
    """

    objective: float
    price: FloatArray
    warehouse_price: FloatArray
    room_price: float
    number_price: float
    use: FloatArray
    missed: float


class PackingMaster:
    """The program in a session, with the packings found so far.

    Parameters
    ----------
    pricing
        The problem.
    escape_cost
        Of a district that is not covered: more than any plan that is still wanted.
    """

    def __init__(self, pricing: Pricing, escape_cost: float) -> None:
        self.pricing = pricing
        warehouses, districts = pricing.cost.shape
        self.districts, self.warehouses = districts, warehouses
        self.packed: BoolArray = np.zeros((0, districts), dtype=np.bool_)
        self.warehouse: IndexArray = np.zeros(0, dtype=np.intp)
        self.cost: FloatArray = np.zeros(0)
        self._upper: FloatArray = np.zeros(0)
        self._known: set[tuple[int, bytes]] = set()
        self._must = np.zeros(warehouses, dtype=np.bool_)
        self._is_changed = False
        self._lane_cost = np.where(np.isfinite(pricing.cost), pricing.cost, 0.0)
        self.session = Session(self._program(escape_cost))

    def _program(self, escape_cost: float) -> LinearProgram:
        """Return the program without packings."""
        districts, warehouses = self.districts, self.warehouses
        rows = districts + warehouses + 2
        count = self.pricing.count
        lower = np.concatenate(
            [np.ones(districts), np.full(warehouses, -np.inf), [1.0, float(self.pricing.least)]]
        )
        upper = np.concatenate(
            [
                np.full(districts, np.inf),
                np.ones(warehouses),
                [np.inf, np.inf if count is None else float(count)],
            ]
        )
        # Two more escapes, for room and number: the program has always a solution.
        where = np.concatenate([np.arange(districts), [rows - 2, rows - 1]])
        width = where.size
        matrix = sparse.csc_array((np.ones(width), (where, np.arange(width))), shape=(rows, width))
        return LinearProgram(
            np.full(width, escape_cost),
            0.0,
            np.zeros(width),
            np.full(width, np.inf),
            np.zeros(width, dtype=np.bool_),
            matrix,
            lower,
            upper,
        )

    @property
    def _first(self) -> int:
        """Column of the first packing."""
        return int(self.districts + 2)

    def add(self, warehouse: IndexArray, packed: BoolArray) -> int:
        """Add packings that are new.

        Parameters
        ----------
        warehouse, packed
            Of each packing, shapes (packing,) and (packing, district).

        Returns
        -------
        int
            How many were new.
        """
        fresh = []
        for number, (owner, bits) in enumerate(
            zip(warehouse.tolist(), np.packbits(packed, axis=1), strict=True)
        ):
            key = (owner, bits.tobytes())
            if key not in self._known:
                self._known.add(key)
                fresh.append(number)
        if not fresh:
            return 0
        owner, inside = warehouse[fresh], packed[fresh]
        cost = self.pricing.data.opening_cost[owner]
        cost = cost + (self._lane_cost[owner] * inside).sum(axis=1)
        self.session.add_columns(
            cost, np.zeros(len(fresh)), np.full(len(fresh), np.inf), self._block(owner, inside)
        )
        self.packed = np.concatenate([self.packed, inside])
        self.warehouse = np.concatenate([self.warehouse, owner])
        self.cost = np.concatenate([self.cost, cost])
        self._upper = np.concatenate([self._upper, np.full(len(fresh), np.inf)])
        return len(fresh)

    def _block(self, owner: IndexArray, inside: BoolArray) -> sparse.csc_array:
        """Return coefficients of packings, shape (row, packing)."""
        districts, count = self.districts, owner.size
        rows = self.session.row_count
        each = np.arange(count)
        number, district = np.nonzero(inside)
        room = self.pricing.room[owner] / max(1, self.pricing.total)
        return sparse.csc_array(
            (
                np.concatenate([np.ones(number.size + count), room, np.ones(count)]),
                (
                    np.concatenate(
                        [
                            district,
                            districts + owner,
                            np.full(count, rows - 2),
                            np.full(count, rows - 1),
                        ]
                    ),
                    np.concatenate([number, each, each, each]),
                ),
            ),
            shape=(rows, count),
        )

    def allowed(self, part: Part) -> BoolArray:
        """Return the packings that a part of the plans has, shape (packing,)."""
        owner = self.warehouse
        bound_to = np.flatnonzero(part.home >= 0)
        usable = part.free.copy()
        usable[part.home[bound_to], bound_to] = True
        kept = part.may[owner] & ~(self.packed & ~usable[owner]).any(axis=1)
        if bound_to.size:
            held = np.bincount(part.home[bound_to], minlength=self.warehouses)
            inside = self.packed[:, bound_to] & (part.home[bound_to] == owner[:, None])
            kept &= inside.sum(axis=1) == held[owner]
        return np.asarray(kept)

    def restrict(self, part: Part) -> None:
        """Hold the packings at zero that a part has not, and open what must be open."""
        upper = np.where(self.allowed(part), np.inf, 0.0)
        changed = np.flatnonzero(upper != self._upper)
        if changed.size:
            self.session.change_column_bounds(
                self._first + changed, np.zeros(changed.size), upper[changed]
            )
            self._upper, self._is_changed = upper, True
        changed = np.flatnonzero(part.must != self._must)
        if changed.size:
            lower = np.where(part.must[changed], 1.0, -np.inf)
            self.session.change_row_bounds(self.districts + changed, lower, np.ones(changed.size))
            self._must, self._is_changed = part.must.copy(), True

    def solve(self, options: SolveOptions) -> MasterAnswer | None:
        """Solve the program; None where the solver does not reach its optimum."""
        # Packings that came leave the basis feasible, a part that changed leaves its prices so.
        kind = {"simplex_strategy": 1 if self._is_changed else 4, "simplex_scale_strategy": 0}
        answer: SolveResult = self.session.solve(replace(options, highs={**options.highs, **kind}))
        self._is_changed = False
        if answer.status is not Status.OPTIMAL or answer.row_duals is None:
            return None
        duals, values = np.asarray(answer.row_duals), np.asarray(answer.values)
        districts = self.districts
        use = values[self._first :]
        return MasterAnswer(
            float(answer.objective or 0.0),
            np.maximum(duals[:districts], 0.0),
            duals[districts:-2],
            max(0.0, float(duals[-2])) / max(1, self.pricing.total),
            float(duals[-1]) if self.pricing.count else max(0.0, float(duals[-1])),
            np.where(use > _LEAST_SHARE, use, 0.0),
            float(values[: self._first].sum()),
        )

    def drop(self, answer: MasterAnswer, most: int) -> MasterAnswer:
        """Delete packings with large reduced costs if there are too many; return what is left.

        Parameters
        ----------
        answer
            Of the program as it stood before packings were added last.
        most
            Packings above which half of so many are kept.
        """
        count = self.cost.size
        if count <= most:
            return answer
        reduced = self.reduced_costs(answer, self.warehouse, self.packed, self.cost)
        reduced[: answer.use.size][answer.use > 0.0] = -np.inf
        gone = np.argsort(-reduced, kind="stable")[: count - most // 2]
        gone = gone[np.isfinite(reduced[gone])]
        self.session.delete_columns(self._first + np.sort(gone))
        kept = np.ones(count, dtype=np.bool_)
        kept[gone] = False
        self.packed, self.warehouse = self.packed[kept], self.warehouse[kept]
        self.cost, self._upper = self.cost[kept], self._upper[kept]
        use = np.concatenate([answer.use, np.zeros(count - answer.use.size)])[kept]
        bits = np.packbits(self.packed, axis=1)
        self._known = {
            (owner, bits[number].tobytes()) for number, owner in enumerate(self.warehouse.tolist())
        }
        return replace(answer, use=use)

    def reduced_costs(
        self,
        answer: MasterAnswer,
        warehouse: IndexArray,
        packed: BoolArray,
        cost: FloatArray | None = None,
    ) -> FloatArray:
        """Return the reduced costs of packings, shape (packing,)."""
        if cost is None:
            cost = self.pricing.data.opening_cost[warehouse]
            cost = cost + (self._lane_cost[warehouse] * packed).sum(axis=1)
        reduced: FloatArray = cost - packed @ answer.price
        reduced -= answer.warehouse_price[warehouse] + answer.number_price
        reduced -= answer.room_price * self.pricing.room[warehouse]
        return reduced

    def shares(self, use: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return open shares, shape (warehouse,), and lane shares, shape (warehouse, district)."""
        used = np.flatnonzero(use)
        opened = np.zeros(self.warehouses)
        np.add.at(opened, self.warehouse[used], use[used])
        lanes = np.zeros((self.warehouses, self.districts))
        np.add.at(lanes, self.warehouse[used], self.packed[used] * use[used, None])
        return opened, lanes

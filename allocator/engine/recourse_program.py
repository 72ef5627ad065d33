"""The recourse of one scenario as a program kept warm in HiGHS.

The items share one program, which saves calls, but not its rows: each is a block of its own, unless
a floor of the served share joins them. Lanes enter the program when their price asks for it. The
value is that of real flows; the cut comes from the prices in closed form and covers all lanes, so
both sides hold for the full model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.engine.recourse_cuts import BlockAnswer, BlockCut, block_cut
from allocator.errors import SolveError
from allocator.solver import Session, SolveOptions, Status
from models.placement_data import Criterion, PlacementData
from models.recourse import combined_values, value_scale
from models.recourse_network import NetworkFlows, RecourseNetwork, recourse_network

__all__ = ["ScenarioProgram", "block_members", "needed_items", "scenario_networks"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_WARM = {"presolve": "off", "solver": "simplex", "dual_feasibility_tolerance": 1e-10}
_OPTIONS = SolveOptions(highs=_WARM)
_AGAIN = SolveOptions(highs={**_WARM, "simplex_strategy": 4})
"""After lanes have entered the basis is feasible and not optimal: primal simplex goes on from it in
a tenth of the iterations that the dual one needs."""

_PRICE_TOLERANCE = 1e-9
"""Reduced values down to this count as none, in the scaled unit of the criteria."""

_NEAREST = 4
"""Lanes of each sink to begin with."""

_LANES_PER_SINK = 3
"""Lanes of each sink that may enter in one round."""


def needed_items(data: PlacementData, scenario: int) -> tuple[int, ...]:
    """Items that a scenario needs somewhere."""
    is_needed = (data.scenarios[scenario].demand_units > 0).any(axis=0)
    return tuple(int(i) for i in np.flatnonzero(is_needed))


def block_members(
    data: PlacementData, scenario: int, criteria: Sequence[Criterion]
) -> list[tuple[int, ...]]:
    """Positions among the needed items, by block of a scenario: a floor joins them all."""
    count = len(needed_items(data, scenario))
    if "floor" in criteria:
        return [tuple(range(count))] if count else []
    return [(k,) for k in range(count)]


def scenario_networks(
    data: PlacementData, scenario: int, criteria: Sequence[Criterion]
) -> tuple[RecourseNetwork, ...]:
    """Network of each needed item of a scenario."""
    plain, joins = _plain(criteria), "floor" not in criteria
    return tuple(
        recourse_network(data, scenario, i, plain, joins_districts=joins)
        for i in needed_items(data, scenario)
    )


def _plain(criteria: Sequence[Criterion]) -> list[Criterion]:
    """Criteria that value flows."""
    return [c for c in criteria if c != "floor"] or ["unmet"]


class ScenarioProgram:
    """The recourse of one scenario.

    Parameters
    ----------
    data
        The placement problem.
    scenario
        Position of the scenario.
    criteria
        Values that will be asked for, in order; with ``floor`` among them all items are one block.
    first_block
        Number of the scenario's first block.
    """

    def __init__(
        self,
        data: PlacementData,
        scenario: int,
        criteria: Sequence[Criterion],
        first_block: int,
    ) -> None:
        self.data, self.scenario, self.criteria = data, scenario, tuple(criteria)
        self._has_floor = "floor" in self.criteria
        self._plain = _plain(self.criteria)
        self.items = needed_items(data, scenario)
        self.networks = scenario_networks(data, scenario, self.criteria)
        self.members = block_members(data, scenario, self.criteria)
        self.blocks = range(first_block, first_block + len(self.members))
        self._scale = {c: value_scale(data, c) for c in self.criteria}
        self._weights: dict[Criterion, float] = {}
        self._primal = np.zeros(0)
        self._number_rows()
        self._fixed_columns()
        self.set_weights(dict.fromkeys(self.criteria, 1.0))

    # --- layout -----------------------------------------------------------------------------

    def _number_rows(self) -> None:
        """Number the rows: needs, markets, floors; then limits of sources, as lanes ask for them.

        Most sources never have a lane, and a program with a row for each of them is slow.
        """
        sinks = [len(network.sink_units) for network in self.networks]
        sources = [network.source_count for network in self.networks]
        self._sink0 = np.concatenate([[0], np.cumsum(sinks)]).astype(np.int64)
        self._sink_count = int(self._sink0[-1])
        self._market0 = self._sink_count
        self._floor0 = self._market0 + len(self.networks)
        districts = len(self.data.scenarios[self.scenario].district)
        self._limit_row0 = self._floor0 + (districts if self._has_floor else 0)
        # Limits: what each source can send anywhere, by network, then what it can send abroad.
        self._source0 = np.concatenate([[0], np.cumsum(sources)]).astype(np.int64)
        self._abroad0 = self._source0 + int(sum(sources))
        self._limits = np.zeros(2 * int(sum(sources)))
        self._limit_of_row = np.zeros(0, dtype=np.int64)
        self._row_of_limit = np.full(len(self._limits), -1)

    def _fixed_columns(self) -> None:
        """Start with unmet, purchase and floor columns; lanes come by price."""
        total, floors = self._sink_count, self._limit_row0 - self._floor0
        network = np.repeat(np.arange(len(self.networks)), np.diff(self._sink0))
        width = 2 * total + floors
        lower, upper = np.full(self._limit_row0, -np.inf), np.zeros(self._limit_row0)
        for k, own in enumerate(self.networks):
            rows = slice(self._sink0[k], self._sink0[k + 1])
            lower[rows] = upper[rows] = own.sink_units
            upper[self._market0 + k] = own.market_units
        each = np.arange(total)
        rows_of = [each, each, self._market0 + network]
        columns_of = [each, total + each, total + each]
        entries_of = [np.ones(3 * total)]
        if floors:
            weight = self.data.weights(self.scenario)
            demand = self.data.scenarios[self.scenario].demand_units
            share = 1.0 - self.data.risk.min_served_share
            upper[self._floor0 :] = share * (weight * demand).sum(axis=1)
            district = np.concatenate([own.sink_district for own in self.networks])
            rows_of += [self._floor0 + district, self._floor0 + np.arange(floors)]
            columns_of += [each, 2 * total + np.arange(floors)]
            entries_of += [weight[district, np.array(self.items)[network]], -np.ones(floors)]
        places = (np.concatenate(rows_of), np.concatenate(columns_of))
        matrix = sparse.csc_array(
            (np.concatenate(entries_of), places), shape=(self._limit_row0, width)
        )
        bought = [np.isfinite(own.values[self._plain[0]].purchase) for own in self.networks]
        top = np.full(width, np.inf)
        top[total : 2 * total] = np.where(np.concatenate([*bought, np.zeros(0)]), np.inf, 0.0)
        self._session = Session()
        self._session.add_rows(lower, upper, sparse.csr_array((self._limit_row0, 0)))
        self._session.add_columns(np.zeros(width), np.zeros(width), top, matrix)
        self._fixed_width = width
        self._column_network = np.concatenate([network, network, np.zeros(floors, dtype=np.int64)])
        self._column_values = np.stack([self._fixed_values(c) for c in self.criteria])
        self._lane_source = np.zeros(0, dtype=np.int64)
        self._lane_sink = np.zeros(0, dtype=np.int64)
        self._included = [
            np.zeros((own.source_count, len(own.sink_units)), dtype=bool) for own in self.networks
        ]

    def _fixed_values(self, criterion: Criterion) -> Floats:
        """Scaled value of the unmet, purchase and floor columns under a criterion."""
        total = self._sink_count
        values = np.zeros(self._fixed_width)
        if criterion == "floor":
            values[2 * total :] = 1.0
        else:
            for k, own in enumerate(self.networks):
                rows = slice(self._sink0[k], self._sink0[k + 1])
                part = own.values[criterion]
                values[:total][rows] = part.unmet
                values[total : 2 * total][rows] = np.where(
                    np.isfinite(part.purchase), part.purchase, 0.0
                )
        return values / self._scale[criterion]

    # --- values -----------------------------------------------------------------------------

    def set_weights(self, weights: Mapping[Criterion, float]) -> None:
        """Value the recourse by a weighted sum of its criteria, scaled."""
        wanted = {c: float(weights.get(c, 0.0)) for c in self.criteria}
        if wanted == self._weights:
            return
        self._weights = wanted
        self._rates = {c: w / self._scale[c] for c, w in wanted.items()}
        self._values = [combined_values(own.values, self._rates) for own in self.networks]
        cost = np.array(list(wanted.values())) @ self._column_values
        self._session.change_costs(np.arange(len(cost)), cost)

    # --- solving ----------------------------------------------------------------------------

    def solve(self, stock_units: Floats, is_open: Floats) -> list[BlockAnswer]:
        """Find the best recourse for a first stage; return the answer of each block.

        Parameters
        ----------
        stock_units
            Shape (warehouse, item), >= 0. [units]
        is_open
            Shape (warehouse,), 0 to 1.

        Raises
        ------
        SolveError
            If HiGHS finds no optimum, which only numerical trouble can cause.
        """
        if not self.networks:
            return []
        supplies = [own.supplies(stock_units[:, own.item], is_open) for own in self.networks]
        limits = [total for total, _ in supplies] + [abroad for _, abroad in supplies]
        self._limits = np.concatenate(limits)
        count = len(self._limit_of_row)
        rows, highest = self._limit_row0 + np.arange(count), self._limits[self._limit_of_row]
        self._session.change_row_bounds(rows, np.full(count, -np.inf), highest)
        stocked = [total > 0 for total, _ in supplies]
        if not len(self._lane_sink):
            self._add_nearest(stocked)
        options = _OPTIONS
        while True:
            solved = self._session.solve(options)
            if solved.status is not Status.OPTIMAL or solved.values is None:
                raise SolveError(
                    f"recourse of scenario {self.scenario}: {solved.status} {solved.message}"
                )
            duals = solved.row_duals if solved.row_duals is not None else np.zeros(0)
            if not self._add_priced(stocked, duals):
                break
            options = _AGAIN
        self._primal = solved.values
        return self._answers(duals)

    def _answers(self, duals: Floats) -> list[BlockAnswer]:
        """Put together the answer of each block."""
        worth = self._column_values * self._primal
        count = len(self.networks)
        by_network = np.array(
            [np.bincount(self._column_network, weights=row, minlength=count) for row in worth]
        )
        floor = np.maximum(-duals[self._floor0 : self._limit_row0], 0.0)
        return [
            BlockAnswer(
                values=by_network[:, list(members)].sum(axis=1),
                need_prices=tuple(duals[self._sink0[k] : self._sink0[k + 1]] for k in members),
                floor_prices=floor,
            )
            for members in self.members
        ]

    def _add_nearest(self, stocked: Sequence[NDArray[np.bool_]]) -> None:
        """Give each sink its best lanes from sources that have stock."""
        for k, values in enumerate(self._values):
            if not values.ship.size:
                continue
            worth = np.where(stocked[k][:, None], values.ship, np.inf)
            best = np.argsort(worth, axis=0, kind="stable")[:_NEAREST]
            sink = np.broadcast_to(np.arange(worth.shape[1]), best.shape)
            has_lane = np.isfinite(worth[best, sink])
            self._add_lanes([(k, best[has_lane], sink[has_lane])])

    def _add_priced(self, stocked: Sequence[NDArray[np.bool_]], duals: Floats) -> bool:
        """Let lanes enter that would improve the program; return whether there were any."""
        entering = []
        prices = np.zeros(len(self._limits))
        prices[self._limit_of_row] = duals[self._limit_row0 :]
        for k, (own, values) in enumerate(zip(self.networks, self._values, strict=True)):
            need = duals[self._sink0[k] : self._sink0[k + 1]]
            stock = prices[self._source0[k] : self._source0[k + 1]]
            gain = need + stock[:, None] - values.ship
            if own.holds_back.any():
                gain += own.is_abroad * prices[self._abroad0[k] : self._abroad0[k + 1], None]
            gain[self._included[k] | ~stocked[k][:, None]] = -np.inf
            if not gain.size or gain.max() <= _PRICE_TOLERANCE:
                continue
            depth = min(_LANES_PER_SINK, gain.shape[0])
            best = np.argpartition(-gain, depth - 1, axis=0)[:depth]
            sink = np.broadcast_to(np.arange(gain.shape[1]), best.shape)
            source = np.concatenate([best.ravel(), np.arange(gain.shape[0])])
            sinks = np.concatenate([sink.ravel(), np.argmax(gain, axis=1)])
            pays = gain[source, sinks] > _PRICE_TOLERANCE
            keys = np.unique(source[pays] * gain.shape[1] + sinks[pays])
            entering.append((k, keys // gain.shape[1], keys % gain.shape[1]))
        self._add_lanes(entering)
        return bool(entering)

    def _add_lanes(self, entering: Sequence[tuple[int, Integers, Integers]]) -> None:
        """Add lane columns: network, sources and sinks."""
        if not entering:
            return
        limits = self._limits_of(entering)
        self._add_limits(np.unique(np.concatenate(limits)))
        rows, columns, values = [], [], []
        count = 0
        for (k, source, sink), used in zip(entering, limits, strict=True):
            own, lane = self.networks[k], count + np.arange(len(source))
            leaves = own.is_abroad[source, sink] & own.holds_back[source]
            rows += [self._sink0[k] + sink, self._row_of_limit[used]]
            columns += [lane, lane, lane[leaves]]
            values.append(
                [
                    np.zeros(len(source))
                    if c == "floor"
                    else own.values[c].ship[source, sink] / self._scale[c]
                    for c in self.criteria
                ]
            )
            self._included[k][source, sink] = True
            count += len(source)
        places = (np.concatenate(rows), np.concatenate(columns))
        shape = (self._session.row_count, count)
        matrix = sparse.csc_array((np.ones(len(places[0])), places), shape=shape)
        worth = np.concatenate([np.array(part) for part in values], axis=1)
        cost = np.array(list(self._weights.values())) @ worth
        self._session.add_columns(cost, np.zeros(count), np.full(count, np.inf), matrix)
        network = np.repeat([k for k, _, _ in entering], [len(s) for _, s, _ in entering])
        self._column_network = np.concatenate([self._column_network, network])
        self._column_values = np.concatenate([self._column_values, worth], axis=1)
        self._lane_source = np.concatenate([self._lane_source, *(s for _, s, _ in entering)])
        self._lane_sink = np.concatenate([self._lane_sink, *(t for _, _, t in entering)])

    def _limits_of(self, lanes: Sequence[tuple[int, Integers, Integers]]) -> list[Integers]:
        """Limits that lanes use: of each one's source, then abroad of those that leave."""
        found = []
        for k, source, sink in lanes:
            own = self.networks[k]
            leaves = own.is_abroad[source, sink] & own.holds_back[source]
            found.append(
                np.concatenate([self._source0[k] + source, self._abroad0[k] + source[leaves]])
            )
        return found

    def _add_limits(self, limits: Integers) -> None:
        """Add the rows of limits that have none yet."""
        new = limits[self._row_of_limit[limits] < 0]
        if not len(new):
            return
        empty = sparse.csr_array((len(new), self._session.column_count))
        added = self._session.add_rows(np.full(len(new), -np.inf), self._limits[new], empty)
        self._row_of_limit[new] = np.array(added)
        self._limit_of_row = np.concatenate([self._limit_of_row, new])

    # --- results ----------------------------------------------------------------------------

    def cut(self, position: int, answer: BlockAnswer, full_units: Floats) -> BlockCut:
        """Return the bound that an answer proves.

        Parameters
        ----------
        position
            Among the scenario's blocks.
        answer
            Answer of the block.
        full_units
            Stock of a warehouse if it were open, shape (warehouse, item). [units]
        """
        members = self.members[position]
        return block_cut(
            self.data,
            [self.networks[k] for k in members],
            [self._values[k] for k in members],
            answer,
            block=self.blocks[position],
            weights=self._weights,
            floor_rate=self._rates.get("floor", 0.0),
            full_units=full_units,
        )

    def flows(self, position: int) -> tuple[NetworkFlows, ...]:
        """Flows of the last solve for a block, by network."""
        x, total = np.maximum(self._primal, 0.0), self._sink_count
        shipped, network = x[self._fixed_width :], self._column_network[self._fixed_width :]
        found = []
        for k in self.members[position]:
            sinks = slice(self._sink0[k], self._sink0[k + 1])
            own = (network == k) & (shipped > 0)
            found.append(
                NetworkFlows(
                    source=self._lane_source[own],
                    sink=self._lane_sink[own],
                    ship_units=shipped[own],
                    purchase_units=x[total : 2 * total][sinks],
                    unmet_units=x[:total][sinks],
                )
            )
        return tuple(found)

"""The master problem in HiGHS: the Pyomo first stage, the cuts, and points read from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.engine.branch_columns import branch_columns
from allocator.engine.branching import WHOLE
from allocator.engine.master_rows import MasterRows, MasterUnits, priced_promises
from allocator.engine.narrowing import (
    Columns,
    Held,
    has_no_room,
    held_choice,
    held_columns,
    held_where_alike,
)
from allocator.engine.recourse_cuts import BlockCut
from allocator.solver import (
    Basis,
    CompiledModel,
    NarrowedSession,
    ProgressCallback,
    Session,
    SolveOptions,
    SolveResult,
    compile_model,
)
from models.first_stage import build_first_stage
from models.placement_data import Criterion, PlacementData, StageRule

__all__ = ["Master", "Point"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_NEGLIGIBLE = 1e-9
"""A cut coefficient that cannot move the cut by more than this share is moved into its constant."""

_NARROWED_COLUMNS = 8000
"""From so many columns on leaving some out takes less time than carrying them along."""


@dataclass(frozen=True)
class Point:
    """A first stage, whole or not, with the values the master gives to the recourse.

    Parameters
    ----------
    choice
        Shape (option,), 0 to 1.
    stock_units
        Shape (warehouse, item). [units]
    is_open
        Shape (warehouse,), 0 to 1.
    block_values
        Scaled, shape (block, criterion).
    values
        All columns of the master, shape (column,).
    """

    choice: Floats
    stock_units: Floats
    is_open: Floats
    block_values: Floats
    values: Floats

    def mixed(self, other: Point, share: float) -> Point:
        """Return ``share`` of this point and the rest of the other."""
        pairs = (
            (self.choice, other.choice),
            (self.stock_units, other.stock_units),
            (self.is_open, other.is_open),
            (self.block_values, other.block_values),
            (self.values, other.values),
        )
        return Point(*(share * a + (1.0 - share) * b for a, b in pairs))


class Master:
    """The master problem of one placement.

    Parameters
    ----------
    data
        The placement problem.
    block_scenario
        Scenario of each block.
    criteria
        Values of a block, in the order of ``Point.block_values``.
    """

    def __init__(
        self, data: PlacementData, block_scenario: Sequence[int], criteria: Sequence[Criterion]
    ) -> None:
        self.data, self.criteria = data, tuple(criteria)
        model = build_first_stage(data, block_scenario, criteria)
        compiled = compile_model(model)
        self._promised = priced_promises(model, compiled, data)
        base = compiled.without_rows(self._promised.row)
        self._highest = base.program.column_upper
        self._find_columns(model, base, len(block_scenario))
        sizes, bought = self._highest.copy(), self._buy_column >= 0
        sizes[self._buy_column[bought]] = sizes[self.stock_column[bought]]
        self._units = MasterUnits(base.program, sizes)
        self.session: Session | NarrowedSession = Session(self._units.program)
        # The search branches by itself: HiGHS only ever sees the relaxation.
        self.session.set_integer(np.flatnonzero(base.program.integer), False)
        kinds = ("promise", "count", "cut")
        self._rows = MasterRows(self.session, kinds, self._units.column)
        self._count_row = np.full(self.branching.members.shape[0], -1)
        self._idle = np.zeros(0, dtype=np.int64)

    def _find_columns(self, model: Any, compiled: CompiledModel, blocks: int) -> None:
        """Note the column of every variable that is asked for, -1 where it is fixed."""
        column = {id(variable): k for k, variable in enumerate(compiled.variables)}
        row = {id(constraint): k for k, constraint in enumerate(compiled.constraints)}
        first = self.data.first_stage

        def columns(variables: Any) -> Integers:
            return np.array([column.get(id(v), -1) for v in variables.values()], dtype=np.int64)

        self.option_column = columns(model.choose_option)
        self.stock_column = columns(model.stock_units).reshape(first.today_units.shape)
        self._buy_column = np.full(first.today_units.shape, -1)
        for pair, variable in model.buy_units.items():
            self._buy_column[pair] = column.get(id(variable), -1)
        self.value_column = columns(model.block_value).reshape(blocks, len(self.criteria))
        self.risk_column = columns(model.risk_value)
        self.yearly_column = column[id(model.yearly_cost)]
        rows = [row[id(c)] for c in model.value_total.values()]
        self.value_row = np.array(rows, dtype=np.int64).reshape(-1, len(self.criteria))
        self.free_options = np.flatnonzero(self.option_column >= 0)
        self.branching = branch_columns(first, self.free_options)

    # --- objective and limits ---------------------------------------------------------------

    def set_stage(self, rule: StageRule, limits: Mapping[Criterion, float]) -> None:
        """Minimise a stage under limits on scaled risk values."""
        cost = np.zeros(self.session.column_count)
        factor = self.data.first_stage.disasters_per_year if rule.counts_first_stage else 1.0
        cost[self.risk_column[self.criteria.index(rule.criterion)]] = factor
        if rule.counts_first_stage:
            cost[self.yearly_column] = 1.0
        self.cost = cost
        self.session.change_costs(np.arange(len(cost)), cost)
        # Where shortfalls have no price their promises bind nothing and only slow the solver.
        self._rows.delete("promise", np.arange(self._rows.count("promise")))
        if rule.counts_first_stage:
            promised = self._promised
            self._rows.add("promise", promised.lower, promised.upper, promised.matrix)
        self.set_limits(limits)

    def set_limits(self, limits: Mapping[Criterion, float]) -> None:
        """Limit scaled risk values."""
        self.limits = dict(limits)
        top = [limits.get(c, np.inf) for c in self.criteria]
        # Below 0 a value never is; a column without any bound would leave the simplex method lost.
        self.session.change_column_bounds(self.risk_column, np.zeros(len(top)), top)

    def set_bounds(self, lower: Floats, upper: Floats) -> None:
        """Set the bounds of what must be whole, shapes (whole column,).

        A count gets a row once it is bounded by more than the size of its region: rows for all of
        them would be most of the master, and slow it five times.
        """
        regions = self.branching.members.shape[0]
        low, high = lower[:regions], upper[:regions]
        is_bounded = (low > 0.0) | (high < self.branching.upper[:regions])
        new = np.flatnonzero(is_bounded & (self._count_row < 0))
        if len(new):
            self._count_row[new] = self._rows.count("count") + np.arange(len(new))
            chosen = self.branching.members[new][:, self.free_options]
            placed = sparse.csr_array(
                (chosen.data, self.option_column[self.free_options][chosen.indices], chosen.indptr),
                shape=(len(new), self.session.column_count),
            )
            self._rows.add("count", low[new], high[new], placed)
        has_row = np.flatnonzero(self._count_row >= 0)
        if len(has_row):
            ordered = has_row[np.argsort(self._count_row[has_row])]
            # Freed altogether a row would lose its price, and the solver its way.
            self._rows.set_bounds("count", low[ordered], high[ordered])
        columns = self.option_column[self.free_options]
        self.session.change_column_bounds(columns, lower[regions:], upper[regions:])

    def free_bounds(self) -> None:
        """Free what must be whole."""
        self.set_bounds(np.zeros(len(self.branching.upper)), self.branching.upper)

    def whole_values(self, values: Floats) -> Floats:
        """Values of what must be whole, shape (whole column,), from column values."""
        chosen = values[self.option_column[self.free_options]]
        counts = self.branching.members[:, self.free_options] @ chosen
        return np.concatenate([counts, chosen])

    def fractions(self, values: Floats) -> Integers:
        """Whole columns that are not whole in column values, those of most weight first."""
        chosen = self.whole_values(values)
        found = np.flatnonzero(np.abs(chosen - np.rint(chosen)) > WHOLE)
        return found[np.argsort(-self.branching.weight[found], kind="stable")]

    def counts(self, choice: Floats) -> Floats:
        """Values of the whole columns for choices, shapes (whole column,) and (option,)."""
        return np.concatenate([self.branching.members @ choice, choice[self.free_options]])

    def fix_choice(self, choice: Floats) -> None:
        """Fix every choice, shape (option,); the counts follow."""
        self.free_bounds()
        free = self.free_options
        self.session.change_column_bounds(self.option_column[free], choice[free], choice[free])

    # --- narrowing --------------------------------------------------------------------------

    @contextmanager
    def narrowed(self, points: Sequence[Point]) -> Iterator[None]:
        """Leave out the warehouses that all points treat alike, with nothing or today's in stock.

        Parameters
        ----------
        points
            Where the search is thought to stay between.
        """
        first = self.data.first_stage
        choices, stocks = [p.choice for p in points], [p.stock_units for p in points]
        with self._held(held_where_alike(first, choices, stocks)):
            yield
            basis = self.session.basis()
        if basis is not None:
            self.session.start_from(basis)

    @contextmanager
    def choice_held(self, choice: Floats) -> Iterator[None]:
        """Fix every choice, shape (option,), and leave out what then cannot differ.

        Large programs are solved without the columns that this fixes.
        """
        self.fix_choice(choice)
        if self.session.column_count < _NARROWED_COLUMNS:
            yield
            return
        with self._held(held_choice(self.data.first_stage, choice)):
            yield

    @contextmanager
    def _held(self, held: Held) -> Iterator[None]:
        """Leave out what is held."""
        whole = self.session
        columns = Columns(self.option_column, self.stock_column, self._buy_column)
        first = self.data.first_stage
        is_held, values, group = held_columns(first, held, columns, whole.column_count)
        self._use(NarrowedSession(whole, is_held, values / self._units.column, group))
        try:
            yield
        finally:
            self._use(whole)

    def _use(self, session: Session | NarrowedSession) -> None:
        """Go on with another view of the program."""
        self.session = self._rows.session = session

    # --- cuts -------------------------------------------------------------------------------

    def add_cuts(self, cuts: Sequence[BlockCut]) -> None:
        """Add cuts."""
        if not cuts:
            return
        first = self.data.first_stage
        # A warehouse is open where no other option of it is taken: few options say that it is shut.
        is_shut = ~first.option_is_open
        shut, taken = self.option_column[is_shut], first.option_warehouse[is_shut]
        lower, rows, columns, entries = [], [], [], []
        for r, cut in enumerate(cuts):
            of_block = list(cut.items)
            stock = cut.stock.T
            column = self.stock_column[:, of_block]
            decided = column >= 0
            fixed = first.today_units[:, of_block]
            constant = cut.constant - float((stock * fixed)[~decided].sum())
            pull = cut.open[taken]
            constant += float(cut.open.sum() - pull[shut < 0].sum())
            where = np.concatenate([column[decided], shut[shut >= 0]])
            weight = np.concatenate([stock[decided], pull[shut >= 0]])
            size = np.abs(weight) * self._highest[where]
            tiny = size <= _NEGLIGIBLE * max(1.0, abs(constant))
            # A dropped coefficient would strengthen the cut: its largest effect is given away.
            constant -= float((np.maximum(weight, 0.0) * self._highest[where])[tiny].sum())
            for c, factor in cut.weights.items():
                if factor > 0.0:
                    rows.append(np.array([r]))
                    columns.append(self.value_column[cut.block, [self.criteria.index(c)]])
                    entries.append(np.array([factor]))
            rows.append(np.full(int((~tiny).sum()), r))
            columns.append(where[~tiny])
            entries.append(weight[~tiny])
            lower.append(constant)
        shape = (len(cuts), self.session.column_count)
        places = (np.concatenate(rows), np.concatenate(columns))
        matrix = sparse.csr_array((np.concatenate(entries), places), shape=shape)
        self._rows.add("cut", np.array(lower), np.full(len(cuts), np.inf), matrix)
        self._idle = np.concatenate([self._idle, np.zeros(len(cuts), dtype=np.int64)])

    def violation(self, cut: BlockCut, point: Point) -> float:
        """By how much a point breaks a cut, scaled."""
        given = point.block_values[cut.block]
        weights = [cut.weights.get(c, 0.0) for c in self.criteria]
        return cut.least(point.stock_units, point.is_open) - float(given @ np.array(weights))

    def options(self, choice: Floats) -> Integers:
        """Option taken by each warehouse, shape (warehouse,), from choices, shape (option,)."""
        return self.data.first_stage.options_taken(choice)

    @property
    def cut_count(self) -> int:
        """Number of cuts in the master."""
        return self._rows.count("cut")

    def age_cuts(self, result: SolveResult) -> None:
        """Count for how many solves each cut has had no price."""
        if result.row_duals is not None:
            used = result.row_duals[self._rows.numbers("cut")] != 0.0
            self._idle = np.where(used, 0, self._idle + 1)

    def purge_cuts(self, patience: int) -> None:
        """Delete cuts that have been idle for more than ``patience`` solves."""
        old = np.flatnonzero(self._idle > patience)
        self._rows.delete("cut", old)
        self._idle = np.delete(self._idle, old)

    # --- solving ----------------------------------------------------------------------------

    def solve(
        self,
        options: SolveOptions,
        *,
        stage: str = "",
        progress: ProgressCallback | None = None,
        start: Floats | None = None,
    ) -> SolveResult:
        """Solve the master as it stands."""
        if start is not None:
            self.session.set_start(start / self._units.column)
        return self._units.seen(self.session.solve(options, stage=stage, progress=progress))

    def go_back_to(self, basis: Basis | None) -> None:
        """Begin the next solve at an earlier basis, after which rows may have been added.

        The dual method is slow where bounds are loosened: what it did for them is to be undone.
        """
        if basis is not None:
            self.session.start_from(basis.with_rows(self.session.row_count))

    def point(self, values: Floats) -> Point:
        """Read a point from column values, shape (column,)."""
        first = self.data.first_stage
        choice = np.where(self.option_column >= 0, values[self.option_column], 1.0)
        stock = np.where(self.stock_column >= 0, values[self.stock_column], first.today_units)
        # A tolerance of the solver is no stock.
        stock = np.where(has_no_room(first, choice), 0.0, stock)
        is_open = np.bincount(
            first.option_warehouse,
            weights=choice * first.option_is_open,
            minlength=first.warehouse_count,
        )
        return Point(
            choice=np.clip(choice, 0.0, 1.0),
            stock_units=np.maximum(stock, 0.0),
            is_open=np.clip(is_open, 0.0, 1.0),
            block_values=values[self.value_column],
            values=values,
        )

    def weights(self, result: SolveResult, rule: StageRule) -> list[dict[Criterion, float]]:
        """Price of each criterion by scenario, that of the stage's own criterion being 1.

        Parameters
        ----------
        result
            Of the master as a linear program.
        rule
            The stage.
        """
        if result.row_duals is None:
            own = {c: 1.0 if c == rule.criterion else 0.0 for c in self.criteria}
            return [dict(own) for _ in range(len(self.value_row))]
        prices = np.maximum(-result.row_duals[self.value_row], 0.0)
        lead = prices[:, self.criteria.index(rule.criterion)]
        largest = np.maximum(prices.max(axis=1), 1e-300)
        base = np.where(lead > 1e-6 * largest, lead, largest)
        scaled = prices / base[:, None]
        scaled[prices.max(axis=1) <= 0.0, self.criteria.index(rule.criterion)] = 1.0
        return [dict(zip(self.criteria, row, strict=True)) for row in scaled.tolist()]

"""Prices of needs and resources by ascent, before any linear program knows the hours.

Given prices of needs, stock, docks and receiving, every pool's best schedule follows exactly
(``dispatch_schedules``), and with it a bound and who would drive. What is then asked for too much
gets dearer, what is left over cheaper: a step along the mean of what was asked for lately (volume
algorithm, Barahona and Anbil 2000), each price in its own measure. A hundred such steps take as
long as one linear program of a great case, and leave prices and trips for it to begin with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_columns import NO_CAP, Columns, UnmetCap, join_columns
from allocator.engine.dispatch_duals import Asked, Duals
from allocator.engine.dispatch_pricing import Pricing
from allocator.engine.dispatch_problem import DispatchProblem

__all__ = ["Ascent", "Climb", "first_prices"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_START = 0.5
"""Prices of needs to begin with, as a share of what a unit costs that never comes."""

_LEAST_STEP, _LONGEST_STEP = 0.001, 2.0
"""Share of the way to where the value is taken to be that a step goes."""

_LONGER, _SHORTER, _PATIENCE = 1.1, 0.6, 6
"""Factors on that share after a better bound, and after so many steps without one."""

_AIM = 0.1
"""How far above the best bound, as a share of it, the value is taken to be."""

_MEAN, _LAST_MEAN, _FADING = 0.5, 0.02, 0.98
"""Weight of the newest schedules in the mean, at first and at last, and how it falls."""

_JOINT_SHARE, _KNOWN_STEPS = 0.04, 125
"""Where docks are shared exactly prices are good already: longest step to begin with. So many steps
count as done for the weight of the newest schedules where a mean is known."""

_RESOURCE = 0.15
"""Measure of a resource's price, as a share of the worth of what passes through it."""

_KEPT = 12
"""Schedules of so many steps are offered as columns."""

_BETTER, _SLOW_STEPS = 1e-6, 25
"""Share by which a bound must rise to be better; steps after which it is asked whether it rises."""


@dataclass(frozen=True)
class Ascent:
    """Outcome of the ascent.

    Parameters
    ----------
    duals
        The prices of the best bound; those of vehicles are not among them.
    bound
        That bound: of the stage plus ``duals.unmet`` times the unmet need.
    columns, use
        Trips with loads of the last steps' schedules, one after the other, many come again; and
        how many vehicles drive each in the mean of those steps, shape (column,).
    delivered
        What the mean of the schedules delivers, shape (need,). [units]
    proofs
        Bound and price of unmet need of every step, shape (step, 2).
    """

    duals: Duals
    bound: float
    columns: Columns
    use: Floats
    delivered: Floats
    proofs: Floats


def first_prices(pricing: Pricing) -> Duals:
    """Return prices to begin with: half of its worth for a need, nothing for a resource."""
    problem = pricing.problem
    data = problem.data
    return Duals(
        need=_START * pricing.prices.lost,
        stock=np.zeros(data.stock_units.shape),
        outside=np.zeros(data.stock_units.shape),
        dock=np.zeros((data.warehouse_count, problem.period_count)),
        vehicle=np.zeros((len(problem.pool_limit), problem.period_count)),
        receive=np.zeros((data.district_count, problem.receive_count)),
    )


class Climb:
    """Raises the bound of one stage step by step.

    Parameters
    ----------
    pricing
        The problem and what the stage charges; its pools have numbers of vehicles.
    start
        Prices to begin with.
    least
        Some bound that is known.
    cap
        Limit on the unmet need.
    share
        Share of the way to where the value is taken to be that the first step goes.
    mean
        What was asked for lately at these prices; None where that is not known.

    Attributes
    ----------
    bound
        Best bound for plans within the cap.
    """

    def __init__(
        self,
        pricing: Pricing,
        start: Duals,
        least: float,
        cap: UnmetCap = NO_CAP,
        share: float = 1.0,
        mean: Asked | None = None,
    ) -> None:
        self._pricing, self._least, self._cap = pricing, least, cap
        self._weight = pricing.problem.data.need_weight
        self._limits, self._scales = _limits(pricing.problem), _scales(pricing)
        # Prices to begin with may be those of a stage that charged more for unmet need.
        dearest = pricing.prices.lost + start.unmet * self._weight
        start = replace(start, need=np.minimum(start.need, dearest))
        self._best = self._present = start
        self.bound = -np.inf
        self._proven = -np.inf
        self._mean = mean
        self._jointly = False
        self._share, self._idle = share, 0
        self._count = 0 if mean is None else _KNOWN_STEPS
        self._kept: list[tuple[Columns, Floats]] = []
        self._proofs: list[tuple[float, float]] = []
        self._bounds: list[float] = []

    def step(self) -> None:
        """Ask at the present prices, then move on from the best ones."""
        proven, asked, driven = self._pricing.ask_schedules(self._present, jointly=self._jointly)
        self._kept = [*self._kept[-_KEPT + 1 :], driven]
        bound = self._note(proven, self._present.unmet)
        if bound > self.bound + _BETTER * abs(bound):
            self._best, self.bound, self._proven, self._idle = self._present, bound, proven, 0
            self._share = min(_LONGEST_STEP, _LONGER * self._share)
        else:
            self._idle += 1
            if self._idle >= _PATIENCE:
                self._share, self._idle = max(_LEAST_STEP, _SHORTER * self._share), 0
        self._bounds.append(self.bound)
        newest = max(_LAST_MEAN, _MEAN * _FADING**self._count)
        self._mean = asked if self._mean is None else self._mean.mixed(asked, newest)
        self._count += 1
        self._move(self._mean)

    def _note(self, proven: float, price: float) -> float:
        """Keep a proof, with its price of unmet need; return the bound of plans within the cap."""
        self._proofs.append((proven, price))
        return proven - (price * self._cap.limit if price else 0.0)

    def prove_jointly(self) -> None:
        """Prove what the best prices do where vehicles that share a dock do so exactly."""
        if len(self._pricing.joint) and not self._jointly:
            self._note(self._pricing.ask_schedules(self._best, jointly=True)[0], self._best.unmet)

    def go_on_jointly(self) -> bool:
        """Let vehicles that share a dock do so exactly from now on; False where none is left to.

        Prices of their docks stay what they are: they say when a departure is wanted by many.
        """
        if self._jointly or len(self._pricing.joint) == 0:
            return False
        dock = self._limits.dock.copy()
        dock[self._pricing.joint.warehouses] = np.inf
        self._limits = replace(self._limits, dock=dock)
        self._jointly, self._present, self._bounds = True, self._best, []
        self._share, self._idle = min(self._share, _JOINT_SHARE), 0
        self._count = max(self._count, _KNOWN_STEPS)
        return True

    def _move(self, mean: Asked) -> None:
        """Step from the best prices towards what is asked for too much in the mean."""
        best, lost = self._best, self._pricing.prices.lost
        limits, scales = self._limits.parts(), self._scales.parts()
        # Needs are short where less comes than is asked for, resources where more is taken.
        short = [
            np.where(np.isfinite(limit), taken - limit, 0.0) if k else limit - taken
            for k, (taken, limit) in enumerate(zip(mean.parts(), limits, strict=True))
        ]
        moves = [
            scale * gap / np.where(np.isfinite(limit), np.maximum(limit, 1.0), 1.0)
            for scale, gap, limit in zip(scales, short, limits, strict=True)
        ]
        slope = sum(float((gap * move).sum()) for gap, move in zip(short, moves, strict=True))
        extra, move, gain = self._unmet_move(short[0])
        aim = max(self.bound + _AIM * abs(self.bound), self._least)
        length = self._share * (aim - self.bound) / max(slope + gain, 1e-9)
        unmet = max(0.0, extra + length * move)
        prices = (best.need, best.stock, best.outside, best.dock, best.receive)
        need, stock, outside, dock, receive = (
            np.maximum(old + length * change, 0.0)
            for old, change in zip(prices, moves, strict=True)
        )
        need = np.minimum(need, lost + unmet * self._weight)
        self._present = Duals(need, stock, outside, dock, best.vehicle, receive, unmet)

    def _unmet_move(self, short: Floats) -> tuple[float, float, float]:
        """Price of unmet need, its direction, and their slope; nothing moves without a cap."""
        price = self._best.unmet
        if not np.isfinite(self._cap.limit):
            return price, 0.0, 0.0
        lost = self._pricing.prices.lost + price * self._weight
        is_dearest = self._best.need >= lost * (1 - 1e-6)
        left = float((self._weight * np.maximum(short, 0.0))[is_dearest].sum())
        gap = left - self._cap.limit
        total = float((self._weight * self._limits.delivered).sum())
        move = self._cap.price * gap / max(total, 1e-9)
        return price, move, gap * move

    @property
    def mean(self) -> Asked:
        """What was asked for lately, with which a later climb from its prices goes on.

        Raises
        ------
        ValueError
            Before the first step.
        """
        if self._mean is None:
            raise ValueError("an ascent takes a step at least")
        return self._mean

    def is_slow(self, share: float = 1e-4) -> bool:
        """Whether the last steps raised the bound by less than a share of it."""
        if len(self._bounds) <= _SLOW_STEPS:
            return False
        before = self._bounds[-1 - _SLOW_STEPS]
        return self.bound - before < share * abs(self.bound)

    def outcome(self) -> Ascent:
        """Best prices, with what was asked for lately."""
        return Ascent(
            self._best,
            self._proven,
            join_columns([columns for columns, _ in self._kept]),
            np.concatenate([vehicles for _, vehicles in self._kept]) / len(self._kept),
            self.mean.delivered,
            np.array(self._proofs),
        )


def _limits(problem: DispatchProblem) -> Asked:
    """What may be asked for at most."""
    return Asked(
        problem.need_units,
        problem.data.stock_units.astype(float),
        problem.data.outside_units.astype(float),
        problem.dock_limit,
        problem.receive_limit,
    )


def _scales(pricing: Pricing) -> Asked:
    """Measure of the prices of needs, stock, leave to go out, docks and receiving."""
    problem, lost = pricing.problem, pricing.prices.lost
    data = problem.data
    item = np.zeros(data.item_count)
    np.maximum.at(item, data.need_item, lost)
    volume = float((problem.need_units * problem.volume_m3).sum())
    per_m3 = float((lost * problem.need_units).sum()) / max(volume, 1e-9)
    shelf = np.broadcast_to(_RESOURCE * item, data.stock_units.shape)
    vehicle = _RESOURCE * per_m3 * float(data.vehicle_volume_m3.mean())
    return Asked(
        lost,
        shelf,
        shelf,
        np.full((data.warehouse_count, problem.period_count), vehicle),
        np.full((data.district_count, problem.receive_count), _RESOURCE * per_m3),
    )


def scheduled_prices(pricing: Pricing, ascent: Ascent) -> tuple[Duals, Floats]:
    """Return the best prices with those of vehicles, and every trip's reduced price at them."""
    quote = pricing.quote(ascent.duals)
    return quote.duals, pricing.quote(replace(quote.duals)).reduced

"""Shapley values: what a whole loses or gains, split over those who take part in it.

A game has players and a value for every coalition of them. A coalition is a number whose bit ``i``
says whether player ``i`` is in it. The share of a player is the mean, over all orders in which the
players may join, of what the value rises by when that player joins (Shapley 1953):

    share[i] = sum over coalitions S without i of  |S|! (n - |S| - 1)! / n! (v(S + i) - v(S))

It is the only split whose shares add up to ``v(all) - v(none)``, that treats players alike who are
alike, gives nothing to a player who never changes the value, and adds up over games.

Where the coalitions are too many, orders are drawn (Castro, Gomez and Tejada 2009), each together
with the reverse order: a player who comes early in one comes late in the other, so that most of the
chance cancels out. Within an order what the players add telescopes, so that drawn shares add up to
the same total.

References
----------
L. S. Shapley, A value for n-person games, in Contributions to the Theory of Games II, Annals of
Mathematics Studies 28 (1953) 307-317. J. Castro, D. Gomez and J. Tejada, Polynomial calculation of
the Shapley value based on sampling, Computers and Operations Research 36 (2009) 1726-1730.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = [
    "SampledShares",
    "draw_orders",
    "exact_shares",
    "marginals",
    "member_table",
    "sampled_shares",
    "settled",
    "share_weights",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_CONFIDENCE = 0.95

_ROUNDING = 1e-9
"""Share of the numbers at hand that may be missing by rounding."""


@dataclass(frozen=True)
class SampledShares:
    """Shares estimated from orders that were drawn.

    Parameters
    ----------
    shares
        Estimates, shape (player,); they add up to the total.
    half_width
        Half of the 95 % confidence interval of each, shape (player,), >= 0; infinite where a
        single pair of orders was drawn.
    """

    shares: Floats
    half_width: Floats


def member_table(player_count: int) -> Flags:
    """Say who is in which coalition, shape (2 ** player_count, player_count)."""
    coalitions = np.arange(2**player_count, dtype=np.int64)
    members: Flags = (coalitions[:, None] >> np.arange(player_count)) & 1 == 1
    return members


def share_weights(player_count: int) -> Floats:
    """Weight of each coalition's value in each player's share.

    Returns
    -------
    Floats
        Shape (player, coalition): ``shares = share_weights(n) @ values``. Each row adds up to 0.
    """
    members = member_table(player_count)
    size = members.sum(axis=1)
    whole = math.factorial(player_count)
    by_size = np.array(
        [
            math.factorial(k) * math.factorial(player_count - k - 1) / whole
            for k in range(player_count)
        ]
    )
    joined = by_size[np.maximum(size - 1, 0)] if player_count else np.zeros(1)
    apart = by_size[np.minimum(size, player_count - 1)] if player_count else np.zeros(1)
    weights: Floats = np.where(members.T, joined, -apart)
    return weights


def exact_shares(values: Floats) -> Floats:
    """Shapley value of every player.

    Parameters
    ----------
    values
        Value of every coalition, shape (2 ** player,); ``values[0]`` is that of nobody.

    Returns
    -------
    Floats
        Shape (player,). Where nobody lowers the value, ``math.fsum`` of it is
        ``values[-1] - values[0]`` to the last digit; see ``settled``. A player who never changes
        the value has exactly 0.

    Raises
    ------
    ValueError
        If the number of values is no power of two.
    """
    count = int(values.size).bit_length() - 1
    if values.size != 2**count:
        raise ValueError(f"{values.size} coalition values; there must be a power of two of them.")
    members, weights = member_table(count), share_weights(count)
    shares = np.zeros(count)
    for player in range(count):
        without = np.flatnonzero(~members[:, player])
        rises = values[without + 2**player] - values[without]
        shares[player] = math.fsum(-weights[player, without] * rises)
    return settled(shares, float(values[-1] - values[0]), float(np.abs(values).max()))


def settled(shares: Floats, total: float, scale: float = 0.0) -> Floats:
    """Return shares whose ``math.fsum`` is the total, to the last digit.

    What rounding leaves goes onto the largest share; what that cannot take up, because its digits
    are too coarse, onto the next. Shares of exactly 0 stay so. Where shares of both signs are all
    larger than the total, their last digits may be too coarse for it: then rounding is left.

    Parameters
    ----------
    shares
        Shape (player,); they add up to the total but for rounding.
    total
        What they must add up to.
    scale
        Size of the numbers that the shares were made from; rounding is measured against it.

    Raises
    ------
    ValueError
        If the shares miss the total by more than rounding.
    """
    found = shares.astype(np.float64).copy()
    left = math.fsum((total, *(-found)))
    if abs(left) > _ROUNDING * max(scale, abs(total), float(np.abs(found).sum())):
        raise ValueError(f"shares add up to {math.fsum(found)!r}, not to {total!r}.")
    for player in np.argsort(-np.abs(found), kind="stable"):
        if math.fsum(found) == total or found[player] == 0.0:
            break
        found[player] += math.fsum((total, *(-found)))
    return found


def draw_orders(player_count: int, pair_count: int, seed: int) -> Integers:
    """Draw orders in which the players may join, each followed by its reverse.

    Parameters
    ----------
    player_count, pair_count
        Players, and pairs of orders, > 0.
    seed
        Of the random numbers; equal seeds give equal orders, and more pairs only add some.

    Returns
    -------
    Integers
        Shape (2 * pair_count, player_count); each row holds every player once.
    """
    chance = np.random.default_rng(seed)
    drawn = np.array([chance.permutation(player_count) for _ in range(pair_count)], dtype=np.int64)
    return np.stack([drawn, drawn[:, ::-1]], axis=1).reshape(2 * pair_count, player_count)


def marginals(orders: Integers, chain_values: Floats) -> Floats:
    """What each player adds when joining in each order.

    Parameters
    ----------
    orders
        Shape (order, player).
    chain_values
        Value of the first ``k`` players of each order, shape (order, player + 1).

    Returns
    -------
    Floats
        Shape (order, player), by player, not by place. Each row adds up to the last less the first
        value of its chain.
    """
    rises = np.diff(chain_values, axis=1)
    found = np.empty_like(rises)
    np.put_along_axis(found, orders, rises, axis=1)
    return found


def sampled_shares(orders: Integers, chain_values: Floats) -> SampledShares:
    """Estimate Shapley values from pairs of orders.

    The two orders of a pair depend on each other, so that the spread is that of the pairs' means.

    Parameters
    ----------
    orders
        As ``draw_orders`` gives them, shape (2 * pair, player).
    chain_values
        Value of the first ``k`` players of each order, shape (2 * pair, player + 1).
    """
    by_order = marginals(orders, chain_values)
    by_pair = 0.5 * (by_order[0::2] + by_order[1::2])
    pairs = len(by_pair)
    total = float(chain_values[0, -1] - chain_values[0, 0])
    shares = settled(by_pair.mean(axis=0), total, float(np.abs(chain_values).max()))
    if pairs < 2:
        return SampledShares(shares, np.full(shares.shape, np.inf))
    factor = float(stats.t.ppf(0.5 + 0.5 * _CONFIDENCE, pairs - 1))
    deviation = by_pair.std(axis=0, ddof=1)
    return SampledShares(shares, factor * deviation / math.sqrt(pairs))

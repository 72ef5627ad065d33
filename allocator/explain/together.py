"""Which few things are enough only together, where none is alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

from allocator.explain.things import Thing

__all__ = ["MOST_TOGETHER", "smallest_set"]

MOST_TOGETHER = 3
"""So many things together are looked for one set after the other."""


def smallest_set(
    things: Sequence[Thing], is_enough: Callable[[tuple[Thing, ...]], bool]
) -> tuple[Thing, ...]:
    """Find as few things as are enough together.

    Relaxing more never brings less, so that all of them together say whether any are enough; then
    the hardest to grant is taken back first while the rest is enough. Where that leaves more than
    two, pairs and threes are tried one after the other.

    Parameters
    ----------
    things
        None of them is enough alone; in the order in which they are named, the easiest to grant
        first.
    is_enough
        Whether some of them are.

    Returns
    -------
    tuple
        In that order; empty where even all are not enough.
    """
    ordered = list(things)
    if not is_enough(tuple(ordered)):
        return ()
    chosen = list(ordered)
    for thing in reversed(ordered):
        fewer = [other for other in chosen if other != thing]
        if fewer and is_enough(tuple(fewer)):
            chosen = fewer
    for size in range(2, min(len(chosen), MOST_TOGETHER + 1)):
        for few in combinations(ordered, size):
            if is_enough(few):
                return few
    return tuple(chosen)

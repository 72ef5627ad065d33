"""How far a figure may be off before the replay calls it broken, and why.

- Figures of one plan that follow from each other (stock from today, bought and withdrawn; hours of
  a trip; weights of a load) are plain sums of the tables, so they agree but for binary arithmetic
  and for rounding in the last digit kept: ``FIGURE`` per term and ``FIGURE_RELATIVE``.
- Limits (supply, volume, budgets) are kept by a linear solver within its feasibility tolerance:
  ``LIMIT`` per term and ``LIMIT_RELATIVE``.
- Objectives are sums over all rows, and they are told for the very tables that are replayed:
  ``OBJECTIVE_RELATIVE`` for binary arithmetic, plus half of the last digit kept (``ROUNDING``)
  times the factor of every row, because each row is rounded on its own. Anything looser would let
  a flow that is changed by a few units pass, where the sum is in the millions.
- Hours are exact but for binary arithmetic: ``HOURS``. A vehicle that returns this much after the
  next one is loaded, or goods in hand this much after the deadline, are on time.
- Whole units: a stock of 99.9999999 units holds 100 whole ones.
"""

from __future__ import annotations

__all__ = [
    "CLOCK_SECONDS",
    "FIGURE",
    "FIGURE_RELATIVE",
    "GAP",
    "HOURS",
    "LEXICOGRAPHIC",
    "LIMIT",
    "LIMIT_RELATIVE",
    "OBJECTIVE_RELATIVE",
    "ROUNDING",
    "WHOLE",
    "figure_room",
    "limit_room",
]

FIGURE = 1e-6
FIGURE_RELATIVE = 1e-9
LIMIT = 1e-6
LIMIT_RELATIVE = 1e-6
OBJECTIVE_RELATIVE = 1e-9
ROUNDING = 5e-7
HOURS = 1e-6
WHOLE = 1e-6

#: Gaps are shares; a gap that differs by less is the same gap.
GAP = 1e-6

#: A stage may give up this share of its value for the next one (docs: ``1 + 1e-4``).
LEXICOGRAPHIC = 1e-4

#: Clock times are rounded to the minute, half a minute either way.
CLOCK_SECONDS = 30.01


def figure_room(value: float, terms: float = 1) -> float:
    """Largest difference allowed between a figure and its recomputed value.

    Parameters
    ----------
    value
        The recomputed value.
    terms
        How many rounded figures it was made from, each times its factor.
    """
    return FIGURE * max(1.0, terms) + FIGURE_RELATIVE * abs(value)


def limit_room(limit: float, terms: float = 1) -> float:
    """Largest excess over a limit that is put down to the solver's tolerance.

    Parameters
    ----------
    limit
        The limit.
    terms
        How many figures are added up against it, each times its factor.
    """
    return LIMIT * max(1.0, terms) + LIMIT_RELATIVE * abs(limit)

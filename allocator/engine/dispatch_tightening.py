"""Goes on from a linear program's prices where docks are shared exactly."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from allocator.engine.dispatch_columns import UnmetCap
from allocator.engine.dispatch_prices import Climb
from allocator.engine.dispatch_pricing import Pricing
from allocator.engine.dispatch_relaxation import Relaxation

__all__ = ["MOST_STEPS", "tightened"]

MOST_STEPS = 5_000
"""Of an ascent."""


def tightened(pricing: Pricing, found: Relaxation, cap: UnmetCap, until: float) -> Relaxation:
    """Add what its prices prove where vehicles that share a dock do so exactly, and go on.

    Parameters
    ----------
    pricing
        The problem and what the stage charges; its pools have numbers of vehicles.
    found
        The relaxation, solved under the same limit.
    cap
        Limit on the unmet need.
    until
        Reading of ``time.monotonic`` by which to end; one step is taken in any case. [s]
    """
    limit = found.bound(cap.limit if np.isfinite(cap.limit) else 0.0)
    mean = found.columns.asked(pricing.problem, found.use)
    climb = Climb(pricing, found.duals, limit, cap, mean=mean)
    climb.go_on_jointly()
    for _ in range(MOST_STEPS):
        climb.step()
        if time.monotonic() > until or climb.is_slow():
            break
    return replace(found, proofs=np.concatenate([found.proofs, climb.outcome().proofs]))

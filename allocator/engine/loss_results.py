"""Rows of the losses that were tested, the one that hurts most first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from allocator.engine.loss_list import Loss, case_losses
from allocator.engine.loss_unmet import LossUnmet
from allocator.engine.placement_data import PlacementProblem
from allocator.schema.results import LossResult
from models.valuation import FirstStagePlan

__all__ = ["loss_results"]


def loss_results(problem: PlacementProblem, plan: FirstStagePlan) -> tuple[LossResult, ...]:
    """Test every loss of the case in every scenario.

    Parameters
    ----------
    problem
        The placement problem.
    plan
        Sizes and whole stock.
    """
    losses = case_losses(problem, promised=False)
    if not losses:
        return ()
    promised = {(loss.origin, loss.code) for loss in case_losses(problem, promised=True)}
    tested = LossUnmet(problem.data, losses)
    stock = plan.stock_units
    is_open = problem.data.first_stage.option_is_open[plan.option].astype(float)
    count = len(tested.need)
    whole, after = np.zeros(count), np.zeros((count, len(losses)))
    for s in range(count):
        whole[s], after[s] = tested.unmet(s, stock, is_open)
    rows = []
    for q, loss in enumerate(losses):
        if loss.origin == "each_warehouse" and not tested.may_matter(q, stock):
            continue
        is_promised = (loss.origin, loss.code) in promised
        rows.append(_row(problem, tested, loss, (after[:, q], whole), is_promised=is_promised))
    rows.sort(key=lambda row: (-row.expected_added_unmet, row.served_share, row.loss))
    return tuple(rows)


def _row(
    problem: PlacementProblem,
    tested: LossUnmet,
    loss: Loss,
    unmet_units: Sequence[np.ndarray],
    *,
    is_promised: bool,
) -> LossResult:
    """One loss with its worst scenario, given the unmet need with and without it by scenario."""
    unmet, whole = unmet_units
    need = np.maximum(tested.need, 1e-12)
    share, before = 1.0 - unmet / need, 1.0 - whole / need
    added = np.maximum(unmet - whole, 0.0)
    worst = int(np.argmin(share))
    promised = problem.case.settings.n1_served_share if is_promised else None
    served = float(np.clip(share[worst], 0.0, 1.0))
    return LossResult(
        loss=loss.code,
        origin="listed" if loss.origin == "listed" else "each_warehouse",
        lost=loss.words,
        expected_added_unmet=float(problem.data.probability @ added),
        scenario=problem.case.scenarios[worst].scenario,
        served_share=served,
        share_without_loss=float(np.clip(before[worst], 0.0, 1.0)),
        added_unmet=float(added[worst]),
        promised_share=promised,
        is_kept=None if promised is None else served >= promised - 1e-6,
    )

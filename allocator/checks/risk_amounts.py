"""Amounts of loss must be in CNY, and insurers pay no more than was lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from allocator.draft import Draft
from allocator.schema.risks import RiskElement

__all__ = ["check_amounts", "mixed_units"]

FEWEST_AMOUNTS = 4
"""Amounts of which it can be said that one is in another unit than the others."""

CLEAR_GAP = 2.0
"""Powers of ten that no amount falls into between two groups."""

UNIT_POWERS = (3.3, 4.7)
"""Powers of ten between the middles of two groups that a factor of 10,000 explains."""


@dataclass(frozen=True)
class _Amount:
    """One amount that is compared with others of its kind.

    Parameters
    ----------
    position
        Row of the sheet.
    value
        What stands in the cell. [CNY]
    compared
        The same by what it should go with: people, or the direct loss.
    """

    position: int
    value: float
    compared: float


def check_amounts(draft: Draft) -> None:
    """Check payouts against losses, and look for amounts in 10,000 CNY among those in CNY."""
    table = draft.table(RiskElement)
    kinds: dict[tuple[str, str], list[_Amount]] = {}
    for position, row in draft.rows(RiskElement):
        payout, direct = row.insurance_payout_cny, row.direct_loss_cny
        if payout is not None and payout > direct:
            draft.report(
                "payout_above_loss",
                (table, position, "insurance_payout_cny"),
                payout,
                f"must not be above direct_loss_cny ({direct:.15g})",
                "Maybe the two are mixed up, or one of them is in 10,000 CNY.",
            )
        if direct > 0 and row.exposed_people:
            amount = _Amount(position, direct, direct / row.exposed_people)
            kinds.setdefault(("direct_loss_cny", f"{row.hazard} a person"), []).append(amount)
        elif direct > 0:
            amount = _Amount(position, direct, direct)
            kinds.setdefault(("direct_loss_cny", row.hazard), []).append(amount)
        for field in ("insurance_payout_cny", "secondary_loss_cny"):
            value = getattr(row, field)
            if value and direct > 0:
                amount = _Amount(position, value, value / direct)
                kinds.setdefault((field, row.hazard), []).append(amount)
    for (field, kind), amounts in kinds.items():
        _check_units(draft, field, kind, amounts)


def mixed_units(values: Sequence[float]) -> tuple[list[int], bool] | None:
    """Find values that are about 10,000 times off the others.

    The values fall into two groups with a gap of at least 100 times between them, and the middles
    of the groups are 2,000 to 50,000 times apart.

    Parameters
    ----------
    values
        Positive values.

    Returns
    -------
    tuple or None
        Places of the smaller group (of equal ones, the low one), and whether it is the low one.
    """
    if len(values) < FEWEST_AMOUNTS:
        return None
    ordered = sorted((math.log10(value), place) for place, value in enumerate(values))
    gap, cut = max((b[0] - a[0], k) for k, (a, b) in enumerate(pairwise(ordered), start=1))
    low, high = ordered[:cut], ordered[cut:]
    apart = median(log for log, _ in high) - median(log for log, _ in low)
    if gap < CLEAR_GAP or not UNIT_POWERS[0] <= apart <= UNIT_POWERS[1]:
        return None
    is_low = len(low) <= len(high)
    return [place for _, place in (low if is_low else high)], is_low


def _check_units(draft: Draft, field: str, kind: str, amounts: Sequence[_Amount]) -> None:
    """Report amounts of one kind that seem to be in another unit than the others."""
    found = mixed_units([amount.compared for amount in amounts])
    if found is None:
        return
    places, is_low = found
    against = "" if field == "direct_loss_cny" else ", each against its direct loss"
    if is_low:
        side, hint = "below", "Maybe it is in 10,000 CNY: multiply it by 10,000."
    else:
        side, hint = "above", "Maybe the others are in 10,000 CNY: multiply them by 10,000."
    for place in places:
        amount = amounts[place]
        draft.report(
            "mixed_units",
            (draft.table(RiskElement), amount.position, field),
            amount.value,
            f"is about 10,000 times {side} the other amounts of {kind}{against}",
            hint,
        )

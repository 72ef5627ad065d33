"""What a dispatch loses under given hours of release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from allocator.approvals import Release

__all__ = ["Loss", "Losses"]


@dataclass(frozen=True)
class Loss:
    """Loss of the best dispatch, as an interval.

    Parameters
    ----------
    low_cny, high_cny
        Proven bound, and value of a plan that is known. [CNY]
    waiting_person_hours
        People times hours without what they need, under that plan. [person-h]
    served_share
        Weighted share of need in hand under that plan.
    relaxed_cny
        Value within the interval that differences are best taken of: that of the dispatch whose
        vehicles may be fractions, exact to 1e-7 of it, or the value itself where it is known
        exactly; None where neither is known. [CNY]
    """

    low_cny: float
    high_cny: float
    waiting_person_hours: float
    served_share: float
    relaxed_cny: float | None = None


class Losses(Protocol):
    """Who can say what a dispatch loses under given hours of release."""

    @property
    def solves(self) -> int:
        """Distinct solves made."""

    @property
    def asked(self) -> int:
        """Questions asked."""

    def __call__(self, release: Release) -> Loss:
        """Loss under these hours of release."""

"""Loss accounts: direct, paid by insurers, uninsured, secondary and total, added up exactly.

Amounts are whole numbers of 0.01 CNY (fen) from the moment they are read, so that totals agree
over any way of adding them up; expected values are fractions of these. Only what is written into
a sheet is a decimal number again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from allocator.case import Case
from allocator.errors import ConflictError
from allocator.schema.network import District
from allocator.schema.risks import Hazard, RiskElement

__all__ = [
    "DIMENSIONS",
    "HOUR_BANDS",
    "Account",
    "Dimension",
    "account_of",
    "accounts",
    "hour_band",
]

Dimension = Literal[
    "scenario", "event_class", "hazard", "subclass", "level", "district", "prefecture", "province",
    "hours",
]  # fmt: skip
"""What losses can be added up by."""

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

HOUR_BANDS = (6, 12, 24, 48, 72)
"""Ends of the bands of hours from the event; a band begins where the one before ends. [h]"""

FEN = 100
"""Parts of a CNY that are counted."""


@dataclass(frozen=True)
class Account:
    """Losses of some records, in whole fen, or in fractions of them where they are expected.

    Parameters
    ----------
    direct_fen, payout_fen, secondary_fen
        Direct loss, what insurers pay of it, loss that follows. [0.01 CNY]
    elements_count
        Records that were added up.
    """

    direct_fen: int | Fraction = 0
    payout_fen: int | Fraction = 0
    secondary_fen: int | Fraction = 0
    elements_count: int = 0

    @property
    def uninsured_fen(self) -> int | Fraction:
        """Direct loss that insurers do not pay. [0.01 CNY]"""
        return self.direct_fen - self.payout_fen

    @property
    def total_fen(self) -> int | Fraction:
        """Uninsured and secondary loss. [0.01 CNY]"""
        return self.uninsured_fen + self.secondary_fen

    def __add__(self, other: Account) -> Account:
        """Both together."""
        return Account(
            self.direct_fen + other.direct_fen,
            self.payout_fen + other.payout_fen,
            self.secondary_fen + other.secondary_fen,
            self.elements_count + other.elements_count,
        )

    def times(self, share: Fraction) -> Account:
        """Return the same records with a share of their losses."""
        return Account(
            self.direct_fen * share,
            self.payout_fen * share,
            self.secondary_fen * share,
            self.elements_count,
        )


def hour_band(hour: int) -> str:
    """Name the band of an hour from the event: ``0-6 h`` holds hours 0 to 5.

    Parameters
    ----------
    hour
        Hour from the event, >= 0. [h]
    """
    place = bisect_right(HOUR_BANDS, hour)
    begin = HOUR_BANDS[place - 1] if place else 0
    return f"{begin}-{HOUR_BANDS[place]} h" if place < len(HOUR_BANDS) else f"{begin}+ h"


def account_of(element: RiskElement, hazard: Hazard | None) -> Account:
    """Losses of one record; what it leaves empty is a share of its direct loss.

    Parameters
    ----------
    element
        The record.
    hazard
        Its class; without one nothing is paid and nothing follows.
    """
    direct = _fen(element.direct_loss_cny)
    payout, secondary = element.insurance_payout_cny, element.secondary_loss_cny
    insured = hazard.insurance_share if hazard else 0.0
    following = hazard.secondary_share if hazard else 0.0
    return Account(
        direct,
        _part(direct, insured) if payout is None else _fen(payout),
        _part(direct, following) if secondary is None else _fen(secondary),
        1,
    )


def accounts(
    case: Case,
    by: Sequence[Dimension] = ("scenario", "hazard"),
    scenarios: Iterable[str] | None = None,
) -> dict[tuple[str, ...], Account]:
    """Add the losses of a case up by any of ``DIMENSIONS``.

    Adding up the result further gives exactly what asking for less would have given.

    Parameters
    ----------
    case
        The checked case.
    by
        Dimensions of the keys, in their order; none gives one account with an empty key.
    scenarios
        Scenarios to look at; None means those of the chosen sample.

    Returns
    -------
    dict
        Account by key; a key has one text for each dimension. Keys without records are absent.

    Raises
    ------
    ConflictError
        If a dimension does not exist.
    """
    for name in by:
        if name not in DIMENSIONS:
            known = ", ".join(DIMENSIONS)
            raise ConflictError(f"losses cannot be added up by {name!r}. Maybe by one of: {known}.")
    return added_up(measured(case, scenarios), by)


@dataclass(frozen=True)
class Measured:
    """A record with what belongs to it, its amounts read once.

    Parameters
    ----------
    element, hazard, district
        The record, its class and its district.
    account
        Its losses.
    """

    element: RiskElement
    hazard: Hazard | None
    district: District | None
    account: Account

    def member(self, name: Dimension) -> str:
        """What the record counts under in one dimension."""
        match name:
            case "hours":
                return hour_band(self.element.hour)
            case "event_class":
                return (self.hazard.event_class or "") if self.hazard else ""
            case "prefecture":
                return self.district.prefecture if self.district else ""
            case "province":
                return self.district.province if self.district else ""
            case "level":
                return str(self.element.level)
            case _:
                return str(getattr(self.element, name))


def measured(case: Case, scenarios: Iterable[str] | None = None) -> list[Measured]:
    """Read the amounts of the records of some scenarios, None means all of the chosen sample."""
    wanted = None if scenarios is None else set(scenarios)
    hazards = {row.hazard: row for row in case.hazards}
    districts = {row.district: row for row in case.districts}
    return [
        Measured(
            row,
            hazards.get(row.hazard),
            districts.get(row.district),
            account_of(row, hazards.get(row.hazard)),
        )
        for row in case.risk_elements
        if wanted is None or row.scenario in wanted
    ]


def added_up(
    records: Iterable[Measured], by: Sequence[Dimension]
) -> dict[tuple[str, ...], Account]:
    """Add records up by some dimensions, as ``accounts`` does."""
    found: dict[tuple[str, ...], Account] = {}
    for record in records:
        key = tuple(record.member(name) for name in by)
        found[key] = found.get(key, Account()) + record.account
    return found


def _fen(amount_cny: float) -> int:
    """Whole fen of an amount, half to even, from its shortest decimal form."""
    return round(Fraction(repr(amount_cny)) * FEN)


def _part(fen: int, share: float) -> int:
    """Whole fen of a share of an amount, half to even."""
    return round(fen * Fraction(repr(share)))

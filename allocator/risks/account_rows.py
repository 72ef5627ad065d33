"""Loss accounts as rows of the sheet: for each scenario, and expected over all."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from allocator.case import Case
from allocator.risks.accounts import (
    HOUR_BANDS,
    Account,
    Dimension,
    added_up,
    hour_band,
    measured,
)
from allocator.schema.risks import AccountGrouping, LossAccount

__all__ = ["EXPECTED", "account_rows", "expected_rows"]

EXPECTED = "any"
"""What stands for the expected value of all scenarios."""

_GROUPINGS: dict[AccountGrouping, tuple[Dimension, ...]] = {
    "all": (),
    "hazard": ("hazard",),
    "province": ("province",),
    "prefecture": ("prefecture",),
    "district": ("district",),
    "hours": ("hours",),
}

_BANDS = {hour_band(hour): hour for hour in (0, *HOUR_BANDS)}


def account_rows(case: Case, scenarios: Iterable[str]) -> tuple[LossAccount, ...]:
    """Return the accounts of each scenario that has records, by every grouping.

    Parameters
    ----------
    case
        The checked case.
    scenarios
        Codes of the scenarios that were planned.
    """
    probabilities = {row.scenario: row.probability for row in case.scenarios}
    wanted = [code for code in dict.fromkeys(scenarios) if code in probabilities]
    lines: list[LossAccount] = []
    records = measured(case, wanted)
    for code in wanted:
        own = [record for record in records if record.element.scenario == code]
        for name, by in _GROUPINGS.items():
            found = {"".join(key): one for key, one in added_up(own, by).items()}
            lines += _lines(code, probabilities[code], name, found)
    return tuple(lines)


def expected_rows(case: Case) -> tuple[LossAccount, ...]:
    """Return the expected accounts over all scenarios of the chosen sample, by every grouping.

    Scenarios without records count nothing; ``probability`` says how much of the sample has any.
    """
    probabilities = {row.scenario: Fraction(repr(row.probability)) for row in case.scenarios}
    records = measured(case)
    told = {record.element.scenario for record in records}
    covered = float(sum(share for code, share in probabilities.items() if code in told))
    lines: list[LossAccount] = []
    for name, by in _GROUPINGS.items():
        joined: dict[str, Account] = {}
        for key, one in added_up(records, ("scenario", *by)).items():
            member = "".join(key[1:])
            share = one.times(probabilities[key[0]])
            joined[member] = joined.get(member, Account()) + share
        lines += _lines(EXPECTED, covered, name, joined)
    return tuple(lines)


def _lines(
    scenario: str, probability: float, grouping: AccountGrouping, found: dict[str, Account]
) -> list[LossAccount]:
    """Return the lines of one grouping, bands of hours in their order, others by code."""
    ordered = sorted(found, key=lambda member: (_BANDS.get(member, 0), member))
    return [
        LossAccount(
            scenario=scenario,
            probability=probability,
            grouping=grouping,
            member=member,
            elements_count=found[member].elements_count,
            direct_loss_cny=_cny(found[member].direct_fen),
            insurance_payout_cny=_cny(found[member].payout_fen),
            uninsured_cny=_cny(found[member].uninsured_fen),
            secondary_loss_cny=_cny(found[member].secondary_fen),
            total_loss_cny=_cny(found[member].total_fen),
        )
        for member in ordered
    ]


def _cny(fen: int | Fraction) -> float:
    """Amount in CNY, to whole fen."""
    return round(fen) / 100

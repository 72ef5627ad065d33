"""Loss accounts, added up again from the records of the case in decimal arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal

from allocator.replay.facts import Facts
from allocator.replay.findings import Findings
from allocator.schema.risks import LossAccount, RiskElement

__all__ = ["check_accounts"]

_EXPECTED = "any"
_BAND_ENDS = (6, 12, 24, 48, 72)
_FEN = Decimal("0.01")
_FIGURES = ("direct_loss_cny", "insurance_payout_cny", "secondary_loss_cny")

_ROOM_CNY = 0.0051
"""Expected amounts are rounded to 0.01 CNY; the others are exact."""

_HINT = "the table was edited, or the records of the case were"

#: More digits than amounts, shares and probabilities together can have.
_EXACT = Context(prec=120, rounding=ROUND_HALF_EVEN)

_Key = tuple[str, str, str]
_Sums = list[Decimal]


def check_accounts(
    facts: Facts, dispatched: Iterable[str], rows: Sequence[LossAccount], findings: Findings
) -> None:
    """Check that every line is there, is known, and has the figures of the records.

    Parameters
    ----------
    facts
        The case.
    dispatched
        Scenarios that the plan dispatches.
    rows
        Sound rows of Loss_Accounts.
    findings
        Where broken rules are noted.
    """
    planned = list(dispatched)
    found, counts, chances = _recomputed(facts, planned)
    told: dict[_Key, LossAccount] = {}
    for row in rows:
        key: _Key = (row.scenario, row.grouping, row.member)
        told[key] = row
        if key not in found:
            fact = "no record of the plan's scenarios belongs to this line"
            findings.add("account_known", _where(key), 1.0, fact, _HINT)
    for key, sums in found.items():
        line = told.get(key)
        if line is None:
            fact = "the line must be listed in Loss_Accounts"
            findings.add("account_listed", _where(key), 1.0, fact, "its row was deleted")
            continue
        _check_line(findings, key, line, sums)
        if line.elements_count != counts[key]:
            fact = f"elements_count ({line.elements_count}) must be {counts[key]}"
            findings.add("account_count", _where(key), 1.0, fact, _HINT)
        chance = float(chances[key[0]])
        findings.same(
            "account_probability", _where(key), "probability", line.probability, chance, hint=_HINT
        )


def _where(key: _Key) -> str:
    """Name a line."""
    scenario, grouping, member = key
    return f"account of scenario {scenario}, {grouping} {member}".rstrip()


def _check_line(findings: Findings, key: _Key, line: LossAccount, sums: _Sums) -> None:
    """Compare one line with its sums."""
    direct, payout, secondary = sums
    uninsured = _EXACT.subtract(direct, payout)
    for name, told, amount in (
        ("direct_loss_cny", line.direct_loss_cny, direct),
        ("insurance_payout_cny", line.insurance_payout_cny, payout),
        ("uninsured_cny", line.uninsured_cny, uninsured),
        ("secondary_loss_cny", line.secondary_loss_cny, secondary),
        ("total_loss_cny", line.total_loss_cny, _EXACT.add(uninsured, secondary)),
    ):
        value = float(amount)
        room = _ROOM_CNY if line.scenario == _EXPECTED else 0.001
        room += 4e-16 * abs(value)
        findings.same("account_loss", _where(key), name, told, value, hint=_HINT, room=room)


def _recomputed(
    facts: Facts, planned: Sequence[str]
) -> tuple[dict[_Key, _Sums], dict[_Key, int], Mapping[str, Decimal]]:
    """Sums by line, records by line, and the probability of each scenario or of all with any."""
    chances = {code: Decimal(repr(row.probability)) for code, row in facts.scenarios.items()}
    known = [row for row in facts.case.risk_elements if row.scenario in chances]
    with_records = {row.scenario for row in known}
    has_expected = len(set(planned)) > 1 and with_records <= set(planned)
    sums: dict[_Key, _Sums] = {}
    counts: dict[_Key, int] = {}
    ratios = {row.hazard: (row.insurance_share, row.secondary_share) for row in facts.case.hazards}
    for row in known:
        amounts = _amounts(row, ratios.get(row.hazard, (0.0, 0.0)))
        parts = [(row.scenario, Decimal(1))] if row.scenario in planned else []
        if has_expected:
            parts.append((_EXPECTED, chances[row.scenario]))
        for scenario, weight in parts:
            for grouping, member in _members(facts, row):
                key = (scenario, grouping, member)
                total = sums.setdefault(key, [Decimal(0)] * len(_FIGURES))
                for place, amount in enumerate(amounts):
                    total[place] = _EXACT.fma(amount, weight, total[place])
                counts[key] = counts.get(key, 0) + 1
    chances[_EXPECTED] = sum((chances[code] for code in sorted(with_records)), Decimal(0))
    return sums, counts, chances


def _members(facts: Facts, row: RiskElement) -> list[tuple[str, str]]:
    """Lines of a scenario that a record counts for."""
    district = facts.districts[row.district]
    begin, band = 0, f"{_BAND_ENDS[-1]}+ h"
    for end in _BAND_ENDS:
        if row.hour < end:
            band = f"{begin}-{end} h"
            break
        begin = end
    return [
        ("all", ""),
        ("hazard", row.hazard),
        ("province", district.province),
        ("prefecture", district.prefecture),
        ("district", row.district),
        ("hours", band),
    ]


def _amounts(row: RiskElement, ratios: tuple[float, float]) -> _Sums:
    """Direct loss, payout and secondary loss of a record, each to 0.01. [CNY]"""
    direct = _cents(Decimal(repr(row.direct_loss_cny)))
    found = [direct]
    for given, share in zip(
        (row.insurance_payout_cny, row.secondary_loss_cny), ratios, strict=True
    ):
        amount = _EXACT.multiply(direct, Decimal(repr(share)))
        found.append(_cents(amount if given is None else Decimal(repr(given))))
    return found


def _cents(amount_cny: Decimal) -> Decimal:
    """Round to 0.01 CNY, half to even."""
    return amount_cny.quantize(_FEN, context=_EXACT)

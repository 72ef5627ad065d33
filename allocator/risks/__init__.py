"""The risk-element library: codes, loss accounts, and the need that exposed people suggest."""

from __future__ import annotations

from allocator.risks.account_rows import EXPECTED, account_rows, expected_rows
from allocator.risks.accounts import DIMENSIONS, HOUR_BANDS, Account, Dimension, accounts, hour_band
from allocator.risks.codes import WHOLE_CLASS, RiskCode, format_code, is_class_code, parse_code
from allocator.risks.demand import suggested_demand, suggested_units

__all__ = [
    "DIMENSIONS",
    "EXPECTED",
    "HOUR_BANDS",
    "WHOLE_CLASS",
    "Account",
    "Dimension",
    "RiskCode",
    "account_rows",
    "accounts",
    "expected_rows",
    "format_code",
    "hour_band",
    "is_class_code",
    "parse_code",
    "suggested_demand",
    "suggested_units",
]

"""Which provinces somebody answers for, and what may be seen from there.

Dispatch crosses provinces, so that a case belongs to all provinces with districts in it: each of
them sees the case, its runs and the rows about its own districts and warehouses.
"""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["covers", "is_within", "province_of"]


def province_of(district: str) -> str:
    """Two digits of the province in a district's code (GB/T 2260)."""
    return district[:2]


def is_within(concerned: Collection[str], provinces: frozenset[str]) -> bool:
    """Whether any of the provinces concerned is one's own; no provinces stands for all."""
    return not provinces or not provinces.isdisjoint(concerned)


def covers(concerned: Collection[str], provinces: frozenset[str]) -> bool:
    """Whether all provinces concerned are one's own; only then whole files may be had."""
    return not provinces or provinces.issuperset(concerned)

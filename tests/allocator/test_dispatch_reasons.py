"""The order in which the reasons of a shortage are told."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from allocator.engine.dispatch_reasons import _TIERS, REASONS, ShortageReasons, _Held


def reasons_for(monkeypatch: pytest.MonkeyPatch, held: dict[str, float]) -> ShortageReasons:
    """Reasons of a plan that holds back so many units for each reason, of 20 that are needed."""
    found = {reason: _Held(units, 1) for reason, units in held.items()}
    monkeypatch.setattr(ShortageReasons, "_held", lambda *_: found)
    reasons = ShortageReasons.__new__(ShortageReasons)
    inputs = SimpleNamespace(demand_units=np.array([[20.0]]), district=np.array([0]))
    object.__setattr__(reasons, "inputs", inputs)
    return reasons


def test_every_reason_has_a_tier() -> None:
    """No reason is left out of the ranking."""
    assert set(_TIERS) == set(REASONS)


@pytest.mark.parametrize(
    ("held", "first"),
    [
        # Each alone is enough: what the fewest people must agree to comes first.
        ({"no_stock": 9.0, "out_of_reach": 9.0, "vehicles": 9.0}, "vehicles"),
        ({"home_reserve": 9.0, "paper": 9.0}, "paper"),
        ({"out_of_reach": 9.0, "home_reserve": 9.0}, "home_reserve"),
        ({"no_stock": 9.0, "out_of_reach": 9.0}, "out_of_reach"),
        ({"docks": 9.0, "other": 9.0}, "other"),
        # Of one tier, the one that holds back more.
        ({"docks": 9.0, "vehicles": 10.0}, "vehicles"),
        ({"docks": 10.0, "receiving": 9.0}, "docks"),
        # One that is enough beats a lower tier that is not.
        ({"other": 4.0, "no_stock": 9.0}, "no_stock"),
        # None is enough: the one that holds back most, whatever its tier.
        ({"other": 2.0, "vehicles": 3.0, "out_of_reach": 5.0}, "out_of_reach"),
    ],
)
def test_reasons_are_ranked_by_who_must_agree(
    monkeypatch: pytest.MonkeyPatch, held: dict[str, float], first: str
) -> None:
    """With 9 units missing, the first reason is the one that is lifted with the least consent."""
    reason, sentence = reasons_for(monkeypatch, held).explain(0, 0, 9.0)
    assert reason == first
    assert sentence.startswith("9 of 20 units are missing: ")


def test_what_no_warehouse_holds_is_missing_stock(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 4 units held back of 9, the other 5 are nowhere; they are told first."""
    reason, sentence = reasons_for(monkeypatch, {"docks": 4.0}).explain(0, 0, 9.0)
    assert reason == "no_stock"
    assert "for 5 units there is no stock left anywhere; 4 units" in sentence


def test_part_of_a_unit_is_no_ones_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than a unit is missing only because units are whole."""
    reason, _ = reasons_for(monkeypatch, {"docks": 4.0}).explain(0, 0, 0.5)
    assert reason == "other"

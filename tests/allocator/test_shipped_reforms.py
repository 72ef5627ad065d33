"""Reforms and variants of the shipped data."""

from __future__ import annotations

import pytest

from allocator.case import Case
from allocator.coordination.guard_rails import GuardRails
from allocator.coordination.reformed import Reformed, StepReform
from allocator.coordination.variants import variants_of
from allocator.datasets import dataset_path
from allocator.intake import read_case


@pytest.fixture(scope="module")
def guangxi() -> Case:
    """The case of Guangxi."""
    return read_case(dataset_path("guangxi"))


def enabled(case: Case, rails: GuardRails) -> list[StepReform]:
    """Listed reforms of steps that take part."""
    steps = {(row.procedure, row.step) for row in case.approval_steps if row.is_enabled}
    return [one for one in rails.listed() if one.key in steps]


def test_every_listed_reform_of_guangxi_can_be_timed(guangxi: Case) -> None:
    """Nothing is refused for lack of hours or of a step to be beside; guard rails may refuse."""
    rails = GuardRails(guangxi, [row.scenario for row in guangxi.scenarios])
    listed = enabled(guangxi, rails)
    assert len(listed) > 30
    refused = {str(one): rails.refusals(one) for one in listed}
    assert all(guard.is_usable for guards in refused.values() for guard in guards)
    assert {name for name, guards in refused.items() if guards} == {
        "PROVINCE_OWN_DISPATCH/5 pre_authorise",
        "CN_CENTRAL_DISPATCH/5 pre_authorise",
    }
    for one in listed:
        Reformed(guangxi, (one,))


def test_finance_signs_in_costly_scenarios_of_guangxi_only(guangxi: Case) -> None:
    """The quake of 1958 stays below the threshold, the flood of the Xijiang does not."""
    refused = []
    for code in ("eq19580925", "flood_xijiang"):
        rails = GuardRails(guangxi, [code])
        refused.append(any(rails.refusals(one) for one in enabled(guangxi, rails)))
    assert refused == [False, True]


def test_variants_of_guangxi_keep_the_guard_rails_and_release_earlier(guangxi: Case) -> None:
    """Spoken first, deputies, side by side: each releases some lanes earlier, none later."""
    code = guangxi.scenarios[0].scenario
    rails = GuardRails(guangxi, [code])
    today = Reformed(guangxi, ())
    before = today.release(code, today.step_hours(code, "actual")).rule_hours
    variants = variants_of(guangxi)
    assert list(variants) == ["spoken_first", "deputies_sign", "side_by_side"]
    for reforms in variants.values():
        assert rails.broken(reforms) == ()
        made = Reformed(guangxi, reforms)
        after = made.release(code, made.step_hours(code, "actual")).rule_hours
        assert (after <= before + 1e-9).all()
        assert (after < before - 1e-9).any()

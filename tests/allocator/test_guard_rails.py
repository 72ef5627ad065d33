"""Guard rails of reforms: what is refused, by which rule."""

from __future__ import annotations

from typing import Any

import pytest

from allocator.case import Case
from allocator.coordination.guard_rails import GuardRails, goods_value_cny
from allocator.coordination.reformed import StepReform
from allocator.schema.sign_offs import ReformKind
from tests.allocator.reform_cases import metro_tables
from tests.tiny import build_case

ALL = "verbal; pre_authorise; parallel; delegate; inform"
OPEN: dict[str, Any] = {
    "reforms": ALL,
    "is_verbal_allowed": True,
    "verbal_hours": 0.1,
    "formalise_within_hours": 24,
    "deputy": "METRO",
    "deputy_hours": 0.2,
}
"""A step to which everything may be done."""


def rails_of(step: str = "4", settings: dict[str, Any] | None = None, **fields: Any) -> GuardRails:
    """Guard rails of the metro case with one step as given."""
    tables = metro_tables(**{f"s{step}": {**OPEN, **fields}})
    tables["Settings"][0].update(settings or {})
    return rails(build_case(tables))


def rails(case: Case) -> GuardRails:
    """Guard rails of a case under its first scenario."""
    return GuardRails(case, [case.scenarios[0].scenario])


def refusals(found: GuardRails, kind: ReformKind, step: str = "4") -> list[str]:
    """Codes of refusals."""
    return [guard.code for guard in found.refusals(StepReform("METRO_SUSPENSION", step, kind))]


@pytest.mark.parametrize("kind", ["verbal", "pre_authorise", "parallel", "delegate", "inform"])
def test_what_is_listed_and_breaks_no_rule_is_allowed(kind: ReformKind) -> None:
    """Publicity may be asked by word, beforehand, beside, through a deputy, or be told."""
    assert refusals(rails_of(), kind) == []


@pytest.mark.parametrize("kind", ["verbal", "pre_authorise", "parallel", "delegate", "inform"])
def test_what_is_not_listed_is_refused(kind: ReformKind) -> None:
    """Only kinds in the step's cell are offered."""
    assert refusals(rails_of(reforms=""), kind) == ["not_listed"]


@pytest.mark.parametrize("kind", ["verbal", "pre_authorise"])
def test_paper_may_follow_only_where_a_spoken_consent_is_allowed(kind: ReformKind) -> None:
    """Without is_verbal_allowed the paper comes first."""
    assert refusals(rails_of(is_verbal_allowed=False), kind) == ["paper_first"]


@pytest.mark.parametrize(
    ("settings", "within", "codes"),
    [({}, 1.0, ["paper_late"]), ({"paper_within_hours": 1.5}, 24, ["paper_late"]), ({}, 2.0, [])],
)
def test_paper_must_be_able_to_follow_in_time(
    settings: dict[str, Any], within: float, codes: list[str]
) -> None:
    """The signature takes 2 h; it is refused where it is due within less, by step or by setting."""
    found = rails_of(settings=settings, formalise_within_hours=within)
    assert refusals(found, "verbal") == codes


def test_a_release_is_answered_for() -> None:
    """The release step itself cannot be turned into information."""
    assert refusals(rails_of("5"), "inform", "5") == ["answers_for_release"]


def test_the_only_decision_before_a_release_stays() -> None:
    """With publicity alone before the release, it cannot be told instead of asked."""
    tables = metro_tables(s4=OPEN, s5={"predecessors": "4"})
    assert refusals(rails(build_case(tables)), "inform") == ["only_decision"]


def test_not_all_decisions_before_a_release_can_be_turned_into_information() -> None:
    """Two of three signatures may go, the third must stay, whichever it is."""
    tables = metro_tables(s2=OPEN, s3=OPEN, s4=OPEN)
    found = rails(build_case(tables))
    told = [StepReform("METRO_SUSPENSION", step, "inform") for step in ("2", "3", "4")]
    assert found.broken(told[:2]) == ()
    assert [guard.code for guard in found.broken(told)] == ["no_decision"]


def test_one_of_several_who_may_release_stays_asked() -> None:
    """A step that an OR waits for cannot be told: it would no longer be one who may decide."""
    tables = metro_tables(s4=OPEN, s5={"join": "OR"})
    assert "one_of_several" in refusals(rails(build_case(tables)), "inform")


def test_a_deputy_must_exist() -> None:
    """Without a deputy, or with one nobody knows, nobody can sign instead."""
    assert refusals(rails_of(deputy=None), "delegate") == ["no_deputy"]


@pytest.mark.parametrize("kind", ["pre_authorise", "inform"])
@pytest.mark.parametrize("role", ["department", "cosigners"])
def test_finance_signs_for_much_money(kind: ReformKind, role: str) -> None:
    """Who signs for money cannot be left out above the threshold, nor at all without one."""
    for threshold, codes in ((None, ["finance_always"]), (1.0, ["finance_signs"]), (1e12, [])):
        tables = metro_tables(s4={**OPEN, role: "FIN"} if role == "cosigners" else OPEN)
        tables["Departments"].append({"department": "FIN", "name": "财政局", "is_finance": True})
        if role == "department":
            tables["Departments"][3]["is_finance"] = True
        tables["Settings"][0]["finance_threshold_cny"] = threshold
        assert refusals(rails(build_case(tables)), kind) == codes


def test_goods_are_worth_what_the_dearest_scenario_needs() -> None:
    """Need times price: 90 tents and 1,200 boxes in the flood, 70 and 600 in the quake."""
    case = build_case(metro_tables())
    price = {item.item: item.price_cny for item in case.items}
    names = [scenario.scenario for scenario in case.scenarios]
    tent, water = (price[item.item] for item in case.items)
    assert goods_value_cny(case, names) == pytest.approx(90 * tent + 1200 * water)
    assert goods_value_cny(case, names[1:]) == pytest.approx(70 * tent + 600 * water)


def test_one_step_is_changed_once() -> None:
    """Two changes to one step are refused as a set."""
    twice = [StepReform("METRO_SUSPENSION", "4", kind) for kind in ("verbal", "parallel")]
    assert [guard.code for guard in rails_of().broken(twice)] == ["twice"]  # type: ignore[arg-type]


def test_what_holds_is_said() -> None:
    """A spoken consent has its paper due, a delegated step still its answerable department."""
    found = rails_of()
    spoken = StepReform("METRO_SUSPENSION", "4", "verbal")
    signed = StepReform("METRO_SUSPENSION", "4", "delegate")
    assert [(g.code, dict(g.figures)) for g in found.holding([spoken])] == [
        ("paper_follows", {"hours": 24.0})
    ]
    assert [(g.code, dict(g.figures)) for g in found.holding([signed])] == [
        ("still_answers", {"department": "CITY_PUB"})
    ]

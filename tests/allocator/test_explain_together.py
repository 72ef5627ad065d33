"""Things that are enough only together: as few as possible, as much of each as is needed."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest

from allocator.engine.run_options import RunOptions
from allocator.explain import Question, explain
from allocator.explain.reasons import Reason
from allocator.explain.repairs import Repair
from allocator.explain.things import THINGS, Thing
from allocator.explain.together import smallest_set
from allocator.schema.explanations import Explanation, RepairOption
from tests.allocator.explain_cases import least_unmet, planned, relaxed_by_hand, tables
from tests.allocator.test_explain_reasons import found
from tests.tiny import Tables

PAIRS: dict[str, Tables] = {
    # Signed at 3, a truck would have to load at 2; and half of the tents are not there.
    "paper+no_stock": tables(stock=10, sign_hours=3),
    # The same with the other half reserved in Guangdong.
    "paper+home_reserve": tables(province="广东省", stock=20, reserve=10, sign_hours=3),
    # One truck, one load start in the only useful hour.
    "vehicles+docks": tables(horizon=4, trucks=1, docks=1),
    # An hour too far, and half of the tents are not there.
    "out_of_reach+no_stock": tables(horizon=3, stock=10),
}


@cache
def reason_of(name: str) -> Reason:
    """Reason of the only shortage of a case."""
    return found(PAIRS[name])


def repair_of(name: str, thing: Thing) -> Repair:
    """How much of one of the things."""
    (repair,) = (each for each in reason_of(name).repairs if each.thing == thing)
    return repair


@pytest.mark.parametrize("name", PAIRS)
def test_exact_model_needs_both_and_no_other_pair_is_named(name: str) -> None:
    """With both plentiful the exact model serves all, with either alone it does not."""
    raw, words = PAIRS[name], name.split("+")
    assert reason_of(name).words == tuple(words)
    for few in (words[:1], words[1:]):
        assert least_unmet(relaxed_by_hand(raw, few[0])) > 1e-6
    both = relaxed_by_hand(relaxed_by_hand(raw, words[0]), words[1])
    assert least_unmet(both) == pytest.approx(0.0)


def test_least_amounts_of_both_together_repair_and_less_of_either_does_not() -> None:
    """Ten tents more, and the signature an hour earlier: by hand, and by the exact model."""
    stock, paper = (repair_of("paper+no_stock", thing) for thing in ("stock", "paper"))
    assert (stock.amount, stock.place, stock.is_smallest) == (10.0, "W1 10", True)
    assert (paper.amount, paper.place) == (1.0, "P/1 GOV 1")
    for tents, hours, is_enough in ((10, 1, True), (9, 1, False), (10, 0.5, False)):
        raw = relaxed_by_hand(PAIRS["paper+no_stock"], "")
        raw["Stock"][0]["stock_units"] += tents
        raw["Approval_Steps"][0]["duration_hours"] -= hours
        assert (least_unmet(raw) < 1e-6) == is_enough


def test_every_row_of_a_repair_together_has_its_whole_cost() -> None:
    """Two trucks over 120 km at 1,300 CNY each, ten tents at 1,000 CNY."""
    case, plan = planned(PAIRS["paper+no_stock"])
    answers = explain(case, plan, Question(), RunOptions(workers=1))
    rows = answers.rows(RepairOption)
    assert [row.thing for row in rows if row.is_together] == ["no_stock", "paper"]
    assert [row.cost_cny for row in rows] == [pytest.approx(12600)] * 2
    (told,) = answers.rows(Explanation)
    assert told.repair == "1 h (P/1 GOV 1); 10 units (W1 10)"
    assert told.cost_cny == pytest.approx(12600)


def test_deadline_is_put_off_as_little_as_the_other_thing_allows() -> None:
    """Two trucks at once are unloaded at 4, an hour late."""
    assert repair_of("out_of_reach+no_stock", "reach").amount == pytest.approx(1.0)
    assert repair_of("out_of_reach+no_stock", "stock").amount == 10.0


def test_need_that_others_outrank_has_a_repair_together() -> None:
    """450101 has the ten tents and the one truck; for 450102 it takes ten more and another one."""
    raw = tables(need=10, stock=10, trucks=1)
    raw["Districts"][0]["priority_weight"] = 2
    raw["Scenario_Demand"].append(
        {"scenario": "s", "district": "450101", "item": "TENT", "demand_units": 10}
    )
    reason = found(raw)
    assert (reason.words, reason.also) == (("lower_priority",), ())
    assert reason.together == ("vehicles", "stock")
    assert [(each.thing, each.amount) for each in reason.repairs] == [
        ("vehicles", 1),
        ("stock", 10),
    ]
    both = relaxed_by_hand(relaxed_by_hand(raw, "vehicles"), "no_stock")
    assert least_unmet(both) == pytest.approx(0.0)


def test_taking_back_alone_would_have_left_three() -> None:
    """Stock and paper are enough, as are three others: the hardest is not simply taken back."""
    enough = [{"stock", "paper"}, {"vehicles", "docks", "roads"}]
    chosen = smallest_set(THINGS, lambda few: any(each <= set(few) for each in enough))
    assert chosen == ("paper", "stock")


def test_as_few_things_as_brute_force_finds() -> None:
    """Over random families of sets that are enough, up to three things."""
    draw, sizes = np.random.default_rng(5), set()
    for _ in range(200):
        enough = [
            set(draw.choice(THINGS, size=int(draw.integers(2, 6)), replace=False))
            for _ in range(int(draw.integers(1, 4)))
        ]

        def is_enough(few: tuple[Thing, ...], enough: list[set[Thing]] = enough) -> bool:
            return any(each <= set(few) for each in enough)

        chosen = smallest_set(THINGS, is_enough)
        least = next(
            size
            for size in range(2, len(THINGS) + 1)
            if any(is_enough(few) for few in combinations(THINGS, size))
        )
        assert is_enough(chosen)
        for thing in chosen:
            assert not is_enough(tuple(each for each in chosen if each != thing))
        assert len(chosen) == least or (least > 3 and len(chosen) > 3)
        sizes.add(len(chosen))
    assert {2, 3, 4} <= sizes
    assert smallest_set(THINGS, lambda _: False) == ()

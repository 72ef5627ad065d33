"""Criticality, slack and latest ends: by hand, and against brute force on random networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.approvals.criticality import ReleaseWay
from allocator.approvals.network import Network
from tests.allocator.test_approvals import steps

EPSILON = 1e-4
"""A little longer: durations of the tests are whole quarters, so that nothing else is so near."""

FAR = 1000.0
"""So long that the release feels it, if it ever does."""


def way(rows: list[tuple[str, float, str, str]], **bypasses: str) -> ReleaseWay:
    """One course of a network; its last row is the release step."""
    network = Network(steps(*rows, **bypasses))
    hours = {code: duration for code, duration, _, _ in rows}
    last = next(code for code, *_ in rows if code == "r")
    return ReleaseWay(network, last, network.durations(hours)[:, None])


def figures(found: ReleaseWay) -> dict[str, tuple[bool, float]]:
    """Whether each step is critical, and its slack."""
    return {
        code: (bool(found.is_delayed_by([code])[0]), float(found.slack_hours(code)[0]))
        for code in found.steps
    }


def test_and_by_hand() -> None:
    """1 h and 3 h side by side, then half an hour: the first may take 2 h more, the rest nothing.

    Goods wanted at hour 5 leave the longer one until 4.5; wanted at hour 3, no end of the first
    will do, and the longer one had to end at 2.5.
    """
    found = way([("a", 1, "", "START"), ("b", 3, "", "START"), ("r", 0.5, "a;b", "AND")])
    assert found.release_hours.tolist() == [3.5]
    assert figures(found) == {"a": (False, 2.0), "b": (True, 0.0), "r": (True, 0.0)}
    assert found.latest_end_hours("b", 5.0).tolist() == [4.5]
    assert found.latest_end_hours("b", 3.0).tolist() == [2.5]
    assert found.latest_end_hours("a", 3.0).tolist() == [-np.inf]


def test_or_by_hand() -> None:
    """1 h or 3 h, whichever is first: the first has no slack, the other is not waited for.

    Goods wanted at hour 3 leave the first until 2.5; wanted at hour 4 it may take for ever, as the
    other is soon enough.
    """
    found = way([("a", 1, "", "START"), ("b", 3, "", "START"), ("r", 0.5, "a;b", "OR")])
    assert found.release_hours.tolist() == [1.5]
    assert figures(found) == {"a": (True, 0.0), "b": (False, np.inf), "r": (True, 0.0)}
    assert found.latest_end_hours("a", 3.0).tolist() == [2.5]
    assert found.latest_end_hours("a", 4.0).tolist() == [np.inf]
    assert found.latest_end_hours("r", 4.0).tolist() == [4.0]


def test_bypass_by_hand() -> None:
    """A bypass of 2 h beside a step of 3 h decides; the step itself may take for ever.

    It ends at hour 3 of its own, and the release does not wait for that.
    """
    found = way(
        [("a", 3, "", "START"), ("x", 2, "", "BYPASS"), ("r", 0.5, "a", "AND")],
        x="a",
    )
    assert found.release_hours.tolist() == [2.5]
    assert figures(found) == {"a": (False, np.inf), "x": (True, 0.0), "r": (True, 0.0)}
    assert found.own_end_hours[:, 0].tolist() == [3.0, 2.0, 2.5]
    assert found.latest_end_hours("x", 3.0).tolist() == [2.5]
    assert found.latest_end_hours("x", 4.0).tolist() == [np.inf]


def test_the_example_of_the_docs() -> None:
    """Request, consultation beside finance, signature; then a spoken consent that bypasses them."""
    rows: list[tuple[str, float, str, str]] = [
        ("1", 1, "", "START"),
        ("2", 2, "1", "AND"),
        ("3", 3, "1", "AND"),
        ("r", 1, "2;3", "AND"),
    ]
    paper = way(rows)
    assert paper.finish_hours[:, 0].tolist() == [1.0, 3.0, 4.0, 5.0]
    assert {code: slack for code, (_, slack) in figures(paper).items()} == {
        **dict.fromkeys("13r", 0.0),
        "2": 1.0,
    }
    latest = {code: paper.latest_end_hours(code, 30.0)[0] for code in "123r"}
    assert latest == {"1": 26.0, "2": 29.0, "3": 29.0, "r": 30.0}
    spoken = way([*rows, ("x", 2.5, "1", "BYPASS")], x="2;3;r")
    assert spoken.release_hours.tolist() == [3.5]
    assert [code for code, (critical, _) in figures(spoken).items() if critical] == ["1", "x"]
    latest = {code: spoken.latest_end_hours(code, 30.0)[0] for code in "123rx"}
    assert latest == {"1": 27.5, **dict.fromkeys("23rx", np.inf)}


def test_equal_steps_side_by_side_are_both_critical_and_of_equal_ways_none() -> None:
    """Two of 1 h: waiting for both, each delays; waiting for the first, only both together do."""
    rows: list[tuple[str, float, str, str]] = [("a", 1, "", "START"), ("b", 1, "", "START")]
    both = way([*rows, ("r", 1, "a;b", "AND")])
    first = way([*rows, ("r", 1, "a;b", "OR")])
    assert [both.is_delayed_by([code])[0] for code in "ab"] == [True, True]
    assert [first.is_delayed_by([code])[0] for code in "ab"] == [False, False]
    assert first.is_delayed_by(["a", "b"]).tolist() == [True]


def test_disabled_steps_delay_nothing() -> None:
    """A step that takes no part is not listed, and no figure of it moves the release."""
    network = Network(
        [
            step.model_copy(update={"is_enabled": step.step != "a"})
            for step in steps(("a", 9, "", "START"), ("r", 1, "a", "AND"))
        ]
    )
    found = ReleaseWay(network, "r", np.array([[9.0], [1.0]]))
    assert found.steps == ("r",)
    assert not found.is_delayed_by(["a"]).any()


@st.composite
def courses(draw: st.DrawFn) -> ReleaseWay:
    """Random networks of up to seven steps, AND, OR and BYPASS, with three courses of quarters."""
    count = draw(st.integers(2, 7))
    rows: list[tuple[str, float, str, str]] = []
    bypasses: dict[str, str] = {}
    for place in range(count - 1):
        before = draw(st.lists(st.integers(0, place - 1), unique=True, max_size=3)) if place else []
        codes = [f"s{one}" for one in before]
        join = draw(st.sampled_from(["AND", "OR"])) if before else "START"
        plain = [one for one in range(place) if f"s{one}" not in bypasses]
        if plain and draw(st.integers(0, 3)) == 0:
            # It stands in for an earlier step, and waits for none that could wait for it.
            target = draw(st.sampled_from(plain))
            codes = [code for code in codes if code < f"s{target}"]
            join, bypasses[f"s{place}"] = "BYPASS", f"s{target}"
        rows.append((f"s{place}", 1.0, ";".join(codes), join))
    last = draw(st.lists(st.integers(0, count - 2), unique=True, min_size=1, max_size=4))
    joined = draw(st.sampled_from(["AND", "OR"]))
    rows.append(("r", 1.0, ";".join(f"s{one}" for one in last), joined))
    quarters = st.integers(0, 12).map(lambda n: n / 4)
    hours = draw(st.lists(quarters, min_size=3 * count, max_size=3 * count))
    network = Network(steps(*rows, **bypasses))
    return ReleaseWay(network, "r", np.array(hours).reshape(count, 3))


def released(found: ReleaseWay, code: str, longer: Any) -> np.ndarray:
    """Release hours where one step takes so much longer."""
    hours = found.durations.copy()
    hours[found.network.place(code)] += longer
    return ReleaseWay(found.network, "r", hours).release_hours


@given(courses())
def test_criticality_is_the_finite_difference(found: ReleaseWay) -> None:
    """A step is critical in a course exactly if the release moves when it takes a bit longer."""
    for code in found.network.codes:
        moved = released(found, code, EPSILON) > found.release_hours + EPSILON / 2
        assert found.is_delayed_by([code]).tolist() == moved.tolist()
        assert (found.slack_hours(code) == 0).tolist() == moved.tolist()


@given(courses())
def test_slack_is_the_longest_delay_that_is_not_felt(found: ReleaseWay) -> None:
    """At its slack the release has not moved, a bit later it has; infinite: it never does."""
    for code in found.network.codes:
        slack = found.slack_hours(code)
        finite = np.where(np.isfinite(slack), slack, FAR)
        still = released(found, code, finite)
        np.testing.assert_allclose(still, found.release_hours, atol=1e-9)
        moved = released(found, code, finite + EPSILON) > found.release_hours + EPSILON / 2
        assert moved.tolist() == np.isfinite(slack).tolist()


@given(courses(), st.integers(0, 40).map(lambda n: n / 4))
def test_latest_end_is_the_last_that_is_in_time(found: ReleaseWay, wanted_hours: float) -> None:
    """With the latest end the release is in time, a bit later it is not."""
    for code in found.network.codes:
        place = found.network.place(code)
        latest = found.latest_end_hours(code, wanted_hours)
        begin, took = found.begin_hours[place], found.durations[place]
        for course, end in enumerate(latest.tolist()):
            if not np.isfinite(end) or end < begin[course]:
                continue
            longer = end - begin[course] - took[course]
            assert released(found, code, longer)[course] <= wanted_hours + 1e-9
            assert released(found, code, longer + EPSILON)[course] > wanted_hours + EPSILON / 2
        never, always = latest == -np.inf, latest == np.inf
        at_once = released(found, code, -took)
        assert (at_once[never] > wanted_hours).all()
        assert (released(found, code, FAR)[always] <= wanted_hours + 1e-9).all()


@given(courses(), st.integers(0, 6), st.integers(1, 8).map(lambda n: n / 4))
def test_release_never_falls_when_a_step_takes_longer(
    found: ReleaseWay, place: int, longer: float
) -> None:
    """Release hours are monotone in every duration."""
    code = found.network.codes[place % len(found.network.codes)]
    assert (released(found, code, longer) >= found.release_hours).all()


@pytest.mark.parametrize("wide", [1, 4])
def test_figures_of_many_courses_are_those_of_each(wide: int) -> None:
    """Courses beside each other do not know of each other."""
    rows = steps(("a", 1, "", "START"), ("b", 1, "", "START"), ("r", 1, "a;b", "AND"))
    network = Network(rows)
    hours = np.array([[1.0, 3.0], [2.0, 2.0], [1.0, 1.0]])
    found = ReleaseWay(network, "r", np.tile(hours, wide))
    assert found.is_delayed_by(["a"]).tolist() == [False, True] * wide
    assert found.slack_hours("b").tolist() == [0.0, 1.0] * wide

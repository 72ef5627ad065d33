"""Release hours: joins, bypasses, rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.approvals import finish_hours, release
from allocator.errors import AllocatorError
from allocator.schema.procedure import ApprovalStep
from tests.tiny import build_case, build_tables


def steps(*rows: tuple[str, float, str, str], **bypasses: str) -> list[ApprovalStep]:
    """Steps from (code, duration, predecessors, join); bypasses by code as keyword."""
    return [
        ApprovalStep(
            procedure="P",
            step=code,
            name=code,
            department="D",
            duration_hours=duration,
            predecessors=before,
            join=join,
            bypasses=bypasses.get(code, ""),
        )
        for code, duration, before, join in rows
    ]


def test_and_waits_for_the_latest() -> None:
    """An AND step starts when the last of its predecessors is through."""
    finish = finish_hours(
        steps(("a", 1, "", "START"), ("b", 3, "", "START"), ("c", 0.5, "a;b", "AND"))
    )
    assert finish == {"a": 1.0, "b": 3.0, "c": 3.5}


def test_or_waits_for_the_earliest() -> None:
    """An OR step starts when the first of its predecessors is through."""
    finish = finish_hours(
        steps(("a", 1, "", "START"), ("b", 3, "", "START"), ("c", 0.5, "a;b", "OR"))
    )
    assert finish["c"] == 1.5


def test_bypass_stands_in_for_the_last_step_it_bypasses() -> None:
    """What waits for the bypassed steps goes on when the bypass is through earlier."""
    rows = (
        ("1", 0.5, "", "START"),
        ("2", 1, "1", "AND"),
        ("3", 1, "2", "AND"),
        ("4", 1, "3", "AND"),
    )
    without = finish_hours(steps(*rows, ("9", 0.1, "4", "AND")))
    short_cut = steps(*rows, ("x", 0.75, "1", "BYPASS"), ("9", 0.1, "4", "AND"), x="2;3;4")
    assert without["9"] == pytest.approx(3.6)
    assert finish_hours(short_cut)["9"] == pytest.approx(0.5 + 0.75 + 0.1)
    slow = steps(*rows, ("x", 9, "1", "BYPASS"), ("9", 0.1, "4", "AND"), x="2;3;4")
    assert finish_hours(slow)["9"] == pytest.approx(3.6)


def test_circle_is_named() -> None:
    """Steps that wait for each other are an error that names them."""
    with pytest.raises(AllocatorError, match="wait for each other"):
        finish_hours(steps(("a", 1, "b", "AND"), ("b", 1, "a", "AND")))


def test_unknown_predecessor_is_named() -> None:
    """A predecessor that does not exist is an error that names it."""
    with pytest.raises(AllocatorError, match="nowhere"):
        finish_hours(steps(("a", 1, "nowhere", "AND")))


@given(st.lists(st.floats(0, 5), min_size=6, max_size=6), st.integers(0, 5), st.floats(0, 3))
def test_no_step_ends_earlier_when_one_takes_longer(
    durations: list[float], slower: int, extra_hours: float
) -> None:
    """Finish hours never fall when a duration rises."""

    def network(hours: list[float]) -> list[ApprovalStep]:
        return steps(
            ("1", hours[0], "", "START"),
            ("2", hours[1], "1", "AND"),
            ("3", hours[2], "1", "AND"),
            ("4", hours[3], "2;3", "OR"),
            ("5", hours[4], "2;3;4", "AND"),
            ("x", hours[5], "1", "BYPASS"),
            x="4;5",
        )

    longer = list(durations)
    longer[slower] += extra_hours
    before, after = finish_hours(network(durations)), finish_hours(network(longer))
    assert all(after[code] >= before[code] - 1e-12 for code in before)


def test_tiny_case_release_hours() -> None:
    """The tiny case releases at 0.5, 1.5 and 5 h as its docstring says."""
    case = build_case()
    rules = release(case)
    index = case.warehouse_index()
    district = case.district_index()
    pairs = [("W1", "450101", 0.5), ("W1", "450102", 1.5), ("W1", "450201", 1.5)]
    pairs += [("W2", "450201", 0.5), ("W3", "450101", 5.0)]
    for warehouse, code, hours in pairs:
        rule = rules.rule(index[warehouse], district[code], 0)
        assert rule is not None
        found = rules.kind_hours[
            rules.warehouse_level[index[warehouse]],
            rules.receiver([index[warehouse]], [district[code]])[0],  # type: ignore[arg-type]
            0,
        ]
        assert found == pytest.approx(hours), (warehouse, code)


def test_enabled_bypass_releases_earlier() -> None:
    """Enabling the oral consent of the tiny case brings 5 h down to 3.5 h."""
    tables = build_tables()
    for row in tables["Approval_Steps"]:
        row["is_enabled"] = True
    assert release(build_case(tables)).kind_hours.max() == pytest.approx(3.5)


def test_steps_waited_for_are_the_way_to_the_release() -> None:
    """The sign-offs shown in orders are the ancestors of the release step, in order."""
    rules = release(build_case())
    rule = rules.rule(2, 0, 0)
    assert rule is not None
    assert [step.step for step in rules.steps_waited_for(rule)] == ["1", "2a", "2b", "3"]

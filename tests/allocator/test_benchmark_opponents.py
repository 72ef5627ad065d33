"""Other solvers on the same rows: what they are given, what they say, how they are compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from allocator.solver import LinearProgram, SolveOptions, solve_program
from benchmarks.formats import KnownValue
from benchmarks.instance_files import load_instance
from benchmarks.instance_runs import InstanceRun, geometric_mean, summary_of, verdict_of
from benchmarks.opponents import OpponentAnswer, is_there, read_cbc_log, whole_formulation
from tests.allocator.benchmark_instances import (
    ANSWERS,
    ORLIB,
    TEXTS,
    call,
    split_instance,
    written,
)


@pytest.mark.parametrize(("form", "problem", "value"), ANSWERS)
def test_the_formulation_of_the_other_solvers_says_the_same(
    tmp_path: Path, form: str, problem: str, value: float
) -> None:
    """The rows handed to HiGHS, SCIP and CBC have the same optimum."""
    instance = load_instance(written(tmp_path, TEXTS[form]), form, problem)
    answer = solve_program(whole_formulation(instance, problem), SolveOptions(gap=0.0))
    assert answer.objective == pytest.approx(value)


def test_a_split_customer_is_served_by_two_sites(tmp_path: Path) -> None:
    """5 of 9 units go to the cheap site: 2 + 3 x (2 x 5/9 + 4 x 4/9) = 32/3; the rows agree."""
    instance = split_instance(tmp_path)
    program: LinearProgram = whole_formulation(instance, "cflp")
    answer = solve_program(program, SolveOptions(gap=0.0))
    assert answer.objective == pytest.approx(32 / 3)


def test_highs_directly_is_compared_in_the_same_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """HiGHS is always there: it finds the same, and a ratio comes out."""
    path = written(tmp_path, ORLIB)
    code, out, _ = call(
        capsys, "placement", "--format", "orlib", "--problem", "cflp", path,
        "--against", "highs", "--json",
    )  # fmt: skip
    document = json.loads(out)
    (other,) = document["rows"][0]["others"]
    assert code == 0
    assert other["objective"] == pytest.approx(21)
    assert other["bound"] == pytest.approx(21)
    assert document["time_to_proof_ratio"]["highs"]["instances"] == 1


def test_absent_solvers_are_left_out_with_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without pyscipopt the run goes on and says how to get it."""
    monkeypatch.setattr("benchmarks.verbs.is_there", lambda name: name != "scip")
    path = written(tmp_path, ORLIB)
    code, _, err = call(
        capsys, "placement", "--format", "orlib", "--problem", "cflp", path, "--against", "scip"
    )
    assert code == 0
    assert "scip is left out" in err
    assert "reserve-allocator[bench]" in err


@pytest.mark.parametrize("solver", ["scip", "cbc"])
def test_scip_and_cbc_solve_the_same_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], solver: str
) -> None:
    """Where the extra is installed they find the hand-computed value too."""
    if not is_there(solver):
        pytest.skip(f"the extra 'bench' is not installed: no {solver}")
    path = written(tmp_path, ORLIB)
    _, out, _ = call(
        capsys, "placement", "--format", "orlib", "--problem", "sscflp", path,
        "--against", solver, "--json",
    )  # fmt: skip
    (other,) = json.loads(out)["rows"][0]["others"]
    assert (other["objective"], other["bound"]) == (pytest.approx(21), pytest.approx(21))


def test_cbc_log_is_read() -> None:
    """Objective, bound and wall time of a stopped and of a finished run."""
    stopped = (
        "Version: 2.10.3\nResult - Stopped on time limit\n\nObjective value:      1310.63\n"
        "Lower bound:          1269.593\n"
        "Total time (CPU seconds): 10.1 (Wallclock seconds):   10.30\n"
    )
    answer = read_cbc_log(stopped, 99.0)
    assert (answer.objective, answer.bound) == (1310.63, 1269.593)
    assert (answer.seconds, answer.version) == (10.3, "2.10.3")
    finished = "Result - Optimal solution found\n\nObjective value:      21.0\n"
    answer = read_cbc_log(finished, 0.5)
    assert (answer.objective, answer.bound, answer.seconds) == (21.0, 21.0, 0.5)
    assert read_cbc_log("nothing", 1.0).objective is None


def known(value: float, kind: str) -> KnownValue:
    """Return a row of the table."""
    return KnownValue("f", "i", "p", "f/i.txt", value, kind)


@pytest.mark.parametrize(
    ("objective", "bound", "value", "kind", "verdict"),
    [
        (100.0, 100.0, 100.0, "optimal", "reproduced"),
        (100.0, 90.0, 100.0, "optimal", "reproduced"),
        (101.0, 90.0, 100.0, "optimal", "open"),
        (101.0, 101.0, 100.0, "optimal", "contradiction"),
        (99.0, 99.0, 100.0, "optimal", "contradiction"),
        (99.0, 98.0, 100.0, "best known", "improved"),
        (None, 100.5, 100.0, "best known", "contradiction"),
        (None, None, 100.0, "optimal", "open"),
    ],
)
def test_verdicts(
    objective: float | None, bound: float | None, value: float, kind: str, verdict: str
) -> None:
    """A proven value that differs contradicts, whichever side it is on."""
    assert verdict_of(objective, bound, known(value, kind), 1e-6) == verdict


def run_of(seconds: float, gap: float, *others: tuple[str, float, float]) -> InstanceRun:
    """Return a run with other solvers as (name, seconds, bound) of a plan that costs 100."""
    answers = tuple(OpponentAnswer(name, 100.0, bound, spent, "1") for name, spent, bound in others)
    values: dict[str, Any] = {"file": "f", "instance": "i", "problem": "cflp", "status": "optimal"}
    return InstanceRun(
        **values, objective=100.0, bound=100.0 - 100.0 * gap, gap=gap, seconds=seconds,
        known=None, known_kind=None, verdict="unknown", others=answers,
    )  # fmt: skip


def test_ratios_count_proofs_and_say_where_they_are_bounds() -> None:
    """1/4 and 4/1 give a mean of 1; an unproven rival makes a bound; nobody's proof is left out."""
    runs = [
        run_of(1.0, 0.0, ("highs", 4.0, 100.0), ("scip", 2.0, 100.0)),
        run_of(4.0, 0.0, ("highs", 1.0, 100.0), ("scip", 16.0, 90.0)),
        run_of(9.0, 0.5, ("highs", 9.0, 90.0), ("scip", 9.0, 90.0)),
    ]
    means = summary_of(runs, 1e-6)
    assert means["highs"]["ratio"] == pytest.approx(1.0)
    assert means["scip"]["ratio"] == pytest.approx((0.5 * 0.25) ** 0.5)
    assert means["best"]["ratio"] == pytest.approx((0.5 * 4.0) ** 0.5)
    assert (means["scip"]["at_most"], means["scip"]["unproven"]) == (1, 1)
    assert means["best"]["instances"] == 2
    assert geometric_mean([]) is None

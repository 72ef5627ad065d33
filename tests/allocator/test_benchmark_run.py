"""``benchmarks/run.py``: hand-computed instances, known values, broken files, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from allocator.solver import LinearProgram, SolveOptions, solve_program
from benchmarks.formats import Instance, KnownValue
from benchmarks.instance_files import FORMATS, InstanceFileError, load_instance
from benchmarks.instance_runs import InstanceRun, geometric_mean, summary_of, verdict_of
from benchmarks.opponents import OpponentAnswer, is_there, read_cbc_log, whole_formulation
from benchmarks.run import main
from benchmarks.scale import ScaleRow, scale_page

#: Two sites, three customers; demands 2, 3, 4. Site 1: capacity 6, opening 10, costs 1, 2, 9.
#: Site 2: capacity 8, opening 5, costs 6, 4, 3.
#:
#: - ufl: site 2 alone 5 + 6 + 4 + 3 = 18 (site 1 alone 22, both 15 + 1 + 2 + 3 = 21).
#: - sscflp and cflp: neither holds 9 alone, so both open: 15 + 1 + 2 + 3 = 21, loads 5 and 4.
ORLIB = "2 3\n6 10\n8 5\n2\n1 6\n3\n2 4\n4\n9 3\n"
HOLMBERG = "2 3\n6 10\n8 5\n2 3 4\n1 2 9\n6 4 3\n"
DELMAIRE = "3 2\n1 6\n2 4\n9 3\n2 3 4\n10 5\n6 8\n"
#: The same with costs per unit of demand: both open 15 + 2x1 + 3x2 + 4x3 = 35.
TBED1 = "2 3\n2 3 4\n6 8\n10 5\n1 2 9\n6 4 3\n"
UFLLIB = "FILE: tiny.txt\n2 3 0\n1 10 1 2 9\n2 5 6 4 3\n"
#: A path 1 -2- 2 -3- 3 -4- 4 with one warehouse: at 2 or 3, median 2+3+7 = 12 or 5+3+4 = 12;
#: center at 3: max(5, 3, 4) = 5.
PMED = "4 3 1\n1 2 2\n2 3 3\n3 4 4\n"
#: Four points on a line at 0, 3, 10, 14 with demands 2, 2, 2, 2 and two warehouses of 4 each:
#: 3 + 4 = 7. Without capacities the same. Center: 4.
PMEDCAP = "1 7\n4 2 4\n1 0 0 2\n2 3 0 2\n3 10 0 2\n4 14 0 2\n"

TEXTS = {
    "orlib": ORLIB,
    "holmberg": HOLMBERG,
    "yang": HOLMBERG,
    "delmaire": DELMAIRE,
    "tbed1": TBED1,
    "ufllib": UFLLIB,
    "pmed": PMED,
    "pmedcap": PMEDCAP,
}

ANSWERS = [
    *((name, problem, value) for name in ("orlib", "holmberg", "yang", "delmaire")
      for problem, value in (("cflp", 21), ("sscflp", 21), ("ufl", 18))),
    ("tbed1", "cflp", 35),
    ("tbed1", "sscflp", 35),
    ("tbed1", "ufl", 35),
    ("ufllib", "ufl", 18),
    ("pmed", "p-median", 12),
    ("pmed", "p-center", 5),
    ("pmedcap", "cpmp", 7),
    ("pmedcap", "p-median", 7),
    ("pmedcap", "p-center", 4),
]  # fmt: skip


def written(folder: Path, text: str, name: str = "tiny.txt") -> Path:
    """Return a file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def call(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Call the program; return exit code, standard output, standard error."""
    code = main([str(word) for word in words])
    caught = capsys.readouterr()
    return code, caught.out, caught.err


@pytest.mark.parametrize(("form", "problem", "value"), ANSWERS)
def test_every_format_and_problem_by_hand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, problem: str, value: float
) -> None:
    """Objective and bound are the value found by hand; standard output is one document."""
    path = written(tmp_path, TEXTS[form])
    code, out, err = call(
        capsys, "placement", "--format", form, "--problem", problem, path, "--json"
    )
    (row,) = json.loads(out)["rows"]
    assert code == 0
    assert row["status"] == "optimal"
    assert row["objective"] == pytest.approx(value)
    assert row["bound"] == pytest.approx(value)
    assert "1/1" in err


def test_every_combination_has_an_answer_here() -> None:
    """No format serves a problem that the test above leaves out."""
    served = {(name, problem) for name, form in FORMATS.items() for problem in form.problems}
    assert served == {(form, problem) for form, problem, _ in ANSWERS}


@pytest.mark.parametrize(("form", "problem", "value"), ANSWERS)
def test_the_formulation_of_the_other_solvers_says_the_same(
    tmp_path: Path, form: str, problem: str, value: float
) -> None:
    """The rows handed to HiGHS, SCIP and CBC have the same optimum."""
    instance = load_instance(written(tmp_path, TEXTS[form]), form, problem)
    answer = solve_program(whole_formulation(instance, problem), SolveOptions(gap=0.0))
    assert answer.objective == pytest.approx(value)


def split_instance(tmp_path: Path) -> Instance:
    """Two sites of 5 and three customers of 3: one of them must be split."""
    text = "2 3\n5 1\n5 1\n3 3 3\n2 2 2\n4 4 4\n"
    return load_instance(written(tmp_path, text), "holmberg", "cflp")


def test_a_split_customer_is_served_by_two_sites(tmp_path: Path) -> None:
    """5 of 9 units go to the cheap site: 2 + 3 x (2 x 5/9 + 4 x 4/9) = 32/3; the rows agree."""
    instance = split_instance(tmp_path)
    program: LinearProgram = whole_formulation(instance, "cflp")
    answer = solve_program(program, SolveOptions(gap=0.0))
    assert answer.objective == pytest.approx(32 / 3)


def test_one_source_where_a_customer_would_have_to_be_split_has_no_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each site holds one whole customer only: exit code 1 and the reason."""
    split_instance(tmp_path)
    path = tmp_path / "tiny.txt"
    code, out, err = call(capsys, "placement", "--format", "holmberg", "--problem", "sscflp", path)
    assert code == 1
    assert "infeasible" in out
    assert "several warehouses" in err


def test_whole_customers_that_cannot_be_packed_have_no_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three customers of 4 fit in two sites of 6 by volume, but not whole: 24 designs or less."""
    text = "2 3\n6 1\n6 1\n4 4 4\n2 2 2\n4 4 4\n"
    path = written(tmp_path, text)
    code, _, err = call(capsys, "placement", "--format", "yang", "--problem", "sscflp", path)
    assert code == 1
    assert "several warehouses" in err


BROKEN = [
    ("orlib", "cflp", ORLIB.removesuffix(" 3\n"), "line 9: the file ends after 14 of 15"),
    ("orlib", "cflp", ORLIB.replace("2 4", "2 x4"), "line 7: 'x4' must be a number"),
    ("orlib", "cflp", ORLIB.replace("2 4", "2 -4"), "line 7: -4 must be >= 0"),
    ("orlib", "cflp", "two 3\n", "line 1: number of sites ('two') must be a number"),
    ("holmberg", "cflp", "0 3\n", "line 1: number of sites (0) must be a whole number from 1"),
    ("holmberg", "cflp", "", "the file ends before number of sites"),
    ("holmberg", "cflp", HOLMBERG.replace("6 10\n8", "1 10\n2"), "less than the demand"),
    ("orlib", "cflp", ORLIB.replace("6 10", "capacity 10"), "--capacity 8000"),
    ("pmed", "p-median", PMED.replace("3 4 4", "3 9 4"), "line 4: node 9 must be a whole number"),
    ("pmed", "p-median", PMED.replace("4 3 1", "4 3 7"), "p (7) must be at most"),
    ("pmedcap", "cpmp", PMEDCAP.replace("3 10", "3 nan"), "line 5: 'nan' must be a number"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "problem", "text", "words"), BROKEN)
def test_broken_files_are_refused_with_line_and_fix(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    form: str,
    problem: str,
    text: str,
    words: str,
) -> None:
    """Exit code 2, nothing on standard output, the file's line and rule, and a way out."""
    path = written(tmp_path, text)
    code, out, err = call(capsys, "placement", "--format", form, "--problem", problem, path)
    assert (code, out) == (2, "")
    assert str(path) in err
    assert words in err
    assert "Maybe" in err


def test_missing_binary_and_folder_files_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """None of them is taken for an instance."""
    binary = tmp_path / "binary.txt"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, words in (
        (tmp_path / "none.txt", "no such file"),
        (binary, "no text file"),
        (tmp_path, "cannot be read"),
    ):
        code, _, err = call(capsys, "placement", "--format", "pmed", "--problem", "p-median", path)
        assert code == 2
        assert words in err


def test_a_problem_that_a_format_has_no_data_for_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A p-median file has no opening costs; the message names the formats that have."""
    path = written(tmp_path, PMED)
    code, _, err = call(capsys, "placement", "--format", "pmed", "--problem", "cflp", path)
    assert code == 2
    assert "--format orlib or holmberg or yang or delmaire or tbed1" in err


@pytest.mark.parametrize(
    "words",
    [
        ["placement", "--format", "xlsx", "--problem", "cflp", "f"],
        ["placement", "--format", "orlib", "--problem", "tsp", "f"],
        ["placement", "--format", "orlib", "--problem", "cflp", "f", "--against", "cplex"],
        ["placement", "--format", "orlib", "--problem", "cflp", "f", "--time-limit", "0"],
        ["placement", "--format", "orlib", "--problem", "cflp", "f", "--gap", "nan"],
        [],
    ],
)
def test_options_that_cannot_be_are_refused(words: list[str]) -> None:
    """Argparse ends with exit code 2."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2


def test_help_teaches_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """The help of the verb shows formats, examples and exit codes."""
    with pytest.raises(SystemExit) as ended:
        main(["placement", "--help"])
    out = capsys.readouterr().out
    assert ended.value.code == 0
    assert "python benchmarks/run.py placement --format orlib" in out
    assert "exit codes" in out
    assert all(name in out for name in FORMATS)


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
    monkeypatch.setattr("benchmarks.run.is_there", lambda name: name != "scip")
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


def test_page_of_scale_marks_what_did_not_close() -> None:
    """A method without a proof has a lower bound on its time, one without a plan says so."""
    rows = [
        ScaleRow("c", 3, 2, 1, "product", "unmet", 1.0, 1.0, 0.0, 1.0),
        ScaleRow("c", 3, 2, 1, "product", "waiting", 1.0, 1.0, 0.0, 1.0),
        ScaleRow("c", 3, 2, 1, "highs", "unmet", 1.0, 0.5, 0.5, 20.0),
        ScaleRow("c", 3, 2, 1, "highs", "waiting", None, None, None, 20.0),
    ]
    page = scale_page(rows, "python benchmarks/run.py scale", 0.01, 20.0)
    assert "| c | 3 | 2 | 1 | product | 1.0 | 0.0e+00 | 1.0 | 0.0e+00 | 2.0 | 1.0 |" in page
    assert "| c | 3 | 2 | 1 | highs | 20.0 | 5.0e-01 | 20.0 | none | >40.0 | >20.0 |" in page


def test_scale_writes_a_page_and_a_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tiny case by the product, the plain model and HiGHS: same values within the gaps."""
    page = tmp_path / "scale.md"
    code, out, _ = call(
        capsys, "scale", "--case", "tiny", "--methods", "product,pyomo,highs",
        "--gap", "1e-4", "--time-limit", "30", "--output", page, "--json",
    )  # fmt: skip
    rows = json.loads(out)["rows"]
    assert code == 0
    assert "| tiny |" in page.read_text(encoding="utf-8")
    assert {row["method"] for row in rows} == {"product", "pyomo", "highs"}
    plain = [row["objective"] for row in rows if row["method"] == "pyomo"]
    direct = [row["objective"] for row in rows if row["method"] == "highs"]
    assert direct == pytest.approx(plain, rel=1e-3)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("form", "problem", "file"),
    [
        ("orlib", "cflp", "orlib_cap/cap41.txt"),
        ("orlib", "cflp", "orlib_cap/cap131.txt"),
        ("orlib", "ufl", "orlib_cap/cap91.txt"),
        ("holmberg", "cflp", "holmberg/p7.txt"),
        ("holmberg", "sscflp", "holmberg/p11.txt"),
        ("delmaire", "sscflp", "delmaire/p3.txt"),
        ("ufllib", "ufl", "ufl/B1.1.txt"),
        ("pmed", "p-median", "orlib_pmed/pmed1.txt"),
    ],
)
def test_known_values_of_the_literature(
    shared_data: Path, capsys: pytest.CaptureFixture[str], form: str, problem: str, file: str
) -> None:
    """Small real instances give the published optimum with a proof."""
    path = shared_data / "benchmarks" / file
    code, out, _ = call(capsys, "placement", "--format", form, "--problem", problem, path, "--json")
    (row,) = json.loads(out)["rows"]
    assert code == 0
    assert (row["status"], row["verdict"]) == ("optimal", "reproduced")
    assert row["objective"] == pytest.approx(row["known"], rel=1e-6)


def random_data(seed: int) -> Any:
    """Return sites and customers with tight capacities and whole costs."""
    from models.location_data import location_data

    rng = np.random.default_rng(seed)
    demand = rng.integers(1, 9, 14).astype(float)
    return location_data(
        rng.integers(1, 60, (7, 14)).astype(float),
        demand_units=demand,
        capacity_units=rng.integers(14, 30, 7).astype(float),
        opening_cost=rng.integers(20, 90, 7).astype(float),
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("count", [None, 5])
def test_capacitated_engine_equals_the_whole_pyomo_model(
    seed: int, single: bool, count: int | None
) -> None:
    """Relaxation, cores and designs against one model that shares only the data."""
    from allocator.engine.location import capacitated, median
    from allocator.errors import InfeasibleError
    from allocator.solver import Status, solve_model
    from models.location import build_assignment

    data, exact = random_data(seed), SolveOptions(gap=0.0)
    whole = solve_model(build_assignment(data, count=count, single_source=single), exact)
    try:
        if count is None:
            result = capacitated(data, single_source=single, options=exact)
        else:
            result = median(data, count, single_source=single, options=exact)
    except InfeasibleError:
        assert whole.status is Status.INFEASIBLE
        return
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(whole.objective)
    assert result.bound == pytest.approx(whole.objective)


@pytest.mark.parametrize("seed", range(4))
def test_knapsacks_and_their_losses_equal_brute_force(seed: int) -> None:
    """Every packing of 6 districts is tried, with each one forced in and out."""
    from itertools import product

    from models.parts.location_knapsacks import forced_losses, packings

    rng = np.random.default_rng(seed)
    gain, size = rng.normal(2, 4, (3, 6)), rng.integers(0, 5, 6)
    room = rng.integers(0, 9, 3)
    total, packed = packings(gain, size, room)
    inside, outside = forced_losses(gain, size, room)
    choices = np.array(list(product([False, True], repeat=6)))
    for warehouse in range(3):
        fits = choices[(choices @ size) <= room[warehouse]]
        values = fits @ gain[warehouse]
        assert total[warehouse] == pytest.approx(values.max())
        assert gain[warehouse] @ packed[warehouse] == pytest.approx(values.max())
        assert size @ packed[warehouse] <= room[warehouse]
        for district in range(6):
            with_it = values[fits[:, district]]
            lost = values.max() - with_it.max() if with_it.size else np.inf
            assert inside[warehouse, district] == pytest.approx(lost)
            without = values[~fits[:, district]].max()
            assert outside[warehouse, district] == pytest.approx(values.max() - without)


def test_a_file_that_is_cut_off_names_the_recipe(tmp_path: Path) -> None:
    """The message counts what the header announced."""
    with pytest.raises(InstanceFileError, match=r"2 \+ 2x2 \+ 3 \+ 2x3"):
        load_instance(written(tmp_path, "2 3\n1 2"), "holmberg", "cflp")


@pytest.mark.parametrize("seed", range(5))
def test_exchanges_keep_capacities_and_never_cost_more(seed: int) -> None:
    """No shift and no swap pays any more, found by trying each one."""
    from models.parts.assignment_exchange import assign_whole, improve_assignment

    rng = np.random.default_rng(seed)
    cost, size = rng.integers(1, 50, (4, 12)).astype(float), rng.integers(1, 6, 12).astype(float)
    room = np.full(4, 14.0)
    first = assign_whole(cost, size, room, np.zeros(4))
    assert first is not None
    last = improve_assignment(cost, size, room, first)
    districts = np.arange(12)

    def total(assigned: Any) -> float:
        load = np.bincount(assigned, weights=size, minlength=4)
        return float(cost[assigned, districts].sum()) if (load <= room).all() else np.inf

    assert total(last) <= total(first) < np.inf
    for district in range(12):
        for warehouse in range(4):
            shifted = last.copy()
            shifted[district] = warehouse
            assert total(shifted) >= total(last)
        for other in range(12):
            swapped = last.copy()
            swapped[[district, other]] = last[[other, district]]
            assert total(swapped) >= total(last)

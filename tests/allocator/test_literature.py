"""Known values of the literature are reproduced through the public location functions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from allocator.engine.location import capacitated
from allocator.solver import SolveOptions, Status
from benchmarks.formats import (
    READERS,
    KnownValue,
    benchmark_folder,
    known_values,
    read_known,
    read_san_francisco,
    spopt_expectations,
)
from benchmarks.literature import (
    Comparison,
    compare_known,
    compare_spopt,
)

pytestmark = pytest.mark.shared_data

EXACT = SolveOptions(gap=0.0)

#: The tables give three decimals, six to seven digits.
TOLERANCE = 1e-6


def rows_of(family: str, problem: str) -> list[KnownValue]:
    """Return rows of the table, none where the shared data is absent (the tests skip then)."""
    folder = benchmark_folder()
    if not (folder / "known_optima.csv").is_file():
        return []
    return [row for row in known_values(folder) if (row.family, row.problem) == (family, problem)]


def small_pmed(problem: str) -> list[KnownValue]:
    """Return pmed1 to pmed9, as far as they are there."""
    return [row for row in rows_of("orlib_pmed", problem) if int(row.instance[4:]) < 10]


def proven(comparison: Comparison) -> float | None:
    """Return the figure of a comparison whose optimum is proven, None otherwise."""
    closed = comparison.gap is not None and comparison.gap <= TOLERANCE
    return comparison.figure if closed and comparison.status == Status.OPTIMAL else None


def test_every_expected_value_of_spopt(shared_data: Path) -> None:
    """All numbers of expected_values.csv: median, MCLP, LSCP and center, fixed facilities too."""
    folder = shared_data / "benchmarks"
    expectations = spopt_expectations(folder)
    assert len(expectations) >= 58
    wrong = []
    for expected in expectations:
        comparison = compare_spopt(folder, expected, EXACT)
        assert comparison.status == Status.OPTIMAL
        if not comparison.reproduced:
            wrong.append((expected, comparison.figure))
    assert not wrong


@pytest.mark.parametrize("known", small_pmed("p-median"), ids=lambda row: row.instance)
def test_p_median_of_orlib(shared_data: Path, known: KnownValue) -> None:
    """The optimum of pmed1 to pmed9 is proven."""
    comparison = compare_known(shared_data / "benchmarks", known, EXACT)
    assert proven(comparison) == pytest.approx(known.value, rel=TOLERANCE)


@pytest.mark.parametrize("known", small_pmed("p-center (vertex)"), ids=lambda row: row.instance)
def test_p_center_of_orlib(shared_data: Path, known: KnownValue) -> None:
    """The optimum of pmed1 to pmed9 is proven."""
    comparison = compare_known(shared_data / "benchmarks", known, EXACT)
    assert proven(comparison) == pytest.approx(known.value, rel=TOLERANCE)


@pytest.mark.parametrize(
    "known",
    [row for row in rows_of("orlib_cap", "CFLP multi-source") if "@" not in row.instance],
    ids=lambda row: row.instance,
)
def test_capacitated_location_of_orlib(shared_data: Path, known: KnownValue) -> None:
    """The optimum of cap41 to cap134 is proven to 1e-6."""
    comparison = compare_known(shared_data / "benchmarks", known, SolveOptions(gap=1e-7))
    assert proven(comparison) == pytest.approx(known.value, rel=TOLERANCE)


@pytest.mark.parametrize("instance", ["cap61", "cap93", "cap123"])
def test_single_source_location_of_orlib(shared_data: Path, instance: str) -> None:
    """Districts with one warehouse each: the published single-source optimum, in cents."""
    (known,) = (row for row in rows_of("orlib_cap", "SSCFLP single-source")
                if row.instance == instance)  # fmt: skip
    comparison = compare_known(shared_data / "benchmarks", known, SolveOptions(gap=1e-7))
    assert comparison.figure == pytest.approx(known.value, abs=0.01)


@pytest.mark.parametrize("instance", ["B1.1", "D1.1", "MO1"])
def test_uncapacitated_location_of_the_ufl_library(shared_data: Path, instance: str) -> None:
    """Without capacities the same function solves the UflLib instances."""
    (known,) = (row for row in rows_of("ufl", "UFL") if row.instance == instance)
    comparison = compare_known(shared_data / "benchmarks", known, EXACT)
    assert proven(comparison) == pytest.approx(known.value, rel=TOLERANCE)


def test_capacitated_median_of_orlib(shared_data: Path) -> None:
    """The smallest capacitated p-median with whole districts: 713."""
    (known,) = (row for row in rows_of("pmedcap", "capacitated p-median")
                if row.instance == "pmedcap01")  # fmt: skip
    comparison = compare_known(shared_data / "benchmarks", known, EXACT)
    assert proven(comparison) == pytest.approx(known.value, rel=TOLERANCE)


@pytest.mark.parametrize("family", sorted(READERS))
def test_each_format_is_read_whole(shared_data: Path, family: str) -> None:
    """Every file of a family has the shape it announces, and enough capacity for its demand."""
    files = sorted((shared_data / "benchmarks" / family).glob("*.txt"))
    assert files
    for path in files[:3]:
        if path.stem in ("capa", "capb", "capc"):
            continue
        data = READERS[family](path).data
        assert np.isfinite(data.lane_distance).all()
        assert min(data.warehouse_count, data.district_count) > 0
        assert data.capacity_units.sum() >= data.demand_units.sum()


def test_capacity_word_of_the_large_cap_files_is_replaced(shared_data: Path) -> None:
    """``capa@capacity=8000`` gets that capacity at every warehouse."""
    (known,) = (row for row in rows_of("orlib_cap", "CFLP multi-source")
                if row.instance == "capa@capacity=8000")  # fmt: skip
    instance = read_known(shared_data / "benchmarks", known)
    assert set(instance.data.capacity_units.tolist()) == {8000.0}
    assert (instance.data.warehouse_count, instance.data.district_count) == (100, 1000)


def test_san_francisco_names_come_with_the_plan(shared_data: Path) -> None:
    """Four stores for the p-median of San Francisco are found by name."""
    data = read_san_francisco(shared_data / "benchmarks").data
    assert data.warehouse_codes[0].startswith("Store_")
    assert data.district_count == 205
    assert capacitated(data, options=EXACT).open_warehouses.size == 16

"""Readers of the literature's instance formats, as one table.

``READERS`` maps a family to the function that turns one of its files into an ``Instance``;
``known_values`` reads the table of known optima, ``read_known`` the instance that a row of it
is about. The formats are described in the README beside the shared files.
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from models.location_data import LocationData, location_data

__all__ = [
    "READERS",
    "Expectation",
    "Instance",
    "KnownValue",
    "benchmark_folder",
    "file_text",
    "known_values",
    "read_known",
    "read_lattice",
    "read_lattice_straight",
    "read_san_francisco",
    "spopt_expectations",
]

CHECKOUT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Instance:
    """One instance: its data, and the number of warehouses where the file gives one."""

    name: str
    data: LocationData
    count: int | None = None


@dataclass(frozen=True)
class KnownValue:
    """One row of ``known_optima.csv``; ``instance`` may end in ``@capacity=...``."""

    family: str
    instance: str
    problem: str
    file: str
    value: float
    kind: str


@dataclass(frozen=True)
class Expectation:
    """One row of spopt's expected values; ``count`` and ``radius`` come from its parameters."""

    dataset: str
    problem: str
    quantity: str
    value: float
    count: int | None
    radius: float | None


def benchmark_folder() -> Path:
    """Return the folder of the shared instances, which may be absent."""
    named = os.environ.get("ALLOCATOR_SHARED")
    shared = Path(named).resolve() if named else CHECKOUT.parent / "shared"
    return shared / "data" / "benchmarks"


def file_text(path: Path) -> str:
    """Return a file's text up to the end-of-file mark that DOS programs leave (Delmaire's p43)."""
    return path.read_text(encoding="utf-8").partition("\x1a")[0]


def _tokens(path: Path) -> list[str]:
    return file_text(path).split()


def _numbers(path: Path) -> NDArray[np.float64]:
    """Return a file as one stream of numbers; lines may break anywhere."""
    return np.array(_tokens(path), dtype=np.float64)


def read_orlib_cap(path: Path, capacity: float | None = None) -> Instance:
    """Read ``m n``, capacity and fixed cost per warehouse, then demand and m costs per district.

    Costs are those of the whole demand, so weights are 1. ``capacity`` stands in for the word of
    that name in the files capa, capb and capc.
    """
    word = "inf" if capacity is None else repr(capacity)
    values = np.array(
        [word if token == "capacity" else token for token in _tokens(path)], dtype=np.float64
    )
    warehouses, districts = int(values[0]), int(values[1])
    sites = values[2 : 2 + 2 * warehouses].reshape(warehouses, 2)
    rest = values[2 + 2 * warehouses :][: districts * (1 + warehouses)]
    block = rest.reshape(districts, 1 + warehouses)
    data = location_data(
        block[:, 1:].T,
        demand_units=block[:, 0],
        capacity_units=sites[:, 0],
        opening_cost=sites[:, 1],
    )
    return Instance(path.stem, data)


def read_orlib_pmed(path: Path) -> Instance:
    """Read ``n edges p`` and the edges; distances are shortest paths, the last cost counts."""
    values = _numbers(path).astype(np.int64)
    size, edges, count = values[:3].tolist()
    cost: dict[tuple[int, int], int] = {}
    for start, end, length in values[3 : 3 + 3 * edges].reshape(-1, 3).tolist():
        cost[min(start, end) - 1, max(start, end) - 1] = length
    ends = np.array(list(cost))
    graph = sparse.csr_array((list(cost.values()), (ends[:, 0], ends[:, 1])), shape=(size, size))
    return Instance(path.stem, location_data(dijkstra(graph, directed=False)), count)


def read_pmedcap(path: Path) -> Instance:
    """Read ``problem value``, ``n p capacity``, then ``i x y demand``; distances rounded down."""
    values = _numbers(path)
    size, count, capacity = int(values[2]), int(values[3]), values[4]
    points = values[5 : 5 + 4 * size].reshape(size, 4)
    offset = points[:, None, 1:3] - points[None, :, 1:3]
    distance = np.floor(np.hypot(offset[..., 0], offset[..., 1]))
    data = location_data(
        distance, demand_units=points[:, 3], capacity_units=np.full(size, capacity)
    )
    return Instance(path.stem, replace(data, district_weight=np.ones(size)), count)


def read_holmberg(path: Path) -> Instance:
    """Read ``m n``, capacity and fixed cost per warehouse, demands, then m rows of n costs."""
    values = _numbers(path)
    warehouses, districts = int(values[0]), int(values[1])
    sites = values[2 : 2 + 2 * warehouses].reshape(warehouses, 2)
    demand = values[2 + 2 * warehouses :][:districts]
    cost = values[2 + 2 * warehouses + districts :][: warehouses * districts]
    data = location_data(
        cost.reshape(warehouses, districts),
        demand_units=demand,
        capacity_units=sites[:, 0],
        opening_cost=sites[:, 1],
    )
    return Instance(path.stem, data)


def read_delmaire(path: Path) -> Instance:
    """Read ``n m`` (districts first), n rows of m costs, demands, fixed costs, capacities."""
    values = _numbers(path)
    districts, warehouses = int(values[0]), int(values[1])
    cost, demand, fixed, capacity = np.split(
        values[2 : 2 + districts * warehouses + districts + 2 * warehouses],
        np.cumsum([districts * warehouses, districts, warehouses]),
    )
    data = location_data(
        cost.reshape(districts, warehouses).T,
        demand_units=demand,
        capacity_units=capacity,
        opening_cost=fixed,
    )
    return Instance(path.stem, data)


def read_tbed1(path: Path) -> Instance:
    """Read ``m n``, demands, capacities, fixed costs, costs per unit of demand (m rows of n)."""
    values = _numbers(path)
    warehouses, districts = int(values[0]), int(values[1])
    demand, capacity, fixed, cost = np.split(
        values[2 : 2 + districts + 2 * warehouses + warehouses * districts],
        np.cumsum([districts, warehouses, warehouses]),
    )
    data = location_data(
        cost.reshape(warehouses, districts),
        district_weight=demand,
        demand_units=demand,
        capacity_units=capacity,
        opening_cost=fixed,
    )
    return Instance(path.stem, data)


def read_ufl(path: Path) -> Instance:
    """Read a ``FILE:`` header, ``m n 0`` and ``i opening cost...``, or the OR-Library format."""
    tokens = _tokens(path)
    if tokens[0] != "FILE:":
        values = np.array(tokens, dtype=np.float64)
        warehouses, districts = int(values[0]), int(values[1])
        sites = values[2 : 2 + 2 * warehouses].reshape(warehouses, 2)
        block = values[2 + 2 * warehouses :][: districts * (1 + warehouses)]
        cost = block.reshape(districts, 1 + warehouses)[:, 1:].T
        return Instance(path.stem, location_data(cost, opening_cost=sites[:, 1]))
    values = np.array(tokens[2:], dtype=np.float64)
    warehouses, districts = int(values[0]), int(values[1])
    block = values[3 : 3 + warehouses * (2 + districts)].reshape(warehouses, 2 + districts)
    return Instance(path.stem, location_data(block[:, 2:], opening_cost=block[:, 1]))


READERS: dict[str, Callable[[Path], Instance]] = {
    "delmaire": read_delmaire,
    "holmberg": read_holmberg,
    "orlib_cap": read_orlib_cap,
    "orlib_pmed": read_orlib_pmed,
    "pmedcap": read_pmedcap,
    "tbed1_i300": read_tbed1,
    "ufl": read_ufl,
    "yang": read_holmberg,
}


def known_values(folder: Path) -> list[KnownValue]:
    """Read ``known_optima.csv``."""
    with (folder / "known_optima.csv").open(encoding="utf-8", newline="") as file:
        return [
            KnownValue(
                row["family"],
                row["instance"],
                row["problem"],
                row["file"],
                float(row["value"]),
                row["value_kind"],
            )
            for row in csv.DictReader(file)
        ]


def read_known(folder: Path, known: KnownValue) -> Instance:
    """Read the instance that a known value is about.

    Raises
    ------
    KeyError
        If there is no reader for its family.
    """
    _, _, capacity = known.instance.partition("@capacity=")
    path = folder / known.file
    reader = READERS[known.family]
    instance = read_orlib_cap(path, float(capacity)) if capacity else reader(path)
    if known.problem.startswith("UFL"):
        free = np.full(instance.data.warehouse_count, np.inf)
        instance = replace(instance, data=replace(instance.data, capacity_units=free))
    return replace(instance, name=known.instance)


def read_san_francisco(folder: Path) -> Instance:
    """Read spopt's San Francisco set: 16 stores, 205 tracts, network distance in metres."""
    with (folder / "spopt" / "SF_demand_205_centroid_uniform_weight.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        people = {row["NAME"]: float(row["POP2000"]) for row in csv.DictReader(file)}
    matrix: dict[str, dict[str, float]] = defaultdict(dict)
    with (folder / "spopt" / "SF_network_distance_candidateStore_16_censusTract_205_new.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        for row in csv.DictReader(file):
            matrix[row["name"]][row["DestinationName"]] = float(row["distance"])
    tracts, stores = sorted(people), sorted(matrix)
    data = location_data(
        [[matrix[store][tract] for tract in tracts] for store in stores],
        district_weight=[people[tract] for tract in tracts],
        warehouse_codes=stores,
        district_codes=tracts,
    )
    return Instance("SF", data)


def read_lattice(folder: Path) -> Instance:
    """Read spopt's lattice set: 5 facilities, 100 points, street distance."""
    with (folder / "spopt" / "lattice_cost_100x5.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    data = location_data(
        [[float(row[f"fac{number}"]) for row in rows] for number in range(5)],
        district_weight=[float(row["weight"]) for row in rows],
    )
    return Instance("lattice", data)


def read_lattice_straight(folder: Path) -> Instance:
    """Read the lattice set with straight-line distance instead."""
    points: list[list[tuple[float, float]]] = []
    for name in ("lattice_facilities_5.csv", "lattice_cost_100x5.csv"):
        with (folder / "spopt" / name).open(encoding="utf-8", newline="") as file:
            points.append([(float(row["x"]), float(row["y"])) for row in csv.DictReader(file)])
    offset = np.array(points[0])[:, None, :] - np.array(points[1])[None, :, :]
    instance = read_lattice(folder)
    distance = np.hypot(offset[..., 0], offset[..., 1])
    return replace(instance, data=replace(instance.data, lane_distance=distance))


def spopt_expectations(folder: Path) -> list[Expectation]:
    """Read spopt's expected values."""
    expectations: list[Expectation] = []
    with (folder / "spopt" / "expected_values.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            given = dict(part.split("=") for part in row["parameters"].split(";"))
            expectations.append(
                Expectation(
                    row["dataset"],
                    row["problem"],
                    row["quantity"],
                    float(row["value"]),
                    int(given["p"]) if "p" in given else None,
                    float(given["radius"]) if "radius" in given else None,
                )
            )
    return expectations

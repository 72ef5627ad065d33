"""Warehouses need a place, a class and room; coordinates should lie where the others do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from allocator.draft import Draft, Table
from allocator.schema.network import District, Item, SizeClass, Stock, Warehouse

__all__ = ["check_places", "place_of", "unit_vectors"]

Array = npt.NDArray[np.float64]

EARTH_RADIUS_KM = 6371.0088
_FAR_KM = 1000.0
_FAR_FACTOR = 20.0
_POINTS_AT_A_TIME = 1000


def check_places(draft: Draft) -> None:
    """Check warehouses, their stock, and all coordinates."""
    classes = {row.size_class: row for _, row in draft.rows(SizeClass)}
    table = draft.table(Warehouse)
    for position, row in draft.rows(Warehouse):
        _check_place(draft, table, position, row)
        _check_class(draft, table, position, row, classes)
    _check_home_reserves(draft)
    _check_room(draft, classes)
    _check_coordinates(draft)


def _check_place(draft: Draft, table: Table, position: int, row: Warehouse) -> None:
    """Every warehouse needs a point and a province, its own or its district's."""
    if (row.lon is None) != (row.lat is None):
        empty = "lon" if row.lon is None else "lat"
        draft.report(
            "half_place",
            (table, position, empty),
            None,
            "must be given together with the other coordinate",
            "Maybe fill in both or none.",
        )
    elif row.lon is None and row.district is None:
        draft.report(
            "no_place",
            (table, position, "warehouse"),
            row.warehouse,
            "has neither coordinates nor a district",
            "Maybe fill in district, or lon and lat.",
        )
    if row.district is None and not row.province:
        draft.report(
            "no_province",
            (table, position, "province"),
            None,
            "must not be empty for a warehouse outside the districts",
            "Maybe fill it in; it decides which sign-offs apply.",
        )


def _check_class(
    draft: Draft, table: Table, position: int, row: Warehouse, classes: dict[str, SizeClass]
) -> None:
    """Existing warehouses have a class; those that may grow have one to grow to."""
    if row.state == "existing" and row.size_class is None:
        draft.report(
            "no_size_class",
            (table, position, "size_class"),
            None,
            "must not be empty for an existing warehouse",
            "Maybe choose the class nearest to its volume.",
        )
    largest = classes.get(row.max_size_class or "")
    today = classes.get(row.size_class or "")
    if largest and today and row.state == "existing" and today.volume_m3 > largest.volume_m3:
        draft.report(
            "class_order",
            (table, position, "max_size_class"),
            row.max_size_class,
            f"must not be smaller than the class it has today ({row.size_class})",
            "Maybe the two are mixed up.",
        )
    if row.state == "candidate" and classes:
        ceiling = largest.volume_m3 if largest else float("inf")
        if not any(c.is_buildable and c.volume_m3 <= ceiling for c in classes.values()):
            draft.report(
                "not_buildable",
                (table, position, "max_size_class"),
                row.max_size_class,
                "leaves no buildable class for a candidate",
                "Maybe set is_buildable for a class, or allow a larger one.",
            )


def _check_home_reserves(draft: Draft) -> None:
    """No more can be reserved at home than lies there."""
    table = draft.table(Stock)
    stocked: dict[tuple[str, str], float] = {}
    reserved: dict[tuple[str, str], float] = {}
    largest: dict[tuple[str, str], tuple[float, int]] = {}
    for position, row in draft.rows(Stock):
        key = (row.warehouse, row.item)
        stocked[key] = stocked.get(key, 0.0) + row.stock_units
        reserved[key] = reserved.get(key, 0.0) + row.home_reserve_units
        largest[key] = max(largest.get(key, (-1.0, 0)), (row.home_reserve_units, position))
    for key, units in reserved.items():
        if units > stocked[key] * (1 + 1e-9):
            amount, position = largest[key]
            draft.report(
                "home_reserve",
                (table, position, "home_reserve_units"),
                amount,
                f"leaves {key[0]} with a home reserve of {units:g} of {key[1]}, "
                f"more than the {stocked[key]:g} that lie there",
                "Maybe lower it, or raise stock_units.",
            )


def _check_room(draft: Draft, classes: dict[str, SizeClass]) -> None:
    """Warn where more lies today than the volume allows."""
    volumes = {row.item: row.volume_m3 for _, row in draft.rows(Item)}
    used: dict[str, float] = {}
    for _, lot in draft.rows(Stock):
        used[lot.warehouse] = used.get(lot.warehouse, 0.0) + lot.stock_units * volumes.get(
            lot.item, 0.0
        )
    table = draft.table(Warehouse)
    for position, row in draft.rows(Warehouse):
        today = classes.get(row.size_class or "")
        room = row.volume_m3 if row.volume_m3 is not None else (today and today.volume_m3)
        full = used.get(row.warehouse, 0.0)
        if row.state == "existing" and room and full > room * (1 + 1e-9):
            field = "size_class" if row.volume_m3 is None else "volume_m3"
            value = row.size_class if row.volume_m3 is None else row.volume_m3
            draft.report(
                "over_full",
                (table, position, field),
                value,
                f"has room for {room:g} m3, but {full:g} m3 lie in {row.warehouse}",
                "Maybe raise the size class or lower stock_units; the plan takes the rest away.",
            )


def place_of(row: Warehouse, districts: dict[str, District]) -> tuple[float, float] | None:
    """Longitude and latitude of a warehouse, its own or its district's; None if unknown."""
    if row.lon is not None and row.lat is not None:
        return row.lon, row.lat
    district = districts.get(row.district or "")
    return (district.lon, district.lat) if district else None


def unit_vectors(lon_degrees: Array, lat_degrees: Array) -> Array:
    """Points on the unit sphere, shape (n, 3).

    Parameters
    ----------
    lon_degrees, lat_degrees
        Coordinates, shape (n,). [degree]
    """
    lon, lat = np.radians(lon_degrees), np.radians(lat_degrees)
    return np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))


def _nearest(vectors: Array) -> Array:
    """Distance of each point to the nearest other one, shape (n,), for shape (n, 3).

    A tree would take fewer operations, but importing one takes longer than all of these.
    """
    nearest = np.empty(len(vectors))
    for first in range(0, len(vectors), _POINTS_AT_A_TIME):
        some = vectors[first : first + _POINTS_AT_A_TIME]
        cosine = some @ vectors.T
        cosine[np.arange(len(some)), first + np.arange(len(some))] = -1.0
        nearest[first : first + len(some)] = cosine.max(axis=1)
    return np.sqrt(np.maximum(2.0 - 2.0 * nearest, 0.0))


def _points(draft: Draft) -> Iterator[tuple[Table, int, float, float]]:
    """All coordinates that were entered, with their rows."""
    for position, district in draft.rows(District):
        yield draft.table(District), position, district.lon, district.lat
    for position, row in draft.rows(Warehouse):
        if row.lon is not None and row.lat is not None:
            yield draft.table(Warehouse), position, row.lon, row.lat


def _check_coordinates(draft: Draft) -> None:
    """Warn of points far from all others, above all where swapping would bring them home."""
    points = list(_points(draft))
    if len(points) < 3:
        return
    lon = np.array([point[2] for point in points])
    lat = np.array([point[3] for point in points])
    vectors = unit_vectors(lon, lat)
    nearest_km = _nearest(vectors) * EARTH_RADIUS_KM
    limit_km = max(_FAR_KM, _FAR_FACTOR * float(np.median(nearest_km)))
    for k in np.flatnonzero(nearest_km > limit_km):
        table, position, x, y = points[k]
        home_km = np.inf
        if abs(x) <= 90:
            swapped = unit_vectors(np.array([y]), np.array([x]))[0]
            others = np.delete(vectors, k, axis=0)
            home_km = float(np.linalg.norm(others - swapped, axis=1).min()) * EARTH_RADIUS_KM
        if home_km <= limit_km:
            draft.report(
                "swapped_lon_lat",
                (table, position, "lon"),
                x,
                f"with latitude {y:g} lies {nearest_km[k]:.0f} km from every other place, "
                f"swapped only {home_km:.0f} km",
                "Maybe longitude and latitude are swapped.",
            )
        else:
            draft.report(
                "far_place",
                (table, position, "lon"),
                x,
                f"with latitude {y:g} lies {nearest_km[k]:.0f} km from every other place",
                "Maybe a digit is wrong.",
            )

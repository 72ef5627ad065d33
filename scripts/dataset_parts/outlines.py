"""Map outlines, thinned and rounded: a drawing aid, not a reviewed map."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scripts.dataset_parts.inputs import Inputs

__all__ = ["OUTLINES", "simplified_ring", "write_outlines"]

Point = tuple[float, float]

OUTLINES: dict[str, tuple[tuple[str, ...], float]] = {
    "guangxi_counties": (("outline_counties_guangxi",), 0.006),
    "south5_counties": (
        ("outline_counties_guangdong_hunan_guizhou_yunnan", "outline_counties_guangxi"),
        0.015,
    ),
    "prefectures": (("outline_prefectures",), 0.03),
    "provinces": (("outline_provinces",), 0.03),
}
"""Source files and tolerance of each shipped file. [degree]"""

GAPS = {"guangxi_counties": ("450181",), "south5_counties": ("450181", "431181", "532302")}
"""Units without an outline in the source: drawn as what can be seen of the gap from its middle,
97 percent of the unit's area."""

SIGHT_DEGREES = 1.5
RAYS = 720

DIGITS = 3
NOTE = (
    "Drawing aid made from Amap and Tianditu data by way of MIT-licensed packages; not a reviewed "
    "map. To publish a map of China, use a base map with a review number."
)


def _height(point: Point, start: Point, end: Point) -> float:
    """Distance of a point from the line between two others [degree]."""
    run, rise = end[0] - start[0], end[1] - start[1]
    length = math.hypot(run, rise)
    if length == 0.0:
        return math.hypot(point[0] - start[0], point[1] - start[1])
    return abs(run * (start[1] - point[1]) - rise * (start[0] - point[0])) / length


def _thinned(points: list[Point], tolerance: float) -> list[Point]:
    """Drop the points of an open line that lie within a tolerance of what remains."""
    keep = [False] * len(points)
    keep[0] = keep[-1] = True
    parts = [(0, len(points) - 1)]
    while parts:
        start, end = parts.pop()
        if end - start < 2:
            continue
        inner = range(start + 1, end)
        farthest = max(inner, key=lambda k: _height(points[k], points[start], points[end]))
        if _height(points[farthest], points[start], points[end]) > tolerance:
            keep[farthest] = True
            parts += [(start, farthest), (farthest, end)]
    return [point for point, is_kept in zip(points, keep, strict=True) if is_kept]


def simplified_ring(ring: list[Point], tolerance: float) -> list[Point]:
    """Thin a closed ring and round it; rings that shrink to nothing become empty.

    The ring is cut at the point farthest from its first point, so that both halves are open
    lines (Douglas and Peucker 1973).
    """
    far = max(range(len(ring)), key=lambda k: math.dist(ring[0], ring[k]))
    half = _thinned(ring[: far + 1], tolerance)[:-1] + _thinned(ring[far:], tolerance)
    rounded: list[Point] = []
    for lon, lat in half:
        point = (round(lon, DIGITS), round(lat, DIGITS))
        if not rounded or rounded[-1] != point:
            rounded.append(point)
    return rounded if len(rounded) >= 4 else []


def _geometry(shape: dict[str, Any], tolerance: float) -> dict[str, Any]:
    """Thin a geometry; holes and parts that vanish are left out."""
    kind = shape["type"]
    if kind == "LineString":
        line = _thinned([(p[0], p[1]) for p in shape["coordinates"]], tolerance)
        return {
            "type": kind,
            "coordinates": [[round(x, DIGITS), round(y, DIGITS)] for x, y in line],
        }
    if kind == "MultiLineString":
        parts = [
            _geometry({"type": "LineString", "coordinates": part}, tolerance)["coordinates"]
            for part in shape["coordinates"]
        ]
        return {"type": kind, "coordinates": parts}
    polygons = [shape["coordinates"]] if kind == "Polygon" else shape["coordinates"]
    kept = []
    for polygon in polygons:
        rings = [simplified_ring([(p[0], p[1]) for p in ring], tolerance) for ring in polygon]
        if rings[0]:
            kept.append([[list(point) for point in ring] for ring in rings if ring])
    if len(kept) == 1:
        return {"type": "Polygon", "coordinates": kept[0]}
    return {"type": "MultiPolygon", "coordinates": kept}


def _edges(shapes: list[dict[str, Any]]) -> NDArray[np.float64]:
    """All edges of some multipolygons, shape (edges, 4): from and to points. [degree]"""
    rings = [ring for shape in shapes for polygon in shape["coordinates"] for ring in polygon]
    points = [np.asarray(ring, dtype=float)[:, :2] for ring in rings]
    return np.vstack([np.hstack([ring[:-1], ring[1:]]) for ring in points])


def filled_gap(middle: Point, edges: NDArray[np.float64]) -> list[Point]:
    """Return the ring that can be seen from a point among the edges around it."""
    origin = np.array(middle)
    is_near = (np.abs(edges[:, :2] - origin) < SIGHT_DEGREES).all(axis=1)
    start = edges[is_near, :2] - origin
    along = edges[is_near, 2:] - origin - start
    ring = []
    for angle in np.linspace(0, 2 * np.pi, RAYS, endpoint=False):
        ray = np.array([np.cos(angle), np.sin(angle)])
        turn = ray[0] * along[:, 1] - ray[1] * along[:, 0]
        turn = np.where(turn == 0.0, np.inf, turn)
        reach = (start[:, 0] * along[:, 1] - start[:, 1] * along[:, 0]) / turn
        place = (start[:, 0] * ray[1] - start[:, 1] * ray[0]) / turn
        hits = reach[(reach > 1e-9) & (place >= 0) & (place <= 1)]
        seen = origin + ray * hits.min()
        ring.append((float(seen[0]), float(seen[1])))
    return [*ring, ring[0]]


def _gap_features(inputs: Inputs, name: str, tolerance: float) -> list[dict[str, Any]]:
    """Features for the units that the source leaves out."""
    shapes: list[dict[str, Any]] = []
    for file in OUTLINES["south5_counties"][0]:
        shapes += [feature["geometry"] for feature in _source_features(inputs, file)]
    edges = _edges(shapes)
    units = inputs.counties.set_index("adcode")
    found = []
    for code in GAPS.get(name, ()):
        unit = units.loc[code]
        ring = filled_gap((float(unit["lon_centroid"]), float(unit["lat_centroid"])), edges)
        shape = {"type": "Polygon", "coordinates": [[list(point) for point in ring]]}
        found.append(
            {
                "type": "Feature",
                "properties": {"adcode": code, "name": str(unit["name"]), "note": "approximate"},
                "geometry": _geometry(shape, tolerance),
            }
        )
    return found


def _source_features(inputs: Inputs, file: str) -> list[dict[str, Any]]:
    """Features of one source file as they are."""
    path = inputs.folder / "data" / "geo" / f"{file}.geojson"
    features: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["features"]
    return features


def _features(inputs: Inputs, name: str) -> list[dict[str, Any]]:
    """Features of a shipped file, thinned, by code."""
    files, tolerance = OUTLINES[name]
    found = _gap_features(inputs, name, tolerance) if name in GAPS else []
    for file in files:
        for feature in _source_features(inputs, file):
            given = feature["properties"]
            found.append(
                {
                    "type": "Feature",
                    "properties": {"adcode": str(given["adcode"]), "name": str(given["name"])},
                    "geometry": _geometry(feature["geometry"], tolerance),
                }
            )
    return sorted(found, key=lambda feature: str(feature["properties"]["adcode"]))


def write_outlines(inputs: Inputs, parent: Path) -> None:
    """Write the outline files, one feature a line."""
    folder = parent / "outlines"
    folder.mkdir(parents=True, exist_ok=True)
    for name in OUTLINES:
        lines = [
            json.dumps(feature, ensure_ascii=False, separators=(",", ":"))
            for feature in _features(inputs, name)
        ]
        head = f'{{"type":"FeatureCollection","note":{json.dumps(NOTE)},"features":[\n'
        text = head + ",\n".join(lines) + "\n]}\n"
        (folder / f"{name}.geojson").write_text(text, encoding="utf-8", newline="\n")

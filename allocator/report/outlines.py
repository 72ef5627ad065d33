"""Outlines to draw maps on: the shipped ones, or the user's own GeoJSON.

They are a drawing aid, not a reviewed map.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians
from pathlib import Path
from typing import Any

from allocator.case import Case
from allocator.errors import DataError, Issue

__all__ = ["Box", "Outline", "Outlines", "choose_outlines", "outline_folder", "read_outlines"]

Ring = tuple[tuple[float, ...], tuple[float, ...]]
"""Longitudes and latitudes of a closed ring or of a line. [degree]"""

CODE_NAMES = ("adcode", "code", "district", "gb", "id")
"""Properties that may hold the code of a unit."""

NATIONAL_PREFIX = "156"
"""China in ISO 3166, which some GeoJSON files put before the six digits."""


@dataclass(frozen=True)
class Box:
    """A part of the map. [degree]"""

    west: float
    south: float
    east: float
    north: float

    def widened(self, share: float, least: float) -> Box:
        """Return the box with a margin of a share of its size on every side."""
        across = max(share * (self.east - self.west), least)
        along = max(share * (self.north - self.south), least)
        return Box(self.west - across, self.south - along, self.east + across, self.north + along)

    def shaped(self, least: float, most: float) -> Box:
        """Return the box grown until its width over its height, on the ground, is within limits."""
        middle = (self.south + self.north) / 2
        shrink = cos(radians(middle))
        across, along = (self.east - self.west) * shrink, self.north - self.south
        wider = max(0.0, least * along - across) / shrink / 2
        taller = max(0.0, across / most - along) / 2
        return Box(self.west - wider, self.south - taller, self.east + wider, self.north + taller)

    def meets(self, other: Box) -> bool:
        """Whether the two have a point in common."""
        return (
            self.west <= other.east
            and other.west <= self.east
            and self.south <= other.north
            and other.south <= self.north
        )

    @classmethod
    def around(cls, points: Iterable[tuple[float, float]]) -> Box:
        """Return the smallest box around points (lon, lat); a point at 0, 0 if there are none."""
        places = list(points) or [(0.0, 0.0)]
        lons = [lon for lon, _ in places]
        lats = [lat for _, lat in places]
        return cls(min(lons), min(lats), max(lons), max(lats))


@dataclass(frozen=True)
class Outline:
    """One unit or line of the map.

    Parameters
    ----------
    code
        Code of the unit; empty if the feature has none.
    rings
        Outer rings of its polygons, or its lines.
    is_line
        Whether it is a line, to be drawn without a fill.
    """

    code: str
    rings: tuple[Ring, ...]
    is_line: bool = False

    @property
    def box(self) -> Box:
        """Smallest box around it."""
        return Box.around(
            point for lons, lats in self.rings for point in zip(lons, lats, strict=True)
        )


@dataclass(frozen=True)
class Outlines:
    """The outlines of one map, in drawing order.

    Parameters
    ----------
    land
        Background: provinces, those of the case and their neighbours in view.
    prefectures
        Borders drawn over the districts.
    districts
        Polygons of the case's districts by code; a district may be missing.
    lines
        Lines that are no units.
    """

    land: tuple[Outline, ...] = ()
    prefectures: tuple[Outline, ...] = ()
    districts: tuple[Outline, ...] = ()
    lines: tuple[Outline, ...] = ()


def outline_folder() -> Path:
    """Folder of the shipped outlines: in the wheel, else in the checkout; it may be absent."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_datasets" / "outlines", package.parent / "datasets" / "outlines"):
        if folder.is_dir():
            return folder
    return package / "_datasets" / "outlines"


def read_outlines(path: Path) -> tuple[Outline, ...]:
    """Read every feature of a GeoJSON file, or of all ``*.geojson`` files of a folder.

    Parameters
    ----------
    path
        File or folder; an absent folder gives no outlines.

    Raises
    ------
    DataError
        If a file cannot be read as GeoJSON.
    """
    if path.is_dir():
        files = sorted(path.glob("*.geojson"))
    elif path.exists() or path.suffix:
        files = [path]
    else:
        files = []
    return tuple(outline for file in files for outline in _read_file(file))


def choose_outlines(case: Case, own: Path | None = None) -> Outlines:
    """Choose what to draw for a case.

    Parameters
    ----------
    case
        Its districts and warehouses decide which units are drawn.
    own
        The user's GeoJSON file or folder instead of the shipped outlines. Features whose code
        (property adcode, code, district, gb or id) is a district of the case are districts,
        codes ending in 00 prefectures, codes ending in 0000 and all others background.

    Raises
    ------
    DataError
        If the user's own file cannot be read.
    """
    codes = {row.district for row in case.districts}
    provinces = {code[:2] for code in codes}
    view = Box.around((row.lon, row.lat) for row in case.districts).widened(0.6, 1.5)
    layers: dict[str, dict[str, Outline]] = {"land": {}, "prefectures": {}, "districts": {}}
    unnamed: list[Outline] = []
    lines: list[Outline] = []
    for outline in _shipped(outline_folder()) if own is None else read_outlines(own):
        if outline.is_line:
            if outline.box.meets(view):
                lines.append(outline)
        elif outline.code in codes:
            layers["districts"].setdefault(outline.code, outline)
        elif outline.code.endswith("0000") and outline.box.meets(view):
            layers["land"].setdefault(outline.code, outline)
        elif outline.code.endswith("00") and outline.code[:2] in provinces:
            layers["prefectures"].setdefault(outline.code, outline)
        elif len(outline.code) != 6 and outline.box.meets(view):
            unnamed.append(outline)
    return Outlines(
        land=(*unnamed, *layers["land"].values()),
        prefectures=tuple(layers["prefectures"].values()),
        districts=tuple(layers["districts"].values()),
        lines=tuple(lines),
    )


@lru_cache(maxsize=1)
def _shipped(folder: Path) -> tuple[Outline, ...]:
    """Read the shipped outlines once: workbook and page are drawn with the same."""
    return read_outlines(folder)


def _read_file(path: Path) -> Iterator[Outline]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        features = content["features"] if content["type"] == "FeatureCollection" else [content]
        yield from [outline for feature in features for outline in _outlines_of(feature)]
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise DataError([_fault(path, error)]) from error


def _fault(path: Path, error: Exception) -> Issue:
    return Issue(
        code="outline_unreadable",
        severity="error",
        sheet=path.name,
        cell="",
        field="",
        value=type(error).__name__,
        message=f"the file cannot be read as GeoJSON in degrees ({error}).",
        hint="Maybe it is no FeatureCollection of Polygon or MultiPolygon features.",
    )


def _outlines_of(feature: dict[str, Any]) -> Iterator[Outline]:
    geometry: dict[str, Any] = feature.get("geometry") or {}
    kind, coordinates = geometry.get("type"), geometry.get("coordinates", ())
    code = _code(feature)
    if kind == "Polygon":
        yield Outline(code, (_ring(coordinates[0]),))
    elif kind == "MultiPolygon":
        yield Outline(code, tuple(_ring(polygon[0]) for polygon in coordinates))
    elif kind == "LineString":
        yield Outline(code, (_ring(coordinates),), is_line=True)
    elif kind == "MultiLineString":
        yield Outline(code, tuple(_ring(line) for line in coordinates), is_line=True)


def _ring(points: Iterable[Any]) -> Ring:
    pairs = [(round(float(point[0]), 4), round(float(point[1]), 4)) for point in points]
    return tuple(lon for lon, _ in pairs), tuple(lat for _, lat in pairs)


def _code(feature: dict[str, Any]) -> str:
    properties = feature.get("properties") or {}
    for name in CODE_NAMES:
        value = properties.get(name, feature.get("id") if name == "id" else None)
        if value is not None:
            text = str(value).strip().removesuffix(".0")
            if len(text) == 9 and text.startswith(NATIONAL_PREFIX):
                text = text.removeprefix(NATIONAL_PREFIX)
            return text
    return ""

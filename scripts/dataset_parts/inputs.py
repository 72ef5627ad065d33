"""The shared reference and data files, read once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

__all__ = ["Inputs", "read_inputs", "shared_folder"]

CODE_COLUMNS = (
    "adcode",
    "province_adcode",
    "prefecture_adcode",
    "scope_adcode",
    "dest_adcode",
    "track_id",
    "step_no",
    "predecessors",
)


def shared_folder() -> Path:
    """Return the folder of the shared data: ``ALLOCATOR_SHARED`` or beside the checkout."""
    given = os.environ.get("ALLOCATOR_SHARED")
    beside = Path(__file__).resolve().parents[3] / "shared"
    return Path(given) if given else beside


@dataclass(frozen=True)
class Inputs:
    """Tables of the shared folder, read when first asked for.

    Parameters
    ----------
    folder
        Folder with ``data`` and ``reference``.
    """

    folder: Path

    def table(self, place: str) -> pd.DataFrame:
        """Read one CSV file with codes kept as text."""
        path = self.folder / place
        heads = pd.read_csv(path, nrows=0).columns
        kinds = {name: str for name in CODE_COLUMNS if name in heads}
        return pd.read_csv(path, dtype=kinds)

    @cached_property
    def counties(self) -> pd.DataFrame:
        """County-level units, by code."""
        frame = self.table("data/geo/county_units.csv")
        return frame.sort_values("adcode", ignore_index=True)

    @cached_property
    def prefectures(self) -> pd.DataFrame:
        """Prefecture-level units, by code."""
        return self.table("data/geo/prefectures.csv").sort_values("adcode", ignore_index=True)

    @cached_property
    def provinces(self) -> pd.DataFrame:
        """Provinces, by code."""
        return self.table("data/geo/provinces.csv").sort_values("adcode", ignore_index=True)

    @cached_property
    def tracks(self) -> pd.DataFrame:
        """Six-hourly points of the storms that reached China."""
        frame = self.table("data/hazards/typhoon_tracks_china_landfall.csv")
        return frame.sort_values(["track_id", "time"], ignore_index=True)

    @cached_property
    def quakes(self) -> pd.DataFrame:
        """Significant earthquakes."""
        return self.table("data/hazards/earthquakes_china_noaa.csv")

    @cached_property
    def scenario_units(self) -> pd.DataFrame:
        """County-level facts of real disasters."""
        return self.table("data/hazards/scenario_units.csv")

    @cached_property
    def scenario_timeline(self) -> pd.DataFrame:
        """Official counts of real disasters."""
        return self.table("data/hazards/scenario_timeline.csv")

    @cached_property
    def relief_dispatch(self) -> pd.DataFrame:
        """Relief goods that were really sent."""
        return self.table("data/hazards/relief_dispatch.csv")

    @cached_property
    def relief_items(self) -> pd.DataFrame:
        """Reference list of items, indexed by code."""
        return self.table("reference/relief_items.csv").set_index("item_code")

    @cached_property
    def vehicle_types(self) -> pd.DataFrame:
        """Reference list of vehicles, indexed by code."""
        return self.table("reference/vehicle_types.csv").set_index("vehicle_code")

    @cached_property
    def warehouse_classes(self) -> pd.DataFrame:
        """Reference list of size classes, indexed by code."""
        return self.table("reference/warehouse_classes.csv").set_index("class_code")

    @cached_property
    def central_warehouses(self) -> pd.DataFrame:
        """Central reserve warehouses."""
        return self.table("reference/central_reserve_warehouses.csv")

    @cached_property
    def hazard_classes(self) -> pd.DataFrame:
        """The twelve hazard classes."""
        return self.table("reference/hazard_classes.csv").set_index("hazard_code")

    @cached_property
    def departments(self) -> pd.DataFrame:
        """Departments that sign."""
        return self.table("reference/departments.csv")

    @cached_property
    def approval_steps(self) -> pd.DataFrame:
        """Sign-off steps."""
        return self.table("reference/approval_steps.csv")

    @cached_property
    def sources(self) -> pd.DataFrame:
        """Sources of the reference files."""
        return self.table("reference/sources.csv")


def read_inputs(folder: Path | None = None) -> Inputs:
    """Return the shared tables.

    Raises
    ------
    FileNotFoundError
        If the folder does not hold the shared data.
    """
    place = folder or shared_folder()
    if not (place / "data" / "geo" / "county_units.csv").is_file():
        raise FileNotFoundError(
            f"no shared data at {place}. Maybe set ALLOCATOR_SHARED to the folder that holds "
            "data and reference."
        )
    return Inputs(place)

"""Bodies of results that are no rows."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from allocator.schema.records import LegRecord, SignOffRow, TripRecord
from api.models import Answer, Request, SafeText
from api.runs.schemas import FileAnswer, RunOptionsBody

__all__ = [
    "FileList",
    "InfeasibilityAnswer",
    "JourneyAnswer",
    "ManifestAnswer",
    "ReplanRequest",
    "SumOfItem",
]


class FileList(Answer):
    """Files of a run."""

    run_id: str
    files: list[FileAnswer]


class JourneyAnswer(Answer):
    """All that is known of one trip, to a district or to a hub."""

    run_id: str
    trip: TripRecord | LegRecord
    sign_offs: list[SignOffRow] = Field(description="Steps it waits for, in the order of ends.")


class SumOfItem(Answer):
    """What all trips of a manifest carry of an item."""

    item: str
    name: str
    unit: str
    load_units: float
    weight_kg: float
    volume_m3: float


class ManifestAnswer(Answer):
    """What a warehouse loads, trip by trip in the order of loading."""

    run_id: str
    scenario: str
    warehouse: str
    warehouse_name: str
    trips: list[TripRecord | LegRecord]
    sums: list[SumOfItem]
    sign_offs: list[SignOffRow]


class InfeasibilityAnswer(Answer):
    """Why no plan is possible, and what would make one possible."""

    run_id: str
    detail: str
    rules: list[str] = Field(description="Hard rules that contradict each other, in sentences.")
    repairs: list[dict[str, Any]] = Field(
        description="Ways out: changes that together make a plan possible."
    )


class ReplanRequest(Request):
    """What has changed since a plan."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"at_hours": 6, "changes": [{"kind": "road_closed", "district": "450602"}]},
            ]
        }
    )

    at_hours: Annotated[float, Field(ge=0, le=10_000)] = Field(
        description="What left before this hour of the event stays as it is. [h]"
    )
    changes: Annotated[list[dict[SafeText, Any]], Field(max_length=2000)] = Field(
        description="Rows of the sheet Changes; GET /v1/schema says which columns there are."
    )
    scenario: Annotated[SafeText, Field(min_length=1, max_length=64)] | None = None
    options: RunOptionsBody = RunOptionsBody()
    name: Annotated[SafeText, Field(max_length=200)] = ""

"""What really was ordered and arrived in a disaster, for back-tests: facts with their sources."""

from __future__ import annotations

import csv
import io
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from pathlib import Path

import pandas as pd

from scripts.dataset_parts.folder import cell_text
from scripts.dataset_parts.inputs import Inputs
from scripts.dataset_parts.jishishan import EVENT_TIME, GANSU, ITEM_CODES, SCENARIO, TOTAL

__all__ = ["FOLDER", "Fact", "jishishan_facts", "write_records"]

FOLDER = "records"

ARRIVED = "arrived in area"

SOURCES = {
    "central batch 1": "S17",
    "central batch 2": "S77",
    "central batch 3": "S78",
    TOTAL: "S17",
    ARRIVED: "S17",
}
"""Where each group of rows was read, as in ``Sources.csv`` of the data set."""

KINDS = {TOTAL: "ordered_total", ARRIVED: "arrived"}


@dataclass(frozen=True)
class Fact:
    """One line of a record.

    Parameters
    ----------
    kind
        ``ordered``: in one batch; ``ordered_total``: by that hour, all batches and the province's
        own; ``arrived``: in the disaster area by that hour; ``vehicles``: that brought it;
        ``first_arrival``: the hour of the first goods; ``central_arrived``: all central goods.
    batch, receiver, item
        Batch, province (code), item (code); empty where the source does not part them.
    hour
        Hours from the event, to a tenth; None where the source has no hour. [h]
    units
        How many pieces; None where the source has no number. [units]
    source, status, note
        Where it was read, how well it is known, what to know about it.
    """

    kind: str
    batch: str
    receiver: str
    item: str
    hour: float | None
    units: float | None
    source: str
    status: str
    note: str


def _hour(as_of: str) -> float | None:
    """Hours from the event to a time; None for words such as 'early morning'. [h]."""
    try:
        then = datetime.fromisoformat(as_of)
    except ValueError:
        return None
    return round((then - EVENT_TIME).total_seconds() / 3600.0, 1)


def _dispatch_fact(row: pd.Series) -> Fact:
    """One line of the shared table of relief goods."""
    is_vehicles = row["item"] == "truck"
    kind = "vehicles" if is_vehicles else KINDS.get(row["batch"], "ordered")
    hour = _hour(row["as_of"])
    return Fact(
        kind=kind,
        batch=row["batch"] if kind == "ordered" else "",
        # The source tells of Gansu as a whole; the shared table has the county in its place.
        receiver=row["dest_adcode"] if kind.startswith("ordered") else GANSU,
        item="" if is_vehicles else ITEM_CODES[row["item"]],
        hour=hour,
        units=float(row["quantity"]),
        source=SOURCES[row["batch"]],
        status="sourced",
        note="" if hour is not None else f"no hour in the source: {row['as_of'].split(' ', 1)[1]}",
    )


def _milestone(frame: pd.DataFrame, metric: str, kind: str, has_units: bool) -> Fact:
    """One line of the shared table of back-test events."""
    row = frame[(frame["event"] == "Jishishan 2023") & (frame["metric"] == metric)].iloc[0]
    return Fact(
        kind=kind,
        batch="",
        receiver="",
        item="",
        hour=float(row["hours_since_onset"]),
        units=float(row["value"]) if has_units else None,
        source=str(row["source"]),
        status=str(row["status"]),
        note=str(row["note"]),
    )


def jishishan_facts(inputs: Inputs) -> list[Fact]:
    """Return what was ordered for Gansu and Qinghai in December 2023, and what had arrived when."""
    rows = inputs.relief_dispatch
    rows = rows[rows["scenario_id"] == SCENARIO]
    facts = [_dispatch_fact(row) for _, row in rows.iterrows()]
    events = inputs.table("reference/backtest_events.csv")
    facts.append(_milestone(events, "first supplies reach area", "first_arrival", False))
    facts.append(_milestone(events, "central items all arrived", "central_arrived", True))
    return facts


def write_records(inputs: Inputs, parent: Path) -> None:
    """Write the records into their folder beside the data sets."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([field.name for field in fields(Fact)])
    for fact in jishishan_facts(inputs):
        writer.writerow([cell_text(value) for value in astuple(fact)])
    folder = parent / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{SCENARIO}.csv"
    path.write_text(stream.getvalue(), encoding="utf-8", newline="\n")

"""What was really ordered and what had arrived when: the record that a back-test is held against.

Records are shipped in ``datasets/records``; every line has its source. What the columns mean is
said in ``scripts/dataset_parts/records.py``, which makes them from the shared data.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from allocator.datasets import dataset_path
from benchmarks.instance_files import InstanceFileError

__all__ = ["Batch", "DispatchRecord", "RecordLine", "read_record", "record_path"]

COLUMNS = ("kind", "batch", "receiver", "item", "hour", "units", "source", "status", "note")

KINDS = ("ordered", "ordered_total", "arrived", "vehicles", "first_arrival", "central_arrived")


@dataclass(frozen=True)
class RecordLine:
    """One line; hours count from the event. None where the source has no number."""

    kind: str
    batch: str
    receiver: str
    item: str
    hour: float | None
    units: float | None
    source: str
    status: str
    note: str


@dataclass(frozen=True)
class Batch:
    """What was ordered at one time for one province.

    Parameters
    ----------
    name
        As the sources call it.
    receiver
        Code of the province.
    order_hours
        Hours from the event to the order, None if the source has no hour. [h]
    units
        Pieces by item. [units]
    """

    name: str
    receiver: str
    order_hours: float | None
    units: Mapping[str, float]

    @property
    def pieces(self) -> float:
        """Pieces of all items together. [units]."""
        return sum(self.units.values())


@dataclass(frozen=True)
class DispatchRecord:
    """Lines of one disaster."""

    lines: tuple[RecordLine, ...]

    @property
    def batches(self) -> tuple[Batch, ...]:
        """Central batches, by province, in the order of the record."""
        found: dict[tuple[str, str], list[RecordLine]] = {}
        for line in self._of("ordered"):
            found.setdefault((line.batch, line.receiver), []).append(line)
        return tuple(
            Batch(name, receiver, lines[0].hour, {line.item: _units(line) for line in lines})
            for (name, receiver), lines in found.items()
        )

    @property
    def home(self) -> str:
        """Province whose arrivals were counted."""
        return self._of("arrived")[0].receiver

    def ordered(self, receiver: str) -> dict[str, float]:
        """Pieces by item that were ordered for a province, its own goods included. [units]."""
        return self._items("ordered_total", receiver)

    def arrived(self, receiver: str) -> dict[str, float]:
        """Pieces by item that had arrived at ``arrived_hours``. [units]."""
        return self._items("arrived", receiver)

    def central_arrived_range(self, receiver: str) -> tuple[float, float]:
        """Least and most central pieces among those arrived; the province's own are the rest.

        An item that the province also sent itself leaves open whose pieces came first. [units]
        """
        ordered, central = self.ordered(receiver), self.central(receiver)
        least = most = 0.0
        for item, units in self.arrived(receiver).items():
            own = ordered[item] - central.get(item, 0.0)
            least += max(0.0, units - own)
            most += min(units, central.get(item, 0.0))
        return least, most

    def central(self, receiver: str) -> dict[str, float]:
        """Pieces by item of the central batches for a province. [units]."""
        found: dict[str, float] = {}
        for batch in self.batches:
            if batch.receiver == receiver:
                for item, units in batch.units.items():
                    found[item] = found.get(item, 0.0) + units
        return found

    @property
    def arrived_hours(self) -> float:
        """Hour of the one count of what had arrived. [h]."""
        return self._hour("arrived")

    @property
    def first_arrival_hours(self) -> float:
        """Hour of the first goods, whoever sent them. [h]."""
        return self._hour("first_arrival")

    @property
    def central_arrived_hours(self) -> float:
        """Hour by which all central goods had arrived. [h]."""
        return self._hour("central_arrived")

    @property
    def central_arrived_units(self) -> float:
        """How many pieces that report speaks of. [units]."""
        return _units(self._of("central_arrived")[0])

    @property
    def vehicles_arrived(self) -> float:
        """Lorries that brought what had arrived."""
        return _units(self._of("vehicles")[0])

    def _of(self, kind: str) -> list[RecordLine]:
        return [line for line in self.lines if line.kind == kind]

    def _items(self, kind: str, receiver: str) -> dict[str, float]:
        return {line.item: _units(line) for line in self._of(kind) if line.receiver == receiver}

    def _hour(self, kind: str) -> float:
        hour = self._of(kind)[0].hour
        if hour is None:
            raise InstanceFileError(f"record: {kind} has no hour. Maybe add it.")
        return hour


def _units(line: RecordLine) -> float:
    """Pieces of a line that must have them."""
    if line.units is None:
        raise InstanceFileError(f"record: {line.kind} {line.item} has no units. Maybe add them.")
    return line.units


def record_path(scenario: str) -> Path:
    """Return where the shipped record of a scenario lies."""
    return dataset_path("tiny").parent / "records" / f"{scenario}.csv"


def read_record(path: Path) -> DispatchRecord:
    """Read a record.

    Raises
    ------
    InstanceFileError
        If the file cannot be read, or a line does not say what it must; all faults are named.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
    except (OSError, UnicodeDecodeError) as error:
        raise InstanceFileError(f"{path}: cannot be read ({error}). Maybe reinstall.") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise InstanceFileError(
            f"{path}: the first line must be {','.join(COLUMNS)}. Maybe a column is missing."
        )
    faults: list[str] = []
    lines = [_line(row, number, faults) for number, row in enumerate(rows[1:], start=2)]
    there = {line.kind for line in lines if line is not None}
    faults += [f"no line of kind {kind!r}" for kind in KINDS if kind not in there]
    if faults:
        raise InstanceFileError(f"{path}: {'; '.join(faults)}. Maybe mend these lines.")
    return DispatchRecord(tuple(line for line in lines if line is not None))


def _line(row: Sequence[str], number: int, faults: list[str]) -> RecordLine | None:
    """Read one line, or note what is wrong with it."""
    if len(row) != len(COLUMNS):
        faults.append(f"line {number} has {len(row)} cells, not {len(COLUMNS)}")
        return None
    given = dict(zip(COLUMNS, row, strict=True))
    if given["kind"] not in KINDS:
        faults.append(f"line {number}: kind ({given['kind']}) is none of {', '.join(KINDS)}")
        return None
    numbers: dict[str, float | None] = {}
    for name in ("hour", "units"):
        try:
            numbers[name] = float(given[name]) if given[name] else None
        except ValueError:
            faults.append(f"line {number}: {name} ({given[name]}) is no number")
            return None
    words = {name: text for name, text in given.items() if name not in numbers}
    return RecordLine(**words, hour=numbers["hour"], units=numbers["units"])

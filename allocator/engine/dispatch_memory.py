"""Prices that a dispatch ended with, by codes, for a later one of the same scenario to begin with.

A re-plan has other numbers of everything, yet most prices are about right still: begun with, they
prove in a few steps what takes a hundred from nothing. Any prices prove a valid bound, so that it
does no harm if they are old.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_duals import Duals
from allocator.engine.dispatch_problem import DispatchProblem

__all__ = ["Memories", "Memory", "read_memories", "recalled", "remembered", "write_memories"]

Floats = NDArray[np.float64]

_FORM = "allocator dispatch prices 1"


@dataclass(frozen=True)
class Memory:
    """Prices of one scenario's dispatch.

    Parameters
    ----------
    scenario
        Code of the scenario.
    warehouses, districts, items
        Codes of the rows and columns below.
    need_worth
        Worth of a unit of the first need of each kind, shape (district, item).
    stock, outside
        Shape (warehouse, item).
    dock
        Shape (warehouse, period).
    receive
        Shape (district, hour).
    """

    scenario: str
    warehouses: tuple[str, ...]
    districts: tuple[str, ...]
    items: tuple[str, ...]
    need_worth: Floats
    stock: Floats
    outside: Floats
    dock: Floats
    receive: Floats


_ARRAYS = ("need_worth", "stock", "outside", "dock", "receive")
_CODES = ("warehouses", "districts", "items")


class Memories(dict[str, Memory]):
    """Prices by scenario, as they come."""

    def __call__(self, memory: Memory) -> None:
        """Keep the last of each scenario."""
        self[memory.scenario] = memory


def remembered(inputs: DispatchInputs, problem: DispatchProblem, duals: Duals) -> Memory:
    """Write prices down by the codes of the case.

    Parameters
    ----------
    inputs, problem
        The scenario.
    duals
        The prices of its headline stage.
    """
    case, data = inputs.case, problem.data
    worth = np.zeros((data.district_count, data.item_count))
    np.maximum.at(worth, (data.need_district, data.need_item), duals.need)
    return Memory(
        inputs.scenario.scenario,
        tuple(case.warehouses[int(w)].warehouse for w in inputs.warehouse),
        tuple(case.districts[int(d)].district for d in inputs.district),
        tuple(row.item for row in case.items),
        worth,
        duals.stock,
        duals.outside,
        duals.dock,
        duals.receive,
    )


def recalled(inputs: DispatchInputs, problem: DispatchProblem, memory: Memory) -> Duals:
    """Prices of a problem from those of an earlier one; what it had not is worth nothing.

    Parameters
    ----------
    inputs, problem
        The scenario as it is now.
    memory
        What is known of an earlier dispatch.
    """
    case, data = inputs.case, problem.data
    warehouse = _places(
        memory.warehouses, [case.warehouses[int(w)].warehouse for w in inputs.warehouse]
    )
    district = _places(memory.districts, [case.districts[int(d)].district for d in inputs.district])
    item = _places(memory.items, [row.item for row in case.items])
    worth = _picked(memory.need_worth, district, item)
    return Duals(
        need=worth[data.need_district, data.need_item],
        stock=_picked(memory.stock, warehouse, item),
        outside=_picked(memory.outside, warehouse, item),
        dock=_resized(_picked(memory.dock, warehouse), problem.period_count),
        vehicle=np.zeros((len(problem.pool_limit), problem.period_count)),
        receive=_resized(_picked(memory.receive, district), problem.receive_count),
    )


def _places(known: Sequence[str], wanted: Sequence[str]) -> NDArray[np.int64]:
    """Place of each wanted code among the known ones, -1 where it is not."""
    place = {code: k for k, code in enumerate(known)}
    return np.array([place.get(code, -1) for code in wanted], dtype=np.int64)


def _picked(table: Floats, *places: NDArray[np.int64]) -> Floats:
    """Rows, and maybe columns, of a table; nothing where the place is -1."""
    for axis, place in enumerate(places):
        shape = [1] * table.ndim
        shape[axis] = len(place)
        if table.shape[axis] == 0:
            size = list(table.shape)
            size[axis] = len(place)
            table = np.zeros(size)
            continue
        table = np.where((place >= 0).reshape(shape), table.take(place, axis=axis), 0.0)
    return table


def _resized(table: Floats, count: int) -> Floats:
    """So many columns; further ones are worth nothing."""
    found = np.zeros((len(table), count))
    width = min(count, table.shape[1])
    found[:, :width] = table[:, :width]
    return found


def write_memories(path: Path, plan_digest: str, memories: Mapping[str, Memory]) -> None:
    """Write the prices of a plan's scenarios into one file.

    Parameters
    ----------
    path
        File to write.
    plan_digest
        Of the plan that they belong to.
    memories
        By scenario.
    """
    head = {
        "form": _FORM,
        "plan_digest": plan_digest,
        "scenarios": [
            {"scenario": one.scenario, **{name: getattr(one, name) for name in _CODES}}
            for one in memories.values()
        ],
    }
    arrays = {
        f"{number}_{name}": getattr(one, name).astype(np.float32)
        for number, one in enumerate(memories.values())
        for name in _ARRAYS
    }
    text = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
    content = io.BytesIO()
    np.savez_compressed(content, head=text, **arrays)
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(content.getvalue())
    draft.replace(path)


def read_memories(path: Path, plan_digest: str) -> dict[str, Memory]:
    """Read the prices that were written beside a plan; none where they are not this plan's.

    Parameters
    ----------
    path
        File that may be there.
    plan_digest
        Of the plan.
    """
    try:
        with np.load(path, allow_pickle=False) as content:
            head = json.loads(content["head"].tobytes())
            if head["form"] != _FORM or head["plan_digest"] != plan_digest:
                return {}
            return {
                each["scenario"]: _memory(each, number, content)
                for number, each in enumerate(head["scenarios"])
            }
    except (OSError, ValueError, KeyError):
        # Prices only save time: without them, or with a damaged file, all goes on as ever.
        return {}


def _memory(head: Mapping[str, Any], number: int, content: Mapping[str, Any]) -> Memory:
    """Prices of one scenario as they were written."""
    parts: dict[str, Any] = {name: tuple(head[name]) for name in _CODES}
    for name in _ARRAYS:
        parts[name] = content[f"{number}_{name}"].astype(np.float64)
    return Memory(scenario=head["scenario"], **parts)

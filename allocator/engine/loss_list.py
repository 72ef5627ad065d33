"""What may be lost: single warehouses, and the losses of the Losses sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.placement_data import PlacementProblem
from allocator.schema.disaster import Loss as LossRow

__all__ = ["Loss", "case_losses"]

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Loss:
    """What is lost.

    Parameters
    ----------
    code
        Of the loss, or of the warehouse.
    origin
        ``each_warehouse`` or ``listed``, as in the result.
    words
        What is lost, for the result.
    warehouse
        Whether its stock is gone, shape (warehouse,).
    closed
        Whether the lane is gone, shape (warehouse, every district); None where all stay.
    """

    code: str
    origin: str
    words: str
    warehouse: Flags
    closed: Flags | None


def case_losses(problem: PlacementProblem, *, promised: bool) -> tuple[Loss, ...]:
    """Losses of a case.

    Parameters
    ----------
    problem
        The placement problem.
    promised
        Whether only those are wanted that the promise is about; else all that are reported. Single
        warehouses are there whether or not they hold stock.
    """
    settings = problem.case.settings
    has_promise = settings.n1_served_share is not None
    found: list[Loss] = []
    if has_promise and settings.n1_losses != "listed":
        for w, row in enumerate(problem.warehouses):
            lost = np.zeros(len(problem.warehouses), dtype=bool)
            lost[w] = True
            words = f"{row.warehouse} {row.name}".strip()
            found.append(Loss(row.warehouse, "each_warehouse", words, lost, None))
    if not promised or (has_promise and settings.n1_losses != "each_warehouse"):
        found += _listed(problem)
    return tuple(found)


def _listed(problem: PlacementProblem) -> Iterator[Loss]:
    """Losses of the Losses sheet, rows of one code together."""
    rows: dict[str, list[LossRow]] = {}
    for row in problem.case.losses:
        rows.setdefault(row.loss, []).append(row)
    districts = problem.case.districts
    home = {row.district: row for row in districts}
    places = {
        "corridor": (
            np.array([_place(row.prefecture, row.district, home, 0) for row in problem.warehouses]),
            np.array([row.prefecture for row in districts]),
        ),
        "province_pair": (
            np.array([_place(row.province, row.district, home, 1) for row in problem.warehouses]),
            np.array([row.province for row in districts]),
        ),
    }
    for code, group in rows.items():
        codes = {row.warehouse for row in group if row.kind == "warehouse"}
        lost = np.array([row.warehouse in codes for row in problem.warehouses], dtype=bool)
        closed = np.zeros((len(lost), len(districts)), dtype=bool)
        for row in group:
            if row.kind != "warehouse":
                at, to = places[row.kind]
                for a, b in ((row.from_place, row.to_place), (row.to_place, row.from_place)):
                    closed |= (at == a)[:, None] & (to == b)[None, :]
        words = "; ".join(row.warehouse or f"{row.from_place} - {row.to_place}" for row in group)
        yield Loss(code, "listed", words, lost, closed if closed.any() else None)


def _place(own: str, district: str | None, home: Mapping[str, object], kind: int) -> str:
    """Prefecture (0) or province (1) of a warehouse: its own, else that of its district."""
    field = ("prefecture", "province")[kind]
    return own or str(getattr(home.get(district or ""), field, ""))

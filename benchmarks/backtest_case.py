"""A case as the deciders had it, order by order.

Every order is spread over the districts by itself, and its goods serve that order's need only, so
that no plan sends goods to where a later order makes room for them. Lorries are there from the hour
of the order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from allocator.approvals import LEVELS, release
from allocator.case import Case
from allocator.schema.disaster import Fleet, ScenarioDemand
from allocator.schema.network import Item, Stock
from allocator.schema.procedure import Settings
from benchmarks.dispatch_record import Batch, DispatchRecord
from benchmarks.instance_files import InstanceFileError

__all__ = [
    "HORIZON_HOURS",
    "Backtest",
    "Sender",
    "backtest_of",
    "base_item",
    "first_order_hours",
    "item_code",
    "later_order_hours",
    "with_orders",
]

HORIZON_HOURS = 96.0
"""Beyond the last hour of the record (62 h), so that slow variants are seen to their end. [h]"""

OWN = "own"
"""In place of a batch: goods of the province itself."""


@dataclass(frozen=True)
class Sender:
    """A warehouse and the order it carries out.

    Parameters
    ----------
    warehouse, batch
        Code, and what the record calls the order; ``own`` for the province's own goods.
    receiver
        Code of the province the goods are for.
    order_hours
        Hours from the event to the order; None where only the sign-offs say when. [h]
    """

    warehouse: str
    batch: str
    receiver: str
    order_hours: float | None

    @property
    def is_central(self) -> bool:
        """Whether the goods are those of a central batch."""
        return self.batch != OWN


@dataclass(frozen=True)
class Backtest:
    """The case, and who carries out which order.

    Parameters
    ----------
    case
        With one item for each item of each order, named by ``item_code``.
    scenario
        Code of the one scenario.
    senders
        By warehouse.
    """

    case: Case
    scenario: str
    senders: Mapping[str, Sender]


def item_code(item: str, warehouse: str) -> str:
    """Code of an item as part of one order."""
    return f"{item}.{warehouse}"


def base_item(code: str) -> str:
    """Item of which a code of ``item_code`` is a part."""
    return code.rpartition(".")[0]


def backtest_of(case: Case, record: DispatchRecord) -> Backtest:
    """Return the case with every order's goods for that order's need, from its hour on.

    Parameters
    ----------
    case
        One scenario; the stock of each external warehouse is one batch of the record.
    record
        What was ordered.

    Raises
    ------
    InstanceFileError
        If the stock of an external warehouse is no batch of the record, or a batch has none.
    """
    scenario = case.scenarios[0].scenario
    senders = _senders(case, record)
    stock = [
        lot.model_copy(update={"item": item_code(lot.item, lot.warehouse)}) for lot in case.stock
    ]
    items = {row.item: row for row in case.items}
    clones = [
        items[lot.item].model_copy(
            update={
                "item": item_code(lot.item, lot.warehouse),
                "name": f"{items[lot.item].name} {senders[lot.warehouse].batch}",
            }
        )
        for lot in case.stock
    ]
    need = [row for lot in case.stock for row in _need(case, lot, senders[lot.warehouse].receiver)]
    made = case.replace(Item, clones).replace(Stock, stock).replace(ScenarioDemand, need)
    made = made.replace(
        Settings, (case.settings.model_copy(update={"horizon_hours": HORIZON_HOURS}),)
    )
    return with_orders(Backtest(made, scenario, senders), senders)


def _senders(case: Case, record: DispatchRecord) -> dict[str, Sender]:
    """Find each warehouse's order by what lies in it."""
    lots: dict[str, dict[str, float]] = {}
    for lot in case.stock:
        lots.setdefault(lot.warehouse, {})[lot.item] = lot.stock_units
    left: list[Batch] = list(record.batches)
    senders: dict[str, Sender] = {}
    faults: list[str] = []
    for row in case.warehouses:
        if row.state != "external":
            senders[row.warehouse] = Sender(row.warehouse, OWN, record.home, None)
            continue
        mine = [batch for batch in left if dict(batch.units) == lots.get(row.warehouse, {})]
        if not mine:
            faults.append(f"the stock of {row.warehouse} is no batch of the record")
            continue
        left.remove(mine[0])
        senders[row.warehouse] = Sender(
            row.warehouse, mine[0].name, mine[0].receiver, mine[0].order_hours
        )
    faults += [f"{batch.name} for {batch.receiver} lies in no warehouse" for batch in left]
    if faults:
        raise InstanceFileError(
            f"case and record do not fit: {'; '.join(faults)}. Maybe make both anew with "
            "`python -m scripts.make_datasets`."
        )
    return senders


def _need(case: Case, lot: Stock, receiver: str) -> list[ScenarioDemand]:
    """Spread one order's pieces of an item over the districts as the whole need of it is."""
    rows = [
        row
        for row in case.scenario_demand
        if row.item == lot.item and row.district[:2] == receiver[:2]
    ]
    share = np.array([row.demand_units for row in rows])
    exact = lot.stock_units * share / share.sum()
    units = np.floor(exact)
    first = np.argsort(units - exact, kind="stable")[: int(lot.stock_units - units.sum())]
    units[first] += 1.0
    code = item_code(lot.item, lot.warehouse)
    return [
        row.model_copy(update={"item": code, "demand_units": float(n), "status": "derived"})
        for row, n in zip(rows, units, strict=True)
        if n > 0
    ]


def with_orders(given: Backtest, senders: Mapping[str, Sender]) -> Backtest:
    """Let the vehicles of every order be there from its hour on."""
    fleets = [
        row.model_copy(update={"available_from_hours": senders[row.warehouse].order_hours or 0.0})
        for row in given.case.fleets
    ]
    return replace(given, case=given.case.replace(Fleet, fleets), senders=senders)


def later_order_hours(given: Backtest) -> list[float]:
    """Hours of the orders after the first one, each once, from early to late. [h]."""
    hours = {one.order_hours for one in given.senders.values() if one.is_central}
    return sorted(hour for hour in hours if hour is not None)


def first_order_hours(given: Backtest) -> float:
    """Hour of the first central order: of the record, else when the sign-offs are through. [h]."""
    hours = [sender.order_hours for sender in given.senders.values() if sender.is_central]
    signed = float(release(given.case).kind_hours[LEVELS.index("central")].min())
    return min(signed if hour is None else hour for hour in hours)

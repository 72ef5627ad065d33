"""Load starts that the docks of each warehouse allow, hour by hour."""

from __future__ import annotations

from math import floor, inf

import numpy as np

from allocator.case import Case
from allocator.engine.dispatch_hours import docks_by_hour
from allocator.plan import Plan

__all__ = ["PERIOD_HOURS", "WHOLE_NOISE", "DockHours"]

PERIOD_HOURS = 1.0
"""Grain of the load starts. [h]"""

WHOLE_NOISE = 1e-9


class DockHours:
    """Load starts by warehouse and hour.

    Parameters
    ----------
    case, plan
        The case, and the plan whose size classes hold.
    scenario
        Code of the scenario, whose clock says when shifts change.
    """

    def __init__(self, case: Case, scenario: str, plan: Plan) -> None:
        self.plain = _plain(case, plan)
        limits = [inf if limit is None else float(limit) for limit in self.plain.values()]
        told = docks_by_hour(case, case.scenario(scenario), np.array(limits, dtype=float))
        rows = (told if told.ndim > 1 else told[:, None]).tolist()
        self._by_hour: dict[str, list[float]] = dict(zip(self.plain, rows, strict=True))

    def at(self, warehouse: str, hours: float) -> int | None:
        """Load starts that the period of an hour allows; None without a limit. [vehicles/h]

        Parameters
        ----------
        warehouse
            Its code.
        hours
            From the event. [h]
        """
        limits = self._by_hour[warehouse]
        limit = limits[min(floor(hours / PERIOD_HOURS + WHOLE_NOISE), len(limits) - 1)]
        return None if limit == inf else int(limit)

    def differ(self, warehouse: str) -> bool:
        """Whether the docks of a warehouse differ from hour to hour."""
        return len(set(self._by_hour[warehouse])) > 1


def _plain(case: Case, plan: Plan) -> dict[str, int | None]:
    """Load starts of an hour in which no row of Hours holds; None without a limit."""
    sizes = {row.size_class: row.docks_per_hour for row in case.size_classes}
    under_plan = {row.warehouse: row.size_class for row in plan.open_warehouses}
    found: dict[str, int | None] = {}
    for row in case.warehouses:
        size = under_plan.get(row.warehouse, row.size_class)
        own = row.docks_per_hour
        given = sizes.get(size or "") if own is None else own
        limit = None if given is None else floor(given * PERIOD_HOURS + WHOLE_NOISE)
        found[row.warehouse] = None if limit is None else max(1, limit)
    return found

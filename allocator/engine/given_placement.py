"""Whether a placement that a user hands over fits the case it is to be used with."""

from __future__ import annotations

from allocator.case import Case
from allocator.errors import ConflictError
from allocator.plan import Plan

__all__ = ["check_given_placement"]

_MOST_NAMES = 3
"""Unknown codes in a sentence at most."""


def check_given_placement(case: Case, placement: Plan) -> None:
    """Refuse a result without a placement, or with one of another case.

    Parameters
    ----------
    case
        The case whose dispatch is asked for.
    placement
        Result whose sheets Open_Warehouses and Stock_Plan give the stock.

    Raises
    ------
    ConflictError
        If these sheets are empty, or name a warehouse, item or size class that the case lacks.
    """
    if not placement.open_warehouses or not placement.stock_plan:
        raise ConflictError(
            "the result has no placement (its sheets Open_Warehouses and Stock_Plan have no rows). "
            "Maybe give one that allocator place or plan wrote, or leave --plan out for today's "
            "stock."
        )
    named = {
        "warehouse": {row.warehouse for row in placement.open_warehouses}
        | {row.warehouse for row in placement.stock_plan},
        "item": {row.item for row in placement.stock_plan},
        "size class": {row.size_class for row in placement.open_warehouses if row.size_class},
    }
    known = {
        "warehouse": {row.warehouse for row in case.warehouses},
        "item": {row.item for row in case.items},
        "size class": {row.size_class for row in case.size_classes},
    }
    for what, codes in named.items():
        strange = sorted(codes - known[what])
        if strange:
            shown = ", ".join(repr(code) for code in strange[:_MOST_NAMES])
            more = f" and {len(strange) - _MOST_NAMES} more" if len(strange) > _MOST_NAMES else ""
            raise ConflictError(
                f"the placement names {what} {shown}{more}, not in the case. "
                "Maybe it was made from another case; place again from this one."
            )

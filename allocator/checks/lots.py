"""Lots must not be called what the results call their own, and expiry must not pass unnoticed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from allocator.checks.disasters import chosen_scenarios, settings_of
from allocator.clock_text import SHANGHAI, in_shanghai
from allocator.draft import Draft
from allocator.schema.network import FOUND_LOT, NEW_LOT, Stock

__all__ = ["check_lots"]


def check_lots(draft: Draft) -> None:
    """Check names and expiry of the lots."""
    table = draft.table(Stock)
    deadlines = _deadlines(draft)
    for position, row in draft.rows(Stock):
        if row.lot in (NEW_LOT, FOUND_LOT):
            rule = "stands in results for lots that are bought or found"
            place = (table, position, "lot")
            draft.report("reserved_lot", place, row.lot, rule, "Maybe call it by its number.")
        if row.expiry_date is None or row.expiry_date == date.max:
            continue
        end = datetime.combine(row.expiry_date + timedelta(days=1), time(), SHANGHAI)
        late = [code for code, until in deadlines.items() if until is not None and until > end]
        unread = [code for code, until in deadlines.items() if until is None]
        place = (table, position, "expiry_date")
        if late:
            rule = (
                f"is before the deadline of scenario {late[0]}{_more(late)}: it is sent only where "
                "it is unloaded by then"
            )
            hint = "Maybe rotate the lot, or the event time is another one."
            draft.report("lot_expires", place, row.expiry_date, rule, hint)
        if unread:
            rule = f"is not looked at in scenario {unread[0]}{_more(unread)}: no event_time"
            hint = "Maybe fill in event_time in Scenarios or Settings."
            draft.report("unread_expiry", place, row.expiry_date, rule, hint)


def _more(codes: list[str]) -> str:
    return f" and {len(codes) - 1} more" if len(codes) > 1 else ""


def _deadlines(draft: Draft) -> dict[str, datetime | None]:
    """Deadline of each chosen scenario; None where no event time says when it is."""
    settings = settings_of(draft)
    found: dict[str, datetime | None] = {}
    for _, row in chosen_scenarios(draft):
        start = settings.event_time if row.event_time is None else row.event_time
        if start is None:
            found[row.scenario] = None
            continue
        order = settings.order_hours if row.order_hours is None else row.order_hours
        late = order if settings.clock == "order" else 0.0
        try:
            until = in_shanghai(start) + timedelta(hours=settings.horizon_hours + late)
        except OverflowError:
            until = datetime.max.replace(tzinfo=UTC)
        found[row.scenario] = until
    return found

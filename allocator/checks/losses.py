"""Losses must name what is lost, and a promise about listed losses needs a list."""

from __future__ import annotations

from allocator.checks.disasters import settings_of
from allocator.checks.references import nearest_code
from allocator.draft import Draft
from allocator.schema.disaster import Loss
from allocator.schema.network import District, Warehouse
from allocator.schema.procedure import Settings

__all__ = ["check_losses"]


def check_losses(draft: Draft) -> None:
    """Check the Losses sheet and the settings that speak of it."""
    _check_targets(draft)
    _check_places(draft)
    _check_promise(draft)


def _check_targets(draft: Draft) -> None:
    """A row is about one warehouse, or about two places."""
    table = draft.table(Loss)
    for position, row in draft.rows(Loss):
        ends = {"from_place": row.from_place, "to_place": row.to_place}
        if row.kind == "warehouse":
            if row.warehouse is None:
                rule = "must name the warehouse that is lost (kind warehouse)"
                place = (table, position, "warehouse")
                draft.report("loss_target", place, None, rule, "Maybe fill in warehouse.")
            for field, value in ends.items():
                if value:
                    rule = "must be empty where a warehouse is lost (kind warehouse)"
                    hint = "Maybe the kind is corridor or province_pair."
                    draft.report("loss_target", (table, position, field), value, rule, hint)
            continue
        if row.warehouse is not None:
            rule = f"must be empty where lanes are lost (kind {row.kind})"
            place = (table, position, "warehouse")
            draft.report("loss_target", place, row.warehouse, rule, "Maybe split the row in two.")
        for field, value in ends.items():
            if not value:
                what = "prefecture" if row.kind == "corridor" else "province"
                rule = f"must name a {what} (kind {row.kind})"
                draft.report("loss_target", (table, position, field), None, rule, "Maybe fill it.")


def _check_places(draft: Draft) -> None:
    """Ends of corridors and pairs must be places of the case."""
    homes: list[District | Warehouse] = [row for _, row in draft.rows(District)]
    homes += [row for _, row in draft.rows(Warehouse)]
    known = {
        "corridor": {row.prefecture for row in homes} - {"", None},
        "province_pair": {row.province for row in homes} - {"", None},
    }
    table = draft.table(Loss)
    for position, row in draft.rows(Loss):
        if row.kind == "warehouse":
            continue
        what = "prefecture" if row.kind == "corridor" else "province"
        for field in ("from_place", "to_place"):
            value = getattr(row, field)
            if value and value not in known[row.kind]:
                like = nearest_code(value, known[row.kind])
                hint = f"Maybe {like!r} is meant." if like else f"Maybe it is no {what}."
                rule = f"is no {what} of a district or warehouse"
                draft.report("unknown_place", (table, position, field), value, rule, hint)


def _check_promise(draft: Draft) -> None:
    """A promise about listed losses needs a list."""
    settings = settings_of(draft)
    if settings.n1_served_share is None or settings.n1_losses == "each_warehouse":
        return
    if not draft.table(Loss).lines:
        draft.report(
            "no_losses",
            (draft.table(Settings), 0, "n1_losses"),
            settings.n1_losses,
            f"needs rows in sheet {Loss.sheet}",
            "Maybe each_warehouse is meant.",
        )

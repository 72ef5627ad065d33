"""Items that must not travel together: two different ones, and each pair once."""

from __future__ import annotations

from allocator.draft import Draft
from allocator.schema.dispatch_rules import Segregation

__all__ = ["check_segregations"]


def check_segregations(draft: Draft) -> None:
    """Check the Segregation sheet."""
    table = draft.table(Segregation)
    first: dict[tuple[str, str], int] = {}
    for position, row in draft.rows(Segregation):
        place = (table, position, "other_item")
        if row.item == row.other_item:
            rule = f"must be another item than item ({row.item})"
            hint = "Maybe another one is meant, or the row is to be deleted."
            draft.report("segregation_pair", place, row.other_item, rule, hint)
            continue
        turned = first.get((row.other_item, row.item))
        first.setdefault((row.item, row.other_item), position)
        if turned is not None:
            where = table.cell(turned, "item")
            rule = f"stands with item ({row.item}) in {where or 'an earlier row'} already"
            hint = "A pair holds both ways: delete one of the two rows."
            draft.report("segregation_pair", place, row.other_item, rule, hint)

"""Rules that hold across rows and sheets of a case."""

from __future__ import annotations

from allocator.checks.convoys import check_convoys
from allocator.checks.disasters import check_disasters
from allocator.checks.hours import check_hours
from allocator.checks.hubs import check_hubs
from allocator.checks.lab import check_lab
from allocator.checks.losses import check_losses
from allocator.checks.lots import check_lots
from allocator.checks.places import check_places
from allocator.checks.procedures import check_procedures
from allocator.checks.references import check_references
from allocator.checks.responsibility import check_responsibility
from allocator.checks.risks import check_risks
from allocator.checks.segregations import check_segregations
from allocator.checks.supply import check_supply
from allocator.draft import Draft

__all__ = ["check_draft"]


def check_draft(draft: Draft) -> None:
    """Check a case in the making; faults and warnings are added to the draft.

    Parameters
    ----------
    draft
        The tables as read. Rows with faulty cells are left out of the rules, so that one fault
        does not bring others with it.
    """
    check_references(draft)
    check_places(draft)
    check_disasters(draft)
    check_hours(draft)
    check_hubs(draft)
    check_convoys(draft)
    check_segregations(draft)
    check_losses(draft)
    check_procedures(draft)
    check_lab(draft)
    check_responsibility(draft)
    check_risks(draft)
    check_lots(draft)
    check_supply(draft)

"""The responsibility list: who answers for steps, warehouses, shortages and late arrivals."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.responsibility.duties import duty_rows
    from allocator.responsibility.listing import ResponsibilityList, responsibility_list
    from allocator.responsibility.owners import owner_rows
    from allocator.responsibility.sentences import with_owner_sentences

__all__ = [
    "ResponsibilityList",
    "duty_rows",
    "owner_rows",
    "responsibility_list",
    "with_owner_sentences",
]

_HOMES = {
    "ResponsibilityList": "listing",
    "duty_rows": "duties",
    "owner_rows": "owners",
    "responsibility_list": "listing",
    "with_owner_sentences": "sentences",
}


def __getattr__(name: str) -> object:
    """Import what is asked for: the checks of a case need the list of causes only."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"allocator.responsibility.{_HOMES[name]}"), name)

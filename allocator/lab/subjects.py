"""What a row of Sector_Links is about: items, steps, warehouses or districts that it names."""

from __future__ import annotations

from collections.abc import Iterable

from allocator.schema.lab import ActsOn, SectorLink
from allocator.schema.network import District, Item, Warehouse
from allocator.schema.procedure import Department

__all__ = [
    "acts_on_need",
    "acts_on_place",
    "acts_on_warehouse",
    "known_subjects",
    "places_of",
]


def places_of(district: District) -> frozenset[str]:
    """Names under which a subject may mean a district: its code, prefecture and province."""
    return frozenset({district.district, district.prefecture, district.province} - {""})


def acts_on_need(link: SectorLink, item: Item, district: District) -> bool:
    """Whether a link changes the need of an item in a district."""
    named = {"", item.item, item.item_group, *places_of(district)}
    return link.acts_on == "demand" and link.subject in named


def acts_on_place(link: SectorLink, acts_on: ActsOn, district: District) -> bool:
    """Whether a link changes roads into, or receiving in, a district."""
    return link.acts_on == acts_on and link.subject in {"", *places_of(district)}


def acts_on_warehouse(
    link: SectorLink, acts_on: ActsOn, warehouse: Warehouse, home: District | None
) -> bool:
    """Whether a link changes the docks or the stock of a warehouse.

    Parameters
    ----------
    link, acts_on
        The link, and the change in question.
    warehouse, home
        The warehouse, and its district if it lies in one of the case.
    """
    named = {"", warehouse.level, warehouse.province, warehouse.prefecture}
    if home is not None:
        named |= places_of(home)
    return link.acts_on == acts_on and link.subject in named


def known_subjects(
    acts_on: ActsOn,
    *,
    items: Iterable[Item],
    departments: Iterable[Department],
    warehouses: Iterable[Warehouse],
    districts: Iterable[District],
) -> set[str]:
    """Subjects that a link of a kind may name, besides the empty one for all.

    Parameters
    ----------
    acts_on
        What the link changes.
    items, departments, warehouses, districts
        Rows of the case.
    """
    places = {name for row in districts for name in places_of(row)}
    if acts_on == "demand":
        return places | {name for row in items for name in (row.item, row.item_group)}
    if acts_on == "sign_off_time":
        found = {name for row in departments for name in (row.department, row.level)}
        return found - {""}
    if acts_on in ("docks", "usable_share"):
        rows = list(warehouses)
        return places | {x for row in rows for x in (row.level, row.province, row.prefecture) if x}
    return places

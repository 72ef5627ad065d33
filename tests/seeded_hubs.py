"""Seeded faults and oddities of hubs and legs."""

from __future__ import annotations

from typing import Any

from tests.seeded_faults import Seed, put
from tests.workbooks import Sheets

__all__ = ["HUB_SEEDS"]


def legs(code: str, lines: list[list[Any]], place: str, *words: str) -> Seed:
    """Seed a hub with a truck and a sheet of Legs; the issue is at a cell of it."""

    def edit(sheets: Sheets) -> str:
        add_hub(sheets)
        names = ["warehouse", "hub", "fleet", "distance_km", "drive_hours"]
        names += ["closed_from_hours", "closed_to_hours"]
        sheets["Legs"] = [names, *([*line, *[None] * 7][:7] for line in lines)]
        return place

    return Seed(code, "Legs", edit, words)


def add_hub(sheets: Sheets) -> None:
    """Add a hub with a truck and a leg to it."""
    line, fleets = len(sheets["Warehouses"]) + 1, len(sheets["Fleets"]) + 1
    for name, value in {"warehouse": "H1", "name": "货场", "state": "hub", "level": "city"}.items():
        put(sheets, "Warehouses", line, name, value)
    put(sheets, "Warehouses", line, "district", "450101")
    for name, value in {"warehouse": "H1", "fleet": "TRUCK", "vehicles_count": 1}.items():
        put(sheets, "Fleets", fleets, name, value)
    names = ["warehouse", "hub", "fleet", "distance_km", "drive_hours"]
    sheets["Legs"] = [names, ["W1", "H1", "TRUCK", 50, 1]]


def hub_column(sheets: Sheets) -> str:
    """Let a warehouse that is no hub have hours of transfer."""
    return put(sheets, "Warehouses", 3, "transfer_hours", 2)


def hub_with_stock(sheets: Sheets) -> str:
    """Lay stock into a hub."""
    add_hub(sheets)
    line = len(sheets["Stock"]) + 1
    put(sheets, "Stock", line, "item", "TENT")
    put(sheets, "Stock", line, "stock_units", 5)
    return put(sheets, "Stock", line, "warehouse", "H1")


def hub_without_legs(sheets: Sheets) -> str:
    """Let no leg lead to a hub."""
    add_hub(sheets)
    del sheets["Legs"]
    return f"A{len(sheets['Warehouses'])}"


def hub_without_trucks(sheets: Sheets) -> str:
    """Let nothing go on from a hub."""
    add_hub(sheets)
    del sheets["Fleets"][-1]
    return f"A{len(sheets['Warehouses'])}"


def hub_with_convoy(sheets: Sheets) -> str:
    """Ask for convoys at a hub that has one truck."""
    add_hub(sheets)
    sheets["Hours"] = [["kind", "warehouse", "amount"], ["convoy", "H1", 2]]
    return "C2"


def hub_with_trains_in_convoy(sheets: Sheets) -> str:
    """Ask company of a train, the one vehicle of a warehouse, which goes to a hub only."""
    add_hub(sheets)
    line = len(sheets["Vehicles"]) + 1
    for name, value in zip(sheets["Vehicles"][0], sheets["Vehicles"][1], strict=True):
        put(sheets, "Vehicles", line, str(name), value)
    put(sheets, "Vehicles", line, "fleet", "TRAIN")
    put(sheets, "Vehicles", line, "mode", "rail")
    sheets["Fleets"] = [line for line in sheets["Fleets"] if line[0] != "W1"]
    sheets["Fleets"].append(["W1", "TRAIN", 1])
    sheets["Legs"].append(["W1", "H1", "TRAIN", 50, 1])
    names = ["kind", "warehouse", "fleet", "amount"]
    # The row without a fleet is not about the train.
    sheets["Hours"] = [names, ["convoy", "W1", None, 2], ["convoy", "W1", "TRAIN", 2]]
    return "D3"


HUB_SEEDS: list[Seed] = [
    Seed("hub_column", "Warehouses", hub_column, ("must be empty", "not hub")),
    Seed("hub_stock", "Stock", hub_with_stock, ("no stock of its own",)),
    Seed("hub_unused", "Warehouses", hub_without_legs, ("no leg leads to",)),
    Seed("hub_unused", "Warehouses", hub_without_trucks, ("no vehicle goes on",)),
    Seed("convoy_fleets", "Hours", hub_with_convoy, ("H1 has (1 vehicles)", "more vehicles in")),
    Seed("convoy_fleets", "Hours", hub_with_trains_in_convoy, ("W1 has (1 vehicles)",)),
    legs("unknown_code", [["W9", "H1", "TRUCK", 50, 1], ["W1", "H1", "TRUCK", 50, 1]], "A2"),
    legs("leg_hub", [["W1", "W3", "TRUCK", 50, 1], ["W1", "H1", "TRUCK", 50, 1]], "B2", "external"),
    legs("leg_hub", [["H1", "H1", "TRUCK", 50, 1], ["W1", "H1", "TRUCK", 50, 1]], "B2", "begins"),
    legs("leg_figures", [["W1", "H1", "TRUCK", None, None, 0, 3]], "E2", "in one row"),
    legs("leg_figures", [["W1", "H1", "TRUCK", None, 1]], "D2", "together with"),
    legs(
        "leg_figures",
        [["W1", "H1", "TRUCK", 50, 1], ["W1", "H1", "TRUCK", 60, 2, 4, 6]],
        "E3",
        "row 2 already",
    ),
    legs("out_of_range", [["W1", "H1", "TRUCK", 50, -1], ["W1", "H1", "VAN", 50, 1]], "E2"),
    legs("closure_order", [["W1", "H1", "TRUCK", 50, 1, 5, 4]], "G2", "later than"),
    legs("duplicate_key", [["W1", "H1", "TRUCK", 50, 1], ["W1", "H1", "TRUCK"]], "A3"),
    legs(
        "leg_without_fleet",
        [["W3", "H1", "VAN", 50, 1], ["W1", "H1", "TRUCK", 50, 1]],
        "C2",
        "no vehicles at W3",
    ),
]
"""Hubs and legs, each with one fault."""

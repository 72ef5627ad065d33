"""Words of the back-test's page that no measurement changes."""

from __future__ import annotations

__all__ = ["ITEM_WORDS", "KNOWN", "PART_WORDS", "PICTURE_WORDS", "READING"]

PICTURE_WORDS = (
    "Share of the goods in hand by hour, plan against record",
    "",
    "Grey: pieces ordered, which is what paper lets go. Between grey and blue: what vehicles,",
    "docks, roads and receiving take. On the right the record is a bar, because it counts from the",
    "event: from the last order (left end) to the first one (right end).",
    "",
)
"""What stands for the picture where it is not shown, then the lines below it."""

PART_WORDS = {
    "ordered": "before its order: decision and sign-offs",
    "held": "ordered, waiting for a vehicle, a dock, room where it goes, the full hour",
    "loading": "loading",
    "driving": "driving, with rests",
    "unloading": "unloading",
}

ITEM_WORDS = {
    "TENT12C": "winter tents",
    "BED": "folding beds",
    "QUILT": "quilts",
    "MATTRESS": "mattresses",
    "COAT": "coats",
    "SHOES": "pairs of shoes",
    "CLOTHES": "sets of clothes",
    "MATDAMP": "moisture-proof mats",
    "STOVE": "stoves",
    "LIGHT": "lighting sets",
}

KNOWN = (
    "## What is known, derived, assumed",
    "",
    "| figure | standing | from |",
    "|---|---|---|",
    "| event at 23:59 of 18 December 2023; batch 2 at 9 h, batch 3 at 17 h | sourced | S77, S78 |",
    '| batch 1 "early morning", no hour in the source; taken: when the sign-offs are through | '
    "assumption | S17, `Approval_Steps` |",
    "| pieces by item of each central batch, and for whom; Gansu's total at 33 h | sourced | S17, "
    "S77, S78 |",
    "| Gansu's own goods: its total less the central batches; nobody says when they were ordered | "
    "derived | S17 |",
    "| 73,576 pieces in the area at 33 h: sum of the items listed, in 88 lorries | derived | S17 |",
    "| first goods at about 6 h; all 135,500 central pieces by 62 h | sourced | S76, S79 |",
    "| the three batches hold 133,550 pieces: 1,950 of the 135,500 are in no order we know | "
    "derived | S17, S77, S78, S79 |",
    "| roads into the counties hit take 1.17 times as long | derived | S18 |",
    "| which depot sent which batch, and that it stands in its city | assumption | "
    "`Warehouses`; the list of central cities is recalled in part |",
    "| vehicles of each warehouse, loading, unloading, docks, speeds | assumption | `Fleets`, "
    "`Vehicles`, `Size_Classes` |",
    "| how an order is spread over the districts: population x intensity | assumption | "
    "`Scenario_Demand` |",
    "| what a district can receive in an hour | assumption | `Districts` |",
    "| weights and volumes of the items | assumption | `Items` |",
    "",
    "No source says, so that the plan cannot be held against it: lorries and drivers by depot,",
    "when each left, the roads they took, ice and closures, stock that stayed behind, what went on",
    "from the county to the villages. Between the first goods and the end the record has one",
    "count, so nobody knows the shape of the real curve.",
    "",
)

READING = (
    "## How to read it",
    "",
    "*No hindsight.* Each order's goods are of a kind of their own: spread over the districts when",
    "they are ordered, for that order's need only, loaded from the order's hour on. So no plan",
    "sends goods away because a later order will bring more. All trips are planned at once all the",
    "same, so that one may make room where a later one comes in; the table above measures that.",
    "",
    "*Tents come last in the plan.* By volume, which is what districts receive by, they weigh",
    "least of all items in its objective (`priority_weight` over `volume_m3`). Whoever sent the",
    "goods put tents before beds: a planner who agrees raises the tents' weight.",
    "",
    "*A plan ahead of the record is no proof that people were slow.* It has every lorry's hour at",
    "hand and assumptions that no source confirms. It says which of them decide, and what paper",
    "costs under each.",
    "",
)

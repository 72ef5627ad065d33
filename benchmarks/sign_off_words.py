"""Words of the page on sign-off hours that no measurement changes."""

from __future__ import annotations

__all__ = ["KNOWN", "PICTURE_WORDS", "REASONS"]

PICTURE_WORDS = (
    "Arrivals by hour, plans against records",
    "",
    "Left: the plan with the real orders; all orders at once, at the usual delays and between the",
    "quickest and the slowest tenth of simulated courses. Right: real order hours; the band is",
    "three quarters by rail, from 1.5 times the driving time to the one assumed.",
    "",
)
"""What stands for the picture where it is not shown, then the lines below it."""

REASONS = (
    "## Where it misses, and why",
    "",
    "- **Later orders.** A network of sign-offs says how long one decision takes. That more was",
    "  asked for after 9 and 17 hours at Jishishan, and in weeks of orders at Wenchuan, lies in",
    "  what became known, not in signatures. Who plans with the network alone misses that.",
    "- **Spoken orders.** 1.5 h after Wenchuan's event the first tents were ordered: no course of",
    "  the written network is so quick. With `sign_offs` set to verbal, steps that allow it take",
    "  their `verbal_hours` where these are given, and the paper follows.",
    "- **Rail.** 75 % of the tents of Wenchuan's first week went by rail (S71). A train of 5,000",
    "  tents had left 10.7 h after its order in 2005 (S13), and ran from Beijing to Zhaotong in",
    "  about 60 h (S16). With lorries enough, plans by road alone are too early for that reason;",
    "  with the few of the shipped cases they are too early first and too late afterwards.",
    "- **Roads and lines.** Nobody's hours tell of slides, one-way traffic, or trains that were",
    "  led round; 1.5 times the driving time is an assumption that no source confirms.",
    "- **Handling.** Depots handed out 311 to 469 tents an hour (S13, S14). With docks and lorries",
    "  of the shipped cases the first wave leaves at once and the second one late; the real one",
    "  was slower at first and went on longer.",
    "- **Staging.** The record counts tents that had arrived in the area. Unloading at Chengdu,",
    "  and the way from there into the valleys, are in no plan of this page.",
    "",
)

KNOWN = (
    "## What is known, derived, assumed",
    "",
    "| figure | standing | from |",
    "|---|---|---|",
    "| hours and sums of Wenchuan's three orders, and the cities (12.5 h: early hours, 03:00 "
    "assumed) | sourced | S12 |",
    "| split of the second and third order over their depots: as these sent with the second batch "
    "| assumption | S12 |",
    "| tents arrived at 49.5, 72.5 and 118.5 h; first ones in the afternoon of the next day | "
    "sourced | S12, S68, S69, S70 |",
    "| three quarters by rail; 5,000 tents in 8 wagons, 10.7 h from order to departure | sourced | "
    "S13, S71 |",
    "| trains at 50 km/h over 1.3 times the great circle | derived | S16 |",
    "| 20 lorries of each of two kinds at each depot; more where it says so | assumption | "
    "`Fleets` of the shipped cases |",
    "| a tent takes 0.4 m3 | assumption | `Items` |",
    "| Jishishan | see [backtest.md](backtest.md) | |",
    "",
)

"""Warnings about need that no plan could meet: too little to send, or too far to send it."""

from __future__ import annotations

import numpy as np

from allocator.checks.disasters import chosen_scenarios, settings_of
from allocator.checks.places import EARTH_RADIUS_KM, Array, place_of, unit_vectors
from allocator.draft import Draft
from allocator.schema.disaster import Lane, ScenarioDamage, ScenarioDemand, Vehicle
from allocator.schema.network import District, Item, SizeClass, Stock, Warehouse

__all__ = ["check_supply"]

_CHUNK = 256


def check_supply(draft: Draft) -> None:
    """Warn of items too short, and of districts too far, in any scenario of the chosen sample."""
    codes = {row.scenario for _, row in chosen_scenarios(draft)}
    rows = [row for _, row in draft.rows(ScenarioDemand) if row.scenario in codes]
    if not rows:
        return
    _check_items(draft, rows)
    _check_reach(draft, {row.district for row in rows if row.demand_units > 0})


def _check_items(draft: Draft, rows: list[ScenarioDemand]) -> None:
    """Compare each scenario's need with all that could be stocked or bought."""
    need: dict[str, dict[str, float]] = {}
    for row in rows:
        by_scenario = need.setdefault(row.item, {})
        by_scenario[row.scenario] = by_scenario.get(row.scenario, 0.0) + row.demand_units
    stock = _stock(draft)
    room = _room(draft)
    budget = settings_of(draft).capital_budget_cny
    lost = _lost_shares(draft)
    table = draft.table(Item)
    for position, item in draft.rows(Item):
        sources = _Sources(item, stock, room, budget)
        short: list[tuple[float, str, float, float]] = []
        for scenario, units in need.get(item.item, {}).items():
            most = sources.most(lost.get(scenario, {}))
            if most < units * (1 - 1e-9):
                short.append((units - most, scenario, units, most))
        if short:
            _, scenario, units, most = max(short)
            others = f", and {len(short) - 1} more scenarios" if len(short) > 1 else ""
            draft.report(
                "short_supply",
                (table, position, "item"),
                item.item,
                f"cannot meet scenario {scenario}: it needs {units:g}, and stock, room, budget "
                f"and purchases allow at most {most:.6g}{others}",
                "Maybe stock, budget or sizes are too low, or demand is in another unit.",
            )


def _lost_shares(draft: Draft) -> dict[str, dict[str, float]]:
    """Share of the stock lost, by scenario and warehouse."""
    lost: dict[str, dict[str, float]] = {}
    for _, row in draft.rows(ScenarioDamage):
        if row.warehouse is not None and row.usable_share < 1:
            lost.setdefault(row.scenario, {})[row.warehouse] = 1 - row.usable_share
    return lost


def _stock(draft: Draft) -> dict[tuple[str, str], float]:
    """Today's units by warehouse and item."""
    closed = {row.warehouse for _, row in draft.rows(Warehouse) if row.state == "closed"}
    found: dict[tuple[str, str], float] = {}
    for _, lot in draft.rows(Stock):
        if lot.warehouse not in closed:
            key = (lot.warehouse, lot.item)
            found[key] = found.get(key, 0.0) + lot.stock_units
    return found


def _room(draft: Draft) -> dict[str, float]:
    """Largest volume that each of our own warehouses may get [m3]; external ones: nothing."""
    classes = {row.size_class: row for _, row in draft.rows(SizeClass)}
    room: dict[str, float] = {}
    for _, row in draft.rows(Warehouse):
        if row.state not in ("existing", "candidate"):
            continue
        largest = classes.get(row.max_size_class or "")
        ceiling = largest.volume_m3 if largest else float("inf")
        sizes = [c.volume_m3 for c in classes.values() if c.is_buildable]
        sizes = [size for size in sizes if size <= ceiling]
        if row.state == "existing":
            today = classes.get(row.size_class or "")
            sizes.append(row.volume_m3 or (today.volume_m3 if today else 0.0))
        room[row.warehouse] = max(sizes, default=0.0)
    return room


class _Sources:
    """All that could be sent of one item: what lies outside, fits inside, and can be bought."""

    def __init__(
        self,
        item: Item,
        stock: dict[tuple[str, str], float],
        room: dict[str, float],
        budget: float | None,
    ) -> None:
        here = {w: units for (w, code), units in stock.items() if code == item.item}
        self._outside = {w: units for w, units in here.items() if w not in room}
        self._today = {w: units for w, units in here.items() if w in room}
        self._inside = {w: volume / item.volume_m3 for w, volume in room.items()}
        self._totals = [sum(part.values()) for part in (self._outside, self._today, self._inside)]
        self._affordable = (
            float("inf") if budget is None or item.price_cny == 0 else budget / item.price_cny
        )
        can_buy = item.purchase_price_cny is not None
        self._bought = item.purchase_available_units if can_buy else 0.0

    def most(self, lost: dict[str, float]) -> float:
        """Upper bound of what can be sent if these shares of the stock are lost [units]."""
        outside, today, inside = self._totals
        for warehouse, share in lost.items():
            outside -= share * self._outside.get(warehouse, 0.0)
            today -= share * self._today.get(warehouse, 0.0)
            inside -= share * self._inside.get(warehouse, 0.0)
        return outside + min(inside, today + self._affordable) + self._bought


def _check_reach(draft: Draft, needing: set[str]) -> None:
    """Warn of districts that even the fastest vehicle on the straightest road is late for."""
    settings = settings_of(draft)
    vehicles = [row for _, row in draft.rows(Vehicle) if row.mode == "road"]
    districts = {row.district: row for _, row in draft.rows(District)}
    sources = _sources(draft, districts)
    if not vehicles or not sources.size:
        return
    late = [settings.order_hours]
    late += [row.order_hours or 0.0 for _, row in chosen_scenarios(draft)]
    deadline = settings.horizon_hours + (max(late) if settings.clock == "order" else 0.0)
    speed = max(row.speed_kmh for row in vehicles)
    handling = min(row.load_hours + row.unload_hours for row in vehicles)
    known = {row.district for _, row in draft.rows(Lane) if row.drive_hours is not None}
    known |= {row.district for _, row in draft.rows(Lane) if row.distance_km is not None}
    rows = [
        (position, row)
        for position, row in draft.rows(District)
        if row.district in needing and row.district not in known
    ]
    if not rows:
        return
    targets = unit_vectors(
        np.array([row.lon for _, row in rows]), np.array([row.lat for _, row in rows])
    )
    nearest_km = _nearest_km(targets, sources)
    table = draft.table(District)
    for (position, row), km in zip(rows, nearest_km, strict=True):
        circuity = row.circuity if row.circuity is not None else settings.circuity
        road_km = max(circuity * km, settings.local_distance_km)
        hours = road_km / speed + handling
        if hours > deadline:
            draft.report(
                "unreachable_district",
                (table, position, "district"),
                row.district,
                f"is out of reach: {hours:.1f} h from the nearest warehouse "
                f"({road_km:.0f} km), the horizon is {deadline:g} h",
                "Maybe the coordinates are wrong, or a candidate nearer by is needed.",
            )


def _sources(draft: Draft, districts: dict[str, District]) -> Array:
    """Points of all warehouses that have stock or may get some, and of hubs, shape (n, 3)."""
    stocked = {warehouse for (warehouse, _), units in _stock(draft).items() if units > 0}
    places = [
        place_of(row, districts)
        for _, row in draft.rows(Warehouse)
        if row.state in ("existing", "candidate", "hub") or row.warehouse in stocked
    ]
    known = [place for place in places if place is not None]
    lon = np.array([place[0] for place in known])
    lat = np.array([place[1] for place in known])
    return unit_vectors(lon, lat)


def _nearest_km(targets: Array, sources: Array) -> Array:
    """Great-circle distance from each target to the nearest source, shape (n,). [km]"""
    cosines = np.empty(len(targets))
    for begin in range(0, len(targets), _CHUNK):
        chunk = targets[begin : begin + _CHUNK]
        cosines[begin : begin + _CHUNK] = (chunk @ sources.T).max(axis=1)
    return EARTH_RADIUS_KM * np.arccos(np.clip(cosines, -1.0, 1.0))

"""What stands and lies where, under the plan or today: the ground of all other checks."""

from __future__ import annotations

from dataclasses import dataclass, field

from allocator.replay.facts import Facts
from allocator.replay.findings import Findings
from allocator.replay.reading import Tables
from allocator.replay.tolerances import FIGURE
from allocator.schema.network import Warehouse
from allocator.schema.results import OpenWarehouse, StockPlan

__all__ = ["Network", "network_planned", "network_today"]


@dataclass
class Network:
    """Warehouses that may be called on, and their stock.

    Parameters
    ----------
    size_class
        Class of each open warehouse; a warehouse that is not open is not in it.
    stock_units
        Stock by warehouse and item. [units]
    one_off_cny
        Cost of opening, resizing, closing and buying. [CNY]
    annual_cny
        Cost of running and keeping. [CNY/year]
    terms
        Factors on rounded stock figures that the two costs contain.
    """

    size_class: dict[str, str | None] = field(default_factory=dict)
    stock_units: dict[tuple[str, str], float] = field(default_factory=dict)
    one_off_cny: float = 0.0
    annual_cny: float = 0.0
    terms: float = 0.0

    def is_open(self, warehouse: str) -> bool:
        """Whether a warehouse can be called on."""
        return warehouse in self.size_class


def network_today(facts: Facts) -> Network:
    """Return what stands and lies today: existing and external warehouses with their lots."""
    network = Network()
    for code, row in facts.warehouses.items():
        if row.state in {"existing", "external"}:
            network.size_class[code] = row.size_class
    for (warehouse, item), units in facts.today_units.items():
        if network.is_open(warehouse):
            network.stock_units[warehouse, item] = units
    return network


def network_planned(facts: Facts, tables: Tables, findings: Findings) -> Network:
    """Check decisions, stock, volumes, costs and budgets; return the network they make.

    Parameters
    ----------
    facts
        The case.
    tables
        Sound rows of the plan.
    findings
        Where broken rules are noted.
    """
    network = Network()
    decided = {row.warehouse: row for row in tables.open_warehouses}
    planned = {(row.warehouse, row.item): row for row in tables.stock_plan}
    for code, warehouse in facts.warehouses.items():
        row = decided.get(code)
        if row is not None:
            _check_decision(facts, warehouse, row, network, findings)
        elif warehouse.state == "external":
            network.size_class[code] = warehouse.size_class
        elif warehouse.state == "existing":
            fact = "an existing warehouse must be listed in Open_Warehouses"
            hint = "its row was deleted or its code was changed"
            findings.add("warehouse_listed", f"warehouse {code}", 1.0, fact, hint)
    _check_stock(facts, planned, network, findings)
    for code, row in decided.items():
        _check_volume(facts, facts.warehouses[code], row, network, findings)
    _check_budgets(facts, network, findings)
    return network


def _today_volume_m3(facts: Facts, warehouse: Warehouse) -> float:
    """Volume of a warehouse that keeps its class. [m3]"""
    if warehouse.volume_m3 is not None:
        return warehouse.volume_m3
    if warehouse.size_class is not None:
        return facts.size_classes[warehouse.size_class].volume_m3
    return 0.0


def _expected_open(state: str, decision: str) -> bool | None:
    """Whether a warehouse is open after a decision; None where the decision is not allowed."""
    allowed = {
        ("existing", "keep"): True,
        ("existing", "resize"): True,
        ("existing", "close"): False,
        ("candidate", "open"): True,
        ("candidate", "keep"): False,
        ("closed", "keep"): False,
        ("external", "external"): True,
    }
    return allowed.get((state, decision))


def _check_decision(
    facts: Facts,
    warehouse: Warehouse,
    row: OpenWarehouse,
    network: Network,
    findings: Findings,
) -> None:
    """Check one row of Open_Warehouses and take it over into the network."""
    where = f"warehouse {row.warehouse}"
    expected = _expected_open(warehouse.state, row.decision)
    if expected is None or (row.decision == "close" and not warehouse.can_close):
        fact = (
            f"decision ({row.decision}) is not allowed for a warehouse of state {warehouse.state}"
        )
        if row.decision == "close" and not warehouse.can_close:
            fact += " with can_close no"
        hint = (
            "it was changed by hand; existing ones are kept, resized or closed, candidates opened"
        )
        findings.add("warehouse_decision", where, 1.0, fact, hint)
        expected = row.is_open
    if row.is_open != expected:
        fact = f"is_open ({row.is_open}) does not go with decision ({row.decision})"
        findings.add("warehouse_open_flag", where, 1.0, fact, "one of the two was changed by hand")
    if expected or row.is_open:
        network.size_class[row.warehouse] = row.size_class
    _check_size_class(facts, warehouse, row, expected, findings)
    one_off, annual = _class_costs(facts, warehouse, row)
    hint = "the figure was changed by hand, or the case's costs changed since"
    findings.same(
        "warehouse_one_off_cost",
        where,
        "one_off_cost_cny",
        row.one_off_cost_cny,
        one_off,
        hint=hint,
    )
    findings.same(
        "warehouse_annual_cost", where, "annual_cost_cny", row.annual_cost_cny, annual, hint=hint
    )
    network.one_off_cny += one_off
    network.annual_cny += annual


def _check_size_class(
    facts: Facts,
    warehouse: Warehouse,
    row: OpenWarehouse,
    is_open: bool,
    findings: Findings,
) -> None:
    """Check that the class is one the warehouse may have."""
    where = f"warehouse {row.warehouse}"
    if row.decision not in {"open", "resize"}:
        expected = warehouse.size_class if is_open else None
        if row.size_class != expected:
            fact = f"size_class ({row.size_class}) must be {expected} under decision {row.decision}"
            findings.add("warehouse_size_class", where, 1.0, fact, "it was changed by hand")
        return
    chosen = facts.size_classes.get(row.size_class or "")
    if chosen is None:
        fact = f"decision ({row.decision}) needs a size_class"
        findings.add("warehouse_size_class", where, 1.0, fact, "the cell was emptied")
        return
    largest = facts.size_classes.get(warehouse.max_size_class or "")
    hint = "choose another class, or change the case's Size_Classes or max_size_class"
    if not chosen.is_buildable:
        fact = f"size_class ({row.size_class}) cannot be built"
        findings.add("warehouse_size_class", where, 1.0, fact, hint)
    if largest is not None and chosen.volume_m3 > largest.volume_m3:
        fact = f"size_class ({row.size_class}) is larger than max_size_class ({largest.size_class})"
        excess = chosen.volume_m3 - largest.volume_m3
        findings.add("warehouse_size_class", where, excess, fact, hint)
    if row.decision == "resize":
        today = facts.size_classes.get(warehouse.size_class or "")
        today_m3 = today.volume_m3 if today else _today_volume_m3(facts, warehouse)
        if chosen.volume_m3 <= today_m3:
            fact = f"size_class ({row.size_class}) is not larger than today's ({today_m3:g} m3)"
            missing = today_m3 - chosen.volume_m3
            findings.add("warehouse_size_class", where, missing, fact, hint)


def _class_costs(facts: Facts, warehouse: Warehouse, row: OpenWarehouse) -> tuple[float, float]:
    """One-off [CNY] and yearly cost [CNY/year] of a decision, without stock."""
    today = facts.size_classes.get(warehouse.size_class or "")
    chosen = facts.size_classes.get(row.size_class or "")
    if row.decision == "close":
        return (today.closing_cost_cny if today else 0.0), 0.0
    if row.decision == "keep" and warehouse.state == "existing":
        return 0.0, (today.annual_cost_cny if today else 0.0)
    if row.decision in {"open", "resize"} and chosen is not None:
        paid = today.opening_cost_cny if today and row.decision == "resize" else 0.0
        return max(0.0, chosen.opening_cost_cny - paid), chosen.annual_cost_cny
    return 0.0, 0.0


def _check_stock(
    facts: Facts,
    planned: dict[tuple[str, str], StockPlan],
    network: Network,
    findings: Findings,
) -> None:
    """Check stock against today, and what may not change or may not be there."""
    for (warehouse, item), row in planned.items():
        where = f"warehouse {warehouse}, item {item}"
        today = facts.today_units.get((warehouse, item), 0.0)
        hint = "one of the row's figures was changed by hand, or the case's Stock changed since"
        findings.same("stock_today", where, "today_units", row.today_units, today, hint=hint)
        balance = today + row.buy_units - row.withdraw_units
        findings.same(
            "stock_balance", where, "stock_units", row.stock_units, balance, hint=hint, terms=4
        )
        network.stock_units[warehouse, item] = row.stock_units
        state = facts.warehouses[warehouse].state
        if state == "external" and max(row.buy_units, row.withdraw_units) > FIGURE:
            fact = "buy_units and withdraw_units must be 0 in an external warehouse"
            moved = row.buy_units + row.withdraw_units
            findings.add("stock_external", where, moved, fact, "its stock is not ours to decide")
        if not network.is_open(warehouse) and row.stock_units > FIGURE:
            fact = f"stock_units ({row.stock_units:g}) must be 0 in a warehouse that is not open"
            hint = "open the warehouse, or withdraw its stock"
            findings.add("stock_closed", where, row.stock_units, fact, hint)
        _charge_stock(facts, row, state, network)
    _check_unlisted(facts, planned, network, findings)
    _check_home_reserve(facts, network, findings)


def _charge_stock(facts: Facts, row: StockPlan, state: str, network: Network) -> None:
    """Add what buying and keeping cost."""
    if state in {"external", "closed"}:
        return
    item = facts.items[row.item]
    expiry = 12 / item.shelf_life_months if item.shelf_life_months is not None else 0.0
    write_off = max(0.0, expiry - item.rotation_share)
    yearly = item.price_cny * (item.keeping_share + write_off)
    network.one_off_cny += item.price_cny * row.buy_units
    network.annual_cny += yearly * row.stock_units
    network.terms += item.price_cny + yearly


def _check_unlisted(
    facts: Facts,
    planned: dict[tuple[str, str], StockPlan],
    network: Network,
    findings: Findings,
) -> None:
    """Today's stock must be listed where it can be decided on; elsewhere it stays."""
    for (warehouse, item), units in facts.today_units.items():
        if units <= 0 or (warehouse, item) in planned:
            continue
        state = facts.warehouses[warehouse].state
        if state == "external":
            network.stock_units[warehouse, item] = units
        elif state != "closed":
            where = f"warehouse {warehouse}, item {item}"
            fact = f"today's stock ({units:g} units) must be listed in Stock_Plan"
            hint = "the row was deleted or its code was changed"
            findings.add("stock_listed", where, units, fact, hint)


def _check_home_reserve(facts: Facts, network: Network, findings: Findings) -> None:
    """Warehouses that stay open keep their home reserve."""
    for (warehouse, item), reserve in facts.home_reserve_units.items():
        if network.is_open(warehouse) and facts.warehouses[warehouse].state != "external":
            stock = network.stock_units.get((warehouse, item), 0.0)
            findings.within(
                "home_reserve_stock",
                f"warehouse {warehouse}, item {item}",
                "home reserve [units]",
                reserve,
                stock,
                hint="stock_units is below the case's home_reserve_units",
            )


def _check_volume(
    facts: Facts,
    warehouse: Warehouse,
    row: OpenWarehouse,
    network: Network,
    findings: Findings,
) -> None:
    """Check the volume told, the volume used, and that the stock fits."""
    where = f"warehouse {row.warehouse}"
    volume = 0.0
    if network.is_open(row.warehouse):
        volume = _today_volume_m3(facts, warehouse)
        chosen = facts.size_classes.get(row.size_class or "")
        if row.decision in {"open", "resize"} and chosen is not None:
            volume = chosen.volume_m3
    used = sum(
        item.volume_m3 * network.stock_units.get((row.warehouse, code), 0.0)
        for code, item in facts.items.items()
    )
    terms = 1 + sum(item.volume_m3 for item in facts.items.values())
    hint = "the figure was changed by hand, or the stock was"
    findings.same("warehouse_volume_told", where, "volume_m3", row.volume_m3, volume, hint=hint)
    findings.same(
        "warehouse_volume_used", where, "used_m3", row.used_m3, used, hint=hint, terms=terms
    )
    if warehouse.state != "external" and network.is_open(row.warehouse):
        hint = "raise the size class or lower stock_units"
        findings.within(
            "warehouse_volume",
            where,
            "volume of the stock [m3]",
            used,
            volume,
            hint=hint,
            terms=terms,
        )


def _check_budgets(facts: Facts, network: Network, findings: Findings) -> None:
    """Check both budgets."""
    settings = facts.settings
    for rule, name, used, limit in (
        ("capital_budget", "one-off cost [CNY]", network.one_off_cny, settings.capital_budget_cny),
        ("annual_budget", "annual cost [CNY/year]", network.annual_cny, settings.annual_budget_cny),
    ):
        if limit is not None:
            hint = "buy or open less, or raise the budget in Settings"
            findings.within(rule, "network", name, used, limit, hint=hint, terms=network.terms)

"""Losses: what the planned stock still serves when part of the network is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.replay.facts import Facts
from allocator.replay.findings import Findings
from allocator.replay.ground import Ground
from allocator.replay.loss_service import ItemWays
from allocator.replay.network import Network
from allocator.replay.tolerances import FIGURE, HOURS
from allocator.schema.disaster import Loss
from allocator.schema.results import LossResult

__all__ = ["check_losses"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Key = tuple[str, str]

_SHARE = 1e-6
"""Shares that differ by less are the same: both sides come from linear programs."""

_UNITS_RELATIVE = 1e-8
"""Part of a scenario's need by which two linear programs may differ."""

_HINT = "the figure was changed by hand, or the stock was"


@dataclass(frozen=True)
class _Lost:
    """What one loss takes away."""

    warehouses: frozenset[str]
    closed: tuple[Loss, ...]


@dataclass(frozen=True)
class _Unmet:
    """Least weighted unmet need by scenario, without and with each loss.

    Parameters
    ----------
    before, after
        Shapes (scenario,) and (loss, scenario). [weighted units]
    need
        Weighted need, shape (scenario,). [weighted units]
    terms
        Factors on rounded stock figures.
    """

    before: Floats
    after: Floats
    need: Floats
    terms: float


def check_losses(ground: Ground, network: Network, told: list[LossResult]) -> None:
    """Check the table of losses, and the promise about them.

    Parameters
    ----------
    ground, network
        The case with its hours, and the planned stock.
    told
        Rows of Loss_Result.
    """
    facts, findings = ground.facts, ground.findings
    losses = _losses(facts, network)
    rows: dict[Key, LossResult] = {(row.origin, row.loss): row for row in told}
    for key in rows.keys() - losses.keys():
        fact = "the case has no such loss, or nothing lies there"
        findings.add("loss_known", _where(key), 1.0, fact, "its code was changed by hand")
    promised = facts.settings.n1_served_share
    if not losses and not promised:
        return
    found = _unmet(ground, network, losses)
    scenarios = list(facts.scenarios)
    shares = _shares(found.before, found.need)
    _check_promise(findings, scenarios, "no loss at all", shares, promised)
    for q, key in enumerate(losses):
        share = promised if _is_promised(facts, key) else None
        shares = _shares(found.after[q], found.need)
        _check_promise(findings, scenarios, _where(key), shares, share)
        row = rows.get(key)
        if row is None:
            fact = "the loss must be listed in Loss_Result"
            findings.add("loss_listed", _where(key), 1.0, fact, "its row was deleted")
            continue
        _check_row(ground, row, share, found, q)


def _where(key: Key) -> str:
    return f"loss {key[1]} ({key[0]})"


def _is_promised(facts: Facts, key: Key) -> bool:
    asked = facts.settings.n1_losses
    return facts.settings.n1_served_share is not None and asked in {"both", key[0]}


def _losses(facts: Facts, network: Network) -> dict[Key, _Lost]:
    """Losses that must have been tested."""
    found: dict[Key, _Lost] = {}
    if _is_promised(facts, ("each_warehouse", "")):
        for code in facts.warehouses:
            held = [network.stock_units.get((code, item), 0.0) for item in facts.items]
            if network.is_open(code) and max(held, default=0.0) > 1e-9:
                found["each_warehouse", code] = _Lost(frozenset({code}), ())
    by_code: dict[str, list[Loss]] = {}
    for row in facts.case.losses:
        by_code.setdefault(row.loss, []).append(row)
    for code, rows in by_code.items():
        gone = frozenset(row.warehouse for row in rows if row.warehouse and row.kind == "warehouse")
        found["listed", code] = _Lost(gone, tuple(row for row in rows if row.kind != "warehouse"))
    return found


def _closes(facts: Facts, lost: _Lost, warehouse: str, district: str) -> bool:
    """Whether a loss closes the lane."""
    place = facts.districts[district]
    for row in lost.closed:
        if row.kind == "corridor":
            pair = (facts.prefecture[warehouse], place.prefecture)
        else:
            pair = (facts.province[warehouse], place.province)
        if pair in {(row.from_place, row.to_place), (row.to_place, row.from_place)}:
            return True
    return False


def _unmet(ground: Ground, network: Network, losses: Mapping[Key, _Lost]) -> _Unmet:
    """Work out the least unmet need without and with each loss."""
    facts = ground.facts
    codes = [
        code
        for code in facts.warehouses
        if network.is_open(code)
        and any(network.stock_units.get((code, item), 0.0) > 0.0 for item in facts.items)
    ]
    every = list(losses.values())
    lost = np.array([[code in loss.warehouses for code in codes] for loss in every], dtype=bool)
    lost = lost.reshape(len(every), len(codes))
    plain = np.array([not loss.closed for loss in every], dtype=bool)
    scenarios = list(facts.scenarios)
    need = np.zeros(len(scenarios))
    before = np.zeros(len(scenarios))
    after = np.zeros((len(every), len(scenarios)))
    for s, scenario in enumerate(scenarios):
        in_time = _InTime(ground, scenario, codes)
        for item in facts.items:
            ways, districts = _item_ways(ground, network, codes, in_time, item)
            whole = float(ways.weight @ ways.demand_units)
            need[s] += whole
            # Only losses of stock of the item can change what it serves, unless lanes go too.
            touched = np.flatnonzero(plain & (lost & (ways.usable_units > 0)).any(axis=1))
            asked = np.concatenate([np.zeros((1, len(codes)), dtype=bool), lost[touched]])
            served = ways.served(asked)
            before[s] += whole - served[0]
            value = np.full(len(every), served[0])
            value[touched] = served[1:]
            for q in np.flatnonzero(~plain).tolist():
                closed = np.array(
                    [[_closes(facts, every[q], w, d) for d in districts] for w in codes], dtype=bool
                ).reshape(ways.reach.shape)
                cut = replace(ways, reach=ways.reach & ~closed)
                value[q] = cut.served(lost[q : q + 1])[0]
            after[:, s] += whole - value
    terms = sum(facts.weight(d, item) for d in facts.districts for item in facts.items)
    return _Unmet(np.maximum(before, 0.0), np.maximum(after, 0.0), need, max(1.0, terms))


def _item_ways(
    ground: Ground, network: Network, codes: list[str], in_time: _InTime, item: str
) -> tuple[ItemWays, list[str]]:
    """Ways of one item in one scenario, and the districts that need it."""
    facts, scenario = ground.facts, in_time.scenario
    needs = {d: units for (d, i), units in facts.demand_units[scenario].items() if i == item}
    districts = list(needs)
    stock = np.array([network.stock_units.get((code, item), 0.0) for code in codes])
    kept = np.array([facts.home_reserve_units.get((code, item), 0.0) for code in codes])
    share = np.array([facts.usable_share(scenario, code) for code in codes])
    reach = in_time.reach(item, districts) & (stock > 0.0)[:, None]
    abroad = np.array(
        [[facts.is_abroad(code, d) for d in districts] for code in codes], dtype=bool
    ).reshape(reach.shape)
    goods = facts.items[item]
    is_late = goods.purchase_hours > facts.deadline_hours(scenario) + HOURS
    is_sold = goods.purchase_price_cny is not None and not is_late
    ways = ItemWays(
        usable_units=share * stock,
        free_units=share * np.maximum(stock - kept, 0.0),
        reach=reach,
        abroad=abroad,
        demand_units=np.array([needs[d] for d in districts]),
        weight=np.array([facts.weight(d, item) for d in districts]),
        market_units=goods.purchase_available_units if is_sold else 0.0,
    )
    return ways, districts


class _InTime:
    """Which warehouses reach which districts by the deadline of a scenario.

    Items of one group wait for the same sign-offs, so each way is looked at once for all of them.
    """

    def __init__(self, ground: Ground, scenario: str, codes: list[str]) -> None:
        self.scenario = scenario
        self._ground, self._codes = ground, codes
        self._known: dict[tuple[str, str], Flags] = {}

    def reach(self, item: str, districts: list[str]) -> Flags:
        """Whether goods arrive in time, shape (warehouse, district)."""
        group = self._ground.facts.items[item].item_group
        columns = []
        for district in districts:
            key = (group, district)
            if key not in self._known:
                arrives = [self._arrives(code, district, item) for code in self._codes]
                self._known[key] = np.array(arrives, dtype=bool)
            columns.append(self._known[key])
        shape = (len(self._codes), len(districts))
        return np.stack(columns, axis=1) if columns else np.zeros(shape, dtype=bool)

    def _arrives(self, warehouse: str, district: str, item: str) -> bool:
        """Whether any kind of vehicle brings the item by the deadline."""
        ground = self._ground
        release = ground.sign_offs.release_hours(self.scenario, warehouse, district, item)
        deadline = ground.facts.deadline_hours(self.scenario) + HOURS
        return any(
            ground.clock.arrival_hours(self.scenario, warehouse, district, fleet, release)
            <= deadline
            for fleet in ground.facts.fleets[warehouse]
        )


def _shares(unmet: Floats, need: Floats) -> Floats:
    """Served share of each scenario, shape (scenario,); 1 where nothing is needed."""
    return 1.0 - np.where(need > 0.0, unmet / np.maximum(need, 1e-12), 0.0)


def _check_promise(
    findings: Findings,
    scenarios: list[str],
    where: str,
    shares: Floats,
    promised: float | None,
) -> None:
    """The promised share is served in every scenario."""
    if promised is None or not len(shares):
        return
    worst = int(np.argmin(shares))
    if shares[worst] < promised - _SHARE:
        fact = f"served_share ({shares[worst]:.6g}) of scenario {scenarios[worst]} must be >= "
        fact += f"n1_served_share ({promised:g})"
        hint = "keep more stock elsewhere, or lower n1_served_share"
        findings.add("loss_promise", where, promised - float(shares[worst]), fact, hint)


def _check_row(
    ground: Ground, row: LossResult, promised: float | None, found: _Unmet, q: int
) -> None:
    """Compare one row with what is recomputed."""
    findings, where = ground.findings, _where((row.origin, row.loss))
    scenarios = list(ground.facts.scenarios)
    shares = _shares(found.after[q], found.need)
    s = scenarios.index(row.scenario)
    if shares[s] > shares.min() + _SHARE:
        worst = scenarios[int(np.argmin(shares))]
        fact = f"scenario ({row.scenario}) must be {worst}, which is served less"
        findings.add("loss_scenario", where, float(shares[s] - shares.min()), fact, _HINT)
    added = np.maximum(found.after[q] - found.before, 0.0)
    probability = np.array([scene.probability for scene in ground.facts.scenarios.values()])
    room = FIGURE * found.terms + _UNITS_RELATIVE * float(found.need.max(initial=0.0))
    before = _shares(found.before, found.need)
    for rule, name, told, value, allowed in (
        ("loss_served", "served_share", row.served_share, shares[s], _SHARE),
        ("loss_before", "share_without_loss", row.share_without_loss, before[s], _SHARE),
        ("loss_added", "added_unmet", row.added_unmet, added[s], room),
        (
            "loss_expected",
            "expected_added_unmet",
            row.expected_added_unmet,
            probability @ added,
            room,
        ),
    ):
        findings.same(rule, where, name, told, float(value), hint=_HINT, room=allowed)
    if row.promised_share != promised:
        fact = f"promised_share ({row.promised_share}) must be {promised}"
        hint = "it was changed by hand, or the Settings changed since"
        findings.add("loss_promised", where, 1.0, fact, hint)
    kept = None if promised is None else bool(shares.min() >= promised - _SHARE)
    if row.is_kept is not kept:
        fact = f"is_kept ({row.is_kept}) must be {kept}"
        findings.add("loss_kept", where, 1.0, fact, "it was changed by hand")

"""Hours of release under sets of reforms, and what the dispatch loses under them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import fsum
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Network, Release
from allocator.case import Case
from allocator.coordination.loss import Loss, Losses
from allocator.coordination.reformed import Reformed, StepReform
from allocator.schema.procedure import ApprovalStep

__all__ = ["ReformTables", "RelyingLanes", "ScenarioView", "Table", "losses_under"]

Floats = NDArray[np.float64]
Key = tuple[str, str]
Table = tuple[float, ...]
"""Hours of every release that lanes rely on, scenario by scenario. [h]"""

_DIGITS = 9
"""Decimals of an hour that count: what differs by rounding only is the same release."""


class RelyingLanes(Protocol):
    """Lanes on which something that lies at one end is needed at the other."""

    @property
    def warehouse(self) -> NDArray[np.int64]:
        """Position in the case, shape (lane,)."""

    @property
    def district(self) -> NDArray[np.int64]:
        """Position in the case, shape (lane,)."""

    @property
    def is_relied(self) -> NDArray[np.bool_]:
        """Whether goods of a group may go there, shape (lane, group)."""


@runtime_checkable
class ManyLosses(Protocol):
    """Who can say what dispatches lose under several hours of release, side by side."""

    def many(self, releases: Sequence[Release]) -> list[Loss]:
        """Losses under several hours of release."""


@dataclass(frozen=True)
class ScenarioView:
    """One scenario that reforms are priced under.

    Parameters
    ----------
    scenario
        Its code.
    losses
        What its dispatch loses under given hours of release.
    lanes
        Lanes with stock and need.
    weight
        Its share of the loss that counts; the weights of all views add up to 1.
    """

    scenario: str
    losses: Losses
    lanes: RelyingLanes
    weight: float = 1.0


@dataclass
class _Procedure:
    """One procedure, timed under any of its reforms."""

    steps: tuple[ApprovalStep, ...]
    releases: tuple[str, ...]
    present: Floats
    """Durations, shape (step, view). [h]"""
    changed: Mapping[StepReform, Floats]
    """Durations of the step after each reform, shape (view,). [h]"""
    networks: dict[tuple[frozenset[str], frozenset[str]], Network] = field(default_factory=dict)

    def network(self, beside: frozenset[str], told: frozenset[str]) -> Network:
        """Procedure with some steps beside others and some told instead of asked."""
        if (beside, told) not in self.networks:
            rows = [
                row.model_copy(update={"is_enabled": False}) if row.step in told else row
                for row in self.steps
            ]
            self.networks[beside, told] = Network(rows, beside)
        return self.networks[beside, told]

    def hours(self, reforms: Collection[StepReform]) -> Floats:
        """Hours of release under a set of reforms, shape (release, view). [h]."""
        beside = frozenset(one.step for one in reforms if one.kind == "parallel")
        told = frozenset(one.step for one in reforms if one.kind == "inform")
        network = self.network(beside, told)
        durations = self.present
        if reforms:
            durations = self.present.copy()
            for one in reforms:
                durations[network.place(one.step)] = self.changed[one]
        ends = network.finish_hours(durations)
        places = [network.place(step) for step in self.releases]
        found: Floats = np.round(ends[places], _DIGITS)
        return found


class ReformTables:
    """Tables of release hours under reforms, and their losses.

    Parameters
    ----------
    case
        The case as it is.
    views
        Scenarios that count.
    reforms
        All reforms that may be asked about; those that cannot matter are left out.
    """

    def __init__(
        self, case: Case, views: Sequence[ScenarioView], reforms: Collection[StepReform]
    ) -> None:
        self.views = tuple(views)
        today = Reformed(case, ())
        present = [today.step_hours(view.scenario, "actual") for view in self.views]
        self._base = [
            today.release(view.scenario, hours)
            for view, hours in zip(self.views, present, strict=True)
        ]
        self._counts = [
            self._count(view, base) for view, base in zip(views, self._base, strict=True)
        ]
        self.keys: tuple[Key, ...] = tuple(
            dict.fromkeys(
                (rule.procedure, rule.release_step)
                for rule in case.approval_rules
                if any((rule.procedure, rule.release_step) in counts for counts in self._counts)
            )
        )
        self._procedures = self._timed_procedures(case, present, reforms)
        self.reforms: tuple[StepReform, ...] = tuple(
            one for procedure in self._procedures.values() for one in procedure.changed
        )
        self._known: dict[Table, Loss] = {}

    @staticmethod
    def _count(view: ScenarioView, base: Release) -> dict[Key, int]:
        """Lanes and groups that rely on each release; those released at once under no name."""
        places = base.lane_rules(view.lanes.warehouse, view.lanes.district)[view.lanes.is_relied]
        counts: dict[Key, int] = {}
        for place in places.tolist():
            rule = base.rules[place] if place >= 0 else None
            key = ("", "") if rule is None else (rule.procedure, rule.release_step)
            counts[key] = counts.get(key, 0) + 1
        return counts

    def _timed_procedures(
        self, case: Case, present: list[dict[Key, float]], reforms: Collection[StepReform]
    ) -> dict[str, _Procedure]:
        """Procedures that lanes rely on, with the reforms that may bring a release forward."""
        networks = Reformed(case, ()).networks
        found: dict[str, _Procedure] = {}
        for name in dict.fromkeys(procedure for procedure, _ in self.keys):
            network = networks[name]
            releases = tuple(step for procedure, step in self.keys if procedure == name)
            matter = _steps_that_matter(network, releases)
            durations = np.array(
                [[hours[name, step] for hours in present] for step in network.codes]
            )
            changed = {}
            for one in sorted(set(reforms)):
                if one.procedure == name and one.step in matter:
                    hours = self._hours_after(case, one)
                    # Who would take longer, or just as long, changes nothing for the better.
                    is_quicker = bool((hours <= durations[network.place(one.step)]).all())
                    if is_quicker:
                        changed[one] = hours
            found[name] = _Procedure(tuple(network.steps.values()), releases, durations, changed)
        return found

    def _hours_after(self, case: Case, reform: StepReform) -> Floats:
        """Duration of a step after one reform, shape (view,). [h]."""
        after = Reformed(case, (reform,))
        return np.array(
            [after.step_hours(view.scenario, "actual")[reform.key] for view in self.views]
        )

    @property
    def procedures(self) -> tuple[str, ...]:
        """Procedures that lanes rely on."""
        return tuple(self._procedures)

    def reforms_of(self, procedure: str) -> tuple[StepReform, ...]:
        """Reforms of one procedure that may bring a release forward."""
        return tuple(self._procedures[procedure].changed)

    def hours_after(self, reform: StepReform) -> Floats:
        """Duration of a step after its reform, shape (view,). [h]."""
        return self._procedures[reform.procedure].changed[reform]

    def present_hours(self, procedure: str) -> Floats:
        """Durations of a procedure's steps today, shape (step, view). [h]."""
        return self._procedures[procedure].present

    def network(self, procedure: str) -> Network:
        """One procedure as it is."""
        return self._procedures[procedure].network(frozenset(), frozenset())

    def releases_of(self, procedure: str) -> tuple[str, ...]:
        """Release steps of a procedure that lanes rely on."""
        return self._procedures[procedure].releases

    def part(self, procedure: str, reforms: Collection[StepReform]) -> Floats:
        """Hours of one procedure's releases, shape (release, view). [h]."""
        return self._procedures[procedure].hours(reforms)

    def table(self, reforms: Collection[StepReform]) -> Table:
        """Hours of all releases under a set of reforms. [h]."""
        parts = [
            self.part(name, [one for one in reforms if one.procedure == name])
            for name in self._procedures
        ]
        if not parts:
            return ()
        return tuple(np.concatenate(parts).T.ravel().tolist())

    @cached_property
    def today(self) -> Table:
        """Hours of all releases as things are. [h]."""
        return self.table(())

    def release(self, view: int, table: Table) -> Release:
        """Lanes of one scenario released as a table says."""
        size = len(self.keys)
        own = table[view * size : (view + 1) * size]
        return self._base[view].with_rule_hours(dict(zip(self._ordered_keys, own, strict=True)))

    @cached_property
    def _ordered_keys(self) -> tuple[Key, ...]:
        """Releases in the order of a table."""
        return tuple((name, step) for name in self._procedures for step in self.releases_of(name))

    def positions(self, view: int) -> dict[Key, int]:
        """Place in a table of each release under one scenario."""
        start = view * len(self.keys)
        return {key: start + k for k, key in enumerate(self._ordered_keys)}

    def loss(self, table: Table) -> Loss:
        """Loss under a table: that of each scenario by its weight."""
        if table not in self._known:
            self.price([table])
        return self._known[table]

    def price(self, tables: Sequence[Table]) -> None:
        """Ask for the losses under several tables, side by side where that can be done."""
        asked = [table for table in dict.fromkeys(tables) if table not in self._known]
        self._known.update(self._asked(asked))

    def refresh(self) -> None:
        """Ask again for all that is known: what was solved since may have narrowed it."""
        self._known = self._asked(list(self._known))

    def _asked(self, tables: Sequence[Table]) -> dict[Table, Loss]:
        """Losses under tables, each scenario by its weight."""
        each = [
            losses_under(view.losses, [self.release(k, table) for table in tables])
            for k, view in enumerate(self.views)
        ]
        weights = [view.weight for view in self.views]
        return {
            table: _weighted(weights, [losses[n] for losses in each])
            for n, table in enumerate(tables)
        }

    def is_known(self, table: Table) -> bool:
        """Whether the loss under a table is known already."""
        return table in self._known

    @property
    def priced_count(self) -> int:
        """Distinct tables that were priced."""
        return len(self._known)

    def saved_release_hours(self, table: Table) -> float:
        """How much earlier lanes with stock and need are let go, their mean. [h]."""
        saved = []
        for k, (view, counts) in enumerate(zip(self.views, self._counts, strict=True)):
            places, lanes = self.positions(k), sum(counts.values())
            earlier = [
                count * (self.today[places[key]] - table[places[key]])
                for key, count in counts.items()
                if key in places
            ]
            saved.append(view.weight * fsum(earlier) / max(lanes, 1))
        return fsum(saved)


def losses_under(losses: Losses, releases: Sequence[Release]) -> list[Loss]:
    """Losses under several releases, asked for at once where that is possible."""
    if isinstance(losses, ManyLosses):
        return losses.many(releases)
    return [losses(release) for release in releases]


def _weighted(weights: Sequence[float], losses: Sequence[Loss]) -> Loss:
    """Loss that is expected of several scenarios."""

    def total(values: Iterable[float]) -> float:
        return fsum(w * value for w, value in zip(weights, values, strict=True))

    relaxed = [loss.relaxed_cny for loss in losses if loss.relaxed_cny is not None]
    return Loss(
        low_cny=total(loss.low_cny for loss in losses),
        high_cny=total(loss.high_cny for loss in losses),
        waiting_person_hours=total(loss.waiting_person_hours for loss in losses),
        served_share=total(loss.served_share for loss in losses),
        relaxed_cny=total(relaxed) if len(relaxed) == len(losses) else None,
    )


def _steps_that_matter(network: Network, releases: Sequence[str]) -> frozenset[str]:
    """Enabled steps whose duration may matter to a release."""
    nodes = {node.place: node for node in network.nodes}
    pending, found = [network.place(step) for step in releases], set[int]()
    while pending:
        place = pending.pop()
        if place not in found:
            found.add(place)
            pending += [*nodes[place].before, *nodes[place].stand_ins]
    codes = [network.codes[place] for place in found]
    return frozenset(code for code in codes if network.steps[code].is_enabled)

"""What reforms may not do: the answerable party is kept, paper follows, finance signs for much.

Every refusal is a code with its figures, so that it can be told in either language
(``reform_words``). The exact rules are in ``docs/model.md`` ("Reforms").
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import fsum
from typing import get_args

from allocator.approvals import split_codes, step_hours
from allocator.case import Case
from allocator.coordination.reformed import StepReform
from allocator.schema.procedure import ApprovalStep
from allocator.schema.sign_offs import ReformKind

__all__ = ["Guard", "GuardRails", "LastDecisions", "goods_value_cny"]

Key = tuple[str, str]

KINDS: tuple[ReformKind, ...] = get_args(ReformKind)

UNUSABLE = frozenset({"unknown_step", "no_hours", "nothing_before", "disabled"})
"""Codes of refusals that are no guard rails: the reform cannot be tried at all."""


@dataclass(frozen=True)
class Guard:
    """Why something is refused, or what holds it within the rails.

    Parameters
    ----------
    code
        Key of the sentence in ``reform_words``.
    subject
        ``PROCEDURE/STEP``.
    figures
        Values that the sentence names.
    """

    code: str
    subject: str
    figures: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_usable(self) -> bool:
        """Whether the reform could at least be tried and priced."""
        return self.code not in UNUSABLE


@dataclass(frozen=True)
class LastDecisions:
    """Steps right before a release of which at least one must still be signed.

    Parameters
    ----------
    procedure, release_step
        The release.
    steps
        Enabled steps that it waits for.
    """

    procedure: str
    release_step: str
    steps: tuple[str, ...]


def goods_value_cny(case: Case, scenarios: Iterable[str]) -> float:
    """Value of the goods that are needed, of the scenario where it is largest.

    Parameters
    ----------
    case
        The case.
    scenarios
        Scenarios that are looked at.

    Returns
    -------
    float
        Need times price. [CNY]
    """
    price = {item.item: item.price_cny for item in case.items}
    wanted = dict.fromkeys(scenarios)
    parts: dict[str, list[float]] = {code: [] for code in wanted}
    for row in case.scenario_demand:
        if row.scenario in parts:
            parts[row.scenario].append(row.demand_units * price[row.item])
    return max((fsum(values) for values in parts.values()), default=0.0)


class GuardRails:
    """Guard rails of a case under some scenarios.

    Parameters
    ----------
    case
        The case.
    scenarios
        Scenarios that are looked at: they say what the goods are worth.
    """

    def __init__(self, case: Case, scenarios: Iterable[str]) -> None:
        self._case = case
        self._steps = {(row.procedure, row.step): row for row in case.approval_steps}
        self._departments = {row.department: row for row in case.departments}
        self._releases = {(rule.procedure, rule.release_step) for rule in case.approval_rules}
        self._alternatives = {
            (row.procedure, before)
            for row in case.approval_steps
            if row.join == "OR"
            for before in split_codes(row.predecessors)
        }
        codes = tuple(scenarios)
        self._paper_hours: dict[Key, float] = {}
        for code in codes or (None,):
            for key, hours in step_hours(case, code, "actual").items():
                self._paper_hours[key] = max(hours, self._paper_hours.get(key, 0.0))
        self.goods_value_cny = goods_value_cny(case, codes)

    def paper_within_hours(self, key: Key) -> float:
        """Hours within which paper must follow a spoken or pre-authorised consent. [h]."""
        most = self._case.settings.paper_within_hours
        own = self._steps[key].formalise_within_hours
        return most if own is None else min(own, most)

    def listed(self) -> tuple[StepReform, ...]:
        """Reforms that the sheet lists, in its order."""
        return tuple(
            StepReform(row.procedure, row.step, kind)
            for row in self._case.approval_steps
            for kind in KINDS
            if kind in split_codes(row.reforms)
        )

    def refusals(self, reform: StepReform) -> tuple[Guard, ...]:
        """Why one reform is refused; nothing if it is allowed by itself."""
        row = self._steps.get(reform.key)
        subject = f"{reform.procedure}/{reform.step}"
        if row is None:
            return (Guard("unknown_step", subject),)
        if not row.is_enabled:
            return (Guard("disabled", subject),)
        refused = []
        if reform.kind not in split_codes(row.reforms):
            refused.append(Guard("not_listed", subject, {"kind": reform.kind}))
        check = {
            "verbal": self._verbal,
            "pre_authorise": self._pre_authorise,
            "parallel": self._parallel,
            "delegate": self._delegate,
            "inform": self._inform,
        }[reform.kind]
        return (*refused, *check(row, subject))

    def broken(self, reforms: Collection[StepReform]) -> tuple[Guard, ...]:
        """Guard rails that a set of reforms breaks: those of each, and those of all together."""
        found = [guard for one in sorted(reforms) for guard in self.refusals(one)]
        told = {one.key for one in reforms if one.kind == "inform"}
        single = {(one.procedure, one.step) for one in reforms}
        if len(single) < len(reforms):
            twice = sorted({one.key for one in reforms if self._count(reforms, one.key) > 1})
            found += [Guard("twice", f"{procedure}/{step}") for procedure, step in twice]
        found += [
            Guard("no_decision", f"{last.procedure}/{last.release_step}")
            for last in self.last_decisions
            if len(last.steps) > 1 and all((last.procedure, step) in told for step in last.steps)
        ]
        return tuple(found)

    @staticmethod
    def _count(reforms: Collection[StepReform], key: Key) -> int:
        """How many reforms are about one step."""
        return sum(one.key == key for one in reforms)

    @property
    def last_decisions(self) -> tuple[LastDecisions, ...]:
        """Per release, the enabled steps right before it."""
        found = []
        for procedure, release_step in sorted(self._releases):
            row = self._steps.get((procedure, release_step))
            before = () if row is None else split_codes(row.predecessors)
            steps = tuple(
                step
                for step in before
                if (procedure, step) in self._steps and self._steps[procedure, step].is_enabled
            )
            if steps:
                found.append(LastDecisions(procedure, release_step, steps))
        return tuple(found)

    def holding(self, reforms: Collection[StepReform]) -> tuple[Guard, ...]:
        """What holds a set of allowed reforms within the rails: what is due, who still answers."""
        found = []
        for one in sorted(reforms):
            row, subject = self._steps[one.key], f"{one.procedure}/{one.step}"
            if one.kind in ("verbal", "pre_authorise"):
                hours = self.paper_within_hours(one.key)
                found.append(Guard("paper_follows", subject, {"hours": hours}))
            if one.kind == "delegate":
                found.append(Guard("still_answers", subject, {"department": row.department}))
            if one.kind in ("pre_authorise", "inform") and self._finance_of(row):
                found.append(Guard("below_threshold", subject, self._threshold_figures(row)))
        return tuple(found)

    def _verbal(self, row: ApprovalStep, subject: str) -> Iterable[Guard]:
        """Check a spoken consent."""
        if row.verbal_hours is None:
            yield Guard("no_hours", subject, {"field": "verbal_hours"})
        yield from self._paper(row, subject)

    def _pre_authorise(self, row: ApprovalStep, subject: str) -> Iterable[Guard]:
        """Check a signature beforehand."""
        yield from self._paper(row, subject)
        yield from self._finance(row, subject)

    def _parallel(self, row: ApprovalStep, subject: str) -> Iterable[Guard]:
        """Check a step beside those it waits for."""
        if row.join == "START" or not split_codes(row.predecessors):
            yield Guard("nothing_before", subject)

    def _delegate(self, row: ApprovalStep, subject: str) -> Iterable[Guard]:
        """Check a deputy's signature."""
        if row.deputy_hours is None:
            yield Guard("no_hours", subject, {"field": "deputy_hours"})
        if row.deputy is None or row.deputy not in self._departments:
            yield Guard("no_deputy", subject)

    def _inform(self, row: ApprovalStep, subject: str) -> Iterable[Guard]:
        """Check a step that is told instead of asked."""
        key = row.procedure, row.step
        if key in self._releases:
            yield Guard("answers_for_release", subject, {"department": row.department})
        for last in self.last_decisions:
            if last.procedure == row.procedure and last.steps == (row.step,):
                yield Guard(
                    "only_decision",
                    subject,
                    {"department": row.department, "release_step": last.release_step},
                )
        if row.join == "BYPASS" or key in self._alternatives:
            yield Guard("one_of_several", subject)
        yield from self._finance(row, subject)

    def _paper(self, row: ApprovalStep, subject: str) -> Iterable[Guard]:
        """Check that paper may follow, and that it can in time."""
        key = row.procedure, row.step
        if not row.is_verbal_allowed:
            yield Guard("paper_first", subject)
            return
        due, takes = self.paper_within_hours(key), self._paper_hours[key]
        if takes > due:
            yield Guard("paper_late", subject, {"hours": due, "takes": takes})

    def _finance_of(self, row: ApprovalStep) -> str:
        """Finance department that signs a step, if any."""
        for code in (row.department, *split_codes(row.cosigners)):
            department = self._departments.get(code)
            if department is not None and department.is_finance:
                return code
        return ""

    def _threshold_figures(self, row: ApprovalStep) -> dict[str, object]:
        """Who signs for money, how much it is, and above what it must stay."""
        threshold = self._case.settings.finance_threshold_cny
        return {
            "department": self._finance_of(row),
            "value": self.goods_value_cny,
            "threshold": 0.0 if threshold is None else threshold,
        }

    def _finance(self, row: ApprovalStep, subject: str) -> Iterable[Guard]:
        """Check that nobody who signs for much money is left out."""
        threshold = self._case.settings.finance_threshold_cny
        if self._finance_of(row) and (threshold is None or self.goods_value_cny > threshold):
            code = "finance_always" if threshold is None else "finance_signs"
            yield Guard(code, subject, self._threshold_figures(row))

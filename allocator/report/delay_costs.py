"""Delay costs in sentences: a card of key figures per department, and the Summary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from allocator.coordination.degree import degree_of
from allocator.coordination.delay_cost import NOT_ATTRIBUTABLE, TOTAL
from allocator.coordination.figures import ANY
from allocator.coordination.ranges import Range
from allocator.report.delay_cost_words import say
from allocator.report.words import Language
from allocator.report.worth import amount
from allocator.schema.coordination import DelayCost, SignOffStep, SpeedLoss
from allocator.schema.results import RunInfo, SummaryLine
from allocator.tables import TableSet

__all__ = ["with_delay_cost_sentences"]

_SUMS = (TOTAL, NOT_ATTRIBUTABLE)

_MOST_SCENARIOS = 30
"""Scenarios with a line of their own; of more, the costliest are told."""

_NOISE_CNY = 0.005
"""Less than a cent is nothing."""


def with_delay_cost_sentences(tables: TableSet, lang: Language) -> TableSet:
    """Return the tables with their Summary and the sentences of the delay costs in a language.

    Parameters
    ----------
    tables
        What ``coordinate`` returned, with or without sentences.
    lang
        ``en`` or ``zh``.
    """
    scenarios = list(dict.fromkeys(row.scenario for row in tables.rows(DelayCost)))
    told = {code: _Told(tables, code, lang) for code in scenarios}
    rows = [
        row.model_copy(update={"sentence": told[row.scenario].card(row)[:2000]})
        for row in tables.rows(DelayCost)
    ]
    summary = tuple(_summary(told))
    others = {name: rows for name, rows in tables.tables.items() if name != SummaryLine.sheet}
    return TableSet({SummaryLine.sheet: summary, **others}).replace(DelayCost, rows)


def _summary(told: dict[str, _Told]) -> Iterable[SummaryLine]:
    """Lines of the Summary: what is expected first, then each scenario."""
    if not told:
        return
    chief = told.get(ANY) or next(iter(told.values()))
    yield from chief.lines()
    if chief.code == ANY:
        others = [one for code, one in told.items() if code != ANY]
        others.sort(key=lambda one: -one.total.share_cny)
        yield from (one.line() for one in others[:_MOST_SCENARIOS])


@dataclass(frozen=True)
class _Told:
    """What is said of one scenario, or of what is expected."""

    tables: TableSet
    code: str
    lang: Language

    @cached_property
    def costs(self) -> Sequence[DelayCost]:
        """Rows of the departments."""
        found = (row for row in self.tables.rows(DelayCost) if row.scenario == self.code)
        return [row for row in found if row.department not in _SUMS]

    def _sum(self, department: str) -> DelayCost:
        return next(
            row
            for row in self.tables.rows(DelayCost)
            if row.scenario == self.code and row.department == department
        )

    @cached_property
    def total(self) -> DelayCost:
        """Row of all departments together."""
        return self._sum(TOTAL)

    @cached_property
    def speeds(self) -> dict[str, SpeedLoss]:
        """Losses by speed."""
        return {row.speed: row for row in self.tables.rows(SpeedLoss) if row.scenario == self.code}

    @cached_property
    def degree(self) -> Range:
        """Coordination degree."""
        return degree_of(*(_loss(self.speeds[s]) for s in ("ideal", "actual", "uncoordinated")))

    def _say(self, key: str, **figures: object) -> str:
        return say(key, self.lang, **figures)

    def card(self, row: DelayCost) -> str:
        """Key figures of one row in sentences."""
        if row.department == TOTAL:
            return self._total_text()
        if row.department == NOT_ATTRIBUTABLE:
            return self._nobody_text(row)
        return self._joined(self._department_parts(row))

    def _department_parts(self, row: DelayCost) -> Iterable[str]:
        """Sentences about one department."""
        name, overrun = row.name or row.department, f"{row.overrun_hours:.3g}"
        if row.overrun_hours <= 0.0:
            yield self._say("punctual", name=name)
        elif row.share_high_cny <= _NOISE_CNY:
            yield self._say("harmless", name=name, overrun=overrun)
        else:
            yield self._say(
                "charged",
                name=name,
                overrun=overrun,
                share=amount(row.share_cny),
                total=amount(self.total.share_cny),
                interval=self._ends(row),
            )
        if row.sampling_error_cny:
            yield self._say("drawn", error=amount(row.sampling_error_cny))
        if row.plus_one_hour_cny is not None and row.minus_one_hour_cny is not None:
            plus, minus = amount(row.plus_one_hour_cny), amount(row.minus_one_hour_cny)
            yield self._say("margin", plus=plus, minus=minus)
        if row.criticality is not None:
            yield self._say("decides", share=f"{row.criticality:.0%}")
        if row.on_time_share is not None:
            yield self._say("on_time", share=f"{row.on_time_share:.0%}")
        if row.share_high_cny > _NOISE_CNY:
            yield self._say("formula")

    def _ends(self, row: DelayCost) -> str:
        """What the gaps leave open, if anything."""
        if row.share_high_cny - row.share_low_cny <= _NOISE_CNY:
            return ""
        return self._say("ends", low=amount(row.share_low_cny), high=amount(row.share_high_cny))

    def _total_text(self) -> str:
        """What the total is, or why there is none."""
        if not any(row.overrun_hours > 0.0 for row in self.costs):
            return self._say("nobody_late")
        if self.total.share_high_cny <= _NOISE_CNY:
            return self._say("no_cost")
        return self._say("total", actual=self._money("actual"), limit=self._money("limit"))

    def _nobody_text(self, row: DelayCost) -> str:
        """What nobody is charged for."""
        limit = self._money("limit")
        parts = [self._say("all_charged", limit=limit)]
        if abs(row.share_cny) > _NOISE_CNY:
            parts = [self._say("left", left=amount(row.share_cny), limit=limit)]
        low, high = self.total.share_low_cny, self.total.share_high_cny
        if high - low > _NOISE_CNY:
            parts.append(self._say("open", low=amount(low), high=amount(high)))
        return self._joined(parts)

    def _joined(self, parts: Iterable[str]) -> str:
        """Sentences one after the other."""
        return ("" if self.lang == "zh" else " ").join(parts)

    def _money(self, speed: str) -> str:
        return amount(self.speeds[speed].loss_cny)

    def lines(self) -> Iterable[SummaryLine]:
        """Lines about what stands for the whole."""
        late = sum(row.overrun_hours > 0.0 for row in self.costs)
        yield self._line("degree", self._degree_words(), self._degree_text())
        text = self._total_text()
        if self.total.share_high_cny > _NOISE_CNY:
            hours = amount(self.total.share_person_hours)
            text = self._say("delay_cost_text", hours=hours, count=late)
        yield self._line("delay_cost", self._total_words(), text)
        yield from self._bottlenecks()
        nobody = self._sum(NOT_ATTRIBUTABLE)
        figure = self._say("cny", value=amount(nobody.share_cny))
        yield self._line("nobody", figure, self._nobody_text(nobody))
        yield self._paper_line()
        yield from self._solves_line()

    def line(self) -> SummaryLine:
        """One line about one of several scenarios."""
        first = self._first()
        text = (
            ""
            if first is None
            else self._say(
                "scenario_text",
                degree=f"{self.degree.value:.3f}",
                name=first.name or first.department,
                value=amount(first.share_cny),
            )
        )
        topic = self._say("scenario", code=self.code)
        return SummaryLine(topic=topic, figure=self._total_words(), sentence=text)

    def _line(self, key: str, figure: str, text: str) -> SummaryLine:
        return SummaryLine(topic=self._say(key), figure=figure[:2000], sentence=text[:2000])

    def _first(self) -> DelayCost | None:
        """Department that costs most; where none costs anything, whose next hour would."""
        return max(
            self.costs,
            key=lambda row: (row.share_cny, row.plus_one_hour_cny or 0.0, row.criticality or 0.0),
            default=None,
        )

    def _total_words(self) -> str:
        row = self.total
        return self._say(
            "cny",
            value=self._range_words(row.share_cny, row.share_low_cny, row.share_high_cny),
        )

    def _range_words(self, value: float, low: float, high: float) -> str:
        if high - low <= _NOISE_CNY:
            return amount(value)
        return self._say("interval", value=amount(value), low=amount(low), high=amount(high))

    def _degree_words(self) -> str:
        ends = [f"{end:.3f}" for end in (self.degree.value, self.degree.low, self.degree.high)]
        if ends[1] == ends[2]:
            return ends[0]
        return self._say("interval", value=ends[0], low=ends[1], high=ends[2])

    def _degree_text(self) -> str:
        return self._say(
            "degree_text",
            share=f"{self.degree.value:.0%}",
            worst=self._money("uncoordinated"),
            actual=self._money("actual"),
            ideal=self._money("ideal"),
        )

    def _bottlenecks(self) -> Iterable[SummaryLine]:
        """Lines of the department that costs most and of its most critical step."""
        first = self._first()
        if first is None:
            return
        name = first.name or first.department
        figure = self._say("bottleneck_figure", name=name, value=amount(first.share_cny))
        yield self._line("bottleneck", figure, self.card(first))
        steps = [
            row
            for row in self.tables.rows(SignOffStep)
            if row.department == first.department and row.scenario in (self.code, ANY)
        ]
        if steps:
            step = max(steps, key=lambda row: (row.criticality, row.duration_hours))
            figure = f"{step.procedure}/{step.step} {step.name}".rstrip()
            share, hours = f"{step.criticality:.0%}", f"{step.duration_hours:.3g}"
            yield self._line(
                "bottleneck_step", figure, self._say("step_text", share=share, hours=hours)
            )

    def _paper_line(self) -> SummaryLine:
        """Hours from the event to the releases."""
        now, limit, ideal = (self.speeds[speed] for speed in ("actual", "limit", "ideal"))
        figure = self._say(
            "paper_figure",
            first=f"{now.release_first_hours:.3g}",
            last=f"{now.release_last_hours:.3g}",
        )
        text = self._say(
            "paper_text",
            limit_first=f"{limit.release_first_hours:.3g}",
            limit_last=f"{limit.release_last_hours:.3g}",
            ideal_first=f"{ideal.release_first_hours:.3g}",
            ideal_last=f"{ideal.release_last_hours:.3g}",
        )
        return self._line("paper", figure, text)

    def _solves_line(self) -> Iterable[SummaryLine]:
        """How many losses were asked for, and how many solves that took."""
        facts = {row.name: row.text for row in self.tables.rows(RunInfo)}
        names = ("coalitions", "wanted", "solved", "asked", "solves")
        if all(name in facts for name in names):
            text = self._say("solves_text", **{name: facts[name] for name in names})
            yield self._line("solves", facts["solves"], text)


def _loss(row: SpeedLoss) -> Range:
    """Loss of a row with its interval."""
    return Range(row.loss_cny, row.loss_low_cny, row.loss_high_cny)

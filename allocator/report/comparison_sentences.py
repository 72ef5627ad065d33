"""A comparison in sentences: its Summary, and what each key figure's difference means."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from allocator.compare.figures import DISPATCH_PART
from allocator.compare.inputs import CASE_TABLES
from allocator.report.comparison_names import Names
from allocator.report.comparison_words import (
    COMPARISON_WORDS,
    change_word,
    kpi_word,
    say,
    signed,
    value_words,
)
from allocator.report.words import Language
from allocator.report.worth import amount
from allocator.schema import CASE_SHEETS
from allocator.schema.changes import Change
from allocator.schema.comparison import (
    InputChange,
    Kpi,
    PlanCompared,
    ShortageChange,
    StockMove,
    TripDifference,
    WarehouseChange,
)
from allocator.schema.results import RunInfo, SummaryLine
from allocator.tables import TableSet

__all__ = ["with_comparison_sentences"]

NAMED = 6
"""Things that a sentence names before it says how many more there are."""

NOISE = 1e-6

Line = tuple[str, str, str]
"""Topic, figure and sentence."""


def with_comparison_sentences(tables: TableSet, names: Names, lang: Language) -> TableSet:
    """Return a comparison with its Summary and the sentences of its key figures.

    Parameters
    ----------
    tables
        What ``compare`` returned.
    names
        Names of the codes.
    lang
        ``en`` or ``zh``.
    """
    told = tables.replace(
        Kpi,
        (
            row.model_copy(update={"sentence": _kpi_sentence(row, tables, lang)})
            for row in tables.rows(Kpi)
        ),
    )
    plans = told.rows(PlanCompared)
    others = [row for row in plans if not row.is_base]
    lines = [_plans_line(plans, lang)]
    for other in others:
        prefix = "" if len(others) == 1 else f"{other.plan}{say('colon', lang)}"
        found = _Told(told, plans[0], other, names, lang).lines()
        lines += [(f"{prefix}{topic}", figure, text) for topic, figure, text in found]
    summary = (
        SummaryLine(topic=topic[:2000], figure=figure[:2000], sentence=text[:2000])
        for topic, figure, text in lines
    )
    return TableSet({SummaryLine.sheet: tuple(summary), **told.tables})


def _plans_line(plans: Sequence[PlanCompared], lang: Language) -> Line:
    """Who is held against whom, and whether all were replayed."""
    others = say("list", lang).join(row.plan for row in plans if not row.is_base)
    missing = [row.plan for row in plans if not row.is_replayed]
    text = say("replayed", lang)
    if missing:
        text = say("not_replayed", lang, names=say("list", lang).join(missing))
    return say("plans", lang), say("against", lang, others=others, base=plans[0].plan), text


def _kpi_sentence(row: Kpi, tables: TableSet, lang: Language) -> str:
    """What the difference of a key figure means."""
    if row.note == "only_one":
        return say("kpi_only_other" if row.base is None else "kpi_only_base", lang)
    if row.note not in ("apart", "within_gaps", "other_stock"):
        return say(f"kpi_{row.note}", lang)
    key = f"kpi_{row.note}"
    if row.note == "apart" and _is_later(row, tables.rows(Kpi)):
        key = "kpi_apart_later"
    base = _interval(row.base, row.base_bound, row.unit, lang)
    return say(key, lang, base=base, other=_interval(row.other, row.other_bound, row.unit, lang))


def _is_later(row: Kpi, rows: Sequence[Kpi]) -> bool:
    """Whether another stage of the part comes before."""
    stages = ("unmet", "waiting", "cost")
    if row.name not in stages[1:]:
        return False
    return any(
        other.plan == row.plan and other.part == row.part and other.name == "unmet"
        for other in rows
    )


def _interval(value: float | None, bound: float | None, unit: str, lang: Language) -> str:
    """Where the best plan's figure lies."""
    if value is None or bound is None:
        return say("one_end", lang, value=value_words(value, unit, lang))
    ends = [value_words(end, unit, lang) for end in sorted((value, bound))]
    return ends[0] if ends[0] == ends[1] else say("interval", lang, low=ends[0], high=ends[1])


@dataclass(frozen=True)
class _Told:
    """What is said of one plan against the base."""

    tables: TableSet
    base: PlanCompared
    other: PlanCompared
    names: Names
    lang: Language

    def lines(self) -> list[Line]:
        """All lines, inputs first."""
        return [
            *self._inputs(),
            *self._objectives(),
            *self._scenarios(),
            *self._served(),
            *self._kpis(),
            *self._warehouses(),
            *self._stock(),
            *self._trips(),
            *self._shortages(),
        ]

    def _say(self, key: str, **figures: object) -> str:
        return say(key, self.lang, **figures)

    def _listed(self, names: Iterable[str], mark: str = "list") -> str:
        """The first few names, and how many more there are."""
        every = list(names)
        shown = every[:NAMED]
        if len(every) > NAMED:
            shown.append(self._say("and_more", count=len(every) - NAMED))
        return self._say(mark).join(shown)

    def _inputs(self) -> Iterator[Line]:
        """What differs in the case, in options and in what re-plans were told."""
        topic = self._say("inputs")
        rows = [row for row in self.tables.rows(InputChange) if row.plan == self.other.plan]
        of_case = [row for row in rows if row.table in CASE_TABLES]
        if self.other.inputs == "same":
            yield topic, self._say("same_figure"), self._say("inputs_same")
        elif self.other.changed_count is None:
            key = "inputs_unread" if self.other.inputs == "changed" else "inputs_unknown"
            yield topic, self._say("unknown_figure"), self._say(key)
        elif not of_case:
            yield topic, self._say("input_counts", count=0), self._say("inputs_nothing")
        else:
            told = self._listed(_by_table(of_case, self.lang), "semicolon") + self._say("stop")
            yield topic, self._say("input_counts", count=len(of_case)), told
        options = [row for row in rows if row.table == RunInfo.sheet]
        told_rows = [row for row in rows if row.table == Change.sheet]
        parts = [
            self._say(
                "options_differ",
                name=row.row_key,
                base=row.base_value.removeprefix("text=") or "-",
                other=row.other_value.removeprefix("text=") or "-",
            )
            for row in options
        ]
        if told_rows:
            parts.insert(0, self._say("told_differ", count=len(told_rows)))
        if parts:
            text = self._listed(parts, "semicolon") + self._say("stop")
            yield self._say("options"), self._say("count", count=len(options)), text

    def _objectives(self) -> Iterator[Line]:
        """That the plans minimise different things, if they do."""
        ours, theirs = self.base.objective, self.other.objective
        if ours and theirs and ours != theirs:
            figure = self._say("from_to", base=ours, other=theirs)
            yield self._say("objective"), figure, self._say("objectives")

    def _scenarios(self) -> Iterator[Line]:
        """Scenarios that only one of the plans dispatches."""
        parts = []
        for plan, codes in (
            (self.base.plan, self.other.scenarios_only_base),
            (self.other.plan, self.other.scenarios_only_here),
        ):
            if codes:
                named = self._listed(map(self.names.scenario_name, codes.split("; ")))
                parts.append(self._say("scenarios_here", plan=plan, names=named))
        if parts:
            yield self._say("scenarios"), "", self._say("space").join(parts)

    def _served(self) -> Iterator[Line]:
        """The served share over all scenarios, or that of the only one."""
        rows = [
            row
            for row in self.tables.rows(Kpi)
            if row.plan == self.other.plan
            and row.name == "served_share"
            and row.difference is not None
        ]
        chosen = [row for row in rows if row.part == DISPATCH_PART] or rows
        if chosen and (len(rows) == 1 or chosen[0].part == DISPATCH_PART):
            row = chosen[0]
            text = self._say("served_expected")
            if row.part != DISPATCH_PART:
                text = self._say("served_one", name=self.names.scenario_name(row.part))
            values = [value_words(value, row.unit, self.lang) for value in (row.base, row.other)]
            figure = self._say("from_to", base=values[0], other=values[1])
            yield self._say("served"), figure, text + row.sentence

    def _kpis(self) -> Iterator[Line]:
        """Which key figures are told apart, which are within the gaps, which are not known."""
        rows = [row for row in self.tables.rows(Kpi) if row.plan == self.other.plan]
        groups = {
            "apart": [row for row in rows if row.is_distinguishable],
            "within_gaps": [row for row in rows if row.note == "within_gaps"],
            "other_stock": [row for row in rows if row.note == "other_stock"],
            "not_known": [row for row in rows if row.note in ("no_bound", "trade")],
        }
        if groups["within_gaps"] and not groups["apart"]:
            yield self._say("apart"), self._say("count", count=0), self._say("apart_none")
        for key, found in groups.items():
            if found:
                text = self._listed(map(self._kpi, found), "semicolon") + self._say("stop")
                if f"{key}_why" in COMPARISON_WORDS:
                    text += self._say("space") + self._say(f"{key}_why")
                yield self._say(key), self._say("count", count=len(found)), text

    def _kpi(self, row: Kpi) -> str:
        """One key figure in a few words."""
        return self._say(
            "kpi_line",
            part=self.names.part_name(row.part, self.lang),
            name=kpi_word(row.name, self.lang),
            base=value_words(row.base, row.unit, self.lang),
            other=value_words(row.other, row.unit, self.lang),
            difference=signed(row, self.lang),
        )

    def _warehouses(self) -> Iterator[Line]:
        """How many warehouses open, close, or change their size, and which."""
        rows = [row for row in self.tables.rows(WarehouseChange) if row.plan == self.other.plan]
        if not rows:
            return
        by_change: defaultdict[str, list[str]] = defaultdict(list)
        for row in rows:
            by_change[row.change].append(self.names.warehouse_name(row.warehouse))
        counts = {change: len(by_change[change]) for change in ("opened", "closed", "resized")}
        parts = [
            self._say(
                "named",
                change=change_word(change, self.lang),
                names=self._listed(by_change[change]),
            )
            for change, count in counts.items()
            if count
        ]
        parts.append(self._say("kept", count=len(by_change["kept"])))
        figure = self._say("warehouse_counts", **counts)
        yield self._say("warehouses"), figure, self._say("space").join(parts)

    def _stock(self) -> Iterator[Line]:
        """How many stocks differ, and by how much each item in all."""
        rows = [row for row in self.tables.rows(StockMove) if row.plan == self.other.plan]
        if not rows:
            return
        totals = [
            self._say(
                "stock_total",
                item=self.names.item_name(row.item),
                difference=_signed_amount(row.difference_units),
            )
            for row in rows
            if row.warehouse is None
        ]
        text = self._say("stock_totals", told=self._listed(totals)) if totals else ""
        count = sum(row.warehouse is not None for row in rows)
        yield (
            self._say("stock"),
            self._say("stock_counts", count=count),
            text or self._say("stock_moved"),
        )

    def _trips(self) -> Iterator[Line]:
        """How many trips are added, dropped, retimed, reloaded, or as they were."""
        if self.other.trips_same is None:
            return
        rows = [row for row in self.tables.rows(TripDifference) if row.plan == self.other.plan]
        counts = Counter[str](row.change for row in rows)
        changes = ("added", "dropped", "retimed", "reloaded")
        shifts = [row.shift_hours or 0.0 for row in rows if row.change == "retimed"]
        shift = self._say("no_shift")
        if shifts:
            shift = self._say("shift", shift=sum(shifts) / len(shifts))
        yield (
            self._say("trips"),
            self._say("trip_counts", **{change: counts[change] for change in changes}),
            self._say("trips_same", same=self.other.trips_same, shift=shift),
        )

    def _shortages(self) -> Iterator[Line]:
        """How many shortages come and go, and who is better and worse off."""
        rows = [row for row in self.tables.rows(ShortageChange) if row.plan == self.other.plan]
        if not rows:
            if self.other.trips_same is not None:
                yield self._say("shortages"), "", self._say("shortages_same")
            return
        counts = Counter[str](row.change for row in rows)
        by_district: defaultdict[str, float] = defaultdict(float)
        for row in rows:
            weighted = row.difference_weighted
            by_district[row.district] += row.difference_units if weighted is None else weighted
        ranked = sorted(by_district.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
        parts = []
        for key, sign in (("districts_worse", 1.0), ("districts_better", -1.0)):
            codes = [code for code, change in ranked if sign * change > NOISE]
            if codes:
                parts.append(
                    self._say(key, names=self._listed(map(self.names.district_name, codes)))
                )
        changes = ("gained", "ended", "larger", "smaller")
        figure = self._say("shortage_counts", **{change: counts[change] for change in changes})
        yield self._say("shortages"), figure, self._say("space").join(parts)


def _by_table(rows: Sequence[InputChange], lang: Language) -> Iterator[str]:
    """How many cells and rows differ, sheet by sheet."""
    words = {"changed": "cells", "added": "rows_added", "removed": "rows_removed"}
    for table, kind in CASE_SHEETS.items():
        counts = Counter[str](row.change for row in rows if row.table == table)
        parts = [say(words[key], lang, count=counts[key]) for key in words if counts[key]]
        if counts["reordered"]:
            parts.append(say("reordered", lang))
        if parts:
            title = kind.sheet_zh if lang == "zh" else table
            yield say("table_counts", lang, table=title, told=say("list", lang).join(parts))


def _signed_amount(value: float) -> str:
    """A quantity with its sign."""
    return f"{'+' if value > 0 else '-'}{amount(abs(value))}"

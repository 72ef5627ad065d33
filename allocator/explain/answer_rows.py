"""Answers as rows of the sheets Explanations, Repairs and Certificates."""

from __future__ import annotations

import numpy as np

from allocator.case import Case
from allocator.engine.dispatch_problem import dispatch_problem
from allocator.explain.certificates import certificates
from allocator.explain.choices import changed
from allocator.explain.reasons import WORDS, Reason, Reasons
from allocator.explain.situation import situation_of
from allocator.explain.things import Thing
from allocator.plan import Plan
from allocator.schema.explanations import Certificate, Explanation, RepairOption

__all__ = ["certificate_rows", "explanation_row", "repair_rows"]


def explanation_row(case: Case, scenario: str, reasons: Reasons, reason: Reason) -> Explanation:
    """One row of the sheet Explanations."""
    standing, shortfall, first = reasons.standing, reason.shortfall, reason.first
    here = int(np.searchsorted(standing.inputs.district, shortfall.district))
    demand = float(standing.inputs.demand_units[shortfall.district, shortfall.item])
    # What has left comes anyhow.
    came = demand - float(standing.problem.data.demand_units[here, shortfall.item])
    served = came + float(standing.delivered[here, shortfall.item])
    losers, change = "", None
    if first is not None:
        losers, _ = changed(case, standing, first.rearranged.change_units)
        change = first.rearranged.values["unmet"] - standing.values["unmet"]
    named = {_thing_word(repair.thing): repair for repair in reason.repairs}
    repairs = [named[word] for word in reason.words if word in named]
    return Explanation(
        scenario=scenario,
        district=case.districts[shortfall.district].district,
        item=case.items[shortfall.item].item,
        demand_units=demand,
        unmet_units=max(0.0, demand - served),
        late_hours=reason.late_hours,
        reason="+".join(reason.words),
        also="; ".join(reason.also),
        is_proven=reason.is_proven,
        now_units=reason.now_units,
        alone_units=came + reason.alone_units,
        first_units=None if first is None else first.units,
        losers=losers,
        unmet_change=change,
        changes="; ".join(reason.changes)[:2000],
        repair="; ".join(_amount(repair.amount, repair.unit, repair.place) for repair in repairs),
        cost_cny=max((repair.cost_cny for repair in repairs), default=None),
    )


def _thing_word(thing: Thing) -> str:
    """Reason that stands for a thing."""
    return WORDS.get(thing, thing)


def _amount(amount: float, unit: str, place: str) -> str:
    return f"{amount:,.6g} {unit}" + (f" ({place})" if place else "")


def repair_rows(case: Case, scenario: str, reason: Reason) -> list[RepairOption]:
    """Rows of the sheet Repairs."""
    return [
        RepairOption(
            scenario=scenario,
            district=case.districts[reason.shortfall.district].district,
            item=case.items[reason.shortfall.item].item,
            thing=_thing_word(repair.thing),
            is_together=repair.thing in reason.together,
            amount=repair.amount,
            unit=repair.unit,
            place=repair.place,
            brought_units=repair.brought_units,
            vehicles_count=repair.vehicles,
            last_hours=repair.last_hours,
            cost_cny=repair.cost_cny,
            is_smallest=repair.is_smallest,
        )
        for repair in reason.repairs
    ]


def certificate_rows(
    case: Case, plan: Plan, scenario: str, asked: tuple[str | None, str | None]
) -> list[Certificate]:
    """Rows of the sheet Certificates that bear on a district and an item, or all."""
    inputs = situation_of(case, plan, scenario).inputs
    rows = []
    for count in certificates(
        dispatch_problem(inputs.data), inputs.held.usable_units.astype(float)
    ):
        district = item = None
        if count.district is not None:
            district = case.districts[int(inputs.district[count.district])].district
        if count.item is not None:
            item = case.items[count.item].item
        own = zip(asked, (district, item), strict=True)
        if any(wanted and there and wanted != there for wanted, there in own):
            continue
        rows.append(
            Certificate(
                scenario=scenario,
                kind=count.kind,
                district=district,
                item=item,
                have=count.have,
                need=count.need,
                unit=count.unit,
                short_units=count.short_units,
            )
        )
    return rows

"""Why this warehouse, why not that one: the plan against one in which the choice is forced."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.errors import ConflictError, NotFoundError
from allocator.explain.forced_dispatch import Forced, Forcing, OnProgress, forced
from allocator.explain.grounds import Grounds
from allocator.explain.hindrances import no_more, obstacles
from allocator.explain.reasons import WORDS, shortfalls
from allocator.explain.situation import Situation, situation_of
from allocator.explain.standing import Standing
from allocator.plan import Plan
from allocator.schema.explanations import Choice
from allocator.solver import SolveOptions

__all__ = ["SLACK", "Asked", "answer_choice", "changed", "told_apart"]

Integers = NDArray[np.int64]

SLACK = 1e-6
"""Share of a value within which another is the same."""

_NAMED = 6
"""Losers and gainers named at most."""


@dataclass(frozen=True)
class Asked:
    """A question about one warehouse, and maybe one district.

    Parameters
    ----------
    question
        ``why`` or ``why_not``.
    warehouse, district
        Positions in the case; no district: all that it sends, or might.
    """

    question: str
    warehouse: int
    district: int | None = None


def answer_choice(
    case: Case,
    plan: Plan,
    scenario: str,
    asked: Asked,
    options: SolveOptions,
    on_progress: OnProgress = lambda _: None,
) -> list[Choice]:
    """Force a choice and say what that changes, stage by stage.

    Parameters
    ----------
    case, plan
        The case as it was before any change, and a certified plan of it.
    scenario
        Code of the scenario.
    asked
        The question.
    options
        Gap, time limit, threads, seed.
    on_progress
        Hears how far the forced solve is.

    Raises
    ------
    ConflictError
        If the plan does already, or does not, what the question takes for granted.
    """
    now = situation_of(case, plan, scenario)
    _check_asked(now, asked)
    needs = {
        (row.district, row.item) for row in now.case.scenario_demand if row.scenario == scenario
    }
    grounds = Grounds(now.case, now.placement, scenario, needs, now.present, now.before)
    standing = Standing.of(grounds.true, now.present, now.objective)
    is_home = grounds.true.warehouse == asked.warehouse
    home = int(np.argmax(is_home)) if is_home.any() else -1
    districts = grounds.true.district
    if asked.district is not None:
        districts = districts[districts == asked.district]
    places, problem = np.flatnonzero(np.isin(grounds.true.district, districts)), standing.problem
    is_asked = (problem.warehouse == home) & np.isin(problem.district, places)
    answer = _Answer(now, plan, asked, standing)
    if asked.question == "why_not" and not is_asked.any():
        if _goes_through_hubs(standing, now, asked, home):
            things = no_more(grounds, asked.warehouse, shortfalls(case, plan, scenario))
            return [answer.impossible(things).model_copy(update={"alternative": "more"})]
        wanted = districts if asked.district is None else np.array([asked.district])
        return [answer.impossible(obstacles(grounds, asked.warehouse, wanted))]
    if asked.district is None:
        # What a warehouse sends, it sends to hubs, too: the last districts stand for them.
        places = np.append(places, np.arange(len(districts), problem.data.district_count))
    least: float | None = None
    things = ()
    if asked.question == "why_not":
        least = answer.sent_units + 1.0
        if asked.district is None and answer.sent_units > 0:
            things = no_more(grounds, asked.warehouse, shortfalls(case, plan, scenario))
    found = forced(standing, Forcing(home, places, least), options, on_progress)
    return answer.rows(found, things)


def _goes_through_hubs(standing: Standing, now: Situation, asked: Asked, home: int) -> bool:
    """Whether a warehouse without trips to districts has trips to hubs.

    Raises
    ------
    ConflictError
        If it is asked about one district: whose the goods at a hub are nobody can say.
    """
    problem = standing.problem
    to = standing.is_leg(np.flatnonzero(problem.warehouse == home))
    if not to.any():
        return False
    if asked.district is not None:
        code = now.case.warehouses[asked.warehouse].warehouse
        whom = now.case.districts[asked.district].district
        raise ConflictError(
            f"goods of warehouse {code!r} come to district {whom!r} through hubs only, and what "
            "is at a hub is not told apart by warehouse. "
            f"Maybe ask --why-not of the hub, or --why-not {code} without --district."
        )
    return True


def _check_asked(now: Situation, asked: Asked) -> None:
    """Refuse a question whose premise the plan does not fulfil."""
    case, present = now.case, now.present
    home = case.warehouses[asked.warehouse].warehouse
    is_here = np.ones(len(present), dtype=bool)
    where, whom = "anywhere", ""
    if asked.district is not None:
        is_here = present.district == asked.district
        whom = case.districts[asked.district].district
        where = f"to district {whom!r}"
    to = {case.warehouses[w].warehouse for w in present.warehouse[is_here].tolist()}
    if asked.question == "why" and home not in to:
        before = now.before
        if before is not None and any(
            trip.warehouse == home and whom in ("", trip.district) for trip in before.trips
        ):
            raise ConflictError(
                f"what warehouse {home!r} sends {where} under the plan has left before hour "
                f"{before.at_hours:g} and stays as it is. Maybe ask of the plan before."
            )
        served = ", ".join(sorted(to)) or "none"
        raise ConflictError(
            f"warehouse {home!r} sends nothing {where} under the plan "
            f"(those that do: {served}). Maybe ask --why-not {home}."
        )
    if asked.question == "why_not" and asked.district is not None and home in to:
        raise ConflictError(
            f"warehouse {home!r} does serve district {whom!r} under the plan. "
            f"Maybe ask --why {home}."
        )


class _Answer:
    """Writes what was found as rows.

    Parameters
    ----------
    now, plan, asked, standing
        The scenario, the plan, the question, the plan as the engine sees it.
    """

    def __init__(self, now: Situation, plan: Plan, asked: Asked, standing: Standing) -> None:
        self._now, self._plan, self._asked, self._standing = now, plan, asked, standing
        present = now.present
        is_own = present.warehouse == asked.warehouse
        if asked.district is not None:
            is_own &= present.district == asked.district
        self._trips = int(is_own.sum())
        self._sent = present.load_units[is_own].sum(axis=0)

    @property
    def sent_units(self) -> float:
        """Units that go by trips that have not left. [units]."""
        return float(self._sent.sum())

    def _sends(self) -> str:
        """What the warehouse sends of what it has: ``3 trips; TENT 30 of 100``."""
        case, held = self._now.case, self._standing.inputs.held
        usable = held.usable_units[self._asked.warehouse]
        is_hub = case.warehouses[self._asked.warehouse].state == "hub"
        goods = [
            f"{row.item} {units:,.6g}" + ("" if is_hub else f" of {there:,.6g}")
            for row, units, there in zip(
                case.items, self._sent.tolist(), usable.tolist(), strict=True
            )
            if units > 0 or there > 0
        ]
        return "; ".join([f"{self._trips} trips", *goods])

    def _row(self, things: tuple[str, ...]) -> Choice:
        """What is the same in every row."""
        case, asked = self._now.case, self._asked
        district = None if asked.district is None else case.districts[asked.district].district
        more = "more" if self.sent_units > 0 else "with"
        return Choice(
            scenario=self._now.scenario,
            question="why" if asked.question == "why" else "why_not",
            warehouse=case.warehouses[asked.warehouse].warehouse,
            district=district,
            alternative="without" if asked.question == "why" else more,
            stage="unmet",
            plan_value=0.0,
            sends=self._sends(),
            reason="; ".join(WORDS.get(thing, thing) for thing in things),
        )

    def impossible(self, things: tuple[str, ...]) -> Choice:
        """Say that no trip is possible, and what would make one."""
        leading = next((row for row in self._plan.stages if row.part == self._now.scenario), None)
        if leading is None:
            raise NotFoundError(f"scenario {self._now.scenario!r} has no stages in the plan.")
        return self._row(things).model_copy(
            update={
                "stage": leading.stage,
                "plan_value": leading.objective,
                "plan_bound": leading.bound,
            }
        )

    def rows(self, found: Forced, things: tuple[str, ...]) -> list[Choice]:
        """One row for each stage of the plan."""
        standing = self._standing
        losers = gainers = ""
        if found.result is not None:
            change = standing.delivered_by(found.result) - standing.delivered
            losers, gainers = changed(self._now.case, standing, change)
        rows: list[Choice] = []
        for stage in (row for row in self._plan.stages if row.part == self._now.scenario):
            name = "served_cost" if standing.objective == "cost" else stage.stage
            value = found.values.get(name)
            bound = found.bounds.get(name, stage.bound)
            if value is not None and bound is not None:
                bound = min(value, max(bound, stage.bound or 0.0))
            update = {
                "stage": stage.stage,
                "plan_value": stage.objective,
                "plan_bound": stage.bound,
                "forced_value": value,
                "forced_bound": None if value is None else bound,
                "difference": None if value is None else value - stage.objective,
                "is_distinguishable": told_apart(stage.objective, value, bound, rows),
                "losers": losers,
                "gainers": gainers,
            }
            rows.append(self._row(things).model_copy(update=update))
        return rows if found.result is not None else rows[:1]


def told_apart(
    plan_value: float, value: float | None, bound: float | None, earlier: list[Choice]
) -> bool | None:
    """Say whether a forced plan is known to be worse in a stage, or is better.

    Parameters
    ----------
    plan_value, value, bound
        Value of the plan and of the forced one, and the bound of forced plans.
    earlier
        Rows of the stages before: what is better here at their expense is not better, and where
        the forced plan is better there, nothing is proven here.
    """
    if value is None:
        return None
    change = [(row.difference or 0.0) / _slack(row.plan_value) for row in earlier]
    if any(each < -1.0 for each in change):
        return False
    if bound is not None and bound > plan_value + _slack(plan_value):
        return True
    return value < plan_value - _slack(plan_value) and not any(each > 1.0 for each in change)


def _slack(value: float) -> float:
    """Values closer than this are the same."""
    return SLACK * max(1.0, abs(value))


def changed(case: Case, standing: Standing, change: NDArray[np.float64]) -> tuple[str, str]:
    """Name who gets less and who gets more, the most first.

    Parameters
    ----------
    case
        The case.
    standing
        The plan compared with.
    change
        Units more than under the plan, shape (district, item). [units]
    """
    texts = []
    for sign in (-1.0, 1.0):
        amount = sign * change
        pairs = sorted(np.argwhere(amount > 0.5).tolist(), key=lambda pair: -amount[tuple(pair)])
        named = [
            f"{case.districts[standing.inputs.district[d]].district} {case.items[i].item} "
            f"{amount[d, i]:,.6g}"
            for d, i in pairs[:_NAMED]
        ]
        more = len(pairs) - len(named)
        texts.append("; ".join([*named, f"+{more}"] if more > 0 else named))
    return texts[0], texts[1]

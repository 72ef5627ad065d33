"""One scenario assessed: which losses to ask for, in which order, and what they come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from allocator.coordination.figures import DepartmentFigures, ScenarioFigures, SpeedFigures
from allocator.coordination.game import Split, game_of
from allocator.coordination.known import KnownLosses, View
from allocator.coordination.loss import Losses
from allocator.coordination.margins import Margin, Margins
from allocator.coordination.ranges import NOTHING, Range
from allocator.coordination.release_tables import SPEEDS, ReleaseTables, SignOffSpeed

__all__ = ["Drawing", "assess"]


@dataclass(frozen=True)
class Drawing:
    """How orders are drawn where a game is too large to be exact.

    Parameters
    ----------
    pair_count
        Pairs of opposite orders.
    seed
        Of the draws.
    """

    pair_count: int = 100
    seed: int = 0


def assess(
    scenario: str,
    tables: ReleaseTables,
    losses: Losses,
    drawing: Drawing,
    is_over: Callable[[], bool] = lambda: False,
    on_question: Callable[[int, int], None] = lambda _known, _wanted: None,
) -> ScenarioFigures:
    """Work out the key figures of one scenario.

    The four speeds are asked for whatever the time; then coalitions of one and all but one with an
    hour more and less of each department, and the other coalitions.

    Parameters
    ----------
    scenario
        Its code.
    tables
        Its hours of release.
    losses
        What its dispatch loses.
    drawing
        For games that are too large.
    is_over
        Whether time is up; then what is known is told, with its intervals.
    on_question
        Hears how many tables are known, and how many are wanted by now.
    """
    known = KnownLosses(tables, losses, is_over, on_question)
    speeds = {speed: tables.load_starts(tables.at(speed)) for speed in SPEEDS}
    known.ask(speeds.values(), is_needed=True)
    game, margins = game_of(tables, drawing.pair_count, drawing.seed), Margins(tables)
    questions = list(game.questions())
    first = 2 * len(game.players) + 2
    known.ask([*questions[:first], *margins.questions()])
    known.ask(questions[first:])
    view = known.view()
    split, hour = game.split(view), margins.read(view)
    return ScenarioFigures(
        scenario=scenario,
        speeds={speed: _speed(tables, speed, view) for speed in SPEEDS},
        departments={
            code: _department(split, code, hour[code], tables.overrun_hours[code])
            for code in tables.departments
        },
        total=split.total,
        total_person_hours=split.total_person_hours,
        unsplit=_unsplit(split),
        unsplit_person_hours=split.total_person_hours - sum(split.person_hours),
        questions_count=known.wanted_count,
        solved_count=int(view.is_known.sum()),
        coalition_count=split.coalition_count,
        solves=losses.solves,
        asked=losses.asked,
        is_stopped=known.is_stopped,
    ).added_up()


def _speed(tables: ReleaseTables, speed: SignOffSpeed, view: View) -> SpeedFigures:
    """Figures at one speed."""
    table = tables.at(speed)
    starts = tables.load_starts(table)
    row = view.places[starts.tobytes()]
    first, last = tables.first_and_last(table)
    return SpeedFigures(
        loss=view.loss(starts),
        person_hours=float(view.person_hours[row]),
        served_share=float(view.served_share[row]),
        first_hours=first,
        last_hours=last,
    )


def _department(split: Split, code: str, margin: Margin, overrun_hours: float) -> DepartmentFigures:
    """Figures of one department."""
    if code not in split.players:
        error = None if split.half_width is None else 0.0
        return DepartmentFigures(NOTHING, error, 0.0, margin.plus, margin.minus, overrun_hours)
    place = split.players.index(code)
    return DepartmentFigures(
        share=split.shares[place],
        sampling_error=None if split.half_width is None else split.half_width[place],
        person_hours=split.person_hours[place],
        plus=margin.plus,
        minus=margin.minus,
        overrun_hours=overrun_hours,
    )


def _unsplit(split: Split) -> Range:
    """What of the delay cost is charged to nobody, and what the gaps leave open of it."""
    charged = sum(share.value for share in split.shares)
    left = 0.0 if split.is_whole else split.total.value - charged
    return Range(left, min(split.total.low - charged, left), max(split.total.high - charged, left))

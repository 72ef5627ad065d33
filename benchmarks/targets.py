"""What is asked of the product, beside what it reaches: whole commands and the literature.

Each row of a command runs ``allocator place`` in a process of its own and keeps the wall clock, the
memory of the largest process, the gaps of the two headline stages, and what was watched inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.command_runs import CommandRun, run_command
from benchmarks.growth import MEMORY as GROWING_MEMORY
from benchmarks.growth import GrowthRow, PowerLaw, fit_power, growth_row, laws_of
from benchmarks.instance_runs import InstanceRun, summary_of
from benchmarks.machine import machine_of_today
from benchmarks.placement import COMPARED
from benchmarks.race import RACES
from benchmarks.target_rows import BUILDING, LITERATURE_TIME, LITERATURE_VALUES, MEMORY, Ask, Target

__all__ = [
    "TargetRow",
    "Verdict",
    "command_verdict",
    "literature_verdicts",
    "measure_target",
    "target_document",
    "verdicts_of",
]


@dataclass(frozen=True)
class TargetRow:
    """What one command reached.

    Parameters
    ----------
    target
        What was asked.
    seconds
        Whole command. [s]
    memory_gb
        Largest process. [GB]
    certified
        Whether the replay found nothing wrong.
    gaps, controllable_gaps
        By headline stage; None without a bound.
    error
        What the command said if it made no plan.
    notes
        What was watched, see ``benchmarks/watch.py`` and ``benchmarks/whole_command.py``.
    """

    target: Target
    seconds: float
    memory_gb: float
    certified: bool
    gaps: Mapping[str, float | None]
    controllable_gaps: Mapping[str, float | None]
    error: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def building_share(self) -> float | None:
        """Part of the whole command that the solving process spent on building."""
        seconds = self.notes.get("building_seconds")
        return None if seconds is None else seconds / self.seconds

    def shortfalls(self) -> list[str]:
        """Say of each figure that was missed by how much; empty if all is as asked."""
        asked = self.target
        if self.error:
            return [f"no plan: {self.error}"]
        found = [(stage, self.gaps.get(stage)) for stage in asked.stages if asked.is_whole]
        # Where the whole gap is too wide, so is what is left of it.
        found += [
            (f"{stage} controllable", self.controllable_gaps.get(stage))
            for stage, gap in [(stage, self.gaps.get(stage)) for stage in asked.stages]
            if not asked.is_whole or (gap is not None and gap <= asked.gap)
        ]
        words = [
            f"{name} {'without a bound' if gap is None else percent(gap)} instead of "
            f"{100 * asked.gap:g} %"
            for name, gap in found
            if gap is None or gap > asked.gap
        ]
        if self.seconds > asked.seconds:
            words.append(f"{self.seconds / asked.seconds:.1f} x the time")
        if self.memory_gb > asked.memory_gb:
            words.append(f"{self.memory_gb / asked.memory_gb:.1f} x the memory")
        if not self.certified:
            words.append("not certified by the replay")
        return words

    @property
    def is_reached(self) -> bool:
        """Whether gaps, time, memory and replay are as asked."""
        return not self.shortfalls()


def percent(share: float) -> str:
    """Return a share in words, with as many digits as tell it from its neighbours."""
    return f"{100 * share:.3g} %" if share < 0.1 else f"{100 * share:.0f} %"


def measure_target(target: Target, tell: Callable[[str], None]) -> TargetRow:
    """Run one command.

    Parameters
    ----------
    target
        What is asked.
    tell
        Hears what is being done.
    """
    said = f"{target.name}: allocator {target.verb} {target.case}"
    tell(f"{said}, at most {target.limit_seconds:g} s")
    words = ["--gap", f"{target.gap:g}", "--time-limit", f"{target.limit_seconds:g}"]
    return row_of(target, run_command(target.case, [*words, *target.words], verb=target.verb))


def row_of(target: Target, run: CommandRun) -> TargetRow:
    """Read what a command reached."""
    plan = run.answer or {"stages": []}
    stages = {row["stage"]: row for row in plan["stages"] if row["stage"] in COMPARED}
    return TargetRow(
        target,
        run.seconds,
        run.memory_gb,
        bool(plan.get("certified")),
        {name: stage["gap"] for name, stage in stages.items()},
        {name: stage["controllable_gap"] for name, stage in stages.items()},
        run.error,
        run.notes,
    )


@dataclass(frozen=True)
class Verdict:
    """One line of the table of everything.

    Parameters
    ----------
    name, subject, asked
        What was asked of what.
    found
        What was measured, in words.
    missed
        By how much it was missed; empty if it is reached, None if it was not measured.
    why
        Why it falls short; empty if it does not.
    """

    name: str
    subject: str
    asked: str
    found: str
    missed: str | None
    why: str = ""


def verdicts_of(
    rows: Sequence[TargetRow],
    literature: Mapping[str, Sequence[InstanceRun]] | None,
    literature_gap: float,
    growth: Sequence[GrowthRow] | None,
) -> list[Verdict]:
    """Set everything that was measured beside what was asked.

    Parameters
    ----------
    rows
        Of the commands.
    literature
        Runs of ``race`` by set; None if they were not made.
    literature_gap
        Gap to which these runs were solved.
    growth
        Runs of ``growth``, for the memory; None takes the commands themselves.
    """
    found = [command_verdict(row) for row in rows]
    if rows:
        found.append(_building_verdict(rows))
    if rows or growth:
        found.append(_memory_verdict(rows, growth))
    if literature is not None:
        found += literature_verdicts(literature, literature_gap)
    return found


def command_verdict(row: TargetRow) -> Verdict:
    """Judge one command."""
    target = row.target
    kind = "" if target.is_whole else " controllable"
    asked = f"{100 * target.gap:g} %{kind} in {target.seconds:g} s, {target.memory_gb:g} GB"
    gaps = [f"{stage} {_gap(row.gaps.get(stage))}" for stage in COMPARED]
    if not target.is_whole:
        gaps += [
            f"{stage} controllable {_gap(row.controllable_gaps.get(stage))}"
            for stage in target.stages
        ]
    found = ", ".join([*gaps, f"{row.seconds:.0f} s", f"{row.memory_gb:.2f} GB"])
    missed = "; ".join(row.shortfalls())
    subject = f"`{target.case}`, {target.size}"
    return Verdict(target.name, subject, asked, found, missed, target.why if missed else "")


def _gap(gap: float | None) -> str:
    return "none" if gap is None else percent(gap)


def _judged(ask: Ask, found: str, value: float | None, missed: str) -> Verdict:
    """Judge a figure that has a largest value; None was not measured."""
    if value is None:
        return Verdict(ask.name, ask.subject, ask.asked, found, None)
    is_short = value > ask.most
    return Verdict(
        ask.name,
        ask.subject,
        ask.asked,
        found,
        missed if is_short else "",
        ask.why if is_short else "",
    )


def _building_verdict(rows: Sequence[TargetRow]) -> Verdict:
    """Judge the share of building: the largest of all commands counts."""
    shares = [(row.building_share, row.target.name) for row in rows]
    share, name = max(
        ((share, name) for share, name in shares if share is not None), default=(None, "")
    )
    if share is None:
        return _judged(BUILDING, "not measured", None, "")
    times = share / BUILDING.most
    return _judged(BUILDING, f"{percent(share)} ({name})", share, f"{times:.1f} x the share")


def _memory_verdict(rows: Sequence[TargetRow], growth: Sequence[GrowthRow] | None) -> Verdict:
    """Judge how memory grows, over growth's runs or the commands."""
    if growth is None:
        law = _law_of_commands(rows)
        source = "of the rows above"
    else:
        every, large = laws_of(growth, GROWING_MEMORY, 1.0)
        law = every if large.exponent is None else large
        source = "of `growth`"
    if law.exponent is None:
        return _judged(MEMORY, f"too few runs ({law.runs}) {source}", None, "")
    found = f"exponent {law.exponent:.2f} ± {law.error:.2f} over {law.runs} runs {source}"
    return _judged(MEMORY, found, law.exponent, f"{law.exponent:.2f} instead of {MEMORY.most:g}")


def _law_of_commands(rows: Sequence[TargetRow]) -> PowerLaw:
    """Fit the memory of the commands, the longest run of each size."""
    points: dict[int, float] = {}
    for row in rows:
        run = CommandRun(row.seconds, row.memory_gb, None, row.error, row.notes)
        grown = growth_row("targets", row.target.case, run)
        if grown.lanes and grown.added_memory_gb:
            points[grown.lanes] = max(points.get(grown.lanes, 0.0), grown.added_memory_gb)
    return fit_power(list(points), list(points.values()))


def literature_verdicts(sets: Mapping[str, Sequence[InstanceRun]], gap: float) -> list[Verdict]:
    """Judge runs of the literature: values, then time to proof.

    Parameters
    ----------
    sets
        Runs by set. A set of ``RACES`` that is not among them was not measured, and then the
        values cannot have been reached.
    gap
        Gap to which they were solved.
    """
    runs = [run for own in sets.values() for run in own]
    absent = [race.name for race in RACES if race.name not in sets]
    compared = [run for run in runs if run.known is not None]
    open_runs = [run for run in compared if run.verdict not in ("reproduced", "improved")]
    improved = sum(run.verdict == "improved" for run in compared)
    found = f"{len(compared) - len(open_runs)} of {len(compared)}"
    found += f", {improved} of them improved" if improved else ""
    names = ", ".join(_named(run) for run in open_runs[:12])
    names += f" and {len(open_runs) - 12} more" if len(open_runs) > 12 else ""
    share = len(open_runs) / len(compared) if compared else None
    missed = [f"{len(open_runs)} missing: {names}"] if open_runs else []
    if absent:
        missed.append(f"not measured: {', '.join(absent)}")
        share = None if share is None else max(share, 1.0)
    values = _judged(LITERATURE_VALUES, found, share, "; ".join(missed))
    means = summary_of(list(runs), gap)
    best = means.get("best") or next(iter(means.values()), None)
    if best is None or best["ratio"] is None:
        return [values, _judged(LITERATURE_TIME, "no other solver was run", None, "")]
    found = f"{best['ratio']:.2f} over {best['instances']} instances"
    found += f" ({best['at_most']} of them at most, {best['unproven']} proven by nobody)"
    times = f"{best['ratio']:.2f} instead of {LITERATURE_TIME.most:g}"
    return [values, _judged(LITERATURE_TIME, found, best["ratio"], times)]


def _named(run: InstanceRun) -> str:
    """Return the family's folder and the instance, as p7 is one of several sets."""
    family = run.file.replace("\\", "/").split("/")[-2:-1]
    return "/".join([*family, run.instance])


def target_document(
    rows: Sequence[TargetRow], verdicts: Sequence[Verdict], command: str = "targets"
) -> dict[str, Any]:
    """Return the measurement of a verb as one JSON document."""
    return {
        "command": command,
        "machine": machine_of_today(),
        "rows": [
            {**asdict(row), "is_reached": row.is_reached, "building_share": row.building_share}
            for row in rows
        ],
        "verdicts": [{**asdict(one), "is_reached": one.missed == ""} for one in verdicts],
    }

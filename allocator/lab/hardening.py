"""Which single link to harden first: each is reduced in turn, and the failure computed again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from allocator.case import Case
from allocator.lab.cascade import DrillCourse, run_cascade
from allocator.lab.dispatch_value import Added, DispatchValue, Valuer, added_value, difference
from allocator.lab.drills import in_sample, with_drill
from allocator.lab.sector_losses import failure_hours, loss_cny
from allocator.schema.lab import Dependency, Drill, Sector, SectorLink
from allocator.schema.lab_results import Hardening, HardeningKind
from allocator.schema.procedure import ApprovalStep

__all__ = ["Candidate", "candidates", "hardening_rows", "priced"]

T = TypeVar("T")


@dataclass(frozen=True)
class Candidate:
    """One hardened link and what that saves.

    Parameters
    ----------
    kind, subject
        What is hardened.
    before, after
        Its figure.
    case, course
        The case with it, and the drill in that case.
    saved_loss_cny
        Less output lost. [CNY]
    saved_failure_hours
        Less hours of full failure, over all sectors. [h]
    saved_sign_off_hours
        Steps are signed so much earlier, summed. [h]
    saved_effect_hours
        Less effect on the dispatch: effect x failure, over links and hours. [h]
    saved
        Less added cost of the dispatch; None where it was not dispatched.
    """

    kind: HardeningKind
    subject: str
    before: float
    after: float
    case: Case
    course: DrillCourse
    saved_loss_cny: float
    saved_failure_hours: float
    saved_sign_off_hours: float
    saved_effect_hours: float
    saved: Added | None = None

    @property
    def rank_key(self) -> tuple[float, ...]:
        """Order: money saved first, of the dispatch what is proven; then what has no price."""
        proven = 0.0
        if self.saved is not None:
            proven = max(0.0, self.saved.low_cny) + min(0.0, self.saved.high_cny)
        likely = 0.0 if self.saved is None else self.saved.cny
        return (
            -(self.saved_loss_cny + proven),
            -likely,
            -self.saved_failure_hours,
            -self.saved_effect_hours,
            -self.saved_sign_off_hours,
        )


def candidates(case: Case, drill: Drill, course: DrillCourse, reduction: float) -> list[Candidate]:
    """Every single link, reduced, the one that saves most first.

    Parameters
    ----------
    case, drill, course
        The drill as it runs today.
    reduction
        Part by which a figure is lowered, in (0, 1); a recovery rate is divided by the rest.
    """
    now = _Measures(case, course)
    found = []
    for kind, subject, before, after, changed in _changes(case, drill, reduction):
        again = run_cascade(changed, drill)
        then = _Measures(changed, again)
        found.append(
            Candidate(
                kind=kind,
                subject=subject,
                before=before,
                after=after,
                case=changed,
                course=again,
                saved_loss_cny=now.loss_cny - then.loss_cny,
                saved_failure_hours=now.failure_hours - then.failure_hours,
                saved_sign_off_hours=now.sign_off_hours - then.sign_off_hours,
                saved_effect_hours=now.effect_hours - then.effect_hours,
            )
        )
    return sorted(found, key=lambda each: each.rank_key)


class _Measures:
    """What a drill comes to, without any dispatch."""

    def __init__(self, case: Case, course: DrillCourse) -> None:
        self.loss_cny = loss_cny(case, course)
        self.failure_hours = float(failure_hours(course).sum())
        enabled = {(row.procedure, row.step) for row in case.approval_steps if row.is_enabled}
        self.sign_off_hours = sum(course.steps[key].end_hours for key in enabled)
        lasted = dict(zip(course.sectors, course.inoperability.sum(axis=0).tolist(), strict=True))
        self.effect_hours = sum(row.effect * lasted[row.sector] for row in case.sector_links)


_Change = tuple[HardeningKind, str, float, float, Case]


def _changes(case: Case, drill: Drill, reduction: float) -> Iterator[_Change]:
    """Cases in which one figure is reduced."""
    kept = 1.0 - reduction
    dependencies, links, sectors = case.dependencies, case.sector_links, case.sectors
    for k, entry in enumerate(dependencies):
        after = entry.dependency_share * kept
        changed = _exchanged(dependencies, k, entry.model_copy(update={"dependency_share": after}))
        subject = f"{entry.sector} <- {entry.depends_on}"
        made = case.replace(Dependency, changed)
        yield "dependency", subject, entry.dependency_share, after, made
    for k, link in enumerate(links):
        after = link.effect * kept
        weaker = _exchanged(links, k, link.model_copy(update={"effect": after}))
        subject = f"{link.sector} -> {link.acts_on}" + (f" {link.subject}" if link.subject else "")
        yield "link", subject, link.effect, after, case.replace(SectorLink, weaker)
    for k, sector in enumerate(sectors):
        after = min(1.0, sector.recovery_per_hour / kept)
        faster = _exchanged(sectors, k, sector.model_copy(update={"recovery_per_hour": after}))
        made = case.replace(Sector, faster)
        yield "recovery", sector.sector, sector.recovery_per_hour, after, made
    yield from _shorter_steps(case, drill, kept)


def _shorter_steps(case: Case, drill: Drill, kept: float) -> Iterator[_Change]:
    """Cases in which one step takes less time, of the procedures that the drill is about."""
    steps = case.approval_steps
    ending = {row.until_procedure for row in case.shocks if row.drill == drill.drill}
    for k, step in enumerate(steps):
        if step.procedure not in {drill.procedure, *ending} or not step.is_enabled:
            continue
        update: dict[str, object] = {"duration_hours": step.duration_hours * kept}
        if step.verbal_hours is not None:
            update["verbal_hours"] = step.verbal_hours * kept
        shorter = _exchanged(steps, k, step.model_copy(update=update))
        subject = f"{step.procedure}/{step.step} {step.name}"
        made = case.replace(ApprovalStep, shorter)
        yield "step", subject, step.duration_hours, step.duration_hours * kept, made


def _exchanged(rows: Sequence[T], place: int, row: T) -> list[T]:
    """Rows with one of them exchanged."""
    return [*rows[:place], row, *rows[place + 1 :]]


def priced(
    found: Sequence[Candidate], drill: Drill, failing: DispatchValue, value: Valuer, most: int
) -> list[Candidate]:
    """Dispatch the drill again for the best few, and rank anew.

    The best few are the first ones, and as many of those that take most off what reaches the
    dispatch.

    Parameters
    ----------
    found
        Candidates, the best first.
    drill
        The drill.
    failing
        Value of the dispatch under the drill as it is.
    value
        Values a scenario.
    most
        How many of each kind of best.
    """
    useful = [each for each in found if each.saved_loss_cny > 0 or each.saved_failure_hours > 0]
    chosen = {id(each) for each in useful[:most]}
    reaching = [each for each in found if each.saved_effect_hours > 0 and id(each) not in chosen]
    reaching.sort(key=lambda each: -each.saved_effect_hours)
    chosen |= {id(each) for each in reaching[:most]}
    told = []
    for each in found:
        if id(each) in chosen:
            made = in_sample(with_drill(each.case, drill, each.course), drill.drill)
            hardened = value(made, drill.drill)
            # A sector that is mended faster fails faster, too: it may make things worse.
            measure = difference if each.kind == "recovery" else added_value
            told.append(replace(each, saved=measure(hardened, failing)))
        else:
            told.append(each)
    return sorted(told, key=lambda each: each.rank_key)


def hardening_rows(drill: Drill, found: Sequence[Candidate]) -> list[Hardening]:
    """Candidates as rows, the best first.

    Parameters
    ----------
    drill
        The drill.
    found
        Candidates in their order.
    """
    return [
        Hardening(
            drill=drill.drill,
            rank=rank,
            kind=each.kind,
            subject=each.subject,
            before=each.before,
            after=each.after,
            saved_loss_cny=each.saved_loss_cny,
            saved_failure_hours=each.saved_failure_hours,
            saved_effect_hours=each.saved_effect_hours,
            saved_sign_off_hours=each.saved_sign_off_hours,
            saved_cny=None if each.saved is None else each.saved.cny,
            saved_low_cny=None if each.saved is None else each.saved.low_cny,
            saved_high_cny=None if each.saved is None else each.saved.high_cny,
        )
        for rank, each in enumerate(found, start=1)
    ]

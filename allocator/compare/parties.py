"""What is compared: plans with their names, and their cases where these are at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from allocator.case import Case
from allocator.errors import ConflictError, ReplayError
from allocator.plan import Plan
from allocator.replay import CASE_DIGEST, verify
from allocator.revisions import shown_case

__all__ = ["Compared", "check_names", "check_replay"]


@dataclass(frozen=True)
class Compared:
    """A plan that is compared with others.

    Parameters
    ----------
    name
        What it is called in the comparison.
    plan
        The plan.
    case
        Its case as it was before any change; None if it is not at hand: then inputs are not
        compared, nor figures that need its weights, and the plan cannot be replayed.
    """

    name: str
    plan: Plan
    case: Case | None = None

    @cached_property
    def shown(self) -> Case | None:
        """The case with the changes of the plan's re-plans."""
        return None if self.case is None else shown_case(self.case, self.plan)

    @property
    def digest(self) -> str:
        """Digest of the case; that which the plan tells, where the case is not at hand."""
        return self.plan.run_info.get(CASE_DIGEST, "") if self.case is None else self.case.digest


def check_names(compared: Sequence[Compared]) -> None:
    """Refuse a comparison of fewer than two plans, or of plans of one name.

    Raises
    ------
    ConflictError
        If there are fewer than two, or two have the same name.
    """
    names = [one.name for one in compared]
    if len(names) < 2:
        raise ConflictError(
            f"plans to compare ({len(names)}) must be two or more. Maybe name a base and another."
        )
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ConflictError(
            f"plan {doubled[0]!r} is named twice. Maybe give each plan a name of its own."
        )


def check_replay(compared: Compared) -> None:
    """Refuse a plan that is not of its case, or does not survive the replay.

    Without a case there is nothing to replay: such a plan must at least have been certified when
    it was written.

    Raises
    ------
    ConflictError
        If the plan was made from another case, or says of itself that it was never certified.
    ReplayError
        If the replay finds a violation; its messages begin with the name of the plan.
    """
    plan, case = compared.plan, compared.case
    if case is None:
        if plan.run_info.get("certified") != "yes":
            raise ConflictError(
                f"{compared.name}: certified ({plan.run_info.get('certified', '')}) must be yes "
                "where there is no case to replay it from. Maybe give its case."
            )
        return
    try:
        plan.check_case(case.digest)
    except ConflictError as error:
        raise ConflictError(f"{compared.name}: {error}") from error
    verdict = verify(case, plan)
    if not verdict.certified:
        raise ReplayError(
            [
                replace(each, message=f"{compared.name}: {each.message}")
                for each in verdict.violations
            ]
        )

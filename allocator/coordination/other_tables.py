"""Tables beside the delay cost: steps, releases, paper and wheels, owners, duties."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from allocator.case import Case
from allocator.coordination.options import CoordinationOptions
from allocator.plan import Plan
from allocator.schema.coordination import Duty, Owner, PaperAndWheels, ReleaseHours, SignOffStep
from allocator.schema.row import Row

__all__ = ["SignOffTables", "duty_tables", "plan_tables", "sign_off_tables"]


@dataclass
class SignOffTables:
    """What simulated courses of the sign-offs say.

    Parameters
    ----------
    rows
        Rows of the sheets.
    criticality
        Chance that a department decides a release, by scenario and department.
    """

    rows: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    criticality: dict[str, Mapping[str, float]] = field(default_factory=dict)


def _lent(module: str, name: str) -> Any:
    """Name of a module of another part, None where this build has none such."""
    home, _, _ = module.rpartition(".")
    if find_spec(home) is None or find_spec(module) is None:
        return None
    return getattr(import_module(module), name, None)


def sign_off_tables(
    case: Case, scenarios: Sequence[str], stock: Plan | None, options: CoordinationOptions
) -> SignOffTables:
    """Steps and releases of each scenario over many simulated courses.

    Parameters
    ----------
    case, scenarios
        The case and codes of scenarios.
    stock
        Plan whose stock holds; None for today's.
    options
        How many courses, and which.
    """
    study_of = _lent("allocator.coordination.sign_off_rows", "SignOffStudy")
    found = SignOffTables()
    if study_of is None:
        return found
    seed = case.settings.seed if options.seed is None else options.seed
    steps: list[Row] = []
    releases: list[Row] = []
    for code in scenarios:
        study = study_of(case, code, stock, samples=options.samples, seed=seed)
        steps += study.step_rows()
        releases += study.release_rows()
        found.criticality[code] = study.department_criticality()
    found.rows = {SignOffStep.sheet: tuple(steps), ReleaseHours.sheet: tuple(releases)}
    return found


def plan_tables(case: Case, plan: Plan, options: CoordinationOptions) -> dict[str, tuple[Row, ...]]:
    """Hours on paper and on wheels, and who answers for shortages and late arrivals.

    Parameters
    ----------
    case
        The case.
    plan
        With dispatches.
    options
        Language of the sentences.
    """
    found: defaultdict[str, tuple[Row, ...]] = defaultdict(tuple)
    wheels = _lent("allocator.coordination.paper_and_wheels", "paper_and_wheels")
    if wheels is not None:
        found[PaperAndWheels.sheet] = tuple(wheels(case, plan))
    owners = _lent("allocator.responsibility.owners", "owner_rows")
    if owners is not None:
        found[Owner.sheet] = tuple(owners(case, plan, lang=options.lang))
    return dict(found)


def duty_tables(case: Case, options: CoordinationOptions) -> dict[str, tuple[Row, ...]]:
    """What each department has to do, by when, and to whom it hands over.

    Parameters
    ----------
    case
        The case.
    options
        Language of what is not a name.
    """
    duties = _lent("allocator.responsibility.duties", "duty_rows")
    return {} if duties is None else {Duty.sheet: tuple(duties(case, lang=options.lang))}

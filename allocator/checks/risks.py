"""Risk elements must agree with the library, with each other and with the scenarios."""

from __future__ import annotations

from allocator.checks.procedures import split_codes
from allocator.checks.risk_amounts import check_amounts
from allocator.checks.risk_cascades import check_cascades, reached
from allocator.checks.risk_people import check_people
from allocator.draft import Draft, Table
from allocator.errors import ConflictError
from allocator.risks.codes import WHOLE_CLASS, RiskCode, format_code, is_class_code, parse_code
from allocator.schema.disaster import Scenario
from allocator.schema.risks import Hazard, HazardSubclass, RiskElement

__all__ = ["check_risks"]

Subclasses = dict[str, set[str]]


def check_risks(draft: Draft) -> None:
    """Check the classes, their subclasses, and the records of loss.

    Unknown classes, districts and scenarios, levels out of range and records that stand there
    twice are reported with the other references, ranges and keys.
    """
    _check_standards(draft)
    check_cascades(draft)
    hazards = {row.hazard: row for _, row in draft.rows(Hazard)}
    subclasses = _subclasses(draft)
    for position, row in draft.rows(RiskElement):
        place = (draft.table(RiskElement), position)
        if row.hazard in hazards:
            _check_subclass(draft, place, row, subclasses)
            _check_grain(draft, place, row, hazards[row.hazard])
            _check_code(draft, place, row)
    _check_overlaps(draft)
    _check_scenarios(draft, hazards)
    check_amounts(draft)
    check_people(draft, hazards)


def _check_standards(draft: Draft) -> None:
    """A code of a standard says how sure it is; without a code there is nothing to be sure of."""
    for position, hazard in draft.rows(Hazard):
        _check_standard(draft, draft.table(Hazard), position, hazard)
    for position, subclass in draft.rows(HazardSubclass):
        _check_standard(draft, draft.table(HazardSubclass), position, subclass)


def _check_standard(
    draft: Draft, table: Table, position: int, row: Hazard | HazardSubclass
) -> None:
    """Check one code of a standard."""
    is_told = row.code_status not in (None, "none")
    if row.standard_code and not is_told:
        rule = f"must be given for the code {row.standard_code}"
        hint = "Maybe recalled, or to_verify until someone has looked it up."
        draft.report("code_status", (table, position, "code_status"), row.code_status, rule, hint)
    elif is_told and not row.standard_code:
        rule = f"must not be empty where code_status is {row.code_status}"
        hint = "Maybe fill it in, or set code_status to none."
        draft.report("code_status", (table, position, "standard_code"), None, rule, hint)


def _subclasses(draft: Draft) -> Subclasses:
    """Subclasses of each class, those with other faults in their row included."""
    table = draft.table(HazardSubclass)
    if not {"hazard", "subclass"} <= set(table.values):
        return {}
    found: Subclasses = {}
    pairs = zip(table.values["hazard"], table.values["subclass"], strict=True)
    for hazard, subclass in pairs:
        found.setdefault(str(hazard), set()).add(str(subclass))
    return found


def _check_subclass(
    draft: Draft, place: tuple[Table, int], row: RiskElement, subclasses: Subclasses
) -> None:
    """A record names a subclass of its class, or the whole class."""
    known = subclasses.get(row.hazard, set())
    if row.subclass == WHOLE_CLASS or row.subclass in known:
        return
    sheet = draft.table(HazardSubclass).name
    listed = ", ".join(sorted(known)[:10])
    hint = f"Maybe one of: {listed}." if listed else f"Maybe add it to {sheet}."
    draft.report(
        "unknown_subclass",
        (*place, "subclass"),
        row.subclass,
        f"is no subclass of {row.hazard} in sheet {sheet}, nor {WHOLE_CLASS} for the whole class",
        hint,
    )


def _check_grain(draft: Draft, place: tuple[Table, int], row: RiskElement, hazard: Hazard) -> None:
    """The hour is a multiple of the grain of its class."""
    step = hazard.time_step_hours
    whole = round(row.hour / step)
    if abs(whole * step - row.hour) <= 1e-9 * max(1.0, row.hour):
        return
    begin = int(row.hour // step * step)
    draft.report(
        "risk_grain",
        (*place, "hour"),
        row.hour,
        f"must be a multiple of {step:g} h, the grain of {row.hazard}",
        f"Maybe {begin}, with the losses of these {step:g} h put together.",
    )


def _check_code(draft: Draft, place: tuple[Table, int], row: RiskElement) -> None:
    """A record has a code, and one that is written down says the same as its row."""
    if not is_class_code(row.hazard):
        draft.report(
            "risk_code",
            (*place, "hazard"),
            row.hazard,
            "must be a capital letter and two digits, since it begins the code of a record",
            "Maybe rename the class, for instance R13.",
        )
        return
    code = RiskCode(row.hazard, row.subclass, row.level, row.district, row.hour)
    if not row.code or row.code == format_code(code):
        return
    try:
        told = parse_code(row.code)
    except ConflictError as error:
        rule, _, hint = str(error).partition(". Maybe ")
        draft.report(
            "risk_code", (*place, "code"), row.code, f"is no code: {rule}", f"Maybe {hint}"
        )
        return
    wrong = next(name for name in vars(code) if getattr(told, name) != getattr(code, name))
    draft.report(
        "risk_code",
        (*place, "code"),
        row.code,
        f"tells {wrong} {getattr(told, wrong)}, and the row {getattr(code, wrong)}",
        f"Maybe {format_code(code)}, or leave it empty.",
    )


def _check_overlaps(draft: Draft) -> None:
    """A record of a whole class beside one of its subclasses may count a loss twice."""
    table = draft.table(RiskElement)
    split: dict[tuple[str, str, str], str] = {}
    for _, row in draft.rows(RiskElement):
        if row.subclass != WHOLE_CLASS:
            split.setdefault((row.scenario, row.hazard, row.district), row.subclass)
    for position, row in draft.rows(RiskElement):
        other = split.get((row.scenario, row.hazard, row.district))
        if row.subclass == WHOLE_CLASS and other:
            draft.report(
                "risk_overlap",
                (table, position, "subclass"),
                row.subclass,
                f"is the whole class, and there are records of its subclass {other} in district "
                f"{row.district} too; a loss may be counted twice",
                "Maybe keep either the whole class or its subclasses.",
            )


def _check_scenarios(draft: Draft, hazards: dict[str, Hazard]) -> None:
    """Records of a scenario are of its hazard, or of one that may follow from it."""
    table = draft.table(RiskElement)
    follows = {code: split_codes(row.secondary_hazards) for code, row in hazards.items()}
    main = {row.scenario: row.hazard for _, row in draft.rows(Scenario)}
    for position, row in draft.rows(RiskElement):
        first = main.get(row.scenario)
        if first is None or not {first, row.hazard} <= hazards.keys():
            continue
        if row.hazard == first or row.hazard in reached(first, follows):
            continue
        draft.report(
            "scenario_hazard",
            (table, position, "hazard"),
            row.hazard,
            f"is neither the hazard of scenario {row.scenario} ({first}) nor one that follows it",
            f"Maybe {first} is meant, or add {row.hazard} to secondary_hazards of {first}.",
        )

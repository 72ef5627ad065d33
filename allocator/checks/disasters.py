"""Scenarios, damage, lanes and waiting bands must make sense together."""

from __future__ import annotations

from allocator.draft import Draft
from allocator.schema.disaster import Lane, Scenario, ScenarioDamage, ScenarioDemand
from allocator.schema.network import WaitingBand
from allocator.schema.procedure import Settings

__all__ = ["check_disasters", "chosen_scenarios", "settings_of"]

PROBABILITY_TOLERANCE = 1e-6


def check_disasters(draft: Draft) -> None:
    """Check scenarios, damage, lanes and waiting bands."""
    _check_sample(draft)
    _check_probabilities(draft)
    _check_demand(draft)
    _check_damage(draft)
    _check_lanes(draft)
    _check_bands(draft)


def settings_of(draft: Draft) -> Settings:
    """The settings, or their defaults where the sheet is absent or faulty."""
    return next((row for _, row in draft.rows(Settings)), Settings())


def chosen_scenarios(draft: Draft) -> list[tuple[int, Scenario]]:
    """Scenarios of the sample that the settings choose, with their positions."""
    sample = settings_of(draft).sample
    return [(position, row) for position, row in draft.rows(Scenario) if row.sample == sample]


def _check_sample(draft: Draft) -> None:
    """The chosen sample must exist."""
    samples = dict.fromkeys(row.sample for _, row in draft.rows(Scenario))
    sample = settings_of(draft).sample
    if samples and sample not in samples:
        table = draft.table(Settings)
        known = ", ".join(list(samples)[:10])
        if table.lines:
            draft.report(
                "no_scenario",
                (table, 0, "sample"),
                sample,
                "has no scenario",
                f"Maybe one of: {known}.",
            )
        else:
            message = f"sample ({sample}) has no scenario."
            draft.note("no_scenario", table.name, message, f"Maybe one of: {known}.")


def _check_probabilities(draft: Draft) -> None:
    """The probabilities of the chosen sample must add up to 1."""
    table = draft.table(Scenario)
    chosen = chosen_scenarios(draft)
    if not chosen or len(table.rows) != len(table.lines):
        return
    total = sum(row.probability for _, row in chosen)
    if abs(total - 1) > PROBABILITY_TOLERANCE:
        position, first = chosen[0]
        draft.report(
            "probabilities",
            (table, position, "probability"),
            first.probability,
            f"and the others of sample {first.sample} add up to {total:.9g}, not 1",
            f"Maybe a scenario is missing, or each must be divided by {total:.9g}.",
        )


def _check_demand(draft: Draft) -> None:
    """Every scenario of the chosen sample needs demand."""
    demand = draft.table(ScenarioDemand)
    if not demand.lines or "scenario" not in demand.values:
        return
    amounts = demand.values.get("demand_units")
    if amounts is None:
        return
    pairs = zip(demand.values["scenario"], amounts, strict=True)
    needing = {scenario for scenario, units in pairs if units is None or units != 0}
    table = draft.table(Scenario)
    sample = settings_of(draft).sample
    for position, row in draft.rows(Scenario):
        if row.scenario in needing:
            continue
        code = "no_demand" if row.sample == sample else "unused_sample"
        draft.report(
            code,
            (table, position, "scenario"),
            row.scenario,
            f"has no demand in sheet {demand.name}",
            "Maybe its rows are missing, or the scenario is not needed.",
        )


def _check_damage(draft: Draft) -> None:
    """A damage row is about one warehouse or one district."""
    table = draft.table(ScenarioDamage)
    for position, row in draft.rows(ScenarioDamage):
        if (row.warehouse is None) == (row.district is None):
            what = "both" if row.warehouse else "neither"
            draft.report(
                "damage_target",
                (table, position, "warehouse"),
                row.warehouse,
                f"and district must not be {what} filled in; a row is about one of them",
                "Maybe split the row in two." if row.warehouse else "Maybe fill in one of them.",
            )


def _check_lanes(draft: Draft) -> None:
    """A lane row says something, and its closure ends after it begins."""
    table = draft.table(Lane)
    for position, row in draft.rows(Lane):
        given = (row.distance_km, row.drive_hours, row.closed_from_hours, row.closed_to_hours)
        if all(value is None for value in given):
            draft.report(
                "lane_without_figures",
                (table, position, "warehouse"),
                row.warehouse,
                "to the district has neither distance, driving time nor closure",
                "Maybe fill in distance_km or drive_hours.",
            )
        begin, end = row.closed_from_hours, row.closed_to_hours
        if end is not None and (begin is None or end <= begin):
            rule = (
                "needs closed_from_hours"
                if begin is None
                else f"must be later than closed_from_hours ({begin:g})"
            )
            hint = "Maybe the two are swapped." if begin is not None else "Maybe 0."
            draft.report("closure_order", (table, position, "closed_to_hours"), end, rule, hint)


def _check_bands(draft: Draft) -> None:
    """Deprivation must not fall with the hours, nor a late unit weigh more than a missing one."""
    table = draft.table(WaitingBand)
    ranked = sorted(draft.rows(WaitingBand), key=lambda pair: pair[1].up_to_hours)
    highest = 0.0
    for position, row in ranked:
        if row.deprivation_hours < highest:
            draft.report(
                "bands_fall",
                (table, position, "deprivation_hours"),
                row.deprivation_hours,
                f"must not be below that of an earlier band ({highest:g})",
                "Maybe two rows are mixed up.",
            )
        highest = max(highest, row.deprivation_hours)
    settings = settings_of(draft)
    worst = highest if ranked else settings.horizon_hours
    if settings.unmet_hours < worst:
        place = draft.table(Settings)
        cell = place.cell(0, "unmet_hours") if place.lines else ""
        draft.note(
            "unmet_cheaper",
            place.name,
            f"unmet_hours ({settings.unmet_hours:g}) is below the longest wait ({worst:g}); "
            "a unit that never comes would count less than a late one.",
            "Maybe raise it.",
            cell=cell,
            column="unmet_hours",
            value=settings.unmet_hours,
        )

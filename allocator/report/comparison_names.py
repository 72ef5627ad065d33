"""Names of all that is compared: a code that only one of the cases has is named by that one."""

from __future__ import annotations

from collections.abc import Sequence

from allocator.case import Case
from allocator.compare import Compared
from allocator.compare.figures import DISPATCH_PART
from allocator.plan import LOCATION_PART, PLACEMENT_PART, Plan
from allocator.report.comparison_words import say
from allocator.report.facts import Facts
from allocator.report.words import Language, word
from allocator.schema.disaster import Scenario, Vehicle
from allocator.schema.network import District, Item, Warehouse
from allocator.schema.procedure import Settings
from allocator.schema.row import Row

__all__ = ["Names", "names_of"]


class Names(Facts):
    """Names by code, of several cases at once."""

    def part_name(self, part: str, lang: Language) -> str:
        """Name of a part of a plan: a word for placement and the like, else the scenario's."""
        if part == DISPATCH_PART:
            return say("all_scenarios", lang)
        if part in (PLACEMENT_PART, LOCATION_PART):
            return word(part, lang)
        return self.scenario_name(part)


def names_of(everyone: Sequence[Compared]) -> Names:
    """Return the names of what is in any of the cases; the first one's where several have it.

    Parameters
    ----------
    everyone
        The base and the others; none of them needs a case.
    """
    cases = [each.shown for each in everyone if each.shown is not None]
    sample = Settings().sample
    scenarios: dict[str, Row] = {}
    for case in cases:
        for row in case.scenarios:
            scenarios.setdefault(row.scenario, row.model_copy(update={"sample": sample}))
    tables: dict[str, tuple[Row, ...]] = {Scenario.sheet: tuple(scenarios.values())}
    for kind, code in (
        (District, "district"),
        (Warehouse, "warehouse"),
        (Item, "item"),
        (Vehicle, "fleet"),
    ):
        found: dict[str, Row] = {}
        for case in cases:
            for known in case.tables.get(kind.sheet, ()):
                found.setdefault(getattr(known, code), known)
        tables[kind.sheet] = tuple(found.values())
    return Names(Case(tables), Plan({}))

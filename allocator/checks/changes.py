"""Changes since a plan was made: each for itself, against the case, the plan, and each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from allocator.approvals import release
from allocator.case import Case
from allocator.checks.hub_changes import hub_contradictions
from allocator.checks.references import nearest_code
from allocator.draft import Draft, Table
from allocator.engine.hub_goods import HubGap
from allocator.plan import Plan
from allocator.revisions import Revision, revised_case, revised_cases, revisions
from allocator.schema.changes import CHANGE_KINDS, ONE_PLACE, Change
from allocator.schema.legs import LegTrip
from allocator.schema.results import Trip

__all__ = ["ChangeChecks"]

_NOISE = 1e-6
_ABOUT = ("warehouse", "district", "hub", "item", "fleet", "procedure", "step", "trip")
_FIGURES = ("amount", "from_hours", "to_hours")
_ONE_SIGN_OFF = {"signature_late", "signature_early"}
_ONCE = {"demand", "receiving", "docks", "road_slow", "warehouse_lost", *_ONE_SIGN_OFF}
"""Kinds that say how something is, so that two rows about the same thing contradict each other."""


@dataclass
class ChangeChecks:
    """Checks the rows of ``Changes`` of one re-plan.

    Parameters
    ----------
    draft
        Takes the issues; its table ``Changes`` is checked.
    case, plan
        The case before any change, and the plan that is changed.
    scenario, at_hours
        What is planned anew, and from when. [h]
    left_units
        Whole units left by warehouse and item at that hour, if these changes of trips are so.
    hub_gap
        Where more has left a hub than had come to it by then, if these changes are so.
    """

    draft: Draft
    case: Case
    plan: Plan
    scenario: str
    at_hours: float
    left_units: Callable[[Sequence[Change]], Mapping[tuple[str, str], int]]
    hub_gap: Callable[[Sequence[Change]], HubGap | None]
    _bad: set[int] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self._table: Table = self.draft.table(Change)
        self._now = revised_cases(self.case, self.scenario, revisions(self.plan.changes))[-1]
        every: list[Trip | LegTrip] = [*self.plan.trips, *self.plan.leg_trips]
        self._trips = {trip.trip: trip for trip in every if trip.scenario == self.scenario}
        self._rows = list(self.draft.rows(Change))

    def check(self, *, is_hour_known: bool = True) -> None:
        """Check all rows; every fault and warning goes to the draft.

        Parameters
        ----------
        is_hour_known
            Without the hour of the re-plan rows are only checked for what they name.
        """
        for position, row in self._rows:
            self._check_columns(position, row)
            self._check_codes(position, row)
            if is_hour_known:
                self._check_hours(position, row)
        sound = [(k, row) for k, row in self._rows if k not in self._bad]
        self._check_repeats(sound)
        if is_hour_known:
            self._check_sound(sound)

    def _check_sound(self, sound: Sequence[tuple[int, Change]]) -> None:
        """Check rows that name what they need against the plan and each other."""
        for position, row in sound:
            self._check_trip(position, row)
            self._check_signature(position, row)
            self._check_units(position, row)
        self._check_left(sound)
        self._check_lost(sound)
        self._check_stock([(k, row) for k, row in sound if k not in self._bad])
        self._check_hubs([(k, row) for k, row in sound if k not in self._bad])
        self._try(sound)

    # --- each row for itself -----------------------------------------------------------------

    def _fault(
        self, code: str, place: tuple[int, str], value: object, rule: str, hint: str
    ) -> None:
        """Report a fault of one cell."""
        self._bad.add(place[0])
        self.draft.report(code, (self._table, *place), value, rule, hint)

    def _check_columns(self, position: int, row: Change) -> None:
        """A kind has the columns it needs, and no others."""
        needed, allowed = CHANGE_KINDS[row.kind]
        given = {name for name in (*_ABOUT, *_FIGURES) if getattr(row, name) is not None}
        for name in sorted(needed - given):
            rule = f"is empty, and {row.kind} needs it"
            self._fault("change_incomplete", (position, name), None, rule, "Maybe fill it in.")
        for name in sorted(given - needed - allowed):
            value = getattr(row, name)
            rule = f"does not go with {row.kind}"
            hint = "Maybe leave it empty, or choose another kind."
            self._fault("change_too_full", (position, name), value, rule, hint)
        places = ONE_PLACE.get(row.kind, frozenset())
        if places and not places & given:
            others = " and ".join(sorted(places - {"district"}))
            rule = f"is empty, and so is {others}; {row.kind} needs one of them"
            hint = "Maybe name the district that it is about."
            self._fault("change_incomplete", (position, "district"), None, rule, hint)
        if {"district", "hub"} <= places & given:
            rule = "does not go with a district in one row"
            hint = "Maybe make two rows of it."
            self._fault("change_too_full", (position, "hub"), row.hub, rule, hint)

    def _check_codes(self, position: int, row: Change) -> None:
        """Codes are the case's or the plan's."""
        known: Mapping[str, Iterable[str]] = {
            "warehouse": [each.warehouse for each in self.case.warehouses],
            "district": [each.district for each in self.case.districts],
            "hub": [each.warehouse for each in self.case.warehouses if each.state == "hub"],
            "item": [each.item for each in self.case.items],
            "fleet": [each.fleet for each in self.case.vehicles],
            "procedure": [each.procedure for each in self.case.approval_steps],
            "step": [
                each.step
                for each in self.case.approval_steps
                if row.procedure in (None, each.procedure)
            ],
            "trip": self._trips,
        }
        where = {"trip": "in the plan's Dispatch_Trips or Leg_Trips", "hub": "a hub of the case"}
        where["step"] = "a step of the procedure"
        for name in _ABOUT:
            value = getattr(row, name)
            if value is None or value in known[name]:
                continue
            like = nearest_code(value, known[name])
            hint = f"Maybe {like!r} is meant." if like else "Maybe it belongs to another case."
            rule = f"is not {where.get(name, 'in the case')}"
            self._fault("unknown_code", (position, name), value, rule, hint)

    def _check_hours(self, position: int, row: Change) -> None:
        """Hours are in order, and those of this re-plan."""
        if row.at_hours is not None and abs(row.at_hours - self.at_hours) > _NOISE:
            rule = f"is not the hour of this re-plan ({self.at_hours:g})"
            hint = "Maybe leave it empty; earlier changes are in the plan already."
            self._fault("change_hours", (position, "at_hours"), row.at_hours, rule, hint)
        since = self.at_hours if row.from_hours is None else row.from_hours
        if row.to_hours is not None and row.to_hours <= since + _NOISE:
            rule = f"must be after the hour from which it holds ({since:g})"
            hint = "Maybe the two are swapped."
            self._fault("change_hours", (position, "to_hours"), row.to_hours, rule, hint)

    # --- rows against each other -------------------------------------------------------------

    def _check_repeats(self, rows: Sequence[tuple[int, Change]]) -> None:
        """Nothing is told twice, and no trip twice."""
        first: dict[tuple[object, ...], int] = {}
        for position, row in rows:
            about = tuple(getattr(row, name) for name in _ABOUT)
            if row.trip is not None:
                key: tuple[object, ...] = ("trip", row.trip)
            elif row.kind in _ONCE:
                key = ("sign-off" if row.kind in _ONE_SIGN_OFF else row.kind, *about)
            else:
                continue
            before = first.setdefault(key, position)
            if before != position:
                cell = self._table.cell(before, "kind")
                rule = f"tells of the same thing as {cell}"
                hint = "Maybe keep the one that is true."
                self._fault("change_repeated", (position, "kind"), row.kind, rule, hint)

    # --- rows against the plan ---------------------------------------------------------------

    def _check_trip(self, position: int, row: Change) -> None:
        """What is told of a trip can be."""
        trip = self._trips.get(row.trip or "")
        if trip is None:
            return
        due = trip.load_start_hours
        has_left = trip.state != "planned" or due < self.at_hours - _NOISE
        place, fault, hint = (position, "trip"), "", ""
        if row.kind == "trip_left":
            hour = self.at_hours if row.from_hours is None else row.from_hours
            if trip.state != "planned":
                fault, hint = "has left before, as an earlier re-plan tells", "Maybe leave it out."
            elif hour > self.at_hours + _NOISE:
                place = (position, "from_hours")
                fault = f"is after the re-plan ({self.at_hours:g} h), so it has not left yet"
                hint = "Maybe leave the row out; what is to leave is planned."
            elif hour < self._held_until(trip) - _NOISE:
                place = (position, "from_hours")
                fault = f"is before hour {self._held_until(trip):g}, when it was told to be held"
                hint = "Maybe it left later."
        elif row.kind == "trip_held":
            if trip.state != "planned":
                fault, hint = "has left, as an earlier re-plan tells", "Maybe trip_lost is meant."
            elif not has_left:
                fault = f"is only due at hour {due:g}, after the re-plan ({self.at_hours:g} h)"
                hint = "Maybe leave the row out."
        elif not has_left:
            fault = f"has not left: it is due at hour {due:g}, the re-plan is at {self.at_hours:g}"
            hint = "Maybe it left early: trip_left; else the re-plan may move it anyway."
        elif row.kind == "trip_late" and trip.state == "lost":
            fault, hint = "is lost, as an earlier re-plan tells", "Maybe leave it out."
        elif row.kind == "trip_late" and row.amount is not None:
            unload = {one.fleet: one.unload_hours for one in self.case.vehicles}
            earliest = trip.depart_hours + unload[trip.fleet]
            if row.amount < earliest - _NOISE:
                place = (position, "amount")
                fault = f"is before the trip departed and was unloaded ({earliest:g} h)"
                hint = "Maybe hours from the event are meant, not hours late."
        if fault:
            value = getattr(row, place[1])
            self._fault("change_contradicts", place, value, fault, hint)

    def _held_until(self, trip: Trip | LegTrip) -> float:
        """Hour of the last re-plan that was told that a trip had not left; -inf for none. [h]"""
        held = [
            change.at_hours or 0.0
            for change in self.plan.changes
            if (change.kind, change.trip) == ("trip_held", trip.trip)
        ]
        return max(held, default=-math.inf)

    def _check_signature(self, position: int, row: Change) -> None:
        """A signature that was given by then is not late any more."""
        if row.kind not in _ONE_SIGN_OFF:
            return
        steps = [one for one in self._now.approval_steps if one.procedure == row.procedure]
        if not all(one.is_enabled for one in steps if one.step == row.step):
            rule = "is not enabled, so that nobody waits for it"
            self._fault(
                "change_contradicts", (position, "step"), row.step, rule, "Maybe leave it out."
            )
            return
        rules = release(self._now, self._now.scenario(self.scenario))
        through = rules.step_finish_hours.get((row.procedure or "", row.step or ""), 0.0)
        if through <= self.at_hours - _NOISE:
            rule = (
                f"was through at hour {through:g} of the plan, before the re-plan "
                f"({self.at_hours:g} h)"
            )
            hint = "Maybe another step is late, or the re-plan is earlier."
            self._fault("change_contradicts", (position, "step"), row.step, rule, hint)

    def _check_units(self, position: int, row: Change) -> None:
        """Units are whole."""
        if row.kind not in {"stock_lost", "stock_found"} or row.amount is None:
            return
        if abs(row.amount - round(row.amount)) > _NOISE or row.amount <= 0:
            rule = "must be a whole number of units > 0"
            self._fault("out_of_range", (position, "amount"), row.amount, rule, "Maybe round it.")

    def _check_stock(self, rows: Sequence[tuple[int, Change]]) -> None:
        """No more is lost than is left."""
        if not any(row.kind == "stock_lost" for _, row in rows):
            return
        left = dict(self.left_units([row for _, row in rows if row.trip is not None]))
        for position, row in rows:
            place = (row.warehouse or "", row.item or "")
            if row.kind == "stock_found":
                left[place] = left.get(place, 0) + round(row.amount or 0.0)
            if row.kind != "stock_lost" or row.amount is None:
                continue
            if row.amount > left.get(place, 0):
                rule = f"is more than the {left.get(place, 0)} units that are left there"
                hint = "Maybe warehouse_lost is meant, or a trip that took some did not leave."
                self._fault("change_contradicts", (position, "amount"), row.amount, rule, hint)
            else:
                left[place] -= round(row.amount)

    def _check_left(self, rows: Sequence[tuple[int, Change]]) -> None:
        """No trip left a warehouse that was lost before, or over a road that was closed."""
        told = {row.trip: row.kind for _, row in rows if row.trip is not None}
        left = [
            trip
            for trip in self._trips.values()
            if told.get(trip.trip) not in ("trip_held", "trip_left")
            and (trip.state == "planned" and trip.load_start_hours < self.at_hours - _NOISE)
        ]
        for position, row in rows:
            since = self.at_hours if row.from_hours is None else row.from_hours
            trip = None
            if row.kind == "warehouse_lost":
                trip = _first(
                    one
                    for one in left
                    if one.warehouse == row.warehouse and one.load_start_hours >= since - _NOISE
                )
                what = "loading there at hour {load_start:g}"
            elif row.kind == "road_closed":
                trip = _first(one for one in left if self._is_over(one, row, since))
                what = "over that road at hour {depart:g}"
            if trip is None:
                continue
            words = what.format(load_start=trip.load_start_hours, depart=trip.depart_hours)
            rule = (
                f"from hour {since:g} contradicts trip {trip.trip}, which left by the plan, {words}"
            )
            hint = f"Maybe {trip.trip} did not leave: add trip_held for it; or it was closed later."
            self._fault("change_contradicts", (position, "kind"), row.kind, rule, hint)

    def _check_lost(self, rows: Sequence[tuple[int, Change]]) -> None:
        """Nothing is found where all is lost by then, or nobody is."""
        lost: dict[str | None, float] = {}
        for one in (*revisions(self.plan.changes), self._revision(rows)):
            for change in one.of_kind("warehouse_lost"):
                before = lost.get(change.warehouse, math.inf)
                lost[change.warehouse] = min(one.since(change), before)
        shut = self._shut()
        for position, row in rows:
            if row.kind != "stock_found":
                continue
            since, rule = lost.get(row.warehouse, math.inf), ""
            if since <= self.at_hours + _NOISE:
                rule = f"is lost from hour {since:g} on, so that nothing can be loaded there"
            elif row.warehouse in shut:
                rule = "is not open under the plan, so that nothing can be loaded there"
            if rule:
                hint = "Maybe it was found at another warehouse."
                place = (position, "warehouse")
                self._fault("change_contradicts", place, row.warehouse, rule, hint)

    def _shut(self) -> set[str]:
        """Warehouses that are not open under the plan, or today where it has no placement."""
        is_open = {row.warehouse for row in self.plan.open_warehouses if row.is_open}
        if not self.plan.has_placement:
            is_open = {w.warehouse for w in self.case.warehouses if w.state == "existing"}
        is_open |= {w.warehouse for w in self.case.warehouses if w.state in ("external", "hub")}
        return {w.warehouse for w in self.case.warehouses} - is_open

    def _revision(self, rows: Sequence[tuple[int, Change]]) -> Revision:
        """Sound rows as the revision that they are to be."""
        sound = tuple(row for position, row in rows if position not in self._bad)
        return Revision(self.at_hours, sound)

    def _is_over(self, trip: Trip | LegTrip, row: Change, since: float) -> bool:
        """Whether a trip departed over a road while it is told to have been closed."""
        mode = {one.fleet: one.mode for one in self.case.vehicles}
        until = math.inf if row.to_hours is None else row.to_hours
        is_any = mode[trip.fleet] == "road"
        if isinstance(trip, LegTrip):
            # All kinds of vehicles go by a leg whose hub is named.
            is_there = row.district is None and row.hub in (None, trip.hub)
            is_any = is_any or row.hub is not None
        else:
            is_there = row.hub is None and row.district in (None, trip.district)
        is_way = (
            row.warehouse in (None, trip.warehouse)
            and is_there
            and (is_any if row.fleet is None else row.fleet == trip.fleet)
        )
        return is_way and since - _NOISE <= trip.depart_hours < until - _NOISE

    def _check_hubs(self, rows: Sequence[tuple[int, Change]]) -> None:
        """What has left a hub had come to it, whatever is told of what had to come."""
        legs = {code for code, trip in self._trips.items() if isinstance(trip, LegTrip)}
        if self.case.legs:
            for position, kind, rule, hint in hub_contradictions(rows, legs, self.hub_gap):
                self._fault("change_contradicts", (position, "kind"), kind, rule, hint)

    # --- the changes made --------------------------------------------------------------------

    def _try(self, rows: Sequence[tuple[int, Change]]) -> None:
        """Make the changes one after the other; say which cannot be made."""
        revision = self._revision(rows)
        for position, row in rows:
            if position in self._bad:
                continue
            try:
                self._now = revised_case(self._now, self.scenario, revision, row)
            except ValueError as error:
                rule, _, hint = str(error).partition(". ")
                rule = rule.removeprefix(f"{row.kind}: ").rstrip(".")
                hint = hint or "Maybe the amount is another one."
                self._fault(
                    "change_impossible", (position, "kind"), row.kind, f"cannot be: {rule}", hint
                )


def _first(trips: Iterable[Trip | LegTrip]) -> Trip | LegTrip | None:
    """Earliest of some trips."""
    return min(trips, key=lambda trip: trip.load_start_hours, default=None)

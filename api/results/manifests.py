"""Routes of single trips, manifests and orders: what people at docks and on the road need."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from allocator.errors import NotFoundError
from allocator.schema.records import LegRecord, SignOffRow, TripRecord
from allocator.service_files import ManifestFile, OrdersFile, make_file
from allocator.store.audit import Actor
from allocator.store.results import RowQuery, read_rows
from allocator.store.runs import StoredRun
from api.access.rules import Caller, may_use
from api.documented import NOT_MODIFIED, Answers, problems
from api.models import PathCode
from api.negotiation import MEDIA_TYPES, chosen_form, content_of
from api.problems import ProblemError
from api.results.access import check_whole, entity_tag, planned_run
from api.results.exports import case_and_plan, file_answer
from api.results.schemas import JourneyAnswer, ManifestAnswer
from api.service import Service, ServiceOf
from api.tags import cached, is_known, not_modified

__all__ = ["router"]

router = APIRouter(prefix="/v1/runs/{run_id}", tags=["results"])

Form = Annotated[
    Literal["json", "xlsx", "pdf"] | None,
    Query(alias="format", description="For those who cannot set Accept."),
]
Lang = Annotated[Literal["en", "zh"], Query(description="Language of a file.")]
Scenario = Annotated[
    str | None,
    Query(min_length=1, max_length=64, description="Needed where there are trips of several."),
]

_FORMS: Final = ("json", "xlsx", "pdf")

_ANSWERS: Final[Answers] = {**NOT_MODIFIED, **problems(404, 406, 409, 422)}


def _journeys(
    connection: Connection, run: StoredRun, caller: Actor, equal: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Records of trips and legs with some values."""
    found = []
    for kind in (TripRecord, LegRecord):
        query = RowQuery(run.run_id, kind.sheet, caller.provinces, equal)
        found += [json.loads(row.record) for row in read_rows(connection, query)]
    return found


def _sign_offs(
    connection: Connection, run: StoredRun, trips: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Steps that some trips wait for, in the order of their ends; seen like the trips."""
    lanes: dict[tuple[str, str, str], set[tuple[str, str]]] = {}
    for trip in trips:
        lane = trip["scenario"], trip["warehouse"], trip.get("district") or trip["hub"]
        chains = {(chain["procedure"], chain["release_step"]) for chain in trip["chains"]}
        lanes.setdefault(lane, set()).update(chains)
    found = []
    for (scenario, warehouse, district), chains in lanes.items():
        equal = {"scenario": scenario, "warehouse": warehouse, "district": district}
        rows = read_rows(connection, RowQuery(run.run_id, SignOffRow.sheet, equal=equal))
        steps = [json.loads(row.record) for row in rows]
        found += [one for one in steps if (one["procedure"], one["release_step"]) in chains]
    return sorted(found, key=lambda one: one["due_hours"])


def _trip(connection: Connection, run: StoredRun, caller: Actor, trip: str) -> dict[str, Any]:
    found = _journeys(connection, run, caller, {"trip": trip})
    if not found:
        raise NotFoundError(
            f"run {run.run_id} has no trip {trip!r}. Maybe see GET /v1/runs/{run.run_id}/trips."
        )
    return found[0]


@router.get(
    "/trips/{trip}",
    dependencies=[may_use("everyone")],
    response_model=JourneyAnswer,
    responses=_ANSWERS,
)
def get_trip(
    run_id: PathCode, trip: PathCode, request: Request, service: ServiceOf, caller: Caller
) -> Response:
    """All that is known of one trip, to a district or to a hub."""
    with service.database.reading() as connection:
        run = planned_run(connection, run_id, caller)
        found = _trip(connection, run, caller, trip)
        tag = entity_tag(run, caller, "trip", trip)
        if is_known(request, tag):
            return not_modified(cached(tag))
        signed = _sign_offs(connection, run, [found])
    return _document({"run_id": run_id, "trip": found, "sign_offs": signed}, tag)


@router.get(
    "/manifests/trips/{trip}",
    dependencies=[may_use("everyone")],
    response_model=JourneyAnswer,
    responses={**_ANSWERS, 200: {"content": content_of("xlsx", "pdf")}},
)
def get_trip_manifest(
    run_id: PathCode,
    trip: PathCode,
    request: Request,
    service: ServiceOf,
    caller: Caller,
    form: Form = None,
    lang: Lang = "en",
) -> Response:
    """The order of one trip: document, workbook, or paper."""
    chosen = chosen_form(request, form, *_FORMS)
    if chosen == "json":
        return get_trip(run_id, trip, request, service, caller)
    with service.database.reading() as connection:
        run = planned_run(connection, run_id, caller)
        found = _trip(connection, run, caller, trip)
        tag = entity_tag(run, caller, "trip", trip, chosen, lang)
        if is_known(request, tag):
            return not_modified(cached(tag))
        content = case_and_plan(connection, run)
    wanted = ManifestFile(
        *content,
        found["scenario"],
        "pdf" if chosen == "pdf" else "xlsx",
        trip=trip,
        provinces=caller.provinces,
        lang=lang,
    )
    return _made(service, run, wanted, f"trip.{chosen}", tag)


@router.get(
    "/manifests/{warehouse}",
    dependencies=[may_use("everyone")],
    response_model=ManifestAnswer,
    responses={**_ANSWERS, 200: {"content": content_of("xlsx", "pdf")}},
)
def get_manifest(
    run_id: PathCode,
    warehouse: PathCode,
    request: Request,
    service: ServiceOf,
    caller: Caller,
    scenario: Scenario = None,
    form: Form = None,
    lang: Lang = "en",
) -> Response:
    """What a warehouse loads, trip by trip: document, workbook, or paper to be handed out."""
    chosen = chosen_form(request, form, *_FORMS)
    with service.database.reading() as connection:
        run = planned_run(connection, run_id, caller)
        trips = _of_warehouse(connection, run, caller, warehouse, scenario)
        tag = entity_tag(run, caller, "manifest", warehouse, scenario, chosen, lang)
        if is_known(request, tag):
            return not_modified(cached(tag))
        signed = _sign_offs(connection, run, trips) if chosen == "json" else []
        content = (b"", b"") if chosen == "json" else case_and_plan(connection, run)
    if chosen != "json":
        wanted = ManifestFile(
            *content,
            trips[0]["scenario"],
            "pdf" if chosen == "pdf" else "xlsx",
            warehouse=warehouse,
            provinces=caller.provinces,
            lang=lang,
        )
        return _made(service, run, wanted, f"manifest.{chosen}", tag)
    document = {
        "run_id": run_id,
        "scenario": trips[0]["scenario"],
        "warehouse": warehouse,
        "warehouse_name": trips[0]["warehouse_name"],
        "trips": trips,
        "sums": _sums(trips),
        "sign_offs": signed,
    }
    return _document(document, tag)


@router.get(
    "/orders",
    dependencies=[may_use("everyone")],
    response_class=Response,
    responses={**_ANSWERS, **problems(403), 200: {"content": content_of("zip")}},
)
def get_orders(
    run_id: PathCode,
    request: Request,
    service: ServiceOf,
    caller: Caller,
    scenario: Scenario = None,
    lang: Lang = "en",
) -> Response:
    """All orders in one ZIP file: paper, workbook, lines and map of each scenario."""
    with service.database.reading() as connection:
        run = planned_run(connection, run_id, caller)
        check_whole(run, caller)
        tag = entity_tag(run, caller, "orders", scenario, lang)
        if is_known(request, tag):
            return not_modified(cached(tag))
        content = case_and_plan(connection, run)
    return _made(service, run, OrdersFile(*content, scenario, lang), "orders.zip", tag)


def _of_warehouse(
    connection: Connection, run: StoredRun, caller: Actor, warehouse: str, scenario: str | None
) -> list[dict[str, Any]]:
    """Trips that a warehouse loads in one scenario, in the order of loading; lost ones left out."""
    equal = {"warehouse": warehouse} | ({} if scenario is None else {"scenario": scenario})
    trips = [
        one
        for one in _journeys(connection, run, caller, equal)
        if one.get("state", "planned") != "lost"
    ]
    if not trips:
        raise NotFoundError(
            f"warehouse {warehouse!r} has no trips in this plan. "
            f"Maybe see GET /v1/runs/{run.run_id}/trips."
        )
    scenarios = sorted({one["scenario"] for one in trips})
    if len(scenarios) > 1:
        raise ProblemError(
            422,
            "scenario_needed",
            f"the warehouse has trips in {len(scenarios)} scenarios. "
            f"Maybe add ?scenario= with one of: {', '.join(scenarios[:20])}.",
        )
    return sorted(trips, key=lambda one: (one["load_start_hours"], one["dock_order"], one["trip"]))


def _sums(trips: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What some trips carry together, by the codes of items."""
    found: dict[str, dict[str, Any]] = {}
    for line in (line for trip in trips for line in trip["cargo"]):
        told = {name: line[name] for name in ("item", "name", "unit")}
        amounts = dict.fromkeys(("load_units", "weight_kg", "volume_m3"), 0.0)
        sums = found.setdefault(line["item"], {**told, **amounts})
        for name in amounts:
            sums[name] += line[name]
    return [found[code] for code in sorted(found)]


def _document(document: Mapping[str, Any], tag: str) -> Response:
    content = json.dumps(document, ensure_ascii=False).encode()
    return Response(content, media_type=MEDIA_TYPES["json"], headers=cached(tag))


def _made(
    service: Service,
    run: StoredRun,
    wanted: ManifestFile | OrdersFile,
    name: str,
    tag: str,
) -> Response:
    """Have a file made, and give it."""
    content = service.readers.ask(make_file, wanted)
    media_type = MEDIA_TYPES[name.rpartition(".")[2]]
    return file_answer(content, media_type, f"run{run.number}-{name}", tag)

"""Every route x every role x own and other provinces, generated from the application itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient

from allocator.service_settings import ServiceSettings
from allocator.store.keys import ROLES
from api.access.routes import KnownRoute, known_routes
from api.access.rules import OPEN_RULE
from api.main import create_app
from tests.api.conftest import Solved
from tests.api.doors import copied, key_for, sent, with_keys

OTHER = "65"
"""A province the tiny case has nothing to do with."""


@dataclass(frozen=True)
class Matrix:
    """A service with a plan that asks for keys, its routes, and a key of each kind."""

    client: TestClient
    routes: tuple[KnownRoute, ...]
    keys: dict[tuple[str, str], str]
    places: dict[str, str]


@pytest.fixture(scope="module")
def matrix(solved: Solved, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    """The solved service, copied, with keys of every role for own and other provinces."""
    found = solved.client.get(f"/v1/cases/{solved.case_id}").json()
    settings = with_keys(copied(solved.settings, tmp_path_factory.mktemp("matrix") / "data"))
    own = found["provinces"]
    keys = {(role, "own"): key_for(settings, role, own, f"{role}-own") for role in ROLES}
    keys |= {(role, "other"): key_for(settings, role, [OTHER], f"{role}-other") for role in ROLES}
    places = {"run_id": solved.run_id, "case_id": solved.case_id, "name": "tiny"}
    application = create_app(settings)
    with TestClient(application) as client:
        yield Matrix(client, tuple(known_routes(application)), keys, places)


def ask(matrix: Matrix, route: KnownRoute, method: str, headers: dict[str, str]) -> Any:
    """Ask a route, with the plan's identifiers in its address."""
    path = re.sub(r"{(\w+)(:\w+)?}", lambda part: matrix.places.get(part[1], "x"), route.path)
    if not route.methods:
        path += "/x"
    return matrix.client.request(method, path, headers=headers, follow_redirects=False)


def calls(matrix: Matrix) -> Iterator[tuple[KnownRoute, str]]:
    """Every route with each of its methods."""
    for route in matrix.routes:
        for method in sorted(route.methods) or ["GET"]:
            yield route, method


def test_every_route_has_a_rule(matrix: Matrix) -> None:
    """A route that says nothing of who may use it fails here, whoever adds it."""
    without = [route.path for route in matrix.routes if route.roles is None]

    assert without == []
    for route in matrix.routes:
        assert set(route.roles or ()) <= {*ROLES, "everyone", OPEN_RULE}, route.path


def test_without_a_key_only_open_routes_answer(matrix: Matrix) -> None:
    """Programs hear 401, people are led to the login, and nothing else is said."""
    for route, method in calls(matrix):
        answer = ask(matrix, route, method, {})
        if OPEN_RULE in (route.roles or ()):
            assert answer.status_code not in (401, 403) or route.path == "/login", route.path
            continue
        is_led = answer.status_code == 303 and answer.headers["location"].startswith("/login")
        assert answer.status_code == 401 or is_led, (method, route.path, answer.status_code)
        assert answer.status_code == 401 or not route.path.startswith("/v1"), route.path


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_is_declared_and_nothing_else(matrix: Matrix, role: str) -> None:
    """A role outside the rule is refused with 403; one inside is not refused for its role."""
    key = sent(matrix.keys[role, "own"])
    for route, method in calls(matrix):
        roles = route.roles or ()
        answer = ask(matrix, route, method, key)
        may = role == "admin" or {role, "everyone", OPEN_RULE} & set(roles)
        is_refused = "role_not_allowed" in answer.text
        assert is_refused == (not may), (method, route.path, role, answer.text)
        assert answer.status_code < 500, (method, route.path, role, answer.text)


@pytest.mark.parametrize("role", ROLES)
def test_a_key_of_another_province_finds_nothing_of_the_plan(matrix: Matrix, role: str) -> None:
    """Cases and runs of other provinces look as if they were not there."""
    key = sent(matrix.keys[role, "other"])
    for route, method in calls(matrix):
        if not {"{run_id}", "{case_id}"} & set(re.findall(r"{\w+}", route.path)):
            continue
        answer = ask(matrix, route, method, key)
        may = role == "admin" or {role, "everyone"} & set(route.roles or ())
        # A body that is missing is named before anything is looked for.
        expected = (404, 415, 422) if method in ("POST", "PUT", "PATCH") else (404,)
        assert answer.status_code in (expected if may else (403,)), (method, route.path, role)


@pytest.mark.parametrize("path", ["/v1/cases", "/v1/runs"])
def test_lists_are_empty_for_another_province(matrix: Matrix, path: str) -> None:
    """A list has only what concerns the provinces of the key."""
    own = matrix.client.get(path, headers=sent(matrix.keys["planner", "own"])).json()
    other = matrix.client.get(path, headers=sent(matrix.keys["planner", "other"])).json()

    name = path.rpartition("/")[2]
    assert len(own[name]) >= 1
    assert other[name] == []


def test_the_document_says_who_may_use_what(matrix: Matrix) -> None:
    """Programs read the rules in the OpenAPI document: x-roles of every operation."""
    document = matrix.client.get(
        "/openapi.json", headers=sent(matrix.keys["analyst", "own"])
    ).json()

    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["x-roles"], (method, path)
    assert document["paths"]["/health"]["get"]["security"] == []
    assert document["paths"]["/v1/audit"]["get"]["x-roles"] == ["admin"]


def test_without_a_guard_nobody_is_let_in(settings: ServiceSettings) -> None:
    """The rule of a route holds by itself: should the guard ever be missing, all is shut."""
    application = create_app(settings)
    application.user_middleware.clear()
    with TestClient(application) as client:
        assert client.get("/v1/runs").status_code == 401
        assert client.get("/health").status_code == 200

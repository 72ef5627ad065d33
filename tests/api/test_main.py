"""The service's first routes, through the same door as any client."""

from __future__ import annotations

import platform
from importlib import metadata

import pytest
from fastapi.testclient import TestClient

from allocator.service_settings import ServiceSettings
from api.main import create_app
from api.operations.versions import installed_version
from tests.api.conftest import HERE


def test_health_says_ok(client: TestClient) -> None:
    """A running service answers its health check."""
    answer = client.get("/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_version_names_product_interpreter_and_solver(client: TestClient) -> None:
    """Each answer can be traced to the versions it was computed with."""
    answer = client.get("/version")

    assert answer.status_code == 200
    assert answer.json() == {
        "name": "reserve-allocator",
        "version": installed_version("reserve-allocator"),
        "python": platform.python_version(),
        "versions": {"highspy": metadata.version("highspy"), "pyomo": metadata.version("pyomo")},
    }


def test_a_missing_distribution_is_said_to_be_missing() -> None:
    """A checkout that was never installed says so instead of failing."""
    assert installed_version("reserve-allocator-of-another-world") == "not installed"


@pytest.mark.parametrize("path", ["/redoc", "/docs/oauth2-redirect"])
def test_pages_that_need_the_internet_are_off(client: TestClient, path: str) -> None:
    """FastAPI's own pages load scripts from elsewhere, so they are not served."""
    assert client.get(path).status_code == 404


def test_the_schema_lists_the_routes(client: TestClient) -> None:
    """Programs find every route, typed, in the OpenAPI document."""
    document = client.get("/openapi.json").json()

    assert {"/health", "/version", "/v1/cases", "/v1/runs/{run_id}"} <= set(document["paths"])
    assert document["info"]["title"] == "Reserve allocator"


def test_two_applications_share_no_state(settings: ServiceSettings) -> None:
    """A route added to one application does not appear in another."""
    first, second = create_app(settings), create_app(settings)

    first.add_api_route("/only-here", lambda: {"here": "yes"})

    assert TestClient(first, **HERE).get("/only-here").status_code == 200
    assert TestClient(second, **HERE).get("/only-here").status_code == 404

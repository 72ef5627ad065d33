"""What the OpenAPI document says of access: who may use a route, and how a key is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI

from api.access.routes import known_routes
from api.access.rules import OPEN_RULE
from api.problems import PROBLEM_TYPE, Problem

__all__ = ["describe_access"]

SCHEMES: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer KEY"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}

PROBLEM: Final = {
    "description": "A problem; its code says which.",
    "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def describe_access(application: FastAPI) -> None:
    """Let the document of an application say who may use what."""
    plain = application.openapi

    def described() -> dict[str, Any]:
        document = plain()
        if "x-roles" not in document:
            _describe(application, document)
        return document

    application.openapi = described  # type: ignore[method-assign]


def _describe(application: FastAPI, document: dict[str, Any]) -> None:
    document["x-roles"] = "of each operation: who may use it; admin always may"
    components = document.setdefault("components", {})
    components.setdefault("securitySchemes", {}).update(SCHEMES)
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    roles = {
        (route.pattern.pattern, method): route.roles
        for route in known_routes(application)
        for method in route.methods
    }
    by_path = {route.path: route.pattern.pattern for route in known_routes(application)}
    for path, method, operation in _operations(document):
        rule = roles.get((by_path.get(path, ""), method)) or ()
        operation["x-roles"] = list(rule)
        operation["security"] = [] if OPEN_RULE in rule else [{name: []} for name in SCHEMES]
        answers = operation["responses"]
        answers.pop("422", None)
        for status, answer in answers.items():
            if status[0] in "45":
                # Routes name their problems; that they are problem documents is said here.
                answer["content"] = PROBLEM["content"]
        answers.setdefault("4XX", PROBLEM)
        answers.setdefault("5XX", PROBLEM)
        for status, answer in answers.items():
            if status[0] in "45":
                # FastAPI takes every model for plain JSON.
                answer["content"] = PROBLEM["content"]


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation

"""Answers that last: a stream of events ends with the key it was begun with."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from allocator.service_settings import ServiceSettings
from allocator.store.events import add_event
from allocator.store.keys import revoke_key
from allocator.store.opening import open_database
from api.access import revocation
from api.main import create_app
from tests.api.conftest import submitted
from tests.api.doors import key_for, sent, with_keys


async def stream(application: FastAPI, path: str, headers: dict[str, str], news: Any) -> list[str]:
    """Read a stream to its end; when the first piece has come, let ``news`` happen."""
    heard: list[str] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(3600)
        raise AssertionError("nobody waits so long")

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body" and message["body"]:
            heard.append(message["body"].decode())
            if len(heard) == 1:
                news()

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
        "client": ("192.168.1.7", 1),
    }
    await asyncio.wait_for(application(scope, receive, send), 60)  # type: ignore[arg-type]
    return heard


def test_a_stream_ends_when_its_key_is_revoked(
    settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What happens after a key was revoked is not told to whoever still listens with it."""
    monkeypatch.setattr(revocation, "LOOK_AGAIN_SECONDS", 0.0)
    key = sent(key_for(settings, "planner", name="li"))
    application = create_app(with_keys(settings))
    with TestClient(application) as client:
        client.headers = key
        case_id = client.post("/v1/datasets/tiny/cases").json()["case_id"]
        run_id = submitted(client, kind="place", case_id=case_id)
        database = open_database(settings)

        def revoke() -> None:
            with database.writing() as connection:
                revoke_key(database, connection, "li")
                add_event(database, connection, run_id, "log", {"line": "a secret"})

        heard = asyncio.run(stream(application, f"/v1/runs/{run_id}/events", key, revoke))
        database.close()

    assert len(heard) == 1
    assert "queued" in heard[0]

"""One line of log for each request, found again by its id."""

from __future__ import annotations

import logging
import re

import pytest
from fastapi.testclient import TestClient

from allocator.service_log import JsonLines
from allocator.service_settings import ServiceSettings
from api.main import create_app

CANARY = "canary0815canary"


def access_lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Lines about requests so far."""
    return [one for one in caplog.records if one.name == "allocator.access"]


def test_a_plain_request_id_is_taken_over(client: TestClient) -> None:
    """Who sends an id gets it back, so that both sides write the same one."""
    answer = client.get("/health", headers={"X-Request-ID": "gateway-17.a_b"})

    assert answer.headers["x-request-id"] == "gateway-17.a_b"


@pytest.mark.parametrize("given", [None, "", "a b", "x" * 65, "a\tb", "<b>", "é".encode()])
def test_a_request_without_a_plain_id_gets_one(
    client: TestClient, given: str | bytes | None
) -> None:
    """What could break a line of log is not taken over; two requests get two ids."""
    headers = {} if given is None else {"X-Request-ID": given}
    ids = {client.get("/health", headers=headers).headers["x-request-id"] for _ in range(2)}

    assert len(ids) == 2
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in ids)


def test_a_line_tells_request_status_and_time(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Each request leaves one line with its id, what was asked, the answer and how long it took."""
    with caplog.at_level(logging.INFO, "allocator"):
        client.get("/v1/runs/r1?a=b", headers={"X-Request-ID": "q1"})
    (line,) = access_lines(caplog)

    assert line.getMessage() == "GET /v1/runs/r1 404"
    assert (line.__dict__["status"], line.__dict__["path"]) == (404, "/v1/runs/r1")
    assert line.__dict__["milliseconds"] > 0


def test_health_checks_fill_no_log(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """What machines ask every few seconds leaves a line only if it fails."""
    with caplog.at_level(logging.INFO, "allocator"):
        client.get("/health")
        client.post("/health")

    assert [line.getMessage() for line in access_lines(caplog)] == ["POST /health 405"]


def test_an_unforeseen_error_is_found_by_its_id(
    settings: ServiceSettings, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer of an error that was not foreseen names the id that is in the log."""
    application = create_app(settings)

    def broken() -> None:
        raise RuntimeError("quite unforeseen")

    application.add_api_route("/broken", broken)
    client = TestClient(
        application,
        base_url="http://127.0.0.1",
        client=("127.0.0.1", 50000),
        raise_server_exceptions=False,
    )
    with caplog.at_level(logging.INFO, "allocator"):
        answer = client.get("/broken", headers={"X-Request-ID": "q7"})

    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "q7")
    assert "q7" in answer.json()["detail"]
    assert "unforeseen error at GET /broken" in caplog.text
    assert [line.getMessage() for line in access_lines(caplog)] == ["GET /broken 500"]


def test_keys_are_in_no_line(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """A key in either header, or by mistake in the address, is in no line, whatever is answered."""
    with caplog.at_level(logging.DEBUG):
        for path in ("/health", "/v1/runs", "/v1/runs/x", "/nothing", f"/v1/runs?key={CANARY}"):
            client.get(path, headers={"Authorization": f"Bearer {CANARY}"})
            client.get(path, headers={"X-API-Key": CANARY})
            client.post(path, headers={"X-API-Key": CANARY}, content=b"{")
    ours = [one for one in caplog.records if not one.name.startswith(("httpx", "httpcore"))]

    assert len(access_lines(caplog)) >= 12
    assert CANARY not in "\n".join(JsonLines().format(one) for one in ours)

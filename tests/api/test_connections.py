"""Connections that dawdle: heads and bodies that do not end, seen through real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import uvicorn

from allocator.service_settings import ServiceSettings
from api.access import connections, refusals
from api.access.connections import PatientProtocol
from api.main import create_app

LIMIT_SECONDS = 0.5

PATIENCE_SECONDS = 20.0
"""So long a test waits for what should happen after half a second."""


@pytest.fixture
def port(settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Port of a real server that waits half a second for heads and bodies."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", LIMIT_SECONDS)
    monkeypatch.setattr(refusals, "DRAIN_SECONDS", LIMIT_SECONDS)
    application = create_app(replace(settings, upload_seconds=LIMIT_SECONDS))
    config = uvicorn.Config(application, port=0, http=PatientProtocol, log_config=None)
    config.timeout_keep_alive = 1
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


def said(port: int, sent: bytes, *more: bytes) -> bytes:
    """Send bytes, and more of them bit by bit; return what is answered until the line is cut."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as line:
        heard = b""
        try:
            line.sendall(sent)
            for piece in more:
                time.sleep(LIMIT_SECONDS / 8)
                line.sendall(piece)
            while piece := line.recv(65536):
                heard += piece
        except ConnectionError:
            pass
        return heard


POST = b"POST /v1/cases HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"


@pytest.mark.parametrize(
    "sent", [b"", b"GET /hea", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-More: 1\r\n"]
)
def test_a_head_that_does_not_end_is_cut_off(port: int, sent: bytes) -> None:
    """A client that says nothing, or half of it, does not hold a connection for ever."""
    assert said(port, sent) == b""


def test_more_bytes_do_not_buy_more_time(port: int) -> None:
    """A head that comes letter by letter has as long as any other."""
    assert said(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n", *[b"X: 1\r\n"] * 30) == b""


def test_the_next_request_on_a_line_has_its_own_time(port: int) -> None:
    """A second request that is only begun is cut off, after the first was answered."""
    whole = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"

    heard = said(port, whole, b"GET /hea")

    assert heard.count(b"HTTP/1.1 200") == 1


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 100\r\n\r\nPK",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nPK\r\n",
    ],
)
def test_a_body_that_does_not_end_is_answered_and_cut_off(port: int, head: bytes) -> None:
    """Whatever it says of its length, a body has its time; then the line is free again."""
    heard = said(port, POST + head)

    assert heard.startswith(b"HTTP/1.1 408")
    assert b"body_too_slow" in heard


def test_more_bytes_do_not_keep_a_body_alive(port: int) -> None:
    """A client that goes on sending is cut off, too, though it may not hear why."""
    heard = said(port, POST + b"Transfer-Encoding: chunked\r\n\r\n", *[b"2\r\nPK\r\n"] * 30)

    assert heard == b"" or heard.startswith(b"HTTP/1.1 408")


def test_a_body_that_is_refused_at_once_does_not_hold_the_line(port: int) -> None:
    """What is too large is told so before it has come, and what follows is not waited for."""
    heard = said(port, POST + b"Content-Length: 99999999\r\n\r\nPK")

    assert heard.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in heard.lower()


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\xff\x16\x03\x01\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nPK",
        POST + b"Content-Length: -5\r\n\r\nPK",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nX : 1\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["noise", "hosts", "lengths", "negative", "blank", "long"],
)
def test_what_is_no_http_is_refused(port: int, sent: bytes) -> None:
    """Requests that two programs could read differently are answered 400 and the line is cut."""
    assert said(port, sent).startswith(b"HTTP/1.1 400")

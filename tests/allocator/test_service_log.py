"""Log lines of server and workers."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

import pytest

from allocator.service_log import JsonLines, TextLines, add_log_fields, log_fields, without_secrets

CANARY = "canary-4711-canary"


def record(message: str, *parts: object, **extra: object) -> logging.LogRecord:
    """Make what a logger hands to its formatter."""
    logger = logging.getLogger("allocator.trial")
    return logger.makeRecord(
        logger.name, logging.WARNING, __file__, 1, message, parts, None, extra=extra
    )


def test_a_json_line_tells_when_where_what_and_the_fields() -> None:
    """Programs find moment with offset, level, logger, message and all known fields."""
    with log_fields(run_id="r1", request_id="from outside"):
        line = json.loads(
            JsonLines({"worker": "w1"}).format(record("run %s: %s", "r1", "好", request_id="q1"))
        )

    assert datetime.fromisoformat(line.pop("at")).utcoffset() == UTC.utcoffset(None)
    assert line == {
        "level": "warning",
        "logger": "allocator.trial",
        "message": "run r1: 好",
        "worker": "w1",
        "request_id": "q1",
        "run_id": "r1",
    }


def test_fields_end_with_their_block() -> None:
    """A line after a run does not name it any more."""
    with log_fields(run_id="r1"):
        add_log_fields(run_id="r2")
        within = json.loads(JsonLines().format(record("x")))
    after = json.loads(JsonLines().format(record("x")))

    assert (within.get("run_id"), after.get("run_id")) == ("r2", None)


def test_a_json_line_carries_the_exception() -> None:
    """What was not foreseen can be traced, within one line."""
    try:
        raise ValueError(f"password={CANARY}")
    except ValueError:
        failed = record("failed")
        failed.exc_info = sys.exc_info()
    text = JsonLines().format(failed)

    assert "\n" not in text
    assert "test_service_log.py" in json.loads(text)["exception"]
    assert CANARY not in text
    assert CANARY not in TextLines().format(failed)


@pytest.mark.parametrize("lines", [JsonLines(), TextLines()])
def test_input_cannot_forge_a_line_or_break_one(lines: logging.Formatter) -> None:
    """Line ends, control characters and lone surrogates of a path leave one printable line."""
    text = lines.format(record("GET %s", "/a\nINFO forged\r\x1b[2J\u2028/\ud800"))

    assert len(text.splitlines()) == 1
    assert "\x1b" not in text
    text.encode("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"{{'authorization': 'Bearer {CANARY}'}}",
        f"{{'x-api-key': '{CANARY}'}}",
        f"X-API-Key={CANARY}",
        f"the key ra_0a1b_{CANARY} is wrong",
        f"postgresql://allocator:{CANARY}@db/allocator",
        f"password={CANARY}",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    """Keys and passwords do not come out, however they got into a message."""
    assert CANARY not in without_secrets(text)
    assert CANARY not in JsonLines().format(record(text))
    assert CANARY not in TextLines().format(record("x", who=text))


@pytest.mark.parametrize(
    "text",
    ["run ra283dfd895d67da76e45 (plan) begins", "GET /v1/runs/r1 200", "http://127.0.0.1:8000"],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Runs, paths and addresses can be read."""
    assert without_secrets(text) == text

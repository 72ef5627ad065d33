"""Log lines of server and workers: set up in one place, text or JSON, never with a secret."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

__all__ = [
    "JsonLines",
    "TextLines",
    "add_log_fields",
    "log_fields",
    "set_up_logging",
    "without_secrets",
]

FIELDS: Final = (
    "request_id",
    "client",
    "who",
    "method",
    "path",
    "status",
    "milliseconds",
    "run_id",
    "worker",
)
"""What a line may tell apart from its message, in this order."""

IN_MESSAGE: Final = frozenset({"method", "path", "status"})
"""Fields that repeat what the message says; programs want them, people do not."""

TALKATIVE: Final = ("allocator", "uvicorn")
"""Loggers that are heard from ``info`` on; all others from ``warning`` on."""

_HIDDEN: Final = "***"

_SECRETS: Final = (
    # A header or a variable with a key, however it is written.
    re.compile(
        r"(?i)((?:authorization|x-api-key|bearer|password)\b[\"']*\s*[:=\s]\s*[\"']*)"
        r"(?!bearer\b)[^\s\"',;]+"
    ),
    # Our own keys: the part that names a key may be seen.
    re.compile(r"(\bra_[A-Za-z0-9]+_)[A-Za-z0-9_-]+"),
    # The password in an address.
    re.compile(r"(://[^\s:/@]+:)[^\s@/]+(?=@)"),
)

_LINE_ENDS: Final = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}
"""Line ends that JSON leaves as they are."""

_fields: ContextVar[Mapping[str, Any]] = ContextVar("log_fields", default=MappingProxyType({}))


def add_log_fields(**fields: Any) -> None:
    """Let every further line of this task or thread tell more, such as ``request_id``."""
    _fields.set({**_fields.get(), **fields})


@contextlib.contextmanager
def log_fields(**fields: Any) -> Iterator[None]:
    """Let every line within tell more, such as ``run_id``."""
    token = _fields.set({**_fields.get(), **fields})
    try:
        yield
    finally:
        _fields.reset(token)


def without_secrets(text: str) -> str:
    """Hide what looks like a key or a password.

    The second fence: nothing should hand a secret to a logger in the first place.
    """
    for secret in _SECRETS:
        text = secret.sub(rf"\g<1>{_HIDDEN}", text)
    return text


def _told(record: logging.LogRecord) -> dict[str, Any]:
    """Fields of a line: those of the task, then those of the line itself."""
    known = _fields.get()
    found = {name: getattr(record, name, known.get(name)) for name in FIELDS}
    return {
        name: without_secrets(value) if isinstance(value, str) else value
        for name, value in found.items()
        if value is not None
    }


class JsonLines(logging.Formatter):
    """One JSON object a line.

    Parameters
    ----------
    always
        What every line of this process tells, such as ``worker``.
    """

    def __init__(self, always: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._always = dict(always or {})

    def format(self, record: logging.LogRecord) -> str:
        """Write a line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            **self._always,
            **_told(record),
        }
        if record.exc_info:
            line["exception"] = without_secrets(self.formatException(record.exc_info))
        text = json.dumps(line, ensure_ascii=False, default=str).translate(_LINE_ENDS)
        # Lone surrogates, which a path may bring along, become the escapes that JSON has for them.
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


class TextLines(logging.Formatter):
    """One line of text for people; an exception follows on lines of its own.

    Parameters
    ----------
    always
        What every line of this process tells, such as ``worker``.
    """

    def __init__(self, always: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._always = dict(always or {})

    def format(self, record: logging.LogRecord) -> str:
        """Write a line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(" ", timespec="seconds")
        told = {**self._always, **_told(record)}
        parts = [at, record.levelname.lower(), f"{record.name}:", record.getMessage()]
        parts += [f"{name}={value}" for name, value in told.items() if name not in IN_MESSAGE]
        text = without_secrets(_one_line(" ".join(parts)))
        if record.exc_info:
            text += "\n" + without_secrets(self.formatException(record.exc_info))
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _one_line(text: str) -> str:
    """Text in which no input can begin a line of its own."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape", "replace").decode()
        for letter in text
    )


def set_up_logging(kind: str, **always: str) -> None:
    """Send the log lines of this process to standard error.

    Parameters
    ----------
    kind
        ``text`` or ``json``.
    always
        What every line tells, such as ``worker``.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(always) if kind == "json" else TextLines(always))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(True)

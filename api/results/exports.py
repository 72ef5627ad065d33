"""Files that leave the service, as answers."""

from __future__ import annotations

from typing import Final

from fastapi import Response
from sqlalchemy import Connection

from allocator.store.cases import find_case
from allocator.store.documents import read_content
from allocator.store.runs import StoredRun, read_file
from api.negotiation import MEDIA_TYPES
from api.tags import cached

__all__ = ["PAGE_POLICY", "case_and_plan", "file_answer"]

PAGE_POLICY: Final = (
    "sandbox allow-scripts allow-downloads allow-popups; default-src 'none'; "
    "script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)
"""A page of a plan has its scripts inside; it runs them apart, without cookies and network."""


def case_and_plan(connection: Connection, run: StoredRun) -> tuple[bytes, bytes]:
    """Return the JSON document of a run's case and its result workbook."""
    case = find_case(connection, run.case_id, frozenset())
    _, plan = read_file(connection, run.run_id, "plan.xlsx")
    return read_content(connection, case.canonical), plan


def file_answer(content: bytes, media_type: str, name: str, tag: str) -> Response:
    """Answer with a file under a name of ours; a page is shown, all else is kept."""
    is_page = media_type.startswith(MEDIA_TYPES["html"])
    kept = "inline" if is_page else "attachment"
    headers = cached(tag) | {
        "Content-Disposition": f'{kept}; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }
    if is_page:
        headers["Content-Security-Policy"] = PAGE_POLICY
    return Response(content, media_type=media_type, headers=headers)

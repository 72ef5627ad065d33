"""What the command does while a child solves: it imports what writes and replays the result."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from importlib import import_module

__all__ = ["imports_meanwhile"]

_FOR_RESULTS = ("allocator.publication", "allocator.documents", "allocator.report.page")


@contextlib.contextmanager
def imports_meanwhile() -> Iterator[None]:
    """Import beside what is done inside; who gets there first waits for the import as ever."""
    # A fault of an import is told by whoever imports the module for its use.
    beside = threading.Thread(target=_import_all, daemon=True)
    beside.start()
    yield
    beside.join()


def _import_all() -> None:
    with contextlib.suppress(ImportError):
        for name in _FOR_RESULTS:
            import_module(name)

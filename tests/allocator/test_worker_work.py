"""The process of a run: what it says when it cannot do its work."""

from __future__ import annotations

import errno
import signal
from pathlib import Path
from typing import Any

import pytest

from allocator.errors import AllocatorError
from allocator.worker import work as works
from allocator.worker.work import Work


def test_no_room_on_the_disk_is_said_in_words(tmp_path: Path) -> None:
    """A run whose files do not fit fails with what to do, not with a traceback."""

    def full(*_: object) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    asked = Work("place", None, {}, tmp_path / "case.json", tmp_path)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(works, "read_case", full)
        patch.setattr(works, "be_patient", lambda: None)
        patch.setenv("TMPDIR", "")
        with pytest.raises(AllocatorError, match="No space left on device"):
            works.carry_out(asked, lambda _: None)  # type: ignore[arg-type]
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_process_without_work_makes_itself_ready() -> None:
    """It imports what runs need, and hears no signals yet."""
    before = signal.getsignal(signal.SIGTERM)
    assert works.carry_out(None, lambda _: None) is None  # type: ignore[arg-type]
    assert signal.getsignal(signal.SIGTERM) is before

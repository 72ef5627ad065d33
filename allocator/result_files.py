"""Where a result may be written: asked before anything is solved, and while it is published."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from allocator.errors import ConflictError

__all__ = ["check_target", "draft_beside"]


def draft_beside(path: Path) -> Path:
    """Make an empty file in the folder of the result, so that renaming it is one step.

    Parameters
    ----------
    path
        Where the result shall go.

    Raises
    ------
    ConflictError
        If the path is not that of a workbook, or its folder cannot be written to.
    """
    if not path.name:
        raise ConflictError("no file is named for the result. Maybe -o plan.xlsx.")
    if path.suffix.lower() != ".xlsx":
        raise ConflictError(
            f"{path}: a result is written as .xlsx. Maybe name it {path.stem}.xlsx."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".xlsx", prefix=f".{path.stem}-", dir=path.parent)
    except OSError as error:
        raise ConflictError(
            f"{path}: the folder cannot be written to ({error.strerror}). "
            "Maybe choose another folder with -o."
        ) from error
    os.close(handle)
    return Path(name)


def check_target(path: Path, *reads: str | Path | None) -> None:
    """Make sure that a result can be written, before minutes are spent on solving it.

    Parameters
    ----------
    path
        Where the result workbook shall go.
    reads
        What is read for it, which must not be written over; names of data sets are no files.

    Raises
    ------
    ConflictError
        If the path is not that of a workbook, its folder cannot be written to, or it is a file
        that is read.
    """
    for read in reads:
        if read is not None and path.resolve() == Path(read).resolve():
            raise ConflictError(
                f"{path}: the result would be written over what it is made from. "
                f"Maybe -o {path.stem}_new.xlsx."
            )
    draft_beside(path).unlink()

"""How large a file may be; enforced while it is unpacked."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LOCAL_LIMITS", "UPLOAD_LIMITS", "Limits"]

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Upper limits for a file from outside.

    Parameters
    ----------
    raw_bytes, unpacked_bytes
        Size of the file, and of all that it unpacks to.
    parts
        Entries of the package.
    ratio
        Unpacked over packed size of one part larger than 1 MB.
    grid_cells
        Cells of one sheet, counted as the rectangle they span.
    """

    raw_bytes: int
    unpacked_bytes: int
    parts: int = 2000
    ratio: int = 200
    grid_cells: int = 40_000_000


UPLOAD_LIMITS = Limits(raw_bytes=20 * MEGABYTE, unpacked_bytes=200 * MEGABYTE)
"""For a server that others can reach."""

LOCAL_LIMITS = Limits(raw_bytes=100 * MEGABYTE, unpacked_bytes=800 * MEGABYTE)
"""For files on the planner's own machine."""

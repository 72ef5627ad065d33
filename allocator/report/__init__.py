"""What people take away: the result workbook, the page, the pictures."""

from __future__ import annotations

from allocator.report.page import write_page
from allocator.report.pictures import PicturesUnavailableError, write_pictures
from allocator.report.workbook import write_workbook

__all__ = ["PicturesUnavailableError", "write_page", "write_pictures", "write_workbook"]

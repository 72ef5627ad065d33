"""What the pages say, in both languages: the tables of all pages, in one."""

from __future__ import annotations

from typing import Final

from allocator.report.words import Phrases
from api.pages.case_words import CASE_WORDS
from api.pages.compare_words import COMPARE_WORDS
from api.pages.new_run_words import NEW_RUN_WORDS
from api.pages.outcome_words import OUTCOME_WORDS
from api.pages.run_words import RUN_WORDS
from api.pages.shell_words import SHELL_WORDS

__all__ = ["PAGE_WORDS"]

PAGE_WORDS: Final[Phrases] = {
    **SHELL_WORDS,
    **CASE_WORDS,
    **RUN_WORDS,
    **NEW_RUN_WORDS,
    **OUTCOME_WORDS,
    **COMPARE_WORDS,
}
"""English and Chinese by key; the templates and the scripts take them from here."""

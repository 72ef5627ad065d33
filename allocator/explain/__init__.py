"""Why need stays unmet, why this warehouse and not that one: answers confirmed by solving again."""

from __future__ import annotations

from allocator.explain.asking import DEFAULT_LIMIT_SECONDS, Question, explain

__all__ = ["DEFAULT_LIMIT_SECONDS", "Question", "explain"]

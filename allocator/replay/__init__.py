"""The replay: a plan checked with no model code at all.

``verify`` recomputes stock, volumes, budgets, vehicles, docks, releases, arrivals, unmet need and
every objective from the case and the exported result, in plain Python, from ``docs/model.md``
alone. A result that it does not certify is not shown.
"""

from __future__ import annotations

from allocator.replay.rules import RULES
from allocator.replay.seal import CASE_DIGEST, NOTES, PLAN_DIGEST, plan_digest
from allocator.replay.verdict import Verdict
from allocator.replay.verify import verify

__all__ = ["CASE_DIGEST", "NOTES", "PLAN_DIGEST", "RULES", "Verdict", "plan_digest", "verify"]

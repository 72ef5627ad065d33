"""What every check stands on."""

from __future__ import annotations

from allocator.case import Case
from allocator.replay.clock import Clock
from allocator.replay.facts import Facts
from allocator.replay.findings import Findings
from allocator.replay.hours import HourRules
from allocator.replay.hubs import Hubs
from allocator.replay.reach import Reach
from allocator.replay.signoffs import SignOffs

__all__ = ["Ground"]


class Ground:
    """The case with its hours and releases, and the list of what was found broken.

    Parameters
    ----------
    case
        The checked case.
    findings
        List to go on with, where the case is a later revision of another one.
    """

    def __init__(self, case: Case, findings: Findings | None = None) -> None:
        self.facts = Facts(case)
        self.clock = Clock(self.facts)
        self.hours = HourRules(self.facts)
        self.reach = Reach(self.facts, self.clock)
        self.sign_offs = SignOffs(self.facts)
        self.hubs = Hubs(self.facts, self.clock, self.sign_offs)
        self.findings = Findings() if findings is None else findings

"""The command line: one verb per job; ``--help`` of each shows an example."""

from __future__ import annotations

from allocator.cli.program import main

__all__ = ["main"]

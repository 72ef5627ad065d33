"""Coordination: what every late signature costs, who is charged for it, and what to change."""

from __future__ import annotations

"""Parts of the script that makes the shipped data sets; pure functions, fixed seeds."""

from __future__ import annotations

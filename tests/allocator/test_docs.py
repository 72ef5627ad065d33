"""Pages made from declarations are current."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from allocator.service_settings import ServiceSettings
from scripts.make_docs import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_page_is_current(checkout: Path, name: str) -> None:
    """A changed declaration needs ``scripts/make_docs.py`` to be run again."""
    assert (checkout / "docs" / name).read_text(encoding="utf-8") == PAGES[name]()


def test_every_setting_of_the_service_is_in_its_table() -> None:
    """Who runs the service finds each variable with its default and a meaning."""
    lines = [line for line in PAGES["operations.md"]().splitlines() if "`ALLOCATOR_" in line[:14]]
    told = {line.split("|")[1].strip(" `"): line.split("|")[3].strip() for line in lines}

    assert set(told) == {f"ALLOCATOR_{field.name.upper()}" for field in fields(ServiceSettings)}
    assert all(len(meaning) > 5 for meaning in told.values())

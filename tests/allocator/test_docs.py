"""Pages made from declarations are current."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.make_docs import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_page_is_current(checkout: Path, name: str) -> None:
    """A changed declaration needs ``scripts/make_docs.py`` to be run again."""
    assert (checkout / "docs" / name).read_text(encoding="utf-8") == PAGES[name]()

"""The service against its own OpenAPI document; ``benchmarks/service_schema.py`` asks more."""

from __future__ import annotations

from pathlib import Path

from benchmarks.service_schema import ask_all, serving


def test_the_service_does_what_its_document_says(tmp_path: Path) -> None:
    """A few drawn requests for each operation: no error of ours, no answer that is not declared."""
    with serving(tmp_path / "data") as (address, key):
        found = ask_all(address, key, examples=3, phases="examples,fuzzing", seed=1)

    assert found.failures == 0, found.said
    assert found.requests > 30, found.said

"""The README's journey through the API runs as it stands, against a real server and worker."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT

pytestmark = pytest.mark.skipif(
    shutil.which("curl") is None or shutil.which("bash") is None, reason="needs bash and curl"
)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def service(tmp_path: Path) -> Iterator[str]:
    """Address of a service of its own, with one worker."""
    port = _free_port()
    folder = tmp_path / "data"
    server = subprocess.Popen(
        [sys.executable, "-m", "allocator", "serve", "--port", str(port), "--data", str(folder)],
        cwd=CHECKOUT,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                with urllib.request.urlopen(f"{address}/health", timeout=2):
                    break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.25)
        yield address
    finally:
        server.terminate()
        server.wait(60)


def test_the_journey_ends_where_it_says(service: str, tmp_path: Path) -> None:
    """Template, faults, corrected upload, run, trips, re-plan and comparison all come out."""
    folder = tmp_path / "journey"
    done = subprocess.run(
        ["bash", str(CHECKOUT / "docs" / "journey.sh"), service, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "PYTHON": sys.executable, "SECONDS_TO_SOLVE": "6"},
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "demand_units (-3) must be >= 0" in done.stdout
    replan = json.loads((folder / "replan.json").read_text(encoding="utf-8"))
    assert replan["certified"] is True
    assert any(change["kind"] == "road_closed" for change in replan["changes"])
    assert json.loads((folder / "comparison.json").read_text(encoding="utf-8"))["document"]["kpis"]
    names = {path.name for path in folder.iterdir()}
    assert {"template.xlsx", "annotated.xlsx", "replan.xlsx", "comparison.xlsx"} <= names

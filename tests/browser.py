"""A page driven in a browser that has no network, by a script that reports what it sees."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

__all__ = ["FLAGS", "drive"]

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--enable-logging=stderr",
    "--virtual-time-budget=20000",
    "--window-size=1400,2600",
)


def drive(page: Path, driver: str, browser: Path, folder: Path, flags: tuple[str, ...]) -> Any:
    """Return what a script added to the page reports in a browser; the console must stay empty."""
    driven = folder / "driven.html"
    text = page.read_text(encoding="utf-8").replace("</body>", f"{driver}</body>")
    driven.write_text(text, encoding="utf-8")
    profile = f"--user-data-dir={folder / 'profile'}"
    done = subprocess.run(
        [str(browser), *flags, profile, "--dump-dom", driven.as_uri()],
        check=True,
        capture_output=True,
        timeout=120,
    )
    console = [line for line in done.stderr.decode().splitlines() if "CONSOLE" in line]
    assert console == []
    found = re.search(r'data-report="([^"]+)"', done.stdout.decode())
    assert found is not None, "the page was not drawn"
    return json.loads(html.unescape(found.group(1)))

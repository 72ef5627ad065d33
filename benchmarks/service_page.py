"""How long the result page of a plan takes in a real browser.

``python -m benchmarks.service_page`` starts the service as a user does, plans a shipped
case unless a finished run is named, and opens its page in fresh browsers: from navigation to the
map on the screen, to the tables, and how long the map takes from hour to hour.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

__all__ = ["main"]

ASKED_SECONDS = 3.0
"""First map on the screen, from navigation. [s]"""

_WATCH = """
new MutationObserver(() => {
  const view = document.getElementById("result-view");
  for (const name of ["drawn", "ready"]) {
    if (view?.dataset[name] && !window[`at_${name}`]) {
      window[`at_${name}`] = -1;
      const shown = () => { window[`at_${name}`] = performance.now(); };
      requestAnimationFrame(() => requestAnimationFrame(shown));
    }
  }
}).observe(document, { subtree: true, childList: true, attributes: true });
"""

_STEPS = """
() => {
  const slider = document.getElementById("hour");
  const begun = performance.now();
  for (let hour = 0; hour <= 48; hour += 1) {
    slider.value = hour;
    slider.dispatchEvent(new Event("input"));
    document.body.getBoundingClientRect();
  }
  return (performance.now() - begun) / 49;
}
"""


def main(arguments: list[str] | None = None) -> int:
    """Measure, and write what was found as JSON; 1 if the map took longer than is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", default="guangxi", help="shipped data set to plan")
    parser.add_argument("--time-limit", type=float, default=120.0, help="of the plan [s]")
    parser.add_argument("--gap", type=float, default=0.05, help="at which the plan may stop")
    parser.add_argument("--data", type=Path, help="folder of a service that has the run")
    parser.add_argument("--run", help="finished run in that folder")
    parser.add_argument("--times", type=int, default=5, help="fresh browsers")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as fresh, _service(asked.data or Path(fresh)) as address:
        run = asked.run or _planned(address, asked.case, asked.time_limit, asked.gap)
        found = _measured(address, run, asked.times)
    print(json.dumps(found, indent=1))
    return 0 if found["map_seconds_median"] <= ASKED_SECONDS else 1


@contextlib.contextmanager
def _service(data: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "allocator", "serve", "--port", str(port), "--data", str(data)]
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command) as server:
        try:
            while server.poll() is None:
                with contextlib.suppress(urllib.error.URLError):
                    _asked(f"{address}/health")
                    break
                time.sleep(0.2)
            yield address
        finally:
            server.terminate()


def _asked(address: str, body: dict[str, Any] | None = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        address, content, {"Content-Type": "application/json"}, method="POST" if content else "GET"
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def _planned(address: str, case: str, time_limit: float, gap: float) -> str:
    """Plan a shipped case and return the finished run."""
    kept = _asked(f"{address}/v1/datasets/{case}/cases", {})
    options = {"time_limit_seconds": time_limit, "gap": gap}
    order = {"kind": "plan", "case_id": kept["case_id"], "options": options}
    run = _asked(f"{address}/v1/runs", order)
    while run["status"] in ("queued", "running"):
        time.sleep(1)
        run = _asked(f"{address}/v1/runs/{run['run_id']}")
    if run["status"] != "finished":
        raise SystemExit(f"the run {run['status']}: {run['error']}")
    return str(run["run_id"])


def _measured(address: str, run: str, times: int) -> dict[str, Any]:
    path = shutil.which("chromium")
    if path is None:
        raise SystemExit("no chromium on this machine. Maybe apt-get install chromium.")
    with sync_playwright() as playwright:
        rows = []
        for _ in range(times):
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            rows.append(_once(browser, f"{address}/runs/{run}"))
            browser.close()
    begun = time.perf_counter()
    for _ in range(times):
        _asked(f"{address}/v1/runs/{run}/view")
    view = (time.perf_counter() - begun) / times
    maps = [row["map_seconds"] for row in rows]
    return {
        "run": run,
        "map_seconds_median": statistics.median(maps),
        "map_seconds_worst": max(maps),
        "ready_seconds_median": statistics.median(row["ready_seconds"] for row in rows),
        "hour_step_ms_median": statistics.median(row["hour_step_ms"] for row in rows),
        "view_seconds_mean": round(view, 3),
        "transferred_kb": rows[0]["transferred_kb"],
        "requests": rows[0]["requests"],
        "lanes": rows[0]["lanes"],
    }


def _once(browser: Browser, address: str) -> dict[str, Any]:
    """Open the page in a browser that has seen nothing yet."""
    page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.add_init_script(_WATCH)
    page.goto(address, wait_until="commit")
    page.wait_for_function("window.at_ready > 0", timeout=120_000)
    sizes = page.evaluate("performance.getEntriesByType('resource').map((one) => one.transferSize)")
    return {
        "map_seconds": round(page.evaluate("window.at_drawn") / 1000, 3),
        "ready_seconds": round(page.evaluate("window.at_ready") / 1000, 3),
        "transferred_kb": round(sum(sizes) / 1000),
        "requests": len(sizes) + 1,
        "lanes": page.locator(".map .lane").count(),
        "hour_step_ms": round(page.evaluate(_STEPS), 2),
    }


if __name__ == "__main__":
    sys.exit(main())

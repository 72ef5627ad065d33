"""Whether the service does what its OpenAPI document says, asked by Schemathesis.

A real ``allocator serve`` with a plan of the tiny case is asked, for every operation, what the
document allows and what it forbids. ``--examples N`` says how many requests an operation gets; the
answer is one JSON document, and Schemathesis' own words go to standard error.

    python -m benchmarks.service_schema --examples 300
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx2

__all__ = ["SchemaRun", "ask_all", "serving"]

CHECKOUT = Path(__file__).resolve().parents[1]

START_SECONDS = 120.0

LEFT_OUT = ("positive_data_acceptance", "ignored_auth")
"""Checks that cannot hold: what fits the schema may still name a case that is not there, and after
ten wrong keys the answer is 429. Who is let in is held by ``tests/api/test_role_matrix.py``."""

CONFIG = "[generation]\nallow-extra-parameters = false\n"
"""Headers and parameters that nobody declared are no fault: browsers and proxies add some."""

MANY = "1000000"


@dataclass(frozen=True)
class SchemaRun:
    """What Schemathesis found.

    Parameters
    ----------
    requests, failures
        How many were sent; how many different faults were found.
    seconds
        How long it took.
    said
        Its own words.
    """

    requests: int
    failures: int
    seconds: float
    said: str


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, str]]:
    """Run a service that has a plan of the tiny case; give its address and a key of an admin."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = ("--data", str(folder))
    key = _run("keys", "add", "fuzzer", "--role", "admin", *data).strip()
    server = subprocess.Popen(
        [sys.executable, "-m", "allocator", "serve", "--keys", "--port", str(port), *data],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "ALLOCATOR_REQUESTS_PER_MINUTE": MANY},
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        with httpx2.Client(base_url=address, headers={"X-API-Key": key}, timeout=60) as client:
            _wait_for(client, "/health", lambda answer: answer["status"] == "ok")
            case = client.post("/v1/datasets/tiny/cases").json()["case_id"]
            run = client.post("/v1/runs", json={"kind": "plan", "case_id": case}).json()["run_id"]
            _wait_for(client, f"/v1/runs/{run}", lambda answer: answer["status"] == "finished")
        yield address, key
    finally:
        server.terminate()
        server.wait()


def _run(*words: str) -> str:
    """Run a verb of the product and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "allocator", *words],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _wait_for(client: httpx2.Client, path: str, is_there: Any) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            if is_there(client.get(path).json()):
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.2)
    raise TimeoutError(f"{path}: not as it should be after {START_SECONDS:g} s.")


def ask_all(address: str, key: str, examples: int, phases: str, seed: int) -> SchemaRun:
    """Have Schemathesis ask every operation."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "schemathesis.toml"
        config.write_text(CONFIG, encoding="utf-8")
        done = _ask(folder, config, address, key, examples, phases, seed)
    sent = re.search(r"(\d+) generated", done.stdout)
    # A word for each kind of fault: "ST205 Allow header mismatch: 3".
    faults = [int(number) for number in re.findall(r"❌ ST\d+ [^\n]*: (\d+)", done.stdout)]
    failures = sum(faults) if faults else int(done.returncode != 0)
    requests = 0 if sent is None else int(sent[1])
    return SchemaRun(requests, failures, time.monotonic() - begun, done.stdout + done.stderr)


def _ask(
    folder: str, config: Path, address: str, key: str, examples: int, phases: str, seed: int
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            f"--config-file={config}",
            "run",
            f"{address}/openapi.json",
            f"--header=X-API-Key:{key}",
            f"--max-examples={examples}",
            f"--phases={phases}",
            f"--exclude-checks={','.join(LEFT_OUT)}",
            f"--seed={seed}",
            "--continue-on-failure",
            "--no-color",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


def main(words: Sequence[str] | None = None) -> int:
    """Ask, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--examples", type=int, default=300, metavar="N", help="for each operation")
    parser.add_argument("--phases", default="examples,coverage,fuzzing", help="of Schemathesis")
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as (address, key):
        found = ask_all(address, key, given.examples, given.phases, given.seed)
    print(found.said, file=sys.stderr)
    told = {name: value for name, value in asdict(found).items() if name != "said"}
    print(json.dumps({"examples": given.examples, **told}))
    return int(found.failures > 0)


if __name__ == "__main__":
    raise SystemExit(main())

"""Requests that mean no good: each is answered with a short problem, and nothing is left behind."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from allocator.service_settings import ServiceSettings
from allocator.store.opening import open_database
from allocator.store.tables import cases, documents, idempotency_keys, runs
from tests.api.conftest import client_here

MOST_BYTES = 64_000

CASE = "c" + "0" * 20

RUN = {"kind": "place", "case_id": CASE}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Path]]:
    """A service that has nothing, and its folder; it must still have nothing afterwards."""
    settings = ServiceSettings(data_folder=tmp_path_factory.mktemp("target") / "data")
    with client_here(settings) as client:
        client.raise_server_exceptions = False  # type: ignore[attr-defined]
        client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
        yield client, settings.data_folder
    left = sorted(path.name for path in settings.data_folder.rglob("*") if path.is_file())
    assert [name for name in left if not name.startswith("allocator.sqlite")] == []
    database = open_database(settings)
    with database.reading() as connection:
        for table in (cases, documents, runs, idempotency_keys):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 0
    database.close()


def refused(answer: Any) -> dict[str, Any]:
    """The problem of an answer, which must be one, short and of the asker's making."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < MOST_BYTES
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["code"]
    return problem


def post_text(client: TestClient, text: str | bytes, path: str = "/v1/runs") -> Any:
    """Send a text as a JSON body."""
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return client.post(path, content=content, headers={"Content-Type": "application/json"})


ODD_VALUES = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e999",
    "9" * 5000,
    "9" * 400,
    "1" + "0" * 30,
    "-0.0e-0e",
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"a\\u0000b"',
    '"' + "x" * 100_000 + '"',
    "[" * 40 + "]" * 40,
    "[" * 100_000,
    '{"a":' * 5000 + "1" + "}" * 5000,
    "{" * 100_000,
    "null",
    "true",
    "[]",
    "{}",
    "01",
    "'a'",
    "",
    "\ufeff\ufeff1",
)

FIELDS = (
    '{{"kind": {}, "case_id": "c1"}}',
    '{{"kind": "place", "case_id": {}}}',
    '{{"kind": "place", "case_id": "c1", "options": {{"gap": {}}}}}',
    '{{"kind": "place", "case_id": "c1", "options": {{"seed": {}}}}}',
    '{{"kind": "place", "case_id": "c1", "options": {{"sites": {}}}}}',
    '{{"kind": "replan", "base_run": "r1", "changes": [{{"kind": {}}}]}}',
    '{{"kind": "replan", "base_run": "r1", "changes": [{{{}: 1}}]}}',
    '{{"kind": "place", "case_id": "c1", "{}": 1}}',
)


@pytest.mark.parametrize("field", range(len(FIELDS)))
def test_odd_values_in_a_body_are_refused(target: tuple[TestClient, Path], field: int) -> None:
    """NaN, 1e400, lone surrogates, null characters, huge numbers and depths, in every place."""
    for value in ODD_VALUES:
        told = refused(post_text(target[0], FIELDS[field].format(value)))
        assert told["code"] in ("invalid_json", "invalid_request", "not_found"), (value[:40], told)


@pytest.mark.parametrize("value", ODD_VALUES, ids=lambda value: value[:12] or "nothing")
def test_odd_bodies_are_refused(target: tuple[TestClient, Path], value: str) -> None:
    """The same as whole bodies, and as the settings of a data set's case."""
    refused(post_text(target[0], value))
    if value not in ("", "{}", "null"):
        told = post_text(target[0], value, "/v1/datasets/tiny/cases")
        refused(told)
    if value:
        refused(
            post_text(
                target[0],
                f'{{"settings": {{"plan_name": {value}, "x": {value}}}}}',
                "/v1/datasets/tiny/cases",
            )
        )


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe{\x00}\x00",
        b'{"kind": "\xff"}',
        b'{"kind": "\xed\xa0\x80"}',
        b"\x00",
        b'{"kind": "place"\x00}',
        json.dumps(RUN).encode("utf-16"),
        json.dumps(RUN).encode("utf-32"),
    ],
)
def test_bodies_in_other_encodings_are_refused(
    target: tuple[TestClient, Path], content: bytes
) -> None:
    """JSON is UTF-8 and nothing else."""
    assert refused(post_text(target[0], content))["code"] == "invalid_json"


@pytest.mark.parametrize(
    "body",
    [
        {f"k{number}": number for number in range(200_000)},
        {**RUN, "options": {f"k{number}": number for number in range(100_000)}},
        {"kind": "replan", "base_run": "r1", "changes": [{}] * 100_000},
        {"kind": "replan", "base_run": "r1", "changes": [{"a": 1}] * 2001},
        {"kind": "replan", "base_run": "r1", "changes": [{f"k{k}": k for k in range(600)}]},
        [1] * 300_000,
    ],
    ids=["keys", "options", "changes", "few_changes", "wide_change", "list"],
)
def test_crowded_bodies_are_refused_in_a_few_words(
    target: tuple[TestClient, Path], body: Any
) -> None:
    """A body with 200,000 keys is refused as a whole, not key by key."""
    told = refused(post_text(target[0], json.dumps(body)))

    assert told["code"] in ("invalid_json", "invalid_request", "too_large")
    assert len(told["issues"]) <= 1


@pytest.mark.parametrize(
    "path",
    [
        "/v1/runs/%00",
        "/v1/runs/a%00b/log",
        "/v1/runs/%ED%A0%80",
        "/v1/runs/%ff%fe",
        "/v1/runs/" + "r" * 7000,
        "/v1/runs/" + "r" * 20_000,
        "/v1/runs/..%2f..%2fetc%2fpasswd",
        "/v1/runs/%2e%2e/%2e%2e/etc/passwd",
        "/v1/cases/..%5c..%5cboot.ini/source",
        "/v1/datasets/..%2f..%2fpyproject/cases",
        "/v1/runs/'; drop table runs; --",
        "/v1/runs/{{7*7}}",
        "/v1/runs/%0d%0aSet-Cookie:a=b",
        "/v1/runs/r1/log?after=-1",
        "/v1/runs/r1/log?after=1e400",
        "/v1/runs/r1/log?after=99999999999999999999",
        "/v1/runs/r1/log?after=%00",
        "/v1/runs/r1/log?kind=%ED%A0%80",
        "/v1/runs?limit=NaN",
        "/v1/runs?limit=1000000",
        "/v1/runs?before=0",
        "/v1/runs?before=9999999999",
        "/v1/runs?case_id=" + "c" * 100,
        "/v1/runs?status=%F0%28%8C%BC",
        "/v1/runs?" + "&".join(f"a{number}=1" for number in range(3000)),
        "/v1/audit?limit=0",
        "/v1/cases?before=" + "9" * 5000,
        "/v1/cases?before=1&before=2",
    ],
)
def test_odd_addresses_are_refused(target: tuple[TestClient, Path], path: str) -> None:
    """Null characters, surrogates, ways out of the folder, numbers out of range: 4xx."""
    refused(target[0].get(path))


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Idempotency-Key", b"\xff\xfe"),
        ("Idempotency-Key", b"a b"),
        ("Idempotency-Key", b"x" * 200),
        ("Idempotency-Key", "\ud800".encode("utf-8", "surrogatepass")),
        ("X-Filler", b"x" * 40_000),
        ("Content-Type", b"\xff"),
        ("Content-Type", b"application/json; charset=\xff\xfe, text/plain"),
        ("Content-Type", b"multipart/form-data"),
        ("Content-Type", b"application/" + b"x" * 5000),
    ],
)
def test_odd_headers_are_refused(
    target: tuple[TestClient, Path], header: str, value: bytes
) -> None:
    """What a header may hold is held against its rule, in any bytes."""
    headers = {b"content-type": b"application/json", header.lower().encode(): value}

    refused(target[0].post("/v1/runs", content=json.dumps(RUN), headers=headers))  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["-1", "1e400", "NaN", "\u00b2", "9" * 30, ""])
def test_odd_event_numbers_are_refused(target: tuple[TestClient, Path], value: str) -> None:
    """Last-Event-ID is a number, or refused before a stream begins."""
    headers = {"Last-Event-ID": value.encode("latin-1")}
    refused(target[0].get("/v1/runs/r1/events", headers=headers))  # type: ignore[arg-type]


def test_hundreds_of_headers_are_refused(target: tuple[TestClient, Path]) -> None:
    """So many headers nobody needs."""
    headers = {f"X-{number}": "1" for number in range(200)}
    assert refused(target[0].get("/v1/runs", headers=headers))["code"] == "headers_too_large"


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("/v1/runs", "text/plain", 415),
        ("/v1/runs", "application/x-www-form-urlencoded", 415),
        ("/v1/runs", "multipart/form-data; boundary=x", 415),
        ("/v1/runs", "application/xml", 415),
        ("/v1/runs", "", 415),
        ("/v1/cases", "text/csv", 415),
        ("/v1/cases", "application/x-www-form-urlencoded", 415),
        ("/v1/cases", "application/zip", 415),
        ("/v1/cases", "application/octet-stream", 415),
        ("/login", "application/json", 415),
    ],
)
def test_other_kinds_of_bodies_are_refused(
    target: tuple[TestClient, Path], path: str, kind: str, status: int
) -> None:
    """A body is of a kind that the route declares; a file that says nothing is looked at."""
    headers = {"Content-Type": kind} if kind else {}
    assert refused(target[0].post(path, content=b"a=1", headers=headers))["status"] == status


FORM = "multipart/form-data; boundary=edge"

PART = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"--edge",
        b"--edge--\r\n",
        b"no edge at all",
        b"--edge\r\n\r\nno head\r\n--edge--\r\n",
        PART % (b"a.xlsx", b"PK\x03\x04"),
        PART % (b"a.xlsx", b"PK\x03\x04") + b"--edge--\r\n",
        PART % (b"a.xlsx", b"") + b"--edge--\r\n",
        PART % (b"../../../etc/cron.d/x", b"{}") + b"--edge--\r\n",
        PART % (b"..\\..\\a.xlsx", b"PK") + b"--edge--\r\n",
        PART % (b"a\x00.xlsx", b"{}") + b"--edge--\r\n",
        PART % (b"\xff\xfe\xed\xa0\x80", b"{}") + b"--edge--\r\n",
        PART % (b"x" * 5000, b"{}") + b"--edge--\r\n",
        (PART % (b"a.xlsx", b"{}")) * 3 + b"--edge--\r\n",
        b"".join(
            b'--edge\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n' % number
            for number in range(50)
        )
        + b"--edge--\r\n",
        b'--edge\r\nContent-Disposition: form-data; name="f"\r\n\r\n' + b"1" * 2_000_000,
        b"--edge\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n--edge--\r\n",
        b"--edge\r\n" + b"X: y\r\n" * 5000 + b"\r\n--edge--\r\n",
    ],
)
def test_broken_forms_are_refused(target: tuple[TestClient, Path], content: bytes) -> None:
    """Forms without an end, with too many parts, with names that are ways: nothing is kept."""
    refused(target[0].post("/v1/cases", content=content, headers={"Content-Type": FORM}))


@pytest.mark.parametrize("kind", ["multipart/form-data", 'multipart/form-data; boundary="', FORM])
def test_forms_without_an_edge_are_refused(target: tuple[TestClient, Path], kind: str) -> None:
    """A form that does not say how its parts are told apart has none."""
    refused(target[0].post("/v1/cases", content=b"x" * 100, headers={"Content-Type": kind}))


def test_a_body_larger_than_a_file_may_be_is_refused(target: tuple[TestClient, Path]) -> None:
    """Whether it says so, lies about it or just does not end; other routes take far less."""
    client = target[0]

    def endless(most: int) -> Iterator[bytes]:
        for _ in range(most // 1_000_000):
            yield b"PK" + b"\0" * 999_998

    headers = {"Content-Type": "application/octet-stream"}
    told = client.post("/v1/cases", content=b"PK" + b"\0" * 21_000_000, headers=headers)
    assert refused(told)["code"] == "too_large"
    told = client.post("/v1/cases", content=endless(300_000_000), headers=headers)
    assert refused(told)["code"] == "too_large"
    lying = {**headers, "Content-Length": "10"}
    told = client.post("/v1/cases", content=endless(30_000_000), headers=lying)
    assert refused(told)["code"] == "too_large"
    told = client.post("/v1/cases", content=b"PK", headers={**headers, "Content-Length": "-1"})
    assert refused(told)["code"] == "too_large"
    assert refused(post_text(client, " " * 2_100_000))["code"] == "too_large"
    assert refused(client.request("DELETE", "/v1/runs/r1", content=b" " * 2_100_000))


def test_random_bytes_are_refused_wherever_they_come(target: tuple[TestClient, Path]) -> None:
    """Whatever the bytes, kinds, methods and addresses: a problem, never an error of ours."""
    client, draw = target[0], random.Random(7)
    kinds = ["application/json", FORM, "application/octet-stream", "text/html", ""]
    paths = ["/v1/runs", "/v1/cases", "/v1/validate", "/v1/runs/r1/stop", "/v1/nothing", "/login"]
    for number in range(150):
        content = draw.randbytes(draw.randint(1, 300))
        kind, path = draw.choice(kinds), draw.choice(paths)
        method = draw.choice(["POST", "PUT", "DELETE", "PATCH", "GET"])
        query = "".join(draw.choice(string.printable[:94]) for _ in range(number % 9))
        address = f"{path}?{query.replace('#', '')}"
        headers = {"Content-Type": kind} if kind else {}
        answer = client.request(method, address, content=content, headers=headers)
        if answer.status_code < 400:
            assert method == "GET", (method, address, kind)
            continue
        refused(answer)

"""Files that mean no good, through the front door: named like on the command line, none kept."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from allocator.service_settings import ServiceSettings
from allocator.uploads import WORKBOOK_TYPE
from tests.api.conftest import client_here
from tests.seeded_faults import SEEDS
from tests.tiny import build_tables
from tests.workbooks import raw_sheets, save_workbook, with_parts

SHEET = "xl/worksheets/sheet5.xml"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of a service that must keep no case and leave no file."""
    settings = ServiceSettings(data_folder=tmp_path_factory.mktemp("target") / "data")
    with client_here(settings) as found:
        yield found
        assert found.get("/v1/cases").json()["cases"] == []
    left = {path.name for path in settings.data_folder.rglob("*")}
    assert {name for name in left if not name.startswith("allocator.sqlite")} == set()


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Bytes of the tiny case as a workbook."""
    path = tmp_path_factory.mktemp("made") / "tiny.xlsx"
    return save_workbook(path, raw_sheets(build_tables())).read_bytes()


def upload(client: TestClient, content: bytes, path: str = "/v1/cases") -> Any:
    """Send a file as a form."""
    return client.post(path, files={"file": ("case.xlsx", content, WORKBOOK_TYPE)})


def codes(answer: Any) -> list[str]:
    """Codes of the issues of a refused file, each of which says where."""
    assert answer.status_code == 422, answer.text[:300]
    assert len(answer.content) < 64_000
    document = answer.json()
    assert document["code"] == "faults_in_data"
    assert all(issue["sheet"] or issue["message"] for issue in document["issues"])
    return [issue["code"] for issue in document["issues"]]


@pytest.mark.parametrize("seed", SEEDS[::4], ids=[seed.code for seed in SEEDS[::4]])
def test_the_service_names_the_faults_that_the_command_line_names(
    client: TestClient, seed: Any, tmp_path: Path
) -> None:
    """A seeded fault comes back with its code, sheet and cell."""
    sheets = raw_sheets(build_tables())
    cell = seed.edit(sheets)
    content = save_workbook(tmp_path / "seeded.xlsx", sheets, seed.dress).read_bytes()

    document = upload(client, content, "/v1/validate").json()

    found = [issue for issue in document["issues"] if issue["code"] == seed.code]
    assert [(issue["sheet"], issue["cell"]) for issue in found] == [(seed.sheet, cell)]


def test_bombs_are_stopped_while_they_unpack(client: TestClient, workbook: bytes) -> None:
    """What unpacks to far more than it weighs is refused by its size."""
    space = b" " * 80_000_000
    swollen = with_parts(
        workbook,
        lambda name, part: (
            part.replace(b"</sheetData>", space + b"</sheetData>") if name == SHEET else part
        ),
    )
    crowd = io.BytesIO(workbook)
    with zipfile.ZipFile(crowd, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(2100):
            archive.writestr(f"xl/more{number}.xml", "<a/>")

    assert codes(upload(client, swollen)) == ["too_big"]
    assert codes(upload(client, crowd.getvalue())) == ["too_big"]


@pytest.mark.parametrize(
    "name", ["../../../tmp/x.xml", "/etc/passwd", "xl\\..\\..\\x", "XL/WORKSHEETS/SHEET1.XML"]
)
def test_parts_with_odd_names_are_harmless(client: TestClient, workbook: bytes, name: str) -> None:
    """A package is never unpacked into a folder, whatever its parts are called."""
    packed = io.BytesIO(workbook)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr(name, "<a/>")

    answer = upload(client, packed.getvalue(), "/v1/validate")

    assert answer.status_code in (200, 422), answer.text[:300]


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY b "bbbb">]>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_document_types_are_refused(client: TestClient, workbook: bytes, text: str) -> None:
    """No entity is ever looked up."""
    changed = with_parts(
        workbook,
        lambda name, part: (
            part.replace(b"?>", b"?>" + text.encode(), 1)
            if name == SHEET and b"?>" in part
            else (text.encode() + part if name == SHEET else part)
        ),
    )

    assert set(codes(upload(client, changed))) & {"unsafe_xml", "damaged"}


def test_damaged_files_are_refused_or_read(client: TestClient, workbook: bytes) -> None:
    """Flipped bytes and cut ends are faults with a code; the reader never falls over."""
    draw = random.Random(3)
    for _ in range(25):
        broken = bytearray(workbook)
        for _ in range(draw.randint(1, 30)):
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        if draw.random() < 0.3:
            del broken[draw.randrange(len(broken)) :]
        answer = upload(client, bytes(broken), "/v1/validate")
        assert answer.status_code in (200, 415, 422), answer.text[:300]
        assert len(answer.content) < 64_000


@pytest.mark.parametrize(
    "text",
    [
        "{" * 100_000,
        '{"a":' * 20_000 + "1" + "}" * 20_000,
        '{"Districts": ' + "[" * 2000 + "]" * 2000 + "}",
        '{"Settings": [{"gap": NaN}]}',
        '{"Settings": [{"gap": 1e400}]}',
        '{"Settings": [{"plan_name": "\\ud800"}]}',
        '{"Settings": [{"plan_name": "a\\u0000"}]}',
        '{"Settings": [{"gap": ' + "9" * 5000 + "}]}",
        '{"Districts": "not rows"}',
        '{"dataset": "tiny"}',
        '{"dataset": "../../etc/passwd"}',
        "{}",
        json.dumps({f"k{number}": [] for number in range(200_000)}),
        json.dumps({"Districts": [{f"k{number}": 1 for number in range(50_000)}]}),
        json.dumps({"Districts": [{f"k{number}": 1} for number in range(15_000)]}),
        '{"a": {' + ",".join(f'"k{number}": 1' for number in range(200_000)) + ', "k199999": 2}}',
    ],
    ids=lambda text: text[:24],
)
def test_odd_documents_are_refused(client: TestClient, text: str) -> None:
    """A JSON document is held against the same rules as a workbook."""
    answer = client.post("/v1/cases", content=text, headers={"Content-Type": "application/json"})

    assert codes(answer)

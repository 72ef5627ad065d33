"""The guard: keys, wrong keys, this machine, other people's pages, turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from allocator.cli.program import program
from allocator.service_settings import ServiceSettings
from api.access.buckets import MOST_BUCKETS, TokenBuckets
from api.main import create_app
from tests.api.conftest import client_here
from tests.api.doors import key_for, sent, with_keys


@pytest.fixture
def guarded(settings: ServiceSettings) -> Iterator[TestClient]:
    """A client of a fresh service that asks for keys."""
    with TestClient(create_app(with_keys(settings))) as client:
        yield client


@pytest.mark.parametrize("form", ["Bearer {}", "bearer  {} "])
def test_a_key_is_taken_as_a_bearer_token(
    guarded: TestClient, settings: ServiceSettings, form: str
) -> None:
    """Programs may send a key in the header that they know from elsewhere."""
    key = key_for(settings, "analyst", ["45"])

    answer = guarded.get("/v1/me", headers={"Authorization": form.format(key)})

    assert answer.json() == {
        "name": "analyst-45",
        "role": "analyst",
        "provinces": ["45"],
        "access": "keys",
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
        lambda key: key.upper(),
        lambda key: key + "\u00e9",
        lambda key: key.replace("ra_", "rb_"),
        lambda key: key[:0],
        lambda key: "ra_0123456789_" + key.rpartition("_")[2],
    ],
)
def test_a_key_that_is_not_quite_right_opens_nothing(
    guarded: TestClient, settings: ServiceSettings, change: object
) -> None:
    """One letter is enough to be refused, and the answer does not repeat what came."""
    key = key_for(settings, "admin")
    wrong = change(key).encode("latin-1")  # type: ignore[operator]

    answer = guarded.get("/v1/me", headers={b"x-api-key": wrong})  # type: ignore[dict-item]

    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_key")
    assert key.rpartition("_")[2] not in answer.text
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_key_is_refused_at_the_next_request(
    guarded: TestClient, settings: ServiceSettings
) -> None:
    """Nothing is remembered about keys: revoking one by the command line ends it at once."""
    key = sent(key_for(settings, "planner", name="li"))
    assert guarded.get("/v1/runs", headers=key).status_code == 200

    done = CliRunner().invoke(
        program, ["keys", "revoke", "li", "--data", str(settings.data_folder)]
    )

    assert done.exit_code == 0
    assert guarded.get("/v1/runs", headers=key).status_code == 401


def test_wrong_keys_are_counted_by_address_and_right_ones_still_pass(
    guarded: TestClient, settings: ServiceSettings
) -> None:
    """Ten wrong keys a minute, then 429; somebody else at the same address is let in."""
    key = key_for(settings, "planner")
    wrong = sent("ra_0123456789_" + "0" * 40)

    statuses = [guarded.get("/v1/runs", headers=wrong).status_code for _ in range(12)]

    assert statuses == [401] * 10 + [429] * 2
    late = guarded.get("/v1/runs", headers=wrong)
    assert late.json()["code"] == "too_many_wrong_keys"
    assert 1 <= int(late.headers["retry-after"]) <= 6
    assert guarded.get("/v1/runs", headers=sent(key)).status_code == 200
    assert guarded.get("/health").status_code == 200


def test_each_key_has_turns_of_its_own(settings: ServiceSettings) -> None:
    """A key that asks too often hears 429 and when to come again; another is not held up."""
    few = with_keys(replace(settings, requests_per_minute=5))
    busy, calm = sent(key_for(few, "planner")), sent(key_for(few, "analyst"))
    with TestClient(create_app(few)) as client:
        statuses = [client.get("/v1/runs", headers=busy).status_code for _ in range(7)]
        late = client.get("/v1/runs", headers=busy)

        assert statuses == [200] * 5 + [429] * 2
        assert (late.json()["code"], int(late.headers["retry-after"])) == ("too_many_requests", 12)
        assert client.get("/v1/runs", headers=calm).status_code == 200
        assert all(client.get("/health", headers=busy).status_code == 200 for _ in range(9))


def test_a_bucket_fills_with_time_and_memory_is_bounded() -> None:
    """A minute brings all tokens back; buckets beyond the most are forgotten."""
    clock = [0.0]
    buckets = TokenBuckets(6, clock=lambda: clock[0])
    assert [buckets.take("a") for _ in range(7)] == [0.0] * 6 + [10.0]
    clock[0] = 9.0
    assert buckets.take("a") == pytest.approx(1.0)
    clock[0] = 10.0
    assert buckets.take("a") == 0.0
    clock[0] = 1000.0
    assert [buckets.take("a") > 0 for _ in range(7)] == [False] * 6 + [True]
    for number in range(MOST_BUCKETS):
        buckets.take(str(number))
    assert buckets.take("a") == 0.0


@pytest.mark.parametrize(
    ("client_address", "host", "more", "is_let_in"),
    [
        ("127.0.0.1", "localhost:8000", {}, True),
        ("::1", "[::1]:8000", {}, True),
        ("::ffff:127.0.0.1", "127.0.0.1", {}, True),
        ("127.0.0.1", "evil.example", {}, False),
        ("127.0.0.1", "localhost.evil.example", {}, False),
        ("127.0.0.1", "127.0.0.1@evil.example", {}, False),
        ("127.0.0.1", "[", {}, False),
        ("192.168.1.7", "localhost", {}, False),
        ("testclient", "localhost", {}, False),
        ("127.0.0.1", "localhost", {"X-Forwarded-For": "127.0.0.1"}, False),
    ],
)
def test_without_keys_only_this_machine_is_answered(
    settings: ServiceSettings,
    client_address: str,
    host: str,
    more: dict[str, str],
    is_let_in: bool,
) -> None:
    """Neither another machine nor another name for this one (DNS rebinding) is let in."""
    with TestClient(create_app(settings), client=(client_address, 1)) as client:
        answer = client.get("/v1/me", headers={"Host": host, **more})

    assert answer.status_code == (200 if is_let_in else 403), answer.text
    if not is_let_in:
        assert answer.json()["code"] == "this_machine_only"


@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        ({}, True),
        ({"Origin": "http://127.0.0.1"}, True),
        ({"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://127.0.0.1:9999"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
    ],
)
def test_another_page_cannot_make_this_machine_do_things(
    settings: ServiceSettings, headers: dict[str, str], is_let_in: bool
) -> None:
    """A page elsewhere may not have the browser on this machine submit anything."""
    with client_here(settings) as client:
        answer = client.post("/v1/datasets/tiny/cases", headers=headers)

    assert answer.status_code == (201 if is_let_in else 403), answer.text


def test_unknown_addresses_need_a_key_too(guarded: TestClient, settings: ServiceSettings) -> None:
    """From outside one does not learn what is there; with a key one hears 404."""
    assert guarded.get("/v1/nothing").status_code == 401
    key = sent(key_for(settings, "planner"))
    assert guarded.get("/v1/nothing", headers=key).status_code == 404
    refused = guarded.put("/v1/runs/r1", headers=key)
    assert (refused.status_code, refused.headers["allow"]) == (405, "DELETE, GET")


def test_an_answer_keeps_browsers_from_more_than_was_meant(guarded: TestClient) -> None:
    """Pages run only scripts of ours and stand in no frame; nothing of the API is stored."""
    page, refusal = guarded.get("/login"), guarded.get("/v1/runs")

    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    # A form's Origin must come: with no-referrer it would be null.
    assert page.headers["referrer-policy"] == "same-origin"
    for answer in (page, refusal):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_serving_others_without_a_key_is_refused(
    settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``serve --host 0.0.0.0`` says how to make a key, and starts nothing."""
    started: list[object] = []

    def serve_at(_server: object, _listening: object) -> bool:
        started.append(1)
        return True

    monkeypatch.setattr("api.graceful_server.GracefulServer.serve_at", serve_at)
    words = ["serve", "--host", "0.0.0.0", "--workers", "0", "--data", str(settings.data_folder)]

    refused = CliRunner().invoke(program, words)

    assert "allocator keys add NAME --role planner" in str(refused.exception)
    assert started == []
    key_for(settings, "planner")
    assert CliRunner().invoke(program, words).exit_code == 0
    assert started == [1]


def test_no_key_is_written_anywhere(
    settings: ServiceSettings, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the log, nor the audit log, nor the database has what one could log in with."""
    caplog.set_level("DEBUG")
    key = key_for(settings, "planner")
    secret = key.rpartition("_")[2]
    wrong = f"ra_{'0' * 10}_{'1' * 40}"
    with TestClient(create_app(with_keys(settings))) as client:
        client.get("/v1/me", headers=sent(key))
        client.get("/v1/me", headers={"Authorization": f"Bearer {key}"})
        client.get("/v1/me", headers=sent(wrong))
        own = {"Origin": "http://testserver"}
        answer = client.post("/login", data={"key": key}, headers=own, follow_redirects=False)
        token = answer.cookies["allocator_session"]
        client.post("/login", data={"key": wrong}, headers=own)

    kept = b"".join(path.read_bytes() for path in settings.data_folder.iterdir())
    for word in (secret, "1" * 40, token):
        assert word not in caplog.text
        assert word.encode() not in kept

"""Logging in to the page with a key, and out again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from allocator.service_settings import ServiceSettings
from allocator.store.keys import revoke_key
from allocator.store.opening import open_database
from allocator.store.tables import page_sessions
from api.main import create_app
from tests.api.conftest import client_here
from tests.api.doors import key_for, with_keys

OWN = {"Origin": "http://testserver"}


@pytest.fixture
def browser(settings: ServiceSettings) -> Iterator[TestClient]:
    """A browser before a fresh service that asks for keys."""
    application = create_app(with_keys(settings))
    with TestClient(application, follow_redirects=False) as client:
        yield client


def log_in(browser: TestClient, key: str, next_path: str = "/") -> int:
    """Log in; return the status."""
    form = {"key": key, "next": next_path}
    return browser.post("/login", data=form, headers=OWN).status_code


def test_a_browser_stays_logged_in_by_a_cookie_no_script_reads(
    browser: TestClient, settings: ServiceSettings
) -> None:
    """The cookie holds a random word that is kept as a hash only."""
    key = key_for(settings, "planner", ["45"])

    answer = browser.post("/login", data={"key": f" {key}\n", "next": "/runs?a=b"}, headers=OWN)

    assert (answer.status_code, answer.headers["location"]) == (303, "/runs?a=b")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert key not in cookie
    assert browser.get("/v1/me").json()["name"] == "planner-45"
    database = open_database(settings)
    with database.reading() as connection:
        kept = connection.execute(page_sessions.select()).mappings().one()
    database.close()
    assert kept["session_hash"] not in cookie
    assert (kept["expires_at"] - kept["created_at"]).total_seconds() == 12 * 3600


def test_the_cookie_is_for_https_only_where_there_is_https(settings: ServiceSettings) -> None:
    """Behind TLS the cookie does not travel without it."""
    key = key_for(settings, "planner")
    application = create_app(with_keys(settings))
    with TestClient(application, base_url="https://desk", follow_redirects=False) as client:
        answer = client.post("/login", data={"key": key}, headers={"Origin": "https://desk"})

    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nb"],
)
def test_after_the_login_one_stays_here(
    browser: TestClient, settings: ServiceSettings, wanted: str
) -> None:
    """``next`` leads to paths of this service only."""
    key = key_for(settings, "planner")

    answer = browser.post("/login", data={"key": key, "next": wanted}, headers=OWN)

    assert answer.headers["location"] == "/"


def test_a_page_leads_to_the_login_and_back(browser: TestClient) -> None:
    """Whoever has no key is shown where to give one, and it remembers where they wanted to go."""
    answer = browser.get("/runs/r1?tab=map")

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/login?next=/runs/r1%3Ftab%3Dmap",
    )
    page = browser.get(answer.headers["location"]).text
    assert 'value="/runs/r1?tab=map"' in page


@pytest.mark.parametrize(("lang", "written"), [("zh-CN,zh;q=0.9", "zh"), ("en-GB", "en")])
def test_the_page_speaks_both_languages_and_escapes(
    browser: TestClient, lang: str, written: str
) -> None:
    """The login is in the browser's language; what is in the address never becomes markup."""
    answer = browser.get(
        '/login?next=/"><script>alert(1)</script>', headers={"Accept-Language": lang}
    )

    assert f'<html lang="{written}' in answer.text
    assert "<script>alert" not in answer.text


def test_a_wrong_key_is_told_so_and_too_many_wait(browser: TestClient) -> None:
    """Trying keys on the page counts like trying them in headers."""
    assert [log_in(browser, "ra_guess") for _ in range(11)] == [401] * 10 + [429]


def test_a_login_from_another_page_is_refused(
    browser: TestClient, settings: ServiceSettings
) -> None:
    """Nobody is logged in as somebody else by a page elsewhere."""
    form = {"key": key_for(settings, "planner")}

    answer = browser.post("/login", data=form, headers={"Origin": "http://evil.example"})

    assert (answer.status_code, answer.json()["code"]) == (403, "other_origin")


def test_a_cookie_changes_nothing_for_another_page(
    browser: TestClient, settings: ServiceSettings
) -> None:
    """With the cookie a change must say that it comes from our own page; looking need not."""
    log_in(browser, key_for(settings, "planner"))
    path = "/v1/datasets/tiny/cases"

    assert browser.post(path).json()["code"] == "other_origin"
    assert browser.post(path, headers={"Origin": "http://evil.example"}).status_code == 403
    cross = {**OWN, "Sec-Fetch-Site": "cross-site"}
    assert browser.post(path, headers=cross).status_code == 403
    assert browser.post(path, headers=OWN).status_code == 201
    assert browser.get("/v1/cases").status_code == 200


def test_who_logs_out_is_out(browser: TestClient, settings: ServiceSettings) -> None:
    """After the logout the old cookie opens nothing, even if somebody has kept it."""
    log_in(browser, key_for(settings, "planner"))
    kept = {"Cookie": f"allocator_session={browser.cookies['allocator_session']}"}

    assert browser.post("/logout", headers=OWN).headers["location"] == "/login"

    assert browser.get("/v1/me", headers=kept).status_code == 401


def test_revoking_a_key_logs_its_browsers_out(
    browser: TestClient, settings: ServiceSettings
) -> None:
    """A session lives no longer than its key."""
    log_in(browser, key_for(settings, "planner", name="wang"))
    assert browser.get("/v1/me").status_code == 200
    database = open_database(settings)
    with database.writing() as connection:
        revoke_key(database, connection, "wang")
        left = connection.execute(page_sessions.select()).all()
    database.close()

    assert left == []
    assert browser.get("/v1/me").status_code == 401
    assert browser.get("/runs").status_code == 303


@pytest.mark.parametrize("cookie", ["x", "=", "a" * 5000, '"', "allocator_session="])
def test_a_made_up_cookie_opens_nothing(browser: TestClient, cookie: str) -> None:
    """Whatever is in the cookie, only a word of ours is one."""
    headers = {"Cookie": f"allocator_session={cookie}"}
    assert browser.get("/v1/me", headers=headers).status_code == 401


def test_where_no_key_is_asked_for_there_is_no_login(settings: ServiceSettings) -> None:
    """On this machine alone the login leads on."""
    with client_here(settings) as client:
        client.follow_redirects = False
        assert client.get("/login?next=/runs").headers["location"] == "/runs"
        assert client.post("/login", data={"key": "x"}).headers["location"] == "/"

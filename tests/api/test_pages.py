"""The pages as they leave the service: both languages, escaped, with nothing from elsewhere."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import Request, Response
from fastapi.testclient import TestClient

from allocator.report.words import LANGUAGES
from allocator.service_settings import ServiceSettings
from allocator.store.audit import Actor
from api.access.rules import Caller
from api.main import create_app
from api.pages import rendering, static_files
from api.pages.rendering import render
from api.pages.static_files import static_address
from api.pages.words import PAGE_WORDS
from tests.api.conftest import HERE, Solved
from tests.tiny import build_tables

HOSTILE = "<script>alert('x')</script>\"'&{{ 7*7 }}"

PAGES = Path(rendering.__file__).parent


class Elements(HTMLParser):
    """Collects the start tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))


def addresses(solved: Solved) -> list[str]:
    """Addresses of all pages."""
    case, run = solved.case_id, solved.run_id
    return [
        "/cases",
        f"/cases/{case}",
        f"/cases/{case}/card",
        "/runs",
        f"/runs/new?case={case}",
        f"/runs/new?kind=replan&base={run}",
        f"/runs/{run}",
        f"/runs/{run}/outcome",
        "/compare",
        f"/compare?base={run}",
        "/runs/nothing-here",
    ]


def page(client: TestClient, address: str, lang: str = "en") -> str:
    """Text of a page in a language."""
    headers = {"Accept": "text/html", "Accept-Language": lang}
    answer = client.get(address, headers=headers)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def test_the_start_leads_to_the_cases(client: TestClient) -> None:
    """Who opens the service stands before the cases."""
    answer = client.get("/", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, "/cases")


def test_every_page_is_there_in_both_languages(solved: Solved) -> None:
    """Each page answers, says its language, and differs between the two."""
    for address in addresses(solved):
        english, chinese = (page(solved.client, address, lang) for lang in LANGUAGES)

        assert english != chinese, address
        if "<html" in english:
            assert '<html lang="en">' in english
            assert '<html lang="zh">' in chinese


def test_no_page_takes_anything_from_elsewhere(solved: Solved) -> None:
    """All addresses in all pages are of this service: they work without the internet."""
    found = [
        value
        for address in addresses(solved)
        for _, given in Elements(page(solved.client, address)).tags
        for name, value in given.items()
        if name in ("src", "href", "action", "data")
    ]

    assert len(found) > 50
    assert [one for one in found if not re.match(r"(/(?!/)|#)", one or "")] == []


def test_scripts_and_styles_name_no_address_elsewhere() -> None:
    """What the browser runs asks nobody else; only the namespace of SVG looks like an address."""
    for path in sorted((PAGES / "static").iterdir()):
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|url\(|@import", text), path.name


def test_no_page_has_scripts_or_styles_of_its_own(solved: Solved) -> None:
    """A content security policy of own files only breaks no page: nothing stands inline."""
    for address in addresses(solved):
        for tag, given in Elements(page(solved.client, address)).tags:
            assert "style" not in given, address
            assert not [name for name in given if name.startswith("on")], address
            assert tag != "style", address
            if tag == "script":
                assert given.get("src") or given.get("type") == "application/json"


def test_scripts_never_make_markup_of_text() -> None:
    """Names that come from data are set as text; nothing is read as HTML but our own pieces."""
    unsafe = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    for path in sorted((PAGES / "static").glob("*.js")):
        assert not re.search(unsafe, path.read_text(encoding="utf-8")), path.name


def test_a_hostile_name_stays_text(client: TestClient) -> None:
    """A case and a run whose name is a script are shown by their names, on every page."""
    tables = build_tables()
    tables["Settings"][0]["plan_name"] = HOSTILE
    case = client.post("/v1/cases", json=tables).json()
    asked = {"kind": "plan", "case_id": case["case_id"], "name": HOSTILE}
    run = client.post("/v1/runs", json=asked).json()

    addresses = (
        f"/cases/{case['case_id']}",
        "/runs",
        f"/runs/{run['run_id']}",
        "/runs/new",
        "/compare",
        f"/compare?base={quote(HOSTILE)}",
    )
    for address in addresses:
        text = page(client, address)
        tags = Elements(text).tags
        assert "alert(" in text, address
        assert all(given for tag, given in tags if tag == "script"), address
        assert "{{ 7*7 }}" in text, address


def test_the_language_is_remembered(client: TestClient) -> None:
    """The switch asks by the address and is kept in a cookie, above the browser's own wish."""
    asked = client.get("/cases?lang=zh", headers={"Accept-Language": "en"})
    later = client.get("/runs", headers={"Accept-Language": "en"})
    unknown = client.get("/runs?lang=fr")

    assert '<html lang="zh">' in asked.text
    assert '<html lang="zh">' in later.text
    assert '<html lang="zh">' in unknown.text
    assert 'href="/cases?lang=en"' in asked.text


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("fr,en;q=0.5", "en"), ("de", "en"), ("", "en")],
)
def test_the_browser_says_the_language(client: TestClient, accepted: str, lang: str) -> None:
    """Without a choice the first language of the browser that we have is taken."""
    assert f'<html lang="{lang}">' in page(client, "/cases", accepted)


def test_static_files_are_kept_under_their_version(client: TestClient) -> None:
    """The address of a file holds its version, so that it may be kept; old ones still answer."""
    address = static_address("app.css")
    kept = client.get(address)
    old = client.get(address.replace(address.split("/")[2], "000000000000"))

    assert "immutable" in kept.headers["cache-control"]
    assert old.headers["cache-control"] == "no-cache"
    assert kept.content == old.content == (static_files.STATIC / "app.css").read_bytes()


def test_plotly_comes_from_the_installed_package(client: TestClient) -> None:
    """The large script is served from here, compressed."""
    answer = client.get(static_address("vendor/plotly.min.js"))

    assert answer.headers["content-encoding"] == "gzip"
    assert b"plotly.js v" in answer.content[:200]


@pytest.mark.parametrize("name", ["nothing.js", "../words.py", "..%2Fwords.py", "%00", "vendor/"])
def test_only_known_files_are_served(client: TestClient, name: str) -> None:
    """No address leads out of the folder of the scripts."""
    assert client.get(f"/static/x/{name}").status_code in (400, 404)


def test_every_word_is_there_and_used() -> None:
    """No page asks for a word that is missing, and no word is left over."""
    sources = [*PAGES.glob("templates/*.j2"), *PAGES.glob("static/*.js"), *PAGES.glob("*.py")]
    # The result view has words of its own.
    others = re.compile(r".*words\.py|result\.js|view_.*\.js")
    texts = [path.read_text("utf-8") for path in sources if not others.fullmatch(path.name)]
    text = "\n".join(texts)
    asked = set(re.findall(r"\bword\(\"([a-z0-9_.-]+)\"[,)]", text))
    families = set(re.findall(r"[\"`]([a-z]+(?:\.[a-z]+)?\.)(?:\$\{|\" ~)", text))

    assert asked - set(PAGE_WORDS) == set()
    unused = [
        key
        for key in PAGE_WORDS
        if f'"{key}"' not in text and not any(key.startswith(family) for family in families)
    ]
    assert unused == []


def test_words_have_the_same_places_in_both_languages() -> None:
    """A figure that one language names is named by the other, too."""
    for key, phrases in PAGE_WORDS.items():
        places = [set(re.findall(r"\{(\w+)\}", text)) for text in phrases]
        assert all(phrases), key
        assert places[0] == places[1], key


def test_every_page_can_be_walked_by_ear_and_keyboard(solved: Solved) -> None:
    """Each page has a way past the header, one main part, one title, and a name for each field."""
    for address in addresses(solved):
        text = page(solved.client, address)
        if "<html" not in text:
            continue
        tags = Elements(text).tags
        names = [tag for tag, _ in tags]
        assert ("a", {"class": "skip", "href": "#main"}) in tags
        assert names.count("main") == names.count("h1") == 1, address
        labelled = {given.get("for") for tag, given in tags if tag == "label"}
        fields = [given for tag, given in tags if tag in ("input", "select")]
        loose = [one for one in fields if one.get("id") and one["id"] not in labelled]
        wrapped = re.findall(r"<label[^>]*>(?:(?!</label>).)*?id=\"([\w-]+)\"", text, re.DOTALL)
        assert [one["id"] for one in loose if one["id"] not in wrapped] == [], address


def test_the_page_of_a_run_has_what_its_scripts_need(solved: Solved) -> None:
    """The run stands in the page as data, beside the place of the result view."""
    text = page(solved.client, f"/runs/{solved.run_id}")
    data = re.search(r'<script type="application/json" id="run">(.*?)</script>', text, re.DOTALL)

    assert data is not None
    run = json.loads(data.group(1))
    assert (run["run_id"], run["has_plan"], run["gap"]) == (solved.run_id, True, 0.0)
    assert f'<div id="result-view" data-run="{solved.run_id}" data-lang="en"' in text
    assert f'href="/v1/runs/{solved.run_id}/files/plan.xlsx"' in text


@pytest.mark.parametrize("fault", ["", "wrong_key", "too_many_wrong_keys"])
def test_the_page_to_log_in_says_what_was_wrong(settings: ServiceSettings, fault: str) -> None:
    """The form has one field with its name, keeps where to go, and shows why it is seen again."""
    application = create_app(settings)

    def look(request: Request) -> Response:
        values = {"next_path": '/runs?a="b"', "fault": fault}
        return render(request, "login.html.j2", status=401, **values)

    application.add_api_route("/look", look)

    answer = TestClient(application, **HERE).get("/look")
    tags = Elements(answer.text).tags

    assert answer.status_code == 401
    assert ("input", {"type": "hidden", "name": "next", "value": '/runs?a="b"'}) in tags
    assert ('role="alert"' in answer.text) == bool(fault)
    assert "<nav" not in answer.text


def as_actor(settings: ServiceSettings, actor: Actor) -> TestClient:
    """A client of the service whose caller is somebody."""
    application = create_app(settings)
    application.dependency_overrides[Caller.__metadata__[0].dependency] = lambda: actor
    return TestClient(application, **HERE)


def test_a_page_offers_only_what_the_role_may_do(solved: Solved) -> None:
    """Logistics may start runs, but makes no cases: the page has no upload for them."""
    client = as_actor(solved.settings, Actor("trucks", "logistics"))

    assert 'id="file"' not in page(client, "/cases")
    assert 'id="new-run"' in page(client, "/runs/new")


def test_pages_show_only_what_concerns_ones_provinces(solved: Solved) -> None:
    """Who answers for all of a case sees its run with the files; another province sees nothing."""
    own = as_actor(solved.settings, Actor("own", "planner", frozenset({"45", "46"})))
    other = as_actor(solved.settings, Actor("other", "planner", frozenset({"11"})))

    assert "plan.xlsx" in page(own, f"/runs/{solved.run_id}")
    assert other.get(f"/runs/{solved.run_id}").status_code == 404


INK_ON_GROUND = (
    ("ink", "panel"),
    ("ink", "ground"),
    ("ink", "hover"),
    ("soft", "panel"),
    ("soft", "ground"),
    ("soft", "hover"),
    ("accent", "panel"),
    ("accent", "ground"),
    ("on-accent", "accent"),
    ("good", "good-ground"),
    ("bad", "bad-ground"),
    ("warn", "warn-ground"),
    ("good", "panel"),
    ("bad", "panel"),
    ("warn", "panel"),
)


def brightness(colour: str) -> float:
    """Relative luminance of a colour, as WCAG 2 defines it."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_stands_out_in_light_and_dark() -> None:
    """Every text colour has a contrast of 4.5 at least on each ground it is used on."""
    style = (PAGES / "static" / "app.css").read_text("utf-8")
    schemes = re.findall(r":root \{(.*?)\}", style, re.DOTALL)

    assert len(schemes) == 2
    for scheme in schemes:
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", scheme))
        for ink, ground in INK_ON_GROUND:
            bright, dark = sorted((brightness(colours[ink]), brightness(colours[ground])))[::-1]
            assert (bright + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)

"""What every test may ask for: the shared data, the programs beside Python, Hypothesis settings.

Tests that need what a machine may lack are marked, and skipped with a sentence where it is absent:

- ``shared_data``: the benchmark and reference data, in the folder that the environment variable
  ``ALLOCATOR_SHARED`` names, else in ``shared`` beside the checkout;
- ``browser``: a Chromium;
- ``office``: LibreOffice;
- ``postgres``: PostgreSQL, of which the tests start one of their own.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from allocator.case import Case
from allocator.store.database import Database, sqlite_address
from allocator.store.migration import migrate
from benchmarks.postgres_server import PostgresServer, absence_of_postgres
from tests.tiny import Tables, build_case, build_tables

CHECKOUT = Path(__file__).resolve().parents[1]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OFFICES = ("soffice", "libreoffice")

# A shared machine is slow at times, which is no fault of the code: no deadline. In continuous
# integration the same examples are drawn each time, so that a red run can be repeated.
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "desk")


def find_shared() -> Path:
    """Folder of the shared data, which may be absent."""
    named = os.environ.get("ALLOCATOR_SHARED")
    return Path(named).resolve() if named else CHECKOUT.parent / "shared"


def find_program(names: tuple[str, ...]) -> Path | None:
    """First of the programs that is on the path."""
    found = (shutil.which(name) for name in names)
    return next((Path(path) for path in found if path), None)


def absence_of_shared() -> str:
    """Why the shared data cannot be used, or nothing."""
    if (find_shared() / "data").is_dir():
        return ""
    return (
        f"needs the shared data, and there is no folder {find_shared() / 'data'}. "
        "Maybe set ALLOCATOR_SHARED to where it is"
    )


def absence_of_browser() -> str:
    """Why a browser cannot be used, or nothing."""
    return "" if find_program(BROWSERS) else "needs a Chromium, and this machine has none"


def absence_of_office() -> str:
    """Why LibreOffice cannot be used, or nothing."""
    return "" if find_program(OFFICES) else "needs LibreOffice, and this machine has none"


ABSENCES = {
    "shared_data": absence_of_shared,
    "browser": absence_of_browser,
    "office": absence_of_office,
    "postgres": absence_of_postgres,
}


def pytest_configure() -> None:
    """Refuse a named folder that does not exist: it would skip what someone asked for."""
    named = os.environ.get("ALLOCATOR_SHARED")
    if named and not find_shared().is_dir():
        raise pytest.UsageError(
            f"ALLOCATOR_SHARED ({named}) is not a folder. Maybe the path is mistyped."
        )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a marked test where what it needs is absent."""
    for marker, absence in ABSENCES.items():
        if item.get_closest_marker(marker):
            reason = absence()
            if reason:
                pytest.skip(reason)


def skip_if(reason: str) -> None:
    """Skip the test that asks, for this reason, if there is one."""
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Root folder of the project."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared_root() -> Path:
    """Folder that holds ``data`` and ``reference``; skips where it is absent."""
    skip_if(absence_of_shared())
    return find_shared()


@pytest.fixture(scope="session")
def shared_data(shared_root: Path) -> Path:
    """Folder of the benchmark, outline and hazard data; skips where it is absent."""
    return shared_root / "data"


@pytest.fixture(scope="session")
def browser_path() -> Path:
    """A Chromium; skips where there is none."""
    skip_if(absence_of_browser())
    path = find_program(BROWSERS)
    assert path is not None
    return path


@pytest.fixture(scope="session")
def office_path() -> Path:
    """LibreOffice; skips where there is none."""
    skip_if(absence_of_office())
    path = find_program(OFFICES)
    assert path is not None
    return path


@pytest.fixture
def tiny_tables() -> Tables:
    """Raw rows by sheet of the hand-checkable case in ``tests/tiny.py``, to be changed at will."""
    return build_tables()


@pytest.fixture(scope="session")
def tiny_case() -> Case:
    """Three warehouses, three districts, two items, two scenarios, two kinds of vehicles."""
    return build_case()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of its own in a temporary folder; skips where there is none."""
    skip_if(absence_of_postgres())
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


DATABASES = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))

_numbers = itertools.count(1)


def _new_address(request: pytest.FixtureRequest, folder: Path) -> str:
    """Address of an empty database of the kind that the parameter of a fixture names."""
    if request.param == "sqlite":
        return sqlite_address(folder / "allocator.sqlite")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database(f"test{next(_numbers)}")


@pytest.fixture(params=DATABASES)
def empty_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database, of SQLite and of PostgreSQL."""
    return _new_address(request, tmp_path)


@pytest.fixture(scope="module", params=DATABASES)
def shared_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database for all tests of a module, of SQLite and of PostgreSQL: they clean up."""
    made = Database(_new_address(request, tmp_path_factory.mktemp("shared")))
    migrate(made)
    yield made
    made.close()


@pytest.fixture
def database(empty_address: str) -> Iterator[Database]:
    """A database with the tables of this version, of SQLite and of PostgreSQL."""
    made = Database(empty_address)
    migrate(made)
    yield made
    made.close()

"""The wheel, the lock and the packages as someone who installs them meets them."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from allocator.cli import main

PACKAGES = ("allocator", "api", "models")

COMMAND_LINE = "import sys; from allocator.cli import main; sys.argv[0] = 'allocator'; main()"

IMPORT_EVERYTHING = """
import importlib, json, logging, pkgutil
names = []
for package in ("allocator", "api", "models"):
    module = importlib.import_module(package)
    names.append(package)
    for info in pkgutil.walk_packages(module.__path__, package + "."):
        if not info.name.endswith("__main__"):
            importlib.import_module(info.name)
            names.append(info.name)
ours = [logging.getLogger(name) for name in names] + [logging.getLogger()]
talking = [
    logger.name
    for logger in ours
    if any(not isinstance(handler, logging.NullHandler) for handler in logger.handlers)
]
levelled = [logger.name for logger in ours[:-1] if logger.level != logging.NOTSET]
level = logging.getLogger().level
print(json.dumps({"count": len(names), "talking": talking, "levelled": levelled, "level": level}))
"""


@pytest.fixture(scope="module")
def project(checkout: Path) -> dict[str, Any]:
    """What ``pyproject.toml`` says."""
    return tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    """The built wheel, as a folder."""
    target = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", target],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (archive,) = target.glob("*.whl")
    return zipfile.Path(archive)


@pytest.fixture(scope="module")
def wheel_files(wheel: zipfile.Path) -> set[str]:
    """Names of the files in the wheel."""
    return {name for name in wheel.root.namelist() if not name.endswith("/")}


@pytest.fixture(scope="module")
def unpacked(wheel: zipfile.Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as it lies in a site-packages folder, away from the checkout."""
    target = tmp_path_factory.mktemp("unpacked")
    wheel.root.extractall(target)
    return target


def run_python(code: str, *words: str, path: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter that finds the packages in ``path`` first."""
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def files_below(folder: Path) -> set[str]:
    """Paths of the files below a folder, without what Python and hidden tools leave there."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def test_the_three_packages_come_from_the_same_place(checkout: Path) -> None:
    """No other distribution's ``api`` or ``models`` stands in for ours."""
    places = set()
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        places.add(Path(spec.origin).resolve().parents[1])

    assert places == {checkout}


def test_the_wheel_holds_only_the_three_packages(wheel_files: set[str]) -> None:
    """Nothing else lands in site-packages: no tests, no scripts, no top-level ``datasets``."""
    top = {name.split("/")[0] for name in wheel_files}

    assert {name for name in top if not name.endswith(".dist-info")} == set(PACKAGES)


def test_the_wheel_holds_every_file_of_the_packages(checkout: Path, wheel_files: set[str]) -> None:
    """Templates, styles and scripts beside the modules travel with them."""
    for package in PACKAGES:
        wanted = {f"{package}/{name}" for name in files_below(checkout / package)}
        assert wanted - wheel_files == set()


def test_the_data_sets_travel_inside_the_package(checkout: Path, wheel_files: set[str]) -> None:
    """Every file in ``datasets/`` is in the wheel as ``allocator/_datasets``, and no more."""
    prefix = "allocator/_datasets/"
    shipped = {name.removeprefix(prefix) for name in wheel_files if name.startswith(prefix)}

    assert shipped == files_below(checkout / "datasets")
    assert any(name.startswith("guangxi") for name in shipped)


def test_the_data_sets_are_data_only(checkout: Path) -> None:
    """A Python file there would make ``datasets`` shadow the library of that name."""
    assert list((checkout / "datasets").rglob("*.py")) == []


def test_the_wheel_names_its_script_and_stays_private(wheel: zipfile.Path) -> None:
    """The distribution carries our name, its command, and a bar against uploading it."""
    (info,) = (entry for entry in wheel.iterdir() if entry.name.endswith(".dist-info"))

    metadata = (info / "METADATA").read_text("utf-8")
    assert "\nName: reserve-allocator\n" in metadata
    assert "\nClassifier: Private :: Do Not Upload\n" in metadata
    assert "allocator = allocator.cli:main" in (info / "entry_points.txt").read_text("utf-8")


def test_the_unpacked_wheel_finds_its_data_sets(unpacked: Path, tmp_path: Path) -> None:
    """Without a checkout the shipped cases come from inside the package."""
    code = "import allocator; print(allocator.__file__);" + COMMAND_LINE

    listed = run_python(code, "datasets", path=unpacked, cwd=tmp_path)

    assert listed.returncode == 0, listed.stderr
    origin, *lines = listed.stdout.splitlines()
    assert Path(origin).is_relative_to(unpacked)
    assert any("guangxi" in line for line in lines)


def test_importing_everything_is_silent(checkout: Path, tmp_path: Path) -> None:
    """No module of ours prints, warns, or sets up logging when it is imported."""
    run = run_python(IMPORT_EVERYTHING, path=checkout, cwd=tmp_path)

    assert (run.returncode, run.stderr) == (0, "")
    (line,) = run.stdout.splitlines()
    found = json.loads(line)
    assert found["count"] > len(PACKAGES)
    assert (found["talking"], found["levelled"]) == ([], [])
    assert found["level"] == 30, "the root logger keeps its level, WARNING"


def run_here(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str]:
    """Exit code and output of the command line, run in this process."""
    code: object = 0
    try:
        main(words)
    except SystemExit as leave:
        code = leave.code or 0
    return code, capsys.readouterr().out


def test_the_version_is_the_one_of_the_project(
    capsys: pytest.CaptureFixture[str], project: dict[str, Any]
) -> None:
    """``allocator --version`` says what ``pyproject.toml`` says."""
    code, output = run_here(capsys, "--version")

    assert code == 0
    assert project["project"]["version"] in output


def test_help_names_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    """``allocator --help`` leads a newcomer to the verbs of the first journey."""
    code, output = run_here(capsys, "--help")

    assert code == 0
    verbs = {"template", "datasets", "check", "place", "dispatch", "plan", "verify"}
    assert verbs <= set(re.findall(r"^\s+([a-z]+)", output, flags=re.MULTILINE))


def test_the_installed_command_runs(tmp_path: Path) -> None:
    """The script that the set-up installs starts from any folder."""
    command = shutil.which("allocator", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("the project is not installed in this environment; make test installs it")

    run = subprocess.run(
        [command, "--version"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stderr
    assert "allocator" in run.stdout


def read_lock(checkout: Path) -> dict[str, list[tuple[Requirement, int]]]:
    """Pins by canonical name, each with the number of its hashes."""
    text = (checkout / "requirements.lock").read_text("utf-8").replace("\\\n", " ")
    pins: dict[str, list[tuple[Requirement, int]]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            words, *hashes = line.split("--hash=sha256:")
            requirement = Requirement(words.strip())
            pins.setdefault(canonicalize_name(requirement.name), []).append(
                (requirement, len(hashes))
            )
    return pins


def test_every_pin_is_exact_and_hashed(checkout: Path) -> None:
    """The set-up can check each file it fetches, so nobody can slip another one in."""
    for pins in read_lock(checkout).values():
        for requirement, hash_count in pins:
            assert [spec.operator for spec in requirement.specifier] == ["=="]
            assert hash_count >= 1


def test_the_lock_names_no_address(checkout: Path) -> None:
    """Where packages come from is the machine's own business."""
    text = (checkout / "requirements.lock").read_text("utf-8")

    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text


def test_the_lock_fits_the_project(checkout: Path, project: dict[str, Any]) -> None:
    """Each dependency that is declared is pinned to a version it allows."""
    pins = read_lock(checkout)
    declared = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["dev"],
        *project["build-system"]["requires"],
    ]
    environment = {name: str(value) for name, value in default_environment().items()}

    for requirement in map(Requirement, declared):
        fitting = [
            pin
            for pin, _ in pins[canonicalize_name(requirement.name)]
            if pin.marker is None or pin.marker.evaluate(environment)
        ]
        assert len(fitting) == 1
        (version,) = (spec.version for spec in fitting[0].specifier)
        assert requirement.specifier.contains(version), f"{requirement} is pinned to {version}"


@pytest.mark.parametrize(
    "script", ["scripts/setup.sh", "scripts/check.sh", "scripts/lock.sh", ".ci/run"]
)
def test_the_scripts_parse_and_can_be_run(checkout: Path, script: str) -> None:
    """A slip in a rarely taken branch of a script is found before it is taken."""
    path = checkout / script

    parsed = subprocess.run(["bash", "-n", path], capture_output=True, text=True, check=False)

    assert parsed.stderr == ""
    assert os.access(path, os.X_OK)


def test_continuous_integration_runs_the_same_check(checkout: Path) -> None:
    """There is one check, and ``make test`` is the door to it for people and machines."""
    # The test itself may run below a make, whose flags and level must not colour this one.
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    dry = subprocess.run(
        ["make", "--dry-run", "test"],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "make test" in (checkout / ".ci" / "run").read_text("utf-8")
    assert dry.stdout.splitlines() == ["bash scripts/setup.sh test", "bash scripts/check.sh"]

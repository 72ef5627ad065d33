"""The cases that are shipped with the product."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from allocator.errors import DataError, Issue, NotFoundError

__all__ = ["Dataset", "dataset_path", "list_datasets"]

_FACTS = "dataset.toml"


@dataclass(frozen=True)
class Dataset:
    """A shipped case.

    Parameters
    ----------
    name
        What the command line calls it.
    title, title_zh, about
        For people; the title also in Chinese.
    switches
        Settings by which it is made larger or smaller, with their values, such as
        ``{"sample": ("s50", "s200")}``.
    path
        Its folder of CSV files.
    """

    name: str
    title: str
    title_zh: str
    about: str
    switches: Mapping[str, tuple[str, ...]]
    path: Path


def _root() -> Path:
    """Folder of the shipped cases: inside an installed package, else beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "_datasets"
    return inside if inside.is_dir() else package.parent / "datasets"


def list_datasets() -> list[Dataset]:
    """Return all shipped cases, by name.

    Raises
    ------
    DataError
        If a ``dataset.toml`` cannot be read.
    """
    return [_read_facts(path.parent) for path in sorted(_root().glob(f"*/{_FACTS}"))]


def _read_facts(folder: Path) -> Dataset:
    """Read what a data set says about itself."""
    try:
        facts = tomllib.loads((folder / _FACTS).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"the description of data set {folder.name!r} is damaged ({error})."
        issue = Issue("unreadable_text", "error", _FACTS, "", "", "", message, "Maybe reinstall.")
        raise DataError([issue]) from error
    switches = facts.get("switches", {})
    return Dataset(
        name=folder.name,
        title=str(facts.get("title", folder.name)),
        title_zh=str(facts.get("title_zh", facts.get("title", folder.name))),
        about=str(facts.get("about", "")),
        switches={str(k): tuple(map(str, v)) for k, v in switches.items()},
        path=folder,
    )


def dataset_path(name: str) -> Path:
    """Return the folder of a shipped case.

    Parameters
    ----------
    name
        Its name, such as ``guangxi``.

    Raises
    ------
    NotFoundError
        If there is no such data set.
    """
    folder = _root() / name
    if Path(name).name == name and (folder / _FACTS).is_file():
        return folder
    known = ", ".join(path.parent.name for path in sorted(_root().glob(f"*/{_FACTS}")))
    raise NotFoundError(f"data set {name!r} does not exist. Maybe one of: {known or 'none'}.")

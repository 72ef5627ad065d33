"""What the HTML pages are made of: templates, assets, data that stand safely in a script."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

__all__ = ["asset", "filled_template", "in_script"]

TEMPLATES = Path(__file__).resolve().parent / "templates"


def in_script(data: object) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("</", "<\\/").replace("<!--", "<\\u0021--")


def asset(name: str) -> str:
    """Text of a style sheet or script beside the templates."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def filled_template(name: str, **values: Any) -> str:
    """Return a template with its values filled in; every name it uses must be given."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(**values)

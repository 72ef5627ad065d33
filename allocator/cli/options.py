"""Options that verbs of all kinds take."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["AS_JSON", "LANG", "OUTLINES"]

LANG = click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language."
)

OUTLINES = click.option(
    "--outlines",
    type=click.Path(path_type=Path, exists=True),
    help="Your own GeoJSON of outlines for the maps.",
)

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")

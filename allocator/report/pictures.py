"""Figures as pictures: PNG or SVG by kaleido, where a Chromium is on this machine.

Nothing is fetched: plotly.js comes from the installed package, MathJax is switched off, and a
missing browser is an answer (``PicturesUnavailableError``), not a download.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from allocator.case import Case
from allocator.child import run_in_child
from allocator.plan import Plan
from allocator.ready_child import ReadyChild
from allocator.report.facts import Facts
from allocator.report.figures import gantt_figure, map_figure, served_figure
from allocator.report.figures.style import Figure, plain
from allocator.report.outlines import choose_outlines
from allocator.report.painting import (
    RENDER_SECONDS,
    WIDTH_PX,
    Painting,
    PicturesUnavailableError,
    paint,
)
from allocator.report.words import Language, as_language, word

__all__ = [
    "PicturesUnavailableError",
    "find_browser",
    "picture_figures",
    "render_figures",
    "write_pictures",
]

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)

START_SECONDS = 20.0
GRACE_SECONDS = 2.0
"""Limits on starting the browser, and on leaving: one that hangs must not hold up a plan. [s]"""

MOST_GANTT_WAREHOUSES = 18


def find_browser() -> Path | None:
    """Return a Chromium, Chrome or Edge: the one ``BROWSER_PATH`` names, else one on the path."""
    named = os.environ.get("BROWSER_PATH")
    if named:
        return Path(named) if Path(named).is_file() else None
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found:
        return Path(found)
    from choreographer.browsers.chromium import Chromium

    known = Chromium.find_browser(skip_local=False)
    return Path(known) if known and Path(known).is_file() else None


def picture_scenario(facts: Facts) -> str | None:
    """Scenario the pictures show: the worst served of those dispatched, else allocated."""
    shares = facts.served_shares
    travelled = [code for code in shares if facts.trips(code)]
    return min(travelled or shares, key=lambda code: (shares[code], code), default=None)


def picture_figures(
    facts: Facts, lang: Language, outlines: Path | None = None
) -> dict[str, Figure]:
    """Return the figures that are drawn as pictures, by name, sized for print.

    Parameters
    ----------
    facts
        Case and plan.
    lang
        Language of the words.
    outlines
        The user's own GeoJSON instead of the shipped outlines.
    """
    scenario = picture_scenario(facts)
    chosen = choose_outlines(facts.case, outlines)
    figures = {"map": map_figure(facts, chosen, scenario, lang)}
    figures["map"]["layout"]["height"] = 880
    if scenario is not None and facts.trips(scenario):
        figures["gantt"] = gantt_figure(
            facts, scenario, lang, most_warehouses=MOST_GANTT_WAREHOUSES
        )
    if facts.plan.served_by_hour:
        figures["served"] = served_figure(facts, lang)
    for name, figure in figures.items():
        title = word(f"picture.{name}", lang)
        if name != "served" and scenario is not None:
            title += f" · {facts.scenario_name(scenario)}"
        layout = figure["layout"]
        layout["title"] = {"text": plain(title), "x": 0.02, "y": 0.985, "yanchor": "top"}
        layout["margin"] = {**layout["margin"], "t": layout["margin"]["t"] + 25}
        layout["width"] = WIDTH_PX
    return figures


def render_figures(
    figures: Mapping[str, Figure],
    *,
    form: Literal["png", "svg"] = "png",
    scale: float = 1.0,
    ready: ReadyChild | None = None,
) -> dict[str, bytes]:
    """Draw figures with one start of the browser.

    Parameters
    ----------
    figures
        Figures by name.
    form
        ``png`` or ``svg``.
    scale
        Pixels of the picture for one of the figure.
    ready
        A child that was started beforehand.

    Raises
    ------
    PicturesUnavailableError
        If there is no browser, or it does not draw.
    """
    browser = find_browser()
    if browser is None:
        raise PicturesUnavailableError("no Chromium, Chrome or Edge was found on this machine")
    # In a process of its own, which can be killed with its browser if that hangs.
    limit = START_SECONDS + RENDER_SECONDS * len(figures)
    work = Painting(dict(figures), str(browser), form, scale)
    outcome = run_in_child(
        paint, work, time_limit_seconds=limit, grace_seconds=GRACE_SECONDS, ready=ready
    )
    if outcome.error is not None:
        raise PicturesUnavailableError(str(outcome.error)) from outcome.error
    if outcome.result is None:
        raise PicturesUnavailableError(f"the browser did not draw them in {limit:g} s")
    drawn: dict[str, bytes] = outcome.result
    return drawn


def write_pictures(
    case: Case,
    plan: Plan,
    folder: Path,
    *,
    lang: str = "en",
    outlines: Path | None = None,
    form: Literal["png", "svg"] = "png",
    scale: float = 2.0,
) -> list[Path]:
    """Write map, Gantt chart and served-over-time curve as pictures.

    Parameters
    ----------
    case, plan
        What to show.
    folder
        Where to; made if it does not exist.
    lang
        ``en`` or ``zh``.
    outlines
        The user's own GeoJSON instead of the shipped outlines.
    form, scale
        As in ``render_figures``.

    Returns
    -------
    list of Path
        The files ``map``, ``gantt`` and ``served``, as far as the plan has them.

    Raises
    ------
    PicturesUnavailableError
        If there is no browser, or it does not draw.
    DataError
        If the user's GeoJSON cannot be read.
    """
    figures = picture_figures(Facts(case, plan), as_language(lang), outlines)
    drawn = render_figures(figures, form=form, scale=scale)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in drawn.items():
        path = folder / f"{name}.{form}"
        path.write_bytes(content)
        written.append(path)
    return written

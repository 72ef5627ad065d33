"""The page: one HTML file with map, Gantt chart, curves and tables that opens without a network.

plotly.js is inlined from the installed package, everything else is in the file; a content
security policy forbids the page to ask for anything.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from allocator.case import Case
from allocator.plan import Plan
from allocator.report.figures.gantt import MOST_ROWS
from allocator.report.page_parts import asset, filled_template, in_script
from allocator.report.page_tables import MOST_TABLE_ROWS, page_tables, trips_by_warehouse
from allocator.report.summary import is_certified, summarise
from allocator.report.view import ViewData, view_data
from allocator.report.words import LANGUAGES, WORDS, as_language, word

__all__ = ["page_text", "write_page"]

PAGE_BYTES = 7_500_000
"""What the page may take with plotly.js; scenarios that do not fit are left to the workbook."""

MOST_SCENARIOS = 40

CARDS = (
    "served", "replan", "covered", "warehouses", "stock", "one_off_cost", "annual_cost",
    "shortages", "assumptions",
)  # fmt: skip

TABLE_TITLES = {
    "warehouses": "page.warehouses",
    "stock": "page.stock",
    "responsible": "page.responsible",
    "shortages": "page.shortages",
    "quality": "page.quality",
}

PLOTLY_WORDS_ZH = {
    "Zoom": "缩放",
    "Pan": "平移",
    "Zoom in": "放大",
    "Zoom out": "缩小",
    "Reset axes": "恢复视图",
    "Reset": "恢复",
    "Download plot as a PNG": "另存为图片",
    "Download plot": "另存为图片",
    "Double-click on legend to isolate one trace": "双击图例只看一项",
    "Double-click to zoom back out": "双击恢复视图",
    "Click to enter": "点击进入",
    "Taking snapshot - this may take a few seconds": "正在生成图片",
    "Snapshot succeeded": "图片已保存",
    "Sorry, there was a problem downloading your snapshot!": "图片保存失败",
}
"""Hints of plotly.js, whose bundle holds English only."""


def write_page(
    case: Case, plan: Plan, path: Path, *, lang: str = "en", outlines: Path | None = None
) -> None:
    """Write the page of a plan.

    Parameters
    ----------
    case, plan
        What to show.
    path
        HTML file to write.
    lang
        Language it opens in, ``en`` or ``zh``; a button switches.
    outlines
        The user's own GeoJSON (file or folder) instead of the shipped outlines.

    Raises
    ------
    DataError
        If the user's GeoJSON cannot be read.
    """
    path.write_text(page_text(case, plan, lang=lang, outlines=outlines), encoding="utf-8")


def page_text(case: Case, plan: Plan, *, lang: str = "en", outlines: Path | None = None) -> str:
    """Return the HTML of the page of a plan.

    Parameters
    ----------
    case, plan, lang, outlines
        As for ``write_page``.

    Raises
    ------
    DataError
        If the user's GeoJSON cannot be read.
    """
    language = as_language(lang)
    view = view_data(case, plan, language, outlines=outlines)
    facts = view.facts
    data = _page_data(view)
    summaries = {code: summarise(facts, code) for code in LANGUAGES}
    return filled_template(
        "page.html.j2",
        lang=language,
        plan_name=case.settings.plan_name,
        extent={
            "scenarios": len(facts.scenarios),
            "districts": len(case.districts),
            "horizon": f"{case.settings.horizon_hours:g}",
        },
        words={key: word(key, language) for key in WORDS},
        certified=is_certified(facts),
        summaries=summaries,
        card_topics={code: {word(key, code) for key in CARDS} for code in LANGUAGES},
        tables=list(data["tables"]),
        table_titles=TABLE_TITLES,
        run_text=" · ".join(f"{name} {text}" for name, text in plan.run_info.items() if text)[:600],
        data_json=in_script(data),
        plotly_script=_plotly_script(),
        style=asset("page.css"),
        script=asset("page.js"),
    )


@cache
def _plotly_script() -> str:
    """plotly.js of the installed package."""
    import plotly

    script = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    return script.read_text(encoding="utf-8").replace("</script", "<\\/script")


def _page_data(view: ViewData) -> dict[str, Any]:
    facts = view.facts
    served = view.served()
    data: dict[str, Any] = {
        "lang": view.lang,
        "words": {
            key: dict(zip(LANGUAGES, texts, strict=True))
            for key, texts in WORDS.items()
            if not key.startswith(("chart.", "picture.", "assumption.", "sheet."))
        },
        "plotly_words": PLOTLY_WORDS_ZH,
        "scenarios_total": len(facts.scenarios),
        "shapes": view.shapes(),
        "map": view.map_base(),
        "tables": page_tables(facts, {}),
        "most_rows": MOST_ROWS,
        "most_table_rows": MOST_TABLE_ROWS,
    }
    left = PAGE_BYTES - len(_plotly_script().encode()) - len(in_script(data).encode())
    parts = _scenario_parts(view, left)
    scenarios = [code for code in facts.scenarios if code in parts]
    data["scenarios"] = view.scenario_rows(scenarios)
    data["map"]["scenarios"] = {code: part["map"] for code, part in parts.items()}
    data["gantt"] = {code: part["gantt"] for code, part in parts.items() if part["gantt"]}
    data["tables"] = page_tables(facts, {code: part["short"] for code, part in parts.items()})
    data["trips_by_warehouse"] = trips_by_warehouse(facts, scenarios)
    kept = {*scenarios, None}
    served["data"] = [
        trace for trace in served["data"] if trace.get("meta", {}).get("scenario") in kept
    ]
    data["served"] = served
    return data


def _scenario_parts(view: ViewData, left: int) -> dict[str, dict[str, Any]]:
    """Figures and shortages of the scenarios that fit into so many bytes, most probable first."""
    parts: dict[str, dict[str, Any]] = {}
    for code in view.ranked[:MOST_SCENARIOS]:
        part = {
            "map": view.map_scenario(code),
            "gantt": view.gantt(code),
            "short": view.shortages(code),
        }
        left -= len(in_script(part).encode())
        if left < 0 and parts:
            break
        parts[code] = part
    return parts

"""What the reports say, in both languages: every fixed word once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from allocator.errors import ConflictError
from allocator.report.gantt_words import GANTT_WORDS

__all__ = ["LANGUAGES", "WORDS", "Language", "Phrases", "as_language", "phrase", "word"]

Language = Literal["en", "zh"]

LANGUAGES: tuple[Language, ...] = ("en", "zh")

Phrases = Mapping[str, tuple[str, str]]
"""Words and sentences by key, in the order of the languages."""

WORDS: Phrases = {
    # verdict and key figures
    "certified": ("Certified", "已核验"),
    "not_certified": ("Not certified", "未核验"),
    "verdict": ("Verdict", "结论"),
    "warehouses": ("Warehouses", "储备库"),
    "stock": ("Stock", "库存"),
    "stock_m3": ("Stock [m3]", "库存 [m3]"),
    "one_off_cost": ("One-off cost", "一次性费用"),
    "annual_cost": ("Annual cost", "年度费用"),
    "quality": ("Quality", "方案质量"),
    "scenario": ("Scenario", "情景"),
    "scenarios": ("Scenarios", "情景"),
    "shortages": ("Shortages", "缺口"),
    "replan": ("Re-plan", "重新安排"),
    "served": ("Served", "满足率"),
    "served_worst": ("Worst scenario", "最差情景"),
    "served_expected": ("Expected over scenarios", "概率加权平均"),
    "trips": ("Trips", "车次"),
    "assumptions": ("Assumptions", "假设数据"),
    "run": ("Run", "运行"),
    "placement": ("Placement", "布局"),
    "reduction": ("Scenarios kept", "情景缩减"),
    "location": ("Location question", "选址问题"),
    "covered": ("Covered people", "覆盖人口"),
    "losses": ("Losses", "失效检验"),
    # decisions and states
    "keep": ("kept", "保留"),
    "open": ("opened", "新建"),
    "resize": ("resized", "扩建"),
    "close": ("closed", "关闭"),
    "external": ("outside source", "外部来源"),
    "hub": ("hub", "中转站"),
    "shut": ("candidate, not opened", "候选未建"),
    # stages
    "unmet": ("unmet need", "缺供"),
    "waiting": ("waiting", "等待"),
    "cost": ("cost", "费用"),
    "social": ("social cost", "社会总成本"),
    "cover-all": ("fewest warehouses that cover all", "全覆盖的最少库数"),
    "cover-most": ("most people covered", "覆盖人口最多"),
    "median": ("least person-hours", "总人时最少"),
    "center": ("shortest longest way", "最远时间最短"),
    # reasons of shortages
    "no_stock": ("no stock", "库存不足"),
    "out_of_reach": ("out of reach in time", "时限内不可达"),
    "paper": ("paper too late", "审批过迟"),
    "vehicles": ("vehicles", "车辆不足"),
    "through_hub": ("ways through hubs", "中转能力不足"),
    "docks": ("docks", "装车能力不足"),
    "receiving": ("receiving capacity", "接收能力不足"),
    "convoy": ("no convoy", "凑不成编队"),
    "home_reserve": ("home reserve", "本省保留"),
    "drivers": ("drivers' rests", "驾驶员休息"),
    "roads": ("roads cut, slow or closed", "道路中断、缓行或封闭"),
    "lower_priority": ("lower priority", "优先级较低"),
    "within_gap": ("within the gap", "在差距之内"),
    "whole_units": ("whole units only", "只按整件发运"),
    "other": ("other", "其他"),
    "not_looked_into": ("not looked into, as the search was cut short", "求解中断，未及查明"),
    # map
    "figure.need_met": ("need met", "需求已满足"),
    "figure.short_5": ("short by up to 5 %", "缺口不超过5%"),
    "figure.short_20": ("short by 5 to 20 %", "缺口5%至20%"),
    "figure.short_50": ("short by 20 to 50 %", "缺口20%至50%"),
    "figure.short_more": ("short by more than 50 %", "缺口超过50%"),
    "figure.no_need": ("no need here", "无需求"),
    "figure.shading": ("Districts: weighted need", "区县：加权需求"),
    "figure.warehouses": ("Warehouses: area is stock", "储备库：面积为库存"),
    "figure.flows": ("Goods sent by the horizon", "时限内调运量"),
    "figure.from_outside": ("from outside sources", "来自外部来源"),
    "figure.to_hubs": ("to hubs", "运往中转站"),
    "figure.rings": ("Reach after sign-off", "放行后可达范围"),
    "figure.answers": ("Location question", "选址问题"),
    "figure.covered": ("covered", "已覆盖"),
    "figure.uncovered": ("not covered", "未覆盖"),
    "figure.answers_for": ("answers for", "责任关系"),
    "figure.keep": ("kept", "保留"),
    "figure.open": ("opened", "新建"),
    "figure.resize": ("resized", "扩建"),
    "figure.close": ("closed", "关闭"),
    "figure.external": ("outside source", "外部来源"),
    "figure.hub": ("hub", "中转站"),
    "figure.shut": ("candidate, not opened", "候选未建"),
    "figure.arrivals": ("flow: hours", "调运：时间"),
    "figure.hover_district": (
        "<b>%{customdata[0]}</b> %{customdata[1]}<br>weighted need served: %{customdata[2]}"
        "<br>first goods in hand: %{customdata[3]}, last: %{customdata[4]}"
        "<br>need: %{customdata[5]}<br>short: %{customdata[6]}<extra></extra>",
        "<b>%{customdata[0]}</b> %{customdata[1]}<br>加权需求满足率：%{customdata[2]}"
        "<br>首批到位：%{customdata[3]}，末批：%{customdata[4]}"
        "<br>需求：%{customdata[5]}<br>缺口：%{customdata[6]}<extra></extra>",
    ),
    "figure.hover_warehouse": (
        "<b>%{customdata[0]}</b> %{customdata[1]}<br>size class %{customdata[2]}"
        "<br>used %{customdata[3]} of %{customdata[4]} m3<br>stock: %{customdata[5]}"
        "<extra></extra>",
        "<b>%{customdata[0]}</b> %{customdata[1]}<br>规模 %{customdata[2]}"
        "<br>占用 %{customdata[3]} / %{customdata[4]} m3<br>库存：%{customdata[5]}"
        "<extra></extra>",
    ),
    "figure.hover_flow": (
        "<b>%{customdata[0]} → %{customdata[1]}</b><br>%{customdata[2]} trips, "
        "%{customdata[3]} m3, %{customdata[4]} t<br>first departure %{customdata[5]}"
        "<br>in hand from %{customdata[6]} to %{customdata[7]}<extra></extra>",
        "<b>%{customdata[0]} → %{customdata[1]}</b><br>%{customdata[2]} 车次，"
        "%{customdata[3]} m3，%{customdata[4]} 吨<br>首车出发 %{customdata[5]}"
        "<br>到位 %{customdata[6]} 至 %{customdata[7]}<extra></extra>",
    ),
    "figure.hover_assigned": (
        "<b>%{customdata[0]} → %{customdata[1]}</b><br>%{customdata[3]} m3, %{customdata[4]} t"
        "<br>assigned by placement<extra></extra>",
        "<b>%{customdata[0]} → %{customdata[1]}</b><br>%{customdata[3]} m3，%{customdata[4]} 吨"
        "<br>布局阶段分配<extra></extra>",
    ),
    # Gantt
    **GANTT_WORDS,
    # served over time
    "figure.served_axis": (
        "weighted share of the need in hand",
        "加权需求满足率",
    ),
    "figure.expected": ("expected over scenarios", "概率加权平均"),
    "figure.hover_served": (
        "%{fullData.name}<br>%{x} h: %{y:.1%}<extra></extra>",
        "%{fullData.name}<br>%{x} h：%{y:.1%}<extra></extra>",
    ),
    # charts and sheets
    "chart.served": ("Share of the need in hand, by hour", "满足率随时间变化"),
    "chart.stock": ("Stock by warehouse and item", "各储备库分物资库存"),
    "chart.cost": ("Annual cost by warehouse", "各储备库年度费用"),
    "chart.gantt": ("First and last trip of each warehouse", "各储备库首末车次"),
    "chart.unmet": ("Unmet share by scenario", "各情景缺供比例"),
    "chart.worth": ("Value of each plan, the smaller the better", "各方案目标值（越小越好）"),
    "chart.plan": ("plan", "方案"),
    "chart.value": ("value", "目标值"),
    "chart.in_sample": ("all scenarios", "全部情景"),
    "chart.held_back": ("scenarios held back", "样本外情景"),
    "worth": ("Worth of the model", "模型价值"),
    "chart.hours": ("hours from the event [h]", "事件发生后小时 [h]"),
    "chart.share": ("weighted share", "加权比例"),
    "chart.volume": ("volume [m3]", "体积 [m3]"),
    "chart.money": ("10,000 CNY a year", "万元/年"),
    "chart.running": ("running the warehouse", "库房运行"),
    "chart.keeping": ("keeping the stock", "库存保管"),
    "chart.expiry": ("expired stock", "过期报损"),
    "chart.one_off": ("one-off cost, spread over its years", "一次性费用折旧"),
    "chart.paper": ("paper", "审批"),
    "chart.wait": ("wait", "待装"),
    "chart.load": ("load", "装车"),
    "chart.drive": ("drive", "行驶"),
    "chart.unload": ("unload", "卸车"),
    "chart.return": ("return", "返回"),
    "chart.hour": ("hour", "小时"),
    "chart.warehouse": ("warehouse", "储备库"),
    "chart.trip": ("trip", "车次"),
    "chart.scenario": ("scenario", "情景"),
    "chart.first": ("first", "首车"),
    "chart.last": ("last", "末车"),
    "chart.starts": ("starts at", "开始"),
    "chart.note_first": (
        "The figures behind the charts of sheet {charts}; every chart can be edited in place.",
        "工作表“{charts}”中图表所用数据；图表均可直接编辑。",
    ),
    "chart.note_rows": (
        "The {shown} largest of {total} are shown; all are in sheet {sheet}.",
        "仅显示最大的 {shown} 个（共 {total} 个），全部见工作表“{sheet}”。",
    ),
    "column.unit": ("unit", "单位"),
    "column.unit_about": (
        "Unit of objective and bound; added for the reader.",
        "目标值与界的单位；便于阅读而加。",
    ),
    "column.name_about": (
        "Name of the code in column {column}, from the case; added for the reader.",
        "“{column}”列代码在案例中的名称；便于阅读而加。",
    ),
    "sheet.charts": ("Charts", "图表"),
    "sheet.chart_data": ("Chart_Data", "图表数据"),
    "sheet.pictures": ("Pictures", "图片"),
    "sheet.assumptions": ("Assumptions", "假设说明"),
    "assumption.table": ("sheet", "工作表"),
    "assumption.field": ("columns", "字段"),
    "assumption.rows": ("rows", "行数"),
    "assumption.row_key": ("row", "行"),
    "assumption.status": ("standing", "数据性质"),
    "assumption.source": ("source", "来源"),
    "assumption.note": ("note", "说明"),
    "assumption.all_figures": ("all figures of these rows", "这些行的全部数值"),
    "assumption.all_rows": ("all rows", "全部行"),
    "assumption.rows_unit": ("[rows]", "[行]"),
    "status.assumption": ("assumption", "假设"),
    "status.mixed": ("mixed, see Figures", "混合，见数据说明"),
    "picture.map": ("Map", "地图"),
    "picture.gantt": ("Trips", "车次甘特图"),
    "picture.served": ("Served over time", "满足率曲线"),
    "picture.absent": (
        "The pictures of the map and the trips need a Chromium on this machine "
        "(Debian: apt-get install chromium fonts-noto-cjk; or set BROWSER_PATH to a Chrome or "
        "Edge). Then write the workbook again. The HTML page shows the same figures without it.",
        "地图与车次图片需要本机装有 Chromium（Debian：apt-get install chromium fonts-noto-cjk；"
        "或将 BROWSER_PATH 设为 Chrome 或 Edge 的路径），然后重新生成工作簿。"
        "HTML 页面无需浏览器组件即可显示同样的图。",
    ),
    "picture.failed": (
        "The pictures of the map and the trips could not be made: {reason}. "
        "The HTML page shows the same figures.",
        "地图与车次图片未能生成：{reason}。HTML 页面可显示同样的图。",
    ),
    "picture.left_out": (
        "The pictures were left out on request; the HTML page shows the same figures.",
        "按要求未生成图片；HTML 页面可显示同样的图。",
    ),
    "outline.note": (
        "Outlines are a drawing aid, not a reviewed map.",
        "轮廓仅供示意，非审定地图。",
    ),
    # page
    "page.title": ("Reserve plan", "储备布局与调运方案"),
    "page.one_scenario": ("scenario", "个情景"),
    "page.scenarios": ("scenarios", "个情景"),
    "page.one_district": ("district", "个区县"),
    "page.districts": ("districts", "个区县"),
    "page.map": ("Map", "地图"),
    "page.warehouses": ("Warehouses", "储备库"),
    "page.stock": ("Stock under the plan, in each item's unit", "方案库存（按物资计量单位）"),
    "page.responsible": ("Who answers for which district", "区县责任库"),
    "page.shortages": ("Shortages in this scenario", "本情景缺口"),
    "page.gantt": ("The first hours, by warehouse", "各储备库时间安排"),
    "page.served": ("Served over time", "满足率随时间变化"),
    "page.quality": ("How good the plan is", "方案质量"),
    "page.key_figures": ("Key figures", "关键指标"),
    "page.scenario": ("Scenario", "情景"),
    "page.rings": ("Reach rings around", "可达圈中心"),
    "page.no_rings": ("none", "不显示"),
    "page.all_open": ("all warehouses with stock", "全部有库存的储备库"),
    "page.view_case": ("Districts", "区县范围"),
    "page.view_all": ("All warehouses", "全部储备库"),
    "page.language": ("中文", "English"),
    "page.other_language": ("zh", "en"),
    "page.no_script": (
        "Figures and tables are drawn by a script inside this file; allow it to run.",
        "图表由本文件内的脚本绘制，请允许运行脚本。",
    ),
    "page.certified_hint": (
        "replayed by a checker that shares no code with the models",
        "已由与模型无共用代码的核验程序重放",
    ),
    "page.sort_hint": ("Click a header to sort.", "点击表头可排序。"),
    "page.rows_left_out": (
        "The first {shown} of {total} rows are shown; all are in the workbook.",
        "仅显示前 {shown} 行（共 {total} 行），全部见工作簿。",
    ),
    "page.trips_left_out": (
        "{shown} of {total} trips are drawn: the busiest warehouses, "
        "and in each at most {lanes} rows. All are in sheet Dispatch_Trips.",
        "图中为 {total} 车次中的 {shown} 车次：最繁忙的储备库，每库最多 {lanes} 行。"
        "全部见工作表“运输车次”。",
    ),
    "page.trips_all": (
        "All {total} trips are drawn; equal trips share a bar.",
        "图中为全部 {total} 车次；相同车次合并为一条。",
    ),
    "page.scenarios_left_out": (
        "The page holds the {shown} most probable of {total} scenarios; all are in the workbook.",
        "页面包含概率最高的 {shown} 个情景（共 {total} 个），全部见工作簿。",
    ),
    "page.no_shortage": ("No shortage in this scenario.", "本情景无缺口。"),
    "page.rings_note": (
        "Rings: loading, driving with rests and unloading of the fastest road vehicle within "
        "6, 8, 10 and {horizon} h after the sign-offs, on undamaged roads ({radii}).",
        "可达圈：放行后 6、8、10、{horizon} 小时内最快公路车辆装车、行驶（含休息）、"
        "卸车可达范围，按道路完好计（{radii}）。",
    ),
    "page.foot": (
        "One self-contained file: opens from disk, asks no network for anything.",
        "单一自包含文件：可离线打开，不访问网络。",
    ),
    "table.warehouse": ("Warehouse", "储备库"),
    "table.code": ("Code", "代码"),
    "table.decision": ("Decision", "决定"),
    "table.size_class": ("Size", "规模"),
    "table.volume_m3": ("Volume [m3]", "库容 [m3]"),
    "table.used_m3": ("Used [m3]", "占用 [m3]"),
    "table.used_share": ("Used [%]", "占用率 [%]"),
    "table.one_off": ("One-off [10,000 CNY]", "一次性 [万元]"),
    "table.annual": ("Annual [10,000 CNY]", "年运行 [万元]"),
    "table.trips": ("Trips, this scenario", "本情景车次"),
    "table.hours": ("Hours", "小时"),
    "table.people": ("Residents", "常住人口"),
    "table.covered": ("Covered", "覆盖"),
    "table.district": ("District", "区县"),
    "table.item": ("Item", "物资"),
    "table.need": ("Need", "需求"),
    "table.served": ("In hand", "到位"),
    "table.short": ("Short", "缺口"),
    "table.short_share": ("Short [%]", "缺口 [%]"),
    "table.reason": ("Reason", "原因"),
    "table.sentence": ("Explanation", "说明"),
    "table.part": ("Part", "部分"),
    "table.stage": ("Stage", "目标"),
    "table.objective": ("Value", "目标值"),
    "table.bound": ("Bound", "界"),
    "table.unit": ("Unit", "单位"),
    "table.gap": ("Gap [%]", "差距 [%]"),
    "table.words": ("In words", "含义"),
    "table.seconds": ("Seconds", "用时 [s]"),
}
"""English and Chinese by key; page and figures switch between them by the key."""


def word(key: str, lang: Language, **figures: object) -> str:
    """Return a fixed word or sentence.

    Parameters
    ----------
    key
        Key of ``WORDS``.
    lang
        Language of the report.
    figures
        Values for the places in braces, if the sentence has any.

    Raises
    ------
    KeyError
        If the key is unknown.
    """
    return phrase(WORDS, key, lang, **figures)


def phrase(phrases: Phrases, key: str, lang: Language, **figures: object) -> str:
    """Return a word or sentence of a table: all that a report says is looked up here.

    Parameters
    ----------
    phrases
        The table.
    key
        Its key.
    lang
        Language wanted.
    figures
        Values for the places in braces; without any, braces stay for a page to fill in.

    Raises
    ------
    KeyError
        If the key is unknown.
    """
    text = phrases[key][LANGUAGES.index(lang)]
    return text.format(**figures) if figures else text


def as_language(lang: str) -> Language:
    """Return a language code that the reports know.

    Raises
    ------
    ConflictError
        If there is no report in that language.
    """
    for known in LANGUAGES:
        if lang == known:
            return known
    raise ConflictError(f"there is no report in language {lang!r}. Maybe one of: en, zh.")

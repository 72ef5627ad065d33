"""What the page of the comparisons says, in both languages."""

from __future__ import annotations

from typing import Final

from allocator.report.words import Phrases

__all__ = ["COMPARE_WORDS"]

COMPARE_WORDS: Final[Phrases] = {
    # picking
    "compare.pick": ("Pick two or more finished runs", "选择两个或更多已完成的运行"),
    "compare.about": (
        "The base is what the others are held against. Differences within the gaps are marked: "
        "a better solve could undo them.",
        "其他方案与基准对比。差距之内的差别会标出：更好的求解可能使其消失。",
    ),
    "compare.name": ("Name", "名称"),
    "compare.take": ("Take", "选取"),
    "compare.take_one": ("Take run {number}, {name}", "选取运行 {number}，{name}"),
    "compare.base": ("Base", "基准"),
    "compare.base_one": ("Run {number}, {name}, is the base", "以运行 {number}，{name} 为基准"),
    "compare.finished": ("Finished", "完成时间"),
    "compare.picked": ("Taken: {n}", "已选 {n} 个"),
    "compare.too_few": (
        "Take at least two runs, one of them as the base.",
        "请至少选取两个运行，并指定其一为基准。",
    ),
    "compare.no_runs": (
        "No run with a plan is finished yet.",
        "还没有已完成且有方案的运行。",
    ),
    "compare.go": ("Compare", "对比"),
    "compare.working": ("Comparing …", "正在对比……"),
    "compare.ready": ("The comparison is ready.", "对比已完成。"),
    "compare.earlier": ("Comparisons made before", "以前的对比"),
    # what came out
    "compare.title": ("Comparison", "对比"),
    "compare.workbook": ("Workbook", "工作簿"),
    "compare.page": ("Report page", "报告网页"),
    "compare.inputs_changed": ("Inputs changed", "输入变化"),
    "compare.kpis": ("Key figures", "关键指标"),
    "compare.warehouses": ("Warehouses", "储备库"),
    "compare.stock": ("Stock moved", "库存变化"),
    "compare.shortages": ("Shortages", "缺口"),
    "compare.trips": ("Trips", "车次"),
    "compare.none": ("No difference.", "没有差别。"),
    "compare.more": ("{n} more are in the workbook.", "另有 {n} 条见工作簿。"),
    "compare.row": ("Row", "行"),
    "compare.change": ("Change", "变化"),
    "compare.other": ("Other", "对比"),
    "compare.difference": ("Difference", "差额"),
    "compare.unit": ("Unit", "单位"),
    "compare.figure": ("Figure", "指标"),
    "compare.verdict": ("Real?", "是否可区分"),
    "compare.note.same": ("no difference", "无差别"),
    "compare.note.apart": ("distinguishable", "可区分"),
    "compare.note.within_gaps": (
        "within the gaps: not distinguishable",
        "在差距之内：不可区分",
    ),
    "compare.note.trade": (
        "not known: an earlier objective is worse where this one is better",
        "无法判断：以前一目标变差换来",
    ),
    "compare.note.no_bound": ("not known: it has no bound", "无法判断：没有界"),
    "compare.note.objectives_differ": (
        "not compared: the objectives differ",
        "不作比较：目标不同",
    ),
    "compare.warehouse": ("Warehouse", "储备库"),
    "compare.total": ("all", "合计"),
    "compare.base_size": ("Size, base", "基准规模"),
    "compare.other_size": ("Size, other", "对比规模"),
    "compare.base_used": ("Used, base [m3]", "基准占用 [m3]"),
    "compare.other_used": ("Used, other [m3]", "对比占用 [m3]"),
    "compare.base_depart": ("Departs, base [h]", "基准出发 [h]"),
    "compare.other_depart": ("Departs, other [h]", "对比出发 [h]"),
    "compare.base_load": ("Load, base", "基准装载"),
    "compare.other_load": ("Load, other", "对比装载"),
    "compare.change.changed": ("changed", "修改"),
    "compare.change.added": ("added", "增加"),
    "compare.change.removed": ("removed", "删除"),
    "compare.change.reordered": ("in another order", "顺序改变"),
    "compare.change.opened": ("opened", "新启用"),
    "compare.change.closed": ("closed", "停用"),
    "compare.change.resized": ("resized", "改变规模"),
    "compare.change.kept": ("kept", "保留"),
    "compare.change.dropped": ("dropped", "取消"),
    "compare.change.retimed": ("retimed", "改时"),
    "compare.change.reloaded": ("reloaded", "改装"),
    "compare.change.gained": ("new", "新增"),
    "compare.change.ended": ("gone", "消除"),
    "compare.change.larger": ("larger", "扩大"),
    "compare.change.smaller": ("smaller", "缩小"),
    "kpi.served_share": ("served", "满足率"),
    "kpi.expected_unmet_share": ("unmet, expected", "期望缺供率"),
    "kpi.cvar_unmet_share": ("unmet, worst cases", "最差情形缺供率"),
    "kpi.open_count": ("open warehouses", "启用库数"),
    "kpi.used_m3": ("stock", "库存量"),
    "kpi.one_off_cost_cny": ("one-off cost", "一次性费用"),
    "kpi.annual_cost_cny": ("annual cost", "年度费用"),
    "kpi.trips": ("trips", "车次"),
    "kpi.volume_m3": ("volume", "运量"),
    "kpi.distance_km": ("distance", "里程"),
    "kpi.cost_cny": ("cost", "费用"),
    "kpi.hours_paper": ("paper", "审批时间"),
    "kpi.hours_wheels": ("wheels", "行驶时间"),
}
"""English and Chinese by key."""

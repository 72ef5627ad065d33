"""What the form of a new run says, in both languages."""

from __future__ import annotations

from typing import Final

from allocator.report.words import WORDS, Phrases
from allocator.schema.words import CHOICES_ZH

__all__ = ["NEW_RUN_WORDS"]

_CHANGES: Final = {
    "road_closed": "Road closed",
    "road_slow": "Road slow",
    "vehicle_lost": "Vehicles lost",
    "vehicle_added": "Vehicles added",
    "demand": "Need changed",
    "receiving": "Receiving changed",
    "docks": "Docks changed",
    "signature_late": "Signature late",
    "signature_early": "Signature early",
    "warehouse_lost": "Warehouse lost",
    "stock_lost": "Stock lost",
    "stock_found": "Stock found",
    "trip_left": "Trip left",
    "trip_held": "Trip held back",
    "trip_lost": "Trip lost",
    "trip_late": "Trip late",
}

_QUESTIONS: Final = ("cover-all", "cover-most", "median", "center")

NEW_RUN_WORDS: Final[Phrases] = {
    "new.title": ("New run", "新建运行"),
    "new.no_case": ("There is no case yet. First make one:", "还没有算例。请先建立："),
    "new.kind": ("What shall be found?", "求解什么？"),
    "new.kind.plan": (
        "Where to keep which reserves, then 48 hours of dispatch for each scenario.",
        "在何处储备何物，并为每个情景安排48小时调度。",
    ),
    "new.kind.place": ("Only where to keep which reserves.", "仅求储备布局。"),
    "new.kind.dispatch": (
        "Who drives what where in one scenario, from today's reserves or from a placement.",
        "单个情景的调度，按现有库存或已有布局。",
    ),
    "new.kind.replan": (
        "Something has changed: a new dispatch with few changes to the old one.",
        "情况有变：在原调度上尽量少改。",
    ),
    "new.kind.explain": (
        "Why a plan leaves shortages, and what would repair them.",
        "方案为何有缺口，如何补救。",
    ),
    "new.kind.coordination": (
        "What every late signature costs, which one to fix, and who answers for it.",
        "每一个迟到的签字代价几何，先改哪一个，由谁担责。",
    ),
    "new.base": ("Start from the run", "基于运行"),
    "new.base_note": (
        "A finished run of the same case; an empty list says that there is none yet.",
        "同一算例的已完成运行；列表为空表示尚无。",
    ),
    "new.no_base": ("none: today's reserves", "无：按现有库存"),
    "new.at_hours": ("Hour of the re-plan [h]", "调整时刻 [h]"),
    "new.at_hours_note": (
        "From the event. What left before stays as it is.",
        "自事件起算。此前已出发的不变。",
    ),
    "new.objective": ("Objective", "目标"),
    "new.of_case": ("as the case says", "按算例设置"),
    "new.sites": ("Open warehouses", "启用库数"),
    "new.sites_note": ("For the classical question chosen above.", "用于所选的经典选址问题。"),
    "new.within_hours": ("Within hours [h]", "到达时限 [h]"),
    "new.gap": ("Gap [%]", "差距 [%]"),
    "new.gap_note": (
        "A solve may stop when no better plan can be better by more than this.",
        "可证明的改进余地不超过此值即可停止。",
    ),
    "new.limit": ("Time limit [s]", "时间上限 [秒]"),
    "new.limit_note": (
        "Of the whole run; the best plan by then is kept.",
        "整个运行的求解时间；到时保留最好方案。",
    ),
    "new.district": ("Only this district", "仅此区县"),
    "new.item": ("Only this item", "仅此物资"),
    "new.why": ("Why this warehouse?", "为何用此库？"),
    "new.why_not": ("Why not this warehouse?", "为何不用此库？"),
    "new.optional": ("May be left out.", "可不填。"),
    "new.name": ("Name", "名称"),
    "new.name_note": ("For people; may be left out.", "便于辨认；可不填。"),
    "new.all": ("all", "全部"),
    "new.more": ("More options", "更多选项"),
    "new.reduce_to": ("Scenarios to place on", "布局所用情景数"),
    "new.reduce_note": (
        "So many that stand for all; empty: as the case says.",
        "以若干代表情景代替全部；空：按算例设置。",
    ),
    "new.move_price": ("Price of changing a trip", "变更代价"),
    "new.move_price_note": (
        "Weighted unit-hours of waiting that changing one trip must save.",
        "变更一个车次至少须减少的加权等待（单位·小时）。",
    ),
    "new.seed": ("Seed", "随机种子"),
    "new.workers": ("Processes", "并行进程数"),
    "new.workers_note": ("That solve side by side; empty: two.", "同时求解的进程；空：两个。"),
    "new.threads": ("Threads of each", "每进程线程数"),
    "new.submit": ("Start", "开始"),
    "new.mend": ("Please mend the fields that are marked.", "请修改标出的字段。"),
    # objectives
    "objective.lives": ("lives first", "生命优先"),
    "objective.social": WORDS["social"],
    "objective.cost": WORDS["cost"],
    **{f"objective.{name}": WORDS[name] for name in _QUESTIONS},
    # changes of a re-plan
    "changes.title": ("What has changed", "有何变化"),
    "changes.about": (
        "None at all plans the rest anew. On the map of a plan a click collects changes, too.",
        "可不填，仅重新安排其余部分。也可在方案地图上点选。",
    ),
    "changes.add": ("Add a change", "增加变化"),
    "changes.remove": ("Remove", "删除"),
    "changes.one": ("Change {n}", "变化 {n}"),
    "changes.kind": ("Kind", "类别"),
    "changes.optional": ("may be left out", "可不填"),
    **{f"change.{kind}": (text, CHOICES_ZH[kind]) for kind, text in _CHANGES.items()},
    "column.warehouse": ("Warehouse", "储备库"),
    "column.district": ("District", "区县"),
    "column.item": ("Item", "物资"),
    "column.fleet": ("Fleet", "车型"),
    "column.procedure": ("Procedure", "流程"),
    "column.step": ("Step", "步骤"),
    "column.trip": ("Trip", "车次"),
    "column.amount": ("Amount", "数量"),
    "column.from_hours": ("From hour [h]", "自 [h]"),
    "column.to_hours": ("Until hour [h]", "至 [h]"),
}
"""English and Chinese by key."""

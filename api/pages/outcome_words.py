"""What the page of a run says of its end, in both languages."""

from __future__ import annotations

from typing import Final

from allocator.report.words import Phrases

__all__ = ["OUTCOME_WORDS"]

OUTCOME_WORDS: Final[Phrases] = {
    "ending.title": ("What came out", "结果"),
    "ending.first": (
        "A first plan, certified; a better one is searched.",
        "初步方案，已核验；正在寻找更好方案。",
    ),
    "ending.partial": (
        "The case concerns provinces that your key is not for: figures of the whole and files "
        "are left out, rows of your provinces are below.",
        "算例涉及您无权查看的省份：不显示整体数值与文件，仅列出本省记录。",
    ),
    "ending.scenarios": ("Dispatch by scenario", "各情景调度"),
    "ending.more": ("{n} more are in the workbook.", "另有 {n} 条见工作簿。"),
    "ending.digest": ("Digest of the plan:", "方案摘要："),
    "key.open": ("Open warehouses", "启用储备库"),
    "key.expected": ("Served, expected", "期望满足率"),
    "key.worst": ("Served, worst cases", "最差情形满足率"),
    "key.one_off": ("One-off cost", "一次性费用"),
    "key.annual": ("Annual cost", "年度费用"),
    "key.covered": ("Covered people", "覆盖人口"),
    "key.changed": ("Trips changed", "变更车次"),
    "key.at_hours": ("Hour of the re-plan", "调整时刻"),
    "key.degree": ("Coordination degree", "协同度"),
    "key.delay_cost": ("Delay cost", "协同延迟成本"),
    "key.solves": ("Solves", "求解次数"),
    "key.served": ("Served", "满足率"),
    "key.trips": ("Trips", "车次"),
    "key.volume": ("Volume", "运量"),
    "key.paper": ("Paper", "审批时间"),
    "key.wheels": ("Wheels", "行驶时间"),
    "key.dispatch_cost": ("Cost", "费用"),
    "explain.shortages": ("Shortages and their reasons", "缺口与原因"),
    "explain.choices": ("Why this, why not that", "为何如此"),
    "explain.proofs": ("What counting alone proves", "仅凭计数即可证明"),
    "explain.nothing": ("There is no shortage to explain.", "没有需要说明的缺口。"),
    "file.plan.xlsx": ("Result workbook", "结果工作簿"),
    "file.plan.html": ("Report page", "报告网页"),
    "file.explanation.xlsx": ("Explanation workbook", "说明工作簿"),
    "file.coordination.xlsx": ("Coordination workbook", "协同工作簿"),
    "file.coordination.html": ("Coordination page", "协同网页"),
    "file.orders": ("Orders", "调度单"),
    "run.replan": ("Re-plan", "重新安排"),
    "run.dispatch": ("Dispatch from it", "据此调度"),
    "run.explain": ("Explain the shortages", "说明缺口原因"),
    "run.coordination": ("Cost of late signatures", "审批迟延的代价"),
    "run.compare": ("Compare with others", "与其他方案对比"),
    "run.explanations": ("Explanations and coordination", "原因说明与协同"),
    "failure.infeasible": ("No plan can keep all rules", "没有方案能满足全部规则"),
    "failure.no_plan": (
        "The limit was reached before there was any plan",
        "到达时限时尚无任何方案",
    ),
    "failure.failed": ("The run failed", "运行失败"),
    "failure.why.DataError": (
        "The input has faults; each says where it is.",
        "输入有错误，每处均已指明位置。",
    ),
    "failure.why.ConflictError": (
        "What was asked for does not go with the case or the plan.",
        "所求与算例或方案不符。",
    ),
    "failure.why.NotFoundError": (
        "Something that was named is not there.",
        "所指内容不存在。",
    ),
    "failure.why.InfeasibleError": (
        "The rules below contradict each other.",
        "下列规则互相矛盾。",
    ),
    "failure.why.NoPlanError": (
        "Maybe allow more time, or a wider gap.",
        "可延长时间上限，或放宽差距。",
    ),
    "failure.why.ReplayError": (
        "The plan did not pass the check that is made of every plan; it is not shown.",
        "方案未通过核验，不予显示。",
    ),
    "failure.why.SolveError": ("The solver gave up.", "求解器未能完成。"),
    "failure.why.WorkerLost": (
        "Its worker was lost, again and again. Maybe it needs more memory.",
        "求解进程多次中断，可能内存不足。",
    ),
    "failure.why.RunEnded": ("Its process ended unexpectedly.", "求解进程意外结束。"),
    "failure.why.TooLong": (
        "It took too long in spite of its limit, and was ended.",
        "运行超过最长时间，已被终止。",
    ),
    "failure.why.OutOfMemory": (
        "It needed more memory than one run may have.",
        "所需内存超过单个运行的上限。",
    ),
    "failure.rules": ("Rules in conflict", "相互冲突的规则"),
    "failure.repairs": ("What would repair it", "如何修复"),
    "failure.repairs_note": (
        "Each is enough by itself: change the case so, and upload it again.",
        "任选其一即可：照此修改算例后重新上传。",
    ),
    "failure.smallest": ("Proven to be the smallest of its kind.", "已证明为同类中最小。"),
    "failure.maybe_smaller": (
        "A smaller one of its kind may exist, by up to {gap}.",
        "同类中可能还有更小的修改，最多小 {gap}。",
    ),
    "failure.issues": ("Faults", "错误"),
    "failure.violations": ("Rules that the plan breaks", "方案违反的规则"),
    "failure.rule": ("Rule", "规则"),
    "failure.where": ("Where", "位置"),
}
"""English and Chinese by key."""

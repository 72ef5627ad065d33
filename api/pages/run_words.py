"""What the list of runs and the page of a run say while it is at work, in both languages."""

from __future__ import annotations

from typing import Final

from allocator.report.words import WORDS, Phrases

__all__ = ["RUN_WORDS"]

_STAGES: Final = (
    "unmet",
    "waiting",
    "cost",
    "social",
    "cover-all",
    "cover-most",
    "median",
    "center",
)

RUN_WORDS: Final[Phrases] = {
    # kinds and states
    "kind.plan": ("Plan", "布局与调度"),
    "kind.place": ("Placement", "布局"),
    "kind.dispatch": ("Dispatch", "调度"),
    "kind.replan": ("Re-plan", "重新安排"),
    "kind.explain": ("Explanation", "原因说明"),
    "kind.coordination": ("Coordination", "协同"),
    "status.queued": ("waiting", "排队中"),
    "status.running": ("at work", "运行中"),
    "status.finished": ("finished", "已完成"),
    "status.failed": ("failed", "失败"),
    "status.cancelled": ("cancelled", "已取消"),
    "phase.starting": ("starting", "启动"),
    "phase.reading": ("reading the case", "读取算例"),
    "phase.solving": ("solving", "求解"),
    "phase.publishing": ("certifying and writing", "核验并输出"),
    "outcome.optimal": ("finished: optimal", "已完成：最优"),
    "outcome.within_gap": ("finished: within the gap", "已完成：在差距之内"),
    "outcome.time_limit": ("finished: best at the limit", "已完成：时限内最好"),
    "outcome.explained": ("finished: explained", "已完成：已说明"),
    "outcome.assessed": ("finished: assessed", "已完成：已评估"),
    "outcome.partly_assessed": ("finished: partly assessed", "已完成：部分评估"),
    "part.placement": ("placement", "布局"),
    "stage.building": ("building", "建模"),
    "stage.losses": ("losses", "失效检验"),
    "stage.reducing": ("choosing scenarios", "情景缩减"),
    "stage.pricing": ("pricing scenarios", "情景评估"),
    **{f"stage.{name}": WORDS[name] for name in _STAGES},
    # the list
    "runs.filter": ("Show only", "筛选"),
    "runs.all": ("all", "全部"),
    "runs.none": (
        "No run yet. Take a case and start one.",
        "还没有运行。请选择算例并新建运行。",
    ),
    "runs.none_such": ("No run is like this.", "没有符合条件的运行。"),
    "runs.changed": ("Run {number}: {state}", "运行 {number}：{state}"),
    "run.number": ("No.", "编号"),
    "run.run": ("Run", "运行"),
    "run.status": ("Status", "状态"),
    "run.kind": ("Kind", "类型"),
    "run.case": ("Case", "算例"),
    "run.gap": ("Gap", "差距"),
    "run.age": ("Time", "时间"),
    "run.by": ("By", "操作人"),
    # one run
    "run.scenario": ("Scenario", "情景"),
    "run.from": ("from", "基于"),
    "run.base": ("its base run", "基准运行"),
    "run.progress": ("Progress", "进度"),
    "run.waits": (
        "It waits for a worker. If it waits for long, maybe none is running.",
        "正在等待求解进程。如长时间等待，可能没有求解进程在运行。",
    ),
    "run.took": ("took {time}", "用时 {time}"),
    "run.since": ("for {time}", "已运行 {time}"),
    "run.attempt": ("attempt {n}", "第 {n} 次尝试"),
    "run.stop": ("Stop and keep the best", "停止并保留最好方案"),
    "run.cancel": ("Cancel", "取消"),
    "run.stop_asked": (
        "Asked to stop; it ends with the best plan it has.",
        "已要求停止；将以当前最好方案结束。",
    ),
    "run.cancel_asked": ("Asked to cancel.", "已要求取消。"),
    "run.part": ("Part", "部分"),
    "run.parts": ("Parts", "各部分"),
    "run.stage": ("Stage", "目标"),
    "run.incumbent": ("Best so far", "当前最好值"),
    "run.bound": ("Bound", "界"),
    "run.seconds": ("Seconds", "秒"),
    "run.course": (
        "What was reported on the way",
        "求解过程中的报告",
    ),
    "run.log": ("Log", "日志"),
    "run.first_plan": ("There is a first plan.", "已有初步方案。"),
    "run.now": ("The run is now: {state}", "运行状态：{state}"),
    "confirm.no": ("Go on", "继续运行"),
    "confirm.stop": ("Stop this run?", "停止此运行？"),
    "confirm.stop_text": (
        "It ends within seconds with the best plan it has, certified like any other; the gap "
        "stays as it is then.",
        "将在数秒内以当前最好方案结束，并照常核验；差距停留在当时水平。",
    ),
    "confirm.stop_yes": ("Stop and keep the best", "停止并保留"),
    "confirm.cancel": ("Cancel this run?", "取消此运行？"),
    "confirm.cancel_text": ("Nothing of it is kept.", "不会保留任何结果。"),
    "confirm.cancel_yes": ("Cancel the run", "取消运行"),
    "chart.title": ("Gap over time", "差距随时间变化"),
    "chart.label": (
        "Gap over time of {n} parts; last of {part}: {gap}. The table of parts has the figures.",
        "{n} 个部分的差距随时间变化；最近：{part} {gap}。数值见各部分表。",
    ),
    "chart.more": ("and {n} more", "另有 {n} 个"),
}
"""English and Chinese by key."""

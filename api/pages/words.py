"""What the pages say, in both languages: every fixed word once, by the page that says it."""

from __future__ import annotations

from typing import Final

from allocator.report.words import Phrases

__all__ = ["PAGE_WORDS"]

_SHELL: Final[Phrases] = {
    "product": ("Reserve allocator", "应急储备调配"),
    "nav": ("Main", "主导航"),
    "nav.cases": ("Cases", "案例"),
    "nav.runs": ("Runs", "运行"),
    "nav.compare": ("Compare", "比较"),
    "skip": ("Skip to the content", "跳到正文"),
    "language": ("Language", "语言"),
    "log_out": ("Log out", "退出"),
    "no_script": (
        "These pages need JavaScript. Maybe switch it on, or use the command line.",
        "本页面需要 JavaScript。请启用，或改用命令行。",
    ),
    "connection.lost": (
        "Connection lost. Nothing is gone: runs go on, and this page tries again.",
        "连接已中断。数据没有丢失：运行仍在继续，本页面正在重试。",
    ),
    "connection.back": ("Connected again.", "连接已恢复。"),
    "problem.unreadable": (
        "The service answered {status}, without a reason. Maybe load the page again.",
        "服务返回 {status}，未说明原因。请刷新页面。",
    ),
    "error.title": ("This page cannot be shown", "无法显示此页面"),
    "error.start": ("To the start", "回到首页"),
    "time.seconds": ("{n} s", "{n} 秒"),
    "time.minutes": ("{n} min {s} s", "{n} 分 {s} 秒"),
    "time.hours": ("{n} h {m} min", "{n} 小时 {m} 分"),
    "time.days": ("{n} days", "{n} 天"),
}

PAGE_WORDS: Final[Phrases] = {**_SHELL}
"""English and Chinese by key; the templates and the scripts take them from here."""

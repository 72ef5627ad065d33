"""What every page says, in both languages."""

from __future__ import annotations

from typing import Final

from allocator.report.words import Phrases

__all__ = ["SHELL_WORDS"]

SHELL_WORDS: Final[Phrases] = {
    "product": ("Reserve allocator", "应急储备调配"),
    "nav": ("Main", "主导航"),
    "nav.cases": ("Cases", "算例"),
    "nav.runs": ("Runs", "运行"),
    "nav.compare": ("Compare", "对比"),
    "skip": ("Skip to the content", "跳到正文"),
    "language": ("Language", "语言"),
    "log_out": ("Log out", "退出"),
    "loading": ("Loading …", "正在载入……"),
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
    "error.wait": ("Possible again in {n} s.", "{n} 秒后可再试。"),
    "error.again": ("Try again", "重试"),
    "error.back": ("Back to the page before", "返回上一页"),
    "error.start": ("To the start", "回到首页"),
    "list.newest": ("Newest", "最新"),
    "list.older": ("Older", "更早"),
    "login.title": ("Log in", "登录"),
    "login.key": ("Key", "密钥"),
    "login.about": (
        "Whoever runs the service makes keys: allocator keys add NAME --role planner",
        "密钥由系统管理员发放：allocator keys add 姓名 --role planner",
    ),
    "login.submit": ("Log in", "登录"),
    "login.wrong_key": (
        "The key is wrong, was revoked or has expired.",
        "密钥不正确、已吊销或已过期。",
    ),
    "login.too_many_wrong_keys": (
        "Too many wrong keys. Maybe try again in a minute.",
        "错误次数过多，请一分钟后再试。",
    ),
    "time.seconds": ("{n} s", "{n} 秒"),
    "time.minutes": ("{n} min {s} s", "{n} 分 {s} 秒"),
    "time.hours": ("{n} h {m} min", "{n} 小时 {m} 分"),
    "time.days": ("{n} days", "{n} 天"),
}
"""English and Chinese by key."""

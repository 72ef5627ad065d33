"""The page on which a person logs in with a key."""

from __future__ import annotations

from typing import Final

from jinja2 import Environment, StrictUndefined

__all__ = ["login_page"]

_TEMPLATE: Final = """<!doctype html>
<html lang="{{ words.lang }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ words.title }}</title>
</head>
<body>
<main>
<h1>{{ words.title }}</h1>
{% if fault %}<p role="alert">{{ fault }}</p>{% endif %}
<form method="post" action="/login">
<input type="hidden" name="next" value="{{ next_path }}">
<p><label for="key">{{ words.key }}</label><br>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus></p>
<p><button>{{ words.enter }}</button></p>
</form>
<p>{{ words.help }}</p>
</main>
</body>
</html>
"""

_WORDS: Final = {
    "en": {
        "lang": "en",
        "title": "Log in",
        "key": "Key",
        "enter": "Log in",
        "help": "Whoever runs the service makes keys: allocator keys add NAME --role planner",
        "wrong_key": "The key is wrong, was revoked or has expired.",
        "too_many_wrong_keys": "Too many wrong keys. Try again in a minute.",
    },
    "zh": {
        "lang": "zh-CN",
        "title": "登录",
        "key": "密钥",
        "enter": "登录",
        "help": "密钥由系统管理员发放：allocator keys add 姓名 --role planner",
        "wrong_key": "密钥不正确、已吊销或已过期。",
        "too_many_wrong_keys": "错误次数过多，请一分钟后再试。",
    },
}

_PAGES: Final = Environment(autoescape=True, undefined=StrictUndefined)


def login_page(lang: str, next_path: str, fault: str = "") -> str:
    """Write the page.

    Parameters
    ----------
    lang
        ``en`` or ``zh``.
    next_path
        Where to go afterwards.
    fault
        Code of the problem with the last try.
    """
    words = _WORDS[lang]
    template = _PAGES.from_string(_TEMPLATE)
    return template.render(words=words, next_path=next_path, fault=words.get(fault, fault))

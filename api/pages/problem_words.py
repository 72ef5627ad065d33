"""What a problem means to a person, by its code: what happened, why, and what to do next."""

from __future__ import annotations

from typing import Final

from allocator.issue_codes import ISSUE_CODES
from allocator.issue_codes_zh import ISSUE_ABOUT_ZH
from allocator.report.words import Language, Phrases, phrase

__all__ = ["FIELD_WORDS", "PROBLEM_WORDS", "issue_meaning", "problem_meanings", "problem_sentences"]

OTHER: Final = "other"
"""Stands for codes that have no words of their own."""

_PARTS: Final = ("what", "why", "next")

_Phrase = tuple[str, str]

_ASK: Final = ("Maybe ask whoever runs the service.", "请联系系统管理员。")

_SOON: Final = ("Nothing was half done. Maybe try again soon.", "没有留下半途的改动。请稍后重试。")

_TOLD: Final[dict[str, tuple[_Phrase, _Phrase, _Phrase]]] = {
    OTHER: (
        ("This page cannot be shown", "无法显示此页面"),
        ("The service has refused the request.", "服务拒绝了此请求。"),
        ("Maybe go back and try another way.", "请返回后换一种方式。"),
    ),
    # not there, not allowed
    "not_found": (
        ("There is nothing here", "此处没有内容"),
        (
            "The address is mistyped, what it named is gone, or it is not for your provinces.",
            "地址有误，所指内容已不存在，或不属于您负责的省份。",
        ),
        ("Maybe look for it in the lists.", "请在列表中查找。"),
    ),
    "method_not_allowed": (
        ("This cannot be done here", "此处不能这样操作"),
        ("The address does not take what was sent to it.", "该地址不接受所发送的操作。"),
        ("Maybe begin at the start.", "请从首页开始。"),
    ),
    "role_not_allowed": (
        ("Your role may not do this", "您的角色无此权限"),
        ("The key you use is for other work.", "您使用的密钥用于其他工作。"),
        ("Maybe log in with another key, or ask for one.", "请换用其他密钥登录，或申请一个。"),
    ),
    "other_provinces": (
        ("This concerns other provinces, too", "这还涉及其他省份"),
        ("Your key is not for all of its provinces.", "您的密钥不覆盖其全部省份。"),
        (
            "Maybe look at the tables, which show your own, or ask whoever answers for all.",
            "请查看仅含本省内容的表格，或联系负责全部省份的人员。",
        ),
    ),
    "this_machine_only": (
        ("The service answers only this machine", "服务只接受本机访问"),
        ("It runs without keys.", "服务未启用密钥。"),
        (
            "Maybe open it as localhost, or ask whoever runs it to serve with --keys.",
            "请以 localhost 打开，或请管理员以 --keys 启动服务。",
        ),
    ),
    "other_origin": (
        ("Another page asked for this", "请求来自其他网页"),
        ("Changes are taken from our own pages only.", "只接受本服务页面发出的更改。"),
        ("Maybe open the service's own page and try there.", "请打开本服务的页面后再操作。"),
    ),
    "key_needed": (
        ("You are not logged in", "尚未登录"),
        ("The log-in has ended, or there was none.", "登录已过期，或从未登录。"),
        ("Maybe log in again.", "请重新登录。"),
    ),
    "wrong_key": (
        ("The key does not open", "密钥无效"),
        ("It is wrong, was revoked or has expired.", "密钥不正确、已吊销或已过期。"),
        ("Maybe ask for a new one.", "请申请新密钥。"),
    ),
    # too much
    "too_many_requests": (
        ("Too many requests", "请求过于频繁"),
        ("Your key has used up its minute.", "您的密钥已用完本分钟的次数。"),
        ("Maybe wait a moment.", "请稍候再试。"),
    ),
    "too_many_wrong_keys": (
        ("Too many wrong keys", "密钥错误次数过多"),
        ("They came from your address within a minute.", "一分钟内来自您的地址。"),
        ("Maybe wait a minute.", "请一分钟后再试。"),
    ),
    "queue_full": (
        ("The queue is full", "排队已满"),
        ("So many runs are waiting that no more are taken.", "等待的运行过多，暂不再接收。"),
        (
            "Maybe try again in a minute, or cancel runs that nobody needs.",
            "请一分钟后再试，或取消不需要的运行。",
        ),
    ),
    "too_many_files": (
        ("Too many files at once", "同时上传的文件过多"),
        ("The files before yours are still being read.", "前面的文件仍在读取。"),
        ("Maybe try again soon.", "请稍后重试。"),
    ),
    "too_large": (
        ("This is too large", "内容过大"),
        ("More was sent than the service takes.", "发送的内容超过服务上限。"),
        (
            "Maybe leave out pictures and sheets that are not needed.",
            "请删除图片及不需要的工作表。",
        ),
    ),
    "too_many_rows": (
        ("These are too many rows", "行数过多"),
        ("The export is larger than the service makes.", "导出内容超过服务上限。"),
        ("Maybe filter the rows first.", "请先筛选。"),
    ),
    "address_too_long": (
        ("The address is too long", "地址过长"),
        ("No page has one like it.", "没有这样的页面。"),
        ("Maybe begin at the start.", "请从首页开始。"),
    ),
    "headers_too_large": (
        ("The browser sends too much", "浏览器发送的信息过多"),
        ("Its headers are larger than the service takes.", "请求头超过服务上限。"),
        ("Maybe clear the cookies of this service.", "请清除本服务的 Cookie。"),
    ),
    "body_too_slow": (
        ("The file did not arrive in time", "文件未及时送达"),
        ("The line is slow, or it broke.", "线路缓慢或已中断。"),
        ("Maybe try again on a better line.", "请在更好的网络下重试。"),
    ),
    # what was sent
    "bad_address": (
        ("The address cannot be read", "地址无法识别"),
        ("It has characters that no address has.", "其中含有地址中不应有的字符。"),
        ("Maybe begin at the start.", "请从首页开始。"),
    ),
    "invalid_request": (
        ("Something in the request is wrong", "请求有误"),
        ("A field is missing or has a value that is not allowed.", "有字段缺失，或取值不允许。"),
        ("Maybe mend what is named, or begin at the start.", "请修改所指字段，或从首页开始。"),
    ),
    "parameter_twice": (
        ("The address says a thing twice", "地址中有重复参数"),
        ("It is not clear which one is meant.", "无法判断以哪个为准。"),
        ("Maybe leave one out.", "请去掉一个。"),
    ),
    "media_type_not_taken": (
        ("This kind of content is not taken", "不接受此类内容"),
        ("It was sent as another kind than the service reads.", "发送的类型不是服务能读取的。"),
        ("Maybe send it from our own page.", "请在本服务页面中发送。"),
    ),
    "broken_form": (
        ("The form did not arrive whole", "表单未完整送达"),
        ("The line may have broken.", "可能是线路中断。"),
        ("Maybe send it again.", "请重新发送。"),
    ),
    "no_file": (
        ("No file was sent", "没有收到文件"),
        ("The form came without one.", "表单中没有文件。"),
        ("Maybe choose it again.", "请重新选择。"),
    ),
    "not_a_case_file": (
        ("This file is no case", "该文件不是算例"),
        (
            "It is neither an Excel workbook nor a JSON document.",
            "既不是 Excel 工作簿，也不是 JSON 文档。",
        ),
        ("Maybe save it as .xlsx from a spreadsheet program.", "请用表格软件另存为 .xlsx。"),
    ),
    "unreadable_file": (
        ("The file cannot be read", "文件无法读取"),
        ("Reading it took too long, or broke off.", "读取超时或中断。"),
        ("Maybe make it smaller, or try again.", "请缩小文件或重试。"),
    ),
    "faults_in_data": (
        ("The data have faults", "数据有错误"),
        ("Each fault says where it is.", "每处错误都已指明位置。"),
        ("Maybe mend them and try again.", "请修改后重试。"),
    ),
    "no_annotated_copy": (
        ("There is no copy with red cells", "没有标红副本"),
        ("Only Excel workbooks that can be opened have one.", "只有能打开的 Excel 工作簿才有。"),
        ("Maybe use the list of faults.", "请使用错误列表。"),
    ),
    # against how things stand
    "conflict": (
        ("This does not go with how things stand", "与当前状态不符"),
        ("What it is about has changed, or is not ready.", "所涉内容已变化，或尚未就绪。"),
        ("Maybe load the page again.", "请刷新页面。"),
    ),
    "idempotency_key_reused": (
        ("This was asked for before, differently", "此前已有不同的同号请求"),
        ("One mark stands for two requests.", "同一标识用于两个请求。"),
        ("Maybe load the page again.", "请刷新页面后重试。"),
    ),
    "no_plan_yet": (
        ("There is no plan yet", "尚无方案"),
        (
            "The run is waiting, at work, or ended without one.",
            "运行仍在排队、求解，或结束时没有方案。",
        ),
        ("Maybe wait for it, or see its page.", "请等待，或查看该运行的页面。"),
    ),
    "not_assessed": (
        ("Late signatures are not assessed yet", "尚未评估签字延误"),
        ("Nobody has asked for it here.", "此处还没有人提出评估。"),
        ("Maybe start a run of kind Coordination.", "请新建“协同”运行。"),
    ),
    "not_assessed_yet": (
        ("The assessment is not finished", "评估尚未完成"),
        ("Its run is waiting, at work, or failed.", "其运行仍在排队、求解，或已失败。"),
        ("Maybe wait for it.", "请等待。"),
    ),
    "not_explained": (
        ("This is not explained yet", "尚未说明原因"),
        ("Nobody has asked for it here.", "此处还没有人提出。"),
        ("Maybe start a run of kind Explanation.", "请新建“原因说明”运行。"),
    ),
    "old_cursor": (
        ("The list has changed", "列表已变化"),
        ("There is a newer plan than the one that was shown.", "已有比所示更新的方案。"),
        ("Maybe load the page again.", "请刷新页面。"),
    ),
    "scenario_needed": (
        ("A scenario must be named", "须指明情景"),
        ("The plan has several.", "方案有多个情景。"),
        ("Maybe choose one.", "请选择一个。"),
    ),
    # of the service
    "unforeseen": (
        ("Something went wrong in the service", "服务出错"),
        ("It was not foreseen, and is in the log.", "这是未预见的错误，已记入日志。"),
        (
            "Nothing was half done. Maybe try again; else tell whoever runs the service the number "
            "below.",
            "没有留下半途的改动。请重试；如仍出错，请将下方编号告知系统管理员。",
        ),
    ),
    "database_unavailable": (
        ("The database does not answer", "数据库无响应"),
        ("It is being restarted, or is too busy.", "数据库正在重启或过于繁忙。"),
        _SOON,
    ),
    "storage_full": (
        ("There is no room left", "存储空间已满"),
        ("The disk of the service is full; nothing was kept.", "服务的磁盘已满，未保存任何内容。"),
        _ASK,
    ),
}

PROBLEM_WORDS: Final[Phrases] = {
    f"{code}.{part}": told
    for code, parts in _TOLD.items()
    for part, told in zip(_PARTS, parts, strict=True)
}
"""English and Chinese by code and part."""


def problem_sentences(code: str, lang: Language) -> tuple[str, str, str]:
    """Return what happened, why, and what to do next.

    Parameters
    ----------
    code
        Of a problem document.
    lang
        Language of the page.
    """
    known = code if code in _TOLD else OTHER
    what, why, then = (phrase(PROBLEM_WORDS, f"{known}.{part}", lang) for part in _PARTS)
    return what, why, then


FIELD_WORDS: Final[Phrases] = {
    "missing": ("A value is missing.", "缺少此项。"),
    "extra_forbidden": ("This is not asked for.", "此项不应填写。"),
    "value_error": ("What was filled in does not go together.", "所填内容互不相符。"),
    "greater_than": ("The value is too small.", "数值过小。"),
    "greater_than_equal": ("The value is too small.", "数值过小。"),
    "less_than": ("The value is too large.", "数值过大。"),
    "less_than_equal": ("The value is too large.", "数值过大。"),
    "int_parsing": ("This must be a whole number.", "应为整数。"),
    "int_type": ("This must be a whole number.", "应为整数。"),
    "int_from_float": ("This must be a whole number.", "应为整数。"),
    "float_parsing": ("This must be a number.", "应为数字。"),
    "float_type": ("This must be a number.", "应为数字。"),
    "finite_number": ("This must be a finite number.", "应为有限的数字。"),
    "string_type": ("This must be a text.", "应为文本。"),
    "string_too_short": ("The text is too short.", "文本过短。"),
    "string_too_long": ("The text is too long.", "文本过长。"),
    "string_pattern_mismatch": ("The text has a form of its own.", "文本格式不符。"),
    "literal_error": ("This is none of the choices.", "不在可选项之中。"),
    "enum": ("This is none of the choices.", "不在可选项之中。"),
    "too_long": ("These are too many.", "数目过多。"),
}
"""What is wrong with a field of a form, by the code of the validator."""


def issue_meaning(code: str, lang: Language) -> str:
    """What the code of an issue means, empty if it has no words."""
    if code in ISSUE_CODES:
        return ISSUE_ABOUT_ZH[code] if lang == "zh" else ISSUE_CODES[code].about
    return phrase(FIELD_WORDS, code, lang) if code in FIELD_WORDS else ""


def problem_meanings(lang: Language) -> dict[str, dict[str, str]]:
    """What all codes of problems and of issues mean, for scripts."""
    between = "：" if lang == "zh" else ": "
    problems = {}
    for code in _TOLD:
        what, why, then = problem_sentences(code, lang)
        problems[code] = f"{what}{between}{why}{'' if lang == 'zh' else ' '}{then}"
    issues = {code: issue_meaning(code, lang) for code in (*FIELD_WORDS, *ISSUE_CODES)}
    return {"problems": problems, "issues": issues}

"""What the pages of the cases say, in both languages."""

from __future__ import annotations

from typing import Final

from allocator.report.words import Phrases

__all__ = ["CASE_WORDS"]

CASE_WORDS: Final[Phrases] = {
    # upload
    "upload.title": ("Upload a case", "上传算例"),
    "upload.about": (
        "One workbook holds the whole case. An empty one, with drop-downs and an example row:",
        "一个工作簿即一个算例。空白模板（含下拉列表与示例行）：",
    ),
    "upload.template_en": ("template in English", "英文模板"),
    "upload.template_zh": ("template in Chinese", "中文模板"),
    "upload.choose": ("Choose a workbook", "选择工作簿"),
    "upload.drop": (
        "Or drop it here. Excel workbook (.xlsx) or JSON document; every fault is named by its "
        "cell.",
        "也可拖放到此处。Excel 工作簿（.xlsx）或 JSON 文档；所有错误都会指明单元格。",
    ),
    "upload.sending": ("Sending {name}", "正在发送 {name}"),
    "upload.checking": ("Checking every cell", "正在检查全部单元格"),
    "upload.broken": (
        "The file did not arrive: the connection broke. Nothing was kept.",
        "文件未送达：连接中断，未保存任何内容。",
    ),
    "upload.again": ("Try again", "重试"),
    "upload.too_large": (
        "The file is larger than {mb} MB, which is the most. Maybe it holds pictures; or ask "
        "whoever runs the service to raise ALLOCATOR_UPLOAD_MB.",
        "文件超过上限 {mb} MB。可删除其中的图片，或请管理员提高 ALLOCATOR_UPLOAD_MB。",
    ),
    # faults
    "fault.title": ("{name} has faults", "{name} 有错误"),
    "fault.count": (
        "Faults: {faults}, warnings: {warnings}, sheets concerned: {sheets}.",
        "错误 {faults} 处，提醒 {warnings} 处，涉及工作表 {sheets} 张。",
    ),
    "fault.more": (
        "{n} more are not listed here; the copy with red cells has all.",
        "另有 {n} 处未列出；标红副本包含全部。",
    ),
    "fault.nothing_kept": (
        "Nothing was kept. Mend the cells below and upload the workbook again.",
        "未保存任何内容。请按下表修改后重新上传。",
    ),
    "fault.annotated": ("Download the copy with red cells", "下载标红副本"),
    "fault.of_sheet": ("{sheet}: {n}", "{sheet}：{n} 处"),
    "fault.file": ("The file as a whole", "整个文件"),
    "fault.warning": ("Warning:", "提醒："),
    "fault.sheet": ("Sheet", "工作表"),
    "fault.cell": ("Cell", "单元格"),
    "fault.field": ("Column", "列"),
    "fault.value": ("Value", "值"),
    "fault.message": ("What is wrong", "问题"),
    "fault.hint": ("How to mend it", "修改建议"),
    # shipped data sets
    "datasets.title": ("Or take a shipped case", "或使用内置算例"),
    "datasets.about": (
        "Planning examples: where warehouses stand and what lies in them is assumed.",
        "仅为规划示例：库址与库存均为假设。",
    ),
    "datasets.make": ("Make a case of it", "建立算例"),
    "datasets.making": ("Reading {name} …", "正在读取 {name}……"),
    # a case
    "case.ready": ("Case {number} is ready", "算例 {number} 已就绪"),
    "case.name": ("Name", "名称"),
    "case.source": ("From", "来源"),
    "case.origin": ("From: {origin}", "来源：{origin}"),
    "case.created": ("Kept", "保存时间"),
    "case.by": ("By", "操作人"),
    "case.districts": ("Districts", "区县"),
    "case.warehouses": ("Warehouses", "储备库"),
    "case.items": ("Items", "物资"),
    "case.fleets": ("Fleets", "车型"),
    "case.scenarios": ("Scenarios", "情景"),
    "case.scenario": ("Scenario", "情景"),
    "case.probability": ("Probability", "概率"),
    "case.horizon": ("Horizon", "时限"),
    "case.contents": ("What it is made of", "内容"),
    "case.digest": ("Digest", "摘要"),
    "case.new_run": ("New run", "新建运行"),
    "case.runs": ("Its runs", "相关运行"),
    "case.download": ("Download the case", "下载算例"),
    "case.warnings": ("Warnings: {n}", "提醒：{n} 处"),
    "cases.list": ("All cases", "全部算例"),
    "cases.none": (
        "No case yet. Upload a workbook, or take a shipped one.",
        "还没有算例。请上传工作簿，或使用内置算例。",
    ),
}
"""English and Chinese by key."""

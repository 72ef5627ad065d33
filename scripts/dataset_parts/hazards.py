"""The hazard library: twelve classes of the reference file, and their usual subclasses."""

from __future__ import annotations

import pandas as pd

from allocator.schema.risks import CodeStatus, EventClass, Hazard, HazardSubclass
from scripts.dataset_parts.inputs import Inputs

__all__ = ["hazard_rows", "subclass_rows"]

NATURAL_STANDARD = "GB/T 28921-2012"
"""Classification and codes of natural disasters; its text was not at hand."""

EVENT_STANDARD = "GB/T 35561-2017"
"""Classification and codes of emergencies; only its catalogue page was seen, no codes."""

EVENT_CLASSES: dict[str, EventClass] = {
    "自然灾害": "natural_disaster",
    "事故灾难": "accident",
    "公共卫生事件": "public_health",
    "社会安全事件": "social_security",
}

CODE_STATUSES: dict[str, CodeStatus] = {"recalled": "recalled", "to verify": "to_verify"}

UNVERIFIED = " (to verify)"

SUBCLASSES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "R01": (
        ("构造地震", "Tectonic earthquake", ""),
        ("火山地震", "Volcanic earthquake", ""),
        ("诱发地震", "Induced earthquake", ""),
    ),
    "R02": (
        ("江河洪水", "River flood", ""),
        ("暴雨内涝", "Rain flood and waterlogging", ""),
        ("山洪", "Flash flood in mountains", ""),
        ("溃坝溃堤洪水", "Flood from a broken dam or dike", ""),
        ("冰凌洪水", "Ice-jam flood", ""),
    ),
    "R03": (
        ("台风大风", "Typhoon wind", ""),
        ("台风暴雨", "Typhoon rain", ""),
        ("风暴潮", "Storm surge", ""),
    ),
    "R04": (
        ("气象干旱", "Meteorological drought", ""),
        ("农业干旱", "Agricultural drought", ""),
        ("城乡缺水", "Water shortage in towns and villages", ""),
    ),
    "R05": (
        ("低温寒潮", "Low temperature and cold wave", "010800"),
        ("冰雪", "Snow and ice", "010900"),
        ("电线道路结冰", "Icing of lines and roads", ""),
    ),
    "R06": (
        ("崩塌", "Rock fall", "020300"),
        ("滑坡", "Landslide", "020400"),
        ("泥石流", "Debris flow", "020500"),
        ("堰塞湖", "Barrier lake", ""),
    ),
    "R07": (
        ("森林火灾", "Forest fire", ""),
        ("草原火灾", "Grassland fire", ""),
    ),
    "R08": (
        ("危险化学品事故", "Hazardous-material accident", ""),
        ("矿山事故", "Mine accident", ""),
        ("火灾爆炸", "Fire and explosion", ""),
        ("建筑施工事故", "Construction accident", ""),
        ("交通运输事故", "Transport accident", ""),
    ),
    "R09": (
        ("大面积停电", "Large power outage", ""),
        ("供水中断", "Outage of water supply", ""),
        ("供气供热中断", "Outage of gas or heat", ""),
        ("通信中断", "Outage of telecommunications", ""),
        ("轨道交通中断", "Outage of urban rail", ""),
    ),
    "R10": (
        ("传染病疫情", "Epidemic", ""),
        ("群体性不明原因疾病", "Cluster of unexplained disease", ""),
        ("食品安全与职业危害", "Food safety and occupational hazards", ""),
        ("动物疫情", "Animal epidemic", ""),
    ),
    "R11": (
        ("支付结算中断", "Outage of payments", ""),
        ("流动性与挤兑", "Liquidity shortage and bank run", ""),
        ("非法集资与跨市场风险", "Illegal fund-raising and contagion", ""),
    ),
    "R12": (
        ("网络攻击与数据安全", "Cyber attack and data security", ""),
        ("重要信息系统中断", "Outage of important information systems", ""),
        ("社会舆情", "Public-opinion event", ""),
        ("群体性事件", "Mass incident", ""),
    ),
}
"""Names by class, in order of their numbers, with the part of a recalled code of the class.

The names are general knowledge, the numbering is ours. Codes stand only where the reference file
recalls them for the class; which of them is whose is to be verified in the standard.
"""


def hazard_rows(inputs: Inputs) -> list[Hazard]:
    """Return the twelve hazard classes."""
    return [_hazard(str(code), row) for code, row in inputs.hazard_classes.iterrows()]


def subclass_rows() -> list[HazardSubclass]:
    """Return the usual subclasses of every class, numbered from 01."""
    return [
        HazardSubclass(
            hazard=hazard,
            subclass=f"{number:02d}",
            name=name,
            name_en=name_en,
            standard=NATURAL_STANDARD if code else "",
            standard_code=code,
            code_status="to_verify" if code else "none",
            source="DESIGN",
            status="assumption",
        )
        for hazard, names in SUBCLASSES.items()
        for number, (name, name_en, code) in enumerate(names, start=1)
    ]


def _hazard(code: str, row: pd.Series) -> Hazard:
    """Return one class of the reference file."""
    told = str(row["status_codes"])
    has_code = not pd.isna(row["gb28921_code"])
    status = next((word for start, word in CODE_STATUSES.items() if told.startswith(start)), "none")
    return Hazard(
        hazard=code,
        name=str(row["name_zh"]),
        name_en=str(row["name_en"]),
        event_class=EVENT_CLASSES[str(row["event_class_zh"])],
        standard=NATURAL_STANDARD if has_code else EVENT_STANDARD,
        standard_code=str(row["gb28921_code"]).removesuffix(UNVERIFIED) if has_code else "",
        code_status=status,  # type: ignore[arg-type]
        lead_department=str(row["lead_department"]),
        joint_departments=str(row["joint_departments"]),
        secondary_hazards=str(row["secondary_hazards"]),
        intensity_metric=str(row["intensity_metric"]),
        time_step_hours=float(row["time_step_h"]),
        evacuee_share=float(row["affected_to_evacuee_ratio"]),
        sheltered_share=float(row["evacuee_to_sheltered_ratio"]),
        insurance_share=float(row["insurance_payout_ratio"]),
        secondary_share=float(row["secondary_loss_ratio"]),
        source=str(row["source"]),
        status="mixed",
    )

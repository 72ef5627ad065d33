"""Chinese words for closed lists: the reader takes both, a Chinese workbook shows these."""

from __future__ import annotations

__all__ = ["ABOUT_ZH", "CHOICES_ZH", "NO_WORDS", "YES_NO", "YES_WORDS"]

CHOICES_ZH: dict[str, str] = {
    # any list
    "any": "任意",
    "none": "无",
    # standing of a figure
    "sourced": "有来源",
    "derived": "推算",
    "assumption": "假设",
    "mixed": "混合",
    "user": "用户",
    # risk levels
    "low": "低",
    "medium": "中",
    "high": "高",
    "very_high": "极高",
    # warehouses
    "existing": "现有",
    "candidate": "候选",
    "external": "外部",
    "closed": "关闭",
    "hub": "中转站",
    "central": "中央",
    "province": "省级",
    "city": "市级",
    "county": "县级",
    "township": "乡镇",
    # settings
    "event": "事件",
    "order": "下令",
    "lives": "生命优先",
    "social": "社会成本",
    "cost": "费用",
    # plans compared
    "model_plan": "模型方案",
    "today": "现状布局",
    "p_median": "p-中位",
    "greedy": "贪心",
    "mean_value": "均值情景方案",
    "wait_and_see": "完全预知（界）",
    "vss": "随机解价值VSS",
    "evpi": "完全信息价值EVPI",
    # what may be lost
    "warehouse": "储备库",
    "corridor": "通道",
    "province_pair": "省际",
    "each_warehouse": "逐库",
    "listed": "所列",
    "both": "两者",
    # modes of transport
    "road": "公路",
    "rail": "铁路",
    "air": "航空",
    "water": "水路",
    # sign-offs
    "START": "起始",
    "AND": "全部",
    "OR": "任一",
    "BYPASS": "替代",
    "own_district": "本区县",
    "same_prefecture": "本市",
    "same_province": "本省",
    "other_province": "外省",
    # what a sector acts on
    "demand": "需求",
    "road_time": "通行时间",
    "approval_time": "审批时间",
    "fuel": "燃料",
    "usable_share": "可用比例",
    # what-if operations
    "set": "设为",
    "multiply": "乘以",
    "add": "加上",
    # what becomes of a warehouse
    "keep": "保留",
    "open": "新建",
    "resize": "扩建",
    "close": "撤销",
    # what has changed since a plan
    "no_change": "无变更",
    "road_closed": "道路封闭",
    "road_slow": "道路变慢",
    "vehicle_lost": "车辆减少",
    "vehicle_added": "车辆增加",
    "receiving": "接收能力",
    "docks": "装车台",
    "no_departure": "禁止发车",
    "convoy": "编队",
    "signature_late": "审批推迟",
    "signature_early": "审批提前",
    "warehouse_lost": "储备库失效",
    "stock_lost": "库存损失",
    "stock_found": "库存新增",
    "trip_left": "车次已出发",
    "trip_held": "车次未出发",
    "trip_lost": "车次失联",
    "trip_late": "车次晚点",
    # what becomes of a trip
    "planned": "计划",
    "left": "已出发",
    "late": "晚点",
    "lost": "失联",
    "cancelled": "取消",
    "new": "新增",
    "retimed": "改时",
    "reloaded": "改装",
    "told": "据报",
    "hub_goods": "中转站到货不足",
    "whole": "全局更优",
    # explanations
    "supply": "库存",
    "reach": "可达",
    "fleet": "车辆往返",
    "why": "为何如此",
    "why_not": "为何不",
    "without": "不发运",
    "with": "至少发一件",
    "more": "多发一件",
    "other_size": "其他规模",
}
"""Chinese word of each choice of the schema."""

YES_NO: dict[str, dict[bool, str]] = {
    "en": {True: "yes", False: "no"},
    "zh": {True: "是", False: "否"},
}
"""How yes and no are written, by language."""

YES_WORDS = frozenset({"yes", "y", "true", "t", "1", "是", "真", "有", "√"})
NO_WORDS = frozenset({"no", "n", "false", "f", "0", "否", "假", "无", "×"})

ABOUT_ZH: dict[str, str] = {
    "Settings": "每行一项设置；取值留空则用默认值。",
    "Districts": "可能产生需求的县级区划，每行一个。",
    "Warehouses": "现有储备库、候选库址，只能调用其库存的外部来源（外省、中央），以及中转站。",
    "Size_Classes": "储备库的规模等级及其费用；可新建的等级可用于候选库。",
    "Items": "储备物资。各表数量均以该物资自己的计量单位计。",
    "Stock": "现有库存，按批次填写；布局时各批次合计，调度只发到时限仍有效的，先到期先发。",
    "Coverage": "对某风险等级区县的承诺：多少小时内应可达多少物资。",
    "Waiting_Bands": "等待时间折算的损失；须随小时数上升。",
    "Scenarios": "灾害情景及其概率，所选样本的概率之和为1。",
    "Scenario_Demand": "各情景下各区县各物资的需求。",
    "Scenario_Damage": "情景对储备库（库存损失）或区县道路（变慢、中断）的影响。",
    "Vehicles": "车型；装载须同时满足载重和容积。",
    "Fleets": "各储备库可调用的车辆；候选库的车辆在启用后有效。",
    "Lanes": "自己掌握的里程、时间和封闭时段，优先于计算值。",
    "Legs": "通往中转站的铁路、航空或公路干线，只有列出的才存在；起点可为中转站。仅用于调度。",
    "Hours": "某些时段的装车、接收、禁行和编队；时段内优先于原列，多行取最小（编队最大）。仅调度。",
    "Segregation": "不得同车的物资：任何一辆车都不同时装载一对中的两种。仅用于调度。",
    "Losses": "在情景之外可能再失效的部分；同一失效的各行同时失效。须经得起哪些由设置决定。",
    "Departments": "参与审批的部门。",
    "Approval_Steps": "审批网络：全部=等待所有前置，任一=等待最早的前置，替代=可顶替其他步骤。",
    "Approval_Rules": "自上而下第一条适用的规则决定审批流程；无适用规则则立即放行。",
    "Responsibility": "每个触发条件由谁发起、谁协调、谁担责。",
    "Hazards": "风险要素编码库中的灾种及比例。",
    "Sectors": "可能连锁失效的基础设施系统。",
    "Dependencies": "系统之间的依赖程度。",
    "Cases": "对本案例的假设性改动。",
    "Replan": "改的是哪一份方案、何时；命令行所给优先，本表可省。",
    "Changes": "方案之后发生的变化；结果中保留历次调整的变化。",
    "Figures": "单个数值或整列数值的来源与性质。",
    "Sources": "各表引用的资料来源及许可。",
}
"""What each sheet that people fill in is about, for Chinese workbooks."""

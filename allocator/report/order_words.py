"""What the orders say beside the headers that the schema declares, in both languages."""

from __future__ import annotations

from allocator.report.words import LANGUAGES, Language

__all__ = ["ORDER_WORDS", "order_word"]

ORDER_WORDS: dict[str, tuple[str, str]] = {
    # sheets
    "sheet.trips": ("Trips", "车次"),
    "sheet.by_warehouse": ("By_Warehouse", "分库装载单"),
    "sheet.by_district": ("By_District", "分县到货单"),
    "sheet.docks": ("Docks", "装车计划"),
    "sheet.sign_offs": ("Sign_Offs", "审批衔接"),
    "sheet.heading": (
        "{sheet} - {plan}, scenario {scenario}; event {event} (Asia/Shanghai), "
        "order {order}, horizon {deadline}",
        "{sheet} - {plan}，情景 {scenario}；事件 {event}（北京时间），下令 {order}，"
        "时限 {deadline}",
    ),
    "page": ("page &P of &N", "第 &P 页，共 &N 页"),
    # units
    "unit.clock": ("+08:00", "北京时间"),
    "unit.from_event": ("h from event", "事件后 h"),
    "unit.from_order": ("h from order", "下令后 h"),
    # columns that no sheet of case or plan has
    "dock_order": ("dock order", "装车顺序"),
    "dock_order.about": (
        "Place among the trips that the warehouse loads from the same hour on; the one with the "
        "least slack first.",
        "本库同一小时开始装车的车次的先后；余量最小的在前。",
    ),
    "slack": ("slack", "余量"),
    "slack.about": (
        "How much later loading may start and still meet the horizon.",
        "装车可推迟多久而仍在时限内到位。",
    ),
    "done": ("done", "完成"),
    "done.about": ("To be ticked by hand.", "手工勾选。"),
    "so_far": ("so far", "累计到达"),
    "so_far.about": (
        "Units of the item in hand in the district after this line.",
        "本行之后该区县该物资的累计到位量。",
    ),
    "of_need": ("of need", "占需求"),
    "of_need.about": ("Units so far over the need.", "累计到达与需求之比。"),
    "load_starts": ("load starts", "开始装车"),
    "load_starts.about": (
        "Vehicles whose loading starts in the hour. Hours in which nothing changes are left out.",
        "该小时开始装车的车辆数；无变化的小时略去。",
    ),
    "under_way": ("under way", "在途"),
    "under_way.about": (
        "Vehicles of this kind between load start and return at the start of the hour.",
        "该小时之初处于装车至返回之间的该车型车辆数。",
    ),
    "spare": ("spare", "提前量"),
    "spare.about": (
        "Hours between the planned end of the sign-offs and the load start.",
        "审批计划完成至装车开始的时间。",
    ),
    "through": ("through", "完成"),
    "verbal": ("verbal", "可口头"),
    # lines
    "line.warehouse": (
        "{code} {name} - trips: {trips}; {kg} kg, {m3} m3; first load start {first}, last {last}; "
        "docks {docks}",
        "{code} {name}：{trips} 车次，{kg} kg，{m3} m3；首车装车 {first}，末车 {last}；"
        "装车能力 {docks}",
    ),
    "line.docks": ("{docks} per hour", "每小时 {docks} 辆"),
    "line.no_limit": ("without limit", "不限"),
    "line.district": (
        "{code} {name} - trips: {trips}; first goods in hand {first}, last {last}",
        "{code} {name}：{trips} 车次；首批到位 {first}，末批 {last}",
    ),
    "line.nothing": (
        "{code} {name} - need, but no trip goes there",
        "{code} {name}：有需求，无车次前往",
    ),
    "line.chain": (
        "{chain} - planned through {through}; must be through by {due} for trip {trip}, spare "
        "{spare} h; trips that wait: {trips}",
        "{chain}：计划完成 {through}；最迟 {due} 须完成（车次 {trip}），提前量 {spare} h；"
        "等待车次 {trips}",
    ),
    "line.waiting": ("trips that wait", "等待的车次"),
    "line.no_chain": ("No trip waits for a sign-off.", "无车次需等待审批。"),
    "line.sum": ("sum {code}", "合计 {code}"),
    "line.total": ("all items", "全部物资"),
    "line.sign_warehouse": (
        "Keeper: ____________________    Loaded and counted: ____________________    "
        "Dispatcher: ____________________    Time: ______________",
        "保管员：____________________    装车清点：____________________    "
        "调度：____________________    时间：______________",
    ),
    "line.sign_district": (
        "Received and counted: ____________________    Differences: ______________________________"
        "    Time: ______________",
        "接收清点：____________________    差异：______________________________"
        "    时间：______________",
    ),
    "lines.points": (
        "Points are those of the case, taken as WGS 84; a line is straight and shows no road.",
        "点位取自案例，按 WGS 84 计；连线为直线，不表示道路。",
    ),
}
"""English and Chinese by key."""


def order_word(key: str, lang: Language, **figures: object) -> str:
    """Return a fixed word or sentence of the orders.

    Parameters
    ----------
    key
        Key of ``ORDER_WORDS``.
    lang
        Language of the orders.
    figures
        Values for the places in braces, if the sentence has any.

    Raises
    ------
    KeyError
        If the key is unknown.
    """
    text = ORDER_WORDS[key][LANGUAGES.index(lang)]
    return text.format(**figures) if figures else text

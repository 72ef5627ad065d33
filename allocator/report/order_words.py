"""What the orders say beside the headers that the schema declares, in both languages."""

from __future__ import annotations

from allocator.report.words import Language, Phrases, phrase

__all__ = ["ORDER_WORDS", "order_word"]

ORDER_WORDS: Phrases = {
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
    "unit.both_clocks": (
        "+08:00\nh from event / from order",
        "北京时间\n事件后 / 下令后 h",
    ),
    # columns that no sheet of case or plan has
    "dock_order": ("dock order", "装车顺序"),
    "dock_order.about": (
        "Place among the trips that the warehouse loads from the same hour on; the one with the "
        "least slack first.",
        "本库同一小时开始装车的车次的先后；余量最小的在前。",
    ),
    "crew": ("crew rule", "驾驶规则"),
    "crew.about": (
        "How many drive, and after how much driving which rest is due.",
        "驾驶员数，及驾驶多久须作何休息。",
    ),
    "crew.drivers": ("drivers: {drivers}", "驾驶员 {drivers}"),
    "crew.short": ("{minutes} min after {hours} h", "每{hours} h休息{minutes} min"),
    "crew.long": ("{rest} h after {hours} h", "累计{hours} h长休{rest} h"),
    "rests": ("rest stops", "途中休息"),
    "rests.about": (
        "When each rest of the plan begins, and its minutes; those after the stroke are on the way "
        "back.",
        "方案中各次休息的开始时间与分钟数；斜线后为返程。",
    ),
    "rests.told": ("as told in Lanes", "含于线路所给时间"),
    "rests.told_in_legs": ("as told in Legs", "含于干线所给时间"),
    "slack": ("slack", "余量"),
    "slack.about": (
        "How much later loading may start and still meet the horizon.",
        "装车可推迟多久而仍在时限内到位。",
    ),
    "state.left": ("has left", "已出发"),
    "state.late": ("has left, late", "已出发，晚点"),
    "state.planned": ("to go", "待发"),
    "convoy": ("convoy", "编队"),
    "convoy.about": (
        "Trips that set off together, because they must not alone.",
        "须结伴、同时出发的车次。",
    ),
    "convoy.line": (
        "in convoy of {count}, leaves together with {trips}",
        "{count} 车编队，与 {trips} 同时出发",
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
    "line.docks_by_hour": ("by the hour", "按时段"),
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
    # printable orders
    "paper.title": ("Orders for 48 hours of dispatch", "应急物资调运令"),
    "paper.running": ("{plan} - scenario {scenario}", "{plan}，情景 {scenario}"),
    "paper.foot": (
        "Certified by replay; plan {plan}, case {case}. Clock times of Asia/Shanghai (+08:00).",
        "已重放核验；方案 {plan}，案例 {case}。时刻为北京时间（+08:00）。",
    ),
    "paper.page": ("page {number} of {count}", "第 {number} 页，共 {count} 页"),
    "paper.sheet": ("sheet {number} of {count}", "本单第 {number} 张，共 {count} 张"),
    "paper.front": ("Cover and contents", "封面与目录"),
    "paper.what": ("what", "事项"),
    "paper.value": ("value", "内容"),
    "paper.scenario": ("scenario", "情景"),
    "paper.plan": ("plan", "方案"),
    "paper.event": ("event", "事件"),
    "paper.order": ("order", "下令"),
    "paper.deadline": ("goods in hand by", "到位时限"),
    "paper.clock_and_hours": (
        "{clock} ({event} h from event, {order} h from order)",
        "{clock}（事件后 {event} h，下令后 {order} h）",
    ),
    "paper.no_clock": ("no clock time given", "未给出时刻"),
    "paper.amount": ("amount", "规模"),
    "paper.amounts": (
        "trips: {trips}; {kg} kg, {m3} m3; warehouses: {warehouses}, districts: {districts}",
        "{trips} 车次，{kg} kg，{m3} m3；{warehouses} 个储备库发往 {districts} 个区县",
    ),
    "paper.hub_amounts": (
        "; besides, trips that bring {kg} kg, {m3} m3 to hubs: {trips}",
        "；另有 {trips} 车次将 {kg} kg、{m3} m3 运至中转站",
    ),
    "paper.for": ("for", "发给"),
    "paper.for_whom": (
        "Keepers and dispatchers of the warehouses (manifests), receivers in the districts "
        "(arrivals), departments that sign ({departments}).",
        "各储备库保管与调度（装载单）、各区县接收人员（到货单）、签批部门（{departments}）。",
    ),
    "paper.for_whom_unsigned": (
        "Keepers and dispatchers of the warehouses (manifests), receivers in the districts "
        "(arrivals).",
        "各储备库保管与调度（装载单）、各区县接收人员（到货单）。",
    ),
    "paper.certified": ("certified", "核验"),
    "paper.certificate": (
        "Every rule and figure of the plan was replayed by a checker that shares no code with the "
        "models.\nDigest of the plan: {plan}\nDigest of the case: {case}",
        "方案的每条规则与数字已由与模型无共用代码的核验程序重放。\n方案摘要：{plan}\n案例摘要：{case}",
    ),
    "paper.how": ("how to read", "读法"),
    "paper.reading": (
        "Every hour stands as a clock time of Asia/Shanghai, below it hours from the event / from "
        "the order. Latest load start: the last moment at which loading may begin and the goods "
        "still arrive in time; less than an hour away it is marked. No trip loads before its "
        "sign-offs are through.",
        "每个时间先列北京时间，其下为事件后 / 下令后小时数。最晚装车：此时开始装车仍可按时到位；"
        "余量不足一小时的已标出。审批完成前不得装车。",
    ),
    "paper.contents": ("contents", "目录"),
    "paper.first": ("first", "首"),
    "paper.last": ("last", "末"),
    "paper.on_page": ("page", "页"),
    "paper.kind_warehouse": ("manifest: {name}", "装载单：{name}"),
    "paper.kind_district": ("arrivals: {name}", "到货单：{name}"),
    "paper.kind_chain": ("sign-offs: {name}", "审批：{name}"),
    "paper.vehicle": (
        "{code} {name}\ndrivers: {drivers}\n{kg} kg, {m3} m3",
        "{code} {name}\n驾驶员 {drivers}\n{kg} kg，{m3} m3",
    ),
    "paper.way": ("{km} km", "{km} km"),
    "paper.rests": ("rests {rests}", "休息 {rests}"),
    "paper.slack": ("slack {hours} h", "余量 {hours} h"),
    "paper.waits": ("{chain}\nthrough {through}", "{chain}\n完成 {through}"),
    "paper.lot": (", lot {lot}", "，批次 {lot}"),
    "paper.docks": ("docks by hour", "逐小时装车"),
    "paper.each": ("{fleet} {name}: {count}", "{fleet} {name}：{count}"),
    # map through the hours
    "map.title": ("The trips hour by hour", "逐小时车次图"),
    "map.language": ("中文", "English"),
    "map.play": ("Play", "播放"),
    "map.pause": ("Pause", "暂停"),
    "map.back": ("One hour back", "后退一小时"),
    "map.on": ("One hour on", "前进一小时"),
    "map.first": ("To the start", "回到开始"),
    "map.last": ("To the end", "跳到结束"),
    "map.hour": ("Hour from the event", "事件后小时"),
    "map.steps": ("Time", "时间"),
    "map.view": ("View", "视图"),
    "map.view_case": ("Districts", "区县范围"),
    "map.view_all": ("All warehouses", "全部储备库"),
    "map.closer": ("Closer", "放大"),
    "map.farther": ("Farther", "缩小"),
    "map.now": (
        "{hour} h from event, {order} h from order; {served} of the weighted need in hand",
        "事件后 {hour} h，下令后 {order} h；加权需求已到位 {served}",
    ),
    "map.label": (
        "Map at {hour} h: {load} vehicles loading, {drive} on the way, {unload} unloading, "
        "{back} returning; {served} of the weighted need in hand",
        "事件后 {hour} h：装车 {load} 辆，去程 {drive} 辆，卸车 {unload} 辆，返程 {back} 辆；"
        "加权需求已到位 {served}",
    ),
    "map.before_order": ("before the order", "下令前"),
    "map.after_deadline": ("after the horizon", "时限之后"),
    "map.vehicles": ("Trips", "车次"),
    "map.wait": ("still to load", "待装"),
    "map.load": ("loading", "装车"),
    "map.drive": ("on the way", "去程"),
    "map.unload": ("unloading", "卸车"),
    "map.return": ("returning", "返程"),
    "map.done": ("back", "已返回"),
    "map.warehouse": ("warehouse", "储备库"),
    "map.hub": ("hub", "中转站"),
    "map.missing": ("Still missing of the weighted need", "尚缺（加权需求占比）"),
    "map.no_need": ("no need", "无需求"),
    "map.district": ("district", "区县"),
    "map.next": ("next goods in hand", "下一批到位"),
    "map.nothing_more": ("nothing more", "无后续"),
    "map.gantt": ("Trips of each warehouse", "各储备库车次"),
    "map.gantt_find": ("Find a warehouse", "查找储备库"),
    "map.gantt_all": ("warehouses: {all}", "储备库 {all} 个"),
    "map.gantt_found": ("warehouses: {shown} of {all}", "储备库 {shown} / {all} 个"),
    "map.gantt_nothing": ("No such warehouse.", "无此储备库。"),
    "map.gantt_no_place": ("without a place", "无坐标"),
    "map.gantt_trips": ("trips: {count}", "{count} 车次"),
    "map.gantt_label": (
        "Gantt of {rows} warehouses at {hour} h: {load} vehicles loading, {drive} on the way, "
        "{unload} unloading",
        "{rows} 个储备库甘特图，第 {hour} 小时：装车 {load} 辆，途中 {drive} 辆，卸车 {unload} 辆",
    ),
    "map.gantt_hint": (
        "{count} x {fleet}\n{from} to {to}\nloading {load}\ndeparture {depart}\narrival {arrive}\n"
        "{handed}\nback {back}",
        "{count} 辆 {fleet}\n{from} 至 {to}\n装车 {load}\n出发 {depart}\n到达 {arrive}\n"
        "{handed}\n返回 {back}",
    ),
    "map.in_hand": ("in hand {clock}", "到位 {clock}"),
    "map.at_hub": ("unloaded at the hub {clock}", "中转站卸毕 {clock}"),
    "map.convoy_hint": ("convoy of {count}: {trips}", "{count} 车编队：{trips}"),
    "map.gantt_leg": ("trip to a hub", "运往中转站"),
    "map.gantt_convoy": (
        "sets off in convoy; point at one to see all of it",
        "编队出发；指向其一即框出全队",
    ),
    "map.gantt_note": (
        "The warehouse with the most trips comes first; equal trips are one bar with their number. "
        "What is right of the line is still to come. Dashed: order and deadline. A click goes to "
        "an hour; arrow keys up and down scroll.",
        "车次最多的储备库在前；相同车次合为一条并标数量。竖线右侧为未来。虚线为下令与时限。"
        "点击可跳至该小时；上下方向键滚动。",
    ),
    "map.table": ("Districts at this hour", "此刻各区县"),
    "map.vehicle_hint": (
        "{count} x {fleet}\n{from} to {to}\n{state}; {handed}",
        "{count} 辆 {fleet}\n{from} 至 {to}\n{state}；{handed}",
    ),
    "map.place_hint": (
        "{name}\nvehicles loading: {load}; trips still to load: {wait}",
        "{name}\n正在装车：{load} 辆；待装：{wait} 车次",
    ),
    "map.district_hint": (
        "{name}\nstill missing: {missing}\nvehicles unloading: {unload}; on the way: {drive}",
        "{name}\n尚缺：{missing}\n正在卸车：{unload} 辆；途中：{drive} 辆",
    ),
    "map.keys": (
        "Keys: left and right arrow for an hour, Home and End, space to play or pause.",
        "按键：左右方向键前后一小时，Home 与 End 到首尾，空格播放或暂停。",
    ),
    "map.note": (
        "Vehicles are shown on a straight line in equal steps between departure and arrival, "
        "rests included: neither road nor true position. Where a vehicle stands for several that "
        "go together, it is drawn larger.",
        "车辆按出发至到达（含休息）沿直线匀速示意，不表示道路或实际位置；多车同行时符号较大。",
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
    return phrase(ORDER_WORDS, key, lang, **figures)

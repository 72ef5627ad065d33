"""What the result view says, in both languages; words of the figures come from the report."""

from __future__ import annotations

from typing import Final

from allocator.report.words import WORDS, Phrases

__all__ = ["VIEW_WORDS"]

_REASONS: Final = (
    "no_stock", "out_of_reach", "paper", "vehicles", "through_hub", "docks", "receiving", "convoy",
    "home_reserve", "drivers", "roads", "lower_priority", "within_gap", "whole_units", "other",
)  # fmt: skip

_MAP: Final[Phrases] = {
    "view.map": ("Map", "地图"),
    "view.scenario": ("Scenario", "情景"),
    "view.no_rings": ("none", "不显示"),
    "view.all_rings": ("all warehouses with stock", "全部有库存的储备库"),
    "view.rings_note": (
        "Rings: how far goods get after the sign-offs, on undamaged roads ({radii}).",
        "可达圈：放行后货物可达范围，按道路完好计（{radii}）。",
    ),
    "view.map_note": (
        "Click a line, a warehouse or a district for its facts, or go along the lines with Tab, "
        "arrow keys and Enter; the tables below hold the same.",
        "点击线路、储备库或区县可查看详情，也可用 Tab、方向键和回车选择线路；"
        "下方表格包含同样内容。",
    ),
    "view.map_note_report": (
        "From there you can say what has happened, for a re-plan.",
        "并可报告情况以重新安排。",
    ),
    "view.map_keys": (
        "Map. Arrow keys move it, plus and minus change its size; further on are its lanes. "
        "The tables hold the same facts.",
        "地图。方向键移动，加减号缩放，其后为线路；下方表格包含同样内容。",
    ),
    "view.lane_keys": (
        "Lanes. Arrow keys go from one to the next, Enter opens it, Escape leads back.",
        "线路。方向键切换，回车打开，Esc 返回。",
    ),
    "view.lane_label": (
        "From {from} to {to}: {trips} trips, {goods}",
        "从 {from} 到 {to}：{trips} 车次，{goods}",
    ),
    "view.lane_label_placed": ("From {from} to {to}: {goods}", "从 {from} 到 {to}：{goods}"),
    "view.closer": ("Closer", "放大"),
    "view.farther": ("Farther", "缩小"),
    "view.districts": ("Districts", "区县范围"),
    "view.districts_view": ("Show the districts", "显示区县范围"),
    "view.all_warehouses": ("All warehouses", "全部储备库"),
    "view.all_view": ("Show all warehouses", "显示全部储备库"),
    "view.vehicles": ("Vehicles at the hour", "该时刻车辆"),
    "view.vehicle_hint": (
        "{count} x {fleet}\n{from} → {to}\n{state}; goods in hand {clock}",
        "{count} 辆 {fleet}\n{from} → {to}\n{state}；到位 {clock}",
    ),
    # hours
    "view.steps": ("Hour that is shown", "显示时刻"),
    "view.whole_plan": ("Whole plan", "整个方案"),
    "view.play": ("Play", "播放"),
    "view.pause": ("Pause", "暂停"),
    "view.back": ("One hour back", "后退一小时"),
    "view.on": ("One hour on", "前进一小时"),
    "view.hour_slider": ("Hour from the event", "事件发生后小时"),
    "view.reading": (
        "hour {hour} of the event, {order} h after the order: {served} in hand",
        "事件后 {hour} 小时，下令后 {order} 小时：到位 {served}",
    ),
    "view.reading_whole": ("Order {order}, due {deadline}", "下令 {order}，时限 {deadline}"),
    "view.counts_whole": ("{trips} trips in all", "共 {trips} 车次"),
    "view.before_order": ("before the order", "下令之前"),
    "view.after_deadline": ("after the horizon", "时限之后"),
    "view.state.wait": ("to leave", "待装"),
    "view.state.load": ("loading", "装车"),
    "view.state.drive": ("driving", "行驶"),
    "view.state.unload": ("unloading", "卸车"),
    "view.state.return": ("returning", "返回"),
    "view.state.done": ("done", "完成"),
}

_CHARTS: Final[Phrases] = {
    "view.gantt": ("Trips by warehouse", "各储备库车次"),
    "view.gantt_find": ("Find a warehouse", "查找储备库"),
    "view.gantt_count": ("{shown} of {all} warehouses", "{shown} / {all} 个储备库"),
    "view.gantt_trips": ("{count} trips", "{count} 车次"),
    "view.gantt_nothing": ("No warehouse of that name sends anything.", "没有符合条件的储备库。"),
    "view.gantt_label": (
        "{trips} trips of {rows} warehouses as bars; the table of trips holds the same facts",
        "{rows} 个储备库的 {trips} 车次；车次表包含同样内容",
    ),
    "view.gantt_note": (
        "Equal trips share a bar with their number. The ground colour is the time of the "
        "sign-offs. Click a bar for its trips, elsewhere for the hour.",
        "相同车次合并为一条并标出数量；底色为审批时间。点击横条查看车次，点击空白处选择时刻。",
    ),
    "view.trip_text": (
        "{count} x {fleet}: {from} → {to} ({state})\nreleased {release} h, loads {load} h "
        "({load_clock}), leaves {depart} h ({depart_clock}), in hand {unloaded} h "
        "({unloaded_clock}), back {back} h",
        "{count} 辆 {fleet}：{from} → {to}（{state}）\n放行 {release} h，装车 {load} h"
        "（{load_clock}），出发 {depart} h（{depart_clock}），到位 {unloaded} h"
        "（{unloaded_clock}），返回 {back} h",
    ),
    "view.trip.planned": ("planned", "计划"),
    "view.trip.left": ("has left", "已出发"),
    "view.trip.late": ("late", "晚点"),
    "view.trip.lost": ("lost", "损失"),
    "view.served_title": ("Served over time", "满足率随时间变化"),
    "view.served_note": (
        "Weighted share of the need in hand by hour; the thick line is the chosen scenario, that "
        "in the colour of the text the expected share. Click for the hour.",
        "各小时加权需求满足率；粗线为所选情景，与文字同色的线为概率加权平均。点击可选择时刻。",
    ),
    "view.served_label": (
        "Share of the need in hand by hour; {name}: {share} at the end",
        "满足率曲线；{name}：最终 {share}",
    ),
    "view.served_table": ("Figures of the chosen scenario", "所选情景数值"),
    "view.hour": ("Hour", "小时"),
    "view.clock": ("Clock", "时刻"),
    "view.served": ("In hand", "到位"),
}

_TABLES: Final[Phrases] = {
    "view.tables": ("Tables", "表格"),
    "view.table.lanes": ("Lanes", "线路"),
    "view.table.trips": ("Trips", "车次"),
    "view.table.shortages": ("Shortages", "缺口"),
    "view.table.warehouses": ("Warehouses", "储备库"),
    "view.table.stock": ("Stock", "库存"),
    "view.table.responsible": ("Who answers for whom", "区县责任库"),
    "view.table.arrivals": ("Arrivals", "到货"),
    "view.table.trip-changes": ("What the re-plan changed", "重新安排的变更"),
    "view.find": ("Find in all rows", "在全部行中查找"),
    "view.filter.warehouse": ("Warehouse", "储备库"),
    "view.filter.district": ("District", "区县"),
    "view.filter.item": ("Item", "物资"),
    "view.filter.fleet": ("Vehicle", "车型"),
    "view.all": ("all", "全部"),
    "view.page_back": ("Back", "上一页"),
    "view.page_on": ("Next", "下一页"),
    "view.rows": ("Rows {first} to {last} of {total}", "第 {first} 至 {last} 行，共 {total} 行"),
    "view.rows_cut": (
        "Only the first {most} rows were looked at: filter for fewer, or take the file.",
        "仅在前 {most} 行中排序和查找：请缩小范围或下载文件。",
    ),
    "view.no_rows": ("No rows.", "无数据。"),
    "view.no_shortage": ("No shortage in this scenario.", "本情景无缺口。"),
    "view.no_trip_changes": ("All trips stay as they were.", "所有车次保持不变。"),
    "view.action": ("Action", "操作"),
    "view.change_this": ("Report", "报告情况"),
    "view.from": ("From", "起点"),
    "view.to": ("To", "终点"),
    "view.item": ("Item", "物资"),
    "view.unit": ("Unit", "单位"),
    "view.units": ("Quantity", "数量"),
    "view.trip": ("Trip", "车次"),
    "view.trips": ("Trips", "车次数"),
    "view.fleet": ("Vehicle", "车型"),
    "view.state": ("State", "状态"),
    "view.cargo": ("Load", "装载"),
    "view.first_departure": ("First departure", "首车出发"),
    "view.last_arrival": ("Last in hand", "末车到位"),
    "view.load_start": ("Loads", "装车"),
    "view.depart": ("Leaves", "出发"),
    "view.in_hand": ("In hand", "到位"),
    "view.in_hand_units": ("In hand", "到位"),
    "view.weight_t": ("Weight [t]", "重量 [吨]"),
    "view.volume_m3": ("Volume [m3]", "体积 [m3]"),
    "view.need": ("Need", "需求"),
    "view.short": ("Short", "缺口"),
    "view.reason": ("Reason", "原因"),
    "view.sentence": ("In words", "说明"),
    "view.warehouse": ("Warehouse", "储备库"),
    "view.code": ("Code", "代码"),
    "view.decision": ("Decision", "决定"),
    "view.size_class": ("Size", "规模"),
    "view.volume": ("Volume [m3]", "库容 [m3]"),
    "view.used": ("Used [m3]", "占用 [m3]"),
    "view.annual_cost": ("Annual cost [10,000 CNY]", "年运行费 [万元]"),
    "view.today": ("Today", "现有"),
    "view.reach_hours": ("Reached after [h]", "可达时间 [h]"),
    "view.people": ("Residents", "常住人口"),
    "view.covered": ("Covered", "覆盖"),
    "view.planned": ("Under the plan", "方案"),
    "view.buy": ("To buy", "购入"),
    "view.withdraw": ("To take away", "调出"),
    "view.replan_hour": ("Re-plan at", "调整时刻"),
    "view.change": ("What became of it", "变更"),
    "view.was_load_start": ("Loaded before", "原装车"),
    "view.was_load": ("Load before", "原装载"),
    "view.load": ("Load now", "现装载"),
    "view.changed.cancelled": ("cancelled", "取消"),
    "view.changed.new": ("new", "新增"),
    "view.changed.retimed": ("other hours", "改时"),
    "view.changed.reloaded": ("other load", "改装"),
    "view.changed.left": ("has left", "已出发"),
    "view.changed.late": ("late", "晚点"),
    "view.changed.lost": ("lost", "损失"),
    "view.changed_by.told": ("was told", "已报告"),
    "view.changed_by.road_closed": ("road closed", "道路封闭"),
    "view.changed_by.warehouse_lost": ("warehouse lost", "储备库失效"),
    "view.changed_by.signature_late": ("signature late", "审批推迟"),
    "view.changed_by.stock_lost": ("stock lost", "库存损失"),
    "view.changed_by.vehicle_lost": ("vehicle lost", "车辆损失"),
    "view.changed_by.demand": ("need changed", "需求变化"),
    "view.changed_by.whole": ("for the plan as a whole", "整体更优"),
    # why
    "view.why": ("Why?", "为什么？"),
    "view.asking": ("Asking…", "正在查询…"),
    "view.explain_queued": (
        "Nobody has asked before: the reasons are being found, it is waiting for a worker…",
        "首次查询：正在排队求解原因…",
    ),
    "view.explain_running": (
        "Nobody has asked before: the reasons are being found by solving again…",
        "首次查询：正在重新求解以找出原因…",
    ),
    "view.explain_failed": ("The reasons could not be found.", "未能找出原因。"),
    "view.no_answer": ("There is no reason on record for this.", "没有该缺口的原因记录。"),
    "view.repair": ("What would mend it", "修复办法"),
    "view.repair_cost": ("Its known cost", "修复费用"),
    "view.also": ("So would", "其他可行办法"),
    "view.losers": ("Who would get less", "受损方"),
    "view.not_proven": ("Not every solve behind this was finished.", "部分求解未完成。"),
}

_CHANGES: Final[Phrases] = {
    "view.selection": ("Chosen", "所选内容"),
    "view.choose_hint": (
        "Nothing yet: click the map or a bar, or take Report in a table.",
        "尚未选择：点击地图或横条，或在表格中点“报告情况”。",
    ),
    "view.choose_hint_place": (
        "Nothing yet: click a place on the map.",
        "尚未选择：点击地图上的地点。",
    ),
    "view.happened": ("What has happened", "发生的情况"),
    "view.which_trip": ("Which trip", "哪一车次"),
    "view.which_signature": ("Which signature", "哪一审批步骤"),
    "view.act.lane_closed": ("This lane is closed", "此线路封闭"),
    "view.act.road_closed": ("Roads into {district} are closed", "通往{district}的道路封闭"),
    "view.act.warehouse_lost": ("{warehouse} is lost", "{warehouse}失效"),
    "view.act.vehicle_lost": (
        "A {fleet} of {warehouse} is broken",
        "{warehouse}的一辆{fleet}损坏",
    ),
    "view.act.trip_late": ("The trip is late", "车次晚点"),
    "view.act.trip_lost": ("The trip is lost", "车次损失"),
    "view.act.trip_left": ("The trip has left already", "车次已提前出发"),
    "view.act.trip_held": ("The trip has not left", "车次未出发"),
    "view.act.signature_late": ("This signature is late", "此审批推迟"),
    "view.told.road_closed_into": (
        "All roads into {district} are closed",
        "通往{district}的道路全部封闭",
    ),
    "view.told.road_closed_from": (
        "All roads out of {warehouse} are closed",
        "{warehouse}的出库道路全部封闭",
    ),
    "view.told.road_closed_from_into": (
        "The lane from {warehouse} to {district} is closed",
        "{warehouse}至{district}的线路封闭",
    ),
    "view.told.hours": ("(hours {from} to {to})", "（{from} 至 {to} 小时）"),
    "view.told.no_change": ("Nothing has changed", "无变化"),
    "view.told.road_slow": (
        "Roads into {district} take {amount} times as long",
        "通往{district}的行驶时间为 {amount} 倍",
    ),
    "view.told.vehicle_lost": (
        "{amount} x {fleet} of {warehouse} lost",
        "{warehouse}损失 {fleet} {amount} 辆",
    ),
    "view.told.vehicle_added": (
        "{amount} more {fleet} at {warehouse}",
        "{warehouse}增加 {fleet} {amount} 辆",
    ),
    "view.told.demand": (
        "{district} needs {amount} of {item}",
        "{district}{item}需求为 {amount}",
    ),
    "view.told.receiving": (
        "{district} can take {amount} m3 an hour",
        "{district}每小时可接收 {amount} m3",
    ),
    "view.told.docks": ("{warehouse} has {amount} docks", "{warehouse}有 {amount} 个装车位"),
    "view.told.signature_late": (
        "Signature {procedure} {step} takes {amount} h longer",
        "审批 {procedure} {step} 推迟 {amount} 小时",
    ),
    "view.told.signature_early": (
        "Signature {procedure} {step} takes {amount} h less",
        "审批 {procedure} {step} 提前 {amount} 小时",
    ),
    "view.told.warehouse_lost": ("{warehouse} is lost", "{warehouse}失效"),
    "view.told.stock_lost": (
        "{warehouse} has lost {amount} of {item}",
        "{warehouse}损失{item} {amount}",
    ),
    "view.told.stock_found": (
        "{warehouse} has {amount} more of {item}",
        "{warehouse}增加{item} {amount}",
    ),
    "view.told.trip_left": ("Trip {trip} has left already", "车次 {trip} 已提前出发"),
    "view.told.trip_held": ("Trip {trip} has not left", "车次 {trip} 未出发"),
    "view.told.trip_lost": ("Trip {trip} is lost", "车次 {trip} 损失"),
    "view.told.trip_late": (
        "Trip {trip} is late: unloaded at hour {amount} ({clock})",
        "车次 {trip} 晚点：{amount} 小时（{clock}）卸毕",
    ),
    "view.told_title": ("Told at hour {hour}", "{hour} 小时所报情况"),
    "view.told_note": (
        "The plan below takes this into account; what it changed of the trips is in the tables.",
        "下方方案已考虑以上情况；车次变更见表格。",
    ),
    "view.amount.vehicle_lost": ("How many vehicles", "车辆数"),
    "view.amount.trip_late": (
        "Hour of the event at which it is unloaded",
        "卸毕时间（事件后小时）",
    ),
    "view.amount.signature_late": ("Hours longer", "推迟小时数"),
    "view.amount.road_slow": ("Times as long", "行驶时间倍数"),
    "view.tray": ("Changes for a re-plan", "待重新安排的变更"),
    "view.tray_note": (
        "What left before that hour stays as it is. The plan that you look at is kept.",
        "该时刻之前已出发的车次保持不变；当前方案保留。",
    ),
    "view.tray_clear": ("Undo all", "全部撤销"),
    "view.at_hours": ("Known at hour", "得知时刻（小时）"),
    "view.replan": ("Re-plan", "重新安排"),
    "view.undo": ("Undo", "撤销"),
    "view.remove": ("Undo: {change}", "撤销：{change}"),
    "view.added": ("Added: {change}. {count} in all.", "已添加：{change}。共 {count} 项。"),
    "view.removed": ("Undone: {change}. {count} left.", "已撤销：{change}。剩余 {count} 项。"),
    "view.submitted": (
        "Sent; the changes are being read, then its page opens…",
        "已提交；正在读取变更，随后打开其页面…",
    ),
    "view.failed": ("The re-plan failed.", "重新安排失败。"),
}

VIEW_WORDS: Final[Phrases] = {
    **_MAP,
    **_CHARTS,
    **_TABLES,
    **_CHANGES,
    **{f"view.reason.{code}": WORDS[code] for code in _REASONS},
}
"""English and Chinese by key."""

"""Sentences of the summary, in both languages."""

from __future__ import annotations

from allocator.report.words import Language, Phrases, phrase

__all__ = ["SENTENCES", "sentence"]

SENTENCES: Phrases = {
    "certified": (
        "Replayed by a checker that shares no code with the models: every rule and figure holds.",
        "已由与模型无共用代码的核验程序重放：全部规则与数值成立。",
    ),
    "not_certified": (
        "This plan has not passed the replay; do not act on it.",
        "本方案未通过重放核验，请勿据此执行。",
    ),
    "served": (
        "On average over {count} scenarios {expected:.1%} of the weighted need is served within "
        "{horizon:g} h; in the worst, {name}, {worst:.1%}.",
        "按概率平均（{count} 个情景），{horizon:g} 小时内加权需求满足率 {expected:.1%}；"
        "最差情景“{name}”为 {worst:.1%}。",
    ),
    "served_one": (
        "In {name} {worst:.1%} of the weighted need is served within {horizon:g} h.",
        "情景“{name}”在 {horizon:g} 小时内加权需求满足率为 {worst:.1%}。",
    ),
    "warehouses": (
        "{open} of our warehouses hold reserves under the plan; decisions: {decisions}. "
        "Outside sources that can be called on: {external}.",
        "方案下我方启用储备库 {open} 座（决定：{decisions}）。另可调用外部来源 {external} 处。",
    ),
    "stock": (
        "Our warehouses hold {used:,.0f} m3 of {volume:,.0f} m3 ({share:.0%}). "
        "Goods to buy: {buy}; to take away: {withdraw}.",
        "我方库容 {volume:,.0f} m3，占用 {used:,.0f} m3（{share:.0%}）。"
        "需购入物资 {buy}，需调出物资 {withdraw}。",
    ),
    "within_budget": (
        "Of a budget of {budget} ({share:.0%}).",
        "预算 {budget}（占 {share:.0%}）。",
    ),
    "no_budget": ("No budget was set.", "未设预算。"),
    "one_off": (
        "Opening, resizing, closing and buying.",
        "新建、扩建、关闭与购置。",
    ),
    "annual": (
        "Running the warehouses, keeping the stock, writing off what expires.",
        "库房运行、库存保管与过期报损。",
    ),
    "tail": (
        "Unmet share of the weighted need in the worst {tail:.0%} of cases (CVaR).",
        "最差 {tail:.0%} 情形下的加权缺供比例（CVaR）。",
    ),
    "losses": (
        "{count} losses were tested in every scenario. {hurts} hurts most: on average "
        "{added:,.0f} weighted units more are unmet. Least served: {worst:.1%} in {name} without "
        "{lost}.",
        "逐一检验了 {count} 种失效。影响最大的是 {hurts}：平均新增加权缺供 {added:,.0f}。"
        "失效后最低满足率 {worst:.1%}（情景“{name}”，失去 {lost}）。",
    ),
    "losses_promised": (
        "Promised is {promised:.1%} under {kept} of them, and kept.",
        "其中 {kept} 种承诺不低于 {promised:.1%}，均已兑现。",
    ),
    "losses_broken": (
        "Promised is {promised:.1%} under {kept} of them, and not always kept.",
        "其中 {kept} 种承诺不低于 {promised:.1%}，未全部兑现。",
    ),
    "covered": (
        "Residents of districts within the hours asked for, {share:.1%} of all; "
        "{warehouses} warehouses answer for a district.",
        "所要求时间内可达区县的常住人口，占 {share:.1%}；共 {warehouses} 座储备库承担责任。",
    ),
    "optimal": ("Proven best.", "已证明最优。"),
    "gap": (
        "No plan can be better by more than {gap:.2%}.",
        "任何方案最多只能再改进 {gap:.2%}。",
    ),
    "gap_tiny": (
        "No plan can be better by more than 0.01%.",
        "任何方案最多只能再改进 0.01%。",
    ),
    "stage_missing": (
        "The time limit came before this stage had a plan: the plan is that of the stages above, "
        "and nothing is known about this one. Maybe raise --time-limit.",
        "到达时限时本目标尚无方案：采用前面各目标的方案，本目标未优化。可增大 --time-limit。",
    ),
    "controllable_gap": (
        "Leaving out what no plan could avoid: {gap:.2%}.",
        "剔除任何方案都无法避免的部分后为 {gap:.2%}。",
    ),
    "reduction": (
        "The placement was searched on {kept} of {count} scenarios and is priced on all of them. "
        "A scenario is on the mean {share:.1%} as far from the one that stands for it as two "
        "scenarios are from each other; the plan's headline value on all is {difference:+.2%} "
        "against the kept ones.",
        "布局在 {count} 个情景中的 {kept} 个代表情景上求解，并用全部情景计价。"
        "情景到其代表的平均距离为两情景平均距离的 {share:.1%}；"
        "方案主目标在全部情景上比在代表情景上 {difference:+.2%}。",
    ),
    "no_bound": (
        "No bound was found, so nothing is known about better plans.",
        "未得到界，无法判断是否存在更好的方案。",
    ),
    "time_limit": ("Stopped at the time limit.", "到达时限而停止。"),
    "stalled": (
        "Ended before the time limit, as no further step made it better.",
        "未到时限即结束，已无步骤能再改进。",
    ),
    "dispatch_legs": (
        "Besides, trips bring goods to hubs: {count:,}, to {hubs}; of the others {onward:,} go on "
        "from there.",
        "另有 {count:,} 车次运往中转站（{hubs}），其余车次中 {onward:,} 车次由中转站转出。",
    ),
    "dispatch_figure": ("{share:.1%} served, {trips:,} trips", "满足 {share:.1%}，{trips:,} 车次"),
    "dispatch_hours": (
        "On average {paper:.1f} h of sign-offs and {wheels:.1f} h of driving, by volume.",
        "按体积平均：审批 {paper:.1f} h，行驶 {wheels:.1f} h。",
    ),
    "dispatch_worst": (
        "Worst off: {name}, {share:.1%} served.",
        "最差区县：{name}，满足 {share:.1%}。",
    ),
    "replan_figure": (
        "hour {hour:g}: {stay:,} of {others:,} stay",
        "第 {hour:g} 小时：{others:,} 车次中 {stay:,} 不变",
    ),
    "replan_told": ("Told: {told}.", "据报：{told}。"),
    "replan_nothing": ("Nothing new was told.", "无新变化。"),
    "replan_nothing_by": ("By {clock} nothing new was told.", "截至 {clock} 无新变化。"),
    "replan_told_by": ("Told by {clock}: {told}.", "截至 {clock} 据报：{told}。"),
    "replan_some": ("{number:,} ({told})", "{number:,}（{told}）"),
    "replan_left": ("Trips that had left: {left}.", "已出发车次：{left}。"),
    "replan_others": (
        "Others: {others:,}, of which as they were {stay:,}, at another hour {retimed:,}, with "
        "another load {reloaded:,}, cancelled {cancelled:,}; new: {new:,}.",
        "其余 {others:,} 车次中 {stay:,} 不变，{retimed:,} 改时，{reloaded:,} 改装，"
        "{cancelled:,} 取消；另新增 {new:,}。",
    ),
    "replan_all_stay": (
        "All {others:,} others stay as they were.",
        "其余 {others:,} 车次均不变。",
    ),
    "replan_why": (
        "Why trips are not as they were: {reasons}.",
        "变动原因：{reasons}。",
    ),
    "dispatch_others": (
        "The {count} scenarios not listed serve more than the ones above.",
        "未列出的 {count} 个情景满足率均高于以上各项。",
    ),
    "shortages": (
        "Pairs of district and item not fully served, by reason: {reasons}; scenarios: {count}.",
        "{count} 个情景中未完全满足的“区县-物资”数，按原因：{reasons}。",
    ),
    "no_shortages": ("Every need is met in every scenario.", "所有情景的全部需求均已满足。"),
    "pairs": ("pairs: {count:,}", "{count:,} 项"),
    "assumptions": (
        "Rows of the case that rest on assumptions, wholly or in part; the sheet {sheet} names "
        "them.",
        "案例中全部或部分基于假设的数据行，详见工作表“{sheet}”。",
    ),
    "rows": ("{count:,} rows", "{count:,} 行"),
    "seconds": ("Solved in {seconds} s.", "求解用时 {seconds} s。"),
    "open_count": ("{open} open", "启用 {open} 座"),
    "money": ("{millions:,.2f} million CNY", "{wan:,.0f} 万元"),
    "join": ("{number} {word}", "{word} {number} 座"),
    "list": (", ", "、"),
    "reason": ("{word} {number}", "{word} {number}"),
    "colon": (": ", "："),
}
"""English and Chinese by key."""


def sentence(key: str, lang: Language, **figures: object) -> str:
    """Return a sentence with its figures filled in.

    Parameters
    ----------
    key
        Key of ``SENTENCES``.
    lang
        Language.
    figures
        Values of the places in braces.

    Raises
    ------
    KeyError
        If the key or a figure is missing.
    """
    return phrase(SENTENCES, key, lang).format(**figures)

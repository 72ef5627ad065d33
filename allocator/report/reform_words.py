"""What is said of reforms, guard rails and rule variants, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.case import Case
from allocator.coordination.guard_rails import Guard
from allocator.coordination.reformed import StepReform
from allocator.report.words import Language, Phrases, phrase

__all__ = ["Names", "guard_words", "reform_words", "say", "signed_money"]

_WORDS: Phrases = {
    # what is done to a step
    "verbal": ("take a spoken consent first at {step}", "{step}先口头同意、后补书面"),
    "pre_authorise": ("have {step} signed beforehand", "{step}事先授权"),
    "parallel": ("run {step} beside the steps before it", "{step}与前置步骤并行"),
    "delegate": ("let {deputy} sign {step}", "{step}由{deputy}代签"),
    "inform": ("turn {step} from 'sign' into 'inform'", "{step}由签署改为告知"),
    "step": ("{name} ({subject}, {department})", "{name}（{subject}，{department}）"),
    "joint": (
        "{name} ({subject}, joint signature of {count} departments)",
        "{name}（{subject}，{count}部门会签）",
    ),
    # what a set comes to
    "reform": (
        "{what}: release {hours} h, loss {money} (saves {low} to {high}), waiting {people} "
        "person-hours.",
        "{what}：放行 {hours} 小时，损失 {money}（节省 {low} 至 {high}），等待 {people} 人时。",
    ),
    "refused": ("It would pay, but is not allowed: {why}.", "虽有收益但不允许：{why}。"),
    # guard rails that refuse
    "unknown_step": ("{subject}: there is no such step", "{subject}：无此步骤"),
    "disabled": ("{subject}: the step takes no part", "{subject}：该步骤未启用"),
    "no_hours": ("{subject}: {field} is empty", "{subject}：{field} 为空"),
    "nothing_before": ("{subject}: it waits for no step", "{subject}：无前置步骤"),
    "not_listed": (
        "{subject}: {kind} is not among the changes that its step lists",
        "{subject}：{kind} 不在该步骤可改动之列",
    ),
    "twice": ("{subject}: one step is changed twice", "{subject}：同一步骤改动两次"),
    "no_decision": (
        "{subject}: nobody would be left to decide before the release",
        "{subject}：放行之前将无人决定",
    ),
    "answers_for_release": (
        "{subject}: {department} answers for the release, so it must sign",
        "{subject}：{department}对放行担责，须签署",
    ),
    "only_decision": (
        "{subject}: the only decision before the release; {department} must stay answerable",
        "{subject}：放行前唯一的决定，{department}须保留担责",
    ),
    "one_of_several": (
        "{subject}: one of several who may release; told, it could not",
        "{subject}：属可择一放行的一方，改为告知即失去此作用",
    ),
    "paper_first": (
        "{subject}: no spoken consent is allowed, the paper comes first",
        "{subject}：不允许口头同意，须先书面",
    ),
    "paper_late": (
        "{subject}: paper is due within {hours:g} h and takes {takes:.3g} h",
        "{subject}：须在 {hours:g} 小时内补办，而书面需 {takes:.3g} 小时",
    ),
    "no_deputy": (
        "{subject}: there is no deputy who exists",
        "{subject}：无有效的代签部门",
    ),
    "finance_always": (
        "{subject}: {department} signs for money and no threshold is set",
        "{subject}：{department}负责资金会签，且未设门槛",
    ),
    "finance_signs": (
        "{subject}: goods are worth {value}, above {threshold}, so {department} must sign",
        "{subject}：物资价值 {value}，超过 {threshold}，{department}须会签",
    ),
    # what holds within the rails
    "paper_follows": (
        "{subject}: paper follows within {hours:g} h",
        "{subject}：{hours:g} 小时内补办书面",
    ),
    "still_answers": ("{subject}: {department} still answers", "{subject}：仍由{department}担责"),
    "below_threshold": (
        "{subject}: goods are worth {value}, not above {threshold}",
        "{subject}：物资价值 {value}，未超过 {threshold}",
    ),
    # the summary
    "topic_reforms": ("Reforms", "流程改进"),
    "exact": (
        "All sets of changes that can be best were priced ({count} tables of release hours): the "
        "first of each size is the best, within the gaps of the dispatch.",
        "凡可能最优的改动组合均已逐一计算（{count} 组放行时刻），"
        "每一改动数的首位即为最优（在求解差距之内）。",
    ),
    "proposed": (
        "A model proposed sets of changes by what an hour is worth at each release; {count} tables "
        "of release hours were priced. The first is the best of those, not proven the best of all.",
        "由模型按各放行步骤每小时的价值提出组合，共计算 {count} 组放行时刻；"
        "首位为其中最优，未证明为全部最优。",
    ),
    "partial": (
        "Time was up before all sets that can be best were priced; {count} tables of release hours "
        "were. The first is the best of those. More time tells more.",
        "时限已到，可能最优的组合未全部计算，仅计算 {count} 组放行时刻；"
        "首位为其中最优，延长时限可更完整。",
    ),
    "none": (
        "No change that the steps list brings goods forward within the guard rails.",
        "护栏之内，所列改动均不能提前放行。",
    ),
    "topic_variant": ("Rules {variant} against {base}", "规则 {variant} 对比 {base}"),
    "today": ("today", "现行"),
    "variant": (
        "{variant} is better than {base} in {better} of {runs} pairs{equal}, mean {mean} (95 % "
        "interval {low} to {high}, {units}).",
        "{variant} 在 {runs} 对中 {better} 对优于 {base}{equal}，"
        "平均 {mean}（95% 区间 {low} 至 {high}，{units}）。",
    ),
    "equal": (", equal within the gaps in {count}", "，{count} 对在差距内相同"),
    "by_scenarios": ("over {count} scenarios", "按 {count} 个情景"),
    "by_courses": ("over {count} courses", "按 {count} 次模拟"),
    "one_scenario": (
        "All pairs are of one scenario: nothing is claimed beyond it.",
        "全部配对出自同一情景，结论不外推。",
    ),
    "one_pair": (
        "There is one pair only, loss {mean}: no claim is made.",
        "仅有一对，损失 {mean}，不作结论。",
    ),
    "breaks": ("It breaks guard rails: {why}.", "突破护栏：{why}。"),
    "great": ("{millions} M CNY", "{wan} 万元"),
    "small": ("{cny} CNY", "{cny} 元"),
}

_GREAT_CNY = 1e5
"""Amounts from here on are told in millions. [CNY]"""


def say(key: str, lang: Language, **figures: object) -> str:
    """Return a word or sentence about reforms."""
    return phrase(_WORDS, key, lang, **figures)


def money(value_cny: float, lang: Language) -> str:
    """Return an amount: in millions (or 万元) where it is large."""
    return _money(value_cny, lang, "")


def signed_money(value_cny: float, lang: Language) -> str:
    """Return a difference of amounts, with its sign; nothing has none."""
    return _money(value_cny, lang, "+" if round(value_cny) else "")


def _money(value_cny: float, lang: Language, sign: str) -> str:
    """Return an amount with the sign of a format."""
    if abs(value_cny) < _GREAT_CNY:
        # Adding 0 turns a negative zero into a plain one.
        return say("small", lang, cny=f"{round(value_cny) + 0:{sign},}")
    millions, wan = f"{value_cny / 1e6:{sign},.2f}", f"{value_cny / 1e4:{sign},.1f}"
    return say("great", lang, millions=millions, wan=wan)


class Names:
    """Names of steps and departments of a case.

    Parameters
    ----------
    case
        The case.
    """

    def __init__(self, case: Case) -> None:
        self._steps = {(row.procedure, row.step): row for row in case.approval_steps}
        self._departments = {row.department: row.name for row in case.departments}

    def department(self, code: str) -> str:
        """Name of a department, its code where it has none."""
        return self._departments.get(code, code) or code

    def step(self, reform: StepReform, lang: Language) -> str:
        """A step with who signs it."""
        row, subject = self._steps.get(reform.key), f"{reform.procedure}/{reform.step}"
        if row is None:
            return subject
        count = 1 + len([one for one in row.cosigners.split(";") if one.strip()])
        if count > 1:
            return say("joint", lang, name=row.name, subject=subject, count=count)
        department = self.department(row.department)
        return say("step", lang, name=row.name, subject=subject, department=department)

    def deputy(self, reform: StepReform) -> str:
        """Who signs a step that is delegated."""
        row = self._steps.get(reform.key)
        return "" if row is None or row.deputy is None else self.department(row.deputy)


def reform_words(reform: StepReform, names: Names, lang: Language) -> str:
    """Say what is done to a step."""
    step = names.step(reform, lang)
    return say(reform.kind, lang, step=step, deputy=names.deputy(reform))


def guard_words(guard: Guard, names: Names, lang: Language) -> str:
    """Say why something is refused, or what holds it within the rails."""
    figures: dict[str, object] = dict(guard.figures)
    for key in ("value", "threshold"):
        if key in figures:
            figures[key] = money(_number(figures, key), lang)
    if "department" in figures:
        figures["department"] = names.department(str(figures["department"]))
    return say(guard.code, lang, subject=guard.subject, **figures)


def _number(figures: Mapping[str, object], key: str) -> float:
    """Return a figure that is a number."""
    value = figures[key]
    return float(value) if isinstance(value, int | float) else 0.0

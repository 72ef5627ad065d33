"""Sheets of the workbook ``allocator coordination`` writes: what every late signature costs."""

from __future__ import annotations

from typing import ClassVar, Literal

from allocator.schema.row import Id, Row, Text, column

__all__ = [
    "DelayCost",
    "Duty",
    "Owner",
    "PaperAndWheels",
    "Reform",
    "ReleaseHours",
    "SignOffStep",
    "SpeedLoss",
    "VariantResult",
]


class SpeedLoss(Row):
    """Loss of the best dispatch when everybody signs at one speed."""

    sheet: ClassVar[str] = "Loss_By_Speed"
    sheet_zh: ClassVar[str] = "审批速度与损失"
    about: ClassVar[str] = (
        "Loss of the dispatch, planned anew with the sign-offs at four speeds: ideal, limit, "
        "actual, uncoordinated."
    )
    key: ClassVar[tuple[str, ...]] = ("scenario", "speed")

    scenario: Id = column("情景代码", "Scenario, or any for the expected value of all.")
    speed: Literal["ideal", "limit", "actual", "uncoordinated"] = column(
        "审批速度",
        "ideal: limits met and all steps side by side; limit: nobody over the limit; actual: as "
        "recorded or expected; uncoordinated: one after the other, each at its longest.",
    )
    loss_cny: float = column(
        "损失", "Loss that the other figures are made from; between the bounds.", unit="CNY", ge=0
    )
    loss_low_cny: float = column("损失下界", "No plan loses less.", unit="CNY", ge=0)
    loss_high_cny: float = column("损失上界", "A plan that loses this is known.", unit="CNY", ge=0)
    waiting_person_hours: float = column(
        "等待人时", "People times hours without what they need.", unit="person-h", ge=0
    )
    served_share: float = column("满足率", "Weighted share of need in hand.", ge=0, le=1)
    release_first_hours: float = column("最早放行", "First release of goods.", unit="h", ge=0)
    release_last_hours: float = column("最晚放行", "Last release of goods.", unit="h", ge=0)


class DelayCost(Row):
    """What one department's delay costs, and its other key figures."""

    sheet: ClassVar[str] = "Delay_Cost"
    sheet_zh: ClassVar[str] = "协同延迟成本"
    about: ClassVar[str] = (
        "Loss at actual speed less loss at the limits, split over departments by Shapley value; "
        "the shares add up to the total. A department is charged for its own steps only."
    )
    key: ClassVar[tuple[str, ...]] = ("scenario", "department")

    scenario: Id = column("情景代码", "Scenario, or any for the expected value of all.")
    department: Id = column(
        "部门代码", "Department, TOTAL, or NOT_ATTRIBUTABLE: what nobody is charged for."
    )
    name: Text = column("名称", "Name of the department.", default="")
    share_cny: float = column("分摊损失", "Its share of the delay cost.", unit="CNY")
    share_low_cny: float = column("分摊下界", "Least share that the gaps allow.", unit="CNY")
    share_high_cny: float = column("分摊上界", "Largest share that the gaps allow.", unit="CNY")
    sampling_error_cny: float | None = column(
        "抽样误差",
        "Half of the 95 % confidence interval; empty where the value is exact.",
        unit="CNY",
        default=None,
        ge=0,
    )
    share_person_hours: float = column(
        "分摊人时", "Its share of the added waiting.", unit="person-h"
    )
    plus_one_hour_cny: float | None = column(
        "再晚一小时",
        "Added loss if each of its steps takes an hour more.",
        unit="CNY",
        default=None,
    )
    plus_one_low_cny: float | None = column(
        "再晚一小时下界", "Least that the gaps allow.", unit="CNY", default=None
    )
    plus_one_high_cny: float | None = column(
        "再晚一小时上界", "Most that the gaps allow.", unit="CNY", default=None
    )
    minus_one_hour_cny: float | None = column(
        "早一小时", "Saved loss if each of its steps takes an hour less.", unit="CNY", default=None
    )
    minus_one_low_cny: float | None = column(
        "早一小时下界", "Least that the gaps allow.", unit="CNY", default=None
    )
    minus_one_high_cny: float | None = column(
        "早一小时上界", "Most that the gaps allow.", unit="CNY", default=None
    )
    overrun_hours: float = column(
        "超时", "Hours over the limit, summed over its steps.", unit="h", default=0.0, ge=0
    )
    criticality: float | None = column(
        "关键度",
        "Chance that one of its steps decides a release; empty for no department.",
        default=None,
        ge=0,
        le=1,
    )
    on_time_share: float | None = column(
        "按时率", "Share of signatures within the limit; empty without a log.", default=None
    )
    sentence: Text = column("说明", "What the figures say, and how they are made.", default="")


class SignOffStep(Row):
    """One step towards one release, over many simulated courses."""

    sheet: ClassVar[str] = "Sign_Off_Steps"
    sheet_zh: ClassVar[str] = "审批关键路径"
    about: ClassVar[str] = (
        "When each step begins and ends, how often it is critical, its slack, and the latest "
        "signature that still meets the target."
    )
    key: ClassVar[tuple[str, ...]] = ("scenario", "procedure", "release_step", "step")

    scenario: Id = column("情景代码", "Scenario, or any.")
    procedure: Id = column("流程", "Procedure.")
    release_step: Id = column("放行步骤", "Step whose end releases the goods.")
    step: Id = column("步骤", "Step.")
    name: Text = column("名称", "What is signed.", default="")
    department: Id = column("负责", "Who answers for it.")
    duration_hours: float = column("平均用时", "Mean duration.", unit="h", ge=0)
    begin_hours: float = column("平均开始", "Mean begin, from the event.", unit="h", ge=0)
    end_hours: float = column("平均结束", "Mean end, from the event.", unit="h", ge=0)
    end_p90_hours: float = column("九成结束", "End in 90 of 100 courses.", unit="h", ge=0)
    criticality: float = column(
        "关键度", "Share of courses in which a longer step delays the release.", ge=0, le=1
    )
    slack_hours: float = column(
        "时差", "Mean delay that the release would not feel.", unit="h", ge=0
    )
    latest_end_hours: float | None = column(
        "最晚签署",
        "Latest end, all else as planned, with which every lane that relies on it meets the "
        "horizon; empty where none relies on it.",
        unit="h",
        default=None,
    )
    paper_due_hours: float | None = column(
        "补办截止", "When the paper must follow a spoken consent.", unit="h", default=None, ge=0
    )


class ReleaseHours(Row):
    """When sign-offs release goods of a warehouse level for a receiving province."""

    sheet: ClassVar[str] = "Release_Hours"
    sheet_zh: ClassVar[str] = "放行时刻"
    about: ClassVar[str] = "Hour from the event at which goods may be loaded, by kind of lane."
    key: ClassVar[tuple[str, ...]] = (
        "scenario",
        "warehouse_level",
        "from_province",
        "receiver",
        "to_province",
        "item_group",
        "procedure",
        "release_step",
    )

    scenario: Id = column("情景代码", "Scenario, or any.")
    warehouse_level: Id = column("库层级", "Level of the sending warehouse.")
    from_province: Text = column("调出省", "Province of the warehouse.", default="")
    receiver: Id = column("接收方", "Where the receiving district lies.")
    to_province: Text = column("接收省", "Province of the district.", default="")
    item_group: Id = column("审批类别", "Group of items.")
    procedure: Text = column("流程", "Procedure; empty where released at once.", default="")
    release_step: Text = column("放行步骤", "Step whose end releases the goods.", default="")
    lanes_count: int = column("线路数", "Lanes of the scenario with stock and need.", ge=0)
    planned_hours: float = column("计划放行", "At planned durations.", unit="h", ge=0)
    limit_hours: float = column("限时放行", "Nobody over the limit.", unit="h", ge=0)
    actual_hours: float = column("实际放行", "As recorded or expected.", unit="h", ge=0)
    p10_hours: float = column("一成放行", "In 10 of 100 simulated courses.", unit="h", ge=0)
    p50_hours: float = column("半数放行", "In half of them.", unit="h", ge=0)
    p90_hours: float = column("九成放行", "In 90 of 100.", unit="h", ge=0)
    horizon_share: float = column("占时限比例", "Actual release over the horizon.", ge=0)


class PaperAndWheels(Row):
    """How the hours until goods are in hand are spent, for one kind of lane of a plan."""

    sheet: ClassVar[str] = "Paper_And_Wheels"
    sheet_zh: ClassVar[str] = "公文与车轮"
    about: ClassVar[str] = (
        "Hours on paper, waiting for a vehicle, loading, driving with rests, and unloading; means "
        "over trips weighted by what they carry."
    )
    key: ClassVar[tuple[str, ...]] = ("scenario", "procedure", "warehouse_province")

    scenario: Id = column("情景代码", "Scenario.")
    procedure: Text = column("流程", "Procedure; empty where released at once.", default="")
    warehouse_province: Text = column("调出省", "Province of the warehouses.", default="")
    trips_count: int = column("车次数", "Trips.", ge=0)
    volume_m3: float = column("体积", "What they carry.", unit="m3", ge=0)
    paper_hours: float = column("公文", "From the event to the release.", unit="h", ge=0)
    wait_hours: float = column("待装", "From the release to the load start.", unit="h", ge=0)
    load_hours: float = column("装车", "Loading.", unit="h", ge=0)
    drive_hours: float = column("行驶", "Driving, with rests and waits.", unit="h", ge=0)
    unload_hours: float = column("卸车", "Unloading.", unit="h", ge=0)
    paper_share: float = column("公文占比", "Paper over all hours until in hand.", ge=0, le=1)


class Reform(Row):
    """One set of changes to the procedures, priced."""

    sheet: ClassVar[str] = "Reforms"
    sheet_zh: ClassVar[str] = "流程改进"
    about: ClassVar[str] = (
        "Which steps to change first: the best sets of one change, two, and so on, within the "
        "guard rails; and the best single changes."
    )
    key: ClassVar[tuple[str, ...]] = ("scenario", "changes_count", "rank")

    scenario: Id = column("情景代码", "Scenario, or any for the expected value of all.")
    changes_count: int = column("改动数", "How many steps are changed.", ge=1)
    rank: int = column("名次", "Place among the sets of this size.", ge=1)
    changes: Text = column(
        "改动", "PROCEDURE/STEP kind, parted by ; .", is_list=True, example="CITY_DISPATCH/3 verbal"
    )
    saved_release_hours: float = column(
        "节省放行时间", "Mean over the lanes with stock and need.", unit="h"
    )
    loss_cny: float = column("损失", "Loss with these changes.", unit="CNY", ge=0)
    saved_cny: float = column("节省损失", "Less than without.", unit="CNY")
    saved_low_cny: float = column("节省下界", "At least.", unit="CNY")
    saved_high_cny: float = column("节省上界", "At most.", unit="CNY")
    saved_person_hours: float = column("节省人时", "Waiting saved.", unit="person-h")
    guards: Text = column(
        "护栏", "Guard rails that hold, or why a change that would pay is not allowed.", default=""
    )
    is_allowed: bool = column("可行", "Whether all guard rails hold.", default=True)
    sentence: Text = column("说明", "In words.", default="")


class VariantResult(Row):
    """One variant of the rules against another on common scenarios."""

    sheet: ClassVar[str] = "Variant_Results"
    sheet_zh: ClassVar[str] = "规则比较"
    about: ClassVar[str] = (
        "Paired comparison of rule variants on the same scenarios and the same simulated courses."
    )
    key: ClassVar[tuple[str, ...]] = ("variant", "base")

    variant: Id = column("规则方案", "Variant.")
    base: Id = column("对照", "What it is compared with; today for the rules as they are.")
    runs_count: int = column("配对数", "Pairs of runs.", ge=1)
    scenarios_count: int = column(
        "情景数",
        "Scenarios among them; of several the mean of each is one value of the interval.",
        default=1,
        ge=1,
    )
    better_count: int = column("更优", "Pairs in which the variant loses less.", ge=0)
    equal_count: int = column("相同", "Pairs without a difference beyond the gaps.", ge=0)
    change_share: float = column("平均变化", "Mean relative change of the loss.")
    change_low_share: float = column("变化下界", "Lower end of the 95 % interval.")
    change_high_share: float = column("变化上界", "Upper end of the 95 % interval.")
    change_cny: float = column("平均变化额", "Mean change of the loss.", unit="CNY")
    is_allowed: bool = column("可行", "Whether all guard rails hold.", default=True)
    guards: Text = column("护栏", "Guard rails that it breaks, and where.", default="")
    sentence: Text = column("说明", "In words.", default="")


class Duty(Row):
    """What one department has to do, by when, and to whom it hands over."""

    sheet: ClassVar[str] = "Duties"
    sheet_zh: ClassVar[str] = "部门任务"
    about: ClassVar[str] = "A sheet per department: what, by when, handed to whom."
    key: ClassVar[tuple[str, ...]] = ("department", "trigger", "subject", "role")

    department: Id = column("部门代码", "Department.")
    department_name: Text = column("部门名称", "Its name.", default="")
    trigger: Id = column("触发条件", "Procedure, warehouse, or cause.")
    subject: Id = column("事项", "Step, warehouse, or cause of a shortage.")
    what: Text = column("任务", "What is to be done.", default="")
    role: Literal["initiates", "coordinates", "answers", "cosigns"] = column(
        "角色", "initiates, coordinates, answers, or cosigns."
    )
    received_from: Text = column("来自", "Departments it waits for.", default="", is_list=True)
    handed_to: Text = column("交给", "Departments that go on.", default="", is_list=True)
    planned_end_hours: float | None = column(
        "计划完成", "Planned end, from the event.", unit="h", default=None, ge=0
    )
    limit_hours: float | None = column(
        "规定时限", "Time it may take.", unit="h", default=None, ge=0
    )
    paper_due_hours: float | None = column(
        "补办截止", "When the paper must follow, from the event.", unit="h", default=None, ge=0
    )


class Owner(Row):
    """Who answers for one shortage, or one late arrival, of a plan."""

    sheet: ClassVar[str] = "Owners"
    sheet_zh: ClassVar[str] = "缺口责任"
    about: ClassVar[str] = "The answerable owner of the binding cause of every shortage and delay."
    key: ClassVar[tuple[str, ...]] = ("scenario", "kind", "district", "item", "cause", "subject")

    scenario: Id = column("情景代码", "Scenario.")
    kind: Literal["shortage", "late"] = column(
        "类别", "shortage: never comes; late: comes after the target hours of the district."
    )
    district: Id = column("区县代码", "Where.")
    item: Id = column("物资代码", "What.")
    amount_units: float = column("数量", "How much is short, or late.", unit="units", ge=0)
    late_hours: float | None = column(
        "迟到", "Mean lateness of what is late.", unit="h", default=None, ge=0
    )
    cause: Id = column("原因", "Binding cause: paper, vehicles, docks, receiving, no_stock ...")
    subject: Text = column("环节", "Step, warehouse or district where it binds.", default="")
    department: Id = column("责任部门", "Who answers, or NOT_ATTRIBUTABLE.")
    department_name: Text = column("部门名称", "Its name.", default="")
    sentence: Text = column("说明", "In words.", default="")

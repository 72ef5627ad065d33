"""The scenario lab of Guangxi: sectors, how they lean on each other, and two drills.

Every figure is an assumption, to be edited by whoever knows better; what is sourced is who takes
part in the two procedures (S46), and the hours of Zhengzhou 2021 (S62, S63) the metro is held
against.
"""

from __future__ import annotations

from allocator.schema.lab import Dependency, Drill, Sector, SectorLink, Shock
from scripts.dataset_parts.folder import DataSet
from scripts.dataset_parts.inputs import Inputs
from scripts.dataset_parts.procedures import listed_steps, responsibility_rows

__all__ = ["add_lab"]

SOURCE = "DESIGN"

METRO_CITY = "南宁市"
"""The one city of Guangxi with a metro."""

SECTORS = (
    ("power", "电力", 0.20, 10e6),
    ("telecom", "通信", 0.30, 8e6),
    ("finance", "金融", 0.35, 20e6),
    ("transport", "交通", 0.20, 14e6),
    ("fuel", "燃料", 0.10, 3e6),
    ("water", "供水", 0.15, 1.5e6),
    ("health", "医疗", 0.25, 8e6),
    ("metro", "地铁", 0.30, 0.2e6),
)
"""Code, name, recovery rate [1/h], output lost at full failure [CNY/h]: shares of a yearly output
of the region of about 2.7 trillion CNY (recalled), spread evenly over the hours."""

DEPENDENCIES = (
    ("power", "telecom", 0.10),
    ("power", "fuel", 0.05),
    ("power", "water", 0.05),
    ("telecom", "power", 0.50),
    ("telecom", "fuel", 0.05),
    ("finance", "power", 0.35),
    ("finance", "telecom", 0.45),
    ("transport", "power", 0.10),
    ("transport", "telecom", 0.10),
    ("transport", "fuel", 0.30),
    ("transport", "metro", 0.10),
    ("fuel", "power", 0.30),
    ("fuel", "finance", 0.20),
    ("fuel", "transport", 0.10),
    ("water", "power", 0.50),
    ("health", "power", 0.25),
    ("health", "telecom", 0.10),
    ("health", "water", 0.20),
    ("health", "transport", 0.10),
    ("metro", "power", 0.60),
    ("metro", "telecom", 0.10),
)
"""Who depends, on whom, loss passed on. No row adds up to more than 0.8."""

LINKS = (
    ("telecom", "sign_off_time", "", 1.0),
    ("power", "sign_off_time", "", 0.25),
    ("finance", "demand", "WATER24", 0.20),
    ("finance", "demand", "RATION1D", 0.20),
    ("water", "demand", "WATER24", 0.30),
    ("power", "demand", "GEN5", 0.50),
    ("transport", "road_time", "", 0.60),
    ("power", "road_time", "", 0.15),
    ("power", "docks", "", 0.40),
    ("telecom", "receiving", "", 0.30),
    ("metro", "demand", METRO_CITY, 0.05),
    ("metro", "road_time", METRO_CITY, 0.40),
    ("metro", "sign_off_time", "CITY_EMB", 0.50),
    ("metro", "sign_off_time", "CITY_TRANS", 0.50),
    ("metro", "sign_off_time", "CITY_PUB", 0.50),
)
"""Sector, what it acts on, for whom, change for a full failure."""

DRILLS = (
    Drill(
        drill="power_finance",
        name="停电致金融停摆",
        scenario="mangkhut2018",
        procedure="GRID_FINANCE_DRILL",
        release_step="6",
        horizon_hours=72.0,
        note=(
            "停电波及通信与支付；央行启动支付备份后金融开始恢复，能源局、央行、网信办依次或并行签批。"
        ),
        source="S46;DESIGN",
        status="assumption",
    ),
    Drill(
        drill="metro_suspension",
        name="地铁停运三方签署",
        scenario="flood_yujiang",
        procedure="METRO_SUSPENSION",
        release_step="5",
        horizon_hours=48.0,
        note=(
            "交通、应急、宣传三方并行签署齐备方可停运，此前地铁持续暴露。对照：郑州2021年自首次红色预警"
            "至全网停运20.2小时，自第五次预警2.2小时。"
        ),
        source="S46;S62;S63",
        status="assumption",
    ),
)

SHOCKS = (
    Shock(
        drill="power_finance",
        sector="power",
        to_hours=18.0,
        shock_share=0.7,
        source=SOURCE,
        status="assumption",
    ),
    Shock(
        drill="power_finance",
        sector="finance",
        shock_share=0.6,
        until_procedure="GRID_FINANCE_DRILL",
        until_step="3",
        source=SOURCE,
        status="assumption",
    ),
    Shock(
        drill="metro_suspension",
        sector="metro",
        shock_share=0.9,
        until_procedure="METRO_SUSPENSION",
        until_step="5",
        source=SOURCE,
        status="assumption",
    ),
)


def add_lab(data_set: DataSet, inputs: Inputs) -> None:
    """Add sectors, drills, and the procedures that are rehearsed.

    Parameters
    ----------
    data_set
        The case, with its procedures and scenarios.
    inputs
        Shared tables.
    """
    for procedure in ("GRID_FINANCE_DRILL", "METRO_SUSPENSION"):
        steps = listed_steps(inputs, procedure)
        data_set.add(steps)
        data_set.add(responsibility_rows(steps))
    for sector, name, recovery, loss in SECTORS:
        data_set.add(
            [
                Sector(
                    sector=sector,
                    name=name,
                    recovery_per_hour=recovery,
                    loss_cny_per_hour=loss,
                    source=SOURCE,
                    status="assumption",
                )
            ]
        )
    data_set.add(
        Dependency(
            sector=sector,
            depends_on=on,
            dependency_share=share,
            source="S46;DESIGN" if (sector, on) == ("finance", "power") else SOURCE,
            status="assumption",
        )
        for sector, on, share in DEPENDENCIES
    )
    data_set.add(
        SectorLink(
            sector=sector,
            acts_on=acts_on,  # type: ignore[arg-type]
            subject=subject,
            effect=effect,
            source=SOURCE,
            status="assumption",
        )
        for sector, acts_on, subject, effect in LINKS
    )
    data_set.add(DRILLS)
    data_set.add(SHOCKS)

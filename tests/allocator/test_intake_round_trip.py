"""What is written is read back the same."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.case import Case
from allocator.errors import ConflictError
from allocator.intake import read_case, read_case_with_issues, write_case
from allocator.schema.disaster import ScenarioDemand
from allocator.schema.procedure import Settings
from tests.tiny import Tables, build_case, build_tables
from tests.workbooks import raw_sheets, save_workbook

FORMS = ["case.xlsx", "case.json", "case"]
CHINA = timezone(timedelta(hours=8))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("form", FORMS)
def test_tiny_case_survives_every_form(
    tiny_case: Case, tmp_path: Path, form: str, lang: str
) -> None:
    """Export and import give an equal case without any issue, in every form and language."""
    write_case(tiny_case, tmp_path / form, lang)
    case, issues = read_case_with_issues(tmp_path / form)
    assert issues == []
    assert case is not None
    assert case.digest == tiny_case.digest
    assert case.tables == tiny_case.tables


def test_export_of_export_is_identical(tiny_case: Case, tmp_path: Path) -> None:
    """A case that was exported and imported is exported to the same bytes again."""
    write_case(tiny_case, tmp_path / "one")
    write_case(read_case(tmp_path / "one"), tmp_path / "two")
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "two").iterdir())
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("second", FORMS)
def test_own_columns_and_sheets_survive(tmp_path: Path, tiny_tables: Tables, second: str) -> None:
    """Columns, settings and sheets that only the user knows come through a workbook unchanged."""
    sheets = raw_sheets(tiny_tables)
    sheets["Districts"] = [
        [*line, extra]
        for line, extra in zip(
            sheets["Districts"], ["memo", "=1+1 is text", 7.5, None], strict=True
        )
    ]
    sheets["Districts"][1][-1] = "plus +1"
    sheets["Settings"].append(["my_setting", "kept"])
    sheets["Phone list"] = [["who", "number"], ["Wang", "0771-1234"], ["Li", 110.0]]
    first = read_case(save_workbook(tmp_path / "own.xlsx", sheets))
    assert first.extras["Districts"]["memo"] == ("plus +1", 7.5, "")
    assert first.extras["Settings"]["my_setting"] == ("kept",)
    assert first.extras["Phone list"]["number"] == ("0771-1234", 110.0)
    write_case(first, tmp_path / second)
    again = read_case(tmp_path / second)
    assert again.digest == first.digest
    texts = {
        sheet: {name: tuple(map(_plain, cells)) for name, cells in own.items()}
        for sheet, own in again.extras.items()
    }
    assert texts == {
        sheet: {name: tuple(map(_plain, cells)) for name, cells in own.items()}
        for sheet, own in first.extras.items()
    }


def _plain(value: object) -> str:
    """Value as text: a CSV file does not tell a number from its digits."""
    return str(value).removesuffix(".0")


def test_own_dates_stay_dates(tmp_path: Path, tiny_tables: Tables) -> None:
    """Dates, times, truth values and numbers in a user's own column keep their kind."""
    sheets = raw_sheets(tiny_tables)
    own = [
        "memo",
        date(2026, 7, 1),
        datetime(2026, 7, 1, 8, 30),  # noqa: DTZ001
        True,
        0.1 + 0.2,
    ]
    for line, value in zip(sheets["Stock"], own, strict=True):
        line.append(value)
    first = read_case(save_workbook(tmp_path / "own.xlsx", sheets))
    write_case(first, tmp_path / "again.xlsx")
    assert read_case(tmp_path / "again.xlsx").extras["Stock"]["memo"] == tuple(own[1:])


def test_own_columns_are_left_out_when_rows_were_exchanged(
    tmp_path: Path, tiny_tables: Tables
) -> None:
    """A user's own column is not written beside rows it does not belong to."""
    sheets = raw_sheets(tiny_tables)
    for line, note in zip(sheets["Districts"], ["memo", "a", "b", "c"], strict=True):
        line.append(note)
    case = read_case(save_workbook(tmp_path / "own.xlsx", sheets))
    fewer = case.replace(type(case.districts[0]), case.districts[:2])
    write_case(fewer, tmp_path / "fewer.json")
    assert "memo" not in (tmp_path / "fewer.json").read_text(encoding="utf-8")


def test_texts_that_look_like_formulas_stay_texts(tiny_case: Case, tmp_path: Path) -> None:
    """Names such as '=1+1' or '#N/A' are never written as formulas or errors."""
    texts = ["=1+1", "+49", "-x", "@home", "#N/A", "_x0041_", "'=1", "''+1", "'quoted'"]
    names = iter(texts * 2)
    rows = [row.model_copy(update={"source": next(names)}) for row in tiny_case.scenario_demand]
    case = tiny_case.replace(ScenarioDemand, rows)
    for form in FORMS:
        write_case(case, tmp_path / form)
        again = read_case(tmp_path / form)
        assert [row.source for row in again.scenario_demand] == [row.source for row in rows]
        assert again.digest == case.digest


@pytest.mark.parametrize("amount", [0.1 + 0.2, 1e-320, 123456789012345.68, 1 / 3, 2.0**60])
def test_numbers_keep_all_their_digits(tiny_case: Case, tmp_path: Path, amount: float) -> None:
    """A number needs up to 17 digits; none is lost in any form."""
    first, *others = tiny_case.scenario_demand
    case = tiny_case.replace(
        ScenarioDemand, [first.model_copy(update={"demand_units": amount}), *others]
    )
    for form in FORMS:
        write_case(case, tmp_path / form)
        assert read_case(tmp_path / form).scenario_demand[0].demand_units == amount


def test_a_case_without_settings_gets_the_defaults(tmp_path: Path, tiny_tables: Tables) -> None:
    """Leaving the Settings sheet out is the same as leaving every setting empty."""
    del tiny_tables["Settings"]
    absent = read_case(save_workbook(tmp_path / "a.xlsx", raw_sheets(tiny_tables)))
    tiny_tables["Settings"] = [dict.fromkeys(Settings.model_fields)]
    empty = read_case(save_workbook(tmp_path / "b.xlsx", raw_sheets(tiny_tables)))
    assert absent.settings == Settings()
    assert absent.digest == empty.digest


def test_order_of_sheets_and_columns_does_not_matter(tmp_path: Path, tiny_case: Case) -> None:
    """Sheets and columns may come in any order."""
    sheets = raw_sheets(build_tables())
    turned = {
        name: lines if name == "Settings" else [line[::-1] for line in lines]
        for name, lines in reversed(sheets.items())
    }
    assert read_case(save_workbook(tmp_path / "t.xlsx", turned)).digest == tiny_case.digest


def test_folder_of_another_case_is_not_mixed_in(tiny_case: Case, tmp_path: Path) -> None:
    """Writing into a folder with other CSV files is refused: they would be read as well."""
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "Sectors.csv").write_text("sector,name\n", encoding="utf-8")
    with pytest.raises(ConflictError, match=r"Sectors\.csv"):
        write_case(tiny_case, folder)


@pytest.mark.parametrize(("name", "lang"), [("case.xls", "en"), ("case.csv", "zh")])
def test_other_suffixes_are_refused(tiny_case: Case, tmp_path: Path, name: str, lang: str) -> None:
    """A suffix that is no form of a case is an error, not a guess."""
    with pytest.raises(ConflictError, match=r"\.xlsx, \.json or a folder"):
        write_case(tiny_case, tmp_path / name, lang)


codes = st.text(string.ascii_letters + string.digits + "_-.", min_size=1, max_size=8)
texts = st.text(
    st.characters(
        exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp"), exclude_characters="\ufffe\uffff"
    ),
    max_size=20,
).map(lambda text: text.strip().strip("\u200b\u3000\xa0"))
amounts = st.floats(0, 1e12, allow_nan=False).map(abs)
hours = st.floats(0, 48).map(abs)
moments = st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=CHINA)
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Small cases with names, figures and times of every kind."""
    tables: dict[str, list[dict[str, Any]]] = build_tables()
    for row in (*tables["Districts"], *tables["Items"], *tables["Warehouses"]):
        name = draw(texts)
        row["name"] = name or "x"
        row["source"] = draw(texts)
    for row in tables["Scenario_Demand"]:
        row["demand_units"] = draw(amounts) + 1
        row["from_hours"] = draw(hours)
    for row in tables["Stock"]:
        row["lot"] = draw(codes.filter(lambda code: code.strip(".-") != ""))
        row["stock_units"] = draw(amounts) + row.get("home_reserve_units", 0)
        row["expiry_date"] = draw(st.none() | st.dates(date(1901, 1, 1), date(2200, 1, 1)))
    tables["Stock"][0]["lot"], tables["Stock"][1]["lot"] = "A1", "B1"
    for row in tables["Scenarios"]:
        row["event_time"] = draw(st.none() | moments)
    tables["Warehouses"][0]["can_close"] = draw(st.booleans())
    tables["Settings"][0]["seed"] = draw(st.integers(0, 2**53))
    return build_case(tables)


@settings(max_examples=15)
@given(case=cases(), form=st.sampled_from(FORMS), lang=st.sampled_from(["en", "zh"]))
def test_any_case_survives_every_form(
    tmp_path_factory: pytest.TempPathFactory, case: Case, form: str, lang: str
) -> None:
    """Export and import give an equal case, whatever names, figures and times it has."""
    path = tmp_path_factory.mktemp("case") / form
    write_case(case, path, lang)
    again, issues = read_case_with_issues(path)
    assert again is not None, [issue.sentence() for issue in issues]
    assert again.tables == case.tables
    assert again.digest == case.digest


def test_times_are_the_same_instant_in_any_zone(tmp_path: Path, tiny_tables: Tables) -> None:
    """An offset other than +08:00 changes how a time is written, not when it is."""
    tiny_tables["Scenarios"][0]["event_time"] = "2026-07-01T00:00:00Z"
    case = read_case(save_workbook(tmp_path / "z.xlsx", raw_sheets(tiny_tables)))
    assert case.scenarios[0].event_time == datetime(2026, 7, 1, tzinfo=UTC)
    assert case.digest == build_case().digest

"""Every code that an issue of the input may carry, with its severity and meaning."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.errors import Severity

__all__ = ["ISSUE_CODES", "IssueCode"]


@dataclass(frozen=True)
class IssueCode:
    """What a code stands for.

    Parameters
    ----------
    severity
        ``error`` stops the run, ``warning`` does not.
    about
        One sentence for the docs.
    """

    severity: Severity
    about: str


def _faults(**about: str) -> dict[str, IssueCode]:
    return {code: IssueCode("error", text) for code, text in about.items()}


def _warnings(**about: str) -> dict[str, IssueCode]:
    return {code: IssueCode("warning", text) for code, text in about.items()}


ISSUE_CODES: dict[str, IssueCode] = {
    # the file
    **_faults(
        not_a_workbook="The file is no .xlsx workbook (another format, text, or empty).",
        old_workbook="The file is an old .xls workbook.",
        encrypted="The file is protected by a password.",
        damaged="The file is cut off or its parts contradict each other.",
        too_big="The file, or what it unpacks to, is over the size limit.",
        unsafe_xml="A part declares a DTD or an encoding that a spreadsheet never writes.",
        missing_part="A sheet is listed in the workbook but its part is not in the file.",
        unreadable_text="A CSV or JSON file cannot be decoded or parsed.",
        empty_folder="The folder holds no CSV file.",
        stray_cell_block="Cells lie so far apart that the sheet cannot be read.",
    ),
    # sheets and columns
    **_faults(
        missing_sheet="A required sheet is absent.",
        empty_sheet="A required sheet has no rows.",
        duplicate_sheet="Two sheets stand for the same table.",
        no_header="No line of the sheet holds the declared headers.",
        missing_column="A required column is absent.",
        duplicate_column="Two columns stand for the same field.",
        other_unit="The unit under a header is not the declared one.",
        duplicate_setting="A setting stands on two lines.",
        unknown_setting="A setting given on the command line does not exist.",
    ),
    # cells
    **_faults(
        empty_cell="A required cell is empty.",
        not_a_number="Text or a date where a number must stand.",
        not_an_integer="A fraction where a whole number must stand.",
        not_yes_no="Neither yes nor no.",
        not_a_date="Not a date.",
        not_a_time="Not a point in time.",
        not_a_choice="Not one of the closed list.",
        not_text="A value of another kind where text must stand.",
        bad_code="A code does not have the declared form.",
        out_of_range="A number breaks its declared range.",
        too_long="Text longer than allowed.",
        error_value="The cell shows an error such as #N/A.",
        no_cached_value="A formula whose result was never stored in the file.",
    ),
    # keys and references
    **_faults(
        duplicate_key="Two rows have the same key.",
        unknown_code="A code that the sheet it refers to does not have.",
        province_code="A province-level code where a county-level one must stand.",
    ),
    # rules across rows and sheets
    **_faults(
        probabilities="The probabilities of the chosen sample do not add up to 1.",
        no_scenario="The chosen sample has no scenario.",
        no_demand="A scenario of the chosen sample has no demand.",
        no_place="A warehouse has neither coordinates nor a district that has them.",
        half_place="Only one of longitude and latitude is given.",
        no_province="A warehouse outside the districts names no province.",
        no_size_class="An existing warehouse has no size class.",
        class_order="A warehouse's class is larger than the largest class allowed there.",
        not_buildable="No buildable class is allowed at a candidate.",
        home_reserve="More is reserved at home than lies there.",
        reserved_lot="A lot is called what stands for lots that are bought or found.",
        bands_fall="Waiting bands do not rise with the hours.",
        damage_target="A damage row must name either a warehouse or a district.",
        lane_without_figures="A Lanes row gives neither distance, time nor closure.",
        closure_order="A closure ends before it begins.",
        hours_target="An Hours row names what does not go with its kind, or lacks what does.",
        hours_span="An Hours row has no hours, two kinds of them, or they end before they begin.",
        hours_clock="Hours of the day are given, and a scenario has no event time.",
        hub_column="A warehouse that is no hub has a figure that only hubs have.",
        hub_stock="Stock lies at a hub.",
        leg_hub="A leg does not lead to a hub, or leads to where it begins.",
        leg_figures="A leg lacks distance or time, or is told twice.",
        convoy_amount="A convoy is no whole number of vehicles, or fewer than two.",
        segregation_pair="A pair of Segregation is one item twice, or stands there both ways.",
        loss_target="A loss names either a warehouse or two places, as its kind says.",
        unknown_place="A corridor or pair ends at a place that the case does not have.",
        no_losses="A promise about listed losses, and no loss is listed.",
        unknown_step="A step, procedure or department named in a list does not exist.",
        two_departments="Two initiators, coordinators or answerable departments for one thing.",
        unknown_subject="A row of Responsibility is about no step, warehouse or cause.",
        step_cycle="Steps wait for each other in a circle.",
        bypass_targets="Only a BYPASS step stands in for others, and it must name them.",
        duration_order="The likely duration does not lie between shortest and longest.",
        no_log_rows="A step is resampled from past cases, and Approval_Log has none of it.",
        verbal_not_allowed="Hours of a spoken consent where none is allowed.",
        unknown_reform="A list of reforms names what is none.",
        reform_figures="A step lacks a figure that one of its reforms needs.",
        reform_not_allowed="A variant changes a step in a way that the step does not allow.",
        sector_itself="A sector leans on itself.",
        cascade_explodes="Dependencies of sectors whose failures grow in a circle for ever.",
        link_subject="A row of Sector_Links acts on nothing that the case has.",
        drill_without_shocks="A drill in which nothing fails.",
        drill_code="A drill has the code of a scenario of its own standing.",
        shock_span="A shock ends before it begins, or begins after its drill.",
        unknown_subclass="A risk element names a subclass that its class does not have.",
        risk_code="The code of a risk element is none, or says something else than its row.",
        risk_grain="The hour of a risk element is no multiple of the grain of its class.",
        payout_above_loss="Insurers pay more than the direct loss.",
        unknown_table="A what-if row names a sheet or column that does not exist.",
        change_incomplete="A change lacks a column that its kind needs.",
        change_too_full="A change fills a column that does not go with its kind.",
        change_hours="A change's hours are out of order, or another re-plan's.",
        change_repeated="Two changes tell of the same thing.",
        change_contradicts="A change contradicts the plan: what has left, was signed, or is there.",
        change_impossible="A change cannot be made in this case.",
    ),
    # what was noticed but does not stop the run
    **_warnings(
        unknown_sheet="A sheet the schema does not know; kept as it is.",
        unknown_column="A column the schema does not know; kept as it is.",
        unknown_setting_line="A setting the schema does not know; kept as it is.",
        lines_above_header="Lines above the header are not read.",
        example_row="An example row was changed but is still marked as an example.",
        hidden_rows="Hidden rows are read all the same.",
        hidden_columns="Hidden columns are read all the same.",
        hidden_sheet="A hidden sheet is read all the same.",
        merged_cells="Merged cells: only the top left one has a value.",
        stray_cells="Cells far outside the table are not read.",
        error_extra="An error such as #N/A in a column the schema does not know.",
        cell_without_header="Cells with a value in a column without a header are not read.",
        other_encoding="A text file is not UTF-8; it was read as GB18030.",
        text_number="A number stored as text.",
        number_text="A code stored as a number.",
        full_width="Full-width digits or letters.",
        stray_spaces="Spaces before, after or inside a value.",
        control_characters="Characters that cannot be shown.",
        serial_date="A date stored as Excel's serial number.",
        date_with_time="A time of day where only a date counts.",
        naive_time="A time without an offset, read as +08:00.",
        other_spelling="A yes, no or choice in another spelling.",
        list_separator="Codes in a list parted by something else than a semicolon.",
        swapped_lon_lat="Longitude and latitude seem to be swapped.",
        far_place="A place lies far from all others.",
        short_supply="Stock, room and purchases cannot meet a scenario's demand.",
        convoy_fleets="A warehouse never has the vehicles for a convoy: none sets off there.",
        convoy_docks="Docks never let a convoy load: none sets off there.",
        leg_without_fleet="No vehicle of its kind is where a leg begins.",
        hub_unused="Nothing comes to a hub, or nothing goes on from it.",
        lot_expires="A lot expires before the deadline of a scenario: sent if unloaded by then.",
        unread_expiry="A lot has an expiry date, and a scenario has no event time for it.",
        unreachable_district="No warehouse can reach a district within the horizon.",
        unused_group="A sign-off rule for a group that no item belongs to.",
        unused_province="A sign-off rule for a province without a warehouse, or district.",
        hidden_rule="A sign-off rule behind one that always fits first.",
        distribution_ends="A distribution without both ends: the duration is fixed.",
        paper_late="Paper may follow later than the settings allow; the settings hold.",
        link_idle="A row of Sector_Links changes nothing.",
        responsibility_gap="A step or warehouse lacks an initiator, coordinator or owner.",
        idle_responsibility="A row of Responsibility by which nobody is ever charged.",
        due_differs="Responsibility and Approval_Steps set different time limits for a step.",
        unused_department="A department that nothing names.",
        unused_procedure="A procedure that no rule names.",
        unknown_figure="A Figures row names a sheet or column that does not exist.",
        unmet_cheaper="A unit that never comes would count less than a late one.",
        code_status="A code of a standard does not say how sure it is, or there is no code.",
        secondary_hazard="A hazard follows from itself, names an unknown one, or counts twice.",
        scenario_hazard="A risk element is of another hazard than its scenario.",
        risk_overlap="A risk element of a whole class lies beside one of a subclass.",
        mixed_units="A loss is about 10,000 times off the others: another unit of money.",
        exposed_people="More people are exposed than live there.",
        demand_off_exposure="A demand is far off what the exposed people suggest.",
        unused_sample="Scenarios outside the chosen sample have no demand.",
        over_full="Today's stock is more than the warehouse can hold.",
        district_cut_off="Closed roads leave a district without any way in.",
        hub_cut_off="Closed legs leave a hub to which nothing comes any more.",
        no_vehicles_left="A warehouse has no vehicle of a kind left.",
        no_changes="A file of changes names none.",
    ),
}
"""All codes, in the order of the docs."""

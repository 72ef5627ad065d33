"""What the ``mixed`` rows are made of, column by column."""

from __future__ import annotations

from allocator.schema.procedure import Figure

__all__ = ["figure_rows"]

FIGURES = (
    ("Districts", "lon", "sourced", "GEO", "Seat of government; GCJ-02, up to 0.5 km from WGS84."),
    ("Districts", "lat", "sourced", "GEO", "Seat of government; GCJ-02, up to 0.5 km from WGS84."),
    ("Districts", "population_people", "sourced", "GEO", "Census of 1 November 2020."),
    (
        "Districts",
        "risk_level",
        "derived",
        "IBTRACS;NOAA",
        "Rank by storms since 1980 and earthquakes since 1900: 10 % very high, 23 % high, "
        "37 % medium, 30 % low. Not the level of the official survey.",
    ),
    (
        "Districts",
        "receive_m3_per_hour",
        "assumption",
        "DESIGN",
        "30 m3/h and 0.15 m3/h a thousand people, 30 to 200.",
    ),
    ("Districts", "circuity", "assumption", "S84;S85", "1.45 in mountain areas, else the setting."),
    (
        "Size_Classes",
        "volume_m3",
        "derived",
        "S03;S06",
        "Largest floor area (recalled from the final standard) x 2.1 m3/m2 (assumption).",
    ),
    (
        "Size_Classes",
        "opening_cost_cny",
        "derived",
        "S04;S05",
        "Largest floor area x 4,200 CNY/m2 (two city depots, 3,939 and 4,377 CNY/m2).",
    ),
    (
        "Size_Classes",
        "annual_cost_cny",
        "assumption",
        "DESIGN",
        "60 CNY/m2 and 100,000 CNY for each member of staff.",
    ),
    ("Size_Classes", "closing_cost_cny", "assumption", "DESIGN", "3 % of the opening cost."),
    (
        "Size_Classes",
        "docks_per_hour",
        "derived",
        "S13;S14",
        "Outbound rate (assumption) over the 38 m3 of a medium lorry.",
    ),
    (
        "Items",
        "weight_kg",
        "assumption",
        "S13;S17;S30",
        "See relief_items.csv, status_weight_volume.",
    ),
    (
        "Items",
        "volume_m3",
        "assumption",
        "S13;S17;S30",
        "See relief_items.csv, status_weight_volume.",
    ),
    ("Items", "price_cny", "assumption", "S91", "No official list; mean agrees with one purchase."),
    ("Items", "shelf_life_months", "assumption", "S32;S35", "8 years unless a source says less."),
    ("Items", "rotation_share", "assumption", "DESIGN", "5 % a year, consumables 10 %."),
    ("Items", "keeping_share", "sourced", "S11", "3 % of the stock's value a year."),
    (
        "Items",
        "priority_weight",
        "derived",
        "S83",
        "People served by a unit x class weight (water, medicine 1.35; food 1; tent 0.75).",
    ),
    (
        "Items",
        "need_units_per_person",
        "derived",
        "S01;S02;S17",
        "For 48 hours: water and rations for each evacuated person, the rest for each sheltered.",
    ),
    (
        "Items",
        "waiting_cost_cny_per_hour",
        "assumption",
        "S82;S83",
        "20 CNY a person and hour: deprivation function at 24 h (70.4 USD), linear.",
    ),
    (
        "Items",
        "unmet_cost_cny",
        "assumption",
        "S82;S83",
        "8,800 CNY a person: deprivation function at 48 h (1,243 USD).",
    ),
    ("Items", "purchase_available_units", "assumption", "DESIGN", "Water and rations only."),
    ("Items", "purchase_hours", "assumption", "DESIGN", "A day for the market to deliver."),
    (
        "Coverage",
        "target_hours",
        "sourced",
        "S10",
        "County 6 h, city 8 h, province 10 h; given here by risk level (assumption).",
    ),
    (
        "Coverage",
        "units_per_1000_people",
        "derived",
        "S66",
        "2,000 people at level II in a county of 450,000; 0.3 sheltered.",
    ),
    ("Coverage", "shortfall_cost_cny", "assumption", "DESIGN", "A tenth of the price a year."),
    ("Waiting_Bands", "up_to_hours", "sourced", "S10;S46", "6, 8, 10 h targets, 24 h, 48 h."),
    ("Waiting_Bands", "deprivation_hours", "assumption", "DESIGN", "Each band as its own hours."),
    ("Vehicles", "volume_m3", "sourced", "S39;S40", "Body sizes."),
    ("Vehicles", "payload_kg", "assumption", "DESIGN", ""),
    (
        "Vehicles",
        "speed_kmh",
        "derived",
        "S41",
        "Harmonic mean over 70 % expressway, 20 % trunk, 10 % county road; class speeds assumed.",
    ),
    ("Vehicles", "cost_cny_per_km", "assumption", "DESIGN", ""),
    ("Vehicles", "dispatch_cost_cny", "assumption", "DESIGN", ""),
    ("Vehicles", "driving_block_hours", "sourced", "S41", "20 min after 4 h."),
    ("Vehicles", "load_hours", "assumption", "S13;S14;S18", ""),
    ("Vehicles", "unload_hours", "assumption", "S18", "400 stoves (40 m3) in about an hour."),
    (
        "Scenarios",
        "probability",
        "assumption",
        "DESIGN",
        "Typhoon 0.6, flood 0.3, earthquake 0.1 in the mean; equal within a class unless weighted.",
    ),
    ("Scenarios", "event_time", "derived", "IBTRACS;NOAA", "Worst hour of the storm; the shock."),
    ("Hazards", "name", "assumption", "S46;S48", "Split into 12 classes is ours."),
    ("Hazards", "evacuee_share", "assumption", "S23;S24;S44", "Earthquake derived, rest assumed."),
    ("Hazards", "sheltered_share", "assumption", "S24", "Earthquake derived, rest assumed."),
    ("Hazards", "insurance_share", "assumption", "S43;S44", "Flood and earthquake derived."),
    ("Hazards", "secondary_share", "assumption", "DESIGN", ""),
    ("Departments", "role", "sourced", "S47;S53;S57", "Some rows recalled, see departments.csv."),
    ("Departments", "delay_mean_hours", "assumption", "DESIGN", ""),
    ("Departments", "delay_deviation_hours", "assumption", "DESIGN", ""),
    ("Departments", "is_finance", "derived", "S54;S57;S60;S65", "Finance departments by name."),
    (
        "Approval_Steps",
        "is_verbal_allowed",
        "mixed",
        "S53;S54",
        "Sourced at city and district level, elsewhere assumption; so with formalise_within_hours.",
    ),
    ("Approval_Steps", "verbal_hours", "assumption", "DESIGN", "The step's shortest duration."),
    ("Approval_Steps", "reforms", "assumption", "DESIGN", "Changes that may be tried."),
    ("Approval_Steps", "deputy", "assumption", "DESIGN", ""),
    ("Approval_Steps", "deputy_hours", "assumption", "DESIGN", ""),
    ("Settings", "finance_threshold_cny", "assumption", "DESIGN", "No rule with a sum was found."),
    ("Approval_Steps", "name", "sourced", "S47;S50;S51;S53;S57", "Order of the steps."),
    ("Approval_Steps", "duration_hours", "assumption", "DESIGN", "Likely value."),
    ("Approval_Steps", "duration_min_hours", "assumption", "DESIGN", ""),
    ("Approval_Steps", "duration_max_hours", "assumption", "DESIGN", ""),
    ("Approval_Steps", "limit_hours", "sourced", "S10;S50;S51;S52;S60", "Where a rule sets one."),
    (
        "Approval_Steps",
        "is_enabled",
        "assumption",
        "S51;S52",
        "Step 41 (direct report at 10 or more deaths) is off unless the case says so.",
    ),
    (
        "Responsibility",
        "due_hours",
        "sourced",
        "S10;S50;S51;S52",
        "Where a rule sets one; warehouses: first batch at the site after the order.",
    ),
    (
        "Responsibility",
        "department",
        "assumption",
        "S28;S53;S54;S57;S65;DESIGN",
        "Of steps as in Approval_Steps; of warehouses by level; of causes a planning default.",
    ),
    ("Warehouses", "lon", "mixed", "GEO", "Seat or city centre, not the address of a depot."),
    (
        "Warehouses",
        "state",
        "assumption",
        "S10;S66",
        "County warehouse exists where the risk is high or very high, else it is a candidate.",
    ),
    (
        "Warehouses",
        "volume_m3",
        "assumption",
        "DESIGN",
        "Space for the case's items: 1.1 x today's stock; the rest of the floor is taken.",
    ),
    (
        "Stock",
        "home_reserve_units",
        "assumption",
        "DESIGN",
        "External: city 75 %, province 70 %, central 60 % stay in their province; with several "
        "provinces in the case also county 100 %, city 75 %, province 60 % of the own ones.",
    ),
    (
        "Stock",
        "stock_units",
        "assumption",
        "S66;EVENTS",
        "Need of 48 h for 2.8 (county: 1,200 people at level II in 450,000), 0.9 (city), 0.2 "
        "(province) evacuated people a thousand residents; central: 16,000 people: what the "
        "centre may lend (after Nesat in 2011 it sent 2,000 tents, 7,000 quilts), not what it has.",
    ),
)


def figure_rows() -> list[Figure]:
    """Return the notes on columns; every ``mixed`` sheet has its columns here."""
    return [
        Figure(table=table, field=field, row_key="", status=status, source=source, note=note)  # type: ignore[arg-type]
        for table, field, status, source, note in FIGURES
    ]

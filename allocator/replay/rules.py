"""The rules of the replay by name, each with what must hold."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["RULES"]

_TABLES = {
    "table_rows": "A sheet holds rows of its own kind only.",
    "cell_missing": "A required cell is filled.",
    "cell_kind": "A cell holds a number, a flag or text as its column says.",
    "cell_number": "A number is finite.",
    "cell_range": "A number is within the range of its column.",
    "cell_choice": "A word is one of those the column allows.",
    "code_known": "Codes are those of the case.",
    "row_unique": "No two rows have the same key.",
    "plan_empty": "There is a placement or a dispatch.",
    "case_digest": "The result was made from this case.",
    "plan_digest": "No cell was changed since the result was made.",
}

_PLACEMENT = {
    "warehouse_listed": "Every existing warehouse is listed.",
    "warehouse_decision": "The decision is allowed for the warehouse's state.",
    "warehouse_open_flag": "The open flag goes with the decision.",
    "warehouse_size_class": "The class is today's, or one the warehouse may have.",
    "warehouse_one_off_cost": "The one-off cost is that of the decision.",
    "warehouse_annual_cost": "The annual cost is that of the class.",
    "warehouse_volume_told": "The volume is that of the class, or today's.",
    "warehouse_volume_used": "The used volume is that of the stock.",
    "warehouse_volume": "The stock fits.",
    "stock_listed": "Today's stock is listed.",
    "stock_today": "Today's stock is the case's.",
    "stock_balance": "Stock is today's, plus what is bought, less what is withdrawn.",
    "stock_external": "Stock of external warehouses stays as it is.",
    "stock_closed": "Warehouses that are not open hold nothing.",
    "capital_budget": "Opening, resizing, closing and buying keep the capital budget.",
    "annual_budget": "Running and keeping keep the annual budget.",
    "home_reserve_stock": "The home reserve is in stock.",
    "home_reserve_shipments": "The home reserve stays in the province.",
    "allocation_warehouse_open": "Only open warehouses ship.",
    "allocation_lane": "A vehicle of the warehouse can go there.",
    "allocation_arrival": "Shipments arrive by the deadline.",
    "warehouse_supply": "No more is shipped than is usable.",
    "purchase_possible": "Only what can be bought is bought.",
    "purchase_arrival": "Purchases arrive by the deadline.",
    "purchase_limit": "No more is bought than the market has.",
    "demand_balance": "No more is shipped and bought than needed.",
    "served_share_floor": "Every district is served at least as asked.",
    "single_sourcing": "One warehouse serves a district, if asked.",
    "coverage_promise": "Listed promises are the case's.",
    "coverage_listed": "Promises are listed.",
    "coverage_required": "The promised stock is as the case says.",
    "coverage_reachable": "The stock within reach is as recomputed.",
    "coverage_short": "What is missing is as recomputed.",
    "coverage_hard": "Promises without a price are kept.",
}

_STAGES = {
    "stage_part": "A part is the placement or a scenario.",
    "stage_set": "A part has the stages of one objective, or the first of them.",
    "stage_known": "A stage is one of that objective's.",
    "stage_objective": "The objective is as recomputed.",
    "stage_bound": "The bound is not above the objective.",
    "stage_gap": "The gap is that of objective and bound.",
    "stage_controllable_gap": "The controllable gap leaves out what no plan could serve.",
    "stage_status": "The status is that of a solve with a plan, and optimal has no gap.",
}

_WORTH = {
    "worth_listed": "Every line of the comparison is listed.",
    "worth_unit": "Values are in the unit of the objective's first stage.",
    "worth_model": "The line of the model's plan is that of the placement.",
    "worth_difference": "Differences and shares follow from the values.",
    "worth_rules": "A plan keeps the rules if it breaks none.",
    "worth_worst": "No joined value is above that of the worst scenario.",
    "worth_interval": "Intervals follow from bounds and values.",
}

_LOCATION = {
    "responsible_listed": "Every district is listed.",
    "responsible_own": "The warehouse is existing or a candidate, and can go there.",
    "responsible_nearest": "No warehouse known to be open is nearer.",
    "responsible_hours": "The reach is as recomputed.",
    "responsible_people": "The population is the case's.",
    "responsible_covered": "Covered are the districts within the hours asked for.",
    "location_sites": "No more warehouses are open than asked for.",
}

_DISPATCH = {
    "trip_warehouse_open": "Trips leave from open warehouses.",
    "trip_fleet": "The warehouse has the vehicle kind.",
    "trip_available": "The vehicles are there when loading starts.",
    "trip_lane": "The vehicle kind has the lane.",
    "trip_closure": "No departure falls into a closure.",
    "trip_depart": "Departure is load start plus loading.",
    "trip_arrive": "Arrival is departure plus driving.",
    "trip_unload_end": "The end of unloading is arrival plus unloading.",
    "trip_return": "Return is the end of unloading plus driving.",
    "trip_latest_load_start": "The latest load start just meets the deadline.",
    "trip_load_start_grid": "Loading starts on the grid of periods.",
    "trip_deadline": "Unloading ends by the deadline.",
    "trip_distance": "The distance is that of the lane.",
    "trip_cost": "The cost is that of the lane, out and back.",
    "trip_weight": "The weight is that of the load.",
    "trip_volume": "The volume is that of the load.",
    "vehicle_payload": "The load is not too heavy.",
    "vehicle_volume": "The load is not too big.",
    "trip_load_list": "Every trip carries something.",
    "loading_trip": "Every load belongs to a trip.",
    "loading_scenario": "A load is of its trip's scenario.",
    "loading_whole_units": "Loads are whole units.",
    "loading_weight": "The weight of a load is that of its units.",
    "loading_volume": "The volume of a load is that of its units.",
    "trip_release_told": "The release is that of the items on board.",
    "trip_release": "Nothing is loaded before its release.",
    "trip_clock": "Clock times say the same as hours.",
    "fleet_vehicles": "No more vehicles are out than there are.",
    "warehouse_docks": "No more vehicles start loading in a period than the docks take.",
    "district_receiving": "No more is unloaded in an hour than the district takes.",
    "warehouse_stock": "No more is loaded than is usable, in whole units.",
    "home_reserve_loads": "The home reserve stays in the province.",
    "demand_delivered": "No more is delivered than needed.",
    "arrival_units": "Arrivals are the sums of the loads.",
    "arrival_trip": "Arrivals come from a trip.",
    "served_hour": "Every hour up to the deadline is listed.",
    "served_share": "The served share is as recomputed.",
    "shortage_need": "Shortages are where there is need.",
    "shortage_listed": "Every unmet need is listed.",
    "shortage_demand": "The need is the case's.",
    "shortage_served": "The served need is what trips bring.",
    "shortage_unmet": "The unmet need is the rest.",
}

RULES: Mapping[str, str] = {
    **_TABLES,
    **_PLACEMENT,
    **_STAGES,
    **_WORTH,
    **_LOCATION,
    **_DISPATCH,
}
"""What must hold, by the rule's name in a violation."""

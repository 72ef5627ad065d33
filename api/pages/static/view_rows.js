// The tables of a result: which columns, filters and actions each has.

import { element } from "./app.js";
import { tripText } from "./view_gantt.js";
import { HeldRows, RouteRows, TableView } from "./view_table.js";
import { clock, districtName, fleetName, hours, itemName, number, unitOf, warehouseName, word, wordOf } from "./view_words.js";

const FORMS = ["csv", "xlsx"];

const words = (key, text) => ({ title: word(key), text });
const figure = (key, value, digits = 0) => ({ title: word(key), value, number: true, text: (row) => number(value(row), digits) });
const hour = (key, name) => ({ title: word(key), number: true, value: (row) => row[name], text: (row) => (row[name] === null || row[name] === undefined ? "" : `${hours(row[name])} h · ${clock(row[name])}`) });
const button = (key, act) => ({ title: word("view.action"), cell: (row) => element("button", { type: "button", class: "small", on: { click: (event) => act(row, event.target) } }, word(key)) });

const from = () => words("view.from", (row) => warehouseName(row.warehouse));
const to = () => words("view.to", (row) => districtName(row.district));
const item = () => words("view.item", (row) => itemName(row.item));
const unit = () => words("view.unit", (row) => unitOf(row.item));

// Choices of the filters, from what the plan knows.
function choices(view, name) {
  const listed = { warehouse: view.places.warehouses, district: view.places.districts, item: view.places.items, fleet: view.places.fleets }[name];
  return listed.map(([code, text]) => [code, text || code]);
}
const filters = (view, ...names) => names.map((name) => ({ name, title: word(`view.filter.${name}`), options: choices(view, name) }));

// A trip of a route as a group of one, as a click in the Gantt gives it.
export const groupOf = (row) => ({ from: row.warehouse, to: row.district, fleet: row.fleet, state: row.state, release: row.release_hours, load: row.load_start_hours,
  depart: row.depart_hours, arrive: row.arrive_hours, unloaded: row.unload_end_hours, back: row.return_hours, names: [row.trip], count: 1 });

function laneRows(view, trips) {
  const lanes = new Map();
  for (const trip of trips) {
    const key = `${trip.from} ${trip.to}`, own = lanes.get(key) ?? { warehouse: trip.from, district: trip.to, trips: 0, first: Infinity, last: 0 };
    lanes.set(key, own);
    own.trips += trip.count;
    own.first = Math.min(own.first, trip.depart);
    own.last = Math.max(own.last, trip.unloaded);
  }
  return [...lanes.values()].sort((a, b) => b.trips - a.trips);
}

const KINDS = {
  lanes: {
    is: (view) => view.is_dispatched,
    source: (view, part, trips) => new HeldRows(laneRows(view, trips)),
    columns: ({ choose }) => [
      button("view.change_this", (row) => choose({ kind: "lane", warehouse: row.warehouse, district: row.district, text: `${warehouseName(row.warehouse)} → ${districtName(row.district)}` })),
      from(), to(), figure("view.trips", (row) => row.trips), hour("view.first_departure", "first"), hour("view.last_arrival", "last")],
  },
  trips: {
    is: (view) => view.is_dispatched,
    route: "trips", byScenario: true, exports: FORMS, filters: ["warehouse", "district", "item", "fleet"],
    columns: ({ choose }) => [
      button("view.change_this", (row) => choose({ kind: "trips", group: groupOf(row), text: tripText(groupOf(row)) })),
      words("view.trip", (row) => row.trip), from(), to(), words("view.fleet", (row) => fleetName(row.fleet)), hour("view.load_start", "load_start_hours"),
      hour("view.depart", "depart_hours"), hour("view.in_hand", "unload_end_hours"), figure("view.weight_t", (row) => row.weight_kg / 1000, 1), figure("view.volume_m3", (row) => row.volume_m3, 1),
      words("view.state", (row) => wordOf("view.trip.", row.state)), { title: word("view.cargo"), long: true, text: (row) => (row.cargo ?? []).map((one) => `${itemName(one.item)} ${number(one.load_units)}`).join("; ") }],
  },
  shortages: {
    is: (view) => view.is_dispatched,
    route: "shortages", byScenario: true, exports: FORMS, filters: ["district", "item"], empty: "view.no_shortage",
    columns: ({ explain }) => [button("view.why", explain), to(), item(), figure("view.need", (row) => row.demand_units), figure("view.in_hand_units", (row) => row.served_units), figure("view.short", (row) => row.unmet_units), unit(),
      words("view.reason", (row) => wordOf("view.reason.", row.reason)), { title: word("view.sentence"), long: true, text: (row) => row.sentence ?? "" }],
  },
  responsible: {
    is: (view) => view.has_answers,
    route: "responsible", exports: FORMS, filters: ["warehouse", "district"],
    columns: () => [words("view.to", (row) => districtName(row.district)), words("view.warehouse", (row) => (row.warehouse ? warehouseName(row.warehouse) : "")), figure("view.reach_hours", (row) => row.reach_hours, 2),
      figure("view.people", (row) => row.population_people), words("view.covered", (row) => word(row.is_covered ? "figure.covered" : "figure.uncovered"))],
  },
  warehouses: {
    is: (view) => view.has_decisions,
    route: "warehouses", exports: FORMS, filters: [],
    columns: ({ choose, isDispatched }) => [
      ...(isDispatched ? [button("view.change_this", (row) => choose({ kind: "warehouse", warehouse: row.warehouse, text: warehouseName(row.warehouse) }))] : []),
      words("view.warehouse", (row) => warehouseName(row.warehouse)), words("view.code", (row) => row.warehouse), words("view.decision", (row) => wordOf("figure.", row.decision)),
      words("view.size_class", (row) => row.size_class ?? ""), figure("view.volume", (row) => row.volume_m3), figure("view.used", (row) => row.used_m3),
      figure("view.annual_cost", (row) => row.annual_cost_cny / 1e4, 1)],
  },
  stock: {
    is: (view) => view.has_stock_plan,
    route: "stock", exports: FORMS, filters: ["warehouse", "item"],
    columns: () => [words("view.warehouse", (row) => warehouseName(row.warehouse)), item(), unit(), figure("view.today", (row) => row.today_units), figure("view.planned", (row) => row.stock_units),
      figure("view.buy", (row) => row.buy_units), figure("view.withdraw", (row) => row.withdraw_units)],
  },
  arrivals: {
    is: (view) => view.is_dispatched,
    route: "arrivals", byScenario: true, exports: FORMS, filters: ["district", "item"],
    columns: () => [to(), item(), hour("view.in_hand", "unload_end_hours"), figure("view.units", (row) => row.arrive_units), unit()],
  },
  "trip-changes": {
    is: (view) => view.replan.told.length > 0,
    route: "trip-changes", exports: FORMS, filters: ["warehouse", "district", "fleet"], empty: "view.no_trip_changes",
    columns: () => [hour("view.replan_hour", "at_hours"), words("view.trip", (row) => row.trip), words("view.change", (row) => wordOf("view.changed.", row.change)), words("view.reason", (row) => wordOf("view.changed_by.", row.reason)),
      from(), to(), words("view.fleet", (row) => fleetName(row.fleet)), hour("view.was_load_start", "was_load_start_hours"), hour("view.load_start", "load_start_hours"),
      { title: word("view.was_load"), long: true, text: (row) => row.was_load }, { title: word("view.load"), long: true, text: (row) => row.load }],
  },
};

// The tables behind tabs; each is made when somebody looks at it.
export class Tables {
  constructor(target, run, view, acts) {
    Object.assign(this, { run, view, acts });
    this.names = Object.keys(KINDS).filter((name) => KINDS[name].is(view));
    this.chosen = view.replan.told.length ? "trip-changes" : this.names.includes("trips") ? "trips" : this.names[0];
    this.tabs = this.names.map((name) => element("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "table-panel", data: { table: name }, on: { click: () => this.choose(name) } }, word(`view.table.${name}`)));
    this.list = element("div", { class: "tabs", role: "tablist", "aria-label": word("view.tables") }, this.tabs);
    this.panel = element("div", { id: "table-panel", role: "tabpanel" });
    this.list.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const k = (this.names.indexOf(this.chosen) + by + this.names.length) % this.names.length;
      this.choose(this.names[k]);
      this.tabs[k].focus();
    });
    target.append(this.list, this.panel);
  }

  async begin(scenario, part, trips) {
    Object.assign(this, { scenario, part, trips });
    if (this.chosen) await this.choose(this.chosen);
  }

  choose(name) {
    this.chosen = name;
    for (const tab of this.tabs) {
      const isOwn = tab.dataset.table === name;
      tab.setAttribute("aria-selected", String(isOwn));
      tab.tabIndex = isOwn ? 0 : -1;
    }
    this.panel.setAttribute("aria-labelledby", `tab-${name}`);
    this.panel.dataset.table = name;
    const kind = KINDS[name];
    const fixed = kind.byScenario && this.scenario ? { scenario: this.scenario } : {};
    const source = kind.source ? kind.source(this.view, this.part, this.trips) : new RouteRows(`/v1/runs/${this.run}/${kind.route}`, fixed);
    const table = new TableView(this.panel, { name, title: word(`view.table.${name}`), columns: kind.columns(this.acts), filters: filters(this.view, ...(kind.filters ?? [])), source, exports: kind.exports ?? [], empty: kind.empty && word(kind.empty) });
    return table.show();
  }
}

// The result of a run: map, hours, Gantt, curve, tables, and re-planning by clicking.

import { announce, askJson, element } from "./app.js";
import { sentence, Tray } from "./view_changes.js";
import { Curve } from "./view_curve.js";
import { Explanations } from "./view_explain.js";
import { Gantt } from "./view_gantt.js";
import { Hours } from "./view_hours.js";
import { ResultMap } from "./view_map.js";
import { Tables } from "./view_rows.js";
import { Selection } from "./view_selection.js";
import { curveAt, readTrips, shareAt } from "./view_trips.js";
import { hours, knowPlaces, loadWords, startClock, word } from "./view_words.js";

const ROOT = document.getElementById("result-view");

const section = (title, ...content) => element("section", { class: "panel" }, element("h2", { tabindex: "-1" }, title), ...content);

function style() {
  const link = element("link", { rel: "stylesheet", href: new URL("./result.css", import.meta.url).href });
  const loaded = new Promise((done) => { link.onload = done; link.onerror = done; });
  document.head.append(link);
  return loaded;
}

class Result {
  // `former` is what was shown until a better plan came: its hour and table stay.
  constructor(run, view, former) {
    Object.assign(this, { run, view, parts: new Map([[view.first, view.first_part]]), hour: null });
    this.selectionPlace = element("div");
    this.trayPlace = element("div");
    ROOT.replaceChildren();
    if (view.replan.told.length) ROOT.append(this.told());
    ROOT.append(this.mapSection(), this.selectionPlace, this.trayPlace);
    this.selection = new Selection(this.selectionPlace, view, (change) => this.tray.add(change));
    this.tray = new Tray(this.trayPlace, run, view);
    if (view.is_dispatched) ROOT.append(this.ganttSection());
    if (view.served.data.length) ROOT.append(this.curveSection());
    const lang = document.documentElement.lang === "zh" ? "zh" : "en";
    const explanations = new Explanations(run, lang);
    const tables = section(word("view.tables"));
    ROOT.append(tables);
    this.tables = new Tables(tables, run, view, { isDispatched: view.is_dispatched, choose: (choice) => this.selection.show(choice, true), explain: (row, button) => explanations.show(row, button) });
    if (former) {
      this.tables.chosen = this.tables.names.includes(former.tables.chosen) ? former.tables.chosen : this.tables.chosen;
      if (this.hours) this.hours.hour = former.hour;
    }
  }

  // What the last re-plan was told.
  told() {
    const { told, at_hours: at } = this.view.replan;
    return section(word("view.told_title", { hour: hours(at) }), element("ul", { class: "told" }, told.map((change) => element("li", {}, sentence(change)))), element("p", { class: "note" }, word("view.told_note")));
  }

  mapSection() {
    const { map } = this.view;
    this.scenarios = element("select", { id: "scenario", on: { change: () => this.show(this.scenarios.value) } }, this.view.scenarios.map((row) => element("option", { value: row.code }, `${row.name} · ${row.served}`)));
    const rings = element("select", { id: "rings", on: { change: () => this.map.drawRings(rings.value) } },
      element("option", { value: "" }, word("view.no_rings")), element("option", { value: "*" }, word("view.all_rings")), map.ring_names.map(([code, name]) => element("option", { value: code }, name)));
    rings.value = map.ring_centre;
    const button = (key, text, act) => element("button", { type: "button", "aria-label": word(key), title: word(key), on: { click: act } }, text);
    const box = element("div", { class: "map-box", tabindex: "0", role: "region", "aria-label": word("view.map_keys") },
      element("div", { class: "views" }, button("view.closer", "+", () => this.map.zoom(1 / 1.4)), button("view.farther", "−", () => this.map.zoom(1.4)),
        button("view.districts_view", word("view.districts"), () => this.map.show("case")), button("view.all_view", word("view.all_warehouses"), () => this.map.show("all"))));
    this.legend = element("div", { class: "legend" });
    const clockwork = element("div", { class: "clockwork" });
    const made = section(word("view.map"),
      element("div", { class: "tools" }, this.view.scenarios.length ? element("label", {}, `${word("view.scenario")} `, this.scenarios) : null, element("label", {}, `${word("page.rings")} `, rings)),
      clockwork, element("div", { class: "map-row" }, box, this.legend),
      element("p", { class: "note" }, `${word("outline.note")} ${map.radii ? word("view.rings_note", { radii: map.radii }) : ""} ${word("view.map_note")} ${this.view.is_dispatched ? word("view.map_note_report") : ""}`));
    this.hours = this.view.is_dispatched ? new Hours(clockwork, (hour) => this.showHour(hour)) : null;
    this.map = new ResultMap(box, this.view, (choice, byKeyboard) => this.selection.show(choice, byKeyboard));
    this.map.drawRings(map.ring_centre);
    return made;
  }

  ganttSection() {
    const made = section(word("view.gantt"));
    this.gantt = new Gantt(made, (choice) => this.selection.show(choice, true), (hour) => this.hours.go(hour));
    return made;
  }

  curveSection() {
    const made = section(word("view.served_title"));
    this.curve = new Curve(made, this.view.served, (hour) => this.hours?.go(hour));
    return made;
  }

  async part(scenario) {
    if (!this.parts.has(scenario)) this.parts.set(scenario, await askJson(`/v1/runs/${this.run}/view?${new URLSearchParams({ scenario })}`));
    return this.parts.get(scenario);
  }

  async show(scenario) {
    this.asked = scenario;
    ROOT.setAttribute("aria-busy", "true");
    let part;
    try {
      part = scenario === null ? null : await this.part(scenario);
    } catch (error) {
      announce(error.message);
      return;
    } finally {
      ROOT.removeAttribute("aria-busy");
    }
    if (this.asked !== scenario) return;
    if (scenario !== null) this.scenarios.value = scenario;
    this.scenario = scenario;
    this.shownPart = part;
    startClock(part);
    this.trips = part ? readTrips(part, this.view.trip_states) : [];
    this.map.drawScenario(part?.map ?? [], part?.lane_units ?? []);
    this.drawLegend();
    ROOT.dataset.drawn = scenario ?? "plan";
    if (part && this.view.is_dispatched) {
      this.tray.begin(scenario, part, this.hour);
      this.gantt?.show(this.trips, part);
    }
    this.selection.begin(this.trips);
    this.curve?.show(scenario);
    if (part) this.hours?.begin(this.trips, part, (hour) => this.servedAt(hour));
    await this.tables.begin(scenario, part, this.trips);
    ROOT.dataset.ready = scenario ?? "plan";
  }

  servedAt(hour) {
    const own = this.view.served.data.find((trace) => trace.meta?.scenario === this.scenario);
    return own ? curveAt(own.x, own.y, hour) : 0;
  }

  showHour(hour) {
    this.hour = hour;
    const { shortClasses: classes } = this;
    this.map.colour(hour === null ? null : (district) => {
      const share = shareAt(this.shownPart, district, hour);
      return share === null ? undefined : (classes.find((one) => 1 - share <= one.limit) ?? classes.at(-1)).colour;
    });
    this.map.showHour(this.trips, hour);
    this.gantt?.showHour(hour);
    this.curve?.showHour(hour);
    this.tray.showHour(hour);
  }

  get shortClasses() {
    return this.view.short_classes.map(([key, limit, colour]) => ({ key, limit, colour }));
  }

  drawLegend() {
    const parts = [];
    if (this.scenario !== null) {
      parts.push(element("h3", {}, word("figure.shading")), element("ul", {}, this.shortClasses.map(({ key, colour }) => this.entry("fill", colour, word(key)))));
    }
    for (const [title, entries] of this.map.legend()) {
      const own = entries.filter((entry) => !entry.uid.startsWith("short"));
      if (!own.length) continue;
      parts.push(element("h3", {}, title), element("ul", {}, own.map((entry) => this.switching(entry))));
    }
    if (this.view.is_dispatched) parts.push(element("h3", {}, word("view.vehicles")), element("ul", {}, ["load", "drive", "unload", "return"].map((name) => this.entry(name, null, word(`view.state.${name}`)))));
    this.legend.replaceChildren(...parts);
  }

  entry(look, colour, text, box = null) {
    const swatch = element("span", { class: `swatch ${look}`, "aria-hidden": "true" });
    if (colour) swatch.style.setProperty("--swatch", colour);
    return element("li", {}, element(box ? "label" : "span", {}, box, swatch, text));
  }

  switching({ name, trace, group }) {
    const look = trace.mode === "markers" ? "dot" : "line";
    const colour = trace.mode === "markers" ? trace.marker.color : trace.line.color;
    if (!group) return this.entry("fill", trace.fillcolor, name);
    const box = element("input", { type: "checkbox", on: { change: () => { group.style.display = box.checked ? "" : "none"; } } });
    box.checked = group.style.display !== "none";
    return this.entry(look, colour, name, box);
  }
}

// The words and the style are there once; the view again when the run has a better plan.
const ground = Promise.all([loadWords(ROOT.dataset.lang), style()]);
let current = null;

async function start() {
  const { run } = ROOT.dataset, shown = ROOT.dataset.drawn;
  const [view] = await Promise.all([askJson(`/v1/runs/${run}/view`), ground]);
  knowPlaces(view.places);
  const asked = shown ?? new URLSearchParams(location.search).get("scenario");
  const known = view.scenarios.some((row) => row.code === asked);
  delete ROOT.dataset.ready;
  current = new Result(run, view, current);
  await current.show(known ? asked : view.first);
}

function failed(error) {
  ROOT.replaceChildren(element("p", { class: "problem", role: "alert" }, error.message));
  if (!("code" in error)) throw error;
}

ROOT.addEventListener("plan", () => start().catch(failed));
start().catch(failed);

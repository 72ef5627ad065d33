// What was clicked, in words, and what may have happened to it.

import { announce, element } from "./app.js";
import { districtName, fleetName, warehouseName, word } from "./view_words.js";

const LATE_HOURS = 2;

export class Selection {
  // `add` takes a change for the tray.
  constructor(target, view, add) {
    Object.assign(this, { view, add });
    this.text = element("p", { class: "chosen", tabindex: "-1" });
    this.buttons = element("div", { class: "buttons", role: "group", "aria-label": word("view.happened") });
    this.box = element("section", { class: "panel selection", "aria-label": word("view.selection") },
      element("h2", {}, word("view.selection")), this.text, this.buttons);
    // Who came from the map by keyboard goes back to where they were.
    this.box.addEventListener("keydown", (event) => { if (event.key === "Escape") this.from?.focus(); });
    target.append(this.box);
  }

  begin(trips) {
    this.trips = trips;
    this.clear();
  }

  clear() {
    this.text.textContent = word(this.view.is_dispatched ? "view.choose_hint" : "view.choose_hint_place");
    this.buttons.replaceChildren(...(this.view.is_dispatched ? this.signatureLate() : []));
  }

  // `takesFocus`: who asked by keyboard, or from far away, is led here.
  show(choice, takesFocus = false) {
    this.from = choice.from;
    this.text.textContent = choice.text || districtName(choice.district ?? choice.warehouse);
    announce(this.text.textContent);
    const acts = this.view.is_dispatched ? this.acts(choice) : [];
    this.buttons.replaceChildren(...acts, ...(this.view.is_dispatched ? this.signatureLate() : []));
    if (takesFocus) {
      this.box.scrollIntoView({ block: "center" });
      this.text.focus();
    }
  }

  act(key, figures, change) {
    return element("button", { type: "button", data: { change: change.kind }, on: { click: () => this.add(change) } }, word(key, figures));
  }

  acts(choice) {
    if (choice.kind === "lane") return this.laneActs(choice.warehouse, choice.district);
    if (choice.kind === "warehouse") return this.warehouseActs(choice.warehouse);
    if (choice.kind === "district") return this.districtActs(choice.district);
    return this.tripActs(choice.group);
  }

  districtActs(district) {
    return this.isHub(district) ? [] : [this.act("view.act.road_closed", { district: districtName(district) }, { kind: "road_closed", district })];
  }

  laneActs(warehouse, district) {
    if (this.isHub(district)) return this.warehouseActs(warehouse);
    const lane = this.act("view.act.lane_closed", {}, { kind: "road_closed", warehouse, district });
    return [lane, ...this.districtActs(district), ...this.warehouseActs(warehouse, district)];
  }

  warehouseActs(warehouse, district = null) {
    const own = this.trips.filter((trip) => trip.from === warehouse && (district === null || trip.to === district));
    const broken = [...new Set(own.map((trip) => trip.fleet))].map((fleet) => this.broken(warehouse, fleet));
    const lost = this.act("view.act.warehouse_lost", { warehouse: warehouseName(warehouse) }, { kind: "warehouse_lost", warehouse });
    return [...broken, lost];
  }

  broken(warehouse, fleet) {
    return this.act("view.act.vehicle_lost", { fleet: fleetName(fleet), warehouse: warehouseName(warehouse) }, { kind: "vehicle_lost", warehouse, fleet, amount: 1 });
  }

  tripActs(group) {
    const chosen = element("select", { "aria-label": word("view.which_trip") }, group.names.map((name) => element("option", { value: name }, name)));
    const late = +(group.unloaded + LATE_HOURS).toFixed(2);
    const act = (key, kind, more = {}) => element("button", { type: "button", data: { change: kind }, on: { click: () => this.add({ kind, trip: chosen.value, ...more }) } }, word(key));
    const own = this.isHub(group.to) ? [] : [act("view.act.trip_late", "trip_late", { amount: late }), act("view.act.trip_lost", "trip_lost"), act("view.act.trip_left", "trip_left"), act("view.act.trip_held", "trip_held")];
    const way = this.isHub(group.to) ? [] : this.laneActs(group.from, group.to).slice(0, 2);
    return [chosen, ...own, this.broken(group.from, group.fleet), ...way];
  }

  // Which signature is late is chosen among those of the case.
  signatureLate() {
    const { steps } = this.view.places;
    if (!steps.length) return [];
    const chosen = element("select", { "aria-label": word("view.which_signature") }, steps.map(([procedure, step, name], k) => element("option", { value: k }, `${procedure} ${step} ${name}`)));
    const add = () => {
      const [procedure, step] = steps[Number(chosen.value)];
      this.add({ kind: "signature_late", procedure, step, amount: 1 });
    };
    return [element("span", { class: "joined" }, chosen, element("button", { type: "button", data: { change: "signature_late" }, on: { click: add } }, word("view.act.signature_late")))];
  }

  isHub(code) {
    return !this.view.places.districts.some(([district]) => district === code);
  }
}

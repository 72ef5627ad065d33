// The trips of each warehouse as bars; only the rows in sight are drawn, so thousands stay quick.

import { element } from "./app.js";
import { hintIn, stepOf, svg } from "./view_svg.js";
import { NOISE } from "./view_trips.js";
import { clock, districtName, fleetName, hours, number, warehouseName, word } from "./view_words.js";

const LABEL = 190, NARROW = 100, HEAD = 36, LINE = 13, PAD = 5, LEAST = 5.5, TALL = 11, BEYOND_HOURS = 6;
const PHASES = [["load", "load", "depart"], ["drive", "depart", "arrive"], ["unload", "arrive", "unloaded"], ["return", "unloaded", "back"]];

export class Gantt {
  // `choose` hears of {kind: "trips", group}, `goTo` of an hour that was clicked.
  constructor(target, choose, goTo) {
    this.choose = choose;
    this.goTo = goTo;
    this.find = element("input", { type: "search", "aria-label": word("view.gantt_find"), placeholder: word("view.gantt_find") });
    this.count = element("span", { class: "note", role: "status" });
    this.picture = svg("svg", { class: "gantt", role: "img" });
    this.space = element("div", { class: "gantt-space" }, this.picture);
    this.frame = element("div", { class: "gantt-box", tabindex: "0", role: "region", "aria-label": word("view.gantt") }, this.space);
    const hint = element("div", { class: "hint", hidden: true });
    this.wrap = element("div", { class: "gantt-wrap" }, this.frame, hint);
    this.hint = hintIn(this.wrap, hint);
    const key = PHASES.map(([phase]) => element("span", { class: "key" }, element("span", { class: `swatch ${phase}` }), word(`view.state.${phase}`)));
    target.append(element("div", { class: "tools" }, this.find, this.count, ...key), this.wrap, element("p", { class: "note" }, word("view.gantt_note")));
    this.rows = [];
    this.hour = null;
    this.find.addEventListener("input", () => { this.frame.scrollTop = 0; this.lay(); });
    this.frame.addEventListener("scroll", () => { this.hint("", null); this.draw(); });
    this.picture.addEventListener("click", (event) => this.clicked(event));
    this.picture.addEventListener("pointermove", (event) => this.hint(this.groupOf(event.target) ? tripText(this.groupOf(event.target)) : "", event));
    this.picture.addEventListener("pointerleave", () => this.hint("", null));
    new ResizeObserver(() => this.lay()).observe(this.frame);
  }

  // Trips that overlap lie below each other; the warehouse with the most trips comes first.
  show(trips, part) {
    this.part = part;
    this.trips = trips;
    this.places = new Map(trips.map((trip, k) => [trip, k]));
    const own = new Map();
    for (const trip of trips) {
      if (!own.has(trip.from)) own.set(trip.from, []);
      own.get(trip.from).push(trip);
    }
    this.rows = [...own].map(([code, sent]) => {
      const free = [];
      const bars = [...sent].sort((a, b) => a.load - b.load || a.back - b.back).map((trip) => {
        let line = free.findIndex((hour) => hour <= trip.load + NOISE);
        if (line < 0) line = free.length;
        free[line] = trip.back;
        return { trip, line };
      });
      const high = Math.max(2, free.length) * LINE + 2 * PAD;
      return { code, name: warehouseName(code), bars, high, count: sent.reduce((sum, trip) => sum + trip.count, 0), release: Math.min(...sent.map((trip) => trip.release)) };
    }).sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
    this.lay();
  }

  showHour(hour) {
    this.hour = hour;
    if (hour !== null) {
      const x = this.x(hour);
      if (x < this.label || x > this.frame.clientWidth - 12) this.frame.scrollLeft += x - (this.label + this.frame.clientWidth) / 2;
    }
    this.draw();
  }

  lay() {
    if (!this.part) return;
    const wanted = this.find.value.trim().toLowerCase(), across = this.frame.clientWidth;
    this.shown = this.rows.filter((row) => `${row.code} ${row.name}`.toLowerCase().includes(wanted));
    this.label = across < 600 ? NARROW : LABEL;
    // Late returns are reached by scrolling: what matters is before the deadline.
    const wide = Math.min(this.part.last_hour, this.part.deadline_hours + BEYOND_HOURS);
    this.scale = Math.max(LEAST, (across - this.label - 20) / wide);
    let top = HEAD;
    for (const row of this.shown) {
      row.top = top;
      top += row.high;
    }
    this.space.style.width = `${this.label + this.scale * this.part.last_hour + 8}px`;
    this.space.style.height = `${top}px`;
    this.count.textContent = word("view.gantt_count", { shown: this.shown.length, all: this.rows.length });
    this.draw();
  }

  x(hour) {
    return this.label + hour * this.scale - this.frame.scrollLeft;
  }

  draw() {
    if (!this.part) return;
    const across = this.frame.clientWidth, along = this.frame.clientHeight, scrolled = this.frame.scrollTop;
    this.picture.setAttribute("width", across);
    this.picture.setAttribute("height", along);
    this.picture.setAttribute("aria-label", word("view.gantt_label", { rows: this.shown.length, trips: number(this.shown.reduce((sum, row) => sum + row.count, 0)) }));
    const rows = this.shown.filter((row) => row.top + row.high > scrolled + HEAD && row.top < scrolled + along);
    const bars = svg("g", { class: "bars" }), names = svg("g", { class: "row-names" });
    for (const row of rows) {
      const top = row.top - scrolled;
      bars.append(svg("path", { class: "rule", d: `M0 ${top + row.high - 0.5}H${across}` }));
      this.drawRow(bars, row, top, across);
      names.append(this.nameOf(row, top));
    }
    this.picture.replaceChildren(bars, svg("rect", { class: "cover", x: 0, y: 0, width: this.label - 3, height: along }), names,
      svg("rect", { class: "cover", x: 0, y: 0, width: across, height: HEAD }), this.axis(across), ...this.uprights(along));
    if (!rows.length) this.picture.append(svg("text", { x: this.label + 8, y: HEAD + 24 }, word("view.gantt_nothing")));
  }

  drawRow(bars, row, top, across) {
    if (row.release > 0) bars.append(svg("rect", { class: "paper", x: this.x(0), y: top + 1, width: row.release * this.scale, height: row.high - 3 }));
    for (const { trip, line } of row.bars) {
      if (this.x(trip.back) < this.label || this.x(trip.load) > across) continue;
      const y = top + PAD + line * LINE;
      const bar = svg("g", { class: `bar ${trip.state}`, "data-at": this.places.get(trip) });
      for (const [phase, from, to] of PHASES) {
        const wide = (trip[to] - trip[from]) * this.scale;
        if (wide > 0) bar.append(svg("rect", { class: phase, x: this.x(trip[from]).toFixed(1), y, width: Math.max(1, wide - 0.5).toFixed(1), height: TALL }));
      }
      const wide = (trip.arrive - trip.depart) * this.scale;
      if (trip.count > 1 && wide > 18) bar.append(svg("text", { class: "inside", x: this.x(trip.depart) + wide / 2, y: y + TALL - 2 }, String(trip.count)));
      bars.append(bar);
    }
  }

  nameOf(row, top) {
    // A high row keeps its name in sight.
    const y = Math.min(Math.max(top, HEAD), top + row.high - 32), letters = this.label === NARROW ? 8 : 16;
    const short = row.name.length > letters ? `${row.name.slice(0, letters - 1)}…` : row.name;
    return svg("g", { "data-warehouse": row.code }, svg("text", { class: "row-name", x: 6, y: y + 14 }, short),
      svg("text", { class: "soft", x: 6, y: y + 27 }, word("view.gantt_trips", { count: number(row.count) })));
  }

  axis(across) {
    const made = svg("g", { class: "axis" }), every = stepOf(this.scale, this.part.event ? 76 : 40);
    for (let hour = 0; hour <= this.part.last_hour; hour += every) {
      const x = this.x(hour);
      if (x < this.label - 1 || x > across - 34) continue;
      made.append(svg("path", { d: `M${x} ${HEAD - 6}V${HEAD}` }), svg("text", { x: x + 3, y: 13 }, `${hour} h`));
      if (this.part.event) made.append(svg("text", { class: "soft", x: x + 3, y: 27 }, clock(hour)));
    }
    return made;
  }

  uprights(along) {
    const marks = [[this.part.order_hours, "order"], [this.part.deadline_hours, "deadline"], [this.hour, "now"]];
    return marks.filter(([hour]) => hour !== null && this.x(hour) >= this.label)
      .map(([hour, look]) => svg("path", { class: `upright ${look}`, d: `M${this.x(hour)} ${HEAD - 6}V${along}` }));
  }

  groupOf(target) {
    const bar = target.closest("[data-at]");
    return bar ? this.trips[Number(bar.dataset.at)] : null;
  }

  clicked(event) {
    const group = this.groupOf(event.target), row = event.target.closest("[data-warehouse]");
    if (group) return this.choose({ kind: "trips", group, text: tripText(group) });
    if (row) return this.choose({ kind: "warehouse", warehouse: row.dataset.warehouse, text: row.dataset.warehouse });
    const x = event.clientX - this.frame.getBoundingClientRect().left;
    if (x > this.label) this.goTo(Math.round((x + this.frame.scrollLeft - this.label) / this.scale));
    return undefined;
  }
}

export const tripText = (trip) => word("view.trip_text", {
  count: trip.count, fleet: fleetName(trip.fleet), from: warehouseName(trip.from), to: districtName(trip.to),
  release: hours(trip.release), load: hours(trip.load), load_clock: clock(trip.load), depart: hours(trip.depart),
  depart_clock: clock(trip.depart), unloaded: hours(trip.unloaded), unloaded_clock: clock(trip.unloaded), back: hours(trip.back),
  state: word(`view.trip.${trip.state}`),
});

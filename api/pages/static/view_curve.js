// What is in hand by the hour: a line of steps for each scenario, the chosen one on top.

import { element } from "./app.js";
import { hintIn, stepOf, svg } from "./view_svg.js";
import { curveAt } from "./view_trips.js";
import { clock, percent, traceName, word } from "./view_words.js";

const LEFT = 52, RIGHT = 14, TOP = 22, BOTTOM = 44, HEIGHT = 320;

export class Curve {
  constructor(target, figure, goTo) {
    this.figure = figure;
    this.goTo = goTo;
    this.picture = svg("svg", { class: "curve", role: "img", height: HEIGHT });
    this.box = element("div", { class: "curve-box" }, this.picture);
    const hint = element("div", { class: "hint", hidden: true });
    this.box.append(hint);
    this.hint = hintIn(this.box, hint);
    this.table = element("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": word("view.served_table") });
    target.append(this.box, element("p", { class: "note" }, word("view.served_note")),
      element("details", {}, element("summary", {}, word("view.served_table")), this.table));
    this.picture.addEventListener("pointermove", (event) => this.pointed(event));
    this.picture.addEventListener("pointerleave", () => this.hint("", null));
    this.picture.addEventListener("click", (event) => this.goTo(Math.round(this.hourOf(event))));
    this.last = Math.max(1, figure.layout.xaxis.range[1]);
    this.hour = null;
    new ResizeObserver(() => this.draw()).observe(this.box);
  }

  show(scenario) {
    this.scenario = scenario;
    this.draw();
    this.tell();
  }

  showHour(hour) {
    this.hour = hour;
    this.draw();
  }

  x(hour) {
    return LEFT + (hour / this.last) * (this.across - LEFT - RIGHT);
  }
  y(share) {
    return TOP + (1 - share / 1.03) * (HEIGHT - TOP - BOTTOM);
  }

  get own() {
    return this.figure.data.find((trace) => trace.meta?.scenario === this.scenario);
  }

  draw() {
    this.across = this.box.clientWidth;
    if (!this.across || this.scenario === undefined) return;
    this.picture.setAttribute("width", this.across);
    const parts = [this.grid()];
    for (const trace of this.figure.data) if (trace !== this.own) parts.push(this.line(trace, trace.meta?.scenario ? "other" : "expected"));
    if (this.own) parts.push(this.line(this.own, "chosen"));
    for (const mark of this.figure.layout.shapes) {
      parts.push(svg("path", { class: "deadline", d: `M${this.x(mark.x0)} ${TOP}V${HEIGHT - BOTTOM}` }),
        svg("text", { class: "deadline-text", x: this.x(mark.x0) - 4, y: TOP - 6, "text-anchor": "end" }, `${mark.x0} h`));
    }
    if (this.hour !== null) parts.push(svg("path", { class: "now", d: `M${this.x(this.hour)} ${TOP}V${HEIGHT - BOTTOM}` }));
    this.picture.replaceChildren(...parts);
    const end = this.own ? percent(this.own.y.at(-1) ?? 0) : "";
    this.picture.setAttribute("aria-label", word("view.served_label", { name: this.own ? traceName(this.own) : "", share: end }));
  }

  line(trace, look) {
    let d = "";
    trace.x.forEach((hour, k) => { d += k ? `H${this.x(hour).toFixed(1)}V${this.y(trace.y[k]).toFixed(1)}` : `M${this.x(hour).toFixed(1)} ${this.y(trace.y[k]).toFixed(1)}`; });
    return svg("path", { class: `line ${look}`, d, stroke: look === "expected" ? null : trace.line.color, "stroke-dasharray": trace.line.dash && look !== "chosen" ? "5 4" : null });
  }

  grid() {
    const made = svg("g", { class: "axis" }), every = stepOf((this.across - LEFT - RIGHT) / this.last, 92);
    for (let hour = 0; hour <= this.last; hour += every) {
      const x = this.x(hour);
      made.append(svg("path", { class: "rule", d: `M${x} ${TOP}V${HEIGHT - BOTTOM}` }),
        svg("text", { x, y: HEIGHT - BOTTOM + 15, "text-anchor": "middle" }, `${hour} h`),
        svg("text", { class: "soft", x, y: HEIGHT - BOTTOM + 30, "text-anchor": x > this.across - 40 ? "end" : "middle" }, hour ? clock(hour) : ""));
    }
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      made.append(svg("path", { class: "rule", d: `M${LEFT} ${this.y(share)}H${this.across - RIGHT}` }),
        svg("text", { x: LEFT - 6, y: this.y(share) + 4, "text-anchor": "end" }, percent(share, 0)));
    }
    return made;
  }

  hourOf(event) {
    const x = event.clientX - this.picture.getBoundingClientRect().left;
    return Math.min(this.last, Math.max(0, ((x - LEFT) / (this.across - LEFT - RIGHT)) * this.last));
  }

  pointed(event) {
    const hour = this.hourOf(event), own = this.own;
    if (!own) return;
    const share = curveAt(own.x, own.y, hour);
    this.hint(`${Math.floor(hour)} h · ${clock(Math.floor(hour))}\n${traceName(own)} ${percent(share)}`, event);
  }

  tell() {
    const { own } = this;
    if (!own) return this.table.replaceChildren();
    const ticks = [...Array(Math.floor(this.last / 6) + 1).keys()].map((k) => 6 * k);
    const row = (tag, cells) => element("tr", {}, cells.map((text, k) => element(k ? tag : "th", { scope: k ? (tag === "th" ? "col" : null) : "row", class: k ? "number" : null }, text)));
    this.table.replaceChildren(element("table", {}, element("caption", {}, traceName(own)), element("thead", {}, row("th", [word("view.hour"), ...ticks.map((hour) => `${hour} h`)])),
      element("tbody", {}, row("td", [word("view.clock"), ...ticks.map(clock)]), row("td", [word("view.served"), ...ticks.map((hour) => percent(curveAt(own.x, own.y, hour)))]))));
    return undefined;
  }
}

// The map: the traces of the report's figure as SVG, so that lanes and places can be clicked.

import { element } from "./app.js";
import { svg, hintIn } from "./view_svg.js";
import { LaneKeys, laneLabel, laneOrder } from "./view_lanes.js";
import { drawTraffic } from "./view_traffic.js";
import { laneKey } from "./view_trips.js";
import { plain, pointText, traceName, word } from "./view_words.js";

const DEGREE = 100;
const MOST_ZOOM = 60;
const NO_NEED = "#ffffff";

export class ResultMap {
  // `box` is filled; `choose` hears of {kind, ...} that was clicked.
  constructor(box, view, choose) {
    this.view = view;
    this.choose = choose;
    this.box = box;
    const [west, east, south, north] = view.map.base.layout.meta.case_view;
    this.shrink = Math.cos((((south + north) / 2) * Math.PI) / 180);
    // Who hears the page finds places in the tables, and lanes here.
    const unheard = { "aria-hidden": "true" };
    this.ground = svg("g", unheard);
    this.shaded = svg("g", unheard);
    this.lines = svg("g", unheard);
    this.rings = svg("g", { class: "rings", ...unheard });
    this.flows = svg("g", { class: "flows", role: "group", "aria-label": word("view.lane_keys") });
    this.marks = svg("g", unheard);
    this.traffic = svg("g", { class: "traffic", ...unheard });
    this.picture = svg("svg", { class: "map", role: "group", "aria-label": word("view.map"), "data-shown": "plan" },
      this.ground, this.shaded, this.lines, this.rings, this.flows, this.marks, this.traffic);
    const hint = element("div", { class: "hint", hidden: true });
    this.hint = hintIn(box, hint);
    box.append(this.picture, hint);
    this.layers = new Map();
    this.texts = new Map();
    this.districts = new Map();
    this.baseColours = new Map();
    this.planColours = new Map();
    this.places = new Map();
    for (const [code, , lon, lat] of [...view.places.districts, ...view.places.warehouses]) this.places.set(code, this.at(lon, lat));
    this.window = [west, east, south, north];
    this.drawBase();
    this.listen();
    this.keys = new LaneKeys(this, (choice) => choose(choice, true));
    new ResizeObserver(() => this.fit()).observe(box);
    this.fit();
  }

  at(lon, lat) {
    return [lon * this.shrink * DEGREE, -lat * DEGREE];
  }

  pathOf(trace, closed) {
    const parts = [];
    let begun = false;
    trace.x.forEach((lon, k) => {
      if (lon === null) {
        if (begun && closed) parts.push("Z");
        begun = false;
        return;
      }
      const [x, y] = this.at(lon, trace.y[k]);
      parts.push(`${begun ? "L" : "M"}${x.toFixed(2)} ${y.toFixed(2)}`);
      begun = true;
    });
    if (begun && closed) parts.push("Z");
    return parts.join("");
  }

  // A mark keeps its size in pixels however near the map is.
  mark(lon, lat, content, own = {}) {
    const [x, y] = this.at(lon, lat);
    return this.markAt(x, y, content, own);
  }
  markAt(x, y, content, own = {}) {
    const made = svg("g", own, ...content);
    made.style.transform = `translate(${x.toFixed(2)}px, ${y.toFixed(2)}px) scale(var(--pixel))`;
    return made;
  }

  drawBase() {
    const traces = [...this.view.map.base.data].sort((a, b) => (a.zorder ?? 0) - (b.zorder ?? 0));
    for (const trace of traces) this.drawTrace(trace, true);
  }

  // `goods`: codes of two places and units by item, of each lane.
  drawScenario(traces, goods) {
    for (const [key, layer] of this.layers) if (!layer.isBase) { layer.group.remove(); this.layers.delete(key); }
    this.flows.replaceChildren();
    this.lanes = new Map();
    this.planColours = new Map();
    this.texts = new Map([...this.texts].filter(([key]) => !/^(lane|district) /.test(key)));
    const sorted = [...traces].sort((a, b) => (a.zorder ?? 0) - (b.zorder ?? 0));
    for (const trace of sorted) if (trace.uid === "flow-points") trace.meta.lanes.forEach(([from, to], k) => this.texts.set(`lane ${laneKey(from, to)}`, pointText(trace, k)));
    for (const trace of sorted) this.drawTrace(trace, false);
    this.nameLanes(sorted.find((trace) => trace.uid === "flow-points"), goods);
    this.colour(null);
  }

  drawTrace(trace, isBase) {
    if (trace.meta?.ring_hours !== undefined) return this.addLayer(trace, svg("g"), this.rings, isBase);
    if (trace.meta?.shapes) return this.drawShapes(trace, isBase);
    if (trace.uid === "flow-points") return undefined;
    if (trace.meta?.lanes) return this.drawLanes(trace);
    if (trace.mode === "text") return this.drawNames(trace);
    if (trace.mode === "markers") return this.drawMarkers(trace, isBase);
    const path = svg("path", { d: this.pathOf(trace, trace.fill === "toself"), fill: trace.fill ? trace.fillcolor : "none",
      stroke: trace.line.color, "stroke-width": trace.line.width, opacity: trace.opacity });
    return this.addLayer(trace, svg("g", {}, path), trace.fill ? this.ground : this.lines, isBase);
  }

  nameLanes(points, goods) {
    const units = new Map(goods.map(([from, to, amounts]) => [laneKey(from, to), amounts]));
    const listed = points?.meta.lanes ?? [];
    const label = ([from, to], k) => [laneKey(from, to), laneLabel(from, to, points.customdata[k][2], units.get(laneKey(from, to)))];
    this.keys.begin(laneOrder(listed), new Map(listed.map(label)));
  }

  addLayer(trace, group, target, isBase) {
    if (trace.visible === "legendonly") group.style.display = "none";
    target.append(group);
    this.layers.set(trace.uid ?? `layer${this.layers.size}`, { trace, group, isBase });
    return group;
  }

  drawShapes(trace, isBase) {
    for (const code of trace.meta.shapes) {
      if (!this.districts.has(code)) {
        const path = svg("path", { d: this.pathOf(this.view.shapes[code], true), class: "district", fill: NO_NEED, "data-district": code });
        this.districts.set(code, path);
        this.shaded.append(path);
      }
      if (!isBase) this.planColours.set(code, trace.fillcolor);
    }
    if (trace.showlegend) this.layers.set(trace.uid, { trace, group: svg("g"), isBase });
    if (isBase && trace.showlegend) for (const code of trace.meta.shapes) this.baseColours.set(code, trace.fillcolor);
  }

  drawLanes(trace) {
    const group = svg("g", { opacity: trace.opacity });
    trace.meta.lanes.forEach(([from, to], k) => {
      const [x1, y1] = this.at(trace.x[3 * k], trace.y[3 * k]), [x2, y2] = this.at(trace.x[3 * k + 1], trace.y[3 * k + 1]);
      const size = trace.marker.size[3 * k + 1], turn = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
      const d = `M${x1.toFixed(2)} ${y1.toFixed(2)}L${x2.toFixed(2)} ${y2.toFixed(2)}`;
      const head = svg("path", { d: `M-5 0L${-5 - size} ${-size / 2.6}L${-5 - size} ${size / 2.6}Z`, fill: trace.line.color, transform: `rotate(${turn.toFixed(1)})` });
      const lane = svg("g", { class: "lane", "data-from": from, "data-to": to },
        svg("path", { d, stroke: trace.line.color, "stroke-width": trace.line.width, fill: "none" }),
        this.markAt(x2, y2, [head]),
        svg("path", { d, class: "reach", fill: "none" }));
      this.lanes.set(laneKey(from, to), lane);
      group.append(lane);
    });
    this.addLayer(trace, group, this.flows, false);
  }

  drawNames(trace) {
    const group = svg("g", { class: "names", fill: trace.textfont.color, "font-size": trace.textfont.size });
    trace.text.forEach((text, k) => {
      const lifted = trace.textposition === "top center";
      group.append(this.mark(trace.x[k], trace.y[k], [svg("text", { "text-anchor": "middle", y: lifted ? -14 : 4 }, plain(text))]));
    });
    this.addLayer(trace, group, this.marks, true);
  }

  drawMarkers(trace, isBase) {
    const { marker } = trace, group = svg("g", { opacity: marker.opacity });
    const listed = (value, k) => (Array.isArray(value) ? value[k] : value);
    trace.x.forEach((lon, k) => {
      const size = listed(marker.size, k);
      const radius = marker.sizemode === "area" ? Math.sqrt(size / 2 / marker.sizeref) : size / 2;
      const symbol = listed(marker.symbol, k) ?? "circle", hollow = symbol.endsWith("-open");
      const look = { fill: hollow ? "none" : listed(marker.color, k), stroke: marker.line?.color, "stroke-width": marker.line?.width };
      const code = trace.customdata?.[k]?.[1];
      const kind = trace.uid === "districts" ? "district" : code === undefined ? null : "warehouse";
      if (code !== undefined) this.texts.set(`${kind} ${code}`, pointText(trace, k));
      const shape = symbol.startsWith("square") ? svg("rect", { x: -radius, y: -radius, width: 2 * radius, height: 2 * radius, ...look })
        : symbol.startsWith("x-thin") ? svg("path", { d: `M${-radius} ${-radius}L${radius} ${radius}M${-radius} ${radius}L${radius} ${-radius}`, ...look })
        : svg("circle", { r: radius, ...look });
      group.append(this.mark(lon, trace.y[k], [shape], kind ? { class: `place ${kind}`, [`data-${kind}`]: code } : {}));
    });
    this.addLayer(trace, group, this.marks, isBase);
    // Flows lie over small places, and warehouses over flows, whoever was drawn first.
    if (!isBase) this.marks.prepend(group);
  }

  // Shading: as at the end of the plan, or as a share by district and class at an hour.
  colour(colourOf) {
    for (const [code, path] of this.districts) {
      const shade = colourOf ? colourOf(code) : this.planColours.get(code);
      path.setAttribute("fill", shade ?? this.baseColours.get(code) ?? NO_NEED);
    }
    for (const mark of this.marks.querySelectorAll(".place.district")) {
      const shape = mark.firstChild;
      shape.dataset.plan ??= shape.getAttribute("fill");
      shape.setAttribute("fill", colourOf ? colourOf(mark.dataset.district) ?? NO_NEED : shape.dataset.plan);
    }
  }

  drawRings(centre) {
    const { rings } = this.view.map, chosen = centre === "*" ? Object.keys(rings) : [centre];
    for (const { trace, group } of this.layers.values()) {
      const reach = trace.meta?.ring_hours;
      if (reach === undefined) continue;
      const own = chosen.map((code) => rings[code]?.[String(reach)]).filter(Boolean);
      group.replaceChildren(...own.map(([x, y]) => svg("path", { d: this.pathOf({ x, y }, true), fill: "none", stroke: trace.line.color, "stroke-width": trace.line.width, "stroke-dasharray": "6 4" })));
    }
  }

  // What is under way at an hour; null shows the flows of the whole plan.
  showHour(trips, hour) {
    this.picture.dataset.shown = hour === null ? "plan" : String(hour);
    drawTraffic(this, trips, hour);
  }

  show(name) {
    this.window = this.view.map.base.layout.meta[`${name}_view`];
    this.fit();
  }
  fit() {
    const [west, east, south, north] = this.window;
    const [left, top] = this.at(west, north), [right, bottom] = this.at(east, south);
    const scale = Math.max((right - left) / (this.box.clientWidth || 1), (bottom - top) / (this.box.clientHeight || 1));
    this.look((left + right) / 2, (top + bottom) / 2, scale);
    this.widest = scale;
  }
  look(x, y, scale) {
    this.sight = { x, y, scale };
    const across = this.box.clientWidth * scale, along = this.box.clientHeight * scale;
    this.picture.setAttribute("viewBox", `${x - across / 2} ${y - along / 2} ${across} ${along}`);
    this.picture.style.setProperty("--pixel", scale);
  }
  zoom(factor) {
    const { x, y, scale } = this.sight;
    this.look(x, y, Math.min(3 * this.widest, Math.max(this.widest / MOST_ZOOM, scale * factor)));
  }
  // Move so that a lane can be seen, at least its middle.
  reveal(lane) {
    const one = lane.getBoundingClientRect(), box = this.box.getBoundingClientRect();
    const across = one.left + one.width / 2 - box.left, along = one.top + one.height / 2 - box.top;
    const isIn = across > 0 && across < box.width && along > 0 && along < box.height;
    if (!isIn) this.pan(across - box.width / 2, along - box.height / 2);
  }
  pan(across, along) {
    const { x, y, scale } = this.sight;
    this.look(x + across * scale, y + along * scale, scale);
  }

  choiceOf(target) {
    const spot = target.closest?.("[data-from], [data-warehouse], [data-district]");
    if (!spot || !this.picture.contains(spot)) return null;
    const { from, to, warehouse, district } = spot.dataset;
    if (from !== undefined) return { kind: "lane", warehouse: from, district: to, text: this.texts.get(`lane ${laneKey(from, to)}`) };
    if (warehouse !== undefined) return { kind: "warehouse", warehouse, text: this.texts.get(`warehouse ${warehouse}`) };
    return { kind: "district", district, text: this.texts.get(`district ${district}`) };
  }

  listen() {
    let held = null;
    this.picture.addEventListener("pointerdown", (event) => { held = { x: event.clientX, y: event.clientY, moved: 0 }; });
    // A finger scrolls the page; the buttons move the map.
    this.picture.addEventListener("pointermove", (event) => {
      if (held && event.buttons && event.pointerType !== "touch") {
        const across = held.x - event.clientX, along = held.y - event.clientY;
        held = { x: event.clientX, y: event.clientY, moved: held.moved + Math.abs(across) + Math.abs(along) };
        this.pan(across, along);
      }
      this.hint(event.target.dataset?.hint ?? this.choiceOf(event.target)?.text ?? "", event);
    });
    this.picture.addEventListener("pointerleave", () => this.hint("", null));
    this.picture.addEventListener("click", (event) => {
      const choice = held && held.moved < 5 ? this.choiceOf(event.target) : null;
      if (choice) this.choose(choice);
    });
    this.picture.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2);
    }, { passive: false });
    const steps = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] };
    this.box.addEventListener("keydown", (event) => {
      if (event.target !== this.box) return;
      if (steps[event.key]) this.pan(...steps[event.key]);
      else if (event.key === "+" || event.key === "=") this.zoom(1 / 1.4);
      else if (event.key === "-") this.zoom(1.4);
      else return;
      event.preventDefault();
    });
  }

  // Entries of the legend: title of the group, then name, look, and what it switches.
  legend() {
    const groups = new Map();
    const layers = [...this.layers.entries()].filter(([, { trace }]) => trace.showlegend !== false && traceName(trace) && trace.type === "scatter" && trace.mode !== "text");
    layers.sort(([, a], [, b]) => (a.trace.legendrank ?? 1000) - (b.trace.legendrank ?? 1000));
    for (const [uid, { trace, group }] of layers) {
      const key = trace.meta?.keys?.group;
      const title = key ? word(key) : "";
      groups.set(title, [...(groups.get(title) ?? []), { uid, name: traceName(trace), trace, group: trace.meta?.shapes ? null : group }]);
    }
    return groups;
  }
}

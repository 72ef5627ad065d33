// Gap over time as a small drawing: one line for each part and stage, gaps on a logarithmic scale.

import { duration, percent, word } from "./app.js";

// Half as wide on a phone, so that its words can be read there.
const WIDTH = window.innerWidth < 700 ? 360 : 720;
const HEIGHT = 220;
const LEFT = 56;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 26;

const MOST = 1;
const LEAST = 0.0001;

const TICKS = [1, 0.1, 0.01, 0.001, 0.0001];

// Colours as in the reports; parts beyond take them again, with other dashes.
const COLOURS = 8;
const DASHES = ["", "6 3", "2 3"];

const MOST_NAMES = 8;

const SVG = "http://www.w3.org/2000/svg";

function drawn(tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

const heightOf = (gap) => {
  const kept = Math.min(MOST, Math.max(LEAST, gap));
  const share = Math.log(kept / LEAST) / Math.log(MOST / LEAST);
  return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share);
};

// Draw points {part, stage, at (seconds since the start), gap} into a figure.
export function drawChart(figure, points) {
  const known = points.filter((point) => point.gap !== null);
  figure.hidden = known.length === 0;
  if (!known.length) return;
  const end = Math.max(10, ...known.map((point) => point.at));
  const across = (at) => LEFT + ((WIDTH - LEFT - RIGHT) * at) / end;
  const lines = new Map();
  for (const point of known) {
    const key = `${point.part}\n${point.stage}`;
    lines.set(key, [...(lines.get(key) ?? []), point]);
  }
  const parts = [...new Set(known.map((point) => point.part))];
  const last = known[known.length - 1];
  const label = word("chart.label", { part: last.part, gap: percent(last.gap), n: parts.length });
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, class: "gap-chart" });
  for (const tick of TICKS) {
    const y = heightOf(tick);
    svg.append(drawn("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y, class: "grid" }));
    svg.append(drawn("text", { x: LEFT - 6, y: y + 4, class: "tick end" }, `${tick * 100}%`));
  }
  for (const share of [0, 0.5, 1]) {
    const anchor = ["start", "middle", "end"][share * 2];
    svg.append(drawn("text", { x: across(end * share), y: HEIGHT - 6, class: `tick ${anchor}` }, duration(end * share)));
  }
  for (const [key, own] of lines) {
    const [part, stage] = key.split("\n");
    const k = parts.indexOf(part);
    const path = own.map((point) => `${across(point.at).toFixed(1)},${heightOf(point.gap).toFixed(1)}`);
    const style = { class: `gap-line colour-${k % COLOURS}`, "stroke-dasharray": DASHES[Math.floor(k / COLOURS) % DASHES.length] };
    const line = own.length > 1 ? drawn("polyline", { ...style, points: path.join(" ") }) : drawn("circle", { ...style, cx: path[0].split(",")[0], cy: path[0].split(",")[1], r: 2.5 });
    line.append(drawn("title", {}, `${part} · ${stage}: ${percent(own[own.length - 1].gap)}`));
    svg.append(line);
  }
  const legend = document.createElement("p");
  legend.className = "legend note";
  for (const [k, part] of parts.slice(0, MOST_NAMES).entries()) {
    const mark = document.createElement("span");
    mark.className = `mark colour-${k % COLOURS}`;
    legend.append(mark, `${part}  `);
  }
  if (parts.length > MOST_NAMES) legend.append(word("chart.more", { n: parts.length - MOST_NAMES }));
  figure.replaceChildren(figure.querySelector("figcaption"), svg, legend);
}

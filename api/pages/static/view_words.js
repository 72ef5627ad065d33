// Words of the result view, clocks, and names by code.

import { askJson } from "./app.js";

const known = { words: {}, lang: "en", names: {}, units: {}, part: null };

// Words and names, before anything is drawn.
export async function loadWords(lang) {
  known.lang = lang;
  known.words = await askJson(`/v1/view-words/${lang}`);
}
export function knowPlaces(places) {
  for (const kind of ["warehouses", "districts", "fleets", "items"]) {
    known.names[kind] = new Map(places[kind].map(([code, name]) => [code, name || code]));
  }
  known.units = new Map(places.items.map(([code, , unit]) => [code, unit]));
}

// A word or sentence; figures fill the places in braces. An unknown key is a fault of ours.
export function word(key, figures = {}) {
  const text = known.words[key];
  if (text === undefined) throw new Error(`no word for ${key}`);
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in figures ? String(figures[name]) : place));
}
// A value with a word of its own, or as it is: another version may know more of them.
export const wordOf = (begin, value) => known.words[`${begin}${value}`] ?? String(value ?? "");

const nameOf = (kind, code) => known.names[kind].get(code);
export const warehouseName = (code) => nameOf("warehouses", code) ?? code;
// A trip may lead to a hub, which is a warehouse.
export const districtName = (code) => nameOf("districts", code) ?? warehouseName(code);
export const fleetName = (code) => nameOf("fleets", code) ?? code;
export const itemName = (code) => nameOf("items", code) ?? code;
export const unitOf = (code) => known.units.get(code) ?? "";

export const number = (value, digits = 0) =>
  value === null || value === undefined || value === ""
    ? ""
    : Number(value).toLocaleString(known.lang === "zh" ? "zh-CN" : "en-GB", { maximumFractionDigits: digits });
export const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)}%`;
export const hours = (value) => (value === null || value === undefined ? "" : Number(value).toFixed(2));

// Clocks are those of Shanghai, as everywhere in the plan; a scenario begins its own.
const AHEAD_HOURS = 8;
export function startClock(part) {
  known.part = part;
}
function moment(hour) {
  if (!known.part?.event) return null;
  return new Date(Date.parse(known.part.event) + (hour + AHEAD_HOURS) * 3600e3 + 30e3).toISOString();
}
export function clock(hour) {
  const text = moment(hour);
  return text === null ? `${hours(hour)} h` : `${text.slice(5, 10)} ${text.slice(11, 16)}`;
}
export function fullClock(hour) {
  const text = moment(hour);
  return text === null ? `${hours(hour)} h` : `${text.slice(0, 16).replace("T", " ")} +08:00`;
}

// Figures carry the keys of their words; texts to point at have places for the values of a point.
export const traceName = (trace) => (trace.meta?.keys?.name ? word(trace.meta.keys.name) : plain(trace.name ?? ""));
export function pointText(trace, k, more = {}) {
  const form = trace.meta?.keys?.hover ? word(trace.meta.keys.hover) : trace.hovertemplate ?? "";
  const values = trace.customdata?.[k] ?? [];
  const filled = form
    .replace(/<extra><\/extra>/g, "")
    .replace(/<br>/g, "\n")
    .replace(/<\/?b>/g, "")
    .replace(/%\{customdata\[(\d+)\]\}/g, (_, n) => values[n] ?? "")
    .replace(/%\{text\}/g, trace.text?.[k] ?? "")
    .replace(/%\{(\w+)[^}]*\}/g, (place, name) => more[name] ?? place);
  return plain(filled);
}
// Names in figures are written so that Plotly takes no markup from them.
export const plain = (text) => text.replace(/<br>/g, "").replaceAll("&lt;", "<").replaceAll("&amp;", "&");

// The trips and the words for them, for the map and the Gantt whose scripts come after it.
const data = JSON.parse(document.getElementById("map-data").textContent);
const byId = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.hash.slice(1));
const STATES = ["wait", "load", "drive", "unload", "return", "done"];
const COLOURS = { load: "#8a5fb0", drive: "#1d5f9e", unload: "#0f766e", return: "#1d5f9e", warehouse: "#111827", convoy: "#d97706" };
const SECONDS_AN_HOUR = 0.8;
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const state = { lang: asked.get("lang") ?? data.lang, hour: 0, playing: false };
const word = (key) => data.words[key]?.[state.lang] ?? key;
const filled = (key, figures) => word(key).replace(/\{(\w+)\}/g, (_, name) => figures[name]);
const percent = (share) => `${(100 * share).toFixed(1)}%`;

// Trips: places of warehouse, district and fleet, how many, the hours, and the convoy if any.
const trips = data.trips.map(([from, to, fleet, count, load, depart, arrive, unloaded, back, convoy = -1]) => ({
  from, to, fleet, count, load, depart, arrive, unloaded, back, convoy }));

// Clocks: the time of the event has its offset, +08:00 as everywhere in the orders.
const started = data.event === null ? null : Date.parse(data.event);
function clock(hours) {
  if (started === null) return `${hours.toFixed(2)} h`;
  const text = new Date(started + (hours + 8) * 3600e3 + 30e3).toISOString();
  return `${text.slice(5, 10)} ${text.slice(11, 16)}`;
}
function fullClock(hours) {
  if (started === null) return `${hours} h`;
  return new Date(started + (hours + 8) * 3600e3 + 30e3).toISOString().slice(0, 16).replace("T", " ");
}

// What a trip does at an hour.
const NOISE = 1e-6;
function stateAt(trip, hour) {
  const at = hour + NOISE;
  if (at < trip.load) return "wait";
  if (at < trip.depart) return "load";
  if (at < trip.arrive) return "drive";
  if (at < trip.unloaded) return "unload";
  return at < trip.back ? "return" : "done";
}

// What a trip is to a person: goods at a hub are in nobody's hand yet; who sets off together is named.
const isLeg = (trip) => data.districts[trip.to].is_hub;
const handed = (trip) => filled(isLeg(trip) ? "map.at_hub" : "map.in_hand", { clock: clock(trip.unloaded) });
function convoyLine(trip) {
  if (trip.convoy < 0) return "";
  const codes = data.convoys[trip.convoy], more = codes.length > data.most_named ? ` +${codes.length - data.most_named}` : "";
  return `\n${filled("map.convoy_hint", { count: codes.length, trips: codes.slice(0, data.most_named).join(", ") + more })}`;
}

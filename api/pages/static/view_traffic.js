// Vehicles on the map at an hour: on their straight line, those that come back a little to the side.

import { svg } from "./view_svg.js";
import { laneKey, stateAt } from "./view_trips.js";
import { clock, districtName, fleetName, warehouseName, word } from "./view_words.js";

const SIDE = 3;
const COLOURS = { load: "#8a5fb0", drive: "#1d5f9e", unload: "#0f766e" };

export function drawTraffic(map, trips, hour) {
  map.traffic.replaceChildren();
  for (const lane of map.lanes.values()) lane.classList.toggle("idle", hour !== null);
  if (hour === null) return;
  const loading = new Map(), unloading = new Map(), made = [];
  const add = (counts, key, count) => counts.set(key, (counts.get(key) ?? 0) + count);
  for (const trip of trips) {
    const now = stateAt(trip, hour);
    if (["load", "drive", "unload"].includes(now)) map.lanes.get(laneKey(trip.from, trip.to))?.classList.remove("idle");
    if (now === "load") add(loading, trip.from, trip.count);
    if (now === "unload") add(unloading, trip.to, trip.count);
    if (now === "drive" || now === "return") made.push(vehicle(map, trip, now, hour));
  }
  for (const [counts, now] of [[loading, "load"], [unloading, "unload"]]) {
    for (const [code, count] of counts) made.push(standing(map, code, count, now));
  }
  map.traffic.append(...made.filter(Boolean));
}

function vehicle(map, trip, now, hour) {
  const start = map.places.get(trip.from), end = map.places.get(trip.to);
  if (!start || !end) return null;
  const [begun, ended] = now === "drive" ? [trip.depart, trip.arrive] : [trip.unloaded, trip.back];
  const way = (hour - begun) / (ended - begun || 1), share = now === "return" ? 1 - way : way;
  const [across, along] = [end[0] - start[0], end[1] - start[1]], length = Math.hypot(across, along) || 1;
  const side = now === "return" ? SIDE : -SIDE;
  const radius = Math.min(10, 3.5 + Math.sqrt(trip.count - 1));
  const dot = svg("circle", { r: radius, class: now, cx: (-along / length) * side, cy: (across / length) * side, "data-hint": hintOf(trip, now) });
  return map.markAt(start[0] + across * share, start[1] + along * share, [dot], { class: "vehicle", "data-from": trip.from, "data-to": trip.to });
}

const hintOf = (trip, now) => word("view.vehicle_hint", { count: trip.count, fleet: fleetName(trip.fleet), from: warehouseName(trip.from),
  to: districtName(trip.to), state: word(`view.state.${now}`), clock: clock(trip.unloaded) });

function standing(map, code, count, now) {
  const place = map.places.get(code);
  if (!place) return null;
  const size = Math.min(13, 6 + Math.sqrt(count));
  const shape = now === "load" ? svg("rect", { x: -size, y: -size, width: 2 * size, height: 2 * size })
    : svg("path", { d: `M0 ${-size * 1.2}L${size * 1.2} ${size}L${-size * 1.2} ${size}Z` });
  shape.setAttribute("fill", COLOURS[now]);
  const text = svg("text", { "text-anchor": "middle", y: now === "load" ? 4 : 7 }, String(count));
  return map.markAt(...place, [shape, text], { class: "standing", [now === "load" ? "data-warehouse" : "data-district"]: code });
}

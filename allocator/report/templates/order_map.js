// Steps through the hours of the trips; asks no network for anything.

// What holds at an hour.
function servedAt(hour) {
  const known = data.served;
  return known.length ? known[Math.min(Math.floor(hour + NOISE), known.length - 1)] : 0;
}
function shareAt(district, hour) {
  let share = 0;
  for (const [from, then] of district.steps) {
    if (from > hour + NOISE) break;
    share = then;
  }
  return share;
}
function classOf(missing) {
  return data.classes.find((one) => missing <= one.limit) ?? data.classes.at(-1);
}
function colourAt(district, hour) {
  return district.has_need ? classOf(1 - shareAt(district, hour)).colour : data.no_need;
}

// The map: degrees to pixels, with as many pixels a kilometre to the north as to the east.
const ground = byId("ground"), traffic = byId("traffic"), box = byId("map-box");
let view = null;
let place = { scale: 1, shrink: 1, left: 0, top: 0, across: 1, along: 1 };
function showView(name) {
  const [west, south, east, north] = data.views[name];
  view = { lon: (west + east) / 2, lat: (south + north) / 2, lons: east - west, lats: north - south, zoom: 1 };
}
function measure() {
  const across = box.clientWidth, along = box.clientHeight, dots = window.devicePixelRatio || 1;
  for (const canvas of [ground, traffic]) {
    canvas.width = Math.round(across * dots);
    canvas.height = Math.round(along * dots);
    canvas.getContext("2d").setTransform(dots, 0, 0, dots, 0, 0);
  }
  const shrink = Math.cos((view.lat * Math.PI) / 180);
  const scale = view.zoom * Math.min(across / (view.lons * shrink), along / view.lats);
  place = { scale, shrink, left: across / 2 - view.lon * shrink * scale, top: along / 2 + view.lat * scale, across, along };
  for (const shaped of [data, ...data.districts]) shaped.paths = null;
}
const xy = ([lon, lat]) => [place.left + lon * place.shrink * place.scale, place.top - lat * place.scale];
function pathOf(rings, closed) {
  const path = new Path2D();
  for (const ring of rings) {
    for (let k = 0; k < ring.length; k += 2) {
      const [x, y] = xy([ring[k], ring[k + 1]]);
      if (k === 0) path.moveTo(x, y); else path.lineTo(x, y);
    }
    if (closed) path.closePath();
  }
  return path;
}
function fill(pen, path, colour, edge, thickness) {
  pen.fillStyle = colour;
  pen.strokeStyle = edge;
  pen.lineWidth = thickness;
  pen.fill(path);
  pen.stroke(path);
}
function drawGround() {
  const pen = ground.getContext("2d");
  pen.clearRect(0, 0, place.across, place.along);
  data.paths ??= { land: pathOf(data.land, true), others: pathOf(data.others, true), borders: pathOf(data.borders, false) };
  fill(pen, data.paths.land, "#f3f3f0", "#c4c8cd", 1);
  fill(pen, data.paths.others, "#fafaf8", "#d8dbdf", 0.6);
  for (const district of data.districts) {
    district.paths ??= pathOf(district.rings, true);
    const colour = colourAt(district, state.hour);
    if (district.rings.length) fill(pen, district.paths, colour, "#8d949c", 0.8);
    else {
      const [x, y] = xy(district.at);
      pen.fillStyle = colour;
      pen.strokeStyle = "#4b5563";
      pen.fillRect(x - 6, y - 6, 12, 12);
      pen.strokeRect(x - 6, y - 6, 12, 12);
    }
  }
  pen.strokeStyle = "#8d949c";
  pen.lineWidth = 0.9;
  pen.stroke(data.paths.borders);
  const names = place.scale * view.lats > 300 && data.districts.length <= 140;
  pen.font = '11px "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", Arial, sans-serif';
  pen.textAlign = "center";
  pen.lineWidth = 2.5;
  const taken = [];
  for (const district of names ? data.districts : []) {
    if (!district.has_need && !district.is_hub) continue;
    const [x, y] = xy(district.at), wide = pen.measureText(district.name).width + 6;
    const spot = [x - wide / 2, y + 4, x + wide / 2, y + 20];
    if (taken.some((one) => one[0] < spot[2] && spot[0] < one[2] && one[1] < spot[3] && spot[1] < one[3])) continue;
    taken.push(spot);
    pen.strokeStyle = "rgba(255,255,255,.85)";
    pen.strokeText(district.name, x, y + 16);
    pen.fillStyle = "#374151";
    pen.fillText(district.name, x, y + 16);
  }
  for (const warehouse of data.warehouses) {
    const [x, y] = xy(warehouse.at);
    pen.fillStyle = COLOURS.warehouse;
    pen.beginPath();
    pen.moveTo(x - 3.5, y + 3.5); pen.lineTo(x - 3.5, y - 1); pen.lineTo(x, y - 4.5); pen.lineTo(x + 3.5, y - 1); pen.lineTo(x + 3.5, y + 3.5);
    pen.fill();
  }
}

// Vehicles: on their straight line, those that come back a little to the side.
const SIDE = 3;
let marks = [];
function between(trip, way, reversed) {
  const [x1, y1] = xy(data.warehouses[trip.from].at), [x2, y2] = xy(data.districts[trip.to].at);
  const share = reversed ? 1 - way : way;
  const length = Math.hypot(x2 - x1, y2 - y1) || 1, turn = reversed ? -SIDE : SIDE;
  return [x1 + (x2 - x1) * share - ((y2 - y1) / length) * turn, y1 + (y2 - y1) * share + ((x2 - x1) / length) * turn];
}
function drawTraffic() {
  const pen = traffic.getContext("2d");
  pen.clearRect(0, 0, place.across, place.along);
  const loading = new Map(), unloading = new Map();
  const add = (counts, key, trip) => counts.set(key, [...(counts.get(key) ?? []), trip]);
  marks = [];
  for (const trip of trips) {
    const now = stateAt(trip, state.hour);
    if (now === "load" && trip.from >= 0) add(loading, trip.from, trip);
    if (now === "unload") add(unloading, trip.to, trip);
    if (trip.from < 0 || (now !== "drive" && now !== "return")) continue;
    const [begun, ended] = now === "drive" ? [trip.depart, trip.arrive] : [trip.unloaded, trip.back];
    const [x, y] = between(trip, (state.hour - begun) / (ended - begun), now === "return");
    const size = Math.min(10, 3.5 + Math.sqrt(trip.count - 1));
    pen.beginPath();
    pen.arc(x, y, now === "drive" ? size : size - 0.8, 0, 2 * Math.PI);
    pen.lineWidth = now === "drive" ? 1 : 1.5;
    pen.fillStyle = now === "drive" ? COLOURS.drive : "rgba(255,255,255,.9)";
    pen.strokeStyle = now === "drive" ? "#ffffff" : COLOURS.return;
    pen.fill();
    pen.stroke();
    marks.push({ x, y, trip, now });
  }
  pen.font = "bold 10px Arial, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (const [counts, places, now] of [[loading, data.warehouses, "load"], [unloading, data.districts, "unload"]]) {
    for (const [key, own] of counts) {
      const count = own.reduce((sum, trip) => sum + trip.count, 0), size = Math.min(13, 6 + Math.sqrt(count));
      const [x, y] = xy(places[key].at);
      pen.beginPath();
      if (now === "load") pen.rect(x - size, y - size, 2 * size, 2 * size);
      else { pen.moveTo(x, y - size * 1.2); pen.lineTo(x + size * 1.2, y + size); pen.lineTo(x - size * 1.2, y + size); pen.closePath(); }
      pen.fillStyle = COLOURS[now];
      pen.strokeStyle = "#ffffff";
      pen.lineWidth = 1;
      pen.fill();
      pen.stroke();
      pen.fillStyle = "#ffffff";
      pen.fillText(String(count), x, y + (now === "load" ? 0.5 : 3));
    }
  }
}

// Words and figures of the hour; while it plays they are not read out one after the other.
const LABELLED = [...document.querySelectorAll("[data-label]")];
function tally(hour) {
  const counts = Object.fromEntries(STATES.map((name) => [name, 0]));
  for (const trip of trips) counts[stateAt(trip, hour)] += trip.count;
  return counts;
}
function tell() {
  const hour = Math.floor(state.hour + NOISE), counts = tally(hour), served = percent(servedAt(hour));
  const note = hour + NOISE < data.order_hours ? word("map.before_order") : hour > data.deadline_hours ? word("map.after_deadline") : "";
  byId("clock").textContent = fullClock(hour) + (started === null ? "" : " +08:00") + (note ? ` (${note})` : "");
  byId("now").setAttribute("aria-live", state.playing ? "off" : "polite");
  byId("now").textContent = filled("map.now", { hour, order: +(hour - data.order_hours).toFixed(2), served });
  byId("bar-filled").style.width = served;
  for (const name of STATES) byId(`count-${name}`).textContent = counts[name].toLocaleString("en-US");
  ground.setAttribute("aria-label", filled("map.label", { hour, load: counts.load, drive: counts.drive, unload: counts.unload, back: counts.return, served }));
  const slider = byId("hour");
  slider.value = hour;
  slider.setAttribute("aria-valuetext", `${fullClock(hour)}, ${served}`);
  tellDistricts(hour);
  tellGantt(hour, counts);
}
function tellDistricts(hour) {
  const coming = data.districts.map(() => ({ drive: 0, unload: 0, next: Infinity }));
  for (const trip of trips) {
    const now = stateAt(trip, hour), own = coming[trip.to];
    if (now in own) own[now] += trip.count;
    if (trip.unloaded > hour + NOISE) own.next = Math.min(own.next, trip.unloaded);
  }
  const rows = data.districts.map((district, k) => [district, district.has_need ? 1 - shareAt(district, hour) : 0, coming[k]]);
  rows.sort((a, b) => b[1] - a[1] || a[0].code.localeCompare(b[0].code));
  byId("districts").tBodies[0].replaceChildren(...rows.map(([district, missing, own]) => {
    const line = document.createElement("tr");
    const next = own.next === Infinity ? word("map.nothing_more") : clock(own.next);
    const lack = district.has_need ? percent(Math.max(0, missing)) : word(district.is_hub ? "map.hub" : "map.no_need");
    const cells = [`${district.code} ${district.name}`, lack, own.drive, own.unload, next];
    cells.forEach((text, k) => {
      const cell = document.createElement(k ? "td" : "th");
      if (!k) cell.scope = "row";
      cell.textContent = text;
      if (k > 0 && k < 4) cell.className = "number";
      line.append(cell);
    });
    return line;
  }));
}

// Time: in steps of an hour; between them vehicles move only where motion is wanted.
let toldHour = null, frame = 0, timer = 0, before = 0;
function show(hour) {
  state.hour = Math.min(data.last_hour, Math.max(0, hour));
  const whole = Math.floor(state.hour + NOISE);
  if (whole !== toldHour) {
    toldHour = whole;
    drawGround();
    tell();
    document.body.dataset.shown = `${state.lang} ${whole}`;
  }
  drawTraffic();
  drawGantt();
}
function redraw() {
  measure();
  toldHour = null;
  show(state.hour);
}
function pause() {
  cancelAnimationFrame(frame);
  clearTimeout(timer);
  state.playing = false;
  byId("play").firstElementChild.dataset.word = "map.play";
  speakButtons();
  toldHour = null;
  show(Math.floor(state.hour + NOISE));
}
function play() {
  if (state.hour >= data.last_hour) state.hour = 0;
  state.playing = true;
  byId("play").firstElementChild.dataset.word = "map.pause";
  speakButtons();
  if (calm.matches) timer = setTimeout(stepOn, 1000 * SECONDS_AN_HOUR);
  else {
    before = performance.now();
    frame = requestAnimationFrame(moveOn);
  }
}
function stepOn() {
  show(Math.floor(state.hour + NOISE) + 1);
  if (state.hour >= data.last_hour) pause();
  else timer = setTimeout(stepOn, 1000 * SECONDS_AN_HOUR);
}
function moveOn(now) {
  // A tab that was hidden goes on where it was.
  show(state.hour + Math.min(0.2, (now - before) / 1000 / SECONDS_AN_HOUR));
  before = now;
  if (state.hour >= data.last_hour) pause();
  else frame = requestAnimationFrame(moveOn);
}
function stepTo(hour) {
  if (state.playing) pause();
  show(hour);
}
const stepBy = (hours) => stepTo(Math.floor(state.hour + NOISE) + hours);

// Words
function speakButtons() {
  for (const spot of document.querySelectorAll("[data-word]")) spot.textContent = word(spot.dataset.word);
  for (const spot of LABELLED) {
    spot.setAttribute("aria-label", word(spot.dataset.label));
    if (spot.type === "search") spot.placeholder = word(spot.dataset.label);
    if (spot.tagName === "BUTTON") spot.title = word(spot.dataset.label);
  }
  byId("language").textContent = word("map.language");
}
function speak() {
  document.documentElement.lang = state.lang;
  speakButtons();
  layGantt();
  toldHour = null;
  show(state.hour);
}

// What is under the pointer
const hint = byId("hint");
function hintAt(x, y) {
  const near = marks.filter((mark) => Math.hypot(mark.x - x, mark.y - y) < 8).at(-1);
  if (near) {
    const { trip, now } = near;
    return filled("map.vehicle_hint", { count: trip.count, fleet: data.fleets[trip.fleet], from: data.warehouses[trip.from].name,
      to: data.districts[trip.to].name, state: word(`map.${now}`), handed: handed(trip) }) + convoyLine(trip);
  }
  const count = (test) => trips.reduce((sum, trip) => sum + (test(trip) ? trip.count : 0), 0);
  const at = data.warehouses.findIndex((one) => { const [px, py] = xy(one.at); return Math.hypot(px - x, py - y) < 9; });
  if (at >= 0) {
    const inState = (name) => count((trip) => trip.from === at && stateAt(trip, state.hour) === name);
    return filled("map.place_hint", { name: `${data.warehouses[at].code} ${data.warehouses[at].name}`, load: inState("load"), wait: inState("wait") });
  }
  const dots = window.devicePixelRatio || 1, pen = ground.getContext("2d");
  const to = data.districts.findIndex((one) => one.paths && pen.isPointInPath(one.paths, x * dots, y * dots));
  if (to < 0) return "";
  const inState = (name) => count((trip) => trip.to === to && stateAt(trip, state.hour) === name);
  const missing = data.districts[to].has_need ? percent(Math.max(0, 1 - shareAt(data.districts[to], state.hour))) : word("map.no_need");
  return filled("map.district_hint", { name: `${data.districts[to].code} ${data.districts[to].name}`, missing, unload: inState("unload"), drive: inState("drive") });
}
let dragged = null;
traffic.addEventListener("pointerdown", (event) => {
  // A finger scrolls the page; the buttons move the map.
  if (event.pointerType === "touch") return;
  dragged = [event.clientX, event.clientY];
  traffic.setPointerCapture(event.pointerId);
});
traffic.addEventListener("pointerup", () => { dragged = null; });
traffic.addEventListener("pointermove", (event) => {
  if (dragged) {
    view.lon -= (event.clientX - dragged[0]) / (place.scale * place.shrink);
    view.lat += (event.clientY - dragged[1]) / place.scale;
    dragged = [event.clientX, event.clientY];
    redraw();
    return;
  }
  const text = hintAt(event.offsetX, event.offsetY);
  hint.hidden = !text;
  hint.textContent = text;
  hint.style.left = `${Math.min(event.offsetX + 14, Math.max(0, place.across - 260))}px`;
  hint.style.top = `${Math.min(event.offsetY + 14, Math.max(0, place.along - 80))}px`;
});
traffic.addEventListener("pointerleave", () => { hint.hidden = true; });

const slider = byId("hour");
slider.max = data.last_hour;
slider.addEventListener("input", () => stepTo(Number(slider.value)));
byId("play").addEventListener("click", () => (state.playing ? pause() : play()));
byId("back").addEventListener("click", () => stepBy(-1));
byId("on").addEventListener("click", () => stepBy(1));
byId("first").addEventListener("click", () => stepTo(0));
byId("last").addEventListener("click", () => stepTo(data.last_hour));
byId("language").addEventListener("click", () => { state.lang = state.lang === "en" ? "zh" : "en"; speak(); });
for (const name of ["case", "all"]) byId(`view-${name}`).addEventListener("click", () => { showView(name); redraw(); });
const MOST_ZOOM = 40;
byId("closer").addEventListener("click", () => { view.zoom = Math.min(MOST_ZOOM, view.zoom * 1.5); redraw(); });
byId("farther").addEventListener("click", () => { view.zoom = Math.max(0.25, view.zoom / 1.5); redraw(); });
document.addEventListener("keydown", (event) => {
  // Slider and buttons have keys of their own.
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { tagName } = event.target, onSlider = tagName === "INPUT";
  const keys = { ArrowLeft: () => stepBy(-1), ArrowRight: () => stepBy(1), Home: () => stepTo(0), End: () => stepTo(data.last_hour) };
  if (event.key === " " && tagName !== "BUTTON" && !onSlider) keys[" "] = () => (state.playing ? pause() : play());
  if (!keys[event.key] || onSlider) return;
  event.preventDefault();
  keys[event.key]();
});
new ResizeObserver(() => redraw()).observe(box);

if (!["en", "zh"].includes(state.lang)) state.lang = data.lang;
state.hour = Math.min(data.last_hour, Math.max(0, Number(asked.get("hour")) || 0));
showView(asked.get("view") === "all" ? "all" : "case");
measure();
startGantt();
speak();

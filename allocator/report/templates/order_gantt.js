// The trips of each warehouse as bars, on the hours of the map; the script of the map comes after it.
const GANTT = { label: 190, narrow: 96, head: 34, line: 12, pad: 5, least: 5.5, trim: 2, later: 0.3 };
const gantt = { rows: [], shown: [], label: 0, scale: 1, width: 0, height: 0, convoy: -1 };

// Rows: trips that overlap lie below each other; the warehouse with the most trips comes first.
function ganttRows() {
  const own = new Map();
  for (const trip of trips) own.set(trip.from, [...(own.get(trip.from) ?? []), trip]);
  const rows = [...own].map(([from, sent]) => {
    const { code, name } = data.warehouses[from] ?? { code: "", name: "" };
    const free = [];
    const bars = sent.sort((a, b) => a.load - b.load || a.back - b.back).map((trip) => {
      let line = free.findIndex((hour) => hour <= trip.load + NOISE);
      if (line < 0) line = free.length;
      free[line] = trip.back;
      return { trip, line };
    });
    return { code, name, bars, lines: free.length, count: sent.reduce((sum, trip) => sum + trip.count, 0) };
  });
  return rows.sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}
const rowName = (row) => (row.code ? `${row.code} ${row.name}` : word("map.gantt_no_place"));
function layGantt() {
  const wanted = byId("gantt-find").value.trim().toLowerCase(), frame = byId("gantt-box");
  gantt.shown = gantt.rows.filter((row) => rowName(row).toLowerCase().includes(wanted));
  gantt.label = frame.clientWidth < 600 ? GANTT.narrow : GANTT.label;
  gantt.scale = Math.max(GANTT.least, (frame.clientWidth - gantt.label - 8) / data.last_hour);
  gantt.width = gantt.label + gantt.scale * data.last_hour + 8;
  gantt.height = GANTT.head;
  for (const row of gantt.shown) {
    row.top = gantt.height;
    gantt.height += Math.max(2, row.lines) * GANTT.line + 2 * GANTT.pad;
  }
  byId("gantt-space").style.width = `${gantt.width}px`;
  byId("gantt-space").style.height = `${gantt.height}px`;
  const told = gantt.shown.length === gantt.rows.length ? "map.gantt_all" : "map.gantt_found";
  byId("gantt-count").textContent = filled(told, { shown: gantt.shown.length, all: gantt.rows.length });
}
const ganttX = (hour) => gantt.label + hour * gantt.scale - byId("gantt-box").scrollLeft;

// A trip to a hub has a line along its way, with a gap where its number stands.
function drawLeg(pen, x, y, wide, gap) {
  pen.fillStyle = "#ffffff";
  const half = (wide - gap) / 2;
  pen.fillRect(x, y - 1, half, 2);
  pen.fillRect(x + half + gap, y - 1, half, 2);
}
// Who sets off together: marked at departure; all of them framed while one is under the pointer.
function drawConvoy(pen, trip, y, tall) {
  const x = ganttX(trip.depart);
  pen.fillStyle = COLOURS.convoy;
  pen.fillRect(x - 1.5, y - 1, 3, tall + 2);
  pen.beginPath();
  pen.moveTo(x, y + 1); pen.lineTo(x + 6, y + tall / 2); pen.lineTo(x, y + tall - 1);
  pen.fill();
  if (trip.convoy !== gantt.convoy) return;
  pen.strokeStyle = COLOURS.convoy;
  pen.lineWidth = 2;
  pen.strokeRect(ganttX(trip.load), y - 0.5, (trip.unloaded - trip.load) * gantt.scale, tall + 1);
}

// Bars: what is still to come is faint.
function drawBars(pen, row, top) {
  for (const { trip, line } of row.bars) {
    const y = top + GANTT.pad + line * GANTT.line, tall = GANTT.line - GANTT.trim;
    for (const [from, to, colour] of [
      [trip.unloaded, trip.back, "#c9d9ea"], [trip.load, trip.depart, COLOURS.load],
      [trip.depart, trip.arrive, COLOURS.drive], [trip.arrive, trip.unloaded, COLOURS.unload],
    ]) {
      pen.fillStyle = colour;
      if (to > from) pen.fillRect(ganttX(from), y, Math.max(1, (to - from) * gantt.scale - 0.5), tall);
    }
    const wide = (trip.arrive - trip.depart) * gantt.scale;
    const isCounted = trip.count > 1 && wide > 18;
    if (isLeg(trip)) drawLeg(pen, ganttX(trip.depart), y + tall / 2, wide, isCounted ? 18 : 0);
    // Marks and numbers are as plain for what is still to come.
    const isLater = pen.globalAlpha < 1;
    pen.globalAlpha = 1;
    if (trip.convoy >= 0) drawConvoy(pen, trip, y, tall);
    if (isCounted) {
      pen.fillStyle = isLater ? "#111827" : "#ffffff";
      pen.fillText(`${trip.count}`, ganttX(trip.depart) + wide / 2, y + tall / 2 + 0.5);
    }
    if (isLater) pen.globalAlpha = GANTT.later;
  }
}
function clipped(pen, left, right, along, draw) {
  if (right <= left) return;
  pen.save();
  pen.beginPath();
  pen.rect(left, GANTT.head, right - left, along - GANTT.head);
  pen.clip();
  draw();
  pen.restore();
}
function upright(pen, hour, along, colour, dashes, thickness) {
  const x = ganttX(hour);
  if (x < gantt.label) return;
  pen.setLineDash(dashes);
  pen.strokeStyle = colour;
  pen.lineWidth = thickness;
  pen.beginPath();
  pen.moveTo(x, GANTT.head - 6);
  pen.lineTo(x, along);
  pen.stroke();
  pen.setLineDash([]);
}
function drawHead(pen, across) {
  const every = [1, 2, 3, 6, 12, 24, 48].find((hours) => hours * gantt.scale >= (started === null ? 34 : 66)) ?? 48;
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, across, GANTT.head);
  pen.fillStyle = "#374151";
  pen.textAlign = "left";
  for (let hour = 0; hour <= data.last_hour; hour += every) {
    const x = ganttX(hour);
    if (x < gantt.label - 1 || x > across - 30) continue;
    pen.fillRect(x, GANTT.head - 5, 1, 5);
    pen.fillText(`${hour} h`, x + 3, 9);
    if (started !== null) pen.fillText(clock(hour), x + 3, 21);
  }
}
function drawNames(pen, rows, along, scrolled) {
  pen.save();
  pen.beginPath();
  pen.rect(0, GANTT.head, gantt.label - 4, along - GANTT.head);
  pen.clip();
  pen.textAlign = "left";
  for (const row of rows) {
    const y = row.top - scrolled;
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, y, gantt.label, Math.max(2, row.lines) * GANTT.line + 2 * GANTT.pad - 1);
    // A high row keeps its name in sight.
    const high = Math.max(2, row.lines) * GANTT.line + 2 * GANTT.pad;
    const at = Math.min(Math.max(y, GANTT.head), y + high - 34);
    pen.fillStyle = "#111827";
    pen.fillText(gantt.label === GANTT.narrow && row.name ? row.name : rowName(row), 6, at + 11);
    pen.fillStyle = "#6b7280";
    pen.fillText(filled("map.gantt_trips", { count: row.count.toLocaleString("en-US") }), 6, at + 24);
  }
  pen.restore();
}
function drawGantt() {
  const frame = byId("gantt-box"), canvas = byId("gantt"), dots = window.devicePixelRatio || 1;
  const across = frame.clientWidth, along = frame.clientHeight, scrolled = frame.scrollTop;
  if (canvas.width !== Math.round(across * dots) || canvas.height !== Math.round(along * dots)) {
    canvas.width = Math.round(across * dots);
    canvas.height = Math.round(along * dots);
    canvas.style.width = `${across}px`;
    canvas.style.height = `${along}px`;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(dots, 0, 0, dots, 0, 0);
  pen.clearRect(0, 0, across, along);
  pen.font = '11px "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", Arial, sans-serif';
  pen.textBaseline = "middle";
  const high = (row) => Math.max(2, row.lines) * GANTT.line + 2 * GANTT.pad;
  const rows = gantt.shown.filter((row) => row.top + high(row) > scrolled + GANTT.head && row.top < scrolled + along);
  const now = Math.max(gantt.label, ganttX(state.hour));
  pen.fillStyle = "#e5e7eb";
  for (const row of rows) pen.fillRect(0, row.top - scrolled + high(row) - 1, across, 1);
  pen.textAlign = "center";
  const bars = () => { for (const row of rows) drawBars(pen, row, row.top - scrolled); };
  pen.globalAlpha = GANTT.later;
  clipped(pen, now, across, along, bars);
  pen.globalAlpha = 1;
  clipped(pen, gantt.label, Math.min(now, across), along, bars);
  drawNames(pen, rows, along, scrolled);
  drawHead(pen, across);
  upright(pen, data.order_hours, along, "#9ca3af", [3, 3], 1);
  upright(pen, data.deadline_hours, along, "#111827", [6, 3], 1);
  upright(pen, state.hour, along, "#b91c1c", [], 2);
  if (!rows.length) pen.fillText(word("map.gantt_nothing"), gantt.label + 8, GANTT.head + 20);
}
function tellGantt(hour, counts) {
  const frame = byId("gantt-box"), x = ganttX(hour);
  if (x < gantt.label || x > frame.clientWidth - 12) frame.scrollLeft += x - (gantt.label + frame.clientWidth) / 2;
  byId("gantt").setAttribute("aria-label", filled("map.gantt_label", { rows: gantt.shown.length, hour, load: counts.load, drive: counts.drive, unload: counts.unload }));
}

// What is under the pointer; a click goes to its hour.
function frameConvoy(convoy) {
  if (convoy === gantt.convoy) return;
  gantt.convoy = convoy;
  drawGantt();
}
function ganttHint(event) {
  const frame = byId("gantt-box"), spot = byId("gantt-hint"), corner = frame.getBoundingClientRect();
  const x = event.clientX - corner.left, y = event.clientY - corner.top + frame.scrollTop;
  const hour = (x + frame.scrollLeft - gantt.label) / gantt.scale;
  const row = gantt.shown.findLast((one) => one.top <= y);
  const line = row ? Math.floor((y - row.top - GANTT.pad) / GANTT.line) : -1;
  const bar = x < gantt.label || event.clientY - corner.top < GANTT.head ? null
    : row?.bars.find((one) => one.line === line && one.trip.load <= hour && hour < one.trip.back);
  spot.hidden = !bar;
  frameConvoy(bar ? bar.trip.convoy : -1);
  if (!bar) return;
  const { trip } = bar;
  spot.textContent = filled("map.gantt_hint", { count: trip.count, fleet: data.fleets[trip.fleet], from: rowName(row), to: data.districts[trip.to].name,
    load: clock(trip.load), depart: clock(trip.depart), arrive: clock(trip.arrive), handed: handed(trip), back: clock(trip.back) }) + convoyLine(trip);
  spot.style.left = `${Math.max(0, Math.min(x + 14, frame.clientWidth - 250))}px`;
  spot.style.top = `${Math.max(0, Math.min(event.clientY - corner.top + 14, frame.clientHeight - (trip.convoy < 0 ? 110 : 160)))}px`;
}
function startGantt() {
  const frame = byId("gantt-box");
  gantt.rows = ganttRows();
  layGantt();
  frame.addEventListener("scroll", () => { byId("gantt-hint").hidden = true; drawGantt(); });
  frame.addEventListener("pointermove", ganttHint);
  frame.addEventListener("pointerleave", () => { byId("gantt-hint").hidden = true; frameConvoy(-1); });
  frame.addEventListener("click", (event) => {
    const x = event.clientX - frame.getBoundingClientRect().left;
    if (x > gantt.label && x < frame.clientWidth) stepTo(Math.round((x + frame.scrollLeft - gantt.label) / gantt.scale));
  });
  byId("gantt-find").addEventListener("input", () => { layGantt(); frame.scrollTop = 0; drawGantt(); });
  new ResizeObserver(() => { layGantt(); drawGantt(); }).observe(frame);
}

// Draws the figures and tables of the page from the data beside it; asks no network for anything.
const data = JSON.parse(document.getElementById("page-data").textContent);
const byId = (id) => document.getElementById(id);
const state = { lang: data.lang, scenario: data.scenarios[0]?.code ?? null, ring: data.map.ring_centre ?? "" };
const word = (key) => data.words[key]?.[state.lang] ?? key;
const filled = (key, figures) => word(key).replace(/\{(\w+)\}/g, (_, name) => figures[name]);

Plotly.register({
  moduleType: "locale", name: "zh-CN", dictionary: data.plotly_words, format: {},
});
const config = (lang) => ({
  responsive: true, displaylogo: false, scrollZoom: false, locale: lang === "zh" ? "zh-CN" : "en",
  plotlyServerURL: "",
  // Named one by one: the default bar has a button that sends the chart to a server.
  modeBarButtons: [["toImage"], ["zoom2d", "pan2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]],
});

// Words: traces and layouts carry the keys of their words in meta.keys.
function spoken(trace) {
  const keys = trace.meta?.keys;
  if (!keys) return trace;
  const said = { ...trace };
  if (keys.name) said.name = word(keys.name);
  if (keys.hover) said.hovertemplate = word(keys.hover);
  if (keys.group) said.legendgrouptitle = { text: word(keys.group) };
  return said;
}
function spokenLayout(layout) {
  const keys = layout.meta?.keys ?? {};
  const said = { ...layout };
  for (const axis of ["xaxis", "yaxis"]) {
    if (keys[axis]) said[axis] = { ...layout[axis], title: { ...layout[axis].title, text: word(keys[axis]) } };
  }
  if (keys.annotations) {
    said.annotations = layout.annotations.map((note, k) => {
      const [key, rest] = keys.annotations[k];
      return { ...note, text: word(key) + rest };
    });
  }
  return said;
}

// On a phone the legend stands below its figure, and ticks are fewer and smaller.
const phone = window.matchMedia("(max-width: 700px)");
const lowered = (layout, below) => ({
  ...layout, legend: { orientation: "h", x: 0, xanchor: "left", y: 0, yref: "container", yanchor: "bottom", maxheight: 0.9, font: { size: 10 } },
  margin: { ...layout.margin, r: 8, b: below },
});
function fittedMap(layout) {
  if (!phone.matches) return layout;
  const small = lowered(layout, 190);
  return { ...small, height: 600, margin: { ...small.margin, l: 4, t: 36 } };
}
function fittedGantt(layout) {
  if (!phone.matches) return layout;
  const small = lowered(layout, layout.margin.b + 70);
  const { tickvals, ticktext } = layout.xaxis;
  const kept = tickvals.filter((_, k) => k % 2 === 0);
  return {
    ...small, height: layout.height + 34, margin: { ...small.margin, t: 84 },
    // Of a tick's clock time and hour there is room for the hour only.
    xaxis: { ...layout.xaxis, tickvals: kept, tickangle: 0,
      ticktext: ticktext.filter((_, k) => k % 2 === 0).map((text) => text.split("<br>").at(-1)) },
    yaxis: { ...layout.yaxis, tickfont: { size: 9 } },
  };
}
function fittedServed(layout) {
  if (!phone.matches) return layout;
  const small = lowered(layout, 60 + 18 * data.served.data.length);
  return { ...small, height: 380 + 18 * data.served.data.length, margin: { ...small.margin, l: 56 } };
}
phone.addEventListener("change", () => drawAll());

// Polygons are named by code and kept once for all scenarios.
function expanded(trace) {
  const codes = trace.meta?.shapes;
  if (!codes) return trace;
  const x = [], y = [];
  for (const code of codes) {
    x.push(...data.shapes[code].x, null);
    y.push(...data.shapes[code].y, null);
  }
  return codes.length ? { ...trace, x, y } : { ...trace, x: [null], y: [null] };
}
// Bars of the Gantt chart name their group of trips by its place in a list.
function grouped(figure) {
  const groups = figure.layout.meta.groups;
  return figure.data.map((trace) => (trace.meta?.grouped
    ? { ...trace, customdata: trace.customdata.map(([k, length]) => [...groups[k], length]) } : trace));
}
function ringed(trace) {
  const hours = trace.meta?.ring_hours;
  if (hours === undefined) return trace;
  const x = [], y = [];
  const chosen = state.ring === "*" ? Object.keys(data.map.rings) : [state.ring];
  for (const warehouse of chosen) {
    const ring = data.map.rings[warehouse]?.[String(hours)];
    if (ring) { x.push(...ring[0], null); y.push(...ring[1], null); }
  }
  return x.length ? { ...trace, x, y } : { ...trace, x: [null], y: [null], showlegend: false };
}

let view = null;
let viewings = 0;
function drawMap() {
  const own = state.scenario === null ? [] : data.map.scenarios[state.scenario] ?? [];
  const traces = [...data.map.base.data, ...own].map((trace) => spoken(ringed(expanded(trace))));
  const layout = spokenLayout(data.map.base.layout);
  if (view) {
    layout.xaxis = { ...layout.xaxis, range: view.slice(0, 2) };
    layout.yaxis = { ...layout.yaxis, range: view.slice(2, 4) };
  }
  layout.uirevision = viewings;
  return Plotly.react("map", traces, fittedMap(layout), { ...config(state.lang), scrollZoom: true });
}
function drawGantt() {
  const figure = data.gantt[state.scenario];
  byId("gantt-section").hidden = !figure;
  if (!figure) return null;
  const meta = figure.layout.meta;
  const key = meta.trips_shown < meta.trips_total ? "page.trips_left_out" : "page.trips_all";
  byId("gantt-note").textContent = filled(key, { shown: meta.trips_shown, total: meta.trips_total, lanes: data.most_rows });
  return Plotly.react("gantt", grouped(figure).map(spoken), fittedGantt(spokenLayout(figure.layout)), config(state.lang));
}
function drawServed() {
  byId("served-section").hidden = data.served.data.length === 0;
  if (data.served.data.length === 0) return null;
  const traces = data.served.data.map(spoken).map((trace) => {
    const chosen = trace.meta?.scenario === state.scenario;
    return chosen ? { ...trace, opacity: 1, line: { ...trace.line, width: 4 } } : trace;
  });
  return Plotly.react("served", traces, fittedServed(spokenLayout(data.served.layout)), config(state.lang));
}

// Tables: a cell of kind "word" holds a key, one of kind "both" its text by language.
const WORDY = ["text", "word", "both"];
const order = {};
function shown(value, kind) {
  if (value === null || value === undefined) return "";
  if (kind === "word") return word(value);
  if (kind === "both") return value[state.lang];
  if (kind === "text") return String(value);
  return Number(value).toLocaleString("en-US", { maximumFractionDigits: kind === "share" ? 1 : kind === "fine" ? 3 : 0 });
}
function rowsOf(name) {
  const table = data.tables[name];
  return table.by_scenario ? table.rows[state.scenario] ?? [] : table.rows;
}
function totalOf(name, rows) {
  return data.tables[name].totals?.[state.scenario] ?? rows.length;
}
function titleOf(column) {
  return column.key ? word(column.key) : column.title;
}
function drawTable(name) {
  const { columns } = data.tables[name];
  let rows = rowsOf(name);
  if (name === "warehouses") {
    const counts = data.trips_by_warehouse[state.scenario] ?? {};
    rows = rows.map((row) => [...row.slice(0, -1), counts[row.at(-1)] ?? 0]);
  }
  const chosen = order[name];
  if (chosen) {
    const { column, direction } = chosen;
    const text = WORDY.includes(columns[column].kind);
    const cell = (row) => (text ? shown(row[column], columns[column].kind) : row[column]);
    rows = [...rows].sort((a, b) => {
      const [left, right] = [cell(a), cell(b)];
      if (left === null || right === null) return (left === null) - (right === null);
      return direction * (text ? left.localeCompare(right, "zh") : left - right);
    });
  }
  const total = totalOf(name, rows);
  rows = rows.slice(0, data.most_table_rows);
  const head = document.createElement("tr");
  columns.forEach((column, k) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = titleOf(column);
    cell.className = WORDY.includes(column.kind) ? "" : "number";
    if (chosen?.column === k) cell.ariaSort = chosen.direction > 0 ? "ascending" : "descending";
    cell.tabIndex = 0;
    const sort = () => {
      const again = order[name]?.column === k ? -order[name].direction : 1;
      order[name] = { column: k, direction: again };
      drawTable(name);
    };
    cell.addEventListener("click", sort);
    cell.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(); });
    head.append(cell);
  });
  const body = document.createElement("tbody");
  for (const row of rows) {
    const line = document.createElement("tr");
    columns.forEach((column, k) => {
      const cell = document.createElement("td");
      cell.textContent = shown(row[k], column.kind);
      cell.className = WORDY.includes(column.kind) ? column.kind : "number";
      if (column.key === "table.sentence" || column.key === "table.words") cell.className = "long";
      if (column.key === "table.short" && row[k] > 0) cell.className += " short";
      line.append(cell);
    });
    body.append(line);
  }
  const top = document.createElement("thead");
  top.append(head);
  byId(name).replaceChildren(top, body);
  const note = byId(`${name}-note`);
  note.textContent = "";
  if (total > rows.length) note.textContent = filled("page.rows_left_out", { shown: rows.length, total });
  if (total === 0 && name === "shortages") note.textContent = word("page.no_shortage");
}

function option(value, text) {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = text;
  return made;
}
function fillControls() {
  byId("scenario").parentElement.hidden = data.scenarios.length === 0;
  byId("scenario").replaceChildren(...data.scenarios.map((row) => option(row.code, `${row.name} · ${row.served}`)));
  if (state.scenario !== null) byId("scenario").value = state.scenario;
  byId("rings").replaceChildren(
    option("", word("page.no_rings")), option("*", word("page.all_open")),
    ...data.map.ring_names.map(([code, name]) => option(code, name)),
  );
  byId("rings").value = state.ring;
  byId("language").textContent = word("page.language");
  byId("scenario-note").textContent = data.scenarios.length < data.scenarios_total
    ? filled("page.scenarios_left_out", { shown: data.scenarios.length, total: data.scenarios_total }) : "";
  byId("rings-note").textContent = data.map.radii ? filled("page.rings_note", data.map) : "";
}
function speak() {
  document.documentElement.lang = state.lang;
  for (const place of document.querySelectorAll("[data-word]")) place.textContent = word(place.dataset.word);
  for (const part of document.querySelectorAll(".in-language")) part.hidden = part.dataset.language !== state.lang;
  fillControls();
}
async function drawAll() {
  for (const name of Object.keys(data.tables)) drawTable(name);
  await Promise.all([drawMap(), drawGantt(), drawServed()]);
  document.body.dataset.drawn = `${state.lang} ${state.scenario}`;
}

byId("language").addEventListener("click", () => {
  state.lang = word("page.other_language");
  speak();
  // Plotly takes a new locale only for a new plot.
  for (const id of ["map", "gantt", "served"]) Plotly.purge(id);
  drawAll();
});
byId("scenario").addEventListener("change", (event) => { state.scenario = event.target.value; drawAll(); });
byId("rings").addEventListener("change", (event) => { state.ring = event.target.value; drawMap(); });
for (const which of ["case", "all"]) {
  byId(`view-${which}`).addEventListener("click", () => {
    view = data.map.base.layout.meta[`${which}_view`];
    viewings += 1;
    drawMap();
  });
}
speak();
drawAll();

// The list of the runs, live.

import { announce, askJson, duration, element, fill, moment, percent, repeat, word } from "./app.js";

const FAST_MS = 2000;
const SLOW_MS = 10000;

const place = document.getElementById("runs");
const filter = document.getElementById("filter");
const older = document.getElementById("older");
const newest = document.getElementById("newest");

const NUMBERS = ["run.number", "run.gap"];

const COLUMNS = ["run.number", "run.run", "run.kind", "run.status", "run.gap", "run.age", "run.by"];

let before = null;

const isOver = (run) => run.finished_at !== null;

// What an empty name stands for.
const nameOf = (run) => run.name || run.case_name;

function stateOf(run) {
  if (run.status === "running" && run.phase) return `${word("status.running")} · ${word(`phase.${run.phase}`)}`;
  if (run.status === "finished" && run.outcome) return word(`outcome.${run.outcome}`);
  return word(`status.${run.status}`);
}

function ageOf(run) {
  const end = isOver(run) ? Date.parse(run.finished_at) : Date.now();
  const start = Date.parse(run.started_at ?? run.created_at);
  return isOver(run) ? moment(run.finished_at) : duration((end - start) / 1000);
}

function cells(run) {
  return [
    element("td", { class: "number" }, String(run.number)),
    element(
      "td",
      { class: "name" },
      element("a", { href: `/runs/${run.run_id}` }, nameOf(run)),
      element("div", { class: "note" }, [run.name ? run.case_name : null, run.scenario].filter(Boolean).join(" · ")),
    ),
    element("td", {}, word(`kind.${run.kind}`)),
    element("td", {}, element("span", { class: `state ${run.status}` }, stateOf(run))),
    element("td", { class: "number" }, percent(run.gap)),
    element("td", {}, ageOf(run)),
    element("td", {}, run.created_by),
  ].map((cell, k) => {
    cell.dataset.title = word(COLUMNS[k]);
    return cell;
  });
}

const rows = new Map();

let body = null;

// Change only rows that changed: who stands on a link stays there.
function show(runs) {
  if (body === null || !body.isConnected) {
    rows.clear();
    body = element("tbody");
    const head = element("tr", {}, COLUMNS.map((key) => element("th", { scope: "col", class: NUMBERS.includes(key) ? "number" : undefined }, word(key))));
    const list = element("table", { class: "cards-when-narrow" }, element("caption", { class: "unseen" }, word("nav.runs")), element("thead", {}, head), body);
    fill(place, element("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": word("nav.runs") }, list));
  }
  const wanted = runs.map((run) => {
    const known = rows.get(run.run_id);
    const text = JSON.stringify(run);
    if (known?.text === text && isOver(run)) return known.row;
    const row = known?.row ?? element("tr");
    const hadFocus = row.contains(document.activeElement);
    if (known && known.status !== run.status) {
      announce(word("runs.changed", { number: run.number, state: stateOf(run) }));
    }
    row.replaceChildren(...cells(run));
    rows.set(run.run_id, { row, text, status: run.status });
    if (hadFocus) row.querySelector("a").focus();
    return row;
  });
  const isSame = body.children.length === wanted.length && wanted.every((row, k) => body.children[k] === row);
  if (!isSame) body.replaceChildren(...wanted);
}

function query() {
  const given = new URLSearchParams([...new FormData(filter)].filter(([, value]) => value));
  return given;
}

async function load() {
  const asked = query();
  asked.set("limit", "30");
  if (before) asked.set("before", before);
  const answer = await askJson(`/v1/runs?${asked}`);
  if (answer.runs.length) show(answer.runs);
  else fill(place, element("p", {}, word(query().size ? "runs.none_such" : "runs.none")));
  older.hidden = answer.before === null;
  older.dataset.before = answer.before ?? "";
  newest.hidden = before === null;
  return answer.runs.every(isOver) ? SLOW_MS : FAST_MS;
}

// The address says what is shown, so that it can be kept and sent.
const given = new URLSearchParams(location.search);
for (const field of filter.elements) {
  if (given.has(field.name)) field.value = given.get(field.name);
}

const reload = repeat(load);

filter.addEventListener("change", () => {
  before = null;
  const asked = query();
  history.replaceState(null, "", asked.size ? `/runs?${asked}` : "/runs");
  reload();
});

filter.addEventListener("submit", (event) => event.preventDefault());

older.addEventListener("click", () => {
  before = older.dataset.before;
  reload();
});

newest.addEventListener("click", () => {
  before = null;
  reload();
});

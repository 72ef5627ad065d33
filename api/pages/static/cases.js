// The list of the cases.

import { askJson, element, fill, moment, number, repeat, table, word } from "./app.js";

const PAUSE_MS = 15000;

const place = document.getElementById("cases");
const older = document.getElementById("older");
const newest = document.getElementById("newest");

let before = null;
let shown = "";

const COLUMNS = [
  { title: "#", number: true, text: (one) => String(one.number) },
  { title: word("case.name"), cell: (one) => element("a", { href: `/cases/${one.case_id}` }, one.name || one.source_name), class: "name" },
  { title: word("case.source"), text: (one) => (one.origin === "upload" ? one.source_name : one.origin), class: "name" },
  { title: word("case.districts"), number: true, text: (one) => number(one.summary.districts) },
  { title: word("case.scenarios"), number: true, text: (one) => number(one.summary.scenarios.length) },
  { title: word("case.created"), text: (one) => moment(one.created_at) },
  { title: word("case.by"), text: (one) => one.created_by },
];

async function load() {
  const answer = await askJson(`/v1/cases?limit=20${before ? `&before=${before}` : ""}`);
  const text = JSON.stringify(answer);
  if (text !== shown) {
    shown = text;
    fill(place, answer.cases.length ? table(word("cases.list"), COLUMNS, answer.cases) : element("p", {}, word("cases.none")));
    older.hidden = answer.before === null;
    older.dataset.before = answer.before ?? "";
    newest.hidden = before === null;
  }
  return before === null ? PAUSE_MS : 0;
}

const reload = repeat(load);

older.addEventListener("click", () => {
  before = older.dataset.before;
  reload();
});

newest.addEventListener("click", () => {
  before = null;
  reload();
});

document.addEventListener("case-kept", reload);

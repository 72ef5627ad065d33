// A comparison as the service keeps it: inputs first, then figures, warehouses, stock, shortages, trips.

import { element, moment, number, percent, table, word, wordOr } from "./app.js";

const MOST_ROWS = 200;

const signed = (value, digits = 2) => (value === null || value === undefined ? "–" : `${value > 0 ? "+" : ""}${number(value, digits)}`);

const text = (name, key, more = {}) => ({ title: word(key), text: (row) => String(row[name] ?? "") || "–", ...more });

const figure = (name, key, show = number) => ({ title: word(key), number: true, text: (row) => show(row[name]) });

// Shares are figures without a unit whose name says so.
const isShare = (row) => row.name.endsWith("_share");

const ofKpi = (name, key) => ({ title: word(key), number: true, text: (row) => (isShare(row) ? percent(row[name]) : number(row[name])) });

// Whether a difference is real, or why that is not known.
function verdict(row) {
  const text = wordOr(`compare.note.${row.note}`, row.note);
  const mark = { apart: "good", within_gaps: "warn" }[row.note];
  return mark ? element("strong", { class: mark }, text) : element("span", { class: "note" }, text);
}

const changeWord = (row) => wordOr(`compare.change.${row.change}`, row.change);

const changed = { title: word("compare.change"), text: changeWord };

const TABLES = {
  inputs_changed: [
    text("table", "fault.sheet"),
    text("row_key", "compare.row"),
    text("field", "fault.field"),
    changed,
    text("base_value", "compare.base", { class: "value" }),
    text("other_value", "compare.other", { class: "value" }),
    figure("difference", "compare.difference", signed),
    text("unit", "compare.unit"),
  ],
  kpis: [
    { title: word("run.part"), text: (row) => wordOr(`part.${row.part}`, row.part) },
    { title: word("compare.figure"), text: (row) => wordOr(`kpi.${row.name}`, wordOr(`stage.${row.name}`, row.name)) },
    ofKpi("base", "compare.base"),
    ofKpi("other", "compare.other"),
    { title: word("compare.difference"), number: true, text: (row) => (isShare(row) && row.difference !== null ? percent(row.difference) : signed(row.difference)) },
    { title: "%", number: true, text: (row) => percent(row.difference_share) },
    text("unit", "compare.unit"),
    { title: word("compare.verdict"), cell: verdict },
  ],
  warehouses: [
    text("warehouse", "compare.warehouse"),
    changed,
    text("base_size_class", "compare.base_size"),
    text("other_size_class", "compare.other_size"),
    figure("base_used_m3", "compare.base_used"),
    figure("other_used_m3", "compare.other_used"),
  ],
  stock: [
    { title: word("compare.warehouse"), text: (row) => row.warehouse ?? word("compare.total") },
    text("item", "column.item"),
    figure("base_units", "compare.base"),
    figure("other_units", "compare.other"),
    figure("difference_units", "compare.difference", signed),
  ],
  shortages: [
    text("scenario", "case.scenario"),
    text("district", "column.district"),
    text("item", "column.item"),
    changed,
    figure("base_unmet_units", "compare.base"),
    figure("other_unmet_units", "compare.other"),
    figure("difference_units", "compare.difference", signed),
  ],
  trips: [
    text("scenario", "case.scenario"),
    changed,
    text("warehouse", "compare.warehouse"),
    text("district", "column.district"),
    text("fleet", "column.fleet"),
    figure("base_depart_hours", "compare.base_depart"),
    figure("other_depart_hours", "compare.other_depart"),
    text("base_load", "compare.base_load", { class: "value" }),
    text("other_load", "compare.other_load", { class: "value" }),
  ],
};

// Figures that only one of the plans has say nothing side by side; the workbook has them.
const isShown = (row) => row.note !== "only_one";

// Rows by the plan that is held against the base; one plan needs no heading of its own.
function block(name, rows, plans) {
  const title = word(`compare.${name}`);
  if (!rows.length) return [element("h3", {}, title), element("p", { class: "note" }, word("compare.none"))];
  const made = [element("h3", {}, title)];
  for (const plan of plans) {
    const own = rows.filter((row) => row.plan === plan && isShown(row));
    if (!own.length) continue;
    made.push(table(plans.length > 1 ? `${title}: ${plan}` : title, TABLES[name], own.slice(0, MOST_ROWS), { asCards: false }));
    if (own.length > MOST_ROWS) made.push(element("p", { class: "note" }, word("compare.more", { n: own.length - MOST_ROWS })));
  }
  return made;
}

// The whole comparison as one section.
export function comparisonSection(comparison) {
  const told = comparison.document;
  const plans = [...new Set(Object.keys(TABLES).flatMap((name) => (told[name] ?? []).map((row) => row.plan)))];
  const address = `/v1/comparisons/${comparison.comparison_id}`;
  const names = (told.plans ?? []).map((one) => element("li", {}, one.plan, one.is_base ? element("strong", {}, ` (${word("compare.base")})`) : ""));
  const lines = (told.summary ?? []).map((line) => element("li", {}, element("strong", {}, line.topic), " ", line.sentence));
  return element(
    "section",
    { class: "panel", "aria-labelledby": "comparison-title" },
    element("h2", { id: "comparison-title", tabindex: "-1" }, comparison.name || word("compare.title")),
    element("p", { class: "note" }, moment(comparison.created_at)),
    element("ul", {}, names),
    element(
      "div",
      { class: "buttons" },
      element("a", { class: "button", href: `${address}?format=xlsx`, download: "" }, word("compare.workbook")),
      element("a", { class: "button", href: `${address}?format=html` }, word("compare.page")),
    ),
    lines.length ? element("ul", { class: "told" }, lines) : null,
    Object.keys(TABLES).flatMap((name) => block(name, told[name] ?? [], plans)),
  );
}

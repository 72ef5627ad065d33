// Pick finished runs, compare them, show the comparison; and those that were made before.

import { announce, askJson, element, fill, isRefusal, lang, moment, percent, refusalText, requestKey, tolerate, word } from "./app.js";
import { comparisonSection } from "./comparison.js";

const place = document.getElementById("comparison");
const picker = document.getElementById("picker");

const NUMBERS = ["run.gap"];

const COLUMNS = ["compare.take", "compare.base", "run.number", "run.run", "run.kind", "run.gap", "compare.finished"];

async function show(comparison) {
  fill(place, comparisonSection(comparison));
  history.replaceState(null, "", `/compare?comparison=${encodeURIComponent(comparison.comparison_id)}`);
  place.querySelector("h2").focus();
  announce(word("compare.ready"));
}

// -- picking

const picked = new Set();

let base = picker?.dataset.base ?? "";

if (base) picked.add(base);

function row(run) {
  const name = run.name || run.case_name;
  const take = element("input", { type: "checkbox", "aria-label": word("compare.take_one", { number: run.number, name }), checked: picked.has(run.run_id) });
  const asBase = element("input", { type: "radio", name: "base", "aria-label": word("compare.base_one", { number: run.number, name }), checked: base === run.run_id });
  take.addEventListener("change", () => {
    if (take.checked) picked.add(run.run_id);
    else picked.delete(run.run_id);
    if (!take.checked && base === run.run_id) {
      base = "";
      asBase.checked = false;
    }
    // The first that is taken is the base until another is chosen.
    if (take.checked && !base) {
      base = run.run_id;
      asBase.checked = true;
    }
    told();
  });
  asBase.addEventListener("change", () => {
    base = run.run_id;
    picked.add(run.run_id);
    take.checked = true;
    told();
  });
  const cells = [take, asBase, String(run.number), [element("a", { href: `/runs/${run.run_id}` }, name), element("div", { class: "note" }, [run.name ? run.case_name : null, run.scenario].filter(Boolean).join(" · "))], word(`kind.${run.kind}`), percent(run.gap), moment(run.finished_at)];
  return element("tr", {}, cells.map((cell, k) => element("td", { data: { title: word(COLUMNS[k]) }, class: k === 3 ? "name" : NUMBERS.includes(COLUMNS[k]) ? "number" : undefined }, cell)));
}

function told() {
  document.getElementById("picked").textContent = word("compare.picked", { n: picked.size });
}

async function showRuns() {
  const ofCase = document.getElementById("case_id").value;
  const answer = await askJson(`/v1/runs?status=finished&limit=200${ofCase ? `&case_id=${encodeURIComponent(ofCase)}` : ""}`);
  const runs = answer.runs.filter((run) => run.has_plan && !["explain", "coordination"].includes(run.kind));
  const choices = document.getElementById("choices");
  if (!runs.length) return fill(choices, element("p", {}, word("compare.no_runs")));
  // What is filtered out is not taken along unseen.
  for (const run of [...picked]) if (!runs.some((one) => one.run_id === run)) picked.delete(run);
  if (!picked.has(base)) base = "";
  const head = element("tr", {}, COLUMNS.map((key) => element("th", { scope: "col", class: NUMBERS.includes(key) ? "number" : undefined }, word(key))));
  const list = element("table", { class: "cards-when-narrow" }, element("caption", { class: "unseen" }, word("compare.pick")), element("thead", {}, head), element("tbody", {}, runs.map(row)));
  fill(choices, element("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": word("compare.pick") }, list));
  told();
}

function refuse(...told) {
  const fault = document.getElementById("picker-fault");
  fill(fault, ...told);
  fault.hidden = !told.length;
}

async function compare(event) {
  event.preventDefault();
  refuse();
  if (picked.size < 2 || !base) return refuse(word("compare.too_few"));
  const button = document.getElementById("compare");
  button.disabled = true;
  document.getElementById("picked").textContent = word("compare.working");
  try {
    const json = { runs: [base, ...[...picked].filter((one) => one !== base)], name: document.getElementById("name").value.trim(), lang };
    await show(await askJson("/v1/comparisons", { method: "POST", json, headers: { "Idempotency-Key": requestKey() } }));
    await tolerate(showEarlier());
  } catch (error) {
    if (!isRefusal(error)) throw error;
    refuse(...refusalText(error));
  } finally {
    button.disabled = false;
    told();
  }
}

// -- what was compared before

async function showEarlier() {
  const answer = await askJson("/v1/comparisons");
  const found = answer.comparisons ?? [];
  document.getElementById("earlier-section").hidden = !found.length;
  fill(
    document.getElementById("earlier"),
    found.map((one) => element("li", {}, element("a", { href: `/compare?comparison=${encodeURIComponent(one.comparison_id)}` }, one.name || word("compare.title")), element("span", { class: "note" }, ` ${moment(one.created_at)}`))),
  );
}

if (picker) {
  picker.addEventListener("submit", compare);
  document.getElementById("compare").disabled = false;
  document.getElementById("case_id").addEventListener("change", () => tolerate(showRuns()));
  tolerate(showRuns());
}
if (place.dataset.shown) {
  askJson(`/v1/comparisons/${encodeURIComponent(place.dataset.shown)}`).then(show, (error) => {
    if (!isRefusal(error)) throw error;
    fill(place, element("p", { class: "bad-notice", role: "alert" }, refusalText(error)));
  });
}
tolerate(showEarlier());

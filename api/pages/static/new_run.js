// The form of a new run: what fits the kind is shown, the rest is not sent; faults stand at their fields.

import { askJson, element, fill, isRefusal, issueText, lang, number, refusalText, requestKey, word } from "./app.js";
import { addChange, changeRows, markChange } from "./changes.js";

const { cases, limits } = JSON.parse(document.getElementById("form-data").textContent);

const form = document.getElementById("new-run");
const faults = document.getElementById("faults");

const TOP_FIELDS = ["case_id", "base_run", "scenario", "name"];

// By namedItem: `form.elements.item` is a method of the list, not the field of that name.
const fieldOf = (name) => form.elements.namedItem(name);

const chosenKind = () => fieldOf("kind").value;

const chosenCase = () => cases.find((one) => one.case_id === fieldOf("case_id").value);

const fits = (one, kind) => !one.dataset.kinds || one.dataset.kinds.split(" ").includes(kind);

const option = (value, text) => element("option", { value }, text);

// Show what goes with the kind; a field that is hidden is not sent.
function fitKind() {
  const kind = chosenKind();
  for (const one of form.querySelectorAll("[data-kinds]")) {
    if (one.tagName === "OPTION") one.hidden = one.disabled = !fits(one, kind);
    else one.hidden = !fits(one, kind);
  }
  const objective = fieldOf("objective");
  if (objective.selectedOptions[0]?.disabled) objective.value = "";
  fitObjective();
  fieldOf("time_limit_seconds").placeholder = number(limits[kind] ?? limits.dispatch, 0);
  fillScenarios();
  fillBases();
}

// Sites and hours belong to the classical questions.
function fitObjective() {
  const isPlace = chosenKind() === "place";
  const objective = fieldOf("objective").value;
  const shown = { sites: ["cover-most", "median", "center"], within_hours: ["cover-all", "cover-most"] };
  for (const [name, objectives] of Object.entries(shown)) {
    form.querySelector(`[data-field="${name}"]`).hidden = !(isPlace && objectives.includes(objective));
  }
}

function fillScenarios() {
  const field = fieldOf("scenario");
  const kept = field.value || field.dataset.chosen;
  const all = ["explain", "coordination"].includes(chosenKind()) ? [option("", word("new.all"))] : [];
  const own = chosenCase().scenarios.map((one) => option(one.scenario, `${one.scenario} · ${one.name}`));
  fill(field, ...all, ...own);
  if ([...field.options].some((one) => one.value === kept)) field.value = kept;
  fill(fieldOf("item"), option("", word("new.all")), ...chosenCase().items.map((one) => option(one.item, one.name)));
  const gap = chosenCase().gap;
  fieldOf("gap").placeholder = gap === null ? "" : number(gap * 100, 4);
}

const BASE_KINDS = { dispatch: ["place", "plan"], replan: ["dispatch", "plan", "replan"], explain: ["place", "dispatch", "plan", "replan"], coordination: ["place", "dispatch", "plan", "replan"] };

let basesOf = "";

// Finished runs of the case whose plan the kind can start from.
async function fillBases() {
  const kind = chosenKind();
  const field = fieldOf("base_run");
  const wanted = `${kind} ${fieldOf("case_id").value}`;
  if (!(kind in BASE_KINDS) || wanted === basesOf) return;
  basesOf = wanted;
  const kept = field.value || field.dataset.chosen;
  try {
    const answer = await askJson(`/v1/runs?limit=200&case_id=${fieldOf("case_id").value}`);
    if (basesOf !== wanted) return;
    const own = answer.runs.filter((run) => run.has_plan && BASE_KINDS[kind].includes(run.kind));
    const none = kind === "dispatch" ? [option("", word("new.no_base"))] : [];
    fill(field, ...none, ...own.map((run) => option(run.run_id, `${run.number} · ${word(`kind.${run.kind}`)} · ${run.name || run.case_name}${run.scenario ? ` · ${run.scenario}` : ""}`)));
    if ([...field.options].some((one) => one.value === kept)) field.value = kept;
  } catch (error) {
    basesOf = "";
    if (!isRefusal(error)) throw error;
    showFaults([], refusalText(error));
  }
}

// What is shown and filled in, as the API takes it.
function request() {
  const kind = chosenKind();
  const asked = { kind, options: { lang } };
  for (const place of form.querySelectorAll(".field[data-field]")) {
    if (place.hidden || place.parentElement.closest("[hidden]")) continue;
    const field = place.querySelector("input, select");
    const text = field.value.trim();
    if (text === "") continue;
    const value = field.type === "number" ? Number(text) : text;
    if (TOP_FIELDS.includes(field.name)) asked[field.name] = value;
    else asked.options[field.name] = field.name === "gap" ? value / 100 : value;
  }
  if (kind === "replan") asked.changes = changeRows();
  return asked;
}

function clearFaults() {
  faults.hidden = true;
  for (const place of form.querySelectorAll(".fault")) place.hidden = true;
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
}

// A fault stands at its field if it has one here, else on top of the form.
function showFaults(issues, told) {
  const rest = [];
  for (const issue of issues) {
    const name = issue.field.split(".").pop();
    const place = document.getElementById(`${name}-fault`);
    const field = fieldOf(name);
    if (issue.field.startsWith("changes.")) markChange(issue);
    else if (place && field && !place.parentElement.hidden) {
      fill(place, issueText(issue));
      place.hidden = false;
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", place.id);
      place.closest("details")?.setAttribute("open", "");
    } else rest.push(issueText(issue));
  }
  fill(faults, ...(rest.length ? rest : [told]).map((one) => element("p", {}, one)));
  faults.hidden = false;
  (form.querySelector("[aria-invalid]") ?? faults).focus();
}

// What the browser itself finds wrong, in its own words and language.
function ownFaults() {
  return [...form.querySelectorAll(".field:not([hidden]) input")]
    .filter((field) => !field.validity.valid)
    .map((field) => ({ field: field.name, message: field.name ? field.validationMessage : `${field.labels[0].textContent}: ${field.validationMessage}` }));
}

// Who presses twice, or again after a lost connection, gets one run: the same request has the same key.
let sent = { text: "", key: "" };

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearFaults();
  const found = ownFaults();
  if (found.length) return showFaults(found, [word("new.mend")]);
  const asked = request();
  const text = JSON.stringify(asked);
  if (text !== sent.text) sent = { text, key: requestKey() };
  const button = document.getElementById("submit");
  button.disabled = true;
  try {
    const run = await askJson("/v1/runs", { method: "POST", json: asked, headers: { "Idempotency-Key": sent.key } });
    location.assign(`/runs/${run.run_id}`);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    showFaults(error.issues ?? [], error.issues?.length ? [word("new.mend")] : refusalText(error));
  } finally {
    button.disabled = false;
  }
});

for (const radio of form.querySelectorAll('input[name="kind"]')) radio.addEventListener("change", fitKind);
fieldOf("case_id").addEventListener("change", fitKind);
fieldOf("objective").addEventListener("change", fitObjective);
document.getElementById("add-change").addEventListener("click", () => addChange(chosenCase()).focus());
fitKind();
// Before this script is there, the form could only send itself to nowhere.
document.getElementById("submit").disabled = false;

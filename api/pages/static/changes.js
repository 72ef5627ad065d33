// The changes of a re-plan as rows of a form: each kind asks for the columns it needs.

import { element, fill, issueText, word } from "./app.js";

const { change_kinds: KINDS } = JSON.parse(document.getElementById("form-data").textContent);

const place = document.getElementById("changes");

const NUMBERS = ["amount", "from_hours", "to_hours"];

let count = 0;

// Add a row; returns its first field.
export function addChange(ofCase) {
  const id = `change-${++count}`;
  const choices = Object.keys(KINDS).map((kind) => element("option", { value: kind }, word(`change.${kind}`)));
  const kind = element("select", { id: `${id}-kind`, data: { column: "kind" } }, choices);
  const columns = element("div", { class: "fields" });
  const remove = element("button", { type: "button", class: "quiet" }, word("changes.remove"));
  const fault = element("p", { class: "fault", hidden: true });
  const row = element(
    "div",
    { class: "change", role: "group", "aria-label": word("changes.one", { n: count }) },
    element("div", { class: "field" }, element("label", { for: kind.id }, word("changes.kind")), kind),
    columns,
    fault,
    remove,
  );
  const show = () => fill(columns, KINDS[kind.value].map(([name, isNeeded]) => column(id, name, isNeeded, ofCase)));
  kind.addEventListener("change", show);
  remove.addEventListener("click", () => {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (next?.querySelector("select") ?? document.getElementById("add-change")).focus();
  });
  show();
  place.append(row);
  return kind;
}

function column(id, name, isNeeded, ofCase) {
  const known = { item: ofCase.items.map((one) => [one.item, one.name]), fleet: ofCase.fleets.map((one) => [one.fleet, one.name]) }[name];
  // Without names: the form's own fields are found by theirs.
  const given = { id: `${id}-${name}`, data: { column: name }, "aria-required": isNeeded ? "true" : undefined };
  let field;
  if (known) {
    const none = isNeeded ? [] : [element("option", { value: "" }, word("new.all"))];
    field = element("select", given, none, known.map(([value, text]) => element("option", { value }, text)));
  } else if (NUMBERS.includes(name)) {
    field = element("input", { ...given, type: "number", min: "0", step: "any", inputmode: "decimal" });
  } else field = element("input", { ...given, maxlength: "64", autocomplete: "off" });
  const label = isNeeded ? word(`column.${name}`) : `${word(`column.${name}`)} (${word("changes.optional")})`;
  return element("div", { class: "field" }, element("label", { for: given.id }, label), field);
}

// The rows, as rows of the sheet Changes.
export function changeRows() {
  return [...place.children].map((row) => {
    const given = {};
    for (const field of row.querySelectorAll("input, select")) {
      const text = field.value.trim();
      if (text !== "") given[field.dataset.column] = field.type === "number" ? Number(text) : text;
    }
    return given;
  });
}

// Show what the service says of a row.
export function markChange(issue) {
  const row = place.children[Number(issue.field.split(".")[1])];
  const fault = row?.querySelector(".fault");
  if (!fault) return;
  fill(fault, issueText(issue));
  fault.hidden = false;
}

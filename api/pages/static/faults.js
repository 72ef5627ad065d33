// Faults of a workbook: all of them, sheet by sheet, each with its cell and how to mend it.

import { element, hintText, issueText, table, word } from "./app.js";

const COLUMNS = [
  { title: word("fault.cell"), text: (one) => one.cell || "–", class: "code" },
  { title: word("fault.field"), text: (one) => one.field || "–", class: "code" },
  { title: word("fault.value"), text: (one) => one.value || "–", class: "value" },
  {
    title: word("fault.message"),
    class: "long",
    // One child: on a phone each would be a column of its own.
    cell: (one) => element("div", {}, isFault(one) ? null : [element("strong", { class: "warn" }, word("fault.warning")), " "], issueText(one)),
  },
  { title: word("fault.hint"), cell: hintText, class: "long" },
];

const isFault = (issue) => issue.severity !== "warning";

// The tables, one for each sheet; those with faults first, as they stand in the answer.
export function faultTables(issues) {
  const sheets = new Map();
  for (const issue of issues) {
    const name = issue.sheet || word("fault.file");
    sheets.set(name, [...(sheets.get(name) ?? []), issue]);
  }
  return [...sheets].map(([name, found]) => {
    const sorted = [...found.filter(isFault), ...found.filter((issue) => !isFault(issue))];
    return table(word("fault.of_sheet", { sheet: name, n: found.length }), COLUMNS, sorted);
  });
}

// One sentence: how many, in how many sheets.
export function faultCount(issues, total) {
  const faults = issues.filter(isFault).length;
  const sheets = new Set(issues.map((issue) => issue.sheet)).size;
  const told = word("fault.count", { faults, warnings: issues.length - faults, sheets });
  return total > issues.length ? `${told} ${word("fault.more", { n: total - issues.length })}` : told;
}

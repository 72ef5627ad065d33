// Elements made of text only: nothing that comes from data is ever read as markup.

// Make an element. Attributes: `class`, `on` (listeners by event), `data`, properties, attributes.
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    } else if (name === "data") Object.assign(made.dataset, value);
    else if (name === "class") made.className = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

// Put other children into an element.
export const fill = (target, ...children) =>
  target.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));

// A table. Columns: {title, text(row) or cell(row), number, class}. On a phone its rows are cards,
// or, where they are too many for that, it scrolls within itself.
export function table(caption, columns, rows, { asCards = true } = {}) {
  const head = columns.map((one) => element("th", { scope: "col", class: one.number ? "number" : undefined }, one.title));
  const body = rows.map((row) =>
    element(
      "tr",
      {},
      columns.map((one) => {
        const content = one.cell ? one.cell(row) : one.text(row);
        return element("td", { class: one.number ? "number" : one.class, "data-title": one.title }, content);
      }),
    ),
  );
  return element(
    "div",
    { class: "table-box", tabindex: "0", role: "region", "aria-label": caption },
    element("table", { class: asCards ? "cards-when-narrow" : undefined }, element("caption", {}, caption), element("thead", {}, element("tr", {}, head)), element("tbody", {}, body)),
  );
}

// Say something to those who hear the page.
export function announce(text) {
  const place = document.getElementById("announcement");
  // The same words twice are only heard if the place was empty in between.
  place.textContent = "";
  setTimeout(() => {
    place.textContent = text;
  }, 50);
}

// What the service said in English, below what it means.
const inEnglish = (text) => element("span", { class: "in-english", lang: "en" }, text);

// A refusal as children of an element.
export const refusalText = (error) => (error.detail ? [error.message, inEnglish(error.detail)] : [error.message]);

// What is wrong by an issue, and how to mend it, as children of an element.
export const issueText = (issue) => (issue.meaning ? [issue.meaning, inEnglish(issue.message)] : [issue.message]);
export const hintText = (issue) => (issue.meaning && issue.hint ? [inEnglish(issue.hint)] : [issue.hint || "–"]);

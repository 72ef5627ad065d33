// A table that sorts, filters, pages and exports; rows come from a REST route or are at hand.

import { announce, askJson, element } from "./app.js";
import { number, word } from "./view_words.js";

const ON_PAGE = 25;
const AT_ONCE = 1000;
const MOST_ROWS = 20000;
const TYPING_MS = 300;

// Rows of a route, so many at a time; all of them once somebody sorts or searches.
export class RouteRows {
  constructor(address, fixed = {}) {
    this.address = address;
    this.fixed = fixed;
    this.filters = {};
    this.reset();
  }
  reset() {
    this.rows = [];
    this.next = undefined;
    this.total = 0;
  }
  filter(name, value) {
    if (value) this.filters[name] = value;
    else delete this.filters[name];
    this.reset();
  }
  query(more = {}) {
    return `${this.address}?${new URLSearchParams({ ...this.fixed, ...this.filters, ...more })}`;
  }
  get isComplete() {
    return this.next === null;
  }
  // Make sure that so many rows are here.
  async reach(count) {
    while (!this.isComplete && this.rows.length < Math.min(count, MOST_ROWS)) {
      const more = this.next === undefined ? {} : { after: this.next };
      const page = await askJson(this.query({ limit: count > AT_ONCE / 4 ? AT_ONCE : 100, ...more }));
      this.rows.push(...page.rows);
      this.total = page.total;
      this.next = page.next ?? null;
    }
  }
}

// Rows that are here already.
export class HeldRows {
  constructor(rows) {
    Object.assign(this, { rows, total: rows.length, isComplete: true });
  }
  async reach() {}
}

export class TableView {
  // Columns: {key, title, text(row), value(row), number, cell(row)}; filters: {name, title, options}.
  constructor(target, { name, title, columns, filters = [], source, exports = [], empty }) {
    Object.assign(this, { name, columns, source, empty, sorted: null, page: 0, sought: "", asked: 0 });
    this.caption = title;
    this.status = element("p", { class: "note", role: "status" });
    this.body = element("tbody");
    this.heads = columns.map((column, k) => this.head(column, k));
    this.search = element("input", { type: "search", "aria-label": word("view.find"), placeholder: word("view.find") });
    let timer = 0;
    this.search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => { this.sought = this.search.value.trim().toLowerCase(); this.page = 0; this.show(); }, TYPING_MS);
    });
    const chooser = ({ name: key, title: label, options }) => {
      const select = element("select", { "aria-label": label, on: { change: () => { source.filter(key, select.value); this.page = 0; this.link(); this.show(); } } },
        element("option", { value: "" }, `${label}: ${word("view.all")}`), options.map(([value, text]) => element("option", { value }, text)));
      select.dataset.filter = key;
      return select;
    };
    this.links = exports.map((form) => [form, element("a", { class: "button", download: `${name}.${form}` }, form.toUpperCase())]);
    this.back = element("button", { type: "button", on: { click: () => this.turn(-1) } }, word("view.page_back"));
    this.on = element("button", { type: "button", on: { click: () => this.turn(1) } }, word("view.page_on"));
    target.replaceChildren(
      element("div", { class: "tools" }, filters.map(chooser), this.search, this.links.map(([, link]) => link)),
      element("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": title },
        element("table", { class: "rows" }, element("caption", { class: "unseen" }, title), element("thead", {}, element("tr", {}, this.heads)), this.body)),
      element("div", { class: "buttons" }, this.back, this.on, this.status));
    this.link();
  }

  head(column, k) {
    const cell = element("th", { scope: "col", class: column.number ? "number" : null });
    if (column.cell) cell.textContent = column.title;
    else cell.append(element("button", { type: "button", class: "sort", on: { click: () => this.sort(k) } }, column.title));
    return cell;
  }

  link() {
    for (const [form, link] of this.links) link.href = this.source.query({ format: form, lang: document.documentElement.lang });
  }

  sort(k) {
    this.sorted = this.sorted?.k === k ? { k, way: -this.sorted.way } : { k, way: 1 };
    this.page = 0;
    this.heads.forEach((cell, n) => {
      if (n === k) cell.ariaSort = this.sorted.way > 0 ? "ascending" : "descending";
      else cell.removeAttribute("aria-sort");
    });
    return this.show();
  }

  turn(by) {
    this.page = Math.max(0, this.page + by);
    return this.show();
  }

  get needsAll() {
    return this.sorted !== null || this.sought !== "";
  }

  arranged() {
    const told = (row) => this.columns.map((column) => (column.text ? column.text(row) : "")).join("\n").toLowerCase();
    let rows = this.sought ? this.source.rows.filter((row) => told(row).includes(this.sought)) : this.source.rows;
    if (this.sorted) {
      const { value, text } = this.columns[this.sorted.k], of = value ?? text, { way } = this.sorted;
      const order = (a, b) => {
        const [left, right] = [of(a), of(b)];
        if (left === null || left === undefined || right === null || right === undefined) return (left ?? null) === null ? 1 : -1;
        return way * (typeof left === "number" ? left - right : String(left).localeCompare(String(right), "zh"));
      };
      rows = [...rows].sort(order);
    }
    return rows;
  }

  async show() {
    const turn = ++this.asked;
    this.body.setAttribute("aria-busy", "true");
    try {
      await this.source.reach(this.needsAll ? MOST_ROWS : (this.page + 1) * ON_PAGE + 1);
    } catch (error) {
      if (turn === this.asked) this.tell(error.message, true);
      return;
    }
    if (turn !== this.asked) return;
    const rows = this.arranged(), total = this.needsAll ? rows.length : this.source.total;
    this.page = Math.min(this.page, Math.max(0, Math.ceil(total / ON_PAGE) - 1));
    const first = this.page * ON_PAGE, own = rows.slice(first, first + ON_PAGE);
    this.body.replaceChildren(...own.map((row) => this.line(row)));
    this.body.removeAttribute("aria-busy");
    this.back.disabled = this.page === 0;
    this.on.disabled = first + ON_PAGE >= total;
    let text = total ? word("view.rows", { first: first + 1, last: first + own.length, total: number(total) }) : this.empty ?? word("view.no_rows");
    if (this.needsAll && !this.source.isComplete) text += ` ${word("view.rows_cut", { most: number(MOST_ROWS) })}`;
    this.tell(text);
    announce(`${this.caption}: ${text}`);
  }

  tell(text, isBad = false) {
    this.status.textContent = text;
    this.status.classList.toggle("bad", isBad);
    this.body.removeAttribute("aria-busy");
  }

  line(row) {
    return element("tr", {}, this.columns.map((column) =>
      element("td", { class: [column.number ? "number" : "", column.long ? "long" : ""].join(" ").trim() || null, "data-title": column.title }, column.cell ? column.cell(row) : column.text(row))));
  }
}

// Changes that were clicked together: sentences, figures to set, and the re-plan they are for.

import { announce, ask, askJson, element, fill, hintText, issueText, refusalText, requestKey, withMeanings } from "./app.js";
import { clock, districtName, fleetName, itemName, number, warehouseName, word, wordOf } from "./view_words.js";

const LOOK_MS = 700;
const WAIT_MS = 12000;

// What can be set of a kind: the word before the figure, its least value and step.
const FIGURES = { vehicle_lost: [1, 1], trip_late: [0, 0.5], signature_late: [0, 0.5], road_slow: [1, 0.1] };

// A change as a sentence, in the language of the page; those of earlier re-plans as well.
export function sentence(change) {
  const place = change.kind === "road_closed" ? `view.told.road_closed${change.warehouse ? "_from" : ""}${change.district ? "_into" : ""}` : `view.told.${change.kind}`;
  const figures = {
    warehouse: change.warehouse ? warehouseName(change.warehouse) : "", district: change.district ? districtName(change.district) : "",
    fleet: change.fleet ? fleetName(change.fleet) : "", item: change.item ? itemName(change.item) : "", trip: change.trip ?? "",
    procedure: change.procedure ?? "", step: change.step ?? "", amount: number(change.amount, 2), clock: change.amount === undefined ? "" : clock(change.amount),
  };
  const hours = change.kind !== "road_closed" || (change.from_hours ?? change.to_hours) === undefined ? "" : ` ${word("view.told.hours", { from: change.from_hours ?? "", to: change.to_hours ?? "" })}`;
  return `${wordOf("", place) === place ? change.kind : word(place, figures)}${hours}`;
}

// One change from outside: is it the same thing as another?
const same = (one, other) => ["kind", "warehouse", "district", "fleet", "trip", "procedure", "step"].every((name) => (one[name] ?? null) === (other[name] ?? null));

export class Tray {
  constructor(target, run, view) {
    Object.assign(this, { run, view, target, changes: [], faults: [] });
    this.kept = `allocator.changes.${run}`;
    this.atHours = element("input", { type: "number", min: "0", step: "0.5", id: "at-hours", required: true });
    this.clock = element("span", { class: "note" });
    this.list = element("ol", { class: "changes" });
    this.problem = element("p", { class: "problem", role: "alert", hidden: true });
    this.submitButton = element("button", { type: "submit", class: "main" }, word("view.replan"));
    this.form = element("form", { class: "tray panel", "aria-label": word("view.tray"), hidden: true },
      element("h2", {}, word("view.tray")), this.list, this.problem,
      element("div", { class: "buttons" }, element("label", { for: "at-hours" }, word("view.at_hours")), this.atHours, this.clock, this.submitButton,
        element("button", { type: "button", on: { click: () => this.clear() } }, word("view.tray_clear"))),
      element("p", { class: "note" }, word("view.tray_note")));
    target.append(this.form);
    this.atHours.addEventListener("input", () => this.tellClock());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
  }

  begin(scenario, part, hour) {
    const isOther = this.scenario !== undefined && this.scenario !== scenario;
    this.scenario = scenario;
    this.atHours.value ||= Math.max(this.view.replan.at_hours ?? 0, hour ?? part.order_hours);
    if (this.scenario !== undefined && !isOther) this.takeBack();
    // Changes are about the trips of one scenario.
    if (isOther) this.clear();
    this.tellClock();
  }

  showHour(hour) {
    if (hour !== null && !this.changes.length) this.atHours.value = hour;
    this.tellClock();
  }

  tellClock() {
    this.clock.textContent = this.atHours.value === "" ? "" : clock(Number(this.atHours.value));
  }

  add(change) {
    if (!this.changes.some((one) => same(one, change))) this.changes.push({ ...change });
    this.draw();
    announce(word("view.added", { change: sentence(change), count: this.changes.length }));
    this.form.scrollIntoView({ block: "nearest" });
  }

  remove(k) {
    const [gone] = this.changes.splice(k, 1);
    this.faults = [];
    this.draw();
    announce(word("view.removed", { change: sentence(gone), count: this.changes.length }));
    (this.list.querySelector("button") ?? document.querySelector("#result-view h2"))?.focus();
  }

  clear() {
    this.changes = [];
    this.faults = [];
    this.draw();
  }

  draw() {
    this.form.hidden = this.changes.length === 0;
    this.problem.hidden = true;
    this.list.replaceChildren(...this.changes.map((change, k) => this.line(change, k)));
    sessionStorage.setItem(this.kept, JSON.stringify({ scenario: this.scenario, at: this.atHours.value, changes: this.changes }));
  }

  line(change, k) {
    const text = element("span", { class: "sentence" }, sentence(change));
    const [least, step] = FIGURES[change.kind] ?? [];
    const figure = least === undefined ? null : element("input", { type: "number", min: least, step, value: change.amount, "aria-label": word(`view.amount.${change.kind}`), title: word(`view.amount.${change.kind}`),
      on: { input: (event) => { change.amount = event.target.valueAsNumber; text.textContent = sentence(change); } } });
    const own = this.faults.filter((fault) => fault.row === k);
    return element("li", { class: own.length ? "faulty" : null }, text, figure,
      element("button", { type: "button", class: "small", "aria-label": word("view.remove", { change: sentence(change) }), on: { click: () => this.remove(k) } }, word("view.undo")),
      own.map((fault) => element("p", { class: "problem" }, fault.told)));
  }

  // After a visit to another page the tray is as it was.
  takeBack() {
    const kept = JSON.parse(sessionStorage.getItem(this.kept) ?? "null");
    if (kept?.scenario !== this.scenario || !kept.changes.length || this.changes.length) return;
    this.changes = kept.changes;
    this.atHours.value = kept.at;
    this.draw();
  }

  async submit() {
    this.faults = [];
    this.draw();
    this.submitButton.disabled = true;
    const json = { kind: "replan", base_run: this.run, scenario: this.scenario, options: { at_hours: Number(this.atHours.value), lang: document.documentElement.lang === "zh" ? "zh" : "en" },
      changes: this.changes.map((change) => Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined && value !== null))) };
    try {
      const answer = await ask("/v1/runs", { method: "POST", json, headers: { "Idempotency-Key": requestKey() } });
      const made = await answer.json();
      announce(word("view.submitted"));
      this.tell(word("view.submitted"), false);
      await this.follow(made.run_id);
    } catch (error) {
      this.refused(refusalText(error), error.issues ?? []);
    } finally {
      this.submitButton.disabled = false;
    }
  }

  // Stay here until the changes were read: their faults belong beside them.
  async follow(run) {
    const end = Date.now() + WAIT_MS;
    while (Date.now() < end) {
      const now = await askJson(`/v1/runs/${run}`);
      if (now.status === "failed") return this.failed(now.error ?? {});
      if (now.has_plan || now.status !== "queued" && ["solving", "publishing", ""].includes(now.phase) || now.status === "finished") break;
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
    sessionStorage.removeItem(this.kept);
    location.assign(`/runs/${run}`);
    return undefined;
  }

  // The detail repeats the first issue, in English.
  async failed({ detail, issues = [] }) {
    const found = await withMeanings(issues);
    this.refused([found.some((one) => one.meaning) ? word("view.failed") : detail ?? word("view.failed")], found);
  }

  tell(told, isBad = true) {
    this.problem.hidden = false;
    fill(this.problem, told);
    this.problem.classList.toggle("good", !isBad);
  }

  refused(told, issues) {
    this.faults = issues.map((issue) => ({ row: rowOf(issue), told: [...issueText(issue), ...(issue.hint ? [" ", ...hintText(issue)] : [])] }));
    this.draw();
    const others = this.faults.filter((fault) => !(fault.row >= 0 && fault.row < this.changes.length)).flatMap((fault) => [" ", ...fault.told]);
    this.tell([...told, ...others]);
  }
}

// Which of the changes an issue is about, counted from 0; -1 if none.
const rowOf = (issue) => Number(/^\[(\d+)\]/.exec(issue.cell ?? "")?.[1] ?? -1);

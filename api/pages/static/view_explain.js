// Why a need is not met: asked once for the run, shown in place below the row.

import { announce, askJson, element, requestKey } from "./app.js";
import { itemName, number, word, wordOf } from "./view_words.js";

const LOOK_MS = 1500;

export class Explanations {
  constructor(run, lang) {
    Object.assign(this, { run, lang, answered: null });
  }

  // Show the answer in a row of its own below the row that was asked about; again: hide it.
  async show(row, button) {
    const line = button.closest("tr"), shown = line.nextElementSibling;
    if (shown?.classList.contains("answer")) {
      shown.remove();
      button.setAttribute("aria-expanded", "false");
      return;
    }
    button.setAttribute("aria-expanded", "true");
    const cell = element("td", { colspan: String(line.cells.length) }, element("p", { role: "status" }, word("view.asking")));
    line.after(element("tr", { class: "answer" }, cell));
    const tell = (text) => cell.replaceChildren(element("p", { role: "status" }, text));
    try {
      const found = (await this.rows(row)) ?? (await this.asked(row, tell));
      cell.replaceChildren(...answers(found));
      announce(cell.textContent);
    } catch (error) {
      tell(error.message);
    }
  }

  // Rows of the newest explanation of this run; null if nobody has asked about the scenario yet.
  async rows({ scenario, district, item }) {
    const { runs } = await askJson(`/v1/runs?${new URLSearchParams({ kind: "explain", status: "finished", base_run: this.run })}`);
    const own = ["district", "item", "why", "why_not"];
    const isAsked = runs.some((run) => [null, scenario].includes(run.scenario) && own.every((name) => !run.options[name]));
    if (!isAsked) return null;
    return (await askJson(`/v1/runs/${this.run}/explanation?${new URLSearchParams({ scenario, district, item })}`)).rows;
  }

  async asked(row, tell) {
    // Whoever asks meanwhile waits for the same run.
    this.answered ??= this.ask(row.scenario, tell).finally(() => { this.answered = null; });
    await this.answered;
    return (await this.rows(row)) ?? [];
  }

  async ask(scenario, tell) {
    const json = { kind: "explain", base_run: this.run, scenario, options: { lang: this.lang } };
    let run = await askJson("/v1/runs", { method: "POST", json, headers: { "Idempotency-Key": requestKey() } });
    while (!["finished", "failed", "cancelled"].includes(run.status)) {
      tell(word(run.status === "queued" ? "view.explain_queued" : "view.explain_running"));
      await new Promise((done) => setTimeout(done, LOOK_MS));
      run = await askJson(`/v1/runs/${run.run_id}`);
    }
    if (run.status !== "finished") throw new Error(run.error?.detail ?? word("view.explain_failed"));
  }
}

function answers(rows) {
  if (!rows.length) return [element("p", {}, word("view.no_answer"))];
  return rows.map((row) => {
    const lines = [
      ["view.reason", row.reason.split("+").map((one) => wordOf("view.reason.", one.trim())).join(" + ")],
      ["view.repair", row.repair],
      ["view.repair_cost", row.cost_cny === null || row.cost_cny === undefined ? "" : `${number(row.cost_cny)} CNY`],
      ["view.also", (row.also ?? "").split(";").map((one) => wordOf("view.reason.", one.trim())).filter(Boolean).join("; ")],
      ["view.losers", row.losers],
    ].filter(([, text]) => text);
    return element("div", { class: "explained" }, element("p", {}, row.sentence || itemName(row.item)),
      element("dl", {}, lines.flatMap(([key, text]) => [element("dt", {}, word(key)), element("dd", {}, text)])),
      row.is_proven === false ? element("p", { class: "note" }, word("view.not_proven")) : null);
  });
}

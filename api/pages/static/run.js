// The page of one run: its progress as it comes, orders to stop or cancel, and what came out.

import {
  announce,
  askJson,
  connectionBack,
  connectionLost,
  duration,
  element,
  fill,
  fragment,
  isRefusal,
  lang,
  number,
  onConnectionBack,
  percent,
  refusalText,
  repeat,
  requestKey,
  table,
  tolerate,
  word,
  wordOr,
} from "./app.js";
import { drawChart } from "./gap_chart.js";

const LOOK_MS = 2000;
const DRAW_MS = 500;
const MOST_LINES = 500;

const resultView = document.getElementById("result-view");
const outcome = document.getElementById("outcome");
const orders = document.getElementById("orders");
const told = document.getElementById("told");
const state = document.getElementById("state");
const chart = document.getElementById("chart");
const lines = document.getElementById("lines");

const ENDED = ["finished", "failed", "cancelled"];

let run = JSON.parse(document.getElementById("run").textContent);
const isPlanless = ["explain", "coordination"].includes(run.kind);

const isOver = () => ENDED.includes(run.status);

const address = `/v1/runs/${run.run_id}`;

// -- how it stands

const stageWord = (stage) => wordOr(`stage.${stage}`, stage);

function stateText() {
  if (run.status === "finished") return wordOr(`outcome.${run.outcome}`, word("status.finished"));
  if (run.status === "running" && run.phase) return `${word("status.running")} · ${wordOr(`phase.${run.phase}`, run.phase)}`;
  return word(`status.${run.status}`);
}

function toldText() {
  if (run.status === "queued") return word("run.waits");
  const parts = [];
  if (run.started_at) {
    const end = run.finished_at ? Date.parse(run.finished_at) : Date.now();
    parts.push(word(run.finished_at ? "run.took" : "run.since", { time: duration((end - Date.parse(run.started_at)) / 1000) }));
  }
  if (run.attempts > 1) parts.push(word("run.attempt", { n: run.attempts }));
  if (!isOver() && run.is_cancel_asked) parts.push(word("run.cancel_asked"));
  else if (!isOver() && run.stops_asked) parts.push(word("run.stop_asked"));
  return parts.join(" · ");
}

function show() {
  const text = stateText();
  if (state.textContent !== text) {
    state.textContent = text;
    state.className = `state ${run.status}`;
  }
  told.textContent = toldText();
  if (orders) {
    orders.hidden = isOver();
    document.getElementById("stop").disabled = run.status !== "running" || run.stops_asked > 0;
    document.getElementById("cancel").disabled = run.is_cancel_asked;
  }
}

// -- news

const points = [];

// Latest news of each part.
const latest = new Map();

let drawing = 0;

// Great values need no fractions.
const value = (figure) => number(figure, Math.abs(figure) >= 1000 ? 0 : 4);

const PART_COLUMNS = [
  { title: word("run.part"), text: ([part]) => wordOr(`part.${part}`, part) },
  { title: word("run.stage"), text: ([, one]) => stageWord(one.stage) },
  { title: word("run.incumbent"), number: true, text: ([, one]) => value(one.incumbent) },
  { title: word("run.bound"), number: true, text: ([, one]) => value(one.bound) },
  { title: word("run.gap"), number: true, text: ([, one]) => percent(one.gap) },
  { title: word("run.seconds"), number: true, text: ([, one]) => number(one.seconds, 1) },
];

// Many events come at once when a page is opened: draw them together.
function drawSoon() {
  if (drawing) return;
  drawing = setTimeout(() => {
    drawing = 0;
    fill(document.getElementById("parts"), latest.size ? table(word("run.parts"), PART_COLUMNS, [...latest].reverse(), { asCards: false }) : null);
    drawChart(chart, points);
  }, DRAW_MS);
}

function hearProgress(body) {
  const start = Date.parse(run.started_at ?? body.at);
  points.push({ part: wordOr(`part.${body.part}`, body.part), stage: stageWord(body.stage), at: Math.max(0, (Date.parse(body.at) - start) / 1000), gap: body.gap });
  latest.delete(body.part);
  latest.set(body.part, body);
  drawSoon();
}

function addLine(at, text) {
  lines.append(element("li", {}, element("time", { datetime: at }, at.slice(11, 19)), " ", text));
  while (lines.children.length > MOST_LINES) lines.firstElementChild.remove();
}

let heard = 0;
let stream = null;

// Hear the events; the browser connects again by itself where it can, and we where it gives up.
function listen() {
  stream?.close();
  stream = new EventSource(`${address}/events?after=${heard}`);
  const on = (kind, listener) =>
    stream.addEventListener(kind, (event) => {
      const id = Number(event.lastEventId);
      if (id <= heard) return;
      heard = id;
      listener(JSON.parse(event.data));
    });
  stream.addEventListener("open", connectionBack);
  stream.addEventListener("error", () => {
    if (isOver()) stream.close();
    else if (stream.readyState === EventSource.CLOSED || !navigator.onLine) connectionLost();
  });
  on("progress", hearProgress);
  on("log", (body) => addLine(body.at, body.line));
  on("plan", () => {
    announce(word("run.first_plan"));
    tolerate(look());
  });
  on("status", (body) => {
    addLine(body.at, body.why ? `${word(`status.${body.status}`)}: ${body.why}` : word(`status.${body.status}`));
    if (ENDED.includes(body.status)) stream.close();
    else if (body.status === "running") points.length = 0;
    if (!isOver()) tolerate(look());
  });
}

// A stream holds one of the few connections that a browser has: only while the page is looked at.
function listenWhileSeen() {
  if (isOver()) return;
  if (document.hidden) stream?.close();
  else listen();
}

// -- what came out

let shownPlan = run.has_plan ? run.plan_digest : null;

async function showOutcome() {
  await fragment(`/runs/${run.run_id}/outcome`, outcome);
  await showResult();
  await showExplanations();
}

// The result view is a module of its own, loaded once there is a plan: it mounts itself, and hears
// of later plans by the event `plan`.
async function showResult() {
  if (!run.has_plan || isPlanless) return;
  if (!resultView.dataset.shown) {
    resultView.dataset.shown = "yes";
    await import("./result.js");
  } else resultView.dispatchEvent(new CustomEvent("plan", { detail: run }));
}

// Ask how the run stands, and show what is new; one after the other.
let looking = Promise.resolve();

const look = () => (looking = looking.then(lookNow, lookNow));

async function lookNow() {
  const before = run.status;
  run = await askJson(address);
  show();
  const hasNewPlan = run.has_plan && run.plan_digest !== shownPlan;
  if (hasNewPlan || (before !== run.status && isOver())) {
    shownPlan = run.plan_digest;
    await showOutcome();
  }
  if (before !== run.status) {
    announce(word("run.now", { state: stateText() }));
    // What was reported last is not what came out: it steps back behind the outcome.
    if (isOver()) document.getElementById("course").open = false;
    // Who waits with the keyboard on the orders, which are gone now, goes on with the outcome.
    if (isOver() && (document.activeElement === document.body || orders?.contains(document.activeElement))) outcome.querySelector("h2")?.focus();
  }
  return isOver() ? 0 : LOOK_MS;
}

// -- orders

const confirmation = document.getElementById("confirm");

function confirmed(what) {
  document.getElementById("confirm-title").textContent = word(`confirm.${what}`);
  document.getElementById("confirm-text").textContent = word(`confirm.${what}_text`);
  document.getElementById("confirm-yes").textContent = word(`confirm.${what}_yes`);
  confirmation.returnValue = "no";
  confirmation.showModal();
  return new Promise((resolve) => {
    confirmation.addEventListener("close", () => resolve(confirmation.returnValue === "yes"), { once: true });
  });
}

async function order(what, given, path) {
  if (!(await confirmed(what))) return;
  try {
    run = await askJson(path, given);
    announce(word(`run.${what}_asked`));
    show();
    await look();
  } catch (error) {
    refuse(error);
  }
}

function refuse(error) {
  if (!isRefusal(error)) throw error;
  fill(told, refusalText(error));
  announce(error.message);
}

if (orders) {
  document.getElementById("stop").addEventListener("click", () => order("stop", { method: "POST" }, `${address}/stop`));
  document.getElementById("cancel").addEventListener("click", () => order("cancel", { method: "DELETE" }, address));
}

outcome.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-do='explain'], [data-do='coordination']");
  if (!button) return;
  button.disabled = true;
  try {
    const asked = { kind: button.dataset.do, base_run: run.run_id, options: { lang } };
    const made = await askJson("/v1/runs", { method: "POST", json: asked, headers: { "Idempotency-Key": requestKey() } });
    location.assign(`/runs/${made.run_id}`);
  } catch (error) {
    button.disabled = false;
    refuse(error);
  }
});

// What was asked about this plan before.
async function showExplanations() {
  const place = document.getElementById("explanations");
  if (!place || isPlanless) return;
  const kinds = ["explain", "coordination"];
  const answers = await Promise.all(kinds.map((kind) => askJson(`/v1/runs?kind=${kind}&base_run=${run.run_id}&limit=5`)));
  const runs = answers.flatMap((answer) => answer.runs);
  if (!runs.length) return;
  const links = runs.map((one) => element("li", {}, element("a", { href: `/runs/${one.run_id}` }, `#${one.number} ${word(`kind.${one.kind}`)}`), ` ${word(`status.${one.status}`)}`));
  fill(place, element("h3", {}, word("run.explanations")), element("ul", {}, links));
}

show();
listen();
tolerate(showResult());
tolerate(showExplanations());
if (!isOver()) {
  repeat(look);
  document.addEventListener("visibilitychange", listenWhileSeen);
  onConnectionBack(listenWhileSeen);
}

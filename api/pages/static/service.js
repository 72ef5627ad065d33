// Requests to the REST routes: problems as errors, a notice while there is no connection.

import { announce } from "./elements.js";
import { lang, word } from "./words.js";

const AGAIN_MS = 3000;

// An answer that is a problem document. Its message is in the language of the page; where that is
// what the code means, `detail` is what the service said in English.
export class ProblemError extends Error {
  constructor(status, problem, meaning, issues) {
    const detail = problem.detail || problem.title || `${status}`;
    super(meaning || detail);
    this.detail = meaning ? detail : "";
    this.status = status;
    this.code = problem.code || "";
    this.issues = issues;
    this.total = problem.issues_total ?? this.issues.length;
  }
}

// No answer at all.
export class ConnectionError extends Error {}

// Whether an error is for people: a problem that the service names, or no connection.
export const isRefusal = (error) => error instanceof ProblemError || error instanceof ConnectionError;

// Wait for something that may be refused where nothing depends on it.
export async function tolerate(promise) {
  try {
    await promise;
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
}

let isLost = false;

const waiting = new Set();

// Show that the service does not answer, and look for it until it does.
export function connectionLost() {
  if (isLost) return;
  isLost = true;
  const notice = document.getElementById("connection");
  notice.textContent = word("connection.lost");
  notice.hidden = false;
  setTimeout(look, AGAIN_MS);
}

export function connectionBack() {
  if (!isLost) return;
  isLost = false;
  document.getElementById("connection").hidden = true;
  announce(word("connection.back"));
  for (const listener of waiting) listener();
}

// Call a listener each time the connection is back.
export const onConnectionBack = (listener) => waiting.add(listener);

async function look() {
  if (!isLost) return;
  try {
    const answer = await fetch("/health", { cache: "no-store" });
    if (answer.ok) return connectionBack();
  } catch {
    // Still away.
  }
  setTimeout(look, AGAIN_MS);
}

// Who is not logged in any more goes to the log-in page and comes back.
function logIn() {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

let asked = null;

// What codes of problems and issues mean, in the language of the page: the service itself speaks
// English. It is asked for once, when something is refused.
async function meanings() {
  const none = { problems: {}, issues: {} };
  if (lang === "en") return none;
  asked ??= fetch(`/problem-words/${lang}`).then((answer) => (answer.ok ? answer.json() : Promise.reject(new TypeError())));
  try {
    return await asked;
  } catch {
    // The service's own words must do.
    asked = null;
    return none;
  }
}

// Issues, each with what its code means where the page does not speak English.
export async function withMeanings(issues) {
  if (!issues.length) return issues;
  const known = (await meanings()).issues;
  return issues.map((one) => ({ ...one, meaning: known[one.code] ?? "" }));
}

// The problem of an answer, whatever stands in it.
export async function problemOf(status, text) {
  if (status === 401) logIn();
  let problem = {};
  try {
    problem = JSON.parse(text);
  } catch {
    problem = { detail: word("problem.unreadable", { status }) };
  }
  const meaning = problem.code ? (await meanings()).problems[problem.code] : "";
  return new ProblemError(status, problem, meaning, await withMeanings(problem.issues ?? []));
}

// Send a request and return the answer; `json` is a body to be sent as JSON.
export async function ask(address, { json, headers = {}, ...more } = {}) {
  const given = { ...more, headers: { Accept: "application/json", ...headers } };
  if (json !== undefined) {
    given.body = JSON.stringify(json);
    given.headers["Content-Type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(address, given);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    connectionLost();
    throw new ConnectionError(word("connection.lost"));
  }
  connectionBack();
  if (!answer.ok) throw await problemOf(answer.status, await answer.text());
  return answer;
}

// Put a piece of a page, made by the service, into an element; its scripts, if any, do not run.
export async function fragment(address, target) {
  const answer = await ask(address, { headers: { Accept: "text/html, application/problem+json" } });
  // A page that asks for a log-in is no piece of this one.
  if (answer.redirected) return logIn();
  const made = new DOMParser().parseFromString(await answer.text(), "text/html");
  target.replaceChildren(...made.body.childNodes);
}

export const askJson = async (address, given) => (await ask(address, given)).json();

// A word for Idempotency-Key; randomUUID is missing where the page comes without TLS.
export function requestKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Call again and again while the page can be seen, after as many milliseconds as the call says.
export function repeat(call) {
  let timer = 0;
  let isAtWork = false;
  const turn = async () => {
    clearTimeout(timer);
    if (document.hidden || isAtWork) return;
    isAtWork = true;
    let pause = AGAIN_MS;
    try {
      pause = await call();
    } catch (error) {
      if (!isRefusal(error)) throw error;
    } finally {
      isAtWork = false;
      if (pause > 0) timer = setTimeout(turn, pause);
    }
  };
  document.addEventListener("visibilitychange", turn);
  onConnectionBack(turn);
  turn();
  return turn;
}

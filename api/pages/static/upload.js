// A workbook from the disk to a case: by choice or by dropping it; faults in a table, a copy with red cells.

import {
  ConnectionError,
  ProblemError,
  announce,
  ask,
  askJson,
  connectionBack,
  connectionLost,
  element,
  fill,
  fragment,
  isRefusal,
  problemOf,
  refusalText,
  requestKey,
  word,
} from "./app.js";
import { faultCount, faultTables } from "./faults.js";

const input = document.getElementById("file");
const drop = document.getElementById("drop");
const answer = document.getElementById("upload-answer");
const progress = document.getElementById("upload-progress");
const bar = document.getElementById("upload-bar");
const phase = document.getElementById("upload-phase");

const MOST_MB = Number(input.dataset.mostMb);

let isBusy = false;

// Send with XMLHttpRequest: fetch says nothing of how much has left.
function send(file, key) {
  const form = new FormData();
  form.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/cases");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Idempotency-Key", key);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total;
    });
    request.upload.addEventListener("load", () => {
      bar.removeAttribute("value");
      phase.textContent = word("upload.checking");
    });
    request.addEventListener("error", () => {
      connectionLost();
      reject(new ConnectionError(word("upload.broken")));
    });
    request.addEventListener("load", () => {
      connectionBack();
      if (request.status === 201) resolve(JSON.parse(request.responseText));
      else problemOf(request.status, request.responseText).then(reject, reject);
    });
    request.send(form);
  });
}

async function upload(file, key = requestKey()) {
  if (isBusy) return;
  if (file.size > MOST_MB * 1e6) return refuse([word("upload.too_large", { mb: MOST_MB })]);
  isBusy = true;
  fill(answer);
  bar.value = 0;
  phase.textContent = word("upload.sending", { name: file.name });
  progress.hidden = false;
  announce(phase.textContent);
  try {
    await showCase(answer, await send(file, key));
  } catch (error) {
    if (error instanceof ProblemError && error.code === "faults_in_data") showFaults(file, error);
    else if (error instanceof ConnectionError) {
      const again = element("button", { type: "button", on: { click: () => upload(file, key) } }, word("upload.again"));
      refuse([error.message], again);
    } else if (error instanceof ProblemError) refuse(refusalText(error));
    else throw error;
  } finally {
    isBusy = false;
    progress.hidden = true;
  }
}

function refuse(told, ...more) {
  fill(answer, element("div", { class: "bad-notice", role: "alert" }, element("p", {}, told), more));
}

// Show the card of a case that was kept, and go on from there.
async function showCase(place, kept) {
  await fragment(`/cases/${kept.case_id}/card`, place);
  place.querySelector("h2").focus();
  announce(word("case.ready", { number: kept.number }));
  document.dispatchEvent(new Event("case-kept"));
}

function showFaults(file, problem) {
  const told = faultCount(problem.issues, problem.total);
  const heading = element("h3", { tabindex: "-1" }, word("fault.title", { name: file.name }));
  const buttons = element("div", { class: "buttons" });
  if (file.name.toLowerCase().endsWith(".xlsx")) {
    const click = (event) => annotated(file, event.currentTarget, buttons);
    buttons.append(element("button", { type: "button", class: "main", id: "annotated", on: { click } }, word("fault.annotated")));
  }
  fill(
    answer,
    element("div", { class: "bad-notice" }, heading, element("p", {}, told), element("p", { class: "note" }, word("fault.nothing_kept")), buttons),
    element("div", { class: "faults" }, faultTables(problem.issues)),
  );
  heading.focus();
  announce(told);
}

// Fetch the copy of the workbook with red cells and hand it to the browser.
async function annotated(file, button, place) {
  button.disabled = true;
  try {
    const form = new FormData();
    form.append("file", file);
    const got = await ask("/v1/validate?annotated=true", { method: "POST", body: form, headers: { Accept: "*/*" } });
    const address = URL.createObjectURL(await got.blob());
    element("a", { href: address, download: file.name.replace(/(\.xlsx)?$/i, "_faults.xlsx") }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    place.append(element("p", { role: "alert" }, refusalText(error)));
  } finally {
    button.disabled = false;
  }
}

function take() {
  const [file] = input.files;
  if (file) upload(file);
  // Else the same file, mended, could not be chosen again.
  input.value = "";
}

input.addEventListener("change", take);

for (const event of ["dragenter", "dragover"]) {
  drop.addEventListener(event, (happened) => {
    happened.preventDefault();
    drop.classList.add("over");
  });
}

for (const event of ["dragleave", "drop"]) drop.addEventListener(event, () => drop.classList.remove("over"));

drop.addEventListener("drop", (happened) => {
  happened.preventDefault();
  const [file] = happened.dataTransfer.files;
  if (file) upload(file);
});

// A file dropped beside the field must not replace the page.
for (const event of ["dragover", "drop"]) window.addEventListener(event, (happened) => happened.preventDefault());

for (const form of document.querySelectorAll("form.dataset")) {
  const place = document.getElementById("dataset-answer");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    fill(place, element("p", { role: "status" }, word("datasets.making", { name: form.dataset.name })));
    try {
      const settings = Object.fromEntries(new FormData(form));
      const address = `/v1/datasets/${encodeURIComponent(form.dataset.name)}/cases`;
      await showCase(place, await askJson(address, { method: "POST", json: { settings }, headers: { "Idempotency-Key": requestKey() } }));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      fill(place, element("p", { class: "bad-notice", role: "alert" }, refusalText(error)));
    } finally {
      button.disabled = false;
    }
  });
  // Before this script is there, the form could only send itself to nowhere.
  form.querySelector("button").disabled = false;
}

// Who was quicker than this script has chosen already.
take();

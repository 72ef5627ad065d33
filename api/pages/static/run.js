// The page of one run.

const RESULT_VIEW = document.getElementById("result-view");

// The result view is a module of its own, loaded once there is a plan: it mounts itself.
async function showResult() {
  if (RESULT_VIEW.dataset.shown) return;
  RESULT_VIEW.dataset.shown = "yes";
  await import("./result.js");
}

if (JSON.parse(document.getElementById("run").textContent).has_plan) showResult();

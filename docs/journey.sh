#!/usr/bin/env bash
# The whole journey through the REST API with curl, on the real Jishishan earthquake:
# template, an upload with faults, the corrected upload, a run with its progress, the trips of one
# warehouse, a re-plan with a closed road, a comparison.
#
#   allocator serve &                                   in another terminal
#   bash docs/journey.sh http://127.0.0.1:8000 journey  files go into the folder journey
#
# KEY=...      API key, where the service asks for one
# SECONDS_TO_SOLVE=20   time limit of each solve
# PYTHON=...   an interpreter with openpyxl, to spoil and mend a cell (default .venv/bin/python)
set -euo pipefail

service=${1:-http://127.0.0.1:8000}
folder=${2:-journey}
limit=${SECONDS_TO_SOLVE:-20}
python=${PYTHON:-.venv/bin/python}
workbook='application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
mkdir -p "$folder"

say() { printf '\n== %s\n' "$*"; }

# ask METHOD PATH [curl options]: the answer's body; stops at a status of 400 or more.
ask() {
  local method=$1 path=$2
  shift 2
  curl --silent --show-error --fail-with-body --request "$method" \
    ${KEY:+--header "Authorization: Bearer $KEY"} "$@" "$service$path"
}

# pick NAME...: one value out of the JSON document on standard input.
pick() {
  "$python" -c 'import json, sys
found = json.load(sys.stdin)
for name in sys.argv[1:]:
    found = found[int(name) if name.isdigit() else name]
print(found)' "$@"
}

post() {
  local path=$1 body=$2
  shift 2
  ask POST "$path" --header 'Content-Type: application/json' --data "$body" "$@"
}

# wait_for RUN: follows the events of a run until it is over, one line for each.
wait_for() {
  ask GET "/v1/runs/$1/events" --no-buffer | sed -n 's/^data: /   /p'
  local status
  status=$(ask GET "/v1/runs/$1" | pick status)
  [ "$status" = finished ] || { printf 'run %s is %s\n' "$1" "$status" >&2; exit 1; }
}

say 'an empty template, and the Jishishan case as a workbook'
ask GET '/v1/template?lang=zh' --output "$folder/template.xlsx"
ask GET /v1/datasets/jishishan --header "Accept: $workbook" --output "$folder/case.xlsx"

say 'an upload with a fault: every fault is named with sheet and cell, and nothing is kept'
"$python" - "$folder/case.xlsx" "$folder/faulty.xlsx" <<'PYTHON'
import sys

from openpyxl import load_workbook

book = load_workbook(sys.argv[1])
sheet = book["Scenario_Demand"]
headers = [cell.value for cell in sheet[1]]
sheet.cell(3, headers.index("demand_units") + 1).value = -3
book.save(sys.argv[2])
PYTHON
ask POST /v1/cases --form "file=@$folder/faulty.xlsx" | pick issues 0 message || true
ask POST '/v1/validate?annotated=true' --form "file=@$folder/faulty.xlsx" \
  --output "$folder/annotated.xlsx"

say 'the corrected upload'
case_id=$(ask POST /v1/cases --form "file=@$folder/case.xlsx" \
  --header 'Idempotency-Key: journey-case' | pick case_id)
echo "case $case_id"

say 'a run, and its progress until it is over'
run=$(post /v1/runs "{\"kind\": \"dispatch\", \"case_id\": \"$case_id\",
  \"scenario\": \"jishishan2023\", \"options\": {\"time_limit_seconds\": $limit}}" | pick run_id)
wait_for "$run"

say 'the trips of one warehouse, for people and for a spreadsheet'
ask GET "/v1/runs/$run/trips?limit=1" >"$folder/trip.json"
warehouse=$(pick rows 0 warehouse <"$folder/trip.json")
district=$(pick rows 0 district <"$folder/trip.json")
ask GET "/v1/runs/$run/trips?warehouse=$warehouse&limit=3" | pick total
ask GET "/v1/runs/$run/trips?warehouse=$warehouse&limit=1000" --header 'Accept: text/csv' \
  --output "$folder/trips_$warehouse.csv"
ask GET "/v1/runs/$run/shortages" --output "$folder/shortages.json"

say "a re-plan at hour 14: the road from $warehouse to $district is closed"
again=$(post /v1/runs "{\"kind\": \"replan\", \"base_run\": \"$run\",
  \"options\": {\"at_hours\": 14, \"time_limit_seconds\": $limit},
  \"changes\": [{\"kind\": \"road_closed\", \"warehouse\": \"$warehouse\",
  \"district\": \"$district\"}]}" | pick run_id)
wait_for "$again"
ask GET "/v1/runs/$again/plan" --output "$folder/replan.json"
ask GET "/v1/runs/$again/plan" --header "Accept: $workbook" --output "$folder/replan.xlsx"

say 'a comparison of the two'
comparison=$(post /v1/comparisons "{\"runs\": [\"$run\", \"$again\"]}" | pick comparison_id)
ask GET "/v1/comparisons/$comparison" --output "$folder/comparison.json"
ask GET "/v1/comparisons/$comparison" --header "Accept: $workbook" \
  --output "$folder/comparison.xlsx"
"$python" - "$folder/comparison.json" <<'PYTHON'
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)["document"]
for kpi in document["kpis"][:8]:
    print(f"   {kpi['name']}: {kpi['base']} -> {kpi['other']}")
PYTHON

say "done; the files are in $folder"

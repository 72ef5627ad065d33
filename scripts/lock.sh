#!/usr/bin/env bash
# Writes requirements.lock anew from pyproject.toml: every package the product, the check and the
# build need, pinned, with the hashes of all its files, for Linux, macOS and Windows and every
# Python from 3.11 on. Only releases that are at least a week old are taken, and no index address
# is written. A pin that still fits is kept; `scripts/lock.sh --upgrade` moves all to the newest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bin=${VENV:-.venv}/bin
if command -v uv >/dev/null 2>&1; then
  uv=uv
else
  [ -x "$bin/uv" ] || "$bin/python" -m pip install --quiet --disable-pip-version-check uv
  uv=$bin/uv
fi

body=$(mktemp)
trap 'rm -f "$body"' EXIT
if [ -f requirements.lock ]; then
  cp requirements.lock "$body"
fi
"$uv" pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
  --fork-strategy fewest --only-binary :all: --exclude-newer '1 week' \
  --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet \
  --output-file "$body" "$@" >/dev/null
{
  printf '%s\n' '# Made by `make lock` from pyproject.toml; do not edit by hand.'
  grep -v '^#' "$body"
} >requirements.lock
printf 'lock: requirements.lock has %d packages\n' "$(grep -c '==' requirements.lock)"

#!/usr/bin/env bash
# The one check: format, lint, types, import direction, tests. Stops at the first failure.
#
# `scripts/check.sh` runs all; `scripts/check.sh lint` leaves the tests out.
# VENV=... the environment (default .venv), PYTEST_WORKERS=... test processes (default 2),
# PYTEST_ARGS=... more words for pytest.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

purpose=${1:-all}
bin=${VENV:-.venv}/bin

case $purpose in
  all | lint) ;;
  *)
    printf "check: unknown purpose '%s': all or lint\n" "$purpose" >&2
    exit 2
    ;;
esac

step() {
  local name=$1 begun=$SECONDS status
  shift
  printf 'check: %s ...\n' "$name"
  "$@"
  status=$?
  if [ "$status" -ne 0 ]; then
    printf 'check FAILED at: %s (exit code %d). Again, alone: %s\n' "$name" "$status" "$*" >&2
    exit "$status"
  fi
  printf 'check: %s passed (%d s)\n' "$name" "$((SECONDS - begun))"
}

step 'format' "$bin/ruff" format --check .
step 'lint' "$bin/ruff" check .
step 'types' "$bin/mypy"
step 'import direction' "$bin/lint-imports"
if [ "$purpose" = all ]; then
  # shellcheck disable=SC2086  # PYTEST_ARGS is a list of words
  step 'tests' "$bin/python" -m pytest -n "${PYTEST_WORKERS:-2}" ${PYTEST_ARGS:-}
fi
printf 'check: all passed (%d s)\n' "$SECONDS"

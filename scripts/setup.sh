#!/usr/bin/env bash
# Makes the virtual environment ready: `scripts/setup.sh demo` or `scripts/setup.sh test`.
#
# Python packages come from requirements.lock, each checked against its hash; the project itself
# is installed editable. Nothing is done when nothing changed since the last run. What pictures
# and browser tests need beyond Python is asked of apt-get where that is possible; where it is
# not, one sentence says what is missing and the rest goes on.
#
# PYTHON=...            the interpreter to build the environment with (3.11 or newer)
# VENV=...              where the environment goes (default .venv)
# ALLOCATOR_NO_APT=1    never call apt-get
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

purpose=${1:-test}
venv=${VENV:-.venv}
stamp=$venv/.setup-stamp
log=$venv/setup.log
apt_log=$venv/setup-apt.log
started=$SECONDS

say() { printf 'set-up: %s\n' "$*"; }
fail() { printf 'set-up failed: %s\n' "$*" >&2; exit 1; }

# Two makes at once must not write one environment together. The lock is taken on the directory
# of this script, so nothing is left behind.
if command -v flock >/dev/null 2>&1; then
  exec 9<scripts
  flock -n 9 || { say 'another set-up is running here, waiting for it'; flock 9; }
fi

can_apt() {
  [ -z "${ALLOCATOR_NO_APT:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1
}

# Short network time-outs, because a machine without a network should not wait long; dpkg
# itself is never interrupted.
apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Acquire::Retries=1 \
    -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -o DPkg::Lock::Timeout=120 "$@" \
    </dev/null
}

# --- the interpreter -------------------------------------------------------------------------

is_new_enough() {
  [ "$("$1" -c 'import sys; print(sys.version_info >= (3, 11))' 2>/dev/null)" = True ]
}

find_python() {
  local candidate
  if [ -n "${PYTHON:-}" ]; then
    is_new_enough "$PYTHON" || fail "PYTHON=$PYTHON is not a Python 3.11 or newer"
    printf '%s\n' "$PYTHON"
    return
  fi
  for candidate in python3 python3.11 python3.12 python3.13 python3.14 python; do
    if is_new_enough "$candidate"; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  fail 'no Python 3.11 or newer was found. Maybe install one, or name it: make PYTHON=/path/to/python3.11 ...'
}

version_of() {
  "$1" -c 'import sys, platform; print(platform.python_version(), platform.machine())' 2>/dev/null
}

place_of() { (cd "$1" && pwd -P); }

# An environment whose making was broken off has no working pip, and one whose checkout was moved
# has scripts that name the old place: both are made again.
is_whole_venv() {
  is_new_enough "$venv/bin/python" || return 1
  [ ! -f "$venv/.place" ] || [ "$(cat "$venv/.place")" = "$(place_of "$venv")" ] || return 1
  [ -f "$stamp" ] || "$venv/bin/python" -m pip --version >/dev/null 2>&1
}

make_venv() {
  local python=$1 package
  if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    # Debian keeps these two modules in a package of their own.
    package=$("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')
    can_apt || fail "$python has no venv module. Maybe install the package $package"
    say "installing $package"
    { apt update && apt install --no-install-recommends "$package"; } >/dev/null 2>&1 \
      || fail "apt-get could not install $package, without which $python makes no environment"
  fi
  if [ -e "$venv" ]; then
    [ -f "$venv/pyvenv.cfg" ] || fail "$venv is there but is no virtual environment. Maybe move it away"
    rm -rf "$venv"
  fi
  say "making $venv with Python $(version_of "$python")"
  "$python" -m venv "$venv" || fail "$python could not make $venv"
  place_of "$venv" >"$venv/.place"
}

# --- what is wanted from the system ----------------------------------------------------------

has_one_of() {
  local name
  for name in "$@"; do
    command -v "$name" >/dev/null 2>&1 && return 0
  done
  return 1
}

has_cjk_font() {
  if command -v fc-list >/dev/null 2>&1; then
    [ -n "$(fc-list :lang=zh family 2>/dev/null)" ]
  else
    [ -n "$(find /usr/share/fonts /usr/local/share/fonts -iname '*cjk*' -print -quit 2>/dev/null)" ]
  fi
}

# Debian keeps the programs of each version in a folder of their own, outside the path.
has_postgres() {
  has_one_of initdb || [ -n "$(find /usr/lib/postgresql -path '*/bin/initdb' -print -quit 2>/dev/null)" ]
}

missing_packages() {
  has_one_of chromium chromium-browser google-chrome google-chrome-stable || echo chromium
  has_cjk_font || echo fonts-noto-cjk
  if [ "$purpose" = test ]; then
    has_one_of soffice libreoffice || echo libreoffice-calc
    has_one_of pdftoppm || echo poppler-utils
    has_postgres || echo postgresql
  fi
}

install_system_packages() {
  local package
  apt update || true
  for package in "$@"; do
    # One at a time: a package this system does not have must not keep the others out.
    apt install --no-install-recommends "$package" || true
  done
}

start_system_packages() {
  apt_pid=
  mapfile -t wanted < <(missing_packages)
  [ "${#wanted[@]}" -gt 0 ] || return 0
  if grep -qs '^ID=ubuntu' /etc/os-release && [ "${wanted[0]}" = chromium ]; then
    # There `chromium` is a stub that fetches a snap, and may wait for that without end.
    say 'no Chromium here, and apt-get has none on Ubuntu: pictures that need it are left out'
    wanted=("${wanted[@]:1}")
    [ "${#wanted[@]}" -gt 0 ] || return 0
  fi
  local tried="$venv/.apt-tried"
  if can_apt && [ "$(cat "$tried" 2>/dev/null)" != "${wanted[*]}" ]; then
    say "asking apt-get for ${wanted[*]} (meanwhile the Python packages)"
    install_system_packages "${wanted[@]}" >"$apt_log" 2>&1 9<&- &
    apt_pid=$!
  fi
}

finish_system_packages() {
  [ "${#wanted[@]}" -gt 0 ] || return 0
  if [ -n "$apt_pid" ]; then
    wait "$apt_pid" || true
    mapfile -t wanted < <(missing_packages)
    printf '%s' "${wanted[*]}" >"$venv/.apt-tried"
    [ "${#wanted[@]}" -gt 0 ] || { say "apt-get done ($((SECONDS - started)) s)"; return 0; }
  fi
  say "not on this machine: ${wanted[*]}. Pictures and tests that need them are left out;" \
    "to have them, install these packages with the system's package manager"
}

# --- the Python packages ---------------------------------------------------------------------

fingerprint() {
  {
    pwd -P
    version_of "$venv/bin/python"
    cat requirements.lock pyproject.toml scripts/setup.sh
  } | "$venv/bin/python" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'
}

pip_install() {
  "$venv/bin/python" -m pip install --disable-pip-version-check --no-input \
    --progress-bar off --no-deps "$@" >>"$log" 2>&1 \
    || { tail -n 15 "$log" >&2; fail "pip could not install the packages; the whole log is $log"; }
}

install_python_packages() {
  say "installing $(grep -c '==' requirements.lock) Python packages from requirements.lock (a minute or two the first time)"
  rm -f "$stamp"
  : >"$log"
  # --no-deps: the lock names every package, and `pip check` proves it below.
  pip_install --require-hashes --only-binary :all: --requirement requirements.lock
  pip_install --no-build-isolation --editable .
  "$venv/bin/python" -m pip check >>"$log" 2>&1 \
    || { tail -n 15 "$log" >&2; fail 'requirements.lock does not fit pyproject.toml. Maybe run: make lock'; }
  fingerprint >"$stamp"
}

# --- the way through -------------------------------------------------------------------------

case $purpose in demo | test) ;; *) fail "unknown purpose '$purpose': demo or test" ;; esac

if ! is_whole_venv; then
  python=$(find_python)
  make_venv "$python"
elif [ -n "${PYTHON:-}" ]; then
  python=$(find_python)
  [ "$(version_of "$python")" = "$(version_of "$venv/bin/python")" ] || make_venv "$python"
fi

start_system_packages
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ]; then
  packages='nothing changed'
else
  install_python_packages
  packages='Python packages installed'
fi
finish_system_packages
say "ready, $packages ($((SECONDS - started)) s)"

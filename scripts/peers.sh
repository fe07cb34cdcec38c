#!/usr/bin/env bash
# Installs the peers of bench/run.py that come from PyPI into a virtual environment.
#   peers.sh BUILD_BENCH
set -euo pipefail
venv=${1:?"usage: peers.sh BUILD_BENCH"}/venv
cd "$(dirname "$0")/.."

# It is made anew when the list of packages or Python changes.
wanted=$(python3 --version; cat bench/requirements.txt)
if [ "$wanted" != "$(cat "$venv/installed.txt" 2>/dev/null)" ]; then
  echo "bench: installing its peers into $venv"
  rm -rf "$venv"
  python3 -m venv "$venv"
  install=("$venv/bin/pip" install --quiet --disable-pip-version-check)
  if ! "${install[@]}" --requirement bench/requirements.txt; then
    # It has no package for every version of Python.
    echo "bench: trying without kahypar; cotengra's default search then has another method" >&2
    grep -v '^kahypar' bench/requirements.txt >"$venv/some.txt"
    "${install[@]}" --requirement "$venv/some.txt"
  fi
  echo "$wanted" >"$venv/installed.txt"
fi

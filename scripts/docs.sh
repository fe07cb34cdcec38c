#!/usr/bin/env bash
# Writes the API references, each without a warning: build/docs/rust (rustdoc), build/docs/cpp (Doxygen,
# C and C++) and build/docs/fortran (FORD).
#   docs.sh BUILD
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?"usage: docs.sh BUILD"}
mkdir -p "$build/docs"
build=$(cd "$build" && pwd)
docs=$build/docs
log=$docs/log

source scripts/count.sh

# written NAME PAGE: counts what was written
written() {
  [ -s "$docs/$1/$2" ] || { echo "docs: there is no $docs/$1/$2" >&2; exit 1; }
  echo "ok - $docs/$1/$2"
  passed=$((passed + 1))
}

# silent COMMAND...: fails on a failure and on a warning, and then shows what the command said
silent() {
  if ! "$@" >"$log" 2>&1 </dev/null || grep -qi '\<\(warning\|error\):' "$log"; then
    cat "$log" >&2
    exit 1
  fi
}

# --- Rust ------------------------------------------------------------------------------------------
RUSTDOCFLAGS="-D warnings" silent cargo doc --locked --no-deps --lib
target=$(cargo metadata --locked --no-deps --format-version 1 |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
rm -rf "$docs/rust"
cp -r "$target/doc" "$docs/rust"
written rust qube_budget/index.html

# --- C and C++ -------------------------------------------------------------------------------------
rm -rf "$docs/cpp"
mkdir -p "$docs/cpp"
doxygen_with() { { cat docs/Doxyfile; printf '%s\n' "$@"; } | doxygen -; }
silent doxygen_with "OUTPUT_DIRECTORY = \"$docs/cpp\""
written cpp index.html

# --- Fortran ---------------------------------------------------------------------------------------
venv=$build/docs-venv
wanted=$(python3 --version; cat docs/requirements.txt)
if [ "$wanted" != "$(cat "$venv/installed.txt" 2>/dev/null)" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement docs/requirements.txt
  echo "$wanted" >"$venv/installed.txt"
fi
# FORD takes a first line such as "Limit: seconds" for a key of its own and drops it: an empty line before
# it makes it text.
source=$docs/source
rm -rf "$docs/fortran" "$source"
mkdir -p "$source"
sed -E 's/^( *)!> ([A-Za-z0-9_-]+:.*)/\1!>\n\1!! \2/' fortran/qube_budget.f90 >"$source/qube_budget.f90"
silent "$venv/bin/ford" --src_dir "$source" --output_dir "$docs/fortran" docs/ford.md
rm -rf "$source" "$log"
written fortran index.html

#!/usr/bin/env bash
# Sets up the peers of bench/run.py in a folder that `make clean` removes, builds, and runs it.
#   bench.sh BUILD [options of bench/run.py]
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?"usage: bench.sh BUILD [options of bench/run.py]"}/bench
shift
mkdir -p "$build/lib"
build=$(cd "$build" && pwd)
venv=$build/venv

# The virtual environment is made anew when its list of packages changes.
if ! cmp -s bench/requirements.txt "$venv/installed.txt"; then
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
  cp bench/requirements.txt "$venv/installed.txt"
fi

export CARGO_TARGET_DIR=$build/cargo
cargo build --quiet --release --locked --lib --no-default-features
cargo build --quiet --release --locked --manifest-path bench/Cargo.toml
ln -sf cargo/release/qube-bench "$build/qube-bench"

# A host finds the library by its soname.
library=$CARGO_TARGET_DIR/release/libqube_budget.so
soname=$(readelf -dW "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
cp "$library" "$build/lib/$soname"
# shellcheck disable=SC2016
"${CC:-cc}" -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Iinclude bench/c_interface.c \
  -o "$build/c_interface" "$build/lib/$soname" -Wl,-rpath,'$ORIGIN/lib'

exec "$venv/bin/python" -B bench/run.py --build "$build" "$@"

#!/usr/bin/env bash
# Sees to it that the tools are there: installs what is missing through apt where it may, else stops
# with one line that says what to install. Silent when nothing is missing.
#   setup.sh [--bench | --check]    also what only make bench or make check needs
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:-}
cmake_needed=3.22
rust_needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

stop() { echo "setup: $*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
version_of() { "$@" --version 2>/dev/null | sed -n '1s/[^0-9]*\([0-9][0-9.]*\).*/\1/p'; }
at_least() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; } # at_least NEEDED FOUND

can_sanitize() {
  have clang++ &&
    echo 'int main() {}' | clang++ -fsanitize=address,undefined -x c++ - -o /dev/null 2>/dev/null
}

can_scalapack() {
  have mpirun && have mpifort &&
    echo end | mpifort -x f95 - -o /dev/null -lscalapack-openmpi -lopenblas 2>/dev/null
}

# The Debian packages of the tools that are missing or too old.
missing() {
  have g++ || echo g++
  have gfortran || echo gfortran
  { have cmake && at_least "$cmake_needed" "$(version_of cmake)"; } || echo cmake
  have pkg-config || echo pkg-config
  have make || echo make
  have python3 || echo python3
  if [ "$purpose" = --check ]; then
    # clang alone comes without the libraries of its sanitizers.
    can_sanitize || echo clang libclang-rt-dev
    have valgrind || echo valgrind
    python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    can_scalapack || echo openmpi-bin libopenmpi-dev libopenblas-dev libscalapack-openmpi-dev
  fi
  [ "$purpose" != --bench ] || python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
}

packages=$(missing | xargs)
reason=
if [ -n "$packages" ]; then
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo -n)
  fi
  if have apt-get && "${as_root[@]}" true 2>/dev/null; then
    echo "setup: installing $packages"
    apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq)
    log=$(mktemp)
    # shellcheck disable=SC2086
    if ! { "${apt[@]}" update; "${apt[@]}" install -y --no-install-recommends $packages; } \
      >"$log" 2>&1 </dev/null; then
      reason=" (apt: $(sed -n 's/^E: //p' "$log" | tail -n 1))"
    fi
    rm -f "$log"
    hash -r
    packages=$(missing | xargs)
  fi
fi
# shellcheck disable=SC2086
[ -z "$packages" ] || stop "please install: ${packages/cmake/cmake (>= $cmake_needed)}$reason"

found=$(version_of cargo || true)
[ -n "$found" ] || stop "please install Rust $rust_needed or newer (https://rustup.rs): there is no cargo"
at_least "$rust_needed" "$found" || stop "please update Rust to $rust_needed or newer: cargo is $found"

#!/usr/bin/env bash
# Sees to it that the tools are there: installs what is missing through apt where it may, else stops
# with one line that says what to install. Silent when nothing is missing.
#   setup.sh [--test | --check | --bench | --docs]    also what only this make target needs
# MPI and ScaLAPACK are wanted, not needed: where they cannot be had, tests are skipped.
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

can_make_venv() { python3 -c 'import ensurepip, venv' 2>/dev/null; }

# can_link LIBRARY...: whether there is an MPI whose Fortran programs link them
can_link() {
  have mpirun && have mpifort &&
    printf 'use mpi\nend\n' | mpifort -x f95 - -o /dev/null "$@" 2>/dev/null
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
    have ninja || echo ninja-build
    have valgrind || echo valgrind
    have shellcheck || echo shellcheck
  fi
  if [ "$purpose" = --check ] || [ "$purpose" = --docs ]; then
    have doxygen || echo doxygen
    can_make_venv || echo python3-venv
  fi
  [ "$purpose" != --bench ] || can_make_venv || echo python3-venv
}

# The packages of what tests do without.
wanted() {
  [ "$purpose" = --test ] || [ "$purpose" = --check ] || return 0
  can_link || echo openmpi-bin libopenmpi-dev
  can_link -lscalapack-openmpi -lopenblas || echo libopenblas-dev libscalapack-openmpi-dev
}

reason=
# install PACKAGE...: through apt, where it may; sets the reason of a failure
install() {
  local as_root=() apt log
  if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo -n)
  fi
  have apt-get && "${as_root[@]}" true 2>/dev/null || return 0
  echo "setup: installing $*"
  apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq)
  log=$(mktemp)
  if ! { "${apt[@]}" update; "${apt[@]}" install -y --no-install-recommends "$@"; } \
    >"$log" 2>&1 </dev/null; then
    reason=" (apt: $(sed -n 's/^E: //p' "$log" | tail -n 1))"
  fi
  rm -f "$log"
  hash -r
}

packages=$(missing | xargs)
if [ -n "$packages" ]; then
  # shellcheck disable=SC2086
  install $packages
  packages=$(missing | xargs)
fi
[ -z "$packages" ] || stop "please install: ${packages/cmake/cmake (>= $cmake_needed)}$reason"

# After those: MPI is linked with the Fortran compiler.
packages=$(wanted | xargs)
if [ -n "$packages" ]; then
  reason=
  # shellcheck disable=SC2086
  install $packages
  packages=$(wanted | xargs)
fi
[ -z "$packages" ] || echo "setup: tests under MPI are skipped without $packages$reason"

found=$(version_of cargo || true)
[ -n "$found" ] || stop "please install Rust $rust_needed or newer (https://rustup.rs): there is no cargo"
at_least "$rust_needed" "$found" || stop "please update Rust to $rust_needed or newer: cargo is $found"

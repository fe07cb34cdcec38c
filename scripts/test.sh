#!/usr/bin/env bash
# All tests: of the Rust crate, of the programs in C, C++ and Fortran, of the installed package.
# Stops after the first of these that fails. The last line is "N passed, N failed", over all of them.
#   test.sh [BUILD]
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
unset MAKEFLAGS MAKELEVEL # the makefiles that cmake writes are no part of the one that called this
mkdir -p "$build"
log=$build/test.log
source scripts/count.sh

heading "Rust: cargo test"
counted "$log" cargo cargo test --locked

heading "C, C++ and Fortran programs: ctest"
cmake -S . -B "$build" -DQUBE_BUDGET_WERROR=ON
cmake --build "$build" --parallel "$(nproc)"
counted "$log" ctest ctest --test-dir "$build" --parallel "$(nproc)" --output-on-failure --no-tests=error
# ctest tells which tests it skipped, and a log the reasons.
sed -n 's/^skipped: /tests were skipped: /p' "$build/Testing/Temporary/LastTest.log" | sort -u

heading "Installed package: tests/package.sh"
counted "$log" ok tests/package.sh --cargo-target "$build/cargo"

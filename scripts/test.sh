#!/usr/bin/env bash
# All tests: of the Rust crate, of the programs in C, C++ and Fortran, of the installed package.
# Stops after the first of these that fails. The last line is "N passed, N failed", over all of them.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
unset MAKEFLAGS MAKELEVEL # the makefiles that cmake writes are no part of the one that called this

passed=0
failed=0
mkdir -p "$build"
log=$build/test.log

# Whatever ends this script, the last line is the count; a failure that no suite counted counts as one.
finish() {
  local status=$?
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1
  fi
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
}
trap finish EXIT

# sum REGEX: of the numbers before (or in quotes after) a word, over all matches in the log
sum() { grep -oE "$1" "$2" | grep -oE '[0-9]+' | awk '{ n += $1 } END { print n + 0 }' || true; }

heading() { printf '\n=== %s ===\n' "$1"; }

heading "Rust: cargo test"
status=0
cargo test --locked 2>&1 | tee "$log" || status=$?
passed=$(grep '^test result:' "$log" | sum '[0-9]+ passed' /dev/stdin)
failed=$(grep '^test result:' "$log" | sum '[0-9]+ failed' /dev/stdin)
[ "$status" -eq 0 ]

heading "C, C++ and Fortran programs: ctest"
cmake -S . -B "$build" -DQUBE_BUDGET_WERROR=ON
cmake --build "$build" --parallel "$(nproc)"
status=0
ctest --test-dir "$build" --output-on-failure --no-tests=error --output-junit test.xml || status=$?
total=$(sed -n '/<testsuite /,/>/p' "$build/test.xml" | sum '[^a-z]tests="[0-9]+"' /dev/stdin)
bad=$(sed -n '/<testsuite /,/>/p' "$build/test.xml" | sum 'failures="[0-9]+"' /dev/stdin)
passed=$((passed + total - bad))
failed=$((failed + bad))
[ "$status" -eq 0 ]

heading "Installed package: tests/package.sh"
status=0
tests/package.sh --cargo-target "$build/cargo" 2>&1 | tee "$log" || status=$?
passed=$((passed + $(grep -c '^ok - ' "$log" || true)))
failed=$((failed + $(grep -c '^not ok - ' "$log" || true)))
[ "$status" -eq 0 ]

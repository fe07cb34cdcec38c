#!/usr/bin/env bash
# What is too long for make test: floating-point flags of the optimized crate, a program that allocates
# ECLIPSE's step 6 on four ranks, the C and C++ programs under clang's address and undefined-behaviour
# sanitizers, all programs under valgrind, and the packages whose tools have to be downloaded.
# Stops after the first of these that fails. The last line is "N passed, N failed", over all of them.
#   check.sh BUILD
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?"usage: check.sh BUILD"}
unset MAKEFLAGS MAKELEVEL # the makefiles that cmake writes are no part of the one that called this
mkdir -p "$build"
build=$(cd "$build" && pwd)

passed=0
failed=0
log=$build/check.log
finish() {
  local status=$?
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1
  fi
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
}
trap finish EXIT

heading() { printf '\n=== %s ===\n' "$1"; }

heading "Floating-point flags of the optimized crate"
cargo test --locked --release --target-dir "$build/cargo" --test float_flags 2>&1 | tee "$log"
passed=$((passed + $(sed -n 's/^test result: ok. \([0-9]*\) passed.*/\1/p' "$log")))

heading "ECLIPSE's step 6 on 4 ranks of MPI, as ScaLAPACK lays it out"
cargo build --locked --release --lib --target-dir "$build/cargo"
mkdir -p "$build/mpi"
mpifort -O1 -J "$build/mpi" -o "$build/mpi/step6" fortran/qube_budget.f90 tests/mpi/step6.f90 \
  "$build/cargo/release/libqube_budget.a" -lscalapack-openmpi -lopenblas
# As root, on fewer processors than ranks, and one thread each.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
mpirun -n 4 "$build/mpi/step6"
passed=$((passed + 1))

# ctest_count FOLDER ARGUMENT...: runs ctest and counts
ctest_count() {
  local folder=$1 status=0
  shift
  ctest --test-dir "$folder" --output-on-failure --no-tests=error "$@" 2>&1 | tee "$log" || status=$?
  passed=$((passed + $(grep -c ' Passed ' "$log" || true)))
  failed=$((failed + $(grep -cE '\*\*\*(Failed|Exception|Timeout)' "$log" || true)))
  [ "$status" -eq 0 ]
}

# Sanitizers and valgrind hold memory for what a program allocates: sizes of the process are not compared.
export QUBE_TEST_INSTRUMENTED=1

heading "C and C++ programs under clang's sanitizers"
sanitize="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
cmake -S . -B "$build/sanitized" -DQUBE_BUDGET_CARGO_TARGET_DIR="$build/cargo" \
  -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DQUBE_BUDGET_WERROR=ON \
  -DCMAKE_C_FLAGS="$sanitize" -DCMAKE_CXX_FLAGS="$sanitize"
cmake --build "$build/sanitized" --parallel "$(nproc)"
ctest_count "$build/sanitized" --tests-regex '^(c|cpp|cpp20)\.'

heading "Programs under valgrind: no error, no definite leak"
cmake -S . -B "$build/plain" -DQUBE_BUDGET_CARGO_TARGET_DIR="$build/cargo" \
  -DMEMORYCHECK_COMMAND="$(command -v valgrind)"
cmake --build "$build/plain" --parallel "$(nproc)"
for program in "$build"/plain/tests/test-c-* "$build"/plain/tests/test-fortran-*; do
  { [ -f "$program" ] && [ -x "$program" ]; } || continue
  name=${program##*/test-}
  case $name in
    c-flags) continue ;; # valgrind has its own floating point
    *-wide) continue ;;  # the same code
  esac
  if QUBE_TEST_DATA=$PWD/tests/data valgrind --quiet --error-exitcode=9 --leak-check=full \
    --errors-for-leak-kinds=definite --suppressions=tests/valgrind.supp "$program" >"$log" 2>&1 </dev/null; then
    echo "ok - $name"
    passed=$((passed + 1))
  else
    echo "not ok - $name"
    sed 's/^/    /' "$log"
    failed=$((failed + 1))
    exit 1
  fi
done

heading "Packages whose tools come from PyPI: tests/packaging.sh"
tests/packaging.sh "$build" --cargo-target "$build/cargo" 2>&1 | tee "$log"
passed=$((passed + $(grep -c '^ok - ' "$log")))

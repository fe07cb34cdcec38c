#!/usr/bin/env bash
# What is too long for make test: floating-point flags of the optimized crate, every header as every
# standard, the build by clang and Ninja with all programs under address and undefined-behaviour
# sanitizers, the programs of C and Fortran under valgrind, the references, and the
# packages whose tools have to be downloaded.
# Stops after the first of these that fails. The last line is "N passed, N failed", over all of them.
#   check.sh BUILD    the folder of make test, whose optimized crate and programs serve here too
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?"usage: check.sh BUILD"}
unset MAKEFLAGS MAKELEVEL # the makefiles that cmake writes are no part of the one that called this
mkdir -p "$build/check"
build=$(cd "$build" && pwd)
log=$build/check/log
source scripts/count.sh

heading "Shell scripts: shellcheck"
mapfile -t scripts < <(find .ci scripts tests -name '*.sh' -o -path .ci/run)
shellcheck --severity=warning "${scripts[@]}"
passed=$((passed + 1))

heading "Floating-point flags of the optimized crate"
# A folder of its own: with what tests depend on the crate is another one, under the same name.
counted "$log" cargo cargo test --locked --release --target-dir "$build/check/cargo" --test float_flags

heading "Every header alone, as every standard, by GCC and clang"
counted "$log" ok tests/headers.sh --all

# Sanitizers and valgrind hold memory for what a program allocates: sizes of the process are not compared.
export QUBE_TEST_INSTRUMENTED=1

heading "The build by clang and Ninja, C and C++ programs under sanitizers"
sanitize="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
cmake -S . -B "$build/check/clang" -G Ninja -DQUBE_BUDGET_CARGO_TARGET_DIR="$build/cargo" \
  -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DQUBE_BUDGET_WERROR=ON \
  -DQUBE_BUDGET_TEST_MPI=OFF -DCMAKE_C_FLAGS="$sanitize" -DCMAKE_CXX_FLAGS="$sanitize"
cmake --build "$build/check/clang" --parallel "$(nproc)"
# What make test has run, and what clang and sanitizers cannot change.
counted "$log" ctest ctest --test-dir "$build/check/clang" --parallel "$(nproc)" --output-on-failure \
  --no-tests=error --exclude-regex '^(mpi\.|examples\.mpi_|fortran\.bindings|cpp\.headers)'

heading "Programs under valgrind: no error, no definite leak"
cmake -S . -B "$build" -DQUBE_BUDGET_WERROR=ON
cmake --build "$build" --parallel "$(nproc)"
under_valgrind() { # PROGRAM
  local name=${1##*/test-} said
  said=$(mktemp)
  if valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
    --suppressions=tests/valgrind.supp "$1" >"$said" 2>&1 </dev/null; then
    echo "ok - $name"
    rm "$said"
  else
    echo "not ok - $name"
    sed 's/^/    /' "$said"
    rm "$said"
    return 1
  fi
}
export -f under_valgrind
export QUBE_TEST_DATA=$PWD/tests/data
# Not c-flags: valgrind has its own floating point. Not *-wide: the same code.
valgrind_all() {
  # shellcheck disable=SC2016
  find "$build/tests" -maxdepth 1 -type f -executable \( -name 'test-c-*' -o -name 'test-fortran-*' \) \
    ! -name '*-c-flags' ! -name '*-wide' | sort |
    xargs -P "$(nproc)" -I {} bash -c 'under_valgrind "$1"' - {}
}
counted "$log" ok valgrind_all

heading "References of Rust, C, C++ and Fortran"
counted "$log" ok scripts/docs.sh "$build"

heading "Packages whose tools come from PyPI"
counted "$log" ok tests/packaging.sh "$build" --cargo-target "$build/cargo"

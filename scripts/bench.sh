#!/usr/bin/env bash
# Builds what bench/run.py times, in a folder that `make clean` removes, and runs it.
#   bench.sh BUILD [options of bench/run.py]
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?"usage: bench.sh BUILD [options of bench/run.py]"}/bench
shift
mkdir -p "$build/lib" "$build/modules"
build=$(cd "$build" && pwd)

export CARGO_TARGET_DIR=$build/cargo
cargo build --quiet --release --locked --lib --no-default-features
cargo build --quiet --release --locked --manifest-path bench/Cargo.toml
ln -sf cargo/release/qube-bench "$build/qube-bench"

# A host finds the library by its soname.
library=$CARGO_TARGET_DIR/release/libqube_budget.so
soname=$(readelf -dW "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
cp "$library" "$build/lib/$soname"
link=("$build/lib/$soname" "-Wl,-rpath,\$ORIGIN/lib")
"${CC:-cc}" -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Iinclude \
  bench/c_interface.c -o "$build/c_interface" "${link[@]}"
"${CXX:-g++}" -O2 -std=c++20 -Wall -Wextra -Iinclude -Icpp \
  bench/cpp_interface.cpp -o "$build/cpp_interface" "${link[@]}"
"${FC:-gfortran}" -O2 -std=f2008 -Wall -J "$build/modules" \
  fortran/qube_budget.f90 bench/fortran_interface.f90 -o "$build/fortran_interface" "${link[@]}"

exec python3 -B bench/run.py --build "$build" "$@"

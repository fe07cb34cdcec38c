# The names of the library on each system, and a configuration for macOS, as far as another system can.
# shellcheck shell=bash disable=SC2034,SC2154
check "the names of the library on Linux, FreeBSD and macOS" \
  cmake -DVERSION="$version" -DABI="$abi" -P "$root/tests/package/names.cmake"
build_names() { grep -o 'libqube_budget[a-z0-9.]*' "$root/build.rs" | sort -u | tr '\n' ' '; }
check "build.rs gives the library the same names" same "$(build_names)" \
  "libqube_budget.$abi.dylib libqube_budget.so.$abi "

# A stand-in for cargo writes empty files; no compiler for macOS is needed, as CMake compiles nothing.
stand_in_for_cargo() {
  cat <<'END'
#!/bin/sh
while [ "$1" != --target-dir ]; do shift; done
mkdir -p "$2/release"
: >"$2/release/libqube_budget.dylib"
printf '#!/bin/sh\n[ "$1" = man ] || : >"$3/qube.bash" && : >"$3/_qube" && : >"$3/qube.fish"\n' >"$2/release/qube"
chmod +x "$2/release/qube"
END
}
install_for_macos() {
  stand_in_for_cargo >cargo
  chmod +x cargo
  install_package macos -DCMAKE_SYSTEM_NAME=Darwin -DCMAKE_C_COMPILER_WORKS=ON \
    -DQUBE_BUDGET_CARGO="$work/cargo" -DQUBE_BUDGET_CARGO_TARGET_DIR="$work/cargo for macos" \
    -DCMAKE_INSTALL_LIBDIR=lib
  same "$(readlink macos/lib/libqube_budget.dylib) $(readlink "macos/lib/libqube_budget.$abi.dylib")" \
    "libqube_budget.$abi.dylib libqube_budget.$version.dylib"
  grep -F "@rpath/libqube_budget.$abi.dylib" macos/lib/cmake/qube_budget/qube_budget-config.cmake
}
check "configured for macOS, the package has the names of macOS" install_for_macos

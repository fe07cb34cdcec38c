#!/usr/bin/env bash
# The checks of packages that need a download: fpm, cffconvert and rattler-build come from PyPI.
# One line per check; stops at the first that fails.
#   packaging.sh BUILD [--cargo-target FOLDER]   BUILD: where the tools and the crate are put
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
consumer=$root/tests/consumer
mkdir -p "${1:?"usage: packaging.sh BUILD [--cargo-target FOLDER]"}"
build=$(cd "$1" && pwd)
cargo_target=$build/cargo
[ "${2:-}" != --cargo-target ] || cargo_target=$(mkdir -p "$3" && cd "$3" && pwd)
export LC_ALL=C
unset LD_LIBRARY_PATH LIBRARY_PATH CPATH PKG_CONFIG_PATH CMAKE_PREFIX_PATH DESTDIR
unset CFLAGS CXXFLAGS FFLAGS LDFLAGS MAKEFLAGS MAKELEVEL

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
work=$temporary # fpm takes no spaces
cd "$work"
# shellcheck source=tests/package/common.sh
. "$root/tests/package/common.sh"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)

tools() {
  [ -x "$build/venv/bin/pip" ] || python3 -m venv "$build/venv"
  "$build/venv/bin/pip" install --quiet --disable-pip-version-check -r "$root/packaging/requirements.txt"
}
check "the tools of packaging/requirements.txt" tools
PATH=$build/venv/bin:$PATH

check "CITATION.cff is valid" cffconvert --validate --infile "$root/CITATION.cff"

# --- fpm -------------------------------------------------------------------------------------------
check "install" install_package prefix -DCMAKE_INSTALL_LIBDIR=lib
fpm_host() {
  mkdir -p host/app
  cp "$consumer/host.f90" host/app/main.f90
  printf 'name = "host"\n[dependencies]\nqube_budget = { path = "%s" }\n' "$root" >host/fpm.toml
  cd host
  fpm install --prefix "$work/fpm" --no-rebuild=false 2>/dev/null ||
    fpm install --prefix "$work/fpm" --link-flag "-L$work/prefix/lib -Wl,-rpath,$work/prefix/lib"
  (cd / && "$work/fpm/bin/host" "$version")
}
check "a Fortran host builds with fpm" fpm_host

# --- compiler flags --------------------------------------------------------------------------------
# docs/building.md lists flags of gfortran that a host may use, and some that it cannot.
flags_of() { sed -n "/^$1/,/^\$/p" "$root/docs/building.md" | grep -oE -- '`-f[a-z0-9-]+`' | tr -d '`'; }

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
work=$temporary
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

# --- conda and Spack -------------------------------------------------------------------------------
check "packaging/conda/recipe.yaml renders" python3 "$root/tests/package/recipes.py" conda
check "packaging/spack has a recipe whose settings CMake knows" python3 "$root/tests/package/recipes.py" spack

# --- fpm -------------------------------------------------------------------------------------------
check "install" install_package prefix -DCMAKE_INSTALL_LIBDIR=lib
fpm_host() {
  mkdir -p host/app
  ln -s "$root" host/qube_budget # fpm takes relative paths only
  cp "$consumer/host.f90" host/app/main.f90
  printf 'name = "host"\n[dependencies]\nqube_budget = { path = "qube_budget" }\n' >host/fpm.toml
  cd host
  fpm install --prefix "$work/fpm" --link-flag "-L$work/prefix/lib -Wl,-rpath,$work/prefix/lib"
  "$work/fpm/bin/host" "$version"
}
check "a Fortran host builds with fpm" fpm_host

# --- flags of gfortran, as docs/building.md lists them ---------------------------------------------
flags_that() { grep -E "^\| .*\| $1" "$root/docs/building.md" | grep -oE -- '`-f[a-z0-9-]+`' | tr -d '`'; }
host_with() { # FLAG
  rm -rf flag
  mkdir flag
  gfortran -w "$1" -J flag -o flag/host "$root/fortran/qube_budget.f90" "$consumer/host.f90" \
    -Lprefix/lib -lqube_budget "-Wl,-rpath,$work/prefix/lib" && flag/host "$version"
}
works=$(flags_that work)
for flag in $works; do
  check "a Fortran host works with $flag" host_with "$flag"
done
check "docs/building.md lists flags that work" [ "$(wc -w <<<"$works")" -ge 8 ]
fails() { ! host_with "$1"; }
for flag in $(flags_that "does not compile") $(flags_that "refused at run time"); do
  check "$flag cannot be used" fails "$flag"
done

# --- the crate -------------------------------------------------------------------------------------
# As it would be unpacked from crates.io: cargo builds it.
crate() {
  cargo package --manifest-path "$root/Cargo.toml" --locked --allow-dirty --no-verify --target-dir "$work/crate"
  tar -xzf "crate/package/qube-budget-$version.crate"
  cargo check --locked --manifest-path "qube-budget-$version/Cargo.toml" --target-dir "$cargo_target"
}
check "the crate builds" crate
echo "$checks checks passed"

#!/usr/bin/env bash
# Installs the package, moves it, and builds and runs C, C++ and Fortran programs against it, in each of
# the ways that a host may choose. One line per check; stops at the first that fails. The checks are in
# tests/package, a file for each topic; tests/packaging.sh has those that need a download.
#   package.sh [--cargo-target FOLDER]   FOLDER: where cargo builds (default build/cargo)
#   package.sh --update                  write tests/abi/symbols.txt anew from the built library
# shellcheck disable=SC2034 # the topics use what is set here
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
consumer=$root/tests/consumer
symbols=$root/tests/abi/symbols.txt
export LC_ALL=C
# What would hide that the package finds its own parts, or would change what is built.
unset LD_LIBRARY_PATH LIBRARY_PATH CPATH PKG_CONFIG_PATH CMAKE_PREFIX_PATH DESTDIR
unset CFLAGS CXXFLAGS FFLAGS LDFLAGS MAKEFLAGS MAKELEVEL

cargo_target=$root/build/cargo
update=false
while [ $# -gt 0 ]; do
  case $1 in
    --update) update=true ;;
    --cargo-target) mkdir -p "$2" && cargo_target=$(cd "$2" && pwd) && shift ;;
    *) echo "usage: package.sh [--update] [--cargo-target FOLDER]" >&2; exit 2 ;;
  esac
  shift
done

exported_symbols() { nm -D --defined-only "$1" | awk '{ print $NF }' | sort; }

if $update; then
  cargo build --release --locked --lib --target-dir "$cargo_target"
  exported_symbols "$cargo_target/release/libqube_budget.so" >"$symbols"
  echo "$symbols: $(wc -l <"$symbols") symbols"
  exit
fi

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
work="$temporary/a folder with spaces"
mkdir "$work"
cd "$work"

# shellcheck source=tests/package/common.sh
. "$root/tests/package/common.sh"

# --- What has to agree -----------------------------------------------------------------------------
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)
macro() { awk -v name="$1" '$1 == "#define" && $2 == name { print $3 }' "$root/include/qube_budget.h"; }
abi=$(macro QUBE_ABI_VERSION)
check "the header has the version of Cargo.toml, $version" same "$version" \
  "$(macro QUBE_VERSION_MAJOR).$(macro QUBE_VERSION_MINOR).$(macro QUBE_VERSION_PATCH)"

# --- Install, and move -----------------------------------------------------------------------------
before=$(sources)
check "install" install_package "first prefix" -DCMAKE_INSTALL_LIBDIR=lib
mv "first prefix" "moved prefix"
rm -rf "build for first prefix"
prefix=$work/moved\ prefix
library=$prefix/lib/libqube_budget.so
with_package=(-DCMAKE_PREFIX_PATH="$prefix")
from_source=(-DQUBE_BUDGET_SOURCE="$root" -DQUBE_BUDGET_CARGO_TARGET_DIR="$cargo_target")

for topic in installed find_package from_source static pkg_config folders macos metadata; do
  # shellcheck disable=SC1090
  . "$root/tests/package/$topic.sh"
done

# --- What README.md and docs show --------------------------------------------------------------------
"$root/tests/snippets.sh" "$prefix" --cargo-target "$cargo_target" | tee snippets.log
checks=$((checks + $(grep -c '^ok - ' snippets.log)))
refuses_page() { # WHAT IT SHOWS
  printf '```sh\necho 10 MiB\n```\n\n```text\n%s\n```\n' "$1" >page.md
  ! "$root/tests/snippets.sh" "$prefix" "$PWD/page.md" >page.log
  grep -F "and it prints" page.log
}
check "a page that shows what is not printed is refused" refuses_page "11 MiB"

check "none of this wrote into the source tree" diff <(echo "$before") <(sources)
echo "$checks checks passed"

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

# --- what README.md shows --------------------------------------------------------------------------
# block LANGUAGE N: the Nth block of code in that language
block() {
  awk -v fence="\`\`\`$1" -v wanted="$2" '
    $0 == fence { n++; inside = n == wanted; next }
    /^```$/ { inside = 0 }
    inside' "$root/README.md"
}
# README's Mth program in LANGUAGE, built with COMPILE..., prints README's Nth text; times may differ.
readme_program() { # LANGUAGE M N COMPILE...
  local language=$1 m=$2 n=$3
  shift 3
  local file=snippet.${language/fortran/f90}
  block "$language" "$m" >"$file"
  [ -s "$file" ]
  "$@"
  ./snippet | sed -E 's/[0-9.]+ ms$/some ms/' >printed
  block text "$n" | sed -E 's/[0-9.]+ ms$/some ms/' | diff - printed
}
line_for() { # COMPILER... with the flags of the installed package
  export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
  eval '"$@"' "-o snippet $(pkg-config --cflags --libs qube_budget) '$rpath'"
}
fortran_line() {
  line_for gfortran "$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --define-variable=prefix="$prefix" \
    --variable=fortran_source qube_budget | sed 's/\\//g')" snippet.f90
}
check "README's Fortran program" readme_program fortran 1 1 fortran_line
check "README's C++ program" readme_program cpp 1 2 line_for g++ -std=c++17 snippet.cpp
check "README's C program" readme_program c 1 3 line_for gcc -std=c11 snippet.c
check "README's program about masks" readme_program fortran 2 4 fortran_line
check "README's program about fits" readme_program cpp 2 5 line_for g++ -std=c++17 snippet.cpp
check "README's program about requests" readme_program c 2 6 line_for gcc -std=c11 snippet.c
check "README's program of answers" readme_program fortran 3 7 fortran_line
check "README's program about policies" readme_program cpp 3 8 line_for g++ -std=c++17 snippet.cpp
# README's commands that begin with qube; one that asks whether something fits may end with 3.
readme_commands() {
  local ran=0 status line
  # They read tests/data, examples and README's configuration, and write into the folder they are run in.
  mkdir commands
  ln -s "$root/tests" "$root/examples" commands
  cd commands
  block yaml 1 >run.yaml
  while read -r line; do
    status=0
    eval "'$prefix/bin/'$line" || status=$?
    [ "$status" -eq 0 ] || { [ "$status" -eq 3 ] && [[ $line == *--limit* || $line == *--peak-threshold* ]]; }
    ran=$((ran + 1))
  done < <(for n in {1..9}; do block sh "$n"; done | grep '^qube ')
  [ "$ran" -eq 17 ] && [ -s stages.svg ] && [ -s memory.svg ] && [ -s tree.dot ] && [ -s trace.json ]
}
check "README's commands" readme_commands

check "none of this wrote into the source tree" diff <(echo "$before") <(sources)
echo "$checks checks passed"

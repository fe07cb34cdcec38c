#!/usr/bin/env bash
# Installs the package, moves it, and builds and runs C, C++ and Fortran programs against it, in each of
# the ways that a host may choose. One line per check; stops at the first that fails.
#   package.sh [--cargo-target FOLDER]   FOLDER: where cargo builds (default build/cargo)
#   package.sh --update                  write tests/abi/symbols.txt anew from the built library
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

checks=0
# check WHAT COMMAND...: one line, and what the command said when it failed
check() {
  local what=$1 status
  shift
  set +e
  (set -e; "$@") >"$temporary/log" 2>&1 </dev/null
  status=$?
  set -e
  if [ "$status" -ne 0 ]; then
    echo "not ok - $what"
    sed 's/^/    /' "$temporary/log"
    echo "$checks checks passed, 1 failed"
    exit 1
  fi
  checks=$((checks + 1))
  echo "ok - $what"
}

same() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; return 1; }; }
needed() { readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }
soname() { readelf -dW "$1" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p'; }

# configure BUILD SETTING...: the consumer
configure() {
  local build=$1
  shift
  cmake -S "$consumer" -B "$build" -DCMAKE_BUILD_TYPE=Release "$@"
}

# run BUILD: builds the consumer, and runs each of its programs from another folder
run_hosts() {
  cmake --build "$1"
  local host count=0
  for host in "$1"/host_* "$1"/again/host_*; do
    if [ -f "$host" ] && [ -x "$host" ]; then
      echo "$host"
      (cd / && "$work/$host" "$version")
      count=$((count + 1))
    fi
  done
  [ "$count" -gt 0 ]
}

build_hosts() { configure "$@" && run_hosts "$1"; }

stack_not_executable() {
  local file flags
  for file in "$@"; do
    flags=$(readelf -lW "$file" | awk '$1 == "GNU_STACK" { print $(NF - 1) }')
    echo "$file: $flags"
    [ "$flags" = RW ]
  done
}

# --- What has to agree -----------------------------------------------------------------------------
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)
macro() { awk -v name="$1" '$1 == "#define" && $2 == name { print $3 }' "$root/include/qube_budget.h"; }
abi=$(macro QUBE_ABI_VERSION)
check "the header has the version of Cargo.toml, $version" same "$version" \
  "$(macro QUBE_VERSION_MAJOR).$(macro QUBE_VERSION_MINOR).$(macro QUBE_VERSION_PATCH)"

# --- Install, and move -----------------------------------------------------------------------------
sources() {
  (cd "$root" && find . \( -path ./build -o -path ./target -o -path ./.git \) -prune -o \
    -type f -printf '%p %T@ %s\n' | sort)
}
before=$(sources)

install_package() { # PREFIX SETTING...
  local prefix=$1
  shift
  cmake -S "$root" -B "build for $prefix" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$work/$prefix" \
    -DQUBE_BUDGET_CARGO_TARGET_DIR="$cargo_target" -DQUBE_BUDGET_BUILD_TESTING=OFF "$@"
  cmake --build "build for $prefix"
  cmake --install "build for $prefix"
}
check "install" install_package "first prefix" -DCMAKE_INSTALL_LIBDIR=lib
mv "first prefix" "moved prefix"
rm -rf "build for first prefix"
prefix=$work/moved\ prefix
library=$prefix/lib/libqube_budget.so

check "the library is libqube_budget.so -> .so.$abi -> .so.$version" \
  same "$(readlink "$library") $(readlink "$library.$abi")" \
  "libqube_budget.so.$abi libqube_budget.so.$version"
check "the soname is libqube_budget.so.$abi" same "$(soname "$library")" "libqube_budget.so.$abi"
check "interface $abi is frozen in tests/abi" [ -f "$root/tests/abi/qube_budget_$abi.h" ]
check "the exported symbols are those of tests/abi/symbols.txt" diff -u "$symbols" <(exported_symbols "$library")
installed() { local file; for file in "$@"; do [ -s "$prefix/share/$file" ] || { echo "no $file"; return 1; }; done; }
check "man pages and completions are installed" installed \
  man/man1/{qube,qube-budget,qube-budget-harmonic,qube-fit,qube-plan}.1 \
  bash-completion/completions/qube zsh/site-functions/_qube fish/vendor_completions.d/qube.fish
check "the library's stack is not executable" stack_not_executable "$library"
check "no compiled module is installed" same "$(find "$prefix" -name '*.mod')" ""
check "nothing installed names the place it was built or installed first" \
  bash -c '! grep -rlF -e "first prefix" -e "$1" "$2/lib/cmake" "$2/lib/pkgconfig" "$2/share" "$2/include"' \
  - "$root" "$prefix"
check "the headers for C, C++ and SeQuant are installed" \
  same "$(cd "$prefix/include" && find . -type f | sort | tr '\n' ' ')" \
  "./qube_budget.h ./qube_budget.hpp $(cd "$root/cpp" && find ./qube_budget -type f | sort | tr '\n' ' ')"
check "the installed command runs" "$prefix/bin/qube" --version

# --- find_package ----------------------------------------------------------------------------------
with_package=(-DCMAKE_PREFIX_PATH="$prefix")
check "find_package from C, C++ and Fortran, twice in one tree" build_hosts all "${with_package[@]}"
for host in host_c host_cpp host_f; do
  check "$host needs libqube_budget.so.$abi" \
    same "$(needed "all/$host" | grep qube)" "libqube_budget.so.$abi"
done
check "the hosts' stacks are not executable" stack_not_executable all/host_c all/host_cpp all/host_f
check "the package has version $version" \
  grep -x -- "-- package version: $version" <(configure all "${with_package[@]}")
for language in C CXX Fortran; do
  check "find_package in a project of $language only" \
    build_hosts "only-$language" "${with_package[@]}" -DHOST_LANGUAGES=$language
done

# find LANGUAGES ARGUMENT...: configures a project of one line
find_line() {
  rm -rf line
  mkdir line
  printf 'cmake_minimum_required(VERSION 3.22)\nproject(line LANGUAGES %s)\nfind_package(qube_budget %s)\n' \
    "$1" "$2" >line/CMakeLists.txt
  cmake -S line -B line/build "${with_package[@]}"
}
refuses() { # SAYING LANGUAGES ARGUMENTS
  if find_line "$2" "$3" >line.log 2>&1; then
    cat line.log
    return 1
  fi
  tr -s ' \n' ' ' <line.log | grep -F -- "$1" || { cat line.log; return 1; }
}
check "component Fortran is found where Fortran is enabled" find_line Fortran "REQUIRED COMPONENTS Fortran"
check "component Fortran says what it needs where Fortran is not enabled" \
  refuses "needs a project that has enabled Fortran" C "REQUIRED COMPONENTS Fortran"
minor=${version%.*}
check "a project may ask for version $minor" find_line C "$minor REQUIRED"
check "a project that asks for the next minor version is refused" \
  refuses "compatible with requested version" C "${version%%.*}.$((${minor#*.} + 1)) REQUIRED"

# --- add_subdirectory, FetchContent ----------------------------------------------------------------
from_source=(-DQUBE_BUDGET_SOURCE="$root" -DQUBE_BUDGET_CARGO_TARGET_DIR="$cargo_target")
check "add_subdirectory" build_hosts sub "${from_source[@]}" -DQUBE_BUDGET_FROM=subdirectory
check "FetchContent" build_hosts fetch "${from_source[@]}" -DQUBE_BUDGET_FROM=fetch
relink() {
  cmake --build sub >again.log
  cat again.log
  ! grep -i linking again.log
}
check "building again links nothing" relink

# --- Static linking --------------------------------------------------------------------------------
check "install the static library" install_package "static prefix" -DBUILD_SHARED_LIBS=OFF -DCMAKE_INSTALL_LIBDIR=lib
mv "static prefix" "moved static prefix"
static=$work/moved\ static\ prefix
check "static: find_package" build_hosts static -DCMAKE_PREFIX_PATH="$static"
check "static: add_subdirectory" build_hosts static-sub "${from_source[@]}" -DBUILD_SHARED_LIBS=OFF \
  -DQUBE_BUDGET_FROM=subdirectory
for host in host_c host_cpp host_f; do
  check "static: $host needs no libqube_budget.so" same "$(needed "static/$host" | grep qube || true)" ""
done
check "static: the hosts' stacks are not executable" \
  stack_not_executable static/host_c static/host_cpp static/host_f

# --- pkg-config and a bare compiler line -----------------------------------------------------------
# eval: pkg-config escapes the spaces of the prefix for a shell.
bare() { # PREFIX COMPILER SOURCE EXTRA...
  local prefix=$1 compiler=$2 source=$3
  shift 3
  export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
  eval "$compiler -o bare '$source' $(pkg-config --cflags --libs qube_budget)" '"$@"'
  (cd / && "$work/bare" "$version")
}
bare_fortran() { # PREFIX EXTRA...
  local prefix=$1
  shift
  export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
  eval "gfortran -o bare $(pkg-config --variable=fortran_source qube_budget) '$consumer/host.f90'" \
    "$(pkg-config --libs qube_budget)" '"$@"'
  (cd / && "$work/bare" "$version")
}
rpath=-Wl,-rpath,$prefix/lib
check "pkg-config has version $version" \
  same "$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --modversion qube_budget)" "$version"
check "pkg-config and a line of gcc" bare "$prefix" "gcc -std=c11" "$consumer/host.c" "$rpath"
check "pkg-config and a line of g++" bare "$prefix" "g++ -std=c++17" "$consumer/host.cpp" "$rpath"
check "pkg-config and a line of g++ for C++20" bare "$prefix" "g++ -std=c++20" "$consumer/host20.cpp" "$rpath"
check "pkg-config and a line of gfortran" bare_fortran "$prefix" "$rpath"
check "static: pkg-config and a line of gcc" bare "$static" gcc "$consumer/host.c"
check "static: pkg-config and a line of gfortran" bare_fortran "$static"

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

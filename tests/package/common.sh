# What the checks of tests/package.sh share. They are run in $work, a folder with spaces in its path.
# shellcheck shell=bash disable=SC2034,SC2154
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

# What the source tree has, to see that nothing is written into it.
sources() {
  (cd "$root" && find . \( -path ./build -o -path ./target -o -path ./.git \) -prune -o \
    -type f -printf '%p %T@ %s\n' | sort)
}

install_package() { # PREFIX SETTING...
  local prefix=$1
  shift
  cmake -S "$root" -B "build for $prefix" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$work/$prefix" \
    -DQUBE_BUDGET_CARGO_TARGET_DIR="$cargo_target" -DQUBE_BUDGET_BUILD_TESTING=OFF "$@"
  cmake --build "build for $prefix"
  cmake --install "build for $prefix"
}

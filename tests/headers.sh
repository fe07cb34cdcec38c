#!/usr/bin/env bash
# Compiles every public header alone, with all warnings as errors: one line per header or compiler.
#   headers.sh          C++ headers as the oldest standard each of them takes, by $CXX (default g++)
#   headers.sh --all    C++ headers as every standard by g++ and clang++, the C header by clang
# tests/header.rs has the C header with the default compiler.
set -euo pipefail
cd "$(dirname "$0")/.."

# standards HEADER: those that it takes, the oldest first. c++2b, c2x: also known to older compilers.
standards() {
  case $1 in
    *.h) echo c99 c11 c17 c2x ;;
    */sequant.hpp | */sequant/*) echo c++20 c++2b ;;
    *) echo c++17 c++20 c++2b ;;
  esac
}

# compile COMPILER STANDARD HEADER
compile() {
  local flags=(-Wall -Wextra -Wpedantic -Werror -fsyntax-only "-std=$2" -Iinclude -Icpp) language=c
  if [[ $3 == *.hpp ]]; then
    language=c++
    flags+=(-Wconversion -Wshadow)
  fi
  # Twice: the include guard must hold. The declaration: an empty C file is no C.
  if ! printf '#include "%s"\n#include "%s"\nextern int declared;\n' "$3" "$3" |
    "$1" "${flags[@]}" -x "$language" -; then
    echo "not ok - $3 as $2 by $1"
    return 1
  fi
  echo "ok - $3 as $2 by $1"
}
export -f compile

# The public names, as a host includes them.
cpp=$(cd cpp && find . -name '*.hpp' | sed 's|^\./||' | sort)
work() {
  local header standard
  if [ "${1:-}" = --all ]; then
    for header in qube_budget.h $cpp; do
      for standard in $(standards "$header"); do
        case $header in
          *.h) echo "clang $standard $header" ;;
          *) printf '%s\n' "g++ $standard $header" "clang++ $standard $header" ;;
        esac
      done
    done
  else
    for header in $cpp; do
      standard=$(standards "$header")
      echo "${CXX:-g++} ${standard%% *} $header"
    done
  fi
}
# shellcheck disable=SC2016
work "$@" | xargs -P "$(nproc)" -L 1 bash -c 'compile "$@"' -

#!/usr/bin/env bash
# Runs examples and checks the exit status of each.
#   demo.sh FOLDER          the demonstration: the three hosts, Fortran, C++, C, with headings
#   demo.sh FOLDER NAME     only this program (what the tests run)
set -euo pipefail

# The Fortran host predicts its memory first and, where that exceeds its limit, refuses to run.
expected_status() {
  case $1 in
    eclipse_run) echo 3 ;;
    *) echo 0 ;;
  esac
}

run() {
  local name=$1 status=0 expected
  expected=$(expected_status "$name")
  "$folder/$name" || status=$?
  if [ "$status" -ne "$expected" ]; then
    echo "$name: exit status $status, expected $expected" >&2
    exit 1
  fi
  if [ "$status" -ne 0 ]; then
    echo "[$name ended with exit status $status, as it should here]"
  fi
}

folder=${1:?"usage: demo.sh FOLDER [NAME]"}
if [ $# -gt 1 ]; then
  run "$2"
  exit
fi

heading() { printf '\n=== %s ===\n\n' "$1"; }
heading "Fortran: a power spectrum code asks for its memory before it allocates (examples/eclipse_run.f90)"
run eclipse_run
heading "C++: a contraction is planned within a memory limit (examples/optimize.cpp)"
run optimize
heading "C: the smallest program (examples/smoke.c)"
run smoke

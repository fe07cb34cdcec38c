# Sourced by the scripts that run tests: counts, and prints the counts as the last line of the script.
# shellcheck shell=bash

passed=0
failed=0
skipped=0

# Whatever ends the script, the last line is the count; a failure that no suite counted counts as one.
finish() {
  local status=$? rest=
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1
  fi
  if [ "$skipped" -gt 0 ]; then
    rest=", $skipped skipped"
  fi
  printf '\n%s passed, %s failed%s\n' "$passed" "$failed" "$rest"
}
trap finish EXIT

heading() { printf '\n=== %s ===\n' "$1"; }

# counted LOG KIND COMMAND...: runs a test runner, shows and keeps what it says, and counts it
counted() {
  local log=$1 kind=$2 status=0
  shift 2
  "$@" 2>&1 | tee "$log" || status=$?
  case $kind in
    cargo)
      passed=$((passed + $(sum '^test result:.* \([0-9]*\) passed.*' "$log")))
      failed=$((failed + $(sum '^test result:.* \([0-9]*\) failed.*' "$log")))
      ;;
    ctest)
      passed=$((passed + $(lines ' Passed ' "$log")))
      failed=$((failed + $(lines '\*\*\*(Failed|Exception|Timeout|Not Run)' "$log")))
      skipped=$((skipped + $(lines '\*\*\*Skipped' "$log")))
      ;;
    ok)
      passed=$((passed + $(lines '^ok - ' "$log")))
      failed=$((failed + $(lines '^not ok - ' "$log")))
      ;;
  esac
  [ "$status" -eq 0 ]
}

lines() { grep -cE "$1" "$2" || true; }                                # lines REGEX FILE
sum() { sed -n "s/$1/\1/p" "$2" | awk '{ n += $1 } END { print n + 0 }'; } # sum REGEX FILE: of its group

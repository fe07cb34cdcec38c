#!/usr/bin/env bash
# Compiles and runs what README.md and docs/*.md show, against an installed package, and compares what
# it prints with the page. One line per check; stops at the first that fails.
#   snippets.sh PREFIX [--update] [--cargo-target FOLDER] [PAGE...]
#     PREFIX   where the package is installed
#     --update write what the programs print into the pages
#     FOLDER   where cargo built the crate, for programs in Rust (default build/cargo)
#     PAGE     only these pages, such as docs/plans.md
# snippets/run.py says how a page is read.
set -euo pipefail
exec python3 -B "$(dirname "$0")/snippets/run.py" "$@"

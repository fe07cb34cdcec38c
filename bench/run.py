"""Times the library and its peers side by side and prints ratios; `make bench` sets it up and runs
it. Each case is done in rounds, in which every tool has its turn, so that what else the machine
does falls on all of them; a ratio is taken within a round, and the median of the rounds is given
with the least and the most. Everything runs on one thread. A tool that finds another optimum, or a
path that does not cost what the tool says, ends the run; so does an interface that gives something
else than C. The peers from PyPI are installed when the cases include a network."""

import argparse
import datetime
import importlib.metadata
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import time

import interfaces
import networks
import terms
from turns import HERE, Bench, Disagreement, table


def output(*command: str) -> str:
    done = subprocess.run(command, cwd=HERE, text=True, capture_output=True)
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def cpu() -> str:
    try:
        found = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def versions(build: pathlib.Path) -> str:
    """Of the peers."""
    path = [str(folder) for folder in build.glob("venv/lib/python*/site-packages")]
    found = []
    for package in ("cotengra", "cotengrust", "opt_einsum", "kahypar", "cmaes"):
        installed = next(iter(importlib.metadata.distributions(name=package, path=path)), None)
        found.append(f"{package} {installed.version}" if installed else f"no {package}")
    omeco = re.search(r'omeco = "=([0-9.]+)"', (HERE / "Cargo.toml").read_text())
    return f"{', '.join(found)}, omeco {omeco[1] if omeco else 'unknown'}"


def compilers() -> str:
    names = [os.environ.get(name, usual) for name, usual in (("CXX", "g++"), ("FC", "gfortran"))]
    return ", ".join(output(name, "--version").partition("\n")[0] for name in names)


def circumstances(peers: list[str]) -> list[str]:
    """When, on what, and with which versions."""
    now = datetime.datetime.now(datetime.timezone.utc)
    changed = output("git", "status", "--porcelain", "--untracked-files=no", ":/", ":!RESULTS.md")
    commit = output("git", "rev-parse", "--short=12", "HEAD") + (" with changes" if changed else "")
    load = f"load {os.getloadavg()[0]:.1f} at the start"
    return [
        f"- {now:%Y-%m-%d %H:%M} UTC, commit {commit}",
        f"- {cpu()}, {os.cpu_count()} cores, {load}; one thread",
        f"- {output('rustc', '--version')}; Python {platform.python_version()}",
        f"- {compilers()}",
        *peers,
        "",
    ]


def summary(bench: Bench) -> list[str]:
    rows = [
        [work, needed, measured, "met" if met else "**not met**"]
        for work, needed, measured, met in bench.verdicts
    ]
    return ["## What is aimed at", "", *table(["work", "at least", "measured", ""], rows)]


INTRODUCTION = """# Results of `make bench`

Written by `make bench ARGS=--write`. A ratio is the time of a peer over ours: the median over
rounds in which all took turns, with the least and the most. All tools that search exactly found
the same work, plans of coupled-cluster terms have the reference's peak and cost, and all interfaces
gave the same; the run would have stopped otherwise. Networks are those of bench/data/peers.json:
the family, and how many tensors it has.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--build",
        default=str(HERE.parent / "build" / "bench"),
        help="where scripts/bench.sh has built",
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="REGEX",
        help="cases whose names match; 'interfaces' are C++, the adapter and Fortran beside C",
    )
    parser.add_argument("--quick", action="store_true", help="small cases, two rounds")
    parser.add_argument("--rounds", type=int, help="turns of each tool on a case (15)")
    parser.add_argument("--seconds", type=float, default=0.01, help="short calls fill them (0.01)")
    parser.add_argument("--patience", type=float, default=15, help="seconds of rounds a case (15)")
    parser.add_argument("--limit", type=float, help="seconds that an exact answer may take (30)")
    parser.add_argument("--write", action="store_true", help="write bench/RESULTS.md")
    options = parser.parse_args()
    options.rounds = options.rounds or (2 if options.quick else 15)
    options.limit = options.limit or (10.0 if options.quick else 30.0)
    if options.write and (options.quick or options.only):
        parser.error("--write takes a whole run: neither --quick nor --only")
    bench = Bench(options)
    cases = json.loads((HERE / "data" / "peers.json").read_text())
    cases = [case for case in cases if bench.wanted(case["name"])]
    peers = []
    if cases:
        subprocess.run([HERE.parent / "scripts" / "peers.sh", bench.build], check=True)
        peers = [f"- {versions(bench.build)}"]
    begun, head = time.monotonic(), circumstances(peers)
    print(*head, sep="\n", flush=True)
    try:
        networks.exact(bench, cases)
        networks.thirty(bench, cases)
        terms.residuals(bench)
        interfaces.through_c(bench)
        interfaces.beside_c(bench)
        networks.large(bench, cases)
    except Disagreement as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    finally:
        for process in bench.processes.values():
            process.end()
    end = summary(bench)
    print(*end, sep="\n")
    print(f"{time.monotonic() - begun:.0f} s")
    if options.write:
        text = "\n".join([INTRODUCTION, *head, *end, *bench.report]).rstrip() + "\n"
        (HERE / "RESULTS.md").write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

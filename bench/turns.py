"""Lets tools take turns on a case, checks what they find, and puts numbers into words."""

import argparse
import dataclasses
import json
import math
import os
import pathlib
import re
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
PEER = "cotengrust"  # whose exact search is compared with
ROUNDING = 1e-12
# cotengrust adds up work in single precision: of trees this close it may take any. 20 contractions.
SINGLE = 20 * 2.0**-23
ONE_THREAD = {"RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
Case = dict[str, Any]


class Disagreement(Exception):
    """Two tools found different optima, or a tool's path does not cost what it says."""


class Process:
    """Answers requests, a JSON document a line. Where that takes too long it is ended, and started
    again for the next."""

    def __init__(self, *command: str) -> None:
        self.command = command
        self.running: subprocess.Popen[str] | None = None

    def ask(self, limit: float, request: dict[str, Any]) -> dict[str, Any]:
        if self.running is None:
            self.running = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                bufsize=1,
                text=True,
                stdout=subprocess.PIPE,
                env=os.environ | ONE_THREAD,
            )
        requests, answers = self.running.stdin, self.running.stdout
        assert requests is not None and answers is not None  # both are pipes
        requests.write(json.dumps(request) + "\n")
        if not select.select([answers], [], [], limit)[0]:
            self.end()
            return {"error": f"more than {limit:g} s"}
        line = answers.readline()
        if not line:
            self.end()
            return {"error": "it ended without an answer"}
        return json.loads(line)

    def end(self) -> None:
        if self.running is not None:
            self.running.kill()
            self.running.communicate()
            self.running = None


@dataclasses.dataclass
class Turns:
    """What one tool did on one case, a turn a round."""

    seconds: list[float] = dataclasses.field(default_factory=list)
    costs: list[int] = dataclasses.field(default_factory=list)  # work, multiply-add pairs
    proven: bool = True  # by the tool's own account
    error: str = ""

    def median(self) -> float:
        return statistics.median(self.seconds)

    def time(self) -> str:
        return duration(self.median()) if self.seconds else self.error

    def exact_time(self) -> str:
        return self.time() + ("" if self.proven else ", not proven best")

    def is_exact(self) -> bool:
        return bool(self.seconds) and self.proven

    def log_cost(self) -> float:
        return statistics.median(map(math.log10, self.costs))


def in_turns(
    rounds: int, patience: float, tools: dict[str, Callable[[int], Turns]], once: Iterable[str] = ()
) -> dict[str, Turns]:
    """Lets every tool have its turn in each round, until the rounds are done or the patience, in
    seconds, is over. A tool that failed has no more turns; one in `once` has one only, which takes
    no patience."""
    done = {name: Turns() for name in tools}
    spent = 0.0
    for turn in range(rounds):
        for name, tool in tools.items():
            if done[name].error or (turn > 0 and name in once):
                continue
            begun = time.monotonic()
            one = tool(turn)
            done[name].seconds += one.seconds
            done[name].costs += one.costs
            done[name].proven, done[name].error = one.proven, one.error
            spent += 0.0 if name in once else time.monotonic() - begun
        if spent > patience:
            break
    return done


def work_of(case: Case, pairs: list[list[int]]) -> int:
    """The work of a path in single assignment, multiply-add pairs, exactly: a contraction takes the
    product of the extents of all indices of its operands. Every tool's path is priced by this."""
    live = {at: set(indices) for at, indices in enumerate(case["inputs"])}
    total, number = 0, len(live)
    for pair in pairs:
        operands = [live.pop(at) for at in pair]
        indices: set[str] = set().union(*operands)
        if len(operands) == 2:
            total += math.prod(case["sizes"][index] for index in indices)
        live[number] = indices & set(case["output"]).union(*live.values())
        number += 1
    if [set(case["output"])] != list(live.values()):
        raise Disagreement(
            f"{case['name']}: a path leaves {len(live)} tensors, not the result alone"
        )
    return total


def agree(what: str, found: float, expected: float) -> None:
    if not math.isclose(found, expected, rel_tol=ROUNDING):
        raise Disagreement(f"{what} {found!r}, but it is {expected!r}")


def same_optimum(case: str, tools: dict[str, Turns]) -> None:
    """Nobody's optimum is below ours, or above it by more than rounding; where ours is proven."""
    if not tools["ours"].is_exact():
        return
    ours = tools["ours"].costs[0]
    for tool, one in tools.items():
        rounding = SINGLE if tool == PEER else ROUNDING
        for cost in one.costs:
            if not (1 - ROUNDING) * ours <= cost <= (1 + rounding) * ours:
                raise Disagreement(f"{case}: the least work is {cost} by {tool}, but {ours} by us")


def duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def times(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.3g}"


def ratios(theirs: Turns, ours: Turns) -> list[float]:
    """By round; one of the two may have had fewer."""
    return [a / b for a, b in zip(theirs.seconds, ours.seconds, strict=False)]


def spread(values: list[float]) -> str:
    """The median, with the least and the most."""
    if not values:
        return "–"
    return f"{times(statistics.median(values))} ({times(min(values))} – {times(max(values))})"


def table(head: list[str], rows: Iterable[Iterable[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines] + [""]


class Bench:
    """The options of a run, the processes, and what has come out so far."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.build = pathlib.Path(options.build).resolve()
        native = str(self.build / "qube-bench")
        python = (str(self.build / "venv" / "bin" / "python"), "-B", str(HERE / "peers.py"))
        self.processes = {
            "ours": Process(native),
            "omeco": Process(native),
            "python": Process(*python),
        }
        self.report: list[str] = []
        self.verdicts: list[tuple[str, str, str, bool]] = []

    def wanted(self, name: str) -> bool:
        return re.search(self.options.only, name) is not None

    def say(self, *lines: str) -> None:
        self.report += lines
        print(*lines, sep="\n", flush=True)

    def judge(self, work: str, needed: str, measured: str, met: bool) -> None:
        self.verdicts.append((work, needed, measured, met))

    def on(self, tool: str, case: Case, limit: float) -> Callable[[int], Turns]:
        """A tool's turn on a network; its path is priced here."""
        process = tool if tool == "ours" else "omeco" if tool.startswith("omeco") else "python"

        def turn(at: int) -> Turns:
            request = {
                "work": tool,
                "case": case["name"],
                "seconds": self.options.seconds,
                "seed": at,
            }
            answer = self.processes[process].ask(limit, request)
            if "error" in answer:
                return Turns(error=answer["error"])
            cost = work_of(case, answer["pairs"])
            agree(f"{case['name']}: {tool} says of its own path", answer.get("claimed", cost), cost)
            return Turns([answer["seconds"]], [cost], answer.get("optimal", True))

        return turn

    def run(
        self, case: Case, tools: list[str], once: Iterable[str] = (), limits: float = 1.0
    ) -> dict[str, Turns]:
        """All tools' turns on a network; an answer may take so many times the limit."""
        print(f"  {case['name']}", file=sys.stderr, flush=True)
        limit = limits * self.options.limit
        turns = {tool: self.on(tool, case, limit) for tool in tools}
        return in_turns(self.options.rounds, self.options.patience, turns, once)

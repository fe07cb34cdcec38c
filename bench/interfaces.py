"""Calls through the interfaces, as hosts make them: how long they take in C; and the same calls in
C++, through the adapter for SeQuant and in Fortran, beside C."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from terms import DATA, references
from turns import Bench, Case, Turns, agree, duration, in_turns, ratios, spread, table, times

Check = Callable[[list[float]], None]


def on(
    bench: Bench, program: str, work: str, check: Check, text: str = ""
) -> Callable[[int], Turns]:
    """A turn of one of the programs, which reads the text; what a call gave is checked."""

    def turn(_: int) -> Turns:
        command = [str(bench.build / program), str(bench.options.seconds), *work.split()]
        try:
            done = subprocess.run(
                command, input=text, text=True, capture_output=True, timeout=bench.options.limit
            )
        except subprocess.TimeoutExpired:
            return Turns(error=f"more than {bench.options.limit:g} s")
        if done.returncode != 0:
            return Turns(error=done.stderr.strip() or f"exit status {done.returncode}")
        answer = json.loads(done.stdout)
        check(answer["values"])
        return Turns([answer["seconds"]])

    return turn


# QUBE's published run, as in tests/budget.rs: bytes.
BUDGET_PEAK = 120_892_199_488


def as_words(case: Case) -> str:
    """A network as c_interface.c reads it; protos stand before the indices that depend on them."""

    def counted(values: list[Any]) -> str:
        return " ".join(map(str, [len(values), *values]))

    lines = [str(len(case["indices"]))]
    for index in sorted(case["indices"], key=lambda index: "protos" in index):
        target = index["target"] if index.get("batchable") else 0
        lines.append(
            f"{index['label']} {index['space']} {index['extent']} {target} "
            f"{counted(index.get('protos', []))} {counted(index.get('power_means', []))}"
        )
    lines.append(str(len(case["tensors"])))
    for tensor in case["tensors"]:
        lines.append(f"{tensor['label']} {int(tensor['volatile'])} {counted(tensor['indices'])}")
    return "\n".join(lines) + "\n"


def through_c(bench: Bench) -> None:
    """A budget and two terms through C, against the time that each may take."""

    def call(work: str, text: str, expected: list[float]) -> Callable[[int], Turns]:
        def check(values: list[float]) -> None:
            for found, value in zip(values, expected, strict=True):
                agree(f"{work} through C gives", found, value)

        return on(bench, "c_interface", work, check, text)

    documents = {
        case["name"]: case for case in json.loads((DATA / "scenarios.json").read_text())["cases"]
    }
    reference = references(["scenarios.json"], "peak-batched")
    calls = {"a budget prediction": (call("budget harmonic", "", [BUDGET_PEAK]), 2e-6)}
    for name in ("bubble_K2", "bubble_K72"):
        expected = [reference[name].peak, reference[name].cost]
        calls[f"{name}, 12 tensors, peak-batched, network building included"] = (
            call("term", as_words(documents[name]), expected),
            0.3e-3,
        )
    calls = {name: one for name, one in calls.items() if bench.wanted(name)}
    if not calls:
        return
    bench.say("## Through the C interface", "")
    rows = []
    for name, (turn, limit) in calls.items():
        turns = in_turns(bench.options.rounds, bench.options.patience, {name: turn})[name]
        found = (
            f"{turns.time()} ({duration(min(turns.seconds))} – {duration(max(turns.seconds))})"
            if turns.seconds
            else turns.error
        )
        rows.append([name, found])
        bench.judge(
            f"through C: {name}",
            f"under {duration(limit)}",
            turns.time(),
            bool(turns.seconds) and turns.median() < limit,
        )
    bench.say(*table(["call", "time (least – most)"], rows))


PATHS = ("harmonic", "pixel-direct", "eclipse")
CALLS = [
    *(f"budget {path}" for path in PATHS),
    *(f"fit {path}" for path in PATHS),
    *(f"chain {tensors}" for tensors in (5, 8, 20, 200)),
]
ADAPTER = "SeQuant adapter"
MOST = 3.0  # times the time in C


def beside_c(bench: Bench) -> None:
    calls = [call for call in CALLS if bench.wanted(f"interfaces: {call}")]
    if not calls:
        return
    bench.say(
        "## Interfaces beside C",
        "",
        "Every call makes its inputs, reads the results and frees: a budget, whether a run fits in",
        "32 GiB, a plan of a chain of tensors. A ratio is the time over C's in the same round.",
        "",
    )
    rows = []
    found: dict[str, dict[str, list[float]]] = {}  # ratios by interface and call
    for call in calls:
        print(f"  {call}", file=sys.stderr, flush=True)
        turns = same_call(bench, call)
        in_c = turns.pop("C")
        for interface, one in turns.items():
            of = ratios(one, in_c)
            found.setdefault(interface, {})[call] = of
            rows.append([call, interface, one.time(), in_c.time(), spread(of)])
    bench.say(*table(["call", "interface", "time", "in C", "ratio (least – most)"], rows))
    for interface, of in found.items():
        medians = {call: statistics.median(one) for call, one in of.items() if one}
        left_out = [call for call in of if call not in medians]
        worst = max(medians, key=medians.__getitem__, default="")
        bench.judge(
            f"{interface} against C, the worst of {len(of)} calls",
            f"no more than {times(MOST)} times the time",
            (f"{worst}: {spread(of[worst])}" if worst else "–")
            + (f"; without {', '.join(left_out)}" if left_out else ""),
            not left_out and medians[worst] <= MOST,
        )


def same_call(bench: Bench, call: str) -> dict[str, Turns]:
    """Turns of all interfaces, which have to give the same."""
    given: list[float] = []

    def check(interface: str) -> Check:
        def same(values: list[float]) -> None:
            given.extend(values if not given else [])
            for value, expected in zip(values, given, strict=True):
                agree(f"{call} in {interface} gives", value, expected)

        return same

    tools = {
        "C": ("c_interface", call),
        "C++": ("cpp_interface", call),
        "Fortran": ("fortran_interface", call),
    }
    if call.startswith("chain"):
        tools[ADAPTER] = ("cpp_interface", call.replace("chain", "adapter"))
    turns = {
        interface: on(bench, program, work, check(interface))
        for interface, (program, work) in tools.items()
    }
    return in_turns(bench.options.rounds, bench.options.patience, turns)

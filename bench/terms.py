"""Coupled-cluster terms (tests/data) under peak memory, beside what the reference implementation
took for them when the data were made."""

import dataclasses
import json
import statistics
import sys
from collections.abc import Callable
from typing import Any

from turns import (
    HERE,
    Bench,
    Disagreement,
    Turns,
    agree,
    duration,
    in_turns,
    ratios,
    spread,
    table,
    times,
)

DATA = HERE.parent / "tests" / "data"

PNO = ["cc_pno_ccsd.json", "cc_pno_ccsd_big.json"]
PAO = ["cc_pno_ccsd_pao.json"]
TOLERANCE = 0.10  # the default of both: a plan may be so far above the least peak to save work


@dataclasses.dataclass
class Reference:
    """What SeQuant's optimizer gave for a term, and how long it took when the data were made."""

    peak: float
    cost: float
    seconds: float


def references(files: list[str], objective: str) -> dict[str, Reference]:
    """By term; pruned, every contraction carried out once, no roofline, batches added in place."""
    asked = {
        "objective": objective,
        "prune": True,
        "volatile_weight": 1.0,
        "use_inner_pow": True,
        "machine_balance": 0.0,
        "accumulation_factor": 0.0,
        "persistent_only": False,
    }
    found = {}
    for file in files:
        for case in json.loads((DATA / file).read_text())["cases"]:
            for result in case["results"]:
                if all(result.get(name, value) == value for name, value in asked.items()):
                    within = (1 + TOLERANCE) * result["frontier"][0][0]
                    fits = [(cost, peak) for peak, cost in result["frontier"] if peak <= within]
                    cost, peak = min(fits)
                    found[case["name"]] = Reference(peak, cost, result["reference_seconds"])
    return found


@dataclasses.dataclass
class Residual:
    """Terms that are planned with one call."""

    name: str
    files: list[str]
    objective: str
    needed: int | None = None  # times as fast as the reference
    chosen: list[str] | None = None  # none: those that the reference has a result for

    def __post_init__(self) -> None:
        self.expected = references(self.files, self.objective)
        self.terms = self.chosen or list(self.expected)

    def on(self, bench: Bench) -> Callable[[int], Turns]:
        request = {
            "work": "terms",
            "files": self.files,
            "terms": self.terms,
            "objective": self.objective,
            "seconds": bench.options.seconds,
        }

        def turn(_: int) -> Turns:
            answer = bench.processes["ours"].ask(bench.options.limit, request)
            if "error" in answer:
                return Turns(error=answer["error"])
            if sorted(term for term, _, _ in answer["values"]) != sorted(self.terms):
                raise Disagreement(f"{self.name}: the terms planned are not those asked for")
            for term, peak, cost in answer["values"]:
                if term in self.expected:
                    agree(f"{term}, {self.objective}: the peak is", peak, self.expected[term].peak)
                    agree(f"{term}, {self.objective}: the cost is", cost, self.expected[term].cost)
            return Turns([answer["seconds"]])

        return turn


def residuals(bench: Bench) -> None:
    """All terms of a residual with one call, against the sum of what the reference took for each.
    Of the 80 PNO-CCSD terms 71 have a batchable index, and the reference batched those only."""
    batched = "peak-batched"
    pao = Residual("PNO-CCSD with PAO, peak-batched, 2 to 5 batchable indices", PAO, batched, 500)
    one = Residual(
        "the same terms, peak-batched, one batchable index at most", PNO, batched, None, pao.terms
    )
    sets = [
        Residual("PNO-CCSD, peak", PNO, "peak", 100),
        Residual("PNO-CCSD, peak-batched, one batchable index", PNO, batched, 500),
        pao,
        one,
    ]
    sets = [residual for residual in sets if bench.wanted(residual.name)]
    if not sets:
        return
    bench.say(
        "## Terms of coupled cluster, one call for all of them",
        "",
        "The reference's seconds are those in tests/data, taken when the data were made.",
        "",
    )
    print("  coupled cluster", file=sys.stderr, flush=True)
    tools = {residual.name: residual.on(bench) for residual in sets}
    turns = in_turns(bench.options.rounds, bench.options.patience, tools)
    rows = []
    for residual in sets:
        ours, row = turns[residual.name], [residual.name, str(len(residual.terms))]
        if residual.needed is None:
            rows.append([*row, ours.time(), "–", "–"])
            continue
        seconds = sum(one.seconds for one in residual.expected.values())
        found = [seconds / one for one in ours.seconds]
        rows.append([*row, ours.time(), duration(seconds), spread(found)])
        median = statistics.median(found) if found else 0.0
        bench.judge(
            f"{residual.name}, {len(residual.terms)} terms, against the reference's time",
            f"{residual.needed} times",
            f"{times(median)} times" if found else ours.error,
            median >= residual.needed,
        )
    bench.say(*table(["terms", "number", "ours", "reference", "ratio (least – most)"], rows))
    if pao in sets and one in sets:
        found = ratios(turns[pao.name], turns[one.name])
        bench.judge(
            "2 to 5 batchable indices, against one at most, the same terms",
            "no more than 2 times the time",
            spread(found),
            bool(found) and statistics.median(found) <= 2.0,
        )

"""Answers requests of run.py for the peers that are Python packages, a JSON document a line, as
src/main.rs does for the library: how long a call took, from lists of indices to a path, and the
path, as pairs of numbers in single assignment."""

import gc
import json
import pathlib
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import cotengra
import cotengrust
import opt_einsum

Path = list[list[int]]
Network = tuple[list[list[str]], list[str], dict[str, int]]

NETWORKS = pathlib.Path(__file__).parent / "data" / "peers.json"
REPEATS = 128  # cotengra's default


def read_networks() -> dict[str, Network]:
    """By name: inputs, output, sizes; an index is one character, as cotengrust has it."""
    networks = {}
    for case in json.loads(NETWORKS.read_text()):
        letters = {label: cotengra.get_symbol(at) for at, label in enumerate(case["sizes"])}
        networks[case["name"]] = (
            [[letters[label] for label in indices] for indices in case["inputs"]],
            [letters[label] for label in case["output"]],
            {letters[label]: size for label, size in case["sizes"].items()},
        )
    return networks


def cotengrust_optimal(network: Network, seed: int) -> Path:
    return cotengrust.optimize_optimal(*network, minimize="flops", use_ssa=True)


def random_greedy(network: Network, seed: int) -> Path:
    search = cotengra.RandomGreedyOptimizer(REPEATS, seed=seed, accel=True, parallel=False)
    return search.ssa_path(*network)


def hyper(network: Network, seed: int) -> Path:
    """The default search: greedy and, where it is installed, kahypar; each tree is improved."""
    search = cotengra.HyperOptimizer(max_repeats=REPEATS, parallel=False, progbar=False)
    return search.search(*network).get_ssa_path()


def opt_einsum_dp(network: Network, seed: int) -> Path:
    inputs, output, sizes = network
    search = opt_einsum.paths.DynamicProgramming(minimize="flops")
    linear = search([frozenset(indices) for indices in inputs], frozenset(output), sizes)
    return opt_einsum.paths.linear_to_ssa(linear)


WORKS: dict[str, Callable[[Network, int], Path]] = {
    "cotengrust": cotengrust_optimal,
    "random-greedy": random_greedy,
    "hyper": hyper,
    "opt_einsum": opt_einsum_dp,
}


def answer(networks: dict[str, Network], request: dict[str, Any]) -> dict[str, Any]:
    """As timing.rs: one call, or runs of more and more until one fills the seconds."""
    work, network = WORKS[request["work"]], networks[request["case"]]
    seed = request.get("seed", 0)
    begun = time.perf_counter()
    path = work(network, seed)
    seconds, calls = time.perf_counter() - begun, 1
    while seconds < request["seconds"]:
        calls *= 2
        begun = time.perf_counter()
        for _ in range(calls):
            work(network, seed)
        seconds = time.perf_counter() - begun
    return {"seconds": seconds / calls, "calls": calls, "pairs": [list(pair) for pair in path]}


def main() -> None:
    warnings.simplefilter("ignore")  # of kahypar, where it is not installed: the driver says so
    networks = read_networks()
    for line in sys.stdin:
        gc.collect()
        gc.disable()
        try:
            reply = answer(networks, json.loads(line))
        except Exception as error:  # whatever it is, the driver tells it and goes on
            reply = {"error": f"{type(error).__name__}: {error}"}
        gc.enable()
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()

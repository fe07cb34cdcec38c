"""Einsum networks (data/peers.json) under least work: exactly, beside peers that search exactly,
and large ones beside heuristics. A network's name has its family and how many tensors it has."""

import math
import statistics

from turns import PEER, Bench, Case, ratios, same_optimum, spread, table, times

SPARSE = ("chain", "cycle", "grid", "reg3", "cc", "csv")
SLOWER_PEERS = ("omeco-exhaustive", "opt_einsum")
SLOWER_UP_TO = 12  # tensors that those are asked about
EXACT_HEAD = ["case", "ours", PEER, "ratio (least – most)", *SLOWER_PEERS]


def beside_peers(bench: Bench, cases: list[Case]) -> dict[str, list[float]]:
    """Ratios to the peer by case, none where one of the two failed; says the table."""
    found: dict[str, list[float]] = {}
    rows = []
    for case in cases:
        slower = [peer for peer in SLOWER_PEERS if case["n"] <= SLOWER_UP_TO]
        turns = bench.run(case, ["ours", PEER, *slower])
        ours = turns["ours"]
        same_optimum(case["name"], turns)
        found[case["name"]] = ratios(turns[PEER], ours) if ours.is_exact() else []
        others = [turns[peer].time() if peer in turns else "" for peer in SLOWER_PEERS]
        times_of = [ours.exact_time(), turns[PEER].time(), spread(found[case["name"]])]
        rows.append([case["name"], *times_of, *others])
    bench.say(*table(EXACT_HEAD, rows))
    return found


def exact(bench: Bench, cases: list[Case]) -> None:
    def those(families: tuple[str, ...], least: int, most: int) -> list[Case]:
        return [case for case in cases if case["family"] in families and least <= case["n"] <= most]

    quick = bench.options.quick
    groups = [
        ("sparse networks of 6 to 20", those(SPARSE, 6, 14 if quick else 20), 50, 15),
        ("stars of 12 to 16", those(("star",), 12, 16), 150, 150),
        ("cliques of 10 to 14", those(("clique",), 10, 12 if quick else 14), 1000, 1000),
    ]
    for name, group, mean_needed, least_needed in groups:
        if not group:
            continue
        bench.say(f"## Least work, exact: {name}", "")
        found = beside_peers(bench, group)
        medians = [statistics.median(one) for one in found.values() if one]
        mean = statistics.geometric_mean(medians) if medians else 0.0
        least = min(medians, default=0.0)
        left_out = [case for case, one in found.items() if not one]
        bench.judge(
            f"least work, exact: {name}, against {PEER}",
            f"{mean_needed} times, none under {least_needed}",
            f"{times(mean)} times, least {times(least)}"
            + (f"; without {', '.join(left_out)}" if left_out else ""),
            mean >= mean_needed and least >= least_needed,
        )


LIMITS_OF_30 = {"grid_30_0": 0.2, "reg3_30_0": 1.0}


def thirty(bench: Bench, cases: list[Case]) -> None:
    """30 tensors. Where the peer does not answer within the limit, there is nothing to compare."""
    cases = [case for case in cases if case["n"] == 30]
    if not cases:
        return
    bench.say("## Least work, exact: 30 tensors", "")
    rows = []
    for case in cases:
        turns = bench.run(case, ["ours", PEER], once=[PEER])
        ours, peer = turns["ours"], turns[PEER]
        same_optimum(case["name"], turns)
        rows.append([case["name"], ours.exact_time(), peer.time()])
        if case["name"] in LIMITS_OF_30:
            limit = LIMITS_OF_30[case["name"]]
            bench.judge(
                f"least work, exact: {case['name']}",
                f"under {limit} s",
                rows[-1][1],
                ours.is_exact() and ours.median() < limit,
            )
    bench.say(*table(["case", "ours", PEER], rows))


LARGE_TOOLS = ["ours", "random-greedy", "hyper", "omeco-greedy", "omeco-annealing"]
SLOW_TOOLS = ["hyper", "omeco-annealing"]
LIMITS = 4.0  # times the limit: a heuristic ends some day, an exact search may not


def large(bench: Bench, cases: list[Case]) -> None:
    quick = bench.options.quick
    cases = [case for case in cases if 30 <= case["n"] <= (50 if quick else 200)]
    if not cases:
        return
    tools = [tool for tool in LARGE_TOOLS if not (quick and tool in SLOW_TOOLS)]
    bench.say(
        "## Large networks: log10 of the work, and time",
        "",
        "random-greedy and hyper are cotengra's, 128 repeats each; omeco-annealing is TreeSA.",
        "",
    )
    rows = []
    above: dict[str, list[float]] = {tool: [] for tool in tools}  # log10 of our work over theirs
    shares: dict[str, list[float]] = {tool: [] for tool in tools}  # our time over theirs
    left_out: dict[str, list[str]] = {tool: [] for tool in tools}  # where one of the two failed
    for case in cases:
        turns = bench.run(case, tools, SLOW_TOOLS, LIMITS)
        ours = turns["ours"]
        row = [case["name"]]
        for tool, one in turns.items():
            row.append(f"{one.log_cost():.2f}, {one.time()}" if one.costs else one.error)
            if one.costs and ours.costs:
                above[tool].append(ours.log_cost() - one.log_cost())
                shares[tool].append(statistics.median(ratios(ours, one)))
            else:
                left_out[tool].append(case["name"])
        rows.append(row)
    bench.say(*table(["case", *tools], rows))
    for tool, within, share in (("random-greedy", 0.0, math.inf), ("hyper", 0.3, 0.1)):
        if tool not in tools:
            continue
        mean = statistics.mean(above[tool]) if above[tool] else math.inf
        found = statistics.geometric_mean(shares[tool]) if shares[tool] else math.inf
        needed = f"mean log10 of the work {within:+.1f} at most"
        bench.judge(
            f"large networks, 30 to 200 tensors, against {tool}",
            needed + (f", in {share:g} times its time" if share < math.inf else ""),
            f"{mean:+.2f}, in {found:.2g} times its time"
            + (f"; without {', '.join(left_out[tool])}" if left_out[tool] else ""),
            not left_out["ours"] and mean <= within and found <= share,
        )
